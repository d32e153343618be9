/** Rounds whose relays all have server descriptors, and the answers in which those come. */
import { createHash } from 'node:crypto';
import { descriptor, madeRelay } from '../../../netdoc/test/support/make-relay.ts';
import { fileTime } from './bad-day.ts';
import type { Journal } from './journal.ts';
import { madeNetwork } from './network.ts';
import type { MadeNetwork, MadeRound } from './network.ts';

/** How many relays each round lists. */
export const relayCount = 20;

/** What relay number `index` says of itself: three operators of some relays each, four relays that say nothing. */
export function saysOf(index: number): {
  readonly platform: string;
  readonly contact: string | undefined;
  readonly bytesPerSecond: number;
} {
  return {
    platform: index % 5 === 4 ? 'FreeBSD' : 'Linux',
    contact: index < 4 ? undefined : `Operator ${index % 3} <ops${index % 3} AT maple.example>`,
    bytesPerSecond: 1_000_000 + index * 1000,
  };
}

/** The descriptor of relay number `index`. All are signed by the same keys, which a consensus does not look at. */
export function descriptorOf(index: number): Uint8Array {
  const { platform, contact, bytesPerSecond } = saysOf(index);
  return descriptor(madeRelay(0), {
    edit: (lines) =>
      withoutFamily(lines).flatMap((line) => {
        const [keyword] = line.split(' ', 1);
        if (keyword === 'router') return [`router relay${index} 198.51.100.${index + 1} 9001 0 0`];
        if (keyword === 'platform') return [`platform Tor 0.4.9.11 on ${platform}`];
        if (keyword === 'bandwidth')
          return [`bandwidth ${bytesPerSecond} ${bytesPerSecond + 1} ${bytesPerSecond + 2}`];
        if (keyword === 'contact') return contact === undefined ? [] : [`contact ${contact}`];
        return [line];
      }),
  });
}

function withoutFamily(lines: readonly string[]): string[] {
  const at = lines.indexOf('family-cert');
  const end = lines.findIndex((line, index) => index > at && line.startsWith('-----END'));
  return lines.filter((line, index) => (index < at || index > end) && !line.startsWith('family '));
}

/** Some descriptors in one file. */
export function descriptorFile(from: number, until: number): Uint8Array {
  return Buffer.concat(Array.from({ length: until - from }, (_, index) => descriptorOf(from + index)));
}

/** The digest by which a consensus names a descriptor: SHA-1 of its signed part. */
export function digestOf(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes);
  const mark = '\nrouter-signature\n';
  return createHash('sha1')
    .update(text.subarray(0, text.indexOf(mark) + mark.length))
    .digest();
}

/** Puts the digests of all these descriptors into a vote. */
function namingAll(lines: readonly string[]): string[] {
  return lines.map((line) => {
    const index = /^r relay(\d+) /.exec(line)?.[1];
    if (index === undefined || Number(index) >= relayCount) return line;
    const words = line.split(' ');
    words[3] = digestOf(descriptorOf(Number(index)))
      .toString('base64')
      .replace(/=+$/, '');
    return words.join(' ');
  });
}

/** Three authorities. */
export const describedNetwork: MadeNetwork = madeNetwork(3);

/** A round that names all of them. */
export function describedRound(validAfter: number): MadeRound {
  return describedNetwork.round({
    validAfter,
    relays: relayCount,
    voteEdit: () => (lines) => namingAll(lines),
  });
}

/** A file of descriptors comes out of an archive, and a tick after it. */
export function fedDescriptors(journal: Journal, at: number, bytes: Uint8Array): void {
  journal.fed(
    { at, feed: 'collector', subject: 'server-descriptors', file: `${fileTime(at)}-server-descriptors` },
    bytes,
  );
  journal.cycle(at + 1);
}
