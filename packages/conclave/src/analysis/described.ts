/**
 * What is kept of a server descriptor to count relays by it: what it advertises, on which platform it runs, whom it says to
 * belong to. All of it is a relay's own word, taken only where a genuine consensus names the very descriptor.
 */
import { sha1, toHex } from '@conclave/netdoc';
import type { RelayBandwidth, RouterTable, ServerDescriptor } from '@conclave/netdoc';

/** Facts of one descriptor. */
export interface DescriptorFacts {
  /** SHA-1 of its signed part, 40 upper-case hexadecimal digits: what the consensus names it by. */
  readonly digest: string;
  /** The least of rate, burst and observed, in bytes a second (dir-spec 2.1.1, `bandwidth`). */
  readonly bytesPerSecond: number;
  /** The operating system, by name only; undefined where the descriptor does not state one. */
  readonly platform: string | undefined;
  /** The contact, normalised; undefined where there is none, or one that names nobody. */
  readonly contact: string | undefined;
  /** Names of the families that it says to be of; relays of one family have one in common. */
  readonly families: readonly string[];
}

/** The facts of a descriptor; undefined when it has no signed part to be named by. */
export function factsOf(descriptor: ServerDescriptor): DescriptorFacts | undefined {
  const { bytes, signed, bandwidth, platform, contact } = descriptor;
  if (!signed) return undefined;
  return {
    digest: toHex(sha1(bytes.subarray(signed.start, signed.end))),
    bytesPerSecond: leastOf(bandwidth),
    platform: platform === undefined ? undefined : platformOf(platform),
    contact: contact === undefined ? undefined : contactOf(contact),
    families: familiesOf(descriptor),
  };
}

function leastOf({ rate, burst, observed }: RelayBandwidth): number {
  return Math.min(rate, burst, observed);
}

/**
 * The operating system of a `platform` line (`Tor 0.4.8.12 on Windows Server 2022`): the first word behind the first ` on `.
 * Names only, so that no version makes a platform of its own.
 */
export function platformOf(line: string): string | undefined {
  return / on ([A-Za-z][A-Za-z0-9._+-]{0,31})(?![^\s[])/.exec(line)?.[1];
}

/** Longest contact that is kept as it is. */
const contactMost = 256;

/**
 * A contact as it is compared: letters small, runs of spaces one space, none around it. Undefined where nothing is left that
 * names anybody: no letter and no digit, a word for nobody, or the example of tor's own torrc. A very long one is cut, with a
 * digest of the whole behind it.
 */
export function contactOf(line: string): string | undefined {
  const text = line.toLowerCase().replace(/\s+/g, ' ').trim();
  if (!/[\p{L}\p{N}]/u.test(text) || namesNobody(text)) return undefined;
  if (text.length <= contactMost) return text;
  return `${text.slice(0, contactMost - 18)} #${shortName(text)}`;
}

/** Words that stand where a contact would, alone. */
const nobody: ReadonlySet<string> = new Set([
  'none',
  'n/a',
  'na',
  'no',
  'null',
  'nobody',
  'no one',
  'noone',
  'anonymous',
  'anon',
  'unknown',
  'private',
  'secret',
  'test',
  'contactinfo',
  'your@e-mail',
]);

function namesNobody(text: string): boolean {
  const bare = text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
  return nobody.has(bare) || /example(?:\.| dot |\[dot\]|\(dot\))com/.test(text);
}

const fingerprintOf = /^\$?([0-9A-Fa-f]{40})(?:[=~]|$)/;

/**
 * The families of a descriptor by short names. A declared one (`family`, dir-spec 2.1.1) is named by all its fingerprints with
 * the relay's own: only relays that list each other and the same others have one name, so nobody gets into a family that does
 * not list him. Nicknames are not looked at, anybody may have them. One with a certificate (`family-cert`, tor 0.4.9) is named
 * by the family's key.
 */
function familiesOf({ family, fingerprint, familyCertificates }: ServerDescriptor): string[] {
  const members = new Set(
    (family ?? []).flatMap((member) => fingerprintOf.exec(member)?.[1]?.toUpperCase() ?? []),
  );
  const names = familyCertificates.flatMap(({ signerKey }) => (signerKey ? [`key ${toHex(signerKey)}`] : []));
  if (fingerprint !== undefined) members.add(fingerprint);
  if (fingerprint !== undefined && members.size > 1) names.push(`list ${[...members].sort().join(' ')}`);
  return [...new Set(names.map(shortName))];
}

/** Sixteen hexadecimal digits that stand for a text. */
function shortName(text: string): string {
  return toHex(sha1(new TextEncoder().encode(text))).slice(0, 16);
}

/** The facts of each relay of an ns consensus, in its order; undefined where the descriptor that it names is not held. */
export function describedRelays<Facts>(
  { count, descriptorDigest }: Pick<RouterTable, 'count' | 'descriptorDigest'>,
  held: ReadonlyMap<string, Facts>,
): (Facts | undefined)[] {
  return Array.from({ length: count }, (_, relay) =>
    held.get(toHex(descriptorDigest, relay * 20, relay * 20 + 20)),
  );
}

/** Relays, and the sum of their consensus weights, which has no unit. */
export interface Weighed {
  readonly relays: number;
  readonly weight: number;
}

/** Of how many relays descriptors are held, and of how much of the weight. */
export interface Coverage {
  readonly listed: Weighed;
  readonly described: Weighed;
}

/** The least part of the relays, and of their weight, that must be described before anything is said of the whole. */
export const describedEnough = 0.95;

/** Whether enough is known to speak of the whole. */
export function isEnough({ listed, described }: Coverage): boolean {
  return (
    isEnoughOf(described.relays, listed.relays) &&
    (listed.weight === 0 || isEnoughOf(described.weight, listed.weight))
  );
}

/** Whether a part is enough of a whole that is not nothing. */
export function isEnoughOf(part: number, whole: number): boolean {
  return whole > 0 && part >= describedEnough * whole;
}

/** Of how much of a consensus the descriptors are held. */
export function coverageOf(
  { count, bandwidth }: Pick<RouterTable, 'count' | 'bandwidth'>,
  described: readonly (DescriptorFacts | undefined)[],
): Coverage {
  const [listed, known] = [
    { relays: count, weight: 0 },
    { relays: 0, weight: 0 },
  ];
  for (let relay = 0; relay < count; relay += 1) {
    const weight = bandwidth[relay] as number;
    listed.weight += weight;
    if (!described[relay]) continue;
    known.relays += 1;
    known.weight += weight;
  }
  return { listed, described: known };
}

/** Relays of one platform; `null` of those whose descriptor states none. */
export interface PlatformCount extends Weighed {
  readonly platform: string | null;
}

/** Platforms of the relays that are described, most relays first. */
export function platformsOf(
  { count, bandwidth }: Pick<RouterTable, 'count' | 'bandwidth'>,
  described: readonly (DescriptorFacts | undefined)[],
): PlatformCount[] {
  const sums = new Map<string | null, { relays: number; weight: number }>();
  for (let relay = 0; relay < count; relay += 1) {
    const facts = described[relay];
    if (!facts) continue;
    const platform = facts.platform ?? null;
    const sum = sums.get(platform) ?? { relays: 0, weight: 0 };
    sums.set(platform, { relays: sum.relays + 1, weight: sum.weight + (bandwidth[relay] as number) });
  }
  return [...sums]
    .map(([platform, sum]) => ({ platform, ...sum }))
    .sort((a, b) => b.relays - a.relays || ((a.platform ?? '') < (b.platform ?? '') ? -1 : 1));
}
