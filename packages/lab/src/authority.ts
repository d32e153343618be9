/**
 * One authority and the life of its tor process: start, hang, resume, end. A tor never outlives the process that started
 * it: it watches its owner, the kernel kills it with its parent where setpriv is there, and every orderly end stops it.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getFrom } from './dir-client.ts';
import { findProgram } from './find-tor.ts';
import type { RouterLists } from './lists.ts';
import type { AuthorityPlan } from './plan.ts';
import type { AuthorityIdentity } from './torrc.ts';

/** How an authority is doing. A hung one is stopped by SIGSTOP: it accepts connections and never answers. */
export type AuthorityState = 'up' | 'hung' | 'down';

/** An authority of a running lab; the fields that change are changed only by this package. */
export interface Authority {
  readonly plan: AuthorityPlan;
  readonly identity: AuthorityIdentity;
  state: AuthorityState;
  child: ChildProcess | undefined;
  lists: RouterLists;
  /** Its scanner is silent: the bandwidth file stays as it is. */
  bandwidthFrozen: boolean;
  /** Nicknames of those whom its votes do not reach. */
  withholdsFrom: ReadonlySet<string>;
  /** It may lack descriptors that the others hold. */
  behind: boolean;
}

/** Starts tor and waits until its directory port answers. */
export async function startAuthority(tor: string, authority: Authority): Promise<void> {
  const [program, ...argv] = [...dieWithParent(), tor, '-f', join(authority.plan.directory, 'torrc')];
  if (program === undefined) throw new Error('startAuthority: expected a program');
  const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'ignore'] });
  child.once('error', () => undefined);
  child.once('exit', () => {
    if (authority.child !== child) return;
    authority.child = undefined;
    authority.state = 'down';
  });
  authority.child = child;
  authority.state = 'up';
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const answer = await getFrom(authority.plan, '/tor/keys/authority', 2000);
    if (answer.outcome === 'answered' && answer.status === 200) return;
    if (authority.child !== child) break;
    await sleep(100);
  }
  const log = join(authority.plan.directory, 'notice.log');
  throw new Error(`${authority.plan.nickname}: expected its directory port to answer, see ${log}`);
}

/** Ends tor, at once or politely, and waits until it is gone. */
export async function endAuthority(authority: Authority, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { child } = authority;
  if (child === undefined) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  if (signal === 'SIGTERM') child.kill('SIGCONT');
  const patience = new AbortController();
  const inTime = await Promise.race([
    gone.then(() => true),
    sleep(5000, false, { signal: patience.signal }).catch(() => false),
  ]);
  patience.abort();
  if (!inTime) {
    child.kill('SIGKILL');
    await gone;
  }
}

/** Stops or continues tor without its knowing. */
export function setHung(authority: Authority, hung: boolean): void {
  authority.child?.kill(hung ? 'SIGSTOP' : 'SIGCONT');
  authority.state = hung ? 'hung' : 'up';
  if (!hung) authority.behind = true;
}

/** Makes tor read its torrc and approved-routers again. */
export function reloadAuthority(authority: Authority): void {
  authority.child?.kill('SIGHUP');
}

function dieWithParent(): readonly string[] {
  const setpriv = findProgram('setpriv');
  if (setpriv === undefined) return [];
  const prefix = [setpriv, '--pdeathsig', 'KILL'];
  const trial = spawnSync(setpriv, ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' });
  return trial.status === 0 ? prefix : [];
}
