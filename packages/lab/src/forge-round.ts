/** One forged round: the votes that are posted to the real authority, made and signed, and when each is posted. */
import { forgeEntries, forgeSubjects, type KnownRelay } from './forge-entries.ts';
import { forgeHeader } from './forge-header.ts';
import { temperOf } from './forge-temper.ts';
import { createRandom, seedBytes, type Random } from './random.ts';
import { writeVote, type Voter } from './vote.ts';

/** A vote to be posted. */
export interface ForgedPost {
  readonly voter: Voter;
  readonly vote: Buffer;
  /** Before the real authority has voted, or after: the order of arrival decides ties. */
  readonly early: boolean;
}

/** What the votes of a round are made from. */
export interface ForgedRoundOptions {
  readonly seed: string;
  readonly round: number;
  readonly validAfter: Date;
  /** Those that can be spoken for. */
  readonly voters: readonly Voter[];
  readonly known: readonly KnownRelay[];
}

/** Makes the posts of one round, in their order. Same options, same votes. */
export function forgePosts(options: ForgedRoundOptions): readonly ForgedPost[] {
  const { seed, round, validAfter, voters, known } = options;
  const random = createRandom(seed, 'round', round);
  const temper = temperOf(seed, round, voters.length);
  const subjects = forgeSubjects(temper, { seed, round, now: validAfter, known });
  const legacyDirKeys = voters.map((_, i) => hex(seedBytes(seed, 'legacy', i).subarray(0, 20)));
  const lateShare = random.pick([0, 0, 0.5, 1]);
  const make = (voter: Voter, vote: number, published: Date): Buffer => {
    const header = forgeHeader(temper, { seed, round, vote, validAfter, published, legacyDirKeys });
    const entries = forgeEntries(temper, subjects, { seed, round, vote, knownFlags: header.knownFlags });
    return writeVote(voter, { header, entries, footer: !random.chance(0.05) });
  };
  const chosen = shuffled(voters, random).slice(0, temper.voteCount);
  const posts = chosen.map((voter, i): ForgedPost => {
    const published = new Date(validAfter.getTime() - 10_000 + i * 1000);
    return { voter, vote: make(voter, i, published), early: !random.chance(lateShare) };
  });
  const [first] = posts;
  if (first === undefined || !random.chance(0.1)) return posts;
  // An authority changes its mind: what it published later takes the place of what it posted before.
  const before = make(first.voter, voters.length, new Date(validAfter.getTime() - 20_000));
  return [{ ...first, vote: before, early: true }, ...posts];
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}
