/**
 * Each published consensus recomputed from the votes that it names. Done when something came that it depends on, and not
 * again: what a proof rests on is written down with it.
 */
import { bytesOf, proveConsensus, sha1, toHex } from '@conclave/netdoc';
import type { Consensus, Fingerprint, Flavor, Proof, ProofOptions, Vote } from '@conclave/netdoc';
import { votersOf } from '../network/index.ts';
import type { Batch, Row } from '../store/index.ts';
import type { Shelf } from './judge.ts';
import type { Memory, RoundNote } from './memory.ts';

/** How many differences of a proof are kept; all are counted. */
export const differencesKept = 200;

/** What a proof is made from. */
export interface ProofSources {
  readonly memory: Memory;
  readonly shelf: Shelf;
  readonly batch: Batch;
}

/** Proves one flavour of a round whose figures are closed, if anything it rests on is new. Says whether it computed. */
export function proveFlavor(
  round: RoundNote,
  flavor: Flavor,
  { memory, shelf, batch }: ProofSources,
  at: number,
): boolean {
  const published = memory.documents.get(
    (flavor === 'ns' ? round.row?.ns_sha256 : round.row?.microdesc_sha256) ?? '',
  );
  const consensus = shelf.consensuses.get(published?.sha256 ?? '')?.document;
  if (!published || !consensus) return false;
  const votes = votesFor(consensus, round, shelf);
  const authorities = votersOf(memory.set).length;
  const signed = othersSigned(round, flavor);
  const inputs = inputsOf(published, authorities, votes, signed);
  const old = round.proofs.get(flavor);
  if (old?.inputs === inputs) return false;
  const proof = proveConsensus(
    consensus,
    votes.map(({ vote }) => vote),
    { authorities, signed },
  );
  const row = proofRow(round.validAfter, flavor, published, proof, inputs);
  const same = old?.verdict === row.verdict && old.explanation === row.explanation;
  const kept = { ...row, judged_at: same ? old.judged_at : at };
  round.proofs.set(flavor, kept);
  batch.put('proofs', `${round.validAfter}/${flavor}`, kept);
  return true;
}

/** The genuine votes of the round that the consensus names, by identity and digest. */
function votesFor(
  consensus: Consensus,
  round: RoundNote,
  shelf: Shelf,
): { readonly digest: string; readonly vote: Vote }[] {
  const named = new Set(consensus.authorities.flatMap(({ voteDigest }) => voteDigest ?? []) as string[]);
  const votes = new Map<string, { readonly digest: string; readonly vote: Vote }>();
  for (const { sha256: name, digest, outcome } of round.votes.values()) {
    const vote = shelf.votes.get(name ?? '')?.document;
    if (outcome === 'accepted' && digest !== null && named.has(digest) && vote)
      votes.set(digest, { digest, vote });
  }
  return [...votes.values()].sort((a, b) => (a.vote.source.identity < b.vote.source.identity ? -1 : 1));
}

/** Good signatures of this flavour in the round, on whatever text: by them a split is told. */
function othersSigned(round: RoundNote, flavor: Flavor): NonNullable<ProofOptions['signed']> {
  return [...round.signatures.values()]
    .filter((one) => one.fate === 'good' && one.flavor === flavor)
    .map(({ identity, digest }) => ({ identity: identity as Fingerprint, digest: digest ?? '' }));
}

function inputsOf(
  published: Row<'documents'>,
  authorities: number,
  votes: readonly { readonly digest: string }[],
  signed: readonly { readonly digest: string }[],
): string {
  const digests = [
    ...votes.map(({ digest }) => digest).sort(),
    ...[...new Set(signed.map(({ digest }) => digest))].sort(),
  ];
  return toHex(sha1(bytesOf([published.digest, authorities, ...digests].join(' '))));
}

function proofRow(
  validAfter: number,
  flavor: Flavor,
  published: Row<'documents'>,
  proof: Proof,
  inputs: string,
): Omit<Row<'proofs'>, 'judged_at'> {
  return {
    valid_after: validAfter,
    flavor,
    sha256: published.sha256,
    digest: published.digest,
    recomputed_digest: proof.recomputedDigest ?? null,
    verdict: proof.verdict,
    cause: proof.cause,
    explanation: proof.explanation,
    method: proof.method ?? null,
    votes_named: proof.votesNamed,
    votes_used: proof.votesUsed,
    missing: JSON.stringify(proof.missing),
    assumptions: JSON.stringify(proof.assumptions),
    differences: JSON.stringify(proof.differences.slice(0, differencesKept)),
    difference_count: proof.differences.length,
    inputs,
  };
}
