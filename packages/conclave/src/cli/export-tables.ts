/** `conclave export tables`: the store's tables as CSV or Parquet. */
import { Option, type Command } from 'commander';
import { mkdir, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openExtract, tables, timeColumnOf } from '../store/index.ts';
import type { ExtractFormat, TableName } from '../store/index.ts';
import type { Context } from './command.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { starting } from './serve-options.ts';

interface TablesOptions {
  readonly data: string;
  readonly table?: readonly string[];
  readonly all?: true;
  readonly format: ExtractFormat;
  readonly out: string;
  readonly since?: string;
  readonly until?: string;
  readonly json?: true;
}

const help = `
The store must not be open in an observatory; while one runs, its API has the same figures (docs/api.md). Columns and units are
those of docs/data-directory.md. --since and --until (which is not included) go by valid_after, at or day, whichever a table has;
a table of no time is written whole, and the output says so.

Exit code: 0 written, 64 there is no such table, 69 another process has the store.

Examples:
  conclave export tables --table rounds --table votes -o out
  conclave export tables --all --format parquet --since 2026-01-01 --until 2026-02-01 -o january`;

/** Adds `conclave export tables`, which is also what \`conclave export\` does without another word. */
export function registerExportTables(group: Command, context: Context): void {
  const several = (name: string, before: readonly string[] = []): readonly string[] => [...before, name];
  group
    .command('tables', { isDefault: true })
    .summary("the store's tables as CSV or Parquet")
    .description('Writes one file for each table.')
    .option('--data <dir>', 'the data directory', 'data')
    .option('--table <name>', 'a table; may be given several times', several)
    .option('--all', 'all tables')
    .addOption(new Option('--format <format>', 'the form').choices(['csv', 'parquet']).default('csv'))
    .requiredOption('-o, --out <dir>', 'the directory to write to')
    .option('--since <time>', 'from this time on, like 2026-01-01 or 2026-01-01T12:00:00Z')
    .option('--until <time>', 'to before this time')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', help)
    .action(async (options: TablesOptions) => context.finish(await exportTables(options, context)));
}

async function exportTables(options: TablesOptions, { printer }: Context): Promise<ExitCode> {
  const since = timeOf(options.since, '--since');
  const until = timeOf(options.until, '--until');
  const names = namesOf(options);
  const span = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  const store = await starting(() => openExtract(join(options.data, 'store.duckdb')));
  try {
    const missing = names.filter((name) => !store.tables.includes(name));
    if (missing.length > 0 && options.all !== true)
      throw new CommandError(
        exit.usage,
        `this store has no table ${missing.join(', ')}; conclave rebuild makes it anew`,
      );
    await mkdir(options.out, { recursive: true }).catch((error: unknown) => {
      throw new CommandError(
        exit.usage,
        `${options.out}: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    const written = [];
    for (const table of names.filter((name) => store.tables.includes(name))) {
      const file = join(options.out, `${table}.${options.format}`);
      const draft = `${file}.writing-${randomUUID()}`;
      const rows = await starting(() =>
        store.extract(table, draft, { format: options.format, ...span }),
      ).catch(async (error: unknown) => {
        await rm(draft, { force: true });
        throw error;
      });
      await rename(draft, file);
      const whole = (since ?? until) !== undefined && timeColumnOf(tables[table]) === undefined;
      written.push({ table, file, rows, whole });
      if (options.json !== true)
        await printer.line(`${file}: ${rows} rows${whole ? ' (of no time, so all of them)' : ''}`);
    }
    if (options.json === true) await printer.line(JSON.stringify({ written }));
    return exit.ok;
  } finally {
    store.close();
  }
}

function namesOf({ all, table = [] }: TablesOptions): readonly TableName[] {
  const known = Object.keys(tables) as TableName[];
  if (all === true && table.length === 0) return known;
  if (all === true || table.length === 0)
    throw new CommandError(exit.usage, 'expected --table NAME, or --all, and not both');
  return table.map((name) => {
    const found = known.find((one) => one === name);
    if (found) return found;
    throw new CommandError(
      exit.usage,
      `--table: expected one of ${known.join(', ')}, found ${JSON.stringify(name)}`,
    );
  });
}

/** A day, or a time in UTC, as seconds. */
function timeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)Z?)?$/.exec(text);
  const at = match ? Date.parse(`${match[1]}T${match[2] ?? '00:00'}Z`) : Number.NaN;
  if (Number.isNaN(at))
    throw new CommandError(
      exit.usage,
      `${name}: expected a time like 2026-01-01 or 2026-01-01T12:00:00Z, found ${JSON.stringify(text)}`,
    );
  return at / 1000;
}
