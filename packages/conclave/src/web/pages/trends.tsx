/** How the consensus changes over time (S2.2.14 to S2.2.16): figures against the same hour before, and each of them as a chart. */
import type { FC } from 'hono/jsx';
import type { Observing, Series, Trends } from '../../api/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import { Time } from '../parts/basics.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { chartId, SeriesFigure } from '../parts/series-chart.tsx';
import { TrendTable } from '../parts/trend-table.tsx';

/** How far back a chart goes. */
export const spans = ['day', 'week', 'month', 'year'] as const;
/** One of them. */
export type Span = (typeof spans)[number];

/** Their lengths, in seconds. */
export const spanSeconds: Readonly<Record<Span, number>> = {
  day: 86_400,
  week: 7 * 86_400,
  month: 30 * 86_400,
  year: 365 * 86_400,
};

/** The form that chooses how far back. */
export const SpanForm: FC<{ action: string; chosen: Span; held: Trends['held']; now: string }> = (props) => (
  <form class="filter" method="get" action={props.action}>
    <label>
      Charts over{' '}
      <select name="span">
        {spans.map((span) => (
          <option value={span} selected={span === props.chosen}>
            {`a ${span}`}
          </option>
        ))}
      </select>
    </label>
    <button type="submit">Show</button>
    <small data-live="held">
      {formatCount(props.held.rounds, 'round')} of {formatNumber(props.held.expected)} held, from{' '}
      <Time at={props.held.first} now={props.now} /> to <Time at={props.held.last} now={props.now} />
    </small>
  </form>
);

/** The page. `series` answers for the figures of `trends`, in parts; `query` is what it was asked with. */
export const TrendsPage: FC<{
  trends: Trends;
  series: readonly Series[];
  observing: Observing;
  span: Span;
  query: string;
}> = ({ trends, series, observing, span, query }) => {
  const parts = series.flatMap((part) => part.series.map(({ figure }) => ({ figure, part })));
  const missing = series[0]?.missing ?? 0;
  return (
    <>
      <h1 class="vh">Trends</h1>
      <Standing observing={observing} now={trends.now} />
      <Lede sentence={trends.sentence} />
      <section>
        <h2>
          <a href="/how#trends">The same hour before</a>
        </h2>
        <TrendTable trends={trends} spans={spans} />
      </section>
      <section>
        <h2>
          Over a {span}{' '}
          <small>
            {series[0]?.step === 'day' ? 'each UTC day' : 'each round'}
            {missing === 0 ? '' : `; ${formatNumber(missing)} not held: striped`}
          </small>
        </h2>
        <SpanForm action="/trends" chosen={span} held={trends.held} now={trends.now} />
        {parts.length === 0 ? <p class="none">n/a: no figure of this span is held.</p> : null}
        <div class="charts">
          {parts.map(({ figure, part }) => (
            <SeriesFigure key={chartId(figure)} series={part} figure={figure} query={query} />
          ))}
        </div>
      </section>
      <p>
        Who came and who went, round by round: <a href={`/churn?span=${span}`}>churn</a>.
      </p>
      <Twins json="/api/v1/trends" csv="/api/v1/trends.csv" how="#trends" />
    </>
  );
};
