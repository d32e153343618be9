/**
 * What a round would be without some of its authorities: would there be a consensus, and what would change in it. The
 * number of configured authorities stays what it is; those that are lost neither vote nor sign.
 */
import {
  compareConsensuses,
  computeConsensus,
  parseConsensus,
  sameBytes,
  strictMajority,
  textOf,
  type Computation,
  type Consensus,
  type ConsensusChanges,
  type DirSource,
  type Fingerprint,
  type Flavor,
  type Vote,
} from '@conclave/netdoc';

const lf = 10;

/** What a question about losses has to be told. */
export interface RoundOptions {
  /** How many voting authorities are configured; losing some does not change it. */
  readonly authorities: number;
  /** Whether the authorities had just computed a new shared random value; by default they had not. */
  readonly sharedRandomFresh?: boolean;
  /** The flavour whose relays are compared; ns unless given. */
  readonly flavor?: Flavor;
  /** The round with all its votes, from `wholeRound`; computed when it is not given. */
  readonly whole?: WholeRound;
}

/** A question about losses. */
export interface WhatIfOptions extends RoundOptions {
  /** Whether an authority is lost: by name, by country, by whatever the caller knows. */
  readonly without: (authority: DirSource) => boolean;
}

/** An authority that voted. */
export interface VoterName {
  readonly nickname: string;
  readonly identity: Fingerprint;
}

/** A figure with all votes, and without those that are lost; undefined where there is no consensus. */
export interface BeforeAfter {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** What would be. */
export interface WhatIf {
  /** Votes, and signatures of distinct authorities, that a consensus needs: more than half (dir-spec 3.8, 3.10). */
  readonly needed: number;
  /** Whose votes are left, and whose are not, by identity. */
  readonly votes: readonly VoterName[];
  readonly without: readonly VoterName[];
  /** Whether those that are left would make a consensus; they are also all that can sign it. */
  readonly outcome: Computation['outcome'];
  /** Why nothing comes of it, where nothing comes of it. */
  readonly detail: string;
  /** How many more losses leave no consensus; 0 when there is none as it is. */
  readonly lossesToNone: number;
  readonly method: BeforeAfter;
  readonly relays: BeforeAfter;
  /** Sum of the consensus weights; no unit. */
  readonly weight: BeforeAfter;
  /** What changes; undefined where one of the two cannot be computed. */
  readonly changes: ConsensusChanges | undefined;
  /** Whether the text would be the same but for who voted; undefined where one of the two cannot be computed. */
  readonly identical: boolean | undefined;
}

/** A round's consensus with all its votes, made once to ask several questions of it. */
export interface WholeRound {
  readonly computation: Computation;
  /** The flavour asked for; undefined where there is none. */
  readonly consensus: Consensus | undefined;
}

/** Computes the consensus of these votes and reads it back. */
export function wholeRound(votes: readonly Vote[], options: RoundOptions): WholeRound {
  const { authorities, sharedRandomFresh = false, flavor = 'ns' } = options;
  const computation = computeConsensus(votes, { authorities, sharedRandomFresh, flavors: [flavor] });
  const bytes = computation.outcome === 'computed' ? computation[flavor]?.bytes : undefined;
  return { computation, consensus: bytes && parseConsensus(bytes).document };
}

/** What the round would be without some authorities. */
export function whatIf(votes: readonly Vote[], options: WhatIfOptions): WhatIf {
  const whole = options.whole ?? wholeRound(votes, options);
  const left = votes.filter(({ source }) => !options.without(source));
  const needed = strictMajority(options.authorities);
  const { computation, consensus } = left.length === votes.length ? whole : wholeRound(left, options);
  const both = whole.consensus && consensus && { before: whole.consensus, after: consensus };
  return {
    needed,
    votes: left.map(nameOf),
    without: votes.filter(({ source }) => options.without(source)).map(nameOf),
    outcome: computation.outcome,
    detail: detailOf(computation),
    lossesToNone: Math.max(0, left.length - needed + 1),
    method: { before: methodOf(whole.computation), after: methodOf(computation) },
    relays: { before: whole.consensus?.routers.count, after: consensus?.routers.count },
    weight: { before: weightOf(whole.consensus), after: weightOf(consensus) },
    changes: both && compareConsensuses(both.before, both.after),
    identical: both && sameButForVoters(both.before, both.after),
  };
}

function nameOf({ source: { nickname, identity } }: Vote): VoterName {
  return { nickname, identity };
}

function detailOf(computation: Computation): string {
  switch (computation.outcome) {
    case 'computed':
      return '';
    case 'unsupported':
      return `the votes agree on method ${computation.method}, whose rules are not known here`;
    case 'impossible':
      return computation.detail;
  }
}

function methodOf(computation: Computation): number | undefined {
  return computation.outcome === 'impossible' ? undefined : computation.method;
}

function weightOf(consensus: Consensus | undefined): number | undefined {
  return consensus?.routers.bandwidth.reduce((sum, weight) => sum + weight, 0);
}

/** Whether two texts are the same but for the section that says who voted. */
function sameButForVoters(a: Consensus, b: Consensus): boolean {
  const [x, y] = [votersIn(a), votersIn(b)];
  return (
    sameBytes(a.bytes.subarray(0, x.start), b.bytes.subarray(0, y.start)) &&
    sameBytes(a.bytes.subarray(x.end), b.bytes.subarray(y.end))
  );
}

/** From the first `dir-source` to the first relay, or to the footer where there is none. */
function votersIn({ bytes }: Consensus): { readonly start: number; readonly end: number } {
  let start = -1;
  let at = 0;
  for (; at < bytes.length; at = bytes.indexOf(lf, at) + 1 || bytes.length) {
    const line = textOf(bytes, at, Math.min(at + 17, bytes.length));
    if (start < 0 && line.startsWith('dir-source ')) start = at;
    if (line.startsWith('r ') || line.startsWith('directory-footer')) break;
  }
  return { start: start < 0 ? at : start, end: at };
}

/** What changes in the header and the footer, but for the lines that say who voted. */
export function headerBeyondVoters({ header }: ConsensusChanges): ConsensusChanges['header'] {
  return header.filter(({ keyword }) => !/^(?:dir-source|contact|vote-digest) /.test(keyword));
}

/** The loss of one authority alone. */
export interface SingleLoss {
  readonly authority: VoterName;
  readonly whatIf: WhatIf;
  /** Relays that would no longer be listed, that would be listed anew, and those in both whose flags change; undefined where there is no consensus. */
  readonly relaysLost: number | undefined;
  readonly relaysGained: number | undefined;
  readonly relaysReflagged: number | undefined;
}

/** For each authority that voted, what its loss alone would change; those that matter most first. */
export function singleLosses(votes: readonly Vote[], options: RoundOptions): readonly SingleLoss[] {
  const whole = options.whole ?? wholeRound(votes, options);
  const losses = votes.map((vote) => {
    const without = ({ identity }: DirSource): boolean => identity === vote.source.identity;
    const what = whatIf(votes, { ...options, whole, without });
    const { changes } = what;
    return {
      authority: nameOf(vote),
      whatIf: what,
      relaysLost: changes?.removed.length,
      relaysGained: changes?.added.length,
      relaysReflagged: changes?.changed.filter(({ gained, lost }) => gained.length + lost.length > 0).length,
    };
  });
  return losses.toSorted(
    (a, b) => gravityOf(b) - gravityOf(a) || (a.authority.nickname < b.authority.nickname ? -1 : 1),
  );
}

/** The end of the consensus weighs more than any number of relays. */
function gravityOf({
  whatIf: { outcome },
  relaysLost = 0,
  relaysGained = 0,
  relaysReflagged = 0,
}: SingleLoss): number {
  return outcome === 'computed' ? relaysLost + relaysGained + relaysReflagged : Number.MAX_SAFE_INTEGER;
}
