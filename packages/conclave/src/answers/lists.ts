/** Alerts and events. */
import type { Alerts, Events, Sentence } from '../api/index.ts';
import { alertView, cursorText, eventView, isoOfMs, metaOf, readCursor } from './context.ts';
import type { AnswerSources } from './context.ts';

const alertsShown = 200;

/** Answers `/api/v1/alerts`: those that fire, then those resolved lately. */
export async function alertsAnswer(sources: AnswerSources): Promise<Alerts> {
  const meta = await metaOf(sources);
  const alerts = (await sources.store.query('alerts', { limit: alertsShown })).map(alertView);
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    sentence: sentenceOf(alerts),
    alerts,
  };
}

function sentenceOf(alerts: Alerts['alerts']): Sentence {
  const firing = alerts.filter(({ state }) => state === 'firing');
  const resolved = alerts.length - firing.length;
  const past = resolved === 0 ? '' : `${resolved} resolved ${resolved === 1 ? 'one' : 'ones'} below.`;
  const [first] = firing;
  if (!first) return { level: 'ok', headline: 'Nothing needs attention.', detail: past };
  const urgent = firing.some(({ severity }) => severity === 'critical' || severity === 'high');
  const headline = firing.length === 1 ? `${first.title}.` : `${firing.length} things need a look.`;
  return { level: urgent ? 'bad' : 'warn', headline, detail: past };
}

/** Answers `/api/v1/events`, newest first. */
export async function eventsAnswer(
  sources: AnswerSources,
  query: {
    readonly before?: string;
    readonly rule?: string;
    readonly authority?: string;
    readonly limit: number;
  },
): Promise<Events> {
  const meta = await metaOf(sources);
  const { before, name } = readCursor(query.before, '');
  const parameters = {
    before,
    id: name,
    rule: query.rule ?? '',
    authority: query.authority ?? '',
    limit: query.limit + 1,
  };
  const rows = await sources.store.query('olderEvents', parameters);
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const filters = [
    query.rule && `rule=${encodeURIComponent(query.rule)}`,
    query.authority && `authority=${encodeURIComponent(query.authority)}`,
  ].filter(Boolean);
  const older =
    rows.length > query.limit && last
      ? `/events?${[`before=${cursorText(last.at, last.id)}`, ...filters].join('&')}`
      : null;
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    events: shown.map(eventView),
    older,
  };
}
