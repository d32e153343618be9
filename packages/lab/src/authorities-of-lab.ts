/** The authorities of a running lab: finding one by name, and starting it again. */
import { endAuthority, startAuthority, type Authority } from './authority.ts';
import type { LabState } from './model.ts';

/** tor acts on whole seconds: stopped so long before the vote it cannot have voted. */
export const dropLeadMs = 1200;
/** Finds an authority by nickname, in one of the given states. */
export function expectAuthority(
  state: LabState,
  nickname: string,
  states: readonly Authority['state'][] = ['up', 'hung', 'down'],
): Authority {
  const authority = state.authorities.find(({ plan }) => plan.nickname === nickname);
  if (authority === undefined) {
    const names = state.authorities.map(({ plan }) => plan.nickname).join(' ');
    throw new Error(`authority: expected one of ${names}, found "${nickname}"`);
  }
  if (!states.includes(authority.state)) {
    throw new Error(`${nickname}: expected to be ${states.join(' or ')}, is ${authority.state}`);
  }
  return authority;
}

/** Ends it where it runs, and starts it. */
export async function restart(state: LabState, authority: Authority): Promise<void> {
  await endAuthority(authority, authority.state === 'hung' ? 'SIGKILL' : 'SIGTERM');
  await startAuthority(state.programs.tor, authority);
  authority.behind = true;
}
