/** `conclave export`: what others can use, as files. */
import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { access, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createAnswers } from '../answers/index.ts';
import { defaultLimits } from '../analysis/index.ts';
import { alliumPath, timeInput } from '../api/index.ts';
import { openArchiveReader } from '../archive/index.ts';
import { openDuckDb } from '../store/index.ts';
import type { Context } from './command.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { registerExportTables } from './export-tables.ts';
import { defaultListen, starting } from './serve-options.ts';

interface ExportOptions {
  readonly data?: string;
  readonly url?: string;
  readonly at?: string;
  readonly out: string;
  readonly json?: true;
}

const help = `
The file takes its place in one step when it is whole, and not at all when something fails: whoever reads it never sees half.
What it repairs in allium's pages, and how to run it before allium: docs/allium.md.

Exit code: 0 written, 2 no round whose votes are held is known, 69 no observatory answers, or it has the data directory.

Examples:
  conclave export allium -o allium/data/cache/collector_consensus.json
  conclave export allium --data /var/lib/conclave --at 2026-07-27T14:00:00Z -o then.json`;

/** Adds `conclave export`. */
export function registerExport(program: Command, context: Context): void {
  const group = program.command('export').summary('write files that other programs read');
  registerExportTables(group, context);
  group
    .command('allium')
    .summary("the votes of a round as allium's cache has them")
    .description('Writes collector_consensus.json: of the newest round, or of the one that is named.')
    .requiredOption('-o, --out <file>', 'where to write it')
    .option('--at <time>', 'valid-after of the round, like 2026-07-27T14:00:00Z (default: the newest)')
    .option('--data <dir>', 'read a data directory that no observatory has open')
    .option('--url <url>', `ask the observatory that listens there (default: http://${defaultListen})`)
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', help)
    .action(async (options: ExportOptions) => context.finish(await exportAllium(options, context)));
}

async function exportAllium(options: ExportOptions, { printer }: Context): Promise<ExitCode> {
  const at = timeInput.optional().safeParse(options.at);
  if (!at.success)
    throw new CommandError(exit.usage, `--at: ${at.error.issues[0]?.message ?? 'expected a time'}`);
  if (options.data !== undefined && options.url !== undefined)
    throw new CommandError(exit.usage, '--data and --url: expected one of them');
  const found =
    options.data === undefined
      ? await fromObservatory(options.url ?? `http://${defaultListen}`, at.data)
      : await starting(() => fromDirectory(options.data ?? '', at.data));
  if (found === undefined) {
    await printer.line('No round whose votes are held is known; nothing was written.');
    return exit.undecided;
  }
  let bytes: number;
  try {
    bytes = await writeInOneStep(options.out, found.pieces);
  } catch (error) {
    throw asCommandError(error, options.out);
  } finally {
    await found.close();
  }
  if (options.json === true) await printer.line(JSON.stringify({ file: options.out, bytes }));
  else await printer.line(`${options.out}: ${bytes} bytes.`);
  return exit.ok;
}

interface Found {
  readonly pieces: AsyncIterable<string | Uint8Array>;
  close(): Promise<void>;
}

async function fromObservatory(base: string, at: string | undefined): Promise<Found | undefined> {
  const url = new URL(alliumPath, base.includes('://') ? base : `http://${base}`);
  if (at !== undefined) url.searchParams.set('at', at);
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CommandError(
      exit.unreachable,
      `no observatory answers at ${url.origin} (${cause}); start one with "conclave run", or give --data`,
    );
  }
  if (response.status === 404) return undefined;
  const { body } = response;
  if (!response.ok || !body)
    throw new CommandError(exit.unreachable, `${url.href} answers ${response.status}`);
  return { pieces: body, close: async () => {} };
}

async function fromDirectory(directory: string, at: string | undefined): Promise<Found | undefined> {
  const path = join(directory, 'store.duckdb');
  // A store that is not there would be made.
  await access(path).catch(() => {
    throw new CommandError(exit.usage, `${path}: expected the store of a data directory, found none`);
  });
  const store = await openDuckDb({ path });
  const answers = createAnswers({
    store,
    archive: openArchiveReader(directory),
    limits: defaultLimits,
    now: Date.now,
    revision: () => 0,
    geoSource: undefined,
    cacheSeconds: 1,
    network: 'unknown',
  });
  const file = await answers.allium(at);
  if (file === undefined) {
    await store.close();
    return undefined;
  }
  return { pieces: file.pieces(), close: () => store.close() };
}

/** Beside its place first, then in one step into it. Resolves to its size. */
async function writeInOneStep(path: string, pieces: AsyncIterable<string | Uint8Array>): Promise<number> {
  const draft = `${path}.writing-${randomUUID()}`;
  let bytes = 0;
  try {
    const handle: FileHandle = await open(draft, 'wx');
    try {
      for await (const piece of pieces) {
        const whole = typeof piece === 'string' ? Buffer.from(piece) : piece;
        await handle.writeFile(whole);
        bytes += whole.length;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
    return bytes;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function asCommandError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  if (['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EROFS'].includes(code))
    return new CommandError(exit.usage, `${path}: ${message}`);
  if (error instanceof TypeError)
    return new CommandError(exit.unreachable, `the answer broke off: ${message}`);
  return error;
}
