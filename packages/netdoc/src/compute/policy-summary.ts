/**
 * The summary of an exit policy by port, as votes and microdescriptors carry it (dir-spec 3.8.2): a port counts as accepted
 * when it is for almost all IPv4 addresses. How it is reckoned is tor's own and has to be the same at all authorities.
 */
import type { PolicyRule } from '../documents/index.ts';
import { formatIpv4, parseIpv4 } from '../routers/index.ts';

/** What is rejected for exactly one of these networks does not count; `private` stands for all of them. */
const privateNetworks: ReadonlySet<string> = new Set([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '127.0.0.0/8',
  '192.168.0.0/16',
  '10.0.0.0/8',
  '172.16.0.0/12',
]);

/** A port is no longer accepted once it is rejected in more than two networks /8. */
const mostRejected = 2 ** 25;
const lastPort = 65_535;
/** A text is at most 1000 characters long with the word before it. */
const longest = 993;

/** Summarises the rules for IPv4: `accept 80,443`, `reject 25,119`; undefined when a netmask is no prefix, which tor refuses. */
export function summarizePolicy(rules: readonly PolicyRule[]): string | undefined {
  const counting: Counting[] = [];
  for (const rule of rules) {
    const bits = ipv4Bits(rule);
    if (bits === 'bad') return undefined;
    if (bits === 'none' || !counts(rule, bits)) continue;
    const [low, high] = rule.ports;
    if (high >= 1)
      counting.push({
        low: Math.max(1, low),
        high,
        rejects: rule.verdict === 'accept' ? 0 : 2 ** (32 - bits),
      });
  }
  return written(fatesOf(counting));
}

/** A rule that counts: it rejects so many addresses at these ports, or with 0 accepts them for all. */
interface Counting {
  readonly low: number;
  readonly high: number;
  readonly rejects: number;
}

/** An accepting rule counts when it is for all addresses; a rejecting one unless it is for a private network. */
function counts(rule: PolicyRule, bits: number): boolean {
  if (rule.verdict === 'accept') return bits === 0;
  return !privateNetworks.has(`${formatIpv4(parseIpv4(rule.address) ?? 0)}/${bits}`);
}

/** How many leading bits of an IPv4 address a rule fixes; `none` for a rule about IPv6 or private networks only. */
function ipv4Bits({ keyword, address, bits, mask }: PolicyRule): number | 'none' | 'bad' {
  if (keyword.endsWith('6') || address === '*6' || address.startsWith('[') || address === 'private')
    return 'none';
  if (address === '*' || address === '*4') return 0;
  if (mask === undefined) return bits ?? 32;
  const value = parseIpv4(mask);
  if (value === undefined) return 'bad';
  const ones = Math.clz32(~value);
  return ones === 32 || (value << ones) >>> 0 === 0 ? ones : 'bad';
}

/** Neighbouring ports with one fate. */
interface Stretch {
  readonly low: number;
  readonly high: number;
  readonly accepted: boolean;
}

/**
 * The fate of every port. The first rule that accepts it decides, by what was rejected before; so each stretch between two
 * ends of rules is looked at once, and what was rejected is summed in a tree: a long policy is not slow.
 */
function fatesOf(rules: readonly Counting[]): readonly Stretch[] {
  const ends = new Set([1, lastPort + 1]);
  for (const { low, high } of rules) ends.add(low).add(high + 1);
  const starts = Array.from(ends).sort((a, b) => a - b);
  const indexOf = new Map(starts.map((start, index) => [start, index]));
  const count = starts.length - 1;
  const rejected = new Float64Array(count + 1);
  const accepted = new Uint8Array(count);
  // From each stretch the next one that no rule has accepted yet, found by shortening the way.
  const next = Int32Array.from({ length: count + 1 }, (_, index) => index);
  for (const { low, high, rejects } of rules) {
    const [from, to] = [indexOf.get(low) as number, indexOf.get(high + 1) as number];
    if (rejects > 0) {
      add(rejected, from, rejects);
      add(rejected, to, -rejects);
      continue;
    }
    for (let at = open(next, from); at < to; at = open(next, at)) {
      if (sumUpTo(rejected, at) <= mostRejected) accepted[at] = 1;
      next[at] = at + 1;
    }
  }
  return Array.from(accepted, (fate, index) => ({
    low: starts[index] as number,
    high: (starts[index + 1] as number) - 1,
    accepted: fate === 1,
  }));
}

function open(next: Int32Array, from: number): number {
  let at = from;
  while (next[at] !== at) {
    next[at] = next[next[at] as number] as number;
    at = next[at] as number;
  }
  return at;
}

/** Adds to all from an index on, in a Fenwick tree. */
function add(tree: Float64Array, index: number, value: number): void {
  for (let at = index + 1; at < tree.length + 1; at += at & -at)
    tree[at - 1] = (tree[at - 1] as number) + value;
}

function sumUpTo(tree: Float64Array, index: number): number {
  let sum = 0;
  for (let at = index + 1; at > 0; at -= at & -at) sum += tree[at - 1] as number;
  return sum;
}

function written(stretches: readonly Stretch[]): string {
  const accepted = rangesOf(stretches, true);
  const rejected = rangesOf(stretches, false);
  if (accepted === '') return 'reject 1-65535';
  if (rejected === '') return 'accept 1-65535';
  if (accepted.length > longest && rejected.length > longest)
    return `accept ${accepted.slice(0, accepted.lastIndexOf(',', longest))}`;
  return rejected.length < accepted.length ? `reject ${rejected}` : `accept ${accepted}`;
}

/** The ranges of one fate, neighbours joined. */
function rangesOf(stretches: readonly Stretch[], accepted: boolean): string {
  const ranges: string[] = [];
  let low: number | undefined;
  for (const [index, stretch] of stretches.entries()) {
    if (stretch.accepted !== accepted) continue;
    low ??= stretch.low;
    if (stretches[index + 1]?.accepted === accepted) continue;
    ranges.push(low === stretch.high ? `${low}` : `${low}-${stretch.high}`);
    low = undefined;
  }
  return ranges.join(',');
}
