/** `conclave rebuild`: the store anew from archive and journal. */
import type { Command } from 'commander';
import { rebuildStore } from '../daemon/index.ts';
import type { Context } from './command.ts';
import { camelCased, configOf } from './config.ts';
import { exit, type ExitCode } from './exit.ts';
import { dataDirectory, starting } from './serve-options.ts';

interface RebuildOptions {
  readonly data?: string;
  readonly config?: string;
  readonly withoutRemoved?: true;
  readonly json?: true;
}

/** Adds `conclave rebuild`. */
export function registerRebuild(program: Command, context: Context): void {
  program
    .command('rebuild')
    .summary('make the store anew from the archive')
    .description(
      'Reads the whole journal again and makes the store from it; the same bytes give the same rows. The observatory must not be running.',
    )
    .option('--data <dir>', 'the data directory (default: ./data)')
    .option('--config <file>', 'the configuration of the observatory: its limits decide what is an alert')
    .option(
      '--without-removed',
      'go on although a policy removed documents; the old store is kept beside the new',
    )
    .option('--json', 'print the counts as JSON')
    .action(async (options: RebuildOptions) => context.finish(await rebuild(options, context)));
}

async function rebuild(options: RebuildOptions, { io, printer }: Context): Promise<ExitCode> {
  const config = await configOf(options.config);
  const directory = await dataDirectory(options.data ?? config.data ?? 'data');
  const terminal = io.stderr.isTTY === true;
  const progress = (entries: number): void => void (terminal && io.stderr.write(`\r${entries} entries read`));
  const { entries, counts, removed, before } = await starting(() =>
    rebuildStore(directory, {
      onProgress: progress,
      withoutRemoved: options.withoutRemoved === true,
      ...(config.limits ? { limits: camelCased(config.limits) } : {}),
      ...(config.geoip === undefined ? {} : { geoip: config.geoip }),
      ...(config.asn === undefined ? {} : { asn: config.asn }),
    }),
  );
  if (terminal) io.stderr.write('\r');
  if (options.json === true) {
    await printer.line(
      JSON.stringify({
        entries,
        removed,
        ...(before === undefined ? {} : { before }),
        rows: Object.fromEntries(counts.map(({ name, rows }) => [name, rows])),
      }),
    );
  } else {
    await printer.line(
      `Rebuilt from ${entries} journal entries: ${counts.map(({ name, rows }) => `${rows} ${name}`).join(', ')}.`,
    );
    if (removed > 0)
      await printer.line(
        `${removed} documents were removed by policy: what came from them is only in ${before ?? 'no store'}.`,
      );
  }
  return exit.ok;
}
