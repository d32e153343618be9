/**
 * Tor's ed25519 certificates, read and not yet checked (cert-spec 2.1): one key says of another what it is for, until
 * when. Which signature holds, `verify` tells.
 */
import type { UnixSeconds } from '../base/index.ts';

/** What a certificate is for, by its type (cert-spec A.1): those that directory documents carry. */
export const ed25519CertificateType = {
  /** A relay's identity key certifies its medium-term signing key. */
  identitySigning: 0x04,
  /** A relay's ntor onion key certifies its identity key. */
  ntorOnion: 0x0a,
  /** A family key certifies that a relay's identity key is of the family. */
  family: 0x0c,
} as const;

/** An extension of a certificate (cert-spec 2.1). */
export interface Ed25519Extension {
  readonly type: number;
  readonly flags: number;
  readonly data: Uint8Array;
}

/** A certificate as it says. */
export interface Ed25519Certificate {
  readonly type: number;
  /** When it ceases to hold; whole hours since the epoch in the document. */
  readonly expires: UnixSeconds;
  /** What the certified key is: 1 for an ed25519 key. */
  readonly keyType: number;
  /** The 32 bytes that are certified: an ed25519 key, or the digest of another. */
  readonly certifiedKey: Uint8Array;
  /** The ed25519 key that signed it, where the certificate carries it (extension 4). */
  readonly signerKey: Uint8Array | undefined;
  /** All extensions in their order, those not known here among them. */
  readonly extensions: readonly Ed25519Extension[];
  /** What the signature is over: everything before it. */
  readonly signed: Uint8Array;
  /** The last 64 bytes. */
  readonly signature: Uint8Array;
}

const fixedBytes = 40;
const signatureBytes = 64;
const signedWithKey = 4;
const affectsValidation = 1;

/** Reads a certificate from its bytes; where they are none, what was expected and what was found. */
export function readEd25519Certificate(
  bytes: Uint8Array,
): Ed25519Certificate | { readonly expected: string; readonly found: string } {
  if (bytes.length < fixedBytes + signatureBytes)
    return {
      expected: `an ed25519 certificate of at least ${fixedBytes + signatureBytes} bytes`,
      found: `${bytes.length} bytes`,
    };
  if (bytes[0] !== 1)
    return { expected: 'an ed25519 certificate of version 1', found: `version ${bytes[0]}` };
  const end = bytes.length - signatureBytes;
  const extensions = readExtensions(bytes, end);
  if ('expected' in extensions) return extensions;
  const signer = extensions.find(({ type }) => type === signedWithKey);
  const hours = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(2);
  return {
    type: bytes[1] as number,
    expires: (hours * 3600) as UnixSeconds,
    keyType: bytes[6] as number,
    certifiedKey: bytes.subarray(7, 39),
    signerKey: signer?.data,
    extensions,
    signed: bytes.subarray(0, end),
    signature: bytes.subarray(end),
  };
}

/** The extensions, exactly to the signature; one that must be understood and is not makes the certificate invalid. */
function readExtensions(
  bytes: Uint8Array,
  end: number,
): Ed25519Extension[] | { readonly expected: string; readonly found: string } {
  const count = bytes[39] as number;
  const extensions: Ed25519Extension[] = [];
  let at = fixedBytes;
  for (let index = 0; index < count; index += 1) {
    const length = at + 4 <= end ? ((bytes[at] as number) << 8) | (bytes[at + 1] as number) : Infinity;
    if (at + 4 + length > end)
      return { expected: `${count} extensions before the signature`, found: `room for ${index}` };
    const extension = {
      type: bytes[at + 2] as number,
      flags: bytes[at + 3] as number,
      data: bytes.subarray(at + 4, at + 4 + length),
    };
    at += 4 + length;
    if (extension.type === signedWithKey) {
      if (length !== 32) return { expected: 'a signer key of 32 bytes', found: `${length} bytes` };
      if (extensions.some(({ type }) => type === signedWithKey))
        return { expected: 'one signer key', found: 'another' };
    } else if ((extension.flags & affectsValidation) !== 0)
      return { expected: 'no unknown extension that affects validation', found: `type ${extension.type}` };
    extensions.push(extension);
  }
  return at === end
    ? extensions
    : { expected: `the signature behind ${count} extensions`, found: `${end - at} bytes between` };
}
