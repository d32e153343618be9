/** Why the lines of the header, the authority sections and the footer are what they are. */
import { formatTime } from '../base/index.ts';
import type { Fingerprint } from '../base/index.ts';
import type { Flavor } from '../documents/index.ts';
import { authoritySections } from './authorities.ts';
import { protocolLines } from './ballot.ts';
import type { Ballot } from './ballot.ts';
import { readable } from './byte-text.ts';
import { weighRelays, weightsOf } from './consensus.ts';
import { agreementOf, computeHeader, seenBy } from './header.ts';
import { votePackages } from './packages.ts';
import { recommendedThreshold, requiredThreshold } from './protocols.ts';
import type { Round } from './round.ts';
import { givenValue, printedValue, voteSharedRandom } from './shared-random-lines.ts';
import type { Explanation, Given } from './types.ts';

const clause = 'dir-spec 3.8';

/** What one vote gave. */
export function givenBy(
  { identity, vote }: Ballot,
  value: string | undefined,
  counted: boolean,
  note?: string,
): Given {
  const { nickname } = vote.source;
  return { identity, nickname, value, counted, ...(note === undefined ? {} : { note }) };
}

/** Whatever each vote has of something; who has none does not count. */
function givenByAll(
  round: Round,
  valueOf: (ballot: Ballot) => string | undefined,
  without: string,
): readonly Given[] {
  return round.ballots.map((ballot) => {
    const value = valueOf(ballot);
    return givenBy(ballot, value, value !== undefined, value === undefined ? without : undefined);
  });
}

/** Explains the lines with a keyword; `params NAME` explains one parameter. None for a keyword that no consensus has. */
export function explainKeyword(round: Round, flavor: Flavor, keyword: string): readonly Explanation[] {
  const lines = computeHeader(round, flavor).lines.filter((line) => line.keyword === keyword);
  const text = lines[0] && readable(lines[0].text);
  switch (keyword) {
    case 'network-status-version':
    case 'vote-status':
      return [{ text, rule: 'the same in every consensus of this flavour', clause, given: [] }];
    case 'consensus-method':
      return [{ text, ...explainMethod(round) }];
    case 'valid-after':
    case 'fresh-until':
    case 'valid-until':
      return [{ text, ...explainTime(round, keyword) }];
    case 'voting-delay':
      return [{ text, ...explainDelay(round) }];
    case 'client-versions':
    case 'server-versions':
      return [{ text, ...explainVersions(round, keyword) }];
    case 'package':
      return explainPackages(
        round,
        lines.map((line) => readable(line.text)),
      );
    case 'known-flags':
      return [{ text, ...explainKnownFlags(round) }];
    case 'params':
      return [
        { text, ...explainParams(round) },
        ...round.votedParams.map(({ name }) => explainParam(round, name)),
      ];
    case 'shared-rand-previous-value':
    case 'shared-rand-current-value':
      return [{ text, ...explainSharedRandom(round, flavor, keyword) }];
    case 'directory-footer':
      return [{ text: keyword, rule: 'the same in every consensus', clause, given: [] }];
    case 'bandwidth-weights':
      return [explainWeights(round)];
    default:
      if (keyword.startsWith('params ')) return [explainParam(round, keyword.slice('params '.length))];
      return protocolLines.some((line) => line.keyword === keyword)
        ? [{ text, ...explainProtocols(round, keyword) }]
        : [];
  }
}

type Why = Omit<Explanation, 'text' | 'line'>;

function explainMethod(round: Round): Why {
  const { rules, ballots, options } = round;
  const { method } = rules;
  const enough = Math.trunc((2 * ballots.length) / 3);
  const given = ballots.map((ballot) => {
    const { consensusMethods } = ballot.vote;
    const has = consensusMethods.includes(method);
    return givenBy(ballot, consensusMethods.join(' '), has, has ? undefined : `does not support ${method}`);
  });
  const supporters = given.filter(({ counted }) => counted).length;
  const rule =
    supporters > enough
      ? `the largest method that more than two thirds of the votes support: ${supporters} of ${ballots.length}, more than ${enough}`
      : `the votes chose a method that the computing authority does not support; it used the largest of its own, ${options.supportedMethods?.join(' ')}`;
  return { rule, clause: 'dir-spec 3.8.1', given };
}

function explainTime({ ballots }: Round, keyword: 'valid-after' | 'fresh-until' | 'valid-until'): Why {
  const fields = {
    'valid-after': 'validAfter',
    'fresh-until': 'freshUntil',
    'valid-until': 'validUntil',
  } as const;
  const given = ballots.map((ballot) => givenBy(ballot, formatTime(ballot.vote[fields[keyword]]), true));
  return { rule: 'the low median of the votes', clause, given };
}

function explainDelay({ ballots }: Round): Why {
  const given = ballots.map((ballot) => {
    const { voteSeconds, distSeconds } = ballot.vote.votingDelay;
    return givenBy(ballot, `${voteSeconds} ${distSeconds}`, true);
  });
  return { rule: 'the low median of the votes, of each number by itself', clause, given };
}

function explainVersions(round: Round, keyword: 'client-versions' | 'server-versions'): Why {
  const field = keyword === 'client-versions' ? 'clientVersions' : 'serverVersions';
  const given = givenByAll(
    round,
    ({ header }) => header[field] && readable(header[field].join(',')),
    'its vote has no such line',
  );
  const voters = given.filter(({ counted }) => counted).length;
  const rule = `versions that more than half of the votes with the line have: more than ${Math.trunc(voters / 2)} of ${voters}; in version order`;
  return { rule, clause, given };
}

function explainPackages(round: Round, lines: readonly string[]): readonly Explanation[] {
  if (!round.rules.packages) {
    const rule = `consensus-method ${round.rules.method} has no package lines; they ended with 33`;
    return [{ text: undefined, rule, clause, given: [] }];
  }
  const voted = votePackages(round.ballots.map(({ header }) => header.packages));
  if (voted.length === 0)
    return [{ text: undefined, rule: 'no vote has a valid package line', clause, given: [] }];
  return voted.map(({ key, lines: all, kept }) => {
    const given = round.ballots.map((ballot) => {
      const own = ballot.header.packages.findLast((line) => all.includes(line) && line.startsWith(`${key} `));
      const why = own === undefined ? 'its vote does not list it' : own === kept ? undefined : 'another line';
      return givenBy(ballot, own && readable(own), why === undefined, why);
    });
    const text = lines.find((line) => kept !== undefined && line === `package ${readable(kept)}`);
    const rule = `of one package and version a line that more than half of the votes that list it have, three at least: ${all.length} list it`;
    return { text, rule, clause, given };
  });
}

function explainKnownFlags(round: Round): Why {
  const given = givenByAll(round, ({ header }) => readable(header.knownFlags.join(' ')), '');
  return { rule: 'the flags that any vote knows, and NoEdConsensus', clause, given };
}

function explainProtocols(round: Round, keyword: string): Why {
  const row = protocolLines.find((line) => line.keyword === keyword);
  const { authorities } = round.options;
  const required = keyword.startsWith('required');
  const threshold = required ? requiredThreshold(authorities) : recommendedThreshold(authorities);
  const given = givenByAll(round, ({ vote }) => row && vote[row.field], 'its vote has no such line');
  const share = required ? 'two thirds' : 'half';
  const rule = `versions that at least ${share} of the ${authorities} authorities name, rounded up: ${threshold}`;
  return { rule, clause, given };
}

function explainParams(round: Round): Why {
  const given = givenByAll(
    round,
    ({ header }) => (header.params.length === 0 ? undefined : readable(header.params.join(' '))),
    'its vote has no parameters',
  );
  const rule = `parameters of more than ${round.half} votes, or of three; each its low median; in order of the whole strings`;
  return { rule, clause, given };
}

function explainParam(round: Round, name: string): Explanation {
  const voted = round.votedParams.find((param) => readable(param.name) === name);
  const given = givenByAll(
    round,
    ({ header }) => header.params.map(readable).find((text) => text.startsWith(`${name}=`)),
    'its vote does not have it',
  );
  const count = voted?.strings.length ?? 0;
  const votes = `${count} ${count === 1 ? 'vote has' : 'votes have'} it`;
  if (voted?.value === undefined) {
    const rule = `${votes}; it needs more than ${round.half}, or three`;
    return { text: undefined, rule, clause, given };
  }
  const reason = count > round.half ? `more than ${round.half}` : 'three are enough';
  return { text: `${name}=${voted.value}`, rule: `the low median; ${votes}, ${reason}`, clause, given };
}

function explainSharedRandom(
  round: Round,
  flavor: Flavor,
  keyword: 'shared-rand-previous-value' | 'shared-rand-current-value',
): Why {
  const which = keyword === 'shared-rand-previous-value' ? 'previous' : 'current';
  const agreement = agreementOf(round);
  const { text, count } = voteSharedRandom(
    seenBy(round, flavor).map(({ vote }) => vote),
    which,
    agreement,
  );
  const value = text?.split(' ')[1];
  const given = round.ballots.map((ballot) => {
    const own = givenValue(ballot.vote, which);
    if (!ballot.vote.sharedRandomParticipate)
      return givenBy(ballot, undefined, false, 'it does not take part');
    if (!own) return givenBy(ballot, undefined, false, 'its vote has no such value');
    const counted = value !== undefined && printedValue(own) === value;
    return givenBy(ballot, `${own.reveals} ${own.value}`, counted, counted ? undefined : 'another value');
  });
  const needed = Math.max(agreement.majority, agreement.fresh ?? 0);
  const why =
    agreement.fresh === undefined ? 'more than half of the authorities' : 'as many as a fresh value needs';
  const rule =
    round.options.sharedRandomness === false
      ? 'the computing authority takes no part in shared randomness'
      : `the value that most votes have; ${count} agree, ${needed} are needed: ${why}`;
  return { rule, clause: 'srv-spec 4.1.3', given };
}

function explainWeights(round: Round): Explanation {
  const sums = weighRelays(round);
  const { weights, scale } = weightsOf(round, sums);
  const { guard, middle, exit, both, total } = sums;
  const totals = `guards ${guard}, middles ${middle}, exits ${exit}, both ${both}, in all ${total} kB; scale ${scale}`;
  return weights.outcome === 'computed'
    ? { text: weights.line, rule: `case ${weights.case}: ${totals}`, clause: 'dir-spec 3.8.3', given: [] }
    : {
        text: undefined,
        rule: `no line, ${weights.because}: ${totals}`,
        clause: 'dir-spec 3.8.3',
        given: [],
      };
}

/** Explains the section of an authority, or one of its lines; none when no vote is its. */
export function explainAuthority(
  round: Round,
  fingerprint: Fingerprint,
  keyword: string | undefined,
): readonly Explanation[] {
  return authoritySections(round.ballots)
    .filter(({ identity }) => identity === fingerprint)
    .flatMap(({ ballot, legacy, lines }) =>
      lines
        .filter((line) => keyword === undefined || line.keyword === keyword)
        .map(({ text }) => ({
          text: readable(text),
          rule: legacy
            ? 'a section for each legacy key of a vote, without contact and digest; in order of identity'
            : 'a section for each vote that was counted; in order of identity',
          clause,
          given: [givenBy(ballot, readable(text), true)],
        })),
    );
}
