/** The door of the network room: who the authorities are, and when they vote. */
export * from './authority.ts';
export * from './public.ts';
export * from './schedule.ts';
export * from './sources.ts';
