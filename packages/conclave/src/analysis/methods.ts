/** Which consensus methods the voters support, and which could be used (S2.2.2; dir-spec 3.8.1). */

/** Of so many votes, more than two thirds must support a method: 7 of 9. */
export function methodNeeded(votes: number): number {
  return Math.floor((2 * votes) / 3) + 1;
}

/** The highest method that enough of these votes support; 1, as tor takes it, when there is none. */
export function possibleMethod(votes: readonly (readonly number[])[]): number {
  const counts = new Map<number, number>();
  for (const methods of votes)
    for (const method of new Set(methods)) counts.set(method, (counts.get(method) ?? 0) + 1);
  const enough = [...counts].filter(([, count]) => count >= methodNeeded(votes.length));
  return Math.max(1, ...enough.map(([method]) => method));
}
