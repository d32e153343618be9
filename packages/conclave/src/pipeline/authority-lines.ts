/**
 * Whose word counted when: the lines of the journal that named authorities, those that were watched and those whose
 * documents were read out of archives. A line is kept when it says something else than the one of its kind before it.
 */
import { publicAuthoritiesAt } from '../network/index.ts';
import type { Authority, AuthoritySet } from '../network/index.ts';
import type { Batch, Row } from '../store/index.ts';

/** A line that named authorities. */
export interface AuthorityLine {
  readonly kind: 'watching' | 'backfilling';
  /** In ms. */
  readonly at: number;
  readonly network: string;
  /** Absent where the public network's are meant, those of each document's own time. */
  readonly authorities?: readonly Authority[] | undefined;
}

/** Notes a line of the journal, when it is news. */
export function noteAuthorities(
  { kind, at, network, authorities }: AuthorityLine,
  lines: AuthorityLine[],
  batch: Batch,
): void {
  const line = { kind, at, network, ...(authorities ? { authorities } : {}) };
  const before = lines.findLast((one) => one.kind === kind);
  const said = textOf(line);
  if (before && textOf(before) === said) return;
  lines.push(line);
  batch.put('authority_lines', `${kind}/${at}`, { kind, said_at: at, said });
}

type Said = Pick<AuthorityLine, 'network' | 'authorities'>;

function textOf({ network, authorities }: Said): string {
  return JSON.stringify({ network, authorities });
}

/** A line from its row. */
export function authorityLineOf({ kind, said_at, said }: Row<'authority_lines'>): AuthorityLine {
  const line = JSON.parse(said ?? '') as Said;
  return { kind: kind === 'watching' ? kind : 'backfilling', at: said_at ?? 0, ...line };
}

/**
 * The authorities whose word counted for a round: those that were watched when it was seen (ms); of a round that nobody
 * watched those that the backfill named, or the public network's of its day. Undefined where nobody knows.
 */
export function authoritiesOf(
  lines: readonly AuthorityLine[],
  validAfter: number,
  seenAt: number | undefined,
): AuthoritySet | undefined {
  if (seenAt !== undefined) {
    const watching = lines.filter(({ kind }) => kind === 'watching');
    const moment = Math.max(validAfter * 1000, seenAt);
    const line = watching.findLast(({ at }) => at <= moment) ?? watching[0];
    if (line?.authorities) return { network: line.network, authorities: line.authorities };
  }
  const line = lines.findLast(({ kind }) => kind === 'backfilling');
  if (line?.authorities) return { network: line.network, authorities: line.authorities };
  return line ? publicAuthoritiesAt(validAfter) : undefined;
}
