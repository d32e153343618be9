/** What the pipeline has in mind of sources beside the authorities: a part of its memory, and like it a projection of the store. */
import type { Row } from '../store/index.ts';

/** What the pipeline has in mind of sources; a part of its memory. */
export interface FeedMemory {
  /** By source and subject. */
  readonly rows: Map<string, Row<'feeds'>>;
  /** By source and valid-after. */
  readonly rounds: Map<string, Row<'feed_rounds'>>;
  /** By source and fingerprint. */
  readonly relays: Map<string, Row<'feed_relays'>>;
  /** By slot: descriptors that came in files of one quarter of an hour. */
  readonly advertised: Map<number, AdvertisedSlot>;
  /** By valid-after: what its capacities were computed from. */
  readonly computed: Map<number, string>;
  /** By document and source: copies that came by a source. */
  readonly copies: Map<string, Row<'copies'>>;
  /** SHA-256 of bandwidth files that no vote named yet, and of others that are held. */
  readonly strayFiles: Set<string>;
  readonly bandwidthFiles: Set<string>;
}

/** The descriptors that came in files of one quarter of an hour. */
export interface AdvertisedSlot {
  /** The quarter of an hour, in seconds. */
  readonly at: number;
  readonly files: readonly string[];
  /** Bytes a second by digest. */
  readonly descriptors: ReadonlyMap<string, number>;
}

/** A memory of no source. */
export function emptyFeedMemory(): FeedMemory {
  return {
    rows: new Map(),
    rounds: new Map(),
    relays: new Map(),
    advertised: new Map(),
    computed: new Map(),
    copies: new Map(),
    strayFiles: new Set(),
    bandwidthFiles: new Set(),
  };
}

/** A slot from its row. */
export function slotOfRow({ at, files, descriptors }: Row<'advertised'>): AdvertisedSlot {
  const lines = (descriptors ?? '') === '' ? [] : (descriptors ?? '').split('\n');
  return {
    at: at ?? 0,
    files: JSON.parse(files ?? '[]') as string[],
    descriptors: new Map(
      lines.map((line) => {
        const [digest = '', value] = line.split(' ');
        return [digest, Number(value)] as const;
      }),
    ),
  };
}
