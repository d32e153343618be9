/** How a judgement is told: one sentence first, then each signature, then by what it was judged. For people and as JSON. */
import {
  formatTime,
  type CertificateFault,
  type CertificateRing,
  type Fingerprint,
  type Refusal,
  type SignatureCheck,
  type SignatureFate,
  type UnixSeconds,
} from '@conclave/netdoc';
import { nicknameIn } from './authorities.ts';
import { plural, printable, table, type Printer, type Tone } from './output.ts';
import type { Answer } from './verify-judge.ts';

/** What became of a signature, in words. */
const fates: Readonly<Record<SignatureFate, readonly [tone: Tone, words: string]>> = {
  good: ['good', 'good'],
  repeated: ['faint', 'not counted: a further signature of the same authority'],
  'unknown-authority': ['faint', 'not counted: not one of the authorities'],
  'certificate-missing': ['open', 'open: the certificate of this signing key is missing'],
  'certificate-expired': ['bad', 'not counted: its certificate had expired'],
  'certificate-not-yet-valid': ['bad', 'not counted: its certificate was not valid yet'],
  'unknown-algorithm': ['faint', 'not counted: unknown algorithm'],
  wrong: ['bad', 'wrong: it is not a signature of this document by this key'],
};

const faults: Readonly<Record<CertificateFault, string>> = {
  'identity-key-unreadable': 'its identity key is unreadable',
  'signing-key-unreadable': 'its signing key is unreadable',
  'fingerprint-mismatch': 'its fingerprint is not that of its identity key',
  'certification-invalid': 'its certification is not a signature by the identity key',
  'crosscert-missing': 'it has no crosscert',
  'crosscert-invalid': 'its crosscert is not a signature by the signing key',
  'expires-before-published': 'it expires before it was published',
};

/** The whole answer for people; the first line is the sentence. */
export function answerLines(answer: Answer, ring: CertificateRing, { paint }: Printer): string[] {
  const tones = { accepted: 'good', rejected: 'bad', undecided: 'open' } as const;
  const lines = [paint(tones[answer.outcome], sentenceOf(answer))];
  const { signatures } = answer.verdict;
  if (signatures.length > 0) {
    const rows = signatures.map((check) => {
      const [tone, words] = fates[check.fate];
      return [
        nameOf(answer, check.identity),
        check.algorithm,
        check.signingKeyDigest.slice(0, 16),
        paint(tone, words),
      ];
    });
    const plain = rows.map((row) => row.map((cell, at) => (at === 3 ? cell : printable(cell))));
    lines.push('', ...table(['authority', 'algorithm', 'signing key', 'signature'], plain).split('\n'), '');
  }
  return [...lines, ...basisLines(answer, ring).map((line) => paint('faint', line))];
}

/** The answer in one sentence. */
export function sentenceOf(answer: Answer): string {
  switch (answer.outcome) {
    case 'accepted':
      return printable(`Genuine: ${genuine(answer)}`);
    case 'rejected':
      return printable(`Not genuine: ${reasonsOf(answer).join('; ')}`);
    case 'undecided':
      return printable(`Undecided: ${openOf(answer)}`);
  }
}

function genuine({ document, verdict, ...answer }: Answer): string {
  switch (document.kind) {
    case 'consensus':
      return `${signedBy(verdict.signers.length, verdict.authorities, verdict.needed)}; valid-after ${timeText(document.parsed.partial.validAfter)}`;
    case 'vote': {
      const [signer] = verdict.signers;
      const name = signer === undefined ? 'an authority' : nameOf({ document, verdict, ...answer }, signer);
      return `the vote of ${name}, signed with the certificate it carries; valid-after ${timeText(document.parsed.partial.validAfter)}`;
    }
    case 'key-certificate': {
      const { fingerprint, published, expires } = document.parsed.partial;
      const name =
        fingerprint === undefined ? 'an authority' : nameOf({ document, verdict, ...answer }, fingerprint);
      return `key certificate of ${name}; published ${timeText(published)}, expires ${timeText(expires)}`;
    }
  }
}

function signedBy(signers: number, authorities: number, needed: number): string {
  return `signed by ${signers} of ${plural(authorities, 'authority', 'authorities')}, ${needed} needed`;
}

function openOf(answer: Answer): string {
  const { verdict, judges } = answer;
  if (!judges)
    return 'no list of authorities for the time of this document is known; give one with --authorities';
  const names = verdict.missing.map(({ identity, signingKeyDigest }) => {
    return `${nameOf(answer, identity)} (${signingKeyDigest.slice(0, 16)})`;
  });
  return `${signedBy(verdict.signers.length, verdict.authorities, verdict.needed)}; certificates missing: ${names.join(', ')}`;
}

/** Why a document is not genuine, the weightiest first. */
function reasonsOf(answer: Answer): string[] {
  return answer.verdict.refusals.map((refusal) => reasonOf(refusal, answer));
}

function reasonOf(refusal: Refusal, answer: Answer): string {
  const { verdict, document } = answer;
  switch (refusal.code) {
    case 'malformed':
      return `malformed (${malformed(answer)})`;
    case 'too-few-signers':
      return signedBy(refusal.signers, verdict.authorities, refusal.needed) + doubts(verdict.signatures);
    case 'certificate':
      return `the certificate does not hold: ${refusal.faults.map((fault) => faults[fault]).join(', ')}`;
    case 'certificate-time':
      return `the certificate is not valid at ${timeText(verdict.at)}`;
    case 'unknown-authority':
      return `${document.kind === 'vote' ? 'its voter' : 'its identity'} is not one of the authorities`;
    case 'no-signature':
      return `no good signature${doubts(verdict.signatures)}`;
    case 'not-alive':
      return `outside its lifetime at ${timeText(refusal.at)}`;
  }
}

function malformed({ document }: Answer): string {
  const first = document.parsed.problems.find(({ severity }) => severity === 'error');
  if (!first) return 'incomplete';
  const keyword = first.keyword === undefined ? '' : `${first.keyword}: `;
  const more = document.parsed.errors - 1;
  const others = more > 0 ? `, and ${plural(more, 'more problem')}` : '';
  return `line ${document.linesBefore + first.line}: ${keyword}expected ${first.expected}, found ${first.found}${others}`;
}

/** ` (3 wrong, 2 unknown-authority)`: the fates of the signatures that did not count. */
function doubts(signatures: readonly SignatureCheck[]): string {
  const counts = new Map<SignatureFate, number>();
  for (const { fate } of signatures) if (fate !== 'good') counts.set(fate, (counts.get(fate) ?? 0) + 1);
  const list = Array.from(counts, ([fate, number]) => `${number} ${fate.replaceAll('-', ' ')}`);
  return list.length === 0 ? '' : ` (signatures: ${list.join(', ')})`;
}

/** By what it was judged: time, authorities, certificates. */
function basisLines({ verdict, judges, atFrom, document }: Answer, ring: CertificateRing): string[] {
  const own = atFrom === '--at' ? '--at' : `the document's own ${atFrom}`;
  const lines = [
    `Judged at ${timeText(verdict.at)} (${own}).`,
    judges
      ? `Authorities: ${judges.identities.size}, ${judges.from}.`
      : 'Authorities: no list for this time.',
  ];
  if (document.kind === 'consensus') lines.push(certificatesLine(ring));
  if (verdict.digest !== undefined && document.kind !== 'key-certificate') {
    lines.push(`Digest of the signed part: ${verdict.digest}.`);
  }
  return lines.map(printable);
}

function certificatesLine(ring: CertificateRing): string {
  if (ring.trusted.length + ring.refused.length === 0) return 'Certificates: none given (--certs).';
  const bad = ring.refused.map(
    (check) =>
      `${check.certificate.fingerprint.slice(0, 16)} (${check.faults.map((fault) => faults[fault]).join(', ')})`,
  );
  const refused = bad.length === 0 ? '' : `; refused: ${bad.join('; ')}`;
  return `Certificates: ${ring.trusted.length} hold${refused}.`;
}

function timeText(time: UnixSeconds | undefined): string {
  return time === undefined ? 'an unreadable time' : formatTime(time);
}

/** What people call an authority: by the list of authorities, by the document's own `dir-source`, by its identity. */
function nameOf(answer: Answer, identity: Fingerprint): string {
  return nicknameOf(answer, identity) ?? identity.slice(0, 16);
}

function nicknameOf({ document, judges }: Answer, identity: Fingerprint): string | undefined {
  const known = nicknameIn(judges, identity);
  if (known !== undefined) return known;
  switch (document.kind) {
    case 'consensus':
      return document.parsed.partial.authorities?.find((source) => source.identity === identity)?.nickname;
    case 'vote': {
      const { source } = document.parsed.partial;
      return source?.identity === identity ? source.nickname : undefined;
    }
    case 'key-certificate':
      return undefined;
  }
}

/** The answer as one object: the verdict, and everything that the sentence and table are made of. */
export function answerJson(answer: Answer, ring: CertificateRing): object {
  const { document, verdict, judges } = answer;
  return {
    file: document.file,
    line: document.linesBefore + 1,
    kind: document.kind,
    ...(document.kind === 'consensus' ? { flavor: document.parsed.partial.flavor } : {}),
    outcome: answer.outcome,
    exitCode: answer.exitCode,
    sentence: sentenceOf(answer),
    signers: verdict.signers.map((identity) => ({ identity, nickname: nicknameOf(answer, identity) })),
    needed: verdict.needed,
    authorities: verdict.authorities,
    signatures: verdict.signatures.map((check) => ({
      ...check,
      line: document.linesBefore + check.line,
      nickname: nicknameOf(answer, check.identity),
    })),
    missing: verdict.missing.map((one) => ({ ...one, nickname: nicknameOf(answer, one.identity) })),
    refusals: verdict.refusals,
    at: verdict.at === undefined ? undefined : formatTime(verdict.at),
    atFrom: answer.atFrom,
    authoritySet: judges && {
      network: judges.set.network,
      from: judges.from,
      identities: [...judges.identities],
    },
    certificates: {
      held: ring.trusted.length,
      refused: ring.refused.map(({ certificate, faults }) => ({ identity: certificate.fingerprint, faults })),
    },
    digest: verdict.digest,
    problems: document.parsed.problems.map((problem) => ({
      ...problem,
      line: document.linesBefore + problem.line,
    })),
    errors: document.parsed.errors,
  };
}
