import { describe, expect, test } from 'vitest';
import type { Answers, Status } from '../../src/api/index.ts';
import { createSite } from '../../src/web/index.ts';
import {
  answersFor,
  consensusSha,
  hostileName,
  type Situation,
  situations,
  validAfter,
  votersOf,
} from './fixtures.ts';

const pages = [
  '/',
  '/authorities',
  '/authorities/tor26',
  '/rounds',
  `/rounds/${validAfter}`,
  '/health',
  '/trends',
  '/churn',
  '/sources',
  '/next',
  '/what-if',
  '/what-if?without=moria1&without=tor26',
  '/diff',
  `/diff/2026-07-27T13:00:00Z/${validAfter}`,
  `/rounds/${validAfter}/explain?keyword=s`,
  '/verify',
  '/alerts',
  '/events',
  '/documents',
  `/documents/${consensusSha}`,
  '/how',
  '/api',
];

async function html(path: string, situation: Situation = 'fine'): Promise<string> {
  const response = await createSite(answersFor(situation)).request(path);
  expect(response.status, path).toBe(200);
  return response.text();
}

/** What a reader reads: tags away, spaces made one, no-break spaces ordinary. */
async function read(path: string, situation: Situation = 'fine'): Promise<string> {
  const text = (await html(path, situation)).replace(/<[^>]*>/g, ' ');
  return text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');
}

/** What a reader reads in the row of an authority, with everything that is told on demand. */
async function rowOf(nickname: string, situation: Situation = 'fine'): Promise<string> {
  const all = await html('/', situation);
  const row = new RegExp(`<tr data-key="${nickname}">.*?</tr>`, 's').exec(all)?.[0] ?? '';
  const titles = [...row.matchAll(/title="([^"]*)"/g)].map((match) => match[1]);
  return `${row.replace(/<[^>]*>/g, ' ')} ${titles.join(' ')}`.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');
}

describe('every page', () => {
  test.each(pages)('%s says what it is, names its twin, and keeps to the policy', async (path) => {
    const site = createSite(answersFor('fine'));
    const response = await site.request(path);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src '${path === '/verify' ? 'none' : 'self'}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(text).toMatch(/<title>[^<]+ · Conclave<\/title>/);
    expect(text).toMatch(/class="lede (ok|warn|bad|unknown)"/);
    expect(text).toContain('UTC');
    expect(text).not.toMatch(/ style=| on[a-z]+=|<svg|<style|javascript:|https?:\/\//);
    expect(text.match(/<h1/g)).toHaveLength(1);
    for (const [, twin] of text.matchAll(/<a href="(\/api\/v1\/[^"]+)">(?:JSON|CSV)</g)) {
      expect((await site.request((twin ?? '').replaceAll('&amp;', '&'))).status, twin).toBe(200);
    }
    if (path !== '/how' && path !== '/api') expect(text).toMatch(/>JSON<.*>CSV</s);
  });

  test.each(situations)('is made in the situation "%s"', async (situation) => {
    const site = createSite(answersFor(situation));
    for (const path of [
      '/',
      '/authorities',
      '/rounds',
      '/next',
      '/what-if',
      '/diff',
      '/verify',
      '/alerts',
      '/events',
      '/documents',
    ]) {
      expect((await site.request(path)).status, path).toBe(200);
    }
  });

  test('internal links lead somewhere', async () => {
    const site = createSite(answersFor('fine'));
    const links = new Set<string>();
    for (const path of pages) {
      for (const [, link] of (await (await site.request(path)).text()).matchAll(/href="(\/[^"#]*)/g))
        links.add((link ?? '').replaceAll('&amp;', '&'));
    }
    const elsewhere = /^\/(rounds|documents|relay)\/|^\/health\?|^\/api\/v1\/documents\//;
    for (const link of links) {
      if (elsewhere.test(link) && !link.includes(validAfter) && !link.includes(consensusSha)) continue;
      expect((await site.request(link)).status, link).toBeLessThan(400);
    }
  });

  test('is not sent again to who has it', async () => {
    const answers = answersFor('fine');
    const site = createSite(answers);
    const tag = (await site.request('/')).headers.get('etag') ?? '';
    expect((await site.request('/', { headers: { 'if-none-match': tag } })).status).toBe(304);
    answers.change('failing');
    expect((await site.request('/', { headers: { 'if-none-match': tag } })).status).toBe(200);
  });

  test('escapes what strangers wrote', async () => {
    for (const path of [
      '/',
      '/authorities',
      '/alerts',
      '/events',
      `/rounds/${validAfter}`,
      '/authorities/tor26',
      '/next',
      '/what-if?without=tor26',
      `/diff/2026-07-27T13:00:00Z/${validAfter}`,
      `/rounds/${validAfter}/explain?keyword=s`,
      '/verify',
    ]) {
      const text = await html(path, 'hostile');
      expect(text, path).not.toContain('<script>alert');
      expect(text, path).not.toContain('<img src=x');
      expect(text, path).not.toMatch(/href="(javascript:|\/\/)/);
    }
    expect(await html('/', 'hostile')).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(await html(`/documents/${consensusSha}`)).toContain('x-odd &lt;b&gt;&amp;amp;&lt;/b&gt;');
  });
});

describe('the overview', () => {
  test('S2.1.1 the state of the consensus in a word', async () => {
    expect(await read('/')).toMatch(/Consensus : fine Current/);
    expect(await read('/', 'failing')).toMatch(/Consensus : somebody should act Expired/);
    expect(await read('/', 'nothing')).toMatch(/Consensus : not known Not known/);
  });
  test('S2.1.2 valid-after, fresh-until, valid-until, age and last check, each by itself', async () => {
    const text = await read('/');
    expect(text).toContain('valid after 14:00 32 min ago');
    expect(text).toContain('fresh until 15:00 in 27 min');
    expect(text).toContain('valid until 17:00 in 2 h');
    expect(text).toContain('checked 23 s ago at tor26');
  });
  test('S2.1.3 the next valid-after with its countdown, or by how much it is overdue', async () => {
    expect(await read('/')).toContain('next 15:00 in 27 min');
    expect(await read('/', 'failing')).toContain('next 11:00 overdue by 3 h');
  });
  test('S2.1.4 votes in the consensus of those configured, with majority and margin', async () => {
    expect(await read('/')).toContain('9 of 9 needed 5 margin 4 authorities');
    expect(await read('/', 'twelve')).toContain('12 of 12 needed 7 margin 5 authorities');
    expect(await read('/', 'three')).toContain('3 of 3 needed 2 margin 1 authority');
    expect(await read('/', 'failing')).toContain('0 of 9 needed 5 margin 5 votes too few');
  });
  test('S2.1.5 the laggards by name', async () => {
    expect(await read('/')).toContain('last votes all 14:00');
    expect(await read('/', 'failing')).toContain('gabelmoo 11:00');
  });
  test('S2.1.6 S2.1.7 agreement, its sum, and each flag', async () => {
    const text = await read('/');
    expect(text).toContain('97.7 %');
    expect(text).toContain('equals 8.8 of 9');
    expect(text).toContain('lowest flags Fast 89.8 %');
    expect(text).toContain('HSDir 91.64 %');
    expect(await read('/', 'failing')).toContain('n/a no votes of the newest round are known');
  });
  test('S2.1.8 exactly the configured authorities in their order, the bridge authority apart', async () => {
    const text = await html('/');
    const voters = /data-live="authorities".*?<tbody>(.*?)<\/tbody>/s.exec(text)?.[1] ?? '';
    expect([...voters.matchAll(/<tr data-key="(\w+)"/g)].map((match) => match[1])).toEqual(votersOf('fine'));
    expect(await rowOf('Serge')).toContain('does not vote');
    expect(text).toMatch(/<tbody class="apart"><tr data-key="Serge">/);
  });
  test('S2.1.9 a difference to the configuration is told', async () => {
    expect(await rowOf('faravahar')).toContain('the consensus gives its DirPort as 9031, configured is 9131');
  });
  test('S2.1.10 each state in a word with its reason', async () => {
    expect(await rowOf('faravahar')).toContain('slow first byte 389 ms, 3 × its usual 121 ms');
    expect(await rowOf('tor26', 'failing')).toContain(
      'timeout 3 of the last 3 probes timed out after 5,000 ms',
    );
    expect(await rowOf('moria1', 'failing')).toContain('offline');
    expect(await rowOf('dizum', 'failing')).toContain('error');
    expect(await rowOf('gabelmoo', 'failing')).toContain('degraded');
    expect(await rowOf('moria1', 'nothing')).toContain('unknown not asked yet');
  });
  test('S2.1.12 S2.1.13 first byte: phases, vantage point, median of how many, size, limit and usual value', async () => {
    expect(await read('/')).toContain('probed from Frankfurt every 60 s; last 23 s ago');
    expect(await rowOf('moria1')).toContain(
      'median of 15 probes, connect 14 ms, first byte 31 ms, whole 39 ms, 2,712 bytes, usually 33 ms, limit 1,000 ms',
    );
    expect(await rowOf('faravahar')).toContain('389 ms usually 121 ms');
  });
  test('S2.1.14 three separate marks for the vote', async () => {
    expect(await rowOf('moria1')).toContain('✓ in the consensus: yes. ✓ retrievable: yes. ✓ signed: yes.');
    expect(await rowOf('moria1', 'failing')).toContain(
      '✗ in the consensus: no. ✗ retrievable: no. ✗ signed: no.',
    );
    expect(await rowOf('moria1', 'nothing')).toContain('? in the consensus: not known.');
  });
  test('S2.1.15 S2.1.16 no scanner is not a fault', async () => {
    const row = await rowOf('dizum');
    expect(row).toContain('no scanner');
    expect(row).toContain('online');
    expect(await rowOf('moria1')).toContain('98.2 %');
    expect(await rowOf('moria1')).toContain('8,412 measured, 8,566 running; file 45 min old');
    expect(await rowOf('faravahar')).toContain('61.4 % stale, file 9 h old');
  });
  test('S2.1.17 S2.1.18 S2.1.20 events, newest first, each with its rule and evidence', async () => {
    const text = await read('/');
    expect(text.indexOf('14:00:19')).toBeLessThan(text.indexOf('14:00:03'));
    expect(text).toContain(
      '2026-07-26 23:00:04 Consensus of 23:00 published, 9 of 9 signatures; 9,866 relays. consensus-published',
    );
    expect(await html('/')).toContain(`<a href="/rounds/${validAfter}">consensus-published</a>`);
  });
  test('S2.1.21 S2.1.23 S2.1.25 alerts with value, limit, since, last seen and check', async () => {
    expect(await read('/')).toContain(
      'Alerts warning faravahar&#39;s scanner is silent Bandwidth file from 05:12, 9 h old; usual age under 2 h. 5 scanners remain, 3 are needed. since 07:18:50 , seen 23 s ago · faravahar · authority performance · scanner-silent',
    );
  });
  test('S2.1.26 says how long figures are kept', async () => {
    expect(await read('/')).toContain('at the latest after 120 s');
  });
  test('S2.1.29 formation: phases as due and seen, and what cannot be seen', async () => {
    const text = await read('/');
    expect(text).toContain('votes published 13:50:00 13:50:04');
    expect(text).toContain('missing votes fetched 13:52:30 n/a not observable from outside');
    expect(text).toContain('a spread of 7 s');
    expect(text).toContain('moria1 8,412 0.91 1.02 1.13');
  });
  test('S2.1.30 counts of the consensus; the sum of weights has no unit', async () => {
    const text = await read('/');
    expect(text).toContain('exits 2,488 25.2 % exits without BadExit 2,471');
    expect(text).toContain('sum of weights 44,807,632 no unit');
  });
  test('S2.1.31 diversity names its source, or why it is n/a', async () => {
    const text = await read('/');
    expect(text).toContain('Source: tor-geoipdb of 2026-07-20');
    expect(text).toContain('Platforms n/a: server descriptors are not collected');
  });
  test('S0.1 blindness is ours, not theirs', async () => {
    const text = await read('/', 'blind');
    expect(text).toContain('We are blind.');
    expect(text).toContain('the authorities are not judged');
    expect(text).toContain('Last look: 10 min ago');
    expect(text).toContain('No alert is firing, but we do not see enough to tell.');
  });
  test('a recording says that it is one, and its own time', async () => {
    const text = await read('/', 'replay');
    expect(text).toContain('This is a recording.');
    expect(text).toContain('Recorded time: 2026-07-27 14:32:10 UTC');
    expect(await html('/', 'replay')).toContain('data-speed="60"');
    expect(await html('/', 'ended')).toContain('data-speed="0"');
  });
  test('nothing is red unless someone should act', async () => {
    const red = /class="(s|tile|lede|dot|n) bad"|<td class="bad"/;
    for (const situation of ['fine', 'three', 'twelve', 'nothing', 'blind', 'replay'] as const) {
      expect(await html('/', situation), situation).not.toMatch(red);
    }
    expect(await html('/', 'failing')).toMatch(red);
  });
});

describe('addresses', () => {
  test('a round is also found by its time with dashes', async () => {
    const response = await createSite(answersFor('fine')).request('/rounds/2026-07-27-14-00-00');
    expect(response.status).toBe(301);
    expect(response.headers.get('location')).toBe(`/rounds/${validAfter}`);
  });
  test('older rounds are a page, not the API', async () => {
    expect(await html('/rounds')).toContain('href="/rounds?before=2026-07-26T15:00:00Z&amp;limit=24"');
  });
  test('filters are kept, empty fields are not', async () => {
    const text = await html('/events?authority=tor26&rule=');
    expect(text).toContain('<option value="tor26" selected="">');
    expect(text).toContain('href="/api/v1/events?authority=tor26"');
  });
  test.each([
    ['/nowhere', 404],
    ['/authorities/nobody', 404],
    [`/authorities/${encodeURIComponent(hostileName)}`, 404],
    ['/rounds/never', 404],
    ['/documents/abc', 404],
    ['/events?limit=x', 400],
  ])('%s is %i in the same dress', async (path, status) => {
    const response = await createSite(answersFor('fine')).request(path);
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(text).toContain('class="lede unknown"');
    expect(text).toContain('<nav aria-label="Pages"');
    expect(text).not.toContain('<script>alert');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
  test('a failure is a page that tells nothing of the machine', async () => {
    const answers: Answers = {
      ...answersFor('fine'),
      status: () => Promise.reject(new Error('/var/secret')),
    };
    const heard: unknown[] = [];
    const response = await createSite(answers, { onError: (error) => void heard.push(error) }).request('/');
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('Something failed here.');
    expect(text).not.toContain('secret');
    expect(heard).toHaveLength(1);
  });
  test('files are kept until they change', async () => {
    const site = createSite(answersFor('fine'));
    const text = await (await site.request('/')).text();
    for (const [, path] of text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
      const response = await site.request(path ?? '');
      expect(response.status, path).toBe(200);
      expect(response.headers.get('cache-control')).toContain(
        path?.includes('?v=') ? 'immutable' : 'no-cache',
      );
      expect(response.headers.get('etag')).toMatch(/^"[0-9a-f]{16}"$/);
    }
    expect((await site.request('/favicon.ico')).status).toBe(200);
    expect((await site.request('/assets/../package.json')).status).toBe(404);
    expect((await site.request('/assets/constructor')).status).toBe(404);
  });
});

describe('what stands on several pages', () => {
  async function edited(path: string, edit: (status: Status) => Status): Promise<string> {
    const answers = answersFor('fine');
    answers.change('fine', edit);
    return (await createSite(answers).request(path)).text();
  }

  test('a time in a sentence is written as elsewhere, and known to programs', async () => {
    const text = await edited('/', (status) => ({
      ...status,
      sentence: {
        ...status.sentence,
        detail: 'It ends at 2026-07-27T15:00:00Z, not at 2026-07-27T15:00:07Z.',
      },
    }));
    expect(text).toContain(
      'It ends at <time datetime="2026-07-27T15:00:00Z">2026-07-27 15:00 UTC</time>, ' +
        'not at <time datetime="2026-07-27T15:00:07Z">2026-07-27 15:00:07 UTC</time>.',
    );
  });

  test('what was seen after the answer was made is 0 s old, never still to come', async () => {
    const text = await edited('/', (status) => ({
      ...status,
      observing: { ...status.observing, lastTick: '2026-07-27T14:32:12Z' },
    }));
    expect(text).toMatch(/last <time [^>]*data-since="2026-07-27T14:32:12Z">0\u00a0s ago</);
    expect(text).not.toMatch(/data-since="[^"]*">in /);
  });

  test('relays are found from the navigation, without script', async () => {
    expect(await html('/')).toContain('<a href="/relay" class="">Relays</a>');
    expect(await html('/relay')).toMatch(/<form [^>]*method="get" action="\/relay">.*name="search"/s);
  });

  test('an error page says of each parameter what was expected, once, and leads on', async () => {
    const response = await createSite(answersFor('fine')).request('/diff/a/b');
    const text = (await response.text()).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(response.status).toBe(400);
    expect(text).toContain(
      'from: expected a UTC time to the second like 2026-07-27T14:00:00Z; to: expected a UTC time to the second like 2026-07-27T14:00:00Z ',
    );
    expect(text).not.toContain('expected a time that exists');
  });

  test('a round, its health and what changed lead to each other', async () => {
    const links: readonly (readonly [string, string])[] = [
      [`/rounds/${validAfter}`, `/health?at=${validAfter}`],
      [`/rounds/${validAfter}`, `/diff/2026-07-27T13:00:00Z/${validAfter}`],
      [`/rounds/${validAfter}`, `/what-if?at=${validAfter}`],
      ['/rounds', `/health?at=${validAfter}`],
      ['/health', `/rounds/${validAfter}`],
      [`/diff/2026-07-27T13:00:00Z/${validAfter}`, `/health?at=${validAfter}`],
    ];
    for (const [page, link] of links) expect(await html(page), page).toContain(`href="${link}"`);
  });

  test('lines of the header that change in every round are on demand', async () => {
    const text = await html(`/diff/2026-07-27T13:00:00Z/${validAfter}`);
    expect(text).toContain('No line that says more than the round.');
    expect(text).toMatch(
      /<details><summary>1 value of times, digests of votes and weights<\/summary>.*valid-after/s,
    );
  });
});
