/** Archives to pack: some hours of votes and consensuses that are nearly the same, and everything else that a line can be. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalEntry, OpenedArchive } from '../../src/archive/index.ts';

/** The SHA-256 of these bytes, as the archive names them. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const hex = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase();

/** What one author says of some relays at one hour. */
export function madeVote(author: string, hour: number, relays = 60): Buffer {
  const lines = [
    'network-status-version 3',
    `valid-after 2026-01-01 ${String(hour % 24).padStart(2, '0')}:00:00`,
  ];
  for (let relay = 0; relay < relays; relay += 1) {
    if ((relay + hour) % 23 === 0) continue;
    const descriptor = Buffer.from(hex(`${relay} ${Math.floor((hour + relay) / 18)}`), 'hex').toString(
      'base64',
    );
    lines.push(
      `r relay${relay} ${hex(`id ${relay}`).slice(0, 27)} ${descriptor} 192.0.2.${relay % 250} 9001 0`,
      (relay + hour) % 31 === 0 ? 's Fast Running Valid' : 's Fast Guard Running Stable Valid',
      `w Bandwidth=${relay * 7} Measured=${relay * 11 + ((hour * 7 + author.length) % 13)}`,
      `stats wfu=0.9${79522 + hour} tk=${7386550 + hour * 3600} mtbf=${1931925 + relay}`,
    );
  }
  return Buffer.from(`${lines.join('\n')}\n${hex(author + hour)}\n`);
}

/** Documents that are no text of ours, each of which must come back byte by byte. */
export const oddDocuments: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['a line without an end', Buffer.from('r relay 7')],
  ['line feeds', Buffer.from('\n\n\n')],
  ['all bytes', Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7) % 256))],
  ['gaps where figures belong', Buffer.from('w Bandwidth=\0 Measured=1\n'.repeat(40))],
  [
    'figures of every length',
    Buffer.from(Array.from({ length: 300 }, (_, n) => `w Bandwidth=${10 ** (n % 14)} ${n}\n`).join('')),
  ],
  [
    'leading zeros',
    Buffer.from(Array.from({ length: 300 }, (_, n) => `w Bandwidth=0${n} x=00 y=${n}\n`).join('')),
  ],
  [
    'one long line',
    Buffer.from(Array.from({ length: 3000 }, (_, n) => `bw=${n * 17} nick=relay${n}`).join(' ')),
  ],
  [
    'the largest figures',
    Buffer.from(Array.from({ length: 100 }, (_, n) => `w Bandwidth=${999_999_999 - n}\n`).join('')),
  ],
  ['and the smallest', Buffer.from(Array.from({ length: 100 }, (_, n) => `w Bandwidth=${n}\n`).join(''))],
];

/** An observation of these bytes. */
export function seen(bytes: Uint8Array, subject: object, at: number, authority = 'moria1'): JournalEntry {
  return {
    type: 'observation',
    at,
    vantage: 'here',
    authority,
    subject,
    outcome: 'received',
    timings: {},
    document: { sha256: sha256(bytes), bytes: bytes.length, wireBytes: 1 },
  } as JournalEntry;
}

/** Keeps hours of votes of these authors, and what is odd; returns everything by its name. */
export async function fill(
  archive: OpenedArchive,
  hours: number,
  authors: readonly string[] = ['AAAA', 'BBBB', 'CCCC'],
): Promise<ReadonlyMap<string, Buffer>> {
  const all = new Map<string, Buffer>();
  const keep = async (bytes: Buffer, subject: object, at: number): Promise<void> => {
    all.set(await archive.keep(bytes), bytes);
    await archive.append([seen(bytes, subject, at)]);
  };
  for (let hour = 0; hour < hours; hour += 1) {
    for (const of of authors)
      await keep(madeVote(of, hour), { kind: 'vote', period: 'current', of }, hour * 3_600_000);
    await keep(madeVote('all', hour), { kind: 'consensus', flavor: 'ns' }, hour * 3_600_000);
  }
  for (const [index, [, bytes]] of oddDocuments.entries())
    await keep(bytes, { kind: 'consensus', flavor: 'microdesc' }, hours * 3_600_000 + index);
  return all;
}

/** The names of documents that are files of their own. */
export async function looseIn(directory: string): Promise<readonly string[]> {
  const documents = join(directory, 'documents');
  const names: string[] = [];
  for (const parent of await readdir(documents)) {
    if (!/^[0-9a-f]{2}$/.test(parent)) continue;
    for (const name of await readdir(join(documents, parent))) names.push(name.replace('.gz', ''));
  }
  return names.sort();
}

/** The files of packs, also those that are not whole. */
export async function packsIn(directory: string): Promise<readonly string[]> {
  const packs = join(directory, 'documents', 'packs');
  return existsSync(packs) ? (await readdir(packs)).sort() : [];
}
