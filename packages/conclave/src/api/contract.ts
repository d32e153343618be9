/**
 * The contract of the HTTP API, version 1: what every answer looks like, as schemas. The OpenAPI document, the types that
 * the pages are written against and the tests all come from here. Times are ISO 8601 UTC to the second
 * (`2026-07-27T14:00:00Z`), shares are fractions from 0 to 1, durations and ages are seconds, sizes are bytes.
 * A figure that cannot be computed honestly is `null` and has its reason beside it.
 */
export {
  beatSchema,
  levelSchema,
  observingSchema,
  qualitySchema,
  sentenceSchema,
  errorSchema,
} from './contract-basics.ts';
export type { Beat, ErrorCode, Level, Observing, Sentence } from './contract-basics.ts';
export * from './contract-happenings.ts';
export * from './contract-authorities.ts';
export * from './contract-status.ts';
export * from './contract-rounds.ts';
export * from './contract-documents.ts';
export * from './contract-certificates.ts';
export * from './contract-sources.ts';
export * from './contract-proof.ts';
export * from './contract-history.ts';
export * from './contract-health.ts';
