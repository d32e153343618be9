/** The verdict on a key certificate on its own. */
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import type { KeyCertificate } from '../documents/index.ts';
import type { Parsed } from '../metaformat/index.ts';
import { checkCertificate, validAt } from './certificate.ts';
import { assess } from './verdict.ts';
import type { Assessment, Refusal } from './verdict.ts';

/** Verifies a parsed certificate: its identity key is the only signer it needs. `at` defaults to its own publication. */
export function verifyKeyCertificate(
  parsed: Parsed<KeyCertificate>,
  trust: { readonly authorities?: ReadonlySet<Fingerprint>; readonly at?: UnixSeconds } = {},
): Assessment<KeyCertificate> {
  const { document } = parsed;
  const at = trust.at ?? parsed.partial.published;
  const check = document && checkCertificate(document);
  const refusals: Refusal[] = [];
  if (parsed.errors > 0 || !document) refusals.push({ code: 'malformed', errors: parsed.errors });
  if (check && check.faults.length > 0) refusals.push({ code: 'certificate', faults: check.faults });
  if (document && trust.authorities && !trust.authorities.has(document.fingerprint))
    refusals.push({ code: 'unknown-authority' });
  if (document && at !== undefined && !validAt(document, at)) refusals.push({ code: 'certificate-time' });
  return assess(document, {
    outcome: refusals.length === 0 ? 'accepted' : 'rejected',
    signers: document && refusals.length === 0 ? [document.fingerprint] : [],
    needed: 1,
    authorities: trust.authorities?.size ?? 1,
    signatures: [],
    missing: [],
    refusals,
    at,
    digest: check?.signingKeyDigest,
  });
}
