/** The judgement of one document: its verdict, by whom it was judged, and the exit code that follows. */
import {
  verifyConsensus,
  verifyKeyCertificate,
  verifyVote,
  type CertificateRing,
  type UnixSeconds,
  type Verdict,
} from '@conclave/netdoc';
import type { FindJudges, Judges } from './authorities.ts';
import type { FileDocument } from './documents.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';

/** What a document can be judged by. */
export interface Trust {
  readonly findJudges: FindJudges;
  readonly ring: CertificateRing;
  /** The time of `--at`. */
  readonly at: UnixSeconds | undefined;
}

/** The documents that have signatures to judge. */
export type SignedDocument = Exclude<FileDocument, { readonly kind: 'detached-signatures' }>;

/** A judged document. */
export interface Answer {
  readonly document: SignedDocument;
  readonly verdict: Verdict;
  /** As the verdict's, but undecided where it only lacks a list of authorities. */
  readonly outcome: Verdict['outcome'];
  readonly exitCode: ExitCode;
  /** Undefined when there is no list of authorities for the document's time. */
  readonly judges: Judges | undefined;
  /** Where the time of judgement comes from. */
  readonly atFrom: '--at' | 'valid-after' | 'dir-key-published';
}

const exitOf: Readonly<Record<Verdict['outcome'], ExitCode>> = {
  accepted: exit.ok,
  rejected: exit.no,
  undecided: exit.undecided,
};

/** Judges one document; throws a `CommandError` for kinds that have no signatures of their own to judge. */
export function judge(document: FileDocument, trust: Trust): Answer {
  if (document.kind === 'detached-signatures') {
    const where = `${document.file}:${document.linesBefore + 1}`;
    throw new CommandError(
      exit.unreadable,
      `${where}: expected a consensus, a vote or key certificates, found detached signatures`,
    );
  }
  const judges = trust.findJudges(timeOf(document));
  const verdict = verdictOn(document, judges, trust);
  const outcome = judges ? verdict.outcome : outcomeWithoutJudges(verdict);
  const own = document.kind === 'key-certificate' ? 'dir-key-published' : 'valid-after';
  return {
    document,
    verdict,
    outcome,
    exitCode: exitOf[outcome],
    judges,
    atFrom: trust.at === undefined ? own : '--at',
  };
}

/** The time that a document gives for itself. */
function timeOf(document: SignedDocument): UnixSeconds | undefined {
  return document.kind === 'key-certificate'
    ? document.parsed.partial.published
    : document.parsed.partial.validAfter;
}

function verdictOn(document: SignedDocument, judges: Judges | undefined, trust: Trust): Verdict {
  const authorities: Judges['identities'] = judges?.identities ?? new Set();
  const at = trust.at === undefined ? {} : { at: trust.at };
  switch (document.kind) {
    case 'consensus':
      return verifyConsensus(document.parsed, { authorities, certificates: trust.ring, ...at }).verdict;
    case 'vote':
      return verifyVote(document.parsed, { authorities, ...at }).verdict;
    case 'key-certificate':
      return verifyKeyCertificate(document.parsed, { authorities, ...at }).verdict;
  }
}

/** Nobody told whose word counts: what depends on that alone is open, any other fault is one. */
function outcomeWithoutJudges(verdict: Verdict): Verdict['outcome'] {
  const depends = new Set(['too-few-signers', 'unknown-authority', 'no-signature']);
  return verdict.refusals.every(({ code }) => depends.has(code)) ? 'undecided' : 'rejected';
}
