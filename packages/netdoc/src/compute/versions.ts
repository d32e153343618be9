/** The recommended versions: `client-versions` and `server-versions` (dir-spec 3.4.1, 3.8). */
import { frequentRuns } from './frequent.ts';
import { rankVersions } from './version-order.ts';

/** The list, and the version-equal texts between which only the order of the votes decided. */
export interface VotedVersions {
  readonly text: string;
  readonly ties: readonly string[];
}

/** Splits a list as tor does: at commas, white space around dropped, blanks dropped. */
export function splitVersions(line: string): readonly string[] {
  return line
    .split(',')
    .map((text) => text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, ''))
    .filter((text) => text !== '');
}

/**
 * What more than half of the votes that have the line recommend. Versions that compare equal count as one within a vote,
 * but as different texts between votes; then the order of the votes decides whether equal texts stand together.
 */
export function voteVersions(lists: readonly (readonly string[])[]): VotedVersions {
  const { rankOf } = rankVersions(lists.flat());
  const rank = (text: string): number => rankOf.get(text) as number;
  const sorted = (texts: readonly string[]): string[] => [...texts].sort((a, b) => rank(a) - rank(b));
  const pooled = sorted(
    lists.flatMap((list) =>
      sorted(list).filter((text, index, all) => index === 0 || rank(all[index - 1] as string) !== rank(text)),
    ),
  );
  const more = Math.trunc(lists.length / 2);
  return { text: frequentRuns(pooled, more).join(','), ties: tiesOf(pooled, rank, more) };
}

/** Texts that compare equal and differ, one of which is frequent enough if its votes stand together. */
function tiesOf(pooled: readonly string[], rank: (text: string) => number, more: number): readonly string[] {
  const ties: string[] = [];
  for (let from = 0; from < pooled.length;) {
    let to = from + 1;
    while (to < pooled.length && rank(pooled[to] as string) === rank(pooled[from] as string)) to += 1;
    const counts = new Map<string, number>();
    for (const text of pooled.slice(from, to)) counts.set(text, (counts.get(text) ?? 0) + 1);
    if (counts.size > 1 && Math.max(...counts.values()) > more) ties.push(...counts.keys());
    from = to;
  }
  return ties;
}
