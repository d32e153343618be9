/** Exit policies: the rules of a server descriptor (dir-spec 2.1.3), and the summaries by port (dir-spec 3.8.2). */
import { parseInteger, quoteText } from '../metaformat/index.ts';
import type { Read } from '../metaformat/index.ts';

/** A range of ports, both ends included. */
export type PortRange = readonly [low: number, high: number];

/** One `accept` or `reject` line. */
export interface PolicyRule {
  readonly verdict: 'accept' | 'reject';
  /** Which kinds of address it is about: those of the word `accept6` are IPv6 only. */
  readonly keyword: 'accept' | 'reject' | 'accept6' | 'reject6';
  /** `*`, `*4`, `*6`, `private`, an IPv4 address or an IPv6 address in brackets. */
  readonly address: string;
  /** Leading bits that count; undefined for the words, and where a netmask of four octets stands. */
  readonly bits: number | undefined;
  /** The netmask as written, where it is no number of bits. */
  readonly mask: string | undefined;
  readonly ports: PortRange;
}

const ipv4 = String.raw`\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`;
const rulePattern = new RegExp(
  String.raw`^(?:(\*[46]?|private)|(${ipv4})(?:/(\d{1,2}|${ipv4}))?|(\[[0-9A-Fa-f:.]{2,45}\])(?:/(\d{1,3}))?):(?:(\*)|(\d{1,5})(?:-(\d{1,5}))?)$`,
);

/** Reads the pattern of a rule, `ADDRESS[/MASK]:PORTS`; undefined when it is none. Port 0 was once allowed. */
export function parsePolicyRule(
  keyword: PolicyRule['keyword'],
  text: string,
  lowest: 0 | 1,
): PolicyRule | undefined {
  const match = rulePattern.exec(text);
  if (!match) return undefined;
  const [, word, v4, v4Mask, v6, v6Bits, anyPort, lowText = '', highText] = match;
  if (v4 !== undefined && !isIpv4(v4)) return undefined;
  const masked = v4Mask?.includes('.') === true;
  if (masked && !isIpv4(v4Mask)) return undefined;
  const bitsText = masked ? undefined : (v4Mask ?? v6Bits);
  const bits = bitsText === undefined ? undefined : Number(bitsText);
  if (bits !== undefined && bits > (v6 === undefined ? 32 : 128)) return undefined;
  const low = anyPort ? lowest : Number(lowText);
  const high = anyPort ? 65_535 : Number(highText ?? lowText);
  if (low < lowest || low > high || high > 65_535) return undefined;
  return {
    verdict: keyword.startsWith('accept') ? 'accept' : 'reject',
    keyword,
    address: word ?? v4 ?? v6 ?? '',
    bits: bits ?? (word === undefined && !masked ? (v6 === undefined ? 32 : 128) : undefined),
    mask: masked ? v4Mask : undefined,
    ports: [anyPort ? 1 : low, high],
  };
}

/** Whether a text is four octets with dots between. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

/** A policy by port only, for most addresses: what is accepted, or what is rejected. */
export interface PortPolicy {
  readonly verdict: 'accept' | 'reject';
  readonly ports: readonly PortRange[];
}

/** Reads `accept 80,443` or `reject 25,119-1000`; undefined when it is neither. */
export function parsePortPolicy(text: string): PortPolicy | undefined {
  const match = /^(accept|reject) ([0-9,-]+)$/.exec(text.trimEnd());
  if (!match) return undefined;
  const ports: PortRange[] = [];
  for (const range of (match[2] as string).split(',')) {
    const [, lowText = '', highText = lowText] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
    const low = parseInteger(lowText, 1, 65_535);
    const high = parseInteger(highText, 1, 65_535);
    if (low === undefined || high === undefined || low > high) return undefined;
    ports.push([low, high]);
  }
  return { verdict: match[1] as 'accept' | 'reject', ports };
}

/** Reads a summary by port behind a keyword: `p`, `p6`, `ipv6-policy`. */
export const readPortPolicy: Read<PortPolicy> = (item, wrong) =>
  parsePortPolicy(item.rest) ?? wrong('accept or reject, and ports from 1 to 65535', quoteText(item.rest));
