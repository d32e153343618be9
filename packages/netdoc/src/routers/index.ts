/** Floor 2: the router entries of a consensus or vote, as columns over its bytes. */
export { scanRouters } from './scan.ts';
export type { RoutersOf, ScanOptions, ScanResult } from './scan.ts';
export {
  compareIdentity,
  ed25519State,
  findRouter,
  fingerprintOf,
  flagsOf,
  formatIpv4,
  formatIpv6,
  hasFlag,
  nicknameOf,
  present,
  routerAt,
} from './table.ts';
export type { Router, RouterTable, VotedMicrodescs } from './table.ts';
export { parseIpv4, parseIpv6, parseIpv6Port } from './address.ts';
