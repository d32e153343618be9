/**
 * Documents to begin with: real ones of the public network and of test networks where they are beside the checkout, and
 * made ones in any case. Large ones are cut to their first and last lines, so that many inputs can be tried.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { detectKind } from '../packages/netdoc/src/index.ts';
import {
  authorities,
  certificates,
  consensus,
  relays,
  text,
  vote,
} from '../packages/netdoc/test/support/make.ts';

/** A document to begin with. */
export interface Seed {
  readonly name: string;
  /** What the library takes it for, or `unknown`. */
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** Everything an input is made from. */
export interface Material {
  readonly seeds: readonly Seed[];
  /** The documents uncut: certificates to trust, and what the only accepted documents may be. */
  readonly whole: readonly Uint8Array[];
  /** Whether real documents are among them. */
  readonly real: boolean;
}

const headBytes = 24 * 1024;
const tailBytes = 12 * 1024;

/** All documents; `data` is the folder of real ones. */
export function material(data: string): Material {
  const whole = [...madeDocuments(), ...realDocuments(data)];
  const seeds = whole.flatMap(({ name, bytes }) => {
    const cut = shorten(bytes);
    return [{ name, kind: detectKind(bytes) ?? 'unknown', bytes: cut }];
  });
  return { seeds, whole: whole.map(({ bytes }) => bytes), real: existsSync(data) };
}

interface Named {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Documents of a made-up network of nine authorities. */
function madeDocuments(): Named[] {
  const all = authorities();
  const [first, second] = all;
  if (!first || !second) throw new Error('no authorities');
  const plain = consensus({ relays: 12 });
  const signatures = Buffer.from(plain).toString('latin1').split('\ndirectory-signature ').slice(1);
  const detached = [
    `consensus-digest ${'A'.repeat(40)}\nvalid-after 2024-05-01 12:00:00`,
    'fresh-until 2024-05-01 13:00:00\nvalid-until 2024-05-01 15:00:00',
    `additional-digest microdesc sha256 ${'B'.repeat(64)}`,
    ...signatures.map((block) => `directory-signature ${block.trimEnd()}`),
    ...signatures.map((block) => `additional-signature microdesc sha256 ${block.trimEnd()}`),
  ];
  const made: readonly (readonly [string, Uint8Array])[] = [
    ['consensus-ns', plain],
    ['consensus-microdesc', consensus({ flavor: 'microdesc', relays: 12 })],
    ['vote', vote(first, { relays: 12 })],
    ['vote-of-another', vote(second, { relays: 3 })],
    ['key-certificates', certificates(all.slice(0, 3))],
    ['detached-signatures', Buffer.from(`${detached.join('\n')}\n`)],
    ['entries-alone', Buffer.from(text(relays(20, 'vote')))],
    ['bandwidth-file', Buffer.from(bandwidthFile)],
    ['consensus-diff', Buffer.from(consensusDiff)],
    [
      'diff-cache-item',
      Buffer.from(`document-type consensus-diff\nconsensus-flavor ns\ncompression none\n\0${consensusDiff}`),
    ],
  ];
  return made.map(([name, bytes]) => ({ name: `made/${name}`, bytes }));
}

const bandwidthFile = `1714564000
version=1.8.0
software=sbws
software_version=1.9.0
file_created=2024-05-01T11:46:40
=====
${[1, 2, 3, 4].map((at) => `bw=${at * 1000} bw_mean=55 error_stream=0 nick=relay${at} node_id=$${String(at).repeat(40)} success=5 time=2024-05-01T10:00:0${at}\n`).join('')}`;

const consensusDiff = `network-status-diff-version 1
hash ${'0123456789ABCDEF'.repeat(4)} ${'FEDCBA9876543210'.repeat(4)}
90,$d
80a
w Bandwidth=1
.
12,14c
s Fast
v Tor 0.4.8.10
.
3d
`;

/** The real documents: adversarial ones too, which are near the border between good and bad. */
function realDocuments(data: string): Named[] {
  if (!existsSync(data)) return [];
  return readdirSync(data)
    .filter((folder) => statSync(join(data, folder)).isDirectory())
    .sort()
    .flatMap((folder) =>
      readdirSync(join(data, folder))
        .sort()
        .map((name) => ({
          name: `${folder}/${name}`,
          bytes: new Uint8Array(readFileSync(resolve(data, folder, name))),
        })),
    );
}

/** The first and the last lines of a large document; a small one as it is. */
function shorten(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= headBytes + tailBytes) return bytes;
  const head = bytes.lastIndexOf(10, headBytes) + 1;
  const tail = bytes.indexOf(10, bytes.length - tailBytes) + 1;
  return Buffer.concat([
    bytes.subarray(0, head || headBytes),
    bytes.subarray(tail || bytes.length - tailBytes),
  ]);
}
