/** Computes the consensus that an authority makes of the votes of a round, byte for byte (dir-spec 3.8). */
import { authoritySections } from './authorities.ts';
import { bandwidthWeights } from './bandwidth-weights.ts';
import type { BandwidthWeights } from './bandwidth-weights.ts';
import { Collation, settleEd25519 } from './collate.ts';
import { addToSums, emptySums, totalsOf } from './consensus-weights.ts';
import type { WeightSums } from './consensus-weights.ts';
import { decide, decisionRoom, hasFlag } from './decide.ts';
import type { Decision } from './decide.ts';
import { computeHeader } from './header.ts';
import { obeyedParam } from './params.ts';
import { openRound } from './round.ts';
import type { Round } from './round.ts';
import type { ComputedConsensus, Computation, ComputeOptions, Tie } from './types.ts';
import { writeEntry } from './write-entry.ts';
import type { Outputs } from './write-entry.ts';
import { ByteWriter } from './writer.ts';
import type { Flavor, Vote } from '../documents/index.ts';
import { toHex } from '../base/index.ts';

/**
 * Computes both flavours of the consensus, all before the signatures. `votes` stand as they arrived at the computing
 * authority, its own first: the order matters only where nothing else decides, and `ties` says so. It never throws, and
 * takes time in proportion to the votes.
 */
export function computeConsensus(votes: readonly Vote[], options: ComputeOptions): Computation {
  const opening = openRound(votes, options);
  return opening.outcome === 'open' ? computeRound(opening.round) : opening;
}

/** The same of votes made ready. */
export function computeRound(round: Round): Computation {
  const asked = round.options.flavors ?? ['ns', 'microdesc'];
  const ties: Tie[] = [];
  const begin = (flavor: Flavor): ByteWriter | undefined => {
    if (!asked.includes(flavor)) return undefined;
    // A consensus is smaller than a vote: of each relay it has less.
    const out = new ByteWriter(Math.max(...round.ballots.map(({ vote }) => vote.bytes.length)));
    const header = computeHeader(round, flavor);
    for (const tie of header.ties) if (!ties.some(({ subject }) => subject === tie.subject)) ties.push(tie);
    const sections = authoritySections(round.ballots);
    for (const { text } of [...header.lines, ...sections.flatMap(({ lines }) => lines)])
      out.text(`${text}\n`);
    return out;
  };
  const outputs: Outputs = {
    ns: begin('ns'),
    microdesc: begin('microdesc'),
    shared: new ByteWriter(1 << 12),
  };
  const { sums, relays, withMicrodesc } = writeRelays(round, outputs, ties);
  const footer = footerLines(round, sums);
  const finish = (flavor: Flavor, count: number): ComputedConsensus | undefined => {
    const out = outputs[flavor];
    for (const line of footer) out?.text(`${line}\n`);
    return out && { flavor, method: round.rules.method, bytes: out.finish(), relays: count };
  };
  const ns = finish('ns', relays);
  const microdesc = finish('microdesc', withMicrodesc);
  return {
    outcome: 'computed',
    method: round.rules.method,
    ...(ns ? { ns } : {}),
    ...(microdesc ? { microdesc } : {}),
    ties,
  };
}

/** The sums of all relays, for whoever wants to know where the weights come from. */
export function weighRelays(round: Round): WeightSums {
  return writeRelays(round, { ns: undefined, microdesc: undefined, shared: new ByteWriter(1 << 12) }, [])
    .sums;
}

/** Goes through all relays: decides, weighs, writes. */
function writeRelays(
  round: Round,
  outputs: Outputs,
  ties: Tie[],
): { readonly sums: WeightSums; readonly relays: number; readonly withMicrodesc: number } {
  const collation = new Collation(round.ballots);
  const { set } = collation;
  const decision = decisionRoom(round);
  const sums = emptySums(round.rules.method);
  let relays = 0;
  let withMicrodesc = 0;
  while (collation.next()) {
    if (set.size <= round.half) continue;
    settleEd25519(set, round.ballots, round.half);
    if (!decide(round, set, decision)) continue;
    weigh(round, decision, sums);
    writeEntry(round, set, decision, outputs);
    relays += 1;
    if (decision.microdesc) withMicrodesc += 1;
    if (decision.versionTies.length > 0) {
      const { identity } = (round.ballots[set.votes[0] as number] as Round['ballots'][number]).entries.table;
      const row = set.rows[0] as number;
      ties.push({
        subject: `${toHex(identity, row * 20, row * 20 + 20)} v`,
        values: decision.versionTies,
      });
    }
  }
  return { sums, relays, withMicrodesc };
}

/** A relay without a bandwidth does not count. One that the microdesc flavour drops does. */
function weigh({ flags: { at } }: Round, decision: Decision, sums: WeightSums): void {
  if (decision.bandwidth < 0) return;
  addToSums(sums, {
    bandwidth: decision.bandwidth,
    guard: hasFlag(decision, at.Guard),
    exit: hasFlag(decision, at.Exit) && !hasFlag(decision, at.BadExit),
    guardFraction: decision.guardFraction < 0 ? undefined : decision.guardFraction,
  });
}

/** The footer before the signatures, the same in both flavours. */
function footerLines(round: Round, sums: WeightSums): readonly string[] {
  const { weights } = weightsOf(round, sums);
  return ['directory-footer', ...(weights.outcome === 'computed' ? [weights.line] : [])];
}

/** The weights, and what 1 is written as in them. */
export function weightsOf(
  round: Round,
  sums: WeightSums,
): { readonly weights: BandwidthWeights; readonly scale: number } {
  const scale = Math.max(1, obeyedParam(round.params, 'bwweightscale', 10_000, round.rules));
  return { weights: bandwidthWeights(totalsOf(sums), BigInt(scale)), scale };
}
