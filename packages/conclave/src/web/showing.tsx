/**
 * From an answer to a page that is sent: the frame around it, its entity tag, and the page that is shown where there is
 * none.
 */
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { HtmlEscapedString } from 'hono/utils/html';
import {
  type Answers,
  type Declined,
  entityTag,
  type OpenApiDocument,
  respond,
  type Stamped,
  type Status,
} from '../api/index.ts';
import { type Assets, assetPath } from './assets.ts';
import type { Limits } from './pages/how.tsx';
import { ProblemPage } from './pages/problem.tsx';
import { type Frame, Page } from './parts/page.tsx';

/** What the pages can be told besides the answers. */
export interface WebOptions {
  /** The limits that `/how` states. */
  readonly limits?: Limits;
  /** How the API describes itself, for the page about it. */
  readonly openapi?: () => OpenApiDocument;
  readonly assets?: Assets;
  /** Told of every exception that became an error page, for the log. */
  readonly onError?: (error: unknown) => void;
}

/** Everything that the pages are made of. */
export interface Site {
  readonly answers: Answers;
  readonly options: WebOptions;
  readonly assets: Assets;
  readonly edition: string;
  /** Rendered pages of this second: a thousand readers who are told of a change at once cost one rendering. */
  readonly rendered: Map<string, string>;
}

/** The query without what a form left empty. */
export function queryOf(c: Context): Record<string, string> {
  return Object.fromEntries(Object.entries(c.req.query()).filter(([, value]) => value !== ''));
}

/** The query as it stands in an address. */
export function searchOf(c: Context): string {
  const search = new URLSearchParams(queryOf(c)).toString();
  return search === '' ? '' : `?${search}`;
}

/** Shows a page that is made of an answer; whoever has it already is told so. */
export async function show(
  site: Site,
  c: Context,
  status: Status,
  stamp: Stamped,
  title: string,
  here: string,
  content: () => Child,
): Promise<Response> {
  const path = c.req.path + searchOf(c);
  const key = `${path} ${stamp.revision} ${status.revision} ${stamp.now}`;
  const html = await renderOnce(site, key, () =>
    render(<Page frame={frameOf(site, status, stamp, title, here)}>{content()}</Page>),
  );
  return respond(c, entityTag(stamp, site.edition), 'text/html; charset=utf-8', () => html);
}

const renderedMax = 32;

async function renderOnce(site: Site, key: string, make: () => Promise<string>): Promise<string> {
  const held = site.rendered.get(key);
  if (held !== undefined) return held;
  const html = await make();
  if (site.rendered.size >= renderedMax) site.rendered.clear();
  site.rendered.set(key, html);
  return html;
}

/** A page as text. */
export async function render(page: HtmlEscapedString | Promise<HtmlEscapedString>): Promise<string> {
  const html = await page;
  return `<!doctype html>\n${html.toString()}`;
}

/** What the frame of a page says. */
export function frameOf(site: Site, status: Status, stamp: Stamped, title: string, here: string): Frame {
  const firing = status.alerts.filter((alert) => alert.state === 'firing' && alert.severity !== 'info');
  const urgent = firing.some((alert) => alert.severity === 'high' || alert.severity === 'critical');
  return {
    title,
    here,
    network: status.network,
    now: stamp.now,
    revision: stamp.revision,
    observing: status.observing,
    alertCount: firing.length,
    alertLevel: urgent ? 'bad' : 'warn',
    style: assetPath(site.assets, 'style.css') ?? '/assets/style.css',
    script: assetPath(site.assets, 'live.js'),
  };
}

/** An error page. It asks nothing, because the answers may be what failed. */
export async function problem(
  site: Site,
  c: Context,
  status: 400 | 404 | 413 | 500 | 503,
  headline: string,
  detail: string,
): Promise<Response> {
  const frame = {
    title: headline,
    here: '',
    network: '',
    alertCount: 0,
    alertLevel: 'warn',
    style: assetPath(site.assets, 'style.css') ?? '/assets/style.css',
    script: undefined,
  } as const;
  const level = status === 500 ? 'bad' : 'unknown';
  c.header('Cache-Control', 'no-store');
  return c.html(
    await render(
      <Page frame={frame}>
        <ProblemPage headline={headline} detail={detail} level={level} />
      </Page>,
    ),
    status,
  );
}

/** The page for a question that cannot be meant. */
export function senseless(site: Site, c: Context, why: string): Promise<Response> {
  return problem(site, c, 400, 'This question makes no sense.', why);
}

/** A question that is not answered now, in the words of whoever declined it. */
export function declined(site: Site, c: Context, { declined: why, message }: Declined): Promise<Response> {
  if (why === 'bad-request') return senseless(site, c, message);
  c.header('Retry-After', why === 'busy' ? '5' : '60');
  return problem(site, c, 503, why === 'busy' ? 'Too much is being computed.' : 'Not yet.', message);
}
