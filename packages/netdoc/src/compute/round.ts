/** The votes of one round made ready: what is decided once for the whole consensus, before any relay is looked at. */
import { compareByteTexts } from './byte-text.ts';
import { ballotOf } from './ballot.ts';
import type { Ballot } from './ballot.ts';
import { listsWith } from './choose.ts';
import { flagUnion } from './flags.ts';
import type { FlagUnion } from './flags.ts';
import { chosenMethod, methods, usedMethod } from './methods.ts';
import type { MethodRules } from './methods.ts';
import { nameClaims } from './names.ts';
import type { NameClaims } from './names.ts';
import { agreedParams, maxUnmeasured, voteParams } from './params.ts';
import type { VotedParam } from './params.ts';
import { textPool, versionPool } from './pool.ts';
import type { TextPool } from './pool.ts';
import type { Computation, ComputeOptions } from './types.ts';
import type { Vote } from '../documents/index.ts';

/** Everything that the lines of a consensus follow from. */
export interface Round {
  readonly rules: MethodRules;
  readonly options: ComputeOptions;
  /** A relay, its ed25519 identity and other things need more than this. */
  readonly half: number;
  /** As they arrived: the header of the ns flavour sees them so. */
  readonly arrived: readonly Ballot[];
  /** By identity: everything else sees them so. */
  readonly ballots: readonly Ballot[];
  readonly votedParams: readonly VotedParam[];
  readonly params: ReadonlyMap<string, number>;
  readonly flags: FlagUnion;
  readonly names: NameClaims;
  readonly versions: TextPool;
  readonly protocols: TextPool;
  readonly policies: TextPool;
  /** For each vote: which of its lists of methods, in `m` lines, name this one. */
  readonly methodLists: readonly Uint8Array[];
  /** The most that an unmeasured relay is given, in kB; undefined while too few votes measure. */
  readonly unmeasuredMax: number | undefined;
}

/** The round, or why there is no consensus of it. */
export type Opening =
  { readonly outcome: 'open'; readonly round: Round } | Exclude<Computation, { outcome: 'computed' }>;

/** This many votes with measured bandwidths make the limit for unmeasured relays hold. */
const enoughMeasuring = 3;

/** Makes the votes ready. They are given as they arrived. */
export function openRound(votes: readonly Vote[], options: ComputeOptions): Opening {
  const obstacle = obstacleTo(votes, options.authorities);
  if (obstacle) return obstacle;
  const method = usedMethod(
    chosenMethod(votes.map(({ consensusMethods }) => consensusMethods)),
    options.supportedMethods,
  );
  const rules = methods.get(method);
  if (!rules) return { outcome: 'unsupported', method };
  const arrived = votes.map(ballotOf);
  const ballots = [...arrived].sort((a, b) => compareByteTexts(a.identity, b.identity));
  const votedParams = voteParams(
    ballots.map(({ header }) => header.params),
    options.authorities,
  );
  const params = agreedParams(votedParams);
  const limited = ballots.filter(({ measures }) => measures).length >= enoughMeasuring;
  const limit = maxUnmeasured(params, rules, options.misspeltMaxUnmeasured === true);
  const flags = flagUnion(ballots);
  const round: Round = {
    rules,
    options,
    half: Math.trunc(options.authorities / 2),
    arrived,
    ballots,
    votedParams,
    params,
    flags,
    names: nameClaims(ballots, flags),
    versions: versionPool(ballots),
    protocols: textPool(ballots, 'protocols'),
    policies: textPool(ballots, 'policy'),
    methodLists: ballots.map((ballot) => listsWith(ballot, method)),
    unmeasuredMax: limited ? limit : undefined,
  };
  return { outcome: 'open', round };
}

function obstacleTo(votes: readonly Vote[], authorities: number): Opening | undefined {
  const impossible =
    (because: 'too-few-votes' | 'too-many-votes' | 'same-authority' | 'no-running') =>
    (detail: string): Opening => ({ outcome: 'impossible', because, detail });
  const identities = votes.map(({ source }) => source.identity);
  const twice = identities.find((identity, index) => identities.indexOf(identity) !== index);
  if (twice !== undefined) return impossible('same-authority')(`two votes of ${twice}`);
  const counted = `${votes.length} votes, ${authorities} configured authorities`;
  // Written so that a number that is none lets nothing pass.
  if (!(votes.length > Math.trunc(authorities / 2))) return impossible('too-few-votes')(counted);
  if (!(votes.length <= authorities)) return impossible('too-many-votes')(counted);
  if (!votes.some(({ knownFlags }) => knownFlags.includes('Running')))
    return impossible('no-running')('no vote has Running in its known-flags');
  return undefined;
}
