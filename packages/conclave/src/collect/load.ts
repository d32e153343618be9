/**
 * The load that the observatory puts on each authority, computed by letting the plan run for a day on a clock of its own
 * and adding up what it asks. docs/load.md shows the outcome, and a test holds the two together.
 */
import { isVoter, lastValidAfter, nextValidAfter, type VotingSchedule } from '../network/index.ts';
import {
  heldVoteKey,
  nothingKnown,
  type DoubtedGroup,
  type Knowledge,
  type MissingDescriptors,
  type ServedConsensuses,
} from './knowledge.ts';
import type { Outcome, Subject } from './observation.ts';
import { due, noted, nothingAsked, type PlannedRequest } from './plan.ts';
import { descriptorsARequest } from './relay-descriptors.ts';
import type { PlanOptions } from './wishes.ts';

/** What kinds of question there are, as the load table counts them. */
export type LoadKind = Exclude<Subject['kind'], 'vote' | 'consensus'> | 'vote' | 'copy' | Flavored;
type Flavored = 'consensus ns' | 'consensus microdesc';

/** Questions and bytes per hour, in both directions, for one authority. */
export interface LoadRow {
  readonly kind: LoadKind;
  readonly requests: number;
  readonly bytes: number;
}

/** The load on one authority. */
export interface AuthorityLoad {
  readonly authority: string;
  /** The mean hour, by kind. */
  readonly rows: readonly LoadRow[];
  /** The heaviest hour. */
  readonly requestsMax: number;
  readonly bytesMax: number;
}

/**
 * Bytes of the body on the wire. Measured on rounds of nine tor 0.4.9.11 authorities with 9,509 relays, the largest of
 * each kind, compressed as tor does (zlib level 9); signatures of a real round of the
 * public network, nine authorities and two flavours; a handshake with an
 * ORPort in place of a body. `relay-descriptors` is what one question for 96 of them brings (docs/load.md says of which).
 */
export const measuredWireBytes: Readonly<Record<LoadKind, number>> = {
  liveness: 28,
  'or-port': 5_000,
  signatures: 5_943,
  certificates: 12_739,
  'consensus ns': 688_015,
  'consensus microdesc': 747_348,
  vote: 1_571_684,
  copy: 1_571_684,
  'bandwidth-file': 845_424,
  'server-descriptor': 1_552,
  'extra-info': 612,
  'relay-descriptors': 140_967,
};

/** The network that is played: as many relays as were measured, each with a new descriptor every 18 rounds (dir-spec 2.1). */
const relaysPlayed = { count: 9_509, renewedRounds: 18 };

const loadKinds: readonly LoadKind[] = [
  'liveness',
  'or-port',
  'signatures',
  'certificates',
  'consensus ns',
  'consensus microdesc',
  'vote',
  'copy',
  'bandwidth-file',
  'server-descriptor',
  'extra-info',
  'relay-descriptors',
];

/** The two headers and the packets that open and close a connection, in both directions. */
export const overheadBytes = 1_000;

/** Plays the plan for so many hours against authorities that answer everything at once. */
export function loadOf(
  options: PlanOptions,
  schedule: VotingSchedule,
  hours: number,
): readonly AuthorityLoad[] {
  const counted = new Map<string, Map<number, Map<LoadKind, { requests: number; bytes: number }>>>();
  const startMs = Date.UTC(2026, 0, 1, 0, 20);
  for (const { request, atMs, outcome } of playPlan(options, schedule, { startMs, hours })) {
    const hour = Math.floor((atMs - startMs) / 3_600_000);
    const hoursOf = getOrMake(counted, request.authority, () => new Map());
    const kinds = getOrMake(hoursOf, hour, () => new Map());
    const kind = kindOf(request, options);
    const entry = getOrMake(kinds, kind, () => ({ requests: 0, bytes: 0 }));
    entry.requests += 1;
    entry.bytes += wireBytesOf({ request, outcome }, options);
  }
  return [...counted].map(([authority, hoursOf]) => summary(authority, hoursOf, hours));
}

/** What a question and its answer put on the wire, as measured. */
export function wireBytesOf(
  { request, outcome }: Pick<PlayedRequest, 'request' | 'outcome'>,
  options: PlanOptions,
): number {
  const body = outcome === 'not-modified' ? 0 : measuredWireBytes[kindOf(request, options)];
  if (request.subject.kind !== 'relay-descriptors') return overheadBytes + body;
  const { digests } = request.subject;
  // The path has a digest and a plus sign of each.
  return overheadBytes + Math.round((body * digests.length) / descriptorsARequest) + 41 * digests.length;
}

/** The table of docs/load.md: the mean hour of the authority that has most to do. */
export function renderLoadTable(loads: readonly AuthorityLoad[]): string {
  const heaviest = loads.toSorted((a, b) => totalOf(b).bytes - totalOf(a).bytes)[0];
  if (heaviest === undefined) return '';
  const total = totalOf(heaviest);
  const lines = [...heaviest.rows, { kind: 'all', ...total }].map(
    ({ kind, requests, bytes }) => `| ${kind} | ${requests.toFixed(1)} | ${kilobytes(bytes)} |`,
  );
  return [
    '| question | requests per hour | kB per hour |',
    '| --- | ---: | ---: |',
    ...lines,
    `| heaviest hour | ${heaviest.requestsMax.toFixed(1)} | ${kilobytes(heaviest.bytesMax)} |`,
    '',
  ].join('\n');
}

/** One question of a played plan. */
export interface PlayedRequest {
  readonly request: PlannedRequest;
  readonly atMs: number;
  readonly outcome: Outcome;
}

/** When a plan is played, and what is wrong meanwhile. */
export interface PlayOptions {
  readonly startMs: number;
  readonly hours: number;
  /** Nickname of one that in every round alone signs a text that no votes explain, ours of the first hour excepted. */
  readonly alone?: string;
}

/** Lets the plan run on a virtual clock in a world where everything is there in time and nothing fails. */
export function* playPlan(
  options: PlanOptions,
  schedule: VotingSchedule,
  { startMs, hours, alone }: PlayOptions,
): Iterable<PlayedRequest> {
  const consensuses = new Map<string, ServedConsensuses>();
  const heldVotes = new Set<string>();
  const scanners = new Set(
    options.authorities.flatMap(({ nickname, scanner }) => (scanner === true ? [nickname] : [])),
  );
  const knowledge: Knowledge = { ...nothingKnown(schedule), consensuses, heldVotes, scanners };
  const given = new Set<string>();
  const held = new Set<string>();
  let missing: MissingDescriptors | undefined;
  let state = nothingAsked;
  let nowMs = startMs;
  while (nowMs < startMs + hours * 3_600_000) {
    missing = missingNow(missing, consensuses, held, schedule);
    const learned: Knowledge = {
      ...knowledge,
      scheduleAssumed: consensuses.size === 0,
      doubted: alone === undefined ? [] : doubtedNow(alone, given, options, schedule, { startMs, nowMs }),
      ...(missing === undefined ? {} : { missingDescriptors: missing }),
    };
    const next = due(options, state, learned, nowMs);
    state = next.state;
    for (const request of next.requests) {
      given.add(givenKey(request.authority, request.subject, nowMs, schedule));
      const outcome = outcomeOf(request);
      state = noted(state, request, { outcome, atMs: nowMs });
      const published = lastValidAfter(schedule, nowMs / 1000);
      learn(request, published, { consensuses, heldVotes, heldDescriptors: held, schedule });
      yield { request, atMs: nowMs, outcome };
    }
    nowMs = next.requests.length > 0 ? nowMs + 100 : Math.max(nowMs + 1, next.wakeMs);
  }
}

/** What the newest consensus names and is not held: in each round another part of the relays has published anew. */
function missingNow(
  before: MissingDescriptors | undefined,
  consensuses: ReadonlyMap<string, ServedConsensuses>,
  held: ReadonlySet<string>,
  { intervalSeconds }: VotingSchedule,
): MissingDescriptors | undefined {
  const newest = Math.max(0, ...[...consensuses.values()].map(({ ns }) => ns ?? 0));
  if (newest === 0) return undefined;
  if (before?.consensus === String(newest)) {
    const digests = [...before.digests].filter((digest) => !held.has(digest));
    return digests.length === before.digests.size ? before : { ...before, digests: new Set(digests) };
  }
  const { count, renewedRounds } = relaysPlayed;
  const round = Math.floor(newest / intervalSeconds);
  const named = Array.from(
    { length: count },
    (_, relay) => `${relay} ${Math.floor((round + relay) / renewedRounds)}`,
  );
  return { consensus: String(newest), digests: new Set(named.filter((digest) => !held.has(digest))) };
}

/** The doubts about one who signs alone, as the pipeline would have them. */
function doubtedNow(
  alone: string,
  given: ReadonlySet<string>,
  { authorities }: PlanOptions,
  schedule: VotingSchedule,
  { startMs, nowMs }: { readonly startMs: number; readonly nowMs: number },
): readonly DoubtedGroup[] {
  const coming = nextValidAfter(schedule, nowMs / 1000);
  const published = lastValidAfter(schedule, nowMs / 1000);
  const rounds = nowMs >= (coming - schedule.distSeconds) * 1000 ? [published, coming] : [published];
  return rounds
    .filter((validAfter) => validAfter * 1000 > startMs + 1500 * schedule.intervalSeconds)
    .map((validAfter) => ({
      validAfter,
      digest: '',
      members: [alone],
      authors: authorities
        .filter(isVoter)
        .map(({ v3ident }) => v3ident)
        .filter((identity) => !given.has(`${alone} ${identity} ${validAfter}`)),
    }));
}

function givenKey(authority: string, subject: Subject, nowMs: number, schedule: VotingSchedule): string {
  if (subject.kind !== 'vote') return '';
  const round = subject.period === 'next' ? nextValidAfter : lastValidAfter;
  return `${authority} ${subject.of} ${round(schedule, nowMs / 1000)}`;
}

function outcomeOf({ subject, ifModifiedSince }: PlannedRequest): Outcome {
  if (subject.kind === 'or-port') return 'connected';
  return subject.kind === 'certificates' && ifModifiedSince !== undefined ? 'not-modified' : 'received';
}

interface Learned {
  readonly consensuses: Map<string, ServedConsensuses>;
  readonly heldVotes: Set<string>;
  readonly heldDescriptors: Set<string>;
  readonly schedule: VotingSchedule;
}

function learn({ authority, subject }: PlannedRequest, published: number, learned: Learned): void {
  if (subject.kind === 'consensus') {
    const before = learned.consensuses.get(authority);
    learned.consensuses.set(authority, { ...before, [subject.flavor]: published });
  }
  if (subject.kind === 'relay-descriptors')
    for (const digest of subject.digests) learned.heldDescriptors.add(digest);
  if (subject.kind === 'vote') {
    const validAfter =
      subject.period === 'current' ? published : published + learned.schedule.intervalSeconds;
    learned.heldVotes.add(heldVoteKey(validAfter, subject.of));
  }
}

function kindOf({ authority, subject }: PlannedRequest, options: PlanOptions): LoadKind {
  switch (subject.kind) {
    case 'consensus':
      return `consensus ${subject.flavor}`;
    case 'vote': {
      const asked = options.authorities.find(({ nickname }) => nickname === authority);
      return asked?.v3ident === subject.of ? 'vote' : 'copy';
    }
    default:
      return subject.kind;
  }
}

type Counts = Map<LoadKind, { requests: number; bytes: number }>;

function summary(authority: string, hoursOf: ReadonlyMap<number, Counts>, hours: number): AuthorityLoad {
  const kinds = loadKinds.filter((kind) => [...hoursOf.values()].some((counts) => counts.has(kind)));
  const sum = (counts: Iterable<Counts>, kind: LoadKind, what: 'requests' | 'bytes'): number =>
    [...counts].reduce((total, one) => total + (one.get(kind)?.[what] ?? 0), 0);
  const largest = (what: 'requests' | 'bytes'): number =>
    Math.max(
      ...[...hoursOf.values()].map((one) => kinds.reduce((total, kind) => total + sum([one], kind, what), 0)),
    );
  return {
    authority,
    rows: kinds.map((kind) => ({
      kind,
      requests: sum(hoursOf.values(), kind, 'requests') / hours,
      bytes: sum(hoursOf.values(), kind, 'bytes') / hours,
    })),
    requestsMax: largest('requests'),
    bytesMax: largest('bytes'),
  };
}

function totalOf({ rows }: AuthorityLoad): { readonly requests: number; readonly bytes: number } {
  return rows.reduce(
    (total, { requests, bytes }) => ({ requests: total.requests + requests, bytes: total.bytes + bytes }),
    { requests: 0, bytes: 0 },
  );
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const held = map.get(key);
  if (held !== undefined) return held;
  const made = make();
  map.set(key, made);
  return made;
}
