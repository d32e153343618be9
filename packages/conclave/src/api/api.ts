/**
 * The HTTP API, version 1: the table of routes made into a Hono application. It reads nothing but the `Answers` it is
 * given, and it is the only thing the pages and programs of others need to know.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { serveAllium } from './allium.ts';
import type { Answers, Declined } from './answers.ts';
import type { ErrorCode } from './contract.ts';
import { entityTag, isFresh, respond } from './caching.ts';
import { renderCsv } from './csv.ts';
import { documentSecurityPolicy, securityHeaders } from './headers.ts';
import { createLiveFeed, liveDefaults, type LiveFeed, type LiveOptions } from './live.ts';
import { describeRoutes, documentInfo, type OpenApiDocument } from './openapi.ts';
import { type Route, routes, sha256Input } from './routes.ts';

/** What the API can be told besides its answers. */
export interface ApiOptions {
  readonly live?: Partial<LiveOptions>;
  /** Told of every exception that became an `internal` error, for the log. */
  readonly onError?: (error: unknown) => void;
}

/** The application, and how its own description is made. */
export interface Api {
  readonly app: OpenAPIHono;
  readonly openapi: () => OpenApiDocument;
  readonly listeners: () => number;
}

/** Makes the API over these answers. */
export function createApi(answers: Answers, options: ApiOptions = {}): Api {
  const app = new OpenAPIHono();
  const feed = createLiveFeed(answers, { ...liveDefaults, ...options.live });
  describeRoutes(app.openAPIRegistry, routes);
  let described: OpenApiDocument | undefined;
  const openapi = (): OpenApiDocument =>
    (described ??= app.getOpenAPI31Document(documentInfo) as OpenApiDocument);

  app.use('/api/*', async (c, next) => {
    for (const [name, value] of Object.entries(securityHeaders)) c.header(name, value);
    await next();
  });
  app.onError((error, c) => {
    options.onError?.(error);
    return fail(c, 500, 'internal', 'The observatory could not answer this; the reason is in its log.');
  });
  app.notFound((c) => fail(c, 404, 'not-found', 'There is nothing at this address; see /api.'));

  serveRaw(app, answers);
  serveAllium(app, answers, fail);
  serveLive(app, feed);
  app.get('/api/v1/openapi.json', (c) => c.json(openapi()));
  for (const route of routes) serveRoute(app, answers, route);
  return { app, openapi, listeners: feed.count };
}

/** An error in the schema of the API. */
export function fail(c: Context, status: 400 | 404 | 500 | 503, code: ErrorCode, message: string): Response {
  c.header('Cache-Control', 'no-store');
  return c.json({ error: { code, message } }, status);
}

function serveRoute(app: OpenAPIHono, answers: Answers, route: Route): void {
  const parameter = /\{(\w+)\}/.exec(route.path)?.[1];
  const handle = async (c: Context, input: Record<string, string>, asCsv: boolean): Promise<Response> => {
    const asked = await route.ask(answers, { ...c.req.query(), ...input });
    if (asked.kind === 'bad') return fail(c, 400, 'bad-request', asked.message);
    if (asked.kind === 'unknown') return fail(c, 404, 'not-found', asked.message);
    if (asked.kind === 'declined') return decline(c, asked);
    const tag = entityTag(asked.body);
    return asCsv
      ? respond(c, tag, 'text/csv; charset=utf-8; header=present', () => renderCsv(asked.table()))
      : respond(c, tag, 'application/json', () => JSON.stringify(asked.body));
  };
  const path = route.path.replace(`{${parameter}}`, ':name');
  if (parameter === undefined || !path.endsWith(':name')) {
    const named = (c: Context): Record<string, string> =>
      parameter === undefined ? {} : { [parameter]: c.req.param('name') ?? '' };
    app.get(path, (c) => handle(c, named(c), false));
    app.get(`${path}.csv`, (c) => handle(c, named(c), true));
    return;
  }
  app.get(path, (c) => {
    const name = c.req.param('name') ?? '';
    const asCsv = name.endsWith('.csv');
    return handle(c, { [parameter]: asCsv ? name.slice(0, -4) : name }, asCsv);
  });
}

/** What cannot be asked is the asker's fault; what cannot be answered now may be asked again. */
function decline(c: Context, { declined, message }: Declined): Response {
  if (declined === 'bad-request') return fail(c, 400, declined, message);
  c.header('Retry-After', declined === 'busy' ? '5' : '60');
  return fail(c, 503, declined, message);
}

function serveRaw(app: OpenAPIHono, answers: Answers): void {
  app.get('/api/v1/documents/:sha256/raw', async (c) => {
    const sha256 = sha256Input.safeParse(c.req.param('sha256'));
    if (!sha256.success)
      return fail(c, 400, 'bad-request', `sha256: ${sha256.error.issues[0]?.message ?? ''}`);
    const tag = `"${sha256.data}"`;
    const bytes = await answers.raw(sha256.data);
    if (bytes === undefined) return fail(c, 404, 'not-found', `No document is known by ${sha256.data}.`);
    c.header('ETag', tag);
    c.header('Cache-Control', 'public, max-age=31536000, immutable');
    c.header('Content-Security-Policy', documentSecurityPolicy);
    c.header('Content-Disposition', `inline; filename="${sha256.data}.txt"`);
    if (isFresh(c, tag)) return c.body(null, 304);
    c.header('Content-Type', 'text/plain; charset=utf-8');
    c.header('Content-Length', String(bytes.byteLength));
    return c.body(new Uint8Array(bytes));
  });
}

function serveLive(app: OpenAPIHono, feed: LiveFeed): void {
  app.get('/api/v1/events/live', (c) => {
    const opened = feed.open(c);
    if (opened !== undefined) return opened;
    c.header('Retry-After', '30');
    return fail(c, 503, 'busy', 'Too many are listening already; ask again later.');
  });
}
