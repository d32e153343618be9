/** A verdict in a sentence for people: what was found, and what explains it. */
import type { Computation } from '../compute/index.ts';
import type { Consensus } from '../documents/index.ts';
import { slotOf } from './assumptions.ts';
import type { Assumptions, MissingVote, Proof, ProofOptions } from './proof.ts';

/** What there is to tell. */
export interface Told {
  readonly proof: Omit<Proof, 'explanation'>;
  readonly published: Consensus;
  readonly options: ProofOptions;
  /** What was assumed first, and what came of it. */
  readonly first: Assumptions;
  readonly computation: Computation;
}

/** The verdict and its cause in a sentence. */
export function explanationOf(told: Told): string {
  const { proof } = told;
  switch (proof.cause) {
    case 'none':
      return `${give(told, true)}.`;
    case 'missing-votes':
      return missing(proof);
    case 'unsupported-method':
      return `Its votes agree on method ${proof.method}, whose rules are not known here, so nothing can be said about its text.`;
    case 'authority-count':
    case 'shared-random-fresh':
    case 'software':
      return proof.verdict === 'identical'
        ? `${give(told, true)}, when ${conditions(told)}.`
        : `${give(told, false)}; it comes out byte for byte when ${conditions(told)}.`;
    case 'tie':
      return tie(told);
    case 'split':
      return split(told);
    case 'unexplained':
      return `${give(told, false)}, and nothing that was tried explains it.`;
  }
}

/** Whether it is what its votes give, how many they are, and by which rules. */
function give({ proof, first, computation }: Told, identical: boolean): string {
  const votes =
    proof.votesUsed === 1 ? 'the 1 vote that it names gives' : `its ${proof.votesUsed} votes give`;
  const used = proof.assumptions.supportedMethods?.at(-1) ?? proof.method;
  const method = used === undefined ? '' : `by method ${used} `;
  const basis = `${method}for ${first.authorities} authorities`;
  if (identical) return `Byte for byte what ${votes} ${basis}`;
  return computation.outcome === 'impossible'
    ? `By ${basis.slice('for '.length)} these votes give no consensus (${computation.detail})`
    : `It is not what ${votes} ${basis}${parts(proof)}`;
}

/** How many lines differ, part by part: ` (5 lines differ: params 1, relay 4)`. */
function parts({ differences }: Pick<Proof, 'differences'>): string {
  if (differences.length === 0) return '';
  const counts = new Map<string, number>();
  for (const { part } of differences) counts.set(part, (counts.get(part) ?? 0) + 1);
  const list = [...counts].map(([part, count]) => `${part} ${count}`).join(', ');
  return ` (${differences.length === 1 ? '1 line differs' : `${differences.length} lines differ`}: ${list})`;
}

/** In which case the text comes out, as far as it is not what was assumed first. */
function conditions({ proof: { assumptions, authorityCounts, method }, first, published }: Told): string {
  const said: string[] = [];
  const { supportedMethods, sharedRandomFresh, sharedRandomness } = assumptions;
  if (authorityCounts.length > 0)
    said.push(`${listed(authorityCounts)} authorities are configured where it was computed`);
  if (sharedRandomFresh !== first.sharedRandomFresh)
    said.push(
      `its authorities had ${sharedRandomFresh ? '' : 'not '}just computed a new shared random value (this is round ${slotOf(published) + 1} of 24)`,
    );
  if (sharedRandomness !== first.sharedRandomness)
    said.push(`shared randomness is ${sharedRandomness ? 'on' : 'off'} where it was computed`);
  if (assumptions.misspeltMaxUnmeasured !== first.misspeltMaxUnmeasured)
    said.push(
      assumptions.misspeltMaxUnmeasured
        ? 'it was computed by a tor that looks up a misspelt maxunmeasuredbw (0.4.6.1 to 0.4.8.7)'
        : 'it was computed by a tor that looks up maxunmeasuredbw',
    );
  if (supportedMethods)
    said.push(
      `it was computed by a tor that does not support the method of the votes (${method}) and uses its own last`,
    );
  if (assumptions.packageLines !== first.packageLines)
    said.push('it was computed by a tor with the rule for package lines inverted (0.4.9.1 to 0.4.9.9)');
  return said.join(', and ');
}

/** `4`, `4 or 5`, `4, 5 or 6`. */
function listed(numbers: readonly number[]): string {
  const last = numbers.at(-1) ?? 0;
  return numbers.length < 2 ? String(last) : `${numbers.slice(0, -1).join(', ')} or ${last}`;
}

function missing({ missing: votes, votesNamed }: Told['proof']): string {
  const among = (reason: MissingVote['because']): string =>
    votes
      .filter(({ because }) => because === reason)
      .map(({ nickname }) => nickname)
      .join(', ');
  const reasons = [
    among('not-given'),
    phrase('other votes are at hand of ', among('other-vote')),
    phrase('its signature does not hold on the vote of ', among('not-signed')),
  ].filter((reason) => reason !== '');
  const named = votesNamed === 1 ? 'vote' : `${votesNamed} votes`;
  const count = votes.length === 1 ? '1 is' : `${votes.length} are`;
  return `Of the ${named} that it names ${count} not at hand (${reasons.join('; ')}), so nothing can be said about its text.`;
}

function phrase(before: string, names: string): string {
  return names === '' ? '' : `${before}${names}`;
}

function tie({ proof, first, published }: Told): string {
  const subjects = proof.ties.map(({ subject }) => subject).join(', ');
  const names = new Map(published.authorities.map(({ identity, nickname }) => [identity, nickname]));
  const order = proof.assumptions.arrival.map((identity) => names.get(identity) ?? identity).join(', ');
  const settled = proof.assumptions.arrival !== first.arrival;
  return settled
    ? `Only the order in which the votes arrived decides ${subjects}: it comes out byte for byte if they arrived as ${order}, and no document says so.`
    : `It differs only where the votes tie (${subjects}), and none of the orders of arrival that were tried gives this text.`;
}

/** Who signed what else; whether that is what the votes give. */
function split(told: Told): string {
  const { proof, published, options } = told;
  const names = new Map(published.authorities.map(({ identity, nickname }) => [identity, nickname]));
  const others = (options.signed ?? []).filter(({ digest }) => digest !== proof.digest);
  const who = [...new Set(others.map(({ identity }) => names.get(identity) ?? identity))];
  const theirs = others.some(({ digest }) => digest === proof.recomputedDigest)
    ? 'the text that they give'
    : 'another text';
  return `${give(told, false)}; ${who.join(', ')} signed ${theirs}.`;
}
