/** How the consensus changes over time (S2.2.14 to S2.2.16): figures against the same hour before, and each of them as a chart. */
import type { FC } from 'hono/jsx';
import type { Observing, Sentence, Series, Trends } from '../../api/index.ts';
import { formatCount, formatNumber, formatQuantity } from '../format.ts';
import { Time } from '../parts/basics.tsx';
import { Asking, Choice } from '../parts/form.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { SeriesFigure } from '../parts/series-chart.tsx';
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

/** The figures that the page shows as charts; of any other there is a page. */
export const mainFigures = [
  'relays',
  'guards',
  'exits_without_bad_exit',
  'flag:HSDir',
  'flag:Fast',
  'flag:Stable',
  'weight_sum',
  'guard_weight',
  'exit_weight',
  'capacity:total',
  'capacity:guard',
  'capacity:exit',
  'agreement',
  'votes',
  'valid_signatures',
] as const;

/** The address of one figure. */
export function figurePath(figure: string, span: Span): string {
  return `/trends?${new URLSearchParams({ figure, span }).toString()}`;
}

/** The form that chooses how far back, and of what. */
export const SpanForm: FC<{
  action: string;
  chosen: Span;
  spans: readonly Span[];
  held: Trends['held'];
  now: string;
  figures?: Series['available'];
  figure?: string;
}> = (props) => (
  <Asking
    action={props.action}
    submit="Show"
    after={
      <small data-live="held">
        {formatCount(props.held.rounds, 'round')} of {formatNumber(props.held.expected)} held, from{' '}
        <Time at={props.held.first} now={props.now} /> to <Time at={props.held.last} now={props.now} />
      </small>
    }
  >
    {props.figures === undefined ? null : (
      <Choice
        label="Chart"
        name="figure"
        options={[
          ['', 'the main figures'],
          ...props.figures.map(({ figure, title }) => [figure, title] as const),
        ]}
        chosen={props.figure ?? ''}
      />
    )}
    <Choice
      label={props.figures === undefined ? 'Over' : 'over'}
      name="span"
      options={props.spans.map((span) => [span, `a ${span}`] as const)}
      chosen={props.chosen}
    />
  </Asking>
);

/** What the pages of trends are made of. `query` is what the series was asked with, without the figures. */
export interface TrendsProps {
  readonly trends: Trends;
  readonly series: Series;
  readonly observing: Observing;
  readonly span: Span;
  readonly query: string;
}

/** The page. */
export const TrendsPage: FC<TrendsProps> = ({ trends, series, observing, span, query }) => (
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
        Over a {span} <StepNote series={series} />
      </h2>
      <SpanForm
        action="/trends"
        chosen={span}
        spans={spans}
        held={trends.held}
        now={trends.now}
        figures={series.available}
      />
      {series.series.length === 0 ? <p class="none">n/a: no figure of this span is held.</p> : null}
      <div class="charts">
        {series.series.map(({ figure, title }) => (
          <SeriesFigure
            series={series}
            figure={figure}
            query={query}
            size="small"
            title={<a href={figurePath(figure, span)}>{title}</a>}
          />
        ))}
      </div>
    </section>
    <p>
      Who came and who went, round by round: <a href={churnPath(span)}>churn</a>.
    </p>
    <Twins json="/api/v1/trends" csv="/api/v1/trends.csv" how="#trends" />
  </>
);

function churnPath(span: Span): string {
  return span === 'year' ? '/churn?span=month' : `/churn?span=${span}`;
}

const StepNote: FC<{ series: Series }> = ({ series: { step, missing } }) => (
  <small>
    {step === 'day' ? 'each UTC day' : 'each round'}
    {missing === 0 ? '' : `; ${formatCount(missing, step)} not held, striped`}
  </small>
);

/** One figure, large. */
export const FigurePage: FC<TrendsProps & { figure: string }> = (props) => {
  const { trends, series, observing, span, query, figure } = props;
  const asked = `figures=${encodeURIComponent(figure)}&${query}`;
  const title = series.series[0]?.title ?? figure;
  return (
    <>
      <h1>{title}</h1>
      <Standing observing={observing} now={series.now} />
      <Lede sentence={figureSentence(series)} />
      <SpanForm
        action="/trends"
        chosen={span}
        spans={spans}
        held={trends.held}
        now={series.now}
        figures={series.available}
        figure={figure}
      />
      <p class="note">
        <StepNote series={series} />
      </p>
      <SeriesFigure series={series} figure={figure} query={query} size="wide" title={title} />
      <p>
        <a href={`/trends?span=${span}`}>All main figures</a>
      </p>
      <Twins json={`/api/v1/series?${asked}`} csv={`/api/v1/series.csv?${asked}`} how="#trends" />
    </>
  );
};

/** The newest value, and between which it was. */
function figureSentence({ series: [one], step }: Series): Sentence {
  const known = one?.values.filter((value) => value !== null) ?? [];
  const newest = known.at(-1);
  if (one === undefined || newest === undefined)
    return { level: 'unknown', headline: 'n/a: no round of this span has it.', detail: '' };
  const write = (value: number): string => formatQuantity(value, one.unit);
  const low = Math.min(...(one.least ?? known).filter((value) => value !== null));
  const high = Math.max(...(one.most ?? known).filter((value) => value !== null));
  return {
    level: 'unknown',
    headline: `${write(newest)}${step === 'day' ? ' on the mean of the newest day' : ''}.`,
    detail:
      low === high
        ? 'It was the same in all that is held of this span.'
        : `Between ${write(low)} and ${write(high)} in what is held of this span.`,
  };
}
