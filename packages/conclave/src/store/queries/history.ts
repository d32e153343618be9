/**
 * Queries over many rounds: the numbers of relays and texts, series of figures, the history of one relay, who came and went.
 * ClickHouse's names stand for what DuckDB writes otherwise (`arrayJoin`, `splitByChar`, `bitAnd`, `bitCount`). Spans are
 * valid-after times in seconds, from `since` on and before `until`.
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

/** Names of figures with commas between them. */
export interface FigureSpan extends RoundSpan {
  readonly figures: string;
}

/** A run of rounds in which a relay was listed the same way. */
export interface RelayRun {
  readonly first_round: number;
  readonly last_round: number;
  /** How many of the rounds held are in it. */
  readonly rounds: number;
  readonly flags: number;
  readonly version: string | null;
  readonly policy: string | null;
  readonly ipv4: number;
  readonly or_port: number;
  readonly least_weight: number | null;
  readonly mean_weight: number | null;
  readonly most_weight: number | null;
  /** Rounds in which it was marked `Unmeasured=1`. */
  readonly unmeasured: number;
}

/** How two neighbouring rounds differ. */
export interface ChurnRow {
  readonly valid_after: number;
  /** The round held before it. */
  readonly before: number;
  readonly relays: number;
  readonly came: number;
  readonly went: number;
  /** Flags of relays that are in both. */
  readonly gained: number;
  readonly lost: number;
}

const chosenFigures = "figure IN (SELECT arrayJoin(splitByChar(',', $figures)))";

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
  /** The rounds of which a consensus is held; what is between them and not here is a gap. */
  heldRounds: query<RoundSpan, { valid_after: number; interval: number }>(
    `SELECT valid_after, fresh_until - valid_after AS interval FROM rounds
     WHERE valid_after >= $since AND valid_after < $until ORDER BY valid_after`,
  ),
  /** First and last round held; one row, with nulls where none is. */
  heldSpan: query<undefined, { first_round: number | null; last_round: number | null; rounds: number }>(
    'SELECT min(valid_after) AS first_round, max(valid_after) AS last_round, count(*) AS rounds FROM rounds',
  ),
  /** The same of a span. */
  heldIn: query<RoundSpan, { first_round: number | null; last_round: number | null; rounds: number }>(
    `SELECT min(valid_after) AS first_round, max(valid_after) AS last_round, count(*) AS rounds FROM rounds
     WHERE valid_after >= $since AND valid_after < $until`,
  ),
  /** How many rounds of each UTC day are held. */
  heldDays: query<RoundSpan, { day: number; rounds: number }>(
    `SELECT intDiv(valid_after, 86400) * 86400 AS day, count(*) AS rounds FROM rounds
     WHERE valid_after >= $since AND valid_after < $until GROUP BY intDiv(valid_after, 86400) * 86400 ORDER BY day`,
  ),
  /** Rounds that there should be between two that are held: by the interval of the one before them. */
  gaps: query<RoundSpan, { first_missing: number; last_missing: number; rounds: number }>(
    `WITH held AS (
       SELECT valid_after, lag(valid_after, 1, 0) OVER (ORDER BY valid_after) AS before,
         lag(fresh_until, 1, 0) OVER (ORDER BY valid_after) AS due
       FROM rounds WHERE valid_after >= $since AND valid_after < $until
     ), missing AS (
       SELECT due, due - before AS width, intDiv(valid_after - due, due - before) AS rounds FROM held
       WHERE before > 0 AND due > before
     )
     SELECT due AS first_missing, due + (rounds - 1) * width AS last_missing, rounds FROM missing
     WHERE rounds > 0 ORDER BY due`,
  ),
  figureNames: query<undefined, { figure: string }>('SELECT DISTINCT figure FROM days ORDER BY figure'),
  series: query<FigureSpan, Row<'figures'>>(
    `SELECT valid_after, figure, value FROM figures
     WHERE valid_after >= $since AND valid_after < $until AND ${chosenFigures} ORDER BY valid_after, figure`,
  ),
  daySeries: query<FigureSpan, Row<'days'>>(
    `SELECT day, figure, least, mean, most, rounds FROM days
     WHERE day >= $since AND day < $until AND ${chosenFigures} ORDER BY day, figure`,
  ),
  /** How many relays have each flag, by day. */
  flagDays: query<RoundSpan, Row<'days'>>(
    `SELECT day, figure, least, mean, most, rounds FROM days
     WHERE day >= $since AND day < $until AND figure LIKE 'flag:%' ORDER BY day, figure`,
  ),
  /** Figures of a round and of four others, for example the same hour a day, a week, a month and a year before. */
  figuresAt: query<
    { figures: string; at: number; day: number; week: number; month: number; year: number },
    Row<'figures'>
  >(
    `SELECT valid_after, figure, value FROM figures
     WHERE valid_after IN ($at, $day, $week, $month, $year) AND ${chosenFigures} ORDER BY valid_after, figure`,
  ),
  relay: query<{ fingerprint: string }, Row<'relays'>>(
    'SELECT * FROM relays WHERE fingerprint = $fingerprint',
  ),
  /** Relays whose fingerprint begins so, by fingerprint; those that no round held lists any more have no rounds. */
  relaysLike: query<{ pattern: string; limit: number }, Row<'relays'>>(
    `SELECT * FROM relays WHERE fingerprint LIKE $pattern AND last_round IS NOT NULL ORDER BY fingerprint LIMIT $limit`,
  ),
  /** The history of a relay, a row for each run of rounds held in which flags, version, policy and address were the same. */
  relayRuns: query<RoundSpan & { relay: number }, RelayRun>(
    `WITH held AS (
       SELECT valid_after, row_number() OVER (ORDER BY valid_after) AS place FROM rounds
       WHERE valid_after >= $since AND valid_after < $until
     ), listed AS (
       SELECT e.valid_after AS valid_after, e.flags AS flags, e.version AS version, e.policy AS policy, e.ipv4 AS ipv4,
         e.or_port AS or_port, e.weight AS weight, e.unmeasured AS unmeasured,
         h.place - row_number() OVER (PARTITION BY e.flags, e.version, e.policy, e.ipv4, e.or_port ORDER BY e.valid_after) AS run
       FROM entries e JOIN held h ON h.valid_after = e.valid_after
       WHERE e.relay = $relay AND e.valid_after >= $since AND e.valid_after < $until
     ), runs AS (
       SELECT min(valid_after) AS first_round, max(valid_after) AS last_round, count(*) AS rounds, flags, version, policy,
         ipv4, or_port, min(weight) AS least_weight, avg(weight) AS mean_weight, max(weight) AS most_weight,
         sum(CASE WHEN unmeasured THEN 1 ELSE 0 END) AS unmeasured
       FROM listed GROUP BY flags, version, policy, ipv4, or_port, run
     )
     SELECT r.first_round AS first_round, r.last_round AS last_round, r.rounds AS rounds, r.flags AS flags,
       v.text AS version, p.text AS policy, r.ipv4 AS ipv4, r.or_port AS or_port, r.least_weight AS least_weight, r.mean_weight AS mean_weight,
       r.most_weight AS most_weight, r.unmeasured AS unmeasured
     FROM runs r LEFT JOIN texts v ON v.id = r.version LEFT JOIN texts p ON p.id = r.policy
     ORDER BY r.first_round, r.flags`,
  ),
  /** The weight of a relay by UTC day, and in how many rounds of it it was listed. */
  relayDays: query<
    RoundSpan & { relay: number },
    { day: number; rounds: number; least: number | null; mean: number | null; most: number | null }
  >(
    `SELECT intDiv(valid_after, 86400) * 86400 AS day, count(*) AS rounds, min(weight) AS least, avg(weight) AS mean, max(weight) AS most
     FROM entries WHERE relay = $relay AND valid_after >= $since AND valid_after < $until
     GROUP BY intDiv(valid_after, 86400) * 86400 ORDER BY day`,
  ),
  /** A relay round by round. */
  relayRounds: query<
    RoundSpan & { relay: number },
    { valid_after: number; flags: number; weight: number | null }
  >(
    `SELECT valid_after, flags, weight FROM entries
     WHERE relay = $relay AND valid_after >= $since AND valid_after < $until ORDER BY valid_after`,
  ),
  /** Each round of a span, but the first, against the round held before it. Reads every entry of the span. */
  churn: query<RoundSpan, ChurnRow>(
    `WITH held AS (
       SELECT valid_after, relays, lag(valid_after, 1, 0) OVER (ORDER BY valid_after) AS before,
         lag(relays, 1, 0) OVER (ORDER BY valid_after) AS relays_before
       FROM rounds WHERE valid_after >= $since AND valid_after < $until
     ), listed AS (
       SELECT valid_after, relay, flags FROM entries WHERE valid_after >= $since AND valid_after < $until
     ), shared AS (
       SELECT h.valid_after AS valid_after, count(*) AS relays,
         sum(bitCount(bitAnd(n.flags, bitNot(b.flags)))) AS gained, sum(bitCount(bitAnd(b.flags, bitNot(n.flags)))) AS lost
       FROM held h JOIN listed n ON n.valid_after = h.valid_after JOIN listed b ON b.valid_after = h.before AND b.relay = n.relay
       GROUP BY h.valid_after
     )
     SELECT h.valid_after AS valid_after, h.before AS before, h.relays AS relays, h.relays - coalesce(s.relays, 0) AS came,
       h.relays_before - coalesce(s.relays, 0) AS went, coalesce(s.gained, 0) AS gained, coalesce(s.lost, 0) AS lost
     FROM held h LEFT JOIN shared s ON s.valid_after = h.valid_after WHERE h.before > 0 ORDER BY h.valid_after`,
  ),
  /** Relays that one round lists and another one does not: who came, or, the other way round, who went. */
  listedOnlyIn: query<
    { valid_after: number; other: number; limit: number },
    { fingerprint: string; first_round: number; last_round: number; flags: number; weight: number | null }
  >(
    `SELECT r.fingerprint AS fingerprint, r.first_round AS first_round, r.last_round AS last_round, e.flags AS flags, e.weight AS weight
     FROM entries e JOIN relays r ON r.relay = e.relay
     WHERE e.valid_after = $valid_after AND e.relay NOT IN (SELECT relay FROM entries WHERE valid_after = $other)
     ORDER BY r.fingerprint LIMIT $limit`,
  ),
} as const;
