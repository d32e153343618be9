/** Did the relay that its descriptor describes write this extra-info, and is it the one that the descriptor names? */
import { sameBytes, toHex } from '../base/index.ts';
import type { UnixSeconds } from '../base/index.ts';
import { sha256 } from '../crypto/index.ts';
import type { ExtraInfo, ServerDescriptor } from '../documents/index.ts';
import type { Parsed } from '../metaformat/index.ts';
import {
  bytesIn,
  checkEd25519Certificate,
  checkEd25519Signature,
  checkForm,
  CheckList,
  checkRouterSignature,
  relayKey,
} from './checks.ts';
import type { DescriptorVerdict } from './checks.ts';
import { assess } from './verdict.ts';
import type { Assessment } from './verdict.ts';

/** What verification of an extra-info has to be told: it carries no RSA key of its own. */
export interface ExtraInfoTrust {
  /** The relay's descriptor: its keys, and the digests by which it names the extra-info. */
  readonly descriptor?: ServerDescriptor;
  /** DER of the relay's RSA identity key, where there is no descriptor. */
  readonly signingKey?: Uint8Array;
  /** When the ed25519 certificate is judged; its own publication unless given. */
  readonly at?: UnixSeconds;
}

/** Verifies a parsed extra-info; undecided when neither a descriptor nor a key is given. */
export function verifyExtraInfo(
  parsed: Parsed<ExtraInfo>,
  trust: ExtraInfoTrust = {},
): Assessment<ExtraInfo, DescriptorVerdict> {
  const { partial } = parsed;
  const at = trust.at ?? partial.published;
  const list = new CheckList();
  checkForm(list, parsed);
  const der = trust.descriptor?.signingKey ?? trust.signingKey;
  const key = der && relayKey(der);
  if (!der) list.add('signing-key', 'unchecked', 'no identity key was given');
  else list.holds('signing-key', key !== undefined, 'not an RSA key of 1024 bits');
  if (key)
    list.holds('fingerprint', key.fingerprint === partial.fingerprint, `the key's is ${key.fingerprint}`);
  const digest = checkRouterSignature(list, key, partial);
  checkEd25519(list, partial, trust.descriptor, at);
  if (trust.descriptor) checkDigests(list, partial, trust.descriptor, digest);
  return assess(parsed.document, list.verdict(at, digest && toHex(digest)));
}

function checkEd25519(
  list: CheckList,
  partial: Partial<ExtraInfo>,
  descriptor: ServerDescriptor | undefined,
  at: UnixSeconds | undefined,
): void {
  const { identityEd25519: certificate, signatureEd25519: signature } = partial;
  const identity = certificate?.signerKey;
  if (!certificate || !identity) {
    if (signature) list.add('identity-ed25519', 'wrong', 'no certificate for the ed25519 signature');
    else list.add('identity-ed25519', 'absent');
    return;
  }
  checkEd25519Certificate(list, 'identity-ed25519', certificate, identity, at);
  checkEd25519Signature(list, certificate, signature, bytesIn(partial.bytes, partial.signedEd25519));
  const known = descriptor?.identityEd25519?.signerKey;
  if (descriptor) {
    const good = known !== undefined && sameBytes(known, identity);
    list.holds('master-key-ed25519', good, "not the descriptor's ed25519 identity");
  }
}

/** The descriptor names its extra-info by SHA-1 of the signed part, and by SHA-256 of the whole (dir-spec 2.1.1). */
function checkDigests(
  list: CheckList,
  { bytes, span }: Partial<ExtraInfo>,
  { extraInfoDigest: stated }: ServerDescriptor,
  digest: Uint8Array | undefined,
): void {
  const name = 'extra-info-digest';
  const whole = bytesIn(bytes, span);
  if (!stated) list.add(name, 'absent');
  else if (!digest || !whole) list.add(name, 'unchecked', 'there is no signed part');
  else if (toHex(digest) !== stated.sha1) list.add(name, 'wrong', `the descriptor names ${stated.sha1}`);
  else if (stated.sha256 && !sameBytes(sha256(whole), stated.sha256))
    list.add(name, 'wrong', 'not the SHA-256 that the descriptor names');
  else list.add(name, 'good');
}
