/** Did the relay itself write this descriptor, with all the keys that it names? (dir-spec 2.1.1, prop220, prop228) */
import { concatBytes, sameBytes, toBase64, toHex } from '../base/index.ts';
import type { UnixSeconds } from '../base/index.ts';
import { ed25519FromCurve25519, rsaKey, sha1, sha256 } from '../crypto/index.ts';
import type { ExtraInfo, ServerDescriptor } from '../documents/index.ts';
import type { Ed25519Certificate } from '../ed25519/index.ts';
import type { Parsed } from '../metaformat/index.ts';
import { signs } from './certificate.ts';
import {
  bytesIn,
  checkEd25519Certificate,
  checkEd25519Signature,
  checkForm,
  CheckList,
  checkRouterSignature,
  relayKey,
} from './checks.ts';
import type { DescriptorVerdict, RelayKey } from './checks.ts';
import { assess } from './verdict.ts';
import type { Assessment } from './verdict.ts';

type Partly = Partial<ServerDescriptor>;

/**
 * Verifies a parsed server descriptor by the keys it carries: nobody need vouch for it. `at` is when its ed25519
 * certificates are judged; its own publication unless given.
 */
export function verifyServerDescriptor(
  parsed: Parsed<ServerDescriptor>,
  options: { readonly at?: UnixSeconds } = {},
): Assessment<ServerDescriptor, DescriptorVerdict> {
  const { partial } = parsed;
  const at = options.at ?? partial.published;
  const list = new CheckList();
  checkForm(list, parsed);
  const key = checkIdentityKey(list, partial);
  const digest = checkRouterSignature(list, key, partial);
  checkEd25519(list, partial, at);
  checkOnionKey(list, partial, key);
  return assess(parsed.document, list.verdict(at, digest && toHex(digest)));
}

function checkIdentityKey(
  list: CheckList,
  { signingKey, fingerprint, routerDigest }: Partly,
): RelayKey | undefined {
  if (!signingKey) {
    if (routerDigest === undefined) list.add('signing-key', 'wrong', 'no RSA key of 1024 bits');
    else list.add('signing-key', 'unchecked', 'the key was taken away');
    return undefined;
  }
  const key = relayKey(signingKey);
  list.holds('signing-key', key !== undefined, 'not an RSA key of 1024 bits');
  if (fingerprint === undefined) list.add('fingerprint', 'absent');
  else {
    const is = key?.fingerprint ?? toHex(sha1(signingKey));
    list.holds('fingerprint', is === fingerprint, `the key's is ${is}`);
  }
  return key;
}

function checkEd25519(list: CheckList, partial: Partly, at: UnixSeconds | undefined): void {
  const { identityEd25519: certificate, masterKeyEd25519: master } = partial;
  const identity = certificate?.signerKey;
  if (!certificate || !identity) {
    // Without the certificate nothing holds up what else there is of ed25519.
    const rest = partial.signatureEd25519 ?? partial.ntorOnionKeyCrosscert;
    if (rest) list.add('identity-ed25519', 'wrong', 'no certificate for the ed25519 signature');
    else list.add('identity-ed25519', 'absent');
    if (partial.familyCertificates?.length) list.add('family-cert', 'wrong', 'no ed25519 identity');
    return;
  }
  checkEd25519Certificate(list, 'identity-ed25519', certificate, identity, at);
  if (!master) list.add('master-key-ed25519', 'absent');
  else list.holds('master-key-ed25519', sameBytes(master, identity), 'not the key of identity-ed25519');
  const signed = bytesIn(partial.bytes, partial.signedEd25519);
  checkEd25519Signature(list, certificate, partial.signatureEd25519, signed);
  checkNtor(list, partial, identity, at);
  for (const family of partial.familyCertificates ?? []) checkFamily(list, family, identity, at);
}

/** The ntor onion key, turned into an ed25519 key, certifies the identity (dir-spec 2.1.1 `ntor-onion-key-crosscert`). */
function checkNtor(
  list: CheckList,
  { ntorOnionKey, ntorOnionKeyCrosscert: crosscert }: Partly,
  identity: Uint8Array,
  at: UnixSeconds | undefined,
): void {
  const name = 'ntor-onion-key-crosscert';
  if (!crosscert || !ntorOnionKey) {
    list.add(name, 'wrong', 'no ntor onion key that certifies the identity');
    return;
  }
  const { certificate, sign } = crosscert;
  if (sameBytes(certificate.certifiedKey, identity))
    checkEd25519Certificate(list, name, certificate, ed25519FromCurve25519(ntorOnionKey, sign), at);
  else list.add(name, 'wrong', 'it certifies another identity');
}

/** A family key certifies the identity; which family, its signer key says (prop321). */
function checkFamily(
  list: CheckList,
  certificate: Ed25519Certificate,
  identity: Uint8Array,
  at: UnixSeconds | undefined,
): void {
  if (sameBytes(certificate.certifiedKey, identity))
    checkEd25519Certificate(list, 'family-cert', certificate, certificate.signerKey, at);
  else list.add('family-cert', 'wrong', 'it certifies another identity');
}

/** The RSA onion key signs both identities, so that nobody can claim another's (dir-spec 2.1.1 `onion-key-crosscert`). */
function checkOnionKey(list: CheckList, partial: Partly, identity: RelayKey | undefined): void {
  const name = 'onion-key-crosscert';
  const ed25519 = partial.identityEd25519?.signerKey;
  if (!partial.onionKeyCrosscert) {
    // Needed wherever there is an onion key beside an ed25519 identity.
    if (partial.onionKey && ed25519) list.add(name, 'wrong', 'none, though there is an onion key');
    else list.add(name, 'absent');
    return;
  }
  const key = partial.onionKey && rsaKey(partial.onionKey);
  if (key?.bits !== 1024 || !identity || !ed25519) {
    list.add(name, 'wrong', 'no keys to check it by');
    return;
  }
  const good = signs(key, partial.onionKeyCrosscert, concatBytes(identity.digest, ed25519));
  list.holds(name, good, 'not by the onion key over both identities');
}

/** The digests by which others name a descriptor or an extra-info. */
export interface DescriptorDigests {
  /** SHA-1 of the signed part, upper-case hex; a consensus's `r` line has the same bytes in base64. */
  readonly sha1: string | undefined;
  /** SHA-256 of the whole, base64 without padding. */
  readonly sha256: string;
}

/** Computes the digests of a server descriptor or an extra-info (dir-spec 1.2, 2.1.1 `extra-info-digest`). */
export function descriptorDigests(document: ServerDescriptor | ExtraInfo): DescriptorDigests {
  const signed = bytesIn(document.bytes, document.signed);
  const { start, end } = document.span;
  return {
    sha1: signed && toHex(sha1(signed)),
    sha256: toBase64(sha256(document.bytes.subarray(start, end))),
  };
}
