/**
 * The shared random value: each authority commits to a secret in the first half of a run of 24 rounds and reveals it in
 * the second; the reveals give the value (srv-spec 3). Here it is computed from votes, as an authority that received them
 * would, and held against what a consensus published.
 */
import { parseFingerprint, toBase64, fromBase64 } from '../base/index.ts';
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import type { Consensus, SharedRandomCommit, SharedRandomValue, Vote } from '../documents/index.ts';
import { checkCommit } from './commitments.ts';
import { sharedRandomValue } from './shared-random-value.ts';

/** What is needed of a vote. */
export type SharedRandomVote = Pick<
  Vote,
  'validAfter' | 'freshUntil' | 'source' | 'sharedRandomCommits' | 'sharedRandomCurrent'
>;

/** Rounds of a run, and how many of them, from the first, are for commitments (srv-spec 3.1). */
export const roundsOfRun = 24;
const commitRounds = 12;

/** Where something stood: in the vote of which slot, and whether in the authority's own or relayed by another. */
export interface Sighting {
  /** 0 to 11 commit, 12 to 23 reveal. */
  readonly slot: number;
  readonly by: 'own-vote' | 'relayed';
}

/**
 * What became of an authority's commitment:
 * - `revealed`: the reveal is what was committed to; it counts;
 * - `withheld`: its own vote of the last round still had no reveal;
 * - `unrevealed`: no vote here has a reveal, and its own vote of the last round is not among them;
 * - `wrong`: the reveal is not what was committed to, or one of the two cannot be read (`detail`);
 * - `unknown-algorithm`: not version 1 by SHA3-256, so nobody here can tell.
 */
export type RevealOutcome = 'revealed' | 'withheld' | 'unrevealed' | 'wrong' | 'unknown-algorithm';

/** An authority that committed. */
export interface Committer {
  readonly identity: Fingerprint;
  /** By its own vote; undefined where only others tell of it. */
  readonly nickname: string | undefined;
  /** COMMIT as written; the first that its own vote had, else the one that most votes relay. */
  readonly commit: string;
  readonly committed: Sighting;
  /** Other commitments in its name, which do not count. */
  readonly ignored: readonly string[];
  readonly reveal: string | undefined;
  readonly revealed: Sighting | undefined;
  readonly outcome: RevealOutcome;
  readonly detail: string;
}

/** One run of the protocol, as far as the votes tell. */
export interface SharedRandomRun {
  /** Seconds between rounds. */
  readonly interval: number;
  /** valid-after of slot 0. */
  readonly begins: UnixSeconds;
  /** valid-after of the round that publishes the value: slot 0 of the next run. */
  readonly published: UnixSeconds;
  /** The slots of which there are votes, ascending. */
  readonly slots: readonly number[];
  readonly votes: number;
  /** In ascending order of identity. */
  readonly committers: readonly Committer[];
  /** The value before, which goes into this one; undefined when there was none. */
  readonly previous: SharedRandomValue | undefined;
  /** The value that all good reveals give; undefined while there is none. */
  readonly value: SharedRandomValue | undefined;
  /** Whether the value is final as far as these votes can tell: nobody may still reveal (`waitingFor`). */
  readonly outcome: 'computed' | 'undecided';
  /** Authorities whose reveal may be missing here. */
  readonly waitingFor: readonly Fingerprint[];
}

/** Options of `computeSharedRandom`. */
export interface SharedRandomOptions {
  /**
   * The value before, which a consensus of the run states as its current one; null for none. Unless given, it is what
   * most votes of the run's last round state.
   */
  readonly previous?: SharedRandomValue | null;
  /** Who takes part: votes and commitments of others are left out (srv-spec 4.1.1). Everybody unless given. */
  readonly authorities?: ReadonlySet<Fingerprint>;
}

/** A line of a vote about somebody's commitment. */
interface Statement extends Sighting {
  readonly commit: SharedRandomCommit;
}

/**
 * Computes the runs that the votes belong to, the earliest first. Votes may come in any order and from any rounds; of two
 * votes of one authority for one round the first counts. Nothing is verified here.
 */
export function computeSharedRandom(
  votes: readonly SharedRandomVote[],
  options: SharedRandomOptions = {},
): readonly SharedRandomRun[] {
  const runs = new Map<string, SharedRandomVote[]>();
  for (const vote of inOrder(votes)) {
    const { interval, begins } = placeOf(vote);
    if (interval <= 0 || !takesPart(vote.source.identity, options)) continue;
    const name = `${interval} ${begins}`;
    const list = runs.get(name);
    if (list) list.push(vote);
    else runs.set(name, [vote]);
  }
  return Array.from(runs.values(), (list) => computeRun(list, options)).sort((a, b) => a.begins - b.begins);
}

function takesPart(identity: Fingerprint, { authorities }: SharedRandomOptions): boolean {
  return authorities === undefined || authorities.has(identity);
}

/** Where a document stands: the run's beginning, its rounds, and the slot (srv-spec 3.1: by the time alone). */
function placeOf({ validAfter, freshUntil }: Pick<Vote, 'validAfter' | 'freshUntil'>): {
  readonly interval: number;
  readonly slot: number;
  readonly begins: UnixSeconds;
} {
  const interval = freshUntil - validAfter;
  const round = Math.floor(validAfter / interval);
  const slot = round % roundsOfRun;
  return { interval, slot, begins: ((round - slot) * interval) as UnixSeconds };
}

/** By time, each authority's first vote of a round. */
function inOrder(votes: readonly SharedRandomVote[]): readonly SharedRandomVote[] {
  const seen = new Set<string>();
  const once = votes.filter(({ validAfter, source }) => {
    const name = `${validAfter} ${source.identity}`;
    return !seen.has(name) && seen.add(name);
  });
  return once.sort((a, b) => a.validAfter - b.validAfter);
}

function computeRun(votes: readonly SharedRandomVote[], options: SharedRandomOptions): SharedRandomRun {
  const { interval, begins } = placeOf(votes[0] as SharedRandomVote);
  const committers = committersOf(votes).filter(({ identity }) => takesPart(identity, options));
  const previous = options.previous === undefined ? statedBefore(votes) : (options.previous ?? undefined);
  const counted = committers.filter(({ outcome }) => outcome === 'revealed');
  const waitingFor = committers
    .filter(({ outcome }) => outcome === 'unrevealed' || outcome === 'unknown-algorithm')
    .map(({ identity }) => identity);
  const value = counted.length === 0 ? undefined : valueOf(counted, previous);
  return {
    interval,
    begins,
    published: (begins + interval * roundsOfRun) as UnixSeconds,
    slots: [...new Set(votes.map((vote) => placeOf(vote).slot))],
    votes: votes.length,
    committers,
    previous,
    value,
    outcome: value !== undefined && waitingFor.length === 0 ? 'computed' : 'undecided',
    waitingFor,
  };
}

/** What most votes of the last round here state as the current value: it is replaced only after the run. */
function statedBefore(votes: readonly SharedRandomVote[]): SharedRandomValue | undefined {
  const last = votes.at(-1)?.validAfter;
  const stated = votes
    .filter(({ validAfter }) => validAfter === last)
    .map((vote) => vote.sharedRandomCurrent);
  return mostFrequent(stated, (one) => (one ? `${one.reveals} ${one.value}` : ''));
}

/** The value that most often stands in the list; of equally frequent ones the first. */
function mostFrequent<T>(list: readonly T[], nameOf: (one: T) => string): T | undefined {
  const counts = new Map<string, { readonly first: T; count: number }>();
  for (const one of list) {
    const seen = counts.get(nameOf(one));
    if (seen) seen.count += 1;
    else counts.set(nameOf(one), { first: one, count: 1 });
  }
  let best: { readonly first: T; count: number } | undefined;
  for (const seen of counts.values()) if (!best || seen.count > best.count) best = seen;
  return best?.first;
}

function committersOf(votes: readonly SharedRandomVote[]): readonly Committer[] {
  const statements = new Map<Fingerprint, Statement[]>();
  const nicknames = new Map<string, string>();
  const sawLast = new Set<string>();
  for (const vote of votes) {
    const { slot } = placeOf(vote);
    nicknames.set(vote.source.identity, vote.source.nickname);
    if (slot === roundsOfRun - 1) sawLast.add(vote.source.identity);
    const told = new Set<Fingerprint>();
    for (const commit of vote.sharedRandomCommits) {
      const identity = parseFingerprint(commit.identity);
      // tor takes the first line of an authority.
      if (identity === undefined || told.has(identity)) continue;
      told.add(identity);
      const by = identity === vote.source.identity ? 'own-vote' : 'relayed';
      const list = statements.get(identity) ?? [];
      list.push({ slot, by, commit });
      statements.set(identity, list);
    }
  }
  return [...statements]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([identity, list]) => ({
      identity,
      nickname: nicknames.get(identity),
      ...fateOf(list, sawLast.has(identity)),
    }));
}

/** What an authority that received these votes would keep of one commitment, and what became of it (srv-spec 4.1). */
function fateOf(
  statements: readonly Statement[],
  sawLast: boolean,
): Omit<Committer, 'identity' | 'nickname'> {
  const kept = keptOf(statements);
  const { commit } = kept.commit;
  const sighting = ({ slot, by }: Statement): Sighting => ({ slot, by });
  const others = statements.filter((one) => one.commit.commit !== commit).map((one) => one.commit.commit);
  const base = { commit, committed: sighting(kept), ignored: [...new Set(others)] };
  // A reveal counts in the second half only, and only beside the commitment that was kept.
  const reveals = ownFirst(
    statements.filter(
      ({ slot, commit: line }) => slot >= commitRounds && line.commit === commit && line.reveal !== undefined,
    ),
  );
  const checked = reveals.map((statement) => ({ statement, ...checkCommit(statement.commit) }));
  const best = checked.find(({ outcome }) => outcome === 'revealed') ?? checked[0];
  if (best === undefined) {
    const { outcome, detail } = checkCommit({ ...kept.commit, reveal: undefined });
    const waiting = sawLast ? 'withheld' : 'unrevealed';
    const fate = outcome === 'wrong' || outcome === 'unknown-algorithm' ? outcome : waiting;
    return { ...base, reveal: undefined, revealed: undefined, outcome: fate, detail };
  }
  const outcome =
    best.outcome === 'revealed' || best.outcome === 'unknown-algorithm' ? best.outcome : 'wrong';
  return {
    ...base,
    reveal: best.statement.commit.reveal,
    revealed: sighting(best.statement),
    outcome,
    detail: best.detail,
  };
}

/**
 * The commitment that is kept: the first in the authority's own votes of the first half, unless a reveal stood beside it.
 * Where those votes are not here, what most votes of the first half relay, then what the second half says.
 */
function keptOf(statements: readonly Statement[]): Statement {
  const first = statements.filter(({ slot, commit }) => slot < commitRounds && commit.reveal === undefined);
  const second = statements.filter(({ slot }) => slot >= commitRounds);
  const own = first.find(({ by }) => by === 'own-vote');
  if (own) return own;
  const byCommit = ({ commit }: Statement): string => commit.commit;
  return (
    mostFrequent(first, byCommit) ??
    second.find(({ by }) => by === 'own-vote') ??
    mostFrequent(second, byCommit) ??
    (statements[0] as Statement)
  );
}

function ownFirst(statements: readonly Statement[]): readonly Statement[] {
  const own = statements.filter(({ by }) => by === 'own-vote');
  return [...own, ...statements.filter(({ by }) => by === 'relayed')];
}

/** The value of these reveals, as a consensus writes it. */
function valueOf(
  committers: readonly Committer[],
  previous: SharedRandomValue | undefined,
): SharedRandomValue {
  const before = previous && fromBase64(previous.value);
  const value = sharedRandomValue(
    committers.flatMap(({ identity, commit, reveal }) =>
      reveal === undefined ? [] : { identity, commit, reveal },
    ),
    before,
  );
  return { reveals: committers.length, value: `${toBase64(value)}=` };
}

/**
 * How a published value relates to a run:
 * - `same`: it is the one that all good reveals give;
 * - `subset`: it is the one without the reveals of some authorities, which are named;
 * - `differs`: no subset of the reveals gives it;
 * - `undecided`: it cannot be told, because a reveal may be missing here;
 * - `untimely`: the consensus is not of a time at which it says anything of the run.
 */
export interface SharedRandomComparison {
  readonly outcome: 'same' | 'subset' | 'differs' | 'undecided' | 'untimely';
  /** What the consensus published of this run. */
  readonly published: SharedRandomValue | undefined;
  /** The authorities whose reveals are not in it. */
  readonly without: readonly Fingerprint[];
  /** One sentence. */
  readonly because: string;
}

/** What is needed of a consensus. */
export type SharedRandomConsensus = Pick<
  Consensus,
  'validAfter' | 'freshUntil' | 'sharedRandomCurrent' | 'sharedRandomPrevious'
>;

/** Holds a run against a consensus of the next run, which states its value as current, or the one after: as previous. */
export function compareSharedRandom(
  run: SharedRandomRun,
  consensus: SharedRandomConsensus,
): SharedRandomComparison {
  const none = { published: undefined, without: [] };
  const later = Math.floor((consensus.validAfter - run.begins) / (run.interval * roundsOfRun));
  if (later !== 1 && later !== 2) {
    const when = later < 1 ? 'from before the value was made' : 'from after it was forgotten';
    return { ...none, outcome: 'untimely', because: `the consensus is ${when}` };
  }
  const published = later === 1 ? consensus.sharedRandomCurrent : consensus.sharedRandomPrevious;
  if (published === undefined)
    return { ...none, outcome: 'differs', because: 'the consensus states no such value' };
  if (same(published, run.value))
    return { outcome: 'same', published, without: [], because: 'all reveals give it' };
  if (same(published, run.previous))
    return { outcome: 'differs', published, without: [], because: 'it is still the value before' };
  const without = explainedBy(run, published);
  if (without)
    return {
      outcome: 'subset',
      published,
      without,
      because: `the reveals without ${without.length} of them give it`,
    };
  const missing = run.waitingFor.length > 0 || published.reveals > (run.value?.reveals ?? 0);
  const because = missing
    ? 'reveals that may have gone into it are not in these votes'
    : 'no subset of the reveals gives it';
  return { outcome: missing ? 'undecided' : 'differs', published, without: [], because };
}

function same(a: SharedRandomValue, b: SharedRandomValue | undefined): boolean {
  return a.reveals === b?.reveals && unpadded(a.value) === unpadded(b.value);
}

function unpadded(text: string): string {
  return text.replace(/=+$/, '');
}

/** More reveals than this are not tried in subsets: there are nine authorities, and each doubles the work. */
const mostReveals = 14;

/** The authorities whose reveals one has to leave out to get the published value; undefined when that does not help. */
function explainedBy(run: SharedRandomRun, published: SharedRandomValue): readonly Fingerprint[] | undefined {
  const counted = run.committers.filter(({ outcome }) => outcome === 'revealed');
  if (counted.length > mostReveals || published.reveals >= counted.length) return undefined;
  for (let subset = 1; subset < 2 ** counted.length; subset += 1) {
    const chosen = counted.filter((_, index) => ((subset >> index) & 1) === 1);
    if (chosen.length !== published.reveals) continue;
    if (!same(published, valueOf(chosen, run.previous))) continue;
    return counted.filter((one) => !chosen.includes(one)).map(({ identity }) => identity);
  }
  return undefined;
}
