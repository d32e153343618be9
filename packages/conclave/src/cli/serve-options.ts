/** Options and habits of the commands that keep running: where to listen, how to stop. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, exit } from './exit.ts';
import type { Io } from './output.ts';

/** Where to listen. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** The dashboard's own port, on loopback. */
export const defaultListen = '127.0.0.1:8790';

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `PORT`. */
export function readListen(text: string, name = '--listen'): Listen {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) {
    throw new CommandError(exit.usage, `${name}: expected HOST:PORT, found ${JSON.stringify(text)}`);
  }
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}

/** The data directory that somebody wants looked at: it has to be one already, because a look must not make one. */
export async function dataDirectory(directory: string): Promise<string> {
  const isThere = (path: string): Promise<boolean> =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
  if (await isThere(join(directory, 'journal'))) return directory;
  const found = (await isThere(directory)) ? 'a directory without a journal' : 'no directory';
  throw new CommandError(
    exit.usage,
    `${directory}: expected a data directory, found ${found}; name it with --data`,
  );
}

/** Something that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

/** Waits for SIGINT or SIGTERM, then stops in order; a second signal does not wait. */
export async function untilStopped(running: Running, io: Io): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      for (const signal of signals) {
        process.off(signal, stop);
        process.once(signal, () => process.exit(exit.fault));
      }
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
  if (io.stderr.isTTY === true) io.stderr.write('Stopping; what is being written is finished first.\n');
  await running.stop();
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Starts something that listens and keeps files; what stands in the way is said in words. */
export async function starting<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const message = error instanceof Error ? error.message : String(error);
    if (code === 'REMOVED') throw new CommandError(exit.no, message);
    if (code === 'ENOENT' && error instanceof Error && error.name === 'ArchiveError')
      throw new CommandError(exit.usage, message);
    if (error instanceof Error && error.name === 'TableError')
      throw new CommandError(code === 'missing' ? exit.usage : exit.unreadable, message);
    if (code === 'EADDRINUSE')
      throw new CommandError(
        exit.unreachable,
        `${placeOf(error)}: another program listens there; choose another place with --listen`,
      );
    if (code === 'CORRUPT') throw new CommandError(exit.unreadable, message);
    if (code === 'LOCKED' || code === 'locked') throw new CommandError(exit.unreachable, message);
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') throw new CommandError(exit.unreachable, message);
    if (error instanceof Error && (error.name === 'ArchiveError' || error.name === 'StoreError'))
      throw new CommandError(exit.fault, message);
    throw error;
  }
}

function placeOf(error: unknown): string {
  const { address, port } = error as { readonly address?: string; readonly port?: number };
  return address === undefined ? String(error) : `${address}:${port ?? ''}`;
}
