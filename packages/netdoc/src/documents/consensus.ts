/** Consensus documents of both flavours (dir-spec 3.4.1, 3.8, 3.9). */
import { parseFingerprint } from '../base/index.ts';
import type { Fingerprint, Span, UnixSeconds } from '../base/index.ts';
import {
  anyNumber,
  argument,
  argumentsOf,
  atMostOnce,
  exactlyOnce,
  parseInteger,
  ProblemList,
  readParams,
  readTable,
  wholeLine,
} from '../metaformat/index.ts';
import type { Item, Parsed, Profile, UnrecognizedLine } from '../metaformat/index.ts';
import type { RouterTable } from '../routers/index.ts';
import { checkOrder, consensusOrder } from './order.ts';
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
import { inOriginal, readTextMode } from './text-mode.ts';
import type { TextModeReading } from './text-mode.ts';

/** The two flavours: full entries with descriptor digests, or entries for microdescriptors (dir-spec 3.9). */
export type Flavor = 'ns' | 'microdesc';

/** An authority section of a consensus: who voted, and the digest of that vote. */
export interface ConsensusSource extends DirSource {
  readonly contact: string | undefined;
  /** SHA-1 of the vote as signed; absent for a `-legacy` entry, which cast no vote of its own. */
  readonly voteDigest: Fingerprint | undefined;
}

/** A consensus as it says; whether it is one, `verifyConsensus` tells. */
export interface Consensus {
  readonly kind: 'consensus';
  readonly flavor: Flavor;
  readonly bytes: Uint8Array;
  /** What its signatures are over; undefined for the unsigned text that tor keeps of what it computed. */
  readonly signed: Span | undefined;
  readonly consensusMethod: number | undefined;
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
  readonly params: ReadonlyMap<string, number> | undefined;
  readonly sharedRandomPrevious: SharedRandomValue | undefined;
  readonly sharedRandomCurrent: SharedRandomValue | undefined;
  readonly authorities: readonly ConsensusSource[];
  readonly routers: RouterTable;
  readonly bandwidthWeights: ReadonlyMap<string, number> | undefined;
  readonly signatures: readonly DirectorySignature[];
}

const headerTable = {
  status: statusRow('consensus'),
  consensusMethod: atMostOnce(
    'consensus-method',
    argument('a method number', (text) => parseInteger(text, 1, 2 ** 31 - 1)),
  ),
  packages: anyNumber('package', wholeLine),
  ...commonRows,
};

const sourceTable = {
  source: exactlyOnce('dir-source', readDirSource),
  contact: atMostOnce('contact', wholeLine),
  voteDigest: atMostOnce('vote-digest', argument('40 hexadecimal digits', parseFingerprint)),
};

const footerTable = {
  footer: atMostOnce('directory-footer', wholeLine),
  bandwidthWeights: atMostOnce('bandwidth-weights', (item, wrong) => readParams(item, wrong)),
};

/**
 * Parses a consensus of either flavour from its bytes. Under `archive` that may be what tor on Windows kept, with CR LF for
 * every LF; all places, and what the signatures would have to be over, are in the bytes as they are.
 */
export function parseConsensus(
  bytes: Uint8Array,
  options: { readonly profile?: Profile } = {},
): Parsed<Consensus> {
  const profile = options.profile ?? 'archive';
  const text = profile === 'archive' ? readTextMode(bytes) : undefined;
  return text ? placedIn(bytes, text, readConsensus(text.bytes, profile)) : readConsensus(bytes, profile);
}

/** What was read of a text, with its places in the bytes that it was made of. */
function placedIn(bytes: Uint8Array, text: TextModeReading, parsed: Parsed<Consensus>): Parsed<Consensus> {
  const { originalOffset } = text;
  const moved = <T extends { readonly offset: number }>(list: readonly T[]): T[] =>
    list.map((one) => ({ ...one, offset: originalOffset(one.offset) }));
  const { partial } = parsed;
  const { signed, routers, signatures } = partial;
  const own: Partial<Consensus> = {
    ...partial,
    bytes,
    signed: signed && { start: originalOffset(signed.start), end: originalOffset(signed.end) },
    ...(routers ? { routers: inOriginal(routers, bytes, text) } : {}),
    ...(signatures ? { signatures: moved(signatures) } : {}),
  };
  return {
    ...parsed,
    document: parsed.document && (own as Consensus),
    partial: own,
    problems: moved(parsed.problems),
    unrecognized: moved(parsed.unrecognized),
  };
}

function readConsensus(bytes: Uint8Array, profile: Profile): Parsed<Consensus> {
  const problems = new ProblemList();
  const parts = takeApart(bytes, profile, problems, (header) => ({
    kind: flavorOf(header),
    knownFlags: knownFlagsOf(header),
  }));
  const sections = splitSections(parts.header);
  const header = readTable(headerTable, sections.header, problems);
  const authorities = readSources(sections.sources, problems);
  const footer = readTable(footerTable, parts.footer, problems);
  if (profile === 'tor-0.4.9') checkOrder(sections.header, consensusOrder, problems);
  checkTimes(header.values, problems);
  checkKnownFlags(header.values.knownFlags, problems);
  checkSources(authorities.list, problems);
  checkSigners(authorities.list, parts.signatures, problems);
  const { status: _status, ...values } = header.values;
  const partial = {
    kind: 'consensus' as const,
    flavor: parts.version[1] === 'microdesc' ? ('microdesc' as const) : ('ns' as const),
    bytes,
    ...values,
    authorities: authorities.list,
    routers: parts.routers,
    bandwidthWeights: footer.values.bandwidthWeights,
    signatures: parts.signatures,
    signed: parts.signed,
  };
  const complete =
    header.complete &&
    footer.complete &&
    (parts.signed !== undefined || parts.draft) &&
    parts.version[0] === '3';
  return {
    document: complete ? (partial as unknown as Consensus) : undefined,
    partial: partial,
    problems: problems.inOrder(),
    errors: problems.errors,
    unrecognized: [
      ...header.unrecognized,
      ...authorities.unrecognized,
      ...unknownLines(parts.routers),
      ...footer.unrecognized,
    ],
  };
}

/** Lines of router entries that nobody here knows, as the other unrecognized lines. */
export function unknownLines(routers: RouterTable): UnrecognizedLine[] {
  return routers.unknownLines.map(({ line, offset, text }) => ({ line, offset, text }));
}

/** The flavour decides how an `r` line reads, so it is needed before the entries are scanned. */
function flavorOf(header: readonly Item[]): Flavor {
  const [first] = header;
  return first?.keyword === 'network-status-version' && argumentsOf(first)[1] === 'microdesc'
    ? 'microdesc'
    : 'ns';
}

/** Header items, then one group of items for each authority, begun by `dir-source` (dir-spec 3.4.1). */
function splitSections(items: readonly Item[]): { header: Item[]; sources: Item[][] } {
  const header: Item[] = [];
  const sources: Item[][] = [];
  for (const item of items) {
    if (item.keyword === 'dir-source') sources.push([item]);
    else (sources.at(-1) ?? header).push(item);
  }
  return { header, sources };
}

function readSources(
  groups: readonly (readonly Item[])[],
  problems: ProblemList,
): { list: ConsensusSource[]; unrecognized: UnrecognizedLine[] } {
  const list: ConsensusSource[] = [];
  const unrecognized: UnrecognizedLine[] = [];
  for (const group of groups) {
    const { values, unrecognized: unknown } = readTable(sourceTable, group, problems);
    for (const line of unknown) unrecognized.push(line);
    if (values.source)
      list.push({ ...values.source, contact: values.contact, voteDigest: values.voteDigest });
  }
  return { list, unrecognized };
}

/** At least one authority, in ascending order of identity, each once (dir-spec 3.4.1). */
function checkSources(sources: readonly ConsensusSource[], problems: ProblemList): void {
  const wrong = (code: 'missing-item' | 'duplicate' | 'bad-order', expected: string, found: string): void =>
    problems.add({ severity: 'error', code, line: 1, offset: 0, keyword: 'dir-source', expected, found });
  if (sources.length === 0) wrong('missing-item', 'at least one dir-source', 'none');
  for (const [index, source] of sources.entries()) {
    const before = sources[index - 1];
    if (!before || before.identity < source.identity) continue;
    const expected = 'authorities in ascending order of identity, each once';
    wrong(before.identity === source.identity ? 'duplicate' : 'bad-order', expected, source.nickname);
  }
}

/** Only authorities of the document sign it; tor refuses it when another identity does. */
function checkSigners(
  sources: readonly ConsensusSource[],
  signatures: readonly DirectorySignature[],
  problems: ProblemList,
): void {
  const known = new Set(sources.map(({ identity }) => identity));
  for (const { identity, line, offset } of signatures) {
    if (known.has(identity)) continue;
    problems.add({
      severity: 'error',
      code: 'contradiction',
      line,
      offset,
      keyword: 'directory-signature',
      expected: 'the identity of a dir-source',
      found: identity,
    });
  }
}
