/**
 * The hot path: router entries, scanned straight from bytes into columns (dir-spec 3.4.1, 3.8.1).
 *
 * One pass, one decision per line on its first byte. A line that looks exactly as tor writes it takes the fast way; any
 * other is read again by the patient one in `entry.ts`, which allows what tor allows and explains the rest.
 */
import { decodeBase64Into, startsAt, textOf } from '../base/index.ts';
import { endOfLine, lineBytesMax, quote } from '../metaformat/index.ts';
import type { ProblemCode, ProblemList, Profile } from '../metaformat/index.ts';
import { parseIpv6Port } from './address.ts';
import { allocateColumns, cutColumns, growColumns, MicrodescColumns } from './columns.ts';
import type { Columns } from './columns.ts';
import { InternTable } from './intern.ts';
import { parseEntryLine } from './entry.ts';
import { compareIdentity, ed25519State, present } from './table.ts';
import type { RouterTable } from './table.ts';

const LF = 10;
const SPACE = 32;

/** What kind of document the entries belong to: it decides which lines they must have. */
export type RoutersOf = 'ns' | 'microdesc' | 'vote';

/** What the scanner has to know. */
export interface ScanOptions {
  readonly kind: RoutersOf;
  readonly knownFlags: readonly string[];
  readonly profile: Profile;
  readonly problems: ProblemList;
}

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
for (const code of Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', (c) => c.charCodeAt(0))) {
  alphanumeric[code] = 1;
}

/** Days from 1970-01-01 to the first of a month, `[year - 1970][month - 1]`, for the years the fast way reads. */
const monthStarts: readonly Float64Array[] = Array.from({ length: 200 }, (_, year) =>
  Float64Array.from({ length: 12 }, (__, month) => Date.UTC(1970 + year, month, 1) / 86_400_000),
);

/** One scan of one document. A class because it is the state of a running scan, and nothing else. */
class RouterScanner {
  private readonly bytes: Uint8Array;
  private readonly end: number;
  private readonly kind: RoutersOf;
  private readonly options: ScanOptions;
  private at: number;
  private line: number;
  private count = 0;
  /** Row of the current entry, −1 while the lines belong to an entry that had to be given up. */
  private row = -1;
  private capacity: number;
  private columns: Columns;
  private readonly flagLines: InternTable;
  /** Two words of bits for each distinct flag line. */
  private readonly flagBits: number[] = [];
  private readonly versions: InternTable;
  private readonly protocols: InternTable;
  private readonly policies: InternTable;
  private readonly methods: InternTable;
  private readonly microdescs: MicrodescColumns;
  private readonly unknown: { router: number; line: number; offset: number; text: string }[] = [];
  private readonly flagIndex: ReadonlyMap<string, number>;
  private readonly required: number;

  constructor(bytes: Uint8Array, at: number, line: number, options: ScanOptions) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.kind = options.kind;
    this.options = options;
    this.at = at;
    this.line = line;
    this.capacity = Math.floor((this.end - at) / (options.kind === 'vote' ? 420 : 300)) + 16;
    this.columns = allocateColumns(this.capacity);
    this.flagLines = new InternTable(bytes);
    this.versions = new InternTable(bytes);
    this.protocols = new InternTable(bytes);
    this.policies = new InternTable(bytes);
    this.methods = new InternTable(bytes);
    this.microdescs = new MicrodescColumns(options.kind === 'vote' ? this.capacity * 2 : 0);
    this.flagIndex = new Map(options.knownFlags.map((flag, index) => [flag, index]));
    // tor 0.4.9 refuses an entry without `pr`; documents before 2015 have none (dir-spec 3.4.1).
    this.required =
      present.s | (options.profile === 'tor-0.4.9' ? present.pr : 0) | (options.kind === 'microdesc' ? present.m : 0);
  }

  scan(): ScanResult {
    const { bytes } = this;
    while (this.at < this.end) {
      const start = this.at;
      if (!this.scanLine(bytes[start] as number, start)) break;
      this.line += 1;
    }
    this.finishEntry();
    this.columns.start[this.count] = this.at;
    return { table: this.table(), at: this.at, line: this.line };
  }

  /** Reads one line and moves behind it; false when it does not belong to an entry. */
  private scanLine(first: number, start: number): boolean {
    const second = this.bytes[start + 1];
    if (second === SPACE) {
      switch (first) {
        case 114: // r
          this.readEntry(start);
          return true;
        case 115: // s
          this.readFlags(start + 2);
          return true;
        case 118: // v
          this.readText(present.v, start + 2);
          return true;
        case 119: // w
          this.readWeights(start + 2);
          return true;
        case 112: // p
          this.readText(present.p, start + 2);
          return true;
        case 109: // m
          if (this.kind === 'vote') this.readVotedMicrodesc(start + 2);
          else this.readMicrodesc(start + 2);
          return true;
        case 97: // a
          this.readAddress(start + 2);
          return true;
      }
    } else if (first === 112 && second === 114 && this.bytes[start + 2] === SPACE) {
      this.readText(present.pr, start + 3);
      return true;
    }
    return this.readOther(start);
  }

  /** Lines that are rarer: `id`, `stats`, a bare `s`, blank lines, unknown keywords, and the end of the entries. */
  private readOther(start: number): boolean {
    const { bytes } = this;
    const lineEnd = endOfLine(bytes, start, this.end);
    if (startsAt(bytes, start, 'id ')) this.readId(start, lineEnd);
    else if (startsAt(bytes, start, 'stats ')) this.readStats(start + 6, lineEnd);
    else if (startsAt(bytes, start, 'directory-')) return false;
    else this.readOdd(start, lineEnd);
    this.at = lineEnd + 1;
    return true;
  }

  private readOdd(start: number, lineEnd: number): void {
    const text = textOf(this.bytes, start, Math.min(lineEnd, start + 1024));
    const keyword = /^[^ \t\r#\0]*/.exec(text)?.[0] ?? '';
    if (keyword === '') return;
    if (keyword === 's' && text.trim() === 's') {
      this.setFlags(this.flagLines.idOf(start + 1, start + 1, 0), start + 1, start + 1, start);
    } else if (['r', 's', 'v', 'w', 'p', 'm', 'a', 'pr', 'id', 'stats'].includes(keyword)) {
      this.problem('bad-line', start, `${keyword} and its arguments after one space`, quote(this.bytes, start, lineEnd));
    } else {
      this.unknown.push({ router: this.row, line: this.line, offset: start, text });
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
    this.count = row + 1;
    this.columns.start[row] = start;
    this.columns.line[row] = this.line;
    if (row > 0) this.checkOrder(row, start);
  }

  /** The line exactly as tor writes it; the offset behind it, or 0 when it is not. */
  private readEntryFast(start: number, row: number): number {
    const { bytes, columns } = this;
    let at = start + 2;
    // The longest reads below stay within the input; a shorter rest takes the patient way.
    if (at + 150 > this.end) return 0;
    const nickname = at;
    while (alphanumeric[bytes[at] as number] === 1) at += 1;
    const length = at - nickname;
    if (length < 1 || length > 19 || bytes[at] !== SPACE) return 0;
    columns.nicknameStart[row] = nickname;
    columns.nicknameEnd[row] = at;
    at += 1;
    if (!decodeBase64Into(bytes, at, at + 27, columns.identity, row * 20) || bytes[at + 27] !== SPACE) return 0;
    at += 28;
    if (this.kind !== 'microdesc') {
      if (!decodeBase64Into(bytes, at, at + 27, columns.descriptorDigest, row * 20) || bytes[at + 27] !== SPACE) return 0;
      at += 28;
    }
    const time = this.readTimeFast(at);
    if (time < 0 || bytes[at + 19] !== SPACE) return 0;
    columns.published[row] = time;
    return this.readEndpointFast(at + 20, row);
  }

  /** `YYYY-MM-DD HH:MM:SS` at `at`, in seconds, or −1. */
  private readTimeFast(at: number): number {
    const { bytes } = this;
    const pair = (offset: number): number => {
      const tens = (bytes[at + offset] as number) - 48;
      const ones = (bytes[at + offset + 1] as number) - 48;
      return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -10_000;
    };
    if (bytes[at + 4] !== 45 || bytes[at + 7] !== 45 || bytes[at + 10] !== SPACE) return -1;
    if (bytes[at + 13] !== 58 || bytes[at + 16] !== 58) return -1;
    const year = pair(0) * 100 + pair(2);
    const month = pair(5);
    const day = pair(8);
    const hour = pair(11);
    const minute = pair(14);
    const second = pair(17);
    const starts = monthStarts[year - 1970];
    if (starts === undefined || month < 1 || month > 12 || day < 1) return -1;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
    const first = starts[month - 1] as number;
    // Only the days that every month has; the others take the patient way.
    if (day > 28 && day > lengthOfMonth(year, month)) return -1;
    return (first + day - 1) * 86_400 + hour * 3600 + minute * 60 + second;
  }

  /** `IPV4 ORPORT DIRPORT` LF at `at`; the offset behind it, or 0. */
  private readEndpointFast(from: number, row: number): number {
    const { bytes, columns } = this;
    let at = from;
    let address = 0;
    for (let octets = 0; octets < 4; octets += 1) {
      let value = 0;
      const begin = at;
      for (let digit = (bytes[at] as number) - 48; digit >= 0 && digit <= 9; digit = (bytes[at] as number) - 48) {
        value = value * 10 + digit;
        at += 1;
      }
      if (at === begin || at - begin > 3 || value > 255) return 0;
      if (bytes[at] !== (octets < 3 ? 46 : SPACE)) return 0;
      at += 1;
      address = address * 256 + value;
    }
    columns.ipv4[row] = address;
    for (let port = 0; port < 2; port += 1) {
      let value = 0;
      const begin = at;
      for (let digit = (bytes[at] as number) - 48; digit >= 0 && digit <= 9; digit = (bytes[at] as number) - 48) {
        value = value * 10 + digit;
        at += 1;
      }
      if (at === begin || at - begin > 5 || value > 65_535) return 0;
      if (bytes[at] !== (port === 0 ? SPACE : LF)) return 0;
      at += 1;
      if (port === 0) columns.orPort[row] = value;
      else columns.dirPort[row] = value;
    }
    return at;
  }

  /** The line in any form that tor takes; false, and a problem, when it takes none. */
  private readEntryPatiently(start: number, row: number): boolean {
    const { bytes, columns } = this;
    const lineEnd = endOfLine(bytes, start, this.end);
    this.at = lineEnd + 1;
    const entry = parseEntryLine(textOf(bytes, start, Math.min(lineEnd, start + 2048)), this.kind === 'microdesc');
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

  /** Checks what only the whole entry shows: lines that must be there (dir-spec 3.4.1). */
  private finishEntry(): void {
    if (this.row < 0) return;
    const missing = this.required & ~(this.columns.present[this.row] as number);
    if (missing === 0) return;
    const keywords = [missing & present.s ? 's' : '', missing & present.pr ? 'pr' : '', missing & present.m ? 'm' : ''];
    const expected = `an entry with ${keywords.filter(Boolean).join(', ')}`;
    const offset = this.columns.start[this.row] as number;
    const line = this.columns.line[this.row] as number;
    this.options.problems.add({ severity: 'error', code: 'missing-item', line, offset, keyword: 'r', expected, found: 'none' });
  }

  // --- the other lines ------------------------------------------------------------------------------------------------

  /** Notes that the current entry has this line; false when it had it already or belongs to no entry. */
  private claim(bit: number, start: number): boolean {
    if (this.row < 0) return false;
    const has = this.columns.present[this.row] as number;
    if ((has & bit) !== 0) {
      this.problem('repeated-item', start, 'the line once in an entry', 'another');
      return false;
    }
    this.columns.present[this.row] = has | bit;
    return true;
  }

  /** The number of the text from `start` to the end of its line; moves behind the line. */
  private intern(table: InternTable, start: number): number {
    const { bytes, end } = this;
    let hash = 0x811c9dc5 | 0;
    let at = start;
    for (; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (byte === LF) break;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    if (at - start > lineBytesMax) this.problem('too-long', start, `a line of at most ${lineBytesMax} bytes`, `${at - start}`);
    this.at = at + 1;
    return table.idOf(start, at, hash);
  }

  private readFlags(start: number): void {
    const id = this.intern(this.flagLines, start);
    this.setFlags(id, start, this.at - 1, start - 2);
  }

  private setFlags(id: number, start: number, end: number, lineStart: number): void {
    if (id * 2 >= this.flagBits.length) this.learnFlags(start, end);
    if (!this.claim(present.s, lineStart)) return;
    this.columns.flags[this.row * 2] = this.flagBits[id * 2] as number;
    this.columns.flags[this.row * 2 + 1] = this.flagBits[id * 2 + 1] as number;
  }

  /** A flag line not seen before: its bits over known-flags. */
  private learnFlags(start: number, end: number): void {
    const words = [0, 0];
    let last = -1;
    for (const flag of textOf(this.bytes, start, end).split(/[ \t\r]+/)) {
      if (flag === '') continue;
      const index = this.flagIndex.get(flag);
      if (index === undefined || index > 63) {
        this.problem('contradiction', start, 'a flag of known-flags', JSON.stringify(flag.slice(0, 40)), 's');
        continue;
      }
      if (index < last) this.problem('bad-order', start, 'flags in ascending order', flag, 's', 'warning');
      last = index;
      words[index >> 5] = ((words[index >> 5] as number) | (1 << (index & 31))) >>> 0;
    }
    this.flagBits.push(words[0] as number, words[1] as number);
  }

  /** `v`, `pr` or `p`: a text that repeats from entry to entry. */
  private readText(bit: number, start: number): void {
    const { columns } = this;
    if (bit === present.pr) {
      const id = this.intern(this.protocols, start);
      if (this.claim(bit, start - 3)) columns.protocols[this.row] = id;
    } else if (bit === present.v) {
      const id = this.intern(this.versions, start);
      if (this.claim(bit, start - 2)) columns.version[this.row] = id;
    } else {
      const known = this.policies.count;
      const id = this.intern(this.policies, start);
      if (id === known) this.checkPolicy(start);
      if (this.claim(bit, start - 2)) columns.policy[this.row] = id;
    }
  }

  private checkPolicy(start: number): void {
    const { bytes } = this;
    if (startsAt(bytes, start, 'accept ') || startsAt(bytes, start, 'reject ')) return;
    this.problem('bad-argument', start - 2, '"accept" or "reject" and ports', quote(bytes, start, this.at - 1), 'p');
  }

  private readWeights(start: number): void {
    const { bytes, columns, row } = this;
    const claimed = this.claim(present.w, start - 2);
    let at = start;
    while (at < this.end && bytes[at] !== LF) {
      const begin = at;
      const bit = weightKey(bytes, at);
      while (at < this.end && bytes[at] !== 61 && bytes[at] !== SPACE && bytes[at] !== LF) at += 1;
      let value = 0;
      const digits = at + 1;
      if (bytes[at] === 61) at += 1;
      for (; at < this.end && bytes[at] !== SPACE && bytes[at] !== LF; at += 1) {
        const digit = (bytes[at] as number) - 48;
        value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
      }
      if (bit !== 0 && claimed) {
        if (at === digits || !(value <= (bit === present.guardFraction ? 100 : 0xffff_ffff))) {
          this.problem('bad-argument', start - 2, 'a number of 32 bits', quote(bytes, begin, at), 'w');
        } else {
          columns.present[row] = (columns.present[row] as number) | bit;
          if (bit === present.bandwidth) columns.bandwidth[row] = value;
          else if (bit === present.measured) columns.measured[row] = value;
          else if (bit === present.guardFraction) columns.guardFraction[row] = value;
        }
      }
      while (bytes[at] === SPACE) at += 1;
    }
    this.at = at + 1;
  }

  /** `m DIGEST` of a microdesc consensus (dir-spec 3.9.2). */
  private readMicrodesc(start: number): void {
    const { bytes, columns } = this;
    const lineEnd = bytes[start + 43] === LF ? start + 43 : endOfLine(bytes, start, this.end);
    this.at = lineEnd + 1;
    if (!this.claim(present.m, start - 2)) return;
    const plain = lineEnd - start === 43 && decodeBase64Into(bytes, start, start + 43, columns.microdescDigest, this.row * 32);
    if (plain) return;
    this.problem('bad-argument', start - 2, 'a SHA-256 digest in base64', quote(bytes, start, lineEnd), 'm');
  }

  /** `m METHODS ALGORITHM=DIGEST …` of a vote. */
  private readVotedMicrodesc(start: number): void {
    const { bytes, microdescs } = this;
    let hash = 0x811c9dc5 | 0;
    let at = start;
    for (; at < this.end && bytes[at] !== SPACE && bytes[at] !== LF; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    const lineEnd = bytes[at + 51] === LF ? at + 51 : endOfLine(bytes, at, this.end);
    this.at = lineEnd + 1;
    if (this.row < 0) return;
    microdescs.reserve();
    const digest = at + 8;
    const has =
      startsAt(bytes, at, ' sha256=') &&
      digest + 43 <= lineEnd &&
      decodeBase64Into(bytes, digest, digest + 43, microdescs.sha256, microdescs.count * 32);
    microdescs.push(this.row, this.methods.idOf(start, at, hash), has);
  }

  /** `a [IPV6]:PORT`; the first usable one counts, the others are skipped, as tor does (dir-spec 3.4.1). */
  private readAddress(start: number): void {
    const lineEnd = endOfLine(this.bytes, start, this.end);
    this.at = lineEnd + 1;
    if (this.row < 0) return;
    const { columns, row } = this;
    columns.present[row] = (columns.present[row] as number) | present.a;
    if (columns.ipv6Port[row] !== 0) return;
    const endpoint = parseIpv6Port(textOf(this.bytes, start, Math.min(lineEnd, start + 80)));
    if (!endpoint) return;
    columns.ipv6.set(endpoint.address, row * 16);
    columns.ipv6Port[row] = endpoint.port;
  }

  /** `id ed25519 KEY`, `id ed25519 none`; other kinds are kept out of the columns. */
  private readId(start: number, lineEnd: number): void {
    const { bytes, columns, row } = this;
    if (!startsAt(bytes, start + 3, 'ed25519 ') || !this.claim(present.id, start)) return;
    const key = start + 11;
    if (lineEnd - key === 4 && startsAt(bytes, key, 'none')) columns.ed25519State[row] = ed25519State.none;
    else if (lineEnd - key === 43 && decodeBase64Into(bytes, key, lineEnd, columns.ed25519, row * 32)) {
      columns.ed25519State[row] = ed25519State.key;
    } else this.problem('bad-argument', start, 'an ed25519 key in base64, or none', quote(bytes, key, lineEnd), 'id');
  }

  /** `stats wfu=… tk=… mtbf=…`: decimal numbers; keys not known here are skipped. */
  private readStats(start: number, lineEnd: number): void {
    const { bytes, columns, row } = this;
    if (!this.claim(present.stats, start - 6)) return;
    let at = start;
    while (at < lineEnd) {
      const begin = at;
      while (at < lineEnd && bytes[at] !== 61 && bytes[at] !== SPACE) at += 1;
      let value = 0;
      let scale = 0;
      for (at += 1; at < lineEnd && bytes[at] !== SPACE; at += 1) {
        const digit = (bytes[at] as number) - 48;
        if (digit === -2 && scale === 0) scale = 1;
        else {
          value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
          scale *= 10;
        }
      }
      const number = scale > 1 ? value / scale : value;
      if (startsAt(bytes, begin, 'wfu=')) columns.wfu[row] = number;
      else if (startsAt(bytes, begin, 'tk=')) columns.tk[row] = number;
      else if (startsAt(bytes, begin, 'mtbf=')) columns.mtbf[row] = number;
      if (Number.isNaN(number)) this.problem('bad-argument', start - 6, 'numbers', quote(bytes, begin, at), 'stats', 'warning');
      at += 1;
    }
  }

  // --- the end --------------------------------------------------------------------------------------------------------

  private problem(
    code: ProblemCode,
    offset: number,
    expected: string,
    found: string,
    keyword?: string,
    severity: 'error' | 'warning' = 'error',
  ): void {
    const named = keyword === undefined ? {} : { keyword };
    this.options.problems.add({ severity, code, line: this.line, offset, ...named, expected, found });
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

/** Which bit of `present` a `w` key has; 0 for keys that are ignored. */
function weightKey(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 66: // B
      return startsAt(bytes, at, 'Bandwidth=') ? present.bandwidth : 0;
    case 77: // M
      if (startsAt(bytes, at, 'Measured=')) return present.measured;
      return startsAt(bytes, at, 'MeasuredButAuthority=') ? present.measuredButAuthority : 0;
    case 85: // U
      return startsAt(bytes, at, 'Unmeasured=1') ? present.unmeasured : 0;
    case 71: // G
      return startsAt(bytes, at, 'GuardFraction=') ? present.guardFraction : 0;
    default:
      return 0;
  }
}

function lengthOfMonth(year: number, month: number): number {
  const starts = monthStarts[year - 1970] as Float64Array;
  const next = month === 12 ? monthStarts[year - 1969]?.[0] : starts[month];
  return (next ?? 0) - (starts[month - 1] as number);
}
