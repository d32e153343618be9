/**
 * What commands print. Standard output is for the answer, standard error for what went wrong. Colour only on a
 * terminal; a reader who goes away (`| head`) is no error.
 */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { Tone } from '../judge/index.ts';

export { count, plural, printable, timeText, type Tone } from '../judge/index.ts';

/** Where commands read and write; a test hands in its own. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What of a writable stream is used. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string | Uint8Array): boolean;
  once(event: 'drain' | 'close' | 'error', listener: () => void): unknown;
  removeListener(event: 'drain' | 'close' | 'error', listener: () => void): unknown;
  readonly destroyed?: boolean;
}

/** The streams of this process. */
export function processIo(): Io {
  return { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env };
}

const styles = { good: 'green', bad: 'red', open: 'yellow', faint: 'dim', strong: 'bold' } as const;

/** The printer of one run of a command. */
export interface Printer {
  /** Prints a line on standard output. */
  readonly line: (text?: string) => Promise<void>;
  /** Writes to standard output as it is, a document as its bytes; false when nobody reads any more. */
  readonly write: (text: string | Uint8Array) => Promise<boolean>;
  /** Prints a line on standard error. */
  readonly complain: (text: string) => void;
  /** The text in the colour of its tone, where standard output shows colours. */
  readonly paint: (tone: Tone, text: string) => string;
}

/** A printer on these streams. */
export function printer(io: Io): Printer {
  const { stdout, stderr, env } = io;
  const colours = stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const write = async (text: string | Uint8Array): Promise<boolean> => {
    if (stdout.destroyed === true) return false;
    if (!stdout.write(text)) await room(stdout);
    return (stdout.destroyed as boolean | undefined) !== true;
  };
  return {
    write,
    line: async (text = '') => void (await write(`${text}\n`)),
    complain: (text) => void stderr.write(`${text}\n`),
    paint: (tone, text) => (colours ? styleText(styles[tone], text, { validateStream: false }) : text),
  };
}

/** Resolves when the stream takes more, or will never. */
function room(stream: Sink): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'close', 'error'] as const;
    const done = (): void => {
      for (const event of events) stream.removeListener(event, done);
      resolve();
    };
    for (const event of events) stream.once(event, done);
  });
}

/** A table without lines around its cells: a head, and rows of as many cells. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = '';
  const grid = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: '  ',
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
  grid.push(...rows.map((row) => [...row]));
  return grid.toString().replace(/[ \t]+$/gm, '');
}
