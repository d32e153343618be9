/** The door of the backfill room: rounds of the past, out of archives. */
export { backfill, BackfillError, reportFile, usualKinds } from './backfill.ts';
export type { BackfillOptions } from './backfill.ts';
export type { BackfillReport, Gap, RefusedDocument } from './report.ts';
export { gapsIn } from './report.ts';
export type { Problem, Progress } from './tally.ts';
