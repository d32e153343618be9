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
import { exitOf, judgeGroup, type Trust } from '../judge/index.ts';
import { judgesOf } from './authorities.ts';
import { checkFiles, eachFile, jsonOption, profileOption, readTimeOption, type Context } from './command.ts';
import { describe, documentsOf, groupsOf, placeOf } from './documents.ts';
import { CommandError, exit, worst, type ExitCode } from './exit.ts';
import { readInput, type Input } from './input.ts';
import { toldLines } from './verify-lines.ts';
import { readBacking } from './verify-with.ts';

const ways = { certificates: '--certs', backing: '--with', authorities: '; give one with --authorities' };

interface VerifyOptions {
  readonly json?: true;
  readonly certs?: readonly string[];
  readonly with?: readonly string[];
  readonly authorities?: string;
  readonly at?: string;
  readonly profile: Profile;
}

const help = `
A consensus is genuine when more than half of the authorities signed exactly its bytes: authorities are counted, not
signatures. Their certificates come by --certs (http://AUTHORITY/tor/keys/all, or a cached-certs file). A vote carries
its certificate; a key certificate is judged by its own identity key.

Server descriptors are judged by the keys that they carry; each check is told. What else there is needs a document that
vouches for it, by --with:
  extra-infos           the server descriptors of the same relays
  microdescriptors      the microdesc consensus that names them (which is judged by --certs)
  a bandwidth file      the vote that names its digest
  detached signatures   judged by --certs; their digests are compared with consensuses given
  a vote                judged by itself; is it the one that the consensus of its round names?
  a consensus diff      its base: does it make of that what it names?

Without --authorities, those of the public Tor network at the document's own time are asked for. Without --at,
certificates are judged at the document's own valid-after (what is not of a round: when it was published).

Exit code: 0 genuine, 1 not genuine, 2 undecided (a certificate, a list of authorities for that time or a
  document for --with is missing), 64 wrong usage or no such file, 65 not a document that can be verified. Of several documents: the first of 64, 65, 1, 2.

Examples:
  conclave verify cached-consensus --certs cached-certs
  conclave verify consensus.xz vote-* --certs keys-1 keys-2 --authorities torrc
  conclave verify cached-microdesc-consensus --certs cached-certs --at now --json | jq .outcome
  conclave verify cached-descriptors.new
  conclave verify cached-extrainfo --with cached-descriptors cached-descriptors.new
  conclave verify cached-microdescs --with cached-microdesc-consensus --certs cached-certs`;

/** Adds `conclave verify`. */
export function registerVerify(program: Command, context: Context): void {
  program
    .command('verify')
    .summary('tell whether documents are genuine: what authorities and relays signed, and what they name')
    .description(
      'Verifies every directory document of Tor by what vouches for it: signatures, or another document.',
    )
    .argument('<file...>', 'the documents')
    .option('--certs <file...>', 'files with any number of key certificates (or votes, which carry one)')
    .option('--with <file...>', 'what others are judged by: descriptors, consensuses or votes (see below)')
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
    ...(options.with ?? []),
    ...(options.authorities === undefined ? [] : [options.authorities]),
  ]);
  const at = options.at === undefined ? undefined : readTimeOption(options.at);
  const findJudges = await judgesOf(options.authorities, io);
  const certificates: KeyCertificate[] = [];
  for (const file of options.certs ?? []) {
    for (const certificate of certificatesOf(await readInput(file, io.stdin))) certificates.push(certificate);
  }
  const backing = await readBacking(options.with ?? [], options.profile, io);
  const trust: Trust = { findJudges, ring: certificateRing(certificates), backing, at, ways };
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
  const groups = groupsOf(await documentsOf(input, options.profile));
  const all = groups.flatMap((group) => {
    for (const document of group)
      for (const problem of document.parsed.problems) printer.complain(describe(document, problem));
    return judgeGroup(group, trust);
  });
  for (const [index, told] of all.entries()) {
    if (options.json) {
      for (const object of told.json()) await printer.line(JSON.stringify(object));
      continue;
    }
    if (place.further || index > 0) await printer.line();
    const name = place.several || all.length > 1 ? `${placeOf(told.document)}: ` : '';
    const [sentence, ...rest] = toldLines(told, printer);
    for (const line of [`${name}${sentence}`, ...rest]) await printer.line(line);
  }
  return worst(all.map(({ outcome }) => exitOf[outcome]));
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
