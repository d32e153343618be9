/** The `package` lines of methods before 34 (dir-spec 3.4.1, 3.8; proposal 227). */
import { compareByteTexts } from './byte-text.ts';

/** This many votes must list a package. */
const enoughVotes = 3;

/** `NAME VERSION URL TYPE=VALUE …`: single spaces, and each last word with one `=` inside. */
function isPackage(line: string): boolean {
  const [name = '', version = '', url = '', ...digests] = line.split(' ');
  if (name === '' || version === '' || url === '' || digests.length === 0) return false;
  return digests.every((digest) => /^[^=]+=[^=]+$/s.test(digest));
}

/** A package as voted: its line in each vote that has one, sorted, and the one that was kept. */
export interface VotedPackage {
  readonly key: string;
  readonly lines: readonly string[];
  readonly kept: string | undefined;
}

/** Packages by name and version; of several lines in one vote the last counts. */
export function votePackages(lists: readonly (readonly string[])[]): readonly VotedPackage[] {
  const voted = new Map<string, string[]>();
  for (const list of lists) {
    const own = new Map<string, string>();
    for (const line of list) {
      if (isPackage(line)) own.set(line.split(' ', 2).join(' '), line);
    }
    for (const [key, line] of own) {
      const sofar = voted.get(key);
      if (sofar) sofar.push(line);
      else voted.set(key, [line]);
    }
  }
  return [...voted].map(([key, lines]) => {
    const sorted = lines.sort(compareByteTexts);
    const { line, count } = lastMostFrequent(sorted);
    const kept = sorted.length >= enoughVotes && count > Math.trunc(sorted.length / 2) ? line : undefined;
    return { key, lines: sorted, kept };
  });
}

/** Of lines equally frequent the last. */
function lastMostFrequent(sorted: readonly string[]): { readonly line: string; readonly count: number } {
  let best = { line: '', count: 0 };
  for (let from = 0; from < sorted.length;) {
    const line = sorted[from] as string;
    const to = sorted.lastIndexOf(line) + 1;
    if (to - from >= best.count) best = { line, count: to - from };
    from = to;
  }
  return best;
}

/** The lines in their order, which is that of the whole lines with their ends. */
export function packageLines(voted: readonly VotedPackage[]): readonly string[] {
  return voted
    .flatMap(({ kept }) => (kept === undefined ? [] : [`package ${kept}\n`]))
    .sort(compareByteTexts)
    .map((line) => line.slice(0, -1));
}
