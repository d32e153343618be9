/** Waits for what the authorities of a lab publish. It looks at a consensus only as closely as waiting demands. */
import { setTimeout as sleep } from 'node:timers/promises';
import { getFrom } from './dir-client.ts';
import type { ConsensusWish, LabState, PublishedConsensus } from './model.ts';
import { directoryTime } from './schedule.ts';

/** Asks the authorities that are up, in turn, until one serves a consensus that meets the wish. */
export async function waitForConsensus(state: LabState, wish: ConsensusWish): Promise<PublishedConsensus> {
  const { validAfter, relayCount = 0, authority: only, timeoutMs } = wish;
  const deadline = Date.now() + (timeoutMs ?? state.plan.timing.intervalSeconds * 6000);
  let seen = 'none';
  while (Date.now() < deadline) {
    state.ending.signal.throwIfAborted();
    for (const { plan, state: condition } of state.authorities) {
      if (condition !== 'up' || (only !== undefined && only !== plan.nickname)) continue;
      const answer = await getFrom(plan, '/tor/status-vote/current/consensus', 3000);
      if (answer.outcome !== 'answered' || answer.status !== 200) continue;
      const consensus = glance(answer.body, plan.nickname);
      if (consensus === undefined) continue;
      seen = `${directoryTime(consensus.validAfter)} with ${consensus.relayCount} relays`;
      const late = validAfter === undefined || consensus.validAfter >= validAfter;
      if (late && consensus.relayCount >= relayCount) return consensus;
    }
    await sleep(250);
  }
  const wanted = validAfter === undefined ? '' : ` of ${directoryTime(validAfter)} or later`;
  throw new Error(
    `consensus: expected one${wanted} with ${relayCount} relays or more in time, found ${seen}`,
  );
}

function glance(text: string, authority: string): PublishedConsensus | undefined {
  const time = /^valid-after (\S+) (\S+)$/m.exec(text);
  if (time === null) return undefined;
  return {
    validAfter: new Date(`${time[1]}T${time[2]}Z`),
    authority,
    relayCount: text.match(/^r /gm)?.length ?? 0,
    signatureCount: text.match(/^directory-signature /gm)?.length ?? 0,
    text,
  };
}
