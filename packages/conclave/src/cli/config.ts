/** The configuration file: TOML, every key optional, unknown keys refused by name. */
import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { z } from 'zod';
import type { RetentionPolicy } from '../archive/index.ts';
import { CommandError, exit } from './exit.ts';

const seconds = z.number().positive();
const source = z.url({
  protocol: /^https?$/,
  error: 'expected an address like https://collector.torproject.org/',
});

const schema = z.strictObject({
  /** A torrc with DirAuthority lines, or our JSON; the public network without it. */
  authorities: z.string().optional(),
  data: z.string().optional(),
  listen: z.string().optional(),
  /** What to call the network, and our place in it. */
  network: z.string().optional(),
  vantage: z.string().optional(),
  geoip: z.string().optional(),
  /** A table of networks (AS), as iptoasn.com gives it. */
  asn: z.string().optional(),
  cache_seconds: z.number().min(0).optional(),
  /** Places that answer TCP whenever our own connection works: they tell "we are blind" from "they are down". */
  connectivity: z.array(z.string()).optional(),
  probe: z
    .strictObject({
      seconds: seconds.optional(),
      or_port_seconds: seconds.optional(),
      copies: z.enum(['rotate', 'all', 'none']).optional(),
    })
    .optional(),
  /** Whether relays' server descriptors are asked of the authorities. */
  descriptors: z.strictObject({ from_authorities: z.boolean().optional() }).optional(),
  /** Sources beside the authorities; one that has no table here is never asked. */
  sources: z
    .strictObject({
      collector: z
        .strictObject({
          url: source.default('https://collector.torproject.org/'),
          period: seconds.min(60).default(1800),
          timeout: seconds.optional(),
          lookback_hours: z.number().positive().max(72).default(3),
          descriptors: z.boolean().default(true),
        })
        .optional(),
      onionoo: z
        .strictObject({
          url: source.default('https://onionoo.torproject.org/'),
          period: seconds.min(60).default(3600),
          timeout: seconds.optional(),
        })
        .optional(),
    })
    .optional(),
  /** Days after which documents are removed; what is not named is kept for ever, and consensuses always are. */
  retention: z
    .strictObject({
      votes_days: z.number().positive().optional(),
      bandwidth_files_days: z.number().positive().optional(),
      feeds_days: z.number().positive().optional(),
      descriptors_days: z.number().positive().optional(),
    })
    .optional(),
  archive: z.strictObject({ pack: z.boolean().optional() }).optional(),
  /** How the network votes, until a consensus says it. */
  voting: z.strictObject({ interval: seconds, vote_delay: seconds, dist_delay: seconds }).optional(),
  limits: z
    .strictObject({
      failures_in_a_row: z.int().positive().optional(),
      successes_in_a_row: z.int().positive().optional(),
      slow_in_a_row: z.int().positive().optional(),
      slow_ms: seconds.optional(),
      slow_times_baseline: z.number().min(1).optional(),
      slow_floor_ms: seconds.optional(),
      baseline_probes: z.int().positive().optional(),
      clock_skew_seconds: seconds.optional(),
      certificate_warn_seconds: seconds.optional(),
      certificate_urgent_seconds: seconds.optional(),
      bandwidth_file_seconds: seconds.optional(),
      measured_share: z.number().min(0).max(1).optional(),
      publication_grace_seconds: seconds.optional(),
      preview_lost_share: z.number().min(0).max(1).optional(),
      preview_warn_seconds: seconds.optional(),
      differences_named: z.int().positive().optional(),
      source_stale_seconds: seconds.optional(),
      growth_relays: z.int().positive().optional(),
      growth_times: z.number().min(1).optional(),
      growth_share: z.number().min(0).max(1).optional(),
    })
    .optional(),
});

/** A configuration as written. */
export type Config = z.infer<typeof schema>;

/** The configuration of a file; nothing but defaults without one. */
export async function configOf(file: string | undefined): Promise<Config> {
  return file === undefined ? {} : readConfig(await readText(file), file);
}

/** What [retention] says, by the kind that is asked for. */
export function retentionOf({ retention }: Config): RetentionPolicy {
  const {
    votes_days: vote,
    bandwidth_files_days: bandwidthFile,
    feeds_days: feed,
    descriptors_days: descriptors,
  } = retention ?? {};
  return {
    ...(vote === undefined ? {} : { vote }),
    ...(bandwidthFile === undefined ? {} : { 'bandwidth-file': bandwidthFile }),
    ...(feed === undefined ? {} : { feed }),
    ...(descriptors === undefined ? {} : { 'relay-descriptors': descriptors }),
  };
}

/** The text of a file that a command was given. */
export async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(exit.usage, `${file}: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** Reads a configuration; what is wrong with it is said with its place. */
export function readConfig(text: string, file: string): Config {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    const line = error instanceof Error && 'line' in error ? Number(error.line) : 1;
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new CommandError(exit.unreadable, `${file}:${line}: expected TOML, found: ${message}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.flatMap((issue) => {
    const { path, message } = issue;
    if (issue.code !== 'unrecognized_keys')
      return [`${file}:${lineOf(text, path.at(-1))}: ${path.join('.')}: ${message}`];
    const table = path.length === 0 ? '' : `${path.join('.')}.`;
    return issue.keys.map((key) => `${file}:${lineOf(text, key)}: ${table}${key}: there is no such setting`);
  });
  throw new CommandError(exit.unreadable, lines.join('\n'));
}

/** The line on which a key is first named; 1 when it is not. */
function lineOf(text: string, key: PropertyKey | undefined): number {
  const line = text.split('\n').findIndex((row) => row.replace(/^\s*\[*/, '').startsWith(String(key)));
  return Math.max(0, line) + 1;
}

/** `failures_in_a_row` as `failuresInARow`. */
export function camelCased<T>(table: Readonly<Record<string, unknown>>): T {
  const entries = Object.entries(table).map(([key, value]) => [
    key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries) as T;
}
