/**
 * Bandwidth files: what a scanner measured, as an authority reads it before it votes (bandwidth-file-spec): sbws's of every
 * version and torflow's, which have no header. Ten thousand lines of forty keys are not objects: what a vote takes of them
 * are columns, the rest stays in the bytes until it is asked for.
 */
import { fromHex, startsAt, textOf, toHex, unixSeconds } from '../base/index.ts';
import type { Span, UnixSeconds } from '../base/index.ts';
import { endOfLine, ProblemList, quote, quoteText } from '../metaformat/index.ts';
import type { Parsed, ProblemCode, Profile } from '../metaformat/index.ts';
import { skipAnnotations } from './annotations.ts';

/** A bandwidth file as it says. */
export interface BandwidthFile {
  readonly kind: 'bandwidth-file';
  readonly bytes: Uint8Array;
  /** The file itself, without the line that CollecTor puts before it: what `bandwidth-file-digest` is of. */
  readonly span: Span;
  /** The first line: when the newest measurement was made, or the file. An authority ignores a file of three days ago. */
  readonly timestamp: UnixSeconds;
  /** `1.0.0` where the header names none. */
  readonly version: string;
  /** `sbws`, or `torflow` where the header names none. */
  readonly software: string;
  /** The header lines in their order; of a key that comes again the last value. */
  readonly header: ReadonlyMap<string, string>;
  /** The header lines as they stand, of a key that comes again each: an authority takes them into its vote so. */
  readonly headerLines: readonly string[];
  /** The line between header and relays; older files have four signs, the oldest none. */
  readonly divider: '=====' | '====' | undefined;
  readonly relays: BandwidthTable;
}

/** The relay lines of a bandwidth file, row by row in its order. */
export interface BandwidthTable {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly line: Uint32Array;
  /** Where each line begins and ends in the bytes. */
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** `node_id=`, 20 bytes each. */
  readonly identity: Uint8Array;
  /** `bw=` in kB. */
  readonly bandwidth: Float64Array;
  /** 1 where an authority takes the line into its vote; 0 for `vote=0`, and for a relay that comes again further down. */
  readonly voted: Uint8Array;
}

const LF = 10;
const SPACE = 32;
const TAB = 9;

/** Parses a bandwidth file. */
export function parseBandwidthFile(
  bytes: Uint8Array,
  options: { readonly profile?: Profile } = {},
): Parsed<BandwidthFile> {
  const reader = new BandwidthReader(bytes, options.profile ?? 'archive');
  return reader.read();
}

interface Columns {
  line: Uint32Array;
  start: Uint32Array;
  end: Uint32Array;
  identity: Uint8Array;
  bandwidth: Float64Array;
  voted: Uint8Array;
}

function makeColumns(capacity: number, from?: Columns): Columns {
  const columns: Columns = {
    line: new Uint32Array(capacity),
    start: new Uint32Array(capacity),
    end: new Uint32Array(capacity),
    identity: new Uint8Array(capacity * 20),
    bandwidth: new Float64Array(capacity),
    voted: new Uint8Array(capacity),
  };
  if (from) for (const key of Object.keys(columns) as (keyof Columns)[]) columns[key].set(from[key]);
  return columns;
}

/** One reading of one file. A class because it is the state of a running scan, and nothing else. */
class BandwidthReader {
  private readonly problems = new ProblemList();
  private readonly header = new Map<string, string>();
  private readonly headerLines: string[] = [];
  private readonly rows = new Map<string, number>();
  private readonly bytes: Uint8Array;
  private readonly profile: Profile;
  private capacity = 256;
  private columns = makeColumns(256);
  private count = 0;
  private readonly start: number;
  private line: number;
  private at: number;
  private divider: BandwidthFile['divider'];

  constructor(bytes: Uint8Array, profile: Profile) {
    this.bytes = bytes;
    this.profile = profile;
    const begin = profile === 'archive' ? skipAnnotations(bytes) : { at: 0, line: 1 };
    this.start = begin.at;
    this.at = begin.at;
    this.line = begin.line;
  }

  read(): Parsed<BandwidthFile> {
    const firstLine = this.line;
    const timestamp = this.readTimestamp();
    let inHeader = true;
    while (this.at < this.bytes.length) {
      const start = this.at;
      const end = endOfLine(this.bytes, start, this.bytes.length);
      inHeader = this.readLine(start, end, inHeader);
      this.at = end + 1;
      this.line += 1;
    }
    const version = this.header.get('version') ?? '1.0.0';
    if (this.divider === undefined && /^1\.[1-9]/.test(version))
      this.warn('missing-item', this.start, '===== behind the header', 'none', firstLine);
    const partial = {
      kind: 'bandwidth-file' as const,
      bytes: this.bytes,
      span: { start: this.start, end: this.bytes.length },
      ...(timestamp === undefined ? {} : { timestamp }),
      version,
      software: this.header.get('software') ?? 'torflow',
      header: this.header,
      headerLines: this.headerLines,
      divider: this.divider,
      relays: this.table(),
    };
    return {
      document: timestamp === undefined ? undefined : (partial as BandwidthFile),
      partial,
      problems: this.problems.inOrder(),
      errors: this.problems.errors,
      unrecognized: [],
    };
  }

  /** The first line: digits and nothing else. */
  private readTimestamp(): UnixSeconds | undefined {
    const { bytes, start } = this;
    const end = endOfLine(bytes, start, bytes.length);
    const text = textOf(bytes, start, Math.min(end, start + 32));
    const timestamp = /^\d{1,15}$/.test(text) ? unixSeconds(Number(text)) : undefined;
    if (timestamp === undefined) {
      const empty = start === bytes.length;
      const found = empty ? 'an empty file' : quote(bytes, start, end);
      const place = { line: this.line, offset: start, keyword: 'timestamp' };
      const code = empty ? 'truncated' : 'bad-argument';
      this.problems.add({ severity: 'error', code, ...place, expected: 'seconds since the epoch', found });
      // A file that begins otherwise is still looked at from its first line.
      return undefined;
    }
    this.at = end + 1;
    this.line += 1;
    return timestamp;
  }

  /** Reads one line; true while the header goes on. tor ends the header at the divider, or at the first relay's line. */
  private readLine(start: number, end: number, inHeader: boolean): boolean {
    const { bytes } = this;
    if (end === start) return inHeader;
    if (bytes[start] === 61 && inHeader) {
      const text = textOf(bytes, start, Math.min(end, start + 8));
      if (text === '=====' || text === '====') {
        this.divider = text;
        if (text === '====' && this.profile === 'tor-0.4.9') this.warn('bad-line', start, '=====', '====');
        return false;
      }
    }
    const relay = this.readRelay(start, end);
    if (relay === true) return false;
    if (!inHeader) {
      this.warn('bad-line', start, relay, quote(bytes, start, end));
      return false;
    }
    this.readHeader(start, end, relay);
    return true;
  }

  private readHeader(start: number, end: number, wrong: string): void {
    const text = textOf(this.bytes, start, Math.min(end, start + 4096));
    const equals = text.indexOf('=');
    if (/^(?:bw|node_id)=|[ \t](?:bw|node_id)=/.test(text))
      this.warn('bad-line', start, wrong, quoteText(text));
    else if (equals <= 0 || /[ \t]/.test(text))
      this.warn('bad-line', start, 'KEY=VALUE without spaces', quoteText(text));
    else {
      const key = text.slice(0, equals);
      if (this.header.has(key)) this.warn('duplicate', start, `${key} once`, 'another');
      this.header.set(key, text.slice(equals + 1));
      this.headerLines.push(text);
    }
  }

  /** Takes a relay's line into the columns: true. Otherwise, in words, what it would need to be one. */
  private readRelay(start: number, end: number): true | string {
    const { bytes } = this;
    let identity: Uint8Array | undefined;
    let bandwidth = -1;
    let voted = 1;
    let at = start;
    while (at < end) {
      let stop = at;
      while (stop < end && bytes[stop] !== SPACE && bytes[stop] !== TAB) stop += 1;
      if (bytes[at] === 98 && startsAt(bytes, at, 'bw=')) {
        if (bandwidth >= 0) return 'bw= once';
        bandwidth = digits(bytes, at + 3, stop);
        if (bandwidth < 0) return 'a whole number of kB behind bw=';
      } else if (bytes[at] === 110 && startsAt(bytes, at, 'node_id=')) {
        if (identity) return 'node_id= once';
        const from = bytes[at + 8] === 36 ? at + 9 : at + 8;
        identity = stop - from === 40 ? fromHex(textOf(bytes, from, stop)) : undefined;
        if (!identity) return '40 hexadecimal digits behind node_id=';
      } else if (bytes[at] === 118 && startsAt(bytes, at, 'vote=0')) voted = 0;
      at = stop + 1;
    }
    if (!identity || bandwidth < 0) return 'a relay with node_id= and bw=';
    this.keep(start, end, identity, bandwidth, voted);
    return true;
  }

  private keep(start: number, end: number, identity: Uint8Array, bandwidth: number, voted: number): void {
    if (this.count === this.capacity) {
      this.capacity *= 2;
      this.columns = makeColumns(this.capacity, this.columns);
    }
    const row = this.count;
    const { columns } = this;
    columns.line[row] = this.line;
    columns.start[row] = start;
    columns.end[row] = end;
    columns.identity.set(identity, row * 20);
    columns.bandwidth[row] = bandwidth;
    columns.voted[row] = voted;
    this.count = row + 1;
    const name = toHex(identity);
    const earlier = this.rows.get(name);
    if (earlier !== undefined && voted === 1) {
      columns.voted[earlier] = 0;
      this.warn('duplicate', start, 'each relay once', `${name} again; the last line counts`);
    }
    if (voted === 1) this.rows.set(name, row);
  }

  private table(): BandwidthTable {
    const { bytes, count, columns } = this;
    return {
      bytes,
      count,
      line: columns.line.slice(0, count),
      start: columns.start.slice(0, count),
      end: columns.end.slice(0, count),
      identity: columns.identity.slice(0, count * 20),
      bandwidth: columns.bandwidth.slice(0, count),
      voted: columns.voted.slice(0, count),
    };
  }

  /** tor passes over what it cannot read of a bandwidth file, so it is odd and no more. */
  private warn(code: ProblemCode, offset: number, expected: string, found: string, line = this.line): void {
    this.problems.add({ severity: 'warning', code, line, offset, expected, found });
  }
}

/** A number of decimal digits that is exact; −1 for anything else. */
function digits(bytes: Uint8Array, from: number, to: number): number {
  if (from >= to || to - from > 19) return -1;
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : -1;
}

/** Everything a relay's line says, in its order; undefined when there is no such row. A token without `=` has no value. */
export function bandwidthRow(table: BandwidthTable, row: number): ReadonlyMap<string, string> | undefined {
  const start = table.start[row];
  const end = table.end[row];
  if (start === undefined || end === undefined) return undefined;
  const values = new Map<string, string>();
  for (const token of textOf(table.bytes, start, end).split(/[ \t\r]+/)) {
    if (token === '') continue;
    const equals = token.indexOf('=');
    if (equals < 0) values.set(token, '');
    else values.set(token.slice(0, equals), token.slice(equals + 1));
  }
  return values;
}

/** One key of every line as numbers; NaN where a line has no such key or no number there. */
export function bandwidthColumn(table: BandwidthTable, key: string): Float64Array {
  const column = new Float64Array(table.count).fill(Number.NaN);
  const wanted = `${key}=`;
  const { bytes } = table;
  for (let row = 0; row < table.count; row += 1) {
    const end = table.end[row] as number;
    for (let at = table.start[row] as number; at < end; at += 1) {
      if (startsAt(bytes, at, wanted)) {
        let stop = at;
        while (stop < end && bytes[stop] !== SPACE && bytes[stop] !== TAB && bytes[stop] !== LF) stop += 1;
        const text = textOf(bytes, at + wanted.length, Math.min(stop, at + wanted.length + 40));
        if (/^-?\d{1,20}(?:\.\d{1,20})?$/.test(text)) column[row] = Number(text);
        break;
      }
      while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at += 1;
    }
  }
  return column;
}
