/**
 * The one frame of a table: it scrolls by itself, has a caption and heads, and the first cell of a row names the row. A
 * page says only which columns there are.
 */
import type { Child } from 'hono/jsx';
import { Scroll } from './basics.tsx';

/** A column: its head, what is in it, and how it is set. */
export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row, index: number) => Child;
  /** `num`: to the right; `wrap`: may break; `hex`: a digest; `bar`: a bar and its value. */
  readonly set?: 'num' | 'wrap' | 'hex' | 'bar';
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
  /** Keeps the first column in sight; for wide tables. */
  readonly sticky?: boolean;
  /** Said where there are no rows. */
  readonly empty?: Child;
}

/** A table, or the words that stand for an empty one. */
export function DataTable<Row>(props: TableProps<Row>): Child {
  const { label, caption = label, captioned = false, columns, rows, keyOf, live, sticky = false } = props;
  if (rows.length === 0 && props.empty !== undefined) {
    return (
      <p class="none" {...(live === undefined ? {} : { 'data-live': live })}>
        {props.empty}
      </p>
    );
  }
  return (
    <Scroll label={label} {...(live === undefined ? {} : { live })}>
      <table class={sticky ? 'sticky' : undefined}>
        <caption class={captioned ? undefined : 'vh'}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, set }) => (
              <th scope="col" class={set === 'num' ? 'num' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr {...(keyOf === undefined ? {} : { 'data-key': keyOf(row) })}>
              {columns.map(({ cell, set }, at) =>
                at === 0 ? (
                  <th scope="row" class={set}>
                    {cell(row, index)}
                  </th>
                ) : (
                  <td class={set}>{cell(row, index)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
