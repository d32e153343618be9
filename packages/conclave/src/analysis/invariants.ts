/**
 * What must be true of every consensus, and of every vote, whoever runs the network (S2.2.10, S2.2.12): a consensus lists
 * only relays that are Running and Valid (dir-spec 3.8.0.1); HSDir and Guard are given only to relays that are Stable, Fast
 * and V2Dir; the weights are what the entries give.
 */
import { bandwidthWeightsOf, compareIdentity, fingerprintOf, hasFlag, nicknameOf } from '@conclave/netdoc';
import type { Consensus, RouterTable, Vote } from '@conclave/netdoc';

/** A rule by one word. */
export type InvariantRule = 'running' | 'valid' | 'hsdir' | 'guard' | 'weights' | 'order';

/** A rule held against one document. */
export interface Invariant {
  readonly rule: InvariantRule;
  /** `consensus`, or the nickname of the authority whose vote it is. */
  readonly document: string;
  readonly text: string;
  /** Null where it cannot be asked of this document; then the reason is there. */
  readonly holds: boolean | null;
  readonly violations: number;
  /** The first of them, at most `invariantsNamed`. */
  readonly named: readonly {
    readonly fingerprint: string;
    readonly nickname: string;
    readonly text: string;
  }[];
  readonly reason?: string;
}

/** How many violations of a rule are named. */
export const invariantsNamed = 10;

const needed = ['Stable', 'Fast', 'V2Dir'] as const;
const texts: Readonly<Record<InvariantRule, string>> = {
  running: 'Every listed relay has Running.',
  valid: 'Every listed relay has Valid.',
  hsdir: 'Whoever has HSDir has Stable, Fast and V2Dir.',
  guard: 'Whoever has Guard has Stable, Fast and V2Dir.',
  weights: 'The bandwidth-weights are what the entries give.',
  order: 'Entries are in ascending order of identity, each once.',
};

/** Holds a consensus against the rules. */
export function consensusInvariants(consensus: Consensus): Invariant[] {
  const { routers } = consensus;
  return [
    everyone('running', 'Running', routers),
    everyone('valid', 'Valid', routers),
    subset('hsdir', 'HSDir', 'consensus', routers),
    subset('guard', 'Guard', 'consensus', routers),
    weights(consensus),
    order('consensus', routers),
  ];
}

/** Holds a vote against the rules that concern votes: these list relays that are not running, and have no weights. */
export function voteInvariants(nickname: string, { routers }: Pick<Vote, 'routers'>): Invariant[] {
  return [
    subset('hsdir', 'HSDir', nickname, routers),
    subset('guard', 'Guard', nickname, routers),
    order(nickname, routers),
  ];
}

/** How many violations there are in all. */
export function violationsOf(invariants: readonly Invariant[]): number {
  return invariants.reduce((sum, { violations }) => sum + violations, 0);
}

function judged(
  rule: InvariantRule,
  document: string,
  routers: RouterTable,
  broken: Iterable<{ readonly router: number; readonly text: string }>,
): Invariant {
  let violations = 0;
  const named: Invariant['named'][number][] = [];
  for (const { router, text } of broken) {
    violations += 1;
    if (named.length < invariantsNamed)
      named.push({
        fingerprint: fingerprintOf(routers, router),
        nickname: nicknameOf(routers, router),
        text,
      });
  }
  return { rule, document, text: texts[rule], holds: violations === 0, violations, named };
}

function unasked(rule: InvariantRule, document: string, reason: string): Invariant {
  return { rule, document, text: texts[rule], holds: null, violations: 0, named: [], reason };
}

function everyone(rule: InvariantRule, flag: string, routers: RouterTable): Invariant {
  const index = routers.knownFlags.indexOf(flag);
  return judged(rule, 'consensus', routers, withoutFlag(routers, index, `has no ${flag}`));
}

function* withoutFlag(
  routers: RouterTable,
  index: number,
  text: string,
): Generator<{ router: number; text: string }> {
  for (let router = 0; router < routers.count; router += 1)
    if (!hasFlag(routers, router, index)) yield { router, text };
}

function subset(rule: InvariantRule, flag: string, document: string, routers: RouterTable): Invariant {
  const index = routers.knownFlags.indexOf(flag);
  if (index < 0) return unasked(rule, document, `${flag} is none of its known-flags`);
  return judged(rule, document, routers, lacking(routers, flag, index));
}

function* lacking(
  routers: RouterTable,
  flag: string,
  index: number,
): Generator<{ router: number; text: string }> {
  const others = needed.map((name) => ({ name, index: routers.knownFlags.indexOf(name) }));
  const [stable, fast, v2dir] = others.map((other) => other.index);
  for (let router = 0; router < routers.count; router += 1) {
    if (!hasFlag(routers, router, index)) continue;
    if (
      hasFlag(routers, router, stable ?? -1) &&
      hasFlag(routers, router, fast ?? -1) &&
      hasFlag(routers, router, v2dir ?? -1)
    )
      continue;
    const missing = others.filter((other) => !hasFlag(routers, router, other.index));
    if (missing.length > 0)
      yield { router, text: `has ${flag} without ${missing.map(({ name }) => name).join(', ')}` };
  }
}

/** What follows from the entries against the line as it stands (dir-spec 3.8.3). */
function weights(consensus: Consensus): Invariant {
  const { outcome, because } = bandwidthWeightsOf(consensus);
  const common = { rule: 'weights', document: 'consensus', text: texts.weights, named: [] } as const;
  switch (outcome) {
    case 'equal':
      return { ...common, holds: true, violations: 0 };
    case 'differs':
      return { ...common, holds: false, violations: 1, reason: because ?? 'its entries give another line' };
    case 'undecided':
    case 'unsupported':
      return { ...common, holds: null, violations: 0, reason: because ?? 'its rules are not known here' };
  }
}

function order(document: string, routers: RouterTable): Invariant {
  return judged('order', document, routers, misplaced(routers));
}

function* misplaced(routers: RouterTable): Generator<{ router: number; text: string }> {
  for (let router = 1; router < routers.count; router += 1)
    if (compareIdentity(routers.identity, (router - 1) * 20, routers.identity, router * 20) >= 0)
      yield { router, text: 'does not come after the one before it' };
}
