/**
 * Capacities of rounds, out of the server descriptors that a source has: what relays advertise of themselves, counted only
 * where a genuine consensus names the very descriptor.
 */
import { parseConsensus, parseServerDescriptors } from '@conclave/netdoc';
import type { Consensus } from '@conclave/netdoc';
import { advertisedOf, capacityClasses, capacityOf } from '../analysis/index.ts';
import type { Observation } from '../collect/index.ts';
import { timeOfName } from '../feeds/index.ts';
import type { FeedObservation } from '../feeds/index.ts';
import type { Batch, Row } from '../store/index.ts';
import { documentRow } from './document-row.ts';
import type { AdvertisedSlot } from './feed-memory.ts';
import type { Shelf } from './judge.ts';
import { newestRound } from './memory.ts';
import type { Memory } from './memory.ts';

/** Descriptors are kept in mind by quarters of an hour, so many of them in turn: more than two days. */
const slotSeconds = 900;
const slots = 256;
const descriptorSeconds = 48 * 3600;

/** Who served descriptors is no matter here: a source, by files with names, or an authority. */
export type DescriptorsServed = Pick<FeedObservation, 'at' | 'vantage' | 'file'>;

/**
 * What the descriptors of a file advertise. None is verified by itself: it counts only where a consensus, whose signatures
 * were checked, names its digest.
 */
export function takeDescriptors(
  observation: DescriptorsServed,
  bytes: Uint8Array,
  sha256: string,
  memory: Memory,
  batch: Batch,
): Row<'documents'> {
  const descriptors = new Map<string, number>();
  let problems = 0;
  let found = 0;
  for (const { document, errors } of parseServerDescriptors(bytes)) {
    found += 1;
    problems += errors;
    const advertised = document && advertisedOf(document);
    if (advertised) descriptors.set(advertised.digest, advertised.bytesPerSecond);
  }
  const { file, at } = observation;
  const quarter = Math.floor((timeInName(file ?? '') ?? at / 1000) / slotSeconds);
  const slot = quarter % slots;
  const old = memory.feeds.advertised.get(slot);
  const same = old?.at === quarter * slotSeconds ? old : undefined;
  const next: AdvertisedSlot = {
    at: quarter * slotSeconds,
    // Names serve a source's plan: what an authority answers has none.
    files: [...new Set([...(same?.files ?? []), ...(file === undefined ? [] : [file])])],
    descriptors: new Map([...(same?.descriptors ?? []), ...descriptors]),
  };
  memory.feeds.advertised.set(slot, next);
  batch.put('advertised', String(slot), {
    slot,
    at: next.at,
    files: JSON.stringify(next.files),
    descriptors: [...next.descriptors].map(([digest, value]) => `${digest} ${value}`).join('\n'),
  });
  const arrival = { observation: asServed(observation), sha256, bytes };
  return documentRow(arrival, 'server-descriptors', {
    verdict: `${found} server descriptors; each counts only where a genuine consensus names its digest.`,
    problems,
  });
}

function asServed({ at, vantage }: DescriptorsServed): Observation {
  const subject = { kind: 'server-descriptor' } as const;
  return { at, vantage, authority: '', subject, outcome: 'received', timings: { totalMs: 0 } };
}

/** Digests of the descriptors of which facts are held: SHA-1, 40 upper-case hexadecimal digits. Nobody need fetch them again. */
export function heldDescriptors({ feeds }: Memory): ReadonlySet<string> {
  const held = new Set<string>();
  for (const { descriptors } of feeds.advertised.values())
    for (const digest of descriptors.keys()) held.add(digest);
  return held;
}

/** The time in the name of a file of CollecTor's, wherever in it. */
export function timeInName(name: string): number | undefined {
  const found = /\d{4}(?:-\d{2}){5}/.exec(name);
  return found ? timeOfName(found[0]) : undefined;
}

/** What is at hand when capacities are computed. */
export interface CapacityHands {
  readonly memory: Memory;
  readonly shelf: Shelf;
  readonly batch: Batch;
  readonly read: (sha256: string) => Promise<Uint8Array | undefined>;
}

/**
 * The capacities of the two newest rounds, computed when something they rest on is new. The one before the newest too:
 * an archive has the descriptors of a round only some time after its consensus.
 */
export async function measureCapacities({ memory, shelf, batch, read }: CapacityHands): Promise<void> {
  const newest = newestRound(memory)?.validAfter;
  if (newest === undefined || memory.feeds.advertised.size === 0) return;
  const slotsHeld = [...memory.feeds.advertised.values()]
    .filter(({ at }) => at >= newest - descriptorSeconds)
    .sort((a, b) => a.at - b.at);
  const state = slotsHeld.map(({ at, files }) => `${at} ${files.length}`).join(' ');
  let held: Map<string, number> | undefined;
  for (const round of memory.rounds.values()) {
    if (!round.row || !isMeasured(round.validAfter, memory)) continue;
    const name = round.row?.ns_sha256 ?? '';
    const key = `${name} ${state}`;
    if (memory.feeds.computed.get(round.validAfter) === key) continue;
    held ??= new Map(slotsHeld.flatMap(({ descriptors }) => [...descriptors]));
    const consensus = shelf.consensuses.get(name)?.document ?? (await consensusOf(name, read));
    if (!consensus) continue;
    memory.feeds.computed.set(round.validAfter, key);
    putCapacities(round.validAfter, consensus, held, batch);
  }
  for (const validAfter of memory.feeds.computed.keys())
    if (!isMeasured(validAfter, memory)) memory.feeds.computed.delete(validAfter);
}

const roundsMeasured = 2;

/** Whether it is one of the two newest rounds. */
function isMeasured(validAfter: number, memory: Memory): boolean {
  let newer = 0;
  for (const { row, validAfter: other } of memory.rounds.values()) if (row && other > validAfter) newer += 1;
  return newer < roundsMeasured;
}

async function consensusOf(
  sha256: string,
  read: (sha256: string) => Promise<Uint8Array | undefined>,
): Promise<Consensus | undefined> {
  const bytes = await read(sha256);
  return bytes && parseConsensus(bytes, { profile: 'tor-0.4.9' }).document;
}

function putCapacities(
  validAfter: number,
  consensus: Consensus,
  held: ReadonlyMap<string, number>,
  batch: Batch,
): void {
  const capacity = capacityOf(consensus, held);
  // Of a round whose descriptors were never fetched nothing is known, which is not zero.
  if (!capacity || capacity.total.described === 0) return;
  for (const name of capacityClasses) {
    const { relays, described, bitsPerSecond } = capacity[name];
    batch.put('capacities', `${validAfter}/${name}`, {
      valid_after: validAfter,
      class: name,
      relays,
      described,
      bits_per_second: bitsPerSecond,
      source: 'collector',
    });
  }
}
