/** Does a key certificate hold? And: the ring of those that do, by identity and signing key (dir-spec 3.1). */
import { fromHex, sameBytes, toHex } from '../base/index.ts';
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import { rsaKey, sha1 } from '../crypto/index.ts';
import type { RsaKey } from '../crypto/index.ts';
import type { KeyCertificate } from '../documents/index.ts';

/** What can be wrong with a certificate, apart from its time. */
export type CertificateFault =
  | 'identity-key-unreadable'
  | 'signing-key-unreadable'
  | 'fingerprint-mismatch'
  | 'certification-invalid'
  | 'crosscert-missing'
  | 'crosscert-invalid'
  | 'expires-before-published';

/** The outcome for one certificate. */
export interface CertificateCheck {
  readonly certificate: KeyCertificate;
  /** SHA-1 of the signing key; what `directory-signature` names. Undefined when the key cannot be read. */
  readonly signingKeyDigest: Fingerprint | undefined;
  readonly identityKeyBits: number;
  readonly signingKeyBits: number;
  /** Empty when the certificate holds. */
  readonly faults: readonly CertificateFault[];
}

/** A certificate that holds, with its key ready for use. */
export interface TrustedCertificate {
  readonly certificate: KeyCertificate;
  readonly signingKeyDigest: Fingerprint;
  readonly key: RsaKey;
}

/** Whether the payload recovered from a signature is this digest. tor takes a longer one that begins with it; we do not. */
export function signs(key: RsaKey, signature: Uint8Array, digest: Uint8Array): boolean {
  const payload = key.recover(signature);
  return payload !== undefined && sameBytes(payload, digest);
}

/** Checks fingerprint, certification and crosscert of a certificate; its time is judged where it is used. */
export function checkCertificate(certificate: KeyCertificate): CertificateCheck {
  const identityKey = rsaKey(certificate.identityKey);
  const signingKey = rsaKey(certificate.signingKey);
  const identity = sha1(certificate.identityKey);
  const faults: CertificateFault[] = [];
  if (!identityKey) faults.push('identity-key-unreadable');
  if (!signingKey) faults.push('signing-key-unreadable');
  if (toHex(identity) !== certificate.fingerprint) faults.push('fingerprint-mismatch');
  const signed = certificate.bytes.subarray(certificate.signed.start, certificate.signed.end);
  if (identityKey && !signs(identityKey, certificate.certification, sha1(signed)))
    faults.push('certification-invalid');
  if (signingKey) faults.push(...crosscertFaults(certificate, signingKey));
  if (certificate.expires < certificate.published) faults.push('expires-before-published');
  return {
    certificate,
    signingKeyDigest: signingKey ? (toHex(sha1(certificate.signingKey)) as Fingerprint) : undefined,
    identityKeyBits: identityKey?.bits ?? 0,
    signingKeyBits: signingKey?.bits ?? 0,
    faults,
  };
}

/** The signing key signs the identity's fingerprint, so that nobody can claim another's signing key (dir-spec 3.1). */
function crosscertFaults(certificate: KeyCertificate, signingKey: RsaKey): CertificateFault[] {
  if (!certificate.crosscert) return ['crosscert-missing'];
  const identity = fromHex(certificate.fingerprint);
  return identity && signs(signingKey, certificate.crosscert, identity) ? [] : ['crosscert-invalid'];
}

/** Certificates that hold, found by identity and signing-key digest. */
export interface CertificateRing {
  /** The certificate for a signature; several may differ in time, those valid at `at` are preferred. */
  find(identity: Fingerprint, signingKeyDigest: Fingerprint, at: UnixSeconds): TrustedCertificate | undefined;
  /** Those that hold. */
  readonly trusted: readonly TrustedCertificate[];
  /** Those that do not, with the reasons. */
  readonly refused: readonly CertificateCheck[];
}

/** Checks the certificates once and keeps those that hold. The same certificate twice counts once. */
export function certificateRing(certificates: Iterable<KeyCertificate>): CertificateRing {
  const byKey = new Map<string, TrustedCertificate[]>();
  const trusted: TrustedCertificate[] = [];
  const refused: CertificateCheck[] = [];
  for (const certificate of certificates) {
    const check = checkCertificate(certificate);
    const key = rsaKey(certificate.signingKey);
    // Certificates of 2008 came without a crosscert; tor has demanded one since 0.2.1, so they are refused like any other.
    if (check.faults.length > 0 || !key || !check.signingKeyDigest) {
      refused.push(check);
      continue;
    }
    const entry = { certificate, signingKeyDigest: check.signingKeyDigest, key };
    const name = `${certificate.fingerprint}/${check.signingKeyDigest}`;
    const list = byKey.get(name);
    if (
      list?.some(
        (other) =>
          other.certificate.published === certificate.published &&
          other.certificate.expires === certificate.expires,
      )
    )
      continue;
    if (list) list.push(entry);
    else byKey.set(name, [entry]);
    trusted.push(entry);
  }
  const find: CertificateRing['find'] = (identity, signingKeyDigest, at) => {
    const list = byKey.get(`${identity}/${signingKeyDigest}`) ?? [];
    return list.find(({ certificate }) => validAt(certificate, at)) ?? list.at(-1);
  };
  return { find, trusted, refused };
}

/** Whether a certificate is within its time at `at`. */
export function validAt(certificate: KeyCertificate, at: UnixSeconds): boolean {
  return certificate.published <= at && at <= certificate.expires;
}
