/** `conclave fsck`: whether everything that was kept is there and whole. */
import type { Command } from 'commander';
import { checkDirectory } from '../daemon/index.ts';
import type { DirectoryReport } from '../daemon/index.ts';
import type { Context } from './command.ts';
import { exit, type ExitCode } from './exit.ts';
import type { Printer } from './output.ts';
import { dataDirectory, starting } from './serve-options.ts';

interface FsckOptions {
  readonly data: string;
  readonly repair?: true;
  readonly json?: true;
}

const help = `
Reads the whole journal, hashes every document, and holds each against the other. Without --repair nothing is changed.
--repair cuts off a torn line, removes what a crash left half-written or twice, moves what is damaged to documents/damaged, and
saves what can be read of a damaged pack. What is lost is lost, and named; it is missing then, until it is kept again.

Exit code: 0 everything is there and whole, or was mended without loss, 1 something is not, 65 the journal cannot be read,
69 an observatory runs on the directory.`;

/** Adds `conclave fsck`. */
export function registerFsck(program: Command, context: Context): void {
  program
    .command('fsck')
    .summary('look the archive through')
    .description('Checks every document, the journal and the store. The observatory must not be running.')
    .option('--data <dir>', 'the data directory', 'data')
    .option('--repair', 'mend what can be mended')
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', help)
    .action(async (options: FsckOptions) => context.finish(await fsck(options, context)));
}

async function fsck(options: FsckOptions, { io, printer }: Context): Promise<ExitCode> {
  const directory = await dataDirectory(options.data);
  const terminal = io.stderr.isTTY === true;
  const onProgress = (documents: number): void => {
    if (terminal && documents % 100 === 0) io.stderr.write(`\r${documents} documents`);
  };
  const report = await starting(() =>
    checkDirectory(directory, { repair: options.repair === true, onProgress }),
  );
  if (terminal) io.stderr.write('\r');
  if (options.json === true) await printer.line(JSON.stringify(report));
  else await tell(report, printer);
  return codeOf(report);
}

function codeOf({ faults, store }: DirectoryReport): ExitCode {
  if (faults.some(({ kind }) => kind === 'journal')) return exit.unreadable;
  const open = faults.some(({ repaired, lost }) => !repaired || lost.length > 0);
  return open || store.state === 'ahead' || store.state === 'unreadable' ? exit.no : exit.ok;
}

async function tell({ faults, journal, documents, store }: DirectoryReport, printer: Printer): Promise<void> {
  const lost = new Set(faults.flatMap((fault) => fault.lost));
  const open = faults.filter(({ repaired }) => !repaired).length;
  await printer.line(
    faults.length === 0
      ? printer.paint('good', 'Everything is there and whole.')
      : printer.paint(
          lost.size > 0 ? 'bad' : 'open',
          `${faults.length} faults, ${faults.length - open} mended; ${lost.size} documents are lost.`,
        ),
  );
  await printer.line(`journal    ${journal.entries} entries, ${journal.bytes} bytes`);
  const { loose, looseBytes, packed, packs, packBytes, removed, unnamed } = documents;
  await printer.line(`documents  ${loose} as files, ${looseBytes} bytes`);
  await printer.line(`           ${packed} in ${packs} packs, ${packBytes} bytes`);
  if (removed > 0) await printer.line(`           ${removed} removed by policy, as the journal says`);
  if (unnamed > 0)
    await printer.line(
      `           ${unnamed} that no line of the journal names; a crash may leave such, and they are left alone`,
    );
  await printer.line(`store      ${store.message}`);
  for (const { message, repaired } of faults)
    await printer.line(`${repaired ? 'mended' : 'fault '}  ${message}`);
  for (const sha256 of lost) await printer.line(`lost    ${sha256}`);
}
