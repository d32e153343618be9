/**
 * A document as numbers: its bytes cut into pieces (lines, or words where lines are long), each piece known by its number
 * in a table that all documents of a pack share. A piece such as `w Bandwidth=5000` whose like is in the document a hundred
 * times with other figures becomes a form with gaps, `w Bandwidth=·`, and its figures stand beside it.
 */

/** A document in numbers. */
export interface Pieces {
  /** Which string of the table each piece is, in order. */
  readonly ids: Int32Array;
  /** The figures of all forms among them, in order. */
  readonly figures: Int32Array;
}

/** The strings of one pack, as they are met. */
export interface StringTable {
  readonly strings: readonly string[];
  /** How many gaps a string has; 0 for one that stands as it is. */
  readonly gaps: readonly number[];
  /** Bytes of all strings. */
  readonly bytes: number;
  /** Cuts a document up; strings that are new are added. Between pieces of work others get a turn. */
  cut(bytes: Uint8Array, breathe: () => Promise<void>): Promise<Pieces>;
}

/** What stands in a form where a figure belongs. A piece that has this byte itself is never made a form. */
export const gap = '\0';

/** Makes an empty table. */
export function stringTable(): StringTable {
  const known = new Map<string, number>();
  const formNumbers = new Map<string, number>();
  const strings: string[] = [];
  const gaps: number[] = [];
  let bytes = 0;
  const add = (map: Map<string, number>, text: string, count: number): number => {
    const before = map.get(text);
    if (before !== undefined) return before;
    const id = strings.push(text) - 1;
    map.set(text, id);
    gaps.push(count);
    bytes += text.length;
    return id;
  };
  return {
    strings,
    gaps,
    get bytes() {
      return bytes;
    },
    async cut(document, breathe) {
      const pieces = piecesOf(Buffer.from(document.buffer, document.byteOffset, document.length));
      await breathe();
      const forms = await formsOf(pieces, (form) => formNumbers.has(form), breathe);
      const ids = new Int32Array(pieces.length);
      const figures: number[] = [];
      for (const [index, piece] of pieces.entries()) {
        if (index % piecesATurn === 0) await breathe();
        const form = forms.get(piece);
        ids[index] =
          form === undefined ? add(known, piece, 0) : add(formNumbers, form.text, form.figures.length);
        if (form) for (const figure of form.figures) figures.push(figure);
      }
      return { ids, figures: Int32Array.from(figures) };
    },
  };
}

/** Some milliseconds of work. */
const piecesATurn = 16_384;

/** Lines of more bytes than this on average are cut into words: those of bandwidth files. */
const longLine = 160;

/** The pieces, each with the line feed or blank that ends it; one after another they are the document, whatever it is. */
function piecesOf(bytes: Buffer): string[] {
  const text = bytes.toString('latin1');
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (text.length <= lines.length * longLine) return lines;
  return text.match(/[^\n ]*[\n ]|[^\n ]+$/g) ?? [];
}

interface Form {
  readonly text: string;
  readonly figures: readonly number[];
}

/** A decimal number that stands alone and is written in one way only, so that the figure says how. */
const figure = /(?<=[ =:.,/-])(?:0|[1-9][0-9]{0,8})(?=[ :.,/\n-]|$)/g;

/** The forms to be used in a document: those of many pieces that differ much, and those that are forms already. */
async function formsOf(
  pieces: readonly string[],
  isForm: (form: string) => boolean,
  breathe: () => Promise<void>,
): Promise<ReadonlyMap<string, Form>> {
  const forms = new Map<string, Form>();
  const kinds = new Map<string, { distinct: number; count: number }>();
  for (const [index, piece] of pieces.entries()) {
    if (index % piecesATurn === 0) await breathe();
    const before = forms.get(piece);
    const form = before ?? formOf(piece);
    if (!form) continue;
    if (!before) forms.set(piece, form);
    const kind = kinds.get(form.text) ?? { distinct: 0, count: 0 };
    if (!before) kind.distinct += 1;
    kind.count += 1;
    kinds.set(form.text, kind);
  }
  for (const [piece, { text }] of forms) {
    const { distinct, count } = kinds.get(text) ?? { distinct: 0, count: 0 };
    const worth = distinct >= 16 && distinct * 40 >= count;
    if (!worth && !isForm(text)) forms.delete(piece);
  }
  return forms;
}

function formOf(piece: string): Form | undefined {
  const found = piece.match(figure);
  if (!found || found.length > 32 || piece.includes(gap)) return undefined;
  return { text: piece.replace(figure, gap), figures: found.map(Number) };
}
