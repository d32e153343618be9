/**
 * What changed from one round's consensus to the next: relays that came and went, flags gained and lost, addresses, names
 * and keys (S8.1 to S8.5), and for each lost flag the authorities that voted for it before and do not now (S8.6).
 */
import { compareConsensuses, compareIdentity, fromHex } from '@conclave/netdoc';
import type { Consensus, ConsensusChanges, RelayName, RouterTable } from '@conclave/netdoc';

/** A relay that came or went. */
export interface ChurnRelay {
  readonly fingerprint: string;
  readonly nickname: string;
  /** Address and ORPort. */
  readonly address: string;
  readonly flags: readonly string[];
}

/** What changed; each list has the first `churnNamed`, the numbers count all. */
export interface Churn {
  readonly added: number;
  readonly removed: number;
  /** Flags of relays that are in both. */
  readonly gained: number;
  readonly lost: number;
  /** Relays in both whose IPv4 address or ORPort is another, and whose nickname is. */
  readonly moved: number;
  readonly renamed: number;
  /** Relays that came with nickname, address and ORPort of one that went. */
  readonly rekeyed: number;
  readonly flags: readonly { readonly flag: string; readonly gained: number; readonly lost: number }[];
  readonly examples: {
    readonly added: readonly ChurnRelay[];
    readonly removed: readonly ChurnRelay[];
    readonly moved: readonly {
      readonly fingerprint: string;
      readonly nickname: string;
      readonly before: string;
      readonly after: string;
    }[];
    readonly renamed: readonly {
      readonly fingerprint: string;
      readonly before: string;
      readonly after: string;
    }[];
    readonly rekeyed: readonly Rekeyed[];
  };
}

/** A relay that changed its identity key: same nickname, address and ORPort. */
export interface Rekeyed {
  readonly nickname: string;
  readonly address: string;
  readonly before: string;
  readonly after: string;
}

/** How many of each kind of change are named. */
export const churnNamed = 50;

/** Counts the changes between two consensuses of one flavour; `changes` is what `compareConsensuses` gives for them. */
export function churnOf(before: Consensus, after: Consensus, changes: ConsensusChanges): Churn {
  const { added, removed, changed, flags } = changes;
  const valueOf = (
    change: (typeof changed)[number],
    field: string,
  ): { before: string; after: string } | undefined => {
    const found = change.fields.find((one) => one.field === field);
    return found && { before: String(found.before), after: String(found.after) };
  };
  const places = { before: placesOf(before.routers), after: placesOf(after.routers) };
  const moved = changed.flatMap((change) => {
    const { fingerprint, nickname } = change;
    if (!valueOf(change, 'address') && !valueOf(change, 'orPort')) return [];
    return [{ fingerprint, nickname, before: places.before(fingerprint), after: places.after(fingerprint) }];
  });
  const renamed = changed.flatMap((change) => {
    const names = valueOf(change, 'nickname');
    return names ? [{ fingerprint: change.fingerprint, ...names }] : [];
  });
  const rekeyed = rekeyedOf(added, removed);
  const sum = (key: 'gained' | 'lost'): number => flags.reduce((total, flag) => total + flag[key], 0);
  return {
    added: added.length,
    removed: removed.length,
    gained: sum('gained'),
    lost: sum('lost'),
    moved: moved.length,
    renamed: renamed.length,
    rekeyed: rekeyed.length,
    flags,
    examples: {
      added: added.slice(0, churnNamed).map(relayOf),
      removed: removed.slice(0, churnNamed).map(relayOf),
      moved: moved.slice(0, churnNamed),
      renamed: renamed.slice(0, churnNamed),
      rekeyed: rekeyed.slice(0, churnNamed),
    },
  };
}

function relayOf(relay: RelayName): ChurnRelay {
  const { fingerprint, nickname, flags } = relay;
  return { fingerprint, nickname, address: placeOf(relay), flags };
}

function placeOf({ address, orPort }: Pick<RelayName, 'address' | 'orPort'>): string {
  return `${address}:${orPort}`;
}

/** Address and ORPort of a relay by its fingerprint. */
function placesOf(table: RouterTable): (fingerprint: string) => string {
  return (fingerprint) => {
    const row = rowOf(table, fromHex(fingerprint) ?? new Uint8Array(20), 0);
    if (row < 0) return '';
    const ip = table.ipv4[row] as number;
    return `${[ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join('.')}:${table.orPort[row]}`;
  };
}

/** Where several relays share nickname and place, as many pairs as there are on the smaller side, in order. */
function rekeyedOf(added: readonly RelayName[], removed: readonly RelayName[]): Rekeyed[] {
  const gone = new Map<string, string[]>();
  const keyOf = (relay: RelayName): string => `${relay.nickname} ${placeOf(relay)}`;
  for (const relay of removed) gone.set(keyOf(relay), [...(gone.get(keyOf(relay)) ?? []), relay.fingerprint]);
  return added.flatMap((relay) => {
    const before = gone.get(keyOf(relay))?.shift();
    if (before === undefined) return [];
    return [{ nickname: relay.nickname, address: placeOf(relay), before, after: relay.fingerprint }];
  });
}

// --- who withdrew a flag ------------------------------------------------------------------------------------------------

/** What one authority's vote says of relays, as far as flags go; the bytes of the vote are not needed for it. */
export interface Opinion {
  readonly identity: Uint8Array;
  readonly count: number;
  readonly flags: Uint32Array;
  readonly knownFlags: readonly string[];
  /** Consensus methods it supports. */
  readonly methods: readonly number[];
}

/**
 * One authority's votes for two rounds: undefined where the vote that the consensus names is not held, `absent` where the
 * consensus names none of it.
 */
export interface OpinionPair {
  readonly authority: string;
  readonly before: Opinion | 'absent' | undefined;
  readonly after: Opinion | 'absent' | undefined;
}

/** A flag that relays in both rounds lost. */
export interface Withdrawal {
  readonly flag: string;
  /** How many relays lost it. */
  readonly lost: number;
  /** Who voted for it before and not now, for how many of these relays; most first. */
  readonly by: readonly { readonly authority: string; readonly relays: number }[];
  /** Who voted before and not now: the flag lost their votes, too. */
  readonly absent: readonly string[];
  /** Whose vote of one of the two rounds is not held. */
  readonly unknown: readonly string[];
  /** The first of the relays, at most `withdrawalsNamed`. */
  readonly named: readonly {
    readonly fingerprint: string;
    readonly nickname: string;
    readonly by: readonly string[];
    readonly still: readonly string[];
  }[];
}

/** How many relays are named of those that lost a flag. */
export const withdrawalsNamed = 20;

/** For each flag that relays lost: who had it in the vote before and has it not in this one (S8.6). */
export function withdrawalsOf(
  changed: ConsensusChanges['changed'],
  pairs: readonly OpinionPair[],
): Withdrawal[] {
  const absent = pairs.filter(({ before, after }) => before !== 'absent' && after === 'absent');
  const unknown = pairs.filter(({ before, after }) => before === undefined || after === undefined);
  const held = pairs.filter((pair) => !absent.includes(pair) && !unknown.includes(pair));
  const sums = new Map<
    string,
    { lost: number; by: Map<string, number>; named: Withdrawal['named'][number][] }
  >();
  for (const { fingerprint, nickname, lost } of changed) {
    const identity = lost.length > 0 ? fromHex(fingerprint) : undefined;
    if (!identity) continue;
    for (const flag of lost) {
      const sum = sums.get(flag) ?? { lost: 0, by: new Map<string, number>(), named: [] };
      sums.set(flag, sum);
      sum.lost += 1;
      const now = held.filter(({ after }) => gives(after, identity, flag));
      const by = held.filter((pair) => !now.includes(pair) && gives(pair.before, identity, flag));
      for (const { authority } of by) sum.by.set(authority, (sum.by.get(authority) ?? 0) + 1);
      if (sum.named.length < withdrawalsNamed)
        sum.named.push({ fingerprint, nickname, by: by.map(nameOf), still: now.map(nameOf) });
    }
  }
  return [...sums]
    .map(([flag, { lost, by, named }]) => ({
      flag,
      lost,
      by: [...by]
        .map(([authority, relays]) => ({ authority, relays }))
        .sort((a, b) => b.relays - a.relays || (a.authority < b.authority ? -1 : 1)),
      absent: absent.map(nameOf),
      unknown: unknown.map(nameOf),
      named,
    }))
    .sort((a, b) => (a.flag < b.flag ? -1 : 1));
}

function nameOf({ authority }: OpinionPair): string {
  return authority;
}

/** Whether the vote lists the relay with this flag. */
function gives(opinion: OpinionPair['after'], identity: Uint8Array, flag: string): boolean {
  if (opinion === undefined || opinion === 'absent') return false;
  const index = opinion.knownFlags.indexOf(flag);
  if (index < 0) return false;
  const row = rowOf(opinion, identity, 0);
  return row >= 0 && (((opinion.flags[row * 2 + (index >> 5)] as number) >>> (index & 31)) & 1) === 1;
}

/** The row of an identity among identities in ascending order; −1 where it is none of them. */
function rowOf(
  { identity, count }: Pick<Opinion, 'identity' | 'count'>,
  wanted: Uint8Array,
  at: number,
): number {
  let [low, high] = [0, count - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const difference = compareIdentity(identity, middle * 20, wanted, at);
    if (difference === 0) return middle;
    if (difference < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** What is told of relays beside their flags; nearly every relay differs in something else, each hour. */
const churnFields = ['nickname', 'address', 'orPort'] as const;

/**
 * Compares the relays of two consensuses and says everything about them; among the changed in `changes` are those whose flags,
 * name or place are others.
 */
export function churnBetween(
  before: Consensus,
  after: Consensus,
  pairs: readonly OpinionPair[],
): {
  readonly changes: ConsensusChanges;
  readonly churn: Churn;
  readonly withdrawals: readonly Withdrawal[];
} {
  const changes = compareConsensuses(before, after, { fields: churnFields });
  return {
    changes,
    churn: churnOf(before, after, changes),
    withdrawals: withdrawalsOf(changes.changed, pairs),
  };
}
