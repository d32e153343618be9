/**
 * Synthetic relays: what each of them is and says about itself, chosen from the seed. Bandwidths, ages and exit policies
 * follow the shape of the public network: many small relays, few large ones, one in five an exit.
 */
import type { KeyObject } from 'node:crypto';
import { ed25519FromSeed, type Ed25519Pair } from './ed25519.ts';
import { createRandom, seedBytes, type Random } from './random.ts';
import { rsaFingerprint } from './rsa.ts';

/** One synthetic relay. A change makes a new object with a later `published`. */
export interface Relay {
  readonly index: number;
  readonly nickname: string;
  /** RSA identity fingerprint, forty upper-case hex digits. */
  readonly fingerprint: string;
  readonly identityKey: KeyObject;
  readonly ed25519Identity: Ed25519Pair;
  readonly ed25519Signing: Ed25519Pair;
  readonly ipv4: string;
  readonly orPort: number;
  /** `[address]:port`, for relays that also listen on IPv6. */
  readonly ipv6?: string;
  readonly torVersion: string;
  readonly operatingSystem: string;
  readonly contact?: string;
  /** Fingerprints of the operator's relays, this one included; empty for a relay alone. */
  readonly family: readonly string[];
  readonly bandwidth: { readonly rate: number; readonly burst: number; readonly observed: number };
  readonly policy: readonly string[];
  readonly ipv6Policy?: string;
  /** It says that it sleeps: authorities then vote it not Running. */
  readonly hibernating: boolean;
  /** When this relay's process started. */
  readonly startedAt: Date;
  /** When this version of its descriptor was made. */
  readonly published: Date;
  /** What authorities have seen of it: the truth that their histories state with small errors. */
  readonly history: {
    readonly knownSeconds: number;
    readonly upFraction: number;
    readonly mtbfSeconds: number;
  };
}

/** What relays are made from. */
export interface RelayOptions {
  readonly seed: string;
  /** Index of the first relay to make. */
  readonly from: number;
  /** One identity key per relay to make. */
  readonly identityKeys: readonly KeyObject[];
  /** Public-looking addresses; false keeps every address in 127.0.0.0/8. */
  readonly publicAddresses: boolean;
  /** Relays that join later have no history. */
  readonly fresh: boolean;
  readonly now: Date;
}

interface Operator {
  readonly contact?: string;
  readonly prefix: string;
  readonly network: readonly [number, number, number];
  readonly versions: readonly string[];
  readonly operatingSystem: string;
  readonly exit: boolean;
  readonly scale: number;
}

const day = 86_400;
const firstWords = (
  'quiet amber north iron velvet paper copper silent early river winter marble sable lunar open plain ' +
  'hidden cedar salt mossy gentle frosty rapid humble bright dusky'
).split(' ');
const secondWords = (
  'harbor lantern orchard heron bridge meadow kettle falcon garden window anchor badger canal ember ' +
  'thicket pebble otter signal willow compass juniper ferry'
).split(' ');
const versionWeights: readonly (readonly [string, number])[] = [
  ['0.4.9.11', 44],
  ['0.4.9.10', 14],
  ['0.4.9.8', 12],
  ['0.4.8.21', 18],
  ['0.4.8.18', 7],
  ['0.4.8.12', 4],
  ['0.5.0.1-alpha-dev', 1],
];
const webPorts = ['accept *:80', 'accept *:443', 'reject *:*'];
const reducedPorts = [
  'reject 0.0.0.0/8:*',
  'reject 169.254.0.0/16:*',
  ...'20-23 43 53 79-81 88 110 143 194 220 389 443 464 531 543-544 554 563 636 706 749 873 902-904 981 989-995'
    .split(' ')
    .map((ports) => `accept *:${ports}`),
  ...'5222-5223 6660-6669 8008 8080 8443 9418 19294'.split(' ').map((ports) => `accept *:${ports}`),
  'reject *:*',
];
const openPorts = [
  'reject 0.0.0.0/8:*',
  'reject 192.168.0.0/16:*',
  'reject *:25',
  'reject *:119',
  'reject *:445',
  'accept *:*',
];
const ircOnly = ['accept *:6660-6669', 'accept *:6697', 'reject *:*'];

/** Makes relays, one per identity key. Operators run one to six of them, which then name each other as family. */
export function makeRelays(options: RelayOptions): readonly Relay[] {
  const { seed, from, identityKeys } = options;
  const relays: Relay[] = [];
  let operatorNumber = 0;
  while (relays.length < identityKeys.length) {
    const random = createRandom(seed, 'operator', from, operatorNumber++);
    const operator = makeOperator(random, options.publicAddresses);
    const wanted = random.chance(0.55) ? 1 : random.between(2, 6);
    const keys = identityKeys.slice(relays.length, relays.length + wanted);
    const family = keys.length > 1 ? keys.map(fingerprintOf) : [];
    keys.forEach((key, i) =>
      relays.push(makeRelay(options, operator, { index: from + relays.length, key, place: i, family })),
    );
  }
  return relays;
}

/** The same relay a moment later: a newer descriptor whose bandwidth, contact and version differ from before. */
export function changedRelay(relay: Relay, seed: string, now: Date): Relay {
  const random = createRandom(seed, 'change', relay.fingerprint, Math.floor(now.getTime() / 1000));
  const factor = random.chance(0.5) ? random.between(22, 40) / 10 : random.between(20, 45) / 100;
  const observed = Math.max(30_000, Math.round(relay.bandwidth.observed * factor));
  const other = relay.bandwidth.rate === 1_073_741_824 ? Math.max(observed, 6_250_000) : 1_073_741_824;
  return {
    ...relay,
    hibernating: false,
    published: now,
    startedAt: now,
    torVersion: '0.4.9.11',
    contact: `${relay.nickname} <tor at ${relay.nickname.toLowerCase()} dot example>`,
    bandwidth: { rate: other, burst: other, observed },
  };
}

/** The same relay going to sleep, by which it leaves the consensus; a later change wakes it. */
export function hibernatingRelay(relay: Relay, now: Date): Relay {
  return { ...relay, hibernating: true, published: now };
}

/** The same relay with a fresh descriptor: relays publish again every eighteen hours even when nothing changed. */
export function republishedRelay(relay: Relay, now: Date): Relay {
  return { ...relay, published: now };
}

/** What a torn relay says at once: each differs in the fields that a consensus has to choose between. */
export const tornVariants = [
  { torVersion: '0.4.8.21', orPort: 9997, policy: webPorts },
  { torVersion: '0.4.9.8', orPort: 9998, policy: ircOnly },
  { torVersion: '0.4.9.11', orPort: 9997, policy: openPorts },
] as const;

/** The relay as it describes itself to some authorities only. */
export function variantOf(relay: Relay, variant: (typeof tornVariants)[number]): Relay {
  return { ...relay, ...variant };
}

function makeOperator(random: Random, publicAddresses: boolean): Operator {
  const prefix = random.pick(firstWords) + capital(random.pick(secondWords));
  const domain = `${prefix.toLowerCase()}.example`;
  return {
    prefix,
    ...(random.chance(0.72) ? { contact: `email:tor[]${domain} url:https://${domain} ciissversion:2` } : {}),
    network: publicAddresses ? publicNetwork(random) : [127, random.between(64, 127), random.between(0, 255)],
    versions: [weighted(random, versionWeights), weighted(random, versionWeights)],
    operatingSystem: random.pick([
      'Linux',
      'Linux',
      'Linux',
      'Linux',
      'Linux',
      'FreeBSD',
      'OpenBSD',
      'Windows 10',
    ]),
    exit: random.chance(0.26),
    scale: random.logNormal(1, 0.8),
  };
}

/** What tells one relay of an operator from the next. */
interface Seat {
  readonly index: number;
  readonly key: KeyObject;
  readonly place: number;
  readonly family: readonly string[];
}

function makeRelay(options: RelayOptions, operator: Operator, seat: Seat): Relay {
  const { seed, now } = options;
  const random = createRandom(seed, 'relay', seat.index);
  const [a, b, c] = operator.network;
  const orPort = random.pick([443, 9001, 9001, 9001, 9002, 8443, random.between(1025, 65_000)]);
  const observed = Math.round(
    Math.min(160_000_000, Math.max(15_000, random.logNormal(4_500_000, 1.3) * operator.scale)),
  );
  const limited = random.chance(0.35);
  const rate = limited ? Math.ceil((observed * (1 + random.next())) / 131_072) * 131_072 : 1_073_741_824;
  const policy = operator.exit ? random.pick([webPorts, reducedPorts, reducedPorts, openPorts]) : undefined;
  const history = makeHistory(random, options.fresh);
  const uptime = options.fresh
    ? 40
    : Math.min(history.knownSeconds, Math.round(random.logNormal(14 * day, 1.1)));
  const age = options.fresh ? 0 : random.between(60, Math.min(17 * 3600, Math.max(120, uptime - 60)));
  const ipv6 = `2a0${(b % 8).toString(16)}:${(a * 256 + b).toString(16)}:${c.toString(16)}::${(seat.place + 2).toString(16)}`;
  const hasIpv6 = options.publicAddresses && random.chance(0.45);
  return {
    index: seat.index,
    nickname: nicknameOf(random, operator, seat),
    fingerprint: fingerprintOf(seat.key),
    identityKey: seat.key,
    ed25519Identity: ed25519FromSeed(seedBytes(seed, 'ed25519-identity', fingerprintOf(seat.key))),
    ed25519Signing: ed25519FromSeed(seedBytes(seed, 'ed25519-signing', fingerprintOf(seat.key))),
    ipv4: [a, b, c, 2 + seat.place * 7 + (seat.index % 7)].join('.'),
    orPort,
    ...(hasIpv6 ? { ipv6: `[${ipv6}]:${orPort}` } : {}),
    torVersion: random.pick(operator.versions),
    operatingSystem: operator.operatingSystem,
    ...(operator.contact === undefined ? {} : { contact: operator.contact }),
    family: seat.family,
    bandwidth: { rate, burst: limited ? rate * 2 : rate, observed: Math.min(observed, rate) },
    policy: policy ?? (random.chance(0.03) ? ircOnly : ['reject *:*']),
    ...(policy !== undefined && hasIpv6 ? { ipv6Policy: 'accept 80,443' } : {}),
    hibernating: false,
    startedAt: new Date(now.getTime() - uptime * 1000),
    published: new Date(now.getTime() - age * 1000),
    history,
  };
}

/** One in nine is younger than the eight days a Guard needs; one in twelve is often away. */
function makeHistory(random: Random, fresh: boolean): Relay['history'] {
  if (fresh) return { knownSeconds: 0, upFraction: 1, mtbfSeconds: 0 };
  const young = random.chance(0.11);
  const knownSeconds = Math.round(young ? (0.3 + 8 * random.next()) * day : (9 + 80 * random.next()) * day);
  const unsteady = random.chance(0.08);
  const upFraction = unsteady ? 0.55 + 0.4 * random.next() : 0.955 + 0.0449 * random.next();
  const mtbfSeconds = Math.round(Math.min(knownSeconds, random.logNormal(unsteady ? day : 16 * day, 0.9)));
  return { knownSeconds, upFraction, mtbfSeconds };
}

function nicknameOf(random: Random, operator: Operator, seat: Seat): string {
  if (seat.family.length > 0) return `${operator.prefix}${seat.place + 1}`.slice(0, 19);
  if (random.chance(0.06)) return 'Unnamed';
  return `${operator.prefix}${random.chance(0.5) ? '' : random.between(2, 999)}`.slice(0, 19);
}

/** A /24 of the address space that is neither private nor reserved. */
function publicNetwork(random: Random): readonly [number, number, number] {
  const first = random.pick([
    5, 23, 37, 45, 51, 62, 77, 78, 80, 85, 89, 91, 94, 109, 135, 144, 176, 178, 185, 193, 217,
  ]);
  return [first, random.between(1, 254), random.between(1, 254)];
}

function weighted(random: Random, choices: readonly (readonly [string, number])[]): string {
  let rest = random.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of choices) {
    rest -= weight;
    if (rest < 0) return value;
  }
  return random.pick(choices)[0];
}

function fingerprintOf(key: KeyObject): string {
  return rsaFingerprint(key).toString('hex').toUpperCase();
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
