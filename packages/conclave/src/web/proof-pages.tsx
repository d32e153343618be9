/**
 * The pages about what a consensus rests on: the coming round, what if, differences, explanations; and verification. A
 * question that cannot be answered now is a page too, and says why.
 */
import type { Hono } from 'hono';
import type { Child } from 'hono/jsx';
import {
  defined,
  explain,
  isDeclined,
  proofInputs,
  timeInput,
  unconnectedSecurityPolicy,
} from '../api/index.ts';
import { assetPath } from './assets.ts';
import { DiffChoice, type DiffFilter, DiffPage } from './pages/diff.tsx';
import { ExplainPage } from './pages/explain.tsx';
import { NextPage } from './pages/next.tsx';
import { VerifyPage } from './pages/verify.tsx';
import { WhatIfPage } from './pages/what-if.tsx';
import { Page } from './parts/page.tsx';
import {
  declined,
  frameOf,
  problem,
  queryOf,
  render,
  searchOf,
  senseless,
  show,
  type Site,
} from './showing.tsx';
import { serveVerify } from './verify/serve.ts';

/** Serves `/next`, `/what-if`, `/diff` and `/rounds/T/explain`. */
export function proofPages(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/next', async (c) => {
    const [status, answer] = await Promise.all([answers.status(), answers.next()]);
    const content = (): Child => <NextPage answer={answer} observing={status.observing} />;
    return show(site, c, status, answer, 'The coming round', '/next', content);
  });
  whatIfPage(app, site);
  diffPages(app, site);
  explainPage(app, site);
}

function whatIfPage(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/what-if', async (c) => {
    const names = (c.req.queries('without') ?? []).flatMap((name) => name.split(',')).filter(Boolean);
    const { country, as, at } = queryOf(c);
    const asked = names.length > 0 || country !== undefined || as !== undefined || at !== undefined;
    const input = {
      ...(names.length > 0 ? { without: names.join(',') } : {}),
      ...defined({ country, as, at }),
    };
    const query = proofInputs.whatIf.safeParse(input);
    if (!query.success) return senseless(site, c, explain(query.error));
    const status = await answers.status();
    const question = defined({ ...query.data, without: names });
    const answer = asked ? await answers.whatIf(question) : undefined;
    if (isDeclined(answer)) return declined(site, c, answer);
    if (asked && answer === undefined)
      return problem(
        site,
        c,
        404,
        'Nothing is known of this round.',
        'Without its votes nothing can be left out.',
      );
    const search = new URLSearchParams(input).toString();
    const props = {
      status,
      observing: status.observing,
      choice: { without: names, country, as, at },
      answer,
      query: search === '' ? '' : `?${search}`,
    };
    return show(site, c, status, answer ?? status, 'What if', '/what-if', () => <WhatIfPage {...props} />);
  });
}

function diffPages(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/diff', async (c) => {
    const { from, to } = queryOf(c);
    if (timeInput.safeParse(from).success && timeInput.safeParse(to).success)
      return c.redirect(`/diff/${from}/${to}`, 303);
    const [status, rounds] = await Promise.all([answers.status(), answers.rounds({ limit: 50 })]);
    const content = (): Child => <DiffChoice rounds={rounds} observing={status.observing} />;
    return show(site, c, status, rounds, 'Diff', '/rounds', content);
  });
  app.get('/diff/:from/:to', async (c) => {
    const query = proofInputs.diff.safeParse({ from: c.req.param('from'), to: c.req.param('to') });
    if (!query.success) return senseless(site, c, explain(query.error));
    const answer = await answers.diff(defined(query.data));
    if (isDeclined(answer)) return declined(site, c, answer);
    if (answer === undefined)
      return problem(
        site,
        c,
        404,
        'These two cannot be compared.',
        'The consensus of at least one of them is not held here.',
      );
    const status = await answers.status();
    const filter = filterOf(queryOf(c));
    const content = (): Child => <DiffPage answer={answer} observing={status.observing} filter={filter} />;
    return show(site, c, status, answer, `From ${answer.from} to ${answer.to}`, '/rounds', content);
  });
}

function filterOf({ change, flag, relay }: Record<string, string>): DiffFilter {
  return {
    ...(change === 'added' || change === 'removed' || change === 'changed' ? { change } : {}),
    ...defined({ flag: flag?.slice(0, 64), relay: relay?.slice(0, 40) }),
  };
}

function explainPage(app: Hono, site: Site): void {
  const { answers } = site;
  app.get('/rounds/:time/explain', async (c) => {
    const query = proofInputs.explain.safeParse({ ...queryOf(c), validAfter: c.req.param('time') });
    if (!query.success) return senseless(site, c, explain(query.error));
    const question = defined(query.data);
    const answer = await answers.explain(question);
    if (isDeclined(answer)) return declined(site, c, answer);
    if (answer === undefined)
      return problem(
        site,
        c,
        404,
        'This cannot be explained here.',
        'The votes of this round are not held here.',
      );
    const status = await answers.status();
    const props = {
      answer,
      observing: status.observing,
      choice: question,
      query: searchOf(c),
      order: status.authorities.map(({ nickname }) => nickname),
    };
    return show(site, c, status, answer, 'Why it says so', '/rounds', () => <ExplainPage {...props} />);
  });
}

/** Serves `/verify`. */
export function verifyPages(app: Hono, site: Site): void {
  serveVerify(app, {
    answers: site.answers,
    problem: (c, status, headline, detail) => problem(site, c, status, headline, detail),
    page: async (c, props) => {
      const status = await site.answers.status();
      const live = frameOf(site, status, status, 'Verify', '/verify');
      const frame = { ...live, still: true, script: assetPath(site.assets, 'verify.js') };
      const worker = assetPath(site.assets, 'verify-worker.js');
      c.header('Content-Security-Policy', unconnectedSecurityPolicy);
      c.header('Cache-Control', props.judged === undefined ? 'no-cache' : 'no-store');
      return c.html(
        await render(
          <Page frame={frame}>
            <VerifyPage {...props} worker={worker} />
          </Page>,
        ),
      );
    },
  });
}
