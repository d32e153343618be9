/** What the pipeline has in mind of sources beside the authorities: a part of its memory, and like it a projection of the store. */
import type { DescriptorFacts } from '../analysis/index.ts';
import type { Row } from '../store/index.ts';

/** What the pipeline has in mind of sources; a part of its memory. */
export interface FeedMemory {
  /** By source and subject. */
  readonly rows: Map<string, Row<'feeds'>>;
  /** By source and valid-after. */
  readonly rounds: Map<string, Row<'feed_rounds'>>;
  /** By source and fingerprint. */
  readonly relays: Map<string, Row<'feed_relays'>>;
  /** What server descriptors say, those of the last days. */
  readonly advertised: Advertised;
  /** Names of a source's files of descriptors that were read, the newest last. */
  readonly descriptorFiles: Set<string>;
  /** By valid-after: what its capacities were computed from. */
  readonly computed: Map<number, string>;
  /** By document and source: copies that came by a source. */
  readonly copies: Map<string, Row<'copies'>>;
  /** SHA-256 of bandwidth files that no vote named yet, and of others that are held. */
  readonly strayFiles: Set<string>;
  readonly bandwidthFiles: Set<string>;
}

/** The facts of a descriptor, and whence it came first. */
export interface HeldFacts extends DescriptorFacts {
  readonly via: string;
}

/** A ring of facts: as many as there are places. Mutable, and owned by one memory. */
export interface Advertised {
  readonly byDigest: Map<string, HeldFacts>;
  /** The keys of `byDigest`, as a set. */
  readonly digests: Set<string>;
  /** Digests by place. */
  readonly places: (string | undefined)[];
  /** How many were ever taken. */
  taken: number;
}

/** A memory of no source. */
export function emptyFeedMemory(): FeedMemory {
  return {
    rows: new Map(),
    rounds: new Map(),
    relays: new Map(),
    advertised: { byDigest: new Map(), digests: new Set(), places: [], taken: 0 },
    descriptorFiles: new Set(),
    computed: new Map(),
    copies: new Map(),
    strayFiles: new Set(),
    bandwidthFiles: new Set(),
  };
}

/**
 * How many descriptors are kept in mind. 9,500 relays publish some 13,000 a day, each every 18 hours at least (dir-spec
 * 3.4.1), and more when something changes: room for several days, and an end to what anybody can make us keep.
 */
export const descriptorPlaces = 65_536;

/** Puts facts into the next place of the ring, and out what was there. */
export function keepFacts(advertised: Advertised, facts: HeldFacts): Row<'advertised'> {
  const { taken } = advertised;
  settle(advertised, taken, facts);
  return {
    place: taken % descriptorPlaces,
    number: taken,
    digest: facts.digest,
    bytes_per_second: facts.bytesPerSecond,
    platform: facts.platform ?? null,
    contact: facts.contact ?? null,
    families: facts.families.join(' '),
    via: facts.via,
  };
}

/** Puts the facts of a row where they were; rows must come in the order of their numbers. */
export function recallFacts(advertised: Advertised, row: Row<'advertised'>): void {
  settle(advertised, row.number ?? 0, {
    digest: row.digest ?? '',
    bytesPerSecond: row.bytes_per_second ?? 0,
    platform: row.platform ?? undefined,
    contact: row.contact ?? undefined,
    families: (row.families ?? '').split(' ').filter(Boolean),
    via: row.via ?? '',
  });
}

function settle(advertised: Advertised, number: number, facts: HeldFacts): void {
  const { byDigest, digests, places } = advertised;
  const place = number % descriptorPlaces;
  const old = places[place];
  if (old !== undefined) {
    byDigest.delete(old);
    digests.delete(old);
  }
  places[place] = facts.digest;
  byDigest.set(facts.digest, facts);
  digests.add(facts.digest);
  advertised.taken = number + 1;
}
