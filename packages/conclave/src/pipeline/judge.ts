/**
 * One document, judged once: parsed, verified, counted, and turned into rows. What it says of its round goes into the
 * round's note; figures that need several documents are computed when the round is closed for the tick (`rounds.ts`).
 */
import {
  certificateRing,
  checkCertificate,
  parseConsensus,
  parseDetachedSignatures,
  parseKeyCertificates,
  parseVote,
  verifyConsensus,
  verifyVote,
} from '@conclave/netdoc';
import type { KeyCertificate, Parsed, Verdict, Vote } from '@conclave/netdoc';
import { quantile, voteFacts } from '../analysis/index.ts';
import { identitiesOf } from '../network/index.ts';
import type { Batch, Row } from '../store/index.ts';
import { takeDescriptors } from './capacities.ts';
import { documentRow } from './document-row.ts';
import type { Arrival } from './document-row.ts';
import { certificateKey, roundOf, signatureKey } from './memory.ts';
import type { Memory } from './memory.ts';
import { judgeBandwidthFile, judgeDescriptor, judgeExtraInfo, noteNamedFile } from './own-documents.ts';
import type { Shelf } from './shelf.ts';
import { verdictText } from './verdict-text.ts';

export type { Shelf } from './shelf.ts';

/** What became of a document. */
export interface Judgement {
  readonly row: Row<'documents'>;
  /** A certificate that nobody had shown before was in it. */
  readonly newCertificates: boolean;
}

/** Judges a document by what was asked for. */
export function judge(arrival: Arrival, memory: Memory, shelf: Shelf, batch: Batch): Judgement {
  switch (arrival.observation.subject.kind) {
    case 'consensus':
      return { row: judgeConsensus(arrival, memory, shelf, batch), newCertificates: false };
    case 'vote':
      return judgeVote(arrival, memory, shelf, batch);
    case 'certificates':
      return judgeCertificates(arrival, memory, batch);
    case 'signatures':
      return { row: judgeSignatures(arrival), newCertificates: false };
    case 'server-descriptor':
      return { row: judgeDescriptor(arrival, memory), newCertificates: false };
    case 'extra-info':
      return { row: judgeExtraInfo(arrival, memory), newCertificates: false };
    case 'bandwidth-file':
      return { row: judgeBandwidthFile(arrival, memory), newCertificates: false };
    case 'relay-descriptors':
      return { row: judgeRelayDescriptors(arrival, memory, batch), newCertificates: false };
    case 'liveness':
    case 'or-port':
      return {
        row: documentRow(arrival, arrival.observation.subject.kind, { verdict: 'Kept; nothing to check.' }),
        newCertificates: false,
      };
  }
}

/** Server descriptors of relays: those that were asked for, and no others, or one answer could fill our memory. */
function judgeRelayDescriptors(
  { observation, sha256, bytes }: Arrival,
  memory: Memory,
  batch: Batch,
): Row<'documents'> {
  const { at, vantage, subject } = observation;
  const asked = new Set(subject.kind === 'relay-descriptors' ? subject.digests : []);
  return takeDescriptors({ at, vantage, asked }, bytes, sha256, memory, batch);
}

/** A consensus of either flavour. Also called again for one that waited for certificates. */
export function judgeConsensus(
  arrival: Arrival,
  memory: Memory,
  shelf: Shelf,
  batch: Batch,
): Row<'documents'> {
  const parsed =
    shelf.consensuses.get(arrival.sha256) ?? parseConsensus(arrival.bytes, { profile: 'tor-0.4.9' });
  const { verdict } = verifyConsensus(parsed, {
    authorities: identitiesOf(memory.set),
    certificates: memory.ring,
  });
  const { partial } = parsed;
  const flavor = partial.flavor ?? 'ns';
  const text = verdictText('consensus', verdict);
  const row = documentRow(arrival, 'consensus', {
    flavor,
    validAfter: partial.validAfter,
    verdict: text,
    judged: verdict,
    problems: parsed.errors,
  });
  if (partial.validAfter === undefined) return row;
  shelf.consensuses.set(arrival.sha256, parsed);
  if (verdict.outcome === 'undecided') memory.undecided.add(arrival.sha256);
  else memory.undecided.delete(arrival.sha256);
  const round = roundOf(memory, partial.validAfter);
  const common = { valid_after: partial.validAfter, flavor, digest: verdict.digest ?? '' };
  for (const check of verdict.signatures) {
    noteSignature(memory, batch, {
      ...common,
      identity: check.identity,
      algorithm: check.algorithm,
      signing_key_digest: check.signingKeyDigest,
      fate: check.fate,
      first_seen: arrival.observation.at,
    });
  }
  round.dirty = true;
  return row;
}

/** Fates of signatures that were not looked at, or could not be. */
const open: ReadonlySet<string> = new Set(['seen', 'certificate-missing']);

/**
 * The earliest sight of a signature counts; a better fate replaces a worse one: its certificate came, or another copy has
 * it whole. A signature is no part of what is signed, so whoever serves a copy can spoil those of others.
 */
export function noteSignature(memory: Memory, batch: Batch, row: Row<'signatures'>): void {
  const round = roundOf(memory, row.valid_after ?? 0);
  const key = signatureKey(row);
  const old = round.signatures.get(key);
  if (old && (row.fate === 'repeated' || (row.fate !== 'good' && !open.has(old.fate ?? '')))) return;
  if (old?.fate === 'good') return;
  const merged = { ...row, first_seen: Math.min(old?.first_seen ?? Infinity, row.first_seen ?? Infinity) };
  round.signatures.set(key, merged);
  batch.put('signatures', `${row.valid_after}/${key}`, merged);
}

function judgeVote(arrival: Arrival, memory: Memory, shelf: Shelf, batch: Batch): Judgement {
  const parsed = parseVote(arrival.bytes, { profile: arrival.profile ?? 'tor-0.4.9' });
  const { verdict } = verifyVote(parsed, { authorities: identitiesOf(memory.set) });
  const { partial } = parsed;
  const identity = partial.source?.identity;
  const text = verdictText('vote', verdict);
  const row = documentRow(arrival, 'vote', {
    validAfter: partial.validAfter,
    identity,
    verdict: text,
    judged: verdict,
    problems: parsed.errors,
  });
  const newCertificates = partial.certificate
    ? noteCertificate(memory, batch, partial.certificate, arrival)
    : false;
  if (partial.validAfter === undefined || identity === undefined) return { row, newCertificates };
  const round = roundOf(memory, partial.validAfter);
  const vote = voteRow(arrival, parsed, verdict, text, usualFileAge(memory, identity));
  round.votes.set(arrival.sha256, vote);
  round.dirty = true;
  batch.put('votes', `${partial.validAfter}/${identity}/${arrival.sha256}`, vote);
  if (verdict.outcome === 'accepted') {
    shelf.votes.set(arrival.sha256, parsed);
    noteNamedFile(memory, identity, partial.validAfter, partial.bandwidthFileDigest);
  }
  noteFileAge(memory, vote);
  return { row, newCertificates };
}

function voteRow(
  arrival: Arrival,
  { partial, document }: Parsed<Vote>,
  verdict: Verdict,
  text: string,
  usual: number | undefined,
): Row<'votes'> {
  const facts = document && verdict.outcome === 'accepted' ? voteFacts(document) : undefined;
  return {
    valid_after: partial.validAfter ?? 0,
    identity: partial.source?.identity ?? '',
    sha256: arrival.sha256,
    digest: verdict.digest ?? null,
    published: partial.published ?? null,
    first_seen: arrival.observation.at,
    bytes: arrival.bytes.length,
    outcome: verdict.outcome,
    verdict: text,
    relays: facts?.relays ?? null,
    running: facts?.running ?? null,
    measured: facts?.measured ?? null,
    scanner: facts?.scanner ?? null,
    bandwidth_file_time: facts?.bandwidthFileTime ?? null,
    usual_file_age: usual ?? null,
    contact: partial.contact ?? null,
    flags: facts ? JSON.stringify(facts.flags) : null,
    thresholds: facts ? JSON.stringify(facts.thresholds) : null,
    equal: null,
    decisions: null,
    per_flag: null,
    via: null,
  };
}

/**
 * How old the bandwidth file of an authority usually is when it votes, in seconds: the lower quartile of its last votes,
 * so that a file which stays away does not make its own staleness usual. Undefined before five votes.
 */
function usualFileAge(memory: Memory, identity: string): number | undefined {
  const ages = memory.fileAges.get(identity) ?? [];
  return ages.length >= 5 ? quantile(ages, 0.25) : undefined;
}

/** How old each authority's bandwidth file usually is when it votes; a missing file says nothing about the usual. */
function noteFileAge(memory: Memory, vote: Row<'votes'>): void {
  if (vote.bandwidth_file_time === null || vote.outcome !== 'accepted') return;
  const identity = vote.identity ?? '';
  const ages = memory.fileAges.get(identity) ?? [];
  memory.fileAges.set(identity, [...ages, (vote.valid_after ?? 0) - vote.bandwidth_file_time].slice(-48));
}

function judgeCertificates(arrival: Arrival, memory: Memory, batch: Batch): Judgement {
  const certificates = parseKeyCertificates(arrival.bytes);
  let newCertificates = false;
  let held = 0;
  let problems = 0;
  for (const { document, errors } of certificates) {
    problems += errors;
    if (!document) continue;
    if (noteCertificate(memory, batch, document, arrival)) newCertificates = true;
    if (checkCertificate(document).faults.length === 0) held += 1;
  }
  const verdict = `${held} of ${certificates.length} certificates hold.`;
  return { row: documentRow(arrival, 'certificates', { verdict, problems }), newCertificates };
}

/** Keeps a certificate that is new; true when it holds and can decide something. */
function noteCertificate(
  memory: Memory,
  batch: Batch,
  certificate: KeyCertificate,
  arrival: Arrival,
): boolean {
  const check = checkCertificate(certificate);
  const row: Row<'certificates'> = {
    identity: certificate.fingerprint,
    signing_key_digest: check.signingKeyDigest ?? '',
    published: certificate.published,
    expires: certificate.expires,
    identity_key_bits: check.identityKeyBits,
    signing_key_bits: check.signingKeyBits,
    faults: check.faults.join(' '),
    sha256: arrival.sha256,
    first_seen: arrival.observation.at,
  };
  const key = certificateKey(row);
  const old = memory.certificates.get(key);
  // A spoilt copy that came first must not keep out the whole one.
  if (old && (old.faults === '' || check.faults.length > 0)) return false;
  memory.certificates.set(key, row);
  batch.put('certificates', key, row);
  if (check.faults.length > 0) return false;
  // A copy of its own: a certificate must not keep a whole vote in memory.
  const own = certificate.bytes.slice(certificate.span.start, certificate.span.end);
  const [alone] = parseKeyCertificates(own);
  memory.keyCertificates.set(key, alone?.document ?? certificate);
  memory.ring = certificateRing(memory.keyCertificates.values());
  return true;
}

function judgeSignatures(arrival: Arrival): Row<'documents'> {
  const { document, partial, errors } = parseDetachedSignatures(arrival.bytes);
  return documentRow(arrival, 'signatures', {
    validAfter: partial.validAfter,
    verdict: document
      ? `${document.signatures.length} detached signatures; each is checked by the certificate of its authority.`
      : `Unreadable: ${errors} errors.`,
    problems: errors,
  });
}
