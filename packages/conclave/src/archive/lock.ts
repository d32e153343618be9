/**
 * One process per data directory. The lock is a file that names its owner; the lock of a process that is gone is taken
 * over. A process is known by its number and, where the system tells, by when it was started, because numbers come again.
 */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArchiveError, archiveError, errnoOf } from './errors.ts';

/** Releases the lock. */
export type Unlock = () => Promise<void>;

/** Takes the lock of a directory, or throws an `ArchiveError` with the code `LOCKED` that names the owner. */
export async function lockDirectory(directory: string): Promise<Unlock> {
  const path = join(directory, 'lock');
  const mine = `${JSON.stringify({ pid: process.pid, started: startOf(process.pid), token: randomUUID() })}\n`;
  const draft = join(directory, `.lock-${randomUUID()}`);
  try {
    await writeFile(draft, mine, { flag: 'wx' });
    for (;;) {
      if (await tryLink(draft, path)) break;
      await clearIfStale(directory, path);
    }
  } catch (error) {
    throw archiveError(error, path, 'could not take');
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readLock(path)) === mine) await rm(path, { force: true });
  };
}

/** A link is made whole or not at all, and never over another: the lock is never seen half-written. */
async function tryLink(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a dead process, or throws. */
async function clearIfStale(directory: string, path: string): Promise<void> {
  const text = await readLock(path);
  if (text === undefined) return;
  const { pid, started } = ownerOf(text);
  if (pid !== undefined && isAlive(pid, started)) {
    throw new ArchiveError(
      'LOCKED',
      path,
      `the data directory ${directory} is in use by process ${pid}; stop it first (its lock is ${path})`,
    );
  }
  // Two processes may find the same stale lock: whoever moved away a fresh one puts it back.
  const aside = join(directory, `.lock-stale-${randomUUID()}`);
  try {
    await rename(path, aside);
    if ((await readLock(aside)) !== text) await tryLink(aside, path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function ownerOf(text: string): { readonly pid?: number; readonly started?: string } {
  try {
    const owner: unknown = JSON.parse(text);
    if (typeof owner !== 'object' || owner === null) return {};
    const pid = 'pid' in owner && typeof owner.pid === 'number' ? owner.pid : undefined;
    const started = 'started' in owner && typeof owner.started === 'string' ? owner.started : undefined;
    return { ...(pid === undefined ? {} : { pid }), ...(started === undefined ? {} : { started }) };
  } catch {
    return {};
  }
}

function isAlive(pid: number, started: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return started === undefined || now === undefined || started === now;
}

/**
 * When a process was started, in the kernel's own count since a boot that has a name (proc(5), field 22 of stat); `dead`
 * for one that only waits to be buried; undefined where there is no /proc.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return 'dead';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
