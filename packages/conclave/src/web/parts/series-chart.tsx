/** Charts of what the API says over time, with their data as tables. */
import type { Child, FC } from 'hono/jsx';
import type { ChurnSeries, Series } from '../../api/index.ts';
import { type Chart, momentsOf, writeMoments } from '../charts/index.ts';
import { churnChart, seriesChart } from '../charts/of-series.ts';
import { formatNumber, formatQuantity, formatTime, writeTicks } from '../format.ts';
import { Missing, Time } from './basics.tsx';
import { ChartFigure } from './chart.tsx';
import { DataTable } from './table.tsx';

/** The labels below a chart of these times. */
export function momentLabels(times: readonly string[]): readonly string[] {
  return writeMoments(momentsOf(Date.parse(times[0] ?? ''), Date.parse(times.at(-1) ?? '')));
}

/** What there is to say of an axis: what it counts, and that it does not begin at 0. */
export function axisNote(chart: Extract<Chart, { kind: 'line' | 'balance' }>, unit: string): string {
  const { labels, unit: written } = writeTicks(chart.axis.ticks, chart.axis.step, unit);
  const base = chart.axis.from > 0 ? `; the axis begins at ${labels[0]}, not at 0` : '';
  return `${written}${base}`;
}

/** An identifier that holds in an address and a style sheet. */
export function chartId(figure: string): string {
  return `chart-${figure.replace(/[^\w-]/g, '-')}`;
}

/** One figure over time. `query` is what the answer was asked with, without the figures. */
export const SeriesFigure: FC<{
  series: Series;
  figure: string;
  query: string;
  size: 'small' | 'wide';
  title: Child;
}> = (props) => {
  const { series, figure, query, size, title } = props;
  const one = series.series.find((candidate) => candidate.figure === figure);
  const chart = seriesChart(series, figure);
  if (one === undefined || chart === undefined || chart.kind !== 'line') {
    return (
      <figure class="chart" id={chartId(figure)} data-live={chartId(figure)}>
        <figcaption>
          <h3>{title}</h3>
        </figcaption>
        <p class="none">n/a: no round of this span has it.</p>
      </figure>
    );
  }
  const asked = `figures=${encodeURIComponent(figure)}${query === '' ? '' : `&${query}`}`;
  const newest = one.values.findLastIndex((value) => value !== null);
  return (
    <ChartFigure
      id={chartId(figure)}
      title={title}
      reading={reading(series, one, newest)}
      note={`${axisNote(chart, one.unit)}${chart.range === undefined ? '' : '; the line is the mean of a day, around it the least and the most'}`}
      chart={chart}
      address={`/charts/${encodeURIComponent(figure)}.png${query === '' ? '' : `?${query}`}`}
      alt={altOf(series, one)}
      size={size}
      labels={writeTicks(chart.axis.ticks, chart.axis.step, one.unit).labels.toReversed()}
      moments={momentLabels(series.times)}
      table={<SeriesTable series={series} one={one} />}
      json={`/api/v1/series?${asked}`}
      csv={`/api/v1/series.csv?${asked}`}
    />
  );
};

type One = Series['series'][number];

function reading(series: Series, { values, unit }: One, at: number): Child {
  const value = values[at];
  const time = series.times[at];
  if (value === null || value === undefined || time === undefined) return 'n/a';
  return (
    <>
      {formatQuantity(value, unit)}{' '}
      <small>
        {series.step === 'day' ? `mean of ${time.slice(0, 10)}` : `at ${formatTime(time, series.now)}`}
      </small>
    </>
  );
}

function altOf({ times, now, missing }: Series, { title, unit, values }: One): string {
  const known = values.filter((value) => value !== null);
  const write = (value: number): string => formatQuantity(value, unit);
  const span = `${formatTime(times[0] ?? '', now)} to ${formatTime(times.at(-1) ?? '', now)} UTC`;
  const gaps =
    missing === 0 ? 'no gap' : `${formatNumber(missing)} of ${formatNumber(times.length)} steps not held`;
  return `${title}, ${span}: least ${write(Math.min(...known))}, most ${write(Math.max(...known))}, newest ${write(known.at(-1) ?? 0)}; ${gaps}.`;
}

/** A value that a step does not have: the step is not held, or its rounds do not say. */
export function absent(held: boolean): Child {
  return held ? <Missing reason="it could not be computed" /> : <span class="na">not held</span>;
}

const SeriesTable: FC<{ series: Series; one: One }> = ({ series, one }) => {
  const steps = series.times
    .map((at, i) => ({
      at,
      rounds: series.rounds[i] ?? 0,
      value: one.values[i] ?? null,
      least: one.least?.[i] ?? null,
      most: one.most?.[i] ?? null,
    }))
    .toReversed();
  const cell = (value: number | null, rounds: number): Child =>
    value === null ? absent(rounds > 0) : formatQuantity(value, one.unit);
  const days = series.step === 'day';
  return (
    <DataTable
      label={`${one.title}, newest first`}
      columns={[
        {
          name: days ? 'Day' : 'Round',
          cell: ({ at }) =>
            days ? <time datetime={at}>{at.slice(0, 10)}</time> : <Time at={at} now={series.now} />,
        },
        { name: days ? 'Mean' : one.title, cell: ({ value, rounds }) => cell(value, rounds), set: 'num' },
        ...(days
          ? ([
              { name: 'Least', cell: ({ least, rounds }: Step) => cell(least, rounds), set: 'num' },
              { name: 'Most', cell: ({ most, rounds }: Step) => cell(most, rounds), set: 'num' },
              { name: 'Rounds held', cell: ({ rounds }: Step) => formatNumber(rounds), set: 'num' },
            ] as const)
          : []),
      ]}
      rows={steps}
      keyOf={({ at }) => at}
    />
  );
};

interface Step {
  readonly rounds: number;
  readonly least: number | null;
  readonly most: number | null;
}

/** What came and went: relays, or flags of those that stayed. */
export const ChurnFigure: FC<{ churn: ChurnSeries; of: 'relays' | 'flags'; query: string }> = (props) => {
  const { churn, of, query } = props;
  const chart = churnChart(churn, of);
  const [came, went] = of === 'relays' ? ['new', 'gone'] : ['gained', 'lost'];
  const title = of === 'relays' ? 'Relays new and gone' : 'Flags gained and lost';
  if (chart === undefined || chart.kind !== 'balance')
    return <p class="none">{title}: n/a, no two rounds of this span that follow each other are held.</p>;
  const pick = (row: ChurnSeries['rows'][number]): readonly [number | null, number | null] =>
    of === 'relays' ? [row.added, row.removed] : [row.gained, row.lost];
  const last = churn.rows.findLast((row) => pick(row)[0] !== null);
  const sum = (i: 0 | 1): number => churn.rows.reduce((all, row) => all + (pick(row)[i] ?? 0), 0);
  const times = churn.rows.map(({ validAfter }) => validAfter);
  const asked = query === '' ? '' : `?${query}`;
  return (
    <ChartFigure
      id={`chart-churn-${of}`}
      title={title}
      reading={
        last === undefined ? (
          'n/a'
        ) : (
          <>
            {formatNumber(pick(last)[0] ?? 0)} {came}, {formatNumber(pick(last)[1] ?? 0)} {went}{' '}
            <small>at {formatTime(last.validAfter, churn.now)}</small>
          </>
        )
      }
      note={`${of} a round: ${came} above the line, ${went} below it`}
      chart={chart}
      address={`/charts/churn-${of}.png${asked}`}
      alt={`${title}, each round from ${formatTime(times[0] ?? '', churn.now)} to ${formatTime(times.at(-1) ?? '', churn.now)} UTC: ${formatNumber(sum(0))} ${came}, ${formatNumber(sum(1))} ${went}; ${formatNumber(churn.missing)} of ${formatNumber(times.length)} rounds not held.`}
      size="wide"
      labels={writeTicks(chart.axis.ticks.map(Math.abs), chart.axis.step, '').labels.toReversed()}
      moments={momentLabels(times)}
      table={
        <DataTable
          label={`${title}, newest first`}
          columns={[
            {
              name: 'Round',
              cell: ({ validAfter }) => (
                <a href={`/health?at=${validAfter}#churn`}>
                  <Time at={validAfter} now={churn.now} />
                </a>
              ),
            },
            {
              name: of === 'relays' ? 'New' : 'Gained',
              cell: (row) => countOr(pick(row)[0], row.held),
              set: 'num',
            },
            {
              name: of === 'relays' ? 'Gone' : 'Lost',
              cell: (row) => countOr(pick(row)[1], row.held),
              set: 'num',
            },
          ]}
          rows={churn.rows.toReversed()}
          keyOf={({ validAfter }) => validAfter}
        />
      }
      json={`/api/v1/churn${asked}`}
      csv={`/api/v1/churn.csv${asked}`}
    />
  );
};

function countOr(value: number | null, held: boolean): Child {
  if (value !== null) return formatNumber(value);
  return held ? <Missing reason="the round before is not held" /> : <span class="na">not held</span>;
}
