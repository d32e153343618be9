/** Documents of every kind, made and signed here, for tests of the commands that read them. */
import { createHash } from 'node:crypto';
import { sha3_256, toHex } from '@conclave/netdoc';
import {
  authorities,
  consensus,
  object,
  key,
  sha1,
  signatureBlock,
  text,
  type Edit,
  type Signer,
} from '../../../netdoc/test/support/make.ts';

/** A microdescriptor; another number, another digest. */
export function microdescriptor(index: number): Buffer {
  const ntor = Buffer.alloc(32, index + 1)
    .toString('base64')
    .replace(/=+$/, '');
  const identity = Buffer.alloc(32, index + 100)
    .toString('base64')
    .replace(/=+$/, '');
  return Buffer.from(
    text([
      'onion-key',
      ...object('RSA PUBLIC KEY', key(1).der),
      `ntor-onion-key ${ntor}`,
      ...(index % 2 === 0 ? ['p accept 80,443'] : [`family $${'D'.repeat(40)}`]),
      `id ed25519 ${identity}`,
    ]),
  );
}

/** How a consensus names a microdescriptor. */
export function microdescriptorDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '');
}

/** Puts the digests of these microdescriptors into the first entries. */
export function namingMicrodescriptors(all: readonly Uint8Array[]): Edit {
  return (lines) => {
    let next = 0;
    return lines.map((line) => {
      const bytes = line.startsWith('m ') ? all[next] : undefined;
      if (bytes) next += 1;
      return bytes ? `m ${microdescriptorDigest(bytes)}` : line;
    });
  };
}

/** Detached signatures on the consensuses of both flavours. */
export function detachedSignatures(
  ns: Uint8Array,
  microdesc: Uint8Array,
  signers: readonly Signer[] = authorities().map((authority) => ({ authority })),
): Buffer {
  const [signedNs, signedMicrodesc] = [signedPart(ns), signedPart(microdesc)];
  const blocks = (algorithm: string, signed: string): string =>
    signers.map((signer) => signatureBlock(signer, algorithm, signed)).join('');
  const additional = blocks('sha256', signedMicrodesc).replaceAll(
    /^directory-signature /gm,
    'additional-signature microdesc ',
  );
  return Buffer.from(
    [
      `consensus-digest ${sha1(signedNs).toString('hex').toUpperCase()}`,
      'valid-after 2024-05-01 12:00:00',
      'fresh-until 2024-05-01 13:00:00',
      'valid-until 2024-05-01 15:00:00',
      `additional-digest microdesc sha256 ${createHash('sha256').update(signedMicrodesc).digest('hex').toUpperCase()}`,
      '',
    ].join('\n') +
      additional +
      blocks('sha1', signedNs),
  );
}

function signedPart(bytes: Uint8Array): string {
  const all = Buffer.from(bytes).toString('latin1');
  const mark = '\ndirectory-signature ';
  return all.slice(0, all.indexOf(mark) + mark.length);
}

/** A diff between two consensuses, by their hashes; what it does is made up. */
export function consensusDiff(base: Uint8Array, target: Uint8Array): Buffer {
  const from = toHex(sha3_256(Buffer.from(signedPart(base), 'latin1')));
  const to = toHex(sha3_256(target));
  return Buffer.from(
    `network-status-diff-version 1\nhash ${from} ${to}\n9,$d\n4c\nvalid-after 2024-05-01 13:00:00\nfresh-until 2024-05-01 14:00:00\n.\n2a\nx y\n.\n`,
  );
}

/** An item of tor's diff cache. */
export function cacheItem(body: Uint8Array, compression: string, digest = toHex(sha3_256(body))): Buffer {
  const labels = [
    `compression ${compression}`,
    `sha3-digest ${digest}`,
    'document-type consensus',
    'consensus-flavor ns',
  ];
  return Buffer.concat([Buffer.from(`${labels.join('\n')}\n\0`), body]);
}

/** Both consensuses of a round. */
export function bothFlavors(edit: Edit = (lines) => lines): {
  readonly ns: Uint8Array;
  readonly microdesc: Uint8Array;
} {
  return { ns: consensus({ edit }), microdesc: consensus({ flavor: 'microdesc', edit }) };
}
