/** Which server descriptors the newest genuine consensus names that nobody has brought yet. */
import { toHex } from '@conclave/netdoc';
import type { RouterTable } from '@conclave/netdoc';
import type { MissingDescriptors } from '../collect/index.ts';
import { heldDescriptors } from './capacities.ts';
import type { Desk } from './desk.ts';
import { newestRound } from './memory.ts';

/** As many as are told of at a time: twice what the public network has. */
const mostMissing = 20_000;

/** Puts the newest consensus onto the desk, where it is missing after a restart only. */
export async function layNewest(desk: Desk): Promise<void> {
  const sha256 = newestRound(desk.memory)?.row?.ns_sha256;
  if (typeof sha256 === 'string') await desk.consensus(sha256);
}

/** What is missing of the newest consensus, as long as that lies on the desk; computed anew when something came. */
export class Missing {
  private consensus: string | undefined;
  private named: readonly string[] = [];
  private taken = -1;
  private missing: MissingDescriptors | undefined;

  /** Asked for with every look at the plan: nearly always it is what it was. */
  of({ memory, shelf }: Desk): MissingDescriptors | undefined {
    const consensus = newestRound(memory)?.row?.ns_sha256 ?? '';
    const routers = shelf.consensuses.get(consensus)?.document?.routers;
    const { taken } = memory.feeds.advertised;
    if (!routers) return undefined;
    if (consensus === this.consensus && taken === this.taken) return this.missing;
    if (consensus !== this.consensus) this.named = digestsOf(routers);
    this.consensus = consensus;
    this.taken = taken;
    const held = heldDescriptors(memory);
    const digests = this.named.filter((digest) => !held.has(digest)).slice(0, mostMissing);
    this.missing = { consensus, digests: new Set(digests) };
    return this.missing;
  }
}

/** The digests by which a consensus names descriptors, in ascending order. */
function digestsOf({ count, descriptorDigest }: RouterTable): readonly string[] {
  const digests = Array.from({ length: count }, (_, relay) =>
    toHex(descriptorDigest, relay * 20, relay * 20 + 20),
  );
  return [...new Set(digests)].sort();
}
