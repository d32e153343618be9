/**
 * The hot path: router entries, scanned straight from bytes into columns (dir-spec 3.4.1, 3.8.1).
 *
 * One pass, one decision per line on its first byte. A line that looks exactly as tor writes it takes the fast way; any
 * other is read again by the patient one (`entry.ts`, `odd.ts`), which allows what tor allows and explains the rest.
 */
import { decodeBase64Into, startsAt, textOf } from '../base/index.ts';
import { endOfLine, lineBytesMax, peekKeyword, quote } from '../metaformat/index.ts';
import type { ProblemCode } from '../metaformat/index.ts';
import { cutColumns, growColumns } from './columns.ts';
import { timeAt } from './digits.ts';
import { InternTable } from './intern.ts';
import { parseEntryLine } from './entry.ts';
import { EntryLines, skipBlanks } from './lines.ts';
import type { ScanOptions } from './lines.ts';
import { compareIdentity, ed25519State, present } from './table.ts';
import type { RouterTable } from './table.ts';

const LF = 10;
const SPACE = 32;

export type { RoutersOf, ScanOptions } from './lines.ts';

/** The table, and where the scanner stopped: at the first line that does not belong to an entry. */
export interface ScanResult {
  readonly table: RouterTable;
  readonly at: number;
  readonly line: number;
}

/** Scans the entries from the `r` line at `at` (line number `line`) on. */
export function scanRouters(bytes: Uint8Array, at: number, line: number, options: ScanOptions): ScanResult {
  return new RouterScanner(bytes, at, line, options).scan();
}

/** Per byte: 1 for a letter or digit. Nicknames are 1 to 19 of them. */
const alphanumeric = new Uint8Array(256);
for (const code of Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', (c) =>
  c.charCodeAt(0),
)) {
  alphanumeric[code] = 1;
}

/** The lines of an entry. */
const entryKeywords: ReadonlySet<string> = new Set(['r', 's', 'v', 'w', 'p', 'm', 'a', 'pr', 'id', 'stats']);

/** No `r` line as tor writes it is longer; where less input is left, the patient way reads it. */
const entryBytesMax = 160;

/** One scan of one document. A class because it is the state of a running scan, and nothing else. */
class RouterScanner extends EntryLines {
  private readonly required: number;

  constructor(bytes: Uint8Array, at: number, line: number, options: ScanOptions) {
    super(bytes, at, line, options);
    // tor 0.4.9 refuses an entry without `pr`; documents before 2015 have none (dir-spec 3.4.1).
    this.required =
      present.s |
      (options.profile === 'tor-0.4.9' ? present.pr : 0) |
      (options.kind === 'microdesc' ? present.m : 0);
  }

  scan(): ScanResult {
    const { bytes, end } = this;
    while (this.at < end) {
      const start = this.at;
      if (!this.scanLine(bytes[start] as number, bytes[start + 1] as number, start)) break;
      this.line += 1;
    }
    // Behind a last line without its LF there is nothing either.
    this.at = Math.min(this.at, end);
    this.finishEntry();
    this.columns.start[this.count] = this.at;
    if (this.kind === 'vote') this.checkEd25519();
    return { table: this.table(), at: this.at, line: this.line };
  }

  /** Reads one line and moves behind it; false when it does not belong to an entry. */
  private scanLine(first: number, second: number, start: number): boolean {
    if (second === SPACE) {
      switch (first) {
        case 114: // r
          this.readEntry(start);
          return true;
        case 115: // s
          this.readFlags(start + 2, start);
          return true;
        case 118: // v
          this.readVersion(start + 2, start);
          return true;
        case 119: // w
          this.readWeights(start + 2, start);
          return true;
        case 112: // p
          this.readPolicy(start + 2, start);
          return true;
        case 109: // m
          this.readMicrodesc(start + 2, start);
          return true;
        case 97: // a
          this.readAddress(start + 2);
          return true;
      }
    } else if (second === 114 && first === 112 && this.bytes[start + 2] === SPACE) {
      this.readProtocols(start + 3, start);
      return true;
    } else if (second === 116 && startsAt(this.bytes, start, 'stats ')) {
      this.readStats(start + 6, start);
      return true;
    } else if (second === 100 && startsAt(this.bytes, start, 'id ')) {
      this.readId(start + 3, start);
      return true;
    }
    return this.readOdd(start);
  }

  /** Whatever does not begin as tor writes it, and the end of the entries. */
  private readOdd(start: number): boolean {
    const { bytes } = this;
    if (startsAt(bytes, start, 'directory-')) return false;
    const lineEnd = endOfLine(bytes, start, this.end);
    let at = skipBlanks(bytes, start);
    if (startsAt(bytes, at, 'opt ')) at = skipBlanks(bytes, at + 4);
    const keyword = peekKeyword(bytes, at, lineEnd);
    const rest = skipBlanks(bytes, at + keyword.length);
    if (lineEnd - start > lineBytesMax) {
      this.problem('too-long', start, `a line of at most ${lineBytesMax} bytes`, `${lineEnd - start} bytes`);
    } else if (entryKeywords.has(keyword)) this.readOddly(keyword, rest, start);
    else if (keyword === '-----BEGIN' && this.followsEntryLine(start))
      this.problem('bad-object', start, 'no object behind a line of an entry', 'one');
    else if (keyword !== '') {
      const text = textOf(bytes, at, Math.min(lineEnd, at + 1024));
      this.unknown.push({ router: this.row, line: this.line, offset: start, text });
    }
    this.at = lineEnd + 1;
    return true;
  }

  /** Whether the last line before this one that is not blank or a comment is of an entry, which carries no object. */
  private followsEntryLine(start: number): boolean {
    const { bytes } = this;
    let end = start - 1;
    while (end > 0) {
      const from = bytes.lastIndexOf(LF, end - 1) + 1;
      let at = skipBlanks(bytes, from);
      if (startsAt(bytes, at, 'opt ')) at = skipBlanks(bytes, at + 4);
      const keyword = peekKeyword(bytes, at, end);
      if (keyword !== '') return entryKeywords.has(keyword);
      end = from - 1;
    }
    return false;
  }

  /** A line of an entry behind `opt`, white space or a tab. */
  private readOddly(keyword: string, rest: number, start: number): void {
    switch (keyword) {
      case 's':
        return this.readFlags(rest, start);
      case 'v':
        return this.readVersion(rest, start);
      case 'pr':
        return this.readProtocols(rest, start);
      case 'w':
        return this.readWeights(rest, start);
      case 'p':
        return this.readPolicy(rest, start);
      case 'm':
        return this.readMicrodesc(rest, start);
      case 'a':
        return this.readAddress(rest);
      case 'id':
        return this.readId(rest, start);
      case 'stats':
        return this.readStats(rest, start);
      default: {
        // Only "r " at the beginning of a line begins an entry in tor.
        const found = quote(this.bytes, start, endOfLine(this.bytes, start, this.end));
        this.problem('bad-line', start, '"r " at the beginning of a line', found, 'r');
      }
    }
  }

  // --- r --------------------------------------------------------------------------------------------------------------

  private readEntry(start: number): void {
    this.finishEntry();
    if (this.count === this.capacity) {
      this.columns = growColumns(this.columns, this.capacity);
      this.capacity *= 2;
    }
    const row = this.count;
    const next = this.readEntryFast(start, row);
    if (next > 0) this.at = next;
    else if (!this.readEntryPatiently(start, row)) {
      this.row = -1;
      return;
    }
    this.row = row;
    this.has = 0;
    this.count = row + 1;
    this.columns.start[row] = start;
    this.columns.line[row] = this.line;
    if (row > 0) this.checkOrder(row, start);
  }

  /** The line exactly as tor writes it; the offset behind it, or 0 when it is not. */
  private readEntryFast(start: number, row: number): number {
    const { bytes, columns } = this;
    let at = start + 2;
    // No read below leaves the input.
    if (start + entryBytesMax > this.end) return 0;
    const nickname = at;
    while (alphanumeric[bytes[at] as number] === 1) at += 1;
    const length = at - nickname;
    if (length < 1 || length > 19 || bytes[at] !== SPACE) return 0;
    columns.nicknameStart[row] = nickname;
    columns.nicknameEnd[row] = at;
    at += 1;
    if (bytes[at + 27] !== SPACE || !decodeBase64Into(bytes, at, at + 27, columns.identity, row * 20))
      return 0;
    at += 28;
    if (this.kind !== 'microdesc') {
      if (
        bytes[at + 27] !== SPACE ||
        !decodeBase64Into(bytes, at, at + 27, columns.descriptorDigest, row * 20)
      )
        return 0;
      at += 28;
    }
    const time = timeAt(bytes, at);
    if (time < 0 || bytes[at + 19] !== SPACE) return 0;
    columns.published[row] = time;
    return this.readEndpointFast(at + 20, row);
  }

  /** `IPV4 ORPORT DIRPORT` LF at `at`; the offset behind it, or 0. */
  private readEndpointFast(from: number, row: number): number {
    const { bytes, columns } = this;
    let at = from;
    let address = 0;
    // Four octets of at most three digits, then two ports of at most five, with their separators.
    for (let part = 0; part < 6; part += 1) {
      const begin = at;
      let value = 0;
      let digit = (bytes[at] as number) - 48;
      while (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        at += 1;
        digit = (bytes[at] as number) - 48;
      }
      if (at === begin || at - begin > (part < 4 ? 3 : 5)) return 0;
      if (bytes[at] !== (part < 3 ? 46 : part < 5 ? SPACE : LF)) return 0;
      at += 1;
      if (part < 4) {
        if (value > 255) return 0;
        address = (address << 8) | value;
      } else if (value > 65_535) return 0;
      else if (part === 4) columns.orPort[row] = value;
      else columns.dirPort[row] = value;
    }
    columns.ipv4[row] = address;
    return at;
  }

  /** The line in any form that tor takes; false, and a problem, when it takes none. */
  private readEntryPatiently(start: number, row: number): boolean {
    const { bytes, columns } = this;
    const lineEnd = endOfLine(bytes, start, this.end);
    this.at = lineEnd + 1;
    const entry = parseEntryLine(
      textOf(bytes, start, Math.min(lineEnd, start + 2048)),
      this.kind === 'microdesc',
    );
    if ('expected' in entry) {
      this.problem('bad-argument', start, entry.expected, entry.found, 'r');
      return false;
    }
    columns.nicknameStart[row] = start + entry.nicknameAt;
    columns.nicknameEnd[row] = start + entry.nicknameAt + entry.nickname.length;
    columns.identity.set(entry.identity, row * 20);
    columns.descriptorDigest.set(entry.descriptorDigest, row * 20);
    columns.published[row] = entry.published;
    columns.ipv4[row] = entry.ipv4;
    columns.orPort[row] = entry.orPort;
    columns.dirPort[row] = entry.dirPort;
    return true;
  }

  private checkOrder(row: number, start: number): void {
    const { identity } = this.columns;
    const order = compareIdentity(identity, (row - 1) * 20, identity, row * 20);
    if (order < 0) return;
    if (order === 0) this.problem('duplicate', start, 'each relay once', 'the same identity again', 'r');
    else this.problem('bad-order', start, 'relays in ascending order of identity', 'one out of order', 'r');
  }

  /** Closes the current entry, and checks what only the whole of it shows: lines that must be there (dir-spec 3.4.1). */
  private finishEntry(): void {
    const { row } = this;
    if (row < 0) return;
    this.columns.present[row] = this.has;
    const missing = this.required & ~this.has;
    if (missing === 0) return;
    const keywords = [
      missing & present.s ? 's' : '',
      missing & present.pr ? 'pr' : '',
      missing & present.m ? 'm' : '',
    ];
    this.problemAt(row, 'missing-item', `an entry with ${keywords.filter(Boolean).join(', ')}`, 'none');
  }

  /** A vote must not give one ed25519 identity to two relays; no key, and a key of zeros, are none (dir-spec 3.4.1). */
  private checkEd25519(): void {
    const { ed25519, ed25519State: states } = this.columns;
    const keys = new InternTable(ed25519);
    for (let row = 0; row < this.count; row += 1) {
      if (states[row] !== ed25519State.key) continue;
      const known = keys.count;
      if (keys.idOf(row * 32, row * 32 + 32) === known) continue;
      if (ed25519.subarray(row * 32, row * 32 + 32).every((byte) => byte === 0)) continue;
      this.problemAt(row, 'duplicate', 'an ed25519 identity of its own', 'that of an earlier relay');
    }
  }

  // --- the end --------------------------------------------------------------------------------------------------------

  /** A problem with a whole entry, told at its `r` line. */
  private problemAt(row: number, code: ProblemCode, expected: string, found: string): void {
    const offset = this.columns.start[row] as number;
    const line = this.columns.line[row] as number;
    this.options.problems.add({ severity: 'error', code, line, offset, keyword: 'r', expected, found });
  }

  private table(): RouterTable {
    return {
      bytes: this.bytes,
      count: this.count,
      knownFlags: this.options.knownFlags,
      ...cutColumns(this.columns, this.count),
      versions: this.versions.texts(),
      protocolLists: this.protocols.texts(),
      policies: this.policies.texts(),
      votedMicrodescs: this.microdescs.finish(this.methods.texts()),
      unknownLines: this.unknown,
    };
  }
}
