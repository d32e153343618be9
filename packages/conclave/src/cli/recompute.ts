/** `conclave recompute`: the consensus that votes give, and whether a published one is that. */
import type { Command } from 'commander';
import {
  computeConsensus,
  digestToSign,
  matchVotes,
  proveConsensus,
  type Computation,
  type Consensus,
  type Flavor,
  type Vote,
} from '@conclave/netdoc';
import { checkFiles, jsonOption, type Context } from './command.ts';
import { describe, documentsOf, kindNames } from './documents.ts';
import { malformedText } from '../judge/index.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { readInput } from './input.ts';
import { printable } from './output.ts';
import { tellWhy } from './recompute-explained.ts';
import { computationJson, exitOfVerdict, proofJson, proofLines, tieText } from './recompute-told.ts';
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

interface RecomputeOptions {
  readonly flavor?: Flavor;
  readonly authorities?: string;
  readonly srvFresh?: true;
  readonly against?: string;
  readonly explain?: string;
  readonly json?: true;
}

const help = `
Votes are given in the order in which they arrived, which matters only where versions or random values tie; a file may
hold several (v3-status-votes). The unsigned consensus goes to standard output, byte for byte as an authority signs it.

How many authorities are configured is in no document: without --authorities it is the number of those of the public Tor
network at the time of the votes.

--against compares with a published consensus, signed or not, of its own flavour. Votes that it does not name are left
aside. Unless --srv-fresh says so, whether the authorities had just computed a new shared random value is taken from the
hour of the round, and then tried the other way round.

--explain tells who voted what and which rule decided, instead of the text or behind the verdict: of a line (its number),
of a keyword (client-versions, "params NAME"), of a relay (its fingerprint), or of one line of it ("FINGERPRINT s").

Exit code: 0 done, or identical; 1 no consensus comes of these votes, or it differs; 2 undecided: votes are missing, only
  the order of arrival decides, or the method is not known here; 64 wrong usage; 65 not a vote, not a consensus.

Examples:
  conclave recompute vote-* > consensus
  conclave recompute vote-* --against cached-microdesc-consensus
  conclave recompute v3-status-votes --authorities 4 --flavor microdesc --json | jq .digest
  conclave recompute vote-* --explain "0232AF901C31A04EE9848595AF9BB7620D4C5B2E s"`;

/** Adds `conclave recompute`. */
export function registerRecompute(program: Command, context: Context): void {
  program
    .command('recompute')
    .summary('compute the consensus from its votes, and hold a published one against it')
    .description('Computes the consensus that votes give, byte for byte, without its signatures.')
    .argument('<vote...>', 'the votes, in order of arrival')
    .addOption(flavorOption())
    .addOption(authoritiesOption())
    .option('--srv-fresh', 'the authorities had just computed a new shared random value')
    .option('--against <consensus>', 'compare with this published consensus')
    .option('--explain <what>', 'tell who voted what: a line number, a keyword, a fingerprint')
    .addOption(jsonOption('what came out'))
    .addHelpText('after', help)
    .action(async (files: string[], options: RecomputeOptions) => {
      context.finish(await recompute(files, options, context));
    });
}

async function recompute(
  files: readonly string[],
  options: RecomputeOptions,
  context: Context,
): Promise<ExitCode> {
  const { against } = options;
  if (options.explain?.trim() === '')
    throw new CommandError(
      exit.usage,
      '--explain: expected a line number, a keyword or a fingerprint, found nothing',
    );
  checkFiles([...files, ...(against === undefined ? [] : [against]), ...listFile(options.authorities)]);
  const votes = await readVotes(files, context);
  const published = against === undefined ? undefined : await readConsensus(against, context);
  if (!published) checkOneRound(votes);
  if (published && options.flavor !== undefined && options.flavor !== published.flavor)
    throw new CommandError(
      exit.usage,
      `--flavor ${options.flavor}: ${against} is of flavor ${published.flavor}`,
    );
  const configured = await configuredAuthorities(options.authorities, votes, context);
  const flavor = published?.flavor ?? options.flavor ?? 'ns';
  const round: Round = { votes, configured, flavor, fresh: options.srvFresh === true };
  if (published) return prove(published, round, options, context);
  if (options.explain === undefined) return compute(round, options, context);
  const json = options.json === true;
  const { count: authorities } = configured;
  const question = { authorities, sharedRandomFresh: round.fresh, flavor, json };
  return tellWhy(options.explain, votes, question, context);
}

/** What a computation is made of. */
interface Round {
  readonly votes: readonly Vote[];
  readonly configured: Configured;
  readonly flavor: Flavor;
  readonly fresh: boolean;
}

async function readConsensus(file: string, { io, printer }: Context): Promise<Consensus> {
  const [document, second] = await documentsOf(await readInput(file, io.stdin), 'archive');
  const place = `${file}:${(second ?? document)?.line ?? 1}`;
  if (document?.kind !== 'consensus' || second) {
    const found = second ? 'more behind it' : document ? `a ${kindNames[document.kind][0]}` : 'nothing';
    throw new CommandError(exit.unreadable, printable(`${place}: expected a consensus, found ${found}`));
  }
  for (const problem of document.parsed.problems) printer.complain(describe(document, problem));
  if (!document.parsed.document) {
    throw new CommandError(
      exit.unreadable,
      printable(`${place}: expected a whole consensus, found one that is ${malformedText(document)}`),
    );
  }
  return document.parsed.document;
}

async function compute(
  { votes, configured, flavor, fresh }: Round,
  options: RecomputeOptions,
  { printer }: Context,
): Promise<ExitCode> {
  const computation = computeConsensus(votes, {
    authorities: configured.count,
    sharedRandomFresh: fresh,
    flavors: [flavor],
  });
  const text = computation.outcome === 'computed' ? computation[flavor]?.bytes : undefined;
  if (options.json) {
    const digest = text && digestToSign(flavor, text);
    await printer.line(
      jsonLine(computationJson({ computation, votes, configured, flavor, fresh, text, digest })),
    );
    return codeOf(computation);
  }
  switch (computation.outcome) {
    case 'computed':
      for (const tie of computation.ties) printer.complain(printable(tieText(tie)));
      await printer.write(text ?? new Uint8Array());
      break;
    case 'unsupported':
      printer.complain(
        `undecided: the votes agree on method ${computation.method}, whose rules are not known here`,
      );
      break;
    case 'impossible':
      printer.complain(printable(`no consensus comes of these votes: ${computation.detail}`));
      break;
  }
  return codeOf(computation);
}

function codeOf({ outcome }: Computation): ExitCode {
  switch (outcome) {
    case 'computed':
      return exit.ok;
    case 'unsupported':
      return exit.undecided;
    case 'impossible':
      return exit.no;
  }
}

async function prove(
  published: Consensus,
  { votes, configured, fresh }: Round,
  options: RecomputeOptions,
  context: Context,
): Promise<ExitCode> {
  const proof = proveConsensus(published, votes, {
    authorities: configured.count,
    ...(fresh ? { sharedRandomFresh: true } : {}),
  });
  const { printer } = context;
  if (options.json) await printer.line(jsonLine(proofJson(proof, published, configured)));
  else for (const line of proofLines(proof, published, configured, printer)) await printer.line(line);
  if (options.explain !== undefined) {
    if (!options.json) await printer.line();
    const { used } = matchVotes(published, votes);
    const { authorities, sharedRandomFresh } = proof.assumptions;
    const question = {
      authorities,
      sharedRandomFresh,
      flavor: published.flavor,
      json: options.json === true,
    };
    await tellWhy(options.explain, used, question, context);
  }
  return exitOfVerdict[proof.verdict];
}
