/**
 * A window into a network namespace: a small process inside fetches what it is asked for and hands the bytes out. The
 * test itself stays outside, where the dashboard of the lab cannot be reached.
 */
import { createInterface } from 'node:readline';
import type { Family } from './processes.ts';

/** What came back. */
export interface Seen {
  readonly status: number;
  readonly bytes: Buffer;
}

/** An open window. */
export interface Window {
  readonly get: (url: string) => Promise<Seen>;
  /** The JSON of an address that must answer 200. */
  readonly json: <T>(url: string) => Promise<T>;
  readonly close: () => Promise<unknown>;
}

const inside = `
const { createInterface } = require('node:readline');
createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, url } = JSON.parse(line);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10000) });
    const bytes = Buffer.from(await response.arrayBuffer());
    console.log(JSON.stringify({ id, status: response.status, body: bytes.toString('base64') }));
  } catch (error) {
    console.log(JSON.stringify({ id, status: 0, body: Buffer.from(String(error.cause ?? error)).toString('base64') }));
  }
});`;

/** Opens a window; `enter` is the program and its arguments that lead inside, or nothing. */
export function openWindow(relatives: Family, enter: readonly string[]): Window {
  const [program, ...argv] = [...enter, process.execPath, '-e', inside];
  const running = relatives.start(program ?? process.execPath, argv);
  const waiting = new Map<number, (seen: Seen) => void>();
  let count = 0;
  const lines = createInterface({ input: running.child.stdout as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    const { id, status, body } = JSON.parse(line) as { id: number; status: number; body: string };
    waiting.get(id)?.({ status, bytes: Buffer.from(body, 'base64') });
    waiting.delete(id);
  });
  const get = (url: string): Promise<Seen> =>
    new Promise((done, fail) => {
      count += 1;
      waiting.set(count, done);
      void running.ended.then(() => fail(new Error(`the window is closed: ${running.said()}`)));
      running.child.stdin?.write(`${JSON.stringify({ id: count, url })}\n`);
    });
  return {
    get,
    json: async <T>(url: string): Promise<T> => {
      const { status, bytes } = await get(url);
      if (status !== 200)
        throw new Error(`${url}: expected 200, found ${status}: ${bytes.toString().slice(0, 500)}`);
      return JSON.parse(bytes.toString()) as T;
    },
    close: () => running.stop(),
  };
}
