/**
 * The catalogue of queries: named, parameterised, in the SQL that DuckDB and ClickHouse have in common. Parameters are
 * `$name`. Nothing else in the house contains SQL.
 */
import type { Row, TableName } from '../tables.ts';
import { query } from './query.ts';
import type { Query } from './query.ts';
import { archivedQueries } from './archived.ts';
import { historyQueries } from './history.ts';

/** All rows of a table, in this order. */
function all<Name extends TableName>(table: Name, order: string): Query<undefined, Row<Name>> {
  return query(`SELECT * FROM ${table} ORDER BY ${order}`);
}

/** A copy with its authority's name. */
export interface ServedRow {
  readonly sha256: string;
  /** Of the verdict on it. */
  readonly outcome: string;
  readonly flavor: string;
  readonly digest: string;
  readonly authority: string;
  readonly first_seen: number;
  readonly last_seen: number;
}

/** The catalogue. */
export const queries = {
  ...historyQueries,
  ...archivedQueries,
  meta: query<undefined, Row<'meta'>>("SELECT * FROM meta WHERE name = 'pipeline'"),
  /** Those of the newest `watching` line; those of earlier ones have no position any more. */
  authorities: query<undefined, Row<'authorities'>>(
    'SELECT * FROM authorities WHERE position IS NOT NULL ORDER BY position',
  ),
  states: all('states', 'nickname'),
  certificates: all('certificates', 'identity, published, signing_key_digest'),
  firingAlerts: query<undefined, Row<'alerts'>>(
    'SELECT * FROM alerts WHERE resolved_at IS NULL ORDER BY since, id',
  ),
  alerts: query<{ limit: number }, Row<'alerts'>>(
    'SELECT * FROM alerts ORDER BY resolved_at IS NOT NULL, coalesce(resolved_at, since) DESC, id LIMIT $limit',
  ),
  alertsOf: query<{ authority: string; limit: number }, Row<'alerts'>>(
    'SELECT * FROM alerts WHERE authority = $authority ORDER BY resolved_at IS NOT NULL, coalesce(resolved_at, since) DESC, id LIMIT $limit',
  ),
  events: query<{ before: number; rule: string; authority: string; limit: number }, Row<'events'>>(
    `SELECT * FROM events WHERE "at" < $before AND ($rule = '' OR rule = $rule) AND ($authority = '' OR authority = $authority)
     ORDER BY "at" DESC, id DESC LIMIT $limit`,
  ),
  /** Events behind one of this time with this id. */
  olderEvents: query<
    { before: number; id: string; rule: string; authority: string; limit: number },
    Row<'events'>
  >(
    `SELECT * FROM events WHERE ("at" < $before OR ("at" = $before AND id < $id))
       AND ($rule = '' OR rule = $rule) AND ($authority = '' OR authority = $authority)
     ORDER BY "at" DESC, id DESC LIMIT $limit`,
  ),
  eventsOfRound: query<{ valid_after: number }, Row<'events'>>(
    'SELECT * FROM events WHERE valid_after = $valid_after ORDER BY "at" DESC, id DESC LIMIT 100',
  ),
  rounds: query<{ before: number; limit: number }, Row<'rounds'>>(
    'SELECT * FROM rounds WHERE valid_after < $before ORDER BY valid_after DESC LIMIT $limit',
  ),
  /** The newest rounds whose consensus was seen where it was published; those out of archives were not. */
  watchedRounds: query<{ limit: number }, Row<'rounds'>>(
    'SELECT * FROM rounds WHERE first_seen IS NOT NULL ORDER BY valid_after DESC LIMIT $limit',
  ),
  round: query<{ valid_after: number }, Row<'rounds'>>(
    'SELECT * FROM rounds WHERE valid_after = $valid_after',
  ),
  health: query<{ valid_after: number }, Row<'health'>>(
    'SELECT * FROM health WHERE valid_after = $valid_after',
  ),
  healthSince: query<{ since: number }, Row<'health'>>(
    'SELECT * FROM health WHERE valid_after >= $since ORDER BY valid_after',
  ),
  /** The rounds of a span, oldest first: from `since` on and before `until`. */
  roundsIn: query<{ since: number; until: number }, Row<'rounds'>>(
    'SELECT * FROM rounds WHERE valid_after >= $since AND valid_after < $until ORDER BY valid_after',
  ),
  /** The newest round held before this one that was made by another method. */
  roundOfOtherMethod: query<{ valid_after: number; method: number }, Row<'rounds'>>(
    'SELECT * FROM rounds WHERE valid_after < $valid_after AND method <> $method ORDER BY valid_after DESC LIMIT 1',
  ),
  roundAfter: query<{ valid_after: number }, Row<'rounds'>>(
    'SELECT * FROM rounds WHERE valid_after > $valid_after ORDER BY valid_after LIMIT 1',
  ),
  sourcesSince: query<{ since: number }, Row<'sources'>>(
    'SELECT * FROM sources WHERE valid_after >= $since ORDER BY valid_after, identity',
  ),
  sourcesOf: query<{ valid_after: number }, Row<'sources'>>(
    'SELECT * FROM sources WHERE valid_after = $valid_after ORDER BY identity',
  ),
  votesOf: query<{ valid_after: number }, Row<'votes'>>(
    'SELECT * FROM votes WHERE valid_after = $valid_after ORDER BY identity, first_seen, sha256',
  ),
  votesSince: query<{ since: number }, Row<'votes'>>(
    'SELECT * FROM votes WHERE valid_after >= $since ORDER BY valid_after, identity, first_seen, sha256',
  ),
  newestVotes: query<undefined, { identity: string; valid_after: number }>(
    `SELECT identity, max(valid_after) AS valid_after FROM votes WHERE outcome = 'accepted' GROUP BY identity ORDER BY identity`,
  ),
  signaturesOf: query<{ valid_after: number }, Row<'signatures'>>(
    'SELECT * FROM signatures WHERE valid_after = $valid_after ORDER BY identity, flavor, first_seen, digest',
  ),
  signaturesSince: query<{ since: number }, Row<'signatures'>>(
    'SELECT * FROM signatures WHERE valid_after >= $since ORDER BY valid_after, identity, flavor, first_seen, digest',
  ),
  proofsSince: query<{ since: number }, Row<'proofs'>>(
    'SELECT * FROM proofs WHERE valid_after >= $since ORDER BY valid_after, flavor DESC',
  ),
  proofsOf: query<{ valid_after: number }, Row<'proofs'>>(
    'SELECT * FROM proofs WHERE valid_after = $valid_after ORDER BY flavor DESC',
  ),
  previewsSince: query<{ since: number }, Row<'previews'>>(
    'SELECT * FROM previews WHERE valid_after >= $since ORDER BY valid_after, taken_at',
  ),
  newestPreview: query<{ valid_after: number }, Row<'previews'>>(
    'SELECT * FROM previews WHERE valid_after = $valid_after ORDER BY taken_at DESC LIMIT 1',
  ),
  pendingSince: query<{ since: number }, Row<'pending'>>(
    'SELECT * FROM pending WHERE valid_after >= $since ORDER BY valid_after, authority, first_seen, ns_digest',
  ),
  pendingOf: query<{ valid_after: number }, Row<'pending'>>(
    'SELECT * FROM pending WHERE valid_after = $valid_after ORDER BY authority, first_seen, ns_digest',
  ),
  /** Every vote of a round with everybody who served it. */
  servedVotes: query<{ valid_after: number }, Row<'copies'>>(
    `SELECT c.* FROM votes v JOIN copies c ON c.sha256 = v.sha256
     WHERE v.valid_after = $valid_after AND c.via = '' ORDER BY c.sha256, c.first_seen, c.authority`,
  ),
  /** Who was seen to serve an older consensus while the one of this round was there already. */
  servedBehind: query<
    { valid_after: number; since: number; until: number },
    { authority: string; valid_after: number; last_seen: number }
  >(
    `SELECT c.authority AS authority, max(d.valid_after) AS valid_after, max(c.last_seen) AS last_seen
     FROM copies c JOIN documents d ON d.sha256 = c.sha256
     WHERE d.kind = 'consensus' AND d.flavor = 'ns' AND d.outcome = 'accepted' AND d.valid_after < $valid_after
       AND c.last_seen >= $since AND c.last_seen < $until AND c.via = ''
     GROUP BY c.authority ORDER BY c.authority`,
  ),
  /** Questions for votes of a round in progress, from a time on. */
  voteQuestionsSince: query<{ since: number }, Row<'observations'>>(
    `SELECT * FROM observations WHERE "at" >= $since AND kind = 'vote' AND subject LIKE 'next %' ORDER BY "at", authority`,
  ),
  /** Every consensus of a round with everybody who served it. */
  servedConsensuses: query<{ valid_after: number }, ServedRow>(
    `SELECT c.sha256 AS sha256, d.flavor AS flavor, d.digest AS digest, d.outcome AS outcome, c.authority AS authority,
       c.first_seen AS first_seen, c.last_seen AS last_seen
     FROM copies c JOIN documents d ON d.sha256 = c.sha256
     WHERE d.kind = 'consensus' AND d.valid_after = $valid_after AND c.via = '' ORDER BY d.flavor, c.first_seen, c.authority`,
  ),
  consensusesOf: query<{ valid_after: number }, Row<'documents'>>(
    `SELECT * FROM documents WHERE kind = 'consensus' AND valid_after = $valid_after ORDER BY flavor DESC, first_seen, sha256`,
  ),
  documentsOfRound: query<{ valid_after: number }, Row<'documents'>>(
    'SELECT * FROM documents WHERE valid_after = $valid_after ORDER BY kind, first_seen, sha256',
  ),
  document: query<{ sha256: string }, Row<'documents'>>('SELECT * FROM documents WHERE sha256 = $sha256'),
  documents: query<{ before: number; kind: string; limit: number }, Row<'documents'>>(
    `SELECT * FROM documents WHERE first_seen < $before AND ($kind = '' OR kind = $kind)
     ORDER BY first_seen DESC, sha256 LIMIT $limit`,
  ),
  /** Documents behind the one of this time with this name. */
  olderDocuments: query<{ before: number; sha256: string; kind: string; limit: number }, Row<'documents'>>(
    `SELECT * FROM documents WHERE (first_seen < $before OR (first_seen = $before AND sha256 > $sha256))
       AND ($kind = '' OR kind = $kind)
     ORDER BY first_seen DESC, sha256 LIMIT $limit`,
  ),
  documentsServedBy: query<{ authority: string; limit: number }, Row<'documents'>>(
    `SELECT d.* FROM documents d JOIN copies c ON c.sha256 = d.sha256
     WHERE c.authority = $authority ORDER BY c.first_seen DESC, d.sha256 LIMIT $limit`,
  ),
  copiesOf: query<{ sha256: string }, Row<'copies'>>(
    "SELECT * FROM copies WHERE sha256 = $sha256 AND via = '' ORDER BY first_seen, authority",
  ),
  /** Copies that came by another way than from an authority. */
  otherCopiesOf: query<{ sha256: string }, Row<'copies'>>(
    "SELECT * FROM copies WHERE sha256 = $sha256 AND via <> '' ORDER BY first_seen, via",
  ),
  feeds: all('feeds', 'feed, subject'),
  feedRoundsSince: query<{ since: number }, Row<'feed_rounds'>>(
    'SELECT * FROM feed_rounds WHERE valid_after >= $since ORDER BY feed, valid_after',
  ),
  feedRelays: all('feed_relays', 'feed, nickname, fingerprint'),
  advertised: all('advertised', 'number'),
  described: query<{ valid_after: number }, Row<'described'>>(
    'SELECT * FROM described WHERE valid_after = $valid_after',
  ),
  capacitiesSince: query<{ since: number }, Row<'capacities'>>(
    'SELECT * FROM capacities WHERE valid_after >= $since ORDER BY valid_after, class',
  ),
  newestCapacities: query<undefined, { valid_after: number | null }>(
    'SELECT max(valid_after) AS valid_after FROM capacities',
  ),
  capacitiesOf: query<{ valid_after: number }, Row<'capacities'>>(
    'SELECT * FROM capacities WHERE valid_after = $valid_after ORDER BY class',
  ),
  /** The newest observations of every authority and kind since a time: for latency, clock, reachability. */
  observationsSince: query<{ since: number }, Row<'observations'>>(
    'SELECT * FROM observations WHERE "at" >= $since ORDER BY "at", authority',
  ),
  observationsOf: query<{ authority: string; limit: number }, Row<'observations'>>(
    'SELECT * FROM observations WHERE authority = $authority ORDER BY "at" DESC LIMIT $limit',
  ),
  loadOf: query<{ authority: string; since: number }, { requests: number; wire_bytes: number }>(
    `SELECT count(*) AS requests, coalesce(sum(wire_bytes), 0) AS wire_bytes FROM observations
     WHERE authority = $authority AND "at" >= $since AND outcome <> 'not-asked'`,
  ),
  /** First sight of each vote in the voting window and of the consensus at each authority. */
  firstSeenVotes: query<
    { valid_after: number },
    { identity: string; authority: string; first_seen: number; sha256: string }
  >(
    `SELECT v.identity AS identity, c.authority AS authority, c.first_seen AS first_seen, c.sha256 AS sha256
     FROM votes v JOIN copies c ON c.sha256 = v.sha256 WHERE v.valid_after = $valid_after AND c.via = '' ORDER BY c.first_seen, c.authority`,
  ),
  /** Slots of `width` ms in which a seeing tick was made; slots begin at `shift` modulo `width`. */
  watchedSlots: query<{ since: number; width: number; shift: number }, { slot: number }>(
    `SELECT DISTINCT (("at" - $shift) // $width) * $width + $shift AS slot FROM ticks
     WHERE "at" >= $since AND NOT blind ORDER BY slot`,
  ),
  /** When each authority was first seen to serve the ns consensus of each round. */
  firstServed: query<{ since: number }, { valid_after: number; authority: string; first_seen: number }>(
    `SELECT d.valid_after AS valid_after, c.authority AS authority, min(c.first_seen) AS first_seen
     FROM copies c JOIN documents d ON d.sha256 = c.sha256
     WHERE d.kind = 'consensus' AND d.flavor = 'ns' AND d.outcome = 'accepted' AND d.valid_after >= $since AND c.via = ''
     GROUP BY d.valid_after, c.authority ORDER BY valid_after, authority`,
  ),
  newestTick: query<undefined, Row<'ticks'>>('SELECT * FROM ticks ORDER BY "at" DESC LIMIT 1'),
  counts: query<undefined, { name: string; rows: number }>(
    `SELECT 'observations' AS name, count(*) AS rows FROM observations UNION ALL
     SELECT 'documents', count(*) FROM documents UNION ALL SELECT 'rounds', count(*) FROM rounds UNION ALL
     SELECT 'votes', count(*) FROM votes UNION ALL SELECT 'events', count(*) FROM events UNION ALL
     SELECT 'alerts', count(*) FROM alerts ORDER BY name`,
  ),
} as const;

/** The name of a query. */
export type QueryName = keyof typeof queries;
/** What a query returns. */
export type QueryRow<Name extends QueryName> =
  (typeof queries)[Name] extends Query<infer _P, infer R> ? R : never;
/** What a query takes: nothing, or one object. */
export type QueryParameters<Name extends QueryName> =
  (typeof queries)[Name] extends Query<infer P, infer _R> ? (P extends undefined ? [] : [P]) : never;
