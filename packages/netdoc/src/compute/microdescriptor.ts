/**
 * The microdescriptor that authorities make of a server descriptor: a function of the descriptor and the consensus method,
 * so that anyone can tell whether a digest in a vote is right (dir-spec 3.3). What older methods did otherwise is read from
 * tor's sources since 0.2.4.
 */
import { bytesOf, compareText, fromHex, sameBytes, toBase64, toHex } from '../base/index.ts';
import { ed25519Verify, sha1, sha256 } from '../crypto/index.ts';
import type { PortPolicy, ServerDescriptor } from '../documents/index.ts';
import { formatIpv6, parseIpv6Port } from '../routers/index.ts';
import { summarizePolicy } from './policy-summary.ts';
import { newestMethod } from './methods.ts';

/** A microdescriptor, or why there is none. */
export type MadeMicrodescriptor =
  | { readonly outcome: 'made'; readonly bytes: Uint8Array; readonly sha256: Uint8Array }
  | {
      readonly outcome: 'none';
      /**
       * - `no-onion-key`: without the RSA onion key tor 0.4.9 makes none;
       * - `no-identity`: the descriptor does not say whose it is (a sanitized one);
       * - `netmask`: its policy has a netmask that is no prefix, which tor refuses;
       * - `unsupported-method`: what this consensus method does is not known here.
       */
      readonly because: 'no-onion-key' | 'no-identity' | 'netmask' | 'unsupported-method';
    };

/** The oldest method whose rules are known here. */
const firstMethod = 16;

/** Makes the microdescriptor of a descriptor by a consensus method, 16 to 35. */
export function makeMicrodescriptor(descriptor: ServerDescriptor, method: number): MadeMicrodescriptor {
  if (method < firstMethod || method > newestMethod) return none('unsupported-method');
  const { onionKey, ntorOnionKey, ipv6Policy } = descriptor;
  if (!onionKey) return none('no-onion-key');
  const identity = identityOf(descriptor);
  if (!identity) return none('no-identity');
  const policy = summarizePolicy(descriptor.policy);
  if (policy === undefined) return none('netmask');
  const lines = ['onion-key', ...rsaKeyLines(onionKey)];
  if (ntorOnionKey) lines.push(`ntor-onion-key ${toBase64(ntorOnionKey)}${method < 30 ? '=' : ''}`);
  const address = method < 28 ? ipv6Of(descriptor) : undefined;
  if (address !== undefined) lines.push(`a ${address}`);
  if (descriptor.family && descriptor.family.length > 0)
    lines.push(`family ${familyOf(descriptor.family, identity, method)}`);
  const familyIds = method < 35 ? [] : familyIdsOf(descriptor);
  if (familyIds.length > 0) lines.push(`family-ids ${familyIds.join(' ')}`);
  for (const [keyword, summary] of [
    ['p', policy],
    ['p6', ipv6Policy && printed(ipv6Policy)],
  ])
    if (summary !== undefined && summary !== 'reject 1-65535') lines.push(`${keyword} ${summary}`);
  if (method >= 18) lines.push(idLine(descriptor, identity, method));
  const bytes = bytesOf(`${lines.join('\n')}\n`);
  return { outcome: 'made', bytes, sha256: sha256(bytes) };
}

function none(because: Extract<MadeMicrodescriptor, { outcome: 'none' }>['because']): MadeMicrodescriptor {
  return { outcome: 'none', because };
}

/** The 20 bytes of the RSA identity: of the key, or where that was taken away as the descriptor claims. */
function identityOf({ signingKey, fingerprint }: ServerDescriptor): Uint8Array | undefined {
  if (signingKey) return sha1(signingKey);
  return fingerprint === undefined ? undefined : fromHex(fingerprint);
}

function rsaKeyLines(der: Uint8Array): readonly string[] {
  const text = toBase64(der);
  const padded = text + '='.repeat((4 - (text.length % 4)) % 4);
  return [
    '-----BEGIN RSA PUBLIC KEY-----',
    ...(padded.match(/.{1,64}/g) ?? []),
    '-----END RSA PUBLIC KEY-----',
  ];
}

/** The first IPv6 address that is one, as tor prints it. */
function ipv6Of({ orAddresses }: ServerDescriptor): string | undefined {
  for (const text of orAddresses) {
    const found = parseIpv6Port(text);
    if (found) return `[${formatIpv6(found.address)}]:${found.port}`;
  }
  return undefined;
}

const nickname = /^[A-Za-z0-9]{1,19}$/;
const named = /^\$?([0-9A-Fa-f]{40})(?:[=~][A-Za-z0-9]{1,19})?$/;

/**
 * Since method 29 in one form for all: nicknames in lower case, fingerprints in upper case and without what follows them,
 * the relay itself among them, each once, sorted. What is neither stays as it is (prop298).
 */
function familyOf(members: readonly string[], identity: Uint8Array, method: number): string {
  if (method < 29) return members.join(' ');
  const known = new Set<string>([`$${toHex(identity)}`]);
  const others: string[] = [];
  for (const member of members) {
    const hex = named.exec(member)?.[1];
    if (nickname.test(member)) known.add(member.toLowerCase());
    else if (hex !== undefined) known.add(`$${hex.toUpperCase()}`);
    else others.push(member);
  }
  return [...known, ...others].sort(compareText).join(' ');
}

/** The family keys that certify this relay's ed25519 identity, each once, sorted (prop321). */
function familyIdsOf({ familyCertificates, identityEd25519 }: ServerDescriptor): readonly string[] {
  const identity = identityEd25519?.signerKey;
  if (!identity) return [];
  const ids = familyCertificates.flatMap(({ certifiedKey, signerKey, signed, signature }) => {
    const holds =
      signerKey && sameBytes(certifiedKey, identity) && ed25519Verify(signerKey, signed, signature);
    return holds ? `ed25519:${toBase64(signerKey)}` : [];
  });
  return [...new Set(ids)].sort(compareText);
}

/** As given, range by range, not joined. */
function printed({ verdict, ports }: PortPolicy): string {
  const ranges = ports.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`));
  return `${verdict} ${ranges.join(',')}`;
}

function idLine({ identityEd25519 }: ServerDescriptor, identity: Uint8Array, method: number): string {
  const key = method >= 21 ? identityEd25519?.signerKey : undefined;
  return key ? `id ed25519 ${toBase64(key)}` : `id rsa1024 ${toBase64(identity)}`;
}
