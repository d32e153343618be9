/** The votes of a round as allium keeps them, made piece by piece from the archive. */
import { bytesOf, sha256, toHex } from '@conclave/netdoc';
import type { AlliumFile } from '../api/index.ts';
import { alliumConsensus } from '../analysis/index.ts';
import type { Row } from '../store/index.ts';
import type { AnswerSources } from './context.ts';
import { fromArchivesAlone } from './past.ts';
import { readVotes, roundVotes } from './round-votes.ts';

/** Which edition of the file: whoever holds one of an earlier edition is given a new one. */
const edition = 1;

/** The file of a round; of the newest whose votes are held unless a time is given (`at`, ISO). Undefined where none is. */
export async function alliumAnswer(
  sources: AnswerSources,
  at: string | undefined,
): Promise<AlliumFile | undefined> {
  const asked = at === undefined ? undefined : Date.parse(at) / 1000;
  const found = await roundVotes(sources, asked);
  if (!found || found.held.length === 0) return undefined;
  const { round, held, unheld, voters } = found;
  const nameOf = (identity: string): string =>
    voters.find(({ v3ident }) => v3ident === identity)?.nickname ?? identity.slice(0, 8);
  const came = await fromArchivesAlone(
    sources.store,
    held.map(({ sha256 }) => sha256),
  );
  const times = held.flatMap(({ sha256, first_seen }) => first_seen ?? came.get(sha256 ?? '') ?? []);
  if (times.length === 0) return undefined;
  const fetchedAt = Math.max(...times);
  const digests = held.map(({ sha256 }) => sha256 ?? '').sort();
  const tag = bytesOf(`${edition} ${round.method} ${unheld.length} ${digests.join(' ')}`);
  return {
    etag: `"allium-${toHex(sha256(tag)).slice(0, 32).toLowerCase()}"`,
    modifiedAt: fetchedAt,
    validAfter: round.valid_after ?? 0,
    pieces: () => piecesOf(sources, { round, held, fetchedAt, nameOf, unheld }),
  };
}

interface Parts {
  readonly round: Row<'rounds'>;
  readonly held: readonly Row<'votes'>[];
  readonly unheld: readonly string[];
  readonly fetchedAt: number;
  readonly nameOf: (identity: string) => string;
}

async function* piecesOf(
  sources: AnswerSources,
  { round, held, unheld, fetchedAt, nameOf }: Parts,
): AsyncGenerator<string> {
  const votes = await readVotes(sources, held);
  const text = alliumConsensus({
    votes: votes.map((vote) => ({ name: nameOf(vote.source.identity), vote })),
    method: round.method,
    fetchedAt,
    errors: unheld.map(
      (identity) => `${nameOf(identity)}: the consensus names its vote, and it is not held here`,
    ),
  });
  for (const piece of text) {
    yield piece;
    await sources.breathe?.();
  }
}
