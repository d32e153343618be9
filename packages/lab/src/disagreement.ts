/**
 * Faults by which authorities come to different consensuses: votes that do not reach everybody, an authority that votes
 * twice, and relays that tell every authority something else.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropLeadMs, expectAuthority, restart } from './authorities-of-lab.ts';
import { endAuthority, reloadAuthority, type Authority } from './authority.ts';
import { getFrom, postTo } from './dir-client.ts';
import type { Fault, Lab, LabState } from './model.ts';
import { mendRelays } from './relays-of-lab.ts';
import { directoryTime, nextVotingRound, type Round } from './schedule.ts';
import { directoryAuthorityLine, writeTorrc } from './torrc.ts';
import { reviseVote } from './votes-of-lab.ts';

/** The methods of a Lab by which authorities disagree. */
export type Disagreements = Pick<
  Lab,
  'withholdVote' | 'deliverVote' | 'equivocate' | 'tearRelays' | 'mendRelays'
>;

type DisagreementFault = Extract<
  Fault,
  {
    readonly fault:
      'accept-relay' | 'withhold-vote' | 'deliver-vote' | 'equivocate' | 'tear-relays' | 'mend-relays';
  }
>;

/** Does what such a fault says, and tells what it was in one line. */
export async function applyDisagreement(lab: Lab, fault: DisagreementFault): Promise<string> {
  switch (fault.fault) {
    case 'accept-relay':
      await lab.acceptRelay(fault.authority, fault.relay);
      return `${fault.authority} accepts relay ${fault.relay} again`;
    case 'withhold-vote':
      await lab.withholdVote(fault.authority, fault.others);
      return `the votes of ${fault.authority} do not reach ${fault.others.join(', ')}`;
    case 'deliver-vote':
      await lab.deliverVote(fault.authority);
      return `the votes of ${fault.authority} reach everybody`;
    case 'equivocate': {
      const { validAfter } = await lab.equivocate(fault.authority, fault.others);
      return `${fault.authority} will give ${fault.others.join(', ')} another vote for ${directoryTime(validAfter)}`;
    }
    case 'tear-relays':
      await lab.tearRelays(fault.count);
      return `${fault.count} relays tell each authority something else`;
    case 'mend-relays':
      await lab.mendRelays();
      return 'relays tell every authority the same';
  }
}

/** Binds them to a lab. */
export function disagreements(state: LabState): Disagreements {
  return {
    withholdVote: async (nickname, others) => withhold(state, nickname, others),
    deliverVote: async (nickname) => {
      expectAuthority(state, nickname).withholdsFrom = new Set();
      rewriteTorrcs(state);
    },
    equivocate: async (nickname, others) => equivocate(state, nickname, others),
    tearRelays: async (count) => {
      if (!Number.isInteger(count) || count < 1 || count > state.relays.length) {
        throw new RangeError(`relays: expected 1 to ${state.relays.length}, found ${count}`);
      }
      state.tornCount = count;
    },
    mendRelays: () => mendRelays(state),
  };
}

/** The DirAuthority lines of one authority. Whoever is kept from one vote can fetch none, or would fetch it elsewhere. */
export function networkSeenBy(authority: Authority, all: readonly Authority[]): readonly string[] {
  const { nickname } = authority.plan;
  const isKeptFrom = all.some(({ withholdsFrom }) => withholdsFrom.has(nickname));
  return all.map(({ plan, identity }) => {
    const withheld = authority.withholdsFrom.has(plan.nickname) ? 'posts' : undefined;
    const cutOff = isKeptFrom ? 'posts and fetches' : withheld;
    const other = plan.nickname !== nickname;
    return directoryAuthorityLine({ ...plan, ...identity }, other ? cutOff : undefined);
  });
}

function withhold(state: LabState, nickname: string, others: readonly string[]): void {
  const authority = expectAuthority(state, nickname);
  if (others.length === 0) throw new Error('others: expected at least one authority, found none');
  for (const other of others) expectOther(state, nickname, other);
  authority.withholdsFrom = new Set(others);
  rewriteTorrcs(state);
}

function rewriteTorrcs(state: LabState): void {
  for (const authority of state.authorities) {
    const network = networkSeenBy(authority, state.authorities);
    const text = writeTorrc(state.plan, authority.plan, network, process.pid);
    writeFileSync(join(authority.plan.directory, 'torrc'), text);
    reloadAuthority(authority);
  }
}

function equivocate(state: LabState, nickname: string, others: readonly string[]): Round {
  const authority = expectAuthority(state, nickname, ['up']);
  if (others.length === 0) throw new Error('others: expected at least one authority, found none');
  for (const other of others) expectOther(state, nickname, other);
  const round = nextVotingRound(state.plan.timing, new Date(), dropLeadMs + 500);
  voteTwice(state, authority, round, new Set(others)).catch((error: unknown) => {
    if (!state.ending.signal.aborted) state.log(`${nickname}: it could not vote twice: ${String(error)}`);
  });
  return round;
}

async function voteTwice(
  state: LabState,
  authority: Authority,
  { voteAt, validAfter }: Round,
  others: ReadonlySet<string>,
): Promise<void> {
  const { signal } = state.ending;
  const { timing } = state.plan;
  const { nickname } = authority.plan;
  const until = (at: number): Promise<void> => sleep(Math.max(0, at - Date.now()), undefined, { signal });
  await until(voteAt.getTime() - dropLeadMs);
  const answer = await getFrom(authority.plan, '/tor/status-vote/current/authority');
  if (answer.outcome !== 'answered' || answer.status !== 200)
    throw new Error('expected a vote of the last round, found none');
  await endAuthority(authority, 'SIGKILL');
  const vote = answer.body;
  const usual = reviseVote(authority, vote, { validAfter, timing, keeps: () => true });
  const other = reviseVote(authority, vote, { validAfter, timing, keeps: (relay) => relay % 10 !== 9 });
  for (const { plan, state: condition } of state.authorities) {
    if (condition !== 'up') continue;
    const reply = await postTo(plan, '/tor/post/vote', others.has(plan.nickname) ? other : usual);
    if (reply.outcome === 'unreachable' || reply.status !== 200) {
      const why = reply.outcome === 'unreachable' ? reply.why : reply.reason;
      state.log(`${plan.nickname}: refused a vote of ${nickname}: ${why}`);
    }
  }
  // Not before: started in the middle of a round it would vote once more.
  await until(validAfter.getTime() + 1200);
  await restart(state, authority);
}

function expectOther(state: LabState, nickname: string, other: string): void {
  expectAuthority(state, other);
  if (other === nickname) throw new Error(`others: expected authorities other than ${nickname}`);
}
