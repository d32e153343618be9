/**
 * Documents of a made-up network, built and signed here: key certificates, votes and consensuses that are valid as they
 * come, with a door (`edit`) through which a test changes or leaves out any line before it is signed.
 */
import {
  checkPrimeSync,
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  type KeyObject,
} from 'node:crypto';
import { parseFingerprint, parseTime, type Fingerprint, type UnixSeconds } from '../../src/index.ts';

/** An authority with its keys. */
export interface MadeAuthority {
  readonly nickname: string;
  readonly address: string;
  /** SHA-1 of the identity key. */
  readonly identity: Fingerprint;
  readonly identityKey: MadeKey;
  readonly signingKey: MadeKey;
}

/** An RSA key, the DER of its public half, and that DER's SHA-1. */
export interface MadeKey {
  readonly secret: KeyObject;
  readonly der: Buffer;
  readonly digest: Fingerprint;
}

/** Changes the lines of a document before it is signed. */
export type Edit = (lines: string[]) => string[];

/** The times of the made documents. */
export const validAfter = '2024-05-01 12:00:00';
export const freshUntil = '2024-05-01 13:00:00';
export const validUntil = '2024-05-01 15:00:00';

/** A time that is known to be one. */
export function time(text: string): UnixSeconds {
  const seconds = parseTime(text);
  if (seconds === undefined) throw new Error(`not a time: ${text}`);
  return seconds;
}

const keys: MadeKey[] = [];

/**
 * Key number `index`, the same in every run, so that whose identity comes first is no matter of luck; 1024 bits, the least
 * that tor takes, because they are made quickly.
 */
export function key(index: number): MadeKey {
  while (keys.length <= index)
    keys.push(madeKey(rsaKey(prime(`p ${keys.length}`), prime(`q ${keys.length}`))));
  return keys[index] as MadeKey;
}

/** A fresh key. */
export function makeKey(bits: number): MadeKey {
  return madeKey(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
}

function madeKey(secret: KeyObject): MadeKey {
  const der = createPublicKey(secret).export({ type: 'pkcs1', format: 'der' });
  return { secret, der, digest: fingerprint(sha1(der)) };
}

const exponent = 65_537n;

/** The first prime of 512 bits from a number on that is made of a name. */
function prime(name: string): bigint {
  const start = createHash('sha512').update(`a prime for tests: ${name}`).digest();
  // Two of these have a product of 1024 bits.
  start[0] = (start[0] ?? 0) | 0xc0;
  let found = BigInt(`0x${start.toString('hex')}`) | 1n;
  while ((found - 1n) % exponent === 0n || !checkPrimeSync(found)) found += 2n;
  return found;
}

/** The RSA key of two primes (RFC 8017 3.2, RFC 7518 6.3). */
function rsaKey(p: bigint, q: bigint): KeyObject {
  const d = inverse(exponent, (p - 1n) * (q - 1n));
  const numbers = {
    n: p * q,
    e: exponent,
    d,
    p,
    q,
    dp: d % (p - 1n),
    dq: d % (q - 1n),
    qi: inverse(q, p),
  };
  const jwk = Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => {
      const hex = value.toString(16);
      const even = hex.length % 2 === 0 ? hex : `0${hex}`;
      return [name, Buffer.from(even, 'hex').toString('base64url')];
    }),
  );
  return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' });
}

/** The number that gives 1 when it is multiplied with this one, by Euclid. */
function inverse(of: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [of % modulus, modulus, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b, x, y] = [b % a, a, y - quotient * x, x];
  }
  return ((x % modulus) + modulus) % modulus;
}

const nicknames = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'heath', 'islet'];

/** The authorities of the made-up network, in ascending order of identity. */
export function authorities(count = 9): readonly MadeAuthority[] {
  return nicknames
    .slice(0, count)
    .map((nickname, index) => authority(nickname, index))
    .sort((a, b) => (a.identity < b.identity ? -1 : 1));
}

/** One authority. */
export function authority(nickname: string, index: number): MadeAuthority {
  const identityKey = key(index * 2);
  return {
    nickname,
    address: `192.0.2.${index + 1}`,
    identity: identityKey.digest,
    identityKey,
    signingKey: key(index * 2 + 1),
  };
}

/** SHA-1. */
export function sha1(bytes: Uint8Array | string): Buffer {
  return createHash('sha1').update(bytes).digest();
}

function fingerprint(digest: Buffer): Fingerprint {
  return parseFingerprint(digest.toString('hex')) as Fingerprint;
}

/** PKCS#1 v1.5 type 1 over the bare bytes, as Tor signs. */
export function sign(secret: KeyObject, payload: Uint8Array): Buffer {
  return privateEncrypt({ key: secret, padding: constants.RSA_PKCS1_PADDING }, payload);
}

/** An object of the metaformat, 64 characters a line. */
export function object(label: string, bytes: Uint8Array): string[] {
  const body =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...body, `-----END ${label}-----`];
}

/** Lines to text, each ended by LF. */
export function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Edits for `edit`: what is done to the lines that begin with a keyword. */
export const without =
  (keyword: string): Edit =>
  (lines) =>
    lines.filter((line) => line !== keyword && !line.startsWith(`${keyword} `));
/** Puts these lines in the place of the first line with the keyword. */
export const instead =
  (keyword: string, ...others: readonly string[]): Edit =>
  (lines) => {
    const at = lines.findIndex((line) => line === keyword || line.startsWith(`${keyword} `));
    if (at < 0) throw new Error(`no line ${keyword}`);
    return lines.toSpliced(at, 1, ...others);
  };
/** Puts lines behind the first line with the keyword. */
export const behind =
  (keyword: string, ...others: readonly string[]): Edit =>
  (lines) => {
    const at = lines.findIndex((line) => line === keyword || line.startsWith(`${keyword} `));
    if (at < 0) throw new Error(`no line ${keyword}`);
    return lines.toSpliced(at + 1, 0, ...others);
  };
/** One edit after another. */
export const both =
  (...edits: readonly Edit[]): Edit =>
  (lines) =>
    edits.reduce((all, edit) => edit(all), lines);

const same: Edit = (lines) => lines;

/** What a certificate may differ in. */
export interface CertificateOptions {
  readonly published?: string;
  readonly expires?: string;
  /** Before the certification is made, so the certificate stays consistent. */
  readonly edit?: Edit;
  /** The key that certifies; the authority's identity key unless given. */
  readonly certifiedBy?: MadeKey;
  /** The key that makes the crosscert; the signing key unless given. */
  readonly crossedBy?: MadeKey;
  /** What the crosscert is over; the identity's digest unless given. */
  readonly crossed?: Uint8Array;
}

/** A key certificate, as lines. */
export function certificateLines(of: MadeAuthority, options: CertificateOptions = {}): string[] {
  const cross = sign(
    (options.crossedBy ?? of.signingKey).secret,
    options.crossed ?? Buffer.from(of.identity, 'hex'),
  );
  const lines = (options.edit ?? same)([
    'dir-key-certificate-version 3',
    `dir-address ${of.address}:80`,
    `fingerprint ${of.identity}`,
    `dir-key-published ${options.published ?? '2024-01-01 00:00:00'}`,
    `dir-key-expires ${options.expires ?? '2025-01-01 00:00:00'}`,
    'dir-identity-key',
    ...object('RSA PUBLIC KEY', of.identityKey.der),
    'dir-signing-key',
    ...object('RSA PUBLIC KEY', of.signingKey.der),
    'dir-key-crosscert',
    ...object('ID SIGNATURE', cross),
    'dir-key-certification',
  ]);
  const certification = sign((options.certifiedBy ?? of.identityKey).secret, sha1(text(lines)));
  return [...lines, ...object('SIGNATURE', certification)];
}

/** A key certificate. */
export function certificate(of: MadeAuthority, options: CertificateOptions = {}): Uint8Array {
  return Buffer.from(text(certificateLines(of, options)));
}

/** The certificates of these authorities in one file. */
export function certificates(of: readonly MadeAuthority[] = authorities()): Uint8Array {
  return Buffer.concat(of.map((one) => certificate(one)));
}

/** The lines of one relay, `r` first. */
export function relay(index: number, kind: 'ns' | 'microdesc' | 'vote'): string[] {
  const digest = (what: string, algorithm = 'sha1'): string =>
    createHash(algorithm).update(`${what} ${index}`).digest('base64').replace(/=+$/, '');
  const descriptor = kind === 'microdesc' ? '' : ` ${digest('descriptor')}`;
  const day = String(1 + (index % 28)).padStart(2, '0');
  const lines = [
    `r relay${index} ${digest('identity')}${descriptor} 2024-04-${day} 01:02:03 198.51.100.${index % 256} ${9001 + (index % 7)} ${index % 3 === 0 ? 9030 : 0}`,
  ];
  if (index % 4 === 0) lines.push(`a [2001:db8::${(index + 1).toString(16)}]:9001`);
  if (kind === 'microdesc') lines.push(`m ${digest('microdescriptor', 'sha256')}`);
  lines.push(
    index % 5 === 0 ? 's Exit Fast Guard Running Stable V2Dir Valid' : 's Fast Running Valid',
    `v Tor 0.4.8.${10 + (index % 4)}`,
    'pr Cons=1-2 Desc=1-2 DirCache=2 FlowCtrl=1-2 HSDir=2 HSIntro=4-5 HSRend=1-2 Link=1-5 LinkAuth=1,3 Microdesc=1-2 Padding=2 Relay=1-4',
    `w Bandwidth=${1000 + index * 7}${kind === 'vote' && index % 2 === 0 ? ` Measured=${900 + index * 5}` : ''}`,
  );
  if (kind !== 'microdesc') lines.push(index % 5 === 0 ? 'p accept 80,443' : 'p reject 1-65535');
  if (kind === 'vote') {
    lines.push(
      index % 6 === 1 ? 'id ed25519 none' : `id ed25519 ${digest('ed25519', 'sha256')}`,
      `stats wfu=0.9${index % 10}5000 tk=${index * 1000} mtbf=${index * 100}`,
      `m 32,33,34 sha256=${digest('microdescriptor', 'sha256')}`,
    );
  }
  return lines;
}

/** The lines of `count` relays in ascending order of identity. */
export function relays(count: number, kind: 'ns' | 'microdesc' | 'vote'): string[] {
  return Array.from({ length: count }, (_, index) => ({
    id: sha1(`identity ${index}`),
    lines: relay(index, kind),
  }))
    .sort((a, b) => Buffer.compare(a.id, b.id))
    .flatMap(({ lines }) => lines);
}

const flags = 'known-flags Authority BadExit Exit Fast Guard HSDir Running Stable V2Dir Valid';
const delays = 'voting-delay 300 300';
const protocols = [
  'recommended-client-protocols Cons=2 Desc=2 Link=4-5',
  'recommended-relay-protocols Cons=2 Desc=2 Link=4-5 Relay=2-4',
  'required-client-protocols Cons=2 Desc=2 Link=4',
  'required-relay-protocols Cons=2 Desc=2 Link=4-5 Relay=2',
];
const times = [`valid-after ${validAfter}`, `fresh-until ${freshUntil}`, `valid-until ${validUntil}`];

/** A signature as somebody makes it. */
export interface Signer {
  readonly authority: MadeAuthority;
  /** The word of the line; by the flavour unless given. `sha1` is written as tor does, without the word, unless `spell` is set. */
  readonly algorithm?: string;
  readonly spell?: boolean;
  /** The key that signs; the authority's signing key unless given. */
  readonly by?: MadeKey;
  /** What is signed instead of the digest. */
  readonly payload?: Uint8Array;
}

/** What a consensus may differ in. */
export interface ConsensusOptions {
  readonly flavor?: 'ns' | 'microdesc';
  readonly authorities?: readonly MadeAuthority[];
  /** Who signs; all authorities unless given. */
  readonly signers?: readonly (MadeAuthority | Signer)[];
  readonly relays?: number;
  /** Before it is signed, so it stays signed. */
  readonly edit?: Edit;
}

/** The lines of a consensus before its signatures. */
export function consensusLines(options: ConsensusOptions = {}): string[] {
  const flavor = options.flavor ?? 'ns';
  const sources = (options.authorities ?? authorities()).flatMap((one, index) => [
    `dir-source ${one.nickname} ${one.identity} ${one.nickname}.example ${one.address} 80 443`,
    `contact ${one.nickname}  # keeper <${one.nickname} AT example>`,
    `vote-digest ${sha1(`vote ${index}`).toString('hex').toUpperCase()}`,
  ]);
  return (options.edit ?? same)([
    flavor === 'ns' ? 'network-status-version 3' : 'network-status-version 3 microdesc',
    'vote-status consensus',
    'consensus-method 34',
    ...times,
    delays,
    'client-versions 0.4.8.10,0.4.8.11',
    'server-versions ',
    flags,
    ...protocols,
    'params CircuitPriorityHalflifeMsec=30000 bwauthpid=1',
    `shared-rand-previous-value 9 ${'A'.repeat(43)}=`,
    `shared-rand-current-value 9 ${'B'.repeat(43)}=`,
    ...sources,
    ...relays(options.relays ?? 20, flavor),
    'directory-footer',
    'bandwidth-weights Wbd=0 Wbe=0 Wbg=4143 Wbm=10000',
  ]);
}

/** A consensus. */
export function consensus(options: ConsensusOptions = {}): Uint8Array {
  const signed = `${text(consensusLines(options))}directory-signature `;
  const usual = options.flavor === 'microdesc' ? 'sha256' : 'sha1';
  const blocks = (options.signers ?? options.authorities ?? authorities()).map((entry, index) => {
    const signer: Signer = 'authority' in entry ? entry : { authority: entry };
    return signatureBlock(signer, signer.algorithm ?? usual, signed, index === 0);
  });
  return Buffer.from(signed + blocks.join(''));
}

/** One signature; of the first, the keyword stands already there. */
export function signatureBlock(signer: Signer, algorithm: string, signed: string, first = false): string {
  const { authority: of, by = of.signingKey } = signer;
  const payload =
    signer.payload ??
    createHash(algorithm === 'sha256' ? 'sha256' : 'sha1')
      .update(signed)
      .digest();
  const word = algorithm === 'sha1' && signer.spell !== true ? '' : `${algorithm} `;
  const lines = [
    `${word}${of.identity} ${of.signingKey.digest}`,
    ...object('SIGNATURE', sign(by.secret, payload)),
  ];
  return (first ? '' : 'directory-signature ') + text(lines);
}

/** What a vote may differ in. */
export interface VoteOptions {
  readonly relays?: number;
  readonly certificate?: CertificateOptions;
  /** Lines of another certificate, or none. */
  readonly certificateLines?: readonly string[];
  readonly signers?: readonly Signer[];
  readonly edit?: Edit;
}

/** The lines of a vote before its signature. */
export function voteLines(of: MadeAuthority, options: VoteOptions = {}): string[] {
  return (options.edit ?? same)([
    'network-status-version 3',
    'vote-status vote',
    'consensus-methods 32 33 34 35',
    'published 2024-05-01 11:50:00',
    ...times,
    delays,
    'client-versions 0.4.8.10,0.4.8.11',
    'server-versions 0.4.8.10,0.4.8.11',
    ...protocols,
    flags,
    'flag-thresholds stable-uptime=1000 guard-wfu=98.000% enough-mtbf=1',
    'params bwauthpid=1',
    'bandwidth-file-headers timestamp=1714564000 version=1.4.0',
    `bandwidth-file-digest sha256=${'C'.repeat(43)}`,
    `dir-source ${of.nickname} ${of.identity} ${of.nickname}.example ${of.address} 80 443`,
    `contact ${of.nickname} AT example`,
    'shared-rand-participate',
    `shared-rand-commit 1 sha3-256 ${of.identity} ${'D'.repeat(56)} ${'E'.repeat(56)}`,
    `shared-rand-previous-value 9 ${'A'.repeat(43)}=`,
    `shared-rand-current-value 9 ${'B'.repeat(43)}=`,
    ...(options.certificateLines ?? certificateLines(of, options.certificate)),
    ...relays(options.relays ?? 20, 'vote'),
    'directory-footer',
  ]);
}

/** A vote. */
export function vote(of: MadeAuthority, options: VoteOptions = {}): Uint8Array {
  const signed = `${text(voteLines(of, options))}directory-signature `;
  const signers = options.signers ?? [{ authority: of }];
  const blocks = signers.map((signer, index) =>
    signatureBlock(signer, signer.algorithm ?? 'sha1', signed, index === 0),
  );
  return Buffer.from(signed + blocks.join(''));
}
