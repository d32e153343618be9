/** A script of faults by round, for recordings: what goes wrong when, and how it recovers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { applyFault } from './faults.ts';
import type { Fault, Lab } from './model.ts';
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
 * A bad day for nine (or at least four) authorities, stretched over so many rounds: one hangs, one dies and comes back,
 * one vote is lost, one scanner falls silent, one certificate is nearly over, relays change and join; and in the last
 * fifth everything is well again.
 */
export function badDay(roundCount: number, authorities: readonly string[]): readonly ScenarioStep[] {
  if (roundCount < 8) throw new RangeError(`bad day: expected at least 8 rounds, found ${roundCount}`);
  if (authorities.length < 4)
    throw new RangeError(`bad day: expected at least 4 authorities, found ${authorities.length}`);
  const at = (share: number): number => Math.round(share * (roundCount - 1));
  const name = (place: number): string => authorities[place % authorities.length] ?? '';
  const [scanner, lister, hanging, dying, late] = [
    name(0),
    name(1),
    name(2),
    name(3),
    name(authorities.length - 1),
  ];
  return [
    { atRound: at(0.1), do: { fault: 'change-relay', relay: 3 } },
    { atRound: at(0.1), do: { fault: 'change-relay', relay: 11 } },
    { atRound: at(0.15), do: { fault: 'freeze-bandwidth', authority: scanner } },
    { atRound: at(0.2), do: { fault: 'drop-vote', authority: late } },
    { atRound: at(0.3), do: { fault: 'add-relays', count: 4 } },
    { atRound: at(0.3), do: { fault: 'hibernate-relay', relay: 9 } },
    { atRound: at(0.35), do: { fault: 'hang', authority: hanging } },
    { atRound: at(0.5), phase: 'after-publication', do: { fault: 'resume', authority: hanging } },
    { atRound: at(0.55), do: { fault: 'bad-exit', authority: lister, relay: 5 } },
    { atRound: at(0.6), do: { fault: 'kill', authority: dying } },
    { atRound: at(0.65), do: { fault: 'change-relay', relay: 7 } },
    { atRound: at(0.7), do: { fault: 'change-relay', relay: 9 } },
    { atRound: at(0.75), phase: 'after-publication', do: { fault: 'restart', authority: dying } },
    { atRound: at(0.8), do: { fault: 'thaw-bandwidth', authority: scanner } },
  ];
}

function momentOf(step: ScenarioStep, round: Round): number {
  return step.phase === 'after-publication'
    ? round.validAfter.getTime() + afterPublicationMs
    : round.voteAt.getTime() - beforeVoteMs;
}
