/**
 * Everything that the library can do with bytes. Parsers come from the library's door by their names, so a new one is
 * exercised from its first day; what follows on a document (verifying, looking up) is a table by parser.
 */
import { createHash } from 'node:crypto';
import * as netdoc from '../packages/netdoc/src/index.ts';
import type {
  BandwidthFile,
  CertificateRing,
  Consensus,
  DetachedSignatures,
  DiffCacheItem,
  ExtraInfo,
  Fingerprint,
  KeyCertificate,
  Microdescriptor,
  Parsed,
  Profile,
  ServerDescriptor,
  Vote,
} from '../packages/netdoc/src/index.ts';

/** Whom to believe, and which signed texts may be accepted because they are real. */
export interface Trust {
  readonly authorities: ReadonlySet<Fingerprint>;
  readonly certificates: CertificateRing;
  readonly genuine: ReadonlySet<string>;
  /** One that is whole, to compare a bandwidth file with. */
  readonly vote: Vote | undefined;
}

/** One thing to do with bytes. */
export interface Exercise {
  readonly name: string;
  readonly run: (bytes: Uint8Array, trust: Trust) => void;
}

/** What an exercise throws when an answer breaks a promise; anything else thrown is a defect of its own. */
export class BrokenPromise extends Error {
  override name = 'BrokenPromise';
}

function promise(holds: boolean, what: string): void {
  if (!holds) throw new BrokenPromise(what);
}

type Doing = (parsed: Parsed<never>, trust: Trust, bytes: Uint8Array) => void;

/** What is done with what a parser returned. */
const followUps: Readonly<Record<string, Doing>> = {
  parseConsensus: (parsed: Parsed<Consensus>, trust, bytes) => {
    // Trust in whom the document itself names, as far as they are known: the most that a forger could hope for.
    const named = parsed.partial.authorities?.map(({ identity }) => identity) ?? [];
    const authorities = new Set(named.filter((identity) => trust.authorities.has(identity)));
    const judged = netdoc.verifyConsensus(parsed, { ...trust, authorities });
    genuineOnly(judged, parsed, trust, bytes);
    const { routers } = parsed.partial;
    if (routers) checkRouters(routers, bytes);
    checkDiffs(bytes);
    const { document } = parsed;
    if (!document) return;
    promise(!netdoc.hasChanges(netdoc.compareConsensuses(document, document)), 'nothing differs from itself');
    netdoc.bandwidthWeightsOf(document);
    netdoc.findMicrodescriptors(document, []);
    netdoc.findRouter(document.routers, new Uint8Array(20).fill(255));
  },
  parseVote: (parsed: Parsed<Vote>, trust, bytes) => {
    genuineOnly(netdoc.verifyVote(parsed, { authorities: trust.authorities }), parsed, trust, bytes);
    netdoc.verifyVote(parsed);
    const { routers, sharedRandomCommits } = parsed.partial;
    if (routers) checkRouters(routers, bytes);
    if (sharedRandomCommits) netdoc.checkSharedRandom({ sharedRandomCommits });
    const { document } = parsed;
    if (!document) return;
    netdoc.bandwidthFileMatches(document, bytes.subarray(0, 64));
    netdoc.computeSharedRandom([document]);
    compute(document, trust.vote);
    for (const { consistent, inconsistent, undecidable, outcomes } of netdoc.checkFlagRules(document))
      promise(
        consistent + inconsistent + undecidable === outcomes.length,
        'a rule says one thing of each relay',
      );
  },
  parseConsensusDiff: (_parsed, _trust, bytes) => {
    promise(!netdoc.applyDiff(bytes, bytes).ok, 'a diff is not a base of itself');
  },
  parseKeyCertificates: (parsed: Parsed<KeyCertificate>) => {
    const judged = netdoc.verifyKeyCertificate(parsed);
    promise(parsed.errors === 0 || !judged.verified, 'a certificate with errors is not verified');
    if (parsed.document) netdoc.certificateRing([parsed.document]);
  },
  parseDetachedSignatures: (parsed: Parsed<DetachedSignatures>, trust) => {
    netdoc.verifyDetachedSignatures(parsed, trust);
  },
  parseServerDescriptors: (parsed: Parsed<ServerDescriptor>) => {
    const { verified } = netdoc.verifyServerDescriptor(parsed);
    promise(parsed.errors === 0 || !verified, 'a descriptor with errors is not verified');
    if (!parsed.document) return;
    netdoc.descriptorDigests(parsed.document);
    for (const method of [16, 27, 35]) netdoc.makeMicrodescriptor(parsed.document, method);
  },
  parseExtraInfos: (parsed: Parsed<ExtraInfo>) => {
    const { verified } = netdoc.verifyExtraInfo(parsed);
    promise(parsed.errors === 0 || !verified, 'an extra-info with errors is not verified');
    if (parsed.document) netdoc.descriptorDigests(parsed.document);
  },
  parseMicrodescriptors: (parsed: Parsed<Microdescriptor>) => {
    if (parsed.document) netdoc.microdescriptorDigest(parsed.document);
  },
  parseDiffCacheItem: (parsed: Parsed<DiffCacheItem>, _trust, bytes) => {
    if (!parsed.document) return;
    netdoc.checkDiffCacheItem(parsed.document);
    netdoc.checkDiffCacheItem(parsed.document, bytes.subarray(parsed.document.body.start));
  },
  parseBandwidthFile: (parsed: Parsed<BandwidthFile>, trust) => {
    const { relays } = parsed.partial;
    if (!relays) return;
    if (parsed.document && trust.vote) netdoc.bandwidthHeadersMatch(trust.vote, parsed.document);
    netdoc.bandwidthColumn(relays, 'bw_mean');
    for (let row = 0; row < relays.count; row += 1) netdoc.bandwidthRow(relays, row);
  },
};

/** A diff to and from a text that is like this one leads there; texts differ exactly when their bytes do. */
function checkDiffs(bytes: Uint8Array): void {
  const other = bytes.slice(Math.min(bytes.indexOf(10), bytes.length >> 1) + 1);
  for (const [base, target] of [
    [bytes, other],
    [other, bytes],
  ] as const) {
    const made = netdoc.makeDiff(base, target);
    if (!made.ok) continue;
    const applied = netdoc.applyDiff(base, made.diff);
    promise(applied.ok && Buffer.compare(applied.target, target) === 0, 'a diff leads to its target');
  }
  promise(netdoc.differencesBetween(bytes, bytes).length === 0, 'a text does not differ from itself');
  netdoc.differencesBetween(bytes, other);
}

/** Nobody forged a signature: an accepted document's signed text is that of a document that was really signed. */
function genuineOnly(
  judged: { readonly verdict: { readonly outcome: string }; readonly verified: unknown },
  parsed: Parsed<Consensus | Vote>,
  trust: Trust,
  bytes: Uint8Array,
): void {
  const accepted = judged.verdict.outcome === 'accepted';
  promise(accepted === (judged.verified !== undefined), 'accepted and only accepted is verified');
  promise(!accepted || parsed.errors === 0, 'a document with errors is not accepted');
  const { signed } = parsed.partial;
  if (accepted)
    promise(
      signed !== undefined && trust.genuine.has(signedText(bytes, signed)),
      'only what was signed is accepted',
    );
}

/** A short name for the text that signatures are over. */
export function signedText(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): string {
  return createHash('sha256').update(bytes.subarray(start, end)).digest('base64');
}

function checkRouters(routers: Consensus['routers'], bytes: Uint8Array): void {
  for (let row = 0; row < routers.count; row += 1) {
    netdoc.routerAt(routers, row);
    if (row > 0)
      promise((routers.start[row] ?? 0) > (routers.start[row - 1] ?? 0), 'entries come one after another');
  }
  promise(
    (routers.start[Math.max(0, routers.count - 1)] ?? 0) <= bytes.length,
    'an entry begins in the document',
  );
}

/** What holds of everything that a parser returns. */
function checkParsed(parsed: Parsed<unknown>, bytes: Uint8Array): void {
  const { problems, errors, document, unrecognized } = parsed;
  promise(problems.length <= 200, 'at most 200 problems are kept');
  promise(errors >= problems.filter(({ severity }) => severity === 'error').length, 'all errors are counted');
  promise(document !== undefined || errors > 0, 'where there is no document, there is an error');
  let before = 0;
  for (const problem of problems) {
    promise(problem.line >= 1 && problem.offset >= before, 'problems stand in order');
    promise(problem.offset <= bytes.length, `a problem stands in the document: ${problem.code}`);
    promise(netdoc.describeProblem(problem).length < 2500, 'a problem is told in less than 2,500 characters');
    before = problem.offset;
  }
  for (const { offset } of unrecognized)
    promise(offset >= 0 && offset < bytes.length, 'unknown lines stand in the document');
}

/** A parser, whatever it parses. */
export type AnyParser = (
  bytes: Uint8Array,
  options: { readonly profile: Profile },
) => Parsed<unknown> | readonly Parsed<unknown>[];

/** The door as it is, whatever comes to stand in it. */
const door: Readonly<Record<string, unknown>> = netdoc;

/** Names of parsers that take a word, not a document. */
const ofWords = ['parseFingerprint', 'parseTime', 'parseIpv4', 'parseIpv6'] as const;
const profiles = ['archive', 'tor-0.4.9'] as const;

function documentExercise(name: string, parse: AnyParser, profile: Profile): Exercise {
  return {
    name: `${name} ${profile}`,
    run: (bytes, trust) => {
      const result = parse(bytes, { profile });
      const all = Array.isArray(result)
        ? (result as readonly Parsed<unknown>[])
        : [result as Parsed<unknown>];
      for (const parsed of all) {
        checkParsed(parsed, bytes);
        followUps[name]?.(parsed as Parsed<never>, trust, bytes);
      }
    },
  };
}

/** Small things, on the first lines and words of the bytes. */
const small: Exercise = {
  name: 'words',
  run: (bytes) => {
    const text = Buffer.from(bytes.subarray(0, 8192)).toString('latin1');
    for (const word of text.split(/\s+/).slice(0, 300)) {
      for (const name of ofWords) (door[name] as (text: string) => unknown)(word);
      netdoc.fromHex(word);
      const decoded = netdoc.fromBase64(word);
      if (decoded) netdoc.readEd25519Certificate(decoded);
    }
    netdoc.parseTime(text.slice(0, 19));
    netdoc.skipAnnotations(bytes);
    netdoc.readEd25519Certificate(bytes.subarray(0, 200));
  },
};

/** The names of the door's parsers of documents. */
export const parserNames: readonly string[] = Object.keys(door).filter(
  (name) => /^parse[A-Z]/.test(name) && !(ofWords as readonly string[]).includes(name),
);

/** All of it, one after another. */
export const exercises: readonly Exercise[] = [
  { name: 'detectKind', run: (bytes) => void netdoc.detectKind(bytes) },
  small,
  ...parserNames.flatMap((name) =>
    profiles.map((profile) => documentExercise(name, door[name] as AnyParser, profile)),
  ),
];

/** Trust in everybody whose certificates are among these documents, and the texts that they really signed. */
export function trustIn(whole: readonly Uint8Array[]): Trust {
  const certificates = whole.flatMap((bytes) => {
    const kind = netdoc.detectKind(bytes);
    if (kind === 'key-certificate')
      return netdoc.parseKeyCertificates(bytes).flatMap(({ document }) => document ?? []);
    return [];
  });
  const genuine = new Set<string>();
  for (const bytes of whole) {
    for (const { signed } of [netdoc.parseConsensus(bytes).partial, netdoc.parseVote(bytes).partial])
      if (signed) genuine.add(signedText(bytes, signed));
  }
  const vote = whole.map((bytes) => netdoc.parseVote(bytes).document).find((one) => one !== undefined);
  return {
    vote,
    authorities: new Set(certificates.map(({ fingerprint }) => fingerprint)),
    certificates: netdoc.certificateRing(certificates),
    genuine,
  };
}

/** A damaged vote alone and beside a sound one: a consensus or a reason, read back where it is one, and explained. */
function compute(vote: Vote, sound: Vote | undefined): void {
  for (const votes of [[vote], sound ? [sound, vote] : []]) {
    const options = { authorities: votes.length, supportedMethods: [28, 35] };
    const computation = netdoc.computeConsensus(votes, options);
    if (computation.outcome !== 'computed') continue;
    const { ns } = computation;
    promise(
      ns !== undefined && netdoc.parseConsensus(ns.bytes).partial.routers?.count === ns.relays,
      'what was computed has as many relays as it says',
    );
    const lines = netdoc.explainer(votes, options);
    for (const keyword of ['client-versions', 'params', 'shared-rand-current-value'])
      lines({ flavor: 'ns', keyword });
    if (vote.routers.count > 0)
      lines({ flavor: 'microdesc', fingerprint: netdoc.fingerprintOf(vote.routers, 0) });
  }
}
