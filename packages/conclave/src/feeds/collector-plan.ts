/**
 * Which files of CollecTor's to fetch now: only such as we do not have, newest first, and bounded in number and bytes. A
 * pure function, so that the load that we cause there can be computed in a test (docs/load.md).
 */
import type { CollectorFile, CollectorIndex } from './collector-index.ts';

/** What is held already, so that it is not fetched. */
export interface FeedKnowledge {
  /** valid-after of rounds of which a genuine consensus of the flavour is held, as `FLAVOR/VALIDAFTER`. */
  readonly consensuses: ReadonlySet<string>;
  /** Digests of genuine votes that are held, upper-case hexadecimal. */
  readonly votes: ReadonlySet<string>;
  /** Certificates that are held, as `IDENTITY/PUBLISHED` with the time in seconds. */
  readonly certificates: ReadonlySet<string>;
  /** Identities whose certificates are of use, upper-case hexadecimal. */
  readonly identities: ReadonlySet<string>;
  /** SHA-256 of bandwidth files that are held, lower-case hexadecimal. */
  readonly bandwidthFiles: ReadonlySet<string>;
  /** Names of files of server descriptors that were read. */
  readonly descriptorFiles: ReadonlySet<string>;
}

/** Settings of the plan. */
export interface CollectorPlanOptions {
  /** How far back documents of rounds are fetched, in seconds. */
  readonly lookbackSeconds: number;
  /** Whether server descriptors are fetched, for capacities. */
  readonly descriptors: boolean;
}

/** A relay publishes a descriptor every 18 hours at least, and a consensus takes none older than this (dir-spec 3.4.1). */
export const descriptorSeconds: number = 24 * 3600;
/** How far back certificates are looked for; they are few and small, and an old one may be needed to judge. */
const certificateSeconds = 400 * 86_400;
/** At most this much in one visit; what is left is fetched in the next. */
const filesMax = 64;
const bytesMax = 256 * 1024 * 1024;
/** A file that failed so often is left until the index says something else of it. */
const triesMax = 3;

/** How a file is known whose fetching failed: another content is another file. */
export function fileKey({ path, sha256, size, modified }: CollectorFile): string {
  return `${path} ${sha256 ?? `${size} ${modified}`}`;
}

/** The files to fetch at `now` (seconds), in this order. `failures` says how often each, by `fileKey`, failed before. */
export function filesToFetch(
  index: CollectorIndex,
  held: FeedKnowledge,
  options: CollectorPlanOptions,
  failures: ReadonlyMap<string, number>,
  now: number,
): readonly CollectorFile[] {
  const wanted = index.files
    .filter((file) => isWanted(file, held, options, now) && (failures.get(fileKey(file)) ?? 0) < triesMax)
    .sort((a, b) => ranks[a.subject] - ranks[b.subject] || b.at - a.at || (a.name < b.name ? -1 : 1));
  const chosen: CollectorFile[] = [];
  let bytes = 0;
  for (const file of wanted) {
    if (chosen.length >= filesMax || (chosen.length > 0 && bytes + file.size > bytesMax)) break;
    chosen.push(file);
    bytes += file.size;
  }
  return chosen;
}

/** Certificates first: others are judged by them. A consensus names its votes, and votes name bandwidth files. */
const ranks: Readonly<Record<CollectorFile['subject'], number>> = {
  certificates: 0,
  consensus: 1,
  'microdesc-consensus': 2,
  vote: 3,
  'bandwidth-file': 4,
  'server-descriptors': 5,
};

function isWanted(
  file: CollectorFile,
  held: FeedKnowledge,
  { lookbackSeconds, descriptors }: CollectorPlanOptions,
  now: number,
): boolean {
  const recent = (seconds: number): boolean => file.at > now - seconds && file.at < now + 3600;
  switch (file.subject) {
    case 'consensus':
      return recent(lookbackSeconds) && !held.consensuses.has(`ns/${file.at}`);
    case 'microdesc-consensus':
      return recent(lookbackSeconds) && !held.consensuses.has(`microdesc/${file.at}`);
    case 'vote':
      return (
        recent(lookbackSeconds) &&
        held.identities.has(file.identity ?? '') &&
        !held.votes.has((file.digest ?? '').toUpperCase())
      );
    case 'bandwidth-file':
      return recent(lookbackSeconds) && !held.bandwidthFiles.has(file.digest ?? '');
    case 'certificates':
      return (
        recent(certificateSeconds) &&
        held.identities.has(file.identity ?? '') &&
        !held.certificates.has(`${file.identity}/${file.at}`)
      );
    case 'server-descriptors':
      return descriptors && recent(descriptorSeconds) && !held.descriptorFiles.has(file.name);
  }
}
