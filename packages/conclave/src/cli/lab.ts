/** `conclave lab`: a private network of real tor authorities; up, down, faults, and recordings of it. */
import type { Command } from 'commander';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault, ForgedRound, Lab, LabOptions } from '@conclave/lab';
import { packRecording } from '../archive/index.ts';
import { startObservatory } from '../daemon/index.ts';
import { parseAuthorities } from '../network/index.ts';
import type { Context } from './command.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { readListen, untilStopped } from './serve-options.ts';

/** Options that describe the network. */
interface NetworkOptions {
  readonly authorities: string;
  readonly relays: string;
  readonly interval: string;
  readonly seed: string;
}

interface UpOptions extends NetworkOptions {
  readonly directory: string;
  readonly json?: true;
}

interface ForgeOptions {
  readonly rounds: string;
  readonly first: string;
  readonly seed: string;
  readonly authorities: string;
  readonly out: string;
  readonly json?: true;
}

interface RecordOptions extends NetworkOptions {
  readonly rounds: string;
  readonly out: string;
  readonly listen: string;
  readonly json?: true;
}

const help = `
The network runs in a network namespace of its own where the system allows it, and otherwise on loopback addresses only:
no packet leaves the machine. DIR/enter PROGRAM runs a program where it can reach the network, for example
  DIR/enter conclave run --authorities DIR/authorities.json

Faults: hang, resume, kill, restart, drop-vote, freeze-bandwidth, thaw-bandwidth, renew-certificate, change-relay,
hibernate-relay, add-relays, reject-relay, accept-relay, bad-exit, withhold-vote, deliver-vote, equivocate, tear-relays,
mend-relays. Needs tor (Debian: apt-get install tor; its service need not run).`;

/** Adds `conclave lab`. Only this command loads the lab. */
export function registerLab(program: Command, context: Context): void {
  const lab = program
    .command('lab')
    .summary('run real tor authorities on this machine')
    .description('A private Tor network for tests and recordings.')
    .addHelpText('after', help);
  withNetworkOptions(
    lab
      .command('up')
      .description('Starts the network and keeps it until it is stopped.')
      .requiredOption('--directory <dir>', 'a new or empty directory'),
  )
    .option('--json', 'print what is said as JSON, one object a line')
    .action(async (options: UpOptions) => context.finish(await up(options, context)));
  lab
    .command('down')
    .description('Stops a network.')
    .requiredOption('--directory <dir>', 'the directory of the network')
    .option('--json', 'print the answer as JSON')
    .action(async (options: { directory: string; json?: true }) =>
      context.finish(await send(options, { stop: true }, context)),
    );
  lab
    .command('fault')
    .description('Disturbs a running network, for example: fault hang --authority tor26')
    .argument('<fault>', 'what to do')
    .requiredOption('--directory <dir>', 'the directory of the network')
    .option('--authority <nickname>', 'whom')
    .option('--others <nicknames>', 'whom else, separated by commas')
    .option('--relay <index or fingerprint>', 'which relay')
    .option('--count <n>', 'how many relays')
    .option('--lifetime <seconds>', 'how long a new certificate lives')
    .option('--json', 'print the answer as JSON')
    .action(async (fault: string, options: FaultOptions) =>
      context.finish(await send(options, faultOf(fault, options), context)),
    );
  withNetworkOptions(
    lab
      .command('record')
      .description(
        'Starts a network, disturbs it as on a bad day, watches it, and packs what was seen into a recording.',
      )
      .requiredOption('--out <file>', 'the recording to make, .tar.xz'),
  )
    .option('--rounds <n>', 'how many rounds', '36')
    .option('--listen <host:port>', 'where to watch it meanwhile', '127.0.0.1:0')
    .option('--json', 'print what is said as JSON, one object a line')
    .action(async (options: RecordOptions) => context.finish(await record(options, context)));
  lab
    .command('forge')
    .description(
      'Posts votes of its own making to one real tor, and keeps them with the consensus that it computes from them.',
    )
    .requiredOption('--out <dir>', 'where the rounds are kept; a new or empty directory')
    .option('--rounds <n>', 'how many rounds, five seconds each', '12')
    .option('--first <n>', 'number of the first round: a seed and a number make the same votes again', '1')
    .option('--seed <text>', 'what the votes follow from', 'conclave')
    .option('--authorities <n>', 'how many authorities are configured, the real one included', '8')
    .option('--json', 'print what is said as JSON, one object a line')
    .action(async (options: ForgeOptions) => context.finish(await forge(options, context)));
}

function withNetworkOptions(command: Command): Command {
  return command
    .option('--authorities <n>', 'how many authorities', '9')
    .option('--relays <n>', 'how many relays', '60')
    .option('--interval <seconds>', 'seconds between two rounds; a divisor of 1800', '20')
    .option('--seed <text>', 'what the made-up relays follow from', 'conclave');
}

interface FaultOptions {
  readonly directory: string;
  readonly authority?: string;
  readonly others?: string;
  readonly relay?: string;
  readonly count?: string;
  readonly lifetime?: string;
  readonly json?: true;
}

function faultOf(fault: string, options: FaultOptions): Record<string, unknown> {
  const number = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : Number(text);
  const relay =
    options.relay !== undefined && /^\d{1,6}$/.test(options.relay) ? Number(options.relay) : options.relay;
  const whole = {
    fault,
    authority: options.authority,
    others: options.others?.split(','),
    relay,
    count: number(options.count),
    lifetimeSeconds: number(options.lifetime),
  };
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
}

async function send(
  options: { readonly directory: string; readonly json?: true },
  request: Record<string, unknown>,
  { printer }: Context,
): Promise<ExitCode> {
  const { readFault, sendToLab } = await import('@conclave/lab');
  let sent: Fault | { readonly stop: true };
  try {
    sent = 'stop' in request ? { stop: true } : readFault(request);
  } catch (error) {
    throw new CommandError(exit.usage, error instanceof Error ? error.message : String(error));
  }
  const answer = await sendToLab(options.directory, sent).catch((error: unknown) => {
    throw new CommandError(
      exit.unreachable,
      `${options.directory}: no running network (${error instanceof Error ? error.message : String(error)})`,
    );
  });
  await printer.line(options.json === true ? JSON.stringify(answer) : answer.ok ? answer.said : answer.error);
  return answer.ok ? exit.ok : exit.no;
}

/** A count as the command line gives it. */
function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new CommandError(
      exit.usage,
      `--${name}: expected a positive whole number, found ${JSON.stringify(text)}`,
    );
  return value;
}

function labOptions(options: NetworkOptions, directory: string, log: (line: string) => void): LabOptions {
  return {
    directory,
    authorityCount: wholeNumber('authorities', options.authorities),
    relayCount: wholeNumber('relays', options.relays),
    votingIntervalSeconds: wholeNumber('interval', options.interval),
    seed: options.seed,
    log,
  };
}

/** Goes into a namespace of its own first; the process outside only waits. */
async function inNamespace(log: (line: string) => void, job: () => Promise<ExitCode>): Promise<ExitCode> {
  const { enterNamespace, findTor } = await import('@conclave/lab');
  if (!findTor())
    throw new CommandError(exit.usage, 'the lab needs tor and tor-gencert; on Debian: apt-get install tor');
  const isolation = await enterNamespace();
  if (isolation.state === 'ended') return isolation.exitCode as ExitCode;
  if (isolation.state === 'outside') log(`${isolation.why}; everything stays bound to loopback.`);
  return job();
}

function logOf(json: true | undefined, { printer }: Context): (line: string) => void {
  return (line) =>
    void printer.line(json === true ? JSON.stringify({ at: new Date().toISOString(), said: line }) : line);
}

async function up(options: UpOptions, context: Context): Promise<ExitCode> {
  const log = logOf(options.json, context);
  return inNamespace(log, async () => {
    const { startLab } = await import('@conclave/lab');
    const lab = await startLab(labOptions(options, options.directory, log));
    const first = await lab.waitForConsensus({ timeoutMs: 180_000 });
    log(
      `The first consensus lists ${first.relayCount} relays. Watch it: ${join(options.directory, 'enter')} conclave run --authorities ${join(options.directory, 'authorities.json')}`,
    );
    await Promise.race([untilStopped(lab, context.io), lab.ended]);
    return exit.ok;
  });
}

async function record(options: RecordOptions, context: Context): Promise<ExitCode> {
  const log = logOf(options.json, context);
  return inNamespace(log, async () => {
    const work = await mkdtemp(join(tmpdir(), 'conclave-record-'));
    try {
      await recordInto(work, options, log);
      const packed = await packRecording(join(work, 'data'), options.out);
      log(
        `${options.out}: ${packed.documents} documents, ${packed.bytes} bytes, packed ${packed.packedBytes}.`,
      );
      return exit.ok;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

/** A network with a bad day, and an observatory that watches it from before the first round. */
async function recordInto(work: string, options: RecordOptions, log: (line: string) => void): Promise<void> {
  const { badDay, runScenario, startLab } = await import('@conclave/lab');
  const rounds = Number(options.rounds);
  if (!(rounds >= 8))
    throw new CommandError(
      exit.usage,
      `--rounds: a bad day takes at least 8 rounds, found ${JSON.stringify(options.rounds)}`,
    );
  const steps = badDay(rounds);
  const lab: Lab = await startLab(labOptions(options, join(work, 'lab'), log));
  try {
    await lab.waitForConsensus({ timeoutMs: 180_000 });
    const text = await readFile(join(work, 'lab', 'authorities.json'), 'utf8');
    const parsed = parseAuthorities(text, 'authorities.json');
    if (!parsed.ok) throw new CommandError(exit.fault, 'the lab wrote authorities that cannot be read');
    const { intervalSeconds, voteDelaySeconds, distDelaySeconds } = lab.plan.timing;
    const observatory = await startObservatory({
      set: { ...parsed.set, network: 'lab network' },
      directory: join(work, 'data'),
      listen: readListen(options.listen),
      vantage: 'lab',
      schedule: { intervalSeconds, voteSeconds: voteDelaySeconds, distSeconds: distDelaySeconds },
      log,
    });
    try {
      const stop = new AbortController();
      const day = runScenario(lab, steps, { log, signal: stop.signal });
      await new Promise((resolve) => setTimeout(resolve, (rounds + 1) * intervalSeconds * 1000));
      stop.abort();
      await day.catch((error: unknown) => log(String(error)));
    } finally {
      await observatory.stop();
    }
  } finally {
    await lab.stop();
  }
}

/** Every round is kept as soon as it is over: a run that is stopped keeps what it has. */
async function forge(options: ForgeOptions, context: Context): Promise<ExitCode> {
  const log = logOf(options.json, context);
  const rounds = wholeNumber('rounds', options.rounds);
  const first = wholeNumber('first', options.first);
  const authorityCount = wholeNumber('authorities', options.authorities);
  if (authorityCount < 3)
    throw new CommandError(exit.usage, `--authorities: expected at least 3, found ${authorityCount}`);
  return inNamespace(log, async () => {
    const { forgeRounds, keepForgedRound } = await import('@conclave/lab');
    await mkdir(options.out, { recursive: true });
    if ((await readdir(options.out)).length > 0)
      throw new CommandError(exit.usage, `--out: expected an empty directory, found files in ${options.out}`);
    const work = await mkdtemp(join(tmpdir(), 'conclave-forge-'));
    const stop = new AbortController();
    try {
      const { seed } = options;
      const running = forgeRounds({
        directory: join(work, 'lab'),
        rounds,
        first,
        seed,
        authorityCount,
        signal: stop.signal,
        onRound: (round) => {
          keepForgedRound(options.out, seed, round);
          log(toldOf(round));
        },
      });
      const stopping = {
        stop: async (): Promise<void> => {
          stop.abort();
          await running;
        },
      };
      await Promise.race([running, untilStopped(stopping, context.io)]);
      const made = await running;
      log(`${options.out}: ${made.length} rounds of seed ${JSON.stringify(seed)}.`);
      return exit.ok;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

function toldOf({ number, votes, authorities, ns, microdesc, refused, failed }: ForgedRound): string {
  const made = [...(ns ? ['ns'] : []), ...(microdesc ? ['microdesc'] : [])].join(' and ');
  const not = refused.length === 0 ? '' : `, ${refused.length} refused`;
  return `round ${number}: ${votes.length} votes of ${authorities}${not}; ${made === '' ? 'no consensus' : `${made} computed`}${failed === undefined ? '' : `; tor failed: ${failed}`}`;
}
