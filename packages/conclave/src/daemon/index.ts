/** The door of the daemon room: wiring, clocks, starting and stopping. */
export { loadCountries } from './countries.ts';
export { loadNetworks } from './networks.ts';
export { TableError } from './table-error.ts';
export { startDemo } from './demo.ts';
export type { Demo, DemoOptions } from './demo.ts';
export { checkDirectory } from './fsck.ts';
export type { DirectoryReport, StoreReport } from './fsck.ts';
export { startObservatory } from './observatory.ts';
export type { Observatory, ObservatoryOptions } from './observatory.ts';
export { rebuildStore } from './rebuild.ts';
export type { Rebuilt } from './rebuild.ts';
export { keepUp, startUpkeep } from './upkeep.ts';
export type { UpkeepOptions, UpkeepTimes } from './upkeep.ts';
export { startSources, watchedFeeds } from './sources.ts';
export type { SourceOptions } from './sources.ts';
