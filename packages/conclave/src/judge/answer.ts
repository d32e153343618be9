/** How the judgement of what authorities sign is told: the sentence, each signature, by what it was judged, and as JSON. */
import {
  checkSharedRandom,
  formatTime,
  type CertificateFault,
  type CertificateRing,
  type CommitCheck,
  type CommitOutcome,
  type Fingerprint,
  type Refusal,
  type SignatureCheck,
  type SignatureFate,
  type UnixSeconds,
} from '@conclave/netdoc';
import { nicknameIn } from './judges.ts';
import { plural, type Tone } from './words.ts';
import type { FileDocumentOf } from './documents.ts';
import type { Answer, SignedDocument, Trust, Ways } from './judge.ts';
import { jsonHead, jsonProblems, malformedText, type Told, type ToldTable } from './told.ts';

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

/** The answer, as it is told. */
export function toldOf(answer: Answer, { ring, ways }: Pick<Trust, 'ring' | 'ways'>): Told {
  const { signatures } = answer.verdict;
  return {
    document: answer.document,
    outcome: answer.outcome,
    sentence: sentenceOf(answer, ways),
    tables:
      signatures.length === 0 ? [] : [signatureTable(signatures, (identity) => nameOf(answer, identity))],
    basis: basisLines(answer, ring, ways),
    json: () => [answerJson(answer, ring, ways)],
  };
}

/** A table of signatures and what became of each. */
export function signatureTable(
  signatures: readonly SignatureCheck[],
  nameOf: (identity: Fingerprint) => string,
): ToldTable {
  return {
    head: ['authority', 'algorithm', 'signing key', 'signature'],
    rows: signatures.map((check) => [
      nameOf(check.identity),
      check.algorithm,
      check.signingKeyDigest.slice(0, 16),
      fates[check.fate],
    ]),
  };
}

/** The answer in one sentence. */
export function sentenceOf(answer: Answer, ways: Ways): string {
  switch (answer.outcome) {
    case 'accepted':
      return `Genuine: ${genuine(answer)}`;
    case 'rejected':
      return `Not genuine: ${reasonsOf(answer).join('; ')}`;
    case 'undecided':
      return `Undecided: ${openOf(answer, ways)}`;
  }
}

function genuine({ document, verdict, ...answer }: Answer): string {
  switch (document.kind) {
    case 'consensus':
      return `${signedBy(verdict.signers.length, verdict.authorities, verdict.needed)}; valid-after ${timeText(document.parsed.partial.validAfter)}${spoilt({ document, verdict, ...answer })}`;
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

/** Whose signatures are wrong in a document that has enough others: tor takes it, but nobody should overlook them. */
function spoilt(answer: Answer): string {
  const wrong = answer.verdict.signatures.filter(({ fate }) => fate === 'wrong');
  const names = wrong.map(({ identity }) => nameOf(answer, identity));
  return names.length === 0 ? '' : `; wrong signature of ${names.join(', ')}`;
}

/** `signed by 5 of 9 authorities, 5 needed`. */
export function signedBy(signers: number, authorities: number, needed: number): string {
  return `signed by ${signers} of ${plural(authorities, 'authority', 'authorities')}, ${needed} needed`;
}

function openOf(answer: Answer, ways: Ways): string {
  const { verdict, judges, comparison } = answer;
  if (!judges) return withoutJudges(ways);
  if (verdict.outcome === 'accepted' && comparison) return comparison.sentence;
  const names = verdict.missing.map(({ identity, signingKeyDigest }) => {
    return `${nameOf(answer, identity)} (${signingKeyDigest.slice(0, 16)})`;
  });
  return `${signedBy(verdict.signers.length, verdict.authorities, verdict.needed)}; certificates missing: ${names.join(', ')}`;
}

/** What is said where nobody told whose word counts. */
export function withoutJudges({ authorities }: Ways): string {
  return `no list of authorities for the time of this document is known${authorities}`;
}

/** Why a document is not genuine, the weightiest first. */
function reasonsOf(answer: Answer): string[] {
  const { verdict, comparison } = answer;
  const reasons = verdict.refusals.map((refusal) => reasonOf(refusal, answer));
  return comparison?.outcome === 'rejected' ? [...reasons, comparison.sentence] : reasons;
}

function reasonOf(refusal: Refusal, answer: Answer): string {
  const { verdict, document } = answer;
  switch (refusal.code) {
    case 'malformed':
      return malformedText(document);
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

/** ` (3 wrong, 2 unknown-authority)`: the fates of the signatures that did not count. */
export function doubts(signatures: readonly SignatureCheck[]): string {
  const counts = new Map<SignatureFate, number>();
  for (const { fate } of signatures) if (fate !== 'good') counts.set(fate, (counts.get(fate) ?? 0) + 1);
  const list = Array.from(counts, ([fate, number]) => `${number} ${fate.replaceAll('-', ' ')}`);
  return list.length === 0 ? '' : ` (signatures: ${list.join(', ')})`;
}

/** By what it was judged: time, authorities, certificates. */
function basisLines(
  { verdict, judges, atFrom, document, comparison }: Answer,
  ring: CertificateRing,
  ways: Ways,
): string[] {
  const own = atFrom === '--at' ? '--at' : `the document's own ${atFrom}`;
  const lines = [
    `Judged at ${timeText(verdict.at)} (${own}).`,
    judges
      ? `Authorities: ${judges.identities.size}, ${judges.from}.`
      : 'Authorities: no list for this time.',
  ];
  if (document.kind === 'consensus') lines.push(certificatesLine(ring, ways));
  if (verdict.digest !== undefined && document.kind !== 'key-certificate') {
    lines.push(`Digest of the signed part: ${verdict.digest}.`);
  }
  return [...lines, ...(comparison?.lines ?? []), ...sharedRandomLines(document)];
}

/** By which certificates. */
export function certificatesLine(ring: CertificateRing, { certificates }: Ways): string {
  if (ring.trusted.length + ring.refused.length === 0) return `Certificates: none given (${certificates}).`;
  const bad = ring.refused.map(
    (check) =>
      `${check.certificate.fingerprint.slice(0, 16)} (${check.faults.map((fault) => faults[fault]).join(', ')})`,
  );
  const refused = bad.length === 0 ? '' : `; refused: ${bad.join('; ')}`;
  return `Certificates: ${ring.trusted.length} hold${refused}.`;
}

/** What the shared-random commitments that a vote carries come to. */
function sharedRandomLines(document: SignedDocument): string[] {
  const checks = document.kind === 'vote' ? commitsOf(document) : [];
  if (checks.length === 0) return [];
  const number = (outcome: CommitOutcome): number => checks.filter((one) => one.outcome === outcome).length;
  const wrong = checks.filter(({ outcome }) => outcome === 'wrong');
  const why = wrong.map(({ commit, detail }) => `${commit.identity.slice(0, 16)}: ${detail}`).join('; ');
  const list = [
    `${number('revealed')} with a good reveal`,
    `${number('committed')} not revealed`,
    ...(wrong.length > 0 ? [`${wrong.length} wrong (${why})`] : []),
    ...(number('unknown-algorithm') > 0 ? [`${number('unknown-algorithm')} of an unknown algorithm`] : []),
    ...(number('repeated') > 0 ? [`${number('repeated')} repeated`] : []),
  ];
  return [`Shared random: ${plural(checks.length, 'commitment')}, ${list.join(', ')}.`];
}

function commitsOf({ parsed }: FileDocumentOf<'vote'>): readonly CommitCheck[] {
  return checkSharedRandom({ sharedRandomCommits: parsed.partial.sharedRandomCommits ?? [] });
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
function answerJson(answer: Answer, ring: CertificateRing, ways: Ways): object {
  const { document, verdict, judges, comparison } = answer;
  return {
    ...jsonHead(document, answer.outcome, sentenceOf(answer, ways)),
    ...(document.kind === 'consensus' ? { flavor: document.parsed.partial.flavor } : {}),
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
    ...(comparison ? { consensuses: comparison.json } : {}),
    ...(document.kind === 'vote' ? { sharedRandom: commitsOf(document).map(commitJson) } : {}),
    ...jsonProblems(document),
  };
}

function commitJson({ commit, outcome, detail }: CommitCheck): object {
  return { identity: commit.identity, outcome, ...(detail === '' ? {} : { detail }) };
}
