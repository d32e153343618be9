/** What there is to measure of the votes of a round: reading them all, and computing the consensus of them. */
import { computeConsensus, parseVote, type Vote } from '@conclave/netdoc';
import { BenchError, type Job } from './jobs.ts';
import type { ReadFile } from './pairs.ts';

/** The kinds of work on a round. */
export const roundKinds = ['parse-round', 'compute'] as const;
/** One of them. */
export type RoundWhat = (typeof roundKinds)[number];

/** The work on the votes of a round, prepared; a `BenchError` where one of the files is no vote. */
export function roundJobOf(what: RoundWhat, files: readonly ReadFile[]): Job {
  const parse = (): readonly Vote[] => files.map(voteOf);
  const votes = parse();
  const compute = () => computeConsensus(votes, { authorities: votes.length });
  const outcome = compute();
  if (outcome.outcome !== 'computed')
    throw new BenchError(65, `no consensus of these votes: ${JSON.stringify(outcome)}`);
  const relays = (): number => outcome.ns?.relays ?? 0;
  return { run: what === 'compute' ? compute : parse, items: relays };
}

/** The same for a process that does only this: computing begins with reading, so that both are in its memory. */
export function wholeRoundOf(what: RoundWhat, files: readonly ReadFile[]): Job {
  const run = () => {
    const votes = files.map(voteOf);
    return what === 'compute' ? computeConsensus(votes, { authorities: votes.length }) : votes;
  };
  return { run, items: () => files.length };
}

function voteOf({ file, bytes }: ReadFile): Vote {
  const { document } = parseVote(bytes);
  if (!document) throw new BenchError(65, `${file}: expected a vote that can be read`);
  return document;
}

/** The votes with the entries of so many relays only, the first of them by identity. */
export function cutVotes(files: readonly ReadFile[], relays: number): readonly ReadFile[] {
  const [first] = files;
  if (!first) return [];
  const { identity, count } = voteOf(first).routers;
  if (relays >= count) return files;
  const limit = Buffer.from(identity.subarray(relays * 20, relays * 20 + 20));
  return files.map(({ file, bytes }) => {
    const { routers } = voteOf({ file, bytes });
    let row = 0;
    while (row < routers.count && limit.compare(routers.identity, row * 20, row * 20 + 20) > 0) row += 1;
    const [from, to] = [routers.start[row] ?? 0, routers.start[routers.count] ?? 0];
    return { file, bytes: Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]) };
  });
}
