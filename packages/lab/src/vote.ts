/**
 * A vote as a plain model, and as the bytes that an authority would write: every line in the order in which tor writes
 * it (dir-spec 3.4.1), signed by the authority's signing key. Texts go into the document as they are, so a model can say
 * what no authority would.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { rsaFingerprint, signBare, writeObject } from './rsa.ts';
import { directoryTime } from './schedule.ts';

/** An authority that can sign: what its votes carry of it. */
export interface Voter {
  readonly nickname: string;
  /** Identity of its key certificate, forty hex digits. */
  readonly v3ident: string;
  readonly hostname: string;
  readonly ipv4: string;
  readonly dirPort: number;
  readonly orPort: number;
  /** The key certificate, verbatim. */
  readonly certificate: string;
  readonly signingKey: KeyObject;
}

/** Shared randomness in a vote (srv-spec 4.1): whole lines without their keyword. */
export interface SharedRandomPart {
  /** `1 sha3-256 FINGERPRINT COMMIT[ REVEAL]`. */
  readonly commits: readonly string[];
  /** `COUNT VALUE`. */
  readonly previous?: string;
  readonly current?: string;
}

/** What a vote says before its relays. A line that is absent is not written. */
export interface VoteHeader {
  /** Numbers separated by spaces. */
  readonly methods: string;
  readonly published: Date;
  readonly validAfter: Date;
  readonly freshUntil: Date;
  readonly validUntil: Date;
  /** Seconds for votes and for signatures. */
  readonly votingDelay: readonly [number, number];
  readonly clientVersions?: string;
  readonly serverVersions?: string;
  readonly packages: readonly string[];
  readonly recommendedRelayProtocols?: string;
  readonly recommendedClientProtocols?: string;
  readonly requiredRelayProtocols?: string;
  readonly requiredClientProtocols?: string;
  readonly knownFlags: readonly string[];
  readonly flagThresholds?: string;
  /** `NAME=VALUE` elements separated by spaces, ascending by bytes. */
  readonly params?: string;
  readonly contact: string;
  /** Absent: the authority takes no part. */
  readonly sharedRandom?: SharedRandomPart;
  /** Forty hex digits. */
  readonly legacyDirKey?: string;
  /** Further lines, whole, before the certificate. */
  readonly extra: readonly string[];
}

/** One relay in a vote. */
export interface VoteEntry {
  readonly nickname: string;
  /** Twenty bytes. */
  readonly identity: Buffer;
  /** Twenty bytes: SHA-1 of its descriptor. */
  readonly digest: Buffer;
  readonly published: Date;
  readonly ipv4: string;
  readonly orPort: number;
  readonly dirPort: number;
  /** What follows `a`, one a line. */
  readonly addresses: readonly string[];
  readonly flags: readonly string[];
  readonly version?: string;
  /** What follows `pr`: tor refuses an entry without it. */
  readonly protocols: string;
  /** What follows `w`. */
  readonly weight?: string;
  /** What follows `p`. */
  readonly policy?: string;
  /** What follows `id ed25519`: 43 characters, or `none`. */
  readonly ed25519?: string;
  /** What follows `m`, one a line. */
  readonly microdescriptors: readonly string[];
  /** Further lines, whole. */
  readonly extra: readonly string[];
}

/** A whole vote, not yet signed. */
export interface VoteModel {
  readonly header: VoteHeader;
  /** In any order: they are written ascending by identity. */
  readonly entries: readonly VoteEntry[];
  /** Some old votes have none. */
  readonly footer: boolean;
}

/** Writes and signs a vote. */
export function writeVote(voter: Voter, { header, entries, footer }: VoteModel): Buffer {
  const sorted = entries.toSorted((a, b) => Buffer.compare(a.identity, b.identity));
  const text = Buffer.from(
    [
      ...headerLines(voter, header).map((line) => `${line}\n`),
      voter.certificate,
      ...sorted.flatMap(entryLines).map((line) => `${line}\n`),
      footer ? 'directory-footer\n' : '',
      // What is signed ends with this space (dir-spec 3.4.1).
      'directory-signature ',
    ].join(''),
  );
  const digest = createHash('sha1').update(text).digest();
  const key = rsaFingerprint(voter.signingKey).toString('hex').toUpperCase();
  const signature = writeObject('SIGNATURE', signBare(voter.signingKey, digest));
  return Buffer.concat([text, Buffer.from(`${voter.v3ident} ${key}\n${signature}`)]);
}

function headerLines(voter: Voter, header: VoteHeader): readonly string[] {
  const { nickname, v3ident, hostname, ipv4, dirPort, orPort } = voter;
  return [
    'network-status-version 3',
    'vote-status vote',
    `consensus-methods ${header.methods}`,
    `published ${directoryTime(header.published)}`,
    `valid-after ${directoryTime(header.validAfter)}`,
    `fresh-until ${directoryTime(header.freshUntil)}`,
    `valid-until ${directoryTime(header.validUntil)}`,
    `voting-delay ${header.votingDelay.join(' ')}`,
    ...optional('client-versions', header.clientVersions),
    ...optional('server-versions', header.serverVersions),
    ...header.packages.map((line) => `package ${line}`),
    ...optional('recommended-relay-protocols', header.recommendedRelayProtocols),
    ...optional('recommended-client-protocols', header.recommendedClientProtocols),
    ...optional('required-relay-protocols', header.requiredRelayProtocols),
    ...optional('required-client-protocols', header.requiredClientProtocols),
    `known-flags ${header.knownFlags.join(' ')}`,
    ...optional('flag-thresholds', header.flagThresholds),
    ...optional('params', header.params),
    `dir-source ${nickname} ${v3ident} ${hostname} ${ipv4} ${dirPort} ${orPort}`,
    `contact ${header.contact}`,
    ...sharedRandomLines(header.sharedRandom),
    ...optional('legacy-dir-key', header.legacyDirKey),
    ...header.extra,
  ];
}

function sharedRandomLines(part: SharedRandomPart | undefined): readonly string[] {
  if (part === undefined) return [];
  return [
    'shared-rand-participate',
    ...part.commits.map((line) => `shared-rand-commit ${line}`),
    ...optional('shared-rand-previous-value', part.previous),
    ...optional('shared-rand-current-value', part.current),
  ];
}

function entryLines(entry: VoteEntry): readonly string[] {
  const { nickname, published, ipv4, orPort, dirPort } = entry;
  const identity = unpadded(entry.identity);
  return [
    `r ${nickname} ${identity} ${unpadded(entry.digest)} ${directoryTime(published)} ${ipv4} ${orPort} ${dirPort}`,
    ...entry.addresses.map((address) => `a ${address}`),
    ['s', ...entry.flags].join(' '),
    ...optional('v', entry.version),
    `pr ${entry.protocols}`,
    ...optional('w', entry.weight),
    ...optional('p', entry.policy),
    ...optional('id ed25519', entry.ed25519),
    ...entry.microdescriptors.map((line) => `m ${line}`),
    ...entry.extra,
  ];
}

function optional(keyword: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`${keyword} ${value}`];
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
