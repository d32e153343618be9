/**
 * What commands print. Standard output is for the answer, standard error for what went wrong. Colour only on a
 * terminal; a reader who goes away (`| head`) is no error.
 */
import { stripVTControlCharacters, styleText } from 'node:util';
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
  /** How many characters a line has room for; a pipe and a file take any. */
  readonly width: number;
}

/** Of a terminal that does not say; and what no table fits into any more. */
const usualWidth = 80;
const widthLeast = 40;

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
    width: stdout.isTTY === true ? Math.max(widthLeast, stdout.columns ?? usualWidth) : Infinity,
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

/** Prose for so many columns: a longer line is broken between words and goes on as far in as it began. */
export function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      if (line.length <= width) return [line];
      const indent = /^ */.exec(line)?.[0] ?? '';
      const lines: string[] = [];
      let current = '';
      for (const word of line.slice(indent.length).split(' ')) {
        const longer = current === '' ? indent + word : `${current} ${word}`;
        if (longer.length > width && current !== '') {
          lines.push(current);
          current = indent + word;
        } else current = longer;
      }
      return [...lines, current];
    })
    .join('\n');
}

/**
 * A table without lines around its cells: a head, and rows of as many cells. Where it is wider than `width`, cells of several
 * words go on in the next line; a single word, a fingerprint for example, is never cut.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): string {
  const none = '';
  const widths = fittingWidths(head.length > 0 ? [head, ...rows] : rows, width);
  const grid = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': between },
    ...(widths === undefined ? {} : { colWidths: widths.map((one) => one + between), wordWrap: true }),
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

/** Columns between two of a table, and before the first. */
const between = 2;

/** Widths with which a table fits, or comes as close as its words let it; undefined where it fits as it is. */
function fittingWidths(rows: readonly (readonly string[])[], width: number): readonly number[] | undefined {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const most = (column: number, measure: (text: string) => number): number =>
    Math.max(0, ...rows.map((row) => measure(stripVTControlCharacters(row[column] ?? ''))));
  const widths = Array.from({ length: columns }, (_, column) => most(column, (text) => text.length));
  const words = widths.map((_, column) =>
    most(column, (text) => Math.max(0, ...text.split(' ').map((word) => word.length))),
  );
  let over = widths.reduce((sum, one) => sum + one + between, 0) - width;
  if (over <= 0) return undefined;
  // The widest gives first, so that no column becomes narrower than another needs it to.
  while (over > 0) {
    const room = widths.map((one, column) => (one > (words[column] ?? 0) ? one : 0));
    const widest = room.indexOf(Math.max(...room));
    if ((room[widest] ?? 0) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}
