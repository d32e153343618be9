/**
 * The relays of forged votes. First the round's relays are made, each with the ways in which votes will disagree about
 * it; then each vote says of each relay one of these things.
 */
import { oddVersion, protocolLine } from './forge-header.ts';
import type { Sizes, Skew, Temper } from './forge-temper.ts';
import { createRandom, seedBytes, type Random } from './random.ts';
import type { VoteEntry } from './vote.ts';

/** What one version of a descriptor says of a relay: the fields by which entries are the same (dir-spec 3.8). */
export interface Looks {
  readonly nickname: string;
  readonly digest: Buffer;
  readonly published: Date;
  readonly ipv4: string;
  readonly orPort: number;
  readonly dirPort: number;
}

/** How votes will speak of one relay. */
export interface Subject {
  readonly identity: Buffer;
  /** How likely a vote lists it. */
  readonly listed: number;
  readonly looks: readonly Looks[];
  readonly addresses: readonly string[];
  /** How likely each flag is. */
  readonly flags: ReadonlyMap<string, number>;
  readonly versions: readonly string[];
  readonly protocols: readonly string[];
  readonly policies: readonly string[];
  /** Base64, `none`, or that there is no such line. */
  readonly ed25519: readonly string[];
  readonly bandwidth: number;
  readonly microdescriptors: readonly Buffer[];
}

/** A relay whose descriptor the real authority holds, so that its vote lists it too. */
export interface KnownRelay {
  readonly identity: Buffer;
  /** Base64 without padding. */
  readonly ed25519: string;
  readonly looks: Looks;
}

const absent = 'absent';

/** Makes the relays of a round; the first of them are known to the real authority. */
export function forgeSubjects(
  temper: Temper,
  place: {
    readonly seed: string;
    readonly round: number;
    readonly now: Date;
    readonly known: readonly KnownRelay[];
  },
): readonly Subject[] {
  const subjects: Subject[] = [];
  for (let i = 0; i < temper.relayCount; i++) {
    const random = createRandom(place.seed, 'subject', place.round, i);
    const making = { ...place, i, random, known: place.known[i] };
    subjects.push(makeSubject(temper, making, subjects[i - 1]));
  }
  return subjects;
}

/** What one vote says of the relays that it lists. */
export function forgeEntries(
  temper: Temper,
  subjects: readonly Subject[],
  vote: {
    readonly seed: string;
    readonly round: number;
    readonly vote: number;
    readonly knownFlags: readonly string[];
  },
): readonly VoteEntry[] {
  const keys = new Set<string>();
  return subjects.flatMap((subject, i) => {
    const random = createRandom(vote.seed, 'entry', vote.round, vote.vote, i);
    if (!random.chance(subject.listed)) return [];
    const entry = makeEntry(temper, subject, vote.knownFlags, random);
    const { ed25519 = 'none' } = entry;
    // One key for two relays is allowed between votes, not within one.
    if (keys.has(ed25519)) return [];
    if (ed25519 !== 'none') keys.add(ed25519);
    return [entry];
  });
}

interface Making {
  readonly seed: string;
  readonly round: number;
  readonly now: Date;
  readonly i: number;
  readonly random: Random;
  readonly known: KnownRelay | undefined;
}

function makeSubject(temper: Temper, making: Making, before: Subject | undefined): Subject {
  const { seed, i, random, known } = making;
  const key = (label: string): string => unpadded(seedBytes(seed, label, i));
  const some = <T>(count: number, make: () => T): readonly T[] => Array.from({ length: count }, make);
  const digests = some(random.pick([1, 2, 3]), () => random.between(0, 99)).map((n) =>
    seedBytes(seed, 'microdescriptor', i, n),
  );
  return {
    identity: known?.identity ?? seedBytes(seed, 'identity', i).subarray(0, 20),
    listed: random.pick([1, 1, 0.95, 0.8, 0.55]),
    looks: looksOf(temper, making),
    addresses: some(random.pick([0, 0, 1, 2, 3]), () => random.pick(addressPool)),
    flags: flagsOf(temper, random),
    versions: some(random.pick([1, 2, 4]), () => versionLine(random)),
    protocols: some(random.pick([1, 2, 3]), () => protocolLine(random, random.chance(0.8))),
    policies: some(random.pick([1, 1, 2, 3]), () => random.pick(policyPool)),
    ed25519: keysOf(temper, random, known?.ed25519 ?? key('ed25519'), {
      other: key('other-ed25519'),
      before,
    }),
    bandwidth: bandwidthOf(temper.sizes, random),
    microdescriptors: digests,
  };
}

/** The first looks and, where votes are torn, others that differ in one field each. */
function looksOf({ torn }: Temper, { seed, round, now, i, random, known }: Making): readonly Looks[] {
  const digest = (n: number): Buffer => seedBytes(seed, 'descriptor', i, n).subarray(0, 20);
  const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);
  const seconds = 3600 + i * 7;
  const first: Looks = known?.looks ?? {
    nickname: `relay${i}`,
    digest: digest(round % 4),
    published: ago(seconds),
    ipv4: `10.9.${Math.floor(i / 200)}.${i % 200}`,
    orPort: 9001,
    dirPort: 0,
  };
  if (!random.chance(torn)) return [first];
  const others = Array.from({ length: random.between(1, 3) }, (): Looks => {
    switch (random.between(0, 6)) {
      case 0:
        return { ...first, digest: digest(random.between(4, 6)) };
      case 1:
        return { ...first, published: ago(seconds + random.pick([-60, 60, 1])) };
      case 2:
        return { ...first, nickname: random.pick([`Relay${i}`, `relay${i}x`, 'Unnamed', `relay${i + 1}`]) };
      case 3:
        return { ...first, ipv4: random.pick(['9.9.9.9', '10.10.0.1', '200.1.2.3']) };
      case 4:
        return { ...first, orPort: random.pick([443, 9000, 9002, 65_535, 70_000]) };
      case 5:
        return { ...first, dirPort: random.pick([80, 9030, 65_536]) };
      default:
        return { ...first, digest: digest(random.between(4, 6)), published: ago(seconds - 60) };
    }
  });
  return [first, ...others];
}

const addressPool = [
  '[2001:db8::1]:9001',
  '[2001:db8::2]:9001',
  '[2001:db8::1]:443',
  '[2001:DB8:0:0:1:0:0:1]:9001',
  '[::ffff:1.2.3.4]:9001',
  '[::1.2.3.4]:5',
  '[::]:9001',
  '[fe80::1]:65535',
  '1.2.3.4:9001',
  '[2001:db8::3]:0',
  '[2001:db8::4]',
  'nonsense',
  '[2001:db8::5]:70000',
];
const policyPool = [
  'accept 80,443',
  'accept 1-65535',
  'reject 1-65535',
  'reject 25',
  'accept 80',
  'reject 25,119,135-139',
  'accept 6660-6669',
];

function versionLine(random: Random): string {
  if (random.chance(0.15)) return random.pick(['Arti 1.2', 'Tor weird', 'Tor', '0.4.9.11', 'tor 0.4.9.11']);
  const version = oddVersion(random);
  return /^tor /i.test(version) ? version : `Tor ${version}`;
}

/** How votes agree on the Ed25519 identity: all of them, most of them, on none, or not at all. */
function keysOf(
  { disputed }: Temper,
  random: Random,
  own: string,
  rivals: { readonly other: string; readonly before: Subject | undefined },
): Subject['ed25519'] {
  if (!random.chance(disputed)) return [own];
  const other = random.chance(0.2) ? (rivals.before?.ed25519[0] ?? own) : rivals.other;
  return random.pick<Subject['ed25519']>([
    [own, own, own, absent],
    [own, own, own, other],
    [own, other],
    [own, other, absent],
    [own, 'none'],
    ['none', 'none', 'none', own],
    ['none', absent],
    ['none'],
    [absent],
    [own, own, 'none', absent, other],
    [own, unpadded(Buffer.alloc(32))],
  ]);
}

const skews: Readonly<Record<Skew, readonly [number, number]>> = {
  balanced: [0.45, 0.35],
  guards: [0.95, 0.05],
  exits: [0.08, 0.9],
  both: [0.9, 0.85],
  middles: [0.06, 0.06],
  nothing: [0, 0],
};

/** A relay has a flag or not; votes err about it. */
function flagsOf(temper: Temper, random: Random): ReadonlyMap<string, number> {
  const [guard, exit] = skews[temper.skew];
  const trait = (share: number): number => (random.chance(share) ? 1 : 0);
  const error = random.pick([0, 0.1, 0.3, 0.5]);
  const vote = (has: number): number => has * (1 - error) + (1 - has) * error * 0.6;
  return new Map<string, number>([
    ['Running', random.chance(0.9) ? 0.97 : 0.5],
    ['Valid', random.chance(0.95) ? 0.99 : 0.5],
    ['Guard', vote(trait(guard))],
    ['Exit', vote(trait(exit))],
    ['BadExit', vote(trait(0.1))],
    ['MiddleOnly', vote(trait(0.12))],
    ['Named', temper.naming],
    ['Unnamed', temper.naming / 2],
    ...['Fast', 'Stable', 'HSDir', 'V2Dir'].map((flag): [string, number] => [flag, vote(trait(0.8))]),
    ...['Authority', 'Sybil', 'StaleDesc'].map((flag): [string, number] => [flag, vote(trait(0.08))]),
    ...temper.strangeFlags.map((flag): [string, number] => [flag, vote(trait(0.5))]),
  ]);
}

function bandwidthOf(sizes: Sizes, random: Random): number {
  switch (sizes) {
    case 'usual':
      return Math.round(random.logNormal(4000, 1.5));
    case 'small':
      return random.between(0, 12);
    case 'large':
      return random.pick([2_147_483_647, 2_000_000_000, 1_000_000_000, 40_000]);
    case 'huge':
      return random.pick([4_294_967_295, 2_147_483_648, 2_147_483_647, 3_000_000_000, 500]);
  }
}

function makeEntry(
  temper: Temper,
  subject: Subject,
  knownFlags: readonly string[],
  random: Random,
): VoteEntry {
  const looks = random.pick(subject.looks);
  const ed25519 = random.pick(subject.ed25519);
  const has = (share: number): boolean => random.chance(share);
  return {
    ...looks,
    identity: subject.identity,
    addresses: subject.addresses.filter(() => has(0.6)),
    flags: knownFlags.filter((flag) => has(subject.flags.get(flag) ?? 0)),
    ...(has(0.95) ? { version: random.pick(subject.versions) } : {}),
    protocols: random.pick(subject.protocols),
    ...weightOf(temper, subject, random),
    ...(has(0.93) ? { policy: random.pick(subject.policies) } : {}),
    ...(ed25519 === absent ? {} : { ed25519 }),
    microdescriptors: microdescriptorsOf(subject, looks, random),
    extra: has(temper.odd)
      ? [random.pick(['stats wfu=0.9 tk=5 mtbf=7', 'x-odd thing', 'opt x-odd thing'])]
      : [],
  };
}

function weightOf(
  { measured, guardFraction, odd }: Temper,
  { bandwidth }: Subject,
  random: Random,
): { readonly weight?: string } {
  if (random.chance(0.04)) return {};
  if (random.chance(odd))
    return {
      weight: random.pick(['Bandwidth=5 Bandwidth=7', 'Measured=9', 'Other=1', 'Bandwidth=3 Odd=x', '']),
    };
  const near = (): number =>
    Math.max(0, Math.min(4_294_967_295, bandwidth + random.pick([0, 0, 1, -1, random.between(-500, 500)])));
  const words = [`Bandwidth=${near()}`];
  if (random.chance(measured)) words.push(`Measured=${near()}`);
  else if (random.chance(0.05)) words.push(`MeasuredButAuthority=${near()}`);
  if (random.chance(guardFraction)) words.push(`GuardFraction=${random.between(0, 100)}`);
  return { weight: words.join(' ') };
}

/** Lines with lists of methods, as tor groups them, and as it does not but reads them. */
function microdescriptorsOf(
  { microdescriptors }: Subject,
  { digest }: Looks,
  random: Random,
): readonly string[] {
  // Usually a function of the descriptor, as in life.
  const byLooks = microdescriptors[(digest[0] ?? 0) % microdescriptors.length];
  const any = random.chance(0.8) ? byLooks : random.pick(microdescriptors);
  const first = unpadded(any ?? Buffer.alloc(32));
  const second = unpadded(random.pick(microdescriptors));
  if (random.chance(0.75)) return [`32,33,34,35 sha256=${first}`];
  return random.pick([
    [],
    [`32,33,34 sha256=${first}`, `35 sha256=${second}`],
    [`32 sha256=${second}`, `33,34 sha256=${first}`, `35 sha256=${first}`],
    [`32,33,34,35,36,100 sha256=${first}`],
    [`32,33,34,35 sha256=${first}`, `33,35 sha256=${second}`],
    ['32,33,34,35'],
    [`32,33,34,35 sha512=abc sha256=${first}`],
    [`36 sha256=${first}`, `135 sha256=${first}`, `3 sha256=${first}`],
    [`32,33,34,35 sha256=${first} sha1=abc`],
  ]);
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
