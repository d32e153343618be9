/** What every answer needs: where the facts are, what time it is, and the small conversions between rows and the contract. */
import type { AlertView, EventView, Observing } from '../api/index.ts';
import type { Limits } from '../analysis/index.ts';
import type { ArchiveReader } from '../archive/index.ts';
import type { CountryTable, NetworkTable } from '../geo/index.ts';
import type { VotingSchedule } from '../network/index.ts';
import type { Row, Store } from '../store/index.ts';

/** Whether the facts come from now or from a recording. */
export interface Replay {
  readonly state: 'replaying' | 'ended';
  /** Seconds of the recording that pass in a second. */
  readonly speed: number;
}

/** Where answers come from. */
export interface AnswerSources {
  readonly store: Store;
  readonly archive: ArchiveReader;
  readonly limits: Limits;
  /** The time that ages count from, in ms: our clock, or the recording's. */
  readonly now: () => number;
  readonly revision: () => number;
  /** Set for a recording. */
  readonly replay?: () => Replay;
  /** What the country table is and of when. */
  readonly geoSource: string | undefined;
  /** For the countries of authorities. */
  readonly countries?: CountryTable;
  /** For the networks (AS) that they are in. */
  readonly networks?: NetworkTable;
  /** Awaited in the middle of a long computation, so that others get their answers. */
  readonly breathe?: () => Promise<void>;
  /** How long an answer is kept at most while nothing changes, in seconds (S2.1.26). */
  readonly cacheSeconds: number;
  /** The authorities' nickname for the network, until the store knows it. */
  readonly network: string;
}

/** `2026-07-27T14:00:00Z` of a time in milliseconds. */
export function isoOfMs(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The same of seconds. */
export function isoOf(seconds: number): string {
  return isoOfMs(seconds * 1000);
}

/** The same of a value that may be absent. */
export function isoOrNull(seconds: number | null | undefined): string | null {
  return seconds === null || seconds === undefined ? null : isoOf(seconds);
}

/** The same of milliseconds. */
export function isoMsOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : isoOfMs(ms);
}

/** An alert as the contract has it. */
export function alertView(row: Row<'alerts'>): AlertView {
  return {
    id: row.id ?? '',
    check: row.check ?? '',
    category: (row.category ?? 'observatory') as AlertView['category'],
    severity: (row.severity ?? 'info') as AlertView['severity'],
    title: row.title ?? '',
    message: row.message ?? '',
    authority: row.authority,
    state: row.resolved_at === null ? 'firing' : 'resolved',
    since: isoOfMs(row.since ?? 0),
    lastSeen: isoOfMs(row.last_seen ?? 0),
    resolvedAt: isoMsOrNull(row.resolved_at),
    link: row.link,
  };
}

/** An event as the contract has it. */
export function eventView(row: Row<'events'>): EventView {
  return {
    id: row.id ?? '',
    at: isoOfMs(row.at ?? 0),
    rule: row.rule ?? '',
    level: (row.level ?? 'unknown') as EventView['level'],
    text: row.text ?? '',
    authority: row.authority,
    validAfter: isoOrNull(row.valid_after),
    link: row.link,
  };
}

/** Where a page of a list goes on: behind the row with this time, in ms, and this name. */
export interface Cursor {
  readonly before: number;
  readonly name: string;
}

/** Reads what `older` of an earlier answer gave; a time alone means before it. `all` is a name that comes behind all others. */
export function readCursor(text: string | undefined, all: string): Cursor {
  if (text === undefined) return { before: Number.MAX_SAFE_INTEGER, name: all };
  const [, at, name] = /^(\d{1,15})~(.+)$/.exec(text) ?? [];
  if (at !== undefined && name !== undefined) return { before: Number(at), name };
  const before = Date.parse(text);
  return { before: Number.isNaN(before) ? 0 : before, name: all };
}

/** Writes a cursor. Many things come in one second, so that a time is not enough. */
export function cursorText(at: number | null, name: string | null): string {
  return `${at ?? 0}~${name ?? ''}`;
}

/** Parses JSON that the pipeline wrote; the fallback where there is none. */
export function fromJson<T>(text: string | null | undefined, fallback: T): T {
  return text === null || text === undefined ? fallback : (JSON.parse(text) as T);
}

/** What the pipeline saved about itself. */
interface PipelineMeta {
  readonly network: string;
  readonly vantage: string;
  readonly probeSeconds: number;
  /** How the network votes until a consensus says it; null where the public network's schedule is assumed. */
  readonly schedule?: VotingSchedule | null;
}

/** Network, vantage point and how often is probed, from the store. */
export async function metaOf(sources: AnswerSources): Promise<PipelineMeta> {
  const [row] = await sources.store.query('meta');
  return fromJson<PipelineMeta>(row?.value, { network: sources.network, vantage: 'here', probeSeconds: 10 });
}

/** Where we stand ourselves. */
export function observingOf(
  sources: AnswerSources,
  meta: PipelineMeta,
  tick: Row<'ticks'> | undefined,
): Observing {
  const now = sources.now();
  const age = tick?.at === undefined || tick.at === null ? null : Math.max(0, (now - tick.at) / 1000);
  const replay = sources.replay?.();
  const base = {
    vantage: meta.vantage,
    lastTick: isoMsOrNull(tick?.at),
    ageSeconds: age === null ? null : Math.round(age * 10) / 10,
    probeSeconds: meta.probeSeconds,
  };
  if (tick?.blind === true)
    return {
      ...base,
      state: 'blind',
      text: 'No authority can be reached from here. Nobody is judged until we see again.',
    };
  if (replay?.state === 'ended')
    return {
      ...base,
      state: 'ended',
      text: 'The recording has ended; this is its last moment.',
      speed: replay.speed,
    };
  if (replay)
    return {
      ...base,
      state: 'replaying',
      text: `A recording made by the lab, played at ${replay.speed} times its pace.`,
      speed: replay.speed,
    };
  if (age === null) return { ...base, state: 'starting', text: 'We have only just begun to look.' };
  if (age > Math.max(30, 3 * meta.probeSeconds)) {
    return {
      ...base,
      state: 'behind',
      text: `The observatory itself is behind: its last cycle ended ${Math.round(age)} s ago.`,
    };
  }
  return { ...base, state: 'watching', text: `Watching from ${meta.vantage}.` };
}
