/**
 * The pages as a Hono application. Each page asks the same questions that the API answers and shows nothing else.
 */
import { Hono } from 'hono';
import type { Child } from 'hono/jsx';
import {
  type Answers,
  defined,
  explain,
  listInputs,
  nicknameInput,
  sha256Input,
  timeInput,
} from '../api/index.ts';
import { editionOf, readAssets, serveAssets } from './assets.ts';
import { historyPages } from './history-pages.tsx';
import { AuthoritiesPage, AuthorityPageView } from './pages/authorities.tsx';
import { DocumentPageView, DocumentsPage } from './pages/documents.tsx';
import { AlertsPage, EventsPage } from './pages/happenings.tsx';
import { HowPage } from './pages/how.tsx';
import { Overview } from './pages/overview.tsx';
import { ReferencePage } from './pages/reference.tsx';
import { RoundPageView } from './pages/round.tsx';
import { RoundsPage } from './pages/rounds.tsx';
import { proofPages, verifyPages } from './proof-pages.tsx';
import { problem, queryOf, searchOf, show, type Site, type WebOptions } from './showing.tsx';

/** Makes the pages over these answers. */
export function createWeb(answers: Answers, options: WebOptions = {}): Hono {
  const assets = options.assets ?? readAssets();
  const site: Site = { answers, options, assets, edition: editionOf(assets), rendered: new Map() };
  const app = new Hono();
  app.onError((error, c) => {
    options.onError?.(error);
    const detail = 'The observatory could not make this page; the reason is in its log.';
    return problem(site, c, 500, 'Something failed here.', detail);
  });
  app.notFound((c) => problem(site, c, 404, 'There is nothing at this address.', c.req.path.slice(0, 200)));
  serveAssets(app, assets);
  overviewPages(app, site);
  roundPages(app, site);
  documentPages(app, site);
  proofPages(app, site);
  historyPages(app, site);
  verifyPages(app, site);
  explanationPages(app, site);
  return app;
}

function overviewPages(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/', async (c) => {
    const status = await answers.status();
    return show(site, c, status, status, 'Overview', '/', () => <Overview status={status} />);
  });
  app.get('/authorities', async (c) => {
    const [status, answer] = await Promise.all([answers.status(), answers.authorities()]);
    const content = (): Child => <AuthoritiesPage answer={answer} observing={status.observing} />;
    return show(site, c, status, answer, 'Authorities', '/authorities', content);
  });
  app.get('/authorities/:nickname', async (c) => {
    const nickname = nicknameInput.safeParse(c.req.param('nickname'));
    const page = nickname.success ? await answers.authority(nickname.data) : undefined;
    if (page === undefined) return problem(site, c, 404, 'No authority of this name is configured.', '');
    const status = await answers.status();
    const content = (): Child => <AuthorityPageView page={page} observing={status.observing} />;
    return show(site, c, status, page, page.authority.nickname, '/authorities', content);
  });
  app.get('/alerts', async (c) => {
    const [status, answer] = await Promise.all([answers.status(), answers.alerts()]);
    const content = (): Child => <AlertsPage answer={answer} observing={status.observing} />;
    return show(site, c, status, answer, 'Alerts', '/alerts', content);
  });
  app.get('/events', async (c) => {
    const query = listInputs.events.safeParse(queryOf(c));
    if (!query.success) return problem(site, c, 400, 'This question makes no sense.', explain(query.error));
    const chosen = defined(query.data);
    const [status, answer] = await Promise.all([answers.status(), answers.events(chosen)]);
    const props = {
      answer,
      observing: status.observing,
      query: searchOf(c),
      authorities: status.authorities.map((row) => row.nickname),
      chosen,
    };
    return show(site, c, status, answer, 'Events', '/events', () => <EventsPage {...props} />);
  });
}

function roundPages(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/rounds', async (c) => {
    const query = listInputs.rounds.safeParse(queryOf(c));
    if (!query.success) return problem(site, c, 400, 'This question makes no sense.', explain(query.error));
    const [status, answer] = await Promise.all([answers.status(), answers.rounds(defined(query.data))]);
    const content = (): Child => (
      <RoundsPage answer={answer} observing={status.observing} query={searchOf(c)} />
    );
    return show(site, c, status, answer, 'Rounds', '/rounds', content);
  });
  app.get('/rounds/:time', async (c) => {
    const name = c.req.param('time');
    const dashed = /^(\d{4}-\d{2}-\d{2})-(\d{2})-(\d{2})-(\d{2})$/.exec(name);
    if (dashed !== null)
      return c.redirect(`/rounds/${dashed[1]}T${dashed[2]}:${dashed[3]}:${dashed[4]}Z`, 301);
    const time = timeInput.safeParse(name);
    if (!time.success) {
      return problem(
        site,
        c,
        404,
        'This is no round.',
        'A round is named by its time, like 2026-07-27T14:00:00Z.',
      );
    }
    const page = await answers.round(time.data);
    if (page === undefined) return problem(site, c, 404, 'Nothing is known of this round.', time.data);
    const status = await answers.status();
    const content = (): Child => <RoundPageView page={page} observing={status.observing} />;
    return show(site, c, status, page, `Round of ${time.data}`, '/rounds', content);
  });
}

function documentPages(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/documents', async (c) => {
    const query = listInputs.documents.safeParse(queryOf(c));
    if (!query.success) return problem(site, c, 400, 'This question makes no sense.', explain(query.error));
    const [status, answer] = await Promise.all([answers.status(), answers.documents(defined(query.data))]);
    const content = (): Child => (
      <DocumentsPage answer={answer} observing={status.observing} query={searchOf(c)} />
    );
    return show(site, c, status, answer, 'Documents', '/documents', content);
  });
  app.get('/documents/:sha256', async (c) => {
    const sha256 = sha256Input.safeParse(c.req.param('sha256'));
    const page = sha256.success ? await answers.document(sha256.data) : undefined;
    if (page === undefined) return problem(site, c, 404, 'No document is known by this name.', '');
    const status = await answers.status();
    const order = status.authorities.map(({ nickname }) => nickname);
    const content = (): Child => <DocumentPageView page={page} observing={status.observing} order={order} />;
    return show(site, c, status, page, `${page.kind} ${page.sha256.slice(0, 12)}`, '/documents', content);
  });
  app.get('/documents/:sha256/raw', (c) => c.redirect(`/api/v1/documents/${c.req.param('sha256')}/raw`, 308));
}

function explanationPages(app: Hono, site: Site): void {
  const { answers, options } = site;
  app.get('/how', async (c) => {
    const status = await answers.status();
    return show(site, c, status, status, 'How each figure is computed', '/how', () => (
      <HowPage limits={options.limits ?? {}} />
    ));
  });
  const { openapi } = options;
  if (openapi === undefined) return;
  app.get('/api', async (c) => {
    const status = await answers.status();
    return show(site, c, status, status, 'The API', '/api', () => <ReferencePage document={openapi()} />);
  });
}
