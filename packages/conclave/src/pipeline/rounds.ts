/** The figures of a round, computed when something about it changed: its consensus, its voters, agreement, scanners. */
import type { Consensus, Parsed } from '@conclave/netdoc';
import {
  agreementOf,
  consensusFacts,
  countriesOf,
  differencesOf,
  perFlagOverall,
  scannerSpreads,
  shareOf,
  versionOf,
} from '../analysis/index.ts';
import type { FlagAgreement } from '../analysis/index.ts';
import type { CountryTable } from '../geo/index.ts';
import { isVoter, majorityOf } from '../network/index.ts';
import type { Batch, Row } from '../store/index.ts';
import { capacityColumnsOf } from './capacities.ts';
import { healthColumnsOf } from './health.ts';
import { nicknameOfIdentity } from './memory.ts';
import type { Memory, RoundNote } from './memory.ts';
import type { Shelf } from './judge.ts';

/** Recomputes a round and puts its rows into the batch. Nothing happens while it has no accepted ns consensus. */
export function closeRound(
  round: RoundNote,
  memory: Memory,
  shelf: Shelf,
  batch: Batch,
  countries: CountryTable | undefined,
): void {
  round.dirty = false;
  const accepted = acceptedConsensus(round, memory, 'ns', shelf);
  const consensus = accepted && shelf.consensuses.get(accepted.sha256 ?? '')?.document;
  if (!accepted || !consensus) return;
  noteSources(round, memory, batch, consensus);
  const perFlags = compareVotes(round, shelf, batch, consensus);
  const row = roundRow(round, memory, accepted, consensus, perFlags);
  round.row = {
    ...row,
    countries: countries ? JSON.stringify(countriesOf(consensus.routers, countries).slice(0, 30)) : null,
    scanners: JSON.stringify(spreads(round, memory, shelf)),
  };
  batch.put('rounds', String(round.validAfter), round.row);
}

/** The accepted consensus of a flavour that was seen first; of several with one digest, that with most signers. */
function acceptedConsensus(
  round: RoundNote,
  memory: Memory,
  flavor: string,
  shelf: Shelf,
): Row<'documents'> | undefined {
  let best: Row<'documents'> | undefined;
  for (const row of memory.documents.values()) {
    if (row.kind !== 'consensus' || row.flavor !== flavor || row.valid_after !== round.validAfter) continue;
    if (row.outcome !== 'accepted' || (flavor === 'ns' && !shelf.consensuses.has(row.sha256 ?? ''))) continue;
    const earlier = !best || (row.first_seen ?? 0) < (best.first_seen ?? 0);
    if (!best || (row.digest === best.digest ? (row.signers ?? 0) > (best.signers ?? 0) : earlier))
      best = row;
  }
  return best;
}

function noteSources(round: RoundNote, memory: Memory, batch: Batch, consensus: Consensus): void {
  for (const { identity, voteDigest, nickname } of consensus.authorities) {
    if (voteDigest === undefined) continue;
    const authority = memory.set.authorities.find(({ v3ident }) => v3ident === identity);
    const version = authority?.fingerprint && versionOf(consensus.routers, authority.fingerprint);
    const row: Row<'sources'> = {
      valid_after: round.validAfter,
      identity,
      vote_digest: voteDigest,
      differences: JSON.stringify(
        authority ? differencesOf(authority, consensus.authorities) : [`${nickname} is not configured here`],
      ),
      version: version ?? null,
    };
    const old = round.sources.get(identity);
    if (
      old &&
      old.vote_digest === row.vote_digest &&
      old.version === row.version &&
      old.differences === row.differences
    )
      continue;
    round.sources.set(identity, row);
    batch.put('sources', `${round.validAfter}/${identity}`, row);
  }
}

/** Agreement of each vote that the consensus was made from; votes it does not name decided nothing. */
function compareVotes(round: RoundNote, shelf: Shelf, batch: Batch, consensus: Consensus): FlagAgreement[][] {
  const perFlags: FlagAgreement[][] = [];
  for (const vote of votesInOrder(round)) {
    const sha256 = vote.sha256 ?? '';
    if (!isNamed(round, vote)) continue;
    if (vote.decisions !== null) {
      perFlags.push(JSON.parse(vote.per_flag ?? '[]') as FlagAgreement[]);
      continue;
    }
    const document = shelf.votes.get(sha256)?.document;
    if (!document) continue;
    const { equal, decisions, perFlag } = agreementOf(consensus.routers, document.routers);
    const compared = { ...vote, equal, decisions, per_flag: JSON.stringify(perFlag) };
    round.votes.set(sha256, compared);
    batch.put('votes', `${round.validAfter}/${vote.identity}/${sha256}`, compared);
    perFlags.push([...perFlag]);
  }
  return perFlags;
}

/** The votes in an order that does not depend on how they came: sums and lists are made in it. */
function votesInOrder(round: RoundNote): Row<'votes'>[] {
  const key = ({ identity, sha256 }: Row<'votes'>): string => `${identity} ${sha256}`;
  return [...round.votes.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Whether the consensus of the round names this very vote. */
export function isNamed(round: RoundNote, vote: Row<'votes'>): boolean {
  return round.sources.get(vote.identity ?? '')?.vote_digest === vote.digest && vote.outcome === 'accepted';
}

function roundRow(
  round: RoundNote,
  memory: Memory,
  accepted: Row<'documents'>,
  consensus: Consensus,
  perFlags: readonly FlagAgreement[][],
): Row<'rounds'> {
  const facts = consensusFacts(consensus);
  const shares = votesInOrder(round).flatMap((vote) =>
    vote.decisions !== null && isNamed(round, vote)
      ? (shareOf({ equal: vote.equal ?? 0, decisions: vote.decisions }) ?? [])
      : [],
  );
  const microdesc = [...memory.documents.values()].find(
    (row) =>
      row.kind === 'consensus' &&
      row.flavor === 'microdesc' &&
      row.valid_after === round.validAfter &&
      row.outcome === 'accepted',
  );
  return {
    valid_after: round.validAfter,
    fresh_until: consensus.freshUntil,
    valid_until: consensus.validUntil,
    vote_seconds: consensus.votingDelay.voteSeconds,
    dist_seconds: consensus.votingDelay.distSeconds,
    ns_sha256: accepted.sha256,
    microdesc_sha256: microdesc?.sha256 ?? null,
    first_seen: round.row?.first_seen ?? accepted.first_seen,
    method: facts.method,
    relays: facts.relays,
    guards: facts.guards,
    exits: facts.exits,
    exits_without_bad_exit: facts.exitsWithoutBadExit,
    guard_exits: facts.guardExits,
    weight_sum: facts.weightSum,
    votes: consensus.authorities.filter(({ voteDigest }) => voteDigest !== undefined).length,
    signatures: consensus.signatures.length,
    valid_signatures: goodSigners(round, accepted.digest ?? '').size,
    needed: majorityOf(memory.set),
    outcome: accepted.outcome,
    digests: Math.max(1, round.served.size),
    agreement: shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length,
    flags: JSON.stringify({ counts: facts.flags, agreement: perFlagOverall(perFlags) }),
    versions: JSON.stringify(facts.versions.slice(0, 20)),
    countries: null,
    scanners: null,
    ns_bytes: accepted.bytes,
    microdesc_bytes: microdesc?.bytes ?? null,
    ...healthColumnsOf(round.row),
    ...capacityColumnsOf(round.row),
  };
}

/** Who signed the consensus with this digest, over all copies of it: authorities keep collecting after publication. */
export function goodSigners(round: RoundNote, digest: string): Set<string> {
  const signers = new Set<string>();
  for (const { fate, flavor, digest: signed, identity } of round.signatures.values()) {
    if (fate === 'good' && flavor === 'ns' && signed === digest && identity !== null) signers.add(identity);
  }
  return signers;
}

/** How far the scanners' measurements of this round differ from each other. */
function spreads(round: RoundNote, memory: Memory, shelf: Shelf): unknown {
  const votes = votesInOrder(round).flatMap((vote) => {
    const document =
      isNamed(round, vote) && (vote.measured ?? 0) > 0
        ? shelf.votes.get(vote.sha256 ?? '')?.document
        : undefined;
    return document
      ? [{ authority: nicknameOfIdentity(memory, vote.identity ?? ''), routers: document.routers }]
      : [];
  });
  return scannerSpreads(votes);
}

/** Lets go of parsed documents of rounds that nothing more is expected of. */
export function tidyShelf(shelf: Shelf, keepFrom: number): void {
  const old = (parsed: Parsed<{ readonly validAfter: number }>): boolean =>
    (parsed.document?.validAfter ?? 0) < keepFrom;
  for (const [sha256, parsed] of shelf.consensuses) if (old(parsed)) shelf.consensuses.delete(sha256);
  for (const [sha256, parsed] of shelf.votes) if (old(parsed)) shelf.votes.delete(sha256);
}

/** The voters that the newest consensus does not name. */
export function missingVoters(round: RoundNote, memory: Memory): string[] {
  return memory.set.authorities
    .filter((one) => isVoter(one) && !round.sources.has(one.v3ident))
    .map(({ nickname }) => nickname);
}
