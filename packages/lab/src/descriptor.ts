/**
 * Writes a relay's descriptor and extra-info document with every key, crosscert and signature that a real authority
 * checks (dir-spec 2.1). Pure: the same relay and keys give the same text.
 */
import { createHash, sign, type KeyObject } from 'node:crypto';
import { writeEd25519Certificate, type NtorKey } from './ed25519.ts';
import type { Relay } from './relay.ts';
import { publicPem, signBare, writeObject } from './rsa.ts';
import { directoryTime } from './schedule.ts';

/** Keys that all relays of a lab share, because nothing depends on their being distinct. */
export interface SharedKeys {
  /** The RSA-1024 key of the retired TAP handshake, which 0.4.9 still demands. */
  readonly onionKey: KeyObject;
  readonly ntorKey: NtorKey;
}

/** A descriptor and the extra-info document whose digests it names. */
export interface DescriptorPair {
  readonly descriptor: string;
  readonly extraInfo: string;
}

const signaturePrefix = 'Tor router descriptor signature v1';
const protocols08 =
  'Conflux=1 Cons=1-2 Desc=1-2 DirCache=2 FlowCtrl=1-2 HSDir=2 HSIntro=4-5 HSRend=1-2 Link=1-5 LinkAuth=1,3 Microdesc=1-2 Padding=2 Relay=1-4';
const protocols09 =
  'Conflux=1 Cons=2 Desc=2-4 DirCache=2 FlowCtrl=1-2 HSDir=2 HSIntro=4-5 HSRend=2 Link=4-5 LinkAuth=3 Microdesc=2-3 Padding=2 Relay=2-6';

/** Writes both documents of one relay. */
export function writeDescriptor(relay: Relay, keys: SharedKeys): DescriptorPair {
  const extraInfo = writeExtraInfo(relay);
  return { extraInfo, descriptor: signDocument(relay, descriptorBody(relay, keys, extraInfo)) };
}

/** SHA-1 of what a descriptor's (or extra-info document's) RSA key signs: the digest by which votes name it. */
export function descriptorDigest(text: string): Buffer {
  const end = text.indexOf('\nrouter-signature\n') + '\nrouter-signature\n'.length;
  return createHash('sha1').update(text.slice(0, end)).digest();
}

function descriptorBody(relay: Relay, keys: SharedKeys, extraInfo: string): string {
  const { bandwidth } = relay;
  const fingerprint = Buffer.from(relay.fingerprint, 'hex');
  const identity = relay.ed25519Identity.publicKey;
  const onionCrosscert = signBare(keys.onionKey, Buffer.concat([fingerprint, identity]));
  const ntorCrosscert = writeEd25519Certificate({
    type: 10,
    expires: certificateExpiry(relay),
    certifiedKey: identity,
    signer: keys.ntorKey.edwards,
    embedSigner: false,
  });
  const uptime = Math.max(0, Math.round((relay.published.getTime() - relay.startedAt.getTime()) / 1000));
  return [
    `router ${relay.nickname} ${relay.ipv4} ${relay.orPort} 0 0\n`,
    identityItems(relay),
    `master-key-ed25519 ${unpadded(identity)}\n`,
    relay.ipv6 === undefined ? '' : `or-address ${relay.ipv6}\n`,
    `platform Tor ${relay.torVersion} on ${relay.operatingSystem}\n`,
    `proto ${relay.torVersion.startsWith('0.4.8') ? protocols08 : protocols09}\n`,
    `published ${directoryTime(relay.published)}\n`,
    `fingerprint ${relay.fingerprint.match(/.{4}/g)?.join(' ')}\n`,
    `uptime ${uptime}\n`,
    `bandwidth ${bandwidth.rate} ${bandwidth.burst} ${bandwidth.observed}\n`,
    `extra-info-digest ${descriptorDigest(extraInfo).toString('hex').toUpperCase()} ${sha256(extraInfo)}\n`,
    `onion-key\n${publicPem(keys.onionKey)}`,
    `signing-key\n${publicPem(relay.identityKey)}`,
    `onion-key-crosscert\n${writeObject('CROSSCERT', onionCrosscert)}`,
    `ntor-onion-key-crosscert ${keys.ntorKey.signBit}\n${writeObject('ED25519 CERT', ntorCrosscert)}`,
    relay.family.length === 0 ? '' : `family ${relay.family.map((member) => `$${member}`).join(' ')}\n`,
    relay.hibernating ? 'hibernating 1\n' : '',
    'hidden-service-dir\n',
    relay.contact === undefined ? '' : `contact ${relay.contact}\n`,
    `ntor-onion-key ${unpadded(keys.ntorKey.publicKey)}\n`,
    ...relay.policy.map((rule) => `${rule}\n`),
    relay.ipv6Policy === undefined ? '' : `ipv6-policy ${relay.ipv6Policy}\n`,
    'tunnelled-dir-server\n',
  ].join('');
}

function writeExtraInfo(relay: Relay): string {
  const perDay = Math.round(relay.bandwidth.observed / 3) * 86_400;
  const amounts = [0.92, 1.04, 0.97, 1.01].map((part) => Math.round(perDay * part)).join(',');
  const until = directoryTime(relay.published);
  return signDocument(
    relay,
    [
      `extra-info ${relay.nickname} ${relay.fingerprint}\n`,
      identityItems(relay),
      `published ${until}\n`,
      `write-history ${until} (86400 s) ${amounts}\n`,
      `read-history ${until} (86400 s) ${amounts}\n`,
    ].join(''),
  );
}

function identityItems(relay: Relay): string {
  const certificate = writeEd25519Certificate({
    type: 4,
    expires: certificateExpiry(relay),
    certifiedKey: relay.ed25519Signing.publicKey,
    signer: relay.ed25519Identity,
    embedSigner: true,
  });
  return `identity-ed25519\n${writeObject('ED25519 CERT', certificate)}`;
}

/** Appends both signatures: Ed25519 over a prefixed SHA-256, then RSA over the SHA-1 of all before it. */
function signDocument(relay: Relay, body: string): string {
  const upToEd25519 = `${body}router-sig-ed25519 `;
  const digest = createHash('sha256').update(signaturePrefix).update(upToEd25519).digest();
  const signature = unpadded(sign(null, digest, relay.ed25519Signing.privateKey));
  const upToRsa = `${upToEd25519}${signature}\nrouter-signature\n`;
  const rsa = signBare(relay.identityKey, createHash('sha1').update(upToRsa).digest());
  return upToRsa + writeObject('SIGNATURE', rsa);
}

function certificateExpiry(relay: Relay): Date {
  return new Date(relay.published.getTime() + 30 * 86_400_000);
}

function sha256(text: string): string {
  return unpadded(createHash('sha256').update(text).digest());
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
