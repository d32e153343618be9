/** A second reader of consensuses and votes for tests: slow, by lines and maps, sharing nothing with the library. */

/** What a document says of each relay. */
export interface Decisions {
  readonly knownFlags: readonly string[];
  /** By identity as the `r` line has it: its flags. */
  readonly relays: ReadonlyMap<string, ReadonlySet<string>>;
  readonly weightSum: number;
  readonly measured: number;
}

/** Reads a document by its lines. */
export function decisionsOf(text: string): Decisions {
  let knownFlags: readonly string[] = [];
  const relays = new Map<string, Set<string>>();
  let [weightSum, measured, identity] = [0, 0, ''];
  for (const line of text.split('\n')) {
    const words = line.split(' ');
    if (words[0] === 'directory-footer') break;
    if (words[0] === 'known-flags') knownFlags = words.slice(1);
    if (words[0] === 'r') {
      identity = words[2] ?? '';
      relays.set(identity, new Set());
    }
    if (words[0] === 's') relays.set(identity, new Set(words.slice(1).filter(Boolean)));
    if (words[0] === 'w' && identity !== '') {
      for (const word of words) {
        if (word.startsWith('Bandwidth=')) weightSum += Number(word.slice(10));
        if (word.startsWith('Measured=')) measured += 1;
      }
    }
  }
  return { knownFlags, relays, weightSum, measured };
}

/** Agreement as S2.1.6 has it, decision by decision. */
export function slowAgreement(
  agreed: string | Decisions,
  voted: string | Decisions,
): { equal: number; decisions: number; perFlag: { flag: string; equal: number; decisions: number }[] } {
  const [one, other] = [agreed, voted].map((given) =>
    typeof given === 'string' ? decisionsOf(given) : given,
  ) as [Decisions, Decisions];
  const perFlag = other.knownFlags
    .filter((flag) => one.knownFlags.includes(flag))
    .map((flag) => {
      let [equal, decisions] = [0, 0];
      for (const [identity, flags] of one.relays) {
        const theirs = other.relays.get(identity);
        if (!theirs) continue;
        decisions += 1;
        if (flags.has(flag) === theirs.has(flag)) equal += 1;
      }
      return { flag, equal, decisions };
    });
  const sum = (key: 'equal' | 'decisions'): number => perFlag.reduce((total, row) => total + row[key], 0);
  return { equal: sum('equal'), decisions: sum('decisions'), perFlag };
}
