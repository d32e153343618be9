/** What can be done to a running lab. Each fault says in the log what it did. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endAuthority, reloadAuthority, setHung, type Authority } from './authority.ts';
import { dropLeadMs, expectAuthority, restart } from './authorities-of-lab.ts';
import { applyDisagreement } from './disagreement.ts';
import { currentCertificateExpires, renewCertificate } from './keys.ts';
import { writeApprovedRouters } from './lists.ts';
import type { Fault, Lab, LabState } from './model.ts';
import { findRelay, writeMeasurements } from './relays-of-lab.ts';
import { directoryTime, nextVotingRound, type Round } from './schedule.ts';

/** The faults of a Lab that concern authorities. */
export type AuthorityFaults = Pick<
  Lab,
  | 'hang'
  | 'resume'
  | 'kill'
  | 'restart'
  | 'dropVote'
  | 'freezeBandwidth'
  | 'thawBandwidth'
  | 'renewCertificate'
  | 'rejectRelay'
  | 'acceptRelay'
  | 'badExit'
>;

/** By then the others have computed without the missing vote. */
const dropTailMs = 1500;

/** Does what a fault says, and tells what it was in one line. */
export async function applyFault(lab: Lab, fault: Fault): Promise<string> {
  let said: string;
  switch (fault.fault) {
    case 'hang':
      await lab.hang(fault.authority);
      said = `${fault.authority} hangs`;
      break;
    case 'resume':
      await lab.resume(fault.authority);
      said = `${fault.authority} goes on`;
      break;
    case 'kill':
      await lab.kill(fault.authority);
      said = `${fault.authority} is killed`;
      break;
    case 'restart':
      await lab.restart(fault.authority);
      said = `${fault.authority} has started again`;
      break;
    case 'drop-vote': {
      const round = await lab.dropVote(fault.authority);
      said = `${fault.authority} will not vote for ${directoryTime(round.validAfter)}`;
      break;
    }
    case 'freeze-bandwidth':
      await lab.freezeBandwidth(fault.authority);
      said = `the scanner of ${fault.authority} goes silent`;
      break;
    case 'thaw-bandwidth':
      await lab.thawBandwidth(fault.authority);
      said = `the scanner of ${fault.authority} writes again`;
      break;
    case 'renew-certificate': {
      const expires = await lab.renewCertificate(fault.authority, fault.lifetimeSeconds);
      said = `the new certificate of ${fault.authority} expires at ${directoryTime(expires)}`;
      break;
    }
    case 'change-relay': {
      const relay = await lab.changeRelay(fault.relay);
      said = `${relay.nickname} ($${relay.fingerprint}) publishes a changed descriptor`;
      break;
    }
    case 'hibernate-relay':
      said = `${(await lab.hibernateRelay(fault.relay)).nickname} hibernates`;
      break;
    case 'add-relays':
      said = `${(await lab.addRelays(fault.count)).length} relays join`;
      break;
    case 'reject-relay':
      await lab.rejectRelay(fault.authority, fault.relay);
      said = `${fault.authority} rejects relay ${fault.relay}`;
      break;
    case 'bad-exit':
      await lab.badExit(fault.authority, fault.relay);
      said = `${fault.authority} calls relay ${fault.relay} a bad exit`;
      break;
    case 'accept-relay':
    case 'withhold-vote':
    case 'deliver-vote':
    case 'equivocate':
    case 'tear-relays':
    case 'mend-relays':
      said = await applyDisagreement(lab, fault);
      break;
  }
  return said;
}

/** The methods of a Lab that act on its authorities. */
export function authorityFaults(state: LabState): AuthorityFaults {
  return {
    hang: async (nickname) => setHung(expectAuthority(state, nickname, ['up']), true),
    resume: async (nickname) => setHung(expectAuthority(state, nickname, ['hung']), false),
    kill: (nickname) => endAuthority(expectAuthority(state, nickname, ['up', 'hung']), 'SIGKILL'),
    restart: (nickname) => restart(state, expectAuthority(state, nickname)),
    dropVote: async (nickname) => dropVote(state, expectAuthority(state, nickname, ['up'])),
    freezeBandwidth: async (nickname) => {
      expectScanner(state, nickname).bandwidthFrozen = true;
    },
    thawBandwidth: async (nickname) => {
      const authority = expectScanner(state, nickname);
      authority.bandwidthFrozen = false;
      writeMeasurements(state, authority);
    },
    renewCertificate: async (nickname, lifetimeSeconds) => {
      if (!(lifetimeSeconds > 0)) {
        throw new RangeError(`certificate: expected a lifetime above 0 s, found ${lifetimeSeconds}`);
      }
      const authority = expectAuthority(state, nickname);
      await renewCertificate(authority.plan, lifetimeSeconds);
      await restart(state, authority);
      return currentCertificateExpires(authority.plan);
    },
    rejectRelay: async (nickname, relay) => enlist(state, nickname, { list: 'reject', relay }),
    acceptRelay: async (nickname, relay) => accept(state, nickname, relay),
    badExit: async (nickname, relay) => enlist(state, nickname, { list: 'badExit', relay }),
  };
}

/**
 * Stops the authority from just before its vote until the others have computed theirs. It has then neither posted its
 * vote nor served it to those who came to fetch it.
 */
function dropVote(state: LabState, authority: Authority): Round {
  const round = nextVotingRound(state.plan.timing, new Date(), dropLeadMs);
  const { signal } = state.ending;
  const { nickname } = authority.plan;
  const wait = async (until: number): Promise<void> => {
    await sleep(Math.max(0, until - Date.now()), undefined, { signal });
  };
  const run = async (): Promise<void> => {
    await wait(round.voteAt.getTime() - dropLeadMs);
    if (!isIn(authority, 'up')) return;
    setHung(authority, true);
    await wait(round.computeAt.getTime() + dropTailMs);
    if (isIn(authority, 'hung')) setHung(authority, false);
  };
  run().catch((error: unknown) => {
    if (!signal.aborted) state.log(`${nickname}: its vote could not be dropped: ${String(error)}`);
  });
  return round;
}

/** Asks anew: the state changes while others wait. */
function isIn(authority: Authority, state: Authority['state']): boolean {
  return authority.state === state;
}

function expectScanner(state: LabState, nickname: string): Authority {
  const authority = expectAuthority(state, nickname);
  if (!authority.plan.scanner) throw new Error(`${nickname}: expected a bandwidth scanner, it runs none`);
  return authority;
}

interface Entry {
  readonly list: 'reject' | 'badExit';
  readonly relay: string | number;
}

function enlist(state: LabState, nickname: string, entry: Entry): void {
  const authority = expectAuthority(state, nickname);
  const { fingerprint } = findRelay(state, entry.relay);
  const { lists } = authority;
  if (entry.list === 'badExit' && !authority.plan.listsBadExits) {
    throw new Error(`${nickname}: expected an authority that votes BadExit, this one does not`);
  }
  authority.lists = { ...lists, [entry.list]: new Set([...lists[entry.list], fingerprint]) };
  writeFileSync(join(authority.plan.directory, 'approved-routers'), writeApprovedRouters(authority.lists));
  reloadAuthority(authority);
}

function accept(state: LabState, nickname: string, name: string | number): void {
  const authority = expectAuthority(state, nickname);
  const { fingerprint } = findRelay(state, name);
  const { lists } = authority;
  authority.lists = { ...lists, reject: new Set([...lists.reject].filter((one) => one !== fingerprint)) };
  authority.behind = true;
  writeFileSync(join(authority.plan.directory, 'approved-routers'), writeApprovedRouters(authority.lists));
  reloadAuthority(authority);
}
