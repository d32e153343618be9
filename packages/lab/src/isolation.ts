/**
 * A network namespace with loopback only, so that no packet of the lab can leave the machine. The calling program starts
 * itself again inside; where the system does not allow it the lab still binds everything to loopback addresses.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-tor.ts';

/** What became of the wish to be isolated. */
export type Isolation =
  /** This process is inside: go on. */
  | { readonly state: 'inside' }
  /** Not possible here: go on without, and tell the reader why. */
  | { readonly state: 'outside'; readonly why: string }
  /** This process only waited for the one inside, which has ended: leave with its code. */
  | { readonly state: 'ended'; readonly exitCode: number };

const marker = 'CONCLAVE_LAB_NAMESPACE';
const unshareArguments = ['--user', '--map-root-user', '--net', '--'];
/** An interface comes up by one of three programs, whichever is there. */
const loopbackUp =
  'PATH="$PATH:/usr/sbin:/sbin"; ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || busybox ip link set lo up';

/** True in a process that runs inside the lab's network namespace. */
export function isIsolated(): boolean {
  return process.env[marker] === '1';
}

/** Starts this program again inside a network namespace, and waits for it. Call it before anything else. */
export async function enterNamespace(argv: readonly string[] = process.argv.slice(1)): Promise<Isolation> {
  if (isIsolated()) {
    endWithParent();
    return { state: 'inside' };
  }
  const unshare = findProgram('unshare');
  if (unshare === undefined)
    return { state: 'outside', why: 'no network namespace: unshare is not installed' };
  const trial = spawnSync(unshare, [...unshareArguments, 'sh', '-c', loopbackUp], { encoding: 'utf8' });
  if (trial.status !== 0) {
    const reason = trial.stderr.trim().split('\n').at(-1) ?? '';
    return { state: 'outside', why: `no network namespace: ${reason === '' ? 'lo stays down' : reason}` };
  }
  const program = [process.execPath, ...process.execArgv, ...argv];
  return { state: 'ended', exitCode: await runInside(unshare, program) };
}

/** Writes DIR/enter, which runs a further program in the namespace of the lab whose driver is `pid`. */
export function writeEnterScript(directory: string, pid: number, isolated: boolean): string {
  const path = join(directory, 'enter');
  const command = isolated
    ? `exec nsenter --target ${pid} --user --net --preserve-credentials -- "$@"`
    : 'exec "$@"';
  writeFileSync(
    path,
    `#!/bin/sh\n# Runs a program where it can reach this lab: enter PROGRAM ARGUMENT…\n${command}\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

function runInside(unshare: string, program: readonly string[]): Promise<number> {
  const child = spawn(
    unshare,
    [...unshareArguments, 'sh', '-c', `(${loopbackUp}) && exec "$@"`, 'sh', ...program],
    { stdio: 'inherit', env: { ...process.env, [marker]: '1' } },
  );
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal]));
    });
  });
}

/** A waiting parent that was killed cannot forward signals: the process inside notices and ends itself. */
function endWithParent(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 1000);
  timer.unref();
}
