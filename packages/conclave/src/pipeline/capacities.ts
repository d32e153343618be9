/**
 * What server descriptors tell of rounds: capacities, platforms and operators. Whoever served a descriptor, it counts only
 * where a genuine consensus names it.
 */
import { parseServerDescriptors } from '@conclave/netdoc';
import type { Consensus } from '@conclave/netdoc';
import {
  capacityClasses,
  capacityOf,
  coverageOf,
  describedRelays,
  factsOf,
  isEnoughOf,
  operatorsOf,
  platformsOf,
} from '../analysis/index.ts';
import type { Capacity } from '../analysis/index.ts';
import type { Observation } from '../collect/index.ts';
import { timeOfName } from '../feeds/index.ts';
import type { FeedObservation } from '../feeds/index.ts';
import type { Batch, Row } from '../store/index.ts';
import { documentRow } from './document-row.ts';
import { keepFacts } from './feed-memory.ts';
import type { HeldFacts } from './feed-memory.ts';
import { putFigures } from './history.ts';
import { newestRound } from './memory.ts';
import type { Memory, RoundNote } from './memory.ts';

/** Names of files that are remembered: a source writes one an hour, and what it has of a day is asked for. */
const filesKept = 256;

/** By whom and when descriptors were served: by a source, as files with names, or by an authority. */
export interface DescriptorsServed
  extends Pick<FeedObservation, 'at' | 'vantage'>, Partial<Pick<FeedObservation, 'file' | 'feed'>> {
  /** Digests of those that were asked for, in upper case: no others are kept. Without it all are. */
  readonly asked?: ReadonlySet<string>;
}

/**
 * Keeps what the descriptors of an answer say; one row for each that is new, however many answers there are. None is verified
 * by itself: it counts only where a consensus, whose signatures were checked, names its digest.
 */
export function takeDescriptors(
  { at, vantage, file, feed, asked }: DescriptorsServed,
  bytes: Uint8Array,
  sha256: string,
  memory: Memory,
  batch: Batch,
): Row<'documents'> {
  const { advertised, descriptorFiles } = memory.feeds;
  let problems = 0;
  let found = 0;
  for (const { document, errors } of parseServerDescriptors(bytes)) {
    found += 1;
    problems += errors;
    const facts = document && factsOf(document);
    if (!facts || advertised.byDigest.has(facts.digest) || asked?.has(facts.digest) === false) continue;
    const row = keepFacts(advertised, { ...facts, via: feed ?? 'authorities' });
    batch.put('advertised', String(row.place), row);
  }
  if (file !== undefined) {
    descriptorFiles.delete(file);
    descriptorFiles.add(file);
    for (const old of [...descriptorFiles].slice(0, -filesKept)) descriptorFiles.delete(old);
  }
  const subject = { kind: 'server-descriptor' } as const;
  const observation: Observation = {
    at,
    vantage,
    authority: '',
    subject,
    outcome: 'received',
    timings: { totalMs: 0 },
  };
  return documentRow({ observation, sha256, bytes }, 'server-descriptors', {
    verdict: `${found} server descriptors; each counts only where a genuine consensus names its digest.`,
    problems,
  });
}

/**
 * Digests of the descriptors whose facts are held: SHA-1, 40 upper-case hexadecimal digits. Nobody need fetch them again. It is
 * the memory's own set, which grows with what is taken.
 */
export function heldDescriptors({ feeds }: Memory): ReadonlySet<string> {
  return feeds.advertised.digests;
}

/** The time in the name of a file of CollecTor's, wherever in it. */
export function timeInName(name: string): number | undefined {
  const found = /\d{4}(?:-\d{2}){5}/.exec(name);
  return found ? timeOfName(found[0]) : undefined;
}

/** What is at hand when capacities are computed. */
export interface CapacityHands {
  readonly memory: Memory;
  readonly batch: Batch;
  /** A consensus by its SHA-256, from the shelf or from the archive. */
  readonly consensus: (sha256: string) => Promise<Consensus | undefined>;
}

/**
 * What descriptors tell of the two newest rounds, computed when something it rests on is new. Of the one before the newest
 * too: its descriptors may come only after the next consensus.
 */
export async function measureCapacities({
  memory,
  batch,
  consensus: consensusOf,
}: CapacityHands): Promise<void> {
  const { advertised, computed } = memory.feeds;
  if (newestRound(memory) === undefined || advertised.taken === 0) return;
  for (const round of memory.rounds.values()) {
    if (!round.row || !isMeasured(round.validAfter, memory)) continue;
    const name = round.row.ns_sha256 ?? '';
    const key = `${name} ${advertised.taken}`;
    // Of a round whose relays are all described nothing more can come.
    const whole = `${name} whole`;
    if ([key, whole].includes(computed.get(round.validAfter) ?? '')) continue;
    const consensus = await consensusOf(name);
    if (!consensus) continue;
    const isWhole = measure(round, consensus, advertised.byDigest, batch);
    computed.set(round.validAfter, isWhole ? whole : key);
  }
  for (const validAfter of computed.keys()) if (!isMeasured(validAfter, memory)) computed.delete(validAfter);
}

const roundsMeasured = 2;

/** Whether it is one of the two newest rounds. */
function isMeasured(validAfter: number, memory: Memory): boolean {
  let newer = 0;
  for (const { row, validAfter: other } of memory.rounds.values()) if (row && other > validAfter) newer += 1;
  return newer < roundsMeasured;
}

/** Counts a round by the descriptors held and puts its rows and figures; true when all its relays are described. */
function measure(
  round: RoundNote,
  consensus: Consensus,
  held: ReadonlyMap<string, HeldFacts>,
  batch: Batch,
): boolean {
  const { validAfter } = round;
  const capacity = capacityOf(consensus, held);
  // Of a round whose descriptors were never fetched nothing is known, which is not zero.
  if (!capacity || capacity.total.described === 0 || !round.row) return false;
  const described = describedRow(validAfter, consensus, held);
  batch.put('described', String(validAfter), described);
  for (const name of capacityClasses) {
    const { relays, described: known, bitsPerSecond } = capacity[name];
    batch.put('capacities', `${validAfter}/${name}`, {
      valid_after: validAfter,
      class: name,
      relays,
      described: known,
      bits_per_second: bitsPerSecond,
      source: described.source,
    });
  }
  const columns = capacityColumns(capacity);
  const { row } = round;
  const isWhole = capacity.total.described === capacity.total.relays;
  if (capacityColumnNames.every((name) => row[name] === columns[name])) return isWhole;
  round.row = { ...row, ...columns };
  batch.put('rounds', String(validAfter), round.row);
  putFigures(round.row, batch);
  return isWhole;
}

function describedRow(
  validAfter: number,
  { routers }: Consensus,
  held: ReadonlyMap<string, HeldFacts>,
): Row<'described'> {
  const facts = describedRelays(routers, held);
  const { listed, described } = coverageOf(routers, facts);
  const { distinct, list, silent } = operatorsOf(routers, facts);
  const platforms = platformsOf(routers, facts);
  const sources = new Set(facts.flatMap((one) => one?.via ?? []));
  return {
    valid_after: validAfter,
    relays: listed.relays,
    weight: listed.weight,
    described: described.relays,
    described_weight: described.weight,
    source: [...sources].sort().join(', '),
    platforms: JSON.stringify({ distinct: platforms.length, list: platforms.slice(0, named) }),
    operators: JSON.stringify({ distinct, silent, list: list.slice(0, named) }),
  };
}

/** How many platforms and operators are named; the others are many, and small. */
const named = 30;

/** The columns of `rounds` that are filled here; a round whose figures are computed again keeps them until they are. */
const capacityColumnNames = [
  'capacity_total',
  'capacity_guard',
  'capacity_exit',
  'capacity_guard_exit',
  'capacity_middle',
] as const satisfies readonly (keyof Row<'rounds'>)[];

/** Those columns. */
export type CapacityColumns = Pick<Row<'rounds'>, (typeof capacityColumnNames)[number]>;

/** The columns of a round as they are known; all null before they are. */
export function capacityColumnsOf(row: Row<'rounds'> | undefined): CapacityColumns {
  return Object.fromEntries(
    capacityColumnNames.map((name) => [name, row?.[name] ?? null]),
  ) as unknown as CapacityColumns;
}

/** A sum of what some relays advertise is no figure of the class: it is one when nearly all of them are described. */
function capacityColumns(capacity: Capacity): CapacityColumns {
  const valueOf = (name: keyof Capacity): number | null => {
    const { relays, described, bitsPerSecond } = capacity[name];
    return isEnoughOf(described, relays) ? bitsPerSecond : null;
  };
  return {
    capacity_total: valueOf('total'),
    capacity_guard: valueOf('guard'),
    capacity_exit: valueOf('exit'),
    capacity_guard_exit: valueOf('guardExit'),
    capacity_middle: valueOf('middle'),
  };
}
