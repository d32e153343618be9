/** The workers of the sources beside the authorities: started together, each on its own, waited for by nobody but the end. */
import type { OpenedArchive } from '../archive/index.ts';
import { systemClock } from '../collect/index.ts';
import { watchCollector, watchedFeed, watchOnionoo } from '../feeds/index.ts';
import type { CollectorFeedOptions, FeedOptions, FeedPorts, WatchedFeed } from '../feeds/index.ts';
import type { Pipeline } from '../pipeline/index.ts';

/** Which sources are asked, and how. */
export interface SourceOptions {
  readonly collector?: CollectorFeedOptions;
  readonly onionoo?: FeedOptions;
}

/** What the workers are given. */
interface SourceParts {
  readonly archive: Pick<OpenedArchive, 'keep' | 'append'>;
  readonly pipeline: Pick<Pipeline, 'feedKnowledge'>;
  readonly vantage: string;
  readonly onTrouble: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** The sources as they are written into the journal. */
export function watchedFeeds({ collector, onionoo }: SourceOptions): readonly WatchedFeed[] {
  return [
    ...(collector ? [watchedFeed('collector', collector)] : []),
    ...(onionoo ? [watchedFeed('onionoo', onionoo)] : []),
  ];
}

/** Starts them; resolves within a second after the signal aborts. Never rejects. */
export async function startSources(
  { collector, onionoo }: SourceOptions,
  { archive, pipeline, vantage, onTrouble, signal }: SourceParts,
): Promise<void> {
  const ports: FeedPorts = {
    keep: (bytes) => archive.keep(bytes),
    // What came is taken up with the next cycle of the collector, which ends with a tick.
    record: async (entry) => void (await archive.append([entry])),
    knowledge: () => pipeline.feedKnowledge(),
    clock: systemClock,
    random: Math.random,
    onTrouble,
  };
  const workers = [
    ...(collector ? [watchCollector({ ...collector, vantage }, ports, signal)] : []),
    ...(onionoo ? [watchOnionoo({ ...onionoo, vantage }, ports, signal)] : []),
  ];
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([Promise.allSettled(workers), stopped.then(() => systemClock.sleep(800))]);
}
