/** `conclave run`: the observatory. */
import type { Command } from 'commander';
import { hostname } from 'node:os';
import { startObservatory } from '../daemon/index.ts';
import type { ObservatoryOptions } from '../daemon/index.ts';
import type { FeedOptions } from '../feeds/index.ts';
import { publicAuthorities, reachableOf } from '../network/index.ts';
import type { AuthoritySet } from '../network/index.ts';
import { readAuthorities } from './authorities.ts';
import type { Context } from './command.ts';
import type { WantedRelays } from '../collect/index.ts';
import { camelCased, configOf, readText, retentionOf, type Config } from './config.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { defaultListen, readListen, starting, untilStopped } from './serve-options.ts';

interface RunOptions {
  readonly config?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly authorities?: string;
  readonly vantage?: string;
  readonly json?: true;
}

const help = `
Asks every authority what it publishes, keeps the bytes, verifies them, and serves a dashboard. What it puts on each
authority is bounded: docs/load.md. Everything is kept in the data directory; an observatory that was killed goes on where it was.

Configuration (TOML): docs/configuration.md. Options of the command line win over it.

Examples:
  conclave run
  conclave run --authorities /etc/tor/torrc --data /var/lib/conclave --listen 127.0.0.1:8790`;

/** Adds `conclave run`. */
export function registerRun(program: Command, context: Context): void {
  program
    .command('run')
    .summary('watch the authorities and serve the dashboard')
    .description('Runs the observatory until it is stopped.')
    .option('--config <file>', 'configuration in TOML')
    .option('--data <dir>', 'where archive and store live (default: ./data)')
    .option('--listen <host:port>', `where the dashboard listens (default: ${defaultListen})`)
    .option(
      '--authorities <file>',
      'whom to watch: our JSON, or a torrc with DirAuthority lines (default: the public Tor network)',
    )
    .option('--vantage <name>', 'what to call this place on the network (default: the host name)')
    .option('--json', 'print what is said while starting as JSON, one object a line')
    .addHelpText('after', help)
    .action(async (options: RunOptions) => context.finish(await run(options, context)));
}

async function run(options: RunOptions, context: Context): Promise<ExitCode> {
  const config = await configOf(options.config);
  const settings = await settingsOf(options, config, logger(options, context));
  const observatory = await starting(() => startObservatory(settings));
  await untilStopped(observatory, context.io);
  return exit.ok;
}

function logger(options: RunOptions, { printer }: Context): (line: string) => void {
  if (options.json === true)
    return (line) => void printer.line(JSON.stringify({ at: new Date().toISOString(), said: line }));
  return (line) => void printer.line(line);
}

async function settingsOf(
  options: RunOptions,
  config: Config,
  log: (line: string) => void,
): Promise<ObservatoryOptions> {
  const set = await authoritiesOf(options.authorities ?? config.authorities, config.network);
  const { probe, voting, limits, connectivity, sources } = config;
  return {
    set,
    directory: options.data ?? config.data ?? 'data',
    listen: readListen(options.listen ?? config.listen ?? defaultListen),
    vantage: options.vantage ?? config.vantage ?? hostname(),
    ...(voting
      ? {
          schedule: {
            intervalSeconds: voting.interval,
            voteSeconds: voting.vote_delay,
            distSeconds: voting.dist_delay,
          },
        }
      : set.schedule
        ? { schedule: set.schedule }
        : {}),
    plan: {
      ...(probe?.seconds === undefined ? {} : { probeSeconds: probe.seconds }),
      ...(probe?.or_port_seconds === undefined ? {} : { orPortSeconds: probe.or_port_seconds }),
      ...(probe?.copies === undefined ? {} : { copies: probe.copies }),
      relayDescriptors: wantedRelaysOf(config),
      ...(connectivity === undefined
        ? {}
        : { connectivity: connectivity.map((place) => readListen(place, 'connectivity')) }),
    },
    upkeep: { retention: retentionOf(config), pack: config.archive?.pack ?? true },
    ...(limits ? { limits: camelCased(limits) } : {}),
    ...(config.geoip === undefined ? {} : { geoip: config.geoip }),
    ...(config.asn === undefined ? {} : { asn: config.asn }),
    ...(sources ? { sources: sourcesOf(sources) } : {}),
    ...(config.cache_seconds === undefined ? {} : { cacheSeconds: config.cache_seconds }),
    log,
  };
}

/** What CollecTor is asked for anyway, the authorities are asked for when it has not brought it in time. */
export function wantedRelaysOf({ descriptors, sources }: Config): WantedRelays {
  if (descriptors?.from_authorities === false) return 'none';
  return sources?.collector?.descriptors === true ? 'rest' : 'all';
}

/** Which sources beside the authorities are asked, and how. */
function sourcesOf({
  collector,
  onionoo,
}: NonNullable<Config['sources']>): NonNullable<ObservatoryOptions['sources']> {
  const common = ({ url, period, timeout }: NonNullable<typeof onionoo>): FeedOptions => ({
    url,
    periodSeconds: period,
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
  });
  return {
    ...(collector
      ? {
          collector: {
            ...common(collector),
            lookbackSeconds: collector.lookback_hours * 3600,
            descriptors: collector.descriptors,
          },
        }
      : {}),
    ...(onionoo ? { onionoo: common(onionoo) } : {}),
  };
}

/** Whom to watch. */
export async function authoritiesOf(
  file: string | undefined,
  network: string | undefined,
): Promise<AuthoritySet> {
  if (file === undefined)
    return network === undefined ? publicAuthorities : { ...publicAuthorities, network };
  const set = readAuthorities(await readText(file), file);
  if (reachableOf(set).length === 0) {
    throw new CommandError(
      exit.unreadable,
      `${file}:1: expected authorities with an address and a DirPort, found none`,
    );
  }
  // A list that does not name its network is known by its file; a page should not be headed by a path.
  const own = set.network === file ? 'private network' : set.network;
  return { ...set, network: network ?? own };
}
