/** The key certificates that are kept, and whose they are: what a visitor's browser needs to verify by itself. */
import {
  detectKind,
  parseKeyCertificates,
  parseVote,
  sha1,
  textOf,
  toHex,
  type KeyCertificate,
} from '@conclave/netdoc';
import type { Certificates } from '../api/index.ts';
import { isoOf, isoOfMs, metaOf, type AnswerSources } from './context.ts';

type Held = Certificates['certificates'][number];

/** Answers `/api/v1/certificates`. */
export async function certificatesAnswer(sources: AnswerSources): Promise<Certificates> {
  const { store, archive } = sources;
  const [meta, authorities, rows] = await Promise.all([
    metaOf(sources),
    store.query('authorities'),
    store.query('certificates'),
  ]);
  const names = new Map(authorities.map(({ v3ident, nickname }) => [v3ident, nickname]));
  const held = new Map<string, Held>();
  for (const sha256 of new Set(rows.map((row) => row.sha256 ?? ''))) {
    const bytes = await archive.read(sha256);
    for (const document of bytes ? certificatesIn(bytes) : []) {
      const one = heldOf(document, names.get(document.fingerprint) ?? null, sha256);
      const name = `${one.identity} ${one.published} ${one.signingKeyDigest}`;
      if (!held.has(name)) held.set(name, one);
    }
  }
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    authorities: authorities.flatMap(({ nickname, v3ident }) =>
      nickname === null || v3ident === null ? [] : [{ nickname, v3ident }],
    ),
    certificates: [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
  };
}

/** The certificates of a document: a file of them, or the one that a vote carries. */
function certificatesIn(bytes: Uint8Array): readonly KeyCertificate[] {
  if (detectKind(bytes) === 'vote') return [parseVote(bytes).partial.certificate ?? []].flat();
  return parseKeyCertificates(bytes).flatMap(({ document }) => document ?? []);
}

function heldOf(certificate: KeyCertificate, authority: string | null, sha256: string): Held {
  const { bytes, span, fingerprint, published, expires } = certificate;
  return {
    authority,
    identity: fingerprint,
    signingKeyDigest: toHex(sha1(certificate.signingKey)),
    published: isoOf(published),
    expires: isoOf(expires),
    sha256,
    text: textOf(bytes.subarray(span.start, span.end)),
  };
}
