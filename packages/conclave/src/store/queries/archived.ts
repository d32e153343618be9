/** Queries about what archives brought, and what of the store they did not bring. */
import type { Row } from '../tables.ts';
import { query } from './query.ts';

/** From this valid-after on, and before that one, in seconds. */
export interface ArchivedSpan {
  readonly since: number;
  readonly until: number;
}

/** Queries of archives. */
export const archivedQueries = {
  archivedCertificates: query<undefined, Row<'archived_certificates'>>(
    'SELECT * FROM archived_certificates ORDER BY sha256',
  ),
  archivedOfRound: query<{ valid_after: number }, Row<'archived'>>(
    'SELECT * FROM archived WHERE valid_after = $valid_after ORDER BY sha256, source, name',
  ),
  /** Names of documents of a span that were imported. */
  archivedNames: query<ArchivedSpan, { name: string; kind: string }>(
    `SELECT DISTINCT name, kind FROM archived WHERE valid_after >= $since AND valid_after < $until ORDER BY name`,
  ),
  /** Names of documents of no round that were imported. */
  archivedNamesAlone: query<undefined, { name: string; kind: string }>(
    'SELECT DISTINCT name, kind FROM archived WHERE valid_after IS NULL ORDER BY name',
  ),
  archivedFiles: query<undefined, Row<'archived_files'>>(
    'SELECT * FROM archived_files ORDER BY name, source, since, until',
  ),
  /** The rounds held before a time: the newest that was watched, and the newest that archives brought; 0 for none. */
  heldBefore: query<{ valid_after: number }, { watched: number; archived: number }>(
    `SELECT coalesce((SELECT max(valid_after) FROM rounds WHERE valid_after < $valid_after AND first_seen IS NOT NULL), 0) AS watched,
       coalesce((SELECT max(valid_after) FROM archived WHERE valid_after < $valid_after), 0) AS archived`,
  ),
  /**
   * Rounds that are to be judged: those of a span of which a document came since, or a certificate where one may have been
   * missing; and those directly after them, watched or not, which are compared with them.
   */
  openArchivedRounds: query<ArchivedSpan, { valid_after: number }>(
    `WITH came AS (SELECT valid_after, max("at") AS "at" FROM archived
       WHERE valid_after >= $since AND valid_after < $until GROUP BY valid_after)
     SELECT a.valid_after AS valid_after
     FROM came a LEFT JOIN archived_rounds r ON r.valid_after = a.valid_after
     WHERE r.judged_at IS NULL OR a."at" > r.judged_at
       OR (r.outcome = 'undecided' AND r.judged_at < (SELECT coalesce(max("at"), 0) FROM archived_certificates))
     UNION
     SELECT f.valid_after AS valid_after
     FROM came a JOIN rounds p ON p.valid_after = a.valid_after JOIN rounds f ON f.valid_after = p.fresh_until
     LEFT JOIN health h ON h.valid_after = f.valid_after
     LEFT JOIN archived_rounds r ON r.valid_after = f.valid_after
     WHERE r.judged_at IS NULL OR a."at" > r.judged_at OR h.against IS NULL
     ORDER BY valid_after`,
  ),
  /** When anything about archives was last written down, in ms; 0 for never. */
  newestArchived: query<undefined, { at: number }>(
    `SELECT greatest((SELECT coalesce(max("at"), 0) FROM archived), (SELECT coalesce(max(judged_at), 0) FROM archived_rounds),
       (SELECT coalesce(max("at"), 0) FROM archived_files)) AS "at"`,
  ),
  /** How many rounds of a span out of archives came to which end. */
  archivedOutcomes: query<ArchivedSpan, { outcome: string; rounds: number }>(
    `SELECT outcome, count(*) AS rounds FROM archived_rounds WHERE valid_after >= $since AND valid_after < $until
     GROUP BY outcome ORDER BY outcome`,
  ),
  /** How many documents of a span archives brought, by kind. */
  archivedKinds: query<ArchivedSpan, { kind: string; documents: number }>(
    `SELECT kind, count(DISTINCT sha256) AS documents FROM archived
     WHERE valid_after IS NULL OR (valid_after >= $since AND valid_after < $until) GROUP BY kind ORDER BY kind`,
  ),
  /** Documents out of archives of a span that are not accepted, and those of which nothing could be said. */
  archivedRefused: query<
    ArchivedSpan & { limit: number },
    { name: string; kind: string; sha256: string; outcome: string; verdict: string }
  >(
    `SELECT a.name AS name, a.kind AS kind, a.sha256 AS sha256, coalesce(d.outcome, 'lost') AS outcome,
       coalesce(d.verdict, 'The archive does not hold its bytes.') AS verdict
     FROM archived a LEFT JOIN documents d ON d.sha256 = a.sha256
     WHERE (a.valid_after IS NULL OR (a.valid_after >= $since AND a.valid_after < $until))
       AND (d.sha256 IS NULL OR d.outcome <> 'accepted' OR (d.outcome IS NULL AND a.kind <> 'certificate'))
     ORDER BY name, a.sha256, a.source LIMIT $limit`,
  ),
  /** How many they are. */
  archivedRefusedCount: query<ArchivedSpan, { documents: number }>(
    `SELECT count(*) AS documents FROM archived a LEFT JOIN documents d ON d.sha256 = a.sha256
     WHERE (a.valid_after IS NULL OR (a.valid_after >= $since AND a.valid_after < $until))
       AND (d.sha256 IS NULL OR d.outcome <> 'accepted' OR (d.outcome IS NULL AND a.kind <> 'certificate'))`,
  ),
  /** Proofs of rounds of a span out of archives, by verdict. */
  archivedProofs: query<ArchivedSpan, { flavor: string; verdict: string; rounds: number }>(
    `SELECT p.flavor AS flavor, p.verdict AS verdict, count(*) AS rounds
     FROM proofs p JOIN archived_rounds r ON r.valid_after = p.valid_after AND r.outcome <> 'watched'
     WHERE p.valid_after >= $since AND p.valid_after < $until GROUP BY p.flavor, p.verdict
     ORDER BY flavor DESC, verdict`,
  ),
  /** Rounds of a span whose consensus was seen where it was published. */
  watchedIn: query<ArchivedSpan, { valid_after: number }>(
    `SELECT valid_after FROM rounds WHERE valid_after >= $since AND valid_after < $until AND first_seen IS NOT NULL
     ORDER BY valid_after`,
  ),
  archivedRound: query<{ valid_after: number }, Row<'archived_rounds'>>(
    'SELECT * FROM archived_rounds WHERE valid_after = $valid_after',
  ),
  /** A round as it was seen, where that is kept apart. */
  seenRound: query<{ valid_after: number }, Row<'seen_rounds'>>(
    'SELECT * FROM seen_rounds WHERE valid_after = $valid_after',
  ),
  seenRoundsSince: query<{ since: number }, Row<'seen_rounds'>>(
    'SELECT * FROM seen_rounds WHERE valid_after >= $since ORDER BY valid_after',
  ),
  /** Rounds of which archives brought something, and which were judged by it. */
  judgedByArchives: query<undefined, { valid_after: number }>(
    "SELECT valid_after FROM archived_rounds WHERE outcome <> 'watched' ORDER BY valid_after",
  ),
  authorityLines: query<undefined, Row<'authority_lines'>>(
    'SELECT * FROM authority_lines ORDER BY said_at, kind',
  ),
  /** What is held of rounds of a span that were watched: accepted votes and consensuses, by the digest of what is signed. */
  heldOfWatched: query<
    ArchivedSpan,
    { kind: string; flavor: string | null; identity: string | null; digest: string }
  >(
    `SELECT DISTINCT kind, flavor, identity, digest FROM documents
     WHERE valid_after >= $since AND valid_after < $until AND outcome = 'accepted' AND kind IN ('vote', 'consensus')
       AND valid_after IN (SELECT valid_after FROM rounds WHERE first_seen IS NOT NULL)
     ORDER BY kind, flavor, identity, digest`,
  ),
  /** Bandwidth files that no vote is known to name, of these digests with commas between them. */
  openBandwidthFiles: query<{ digests: string }, Row<'documents'>>(
    `SELECT * FROM documents WHERE kind = 'bandwidth-file' AND outcome = 'undecided'
       AND digest IN (SELECT arrayJoin(splitByChar(',', $digests))) ORDER BY sha256`,
  ),
  /** Of these documents (SHA-256 with commas between them) those that nobody served: when archives brought them, in ms. */
  fromArchivesAlone: query<{ names: string }, { sha256: string; came: number }>(
    `SELECT sha256, min(first_seen) AS came FROM copies
     WHERE via = 'archive' AND sha256 IN (SELECT arrayJoin(splitByChar(',', $names)))
       AND sha256 NOT IN (SELECT sha256 FROM copies WHERE via <> 'archive') GROUP BY sha256 ORDER BY sha256`,
  ),
  /** A document, unless it came out of archives alone. */
  watchedDocument: query<{ sha256: string }, Row<'documents'>>(
    `SELECT * FROM documents WHERE sha256 = $sha256
       AND sha256 IN (SELECT sha256 FROM copies WHERE sha256 = $sha256 AND via <> 'archive')`,
  ),
  /** The documents of a round but those that came out of archives alone. */
  watchedDocumentsOf: query<{ valid_after: number }, Row<'documents'>>(
    `SELECT * FROM documents WHERE valid_after = $valid_after AND sha256 IN (SELECT sha256 FROM copies WHERE via <> 'archive')
     ORDER BY kind, first_seen, sha256`,
  ),
} as const;
