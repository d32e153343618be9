/**
 * What sources beside the authorities bring, on the same way as everything else: judged by its own signatures and digests,
 * whoever served it, and written down as a copy that came by that source. Nothing here says anything about an authority.
 */
import type { Observation, Outcome, Subject } from '../collect/index.ts';
import {
  collectorSubjects,
  onionooSubjects,
  readBandwidth,
  readDetails,
  readOnionoo,
  readUptime,
} from '../feeds/index.ts';
import type { FeedKnowledge, FeedName, FeedObservation, FeedSubject, WatchedFeed } from '../feeds/index.ts';
import { votersOf } from '../network/index.ts';
import type { Batch, Row } from '../store/index.ts';
import { takeDescriptors, timeInName } from './capacities.ts';
import type { CapacityHands } from './capacities.ts';
import { documentRow } from './document-row.ts';
import { judge } from './judge.ts';
import type { Judgement, Shelf } from './judge.ts';
import { roundOf } from './memory.ts';
import type { Memory } from './memory.ts';
import { judgeStrayFile, namedAgain } from './own-documents.ts';

/** How many bandwidth files are remembered; some of a day's. */
const bandwidthFilesKept = 256;

const subjectsOf: Readonly<Record<FeedName, readonly FeedSubject[]>> = {
  collector: collectorSubjects,
  onionoo: onionooSubjects,
};

/** The observatory (re)started with these sources; others are not asked any more. */
export function watchFeeds(feeds: readonly WatchedFeed[], memory: Memory, batch: Batch): void {
  const put = (row: Row<'feeds'>): void => putFeed(memory, batch, row);
  for (const row of memory.feeds.rows.values()) {
    const watched = feeds.some(({ feed }) => feed === row.feed);
    if (row.watched !== watched) put({ ...row, watched });
  }
  for (const { feed, url, periodSeconds } of feeds) {
    for (const subject of subjectsOf[feed]) {
      const old = memory.feeds.rows.get(`${feed}/${subject}`) ?? untried(feed, subject);
      put({
        ...old,
        url: old.last_try === null ? url : old.url,
        period_seconds: periodSeconds,
        watched: true,
      });
    }
  }
}

function untried(feed: FeedName, subject: FeedSubject): Row<'feeds'> {
  return {
    feed,
    subject,
    url: null,
    period_seconds: null,
    watched: true,
    last_try: null,
    outcome: null,
    detail: null,
    status: null,
    total_ms: null,
    failures: 0,
    failing_since: null,
    last_success: null,
    etag: null,
    last_modified: null,
    sha256: null,
    file: null,
    bytes: null,
    wire_bytes: null,
    as_of: null,
    facts: null,
  };
}

function putFeed(memory: Memory, batch: Batch, row: Row<'feeds'>): void {
  const key = `${row.feed}/${row.subject}`;
  memory.feeds.rows.set(key, row);
  batch.put('feeds', key, row);
}

const successes: ReadonlySet<Outcome> = new Set<Outcome>(['received', 'not-modified']);

/** The row of what was asked: the last try always, what the last success gave only when there is a new one. */
function noteFeed(observation: FeedObservation, memory: Memory, batch: Batch): void {
  const { feed, subject, at, outcome, index } = observation;
  const old = memory.feeds.rows.get(`${feed}/${subject}`) ?? untried(feed, subject);
  const tried = {
    ...old,
    url: observation.url,
    period_seconds: observation.periodSeconds,
    last_try: at,
    outcome,
    detail: observation.detail ?? null,
    status: observation.status ?? null,
    total_ms: observation.timings.totalMs,
  };
  // We could not look: that is neither a failure of theirs nor a success.
  if (outcome === 'not-asked') return putFeed(memory, batch, tried);
  if (!successes.has(outcome)) {
    const failing = { failures: (old.failures ?? 0) + 1, failing_since: old.failing_since ?? at };
    return putFeed(memory, batch, { ...tried, ...failing });
  }
  const well = { ...tried, failures: 0, failing_since: null, last_success: at };
  const fresh = outcome === 'received' ? receivedOf(observation, old) : {};
  putFeed(memory, batch, {
    ...well,
    ...fresh,
    ...(index ? { as_of: index.created, facts: JSON.stringify(index) } : {}),
  });
  if (index) noteRounds(feed, at, index.rounds, memory, batch);
}

function receivedOf(observation: FeedObservation, old: Row<'feeds'>): Partial<Row<'feeds'>> {
  const { etag, lastModified, sha256, bytes, wireBytes, file } = observation;
  const named = file === undefined ? undefined : timeInName(file);
  return {
    etag: etag ?? null,
    last_modified: lastModified ?? null,
    sha256: sha256 ?? null,
    file: file ?? null,
    bytes: bytes ?? null,
    wire_bytes: wireBytes ?? null,
    as_of: named === undefined ? old.as_of : Math.max(named, old.as_of ?? 0),
  };
}

function noteRounds(
  feed: FeedName,
  at: number,
  rounds: readonly {
    readonly validAfter: number;
    readonly modified: number | null;
    readonly votes: number | null;
  }[],
  memory: Memory,
  batch: Batch,
): void {
  for (const { validAfter, modified, votes } of rounds) {
    const key = `${feed}/${validAfter}`;
    const old = memory.feeds.rounds.get(key);
    // Votes alone are not the round: an archive has a round when it has its consensus.
    if (modified === null && feed === 'collector') continue;
    const row = {
      feed,
      valid_after: validAfter,
      stated_at: old?.stated_at ?? modified,
      seen_at: old?.seen_at ?? at,
      votes,
    };
    if (old && old.votes === votes && old.stated_at === row.stated_at) continue;
    memory.feeds.rounds.set(key, row);
    batch.put('feed_rounds', key, row);
  }
  if (memory.feeds.rounds.size <= roundsInMind) return;
  const oldest = [...memory.feeds.rounds].sort(([, a], [, b]) => (a.valid_after ?? 0) - (b.valid_after ?? 0));
  for (const [key] of oldest.slice(0, -roundsInMind)) memory.feeds.rounds.delete(key);
}

/** More than an index tells of, so that a round's first sight is not forgotten while it is told of. */
const roundsInMind = 200;

/** What is at hand when a source's answer is taken. */
export interface FeedHands extends CapacityHands {
  readonly shelf: Shelf;
  readonly read: (sha256: string) => Promise<Uint8Array | undefined>;
  /** The row of a document that is in the store and not in mind. */
  readonly recallDocument: (sha256: string) => Promise<Row<'documents'> | undefined>;
  /** Its copies by sources, likewise. */
  readonly recallCopies: (sha256: string) => Promise<readonly Row<'copies'>[]>;
  readonly put: (row: Row<'documents'>) => void;
}

/** Takes an answer and the document that it brought; true when there was a certificate in it that is new. */
export async function takeFeed(observation: FeedObservation, hands: FeedHands): Promise<boolean> {
  const { memory, shelf, batch } = hands;
  const { sha256, feed, at } = observation;
  noteFeed(observation, memory, batch);
  const bytes = sha256 === undefined ? undefined : await hands.read(sha256);
  if (sha256 === undefined || !bytes) return false;
  const recalled = (await hands.recallCopies(sha256)).find(({ via }) => via === feed);
  noteFeedCopy(sha256, feed, at, recalled, memory, batch);
  const known = memory.documents.get(sha256) ?? (await hands.recallDocument(sha256));
  const { row, newCertificates } = judgeFeedDocument(
    { observation, sha256, bytes, known },
    memory,
    shelf,
    batch,
  );
  hands.put({ ...row, first_seen: known?.first_seen ?? row.first_seen });
  return newCertificates;
}

/** Bandwidth files that no vote named, when a vote came: does it name one? */
export async function nameStrayFiles({ memory, recallDocument, put }: FeedHands): Promise<void> {
  for (const sha256 of memory.feeds.strayFiles) {
    const row = memory.documents.get(sha256) ?? (await recallDocument(sha256));
    const named = row && namedAgain(row, memory);
    if (!named) continue;
    put(named);
    memory.feeds.strayFiles.delete(sha256);
  }
}

/** What is in hand when a document of a source is judged. */
interface FeedDocument {
  readonly observation: FeedObservation;
  readonly sha256: string;
  readonly bytes: Uint8Array;
  /** What was said of the same bytes before. */
  readonly known: Row<'documents'> | undefined;
}

/** Judges what a source brought, by what it is. The row is that of the document, to be put by the caller. */
function judgeFeedDocument(
  { observation, sha256, bytes, known }: FeedDocument,
  memory: Memory,
  shelf: Shelf,
  batch: Batch,
): Judgement {
  const { feed, at, vantage } = observation;
  const subject = subjectOf(observation, memory);
  const as: Observation = {
    at,
    vantage,
    authority: '',
    subject: subject ?? { kind: 'liveness' },
    outcome: 'received',
    timings: { totalMs: 0 },
  };
  const arrival = { observation: as, sha256, bytes };
  if (observation.subject === 'server-descriptors')
    return { row: takeDescriptors(observation, bytes, sha256, memory, batch), newCertificates: false };
  if (subject === undefined)
    return { row: takeOnionoo(observation, sha256, bytes, memory, batch), newCertificates: false };
  if (known && known.kind === subject.kind && known.outcome !== 'undecided')
    return { row: { ...known, last_seen: at }, newCertificates: false };
  if (subject.kind === 'bandwidth-file') {
    const row = judgeStrayFile(arrival, memory);
    noteBandwidthFile(memory, sha256, row.outcome === 'undecided');
    return { row, newCertificates: false };
  }
  const judgement = judge(arrival, memory, shelf, batch);
  if (subject.kind === 'vote') markVote(judgement.row, feed, memory, batch);
  return judgement;
}

function noteBandwidthFile({ feeds }: Memory, sha256: string, stray: boolean): void {
  feeds.bandwidthFiles.add(sha256);
  if (stray) feeds.strayFiles.add(sha256);
  for (const old of [...feeds.bandwidthFiles].slice(0, -bandwidthFilesKept)) {
    feeds.bandwidthFiles.delete(old);
    feeds.strayFiles.delete(old);
  }
}

/** As what a document of a source is judged; undefined for what no authority serves. */
function subjectOf({ subject, file }: FeedObservation, memory: Memory): Subject | undefined {
  const identity = (): string => /-([0-9A-F]{40})-/.exec(file ?? '')?.[1] ?? (file ?? '').slice(0, 40);
  switch (subject) {
    case 'consensus':
      return { kind: 'consensus', flavor: 'ns' };
    case 'microdesc-consensus':
      return { kind: 'consensus', flavor: 'microdesc' };
    case 'vote':
      return { kind: 'vote', period: 'current', of: identity() };
    case 'certificates':
      return {
        kind: 'certificates',
        of: votersOf(memory.set).find((one) => one.v3ident === identity())?.v3ident ?? 'all',
      };
    case 'bandwidth-file':
      return { kind: 'bandwidth-file' };
    case 'index':
    case 'server-descriptors':
    case 'details':
    case 'uptime':
    case 'bandwidth':
    case 'relays':
    case 'running':
      return undefined;
  }
}

/** When it came is not when its authority served it: a vote out of an archive is marked as such. */
function markVote(
  { sha256, valid_after }: Row<'documents'>,
  via: string,
  memory: Memory,
  batch: Batch,
): void {
  if (valid_after === null) return;
  const round = roundOf(memory, valid_after);
  const vote = round.votes.get(sha256 ?? '');
  if (!vote) return;
  const marked = { ...vote, via };
  round.votes.set(sha256 ?? '', marked);
  batch.put('votes', `${valid_after}/${vote.identity}/${sha256}`, marked);
}

/** An authority serves a vote that had come by another way only: from now on that is when it was first seen. */
export function unmarkVote(row: Row<'documents'>, at: number, memory: Memory, batch: Batch): void {
  if (row.kind !== 'vote' || row.valid_after === null) return;
  const round = memory.rounds.get(row.valid_after);
  const vote = round?.votes.get(row.sha256 ?? '');
  if (!round || !vote || vote.via === null) return;
  const own = { ...vote, via: null, first_seen: at };
  round.votes.set(row.sha256 ?? '', own);
  batch.put('votes', `${row.valid_after}/${vote.identity}/${row.sha256}`, own);
}

/** The copy that came by a source. */
function noteFeedCopy(
  sha256: string,
  via: string,
  at: number,
  recalled: Row<'copies'> | undefined,
  memory: Memory,
  batch: Batch,
): void {
  const key = `${sha256}/${via}`;
  const old = memory.feeds.copies.get(key) ?? recalled;
  const row = { sha256, authority: '', via, first_seen: old?.first_seen ?? at, last_seen: at };
  memory.feeds.copies.set(key, row);
  batch.put('copies', `${sha256}//${via}`, row);
}

function asArrival({ at, vantage }: FeedObservation): Observation {
  return {
    at,
    vantage,
    authority: '',
    subject: { kind: 'server-descriptor' },
    outcome: 'received',
    timings: { totalMs: 0 },
  };
}

// --- Onionoo ----------------------------------------------------------------------------------------------------------

function takeOnionoo(
  observation: FeedObservation,
  sha256: string,
  bytes: Uint8Array,
  memory: Memory,
  batch: Batch,
): Row<'documents'> {
  const { feed, subject, at } = observation;
  const arrival = { observation: asArrival(observation), sha256, bytes };
  const reading = readOnionoo(bytes);
  if (!reading.ok)
    return documentRow(arrival, 'onionoo', { verdict: `Not read: ${reading.detail}.`, problems: 1 });
  const { document } = reading;
  const row = memory.feeds.rows.get(`${feed}/${subject}`);
  const facts = {
    version: document.version,
    listed: document.relays.length,
    beyond: document.relaysTruncated,
  };
  if (row) putFeed(memory, batch, { ...row, as_of: document.relaysPublished, facts: JSON.stringify(facts) });
  const round = { validAfter: document.relaysPublished, modified: null, votes: null };
  noteRounds(feed, at, [round], memory, batch);
  const listed: readonly [fingerprint: string, Partial<Row<'feed_relays'>>][] = (() => {
    const json = (value: unknown): string => JSON.stringify(value);
    if (subject === 'details')
      return readDetails(document).map(
        (one) => [one.fingerprint, { nickname: one.nickname, details: json(one) }] as const,
      );
    if (subject === 'uptime')
      return readUptime(document).map((one) => [one.fingerprint, { uptime: json(one.uptime) }] as const);
    return readBandwidth(document).map(
      ({ fingerprint, read, write }) => [fingerprint, { bandwidth: json({ read, write }) }] as const,
    );
  })();
  const published = document.relaysPublished;
  for (const [fingerprint, said] of ['details', 'uptime', 'bandwidth'].includes(subject) ? listed : [])
    putRelay(
      memory,
      batch,
      feed,
      fingerprint,
      subject === 'details' ? { ...said, published, listed_at: at } : said,
    );
  return documentRow(arrival, 'onionoo', {
    verdict: `Onionoo's ${subject}, version ${document.version}: ${document.relays.length} relays. Nobody signs it.`,
  });
}

function putRelay(
  memory: Memory,
  batch: Batch,
  feed: FeedName,
  fingerprint: string,
  said: Partial<Row<'feed_relays'>>,
): void {
  const key = `${feed}/${fingerprint}`;
  const old = memory.feeds.relays.get(key) ?? {
    feed,
    fingerprint,
    nickname: null,
    published: null,
    listed_at: null,
    details: null,
    uptime: null,
    bandwidth: null,
  };
  const row = { ...old, ...said };
  memory.feeds.relays.set(key, row);
  batch.put('feed_relays', key, row);
}

// --- what is held -----------------------------------------------------------------------------------------------------

/** What the workers need not fetch. */
export function feedKnowledgeOf(memory: Memory): FeedKnowledge {
  const consensuses = new Set<string>();
  for (const { kind, flavor, valid_after, outcome } of memory.documents.values())
    if (kind === 'consensus' && outcome !== 'rejected') consensuses.add(`${flavor}/${valid_after}`);
  const votes = new Set<string>();
  for (const { row, votes: held } of memory.rounds.values()) {
    if (row?.microdesc_sha256) consensuses.add(`microdesc/${row.valid_after}`);
    if (row) consensuses.add(`ns/${row.valid_after}`);
    for (const { digest, outcome } of held.values())
      if (outcome === 'accepted' && digest !== null) votes.add(digest);
  }
  const certificates = new Set<string>();
  for (const { identity, published, faults } of memory.certificates.values())
    if (faults === '') certificates.add(`${identity}/${published}`);
  const own = [...memory.own.values()].flatMap(({ bandwidthFile }) => bandwidthFile ?? []);
  const files = [...memory.documents.values()].filter(({ kind }) => kind === 'bandwidth-file');
  return {
    consensuses,
    votes,
    certificates,
    identities: new Set(votersOf(memory.set).map(({ v3ident }) => v3ident)),
    bandwidthFiles: new Set([
      ...memory.feeds.bandwidthFiles,
      ...own,
      ...files.map(({ sha256 }) => sha256 ?? ''),
    ]),
    descriptorFiles: new Set(memory.feeds.descriptorFiles),
  };
}
