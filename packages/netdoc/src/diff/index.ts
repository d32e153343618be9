/** Floor 3: consensus diffs, made and applied. */
export { makeDiff } from './make.ts';
export { applyDiff } from './apply.ts';
export { digestAsSigned } from './digests.ts';
export type { DiffPart, DiffRefusal } from './refusal.ts';
