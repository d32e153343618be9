/**
 * Did many relays come at once that look alike? (S8, sudden growth.) New relays are grouped by what they have in common; a
 * group is told when it is large and when so many would not have come if new relays were as mixed as those that are there.
 */
import { findRouter, fingerprintOf, fromHex, nicknameOf, present } from '@conclave/netdoc';
import type { Consensus, RelayName, RouterTable } from '@conclave/netdoc';
import type { Limits } from './limits.ts';

/** What new relays have in common. */
export type GrowthBy = 'all' | 'nickname' | 'network16' | 'network24' | 'version' | 'bandwidth' | 'contact';

/** New relays that look alike. */
export interface Growth {
  readonly by: GrowthBy;
  /** What it is: `quux#`, `192.0.2.0/24`; empty for all new relays together. */
  readonly pattern: string;
  readonly relays: number;
  /** Relays of the round before that have it, too. */
  readonly before: number;
  /** From how many on it is told. */
  readonly limit: number;
  readonly named: readonly { readonly fingerprint: string; readonly nickname: string }[];
}

/** How many relays of a group are named. */
export const growthNamed = 20;

/** What the limits of growth are. */
export type GrowthLimits = Pick<Limits, 'growthRelays' | 'growthTimes' | 'growthShare'>;

type Feature = (table: RouterTable, row: number) => string | undefined;

const features: readonly (readonly [GrowthBy, Feature])[] = [
  ['nickname', (table, row) => nicknamePattern(nicknameOf(table, row))],
  ['network16', (table, row) => block(table.ipv4[row] as number, 16)],
  ['network24', (table, row) => block(table.ipv4[row] as number, 24)],
  ['version', versionAt],
  ['bandwidth', weightAt],
];

/**
 * Groups of the relays that came. `contacts` gives the contact line of a relay by fingerprint, where descriptors are held;
 * without it nothing is said about contacts.
 */
export function suddenGrowth(
  before: Consensus,
  after: Consensus,
  added: readonly RelayName[],
  limits: GrowthLimits,
  contacts?: ReadonlyMap<string, string>,
): Growth[] {
  const rows = added.flatMap(({ fingerprint }) => {
    const row = findRouter(after.routers, fromHex(fingerprint) ?? new Uint8Array(20));
    return row < 0 ? [] : [{ row, fingerprint }];
  });
  const known = before.routers.count;
  const all = Math.max(limits.growthRelays, Math.ceil(known * limits.growthShare));
  const groups: Growth[] =
    rows.length < all || known === 0
      ? []
      : [group('all', '', rows, after.routers, { before: known, limit: all })];
  const contactOf: readonly (readonly [GrowthBy, Feature])[] = contacts
    ? [['contact', (table, row) => contacts.get(fingerprintOf(table, row))]]
    : [];
  for (const [by, feature] of known === 0 || rows.length < limits.growthRelays
    ? []
    : [...features, ...contactOf]) {
    const came = groupBy(rows, ({ row }) => feature(after.routers, row));
    const large = [...came].filter(([, members]) => members.length >= limits.growthRelays);
    if (large.length === 0) continue;
    const earlier = countBy(before.routers, feature, new Set(large.map(([pattern]) => pattern)));
    for (const [pattern, members] of large) {
      const had = earlier.get(pattern) ?? 0;
      // So many would come if new relays were mixed as those that are there.
      const usual = (rows.length * had) / known;
      const limit = Math.max(limits.growthRelays, Math.ceil(usual * limits.growthTimes));
      if (members.length >= limit)
        groups.push(group(by, pattern, members, after.routers, { before: had, limit }));
    }
  }
  return groups;
}

type Member = { readonly row: number; readonly fingerprint: string };

function group(
  by: GrowthBy,
  pattern: string,
  members: readonly Member[],
  table: RouterTable,
  counts: { readonly before: number; readonly limit: number },
): Growth {
  const named = members
    .slice(0, growthNamed)
    .map(({ row, fingerprint }) => ({ fingerprint, nickname: nicknameOf(table, row) }));
  return { by, pattern, relays: members.length, ...counts, named };
}

function groupBy(
  rows: readonly Member[],
  keyOf: (member: Member) => string | undefined,
): Map<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const member of rows) {
    const key = keyOf(member);
    if (key === undefined) continue;
    const members = groups.get(key);
    if (members) members.push(member);
    else groups.set(key, [member]);
  }
  return groups;
}

function countBy(table: RouterTable, feature: Feature, wanted: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (let row = 0; row < table.count; row += 1) {
    const key = feature(table, row);
    if (key !== undefined && wanted.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The nickname in small letters with `#` for each run of digits: `Quux017` and `quux18` are both `quux#`. */
export function nicknamePattern(nickname: string): string {
  return nickname.toLowerCase().replaceAll(/\d+/g, '#');
}

function block(ipv4: number, bits: 16 | 24): string {
  const [a, b, c] = [ipv4 >>> 24, (ipv4 >>> 16) & 255, (ipv4 >>> 8) & 255];
  return bits === 16 ? `${a}.${b}.0.0/16` : `${a}.${b}.${c}.0/24`;
}

function versionAt(table: RouterTable, row: number): string | undefined {
  const stated = ((table.present[row] as number) & present.v) !== 0;
  return stated ? table.versions[table.version[row] as number] : undefined;
}

/** Weights of relays that nobody measured are capped, and so alike without meaning anything (dir-spec 3.8.2). */
function weightAt(table: RouterTable, row: number): string | undefined {
  const has = table.present[row] as number;
  if ((has & present.bandwidth) === 0 || (has & present.unmeasured) !== 0) return undefined;
  return String(table.bandwidth[row]);
}
