/** The door of the analysis room: pure answers about one round or many. No clock, no store, no network. */
export * from './agreement.ts';
export * from './authority-state.ts';
export * from './capacity.ts';
export * from './copies.ts';
export * from './diversity.ts';
export * from './facts.ts';
export * from './figures.ts';
export * from './freshness.ts';
export * from './limits.ts';
export * from './scanners.ts';
export * from './sources.ts';
export * from './what-if.ts';
