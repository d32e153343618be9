/**
 * How good a consensus is, by stated rules (S2.2.17 to S2.2.20): each indicator has a value, a grade, and the rule that
 * makes the one of the other. Where the facts are missing there is no grade.
 */
import type { ExitPolicies } from './exit-policies.ts';

/** How an indicator stands. */
export type Grade = 'excellent' | 'good' | 'fair' | 'poor';

/** A value and what it is graded as. */
export interface Graded {
  readonly value: number;
  readonly grade: Grade;
}

/** The rules in words, beside the functions that follow them. */
export const qualityRules = {
  freshness: 'Seconds past fresh-until: none is excellent, fewer than 600 is good, more is poor.',
  participation:
    'Votes that the consensuses of the last 24 hours list, of those that could be: all is excellent, 95 % good, 85 % fair, less poor.',
  agreement:
    'Mean share of equal (relay, flag) decisions: from 98 % excellent, 95 % good, 90 % fair, less poor.',
  margin:
    'Votes or good signatures, whichever are fewer, beyond those needed: all of them excellent, 2 good, 1 fair, none poor.',
  'exit-policies':
    'Different policies among exits, and the part of their weight that allows both 80 and 443: from 10 and 90 % good, from 2 and 75 % fair, less poor.',
  countries:
    'Share of the consensus weight in the largest country: up to a third good (who sees it sees at most a ninth of two-ended circuits), up to a half fair, more poor.',
  regions:
    'Share of the consensus weight in the largest region: up to a half good, up to two thirds fair, more poor.',
  networks:
    'Share of the consensus weight in the largest network (AS): up to a tenth good (who sees it sees at most a hundredth of two-ended circuits), up to a fifth fair, more poor.',
  operators:
    'Share of the consensus weight of the largest operator, by contacts and families that relays state: up to a twentieth good, up to a tenth fair (at most a hundredth of two-ended circuits), more poor.',
  platforms:
    'Share of the consensus weight on the commonest operating system: up to a half good, up to two thirds fair, more poor (one fault of it is a fault of most of the network).',
} as const;

/** Seconds between the end of freshness and the sight of the next consensus, or now. */
export function gradeFreshness(secondsPast: number): Graded {
  const value = Math.max(0, secondsPast);
  return { value, grade: value === 0 ? 'excellent' : value < 600 ? 'good' : 'poor' };
}

/** Votes listed, of those that could have been, over some rounds; undefined of none. */
export function gradeParticipation(votes: number, possible: number): Graded | undefined {
  return possible === 0 ? undefined : stepped(votes / possible, [1, 0.95, 0.85]);
}

/** Mean agreement of the voters. */
export function gradeAgreement(share: number): Graded {
  return stepped(share, [0.98, 0.95, 0.9]);
}

/** Votes and signatures beyond the needed majority. */
export function gradeMargin(votes: number, signers: number, needed: number, configured: number): Graded {
  const value = Math.min(votes, signers) - needed;
  if (Math.min(votes, signers) >= configured) return { value, grade: 'excellent' };
  return { value, grade: value >= 2 ? 'good' : value === 1 ? 'fair' : 'poor' };
}

/** The value is how many different policies the exits have; undefined without exits. */
export function gradeExitPolicies({
  exits,
  exitWeight,
  exitDistinct,
  ports,
}: ExitPolicies): Graded | undefined {
  if (exits === 0) return undefined;
  const parts = ports
    .filter(({ port }) => port === 80 || port === 443)
    .map(({ relays, weight }) => (exitWeight === 0 ? relays / exits : weight / exitWeight));
  const open = Math.min(...parts);
  const grade =
    exitDistinct >= 10 && open >= 0.9 ? 'good' : exitDistinct >= 2 && open >= 0.75 ? 'fair' : 'poor';
  return { value: exitDistinct, grade };
}

/** The share of the largest part, for whatever relays are divided into. */
export function gradeLargest(share: number, [good, fair]: readonly [number, number]): Graded {
  return { value: share, grade: share <= good ? 'good' : share <= fair ? 'fair' : 'poor' };
}

/** Up to which share of the weight the largest country is good, and fair. */
export const largestCountry: readonly [number, number] = [1 / 3, 1 / 2];
/** The same of the largest network, of whom nothing but one /16 in a circuit keeps the two ends apart (path-spec 2.2). */
export const largestNetwork: readonly [number, number] = [1 / 10, 1 / 5];
/** The same of the largest operator. */
export const largestOperator: readonly [number, number] = [1 / 20, 1 / 10];
/** The same of the commonest platform. */
export const largestPlatform: readonly [number, number] = [1 / 2, 2 / 3];
/** The same of the largest region. */
export const largestRegion: readonly [number, number] = [1 / 2, 2 / 3];

function stepped(value: number, [excellent, good, fair]: readonly [number, number, number]): Graded {
  if (value >= excellent) return { value, grade: 'excellent' };
  return { value, grade: value >= good ? 'good' : value >= fair ? 'fair' : 'poor' };
}
