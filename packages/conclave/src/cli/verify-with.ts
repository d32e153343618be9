/** The documents of `--with`: what vouches for documents that carry no signature, or is compared with those that do. */
import type { Profile } from '@conclave/netdoc';
import { backingOf, isMalformed, malformedText, type Backing } from '../judge/index.ts';
import { documentsOf, kindNames, type FileDocument } from './documents.ts';
import { CommandError, exit } from './exit.ts';
import { readInput } from './input.ts';
import type { Io } from './output.ts';

/** Reads the files of `--with`; throws a `CommandError` for what vouches for nothing. */
export async function readBacking(files: readonly string[], profile: Profile, io: Io): Promise<Backing> {
  const documents: FileDocument[] = [];
  for (const file of files) {
    for (const document of await documentsOf(await readInput(file, io.stdin), profile)) {
      checkVouches(document);
      documents.push(document);
    }
  }
  return backingOf(documents);
}

function checkVouches(document: FileDocument): void {
  switch (document.kind) {
    case 'consensus':
    case 'vote':
      if (isMalformed(document)) throw notWhole(document);
      break;
    case 'server-descriptor':
    case 'diff-cache-item':
      // A cache may hold a broken one among thousands; the body of an item comes behind it.
      break;
    case 'key-certificate':
    case 'detached-signatures':
    case 'extra-info':
    case 'microdescriptor':
    case 'bandwidth-file':
    case 'consensus-diff':
      throw vouchesForNothing(document);
  }
}

function notWhole(document: FileDocument): CommandError {
  const found = malformedText(document);
  return new CommandError(
    exit.unreadable,
    `${document.file}:${document.line}: expected a whole ${kindNames[document.kind][0]}, found one that is ${found}`,
  );
}

function vouchesForNothing({ file, line, kind }: FileDocument): CommandError {
  const expected = 'a consensus, a vote or server descriptors behind --with';
  return new CommandError(
    exit.unreadable,
    `${file}:${line}: expected ${expected}, found ${kindNames[kind][1]}`,
  );
}
