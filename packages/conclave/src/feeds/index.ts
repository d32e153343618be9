/** The door of the feeds room: sources beside the authorities, each with a worker of its own, off unless configured. */
export { watchCollector, type CollectorFeedOptions } from './collector.ts';
export { indexFacts, readCollectorIndex, timeOfName } from './collector-index.ts';
export type { CollectorFile, CollectorIndex, IndexReading } from './collector-index.ts';
export { fileKey, filesToFetch } from './collector-plan.ts';
export type { CollectorPlanOptions, FeedKnowledge } from './collector-plan.ts';
export { ask, feedLimits } from './http.ts';
export type { FeedAnswer, FeedLimits, FeedRequest, Validators } from './http.ts';
export * from './observation.ts';
export * from './onionoo.ts';
export { onionooQuestions, watchOnionoo } from './onionoo-feed.ts';
export { waitMs, watchedFeed } from './worker.ts';
export type { FeedOptions, FeedPorts } from './worker.ts';
