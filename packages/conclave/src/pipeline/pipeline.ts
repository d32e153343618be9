/**
 * The whole line for one network: journal entries in, rows out. The daemon, the demo and `rebuild` all take this way; only
 * where the entries come from differs. Judgement is passed at ticks only, by the entries' own times, so the same journal
 * gives the same rows, whenever and however often it is read.
 */
import { parseConsensus, parseVote } from '@conclave/netdoc';
import type { Consensus } from '@conclave/netdoc';
import { answered } from '../collect/index.ts';
import type { Knowledge, Observation } from '../collect/index.ts';
import type { FeedKnowledge, FeedObservation } from '../feeds/index.ts';
import { defaultLimits, nothingSeenOfIt, step } from '../analysis/index.ts';
import type { Limits } from '../analysis/index.ts';
import { foldAlerts } from '../alert/index.ts';
import type { ArchiveReader, JournalEntry, PlacedEntry } from '../archive/index.ts';
import { findAll } from '../checks/index.ts';
import type { CountryTable } from '../geo/index.ts';
import type { VotingSchedule } from '../network/index.ts';
import { Batch } from '../store/index.ts';
import type { Row, Store } from '../store/index.ts';
import { alertEvents, certificateEvent, putEvents, roundEvents, stateEvent, blindness } from './events.ts';
import type { NetworkEvent } from './events.ts';
import { archivedWork, isArchivedEntry, takeArchived, Unsettled } from './archived.ts';
import type { ArchivedEntry, ArchivedParts } from './archived.ts';
import { archivedJudge } from './archived-round.ts';
import type { ArchivedWork, JudgeArchived } from './archived-round.ts';
import { putFigures, takeEntries } from './history.ts';
import { measureCapacities } from './capacities.ts';
import { feedKnowledgeOf, nameStrayFiles, takeFeed, unmarkVote, watchFeeds } from './feeds.ts';
import type { FeedHands } from './feeds.ts';
import { emptyHealthShelf, updateHealth } from './health.ts';
import { judge, judgeConsensus } from './judge.ts';
import type { Shelf } from './judge.ts';
import { noteVoteAsked, openRounds, severalVotes } from './coming.ts';
import { knowledgeOf } from './knowledge.ts';
import { loadMemory, metaRow, newestRound, prune, roundOf, skewsKept } from './memory.ts';
import type { Memory, RoundNote } from './memory.ts';
import { noteAnswer } from './refused.ts';
import { noteShown } from './pending.ts';
import { explainShown, settlePreview, takePreview } from './previews.ts';
import type { PreviewSources } from './previews.ts';
import { proveFlavor } from './proofs.ts';
import { isOpen, isOwnDocument, judgeAgain } from './own-documents.ts';
import { closeRound, tidyShelf } from './rounds.ts';
import { alertRow, authorityRow, findingRow, observationRow } from './rows.ts';
import { digestOf, situationAt } from './situation.ts';

/** What a pipeline is made of. */
export interface PipelineOptions {
  readonly archive: ArchiveReader;
  readonly store: Store;
  readonly limits?: Limits;
  /** For the countries of relays; without it they are not computed. */
  readonly countries?: CountryTable;
  /** How the network votes, until a consensus says it. */
  readonly schedule?: VotingSchedule;
  /** Ticks between two commits; 1 when people watch, more when a long journal is read. */
  readonly ticksPerCommit?: number;
  /** Rounds out of archives between two commits; 1 unless given. */
  readonly roundsPerCommit?: number;
  /** Judges rounds out of archives, perhaps in other threads; in this one unless given. */
  readonly judgeArchived?: JudgeArchived;
  /** Awaited between two long computations, so that whoever waits for an answer gets it in between. */
  readonly breathe?: () => Promise<void>;
}

/**
 * A running pipeline. Entries must be fed one after another, each after the promise of the one before. After a rejection
 * the journal must be fed again from `position` on.
 */
export interface Pipeline {
  /** Takes an entry; resolves to true when rows were committed. */
  feed(placed: PlacedEntry): Promise<boolean>;
  /** Commits what has been taken up to the last tick. */
  flush(): Promise<void>;
  /** What the collector should know. */
  knowledge(): Knowledge;
  /** What the workers of other sources should know. */
  feedKnowledge(): FeedKnowledge;
  /** What the judgement of a round out of archives rests on now; undefined where nobody knows whose word counted then. */
  archivedWork(validAfter: number, at: number): Promise<ArchivedWork | undefined>;
  /** Where in the journal the store stands. */
  position(): number;
  /** Grows with every commit. */
  revision(): number;
}

/** Opens the pipeline where the store left off. */
export async function openPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { memory, position } = await loadMemory(options.store, options.archive);
  return new Line(options, memory, position);
}

/** The running line. A class because it has a life: memory, what waits for the next tick, and the place in the journal. */
class Line implements Pipeline {
  private readonly options: PipelineOptions;
  private memory: Memory;
  private shelf: Shelf = emptyShelf();
  private readonly healthShelf = emptyHealthShelf();
  private batch = new Batch();
  private waiting: (Observation | FeedObservation)[] = [];
  private committed: number;
  private ticks = 0;
  private place: number;
  private readonly unsettled: Unsettled;
  private readonly judgeArchived: JudgeArchived;
  /** The store or the archive failed in the middle of something: what is in mind is not to be relied on. */
  private failed = false;
  /** By what the undecided consensuses were last judged. */
  private judgedBy: readonly unknown[] = [];

  constructor(options: PipelineOptions, memory: Memory, position: number) {
    this.options = options;
    this.memory = memory;
    this.committed = position;
    this.place = position;
    this.unsettled = new Unsettled(memory.archive.place);
    this.judgeArchived = options.judgeArchived ?? archivedJudge((sha256) => options.archive.read(sha256));
  }

  async feed(placed: PlacedEntry): Promise<boolean> {
    return this.fenced(() => this.taken(placed));
  }

  async flush(): Promise<void> {
    await this.fenced(() => this.commit());
  }

  /** After a failure everything is taken up again from where the store stands; so must the journal be (`position`). */
  private async fenced<T>(job: () => Promise<T>): Promise<T> {
    try {
      if (this.failed) await this.reload();
      return await job();
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  private async reload(): Promise<void> {
    const { memory, position } = await loadMemory(this.options.store, this.options.archive);
    memory.revision = this.memory.revision;
    this.memory = memory;
    this.shelf = emptyShelf();
    this.batch = new Batch();
    this.waiting = [];
    this.judgedBy = [];
    this.ticks = 0;
    this.committed = position;
    this.place = position;
    this.unsettled.settle(memory.archive.place);
    this.failed = false;
  }

  private async taken({ entry, position }: PlacedEntry): Promise<boolean> {
    if (position <= this.place) return false;
    if (isArchivedEntry(entry)) return this.takeArchived(entry, position);
    if (entry.type === 'observation' || entry.type === 'feed') {
      const { type: _, ...observation } = entry;
      this.waiting.push(observation);
      return false;
    }
    if (entry.type === 'watching') this.watch(entry);
    if (entry.type === 'stopped') return false;
    if (entry.type === 'tick') {
      await this.tick(entry.at, entry.blind);
      this.ticks += 1;
    }
    // What waits for its tick has to be read again after a restart, and what came after it as well.
    if (this.waiting.length > 0) return false;
    this.place = position;
    this.memory.archive.place = position;
    if (entry.type === 'tick' && this.ticks < (this.options.ticksPerCommit ?? 1)) return false;
    await this.commit();
    return true;
  }

  /**
   * A line about archives. While observations wait for their tick, it is taken nevertheless: it has a place of its own, so
   * that nothing of it is taken twice.
   */
  private async takeArchived(entry: ArchivedEntry, position: number): Promise<boolean> {
    const { memory } = this;
    if (position <= memory.archive.place) return false;
    const isRound = entry.type === 'archived-round';
    if (this.unsettled.comesBefore(entry) || (isRound && this.ticks > 0)) await this.commit();
    await takeArchived(entry, this.archivedParts());
    this.unsettled.note(entry);
    memory.archive.place = position;
    if (this.waiting.length === 0) this.place = position;
    if (!isRound || this.unsettled.rounds.size < (this.options.roundsPerCommit ?? 1)) return false;
    await this.commit();
    return true;
  }

  private archivedParts(): ArchivedParts {
    const { memory, batch } = this;
    const { archive, store, limits = defaultLimits } = this.options;
    return { memory, batch, archive, store, limits, judge: this.judgeArchived };
  }

  async archivedWork(validAfter: number, at: number): Promise<ArchivedWork | undefined> {
    return archivedWork(validAfter, at, this.archivedParts());
  }

  private async commit(): Promise<void> {
    if (this.place === this.committed && this.memory.archive.place === this.unsettled.place) return;
    this.batch.put('meta', 'pipeline', metaRow(this.memory, this.place));
    await this.options.store.write(this.batch);
    this.batch = new Batch();
    this.committed = this.place;
    this.unsettled.settle(this.memory.archive.place);
    this.ticks = 0;
    this.memory.revision += 1;
    prune(this.memory);
  }

  knowledge(): Knowledge {
    return knowledgeOf(this.memory, this.options.schedule);
  }

  feedKnowledge(): FeedKnowledge {
    return feedKnowledgeOf(this.memory);
  }

  position(): number {
    return this.committed;
  }

  revision(): number {
    return this.memory.revision;
  }

  /** The observatory (re)started with these authorities. */
  private watch(entry: Extract<JournalEntry, { type: 'watching' }>): void {
    const names = new Set(entry.authorities.map(({ nickname }) => nickname));
    for (const one of this.memory.set.authorities) {
      if (!names.has(one.nickname)) this.batch.put('authorities', one.nickname, authorityRow(one, null));
    }
    this.memory.set = { network: entry.network, authorities: entry.authorities };
    this.memory.vantage = entry.vantage;
    this.memory.probeSeconds = entry.probeSeconds;
    for (const [position, one] of entry.authorities.entries()) {
      this.batch.put('authorities', one.nickname, authorityRow(one, position));
    }
    watchFeeds(entry.feeds ?? [], this.memory, this.batch);
  }

  /** Everything since the last tick, in order; then judgement. */
  private async tick(at: number, blind: boolean): Promise<void> {
    const events: NetworkEvent[] = [];
    const observations = this.waiting;
    this.waiting = [];
    for (const one of observations) {
      if ('feed' in one) await this.takeFeed(one, events);
      else await this.take(one, blind, events);
    }
    await this.reconsider();
    await this.reopen();
    for (const round of this.memory.rounds.values()) {
      if (round.dirty) await this.close(round.validAfter, at);
      await explainShown(round, this.sources());
    }
    await measureCapacities(this.hands());
    const wasBlind = this.memory.lastTick?.blind ?? false;
    if (blind !== wasBlind) events.push(blindness(at, blind));
    this.batch.put('ticks', undefined, { at, blind });
    this.memory.lastTick = { at, blind };
    for (const round of openRounds(this.memory)) {
      for (const { sha256 } of [...severalVotes(round).values()].flat())
        await this.recallCopies(sha256 ?? '');
    }
    // While we are blind nobody is judged: what fired goes on as it was (we-are-blind is about us).
    if (!blind) events.push(...this.judgement(at));
    putEvents(this.batch, events);
  }

  private judgement(at: number): NetworkEvent[] {
    const { memory, batch } = this;
    const findings = findAll(situationAt(memory, this.options.limits ?? defaultLimits, at));
    const changes = foldAlerts(memory.firing, findings, at);
    memory.firing = changes.firing;
    for (const alert of [...changes.firing, ...changes.resolved])
      batch.put('alerts', alert.id, alertRow(alert));
    for (const alert of [...changes.raised, ...changes.changed])
      batch.put('findings', undefined, findingRow(alert, at));
    const newest = newestRound(memory);
    const rounds = [...memory.rounds.values()].filter(
      ({ validAfter }) => validAfter >= (newest?.validAfter ?? 0) - 7200,
    );
    return [...rounds.flatMap((round) => roundEvents(round, memory, at)), ...alertEvents(changes, at)];
  }

  // --- observations ---------------------------------------------------------------------------------------------------

  private async take(observation: Observation, blind: boolean, events: NetworkEvent[]): Promise<void> {
    const { memory, batch } = this;
    batch.put('observations', undefined, observationRow(observation));
    if (answered.has(observation.outcome)) memory.watchingSince ??= observation.at;
    if (observation.clockSkewSeconds !== undefined) {
      const skews = memory.skews.get(observation.authority) ?? [];
      memory.skews.set(observation.authority, [...skews, observation.clockSkewSeconds].slice(-skewsKept));
    }
    if (observation.subject.kind === 'liveness') this.fold(observation, blind, events);
    if (observation.subject.kind === 'consensus' && observation.outcome !== 'not-asked' && !blind)
      memory.consensusAskedMs = Math.max(memory.consensusAskedMs ?? 0, observation.at);
    if (!blind) noteVoteAsked(memory, observation);
    if (!observation.document) noteAnswer(memory, observation);
    if (observation.outcome === 'not-modified') await this.confirm(observation);
    if (observation.document) await this.takeDocument(observation, observation.document.sha256, events);
  }

  /** One probe into the state of its authority; a failure while we are blind says nothing about it. */
  private fold(observation: Observation, blind: boolean, events: NetworkEvent[]): void {
    const { memory, batch } = this;
    const { authority, at, timings, detail } = observation;
    const outcome = blind && !answered.has(observation.outcome) ? 'not-asked' : observation.outcome;
    const before = memory.states.get(authority) ?? nothingSeenOfIt;
    const probe = {
      at,
      outcome,
      ...(timings.firstByteMs === undefined ? {} : { firstByteMs: timings.firstByteMs }),
      ...(detail === undefined ? {} : { detail }),
    };
    const after = step(before, probe, this.options.limits ?? defaultLimits);
    memory.states.set(authority, after);
    batch.put('states', authority, {
      nickname: authority,
      condition: after.condition,
      since: after.since ?? null,
      text: `${after.leaning} ${after.inARow} in a row`,
      state: JSON.stringify(after),
    });
    const event = stateEvent(authority, before.condition, after.condition, after.since ?? at);
    if (event) events.push(event);
  }

  /** 304: it still serves what we have from it. */
  private async confirm({ authority, subject, at }: Observation): Promise<void> {
    if (subject.kind !== 'consensus') return;
    const served = this.memory.served.get(authority);
    const newest = served?.[subject.flavor];
    if (!served || !newest) return;
    served[subject.flavor] = { ...newest, at };
    await this.noteCopy(newest.sha256, authority, at);
  }

  /** Notes who serves what; true when this authority was not seen to serve it before. */
  private async noteCopy(sha256: string, authority: string, at: number): Promise<boolean> {
    const key = `${sha256}/${authority}`;
    if (!this.memory.copies.has(key)) await this.recallCopies(sha256);
    const old = this.memory.copies.get(key);
    const row = { sha256, authority, via: '', first_seen: old?.first_seen ?? at, last_seen: at };
    this.memory.copies.set(key, row);
    this.batch.put('copies', key, row);
    return old === undefined;
  }

  /** Copies that are in the store and not in mind: of documents that came before a restart, or long ago. */
  private async recallCopies(sha256: string): Promise<void> {
    if (this.memory.complete || this.memory.recalled.has(sha256)) return;
    this.memory.recalled.add(sha256);
    for (const row of await this.options.store.query('copiesOf', { sha256 })) {
      const key = `${sha256}/${row.authority}`;
      if (!this.memory.copies.has(key)) this.memory.copies.set(key, row);
    }
  }

  private async recallDocument(sha256: string): Promise<Row<'documents'> | undefined> {
    if (this.memory.complete) return undefined;
    return (await this.options.store.query('watchedDocument', { sha256 }))[0];
  }

  private async takeDocument(
    observation: Observation,
    sha256: string,
    events: NetworkEvent[],
  ): Promise<void> {
    const { memory, batch } = this;
    const first = await this.noteCopy(sha256, observation.authority, observation.at);
    const known = memory.documents.get(sha256) ?? (await this.recallDocument(sha256));
    // What was served under a wrong name, or by somebody else than its author, is looked at again when it comes properly.
    const mayBeOf = first && isOwnDocument(observation.subject.kind);
    if (known && ((known.kind === observation.subject.kind && !mayBeOf) || known.outcome === 'accepted')) {
      this.putDocument({ ...known, last_seen: observation.at });
      unmarkVote(known, observation.at, memory, batch);
    } else {
      const bytes = await this.options.archive.read(sha256);
      if (!bytes) return;
      const before = [...memory.certificates.values()];
      const { row, newCertificates } = judge({ observation, sha256, bytes }, memory, this.shelf, batch);
      this.putDocument({ ...row, first_seen: known?.first_seen ?? row.first_seen });
      if (newCertificates) this.tellCertificates(observation.at, before, events);
    }
    if (observation.subject.kind === 'signatures') await this.noteShown(observation, sha256);
    this.noteServed(observation, sha256);
  }

  /** What a source beside the authorities answered, and the document that it brought. */
  private async takeFeed(observation: FeedObservation, events: NetworkEvent[]): Promise<void> {
    const before = [...this.memory.certificates.values()];
    if (await takeFeed(observation, this.hands())) this.tellCertificates(observation.at, before, events);
  }

  private hands(): FeedHands {
    const { memory, shelf, batch, options } = this;
    return {
      memory,
      shelf,
      batch,
      read: (sha256) => options.archive.read(sha256),
      recallDocument: (sha256) => this.recallDocument(sha256),
      recallCopies: async (sha256) =>
        memory.complete ? [] : options.store.query('otherCopiesOf', { sha256 }),
      put: (row) => this.putDocument(row),
    };
  }

  private async noteShown(observation: Observation, sha256: string): Promise<void> {
    const bytes = await this.options.archive.read(sha256);
    if (bytes) noteShown(observation, sha256, bytes, this.memory, this.batch);
  }

  private tellCertificates(at: number, before: readonly Row<'certificates'>[], events: NetworkEvent[]): void {
    for (const row of this.memory.certificates.values()) {
      const event = before.includes(row) ? undefined : certificateEvent(this.memory, row, before, at);
      if (event) events.push(event);
    }
  }

  private putDocument(row: Row<'documents'>): void {
    this.memory.documents.set(row.sha256 ?? '', row);
    this.batch.put('documents', row.sha256 ?? '', row);
  }

  /** Which consensus an authority serves now. A refused one is not counted as served: it is reported as refused. */
  private noteServed(observation: Observation, sha256: string): void {
    const { subject, authority, at } = observation;
    const row = this.memory.documents.get(sha256);
    const refused = row && noteAnswer(this.memory, observation, row);
    if (subject.kind !== 'consensus' || !row) return;
    const served = this.memory.served.get(authority) ?? {};
    if (refused || row.valid_after === null || row.digest === null) delete served[subject.flavor];
    else served[subject.flavor] = { validAfter: row.valid_after, sha256, digest: row.digest, at };
    this.memory.served.set(authority, served);
    if (!refused) this.noteGroup(row, authority);
  }

  /** Only genuine consensuses are groups of a round: one that cannot be judged yet is no split. */
  private noteGroup({ valid_after, flavor, digest, outcome }: Row<'documents'>, authority: string): void {
    if (flavor !== 'ns' || valid_after === null || digest === null || outcome !== 'accepted') return;
    const round = roundOf(this.memory, valid_after);
    const group = round.served.get(digest) ?? new Set<string>();
    if (!group.has(authority)) round.dirty = true;
    round.served.set(digest, group.add(authority));
  }

  // --- rounds ---------------------------------------------------------------------------------------------------------

  /** Consensuses that waited for certificates, now that there may be more of them. */
  private async reconsider(): Promise<void> {
    const { ring, set } = this.memory;
    if (this.memory.undecided.size === 0 || (this.judgedBy[0] === ring && this.judgedBy[1] === set)) return;
    this.judgedBy = [ring, set];
    for (const sha256 of Array.from(this.memory.undecided)) {
      const row = this.memory.documents.get(sha256);
      const bytes = await this.options.archive.read(sha256);
      if (!row || !bytes) continue;
      const flavor = row.flavor === 'microdesc' ? 'microdesc' : 'ns';
      const observation: Observation = {
        at: row.first_seen ?? 0,
        vantage: this.memory.vantage,
        authority: '',
        subject: { kind: 'consensus', flavor },
        outcome: 'received',
        timings: { totalMs: 0 },
      };
      const again = judgeConsensus({ observation, sha256, bytes }, this.memory, this.shelf, this.batch);
      this.putDocument({ ...again, last_seen: row.last_seen });
      for (const copy of [...this.memory.copies.values()].filter((one) => one.sha256 === sha256)) {
        const authority = copy.authority ?? '';
        this.noteGroup(again, authority);
        const served = this.memory.served.get(authority);
        if (again.outcome !== 'rejected' || served?.[flavor]?.sha256 !== sha256) continue;
        delete served[flavor];
        noteAnswer(this.memory, { ...observation, authority, at: copy.last_seen ?? 0 }, again);
      }
    }
  }

  /** Own documents of authorities that waited for a descriptor or a vote, now that one came. */
  private async reopen(): Promise<void> {
    const { memory } = this;
    const nicknames = [...memory.reopened];
    memory.reopened.clear();
    if (nicknames.length > 0) await nameStrayFiles(this.hands());
    for (const nickname of nicknames) {
      const { extraInfo, bandwidthFile } = memory.own.get(nickname) ?? {};
      for (const sha256 of [extraInfo, bandwidthFile]) {
        if (sha256 === undefined) continue;
        const row = memory.documents.get(sha256) ?? (await this.recallDocument(sha256));
        const bytes =
          row && isOpen(row, nickname, memory) ? await this.options.archive.read(sha256) : undefined;
        if (row && bytes) this.putDocument(judgeAgain(row, nickname, bytes, memory));
      }
    }
  }

  private sources(): PreviewSources {
    const { memory, shelf, batch } = this;
    const { breathe = async () => {} } = this.options;
    return {
      memory,
      shelf,
      batch,
      breathe,
      consensus: (sha256) => this.consensus(sha256),
      shelve: (validAfter) => this.shelve(validAfter),
    };
  }

  private async consensus(sha256: string): Promise<Consensus | undefined> {
    const known = this.shelf.consensuses.get(sha256);
    const bytes = known ? undefined : await this.options.archive.read(sha256);
    const parsed = known ?? (bytes && parseConsensus(bytes, { profile: 'tor-0.4.9' }));
    if (parsed) this.shelf.consensuses.set(sha256, parsed);
    return parsed?.document;
  }

  private async close(validAfter: number, at: number): Promise<void> {
    const { memory, shelf } = this;
    const round = roundOf(memory, validAfter);
    await this.shelve(validAfter);
    const before = digestOf(round, memory);
    closeRound(round, memory, shelf, this.batch, this.options.countries);
    const changed = await updateHealth(round, this.options, this.healthShelf, this.sources());
    await this.keepHistory(round, before);
    for (const { row } of changed) if (row && row !== round.row) putFigures(row, this.batch);
    await takePreview(round, this.sources(), at);
    for (const flavor of ['ns', 'microdesc'] as const) {
      if (proveFlavor(round, flavor, this.sources(), at)) await this.options.breathe?.();
    }
    settlePreview(round, memory, this.batch);
    const newest = newestRound(memory);
    if (newest) tidyShelf(shelf, newest.validAfter);
  }

  /** The figures of a round whenever they are computed, its entries when another consensus than before was chosen. */
  private async keepHistory(round: RoundNote, before: string | undefined): Promise<void> {
    const { memory, shelf, batch, options } = this;
    if (!round.row) return;
    putFigures(round.row, batch);
    const consensus = shelf.consensuses.get(round.row.ns_sha256 ?? '')?.document;
    if (consensus && digestOf(round, memory) !== before)
      await takeEntries(memory.history, round.validAfter, consensus.routers, options.store, batch);
  }

  /** After a restart the documents of a round that goes on are not on the shelf: they are read again. */
  private async shelve(validAfter: number): Promise<void> {
    const { memory, shelf } = this;
    const round = roundOf(memory, validAfter);
    const wanted = [...memory.documents.values()].filter(
      (row) =>
        row.valid_after === validAfter &&
        row.outcome === 'accepted' &&
        ((row.kind === 'consensus' && !shelf.consensuses.has(row.sha256 ?? '')) ||
          (row.kind === 'vote' && !shelf.votes.has(row.sha256 ?? '') && round.votes.has(row.sha256 ?? ''))),
    );
    for (const row of wanted) {
      const bytes = await this.options.archive.read(row.sha256 ?? '');
      if (!bytes) continue;
      if (row.kind === 'vote') shelf.votes.set(row.sha256 ?? '', parseVote(bytes, { profile: 'tor-0.4.9' }));
      else shelf.consensuses.set(row.sha256 ?? '', parseConsensus(bytes, { profile: 'tor-0.4.9' }));
    }
  }
}

function emptyShelf(): Shelf {
  return { consensuses: new Map(), votes: new Map() };
}
