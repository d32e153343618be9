/**
 * Processes that a test starts: each is known by its number and carries a mark that its descendants inherit, so that in
 * the end it can be shown that none is left. Nothing is ever stopped by name.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The top of the checkout, and the command that the build made. */
export const root: string = resolve(import.meta.dirname, '../..');
/** The built command line. */
export const conclaveScript: string = resolve(root, 'packages/conclave/bin/conclave.js');

/** A process that goes on. */
export interface Running {
  readonly child: ChildProcess;
  /** Everything it has said so far. */
  readonly said: () => string;
  /** Resolves to what the pattern finds in what it says; rejects when it ends first or says nothing of it in time. */
  readonly says: (pattern: RegExp, withinMs: number) => Promise<RegExpExecArray>;
  /** Resolves to its exit code, or to the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Sends a signal and waits until it is gone; one that does not hear it in time is killed. */
  readonly stop: (signal?: NodeJS.Signals, withinMs?: number) => Promise<number | string>;
}

/** What a process left behind. */
export interface Ran {
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

/** Starts processes with one mark. */
export interface Family {
  readonly environment: Readonly<Record<string, string>>;
  readonly start: (command: string, argv: readonly string[]) => Running;
  readonly run: (command: string, argv: readonly string[]) => Promise<Ran>;
  /** The processes that carry the mark and live, as `NUMBER NAME`. */
  readonly alive: () => readonly string[];
  /** Stops whatever is left, by number. */
  readonly clear: () => void;
}

/** A family of its own. */
export function family(): Family {
  const mark = `CONCLAVE_TEST_FAMILY=${randomUUID()}`;
  const [name = '', value = ''] = mark.split('=');
  const environment = { ...(process.env as Record<string, string>), [name]: value, NO_COLOR: '1' };
  return {
    environment,
    start: (command, argv) => start(command, argv, environment),
    run: (command, argv) => run(command, argv, environment),
    alive: () => marked(mark).map(({ pid, command }) => `${pid} ${command}`),
    clear: () => {
      for (const { pid } of marked(mark)) kill(pid);
    },
  };
}

function start(command: string, argv: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(command, argv, { env, cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (text += part.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | string>((done) => {
    child.once('error', (error) => {
      text += String(error);
      done(-1);
    });
    child.once('close', (code, signal) => done(code ?? signal ?? -1));
  });
  let over = false;
  void ended.then(() => (over = true));
  return {
    child,
    ended,
    said: () => text,
    says: async (pattern, withinMs) => {
      const deadline = Date.now() + withinMs;
      for (;;) {
        const match = pattern.exec(text);
        if (match) return match;
        if (over) throw new Error(`${command} ended before it said ${pattern}; it said:\n${text}`);
        if (Date.now() > deadline)
          throw new Error(`in ${withinMs} ms ${command} did not say ${pattern}; it said:\n${text}`);
        await sleep(20);
      }
    },
    stop: async (signal = 'SIGTERM', withinMs = 15_000) => {
      if (!over) child.kill(signal);
      const impatience = setTimeout(() => child.kill('SIGKILL'), withinMs);
      const code = await ended;
      clearTimeout(impatience);
      return code;
    },
  };
}

function run(command: string, argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(command, argv, { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (part: Buffer) => (out += part.toString()));
    child.stderr.on('data', (part: Buffer) => (err += part.toString()));
    child.once('error', fail);
    child.once('close', (code, signal) => done({ code: code ?? signal ?? -1, out, err }));
  });
}

/** Living processes whose environment has the mark; one that is dead and not yet buried does not count. */
function marked(mark: string): readonly { readonly pid: number; readonly command: string }[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      if (!readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0').includes(mark)) return [];
      return [{ pid: Number(entry), command: readFileSync(`/proc/${entry}/comm`, 'utf8').trim() }];
    } catch {
      return [];
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** Asks again and again until the answer is what was waited for; in the end says what the last one was. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  isIt: (answer: T) => boolean,
  options: { readonly withinMs: number; readonly everyMs?: number },
): Promise<{ readonly answer: T; readonly tookMs: number }> {
  const began = performance.now();
  for (;;) {
    const answer = await ask();
    const tookMs = performance.now() - began;
    if (isIt(answer)) return { answer, tookMs };
    if (tookMs > options.withinMs) {
      throw new Error(
        `${what}: not within ${options.withinMs} ms; the last answer: ${JSON.stringify(answer).slice(0, 3000)}`,
      );
    }
    await sleep(options.everyMs ?? 100);
  }
}
