/** The votes of a round from the command line, and how many authorities there are to hold them against. */
import { createHash } from 'node:crypto';
import { Option } from 'commander';
import { formatTime, verifyVote, type Flavor, type Vote } from '@conclave/netdoc';
import { describe, documentsOf, kindNames, type FileDocument } from './documents.ts';
import { isMalformed, malformedText } from '../judge/index.ts';
import { votersOf } from '../network/index.ts';
import { judgesOf } from './authorities.ts';
import type { Context } from './command.ts';
import { CommandError, exit } from './exit.ts';
import { readInput } from './input.ts';
import { printable } from './output.ts';

/** `--authorities` of commands that compute: how many there are, or a list of them. */
export function authoritiesOption(): Option {
  return new Option(
    '--authorities <n|file>',
    'how many voting authorities are configured, or a list of them: JSON [{"nickname", "v3ident"}, …], or a torrc with DirAuthority lines',
  );
}

/** `--flavor`, as commands that compute have it. */
export function flavorOption(): Option {
  return new Option('--flavor <name>', 'which consensus').choices(['ns', 'microdesc'] satisfies Flavor[]);
}

/** The file that `--authorities` names, if it names one. */
export function listFile(authorities: string | undefined): readonly string[] {
  return authorities === undefined || /^\d+$/.test(authorities) ? [] : [authorities];
}

/** How many authorities are configured, and who says so. */
export interface Configured {
  readonly count: number;
  readonly from: string;
  /** Their nicknames, where they are listed. */
  readonly nicknames: readonly string[];
}

/**
 * Reads every vote of these files, in their order; a file may hold several. What is no sound vote is refused; what comes
 * again counts once.
 */
export async function readVotes(files: readonly string[], context: Context): Promise<readonly Vote[]> {
  const votes = new Map<string, Vote>();
  for (const file of files) {
    for (const document of await documentsOf(await readInput(file, context.io.stdin), 'archive')) {
      const vote = voteOf(document, context);
      const name = createHash('sha256').update(document.bytes).digest('hex');
      if (votes.has(name)) {
        const whose = vote.source.nickname;
        context.printer.complain(
          printable(`${document.file}:${document.line}: the vote of ${whose} once more; it counts once`),
        );
      } else votes.set(name, vote);
    }
  }
  return [...votes.values()];
}

function voteOf(document: FileDocument, { printer }: Context): Vote {
  const { file, line, kind, parsed } = document;
  if (kind !== 'vote') {
    const found = kindNames[kind][0];
    throw new CommandError(exit.unreadable, printable(`${file}:${line}: expected a vote, found a ${found}`));
  }
  for (const problem of parsed.problems) printer.complain(describe(document, problem));
  if (!parsed.document || isMalformed(document)) {
    throw new CommandError(
      exit.unreadable,
      printable(`${file}:${line}: expected a sound vote, found one that is ${malformedText(document)}`),
    );
  }
  const [check] = verifyVote(parsed).verdict.signatures;
  if (check?.fate === 'wrong' || check === undefined) {
    const name = parsed.document.source.nickname;
    printer.complain(
      printable(
        `${file}:${line}: the signature of ${name} does not hold: no authority would count this vote`,
      ),
    );
  }
  return parsed.document;
}

/** Votes of different rounds, or several of one authority, are no input of one computation. */
export function checkOneRound(votes: readonly Vote[]): void {
  const [first] = votes;
  const other = votes.find(({ validAfter }) => validAfter !== first?.validAfter);
  if (first && other)
    throw new CommandError(
      exit.usage,
      `expected votes of one round, found valid-after ${formatTime(first.validAfter)} and ${formatTime(other.validAfter)}`,
    );
  const again = votes.find(
    ({ source }, index) => votes.findIndex((one) => one.source.identity === source.identity) < index,
  );
  if (again)
    throw new CommandError(
      exit.usage,
      printable(`expected one vote of each authority, found two different ones of ${again.source.nickname}`),
    );
}

/** How many authorities are configured, by `--authorities` or by the public network's list at the time of these votes. */
export async function configuredAuthorities(
  given: string | undefined,
  votes: readonly Vote[],
  { io, printer }: Context,
): Promise<Configured> {
  if (given !== undefined && /^\d+$/.test(given)) {
    const count = Number(given);
    if (count < 1 || count > 1000)
      throw new CommandError(exit.usage, `--authorities: expected 1 to 1000, or a file, found ${given}`);
    return { count, from: '--authorities', nicknames: [] };
  }
  const findJudges = await judgesOf(given, io);
  const judges = findJudges(votes[0]?.validAfter);
  if (!judges) {
    throw new CommandError(
      exit.undecided,
      'how many authorities were configured at the time of these votes is not known; give --authorities',
    );
  }
  const strangers = votes.filter(({ source }) => !judges.identities.has(source.identity));
  if (strangers.length > 0) {
    const names = strangers.map(({ source }) => source.nickname).join(', ');
    printer.complain(
      printable(
        `${names}: not among the authorities that are counted (${judges.from}); give those of this network with --authorities`,
      ),
    );
  }
  const nicknames = votersOf(judges.set).map(({ nickname }) => nickname);
  return { count: nicknames.length, from: judges.from, nicknames };
}

/** A JSON line in which what is not known is null, never left out. */
export function jsonLine(value: object): string {
  return JSON.stringify(value, (_, one: unknown) => (one === undefined ? null : one));
}
