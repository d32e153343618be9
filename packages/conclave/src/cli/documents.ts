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
      if (document.kind === 'diff-cache-item') list.push(...(await withBody(document, profile)));
      else list.push(document);
    }
  }
  return list;
}

/** An item of tor's diff cache, and the document in its body: a consensus or a diff. */
async function withBody(
  item: FileDocumentOf<'diff-cache-item'>,
  profile: Profile,
): Promise<readonly FileDocument[]> {
  const { file, bytes, parsed } = item;
  const { body } = parsed.partial;
  if (!body || !isUnpackable(parsed.partial)) return [item];
  const name = `${file} (body)`;
  const inner = await unpack(bytes.subarray(body.start, body.end), name);
  const piece = { bytes: inner, linesBefore: 0 };
  if (detectKind(inner) === 'diff-cache-item') return refuse(name, piece);
  return [{ ...item, content: inner }, ...knownIn(name, piece, profile)];
}

function knownIn(file: string, piece: Piece, profile: Profile): readonly FileDocument[] {
  return documentsIn(file, piece, profile) ?? refuse(file, piece);
}

function refuse(file: string, { bytes, linesBefore }: Piece): never {
  throw new CommandError(exit.unreadable, `${file}:${linesBefore + 1}: ${unknownKind(bytes)}`);
}
