/** Votes: what one authority thinks of every relay, with the certificate it signs by (dir-spec 3.4.1). */
import { parseFingerprint, startsAt } from '../base/index.ts';
import type { Fingerprint, Span, UnixSeconds } from '../base/index.ts';
import {
  anyNumber,
  argument,
  argumentsOf,
  atMostOnce,
  endOfLine,
  exactlyOnce,
  parseInteger,
  ProblemList,
  readPairs,
  readTable,
  readTime,
  wholeLine,
} from '../metaformat/index.ts';
import type { Item, Parsed, Profile, Read } from '../metaformat/index.ts';
import type { RouterTable } from '../routers/index.ts';
import { unknownLines } from './consensus.ts';
import { certificateKeywords, readCertificate } from './key-certificate.ts';
import type { KeyCertificate } from './key-certificate.ts';
import { checkOrder, voteOrder } from './order.ts';
import {
  checkKnownFlags,
  checkTimes,
  commonRows,
  knownFlagsOf,
  readDirSource,
  statusRow,
  takeApart,
} from './status.ts';
import type { DirSource, SharedRandomValue, VotingDelay } from './status.ts';
import type { DirectorySignature } from './signature.ts';

/** A shared-random commitment relayed in a vote (srv-spec 4.1). */
export interface SharedRandomCommit {
  readonly version: number;
  readonly algorithm: string;
  readonly identity: string;
  readonly commit: string;
  readonly reveal: string | undefined;
}

/** A vote as it says; whether its authority signed it, `verifyVote` tells. */
export interface Vote {
  readonly kind: 'vote';
  readonly bytes: Uint8Array;
  readonly signed: Span;
  readonly consensusMethods: readonly number[];
  readonly published: UnixSeconds;
  readonly validAfter: UnixSeconds;
  readonly freshUntil: UnixSeconds;
  readonly validUntil: UnixSeconds;
  readonly votingDelay: VotingDelay;
  readonly clientVersions: readonly string[] | undefined;
  readonly serverVersions: readonly string[] | undefined;
  readonly packages: readonly string[];
  readonly recommendedClientProtocols: string | undefined;
  readonly recommendedRelayProtocols: string | undefined;
  readonly requiredClientProtocols: string | undefined;
  readonly requiredRelayProtocols: string | undefined;
  readonly knownFlags: readonly string[];
  readonly flagThresholds: ReadonlyMap<string, string> | undefined;
  readonly params: ReadonlyMap<string, number> | undefined;
  /** The same as written: `a=+5` and `a=05` are pooled so, and compared as texts, when a consensus is computed. */
  readonly paramTexts: readonly string[] | undefined;
  /** Present, perhaps empty, when the authority is configured to read a bandwidth file. */
  readonly bandwidthFileHeaders: ReadonlyMap<string, string> | undefined;
  /** `sha256=` digest of that file, base64 without padding. */
  readonly bandwidthFileDigest: string | undefined;
  readonly source: DirSource;
  readonly contact: string;
  readonly sharedRandomParticipate: boolean;
  readonly sharedRandomCommits: readonly SharedRandomCommit[];
  readonly sharedRandomPrevious: SharedRandomValue | undefined;
  readonly sharedRandomCurrent: SharedRandomValue | undefined;
  readonly legacyDirKey: Fingerprint | undefined;
  readonly certificate: KeyCertificate;
  readonly routers: RouterTable;
  readonly signatures: readonly DirectorySignature[];
}

const readMethods: Read<readonly number[]> = (item, wrong) => {
  const methods = argumentsOf(item).map((text) => parseInteger(text, 1, 2 ** 31 - 1));
  return methods.length > 0 && methods.every((method) => method !== undefined)
    ? methods
    : wrong('method numbers');
};

const readCommit: Read<SharedRandomCommit> = (item, wrong) => {
  const [version = '', algorithm = '', identity = '', commit, reveal] = argumentsOf(item);
  const number = parseInteger(version, 0, 2 ** 31 - 1);
  if (number === undefined || commit === undefined)
    return wrong('VERSION ALGORITHM IDENTITY COMMIT [REVEAL]');
  return { version: number, algorithm, identity, commit, reveal };
};

const readDigest: Read<string> = (item, wrong) => {
  const digest = argumentsOf(item).find((text) => text.startsWith('sha256='));
  return digest?.slice('sha256='.length) ?? wrong('sha256=DIGEST');
};

const headerTable = {
  status: statusRow('vote'),
  consensusMethods: exactlyOnce('consensus-methods', readMethods),
  published: exactlyOnce('published', readTime),
  packages: anyNumber('package', wholeLine),
  ...commonRows,
  flagThresholds: atMostOnce('flag-thresholds', readPairs),
  bandwidthFileHeaders: atMostOnce('bandwidth-file-headers', readPairs),
  bandwidthFileDigest: atMostOnce('bandwidth-file-digest', readDigest),
  source: exactlyOnce('dir-source', readDirSource),
  contact: exactlyOnce('contact', wholeLine),
  sharedRandomParticipate: atMostOnce('shared-rand-participate', () => true),
  sharedRandomCommits: anyNumber('shared-rand-commit', readCommit),
  legacyDirKey: atMostOnce('legacy-dir-key', argument('40 hexadecimal digits', parseFingerprint)),
};

const footerTable = {
  footer: atMostOnce('directory-footer', wholeLine),
  bandwidthWeights: atMostOnce('bandwidth-weights', wholeLine),
};

/** Parses one vote from its bytes. */
export function parseVote(bytes: Uint8Array, options: { readonly profile?: Profile } = {}): Parsed<Vote> {
  const problems = new ProblemList();
  const profile = options.profile ?? 'archive';
  const parts = takeApart(bytes, profile, problems, (items) => ({
    kind: 'vote',
    knownFlags: knownFlagsOf(items),
  }));
  const { own, certificateItems } = splitCertificate(parts.header);
  const header = readTable(headerTable, own, problems);
  const certificate = readCertificate(bytes, certificateItems, problems);
  const footer = readTable(footerTable, parts.footer, problems);
  if (profile === 'tor-0.4.9') checkOrder(own, voteOrder, problems);
  checkTimes(header.values, problems);
  checkKnownFlags(header.values.knownFlags, problems);
  checkIdentity(header.values.source, certificate.partial, problems);
  checkAlgorithms(parts.signatures, problems);
  const { status: _status, sharedRandomParticipate, ...values } = header.values;
  const partial = {
    kind: 'vote' as const,
    bytes,
    ...values,
    paramTexts: values.params && paramTextsOf(own),
    sharedRandomParticipate: sharedRandomParticipate === true,
    ...(certificate.document ? { certificate: certificate.document } : {}),
    routers: parts.routers,
    signatures: parts.signatures,
    ...(parts.signed ? { signed: parts.signed } : {}),
  };
  const complete =
    header.complete &&
    certificate.document !== undefined &&
    parts.signed !== undefined &&
    parts.version[0] === '3';
  return {
    document: complete ? (partial as unknown as Vote) : undefined,
    partial: partial,
    problems: problems.inOrder(),
    errors: problems.errors,
    unrecognized: [
      ...header.unrecognized,
      ...certificate.unrecognized,
      ...unknownLines(parts.routers),
      ...footer.unrecognized,
    ],
  };
}

/** The parameters as written; that they can be read, the table has found out. */
function paramTextsOf(items: readonly Item[]): readonly string[] {
  const item = items.find(({ keyword }) => keyword === 'params');
  return item ? argumentsOf(item) : [];
}

/** The certificate stands verbatim among the header items. */
function splitCertificate(items: readonly Item[]): {
  own: readonly Item[];
  certificateItems: readonly Item[];
} {
  const from = items.findIndex(({ keyword }) => keyword === certificateKeywords.first);
  if (from < 0) return { own: items, certificateItems: [] };
  const to = items.findIndex(({ keyword }, index) => index > from && keyword === certificateKeywords.last);
  const end = to < 0 ? items.length : to + 1;
  return { own: [...items.slice(0, from), ...items.slice(end)], certificateItems: items.slice(from, end) };
}

/** One authority signs a vote, by one algorithm; tor refuses a vote with signatures by two that it knows. */
function checkAlgorithms(signatures: readonly DirectorySignature[], problems: ProblemList): void {
  const known = signatures.filter(({ algorithm }) => algorithm === 'sha1' || algorithm === 'sha256');
  const other = known.find(({ algorithm }) => algorithm !== known[0]?.algorithm);
  if (!other) return;
  const { line, offset, algorithm } = other;
  problems.add({
    severity: 'error',
    code: 'contradiction',
    line,
    offset,
    keyword: 'directory-signature',
    expected: 'signatures by one algorithm',
    found: algorithm,
  });
}

/** The certificate in a vote must be that of its dir-source (dir-spec 3.4.1). */
function checkIdentity(
  source: DirSource | undefined,
  certificate: Partial<KeyCertificate>,
  problems: ProblemList,
): void {
  if (!source || certificate.fingerprint === undefined || certificate.fingerprint === source.identity) return;
  problems.add({
    severity: 'error',
    code: 'contradiction',
    line: 1,
    offset: certificate.span?.start ?? 0,
    keyword: 'fingerprint',
    expected: `the identity of dir-source, ${source.identity}`,
    found: certificate.fingerprint,
  });
}

const begins = 'network-status-version ';

/**
 * Parses any number of votes one after another, as an authority answers a request for several, or tor keeps them in
 * `v3-status-votes`. Each has its own bytes; lines and offsets count from its own beginning.
 */
export function parseVotes(
  bytes: Uint8Array,
  options: { readonly profile?: Profile } = {},
): readonly Parsed<Vote>[] {
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; at = endOfLine(bytes, at, bytes.length) + 1) {
    if (startsAt(bytes, at, begins)) starts.push(at);
  }
  const [first = 0] = starts;
  // What stands before the first one (annotations, or rubbish to be told) belongs to it.
  const froms = [0, ...starts.filter((at) => at !== first)];
  return froms.map((from, index) =>
    parseVote(bytes.subarray(from, froms[index + 1] ?? bytes.length), options),
  );
}
