/**
 * Serves charts as `/charts/NAME.png`. A picture whose address carries the digest of what it shows may be kept for ever; any
 * other is asked for again. What is drawn is held, and only so much of it.
 */
import type { Context, Hono } from 'hono';
import {
  type Answers,
  type Declined,
  defined,
  fingerprintInput,
  healthInputs,
  isDeclined,
  isFresh,
  seriesInput,
  timeInput,
} from '../../api/index.ts';
import { digestOf, type SizeName, sizeOf, sizes } from '../parts/chart.tsx';
import { type Chart, drawChart, type Theme } from './index.ts';
import { churnChart, relayFlagChart, relayTimeline, relayWeightChart, seriesChart } from './of-series.ts';

/** What a chart is drawn of: the chart, nothing to draw, or a question that is not answered. */
type Found = Chart | Declined | undefined;
type Query = Readonly<Record<string, string>>;

/** Pictures held at most; each has some kilobytes. */
const heldMax = 256;

/** Serves the charts. */
export function serveCharts(app: Hono, answers: Answers): void {
  const held = new Map<string, Uint8Array<ArrayBuffer>>();
  app.get('/charts/:file', async (c) => {
    const name = /^(.{1,64})\.png$/.exec(c.req.param('file'))?.[1];
    const { size = 'small', theme = 'light', v, ...query } = c.req.query();
    if (name === undefined || !isSize(size) || !isTheme(theme)) return c.notFound();
    const chart = await chartOf(answers, name, query);
    if (isDeclined(chart)) return declined(c, chart);
    if (chart === undefined) return c.notFound();
    const digest = digestOf(chart);
    const tag = `"${digest}-${size}-${theme}"`;
    c.header('ETag', tag);
    c.header('Cache-Control', v === digest ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (isFresh(c, tag)) return c.body(null, 304);
    c.header('Content-Type', 'image/png');
    return c.body(drawOnce(held, tag, () => drawChart(chart, sizeOf(chart, size), theme)));
  });
}

function isSize(text: string): text is SizeName {
  return Object.hasOwn(sizes, text);
}

function isTheme(text: string): text is Theme {
  return text === 'light' || text === 'dark';
}

async function chartOf(answers: Answers, name: string, query: Query): Promise<Found> {
  switch (name) {
    case 'churn-relays':
    case 'churn-flags': {
      const input = healthInputs.churn.safeParse(query);
      const answer = input.success ? await answers.churn(defined(input.data)) : undefined;
      if (answer === undefined || isDeclined(answer)) return answer;
      return churnChart(answer, name === 'churn-relays' ? 'relays' : 'flags');
    }
    case 'relay-flags':
    case 'relay-weight': {
      const asked = relayQuery(query['relay'], query);
      const answer = asked === undefined ? undefined : await answers.relayHistory(asked);
      if (answer === undefined || isDeclined(answer)) return answer;
      const timeline = relayTimeline(answer);
      return name === 'relay-flags' ? relayFlagChart(timeline) : relayWeightChart(timeline);
    }
    default: {
      const input = seriesInput.safeParse({ ...query, figures: name });
      if (!input.success || input.data.figures.includes(',')) return undefined;
      const answer = await answers.series(defined({ ...input.data, figures: [name] }));
      if (answer === undefined || isDeclined(answer)) return answer;
      return seriesChart(answer, name);
    }
  }
}

/** What is asked of a relay's history; undefined where that makes no sense. */
export function relayQuery(
  relay: string | undefined,
  { from, until }: Query,
): Parameters<Answers['relayHistory']>[0] | undefined {
  const fingerprint = fingerprintInput.safeParse(relay);
  const times = [from, until].every((time) => time === undefined || timeInput.safeParse(time).success);
  return fingerprint.success && times ? defined({ fingerprint: fingerprint.data, from, until }) : undefined;
}

function declined(c: Context, { declined: why, message }: Declined): Response {
  if (why !== 'bad-request') c.header('Retry-After', why === 'busy' ? '5' : '60');
  return c.text(message, why === 'bad-request' ? 400 : 503);
}

function drawOnce(
  held: Map<string, Uint8Array<ArrayBuffer>>,
  key: string,
  draw: () => Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const known = held.get(key);
  if (known !== undefined) return known;
  const drawn = draw();
  if (held.size >= heldMax) held.clear();
  held.set(key, drawn);
  return drawn;
}
