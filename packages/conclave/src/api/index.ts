/**
 * The door of the API: the contract, and the application that serves it.
 */
export { isDeclined } from './answers.ts';
export { alliumPath } from './openapi.ts';
export type { AlliumFile, Answers, Declined, ExplainQuery, SeriesQuery, WhatIfQuery } from './answers.ts';
export * from './contract.ts';
export { type Api, type ApiOptions, createApi, fail } from './api.ts';
export { entityTag, isFresh, respond } from './caching.ts';
export { documentSecurityPolicy, securityHeaders, unconnectedSecurityPolicy } from './headers.ts';
export { liveDefaults, type LiveOptions } from './live.ts';
export type { JsonSchema, OpenApiDocument, OpenApiOperation } from './openapi.ts';
export {
  defined,
  explain,
  fingerprintInput,
  healthInputs,
  listInputs,
  nicknameInput,
  proofInputs,
  relaysInput,
  seriesInput,
  sha256Input,
  type Stamped,
  timeInput,
} from './routes.ts';
