/**
 * What relays publish, built and signed here: ed25519 certificates, server descriptors and extra-infos that are valid as
 * they come, with doors through which a test changes a line before it is signed or swaps the key that signs it.
 */
import { createHash, createPrivateKey, createPublicKey, sign as signBy, type KeyObject } from 'node:crypto';
import { key, object, sha1, sign, text, type Edit, type MadeKey } from './make.ts';

/** An ed25519 key pair. */
export interface MadeEd25519 {
  readonly secret: KeyObject;
  /** 32 bytes. */
  readonly key: Buffer;
}

const made: MadeEd25519[] = [];

/** What stands before the 32 bytes of an ed25519 key in PKCS #8 (RFC 8410 7). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Ed25519 key number `index`, the same in every run. */
export function ed25519Key(index: number): MadeEd25519 {
  while (made.length <= index) {
    const seed = createHash('sha256').update(`an ed25519 key for tests: ${made.length}`).digest();
    const secret = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
    const key = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
    made.push({ secret, key });
  }
  return made[index] as MadeEd25519;
}

/** The curve25519 key with the same secret: u = (1 + y) / (1 − y), by Fermat, unlike the library's way. */
export function curve25519Of(ed25519: Buffer): Buffer {
  const p = 2n ** 255n - 19n;
  const bytes = Buffer.from(ed25519).reverse();
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  const y = BigInt(`0x${bytes.toString('hex')}`);
  let inverse = 1n;
  let base = (1n - y + p) % p;
  for (let rest = p - 2n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) inverse = (inverse * base) % p;
    base = (base * base) % p;
  }
  const u = ((1n + y) * inverse) % p;
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
}

/** What a certificate may differ in. */
export interface Ed25519CertificateOptions {
  readonly type: number;
  readonly certified: Uint8Array;
  readonly signer: MadeEd25519;
  /** Whether the signer's key stands in it; it does unless told otherwise. */
  readonly signerKey?: 'included' | 'left out';
  readonly version?: number;
  readonly keyType?: number;
  /** Hours since the epoch. */
  readonly hours?: number;
  /** Further extensions: type, flags, data. */
  readonly extensions?: readonly (readonly [type: number, flags: number, data: Uint8Array])[];
}

/** 2024-05-15 00:00. */
export const certificateHours = 476_472;

/** A certificate (cert-spec 2.1). */
export function ed25519Certificate(options: Ed25519CertificateOptions): Buffer {
  const own = options.signerKey === 'left out' ? [] : [[4, 0, new Uint8Array(options.signer.key)] as const];
  const extensions = [...own, ...(options.extensions ?? [])];
  const hours = Buffer.alloc(4);
  hours.writeUInt32BE(options.hours ?? certificateHours);
  const signed = Buffer.concat([
    Buffer.of(options.version ?? 1, options.type),
    hours,
    Buffer.of(options.keyType ?? 1),
    options.certified,
    Buffer.of(extensions.length),
    ...extensions.flatMap(([type, flags, data]) => [
      Buffer.of(data.length >> 8, data.length & 255, type, flags),
      data,
    ]),
  ]);
  return Buffer.concat([signed, signBy(null, signed, options.signer.secret)]);
}

/** A relay with all its keys. */
export interface MadeRelay {
  readonly identity: MadeKey;
  readonly onion: MadeKey;
  readonly master: MadeEd25519;
  readonly signing: MadeEd25519;
  /** Its ntor onion key as an ed25519 key. */
  readonly ntor: MadeEd25519;
  readonly family: MadeEd25519;
}

/** Relay number `index`. */
export function madeRelay(index: number): MadeRelay {
  return {
    identity: key(20 + index * 2),
    onion: key(21 + index * 2),
    master: ed25519Key(index * 4),
    signing: ed25519Key(index * 4 + 1),
    ntor: ed25519Key(index * 4 + 2),
    family: ed25519Key(index * 4 + 3),
  };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** What a descriptor may differ in. */
export interface DescriptorOptions {
  /** Before it is signed, so it stays signed. */
  readonly edit?: Edit;
  /** Parts of the identity certificate, the ntor crosscert and the family certificate. */
  readonly identityCertificate?: Partial<Ed25519CertificateOptions>;
  readonly ntorCertificate?: Partial<Ed25519CertificateOptions>;
  readonly familyCertificate?: Partial<Ed25519CertificateOptions>;
  /** What the onion key signs. */
  readonly crossed?: Uint8Array;
  /** The keys that sign, where they are not the relay's own. */
  readonly signedBy?: MadeKey;
  readonly ed25519SignedBy?: MadeEd25519;
}

/** The lines of a descriptor before its signatures. */
export function descriptorLines(of: MadeRelay, options: DescriptorOptions = {}): string[] {
  const identity = { type: 4, certified: of.signing.key, signer: of.master };
  const ntor = { type: 10, certified: of.master.key, signer: of.ntor, signerKey: 'left out' as const };
  const family = { type: 12, certified: of.master.key, signer: of.family };
  const crossed = options.crossed ?? Buffer.concat([sha1(of.identity.der), of.master.key]);
  const sign25519 = (of.ntor.key[31] ?? 0) >> 7;
  return (options.edit ?? ((lines) => lines))([
    'router maple 198.51.100.7 9001 0 9030',
    'identity-ed25519',
    ...object('ED25519 CERT', ed25519Certificate({ ...identity, ...options.identityCertificate })),
    `master-key-ed25519 ${base64(of.master.key)}`,
    'or-address [2001:db8::7]:9001',
    'platform Tor 0.4.9.11 on Linux',
    'proto Cons=1-2 Desc=1-2 DirCache=2 Link=1-5 Relay=1-4',
    'published 2024-05-01 10:00:00',
    `fingerprint ${of.identity.digest.replace(/(....)(?!$)/g, '$1 ')}`,
    'uptime 86400',
    'bandwidth 1073741824 2147483647 5000000',
    `extra-info-digest ${'A'.repeat(40)} ${base64(Buffer.alloc(32, 7))}`,
    'onion-key',
    ...object('RSA PUBLIC KEY', of.onion.der),
    'signing-key',
    ...object('RSA PUBLIC KEY', of.identity.der),
    'onion-key-crosscert',
    ...object('CROSSCERT', sign(of.onion.secret, crossed)),
    `ntor-onion-key-crosscert ${sign25519}`,
    ...object('ED25519 CERT', ed25519Certificate({ ...ntor, ...options.ntorCertificate })),
    'family-cert',
    ...object('FAMILY CERT', ed25519Certificate({ ...family, ...options.familyCertificate })),
    `family maple $${'B'.repeat(40)} $${'C'.repeat(40)}~birch`,
    'hidden-service-dir',
    'contact maple AT example',
    `ntor-onion-key ${base64(curve25519Of(of.ntor.key))}`,
    'overload-general 1 2024-05-01 09:00:00',
    'reject 10.0.0.0/8:*',
    'accept *:80',
    'accept *:440-450',
    'reject *:*',
    'ipv6-policy accept 80,440-450',
    'tunnelled-dir-server',
  ]);
}

/** Signs lines as a relay does: ed25519 over what stands before, then RSA over both. */
function signed(lines: readonly string[], of: MadeRelay, options: DescriptorOptions): Buffer {
  const first = `${text(lines)}router-sig-ed25519 `;
  const digest = createHash('sha256').update('Tor router descriptor signature v1').update(first).digest();
  const ed25519 = signBy(null, digest, (options.ed25519SignedBy ?? of.signing).secret);
  const second = `${first}${base64(ed25519)}\nrouter-signature\n`;
  const rsa = sign((options.signedBy ?? of.identity).secret, sha1(second));
  return Buffer.from(second + text(object('SIGNATURE', rsa)));
}

/** A server descriptor. */
export function descriptor(of: MadeRelay, options: DescriptorOptions = {}): Uint8Array {
  return signed(descriptorLines(of, options), of, options);
}

/** A server descriptor of 2014: RSA only. */
export function oldDescriptor(of: MadeRelay, edit: Edit = (lines) => lines): Uint8Array {
  const lines = edit([
    'router maple 198.51.100.7 9001 0 9030',
    'platform Tor 0.2.4.23 on Linux',
    'opt protocols Link 1 2 Circuit 1',
    'published 2014-12-08 10:00:00',
    `opt fingerprint ${of.identity.digest.replace(/(....)(?!$)/g, '$1 ')}`,
    'bandwidth 1000 2000 3000',
    'onion-key',
    ...object('RSA PUBLIC KEY', of.onion.der),
    'signing-key',
    ...object('RSA PUBLIC KEY', of.identity.der),
    'reject *:*',
  ]);
  const all = `${text(lines)}router-signature\n`;
  return Buffer.from(all + text(object('SIGNATURE', sign(of.identity.secret, sha1(all)))));
}

/** An extra-info. */
export function extraInfo(of: MadeRelay, options: DescriptorOptions = {}): Uint8Array {
  const identity = { type: 4, certified: of.signing.key, signer: of.master };
  const lines = (options.edit ?? ((all) => all))([
    `extra-info maple ${of.identity.digest}`,
    'identity-ed25519',
    ...object('ED25519 CERT', ed25519Certificate({ ...identity, ...options.identityCertificate })),
    'published 2024-05-01 10:00:00',
    'write-history 2024-05-01 09:00:00 (86400 s) 1000,2000,3000',
    'conn-bi-direct 2024-05-01 09:00:00 (86400 s) 1,2,3,4',
  ]);
  return signed(lines, of, options);
}
