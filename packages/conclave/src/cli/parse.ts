/** `conclave parse`: what a document says, and what is wrong with how it says it. It verifies nothing. */
import type { Command } from 'commander';
import {
  flagsOf,
  formatTime,
  type Consensus,
  type DetachedSignatures,
  type KeyCertificate,
  type Profile,
  type RouterTable,
  type UnixSeconds,
  type Vote,
} from '@conclave/netdoc';
import { checkFiles, eachFile, jsonOption, profileOption, type Context } from './command.ts';
import { describe, documentsOf, type FileDocument } from './documents.ts';
import { exit, worst, type ExitCode } from './exit.ts';
import { readInput } from './input.ts';
import { documentJson } from './json.ts';
import { count, plural, printable, table } from './output.ts';

interface ParseOptions {
  readonly json?: true;
  readonly unrecognized?: true;
  readonly profile: Profile;
}

const help = `
FILE may be compressed (.gz, .xz, .zst) and begin with CollecTor's @type line; - is standard input.
Problems go to standard error as FILE:LINE: keyword: expected …, found …

Exit code: 0 read without error, 64 wrong usage or no such file, 65 unreadable (the problems say why).

Examples:
  conclave parse cached-consensus
  conclave parse --json vote.xz | jq '.document.routers[] | select(.flags | index("Guard")) | .nickname'
  curl -s http://171.25.193.9:443/tor/status-vote/current/consensus | conclave parse -`;

/** Adds `conclave parse`. */
export function registerParse(program: Command, context: Context): void {
  program
    .command('parse')
    .summary('read documents: what they say, and what is wrong with them')
    .description(
      'Reads consensuses, votes, key certificates and detached signatures. Verifies nothing: see "verify".',
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
        const documents = documentsOf(await readInput(file, context.io.stdin), options.profile);
        for (const document of documents) await show(document, options, context);
        const sound = documents.every(({ parsed }) => parsed.errors === 0 && parsed.document !== undefined);
        return sound ? exit.ok : exit.unreadable;
      }),
    );
  }
  return worst(codes);
}

async function show(document: FileDocument, options: ParseOptions, { printer }: Context): Promise<void> {
  const { parsed, linesBefore, file } = document;
  for (const problem of parsed.problems) printer.complain(describe(document, problem));
  const unsaid = parsed.errors - parsed.problems.filter(({ severity }) => severity === 'error').length;
  if (unsaid > 0) printer.complain(`${file}: and ${plural(unsaid, 'more problem')}`);
  if (options.json) {
    for (const piece of documentJson(document)) if (!(await printer.write(piece))) return;
    await printer.line();
  } else if (options.unrecognized) {
    for (const { line, text } of parsed.unrecognized)
      await printer.line(printable(`${file}:${linesBefore + line}: ${text}`));
  } else {
    for (const line of summary(document)) await printer.line(line);
  }
}

/** The lines of the summary for people. */
function summary(document: FileDocument): string[] {
  const { parsed } = document;
  const rows = [...rowsOf(document), ['unrecognized', plural(parsed.unrecognized.length, 'line')]];
  if (parsed.errors > 0) rows.push(['problems', plural(parsed.errors, 'error')]);
  const where = document.linesBefore > 0 ? `${document.file}:${document.linesBefore + 1}` : document.file;
  return [
    `${printable(where)}: ${titleOf(document)}`,
    ...table(
      [],
      rows.map((row) => row.map(printable)),
    ).split('\n'),
  ];
}

function titleOf(document: FileDocument): string {
  const incomplete = document.parsed.document ? '' : ' (incomplete)';
  switch (document.kind) {
    case 'consensus':
      return `consensus, flavor ${document.parsed.partial.flavor ?? 'unknown'}${incomplete}`;
    case 'vote':
      return `vote of ${document.parsed.partial.source?.nickname ?? 'an unknown authority'}${incomplete}`;
    case 'key-certificate':
      return `key certificate${incomplete}`;
    case 'detached-signatures':
      return `detached signatures${incomplete}`;
  }
}

function rowsOf(document: FileDocument): string[][] {
  switch (document.kind) {
    case 'consensus':
      return consensusRows(document.parsed.partial);
    case 'vote':
      return voteRows(document.parsed.partial);
    case 'key-certificate':
      return certificateRows(document.parsed.partial);
    case 'detached-signatures':
      return detachedRows(document.parsed.partial);
  }
}

function timeText(time: UnixSeconds | undefined): string {
  return time === undefined ? 'unreadable' : formatTime(time);
}

function timeRows(times: {
  readonly validAfter?: UnixSeconds;
  readonly freshUntil?: UnixSeconds;
  readonly validUntil?: UnixSeconds;
}): string[][] {
  return [
    ['valid-after', timeText(times.validAfter)],
    ['fresh-until', timeText(times.freshUntil)],
    ['valid-until', timeText(times.validUntil)],
  ];
}

function routerRows(routers: RouterTable | undefined): string[][] {
  if (!routers) return [];
  const flags = new Map<string, number>();
  for (let row = 0; row < routers.count; row += 1) {
    for (const flag of flagsOf(routers, row)) flags.set(flag, (flags.get(flag) ?? 0) + 1);
  }
  const list = Array.from(flags, ([flag, relays]) => `${flag} ${count(relays)}`);
  return [
    ['relays', count(routers.count)],
    ['flags', list.sort().join(', ')],
    ['versions', plural(routers.versions.length, 'distinct version')],
  ];
}

function consensusRows(consensus: Partial<Consensus>): string[][] {
  return [
    ...timeRows(consensus),
    ['method', String(consensus.consensusMethod ?? 'none')],
    ['authorities', (consensus.authorities ?? []).map(({ nickname }) => nickname).join(', ')],
    ['params', count(consensus.params?.size ?? 0)],
    ...routerRows(consensus.routers),
    ['signatures', `${plural(consensus.signatures?.length ?? 0, 'signature')} (not verified)`],
  ];
}

function voteRows(vote: Partial<Vote>): string[][] {
  return [
    ['identity', vote.source?.identity ?? 'unreadable'],
    ['published', timeText(vote.published)],
    ...timeRows(vote),
    ['methods', (vote.consensusMethods ?? []).join(' ')],
    ['bandwidth file', vote.bandwidthFileHeaders ? 'yes' : 'no'],
    ['signing key until', timeText(vote.certificate?.expires)],
    ['shared random', plural(vote.sharedRandomCommits?.length ?? 0, 'commit')],
    ...routerRows(vote.routers),
    ['signatures', `${plural(vote.signatures?.length ?? 0, 'signature')} (not verified)`],
  ];
}

function certificateRows(certificate: Partial<KeyCertificate>): string[][] {
  return [
    ['identity', certificate.fingerprint ?? 'unreadable'],
    ['address', certificate.address ?? 'none'],
    ['published', timeText(certificate.published)],
    ['expires', timeText(certificate.expires)],
  ];
}

function detachedRows(detached: Partial<DetachedSignatures>): string[][] {
  return [
    ...timeRows(detached),
    ['ns digest', detached.consensusDigest ?? 'unreadable'],
    ...Array.from(detached.additionalDigests ?? [], ([name, digest]) => [`${name} digest`, digest]),
    ['signatures', `${plural(detached.signatures?.length ?? 0, 'signature')} (not verified)`],
  ];
}
