/**
 * The lines of a router entry, each from its bytes into the columns (dir-spec 3.4.1). A line in exactly tor's form is
 * read fast; any other one by the patient readers of `odd.ts`, with the same outcome.
 */
import { decodeBase64Into, fromBase64, startsAt, textOf } from '../base/index.ts';
import {
  endOfLine,
  isProtocolList,
  lineBytesMax,
  peekKeyword,
  quote,
  quoteProtocols,
} from '../metaformat/index.ts';
import type { ProblemCode, ProblemList, Profile } from '../metaformat/index.ts';
import { parseIpv6Port } from './address.ts';
import { allocateColumns, MicrodescColumns } from './columns.ts';
import type { Columns } from './columns.ts';
import { ipv6PortAt } from './digits.ts';
import { InternTable } from './intern.ts';
import { parseStats, parseWeights, splitArguments } from './odd.ts';
import { ed25519State, present } from './table.ts';

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

/** Reads the lines of the current entry, and holds what a running scan has found so far. Nothing of it outlives the scan. */
export class EntryLines {
  protected readonly bytes: Uint8Array;
  protected readonly end: number;
  protected readonly kind: RoutersOf;
  protected readonly options: ScanOptions;
  protected at: number;
  protected line: number;
  protected count = 0;
  /** Row of the current entry, −1 while the lines belong to an entry that had to be given up. */
  protected row = -1;
  /** Bits of `present` of the current entry. */
  protected has = 0;
  protected capacity: number;
  protected columns: Columns;
  protected readonly flagLines: InternTable;
  /** Two words of bits for each distinct flag line. */
  protected readonly flagBits: number[] = [];
  protected readonly versions: InternTable;
  protected readonly protocols: InternTable;
  protected readonly policies: InternTable;
  protected readonly methods: InternTable;
  protected readonly microdescs: MicrodescColumns;
  protected readonly unknown: { router: number; line: number; offset: number; text: string }[] = [];
  protected readonly flagIndex: ReadonlyMap<string, number>;

  constructor(bytes: Uint8Array, at: number, line: number, options: ScanOptions) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.kind = options.kind;
    this.options = options;
    this.at = at;
    this.line = line;
    this.capacity = entriesAbout(bytes, at) + (this.end - at < 4096 ? 1 : 16);
    this.columns = allocateColumns(this.capacity);
    this.flagLines = new InternTable(bytes);
    this.versions = new InternTable(bytes);
    this.protocols = new InternTable(bytes);
    this.policies = new InternTable(bytes);
    this.methods = new InternTable(bytes);
    this.microdescs = new MicrodescColumns(options.kind === 'vote' ? this.capacity * 2 : 0);
    this.flagIndex = new Map(options.knownFlags.map((flag, index) => [flag, index]));
  }

  /** Notes that the current entry has this line; false when it had it already or belongs to no entry. */
  private claim(bit: number, start: number): boolean {
    if (this.row < 0) return false;
    if ((this.has & bit) !== 0) {
      this.problem('repeated-item', start, 'the line once in an entry', 'another', this.keywordAt(start));
      return false;
    }
    this.has |= bit;
    return true;
  }

  private keywordAt(start: number): string {
    return peekKeyword(this.bytes, skipBlanks(this.bytes, start), this.end);
  }

  /** The number of the text from `from` to the end of its line; moves behind the line. */
  private intern(table: InternTable, from: number): number {
    const start = skipBlanks(this.bytes, from);
    const id = table.idOfLine(start);
    const { end } = table;
    if (end - start > lineBytesMax)
      this.problem('too-long', start, `a line of at most ${lineBytesMax} bytes`, `${end - start}`);
    this.at = end + 1;
    return id;
  }

  protected readFlags(from: number, start: number): void {
    const id = this.intern(this.flagLines, from);
    const { flagBits } = this;
    if (id * 2 === flagBits.length) this.learnFlags(skipBlanks(this.bytes, from), start);
    if (!this.claim(present.s, start)) return;
    const { flags } = this.columns;
    flags[this.row * 2] = flagBits[id * 2] as number;
    flags[this.row * 2 + 1] = flagBits[id * 2 + 1] as number;
  }

  /** A flag line not seen before: its bits over known-flags. */
  private learnFlags(from: number, start: number): void {
    const words = [0, 0];
    let last = -1;
    for (const flag of splitArguments(textOf(this.bytes, from, this.at - 1))) {
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

  protected readVersion(from: number, start: number): void {
    const id = this.intern(this.versions, from);
    if (this.claim(present.v, start)) this.columns.version[this.row] = id;
  }

  protected readProtocols(from: number, start: number): void {
    const known = this.protocols.count;
    const id = this.intern(this.protocols, from);
    if (id === known) this.checkProtocols(skipBlanks(this.bytes, from), start);
    if (this.claim(present.pr, start)) this.columns.protocols[this.row] = id;
  }

  /** Each distinct list is checked once. */
  private checkProtocols(from: number, start: number): void {
    const text = textOf(this.bytes, from, this.at - 1);
    if (isProtocolList(text)) return;
    this.problem('bad-argument', start, 'a list of protocols NAME=VERSIONS', quoteProtocols(text), 'pr');
  }

  protected readPolicy(from: number, start: number): void {
    const known = this.policies.count;
    const id = this.intern(this.policies, from);
    if (id === known) this.checkPolicy(skipBlanks(this.bytes, from), start);
    if (this.claim(present.p, start)) this.columns.policy[this.row] = id;
  }

  private checkPolicy(from: number, start: number): void {
    const { bytes } = this;
    if (startsAt(bytes, from, 'accept ') || startsAt(bytes, from, 'reject ')) return;
    this.problem(
      'bad-argument',
      start,
      '"accept" or "reject" and ports',
      quote(bytes, from, this.at - 1),
      'p',
    );
  }

  protected readWeights(from: number, start: number): void {
    if (!this.claim(present.w, start)) this.at = endOfLine(this.bytes, from, this.end) + 1;
    else if (!this.readWeightsFast(from)) this.readWeightsPatiently(from, start);
  }

  /** `Bandwidth=N` LF, `Bandwidth=N Measured=N` LF and `Bandwidth=N Unmeasured=1` LF; false when it is another. */
  private readWeightsFast(start: number): boolean {
    const { bytes, columns, row } = this;
    if (!startsAt(bytes, start, 'Bandwidth=')) return false;
    const bandwidth = this.digitsAt(start + 10);
    if (bandwidth < 0) return false;
    let at = this.at;
    let bits = present.w | present.bandwidth;
    if (bytes[at] === SPACE) {
      if (bytes[at + 1] === 77 && startsAt(bytes, at, ' Measured=')) {
        const measured = this.digitsAt(at + 10);
        if (measured < 0) return false;
        columns.measured[row] = measured;
        bits |= present.measured;
        at = this.at;
      } else if (startsAt(bytes, at, ' Unmeasured=1')) {
        bits |= present.unmeasured;
        at += 13;
      }
    }
    if (bytes[at] !== LF) return false;
    columns.bandwidth[row] = bandwidth;
    this.has |= bits;
    this.at = at + 1;
    return true;
  }

  /** One to nine digits at `from`; moves behind them. −1 when they are none, or more. */
  private digitsAt(from: number): number {
    const { bytes } = this;
    let at = from;
    let value = 0;
    let digit = (bytes[at] as number) - 48;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      at += 1;
      if (at - from > 9) return -1;
      digit = (bytes[at] as number) - 48;
    }
    this.at = at;
    return at === from ? -1 : value;
  }

  private readWeightsPatiently(from: number, start: number): void {
    const { bytes, columns, row } = this;
    const lineEnd = endOfLine(bytes, from, this.end);
    this.at = lineEnd + 1;
    const weights = parseWeights(textOf(bytes, from, Math.min(lineEnd, from + lineBytesMax)));
    for (const wrong of weights.wrong.slice(0, 1)) {
      this.problem('bad-argument', start, 'a number in its range', JSON.stringify(wrong.slice(0, 80)), 'w');
    }
    this.has |= weights.bits;
    columns.bandwidth[row] = weights.bandwidth;
    columns.measured[row] = weights.measured;
    columns.guardFraction[row] = weights.guardFraction;
  }

  protected readMicrodesc(from: number, start: number): void {
    if (this.kind === 'vote') this.readVotedMicrodesc(skipBlanks(this.bytes, from));
    else this.readMicrodescDigest(skipBlanks(this.bytes, from), start);
  }

  /** `m DIGEST` of a microdesc consensus (dir-spec 3.9.2). */
  private readMicrodescDigest(from: number, start: number): void {
    const { bytes, columns } = this;
    const claimed = this.claim(present.m, start);
    // No base64 has a LF, so what decodes up to the LF is one line.
    if (
      claimed &&
      bytes[from + 43] === LF &&
      decodeBase64Into(bytes, from, from + 43, columns.microdescDigest, this.row * 32)
    ) {
      this.at = from + 44;
      return;
    }
    const lineEnd = endOfLine(bytes, from, this.end);
    this.at = lineEnd + 1;
    if (claimed)
      this.problem('bad-argument', start, 'a SHA-256 digest in base64', quote(bytes, from, lineEnd), 'm');
  }

  /** `m METHODS ALGORITHM=DIGEST …` of a vote. */
  private readVotedMicrodesc(from: number): void {
    const { bytes, microdescs, methods } = this;
    const id = methods.idOfWord(from);
    const at = methods.end;
    microdescs.reserve();
    // Of several digests tor takes the first SHA-256, wherever it stands in the line.
    const mark = startsAt(bytes, at, ' sha256=') ? at : this.markOfSha256(at);
    const digest = mark + 8;
    const has =
      mark >= 0 &&
      digest + 43 <= this.end &&
      decodeBase64Into(bytes, digest, digest + 43, microdescs.sha256, microdescs.count * 32);
    const behind = has ? digest + 43 : at;
    this.at = (bytes[behind] === LF ? behind : endOfLine(bytes, behind, this.end)) + 1;
    if (this.row >= 0) microdescs.push(this.row, id, has);
  }

  /** Where ` sha256=` begins further on in the line, or −1. */
  private markOfSha256(from: number): number {
    const { bytes } = this;
    const lineEnd = endOfLine(bytes, from, this.end);
    for (let at = from; at < lineEnd; at += 1) if (startsAt(bytes, at, ' sha256=')) return at;
    return -1;
  }

  /** `a [IPV6]:PORT`; the first usable one counts, the others are skipped, as tor does (dir-spec 3.4.1). */
  protected readAddress(start: number): void {
    const { bytes, columns, row } = this;
    const lineEnd = endOfLine(bytes, start, this.end);
    this.at = lineEnd + 1;
    if (row < 0) return;
    this.has |= present.a;
    if (columns.ipv6Port[row] !== 0) return;
    const port = ipv6PortAt(bytes, start, columns.ipv6, row * 16);
    if (port > 0) {
      columns.ipv6Port[row] = port;
      return;
    }
    const [first = ''] = splitArguments(textOf(bytes, start, Math.min(lineEnd, start + 256)));
    const endpoint = parseIpv6Port(first);
    if (!endpoint) return;
    columns.ipv6.set(endpoint.address, row * 16);
    columns.ipv6Port[row] = endpoint.port;
  }

  /** `id ed25519 KEY`, `id ed25519 none`; other kinds are kept out of the columns. */
  protected readId(from: number, start: number): void {
    const { bytes, columns, row } = this;
    const key = from + 8;
    const plain =
      bytes[key + 43] === LF &&
      row >= 0 &&
      (this.has & present.id) === 0 &&
      startsAt(bytes, from, 'ed25519 ');
    // No base64 has a LF, so what decodes up to the LF is one line.
    if (plain && decodeBase64Into(bytes, key, key + 43, columns.ed25519, row * 32)) {
      this.at = key + 44;
      this.has |= present.id;
      columns.ed25519State[row] = ed25519State.key;
      return;
    }
    if (plain) columns.ed25519.fill(0, row * 32, row * 32 + 32);
    const lineEnd = endOfLine(bytes, from, this.end);
    this.at = lineEnd + 1;
    const [kind, value = ''] = splitArguments(textOf(bytes, from, Math.min(lineEnd, from + 1024)));
    if (kind !== 'ed25519' || !this.claim(present.id, start)) return;
    const decoded = value.length === 43 ? fromBase64(value) : undefined;
    if (decoded) columns.ed25519.set(decoded, row * 32);
    if (decoded || value === 'none')
      columns.ed25519State[row] = decoded ? ed25519State.key : ed25519State.none;
    else
      this.problem(
        'bad-argument',
        start,
        'an ed25519 key in base64, or none',
        quote(bytes, from, lineEnd),
        'id',
      );
  }

  /** `stats wfu=… tk=… mtbf=…`. */
  protected readStats(from: number, start: number): void {
    if (!this.claim(present.stats, start)) this.at = endOfLine(this.bytes, from, this.end) + 1;
    else if (!this.readStatsFast(from)) this.readStatsPatiently(from, start);
  }

  /** All three in tor's order, and nothing else; false when the line is another. */
  private readStatsFast(from: number): boolean {
    const { bytes, columns, row } = this;
    if (!startsAt(bytes, from, 'wfu=')) return false;
    const wfu = this.decimalAt(from + 4);
    if (wfu < 0 || !startsAt(bytes, this.at, ' tk=')) return false;
    const tk = this.decimalAt(this.at + 4);
    if (tk < 0 || !startsAt(bytes, this.at, ' mtbf=')) return false;
    const mtbf = this.decimalAt(this.at + 6);
    if (mtbf < 0 || bytes[this.at] !== LF) return false;
    columns.wfu[row] = wfu;
    columns.tk[row] = tk;
    columns.mtbf[row] = mtbf;
    this.at += 1;
    return true;
  }

  /** A decimal number of at most fifteen digits, so that it is exact; moves behind it. −1 when it is none. */
  private decimalAt(from: number): number {
    const { bytes } = this;
    let at = from;
    let value = 0;
    let scale = 0;
    for (; at - from <= 15; at += 1) {
      const digit = (bytes[at] as number) - 48;
      if (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        scale *= 10;
      } else if (digit === -2 && scale === 0 && at > from) scale = 1;
      else break;
    }
    this.at = at;
    // Neither "" nor "1." is a number here; what is longer than fifteen digits is left to the patient way.
    if (at === from || scale === 1 || at - from > 15) return -1;
    return scale === 0 ? value : value / scale;
  }

  private readStatsPatiently(from: number, start: number): void {
    const { bytes, columns, row } = this;
    const lineEnd = endOfLine(bytes, from, this.end);
    this.at = lineEnd + 1;
    const stats = parseStats(textOf(bytes, from, Math.min(lineEnd, from + 1024)));
    columns.wfu[row] = stats.wfu;
    columns.tk[row] = stats.tk;
    columns.mtbf[row] = stats.mtbf;
    for (const wrong of stats.wrong.slice(0, 1)) {
      this.problem('bad-argument', start, 'numbers', JSON.stringify(wrong.slice(0, 80)), 'stats', 'warning');
    }
  }

  protected problem(
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
}

const sampleBytes = 32_768;
/** No entry of any year is shorter, so that lines made to look like many reserve no more than their document's own size. */
const entryBytesMin = 200;

/** About how many entries there are from `at` on, by the first of them: rather a few too many, so that nothing has to grow. */
function entriesAbout(bytes: Uint8Array, at: number): number {
  const left = bytes.length - at;
  const sample = Math.min(left, sampleBytes);
  let entries = 1;
  for (let lf = bytes.indexOf(LF, at); lf >= 0 && lf < at + sample; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf + 1] === 114 && bytes[lf + 2] === SPACE) entries += 1;
  }
  return Math.floor(Math.min((entries * left * 1.04) / (sample + 1), left / entryBytesMin));
}

/** The offset of the first byte at or behind `at` that is no space, tab or CR. */
export function skipBlanks(bytes: Uint8Array, at: number): number {
  let here = at;
  while (bytes[here] === SPACE || bytes[here] === 9 || bytes[here] === 13) here += 1;
  return here;
}
