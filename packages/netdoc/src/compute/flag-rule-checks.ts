/** The rules by which an authority assigns flags, each as a judgement of one row of its vote (dir-spec 3.4.2). */
import { formatTime } from '../base/index.ts';
import type { UnixSeconds } from '../base/index.ts';
import { formatIpv4, present } from '../routers/index.ts';
import type { Evidence } from './flag-evidence.ts';

/** The rules that can be checked from one vote; docs/figures.md defines each. */
export type FlagRule =
  | 'fast'
  | 'stable'
  | 'guard-needs'
  | 'guard-thresholds'
  | 'hsdir-needs'
  | 'middle-only'
  | 'stale-desc'
  | 'sybil'
  | 'servers-per-address';

/** Names and numbers of what was compared. */
export type FlagValues = Readonly<Record<string, number | string>>;

/** A relay whose flags are not what the rule gives. */
export interface FlagFinding {
  /** Row of the relay in the vote's router table. */
  readonly router: number;
  readonly fingerprint: string;
  readonly nickname: string;
  /** What was voted against the rule: a flag that should not be there, or one that should (`missing`). */
  readonly flag: string;
  readonly is: 'there' | 'missing';
  /** The values that were compared, by the vote's own names. */
  readonly values: FlagValues;
}

/** Consistent, inconsistent, undecidable: the numbers of `flagOutcome`. */
type Outcome = 0 | 1 | 2;

/** What is said of a finding beside whom it is about. */
type Explained = Pick<FlagFinding, 'flag' | 'is' | 'values'>;

/** One rule, ready for the relays of one vote. */
export interface RuleCheck {
  readonly rule: FlagRule;
  /** Why it decides nothing in this vote. */
  readonly because: string | undefined;
  readonly judge: (router: number) => Outcome;
  /** Of a relay that `judge` found inconsistent. */
  readonly explain: (router: number) => Explained;
}

const consistent = 0;
const inconsistent = 1;
const undecidable = 2;

/** All rules over this evidence. */
export function ruleChecks(evidence: Evidence): readonly RuleCheck[] {
  return [
    fast(evidence),
    stable(evidence),
    needs(evidence, 'guard-needs', 'Guard', ['Fast', 'Stable', 'V2Dir']),
    guardThresholds(evidence),
    needs(evidence, 'hsdir-needs', 'HSDir', ['Fast', 'Stable', 'V2Dir', 'Running', 'Valid']),
    middleOnly(evidence),
    staleDesc(evidence),
    sybil(evidence),
    serversPerAddress(evidence),
  ];
}

/** What follows from `yes`, `no` or not known: the flag must be as the rule says. */
function compare(rule: boolean | undefined, voted: boolean): Outcome {
  if (rule === undefined) return undecidable;
  return rule === voted ? consistent : inconsistent;
}

function flagWas(flag: string, voted: boolean, values: FlagValues): Explained {
  return { flag, is: voted ? 'there' : 'missing', values };
}

/** Fast: the credible bandwidth reaches the threshold. A sybil has it never. */
function fast({ thresholds: { fastSpeed }, credible, has }: Evidence): RuleCheck {
  const isFast = has('Fast');
  const isSybil = has('Sybil');
  return {
    rule: 'fast',
    because: fastSpeed === undefined ? 'no fast-speed in flag-thresholds' : undefined,
    judge: (router) => {
      if (isSybil(router)) return compare(false, isFast(router));
      const bandwidth = credible(router);
      return Number.isNaN(bandwidth)
        ? undecidable
        : compare(bandwidth * 1000 >= (fastSpeed ?? 0), isFast(router));
    },
    explain: (router) =>
      flagWas('Fast', isFast(router), { bandwidth: credible(router) * 1000, 'fast-speed': fastSpeed ?? 0 }),
  };
}

/**
 * Stable: the mean time between failures reaches the threshold, or 5 days. By uptime, as an authority decides that has not
 * measured for long enough, it cannot be told: the vote does not say it.
 */
function stable({ routers, thresholds, assumed, has }: Evidence): RuleCheck {
  const { stableMtbf, enoughMtbf } = thresholds;
  const isStable = has('Stable');
  const isSybil = has('Sybil');
  const least = Math.min(stableMtbf ?? 0, assumed.stableMtbfSeconds);
  // The threshold is printed cut off, the value rounded, and time went by between the two.
  const judgeValue = (mtbf: number): boolean | undefined => {
    if (mtbf - assumed.slackSeconds >= least + 1) return true;
    return mtbf + assumed.slackSeconds < least ? false : undefined;
  };
  return {
    rule: 'stable',
    because:
      stableMtbf === undefined || enoughMtbf === undefined
        ? 'no stable-mtbf or enough-mtbf in flag-thresholds'
        : enoughMtbf
          ? undefined
          : 'the authority has not measured for long enough and went by uptime, which votes do not have',
    judge: (router) => {
      if (isSybil(router)) return compare(false, isStable(router));
      if (((routers.present[router] as number) & present.stats) === 0) return undecidable;
      return compare(judgeValue(routers.mtbf[router] as number), isStable(router));
    },
    explain: (router) =>
      flagWas('Stable', isStable(router), {
        mtbf: routers.mtbf[router] as number,
        'stable-mtbf': stableMtbf ?? 0,
        enough: assumed.stableMtbfSeconds,
      }),
  };
}

/** A flag that only relays with certain others get; of a relay without it nothing follows. */
function needs({ knows, has }: Evidence, rule: FlagRule, flag: string, others: readonly string[]): RuleCheck {
  const known = others.filter(knows);
  const isSet = has(flag);
  const tests = known.map((name) => [name, has(name)] as const);
  return {
    rule,
    because: knows(flag) ? undefined : `the authority does not vote on ${flag}`,
    judge: (router) => (isSet(router) && tests.some(([, test]) => !test(router)) ? inconsistent : consistent),
    explain: (router) => {
      const missing = tests.filter(([, test]) => !test(router)).map(([name]) => name);
      return flagWas(flag, true, { without: missing.join(' ') });
    },
  };
}

/**
 * Guard: among relays that are Fast, Stable and V2Dir those with enough bandwidth, uptime and time known. Relays without one
 * of these flags are another rule's.
 */
function guardThresholds(evidence: Evidence): RuleCheck {
  const { thresholds, has, knows } = evidence;
  const { guardWfu, guardTk, guardIncludingExits, guardExcludingExits } = thresholds;
  const isGuard = has('Guard');
  const isMiddleOnly = has('MiddleOnly');
  const candidate = ['Fast', 'Stable', 'V2Dir'].map((flag) => has(flag));
  const complete =
    guardWfu !== undefined &&
    guardTk !== undefined &&
    guardIncludingExits !== undefined &&
    guardExcludingExits !== undefined;
  const speed = Math.min(guardIncludingExits ?? 0, guardExcludingExits ?? 0);
  return {
    rule: 'guard-thresholds',
    because: knows('Guard')
      ? complete
        ? undefined
        : 'no guard thresholds in flag-thresholds'
      : 'the authority does not vote on Guard',
    judge: (router) => {
      if (isMiddleOnly(router) || candidate.some((test) => !test(router))) return consistent;
      return compare(guardByThresholds(evidence, router, speed), isGuard(router));
    },
    explain: (router) => {
      const { routers, credible } = evidence;
      return flagWas('Guard', isGuard(router), {
        bandwidth: credible(router) * 1000,
        'guard-bw': speed,
        wfu: routers.wfu[router] as number,
        'guard-wfu': guardWfu ?? 0,
        tk: routers.tk[router] as number,
        'guard-tk': guardTk ?? 0,
      });
    },
  };
}

/** Whether all three thresholds are reached; undefined when what can be told does not decide it. */
function guardByThresholds(
  { routers, thresholds, assumed, credible }: Evidence,
  router: number,
  speed: number,
): boolean | undefined {
  const bandwidth = credible(router);
  const isFastEnough = Number.isNaN(bandwidth)
    ? undefined
    : bandwidth >= assumed.guardBandwidthKb || bandwidth * 1000 >= speed;
  if (((routers.present[router] as number) & present.stats) === 0)
    return isFastEnough === false ? false : undefined;
  const tk = routers.tk[router] as number;
  const slack = assumed.slackSeconds;
  // As printed, a wfu is off by half of 10^−6 and its threshold by half of 10^−5; each second away changes it by 1/tk.
  const wfuSlack = 0.000_005_5 + slack / Math.max(1, tk);
  const parts = [
    isFastEnough,
    reaches(routers.wfu[router] as number, thresholds.guardWfu ?? 0, wfuSlack),
    reaches(tk, thresholds.guardTk ?? 0, slack),
  ];
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

/** Whether a value reaches a threshold; undefined where it is too near to tell. */
function reaches(value: number, threshold: number, slack: number): boolean | undefined {
  if (threshold === 0 || value >= threshold + slack) return true;
  return value < threshold - slack ? false : undefined;
}

/** MiddleOnly: no exit, no guard, no directory, and a bad exit where the authority votes on that. */
function middleOnly({ knows, has }: Evidence): RuleCheck {
  const isMiddleOnly = has('MiddleOnly');
  const forbidden = ['Exit', 'Guard', 'HSDir', 'V2Dir'].map((flag) => [flag, has(flag)] as const);
  const isBad = has('BadExit');
  const first = (router: number): Explained | undefined => {
    const wrong = forbidden.find(([, test]) => test(router));
    if (wrong) return flagWas(wrong[0], true, { with: 'MiddleOnly' });
    return knows('BadExit') && !isBad(router) ? flagWas('BadExit', false, { with: 'MiddleOnly' }) : undefined;
  };
  return {
    rule: 'middle-only',
    because: knows('MiddleOnly') ? undefined : 'the authority does not vote on MiddleOnly',
    judge: (router) => (isMiddleOnly(router) && first(router) ? inconsistent : consistent),
    explain: (router) => first(router) as Explained,
  };
}

const staleAfterSeconds = 18 * 3600;

/** StaleDesc: the descriptor was published more than 18 hours before the vote was made. */
function staleDesc({ routers, published, knows, has }: Evidence): RuleCheck {
  const isStale = has('StaleDesc');
  return {
    rule: 'stale-desc',
    because: knows('StaleDesc') ? undefined : 'the authority does not vote on StaleDesc',
    judge: (router) =>
      compare((routers.published[router] as number) + staleAfterSeconds < published, isStale(router)),
    explain: (router) =>
      flagWas('StaleDesc', isStale(router), {
        descriptor: formatTime(routers.published[router] as UnixSeconds),
        vote: formatTime(published as UnixSeconds),
      }),
  };
}

/** Sybil: nothing that a client would use. */
function sybil({ has }: Evidence): RuleCheck {
  const isSybil = has('Sybil');
  const forbidden = [
    'Authority',
    'Exit',
    'Stable',
    'Fast',
    'Running',
    'Valid',
    'HSDir',
    'V2Dir',
    'Guard',
  ].map((flag) => [flag, has(flag)] as const);
  return {
    rule: 'sybil',
    because: undefined,
    judge: (router) =>
      isSybil(router) && forbidden.some(([, test]) => test(router)) ? inconsistent : consistent,
    explain: (router) =>
      flagWas(forbidden.find(([, test]) => test(router))?.[0] ?? '', true, { with: 'Sybil' }),
  };
}

/** No more relays than the authority allows at one IPv4 address are without Sybil. */
function serversPerAddress({ routers, has, serversPerAddress: most }: Evidence): RuleCheck {
  const isSybil = has('Sybil');
  const free = new Map<number, number>();
  const limit = most ?? 0;
  const because = most === undefined ? 'the vote does not have AuthDirMaxServersPerAddr' : undefined;
  if (because === undefined && limit > 0) {
    for (let router = 0; router < routers.count; router += 1) {
      if (isSybil(router)) continue;
      const address = routers.ipv4[router] as number;
      free.set(address, (free.get(address) ?? 0) + 1);
    }
  }
  const at = (router: number): number => free.get(routers.ipv4[router] as number) ?? 0;
  return {
    rule: 'servers-per-address',
    because,
    judge: (router) => (limit > 0 && !isSybil(router) && at(router) > limit ? inconsistent : consistent),
    explain: (router) =>
      flagWas('Sybil', false, {
        address: formatIpv4(routers.ipv4[router] as number),
        relays: at(router),
        AuthDirMaxServersPerAddr: limit,
      }),
  };
}
