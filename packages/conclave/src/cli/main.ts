/**
 * The frame of the command line: one place that knows all commands, turns what went wrong into the exit codes of the
 * contract (`exit.ts`), and is quiet when the reader goes away. Each command is a file with one `register…`.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { Context, Register } from './command.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { printer, processIo, wrapped, type Io } from './output.ts';
import { registerBackfill } from './backfill.ts';
import { registerDemo } from './demo.ts';
import { registerDiff } from './diff.ts';
import { registerExport } from './export.ts';
import { registerFsck } from './fsck.ts';
import { registerLab } from './lab.ts';
import { registerPack } from './pack.ts';
import { registerParse } from './parse.ts';
import { registerRebuild } from './rebuild.ts';
import { registerRecompute } from './recompute.ts';
import { registerRun } from './run.ts';
import { registerSharedRandom } from './shared-random.ts';
import { registerStatus } from './status.ts';
import { registerVerify } from './verify.ts';
import { registerWhatIf } from './what-if.ts';

/** All commands, in the order of the help. To add one is to add its line here. */
const commands: readonly Register[] = [
  registerRun,
  registerDemo,
  registerStatus,
  registerParse,
  registerVerify,
  registerRecompute,
  registerWhatIf,
  registerDiff,
  registerSharedRandom,
  registerBackfill,
  registerExport,
  registerPack,
  registerFsck,
  registerRebuild,
  registerLab,
];

const after = `
Documents may be compressed (.gz, .xz, .zst) and begin with CollecTor's @type line; - is standard input.
Every command has --json and --help.

Exit codes: 0 yes, 1 no (rejected, differs, unhealthy), 2 undecided (something is missing, and the output says what),
  64 wrong usage, 65 unreadable document, 69 unreachable, 70 a fault of conclave itself.`;

/** Runs one command line, without the names of program and script; resolves to its exit code. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  quietWhenUnread();
  let code: ExitCode = exit.ok;
  const out = printer(io);
  const context: Context = { io, printer: out, finish: (answer) => (code = answer) };
  try {
    await program(context).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.ok : exit.usage;
    if (error instanceof CommandError) {
      out.complain(`conclave: ${error.message}`);
      return error.exitCode;
    }
    out.complain(
      `conclave: a fault of its own: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return exit.fault;
  }
}

function program(context: Context): Command {
  const { stdout, stderr } = context.io;
  const top = new Command('conclave')
    .description('An observatory for the directory authorities of the Tor network.')
    .version(version(), '-V, --version')
    .usage('COMMAND [options]')
    .showHelpAfterError('Try "conclave --help", or "conclave COMMAND --help".')
    .addHelpText('after', after)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(wrapped(text, context.printer.width)),
      writeErr: (text) => void stderr.write(text),
    });
  for (const register of commands) register(top, context);
  for (const command of top.commands) command.copyInheritedSettings(top);
  return top;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/**
 * A closed pipe ends the writing, not the judging: the exit code still says what was found. A full disk under standard
 * output is a fault that the exit code has to tell, because half an answer may be there.
 */
function quietWhenUnread(): void {
  if (process.stdout.listenerCount('error', tellUnwritten) === 0) process.stdout.on('error', tellUnwritten);
  if (process.stderr.listenerCount('error', ignore) === 0) process.stderr.on('error', ignore);
}

function tellUnwritten(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.exitCode = exit.fault;
  process.stderr.write(`conclave: the answer could not be written whole: ${error.message}\n`);
}

function ignore(): void {
  // Nobody is left to tell.
}
