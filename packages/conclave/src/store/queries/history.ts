/**
 * Queries over many rounds: the numbers of relays and texts, series of figures, the history of one relay, who came and went.
 * ClickHouse's names stand for what DuckDB writes otherwise (`arrayJoin`, `splitByChar`, `bitAnd`, `intDiv`).
 */
import type { Row } from '../tables.ts';
import { query } from './query.ts';

/** Names in one text, with `separator` between them. */
export interface Names {
  readonly names: string;
  readonly separator: string;
}

/** From this valid-after on, and before that one, in seconds. */
export interface RoundSpan {
  readonly since: number;
  readonly until: number;
}

/** Queries of the history. */
export const historyQueries = {
  flagNames: query<undefined, Row<'flag_names'>>('SELECT * FROM flag_names ORDER BY flag'),
  /** How many relays and texts have numbers. */
  numbered: query<undefined, { relays: number; texts: number }>(
    'SELECT (SELECT count(*) FROM relays) AS relays, (SELECT count(*) FROM texts) AS texts',
  ),
  relaysNamed: query<Names, { number: number; name: string }>(
    `SELECT relay AS number, fingerprint AS name FROM relays
     WHERE fingerprint IN (SELECT arrayJoin(splitByChar($separator, $names)))`,
  ),
  textsNamed: query<Names, { number: number; name: string }>(
    `SELECT id AS number, text AS name FROM texts
     WHERE text IN (SELECT arrayJoin(splitByChar($separator, $names)))`,
  ),
} as const;
