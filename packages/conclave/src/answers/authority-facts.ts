/** The rows of the store gathered once for all authorities, for one answer. */
import type { Row } from '../store/index.ts';
import { isVoter } from '../network/index.ts';
import type { Authority, Voter } from '../network/index.ts';
import type { AnswerSources } from './context.ts';
import { authoritiesThen, readAuthorities } from './past.ts';

/** How many rounds a row of beats has. */
export const beatsShown = 24;

/** Everything that the authority table is made of. */
export interface AuthorityFacts {
  readonly nowMs: number;
  readonly authorities: readonly Authority[];
  /** Who counted when the newest round was made; those of today where there is none. */
  readonly voters: readonly Voter[];
  readonly states: ReadonlyMap<string, Row<'states'>>;
  readonly certificates: readonly Row<'certificates'>[];
  /** Newest observations, by nickname, oldest first. */
  readonly observations: ReadonlyMap<string, readonly Row<'observations'>[]>;
  /** Newest first. */
  readonly rounds: readonly Row<'rounds'>[];
  readonly sources: readonly Row<'sources'>[];
  readonly votes: readonly Row<'votes'>[];
  readonly signatures: readonly Row<'signatures'>[];
  readonly newestVotes: ReadonlyMap<string, number>;
  /** valid-after times at which a tick was made within the interval that follows: rounds that we watched. */
  readonly watched: ReadonlySet<number>;
  /** By valid-after and nickname: when the authority was first seen to serve that consensus, in ms. */
  readonly firstServed: ReadonlyMap<string, number>;
}

/** How far back the newest observations go, in ms. */
export function windowMs(probeSeconds: number): number {
  return Math.max(60_000, probeSeconds * 30_000);
}

function grouped(rows: readonly Row<'observations'>[]): Map<string, Row<'observations'>[]> {
  const groups = new Map<string, Row<'observations'>[]>();
  for (const row of rows) {
    const list = groups.get(row.authority ?? '');
    if (list) list.push(row);
    else groups.set(row.authority ?? '', [row]);
  }
  return groups;
}

/** Gathers the facts; `probeSeconds` says how far back "newest" reaches. */
export async function gatherFacts(
  { store, now }: AnswerSources,
  probeSeconds: number,
): Promise<AuthorityFacts> {
  const nowMs = now();
  const rounds = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: beatsShown });
  const newest = rounds[0];
  const interval = newest ? (newest.fresh_until ?? 0) - (newest.valid_after ?? 0) : 3600;
  const since = newest ? (newest.valid_after ?? 0) - interval * beatsShown : 0;
  const states = await store.query('states');
  const authorities = await readAuthorities(store);
  // Where nobody was ever watched, those are shown whose rounds an archive brought.
  const then = newest ? authoritiesThen(authorities, newest) : authorities.now;
  const watched = await store.query('watchedSlots', {
    since: since * 1000,
    width: Math.max(1, interval) * 1000,
    shift: ((newest?.valid_after ?? 0) % Math.max(1, interval)) * 1000,
  });
  const served = await store.query('firstServed', { since });
  return {
    nowMs,
    authorities: authorities.now.length > 0 ? authorities.now : then,
    voters: then.filter(isVoter),
    states: new Map(states.map((row) => [row.nickname ?? '', row])),
    certificates: await store.query('certificates'),
    observations: grouped(await store.query('observationsSince', { since: nowMs - windowMs(probeSeconds) })),
    rounds,
    sources: await store.query('sourcesSince', { since }),
    votes: await store.query('votesSince', { since }),
    signatures: await store.query('signaturesSince', { since }),
    newestVotes: new Map(
      (await store.query('newestVotes')).map(({ identity, valid_after }) => [identity, valid_after]),
    ),
    watched: new Set(watched.map(({ slot }) => Math.round(slot / 1000))),
    firstServed: new Map(served.map((row) => [`${row.valid_after}/${row.authority}`, row.first_seen])),
  };
}
