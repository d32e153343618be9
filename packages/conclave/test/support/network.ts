/**
 * A made-up network of up to nine authorities whose rounds are made and signed here: votes that differ a little, the
 * consensus that they give, the certificates. Nothing in it was ever served by a real authority.
 */
import { createHash } from 'node:crypto';
import { computeConsensus, parseVote } from '@conclave/netdoc';
import type { Authority, AuthoritySet } from '../../src/network/index.ts';
import {
  authorities,
  certificate,
  consensus,
  sha1,
  vote,
  type Edit,
  type MadeAuthority,
  type Signer,
} from '../../../netdoc/test/support/make.ts';

/** 2024-05-01 12:00:00 UTC: the first round of most tests, in seconds. */
export const noon: number = Date.UTC(2024, 4, 1, 12) / 1000;

/** A made-up network. */
export interface MadeNetwork {
  readonly members: readonly MadeAuthority[];
  readonly set: AuthoritySet;
  /** All certificates in one file, as `/tor/keys/all` serves them. */
  readonly certificates: Uint8Array;
  /** Nicknames in the set's order. */
  readonly names: readonly string[];
  /** The first six of them (all, when there are fewer) have a bandwidth scanner. */
  readonly scanners: ReadonlySet<string>;
  member(nickname: string): MadeAuthority;
  round(options: RoundOptions): MadeRound;
}

/** What a round may differ in. */
export interface RoundOptions {
  readonly validAfter: number;
  readonly intervalSeconds?: number;
  /** Who votes; everybody unless given. */
  readonly voters?: readonly string[];
  /** Who signs the consensus; those who voted unless given. */
  readonly signers?: readonly (string | Signer)[];
  readonly relays?: number;
  /** Changes a vote before it is signed. */
  readonly voteEdit?: (nickname: string) => Edit;
  /** Changes the consensus of both flavours before it is signed. */
  readonly edit?: Edit;
}

/** The documents of one round. */
export interface MadeRound {
  readonly validAfter: number;
  readonly intervalSeconds: number;
  /** By nickname. */
  readonly votes: ReadonlyMap<string, Uint8Array>;
  readonly ns: Uint8Array;
  readonly microdesc: Uint8Array;
  /** Its signatures, detached. */
  readonly detached: Uint8Array;
}

/** A network of so many authorities; `bridge` adds one that does not vote. */
export function madeNetwork(count = 9, bridge = false): MadeNetwork {
  const members = authorities(count);
  const names = members.map(({ nickname }) => nickname);
  const scanners = new Set(names.slice(0, 6));
  const member = (nickname: string): MadeAuthority => {
    const found = members.find((one) => one.nickname === nickname);
    if (!found) throw new Error(`no authority ${nickname}`);
    return found;
  };
  return {
    members,
    names,
    scanners,
    member,
    set: {
      network: 'made-up network',
      authorities: [...members.map(configured), ...(bridge ? [bridgeAuthority] : [])],
    },
    certificates: Buffer.concat(members.map((one) => certificate(one))),
    round: (options) => madeRound(members, scanners, options),
  };
}

/** The authority as it is configured. */
export function configured({ nickname, identity, address }: MadeAuthority): Authority {
  return { nickname, v3ident: identity, ipv4: address, dirPort: 80, orPort: 443 };
}

const bridgeAuthority: Authority = { nickname: 'jetty', ipv4: '192.0.2.99', dirPort: 80, orPort: 443 };

/** `2024-05-01 12:00:00` of a time in seconds. */
export function specTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** The digest by which a consensus names a vote: SHA-1 of its signed part. */
export function voteDigest(bytes: Uint8Array): string {
  const text = Buffer.from(bytes);
  const mark = '\ndirectory-signature ';
  return sha1(text.subarray(0, text.indexOf(mark) + mark.length))
    .toString('hex')
    .toUpperCase();
}

/** Puts the times of a round in the place of the made ones. */
export function atTime(validAfter: number, intervalSeconds: number): Edit {
  const times: Readonly<Record<string, string>> = {
    published: specTime(validAfter - intervalSeconds / 6),
    'valid-after': specTime(validAfter),
    'fresh-until': specTime(validAfter + intervalSeconds),
    'valid-until': specTime(validAfter + 3 * intervalSeconds),
    'voting-delay': `${intervalSeconds / 12} ${intervalSeconds / 12}`,
  };
  return (lines) =>
    lines.map((line) => {
      const [keyword = ''] = line.split(' ', 1);
      return keyword in times ? `${keyword} ${times[keyword]}` : line;
    });
}

/** A scanner's vote has a fresh bandwidth file and measures every relay; anybody else's has neither. */
function scanning(yes: boolean, validAfter: number, salt: number): Edit {
  return (lines) =>
    lines
      .filter((line) => yes || !line.startsWith('bandwidth-file-'))
      .map((line) => {
        if (line.startsWith('bandwidth-file-headers '))
          return `bandwidth-file-headers timestamp=${validAfter - 2000} version=1.4.0`;
        const weight = /^w Bandwidth=(\d+)/.exec(line)?.[1];
        if (weight === undefined) return line;
        return yes ? `w Bandwidth=${weight} Measured=${Number(weight) + salt * 10}` : `w Bandwidth=${weight}`;
      });
}

/** The made microdescriptors are of methods up to 34. */
const methods: Edit = (lines) =>
  lines.map((line) => (line.startsWith('consensus-methods ') ? 'consensus-methods 32 33 34' : line));

function madeRound(
  members: readonly MadeAuthority[],
  scanners: ReadonlySet<string>,
  { validAfter, intervalSeconds = 3600, voters, signers, relays = 20, voteEdit, edit }: RoundOptions,
): MadeRound {
  const voting = members.filter(({ nickname }) => voters?.includes(nickname) ?? true);
  const when = atTime(validAfter, intervalSeconds);
  const votes = new Map(
    voting.map((one, index): [string, Uint8Array] => {
      const scan = scanning(scanners.has(one.nickname), validAfter, index);
      const more = voteEdit?.(one.nickname) ?? ((lines: string[]) => lines);
      return [one.nickname, vote(one, { relays, edit: (lines) => more(methods(scan(when(lines)))) })];
    }),
  );
  const digests = [...votes.values()].map(voteDigest);
  const naming: Edit = (lines) => {
    let next = 0;
    return lines.map((line) => (line.startsWith('vote-digest ') ? `vote-digest ${digests[next++]}` : line));
  };
  const signing = (signers ?? voting.map(({ nickname }) => nickname)).map((one) =>
    typeof one === 'string' ? (members.find(({ nickname }) => nickname === one) as MadeAuthority) : one,
  );
  const computed = computedLines([...votes.values()], members.length);
  const make = (flavor: 'ns' | 'microdesc'): Uint8Array =>
    consensus({
      flavor,
      authorities: voting,
      signers: signing,
      relays,
      edit: (lines) => (edit ?? ((same) => same))(computed?.[flavor] ?? naming(when(lines))),
    });
  const made = { ns: make('ns'), microdesc: make('microdesc') };
  return { validAfter, intervalSeconds, votes, ...made, detached: detachedOf(made) };
}

/** What the authorities make of these votes; undefined where they would make nothing of them. */
function computedLines(
  votes: readonly Uint8Array[],
  count: number,
): Readonly<Record<'ns' | 'microdesc', string[]>> | undefined {
  const parsed = votes.flatMap((bytes) => parseVote(bytes).document ?? []);
  if (parsed.length < votes.length) return undefined;
  const made = computeConsensus(parsed, { authorities: count });
  if (made.outcome !== 'computed' || !made.ns || !made.microdesc) return undefined;
  const linesOf = (bytes: Uint8Array): string[] =>
    Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1);
  return { ns: linesOf(made.ns.bytes), microdesc: linesOf(made.microdesc.bytes) };
}

/** The signatures of two consensuses as authorities give them to each other before publication (dir-spec 3.10). */
export function detachedOf({ ns, microdesc }: Pick<MadeRound, 'ns' | 'microdesc'>): Uint8Array {
  const [full, small] = [ns, microdesc].map((bytes) => Buffer.from(bytes).toString('latin1'));
  const cut = (text: string): number => text.indexOf('\ndirectory-signature ') + 1;
  const digest = (text: string, algorithm: string): string =>
    createHash(algorithm)
      .update(`${text.slice(0, cut(text))}directory-signature `, 'latin1')
      .digest('hex')
      .toUpperCase();
  const times = (full ?? '')
    .split('\n')
    .filter((line) => /^(?:valid-after|fresh-until|valid-until) /.test(line));
  return Buffer.from(
    [
      `consensus-digest ${digest(full ?? '', 'sha1')}`,
      ...times,
      `additional-digest microdesc sha256 ${digest(small ?? '', 'sha256')}`,
      (small ?? '')
        .slice(cut(small ?? ''))
        .replaceAll(/^directory-signature /gm, 'additional-signature microdesc ')
        .trimEnd(),
      (full ?? '').slice(cut(full ?? '')),
    ].join('\n'),
  );
}
