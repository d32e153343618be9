/** Compares the columns of a table, all of them and row by row, with what the reference reader has. */
import { expect } from 'vitest';
import {
  ed25519State,
  flagsOf,
  formatIpv4,
  nicknameOf,
  present,
  toBase64,
  toHex,
  type RouterTable,
} from '../../src/index.ts';
import { readEntries, type ReferenceEntry } from './reference.ts';

/** Expects the table to be what the reference reader makes of the bytes; returns the number of entries. */
export function expectSameEntries(
  table: RouterTable,
  bytes: Uint8Array,
  kind: 'ns' | 'microdesc' | 'vote',
): number {
  const entries = readEntries(Buffer.from(bytes).toString('latin1'), kind);
  expect(table.count).toBe(entries.length);
  let voted = 0;
  for (const [row, entry] of entries.entries()) {
    const found = rowOf(table, row);
    // One comparison of texts for each row: expect() on ten thousand objects of thirty fields takes minutes.
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected(entry))];
    if (a !== b) expect(found).toEqual(expected(entry));
    for (const [methods, sha256] of entry.voted) {
      const microdescs = table.votedMicrodescs;
      const digest = toBase64(microdescs.sha256, voted * 32, voted * 32 + 32);
      const is = [
        microdescs.router[voted],
        microdescs.methodLists[microdescs.methods[voted] ?? -1],
        microdescs.hasSha256[voted] ? digest : undefined,
      ];
      if (is[0] !== row || is[1] !== methods || is[2] !== sha256) expect(is).toEqual([row, methods, sha256]);
      voted += 1;
    }
  }
  expect(table.votedMicrodescs.count).toBe(voted);
  return entries.length;
}

/** Everything that the columns have of a row, in the shape of `expected`. */
function rowOf(table: RouterTable, row: number): object {
  const has = table.present[row] ?? 0;
  const when = <T>(bit: number, value: T): T | null => ((has & bit) === 0 ? null : value);
  const state = table.ed25519State[row];
  const key = toBase64(table.ed25519, row * 32, row * 32 + 32);
  const address = toHex(table.ipv6, row * 16, row * 16 + 16)
    .toLowerCase()
    .replace(/(....)(?!$)/g, '$1:');
  return {
    line: table.line[row],
    starts: String.fromCharCode(...table.bytes.subarray(table.start[row], (table.start[row] ?? 0) + 2)),
    nickname: nicknameOf(table, row),
    identity: toHex(table.identity, row * 20, row * 20 + 20),
    descriptorDigest: toHex(table.descriptorDigest, row * 20, row * 20 + 20),
    published: table.published[row],
    address: formatIpv4(table.ipv4[row] ?? 0),
    orPort: table.orPort[row],
    dirPort: table.dirPort[row],
    ipv6: table.ipv6Port[row] === 0 ? null : `${address} ${table.ipv6Port[row]}`,
    flags: flagsOf(table, row),
    version: when(present.v, table.versions[table.version[row] ?? -1]),
    protocols: when(present.pr, table.protocolLists[table.protocols[row] ?? -1]),
    policy: when(present.p, table.policies[table.policy[row] ?? -1]),
    microdesc: when(present.m, toBase64(table.microdescDigest, row * 32, row * 32 + 32)),
    bandwidth: when(present.bandwidth, table.bandwidth[row]),
    measured: when(present.measured, table.measured[row]),
    guardFraction: when(present.guardFraction, table.guardFraction[row]),
    unmeasured: (has & present.unmeasured) !== 0,
    measuredButAuthority: (has & present.measuredButAuthority) !== 0,
    ed25519: state === ed25519State.key ? key : state === ed25519State.none ? 'none' : null,
    stats: when(present.stats, [table.wfu[row], table.tk[row], table.mtbf[row]]),
  };
}

function expected(entry: ReferenceEntry): object {
  const number = (map: ReadonlyMap<string, string> | undefined, key: string): number | null => {
    const text = map?.get(key);
    return text === undefined ? null : Number(text);
  };
  const { weights, stats } = entry;
  return {
    line: entry.line,
    starts: 'r ',
    nickname: entry.nickname,
    identity: entry.identity,
    descriptorDigest: entry.descriptorDigest,
    published: entry.published,
    address: entry.address,
    orPort: entry.orPort,
    dirPort: entry.dirPort,
    ipv6: entry.ipv6 ?? null,
    flags: entry.flags,
    version: entry.version ?? null,
    protocols: entry.protocols ?? null,
    policy: entry.policy ?? null,
    microdesc: entry.microdesc ?? null,
    bandwidth: number(weights, 'Bandwidth'),
    measured: number(weights, 'Measured'),
    guardFraction: number(weights, 'GuardFraction'),
    unmeasured: weights?.get('Unmeasured') === '1',
    measuredButAuthority: weights?.has('MeasuredButAuthority') ?? false,
    ed25519: entry.ed25519 ?? null,
    stats: stats ? [number(stats, 'wfu'), number(stats, 'tk'), number(stats, 'mtbf')] : null,
  };
}
