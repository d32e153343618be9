/**
 * Router entries as columns. A consensus has ten thousand of them and a round of votes ninety thousand, so they are not
 * objects: each column is one typed array over all entries, texts that repeat are kept once, and the bytes of the
 * document are referred to by offset. `routerAt` gives a readable view of one row.
 */
import { formatTime, textOf, toBase64, toHex } from '../base/index.ts';
import type { UnixSeconds } from '../base/index.ts';

/** Bits of `RouterTable.present`: which lines an entry has. */
export const present = {
  s: 1,
  v: 2,
  pr: 4,
  w: 8,
  p: 16,
  m: 32,
  id: 64,
  stats: 128,
  a: 256,
  /** `w` carried these. */
  bandwidth: 512,
  measured: 1024,
  unmeasured: 2048,
  guardFraction: 4096,
  /** An authority's own relay: `MeasuredButAuthority=` instead of `Measured=`. */
  measuredButAuthority: 8192,
} as const;

/** What an `id` line said of the ed25519 identity: no line, `ed25519 none`, or a key. */
export const ed25519State = { absent: 0, none: 1, key: 2 } as const;

/** The router entries of one consensus or vote, in the document's order; row `i` of every column is entry `i`. */
export interface RouterTable {
  /** The document the offsets point into. */
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Offset of each entry's `r` line; row `count` is where the last entry ends. */
  readonly start: Uint32Array;
  /** Line number of each entry's `r` line. */
  readonly line: Uint32Array;
  readonly nicknameStart: Uint32Array;
  readonly nicknameEnd: Uint32Array;
  /** SHA-1 of the relay's RSA identity key, 20 bytes each. */
  readonly identity: Uint8Array;
  /** SHA-1 of the server descriptor, 20 bytes each; zero in a microdesc consensus. */
  readonly descriptorDigest: Uint8Array;
  /** SHA-256 of the microdescriptor, 32 bytes each, of a microdesc consensus (`present.m`). */
  readonly microdescDigest: Uint8Array;
  /** When the descriptor was published, in seconds since the epoch. */
  readonly published: Float64Array;
  /** IPv4 address as an unsigned integer. */
  readonly ipv4: Uint32Array;
  readonly orPort: Uint16Array;
  readonly dirPort: Uint16Array;
  /** The first usable IPv6 `a` line: 16 bytes each, and its port (0: none). */
  readonly ipv6: Uint8Array;
  readonly ipv6Port: Uint16Array;
  /** The flags as two words of bits each, over `knownFlags`. */
  readonly flags: Uint32Array;
  readonly knownFlags: readonly string[];
  /** Bits of `present`. */
  readonly present: Uint16Array;
  /** Row of `versions`, `protocolLists`, `policies`; meaningful where `present` says so. */
  readonly version: Uint32Array;
  readonly protocols: Uint32Array;
  readonly policy: Uint32Array;
  readonly versions: readonly string[];
  readonly protocolLists: readonly string[];
  readonly policies: readonly string[];
  /** `Bandwidth=`, `Measured=` (kB, unit-less in a consensus) and `GuardFraction=`. */
  readonly bandwidth: Float64Array;
  readonly measured: Float64Array;
  readonly guardFraction: Uint8Array;
  /** Votes: the `id ed25519` line, 32 bytes each, and its state. */
  readonly ed25519: Uint8Array;
  readonly ed25519State: Uint8Array;
  /** Votes: the `stats` line. */
  readonly wfu: Float64Array;
  readonly tk: Float64Array;
  readonly mtbf: Float64Array;
  /** Votes: all `m` lines in document order. */
  readonly votedMicrodescs: VotedMicrodescs;
  /** Lines of entries whose keyword is not known here. */
  readonly unknownLines: readonly {
    readonly router: number;
    readonly line: number;
    readonly offset: number;
    readonly text: string;
  }[];
}

/** The `m` lines of a vote as columns: for these methods, this microdescriptor (dir-spec 3.4.1). */
export interface VotedMicrodescs {
  readonly count: number;
  /** The entry each line belongs to; ascending. */
  readonly router: Uint32Array;
  /** Row of `methodLists`: the method list as written, for example `32,33,34,35`. */
  readonly methods: Uint32Array;
  readonly methodLists: readonly string[];
  /** The `sha256=` digests, 32 bytes each, and whether the line had one. */
  readonly sha256: Uint8Array;
  readonly hasSha256: Uint8Array;
}

/** One row of the table, readable. */
export interface Router {
  readonly nickname: string;
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly descriptorDigest: string;
  readonly microdescDigest: string | undefined;
  readonly published: string;
  readonly address: string;
  readonly orPort: number;
  readonly dirPort: number;
  /** `[address]:port` of the first usable IPv6 line. */
  readonly ipv6: string | undefined;
  readonly flags: readonly string[];
  readonly version: string | undefined;
  readonly protocols: string | undefined;
  readonly policy: string | undefined;
  readonly bandwidth: number | undefined;
  readonly measured: number | undefined;
  readonly unmeasured: boolean;
  readonly ed25519: string | undefined;
}

/** Whether entry `router` has the flag with this index in `knownFlags`. */
export function hasFlag(table: RouterTable, router: number, flag: number): boolean {
  return flag >= 0 && (((table.flags[router * 2 + (flag >> 5)] as number) >>> (flag & 31)) & 1) === 1;
}

/** Dotted decimal. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** IPv6 text as tor prints it, without brackets: the first longest run of two or more zero words becomes `::`. */
export function formatIpv6(bytes: Uint8Array, at = 0): string {
  const words = Array.from(
    { length: 8 },
    (_, word) => ((bytes[at + word * 2] as number) << 8) | (bytes[at + word * 2 + 1] as number),
  );
  const embedded =
    words.slice(0, 5).every((word) => word === 0) &&
    (words[5] === 0xffff || (words[5] === 0 && words[6] !== 0 && words[7] !== 0));
  if (embedded) {
    const quad = Array.from(bytes.subarray(at + 12, at + 16)).join('.');
    return words[5] === 0xffff ? `::ffff:${quad}` : `::${quad}`;
  }
  const text = words.map((word) => word.toString(16));
  const run = longestZeroRun(words);
  if (run.length < 2) return text.join(':');
  return `${text.slice(0, run.start).join(':')}::${text.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < words.length; start += 1) {
    let length = 0;
    while (words[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

/** The names of the flags of one entry, in the order of known-flags. */
export function flagsOf(table: RouterTable, router: number): string[] {
  return table.knownFlags.filter((_, flag) => hasFlag(table, router, flag));
}

/** The nickname of one entry. */
export function nicknameOf(table: RouterTable, router: number): string {
  return textOf(table.bytes, table.nicknameStart[router], table.nicknameEnd[router]);
}

/** The fingerprint of one entry, 40 upper-case hexadecimal digits. */
export function fingerprintOf(table: RouterTable, router: number): string {
  return toHex(table.identity, router * 20, router * 20 + 20);
}

/** A readable view of one entry; undefined when there is no such row. */
export function routerAt(table: RouterTable, router: number): Router | undefined {
  if (router < 0 || router >= table.count) return undefined;
  const has = table.present[router] as number;
  const when = <T>(bit: number, value: T): T | undefined => ((has & bit) === 0 ? undefined : value);
  const port = table.ipv6Port[router] as number;
  return {
    nickname: nicknameOf(table, router),
    fingerprint: fingerprintOf(table, router),
    descriptorDigest: toHex(table.descriptorDigest, router * 20, router * 20 + 20),
    microdescDigest: when(present.m, toBase64(table.microdescDigest, router * 32, router * 32 + 32)),
    published: formatTime(table.published[router] as UnixSeconds),
    address: formatIpv4(table.ipv4[router] as number),
    orPort: table.orPort[router] as number,
    dirPort: table.dirPort[router] as number,
    ipv6: port === 0 ? undefined : `[${formatIpv6(table.ipv6, router * 16)}]:${port}`,
    flags: flagsOf(table, router),
    version: when(present.v, table.versions[table.version[router] as number]),
    protocols: when(present.pr, table.protocolLists[table.protocols[router] as number]),
    policy: when(present.p, table.policies[table.policy[router] as number]),
    bandwidth: when(present.bandwidth, table.bandwidth[router]),
    measured: when(present.measured, table.measured[router]),
    unmeasured: (has & present.unmeasured) !== 0,
    ed25519:
      table.ed25519State[router] === ed25519State.key
        ? toBase64(table.ed25519, router * 32, router * 32 + 32)
        : undefined,
  };
}

/** The row of the relay with this identity (20 bytes); −1 when it is not listed. Entries stand in ascending order. */
export function findRouter(table: RouterTable, identity: Uint8Array): number {
  let low = 0;
  let high = table.count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareIdentity(table.identity, middle * 20, identity, 0);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Order of the 20 bytes at `x` in `a` and at `y` in `b`. */
export function compareIdentity(a: Uint8Array, x: number, b: Uint8Array, y: number): number {
  for (let at = 0; at < 20; at += 1) {
    const difference = (a[x + at] as number) - (b[y + at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
