/** Of rounds that lie back: whose word counted then, and which documents nobody was seen to serve, because archives brought them. */
import { publicAuthoritySets } from '../network/index.ts';
import type { Authority } from '../network/index.ts';
import { authoritiesOf, authorityLineOf, authorityOfRow } from '../pipeline/index.ts';
import type { AuthorityLine } from '../pipeline/index.ts';
import type { Row, Store } from '../store/index.ts';

/** Whose word counts now, and whose did when. */
export interface Authorities {
  readonly now: readonly Authority[];
  readonly lines: readonly AuthorityLine[];
}

/** Gathers them. */
export async function readAuthorities(store: Store): Promise<Authorities> {
  return {
    now: (await store.query('authorities')).map(authorityOfRow),
    lines: (await store.query('authorityLines')).map(authorityLineOf),
  };
}

/** The authorities of the day of a round: those watched when it was seen, else those of its day that a backfill went by. */
export function authoritiesThen(
  { now, lines }: Authorities,
  round: Pick<Row<'rounds'>, 'valid_after' | 'first_seen'>,
): readonly Authority[] {
  return authoritiesOf(lines, round.valid_after ?? 0, round.first_seen ?? undefined)?.authorities ?? now;
}

/** Everybody who ever counted here, by v3 identity; of several names the newest, and first of all that of today. */
export function namesEver({ now, lines }: Authorities): ReadonlyMap<string, string> {
  const anyPublic = lines.some(({ authorities }) => authorities === undefined);
  const ever = [
    ...(anyPublic ? publicAuthoritySets.flatMap(({ set }) => set.authorities) : []),
    ...lines.flatMap(({ authorities }) => authorities ?? []),
    ...now,
  ];
  return new Map(ever.flatMap((one) => (one.v3ident ? [[one.v3ident as string, one.nickname]] : [])));
}

/** Of these documents those that came out of archives alone, by SHA-256: when they came, in ms. */
export async function fromArchivesAlone(
  store: Store,
  names: readonly (string | null)[],
): Promise<ReadonlyMap<string, number>> {
  if (names.length === 0) return new Map();
  const rows = await store.query('fromArchivesAlone', { names: names.join(',') });
  return new Map(rows.map(({ sha256, came }) => [sha256, came]));
}
