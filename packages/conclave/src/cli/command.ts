/** What a command is handed, and the options that several commands share. */
import { Option, type Command } from 'commander';
import { parseTime, type Profile, type UnixSeconds } from '@conclave/netdoc';
import { CommandError, exit, type ExitCode } from './exit.ts';
import type { Io, Printer } from './output.ts';

/** The surroundings of a command: its streams, and where it leaves its exit code. */
export interface Context {
  readonly io: Io;
  readonly printer: Printer;
  /** Called once, with the command's answer. */
  readonly finish: (code: ExitCode) => void;
}

/** Adds a command to the program. */
export type Register = (program: Command, context: Context) => void;

/** `--json`, as every command has it. */
export function jsonOption(what: string): Option {
  return new Option('--json', `print ${what} as JSON, one object a line`);
}

/** `--profile`: how strictly documents are read. */
export function profileOption(): Option {
  return new Option(
    '--profile <name>',
    'read as strictly as tor 0.4.9 reads what authorities say today, or as some tor read it in its day',
  )
    .choices(['archive', 'tor-0.4.9'] satisfies Profile[])
    .default('archive');
}

/** Reads a time of the command line: as the spec writes it, as ISO 8601 in UTC, or `now`. */
export function readTimeOption(text: string, now: () => number = () => Date.now() / 1000): UnixSeconds {
  const spec =
    text === 'now'
      ? (Math.floor(now()) as UnixSeconds)
      : parseTime(text.replace(/^(\d{4}-\d\d-\d\d)T/, '$1 ').replace(/Z$/, ''));
  if (spec === undefined) {
    throw new CommandError(
      exit.usage,
      `--at: expected "YYYY-MM-DD HH:MM:SS" in UTC, or now, found ${JSON.stringify(text)}`,
    );
  }
  return spec;
}

/** At most one of the files may be standard input. */
export function checkFiles(files: readonly string[]): void {
  if (files.filter((file) => file === '-').length > 1) {
    throw new CommandError(exit.usage, 'standard input (-) can be read only once');
  }
}

/** Runs what is done with one of several files: what is wrong with one is said, and the others still have their turn. */
export async function eachFile(context: Context, run: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    context.printer.complain(`conclave: ${error.message}`);
    return error.exitCode;
  }
}
