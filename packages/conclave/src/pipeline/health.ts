/**
 * The health of a round (S2.2, S8.5, S8.6): its consensus against the rules, against the round before, and its votes. Made
 * when something that it rests on is new, and not again: what it rests on is in the row of the round. Numbers go into that
 * row, lists into `health`.
 */
import { bytesOf, parseConsensus, parseVote, sha1, toHex } from '@conclave/netdoc';
import type { Consensus, Vote } from '@conclave/netdoc';
import { countRound, defaultLimits, opinionOf, violationsOf } from '../analysis/index.ts';
import type { Limits, Opinion, Places, RoundCounted } from '../analysis/index.ts';
import type { ArchiveReader } from '../archive/index.ts';
import type { Batch, Row, Store } from '../store/index.ts';
import { viaArchive } from './archive-memory.ts';
import type { Shelf } from './judge.ts';
import { nicknameOfIdentity } from './memory.ts';
import type { Memory, RoundNote } from './memory.ts';

/** Consensuses and what votes say of flags, by SHA-256, of the rounds that were compared last. Bounded by `tidyHealthShelf`. */
export interface HealthShelf {
  readonly consensuses: Map<string, Consensus>;
  readonly opinions: Map<string, Opinion>;
}

/** An empty one. */
export function emptyHealthShelf(): HealthShelf {
  return { consensuses: new Map(), opinions: new Map() };
}

/** More than two rounds of nine votes; what is let go of is read again when it is needed. */
const opinionsKept = 24;
const consensusesKept = 2;

/** Where the health of a round comes from and goes to. */
export interface HealthOptions extends Places {
  readonly store: Store;
  readonly archive: ArchiveReader;
  readonly limits?: Limits;
}

/** What is in hand when a round is closed. */
export interface RoundInHand {
  readonly memory: Memory;
  readonly shelf: Shelf;
  readonly batch: Batch;
}

interface HealthSources extends HealthOptions, RoundInHand {
  readonly kept: HealthShelf;
}

/** The columns of `rounds` that are filled here; a round whose figures are computed again keeps them until they are. */
export const healthColumns = [
  'guard_weight',
  'exit_weight',
  'guard_exit_weight',
  'middle_weight',
  'unmeasured',
  'policies',
  'recommended',
  'added',
  'removed',
  'gained',
  'lost',
  'moved',
  'renamed',
  'rekeyed',
  'violations',
  'health_inputs',
] as const satisfies readonly (keyof Row<'rounds'>)[];

/** Those columns. */
export type HealthColumns = Pick<Row<'rounds'>, (typeof healthColumns)[number]>;

/** The columns of a round as they are known; all null before they are. */
export function healthColumnsOf(row: Row<'rounds'> | undefined): HealthColumns {
  return Object.fromEntries(
    healthColumns.map((name) => [name, row?.[name] ?? null]),
  ) as unknown as HealthColumns;
}

/** A vote that a consensus names: whose it is, and, where it is held, its name. */
interface NamedVote {
  readonly identity: string;
  readonly digest: string;
  readonly sha256: string | undefined;
}

/** A round as far as another one is compared with it. */
interface ComparedRound {
  readonly validAfter: number;
  /** Its consensus by SHA-256, and the digest of what is signed: the same, however many signed this copy. */
  readonly sha256: string;
  readonly digest: string;
  readonly votes: readonly NamedVote[];
}

/**
 * Brings the health of a round up to date, with that of the round after it, which is compared with it. Says which rounds have
 * other figures than before.
 */
export async function updateHealth(
  round: RoundNote,
  options: HealthOptions,
  kept: HealthShelf,
  inHand: RoundInHand,
): Promise<RoundNote[]> {
  const { row } = round;
  const sources = { ...options, ...inHand, kept };
  if (!row) return [];
  const interval = (row.fresh_until ?? 0) - round.validAfter;
  const after = sources.memory.rounds.get(round.validAfter + interval);
  const changed: RoundNote[] = [];
  for (const one of [round, after]) if (one?.row && (await updateOne(one, sources))) changed.push(one);
  tidyHealthShelf(kept);
  return changed;
}

async function updateOne(round: RoundNote, sources: HealthSources): Promise<boolean> {
  const { memory, countries, networks, batch, limits = defaultLimits } = sources;
  const row = round.row as Row<'rounds'>;
  const now: ComparedRound = {
    validAfter: round.validAfter,
    sha256: row.ns_sha256 ?? '',
    digest: await digestOf(row.ns_sha256 ?? '', sources),
    votes: namedVotes([...round.sources.values()], [...round.votes.values()]),
  };
  const before = await roundBefore(now.validAfter, (row.fresh_until ?? 0) - now.validAfter, sources);
  const inputs = inputsOf(now, before, { countries, networks });
  if (row.health_inputs === inputs && round.health) return false;
  const old = before && (await consensusOf(before.sha256, sources));
  const oldVotes = before && old ? await opinionsOf(before, sources) : [];
  const consensus = await consensusOf(now.sha256, sources);
  if (!consensus) return false;
  const votes = await votesOf(now, sources);
  const name = <T extends { readonly identity: string }>(vote: T): T & { readonly authority: string } => ({
    ...vote,
    authority: nicknameOfIdentity(memory, vote.identity),
  });
  const counted = countRound(
    { consensus, votes: votes.map(name) },
    old && { consensus: old, votes: oldVotes.map(name) },
    limits,
    { countries, networks },
  );
  round.health = healthRow(now.validAfter, old ? before?.validAfter : undefined, counted);
  round.row = { ...row, ...figuresOf(counted), health_inputs: inputs };
  batch.put('health', String(now.validAfter), round.health);
  batch.put('rounds', String(now.validAfter), round.row);
  return true;
}

/** The lists of a round's health as a row; `against` is the round that it was compared with. */
export function healthRow(
  validAfter: number,
  against: number | undefined,
  { facts, methods, countries, networks, invariants, churn, withdrawals, growth }: RoundCounted,
): Row<'health'> {
  const text = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  return {
    valid_after: validAfter,
    against: against ?? null,
    facts: JSON.stringify(facts),
    methods: JSON.stringify(methods),
    places: text(countries),
    networks: text(networks),
    invariants: JSON.stringify(invariants),
    churn: text(churn),
    withdrawals: text(withdrawals),
    growth: text(growth),
  };
}

/** The numbers of a round's health, as columns of `rounds`. */
export function figuresOf({ facts, invariants, churn }: RoundCounted): Omit<HealthColumns, 'health_inputs'> {
  const weightOf = (name: string): number | null =>
    facts.classes.find((one) => one.name === name)?.weight ?? null;
  return {
    guard_weight: weightOf('guard'),
    exit_weight: weightOf('exit'),
    guard_exit_weight: weightOf('guardExit'),
    middle_weight: weightOf('middle'),
    unmeasured: facts.unmeasured,
    policies: facts.exitPolicies.distinct,
    recommended: facts.versions.recommended,
    added: churn?.added ?? null,
    removed: churn?.removed ?? null,
    gained: churn?.gained ?? null,
    lost: churn?.lost ?? null,
    moved: churn?.moved ?? null,
    renamed: churn?.renamed ?? null,
    rekeyed: churn?.rekeyed ?? null,
    violations: violationsOf(invariants),
  };
}

/** Everything that decides what comes out, as one short text. */
function inputsOf(
  now: ComparedRound,
  before: ComparedRound | undefined,
  { countries, networks }: Places,
): string {
  const ofRound = ({ digest: signed, votes }: ComparedRound): string[] => [
    signed,
    ...votes.map(
      ({ identity, digest, sha256: held }) => `${identity} ${digest} ${held === undefined ? '' : 'held'}`,
    ),
  ];
  const parts = [
    ...ofRound(now),
    '|',
    ...(before ? ofRound(before) : []),
    '|',
    countries?.source ?? '',
    networks?.source ?? '',
  ];
  return toHex(sha1(bytesOf(parts.join('\n')))).slice(0, 16);
}

// --- the round before ---------------------------------------------------------------------------------------------------

/** The round that came directly before, where it is held; one that lies further back would give the changes of several hours. */
async function roundBefore(
  validAfter: number,
  interval: number,
  sources: HealthSources,
): Promise<ComparedRound | undefined> {
  const { memory, store } = sources;
  if (interval <= 0) return undefined;
  const at = validAfter - interval;
  const note = memory.rounds.get(at);
  if (note?.row) {
    const votes = namedVotes([...note.sources.values()], [...note.votes.values()]);
    const sha256 = note.row.ns_sha256 ?? '';
    return { validAfter: at, sha256, digest: await digestOf(sha256, sources), votes };
  }
  const [row] = memory.complete ? [] : await store.query('round', { valid_after: at });
  // What an archive brought is no part of this line: whether it was there yet must not decide.
  if (!row || row.first_seen === null) return undefined;
  const [named, votes] = [
    await store.query('sourcesOf', { valid_after: at }),
    (await store.query('votesOf', { valid_after: at })).filter(({ via }) => via !== viaArchive),
  ];
  const sha256 = row.ns_sha256 ?? '';
  const digest = await digestOf(sha256, sources);
  return { validAfter: at, sha256, digest, votes: namedVotes(named, votes) };
}

async function digestOf(sha256: string, { memory, store }: HealthSources): Promise<string> {
  const known = memory.documents.get(sha256);
  const [row] = known || memory.complete ? [known] : await store.query('document', { sha256 });
  return row?.digest ?? sha256;
}

/** The votes that a consensus names, in the order of identities. */
function namedVotes(sources: readonly Row<'sources'>[], votes: readonly Row<'votes'>[]): NamedVote[] {
  const held = new Map<string, string>();
  for (const { identity, digest, sha256, outcome } of votes) {
    const key = `${identity} ${digest}`;
    if (outcome !== 'accepted' || sha256 === null) continue;
    // Of two copies with other signatures the same one is taken, in whatever order they came.
    if (sha256 < (held.get(key) ?? 'g')) held.set(key, sha256);
  }
  return sources
    .map(({ identity, vote_digest }) => ({
      identity: identity ?? '',
      digest: vote_digest ?? '',
      sha256: held.get(`${identity} ${vote_digest}`),
    }))
    .sort((a, b) => (a.identity < b.identity ? -1 : 1));
}

// --- documents ----------------------------------------------------------------------------------------------------------

interface HeldOpinion {
  readonly identity: string;
  /** Undefined where the vote is not held. */
  readonly opinion: Opinion | undefined;
}

async function consensusOf(sha256: string, sources: HealthSources): Promise<Consensus | undefined> {
  const { shelf, kept, archive } = sources;
  const at = kept.consensuses.get(sha256) ?? shelf.consensuses.get(sha256)?.document;
  const document = at ?? parsedConsensus(await archive.read(sha256));
  if (!document) return undefined;
  kept.consensuses.delete(sha256);
  kept.consensuses.set(sha256, document);
  return document;
}

function parsedConsensus(bytes: Uint8Array | undefined): Consensus | undefined {
  return bytes && parseConsensus(bytes, { profile: 'tor-0.4.9' }).document;
}

async function voteOf(sha256: string, { shelf, archive }: HealthSources): Promise<Vote | undefined> {
  const held = shelf.votes.get(sha256)?.document;
  if (held) return held;
  const bytes = await archive.read(sha256);
  return bytes && parseVote(bytes, { profile: 'tor-0.4.9' }).document;
}

/** What the votes of a round say of flags: their columns without their bytes. */
async function opinionsOf({ votes }: ComparedRound, sources: HealthSources): Promise<HeldOpinion[]> {
  const { opinions } = sources.kept;
  const list: HeldOpinion[] = [];
  for (const { identity, sha256 } of votes) {
    let opinion = opinions.get(sha256 ?? '');
    const vote = opinion || sha256 === undefined ? undefined : await voteOf(sha256, sources);
    if (vote) opinion = opinionOf(vote);
    if (opinion && sha256 !== undefined) {
      opinions.delete(sha256);
      opinions.set(sha256, opinion);
    }
    list.push({ identity, opinion });
  }
  return list;
}

/** The votes of a round themselves. */
async function votesOf(
  { votes }: ComparedRound,
  sources: HealthSources,
): Promise<{ readonly identity: string; readonly vote: Vote | undefined }[]> {
  const list: { readonly identity: string; readonly vote: Vote | undefined }[] = [];
  for (const { identity, sha256 } of votes) {
    const vote = sha256 === undefined ? undefined : await voteOf(sha256, sources);
    if (vote && sha256 !== undefined) sources.kept.opinions.set(sha256, opinionOf(vote));
    list.push({ identity, vote });
  }
  return list;
}

/** Lets go of what was used longest ago. */
function tidyHealthShelf({ consensuses, opinions }: HealthShelf): void {
  for (const sha256 of [...consensuses.keys()].slice(0, -consensusesKept)) consensuses.delete(sha256);
  for (const sha256 of [...opinions.keys()].slice(0, -opinionsKept)) opinions.delete(sha256);
}
