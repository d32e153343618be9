/** `conclave demo`: the observatory over a recording; needs no network and no tor. */
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startDemo } from '../daemon/index.ts';
import type { Context } from './command.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { defaultListen, readListen, starting, untilStopped } from './serve-options.ts';

interface DemoCommand {
  readonly speed: string;
  readonly skip: string;
  readonly listen: string;
  readonly recording?: string;
}

const help = `
The recording was made by the project's own lab: nine real tor authorities on one machine, with a bad day in it. One
authority hangs, one dies and comes back, one vote goes missing, a scanner falls silent.

Example:
  conclave demo --speed 20`;

/** Adds `conclave demo`. */
export function registerDemo(program: Command, context: Context): void {
  program
    .command('demo')
    .summary('play a recording of a bad day; needs no network')
    .description(
      'Plays a recording through the ordinary pipeline on a virtual clock, with the dashboard on loopback.',
    )
    .option('--speed <n>', 'seconds of the recording that pass in a second', '4')
    .option(
      '--skip <percent>',
      'how much of the recording is taken at once, so that there is a past to look at',
      '30',
    )
    .option('--listen <host:port>', 'where the dashboard listens', defaultListen)
    .option('--recording <file>', 'another recording, or the data directory of an observatory')
    .option('--json', 'print what is said while starting as JSON, one object a line')
    .addHelpText('after', help)
    .action(async (options: DemoCommand & { readonly json?: true }) =>
      context.finish(await demo(options, context)),
    );
}

/** The recording that comes with the project. */
export function shippedRecording(): string {
  return fileURLToPath(new URL('../../../../testdata/bad-day.tar.xz', import.meta.url));
}

async function demo(options: DemoCommand & { readonly json?: true }, context: Context): Promise<ExitCode> {
  const recording = options.recording ?? shippedRecording();
  if (!existsSync(recording)) throw new CommandError(exit.usage, `${recording}: there is no such recording`);
  const running = await starting(() =>
    startDemo({
      recording,
      speed: readNumber('--speed', options.speed, 0.1, 1000),
      skip: readNumber('--skip', options.skip, 0, 100) / 100,
      listen: readListen(options.listen),
      log: (line) => void context.printer.line(options.json === true ? JSON.stringify({ said: line }) : line),
    }),
  );
  await untilStopped(running, context.io);
  return exit.ok;
}

function readNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max)) {
    throw new CommandError(
      exit.usage,
      `${name}: expected a number from ${min} to ${max}, found ${JSON.stringify(text)}`,
    );
  }
  return value;
}
