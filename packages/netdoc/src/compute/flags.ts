/** The flags that the votes know, and where each stands in each vote (dir-spec 3.4.1, 3.8). */
import { compareByteTexts } from './byte-text.ts';
import type { Ballot } from './ballot.ts';

/** Flags that mean something to the computation itself. */
const meaningful = [
  'BadExit',
  'Exit',
  'Guard',
  'HSDir',
  'MiddleOnly',
  'Named',
  'NoEdConsensus',
  'Running',
  'Unnamed',
  'V2Dir',
  'Valid',
] as const;

/** Where they stand in the union; −1 where no vote knows them. */
export type MeaningfulFlags = Readonly<Record<(typeof meaningful)[number], number>>;

/** All flags that any vote knows, and NoEdConsensus, in order of bytes. */
export interface FlagUnion {
  readonly names: readonly string[];
  /** How many votes know each: a flag needs more than half of them. */
  readonly voters: Int32Array;
  /** For each vote 64 places: bit of its entries to flag of the union, −1 for none. */
  readonly places: readonly Int32Array[];
  /** The flags that an entry may get, ascending: a vote may know more than the 64 that have bits. */
  readonly attainable: Int32Array;
  readonly at: MeaningfulFlags;
}

/** Bits that the flags of an entry have. */
const bitsMax = 64;

/** Collects the flags. */
export function flagUnion(ballots: readonly Ballot[]): FlagUnion {
  const all = ballots.flatMap(({ header }) => header.knownFlags);
  const names = [...new Set([...all, 'NoEdConsensus'])].sort(compareByteTexts);
  const indexOf = new Map(names.map((name, index) => [name, index]));
  const voters = new Int32Array(names.length);
  const attainable = new Set<number>();
  const places = ballots.map(({ header: { knownFlags } }) => {
    for (const flag of new Set(knownFlags)) {
      const index = indexOf.get(flag) as number;
      voters[index] = (voters[index] as number) + 1;
    }
    const place = new Int32Array(bitsMax).fill(-1);
    for (const [bit, flag] of knownFlags.slice(0, bitsMax).entries()) {
      const index = indexOf.get(flag) as number;
      place[bit] = index;
      attainable.add(index);
    }
    return place;
  });
  const at = {} as Record<(typeof meaningful)[number], number>;
  for (const name of meaningful) at[name] = indexOf.get(name) ?? -1;
  for (const index of Object.values(at)) if (index >= 0) attainable.add(index);
  return { names, voters, places, attainable: Int32Array.from(attainable).sort(), at };
}
