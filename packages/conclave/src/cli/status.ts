/** `conclave status`: what a running observatory says, in a terminal. */
import type { Command } from 'commander';
import type { AuthorityRow, Status } from '../api/index.ts';
import type { Context } from './command.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { printable, table, type Printer, type Tone } from './output.ts';
import { defaultListen } from './serve-options.ts';

interface StatusOptions {
  readonly url: string;
  readonly json?: true;
}

const help = `
Exit code: 0 nothing needs attention, 1 something does, 2 the observatory cannot say (blind, or nothing known yet),
  69 no observatory answers there.`;

/** Adds `conclave status`. */
export function registerStatus(program: Command, context: Context): void {
  program
    .command('status')
    .summary('ask a running observatory how things are')
    .description('Prints the state of the consensus, of each authority, and what needs attention.')
    .option('--url <url>', 'where the observatory listens', `http://${defaultListen}`)
    .option('--json', 'print the answer of /api/v1/status as it is')
    .addHelpText('after', help)
    .action(async (options: StatusOptions) => context.finish(await status(options, context)));
}

async function status(options: StatusOptions, { printer }: Context): Promise<ExitCode> {
  const answer = await ask(new URL('/api/v1/status', base(options.url)));
  if (options.json === true) await printer.line(JSON.stringify(answer));
  else for (const line of statusLines(answer, printer)) await printer.line(line);
  if (answer.sentence.level === 'unknown') return exit.undecided;
  return answer.sentence.level === 'ok' ? exit.ok : exit.no;
}

function base(url: string): URL {
  try {
    return new URL(url.includes('://') ? url : `http://${url}`);
  } catch {
    throw new CommandError(exit.usage, `--url: expected a URL, found ${JSON.stringify(url)}`);
  }
}

async function ask(url: URL): Promise<Status> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CommandError(
      exit.unreachable,
      `no observatory answers at ${url.origin} (${cause}); start one with "conclave run"`,
    );
  }
  if (!response.ok) throw new CommandError(exit.unreachable, `${url.href} answers ${response.status}`);
  return (await response.json()) as Status;
}

const tones: Readonly<Record<AuthorityRow['level'], Tone>> = {
  ok: 'good',
  warn: 'open',
  bad: 'bad',
  unknown: 'faint',
};

/** The lines of the answer. */
export function statusLines(status: Status, { paint, width }: Pick<Printer, 'paint' | 'width'>): string[] {
  const { sentence, consensus, voting, agreement, observing } = status;
  const head = `${paint(tones[sentence.level], sentence.headline)} ${sentence.detail}`;
  const agreed =
    agreement.mean.value === null
      ? `n/a, because ${agreement.mean.reason ?? 'it is not known'}`
      : `${percent(agreement.mean.value)} over ${agreement.voters} votes`;
  const facts = [
    `network     ${printable(status.network)}, seen from ${printable(observing.vantage)} at ${status.now}`,
    `consensus   ${consensus.state}, valid after ${consensus.validAfter ?? 'n/a'}`,
    `            fresh until ${consensus.freshUntil ?? 'n/a'}, valid until ${consensus.validUntil ?? 'n/a'}`,
    `voting      ${voting.voted ?? 'n/a'} of ${voting.configured}, ${voting.needed} needed`,
    `agreement   ${agreed}`,
  ];
  const rows = status.authorities.map((row) => authorityCells(row, paint));
  const alerts = status.alerts.map(
    ({ severity, title, message }) =>
      `${paint(severity === 'warning' || severity === 'info' ? 'open' : 'bad', severity)}: ${printable(title)}. ${printable(message)}`,
  );
  return [
    head,
    '',
    ...facts,
    '',
    table(['authority', 'state', 'vote', 'scan', 'agrees', 'answers', 'clock', 'key ends'], rows, width),
    ...(alerts.length > 0 ? ['', ...alerts] : []),
  ];
}

function percent(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

/** The share that was measured, and what is wrong with it in a word; the whole is in the alert and in `--json`. */
function scanText({ state, level, measured, running }: AuthorityRow['scan']): string {
  if (state === 'none') return '–';
  if (state === 'unknown') return 'n/a';
  if (state === 'silent' || measured === null || running === null || running === 0) return state;
  return level === 'ok' ? percent(measured / running) : `${percent(measured / running)}, ${state}`;
}

function authorityCells(row: AuthorityRow, paint: Printer['paint']): string[] {
  const mark = ({ value }: { readonly value: boolean | null }): string =>
    value === null ? '?' : value ? '✓' : '✗';
  const { inConsensus, retrievable, signed } = row.vote;
  const skew = row.clockSkewSeconds.value;
  return [
    printable(row.nickname),
    paint(tones[row.level], row.state),
    row.votes ? `${mark(inConsensus)} ${mark(retrievable)} ${mark(signed)}` : 'none',
    row.votes ? scanText(row.scan) : '–',
    row.agreement.value === null ? 'n/a' : percent(row.agreement.value),
    row.latency.firstByteMs === null ? 'n/a' : `${Math.round(row.latency.firstByteMs)} ms`,
    skew === null ? 'n/a' : `${skew > 0 ? '+' : ''}${skew.toFixed(1)} s`,
    row.certificate.text,
  ];
}
