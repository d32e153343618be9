/**
 * The one frame of a table: it scrolls by itself, has a caption and heads, and the first cell of a row names the row. A
 * page says only which columns there are.
 */
import type { Child } from 'hono/jsx';
import type { Level } from '../../api/index.ts';
import { Scroll } from './basics.tsx';

/** A column: its head, what is in it, and how it is set. */
export interface Column<Row> {
  readonly name: string;
  /** What the name stands for, on demand. */
  readonly meaning?: string;
  readonly cell: (row: Row, index: number) => Child;
  /**
   * `num`: to the right; `wrap`: may break; `brief`: may break early; `hex`: a digest; `bar`: a bar and its value; `beats`:
   * bars of rounds; `state`: a pill and its reason.
   */
  readonly set?: 'num' | 'wrap' | 'brief' | 'hex' | 'bar' | 'beats' | 'state';
  /** How a cell stands: what wants a look has a tint. */
  readonly level?: (row: Row) => Level;
  /** What is told of a cell on demand. */
  readonly title?: (row: Row) => string;
}

/** What a table needs besides its rows. */
export interface TableProps<Row> {
  /** What it is called by who listens; the caption too, unless another is given. */
  readonly label: string;
  readonly caption?: Child;
  /** Whether the caption is for eyes as well. */
  readonly captioned?: boolean;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The name of a row, by which a live page finds it again. */
  readonly keyOf?: (row: Row) => string;
  readonly live?: string;
  /** Many columns: closer to each other, and the first stays in sight. */
  readonly wide?: boolean;
  /** Rows that stand by themselves at the end. */
  readonly apart?: (row: Row) => boolean;
  /** Said where there are no rows. */
  readonly empty?: Child;
}

/** A table, or the words that stand for an empty one. */
export function DataTable<Row>(props: TableProps<Row>): Child {
  const { label, caption = label, captioned = false, columns, rows, live, wide = false } = props;
  if (rows.length === 0 && props.empty !== undefined) {
    return (
      <p class="none" {...(live === undefined ? {} : { 'data-live': live })}>
        {props.empty}
      </p>
    );
  }
  const apart = props.apart === undefined ? [] : rows.filter(props.apart);
  return (
    <Scroll label={label} {...(live === undefined ? {} : { live })}>
      <table class={wide ? 'wide' : undefined}>
        <caption class={captioned ? undefined : 'vh'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, meaning, set }) => (
              <th scope="col" class={set === 'num' ? 'num' : undefined}>
                {meaning === undefined ? name : <abbr title={meaning}>{name}</abbr>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {linesOf(props, apart.length === 0 ? rows : rows.filter((row) => !apart.includes(row)))}
        </tbody>
        {apart.length === 0 ? null : <tbody class="apart">{linesOf(props, apart)}</tbody>}
      </table>
    </Scroll>
  );
}

function linesOf<Row>({ columns, keyOf }: TableProps<Row>, rows: readonly Row[]): Child {
  return rows.map((row, index) => (
    <tr {...(keyOf === undefined ? {} : { 'data-key': keyOf(row) })}>
      {columns.map(({ cell, set, level, title }, at) =>
        at === 0 ? (
          <th scope="row" class={set}>
            {cell(row, index)}
          </th>
        ) : (
          <td class={classOf(set, level?.(row))} {...titled(title?.(row))}>
            {cell(row, index)}
          </td>
        ),
      )}
    </tr>
  ));
}

function titled(title: string | undefined): { title?: string } {
  return title === undefined || title === '' ? {} : { title };
}

/** What is fine has no tint. A cell that may have one has the attribute always, so that a live page comes to be like a new one. */
function classOf(set: string | undefined, level: Level | undefined): string | undefined {
  if (level === undefined) return set;
  return [set ?? '', level === 'warn' || level === 'bad' ? level : ''].filter(Boolean).join(' ');
}
