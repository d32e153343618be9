/** Documents that are kept parsed while the rounds that they are of are under way. */
import type { Consensus, Parsed, Vote } from '@conclave/netdoc';

/** Parsed documents of the rounds under way, so that no document is parsed twice. Bounded by its owner. */
export interface Shelf {
  readonly consensuses: Map<string, Parsed<Consensus>>;
  readonly votes: Map<string, Parsed<Vote>>;
}
