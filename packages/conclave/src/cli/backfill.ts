/** `conclave backfill`: rounds of the past, out of CollecTor's archives or a local mirror of them. */
import { InvalidArgumentError, type Command } from 'commander';
import { parseTime, type UnixSeconds } from '@conclave/netdoc';
import { defaultLimits } from '../analysis/index.ts';
import { archivedKinds } from '../archive/index.ts';
import type { ArchivedDocumentKind } from '../archive/index.ts';
import { backfill, BackfillError, reportFile, usualKinds } from '../backfill/index.ts';
import type { BackfillReport, Progress } from '../backfill/index.ts';
import { loadCountries, loadNetworks } from '../daemon/index.ts';
import { judgesOf } from './authorities.ts';
import type { Context } from './command.ts';
import { camelCased, configOf, type Config } from './config.ts';
import { CommandError, exit, worst, type ExitCode } from './exit.ts';
import { count, plural, table, timeText, type Io } from './output.ts';
import { starting } from './serve-options.ts';

interface BackfillCommand {
  readonly from: string;
  readonly since: number;
  readonly until: number;
  readonly kinds: readonly ArchivedDocumentKind[];
  readonly data?: string;
  readonly config?: string;
  readonly authorities?: string;
  readonly threads?: number;
  readonly json?: true;
}

const help = `
--from is a folder in CollecTor's layout or with its files (consensuses-2024-05.tar.xz, certs.tar.xz …, or files of recent/),
or an address such as https://collector.torproject.org/. With an index.json each file's SHA-256 is compared with it.

Every document is verified by the authorities of its own time and kept; of rounds that the observatory watched itself, those
that it lacks. What was seen, and when, stays as it was. A run that was cut off goes on where it was when it is started
again. The report lists what was refused, unreadable or missing; it is also written to ${reportFile} in the data directory.

Exit codes: 0 everything is there and accepted, 1 something was refused or could not be read, 2 something is missing or
undecided, 69 the archive cannot be reached or an observatory runs on the data directory.

Examples:
  conclave backfill --from /srv/collector --since 2024-05-01 --until 2024-05-31
  conclave backfill --from https://collector.torproject.org/ --since 2024-05-30 --until 2024-05-30 --kinds consensus,certificate`;

/** Adds `conclave backfill`. */
export function registerBackfill(program: Command, context: Context): void {
  program
    .command('backfill')
    .summary("read past rounds out of CollecTor's archives")
    .description('Reads the documents of past rounds out of an archive, verifies them and keeps them.')
    .requiredOption('--from <url-or-dir>', 'the archive: a folder, or an address')
    .requiredOption('--since <date>', 'the first valid-after: YYYY-MM-DD, or a time in UTC', readSince)
    .requiredOption(
      '--until <date>',
      'the last day, YYYY-MM-DD; or a time in UTC, before which the last round is',
      readUntil,
    )
    .option('--kinds <list>', `of ${archivedKinds.join(', ')}`, readKinds, usualKinds)
    .option('--data <dir>', 'the data directory (default: ./data)')
    .option('--config <file>', 'the configuration of the observatory')
    .option(
      '--authorities <file>',
      'whose documents they are: our JSON, or a torrc with DirAuthority lines (default: the public network, at the time of each document)',
    )
    .option('--threads <n>', 'threads that judge; 0: none (default: by the machine)', readThreads)
    .option('--json', 'print the report as JSON')
    .addHelpText('after', help)
    .action(async (options: BackfillCommand) => context.finish(await run(options, context)));
}

function readSince(text: string): number {
  return timeOf(text).at;
}

function readUntil(text: string): number {
  const { at, day } = timeOf(text);
  return day ? at + 86_400 : at;
}

function timeOf(text: string): { readonly at: number; readonly day: boolean } {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const at = parseTime(
    day ? `${text} 00:00:00` : text.replace(/^(\d{4}-\d\d-\d\d)T/, '$1 ').replace(/Z$/, ''),
  );
  if (at === undefined) throw new InvalidArgumentError('expected YYYY-MM-DD or "YYYY-MM-DD HH:MM:SS" in UTC');
  return { at, day };
}

function readKinds(text: string): readonly ArchivedDocumentKind[] {
  return text.split(',').map((name) => {
    const kind = archivedKinds.find((one) => one === name.trim());
    if (!kind) throw new InvalidArgumentError(`expected kinds of ${archivedKinds.join(', ')}`);
    return kind;
  });
}

function readThreads(text: string): number {
  if (!/^\d{1,2}$/.test(text)) throw new InvalidArgumentError('expected a number from 0 to 99');
  return Number(text);
}

async function run(options: BackfillCommand, { io, printer }: Context): Promise<ExitCode> {
  if (options.since >= options.until)
    throw new CommandError(exit.usage, '--until: expected a time after --since');
  const config = await configOf(options.config);
  const settings = await settingsOf(options, config, io);
  const bar = progressOn(io);
  const report = await starting(() => reached(() => backfill({ ...settings, onProgress: bar.show })));
  bar.clear();
  if (options.json === true) await printer.line(JSON.stringify(report));
  else for (const line of linesOf(report, printer.width)) await printer.line(line);
  return codeOf(report);
}

async function settingsOf(
  options: BackfillCommand,
  config: Config,
  io: Io,
): Promise<Parameters<typeof backfill>[0]> {
  const { since, until, kinds, from, threads } = options;
  const authorities = options.authorities ?? config.authorities;
  const judges = authorities === undefined ? undefined : (await judgesOf(authorities, io))(undefined);
  const countries = await starting(() => loadCountries(config.geoip));
  const networks = await starting(() => loadNetworks(config.asn));
  return {
    directory: options.data ?? config.data ?? 'data',
    from,
    since,
    until,
    kinds,
    now: Date.now,
    signal: new AbortController().signal,
    ...(judges ? { set: judges.set } : {}),
    ...(config.limits ? { limits: { ...defaultLimits, ...camelCased(config.limits) } } : {}),
    ...(countries ? { countries } : {}),
    ...(networks ? { networks } : {}),
    ...(threads === undefined ? {} : { threads }),
  };
}

async function reached<T>(job: () => Promise<T>): Promise<T> {
  try {
    return await job();
  } catch (error) {
    if (!(error instanceof BackfillError)) throw error;
    throw new CommandError(error.code === 'unreachable' ? exit.unreachable : exit.usage, error.message);
  }
}

/** What the report says, as an exit code. */
function codeOf({ run: ran, held }: BackfillReport): ExitCode {
  const codes: ExitCode[] = [exit.ok];
  if (ran.unreachable > 0) codes.push(exit.unreachable);
  if (ran.problemCount > ran.unreachable) codes.push(exit.no);
  if (held.refused.some(({ outcome }) => outcome === 'rejected' || outcome === 'lost')) codes.push(exit.no);
  if (held.refusedCount > 0 || held.missing > 0) codes.push(exit.undecided);
  return worst(codes);
}

// --- while it runs ------------------------------------------------------------------------------------------------------

const barWidth = 24;
/** Not more often than somebody can read. */
const barMs = 100;

interface Bar {
  readonly show: (progress: Progress) => void;
  readonly clear: () => void;
}

/** A bar with rate and time to go on a terminal; nothing elsewhere. */
function progressOn({ stderr }: Io): Bar {
  if (stderr.isTTY !== true) return { show: () => {}, clear: () => {} };
  let last = -Infinity;
  return {
    show: (progress) => {
      const now = performance.now();
      if (now - last < barMs && progress.done < progress.total) return;
      last = now;
      stderr.write(`\r${progressText(progress).slice(0, (stderr.columns ?? 120) - 1)}\u001b[K`);
    },
    clear: () => void stderr.write('\r\u001b[K'),
  };
}

/** The bar as text. */
export function progressText({ phase, what, done, total, items, elapsedMs }: Progress): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const full = Math.round(share * barWidth);
  const bar = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
  const rate = elapsedMs > 0 ? (items / elapsedMs) * 1000 : 0;
  const unit = phase === 'reading' ? 'document' : 'round';
  const left = share > 0 && elapsedMs > 1000 ? `, ${clockText(((1 - share) / share) * elapsedMs)} to go` : '';
  return `${bar} ${Math.floor(share * 100)} %  ${count(items)} ${items === 1 ? unit : `${unit}s`}, ${rate.toFixed(1)}/s${left}  ${what}`;
}

function clockText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

// --- at the end ---------------------------------------------------------------------------------------------------------

/** Lists are cut here; the report in the data directory has them whole. */
const linesMost = 20;

function linesOf(report: BackfillReport, width: number): string[] {
  const { run: ran, held } = report;
  const documents = Object.values(ran.documents).reduce((sum, one) => sum + one, 0);
  const seconds = ran.elapsedMs / 1000;
  return [
    `Read ${plural(ran.filesRead, 'file')} of ${report.source}${report.indexed ? '' : ' (no index: digests of files were not compared)'}: ` +
      `${plural(documents, 'new document')}, ${(ran.bytes / 1e6).toFixed(1)} MB; judged ${plural(ran.roundsJudged, 'round')} in ${seconds.toFixed(1)} s.`,
    ...(ran.filesDoneBefore + ran.known > 0
      ? [`Read before: ${plural(ran.filesDoneBefore, 'file')}, ${plural(ran.known, 'document')}.`]
      : []),
    ...(ran.watched.rounds > 0
      ? [
          `Watched by the observatory itself: ${plural(ran.watched.rounds, 'round')}; ` +
            `${plural(ran.watched.filledIn, 'document')} of them filled in, ${ran.watched.there} were there.`,
        ]
      : []),
    ...(ran.others > 0 ? [`Passed over, of nobody who is an authority: ${plural(ran.others, 'file')}.`] : []),
    `Held from ${spec(report.since)} until ${spec(report.until)}: ${plural(held.rounds, 'round')}` +
      `${listText(held.outcomes, 'out of archives ')}${listText(held.proofs, 'proofs ')}.`,
    ...section(
      `Missing: ${plural(held.missing, 'round')}.`,
      held.missing,
      held.gaps.map(({ from, to, rounds }) => [spec(from), spec(to), count(rounds)]),
      ['first', 'last', 'rounds'],
      width,
    ),
    ...section(
      `Not accepted: ${plural(held.refusedCount, 'document')}.`,
      held.refusedCount,
      held.refused.map(({ name, outcome, verdict }) => [name, outcome, verdict]),
      ['document', 'outcome', 'why'],
      width,
    ),
    ...section(
      `Problems with files: ${ran.problemCount}.`,
      ran.problemCount,
      ran.problems.map(({ path, problem }) => [path, problem]),
      ['file', 'problem'],
      width,
    ),
    ...section(
      `Not of an archive's layout, and passed over: ${plural(ran.strangerCount, 'file')}.`,
      ran.strangerCount,
      ran.strangers.map((path) => [path]),
      ['file'],
      width,
    ),
  ];
}

function spec(at: number): string {
  return timeText(at as UnixSeconds);
}

function listText(counts: Readonly<Record<string, number>>, before: string): string {
  const parts = Object.entries(counts).map(([name, number]) => `${number} ${name}`);
  return parts.length === 0 ? '' : `; ${before}${parts.join(', ')}`;
}

function section(
  title: string,
  total: number,
  rows: readonly (readonly string[])[],
  head: readonly string[],
  width: number,
): string[] {
  if (total === 0) return [];
  const more = total > linesMost && rows.length > linesMost ? [`  … and more: ${reportFile}`] : [];
  return ['', title, table(head, rows.slice(0, linesMost), width), ...more];
}
