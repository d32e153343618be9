/** `conclave what-if`: a round without some of its authorities. */
import type { Command } from 'commander';
import { formatTime, parseIpv4, type DirSource, type Flavor, type Vote } from '@conclave/netdoc';
import {
  headerBeyondVoters,
  singleLosses,
  whatIf,
  wholeRound,
  type SingleLoss,
  type WhatIf,
} from '../analysis/index.ts';
import { loadCountries, loadNetworks, TableError } from '../daemon/index.ts';
import { countryOf, networkOf } from '../geo/index.ts';
import { checkFiles, jsonOption, type Context } from './command.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { count, plural, printable, table } from './output.ts';
import {
  authoritiesOption,
  checkOneRound,
  configuredAuthorities,
  flavorOption,
  jsonLine,
  listFile,
  readVotes,
  type Configured,
} from './round-input.ts';

interface WhatIfFlags {
  readonly without?: string;
  readonly country?: string;
  readonly geoip?: string;
  readonly as?: string;
  readonly asn?: string;
  readonly authorities?: string;
  readonly flavor: Flavor;
  readonly srvFresh?: true;
  readonly json?: true;
}

const help = `
Computes the consensus of the votes with and without some of them, and tells what changes. The number of configured
authorities stays what it is; those that are lost neither vote nor sign. Without --without, --country and --as: what the loss
of each authority alone would change, those that matter most first.

Exit code: 0 there would be a consensus, 1 there would be none, 2 undecided (the method is not known here, or there is no
  table of countries or networks), 64 wrong usage, 65 not a vote.

Examples:
  conclave what-if vote-*
  conclave what-if vote-* --without moria1,tor26
  conclave what-if vote-* --country DE --json | jq .whatIf.relays`;

/** Adds `conclave what-if`. */
export function registerWhatIf(program: Command, context: Context): void {
  program
    .command('what-if')
    .summary('tell what the consensus of these votes would be without some authorities')
    .description(
      'Tells whether there would be a consensus without some authorities, and what would change in it.',
    )
    .argument('<vote...>', 'the votes of a round')
    .option('--without <names>', 'nicknames of the authorities that are lost, with commas between them')
    .option('--country <cc>', 'without those whose address is in this country, by two letters')
    .option('--geoip <file>', "tor-geoipdb's table of countries (by default where Debian puts it)")
    .option('--as <number>', 'without those whose address is in this network (AS)')
    .option('--asn <file>', "iptoasn.com's table of networks, ip2asn-v4.tsv")
    .addOption(flavorOption().default('ns'))
    .addOption(authoritiesOption())
    .option('--srv-fresh', 'the authorities had just computed a new shared random value')
    .addOption(jsonOption('the answer'))
    .addHelpText('after', help)
    .action(async (files: string[], options: WhatIfFlags) => {
      context.finish(await answer(files, options, context));
    });
}

async function answer(files: readonly string[], flags: WhatIfFlags, context: Context): Promise<ExitCode> {
  checkFiles([...files, ...listFile(flags.authorities)]);
  const votes = await readVotes(files, context);
  checkOneRound(votes);
  const configured = await configuredAuthorities(flags.authorities, votes, context);
  const { flavor } = flags;
  const options = { authorities: configured.count, flavor, sharedRandomFresh: flags.srvFresh === true };
  const whole = wholeRound(votes, options);
  if (flags.without === undefined && flags.country === undefined && flags.as === undefined) {
    const losses = singleLosses(votes, { ...options, whole });
    await tellSingle(losses, votes, configured, flags, context);
    return exit.ok;
  }
  const without = await lostOf(flags, votes, configured);
  const what = whatIf(votes, { ...options, whole, without });
  await tellOne(what, votes, configured, flags, context);
  return { computed: exit.ok, unsupported: exit.undecided, impossible: exit.no }[what.outcome];
}

/** Who is lost, by name and by place. */
async function lostOf(
  { without = '', country, geoip, as, asn }: WhatIfFlags,
  votes: readonly Vote[],
  { nicknames }: Configured,
): Promise<(authority: DirSource) => boolean> {
  const names = new Set(
    without
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  );
  const known = new Set(
    [...votes.map(({ source }) => source.nickname), ...nicknames].map((name) => name.toLowerCase()),
  );
  const unknown = [...names].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    const voters = votes.map(({ source }) => source.nickname).join(', ');
    throw new CommandError(
      exit.usage,
      printable(`--without: expected names among ${voters}, found ${unknown.join(', ')}`),
    );
  }
  if (names.size === 0 && country === undefined && as === undefined)
    throw new CommandError(exit.usage, '--without: expected nicknames with commas between them, found none');
  const isThere = country === undefined ? () => false : await inCountry(country, geoip);
  const isIn = as === undefined ? () => false : await inNetwork(as, asn);
  return (authority) => names.has(authority.nickname.toLowerCase()) || isThere(authority) || isIn(authority);
}

async function inCountry(
  country: string,
  geoip: string | undefined,
): Promise<(authority: DirSource) => boolean> {
  if (!/^[A-Za-z]{2}$/.test(country))
    throw new CommandError(exit.usage, `--country: expected two letters, found ${JSON.stringify(country)}`);
  const table = await loadCountries(geoip).catch(refuseTable);
  if (!table)
    throw new CommandError(
      exit.undecided,
      'there is no table of countries (tor-geoipdb); give one with --geoip',
    );
  return ({ address }) => {
    const ipv4 = parseIpv4(address);
    return ipv4 !== undefined && countryOf(table, ipv4) === country.toUpperCase();
  };
}

function refuseTable(error: unknown): never {
  if (error instanceof TableError)
    throw new CommandError(error.code === 'missing' ? exit.usage : exit.unreadable, error.message);
  throw error;
}

async function inNetwork(as: string, asn: string | undefined): Promise<(authority: DirSource) => boolean> {
  const wanted = /^(?:AS)?(\d{1,10})$/i.exec(as)?.[1];
  if (wanted === undefined)
    throw new CommandError(
      exit.usage,
      `--as: expected a number, for example AS24940, found ${JSON.stringify(as)}`,
    );
  const table = await loadNetworks(asn).catch(refuseTable);
  if (!table)
    throw new CommandError(
      exit.undecided,
      'there is no table of networks; give one with --asn (ip2asn-v4.tsv)',
    );
  return ({ address }) => {
    const ipv4 = parseIpv4(address);
    return ipv4 !== undefined && networkOf(table, ipv4) === Number(wanted);
  };
}

async function tellOne(
  what: WhatIf,
  votes: readonly Vote[],
  configured: Configured,
  flags: WhatIfFlags,
  { printer }: Context,
): Promise<void> {
  if (flags.json) {
    await printer.line(jsonLine({ ...headJson(votes, configured, flags), whatIf: what }));
    return;
  }
  for (const line of [sentenceOf(what, configured), '', ...factLines(what), ...changeLines(what)])
    await printer.line(line);
}

function headJson([first]: readonly Vote[], configured: Configured, flags: WhatIfFlags): object {
  return {
    validAfter: first ? formatTime(first.validAfter) : null,
    flavor: flags.flavor,
    authorities: configured.count,
    authoritiesFrom: configured.from,
  };
}

function sentenceOf(what: WhatIf, { count: authorities }: Configured): string {
  const names = what.without.map(({ nickname }) => nickname).join(', ');
  const without = names === '' ? 'Nobody who voted is lost' : `Without ${names}`;
  const have = `${plural(what.votes.length, 'vote')} of ${plural(authorities, 'authority', 'authorities')}, ${what.needed} needed`;
  switch (what.outcome) {
    case 'computed': {
      const more =
        what.lossesToNone === 1 ? 'one more loss leaves none' : `${what.lossesToNone} more losses leave none`;
      const same = what.identical === true ? ', the same but for who voted' : '';
      return printable(`${without}: a consensus${same} (${have}); ${more}.`);
    }
    case 'unsupported':
      return printable(`${without}: undecided, ${what.detail} (${have}).`);
    case 'impossible':
      return printable(`${without}: no consensus (${have}).`);
  }
}

function factLines(what: WhatIf): string[] {
  const rows = [
    ['method', figure(what.method.before), figure(what.method.after)],
    ['relays', figure(what.relays.before), figure(what.relays.after)],
    ['weight', figure(what.weight.before), figure(what.weight.after)],
  ];
  return table(['', 'with all', 'without'], rows).split('\n');
}

function figure(value: number | undefined): string {
  return value === undefined ? 'n/a' : count(value);
}

/** How many relays of a kind of change are named; `--json` has all. */
const relaysNamed = 20;

function changeLines({ changes, relays }: WhatIf): string[] {
  if (!changes || relays.after === undefined) return [];
  const changed = changes.changed.filter(({ gained, lost }) => gained.length + lost.length > 0);
  return [
    ...section(
      'header',
      headerBeyondVoters(changes).map(({ keyword, before, after }) => [
        keyword,
        before ?? 'none',
        after ?? 'none',
      ]),
      ['', 'with all', 'without'],
    ),
    ...section(
      'flags of relays in both',
      changes.flags.map(({ flag, gained, lost }) => [flag, `+${gained}`, `−${lost}`]),
    ),
    ...section(
      `no longer listed: ${changes.removed.length}`,
      changes.removed.map(({ fingerprint, nickname }) => [fingerprint, nickname]),
    ),
    ...section(
      `listed anew: ${changes.added.length}`,
      changes.added.map(({ fingerprint, nickname }) => [fingerprint, nickname]),
    ),
    ...section(
      `other flags: ${changed.length}`,
      changed.map(({ fingerprint, nickname, gained, lost }) => [
        fingerprint,
        nickname,
        [...gained.map((flag) => `+${flag}`), ...lost.map((flag) => `−${flag}`)].join(' '),
      ]),
    ),
  ];
}

function section(
  title: string,
  rows: readonly (readonly string[])[],
  head: readonly string[] = [],
): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, relaysNamed).map((row) => row.map(printable));
  const rest = rows.length - shown.length;
  return [
    '',
    printable(title),
    ...table(head, shown).split('\n'),
    ...(rest > 0 ? [`  … and ${count(rest)} more (--json has all)`] : []),
  ];
}

async function tellSingle(
  losses: readonly SingleLoss[],
  votes: readonly Vote[],
  configured: Configured,
  flags: WhatIfFlags,
  { printer }: Context,
): Promise<void> {
  if (flags.json) {
    await printer.line(jsonLine({ ...headJson(votes, configured, flags), singleLosses: losses }));
    return;
  }
  const rows = losses.map(({ authority, whatIf: what, relaysLost, relaysGained, relaysReflagged }) => [
    printable(authority.nickname),
    what.outcome === 'computed' ? 'yes' : what.outcome === 'impossible' ? 'no' : 'undecided',
    figure(what.method.after),
    figure(relaysLost),
    figure(relaysGained),
    figure(relaysReflagged),
    what.changes ? figure(headerBeyondVoters(what.changes).length) : 'n/a',
  ]);
  const head = ['without', 'consensus', 'method', 'relays lost', 'gained', 'other flags', 'header lines'];
  for (const line of [printable(singleSentence(losses)), '', ...table(head, rows, printer.width).split('\n')])
    await printer.line(line);
}

function singleSentence(losses: readonly SingleLoss[]): string {
  const fatal = losses.filter(({ whatIf: what }) => what.outcome === 'impossible');
  const names = fatal.map(({ authority }) => authority.nickname).join(', ');
  const changes = 'what the loss of each authority alone changes:';
  if (fatal.length > 0) {
    const whose = fatal.length === 1 ? names : `any one of ${names}`;
    return `The loss of ${whose} alone would leave the network without a consensus; ${changes}`;
  }
  return losses.every(({ whatIf: what }) => what.outcome === 'computed')
    ? `No single loss would leave the network without a consensus; ${changes}`
    : `W${changes.slice(1)}`;
}
