/** `conclave pack`: the archive made small, and what a policy removes. */
import type { Command } from 'commander';
import { openArchive } from '../archive/index.ts';
import { keepUp } from '../daemon/index.ts';
import type { Context } from './command.ts';
import { configOf, retentionOf } from './config.ts';
import { exit, type ExitCode } from './exit.ts';
import { dataDirectory, starting } from './serve-options.ts';

interface PackOptions {
  readonly data?: string;
  readonly config?: string;
  readonly all?: true;
  readonly json?: true;
}

const help = `
An observatory does this by itself once a day. A pack holds about a day's documents, each written against the one before it;
what does not fill a pack stays as it is, unless --all says otherwise. Every document of a pack is read back and hashed before
the single files are removed; whenever it is interrupted, nothing is lost. With --config, what [retention] says is removed first.

Exit code: 0 done, 1 some files are damaged and were left, 69 another process has the directory.`;

/** Adds `conclave pack`. */
export function registerPack(program: Command, context: Context): void {
  program
    .command('pack')
    .summary('make the archive smaller')
    .description(
      'Puts documents that are files of their own into packs. The observatory must not be running.',
    )
    .option('--data <dir>', 'the data directory (default: ./data)')
    .option('--config <file>', 'the configuration of the observatory: its [retention] is carried out first')
    .option('--all', 'pack also what does not fill a pack yet')
    .option('--json', 'print what was done as JSON')
    .addHelpText('after', help)
    .action(async (options: PackOptions) => context.finish(await pack(options, context)));
}

async function pack(options: PackOptions, { printer }: Context): Promise<ExitCode> {
  const config = await configOf(options.config);
  const directory = await dataDirectory(options.data ?? config.data ?? 'data');
  const archive = await starting(() => openArchive(directory));
  try {
    const { removed } = await starting(() =>
      keepUp(archive, { retention: retentionOf(config), pack: false }, Date.now()),
    );
    const { packs, left, damaged } = await starting(() => archive.pack({ all: options.all === true }));
    if (options.json === true) {
      const broken = damaged.map(({ path, message }) => ({ path, message }));
      await printer.line(JSON.stringify({ removed, packs, left, damaged: broken }));
    } else {
      if (removed > 0) await printer.line(`${removed} documents removed by policy.`);
      for (const { path, documents, bytes, looseBytes, packBytes } of packs)
        await printer.line(
          `${path}: ${documents} documents, ${bytes} bytes; ${looseBytes} as files, ${packBytes} packed.`,
        );
      for (const { message } of damaged) await printer.line(`damaged: ${message}`);
      await printer.line(`${packs.length} packs made; ${left} documents stay files of their own.`);
    }
    return damaged.length === 0 ? exit.ok : exit.no;
  } finally {
    await archive.close();
  }
}
