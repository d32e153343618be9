/**
 * The whole line for one network: journal entries in, rows out. The daemon, the demo and `rebuild` all take this way; only
 * where the entries come from differs. Judgement is passed at ticks only, by the entries' own times, so the same journal
 * gives the same rows, whenever and however often it is read.
 */
import type { Knowledge, Observation } from '../collect/index.ts';
import type { FeedKnowledge, FeedObservation } from '../feeds/index.ts';
import { defaultLimits } from '../analysis/index.ts';
import { foldAlerts } from '../alert/index.ts';
import type { JournalEntry, PlacedEntry } from '../archive/index.ts';
import { findAll } from '../checks/index.ts';
import type { VotingSchedule } from '../network/index.ts';
import { Batch } from '../store/index.ts';
import { isArchivedEntry, takeArchived, Unsettled } from './archived.ts';
import type { ArchivedEntry, ArchivedParts } from './archived.ts';
import { archivedJudge } from './archived-round.ts';
import type { ArchivedWork, JudgeArchived } from './archived-round.ts';
import { keepDecided, roundsDue, takeDueRound } from './archived-rows.ts';
import { archivedWork } from './archived-work.ts';
import { noteAuthorities } from './authority-lines.ts';
import { measureCapacities } from './capacities.ts';
import { closeRounds } from './closing.ts';
import { openRounds, severalVotes } from './coming.ts';
import { Desk } from './desk.ts';
import type { DeskOptions } from './desk.ts';
import { alertEvents, blindness, putEvents, roundEvents } from './events.ts';
import type { NetworkEvent } from './events.ts';
import { feedKnowledgeOf, watchFeeds } from './feeds.ts';
import { knowledgeOf } from './knowledge.ts';
import { layNewest, Missing } from './missing-descriptors.ts';
import { newestRound, prune } from './memory.ts';
import type { Memory } from './memory.ts';
import { loadMemory, metaRow } from './recall.ts';
import { handsOf, reconsider, reopen, takeFeedObservation, takeObservation } from './observations.ts';
import { alertRow, authorityRow, findingRow } from './rows.ts';
import { situationAt } from './situation.ts';

/** What a pipeline is made of. */
export interface PipelineOptions extends DeskOptions {
  /** How the network votes until a consensus says it, before the journal says what is assumed. */
  readonly schedule?: VotingSchedule;
  /** Ticks between two commits; 1 when people watch, more when a long journal is read. */
  readonly ticksPerCommit?: number;
  /** Rounds out of archives between two commits; 1 unless given. */
  readonly roundsPerCommit?: number;
  /** Judges rounds out of archives, perhaps in other threads; in this one unless given. */
  readonly judgeArchived?: JudgeArchived;
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
  const { memory, position } = await remembered(options);
  return new Line(options, memory, position);
}

async function remembered({ store, archive, schedule }: PipelineOptions): ReturnType<typeof loadMemory> {
  const loaded = await loadMemory(store, archive);
  if (schedule) loaded.memory.schedule = schedule;
  return loaded;
}

/** The running line. A class because it has a life: its desk, what waits for the next tick, and the place in the journal. */
class Line implements Pipeline {
  private readonly options: PipelineOptions;
  private readonly desk: Desk;
  private readonly missing = new Missing();
  private waiting: (Observation | FeedObservation)[] = [];
  private committed: number;
  private ticks = 0;
  private place: number;
  private readonly unsettled: Unsettled;
  private readonly judgeArchived: JudgeArchived;
  /** The store or the archive failed in the middle of something: what is in mind is not to be relied on. */
  private failed = false;

  constructor(options: PipelineOptions, memory: Memory, position: number) {
    this.options = options;
    this.desk = new Desk(options, memory);
    this.committed = position;
    this.place = position;
    this.unsettled = new Unsettled(memory.archive.place);
    this.judgeArchived =
      options.judgeArchived ?? archivedJudge((sha256) => options.archive.read(sha256), options.breathe);
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
      // Killed in between: the tick is in the store, and what it left to judge.
      await this.judgeDue();
      return await job();
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  private async reload(): Promise<void> {
    const { memory, position } = await remembered(this.options);
    memory.revision = this.desk.memory.revision;
    this.desk.clear(memory);
    this.waiting = [];
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
    const { archive } = this.desk.memory;
    archive.place = position;
    if (entry.type === 'tick' && archive.due.length === 0 && this.ticks < (this.options.ticksPerCommit ?? 1))
      return false;
    await this.commit();
    await this.judgeDue();
    return true;
  }

  /** Rounds that a tick touched and archives have a part in, judged once more by what the store now has of them. */
  private async judgeDue(): Promise<void> {
    const { archive } = this.desk.memory;
    if (archive.due.length === 0) return;
    for (const round of archive.due) await takeDueRound(round, this.archivedParts());
    archive.due = [];
    await this.commit(true);
  }

  /**
   * A line about archives. While observations wait for their tick, it is taken nevertheless: it has a place of its own, so
   * that nothing of it is taken twice.
   */
  private async takeArchived(entry: ArchivedEntry, position: number): Promise<boolean> {
    const { memory } = this.desk;
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
    const { memory, batch } = this.desk;
    const { archive, store, limits = defaultLimits } = this.options;
    return { memory, batch, archive, store, limits, judge: this.judgeArchived };
  }

  async archivedWork(validAfter: number, at: number): Promise<ArchivedWork | undefined> {
    return archivedWork(validAfter, at, this.archivedParts());
  }

  private async commit(always = false): Promise<void> {
    const { memory, batch } = this.desk;
    const stands = this.place === this.committed && memory.archive.place === this.unsettled.place;
    if (stands && !always) return;
    batch.put('meta', 'pipeline', metaRow(memory, this.place));
    await this.options.store.write(batch);
    this.desk.batch = new Batch();
    this.committed = this.place;
    this.unsettled.settle(memory.archive.place);
    this.ticks = 0;
    memory.revision += 1;
    prune(memory);
  }

  knowledge(): Knowledge {
    return knowledgeOf(this.desk.memory, this.missing.of(this.desk));
  }

  feedKnowledge(): FeedKnowledge {
    return feedKnowledgeOf(this.desk.memory);
  }

  position(): number {
    return this.committed;
  }

  revision(): number {
    return this.desk.memory.revision;
  }

  /** The observatory (re)started with these authorities. */
  private watch(entry: Extract<JournalEntry, { type: 'watching' }>): void {
    const { memory, batch } = this.desk;
    const names = new Set(entry.authorities.map(({ nickname }) => nickname));
    for (const one of memory.set.authorities)
      if (!names.has(one.nickname)) batch.put('authorities', one.nickname, authorityRow(one, null));
    const { at, network, authorities } = entry;
    noteAuthorities({ kind: 'watching', at, network, authorities }, memory.archive.lines, batch);
    memory.set = { network, authorities };
    memory.vantage = entry.vantage;
    memory.probeSeconds = entry.probeBySchedule ? undefined : entry.probeSeconds;
    memory.schedule = entry.schedule;
    for (const [position, one] of entry.authorities.entries())
      batch.put('authorities', one.nickname, authorityRow(one, position));
    watchFeeds(entry.feeds ?? [], memory, batch);
  }

  /** Everything since the last tick, in order; then judgement. */
  private async tick(at: number, blind: boolean): Promise<void> {
    const { desk } = this;
    const { memory, batch } = desk;
    const events: NetworkEvent[] = [];
    const observations = this.waiting;
    this.waiting = [];
    for (const one of observations) {
      if ('feed' in one) await takeFeedObservation(desk, one, events);
      else await takeObservation(desk, one, blind, events);
    }
    await reconsider(desk);
    await reopen(desk);
    await closeRounds(desk, at);
    await layNewest(desk);
    await measureCapacities(handsOf(desk));
    const wasBlind = memory.lastTick?.blind ?? false;
    if (blind !== wasBlind) events.push(blindness(at, blind));
    batch.put('ticks', undefined, { at, blind });
    memory.lastTick = { at, blind };
    for (const round of openRounds(memory)) {
      for (const { sha256 } of [...severalVotes(round).values()].flat())
        await desk.recallCopies(sha256 ?? '');
    }
    // While we are blind nobody is judged: what fired goes on as it was (we-are-blind is about us).
    if (!blind) events.push(...this.judgement(at));
    putEvents(batch, events);
    await keepDecided(batch, memory, this.options.store);
    memory.archive.due = roundsDue(batch, memory, at);
  }

  private judgement(at: number): NetworkEvent[] {
    const { memory, batch } = this.desk;
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
}
