/**
 * A network to keep a year of, round by round: as large as the public one, and it changes as relays do. No documents, only the
 * columns that a parsed consensus would have. The same seed gives the same network.
 */
import { present } from '@conclave/netdoc';
import type { ListedRelays } from 'conclave/pipeline';
import { tables } from 'conclave/store';
import type { Row } from 'conclave/store';

/** How large the network is and how it changes from one hour to the next. */
export interface NetworkOptions {
  readonly seed: number;
  /** In seconds; on a full hour. */
  readonly start: number;
  readonly rounds: number;
  readonly relays: number;
  /** Identities never seen before, an hour; as many go for ever, of those that are transient. */
  readonly newPerHour: number;
  /** Share of relays that are transient: in the place of each comes a new one some day. The others stay. */
  readonly transient: number;
  /** Share of relays that are left out from an hour on, for one to twelve hours. */
  readonly pausing: number;
  /** Share of relays that gain or lose one flag in an hour. */
  readonly flipping: number;
  /** Share of relays whose weight changes in an hour, by up to a tenth. */
  readonly drifting: number;
  /** Share of relays that are upgraded to the next version in an hour, and of those that move to another address. */
  readonly upgrading: number;
  readonly moving: number;
  /** Share of hours without a consensus. */
  readonly missing: number;
}

/** As the public network is, roughly. */
export const publicLike: Omit<NetworkOptions, 'seed' | 'rounds'> = {
  start: Date.UTC(2025, 0, 1) / 1000,
  relays: 9500,
  newPerHour: 10,
  transient: 0.3,
  pausing: 0.005,
  flipping: 0.004,
  drifting: 0.25,
  upgrading: 0.0005,
  moving: 0.0001,
  missing: 0.003,
};

/** One hour of it. */
export interface NetworkRound {
  readonly validAfter: number;
  readonly routers: ListedRelays;
  readonly row: Row<'rounds'>;
}

const flagNames = [
  'Authority',
  'BadExit',
  'Exit',
  'Fast',
  'Guard',
  'HSDir',
  'MiddleOnly',
  'NoEdConsensus',
  'Running',
  'Stable',
  'StaleDesc',
  'Sybil',
  'V2Dir',
  'Valid',
] as const;
const bit = (name: (typeof flagNames)[number]): number => 1 << flagNames.indexOf(name);
const flipped = [bit('Guard'), bit('Stable'), bit('HSDir'), bit('Fast'), bit('StaleDesc')];
const versions = Array.from({ length: 60 }, (_, n) => `Tor 0.4.${7 + Math.floor(n / 20)}.${n % 20}`);
const policies = Array.from({ length: 400 }, (_, n) =>
  n === 0 ? 'reject 1-65535' : `accept ${20 + n},43,53,80,${443 + n},${1000 + n * 7}-${1500 + n * 9}`,
);

interface Relay {
  readonly identity: Uint8Array;
  flags: number;
  weight: number;
  readonly unmeasured: boolean;
  version: number;
  readonly policy: number;
  ipv4: number;
  readonly orPort: number;
  readonly transient: boolean;
  /** The hour from which on it is listed again. */
  backAt: number;
}

/** Every round of the network, one after another; hours without a consensus are left out. */
export function* networkYear(options: NetworkOptions): Generator<NetworkRound> {
  const random = randomOf(options.seed);
  const relays = Array.from({ length: options.relays }, () =>
    newRelay(random, random() < options.transient),
  ).sort(byIdentity);
  for (let hour = 0; hour < options.rounds; hour += 1) {
    if (hour > 0) change(relays, hour, options, random);
    if (hour > 0 && random() < options.missing) continue;
    const listed = relays.filter(({ backAt }) => backAt <= hour);
    const validAfter = options.start + hour * 3600;
    const routers = columnsOf(listed);
    yield { validAfter, routers, row: roundRow(validAfter, routers) };
  }
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (xorshift, 32 bits). */
function randomOf(seed: number): () => number {
  let state = (seed | 0) === 0 ? 1 : seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function newRelay(random: () => number, transient: boolean): Relay {
  const exit = random() < 0.25;
  return {
    identity: Uint8Array.from({ length: 20 }, () => Math.floor(random() * 256)),
    flags:
      bit('Running') |
      bit('Valid') |
      bit('V2Dir') |
      bit('Fast') |
      (exit ? bit('Exit') : 0) |
      (random() < 0.4 ? bit('Guard') | bit('Stable') | bit('HSDir') : 0),
    weight: Math.floor(10 ** (random() * 5)),
    unmeasured: random() < 0.05,
    version: Math.floor(random() * 30),
    policy: exit ? 1 + Math.floor((policies.length - 1) * random() ** 3) : 0,
    ipv4: Math.floor(random() * 2 ** 32),
    orPort: random() < 0.6 ? 9001 : 443,
    transient,
    backAt: 0,
  };
}

function byIdentity(a: Relay, b: Relay): number {
  return Buffer.compare(a.identity, b.identity);
}

/** One hour passes. */
function change(relays: Relay[], hour: number, options: NetworkOptions, random: () => number): void {
  for (const relay of relays) {
    if (relay.backAt > hour) continue;
    if (random() < options.drifting)
      relay.weight = Math.max(1, Math.round(relay.weight * (0.9 + random() * 0.2)));
    if (random() < options.flipping) relay.flags ^= flipped[Math.floor(random() * flipped.length)] as number;
    if (random() < options.upgrading) relay.version = Math.min(versions.length - 1, relay.version + 1);
    if (random() < options.moving) relay.ipv4 = Math.floor(random() * 2 ** 32);
    if (random() < options.pausing) relay.backAt = hour + 1 + Math.floor(random() * 12);
  }
  const replaceable = relays.flatMap(({ transient }, index) => (transient ? [index] : []));
  for (let count = 0; count < options.newPerHour && replaceable.length > 0; count += 1) {
    const index = replaceable[Math.floor(random() * replaceable.length)] as number;
    relays[index] = newRelay(random, true);
  }
  relays.sort(byIdentity);
}

function columnsOf(listed: readonly Relay[]): ListedRelays {
  const count = listed.length;
  const identity = new Uint8Array(count * 20);
  const flags = new Uint32Array(count * 2);
  for (const [index, relay] of listed.entries()) {
    identity.set(relay.identity, index * 20);
    flags[index * 2] = relay.flags;
  }
  return {
    count,
    identity,
    flags,
    knownFlags: flagNames,
    present: Uint16Array.from(
      listed,
      ({ unmeasured }) =>
        present.v | present.w | present.p | present.bandwidth | (unmeasured ? present.unmeasured : 0),
    ),
    version: Uint32Array.from(listed, ({ version }) => version),
    versions,
    policy: Uint32Array.from(listed, ({ policy }) => policy),
    policies,
    bandwidth: Float64Array.from(listed, ({ weight }) => weight),
    ipv4: Uint32Array.from(listed, ({ ipv4 }) => ipv4),
    orPort: Uint16Array.from(listed, ({ orPort }) => orPort),
  };
}

/** A row with nothing in it, whatever columns rounds have. */
const emptyRow = Object.fromEntries(
  Object.keys(tables.rounds.columns).map((column) => [column, null]),
) as unknown as Row<'rounds'>;

function roundRow(validAfter: number, { count, flags, bandwidth }: ListedRelays): Row<'rounds'> {
  const counted = (wanted: number): number => {
    let sum = 0;
    for (let index = 0; index < count; index += 1)
      if (((flags[index * 2] as number) & wanted) === wanted) sum += 1;
    return sum;
  };
  const counts = Object.fromEntries(flagNames.map((name) => [name, counted(bit(name))]));
  return {
    ...emptyRow,
    valid_after: validAfter,
    fresh_until: validAfter + 3600,
    valid_until: validAfter + 3 * 3600,
    first_seen: validAfter * 1000 + 5000,
    relays: count,
    guards: counts['Guard'] ?? 0,
    exits: counts['Exit'] ?? 0,
    exits_without_bad_exit: counts['Exit'] ?? 0,
    guard_exits: counted(bit('Guard') | bit('Exit')),
    weight_sum: bandwidth.reduce((sum, weight) => sum + weight, 0),
    flags: JSON.stringify({ counts, agreement: [] }),
    vote_seconds: 300,
    dist_seconds: 300,
    method: 34,
    votes: 9,
    signatures: 9,
    valid_signatures: 9,
    needed: 5,
    outcome: 'accepted',
    digests: 1,
    agreement: 0.97 + (count % 100) / 10_000,
  };
}
