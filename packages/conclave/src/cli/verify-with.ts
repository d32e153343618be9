/** The documents of `--with`: what vouches for documents that carry no signature, or is compared with those that do. */
import { type Fingerprint, type Profile, type ServerDescriptor } from '@conclave/netdoc';
import { documentsOf, kindNames, type FileDocument, type FileDocumentOf } from './documents.ts';
import { CommandError, exit } from './exit.ts';
import { readInput } from './input.ts';
import type { Io } from './output.ts';
import { isMalformed, malformedText } from './verify-told.ts';

/** What was given. */
export interface Backing {
  readonly consensuses: readonly FileDocumentOf<'consensus'>[];
  readonly votes: readonly FileDocumentOf<'vote'>[];
  /** By the fingerprint that they claim. */
  readonly descriptors: ReadonlyMap<Fingerprint, readonly ServerDescriptor[]>;
}

/** Reads the files of `--with`; throws a `CommandError` for what vouches for nothing. */
export async function readBacking(files: readonly string[], profile: Profile, io: Io): Promise<Backing> {
  const consensuses: FileDocumentOf<'consensus'>[] = [];
  const votes: FileDocumentOf<'vote'>[] = [];
  const descriptors = new Map<Fingerprint, ServerDescriptor[]>();
  for (const file of files) {
    for (const document of await documentsOf(await readInput(file, io.stdin), profile)) {
      switch (document.kind) {
        case 'consensus':
          consensuses.push(whole(document));
          break;
        case 'vote':
          votes.push(whole(document));
          break;
        case 'server-descriptor':
          // A cache may hold a broken one among thousands.
          if (document.parsed.document) keep(descriptors, document.parsed.document);
          break;
        case 'diff-cache-item':
          // Its body comes behind it.
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
  }
  return { consensuses, votes, descriptors };
}

function whole<Kind extends 'consensus' | 'vote'>(document: FileDocumentOf<Kind>): FileDocumentOf<Kind> {
  if (!isMalformed(document)) return document;
  const found = malformedText(document);
  throw new CommandError(
    exit.unreadable,
    `${document.file}:${document.line}: expected a whole ${kindNames[document.kind][0]}, found one that is ${found}`,
  );
}

function keep(descriptors: Map<Fingerprint, ServerDescriptor[]>, descriptor: ServerDescriptor): void {
  const { fingerprint } = descriptor;
  if (fingerprint === undefined) return;
  const list = descriptors.get(fingerprint);
  if (list) list.push(descriptor);
  else descriptors.set(fingerprint, [descriptor]);
}

function vouchesForNothing({ file, line, kind }: FileDocument): CommandError {
  const expected = 'a consensus, a vote or server descriptors behind --with';
  return new CommandError(
    exit.unreadable,
    `${file}:${line}: expected ${expected}, found ${kindNames[kind][1]}`,
  );
}
