/**
 * What a source other than the authorities was asked and what came of it. Plain JSON, written into the journal: everything
 * that is ever said about a source, and by it, follows from these and from the bytes they name.
 */
import type { Outcome, Timings, UnixMs } from '../collect/index.ts';

/** The sources there are: Tor's archive of descriptors, and the details that Tor Metrics computes of relays. */
export const feedNames = ['collector', 'onionoo'] as const;
/** The name of a source. */
export type FeedName = (typeof feedNames)[number];

/** What CollecTor is asked for: its index, or a file of one of these kinds. */
export const collectorSubjects = [
  'index',
  'consensus',
  'microdesc-consensus',
  'certificates',
  'vote',
  'bandwidth-file',
  'server-descriptors',
] as const;
/** What CollecTor is asked for. */
export type CollectorSubject = (typeof collectorSubjects)[number];

/** What Onionoo is asked for; `relays` and `running` are how many it knows and how many of them run. */
export const onionooSubjects = ['details', 'uptime', 'bandwidth', 'relays', 'running'] as const;
/** What Onionoo is asked for. */
export type OnionooSubject = (typeof onionooSubjects)[number];

/** What a source is asked for. */
export type FeedSubject = CollectorSubject | OnionooSubject;

/** The newest file of a kind that an index lists. */
export interface ListedFile {
  readonly name: string;
  /** The time in its name, in seconds: valid-after, or when it was made or downloaded. */
  readonly at: number;
  /** When the source says that it wrote it, in seconds; CollecTor says it to the minute. */
  readonly modified: number;
}

/** What an index says, as far as anything is derived from it; the index itself, of many megabytes, is not kept. */
export interface IndexFacts {
  /** When it was made, in seconds. */
  readonly created: number;
  /** How many files of the kinds that are asked for it lists. */
  readonly files: number;
  /** The newest of each kind. */
  readonly newest: Readonly<Partial<Record<CollectorSubject, ListedFile>>>;
  /** Of each of the newest rounds: when its ns consensus was written, in seconds, and how many votes are there. */
  readonly rounds: readonly {
    readonly validAfter: number;
    readonly modified: number | null;
    readonly votes: number;
  }[];
}

/** One question to a source and what came of it. */
export interface FeedObservation {
  /** When the question was put. */
  readonly at: UnixMs;
  /** From where. */
  readonly vantage: string;
  readonly feed: FeedName;
  readonly subject: FeedSubject;
  /** The address that was asked. */
  readonly url: string;
  /** How often this is asked, in seconds. */
  readonly periodSeconds: number;
  /** As for an authority, except that `malformed` may also mean: not the bytes that the index promised. */
  readonly outcome: Outcome;
  /** For people: why, where the outcome does not say it. */
  readonly detail?: string;
  readonly status?: number;
  readonly timings: Timings;
  /** Of the answer, as it gave them. */
  readonly etag?: string;
  readonly lastModified?: string;
  /** The archive's name of the document that came, and its size there and on the wire. */
  readonly sha256?: string;
  readonly bytes?: number;
  readonly wireBytes?: number;
  /** The name of a file. */
  readonly file?: string;
  /** CollecTor's `@type` line, which is not of the document: the file was this, a line end, and the document. */
  readonly annotation?: string;
  /** Of an index. */
  readonly index?: IndexFacts;
}

/** A source as it is configured. */
export interface WatchedFeed {
  readonly feed: FeedName;
  readonly url: string;
  readonly periodSeconds: number;
}
