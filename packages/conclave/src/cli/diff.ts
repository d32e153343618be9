/** `conclave diff`: consensus diffs made and applied as tor does it, and what changed between two consensuses. */
import type { Command } from 'commander';
import {
  applyDiff,
  compareConsensuses,
  hasChanges,
  makeDiff,
  parseConsensusDiff,
  skipAnnotations,
  type DiffRefusal,
} from '@conclave/netdoc';
import { checkFiles, jsonOption, type Context } from './command.ts';
import { describe, documentsOf, kindNames, placeOf, type FileDocument } from './documents.ts';
import { CommandError, exit, type ExitCode } from './exit.ts';
import { readInput } from './input.ts';
import { printable } from './output.ts';
import { linesOfChanges, objectOfChanges, type NamedConsensus } from './diff-show.ts';

interface JsonOptions {
  readonly json?: true;
}

interface ShowOptions extends JsonOptions {
  readonly all?: true;
}

const help = `
Authorities serve diffs from each older consensus of about a day to the newest one of its flavor. "make" makes the same,
byte for byte; "apply" believes one only when both digests that it names are right. Neither looks at signatures: see
"verify". Items of tor's diff-cache are unpacked.

Exit code: 0 made, applied, or (show) no difference
  1 no diff can be made of these; the diff is not for this base, or does not give what it names; (show) there are differences
  64 wrong usage or no such file, 65 not a consensus, or not a diff.

Examples:
  conclave diff make consensus-of-10h consensus-of-11h > diff
  conclave diff apply consensus-of-10h diff > consensus-of-11h
  conclave diff show consensus-of-10h consensus-of-11h
  conclave diff show --json a b | jq -r '.changed[] | select(.lost | index("Guard")) | .fingerprint'`;

/** Adds `conclave diff` with its three commands. */
export function registerDiff(program: Command, context: Context): void {
  const diff = program
    .command('diff')
    .summary('make and apply consensus diffs; show what changed between two consensuses')
    .description('Consensus diffs as tor makes and applies them, and what changed from relay to relay.')
    .addHelpText('after', help);
  const base = 'the consensus that a client has';
  diff
    .command('make')
    .description('Writes the diff from one consensus to another to standard output.')
    .argument('<base>', base)
    .argument('<target>', 'the consensus that it should get')
    .addOption(jsonOption('digests, size and text of the diff'))
    .addHelpText('after', help)
    .action(async (from: string, to: string, options: JsonOptions) => {
      context.finish(await make(from, to, options, context));
    });
  diff
    .command('apply')
    .description('Writes the consensus that a diff makes of another to standard output.')
    .argument('<base>', base)
    .argument('<diff>', 'the diff')
    .addOption(jsonOption('digests, size and text of the consensus'))
    .addHelpText('after', help)
    .action(async (from: string, file: string, options: JsonOptions) => {
      context.finish(await apply(from, file, options, context));
    });
  diff
    .command('show')
    .description(
      'Shows what changed: header, flags, relays added, removed and changed. Signatures are not compared.',
    )
    .argument('<before>', 'a consensus')
    .argument('<after>', 'another one')
    .option('--all', 'every relay and every weight, not the first twenty')
    .addOption(jsonOption('all changes'))
    .addHelpText('after', help)
    .action(async (before: string, after: string, options: ShowOptions) => {
      context.finish(await show(before, after, options, context));
    });
}

async function make(from: string, to: string, options: JsonOptions, context: Context): Promise<ExitCode> {
  checkFiles([from, to]);
  const base = await readConsensus(from, context);
  const target = await readConsensus(to, context);
  const [flavor, other] = [base, target].map(({ document }) => document.parsed.partial.flavor);
  if (flavor !== other) {
    const found = `${flavor ?? 'none'} and ${other ?? 'none'}`;
    throw new CommandError(exit.usage, `diff make: expected two consensuses of one flavor, found ${found}`);
  }
  const result = makeDiff(base.bytes, target.bytes);
  if (!result.ok) throw refused(exit.no, result, { base, target });
  const { partial } = parseConsensusDiff(result.diff);
  await answer(result.diff, options, context, {
    fromDigest: partial.fromDigest,
    toDigest: partial.toDigest,
    commands: partial.commands?.length,
    name: 'diff',
  });
  return exit.ok;
}

async function apply(from: string, file: string, options: JsonOptions, context: Context): Promise<ExitCode> {
  checkFiles([from, file]);
  const base = await readConsensus(from, context);
  const diff = await readOne(file, 'consensus-diff', context);
  const result = applyDiff(base.bytes, diff.bytes);
  // What has a line is no diff or has no lines; the rest is a diff, but not for this base, or not true.
  if (!result.ok)
    throw refused(result.line === undefined ? exit.no : exit.unreadable, result, { base, diff });
  const { fromDigest, toDigest } = parseConsensusDiff(diff.bytes).partial;
  await answer(result.target, options, context, { fromDigest, toDigest, name: 'consensus' });
  return exit.ok;
}

/** Writes a document to standard output as it is, or with what it is called in JSON. */
async function answer(
  bytes: Uint8Array,
  options: JsonOptions,
  { printer }: Context,
  { name, ...about }: { readonly name: string } & Readonly<Record<string, string | number | undefined>>,
): Promise<void> {
  if (!options.json) {
    await printer.write(bytes);
    return;
  }
  const text = Buffer.from(bytes).toString('utf8');
  await printer.line(JSON.stringify({ ...about, bytes: bytes.length, [name]: text }));
}

async function show(from: string, to: string, options: ShowOptions, context: Context): Promise<ExitCode> {
  checkFiles([from, to]);
  const before = await namedConsensus(from, context);
  const after = await namedConsensus(to, context);
  const changes = compareConsensuses(before.consensus, after.consensus);
  const { printer } = context;
  if (options.json) await printer.line(JSON.stringify(objectOfChanges(before, after, changes), nullForNone));
  else {
    for (const line of linesOfChanges(before, after, changes, {
      all: options.all === true,
      width: printer.width,
    }))
      await printer.line(printable(line));
  }
  return hasChanges(changes) ? exit.no : exit.ok;
}

function nullForNone(_: string, value: unknown): unknown {
  return value === undefined ? null : value;
}

async function namedConsensus(file: string, context: Context): Promise<NamedConsensus> {
  const { document } = await readConsensus(file, context);
  const { problems } = document.parsed;
  for (const problem of problems) context.printer.complain(describe(document, problem));
  const consensus = document.parsed.document;
  if (!consensus)
    throw new CommandError(
      exit.unreadable,
      `${placeOf(document)}: it cannot be compared; the problems say why`,
    );
  return { file: placeOf(document), consensus };
}

/** A document without annotations, and how many lines of its file stand before it. */
interface Bare {
  readonly document: FileDocument;
  readonly bytes: Uint8Array;
  readonly linesBefore: number;
}

type ConsensusFile = Bare & { readonly document: FileDocument & { readonly kind: 'consensus' } };

async function readConsensus(file: string, context: Context): Promise<ConsensusFile> {
  return (await readOne(file, 'consensus', context)) as ConsensusFile;
}

/** The one document of a file, in an item of tor's cache or not. */
async function readOne(file: string, kind: 'consensus' | 'consensus-diff', { io }: Context): Promise<Bare> {
  const all = await documentsOf(await readInput(file, io.stdin), 'archive');
  const documents = all.filter((one) => one.kind !== 'diff-cache-item');
  const [document = all[0]] = documents;
  const wanted = `one ${kindNames[kind][0]}`;
  if (documents.length > 1 && documents.every((one) => one.kind === kind))
    throw new CommandError(exit.usage, `${printable(file)}: expected ${wanted}, found ${documents.length}`);
  const wrong = documents.find((one) => one.kind !== kind) ?? document;
  if (!document || !wrong || wrong.kind !== kind) {
    const found = wrong === undefined ? 'nothing' : `a ${kindNames[wrong.kind][0]}`;
    throw new CommandError(
      exit.unreadable,
      `${printable(file)}:${wrong?.line ?? 1}: expected ${wanted}, found ${found}`,
    );
  }
  const { at, line } = skipAnnotations(document.bytes);
  return { document, bytes: document.bytes.subarray(at), linesBefore: document.linesBefore + line - 1 };
}

/** A refusal with the names of files and the lines in them. */
function refused(
  code: ExitCode,
  { part, line, expected, found }: DiffRefusal,
  files: Readonly<Partial<Record<DiffRefusal['part'], Bare>>>,
): CommandError {
  const bare = files[part];
  const file = printable(bare?.document.file ?? part);
  const place = line === undefined ? file : `${file}:${line + (bare?.linesBefore ?? 0)}`;
  return new CommandError(code, `${place}: expected ${expected}, found ${found}`);
}
