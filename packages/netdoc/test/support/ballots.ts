/** Small votes for computing: any header, any entries; and the computed text taken apart again. */
import { createHash } from 'node:crypto';
import { computeConsensus, parseVote, type ComputeOptions, type Flavor, type Vote } from '../../src/index.ts';
import { authorities, both, vote, type Edit } from './make.ts';

/** A digest in base64 without padding. */
export function digest(what: string, algorithm: 'sha1' | 'sha256' = 'sha1'): string {
  return createHash(algorithm).update(what).digest('base64').replace(/=+$/, '');
}

/** What an entry may differ in; `undefined` leaves a line out. */
export interface EntryOptions {
  readonly nickname?: string;
  /** What the descriptor digest is the digest of. */
  readonly descriptor?: string;
  readonly published?: string;
  readonly address?: string;
  readonly ports?: string;
  readonly a?: readonly string[];
  readonly s?: string;
  readonly v?: string | undefined;
  readonly pr?: string | undefined;
  readonly w?: string | undefined;
  readonly p?: string | undefined;
  readonly id?: string | undefined;
  readonly m?: readonly string[];
}

/** An entry: who it is about, and its lines. */
export interface MadeEntry {
  readonly identity: string;
  readonly lines: readonly string[];
}

/** The entry of a relay with this name. */
export function entry(relay: string, options: EntryOptions = {}): MadeEntry {
  const identity = digest(relay);
  const line = (keyword: string, name: 'v' | 'pr' | 'w' | 'p' | 'id', usual: string): string[] => {
    const value = name in options ? options[name] : usual;
    return value === undefined ? [] : [`${keyword} ${value}`];
  };
  const { nickname = relay, descriptor = relay, published = '2024-04-30 01:02:03' } = options;
  const place = `${options.address ?? '198.51.100.7'} ${options.ports ?? '9001 0'}`;
  return {
    identity,
    lines: [
      `r ${nickname} ${identity} ${digest(`descriptor ${descriptor}`)} ${published} ${place}`,
      ...(options.a ?? []).map((address) => `a ${address}`),
      `s ${options.s ?? 'Fast Running Valid'}`,
      ...line('v', 'v', 'Tor 0.4.9.11'),
      ...line('pr', 'pr', 'Link=4-5'),
      ...line('w', 'w', 'Bandwidth=100'),
      ...line('p', 'p', 'reject 1-65535'),
      ...line('id', 'id', `ed25519 ${digest(`ed25519 ${relay}`, 'sha256')}`),
      ...(
        options.m ?? [`28,29,30,31,32,33,34,35 sha256=${digest(`microdescriptor ${relay}`, 'sha256')}`]
      ).map((list) => `m ${list}`),
    ],
  };
}

/** What a vote may differ in. */
export interface BallotOptions {
  readonly edit?: Edit;
  readonly entries?: readonly MadeEntry[];
  /** Instead of sorting the entries, as tor would have it. */
  readonly unsorted?: boolean;
  /** Changes bytes of the whole vote, one character for each byte; the signature is not renewed. */
  readonly bytes?: (latin1: string) => string;
}

/** The vote of authority `index` (they stand in ascending order of identity). */
export function ballot(index: number, options: BallotOptions = {}): Vote {
  const of = authorities()[index];
  if (!of) throw new Error(`no authority ${index}`);
  const order = (id: string): string => Buffer.from(id, 'base64').toString('hex');
  const entries = options.entries ?? [entry('relay')];
  const sorted = options.unsorted
    ? entries
    : entries.toSorted((a, b) => (order(a.identity) < order(b.identity) ? -1 : 1));
  const relays: Edit = (lines) => {
    const end = lines.indexOf('directory-footer');
    return lines.toSpliced(end, 0, ...sorted.flatMap(({ lines: own }) => own));
  };
  const made = vote(of, { relays: 0, edit: both(options.edit ?? ((lines) => lines), relays) });
  const change = options.bytes ?? ((all: string) => all);
  const { document, problems } = parseVote(
    Buffer.from(change(Buffer.from(made).toString('latin1')), 'latin1'),
  );
  if (!document) throw new Error(JSON.stringify(problems));
  return document;
}

/** As many votes as there are options, of the first authorities. */
export function ballots(...options: readonly BallotOptions[]): readonly Vote[] {
  return options.map((one, index) => ballot(index, one));
}

/** The computed lines, one character for each byte; throws when nothing was computed. */
export function computedLines(
  votes: readonly Vote[],
  options: Partial<ComputeOptions> = {},
  flavor: Flavor = 'ns',
): readonly string[] {
  const computation = computeConsensus(votes, { authorities: votes.length, ...options });
  if (computation.outcome !== 'computed') throw new Error(JSON.stringify(computation));
  const bytes = computation[flavor]?.bytes ?? new Uint8Array();
  return Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1);
}

/** The line with a keyword, without it; undefined when there is none. */
export function valueOf(lines: readonly string[], keyword: string): string | undefined {
  const line = lines.find((one) => one === keyword || one.startsWith(`${keyword} `));
  return line?.slice(keyword.length + 1);
}

/** The lines of a relay's entry; none when it is not listed. */
export function entryLines(lines: readonly string[], relay: string): readonly string[] {
  const from = lines.findIndex((line) => line.startsWith('r ') && line.split(' ')[2] === digest(relay));
  if (from < 0) return [];
  const length = lines
    .slice(from + 1)
    .findIndex((line) => line.startsWith('r ') || line === 'directory-footer');
  return lines.slice(from, from + 1 + length);
}
