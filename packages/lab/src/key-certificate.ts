/**
 * The authority's key certificate, written here when its lifetime must be shorter than the months that tor-gencert
 * knows, so that a lab can show a certificate about to expire.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { publicPem, rsaFingerprint, signBare, writeObject } from './rsa.ts';
import { directoryTime } from './schedule.ts';

/** What a key certificate states. */
export interface KeyCertificateContent {
  /** `IP:PORT` of the directory port. */
  readonly dirAddress: string;
  readonly identityKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly published: Date;
  readonly expires: Date;
}

/** Writes and signs a key certificate (dir-spec 3.1). */
export function writeKeyCertificate(content: KeyCertificateContent): string {
  const identity = rsaFingerprint(content.identityKey);
  const text = [
    'dir-key-certificate-version 3\n',
    `dir-address ${content.dirAddress}\n`,
    `fingerprint ${identity.toString('hex').toUpperCase()}\n`,
    `dir-key-published ${directoryTime(content.published)}\n`,
    `dir-key-expires ${directoryTime(content.expires)}\n`,
    `dir-identity-key\n${publicPem(content.identityKey)}`,
    `dir-signing-key\n${publicPem(content.signingKey)}`,
    `dir-key-crosscert\n${writeObject('ID SIGNATURE', signBare(content.signingKey, identity))}`,
    'dir-key-certification\n',
  ].join('');
  const digest = createHash('sha1').update(text).digest();
  return text + writeObject('SIGNATURE', signBare(content.identityKey, digest));
}

/** The moment at which a certificate's text says it expires. */
export function certificateExpires(text: string): Date {
  const time = /^dir-key-expires (\S+) (\S+)$/m.exec(text);
  if (time === null) throw new Error('dir-key-expires: expected in the certificate, found none');
  return new Date(`${time[1]}T${time[2]}Z`);
}
