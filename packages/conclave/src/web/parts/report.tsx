/**
 * What is said of documents that somebody brought. The server shows it, and so does the visitor's own browser: it is made
 * of a report that is plain data, by the same parts.
 */
import type { Child, FC } from 'hono/jsx';
import type { HtmlEscapedString } from 'hono/utils/html';
import type {
  Outcome,
  Report,
  ReportCell,
  ReportItem,
  ReportTable,
  Tone,
  Unreadable,
} from '../../judge/index.ts';
import { formatBytes, formatCount, formatNumber } from '../format.ts';
import { Hidden, levelWord, Pill } from './basics.tsx';
import { DataTable } from './table.tsx';

const levels = { accepted: 'ok', rejected: 'bad', undecided: 'unknown' } as const satisfies Record<
  Outcome,
  string
>;

const tones: Readonly<Record<Tone, 'ok' | 'bad' | 'unknown' | undefined>> = {
  good: 'ok',
  bad: 'bad',
  open: 'unknown',
  faint: undefined,
  strong: undefined,
};

/** The whole report: the answer, then each document with what it was judged by. */
export const ReportView: FC<{ report: Report }> = ({ report }) => (
  <div class="report">
    <Answer outcome={report.outcome} text={report.headline} />
    {report.items.map((item) => (
      <Item item={item} alone={report.items.length === 1 && report.unreadable.length === 0} />
    ))}
    {report.proofs.map((proof) => (
      <Item item={proof} alone={false} />
    ))}
    <NotRead unreadable={report.unreadable} />
    <section>
      <h2>Files</h2>
      <DataTable
        label="Files that were looked at"
        columns={[
          { name: 'File', cell: (file) => file.name, set: 'wrap' },
          { name: 'Size', cell: (file) => formatBytes(file.bytes), set: 'num' },
          { name: 'SHA-256 of the file', cell: (file) => file.sha256, set: 'hex' },
        ]}
        rows={report.files}
        empty="None."
      />
    </section>
  </div>
);

/** The same as text, for a page that has no server behind it. */
export function renderReport(report: Report): Promise<string> {
  return Promise.resolve(<ReportView report={report} />).then((html: HtmlEscapedString) => html.toString());
}

/** `Genuine: …`: the first words are the verdict. */
const Answer: FC<{ outcome: Outcome; text: string }> = ({ outcome, text }) => {
  const [, verdict = '', rest = ''] = /^([^:]{1,40}:)?(.*)$/s.exec(text) ?? [];
  return (
    <p class={`lede ${levels[outcome]}`}>
      <Hidden>{`${levelWord(levels[outcome])}: `}</Hidden>
      <b>{verdict === '' ? rest : verdict}</b>
      {verdict === '' ? null : rest}
    </p>
  );
};

const Item: FC<{ item: ReportItem; alone: boolean }> = ({ item, alone }) => (
  <section>
    <h2>
      {item.place} <small>{item.kind}</small>
    </h2>
    {alone ? null : <Answer outcome={item.outcome} text={`${item.sentence}.`} />}
    {item.tables.map((table) => (
      <ToldTable table={table} />
    ))}
    <ul class="basis">
      {item.basis.map((line) => (
        <li>{line}</li>
      ))}
    </ul>
    <Problems item={item} />
  </section>
);

/** The order in which columns are shown: what became of it stands right behind the name, so that narrow screens show it. */
function orderOf({ head, rows }: ReportTable): readonly number[] {
  const all = head.map((_, at) => at);
  const last = all.at(-1) ?? 0;
  return rows[0]?.[last]?.tone === undefined || last < 2 ? all : [0, last, ...all.slice(1, last)];
}

const ToldTable: FC<{ table: ReportTable }> = ({ table }) => (
  <>
    <DataTable
      label={table.title ?? `By ${table.head[0] === '' ? 'part' : (table.head[0] ?? 'part')}`}
      captioned={table.title !== undefined}
      columns={orderOf(table).map((at) => ({
        name: upperFirst(table.head[at] ?? ''),
        cell: (row: readonly ReportCell[]) => cellView(row[at]),
        ...(at === table.head.length - 1 ? { set: 'wrap' as const } : {}),
      }))}
      rows={table.rows}
      empty="None."
    />
    {table.more === 0 ? null : <p class="note">… and {formatNumber(table.more)} more.</p>}
  </>
);

function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function cellView(cell: ReportCell | undefined): Child {
  if (cell === undefined) return '';
  const level = cell.tone === undefined ? undefined : tones[cell.tone];
  if (level === undefined) return cell.tone === 'faint' ? <small>{cell.text}</small> : cell.text;
  const [, word = cell.text, rest = ''] = /^([^:]+)(?:: (.*))?$/s.exec(cell.text) ?? [];
  return (
    <>
      <Pill level={level}>{word}</Pill>
      {rest === '' ? null : <small> {rest}</small>}
    </>
  );
}

const Problems: FC<{ item: ReportItem }> = ({ item }) =>
  item.problemCount === 0 ? null : (
    <>
      <h3>{formatCount(item.problemCount, 'problem')}</h3>
      <DataTable
        label={`Problems of ${item.place}, in its order`}
        columns={[
          { name: 'Line', cell: (problem) => formatNumber(problem.line), set: 'num' },
          {
            name: 'Severity',
            cell: ({ severity }) => (
              <Pill level={severity === 'error' ? 'bad' : 'unknown'}>
                {severity === 'error' ? 'error' : 'tor takes it'}
              </Pill>
            ),
          },
          { name: 'Keyword', cell: ({ keyword }) => keyword ?? '–' },
          { name: 'Expected', cell: ({ expected }) => expected, set: 'wrap' },
          { name: 'Found', cell: ({ found }) => <code>{found}</code>, set: 'wrap' },
        ]}
        rows={item.problems}
      />
      {item.problemCount > item.problems.length ? (
        <p class="note">… and {formatNumber(item.problemCount - item.problems.length)} more.</p>
      ) : null}
    </>
  );

const NotRead: FC<{ unreadable: readonly Unreadable[] }> = ({ unreadable }) =>
  unreadable.length === 0 ? null : (
    <section>
      <h2>Not looked at</h2>
      <DataTable
        label="What could not be read, and why"
        columns={[
          { name: 'File', cell: ({ file }) => file },
          { name: 'Why', cell: ({ because }) => because, set: 'wrap' },
        ]}
        rows={unreadable}
      />
    </section>
  );
