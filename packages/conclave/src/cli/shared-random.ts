/** `conclave shared-random`: who committed, who revealed, and the value that follows. */
import type { Command } from 'commander';
import {
  compareSharedRandom,
  computeSharedRandom,
  verifyVote,
  type Fingerprint,
  type Profile,
  type SharedRandomConsensus,
  type SharedRandomRun,
} from '@conclave/netdoc';
import { nicknameIn, type FindJudges } from '../judge/index.ts';
import { judgesOf } from './authorities.ts';
import { checkFiles, jsonOption, profileOption, type Context } from './command.ts';
import { describe, documentsOf, kindNames, placeOf, type FileDocument } from './documents.ts';
import { CommandError, exit, worst, type ExitCode } from './exit.ts';
import { readInput } from './input.ts';
import { printable } from './output.ts';
import { jsonOf, linesOf, type Against, type Answer, type ReadVote } from './shared-random-lines.ts';

interface SharedRandomCliOptions {
  readonly json?: true;
  readonly against?: readonly string[];
  readonly authorities?: string;
  readonly profile: Profile;
}

const help = `
A run is 24 rounds: on the public network a day. In its first half authorities commit to a secret, in its second they
reveal it; the value is published by the first consensus of the next run. Give votes of any rounds: of each run that they
belong to, the commitments, the reveals and the value are told. An authority's own votes are asked first, then what the
votes of others relay of it: one vote of the second half often tells of all.

Whether votes are signed is told, whether their authorities are authorities is not asked (see "verify"). With
--authorities, votes and commitments of others are left out.

Exit code: 0 a value that is final as far as these votes tell; with --against: it is the published one
  1 the published value is another (if it is the one without somebody's reveal, that is told)
  2 undecided: a commitment or a reveal may be missing here, or no consensus is of the right time
  64 wrong usage or no such file, 65 not a vote, or not a consensus.

Examples:
  conclave shared-random votes/2026-07-21-*-vote-*
  conclave shared-random vote-of-23h --against consensus-of-the-next-day`;

/** Adds `conclave shared-random`. */
export function registerSharedRandom(program: Command, context: Context): void {
  program
    .command('shared-random')
    .summary('compute the shared random value from votes: commitments, reveals, and what they give')
    .description(
      'Computes the shared random value of each run that the votes belong to, and compares it with what consensuses publish.',
    )
    .argument('<vote...>', 'votes of one or many rounds')
    .option(
      '--against <consensus...>',
      'consensuses of the next run (as current) or the one after (previous)',
    )
    .option(
      '--authorities <file>',
      'who takes part: JSON [{"nickname", "v3ident"}, …], or a torrc with DirAuthority lines',
    )
    .addOption(profileOption())
    .addOption(jsonOption('each run'))
    .addHelpText('after', help)
    .action(async (files: string[], options: SharedRandomCliOptions) => {
      context.finish(await sharedRandom(files, options, context));
    });
}

/** A consensus that runs are held against. */
interface ReadConsensus {
  readonly file: string;
  readonly consensus: SharedRandomConsensus;
}

async function sharedRandom(
  files: readonly string[],
  options: SharedRandomCliOptions,
  context: Context,
): Promise<ExitCode> {
  const { io, printer } = context;
  const { against = [], authorities } = options;
  checkFiles([...files, ...against, ...(authorities === undefined ? [] : [authorities])]);
  const findJudges = await judgesOf(authorities, io);
  const votes: ReadVote[] = [];
  for (const file of files) votes.push(...(await votesOf(file, options, context)));
  const consensuses: ReadConsensus[] = [];
  for (const file of against) consensuses.push(...(await consensusesOf(file, options, context)));
  const who = authorities === undefined ? undefined : findJudges(undefined)?.identities;
  const runs = computeSharedRandom(
    votes.map(({ vote }) => vote),
    who ? { authorities: who } : {},
  );
  if (runs.length === 0) {
    printer.complain(
      'conclave: none of the votes is by one of the authorities and of a time that rounds have',
    );
    return exit.undecided;
  }
  const answers = runs.map((run) => answerOf(run, votes, consensuses, findJudges, against.length > 0));
  for (const [index, answer] of answers.entries()) {
    if (options.json) {
      await printer.line(JSON.stringify(jsonOf(answer)));
      continue;
    }
    if (index > 0) await printer.line();
    for (const line of linesOf(answer, printer)) await printer.line(line);
  }
  return worst(answers.map(({ code }) => code));
}

/** The votes of a file: of each what is needed, so that a day of them fits into memory. */
async function votesOf(
  file: string,
  options: SharedRandomCliOptions,
  context: Context,
): Promise<readonly ReadVote[]> {
  const votes: ReadVote[] = [];
  for (const document of await read(file, options, context)) {
    if (document.kind !== 'vote') throw unexpected('a vote', document);
    const { validAfter, freshUntil, source, sharedRandomCommits, sharedRandomCurrent } =
      document.parsed.partial;
    if (validAfter === undefined || freshUntil === undefined || source === undefined)
      throw unexpected('a vote with its times and its dir-source', document);
    const commits = sharedRandomCommits ?? [];
    votes.push({
      vote: { validAfter, freshUntil, source, sharedRandomCommits: commits, sharedRandomCurrent },
      file: placeOf(document),
      signed: verifyVote(document.parsed).verdict.outcome === 'accepted',
    });
  }
  return votes;
}

async function consensusesOf(
  file: string,
  options: SharedRandomCliOptions,
  context: Context,
): Promise<readonly ReadConsensus[]> {
  return (await read(file, options, context)).map((document) => {
    if (document.kind !== 'consensus') throw unexpected('a consensus', document);
    const { validAfter, freshUntil, sharedRandomCurrent, sharedRandomPrevious } = document.parsed.partial;
    if (validAfter === undefined || freshUntil === undefined)
      throw unexpected('a consensus with its times', document);
    const consensus = { validAfter, freshUntil, sharedRandomCurrent, sharedRandomPrevious };
    return { file: placeOf(document), consensus };
  });
}

/** The documents of a file; what is wrong with them is said, and they are used as far as they can be read. */
async function read(
  file: string,
  options: SharedRandomCliOptions,
  { io, printer }: Context,
): Promise<readonly FileDocument[]> {
  const documents = await documentsOf(await readInput(file, io.stdin), options.profile);
  for (const document of documents)
    for (const problem of document.parsed.problems) printer.complain(describe(document, problem));
  return documents;
}

function unexpected(expected: string, { file, line, kind }: FileDocument): CommandError {
  return new CommandError(
    exit.unreadable,
    `${printable(file)}:${line}: expected ${expected}, found a ${kindNames[kind][0]}`,
  );
}

function answerOf(
  run: SharedRandomRun,
  votes: readonly ReadVote[],
  consensuses: readonly ReadConsensus[],
  findJudges: FindJudges,
  asked: boolean,
): Answer {
  const judges = findJudges(run.begins);
  const own = new Map(run.committers.map(({ identity, nickname }) => [identity, nickname]));
  const nameOf = (identity: Fingerprint): string =>
    nicknameIn(judges, identity) ?? own.get(identity) ?? identity.slice(0, 16);
  const end = run.begins + 24 * run.interval;
  const against = againstOf(run, consensuses);
  return {
    run,
    votes: votes.filter(({ vote }) => vote.validAfter >= run.begins && vote.validAfter < end),
    against,
    nameOf,
    code: against || !asked ? codeOf(run, against) : exit.undecided,
    asked,
  };
}

/** The run held against the first consensus that can tell of its value: better as the current one than as the one before. */
function againstOf(run: SharedRandomRun, consensuses: readonly ReadConsensus[]): Against | undefined {
  const all = consensuses
    .map(({ file, consensus }) => ({
      file,
      validAfter: consensus.validAfter,
      comparison: compareSharedRandom(run, consensus),
    }))
    .filter(({ comparison }) => comparison.outcome !== 'untimely')
    .sort((a, b) => a.validAfter - b.validAfter);
  return all[0];
}

function codeOf(run: SharedRandomRun, against: Against | undefined): ExitCode {
  if (!against) return run.outcome === 'computed' ? exit.ok : exit.undecided;
  switch (against.comparison.outcome) {
    case 'same':
      return exit.ok;
    case 'subset':
    case 'differs':
      return exit.no;
    case 'undecided':
    case 'untimely':
      return exit.undecided;
  }
}
