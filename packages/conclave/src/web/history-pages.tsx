/**
 * The pages about a consensus and its past: health, trends, churn, one relay, sources; and the charts on them. Where
 * nothing is held yet a page says so.
 */
import type { Context, Hono } from 'hono';
import type { Child } from 'hono/jsx';
import { defined, explain, healthInputs, isDeclined, relaysInput, type Trends } from '../api/index.ts';
import { relayQuery, serveCharts } from './charts/serve.ts';
import { ChurnPage, churnSpans } from './pages/churn.tsx';
import { HealthPage } from './pages/health.tsx';
import { RelayChoice, RelayPage, RelaysPage } from './pages/relay.tsx';
import { SourcesPage } from './pages/sources.tsx';
import { FigurePage, mainFigures, type Span, spans, spanSeconds, TrendsPage } from './pages/trends.tsx';
import { declined, problem, queryOf, searchOf, senseless, show, type Site } from './showing.tsx';

/** Serves `/health`, `/trends`, `/churn`, `/relay`, `/relay/F`, `/sources` and `/charts/…`. */
export function historyPages(app: Hono, site: Site): void {
  healthPage(app, site);
  trendsPage(app, site);
  churnPage(app, site);
  relayPages(app, site);
  app.get('/sources', async (c) => {
    const [status, answer] = await Promise.all([site.answers.status(), site.answers.sources()]);
    const content = (): Child => <SourcesPage answer={answer} observing={status.observing} />;
    return show(site, c, status, answer, 'Sources', '/sources', content);
  });
  serveCharts(app, site.answers);
}

function healthPage(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/health', async (c) => {
    const query = healthInputs.health.safeParse(queryOf(c));
    if (!query.success) return senseless(site, c, explain(query.error));
    const health = await answers.health(defined(query.data));
    if (isDeclined(health)) return declined(site, c, health);
    if (health === undefined) {
      const at = query.data.at;
      if (at === undefined) return nothingYet(site, c);
      return problem(site, c, 404, 'The consensus of this round is not held here.', at);
    }
    const [status, trends] = await Promise.all([
      answers.status(),
      health.newest ? answers.trends() : undefined,
    ]);
    const props = {
      health,
      trends: trends === undefined || isDeclined(trends) ? undefined : trends,
      observing: status.observing,
      query: searchOf(c),
    };
    const title = health.newest ? 'Health' : `Health of ${health.validAfter}`;
    return show(site, c, status, health, title, '/health', () => <HealthPage {...props} />);
  });
}

function nothingYet(site: Site, c: Context): Promise<Response> {
  return problem(
    site,
    c,
    404,
    'No consensus is held yet.',
    'This page needs one; it comes with the next round.',
  );
}

/** The span that is asked for. */
function spanOf(c: Context, allowed: readonly Span[]): Span | undefined {
  const asked = queryOf(c)['span'] ?? 'week';
  return allowed.find((span) => span === asked);
}

/** From when on: as far back as the span goes, but not to before the first round that is held. */
function since(span: Span, { held }: Trends): string {
  const from = Date.parse(held.last) - spanSeconds[span] * 1000;
  return new Date(Math.max(from, Date.parse(held.first))).toISOString().replace('.000Z', 'Z');
}

/** Rounds while there are at most so many of them, else days. */
function stepOf(from: string, { held }: Trends, most: number): 'round' | 'day' {
  const interval = (Date.parse(held.last) - Date.parse(held.first)) / Math.max(1, held.expected - 1);
  return Date.parse(held.last) - Date.parse(from) <= most * interval ? 'round' : 'day';
}

/** Steps of each chart where there are many, and of one that is shown alone: the data of all of them is on the page. */
const stepsOfMany = 200;
const stepsOfOne = 1000;

function trendsPage(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/trends', async (c) => {
    const span = spanOf(c, spans);
    if (span === undefined) return senseless(site, c, `span: expected ${spans.join(', ')}`);
    const { figure } = queryOf(c);
    const trends = await answers.trends();
    if (isDeclined(trends)) return declined(site, c, trends);
    const from = since(span, trends);
    const step = stepOf(from, trends, figure === undefined ? stepsOfMany : stepsOfOne);
    const ask = (figures: readonly string[]) => answers.series({ figures, from, step });
    const known = await ask([figure ?? 'relays']);
    if (isDeclined(known)) return declined(site, c, known);
    if (known === undefined) return nothingYet(site, c);
    const status = await answers.status();
    const common = { trends, observing: status.observing, span, query: query({ from, step }) };
    if (figure !== undefined) {
      const content = (): Child => <FigurePage {...common} series={known} figure={figure} />;
      return show(site, c, status, known, known.series[0]?.title ?? figure, '/trends', content);
    }
    const names = new Set(known.available.map((one) => one.figure));
    const series = await ask(mainFigures.filter((name) => names.has(name)));
    if (series === undefined || isDeclined(series))
      return series === undefined ? nothingYet(site, c) : declined(site, c, series);
    return show(site, c, status, trends, 'Trends', '/trends', () => (
      <TrendsPage {...common} series={series} />
    ));
  });
}

function query(parts: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parts).toString();
}

function churnPage(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/churn', async (c) => {
    const span = spanOf(c, churnSpans);
    if (span === undefined) return senseless(site, c, `span: expected ${churnSpans.join(', ')}`);
    const [trends, health] = await Promise.all([answers.trends(), answers.health({})]);
    if (isDeclined(trends)) return declined(site, c, trends);
    if (isDeclined(health)) return declined(site, c, health);
    if (health === undefined) return nothingYet(site, c);
    const from = since(span, trends);
    const [status, churn] = await Promise.all([answers.status(), answers.churn({ from })]);
    if (isDeclined(churn)) return declined(site, c, churn);
    const props = {
      churn,
      health,
      held: trends.held,
      observing: status.observing,
      span,
      query: query({ from }),
    };
    return show(site, c, status, churn, 'Churn', '/trends', () => <ChurnPage {...props} />);
  });
}

function relayPages(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/relay', async (c) => {
    // People paste what they have: `$9695DFC3…`, or a fingerprint in groups of four.
    const search = queryOf(c)['search']?.replace(/[\s$]/g, '');
    if (search === undefined || search === '') {
      const status = await answers.status();
      return show(site, c, status, status, 'Relays', '/relay', () => <RelayChoice status={status} />);
    }
    if (/^[0-9A-Fa-f]{40}$/.test(search)) return c.redirect(`/relay/${search.toUpperCase()}`, 303);
    const query = relaysInput.safeParse({ search });
    if (!query.success) return senseless(site, c, explain(query.error));
    const found = await answers.relays(query.data);
    if (isDeclined(found)) return declined(site, c, found);
    const [only, another] = found.relays;
    if (only !== undefined && another === undefined) return c.redirect(`/relay/${only.fingerprint}`, 303);
    const status = await answers.status();
    const content = (): Child => <RelaysPage found={found} observing={status.observing} />;
    return show(site, c, status, found, `Relays: ${search}`, '/relay', content);
  });
  app.get('/relay/:fingerprint', async (c) => {
    const asked = relayQuery(c.req.param('fingerprint'), queryOf(c));
    if (asked === undefined)
      return senseless(site, c, 'expected 40 hexadecimal digits, and from and until as UTC times');
    const history = await answers.relayHistory(asked);
    if (isDeclined(history)) return declined(site, c, history);
    if (history === undefined)
      return problem(
        site,
        c,
        404,
        'No round that is held lists this relay.',
        asked.fingerprint.toUpperCase(),
      );
    const status = await answers.status();
    const props = { history, observing: status.observing, query: searchOf(c) };
    const title = `Relay ${history.nickname ?? history.fingerprint.slice(0, 8)}`;
    return show(site, c, status, history, title, '/relay', () => <RelayPage {...props} />);
  });
}
