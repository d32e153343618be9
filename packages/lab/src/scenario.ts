/** A script of faults by round, for recordings: what goes wrong when, and how it recovers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { applyFault } from './faults.ts';
import type { Fault, Lab } from './model.ts';
import { publicNicknames } from './plan.ts';
import { laterRound, nextVotingRound, type Round } from './schedule.ts';

/** One step: at which round, at which moment of it, what happens. Round 0 is the first that has not begun to vote. */
export interface ScenarioStep {
  readonly atRound: number;
  /** Default `before-vote`: three seconds before the vote. The other is one second after the publication. */
  readonly phase?: 'before-vote' | 'after-publication';
  readonly do: Fault;
}

/** How a scenario runs. */
export interface ScenarioOptions {
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const beforeVoteMs = 3000;
const afterPublicationMs = 1000;
const daySeconds = 86_400;

/**
 * Runs the steps in the order of their moments, and returns the round 0 that they count from when the last is done. A
 * step that fails is told in the log and the rest goes on: a recording should not break off.
 */
export async function runScenario(
  lab: Lab,
  steps: readonly ScenarioStep[],
  options: ScenarioOptions = {},
): Promise<Round> {
  const { log = (): void => undefined, signal } = options;
  const { timing } = lab.plan;
  const first = nextVotingRound(timing, new Date(), beforeVoteMs + 500);
  const due = steps.map((step) => ({ step, at: momentOf(step, laterRound(timing, first, step.atRound)) }));
  due.sort((a, b) => a.at - b.at);
  const aborts = signal === undefined ? undefined : { signal };
  for (const { step, at } of due) {
    await sleep(Math.max(0, at - Date.now()), undefined, aborts);
    try {
      log(`round ${step.atRound}: ${await applyFault(lab, step.do)}`);
    } catch (error) {
      log(
        `round ${step.atRound}: ${step.do.fault} failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return first;
}

/**
 * A bad day for at least four authorities and twelve relays, stretched over so many rounds: one certificate is nearly
 * over, one scanner falls silent, one vote is lost, one authority hangs, one dies and comes back, relays change, join
 * and sleep; and in the last tenth everything is well again. Never are two authorities away at once.
 */
export function badDay(
  roundCount: number,
  authorities: readonly string[] = publicNicknames,
): readonly ScenarioStep[] {
  if (roundCount < 8) throw new RangeError(`bad day: expected at least 8 rounds, found ${roundCount}`);
  if (authorities.length < 4) {
    throw new RangeError(`bad day: expected at least 4 authorities, found ${authorities.length}`);
  }
  const at = (share: number): number => Math.round(share * (roundCount - 1));
  const name = (place: number): string => authorities[place % authorities.length] ?? '';
  const [scanner, lister, hanging, dying, expiring] = [name(0), name(1), name(2), name(3), name(5)];
  const late = name(authorities.length - 1);
  return [
    step(
      0,
      { fault: 'renew-certificate', authority: expiring, lifetimeSeconds: 5 * daySeconds },
      afterPublication,
    ),
    step(at(0.1), { fault: 'change-relay', relay: 3 }),
    step(at(0.1), { fault: 'change-relay', relay: 11 }),
    step(at(0.15), { fault: 'freeze-bandwidth', authority: scanner }),
    step(at(0.2), { fault: 'drop-vote', authority: late }),
    step(at(0.3), { fault: 'add-relays', count: 4 }),
    step(at(0.3), { fault: 'hibernate-relay', relay: 9 }),
    step(at(0.35), { fault: 'hang', authority: hanging }),
    step(at(0.45), { fault: 'resume', authority: hanging }, afterPublication),
    step(at(0.55), { fault: 'bad-exit', authority: lister, relay: 5 }),
    step(at(0.6), { fault: 'kill', authority: dying }),
    step(at(0.65), { fault: 'change-relay', relay: 7 }),
    step(at(0.7), { fault: 'change-relay', relay: 9 }),
    step(at(0.75), { fault: 'restart', authority: dying }, afterPublication),
    step(at(0.8), { fault: 'thaw-bandwidth', authority: scanner }),
    step(
      at(0.85),
      { fault: 'renew-certificate', authority: expiring, lifetimeSeconds: 365 * daySeconds },
      afterPublication,
    ),
  ];
}

const afterPublication = { phase: 'after-publication' } as const;

function step(atRound: number, fault: Fault, when: Pick<ScenarioStep, 'phase'> = {}): ScenarioStep {
  return { atRound, ...when, do: fault };
}

function momentOf(step: ScenarioStep, round: Round): number {
  return step.phase === 'after-publication'
    ? round.validAfter.getTime() + afterPublicationMs
    : round.voteAt.getTime() - beforeVoteMs;
}
