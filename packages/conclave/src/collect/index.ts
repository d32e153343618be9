/** The door of the collect room: the observatory's rim to the outside. */
export * from './clock.ts';
export * from './collector.ts';
export { decodeBody, type Decoded, type DecodeLimits } from './decode.ts';
export * from './knowledge.ts';
export * from './load.ts';
export { codeOf, outcomeOfError } from './network-errors.ts';
export * from './observation.ts';
export { orPortLimits, reachOrPort, type OrPortLimits } from './or-port.ts';
export * from './plan.ts';
export { receive, type Receiver } from './receive.ts';
export { descriptorBytesMost, descriptorQuestionsMost, descriptorsARequest } from './relay-descriptors.ts';
export { documentLimits, get, livenessLimits, stopwatch } from './transport.ts';
export type { Answer, GetOptions, Limits, Target } from './transport.ts';
export { certificatesOf, probeSecondsOf, wishesAt } from './wishes.ts';
export type { Copies, PlanOptions, Question, WantedRelays, Wish } from './wishes.ts';
