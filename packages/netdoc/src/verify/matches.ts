/** One document names another by its digest: is it this one? */
import { bytesOf, toBase64, toHex } from '../base/index.ts';
import { sha1, sha256 } from '../crypto/index.ts';
import { skipAnnotations } from '../documents/index.ts';
import type { BandwidthFile, Consensus, Vote } from '../documents/index.ts';

/**
 * Whether a document is the one that another names:
 * - `same`, `different`: the digests were compared;
 * - `not-listed`: the other does not name its author at all;
 * - `not-stated`: the author is there, but no digest.
 */
export type MatchOutcome = 'same' | 'different' | 'not-listed' | 'not-stated';

/** The outcome, with both digests in the form in which documents state them. */
export interface Match {
  readonly outcome: MatchOutcome;
  readonly digest: string;
  readonly stated: string | undefined;
}

/** Whether a vote is the one that a consensus was computed from: its `vote-digest` (dir-spec 3.4.1). */
export function voteMatches(consensus: Consensus, vote: Vote): Match {
  const digest = toHex(sha1(vote.bytes.subarray(vote.signed.start, vote.signed.end)));
  // A legacy entry has the identity of a former key and no vote of its own.
  const source = consensus.authorities.find(({ identity }) => identity === vote.source.identity);
  return { ...compare(digest, source?.voteDigest), ...(source ? {} : { outcome: 'not-listed' }) };
}

/**
 * Whether a bandwidth file is the one that an authority voted with: `bandwidth-file-digest` (dir-spec 3.4.1). A line that
 * CollecTor put before it does not belong to it.
 */
export function bandwidthFileMatches(vote: Vote, file: Uint8Array): Match {
  const stated = vote.bandwidthFileDigest?.replace(/=+$/, '');
  return compare(toBase64(sha256(file.subarray(skipAnnotations(file).at))), stated);
}

/** A header that a vote and a bandwidth file do not have alike; undefined where one of them has it not. */
export interface HeaderDifference {
  readonly key: string;
  readonly stated: string | undefined;
  readonly file: string | undefined;
}

/** Whether the headers in a vote are those that an authority takes from this file. */
export interface HeadersMatch {
  readonly outcome: 'same' | 'different' | 'not-stated';
  /** In the order of the file, then what only the vote has. Empty too when only the order is another. */
  readonly differences: readonly HeaderDifference[];
}

const headersMax = 50;
const headerBytesMax = 1024;
/** An authority ignores a file that is older, but for its digest. */
const ageMax = 3 * 86_400;

/**
 * Compares `bandwidth-file-headers` with the file's own: the timestamp first, then header lines in their order, at most 50
 * together; none when they would take more than 1,024 bytes or the file is older than three days (dir-spec 3.4.1).
 */
export function bandwidthHeadersMatch(vote: Vote, file: BandwidthFile): HeadersMatch {
  const stated = vote.bandwidthFileHeaders;
  if (!stated) return { outcome: 'not-stated', differences: [] };
  const wanted = votedHeaders(vote, file);
  const differences: HeaderDifference[] = [];
  for (const key of new Set([...wanted.keys(), ...stated.keys()])) {
    const [of, is] = [stated.get(key), wanted.get(key)];
    if (of !== is) differences.push({ key, stated: of, file: is });
  }
  const same = differences.length === 0 && [...wanted.keys()].join(' ') === [...stated.keys()].join(' ');
  return { outcome: same ? 'same' : 'different', differences };
}

/** The headers as an authority that read this file writes them into its vote. */
function votedHeaders(vote: Vote, file: BandwidthFile): ReadonlyMap<string, string> {
  const lines = [`timestamp=${file.timestamp}`, ...file.headerLines].slice(0, headersMax);
  const text = lines.join(' ');
  const ignored = vote.published - file.timestamp > ageMax || bytesOf(text).length > headerBytesMax;
  return new Map(
    ignored
      ? []
      : lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
}

function compare(digest: string, stated: string | undefined): Match {
  return {
    outcome: stated === undefined ? 'not-stated' : stated === digest ? 'same' : 'different',
    digest,
    stated,
  };
}
