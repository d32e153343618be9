/**
 * The whole site: the API, the pages and their files in one application, with the headers that every answer has.
 */
import { Hono } from 'hono';
import { type Answers, type ApiOptions, createApi, fail, securityHeaders } from '../api/index.ts';
import { createWeb } from './app.tsx';
import type { WebOptions } from './showing.tsx';

/** What the site can be told besides its answers. */
export interface SiteOptions extends ApiOptions, Omit<WebOptions, 'openapi'> {}

/** Makes the site over these answers. */
export function createSite(answers: Answers, options: SiteOptions = {}): Hono {
  const api = createApi(answers, options);
  const web = createWeb(answers, { ...options, openapi: api.openapi });
  const site = new Hono();
  site.use('*', async (c, next) => {
    for (const [name, value] of Object.entries(securityHeaders)) c.header(name, value);
    await next();
  });
  // The short name of the live feed, for people and scripts that type it.
  site.get('/events/live', (c) => c.redirect('/api/v1/events/live', 308));
  site.route('/', api.app);
  site.route('/', web);
  site.notFound(async (c) => {
    if (c.req.path.startsWith('/api/'))
      return fail(c, 404, 'not-found', 'There is nothing at this address; see /api.');
    const page = await web.request(c.req.path, { method: c.req.method });
    return c.newResponse(page.body, 404, Object.fromEntries(page.headers));
  });
  return site;
}
