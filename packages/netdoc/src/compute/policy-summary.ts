/**
 * The summary of an exit policy by port, as votes and microdescriptors carry it (dir-spec 3.8.2): a port counts as accepted
 * when it is for almost all IPv4 addresses. How it is reckoned is tor's own and has to be the same at all authorities.
 */
import type { PolicyRule } from '../documents/index.ts';
import { formatIpv4, parseIpv4 } from '../routers/index.ts';

/** Neighbouring ports with one fate; `rejected` counts the addresses that were rejected before they were accepted. */
interface Stretch {
  readonly low: number;
  readonly high: number;
  readonly rejected: number;
  readonly accepted: boolean;
}

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
  let stretches: readonly Stretch[] = [{ low: 1, high: lastPort, rejected: 0, accepted: false }];
  for (const rule of rules) {
    const bits = ipv4Bits(rule);
    if (bits === 'none') continue;
    if (bits === 'bad') return undefined;
    stretches = apply(stretches, rule, bits);
  }
  return written(stretches);
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

/**
 * An accepting rule counts when it is for all addresses, and takes what was not rejected too often before. A rejecting one
 * counts its addresses, unless they are a private network.
 */
function apply(stretches: readonly Stretch[], rule: PolicyRule, bits: number): readonly Stretch[] {
  const [low, high] = rule.ports;
  if (rule.verdict === 'accept') {
    if (bits !== 0) return stretches;
    return within(stretches, low, high, (stretch) =>
      stretch.rejected <= mostRejected ? { ...stretch, accepted: true } : stretch,
    );
  }
  if (privateNetworks.has(`${formatIpv4(parseIpv4(rule.address) ?? 0)}/${bits}`)) return stretches;
  return within(stretches, low, high, (stretch) => ({
    ...stretch,
    rejected: stretch.rejected + 2 ** (32 - bits),
  }));
}

/** Cuts the stretches at the ends of a range and changes those in it. */
function within(
  stretches: readonly Stretch[],
  low: number,
  high: number,
  change: (stretch: Stretch) => Stretch,
): readonly Stretch[] {
  return stretches.flatMap((stretch) => {
    if (stretch.high < low || stretch.low > high) return stretch;
    const parts: Stretch[] = [];
    if (stretch.low < low) parts.push({ ...stretch, high: low - 1 });
    const [from, to] = [Math.max(stretch.low, low), Math.min(stretch.high, high)];
    parts.push(change({ ...stretch, low: from, high: to }));
    if (stretch.high > high) parts.push({ ...stretch, low: high + 1 });
    return parts;
  });
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
