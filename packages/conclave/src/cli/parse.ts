/** `conclave parse`: what a document says, and what is wrong with how it says it. It verifies nothing. */
import type { Command } from 'commander';
import type { Profile } from '@conclave/netdoc';
import { checkFiles, eachFile, jsonOption, profileOption, type Context } from './command.ts';
import { describe, documentsOf, groupsOf, type FileDocument } from './documents.ts';
import { exit, worst, type ExitCode } from './exit.ts';
import { readInput } from './input.ts';
import { documentJson } from './json.ts';
import { plural, printable } from './output.ts';
import { summaryOf } from './summary.ts';

interface ParseOptions {
  readonly json?: true;
  readonly unrecognized?: true;
  readonly profile: Profile;
}

const help = `
FILE may be compressed (gzip, xz, zstd, deflate), hold many documents, and have CollecTor's @type lines or the
annotations of tor's caches between them; - is standard input. An item of tor's diff-cache is unpacked too.
Problems go to standard error as FILE:LINE: keyword: expected …, found …

Exit code: 0 read without error, 64 wrong usage or no such file, 65 unreadable (the problems say why).

Examples:
  conclave parse cached-consensus
  conclave parse cached-descriptors.new cached-extrainfo
  conclave parse --json vote.xz | jq '.document.routers[] | select(.flags | index("Guard")) | .nickname'
  curl -s http://171.25.193.9:443/tor/status-vote/current/consensus | conclave parse -`;

/** Adds `conclave parse`. */
export function registerParse(program: Command, context: Context): void {
  program
    .command('parse')
    .summary('read documents: what they say, and what is wrong with them')
    .description(
      'Reads every directory document of Tor: consensuses, votes, key certificates, detached signatures, server descriptors, extra-infos, microdescriptors, bandwidth files, consensus diffs. Verifies nothing: see "verify".',
    )
    .argument('<file...>', 'the documents')
    .addOption(jsonOption('each whole document'))
    .option('--unrecognized', 'list the lines whose keyword is not known here')
    .addOption(profileOption())
    .addHelpText('after', help)
    .action(async (files: string[], options: ParseOptions) => {
      context.finish(await parse(files, options, context));
    });
}

async function parse(files: readonly string[], options: ParseOptions, context: Context): Promise<ExitCode> {
  checkFiles(files);
  const codes: ExitCode[] = [];
  for (const file of files) {
    codes.push(
      await eachFile(context, async () => {
        const documents = await documentsOf(await readInput(file, context.io.stdin), options.profile);
        for (const group of groupsOf(documents)) await show(group, options, context);
        const sound = documents.every(({ parsed }) => parsed.errors === 0 && parsed.document !== undefined);
        return sound ? exit.ok : exit.unreadable;
      }),
    );
  }
  return worst(codes);
}

async function show(
  group: readonly FileDocument[],
  options: ParseOptions,
  { printer }: Context,
): Promise<void> {
  for (const document of group) complainOf(document, printer);
  if (options.json) {
    for (const document of group) {
      for (const piece of documentJson(document)) if (!(await printer.write(piece))) return;
      await printer.line();
    }
  } else if (options.unrecognized) {
    for (const { file, linesBefore, parsed } of group) {
      for (const { line, text } of parsed.unrecognized)
        await printer.line(printable(`${file}:${linesBefore + line}: ${text}`));
    }
  } else {
    for (const line of summaryOf(group, printer.width)) await printer.line(line);
  }
}

/** Everything that is wrong with a document, and how much more there is than is kept. */
function complainOf(document: FileDocument, printer: Context['printer']): void {
  const { parsed } = document;
  for (const problem of parsed.problems) printer.complain(describe(document, problem));
  const unsaid = parsed.errors - parsed.problems.filter(({ severity }) => severity === 'error').length;
  if (unsaid > 0) printer.complain(`${printable(document.file)}: and ${plural(unsaid, 'more problem')}`);
}
