/** Ed25519 keys from seeds, and the certificates that relays carry in their descriptors (cert-spec). */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign,
  type KeyObject,
  type JsonWebKey,
} from 'node:crypto';

/** A key pair with its public half as raw bytes. */
export interface Ed25519Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: Buffer;
}

/** An ntor key pair whose Edwards form can sign, which the crosscert needs. */
export interface NtorKey {
  /** The curve25519 public key. */
  readonly publicKey: Buffer;
  /** Its Edwards form, as an ordinary signing pair. */
  readonly edwards: Ed25519Pair;
  /** The sign of x of the Edwards form, as `ntor-onion-key-crosscert` states it. */
  readonly signBit: 0 | 1;
}

/** What one certificate certifies. */
export interface CertificateContent {
  /** 4 identity→signing, 10 ntor crosscert, 12 family. */
  readonly type: 4 | 10 | 12;
  readonly expires: Date;
  readonly certifiedKey: Buffer;
  readonly signer: Ed25519Pair;
  /** Whether the signer's key travels in an extension. */
  readonly embedSigner: boolean;
}

const pkcs8Ed25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const pkcs8X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The key pair that belongs to a seed of 32 bytes. */
export function ed25519FromSeed(seed: Buffer): Ed25519Pair {
  const privateKey = pkcs8(pkcs8Ed25519, seed);
  return { privateKey, publicKey: rawPublic(privateKey) };
}

/**
 * An ntor key made from an Ed25519 seed: the X25519 secret is the first half of SHA-512(seed), so the seed's Ed25519
 * public key is the Edwards form of the ntor key and signs for it without raw scalars.
 */
export function ntorFromSeed(seed: Buffer): NtorKey {
  const edwards = ed25519FromSeed(seed);
  const secret = createHash('sha512').update(seed).digest().subarray(0, 32);
  const top = edwards.publicKey[31] ?? 0;
  return { publicKey: rawPublic(pkcs8(pkcs8X25519, secret)), edwards, signBit: top & 0x80 ? 1 : 0 };
}

/** Writes the certificate's bytes (cert-spec 2.1). */
export function writeEd25519Certificate(content: CertificateContent): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(1, 0);
  head.writeUInt8(content.type, 1);
  head.writeUInt32BE(Math.ceil(content.expires.getTime() / 3_600_000), 2);
  head.writeUInt8(1, 6);
  const extensions = content.embedSigner
    ? Buffer.concat([Buffer.from([1, 0, 32, 4, 0]), content.signer.publicKey])
    : Buffer.from([0]);
  const body = Buffer.concat([head, content.certifiedKey, extensions]);
  return Buffer.concat([body, sign(null, body, content.signer.privateKey)]);
}

function pkcs8(prefix: Buffer, secret: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([prefix, secret]), format: 'der', type: 'pkcs8' });
}

function rawPublic(privateKey: KeyObject): Buffer {
  const jwk: JsonWebKey = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.from(jwk.x ?? '', 'base64url');
}
