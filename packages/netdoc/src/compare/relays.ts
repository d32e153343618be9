/** What of two consensuses' relays differs: both tables are walked once, side by side, in the order of identities. */
import { compareText, formatTime, toBase64, toHex } from '../base/index.ts';
import type { UnixSeconds } from '../base/index.ts';
import type { Consensus } from '../documents/index.ts';
import {
  compareIdentity,
  fingerprintOf,
  flagsOf,
  formatIpv4,
  formatIpv6,
  hasFlag,
  nicknameOf,
  present,
} from '../routers/index.ts';
import type { RouterTable } from '../routers/index.ts';

/** A relay that only one of the consensuses lists, as it stands there. */
export interface RelayName {
  /** 40 upper-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly nickname: string;
  readonly flags: readonly string[];
  readonly address: string;
  readonly orPort: number;
  readonly version: string | undefined;
  /** `Bandwidth=` of its `w` line, in the consensus' own unit. */
  readonly weight: number | undefined;
}

/** The values of a relay that are compared, beside its flags. */
export type RelayField =
  | 'nickname'
  | 'descriptorDigest'
  | 'published'
  | 'address'
  | 'orPort'
  | 'dirPort'
  | 'ipv6'
  | 'microdescDigest'
  | 'version'
  | 'protocols'
  | 'weight'
  | 'unmeasured'
  | 'guardFraction'
  | 'policy';

/** One value of a relay; undefined where its line is not there. */
export interface FieldChange {
  readonly field: RelayField;
  readonly before: string | number | boolean | undefined;
  readonly after: string | number | boolean | undefined;
}

/** A relay that both consensuses list, and what differs. */
export interface RelayChange {
  readonly fingerprint: string;
  /** As the later consensus has it. */
  readonly nickname: string;
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  readonly fields: readonly FieldChange[];
}

/** How many relays, of those in both consensuses, gained and lost a flag. */
export interface FlagChange {
  readonly flag: string;
  readonly gained: number;
  readonly lost: number;
}

/** All changes of relays; each list in ascending order of fingerprints, flags by name. */
export interface RelayChanges {
  readonly added: readonly RelayName[];
  readonly removed: readonly RelayName[];
  readonly changed: readonly RelayChange[];
  readonly flags: readonly FlagChange[];
  /** How many relays each lists, and how many both do. */
  readonly relays: { readonly before: number; readonly after: number; readonly both: number };
}

/** What of relays is compared. */
export interface CompareOptions {
  /** Only these values, beside flags; all unless given. Relays in which nothing else differs are not among the changed. */
  readonly fields?: readonly RelayField[];
}

/** Compares the relays of two consensuses. */
export function relayChanges(
  before: Consensus,
  after: Consensus,
  { fields = relayFields }: CompareOptions = {},
): RelayChanges {
  const [a, b] = [before.routers, after.routers];
  const [aRows, bRows] = [rowsInOrder(a), rowsInOrder(b)];
  const pair = pairOf(before, after, fields);
  const lists: { added: RelayName[]; removed: RelayName[]; changed: RelayChange[] } = {
    added: [],
    removed: [],
    changed: [],
  };
  const counts = new Map<string, { gained: number; lost: number }>();
  let both = 0;
  for (let x = 0, y = 0; x < a.count || y < b.count;) {
    const [row, other] = [aRows[x] ?? -1, bRows[y] ?? -1];
    const order =
      x === a.count ? 1 : y === b.count ? -1 : compareIdentity(a.identity, row * 20, b.identity, other * 20);
    if (order < 0) lists.removed.push(nameOf(a, row));
    else if (order > 0) lists.added.push(nameOf(b, other));
    else {
      both += 1;
      const change = changeOf(pair, row, other);
      if (change) lists.changed.push(change);
      for (const flag of change?.gained ?? []) countOf(counts, flag).gained += 1;
      for (const flag of change?.lost ?? []) countOf(counts, flag).lost += 1;
    }
    if (order <= 0) x += 1;
    if (order >= 0) y += 1;
  }
  const flags = [...counts].map(([flag, count]) => ({ flag, ...count }));
  flags.sort((one, two) => compareText(one.flag, two.flag));
  return { ...lists, flags, relays: { before: a.count, after: b.count, both } };
}

function countOf(
  counts: Map<string, { gained: number; lost: number }>,
  flag: string,
): { gained: number; lost: number } {
  const found = counts.get(flag) ?? { gained: 0, lost: 0 };
  counts.set(flag, found);
  return found;
}

/** Rows in ascending order of identity: as they stand in any document that tor takes, sorted in others. */
function rowsInOrder({ identity, count }: RouterTable): Uint32Array {
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row += 1) rows[row] = row;
  for (let row = 1; row < count; row += 1) {
    if (compareIdentity(identity, (row - 1) * 20, identity, row * 20) > 0)
      return rows.sort((x, y) => compareIdentity(identity, x * 20, identity, y * 20) || x - y);
  }
  return rows;
}

/** Two tables, and which texts of one are which of the other. */
interface Pair {
  readonly a: RouterTable;
  readonly b: RouterTable;
  readonly flavor: Consensus['flavor'] | undefined;
  /** The values that are compared, in the order in which they stand in an entry. */
  readonly fields: readonly RelayField[];
  readonly sameFlags: boolean;
  readonly versions: Int32Array;
  readonly protocols: Int32Array;
  readonly policies: Int32Array;
}

function pairOf(before: Consensus, after: Consensus, fields: readonly RelayField[]): Pair {
  const [a, b] = [before.routers, after.routers];
  return {
    a,
    b,
    flavor: before.flavor === after.flavor ? before.flavor : undefined,
    fields: relayFields.filter((field) => fields.includes(field)),
    sameFlags: a.knownFlags.join(' ') === b.knownFlags.join(' '),
    versions: numbersIn(a.versions, b.versions),
    protocols: numbersIn(a.protocolLists, b.protocolLists),
    policies: numbersIn(a.policies, b.policies),
  };
}

/** For each text its number in the other list; −1 where it is not there. */
function numbersIn(texts: readonly string[], others: readonly string[]): Int32Array {
  const numbers = new Map(others.map((text, number) => [text, number]));
  return Int32Array.from(texts, (text) => numbers.get(text) ?? -1);
}

function nameOf(table: RouterTable, row: number): RelayName {
  const has = table.present[row] as number;
  return {
    fingerprint: fingerprintOf(table, row),
    nickname: nicknameOf(table, row),
    flags: flagsOf(table, row),
    address: formatIpv4(table.ipv4[row] as number),
    orPort: table.orPort[row] as number,
    version: (has & present.v) === 0 ? undefined : table.versions[table.version[row] as number],
    weight: (has & present.bandwidth) === 0 ? undefined : table.bandwidth[row],
  };
}

/** What differs of a relay; undefined when nothing does, which is told without making anything. */
function changeOf(pair: Pair, x: number, y: number): RelayChange | undefined {
  const { gained, lost } = flagChanges(pair, x, y);
  let fields: FieldChange[] | undefined;
  for (const field of pair.fields) {
    if (!differs[field](pair, x, y)) continue;
    fields ??= [];
    fields.push({ field, before: valueOf(pair.a, x, field), after: valueOf(pair.b, y, field) });
  }
  if (gained.length === 0 && lost.length === 0 && !fields) return undefined;
  return {
    fingerprint: fingerprintOf(pair.b, y),
    nickname: nicknameOf(pair.b, y),
    gained,
    lost,
    fields: fields ?? [],
  };
}

type FlagsOfRelay = Pick<RelayChange, 'gained' | 'lost'>;

const sameFlagsBoth: FlagsOfRelay = { gained: [], lost: [] };

function flagChanges({ a, b, sameFlags }: Pair, x: number, y: number): FlagsOfRelay {
  if (sameFlags && a.flags[x * 2] === b.flags[y * 2] && a.flags[x * 2 + 1] === b.flags[y * 2 + 1])
    return sameFlagsBoth;
  const missing = (from: RouterTable, row: number, to: RouterTable, other: number): string[] =>
    flagsOf(from, row).filter((flag) => !hasFlag(to, other, to.knownFlags.indexOf(flag)));
  return { gained: missing(b, y, a, x), lost: missing(a, x, b, y) };
}

/** Whether a value differs between row `x` of the one table and row `y` of the other. */
type Differs = (pair: Pair, x: number, y: number) => boolean;

/**
 * How each value is compared, in the order in which they stand in an entry. The flavours say different things of a relay; where
 * they differ, only what both say is compared.
 */
const differs: Readonly<Record<RelayField, Differs>> = {
  nickname: ({ a, b }, x, y) => !sameNickname(a, x, b, y),
  descriptorDigest: ({ a, b, flavor }, x, y) =>
    flavor === 'ns' && !sameBytesAt(a.descriptorDigest, x, b.descriptorDigest, y, 20),
  published: ({ a, b, flavor }, x, y) => flavor !== undefined && a.published[x] !== b.published[y],
  address: ({ a, b }, x, y) => a.ipv4[x] !== b.ipv4[y],
  orPort: ({ a, b }, x, y) => a.orPort[x] !== b.orPort[y],
  dirPort: ({ a, b }, x, y) => a.dirPort[x] !== b.dirPort[y],
  ipv6: ({ a, b }, x, y) => a.ipv6Port[x] !== b.ipv6Port[y] || !sameBytesAt(a.ipv6, x, b.ipv6, y, 16),
  microdescDigest: (pair, x, y) =>
    pair.flavor === 'microdesc' &&
    (oneHas(pair, x, y, present.m) || !sameBytesAt(pair.a.microdescDigest, x, pair.b.microdescDigest, y, 32)),
  version: (pair, x, y) =>
    oneHas(pair, x, y, present.v) ||
    (bothHave(pair, x, y, present.v) && otherText(pair.versions, pair.a.version, x, pair.b.version, y)),
  protocols: (pair, x, y) =>
    oneHas(pair, x, y, present.pr) ||
    (bothHave(pair, x, y, present.pr) && otherText(pair.protocols, pair.a.protocols, x, pair.b.protocols, y)),
  weight: (pair, x, y) =>
    oneHas(pair, x, y, present.bandwidth) ||
    (bothHave(pair, x, y, present.bandwidth) && pair.a.bandwidth[x] !== pair.b.bandwidth[y]),
  unmeasured: (pair, x, y) => oneHas(pair, x, y, present.unmeasured),
  guardFraction: (pair, x, y) =>
    oneHas(pair, x, y, present.guardFraction) ||
    (bothHave(pair, x, y, present.guardFraction) && pair.a.guardFraction[x] !== pair.b.guardFraction[y]),
  policy: (pair, x, y) =>
    pair.flavor !== undefined &&
    (oneHas(pair, x, y, present.p) ||
      (bothHave(pair, x, y, present.p) && otherText(pair.policies, pair.a.policy, x, pair.b.policy, y))),
};

const relayFields = Object.keys(differs) as readonly RelayField[];

function oneHas({ a, b }: Pair, x: number, y: number, bit: number): boolean {
  return (((a.present[x] as number) ^ (b.present[y] as number)) & bit) !== 0;
}

function bothHave({ a, b }: Pair, x: number, y: number, bit: number): boolean {
  return ((a.present[x] as number) & (b.present[y] as number) & bit) !== 0;
}

function otherText(numbers: Int32Array, a: Uint32Array, x: number, b: Uint32Array, y: number): boolean {
  return numbers[a[x] as number] !== b[y];
}

function sameNickname(a: RouterTable, x: number, b: RouterTable, y: number): boolean {
  const [start, other] = [a.nicknameStart[x] as number, b.nicknameStart[y] as number];
  const length = (a.nicknameEnd[x] as number) - start;
  if ((b.nicknameEnd[y] as number) - other !== length) return false;
  for (let at = 0; at < length; at += 1) if (a.bytes[start + at] !== b.bytes[other + at]) return false;
  return true;
}

function sameBytesAt(a: Uint8Array, x: number, b: Uint8Array, y: number, size: number): boolean {
  for (let at = 0; at < size; at += 1) if (a[x * size + at] !== b[y * size + at]) return false;
  return true;
}

/** A field's value for people and programs; undefined where its line is not there. */
function valueOf(table: RouterTable, row: number, field: RelayField): FieldChange['before'] {
  const has = table.present[row] as number;
  const when = <T>(bit: number, value: T): T | undefined => ((has & bit) === 0 ? undefined : value);
  switch (field) {
    case 'nickname':
      return nicknameOf(table, row);
    case 'descriptorDigest':
      return toHex(table.descriptorDigest, row * 20, row * 20 + 20);
    case 'published':
      return formatTime(table.published[row] as UnixSeconds);
    case 'address':
      return formatIpv4(table.ipv4[row] as number);
    case 'orPort':
      return table.orPort[row];
    case 'dirPort':
      return table.dirPort[row];
    case 'ipv6': {
      const port = table.ipv6Port[row] as number;
      return port === 0 ? undefined : `[${formatIpv6(table.ipv6, row * 16)}]:${port}`;
    }
    case 'microdescDigest':
      return when(present.m, toBase64(table.microdescDigest, row * 32, row * 32 + 32));
    case 'version':
      return when(present.v, table.versions[table.version[row] as number]);
    case 'protocols':
      return when(present.pr, table.protocolLists[table.protocols[row] as number]);
    case 'weight':
      return when(present.bandwidth, table.bandwidth[row]);
    case 'unmeasured':
      return (has & present.unmeasured) !== 0;
    case 'guardFraction':
      return when(present.guardFraction, table.guardFraction[row]);
    case 'policy':
      return when(present.p, table.policies[table.policy[row] as number]);
  }
}
