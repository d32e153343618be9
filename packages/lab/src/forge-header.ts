/** What forged votes say before their relays: every line that the computation reads, and the ways in which it can differ. */
import { createRandom, type Random } from './random.ts';
import type { SharedRandomPart, VoteHeader } from './vote.ts';
import type { MethodScheme, SharedValue, Temper } from './forge-temper.ts';

/** Of which vote the header is. */
export interface HeaderPlace {
  readonly seed: string;
  readonly round: number;
  /** Number of the vote among the forged ones. */
  readonly vote: number;
  readonly validAfter: Date;
  readonly published: Date;
  /** Forty hex digits, for authorities that also claim an older identity. */
  readonly legacyDirKeys: readonly string[];
}

const newest = '32 33 34 35';

/** Makes the header of one forged vote. */
export function forgeHeader(temper: Temper, place: HeaderPlace): VoteHeader {
  const { seed, round, vote, validAfter, published, legacyDirKeys } = place;
  const random = createRandom(seed, 'header', round, vote);
  const later = (seconds: number): Date => new Date(validAfter.getTime() + seconds * 1000);
  const protocols = (name: string): object =>
    random.chance(0.85) ? { [name]: protocolLine(random, random.chance(0.7)) } : {};
  return {
    methods: methodsOf(temper.methods, random),
    published,
    validAfter,
    freshUntil: later(random.pick([10, 10, 11, 15, 20])),
    validUntil: later(random.pick([30, 30, 31, 47, 60])),
    votingDelay: [random.pick([2, 2, 3, 5, 300]), random.pick([2, 2, 3, 4, 300])],
    ...(random.chance(0.8) ? { clientVersions: versionList(random) } : {}),
    ...(random.chance(0.8) ? { serverVersions: versionList(random) } : {}),
    packages: packagesOf(random),
    ...protocols('recommendedRelayProtocols'),
    ...protocols('recommendedClientProtocols'),
    ...protocols('requiredRelayProtocols'),
    ...protocols('requiredClientProtocols'),
    knownFlags: knownFlagsOf(temper, random),
    ...(random.chance(0.5) ? { flagThresholds: 'stable-uptime=1 fast-speed=1000 enough-mtbf=1' } : {}),
    ...paramsLine(temper, random),
    contact: random.pick([
      'me',
      'two  spaces and # a hash',
      'a#b',
      'éè utf',
      '(none)',
      'trailing space ',
      'x'.repeat(400),
    ]),
    ...(random.chance(0.9) ? { sharedRandom: sharedRandomOf(temper, random, vote) } : {}),
    ...(temper.legacyKeys && random.chance(0.4) ? { legacyDirKey: random.pick(legacyDirKeys) } : {}),
    extra: random.chance(temper.odd) ? [random.pick(['x-unknown line', 'opt x-unknown line'])] : [],
  };
}

function methodsOf(scheme: MethodScheme, random: Random): string {
  switch (scheme) {
    case 'newest':
      return newest;
    case 'only-35':
      return random.pick(['35', newest, '34 35']);
    case 'only-34':
      return random.pick(['34', '32 34', '33 34', '32 33 34']);
    case 'only-33':
      return random.pick(['33', '32 33', '28 29 30 31 32 33']);
    case 'only-32':
      return random.pick(['32', '31 32', '28 29 30 31 32']);
    case 'mixed':
      return random.pick([newest, '32 33', '32 33 34', '33 35', '35 32', '35 35 34', '32 33 34 35 36']);
    case 'unsupported':
      return random.pick(['36 37', '35 36 37', '32 33 34 35 36 37', '36 37 100']);
    case 'none-in-common':
      return random.pick(['40 41', '50', '60 61', '1', '28']);
  }
}

const versions = (
  '0.4.8.9 0.4.8.10 0.4.9.1 0.4.9.1-alpha 0.4.9.1-rc 0.4.9.2-alpha-dev 0.4.9.10 0.4.9.11 0.4.9.11-dev 0.4.9-alpha ' +
  '0.4 0.4.9rc2 0.4.9pre1 0.4.9 tor|0.4.9.3 Tor|0.4.9.11 0.4.9.11|(git-abcd) 0.4.9.11|(git-abce) 0.4.9.11|(git-ab) ' +
  '0.4.9.11|(r17) 0.4.9.x zzz 0.4.9.11+x 99999999999.1 0.4.9.11-dev|(git-zz)'
)
  .split(' ')
  .map((text) => text.replace('|', ' '));

/** A version string, plain or odd. */
export function oddVersion(random: Random): string {
  return random.pick(versions);
}

function versionList(random: Random): string {
  // With few distinct ones majorities form; an empty line counts as a line all the same.
  const pool = random.chance(0.6) ? ['0.4.8.21', '0.4.9.10', '0.4.9.11', 'Tor 0.4.9.11'] : versions;
  const items = Array.from({ length: random.pick([0, 1, 3, 4, 7]) }, () => random.pick(pool));
  return items.join(random.pick([',', ',', ',', ', ', ',,', ' ,']));
}

// Never all values from 0 to 63: where votes agree on these, tor 0.4.9.11 does not come to an end.
const protocolEntries = (
  'Cons=1-2 Desc=1-2 DirCache=2 FlowCtrl=1-2 HSDir=2 HSIntro=3-5 HSRend=1-2 Link=1-5 Link=4-5 Link=4 LinkAuth=1,3 ' +
  'LinkAuth=3 Microdesc=1-2 Padding=2 Relay=1-4 Relay=2 Relay=2,4,6 Relay=2-4,6-9 Conflux=1 Foo-bar=1 Alpha=1-3,5 Zed=0,63 ' +
  'Zed=0-40 Empty= Desc='
).split(' ');

/** A list of protocols; in disorder, with empty values and repeated names when it is not `plain`. */
export function protocolLine(random: Random, plain: boolean): string {
  const count = random.pick([0, 2, 4, 7]);
  const chosen = Array.from({ length: count }, () => random.pick(protocolEntries));
  if (!plain) return chosen.join(random.pick([' ', ' ', '  ']));
  const first = new Map(chosen.map((entry) => [entry.split('=')[0] ?? '', entry]));
  return [...first.values()].sort().join(' ');
}

function packagesOf(random: Random): readonly string[] {
  const lines = [
    'tor 1.0 http://x/ sha256=abc',
    'tor 1.0 http://x/ sha256=abc sha1=de',
    'tor 2.0 http://x/ sha256=zzz',
    'tor 1.0 http://x/ bad',
    'tbb 9 http://x/ sha256=abc',
    'tbb 10 http://x/ sha256=abc',
    'bad http://x/ sha256=abc',
  ];
  return Array.from({ length: random.pick([0, 1, 2, 3, 4]) }, () => random.pick(lines));
}

const usualFlags = 'Authority Exit Fast Guard HSDir Running Stable StaleDesc Sybil V2Dir Valid'.split(' ');

function knownFlagsOf(temper: Temper, random: Random): readonly string[] {
  const flags = usualFlags.filter((flag) => ['Running', 'Valid'].includes(flag) || random.chance(0.95));
  for (const flag of ['BadExit', 'MiddleOnly']) if (random.chance(0.7)) flags.push(flag);
  if (temper.naming > 0) for (const flag of ['Named', 'Unnamed']) if (random.chance(0.8)) flags.push(flag);
  flags.push(...temper.strangeFlags.filter(() => random.chance(0.8)));
  return flags.sort();
}

function paramsLine(temper: Temper, random: Random): { readonly params?: string } {
  if (random.chance(0.08)) return {};
  const elements: string[] = [];
  for (const [name, values] of temper.params)
    if (random.chance(0.7)) elements.push(`${name}=${random.pick(values)}`);
  return { params: elements.sort().join(' ') };
}

function sharedRandomOf({ previous, current }: Temper, random: Random, vote: number): SharedRandomPart {
  const line = (name: string, { values, agreeing, countsDiffer }: SharedValue): object => {
    const value = vote < agreeing ? values[0] : random.chance(0.3) ? undefined : random.pick(values);
    const count = countsDiffer ? random.pick([7, 8, 9]) : 8;
    return value === undefined ? {} : { [name]: `${count} ${value}` };
  };
  return { commits: [], ...line('previous', previous), ...line('current', current) };
}
