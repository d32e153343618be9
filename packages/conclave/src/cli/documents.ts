/** The documents of a file as the command line reads them: unpacked, cut into pieces, parsed. */
import { detectKind, type Profile } from '@conclave/netdoc';
import {
  documentsIn,
  isUnpackable,
  piecesOf,
  unknownKind,
  type FileDocument,
  type FileDocumentOf,
  type Piece,
} from '../judge/index.ts';
import { CommandError, exit } from './exit.ts';
import { unpack, type Input } from './input.ts';

export {
  describe,
  groupsOf,
  isUnpackable,
  kindNames,
  placeOf,
  type DocumentOfKind,
  type FileDocument,
  type FileDocumentOf,
} from '../judge/index.ts';

/** The documents of a file; throws a `CommandError` when it has one that is of no kind known here. */
export async function documentsOf(input: Input, profile: Profile): Promise<readonly FileDocument[]> {
  const list: FileDocument[] = [];
  for (const piece of piecesOf(input.bytes)) {
    for (const document of knownIn(input.name, piece, profile)) {
      list.push(document);
      if (document.kind === 'diff-cache-item') list.push(...(await bodyOf(document, profile)));
    }
  }
  return list;
}

/** The document in the body of an item of tor's diff cache: a consensus or a diff. */
async function bodyOf(
  { file, bytes, parsed }: FileDocumentOf<'diff-cache-item'>,
  profile: Profile,
): Promise<readonly FileDocument[]> {
  const { body } = parsed.partial;
  if (!body || !isUnpackable(parsed.partial)) return [];
  const name = `${file} (body)`;
  const inner = await unpack(bytes.subarray(body.start, body.end), name);
  const piece = { bytes: inner, linesBefore: 0 };
  return detectKind(inner) === 'diff-cache-item' ? refuse(name, piece) : knownIn(name, piece, profile);
}

function knownIn(file: string, piece: Piece, profile: Profile): readonly FileDocument[] {
  return documentsIn(file, piece, profile) ?? refuse(file, piece);
}

function refuse(file: string, { bytes, linesBefore }: Piece): never {
  throw new CommandError(exit.unreadable, `${file}:${linesBefore + 1}: ${unknownKind(bytes)}`);
}
