/** Figures against the same hour before (S2.2.14 to S2.2.16). */
import type { Child, FC } from 'hono/jsx';
import type { Trends } from '../../api/index.ts';
import { formatCount, formatDifference, formatQuantity } from '../format.ts';
import { Missing, MissingBecause, Time } from './basics.tsx';
import { DataTable } from './table.tsx';

type Span = Trends['rows'][number]['before'][number]['span'];

const names: Readonly<Record<Span, string>> = {
  day: 'A day before',
  week: 'A week before',
  month: '30 days before',
  year: '365 days before',
};

/** One row a figure: its value now, and how much that is more or less than then. */
export const TrendTable: FC<{ trends: Trends; spans: readonly Span[]; figures?: readonly string[] }> = ({
  trends,
  spans,
  figures,
}) => (
  <>
    {spans.some((span) => isKnown(trends, span)) ? (
      <Rows trends={trends} spans={spans} figures={figures} />
    ) : (
      <details>
        <summary>
          {formatCount(figures?.length ?? trends.rows.length, 'figure')}{' '}
          <small>with nothing yet to compare them with</small>
        </summary>
        <Rows trends={trends} spans={spans} figures={figures} />
      </details>
    )}
    <p class="note" data-live="method-note">
      Consensus method: {trends.method.text}
      {trends.method.changed === null ? null : (
        <>
          {' '}
          (<Time at={trends.method.changed} now={trends.now} />)
        </>
      )}
      {whyMissing(trends, spans)}
    </p>
  </>
);

const Rows: FC<{ trends: Trends; spans: readonly Span[]; figures: readonly string[] | undefined }> = ({
  trends,
  spans,
  figures,
}) => (
  <DataTable
    label="Figures against the same hour before"
    live="trends"
    wide
    columns={[
      { name: 'Figure', cell: ({ title }) => title },
      {
        name: `At ${trends.validAfter.slice(11, 16)}`,
        cell: ({ now, unit }) =>
          now.value === null ? <Missing reason={now.reason} /> : formatQuantity(now.value, unit),
        set: 'num',
      },
      ...spans
        .filter((span) => isKnown(trends, span))
        .map((span) => ({
          name: names[span],
          cell: (row: Trends['rows'][number]) => against(row, span),
          set: 'num' as const,
        })),
    ]}
    rows={figures === undefined ? trends.rows : trends.rows.filter(({ figure }) => figures.includes(figure))}
    keyOf={({ figure }) => figure}
    empty="n/a: no round is held."
  />
);

function against({ before, unit }: Trends['rows'][number], span: Span): Child {
  const then = before.find((one) => one.span === span);
  if (then === undefined || then.value === null || then.difference === null)
    return <Missing reason={then?.reason ?? 'it was not asked for'} />;
  return (
    <span title={`${formatQuantity(then.value, unit)} then`}>{formatDifference(then.difference, unit)}</span>
  );
}

/** Whether any figure has a value of then: a column of reasons would say the same in every row. */
function isKnown({ rows }: Trends, span: Span): boolean {
  return rows.some(({ before }) => before.some((one) => one.span === span && one.value !== null));
}

/** Why a span has no column, in plain sight. */
function whyMissing(trends: Trends, spans: readonly Span[]): Child {
  const missing = spans.filter((span) => !isKnown(trends, span));
  const reasons = missing.map(
    (span) => trends.rows.flatMap(({ before }) => before).find((one) => one.span === span)?.reason,
  );
  return missing
    .filter((_, i) => reasons.indexOf(reasons[i]) === i)
    .map((span) => {
      const reason = reasons[missing.indexOf(span)];
      const alike = missing.filter((_, i) => reasons[i] === reason);
      return (
        <>
          {' '}
          · {alike.map((one) => names[one].toLowerCase()).join(', ')}: <MissingBecause reason={reason} />
        </>
      );
    });
}
