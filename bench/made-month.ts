/**
 * Months of votes and consensuses to keep: as large a network as is wanted, nine authorities, and from hour to hour it
 * changes as relays do. The same seed gives the same bytes. Signatures are random bytes of the right length: they are to be
 * kept, not verified.
 */
import { createHash } from 'node:crypto';

/** How large, and how long. */
export interface MonthOptions {
  readonly seed: number;
  readonly hours: number;
  readonly relays: number;
}

/** One document, named as CollecTor names it. */
export interface MadeFile {
  readonly name: string;
  readonly series: string;
  readonly bytes: Buffer;
}

interface Relay {
  readonly nickname: string;
  readonly identity: string;
  readonly ed25519: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly since: number;
  microdescriptor: string;
  digest: string;
  published: number;
  nextDescriptor: number;
  version: number;
  readonly exit: boolean;
  guard: boolean;
  /** By authority: what the scanner measured, and until when it is taken for running. */
  readonly measured: number[];
  readonly down: number[];
}

const start = Date.UTC(2026, 0, 1) / 1000;
const voters = 9;
/** Six of nine authorities have a scanner. */
const scanners = [0, 1, 3, 4, 6, 8];
const versions = Array.from({ length: 40 }, (_, n) => `0.4.${7 + (n % 3)}.${n}`);
const protocols = [
  'Cons=1-2 Desc=1-2 DirCache=2 FlowCtrl=1-2 HSDir=2 HSIntro=4-5 HSRend=1-2 Link=1-5 LinkAuth=1,3 Microdesc=1-2 Padding=2 Relay=1-4',
  'Conflux=1 Cons=1-2 Desc=1-4 DirCache=2 FlowCtrl=1-2 HSDir=2 HSIntro=4-5 HSRend=1-2 Link=3-5 LinkAuth=3 Microdesc=1-3 Padding=2 Relay=2-6',
];
const policies = Array.from(
  { length: 60 },
  (_, n) => `accept ${20 + n},43,53,80,443,${1000 + n * 7}-${1500 + n * 9}`,
);

/** The documents of each hour: nine votes and both consensuses. */
export function* month(options: MonthOptions): Generator<readonly MadeFile[]> {
  const random = randomOf(options.seed);
  const identities = Array.from({ length: voters }, () => hexOf(random, 20));
  const relays = Array.from({ length: options.relays }, () => newRelay(random, 0)).sort(byIdentity);
  for (let hour = 0; hour < options.hours; hour += 1) {
    if (hour > 0) change(relays, hour, options.relays, random);
    const time = new Date((start + hour * 3600) * 1000)
      .toISOString()
      .replace(/\.000Z|:/g, '-')
      .replace('T', '-');
    const at = time.slice(0, 19);
    const votes = identities.map((identity, voter) => {
      const bytes = vote(relays, voter, identity, hour, random);
      const digest = createHash('sha1').update(bytes).digest('hex').toUpperCase();
      return { name: `${at}-vote-${identity}-${digest}`, series: `vote ${identity}`, bytes };
    });
    const digests = votes.map(({ name }) => name.slice(-40));
    yield [
      ...votes,
      {
        name: `${at}-consensus`,
        series: 'consensus ns',
        bytes: consensus(relays, identities, digests, hour, false, random),
      },
      {
        name: `${at}-consensus-microdesc`,
        series: 'consensus microdesc',
        bytes: consensus(relays, identities, digests, hour, true, random),
      },
    ];
  }
}

/**
 * An hour later: one relay in a thousand is new and as many are gone, descriptors are published every 18 hours, each scanner
 * has measured two relays of five anew, one vote in two hundred loses or finds a relay, one relay in 300 changes its version.
 */
function change(relays: Relay[], hour: number, count: number, random: () => number): void {
  for (const relay of relays) {
    if (relay.nextDescriptor <= hour) {
      relay.digest = base64(random, 20);
      relay.published = start + hour * 3600 - Math.floor(random() * 3600);
      relay.nextDescriptor = hour + 17 + random() * 2;
      if (random() < 0.03) relay.microdescriptor = base64(random, 32);
    }
    if (random() < 0.003) relay.version = Math.min(versions.length - 1, relay.version + 1);
    if (random() < 0.002) relay.guard = !relay.guard;
    for (const voter of scanners)
      if (random() < 0.4)
        relay.measured[voter] = Math.max(
          1,
          Math.round((relay.measured[voter] ?? 1) * (0.9 + random() * 0.2)),
        );
    for (let voter = 0; voter < voters; voter += 1)
      if (random() < 0.0025) relay.down[voter] = hour + 1 + random() * 6;
  }
  const gone = Math.ceil(count / 1000);
  for (let index = 0; index < gone; index += 1) {
    relays.splice(Math.floor(random() * relays.length), 1);
    relays.push(newRelay(random, hour));
  }
  relays.sort(byIdentity);
}

function byIdentity(a: Relay, b: Relay): number {
  return Buffer.compare(Buffer.from(a.identity, 'base64'), Buffer.from(b.identity, 'base64'));
}

function newRelay(random: () => number, hour: number): Relay {
  const weight = Math.ceil(20 * Math.exp(random() * 8));
  const address = [1, 2, 3, 4].map(() => 1 + Math.floor(random() * 250)).join('.');
  return {
    nickname: random() < 0.2 ? 'Unnamed' : `relay${Math.floor(random() * 1e6).toString(36)}`,
    identity: base64(random, 20),
    ed25519: base64(random, 32),
    microdescriptor: base64(random, 32),
    digest: base64(random, 20),
    address,
    port: random() < 0.5 ? 9001 : 443,
    weight,
    since: hour - Math.floor(random() * 20_000),
    published: start + hour * 3600 - Math.floor(random() * 64_800),
    nextDescriptor: hour + random() * 18,
    version: Math.floor(random() * versions.length),
    exit: random() < 0.25,
    guard: random() < 0.6,
    measured: Array.from({ length: voters }, () => Math.ceil(weight * (0.5 + random()))),
    down: Array.from({ length: voters }, () => 0),
  };
}

function flagsOf({ exit, guard }: Relay): string {
  return `s ${exit ? 'Exit ' : ''}Fast ${guard ? 'Guard HSDir ' : ''}Running ${guard ? 'Stable ' : ''}V2Dir Valid`;
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

function headOf(status: 'vote' | 'consensus', hour: number): string[] {
  const at = start + hour * 3600;
  return [
    'network-status-version 3',
    `vote-status ${status}`,
    ...(status === 'vote' ? [`published ${time(at - 600)}`] : ['consensus-method 34']),
    `valid-after ${time(at)}`,
    `fresh-until ${time(at + 3600)}`,
    `valid-until ${time(at + 10_800)}`,
    'voting-delay 300 300',
    'known-flags Exit Fast Guard HSDir Running Stable V2Dir Valid',
  ];
}

function vote(
  relays: readonly Relay[],
  voter: number,
  identity: string,
  hour: number,
  random: () => number,
): Buffer {
  const isScanner = scanners.includes(voter);
  const lines = [
    ...headOf('vote', hour),
    `dir-source authority${voter} ${identity} authority.example 192.0.2.1 80 443`,
  ];
  for (const relay of relays) {
    if ((relay.down[voter] ?? 0) > hour) continue;
    const known = (hour - relay.since) * 3600;
    const up = 0.9 + ((relay.weight * 7919 + voter * 104_729) % 99_991) / 1_000_000;
    lines.push(
      `r ${relay.nickname} ${relay.identity} ${relay.digest} ${time(relay.published)} ${relay.address} ${relay.port} 0`,
      flagsOf(relay),
      `v Tor ${versions[relay.version]}`,
      `pr ${protocols[relay.version % 2]}`,
      `w Bandwidth=${relay.weight}${isScanner ? ` Measured=${relay.measured[voter]}` : ''}`,
      relay.exit ? `p ${policies[relay.weight % policies.length]}` : 'p reject 1-65535',
      `id ed25519 ${relay.ed25519}`,
      `stats wfu=${(up + (1 - up) * Math.min(1, hour / 5000) + random() * 0.00002).toFixed(6)} tk=${known} mtbf=${Math.floor(known / (2 + (relay.weight % 5)))}`,
      `m 32,33,34,35 sha256=${relay.microdescriptor}`,
    );
  }
  return Buffer.from(`${[...lines, 'directory-footer', ...signature(identity, random)].join('\n')}\n`);
}

function consensus(
  relays: readonly Relay[],
  identities: readonly string[],
  digests: readonly string[],
  hour: number,
  isMicrodesc: boolean,
  random: () => number,
): Buffer {
  const lines = headOf('consensus', hour);
  for (const [voter, identity] of identities.entries())
    lines.push(
      `dir-source authority${voter} ${identity} authority.example 192.0.2.1 80 443`,
      `vote-digest ${digests[voter]}`,
    );
  for (const relay of relays) {
    if (relay.down.filter((until) => until > hour).length > voters / 2) continue;
    const measured = scanners.map((voter) => relay.measured[voter] ?? 0).sort((a, b) => a - b);
    const published = '2038-01-01 00:00:00';
    lines.push(
      `r ${relay.nickname} ${relay.identity} ${isMicrodesc ? '' : `${relay.digest} `}${published} ${relay.address} ${relay.port} 0`,
      ...(isMicrodesc ? [`m ${relay.microdescriptor}`] : []),
      flagsOf(relay),
      `v Tor ${versions[relay.version]}`,
      `pr ${protocols[relay.version % 2]}`,
      `w Bandwidth=${measured[2]}`,
      ...(isMicrodesc
        ? []
        : [relay.exit ? `p ${policies[relay.weight % policies.length]}` : 'p reject 1-65535']),
    );
  }
  const signatures = identities.flatMap((identity) => signature(identity, random));
  return Buffer.from(`${[...lines, 'directory-footer', ...signatures].join('\n')}\n`);
}

function signature(identity: string, random: () => number): string[] {
  const body = base64(random, 256).replace(/.{64}/g, '$&\n');
  return [
    `directory-signature ${identity} ${identity}`,
    '-----BEGIN SIGNATURE-----',
    body,
    '-----END SIGNATURE-----',
  ];
}

function bytesOf(random: () => number, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)));
}

function base64(random: () => number, count: number): string {
  return bytesOf(random, count).toString('base64').replace(/=+$/, '');
}

function hexOf(random: () => number, count: number): string {
  return bytesOf(random, count).toString('hex').toUpperCase();
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
