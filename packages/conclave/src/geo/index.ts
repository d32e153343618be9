/** The door of the geo room: where an address is, by dated files. */
export * from './geoip.ts';
export * from './networks.ts';
