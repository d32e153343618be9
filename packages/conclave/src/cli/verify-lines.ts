/** How a judgement looks on a terminal: the sentence in its colour, tables, and by what it was judged. */
import type { Told } from '../judge/index.ts';
import { plural, printable, table, type Printer } from './output.ts';

const tones = { accepted: 'good', rejected: 'bad', undecided: 'open' } as const;

/** The lines for people; the first is the sentence. */
export function toldLines({ outcome, sentence, tables, basis }: Told, { paint, width }: Printer): string[] {
  const lines = [paint(tones[outcome], printable(sentence))];
  for (const { title, head, rows, of } of tables) {
    const cells = rows.map((row) =>
      row.map((cell) => (typeof cell === 'string' ? printable(cell) : paint(cell[0], printable(cell[1])))),
    );
    lines.push(
      '',
      ...(title === undefined ? [] : [printable(title)]),
      ...table(head, cells, width).split('\n'),
    );
    if (of !== undefined && of > rows.length)
      lines.push(`  … and ${plural(of - rows.length, 'more', 'more')} (--json has all)`);
  }
  if (tables.length > 0) lines.push('');
  return [...lines, ...basis.map((line) => paint('faint', printable(line)))];
}
