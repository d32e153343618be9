/**
 * What the votes at hand will make of the coming round: computed when a vote has come and a majority is there, held
 * against the newest consensus before it, and after publication against what was published.
 */
import { compareConsensuses, computeConsensus, digestToSign, parseConsensus } from '@conclave/netdoc';
import type { Computation, Consensus, ConsensusChanges, Vote } from '@conclave/netdoc';
import { listing } from '../checks/index.ts';
import { majorityOf, votersOf } from '../network/index.ts';
import type { Batch, Row } from '../store/index.ts';
import type { Shelf } from './judge.ts';
import { severalVotes, shownGroups } from './coming.ts';
import { newestRound, nicknameOfIdentity } from './memory.ts';
import { unexplained } from './pending.ts';
import type { Memory, RoundNote } from './memory.ts';

/** How many relays are named of those that come and go. */
const relaysNamed = 50;
/** Rounds of a shared random run: in the first, the authorities have just computed a new value (srv-spec 3.3). */
const roundsOfRun = 24;

/** A vote of the round and the row that it left. */
interface Held {
  readonly row: Row<'votes'>;
  readonly vote: Vote;
}

/** What a preview is taken from. */
export interface PreviewSources {
  readonly memory: Memory;
  readonly shelf: Shelf;
  readonly batch: Batch;
  /** Lets others have the machine between two computations. */
  readonly breathe: () => Promise<void>;
  /** A consensus from the shelf or, after a restart, from the archive. */
  readonly consensus: (sha256: string) => Promise<Consensus | undefined>;
  /** Brings back the documents of a round that a restart took from the shelf. */
  readonly shelve: (validAfter: number) => Promise<void>;
}

/** The votes that count at this moment: of each author the one published last, of those the first seen; by identity. */
function votesHeld(round: RoundNote, shelf: Shelf): Held[] {
  const held = new Map<string, Held>();
  for (const row of round.votes.values()) {
    const vote = shelf.votes.get(row.sha256 ?? '')?.document;
    if (row.outcome !== 'accepted' || !vote) continue;
    const old = held.get(row.identity ?? '')?.row;
    const later = (row.published ?? 0) - (old?.published ?? -1);
    const earlier = (row.first_seen ?? 0) - (old?.first_seen ?? Infinity);
    if (
      later > 0 ||
      (later === 0 && (earlier < 0 || (earlier === 0 && (row.sha256 ?? '') < (old?.sha256 ?? ''))))
    )
      held.set(row.identity ?? '', { row, vote });
  }
  return [...held.values()].sort((a, b) => ((a.row.identity ?? '') < (b.row.identity ?? '') ? -1 : 1));
}

/** Takes a preview of a round that is not published yet, unless it would be the last one again. */
export async function takePreview(round: RoundNote, sources: PreviewSources, at: number): Promise<void> {
  const { memory, shelf, batch } = sources;
  if (round.row || round.validAfter * 1000 <= at) return;
  const held = votesHeld(round, shelf);
  if (held.length < majorityOf(memory.set)) return;
  const votes = JSON.stringify(digestsOf(held));
  if (round.previews.at(-1)?.votes === votes) return;
  await sources.breathe();
  const made = compute(held, memory);
  const before = made.outcome === 'computed' ? await consensusBefore(round, sources) : undefined;
  const row: Row<'previews'> = {
    ...nothingMade,
    valid_after: round.validAfter,
    taken_at: at,
    outcome: made.outcome,
    votes,
    missing: JSON.stringify(missing(held, memory)),
    needed: majorityOf(memory.set),
    ...(made.outcome === 'impossible'
      ? { explanation: `These votes give no consensus: ${made.detail}.` }
      : { method: made.method }),
    ...(made.outcome === 'unsupported'
      ? { explanation: `The votes agree on consensus method ${made.method}, whose rules are not known here.` }
      : {}),
    ...(made.outcome === 'computed' ? madeOf(made, held, before, memory) : {}),
  };
  round.previews.push(row);
  batch.put('previews', `${round.validAfter}/${at}`, row);
}

const nothingMade = {
  explanation: '',
  method: null,
  relays: null,
  ns_digest: null,
  microdesc_digest: null,
  against: null,
  relays_before: null,
  header: '[]',
  flags: '[]',
  added_count: 0,
  added: '[]',
  removed_count: 0,
  removed: '[]',
  published_ns: null,
  published_microdesc: null,
  same_votes: null,
  published_text: null,
} as const satisfies Partial<Row<'previews'>>;

/** By identity: the digest of the vote. */
function digestsOf(held: readonly Held[]): Record<string, string> {
  return Object.fromEntries(held.map(({ row }) => [row.identity ?? '', row.digest ?? '']));
}

function missing(held: readonly Held[], memory: Memory): string[] {
  const voted = new Set(held.map(({ row }) => row.identity));
  return votersOf(memory.set)
    .filter(({ v3ident }) => !voted.has(v3ident))
    .map(({ nickname }) => nickname);
}

type Computed = Extract<Computation, { outcome: 'computed' }>;

/** What these votes give, by an authority that has the same authorities configured as we have. */
function compute(held: readonly Held[], memory: Memory): Computation {
  const [first] = held;
  const interval = first ? first.vote.freshUntil - first.vote.validAfter : 3600;
  const slot = first ? Math.floor(first.vote.validAfter / Math.max(1, interval)) % roundsOfRun : 1;
  return computeConsensus(
    held.map(({ vote }) => vote),
    { authorities: votersOf(memory.set).length, sharedRandomFresh: slot === 0 },
  );
}

function madeOf(
  { ns, microdesc, method, ties }: Computed,
  held: readonly Held[],
  before: Consensus | undefined,
  memory: Memory,
): Partial<Row<'previews'>> {
  // Our own text: no tor would read it yet, because it is not signed.
  const after = ns && parseConsensus(ns.bytes).document;
  const changes = before && after ? compareConsensuses(before, after) : undefined;
  const lacking = missing(held, memory);
  const without = lacking.length === 0 ? '' : `; not among them: ${listing(lacking)}`;
  const tie = ties.length === 0 ? '' : ` ${ties.length} lines depend on the order in which votes arrived.`;
  return {
    explanation: `${held.length} votes give a consensus of ${ns?.relays ?? 0} relays by method ${method}${without}.${tie}`,
    relays: ns?.relays ?? null,
    ns_digest: ns ? digestToSign('ns', ns.bytes) : null,
    microdesc_digest: microdesc ? digestToSign('microdesc', microdesc.bytes) : null,
    ...(before && changes ? changesOf(before, changes) : {}),
  };
}

async function consensusBefore(
  round: RoundNote,
  { memory, consensus }: PreviewSources,
): Promise<Consensus | undefined> {
  const newest = newestRound(memory);
  if (!newest || newest.validAfter >= round.validAfter) return undefined;
  return consensus(newest.row?.ns_sha256 ?? '');
}

/** What changes in every round says nothing. */
const always = /^(?:valid-after|fresh-until|valid-until|vote-digest .*)$/;

function changesOf(
  before: Consensus,
  { header, added, removed, flags }: ConsensusChanges,
): Partial<Row<'previews'>> {
  const names = (relays: ConsensusChanges['added']): string =>
    JSON.stringify(
      relays.slice(0, relaysNamed).map(({ fingerprint, nickname }) => ({ fingerprint, nickname })),
    );
  return {
    against: before.validAfter,
    relays_before: before.routers.count,
    header: JSON.stringify(
      header
        .filter(({ keyword }) => !always.test(keyword))
        .map((one) => ({ name: one.keyword, before: one.before ?? null, after: one.after ?? null })),
    ),
    flags: JSON.stringify(flags.filter(({ gained, lost }) => gained + lost > 0)),
    added_count: added.length,
    added: names(added),
    removed_count: removed.length,
    removed: names(removed),
  };
}

/** Holds the last preview of a published round against what was published, when that changed. */
export function settlePreview(round: RoundNote, memory: Memory, batch: Batch): void {
  const preview = round.previews.at(-1);
  if (!preview || !round.row) return;
  const digestOf = (sha256: string | null): string | undefined =>
    memory.documents.get(sha256 ?? '')?.digest ?? undefined;
  const [ns, microdesc] = [digestOf(round.row.ns_sha256), digestOf(round.row.microdesc_sha256)];
  const held = JSON.parse(preview.votes ?? '{}') as Readonly<Record<string, string>>;
  const named = new Map([...round.sources].map(([identity, { vote_digest }]) => [identity, vote_digest]));
  const sameVotes =
    named.size === Object.keys(held).length &&
    [...named].every(([identity, digest]) => held[identity] === digest);
  const equal = (made: string | null, published: string | undefined): boolean | null =>
    published === undefined || preview.outcome === 'unsupported' ? null : made === published;
  const verdict = {
    published_ns: equal(preview.ns_digest, ns),
    published_microdesc: equal(preview.microdesc_digest, microdesc),
    same_votes: sameVotes,
  };
  const settled = {
    ...preview,
    ...verdict,
    published_text: settledText(preview, verdict, named, held, memory),
  };
  if (JSON.stringify(settled) === JSON.stringify(preview)) return;
  round.previews[round.previews.length - 1] = settled;
  batch.put('previews', `${round.validAfter}/${preview.taken_at}`, settled);
}

function settledText(
  preview: Row<'previews'>,
  {
    published_ns,
    published_microdesc,
    same_votes,
  }: Pick<Row<'previews'>, 'published_ns' | 'published_microdesc' | 'same_votes'>,
  named: ReadonlyMap<string, string | null>,
  held: Readonly<Record<string, string>>,
  memory: Memory,
): string {
  if (preview.outcome === 'unsupported') return 'Nothing was computed that could be compared.';
  const identical = published_ns === true && published_microdesc !== false;
  if (same_votes === true)
    return identical
      ? 'The published consensus is what was computed before, byte for byte.'
      : 'The published consensus names the same votes and differs from what was computed before.';
  const name = (identity: string): string => nicknameOfIdentity(memory, identity);
  const more = [...named.keys()].filter((identity) => held[identity] === undefined).map(name);
  const fewer = Object.keys(held)
    .filter((identity) => !named.has(identity))
    .map(name);
  const other = [...named].filter(([id, digest]) => held[id] !== undefined && held[id] !== digest);
  const parts = [
    more.length > 0 ? `with the votes of ${listing(more)} too` : '',
    fewer.length > 0 ? `without those of ${listing(fewer)}` : '',
    other.length > 0 ? `with another vote of ${listing(other.map(([identity]) => name(identity)))}` : '',
  ].filter(Boolean);
  return `The published consensus was made of other votes: ${parts.join(', ')}.`;
}

/**
 * Finds of which votes the digests come that authorities show, when they do not show the same: of all that are held, of
 * those of an earlier preview, of all but one, or with another vote of somebody who voted twice. Tried once for each new
 * digest or vote; at most one computation for each vote that is held. After publication only what is unexplained is tried
 * again, when another vote has come.
 */
export async function explainShown(round: RoundNote, sources: PreviewSources): Promise<void> {
  const { memory, shelf, batch, breathe } = sources;
  if (round.pending.size < 2) return;
  const open = [...round.pending.values()].some(({ explanation }) => explanation === unexplained);
  if (round.row && !(open && round === newestRound(memory))) return;
  const digests = new Set(
    shownGroups(round.pending.values()).flatMap(({ flavor, digest }) => (flavor === 'ns' ? [digest] : [])),
  );
  if (digests.size < 2) return;
  const key = `${[...digests].sort().join(' ')} ${[...round.votes.keys()].sort().join(' ')}`;
  if (round.explainedBy === key) return;
  round.explainedBy = key;
  await sources.shelve(round.validAfter);
  const known = new Map<string, string>();
  for (const preview of round.previews) {
    const without = JSON.parse(preview.missing ?? '[]') as readonly string[];
    if (preview.ns_digest !== null && !known.has(preview.ns_digest))
      known.set(preview.ns_digest, withoutText(without));
  }
  const held = votesHeld(round, shelf);
  for (const [votes, text] of otherSets(held, round, memory, shelf)) {
    if ([...digests].every((digest) => known.has(digest))) break;
    await breathe();
    const made = compute(votes, memory);
    if (made.outcome !== 'computed' || !made.ns) continue;
    const digest = digestToSign('ns', made.ns.bytes);
    if (!known.has(digest)) known.set(digest, text);
  }
  for (const [name, row] of round.pending) {
    const explanation = known.get(row.ns_digest ?? '') ?? unexplained;
    if (row.explanation === explanation) continue;
    const explained = { ...row, explanation };
    round.pending.set(name, explained);
    batch.put('pending', `${round.validAfter}/${name}`, explained);
  }
}

function withoutText(without: readonly string[]): string {
  return without.length === 0 ? 'what all votes give' : `what the votes without ${listing(without)} give`;
}

/** All; all with another vote of one of the authors, or of everybody who has one; all but one. */
function* otherSets(
  held: readonly Held[],
  round: RoundNote,
  memory: Memory,
  shelf: Shelf,
): Iterable<readonly [votes: readonly Held[], text: string]> {
  const name = ({ row }: Held): string => nicknameOfIdentity(memory, row.identity ?? '');
  const lacking = missing(held, memory);
  // Before publication they are in a preview.
  if (round.row) yield [held, withoutText(lacking)];
  const others = new Map<string, Held>();
  for (const [author, votes] of severalVotes(round)) {
    for (const row of votes) {
      const vote = shelf.votes.get(row.sha256 ?? '')?.document;
      if (!vote || held.some((one) => one.row.digest === row.digest)) continue;
      others.set(author, { row, vote });
      const swapped = held.map((one) => (one.row.identity === author ? { row, vote } : one));
      yield [swapped, `what the votes give with the other vote of ${nicknameOfIdentity(memory, author)}`];
    }
  }
  if (others.size > 1) {
    const authors = [...others.keys()].map((author) => nicknameOfIdentity(memory, author));
    const swapped = held.map((one) => others.get(one.row.identity ?? '') ?? one);
    yield [swapped, `what the votes give with the other votes of ${listing(authors)}`];
  }
  for (const one of held) yield [held.filter((other) => other !== one), withoutText([...lacking, name(one)])];
}
