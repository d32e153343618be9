/** `conclave verify`: is this document what the authorities signed? */
import type { Command } from 'commander';
import {
  certificateRing,
  detectKind,
  parseKeyCertificates,
  parseVote,
  type KeyCertificate,
  type Profile,
} from '@conclave/netdoc';
import { judgesOf } from './authorities.ts';
import { checkFiles, eachFile, jsonOption, profileOption, readTimeOption, type Context } from './command.ts';
import { describe, documentsOf } from './documents.ts';
import { CommandError, exit, worst, type ExitCode } from './exit.ts';
import { readInput, type Input } from './input.ts';
import { printable } from './output.ts';
import { answerJson, answerLines } from './verify-answer.ts';
import { judge, type Answer, type Trust } from './verify-judge.ts';

interface VerifyOptions {
  readonly json?: true;
  readonly certs?: readonly string[];
  readonly authorities?: string;
  readonly at?: string;
  readonly profile: Profile;
}

const help = `
A consensus is genuine when more than half of the authorities signed exactly its bytes: authorities are counted, not
signatures. Their certificates come by --certs (http://AUTHORITY/tor/keys/all, or a cached-certs file). A vote carries
its certificate; a key certificate is judged by its own identity key.

Without --authorities, those of the public Tor network at the document's own time are asked for. Without --at,
certificates are judged at the document's own valid-after (a certificate on its own: when it was published).

Exit code: 0 genuine, 1 not genuine, 2 undecided (certificates missing, or no list of authorities for that time),
  64 wrong usage or no such file, 65 not a document that can be verified. Of several documents: the first of 64, 65, 1, 2.

Examples:
  conclave verify cached-consensus --certs cached-certs
  conclave verify consensus.xz vote-* --certs keys-1 keys-2 --authorities torrc
  conclave verify cached-microdesc-consensus --certs cached-certs --at now --json | jq .outcome`;

/** Adds `conclave verify`. */
export function registerVerify(program: Command, context: Context): void {
  program
    .command('verify')
    .summary('tell whether documents are what the authorities signed')
    .description('Verifies consensuses of both flavors, votes and key certificates.')
    .argument('<file...>', 'the documents')
    .option('--certs <file...>', 'files with any number of key certificates (or votes, which carry one)')
    .option(
      '--authorities <file>',
      'the authorities: JSON [{"nickname", "v3ident"}, …], or a torrc with DirAuthority lines',
    )
    .option(
      '--at <time>',
      'judge certificates and lifetimes at this time: "YYYY-MM-DD HH:MM:SS" in UTC, or now',
    )
    .addOption(profileOption())
    .addOption(jsonOption('the whole verdict'))
    .addHelpText('after', help)
    .action(async (files: string[], options: VerifyOptions) => {
      context.finish(await verify(files, options, context));
    });
}

async function verify(files: readonly string[], options: VerifyOptions, context: Context): Promise<ExitCode> {
  const { io } = context;
  checkFiles([
    ...files,
    ...(options.certs ?? []),
    ...(options.authorities === undefined ? [] : [options.authorities]),
  ]);
  const at = options.at === undefined ? undefined : readTimeOption(options.at);
  const findJudges = await judgesOf(options.authorities, io);
  const certificates: KeyCertificate[] = [];
  for (const file of options.certs ?? []) {
    for (const certificate of certificatesOf(await readInput(file, io.stdin))) certificates.push(certificate);
  }
  const trust: Trust = { findJudges, ring: certificateRing(certificates), at };
  const codes: ExitCode[] = [];
  for (const [index, file] of files.entries()) {
    const place = { further: index > 0, several: files.length > 1 };
    codes.push(
      await eachFile(context, async () =>
        verifyInput(await readInput(file, io.stdin), trust, options, context, place),
      ),
    );
  }
  return worst(codes);
}

async function verifyInput(
  input: Input,
  trust: Trust,
  options: VerifyOptions,
  { printer }: Context,
  place: { readonly further: boolean; readonly several: boolean },
): Promise<ExitCode> {
  const answers = documentsOf(input, options.profile).map((document) => judge(document, trust));
  for (const [index, answer] of answers.entries()) {
    for (const problem of answer.document.parsed.problems)
      printer.complain(describe(answer.document, problem));
    if (options.json) await printer.line(JSON.stringify(answerJson(answer, trust.ring)));
    else {
      if (place.further || index > 0) await printer.line();
      const name = place.several || answers.length > 1 ? `${nameOf(answer)}: ` : '';
      const [sentence, ...rest] = answerLines(answer, trust.ring, printer);
      for (const line of [`${name}${sentence}`, ...rest]) await printer.line(line);
    }
  }
  return worst(answers.map(({ exitCode }) => exitCode));
}

function nameOf({ document }: Answer): string {
  return printable(document.linesBefore > 0 ? `${document.file}:${document.linesBefore + 1}` : document.file);
}

/** The certificates of a file of certificates, or those that votes carry. */
function certificatesOf(input: Input): KeyCertificate[] {
  const found =
    detectKind(input.bytes) === 'vote'
      ? [parseVote(input.bytes).partial.certificate]
      : parseKeyCertificates(input.bytes).map(({ document }) => document);
  const certificates = found.filter((certificate) => certificate !== undefined);
  if (certificates.length === 0) {
    throw new CommandError(exit.unreadable, `${input.name}:1: expected key certificates, found none`);
  }
  return certificates;
}
