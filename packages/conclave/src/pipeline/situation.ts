/** What the checks are told at a tick, gathered from the memory. */
import type { TextDifference } from '@conclave/netdoc';
import { median, nothingSeenOfIt } from '../analysis/index.ts';
import type { Growth, Invariant, Limits } from '../analysis/index.ts';
import type { AuthoritySituation, ProofSituation, Situation, SourceSituation } from '../checks/index.ts';
import { isVoter } from '../network/index.ts';
import type { Authority } from '../network/index.ts';
import type { Row } from '../store/index.ts';
import { comingAt, votedTwice } from './coming.ts';
import { newestRound } from './memory.ts';
import type { Memory, RoundNote } from './memory.ts';
import { goodSigners } from './rounds.ts';

/** The interval of the network as its newest consensus has it; hourly until one is known. */
export function intervalOf(memory: Memory): number {
  const row = newestRound(memory)?.row;
  const interval = (row?.fresh_until ?? 0) - (row?.valid_after ?? 0);
  return interval > 0 ? interval : 3600;
}

/** The situation at a tick at `nowMs`. */
export function situationAt(memory: Memory, limits: Limits, nowMs: number): Situation {
  const round = newestRound(memory);
  const digest = round && digestOf(round, memory);
  const signers = round && goodSigners(round, digest ?? '');
  const row = round?.row;
  return {
    nowMs,
    set: memory.set,
    limits,
    intervalSeconds: intervalOf(memory),
    authorities: memory.set.authorities.map((authority) =>
      authoritySituation(authority, memory, round, signers),
    ),
    consensus: row
      ? {
          validAfter: row.valid_after ?? 0,
          freshUntil: row.fresh_until ?? 0,
          validUntil: row.valid_until ?? 0,
          votes: row.votes ?? 0,
          signers: signers?.size ?? 0,
          needed: row.needed ?? 0,
        }
      : undefined,
    watchingSinceMs: memory.watchingSince ?? nowMs,
    consensusAskedMs: memory.consensusAskedMs,
    served: [...(round?.served ?? [])]
      .map(([served, authorities]) => ({ digest: served, authorities: [...authorities].sort() }))
      .sort((a, b) => b.authorities.length - a.authorities.length || (a.digest < b.digest ? -1 : 1)),
    proofs: proofsOf(round),
    votedTwice: votedTwice(memory),
    health: healthOf(round),
    coming: comingAt(memory, nowMs),
    sources: sourcesOf(memory),
    refused: [...memory.refused.values()]
      .filter(({ at }) => at >= nowMs - 2000 * intervalOf(memory))
      .sort((a, b) => (`${a.authority} ${a.sha256}` < `${b.authority} ${b.sha256}` ? -1 : 1)),
  };
}

/** What the configured sources were asked, by source and question. */
function sourcesOf({ feeds }: Memory): SourceSituation[] {
  return [...feeds.rows.values()]
    .filter(({ watched, last_try }) => watched === true && last_try !== null)
    .map(({ feed, subject, failures, detail, last_success, as_of }) => ({
      feed: feed ?? '',
      subject: subject ?? '',
      failures: failures ?? 0,
      detail: detail ?? undefined,
      lastSuccessMs: last_success ?? undefined,
      // Files of an archive are of their own time; its index and Onionoo's answers should be of now.
      asOf: subject === 'index' || feed === 'onionoo' ? (as_of ?? undefined) : undefined,
    }))
    .sort((a, b) => (`${a.feed}/${a.subject}` < `${b.feed}/${b.subject}` ? -1 : 1));
}

/** What its health has that somebody should look at. */
function healthOf(round: RoundNote | undefined): Situation['health'] {
  if (!round?.health) return undefined;
  const { invariants, growth } = round.health;
  return {
    validAfter: round.validAfter,
    broken: (JSON.parse(invariants ?? '[]') as readonly Invariant[]).filter(({ holds }) => holds === false),
    growth: JSON.parse(growth ?? '[]') as readonly Growth[],
  };
}

/** The proofs of a round's flavours, ns first. */
function proofsOf(round: RoundNote | undefined): ProofSituation[] {
  return ['ns', 'microdesc'].flatMap((flavor) => {
    const row = round?.proofs.get(flavor);
    if (!row) return [];
    const differences = JSON.parse(row.differences ?? '[]') as readonly TextDifference[];
    return [
      {
        flavor,
        verdict: row.verdict as ProofSituation['verdict'],
        cause: row.cause ?? '',
        explanation: row.explanation ?? '',
        differences: row.difference_count ?? 0,
        named: differences.slice(0, 10).map(differenceText),
      },
    ];
  });
}

function differenceText({ subject, keyword, published, recomputed }: TextDifference): string {
  const short = (text: string | undefined): string =>
    text === undefined ? 'no line' : `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
  const where = subject === '' || subject === keyword ? keyword : `${keyword} of ${subject}`;
  return `${where}: ${short(published)} where the votes give ${short(recomputed)}`;
}

/** Digest of the accepted ns consensus of a round. */
export function digestOf(round: RoundNote, memory: Memory): string | undefined {
  return memory.documents.get(round.row?.ns_sha256 ?? '')?.digest ?? undefined;
}

function authoritySituation(
  authority: Authority,
  memory: Memory,
  round: RoundNote | undefined,
  signers: ReadonlySet<string> | undefined,
): AuthoritySituation {
  const { nickname } = authority;
  const identity = isVoter(authority) ? authority.v3ident : undefined;
  const served = memory.served.get(nickname)?.ns;
  const source = identity === undefined ? undefined : round?.sources.get(identity);
  return {
    authority,
    state: memory.states.get(nickname) ?? nothingSeenOfIt,
    voted: identity !== undefined && round ? source !== undefined : undefined,
    signed: identity !== undefined && round ? signers?.has(identity) : undefined,
    serves: served && { validAfter: served.validAfter, at: served.at },
    clockSkewSeconds: median(memory.skews.get(nickname) ?? []),
    certificateExpires:
      identity === undefined
        ? undefined
        : (newestCertificate(memory.certificates.values(), identity)?.expires ?? undefined),
    scan: identity === undefined ? undefined : scanOf(memory, identity),
    differences: source ? (JSON.parse(source.differences ?? '[]') as string[]) : [],
  };
}

/** The certificate that an authority signs by: of those that hold, the one published last. */
export function newestCertificate(
  rows: Iterable<Row<'certificates'>>,
  identity: string,
): Row<'certificates'> | undefined {
  let newest: Row<'certificates'> | undefined;
  for (const row of rows) {
    if (row.identity === identity && row.faults === '' && (row.published ?? 0) > (newest?.published ?? 0))
      newest = row;
  }
  return newest;
}

function scanOf(memory: Memory, identity: string): AuthoritySituation['scan'] {
  let newest: Row<'votes'> | undefined;
  for (const round of memory.rounds.values()) {
    for (const vote of round.votes.values()) {
      if (
        vote.identity === identity &&
        vote.outcome === 'accepted' &&
        (vote.valid_after ?? 0) > (newest?.valid_after ?? 0)
      )
        newest = vote;
    }
  }
  return newest && scanOfVote(newest);
}

/** What a vote says of its author's scanner; undefined when it has none. */
export function scanOfVote(vote: Row<'votes'>): AuthoritySituation['scan'] {
  if (vote.scanner !== true) return undefined;
  return {
    fileTime: vote.bandwidth_file_time,
    measured: vote.measured ?? 0,
    running: vote.running,
    validAfter: vote.valid_after ?? 0,
    usualAgeSeconds: vote.usual_file_age ?? undefined,
  };
}
