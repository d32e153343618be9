/** Who comes and who goes, round by round (S8.5), and what changed in the newest round. */
import type { FC } from 'hono/jsx';
import type { ChurnSeries, Health, Observing, Sentence, Trends } from '../../api/index.ts';
import { formatCount, formatNumber, formatTime } from '../format.ts';
import { MissingBecause, Time } from '../parts/basics.tsx';
import { ChurnDetails, ChurnFigures } from '../parts/churn.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { RelayForm } from '../parts/form.tsx';
import { ChurnFigure } from '../parts/series-chart.tsx';
import { type Span, SpanForm } from './trends.tsx';

/** A year of rounds is more than a chart can show and a table should hold. */
export const churnSpans = ['day', 'week', 'month'] as const satisfies readonly Span[];

/** The page. */
export const ChurnPage: FC<{
  churn: ChurnSeries;
  health: Health;
  held: Trends['held'];
  observing: Observing;
  span: Span;
  query: string;
}> = ({ churn, health, held, observing, span, query }) => (
  <>
    <h1 class="vh">Churn</h1>
    <Standing observing={observing} now={churn.now} />
    <Lede sentence={sentenceOf(health, churn)} />
    <SpanForm action="/churn" chosen={span} spans={churnSpans} held={held} now={churn.now} />
    <h2 class="vh">Round by round</h2>
    <ChurnFigure churn={churn} of="relays" query={query} />
    <ChurnFigure churn={churn} of="flags" query={query} />
    <section>
      <h2>
        At <Time at={health.validAfter} now={churn.now} />{' '}
        {health.churn.value === null ? null : (
          <small>
            against <Time at={health.churn.value.against} now={churn.now} />
          </small>
        )}
      </h2>
      {health.churn.value === null ? (
        <p class="none">
          <MissingBecause reason={health.churn.reason} />
        </p>
      ) : (
        <>
          <ChurnFigures churn={health.churn.value} />
          <ChurnDetails churn={health.churn.value} validAfter={health.validAfter} />
        </>
      )}
    </section>
    <RelayForm />
    <Twins
      json={`/api/v1/churn${query === '' ? '' : `?${query}`}`}
      csv={`/api/v1/churn.csv${query === '' ? '' : `?${query}`}`}
      how="#churn"
    />
  </>
);

/** What the newest round says, and what the span is missing. */
function sentenceOf({ churn: { value, reason }, validAfter }: Health, churn: ChurnSeries): Sentence {
  const gaps =
    churn.missing === 0
      ? ''
      : `${formatNumber(churn.missing)} of the ${formatCount(churn.rows.length, 'round')} of the span ${churn.missing === 1 ? 'is' : 'are'} not held; nothing is known of who came and went then.`;
  if (value === null)
    return {
      level: 'unknown',
      headline: `n/a for the newest round: ${reason ?? 'not known'}.`,
      detail: gaps,
    };
  const grown = value.growth.length > 0;
  const at = formatTime(validAfter, churn.now);
  return {
    level: grown ? 'warn' : 'ok',
    headline:
      value.added + value.removed === 0
        ? `No relay came or went at ${at}.`
        : `${formatCount(value.added, 'relay')} came and ${formatNumber(value.removed)} went at ${at}.`,
    detail: `${grown ? `${formatCount(value.growth.length, 'group')} of new relays ${value.growth.length === 1 ? 'looks' : 'look'} like sudden growth. ` : ''}${gaps}`,
  };
}
