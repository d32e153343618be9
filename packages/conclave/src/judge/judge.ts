/** The judgement of one document: its verdict, by whom it was judged, and the exit code that follows. */
import {
  verifyConsensus,
  verifyKeyCertificate,
  verifyVote,
  type CertificateRing,
  type Fingerprint,
  type UnixSeconds,
  type Verdict,
} from '@conclave/netdoc';
import type { FindJudges, Judges } from './judges.ts';
import type { FileDocumentOf } from './documents.ts';
import { compareWithConsensuses, type VoteComparison } from './compare.ts';
import { worstOutcome, type Outcome } from './told.ts';
import type { Backing } from './backing.ts';

/** How whoever asks can give what is missing, in the words of the place where they ask. */
export interface Ways {
  /** Certificates, as in `none given (--certs)`. */
  readonly certificates: string;
  /** What vouches for a document, as in `no descriptor was given (--with)`. */
  readonly backing: string;
  /** What follows on `no list of authorities for the time of this document is known`. */
  readonly authorities: string;
}

/** What a document can be judged by. */
export interface Trust {
  readonly findJudges: FindJudges;
  readonly ring: CertificateRing;
  /** The documents given along, which vouch for others or are compared with them. */
  readonly backing: Backing;
  /** How whoever asks can give what is missing. */
  readonly ways: Ways;
  /** The time to judge at; the document's own where there is none. */
  readonly at: UnixSeconds | undefined;
}

/** The documents that authorities sign. */
export type SignedDocument =
  FileDocumentOf<'consensus'> | FileDocumentOf<'vote'> | FileDocumentOf<'key-certificate'>;

/** A judged document. */
export interface Answer {
  readonly document: SignedDocument;
  readonly verdict: Verdict;
  /** As the verdict's, but undecided where it only lacks a list of authorities; of a vote, what consensuses say as well. */
  readonly outcome: Outcome;
  /** Of a vote, where consensuses were given. */
  readonly comparison: VoteComparison | undefined;
  /** Undefined when there is no list of authorities for the document's time. */
  readonly judges: Judges | undefined;
  /** Where the time of judgement comes from. */
  readonly atFrom: '--at' | 'valid-after' | 'dir-key-published';
}

/** Judges a consensus, a vote or a key certificate. */
export function judge(document: SignedDocument, trust: Trust): Answer {
  const judges = trust.findJudges(timeOf(document), namedBy(document));
  const verdict = verdictOn(document, judges, trust);
  const own = judges ? verdict.outcome : outcomeWithoutJudges(verdict);
  const comparison = document.kind === 'vote' ? compareWithConsensuses(document, trust.backing) : undefined;
  const ownTime = document.kind === 'key-certificate' ? 'dir-key-published' : 'valid-after';
  return {
    document,
    verdict,
    outcome: worstOutcome([own, comparison?.outcome ?? 'accepted']),
    comparison,
    judges,
    atFrom: trust.at === undefined ? ownTime : '--at',
  };
}

/** The time that a document gives for itself. */
function timeOf(document: SignedDocument): UnixSeconds | undefined {
  return document.kind === 'key-certificate'
    ? document.parsed.partial.published
    : document.parsed.partial.validAfter;
}

/** The identities that a document names. */
export function namedBy(document: SignedDocument): readonly Fingerprint[] {
  switch (document.kind) {
    case 'consensus':
      return (document.parsed.partial.signatures ?? []).map(({ identity }) => identity);
    case 'vote':
      return document.parsed.partial.source ? [document.parsed.partial.source.identity] : [];
    case 'key-certificate':
      return document.parsed.partial.fingerprint ? [document.parsed.partial.fingerprint] : [];
  }
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
