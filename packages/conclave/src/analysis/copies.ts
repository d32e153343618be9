/** Several votes of one authority for one round: does one take the place of another, or does it say two things at once? */

/** Who served a document, when first and last, in ms. */
export interface Serving {
  readonly authority: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** One vote as it was seen. */
export interface VoteCopy {
  readonly sha256: string;
  /** Of its signed part. */
  readonly digest: string | null;
  readonly published: number | null;
  /** Of the verdict on it. */
  readonly outcome: string | null;
  /** In ms; absent where nobody was seen to serve it. */
  readonly firstSeen: number | undefined;
  readonly servedBy: readonly Serving[];
}

/**
 * What a vote is to the other votes of its author:
 *
 * - `only`: there is no other; `same-digest`: the same vote once more, in other bytes (another signature over it);
 * - `replaced`, `replacement`: the one published later took the place of the earlier, as tor allows, and nobody went on
 *   serving the earlier (dir-spec 3.5);
 * - `equivocation`: properly signed votes that differ, and none took the place of the other;
 * - `untold`: properly signed votes that differ, and one of them nobody was seen to serve: which of the above, nobody can tell;
 * - `refused`: it does not verify, and so says nothing about its author.
 */
export type VoteRelation =
  'only' | 'same-digest' | 'replaced' | 'replacement' | 'equivocation' | 'untold' | 'refused';

/** The relation of each vote of one author for one round, by SHA-256. */
export function relateVotes(copies: readonly VoteCopy[]): ReadonlyMap<string, VoteRelation> {
  const relations = new Map<string, VoteRelation>();
  const groups = new Map<string, VoteCopy[]>();
  for (const copy of copies) {
    if (copy.outcome !== 'accepted' || copy.digest === null) relations.set(copy.sha256, 'refused');
    else groups.set(copy.digest, [...(groups.get(copy.digest) ?? []), copy]);
  }
  // One that nobody was seen to serve took no place that we know of, nor kept one.
  const votes = [...groups.values()];
  const served = votes.filter((group) => group.some(({ servedBy }) => servedBy.length > 0));
  const newest = newestOf(served);
  const isOver = (group: readonly VoteCopy[]): boolean =>
    newest !== undefined && group !== newest && isReplaced(group, newest);
  const settled = served.every((group) => group === newest || isOver(group));
  for (const group of votes) {
    const relation: VoteRelation =
      votes.length === 1
        ? 'only'
        : served.length < 2 || !served.includes(group)
          ? 'untold'
          : group === newest && settled
            ? 'replacement'
            : isOver(group)
              ? 'replaced'
              : 'equivocation';
    const first = earliest(group);
    for (const copy of group)
      relations.set(copy.sha256, votes.length === 1 && copy !== first ? 'same-digest' : relation);
  }
  return relations;
}

/** The vote published last; undefined when two were published in the same second. */
function newestOf(votes: readonly VoteCopy[][]): VoteCopy[] | undefined {
  const published = (group: readonly VoteCopy[]): number => group[0]?.published ?? 0;
  const last = Math.max(...votes.map(published));
  const newest = votes.filter((group) => published(group) === last);
  return newest.length === 1 ? newest[0] : undefined;
}

/** Nobody who served the older vote after the newer was there stayed with it. */
function isReplaced(older: readonly VoteCopy[], newer: readonly VoteCopy[]): boolean {
  const since = Math.min(...newer.flatMap(({ servedBy }) => servedBy.map(({ firstSeen }) => firstSeen)));
  const servers = older.flatMap(({ servedBy }) => servedBy).filter(({ lastSeen }) => lastSeen > since);
  return servers.every(({ authority, lastSeen }) =>
    newer.some(({ servedBy }) =>
      servedBy.some((one) => one.authority === authority && one.lastSeen > lastSeen),
    ),
  );
}

/** What nobody saw comes behind what somebody did. */
function earliest(group: readonly VoteCopy[]): VoteCopy | undefined {
  return group.toSorted((a, b) => (a.firstSeen ?? Infinity) - (b.firstSeen ?? Infinity) || 0)[0];
}
