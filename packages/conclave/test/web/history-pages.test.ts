/** The pages about a consensus and its past, and the charts: what a reader gets of each, in each situation. */
import { describe, expect, test } from 'vitest';
import { createSite } from '../../src/web/index.ts';
import { relayFingerprint, relaysOf } from './fixture-health.ts';
import {
  answersFor,
  hostileName,
  type Situation,
  situations,
  type TestAnswers,
  validAfter,
} from './fixtures.ts';

async function open(
  path: string,
  situation: Situation = 'fine',
  edit: Partial<TestAnswers> = {},
): Promise<Response> {
  return createSite({ ...answersFor(situation), ...edit }).request(path);
}

async function htmlOf(path: string, situation?: Situation): Promise<string> {
  return (await open(path, situation)).text();
}

async function read(path: string, situation?: Situation): Promise<string> {
  const main = /<main.*<\/main>/s.exec(await htmlOf(path, situation))?.[0] ?? '';
  return main
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ');
}

const before = '2026-07-27T13:00:00Z';
const relay = `/relay/${relayFingerprint}`;

describe('/health', () => {
  test.each<[string, RegExp]>([
    ['S2.2.1 the time of the document', /Newest consensus: 2026-07-27 14:00:00 UTC/],
    ['S2.2.2 the method, and the highest that is possible', /consensus method 35 highest possible 35/],
    ['S2.2.3 fresh for one hour, valid for three', /Valid 14:00–17:00 fresh 14:00–15:00/],
    ['S2.2.4 relays', /Relays 9,871/],
    ['S2.2.5 delays', /300 s voting, 300 s distribution/],
    ['S2.2.6 three numbers of authorities', /votes it names 9 signatures on it 9 good signatures 9 needed 5/],
    ['S2.2.7 a sum of weights is no bandwidth', /sum of weights 44,807,632 no unit/],
    ['S2.2.8, S2.2.9 both flavours', /ns 3,262,118 B, .* microdesc 2,811,003 B,/],
    ['S2.2.10 who is listed is running', /Running by rule everyone 9,871 100\.0 %/],
    ['S2.2.11 flags with their share', /Guard 4,310 43\.7 %/],
    ['S2.2.14 the same hour before', /Relays 9,871 −10 \+20 Relays with Guard/],
    [
      'S2.2.15 capacity is what descriptors advertise',
      /Exit without BadExit 2,507 11,200,000 25\.0 % 25\.0 % 246\.4 Gbit\/s/,
    ],
    ['S2.2.16 the method over time', /Consensus method: 35 in every round held/],
    [
      'S2.2.17 to S2.2.20 each grade with its rule',
      /Freshness excellent fine fresh for another 27 min Seconds past/,
    ],
    ['a grade that cannot be given', /Networks \(AS\) n\/a not known n\/a, because no table of networks/],
    [
      'S8.6 who withdrew a flag, and of whom it is not known',
      /Guard 31 moria1 30, tor26 29 · n\/a, a vote is not held: longclaw/,
    ],
  ])('%s', async (_, words) => {
    expect(await read('/health')).toMatch(words);
  });

  test('any past round, with the rounds beside it', async () => {
    const html = await htmlOf(`/health?at=${before}`);
    expect(html).toContain(`href="/health?at=${validAfter}" rel="next"`);
    expect(html).toContain(`href="/api/v1/health?at=${encodeURIComponent(before)}"`);
    expect(await read(`/health?at=${before}`)).toContain('no earlier round is held');
    expect(await htmlOf('/health')).toContain(`href="/health?at=${before}" rel="prev"`);
  });

  test('a broken rule is said first, with the relays that break it', async () => {
    const text = await read('/health', 'failing');
    expect(text).toContain('1 rule does not hold: the consensus.');
    expect(text).toMatch(/4 relays in the consensus; the first 1 .* has HSDir without Stable/);
    expect(text).toContain('1 group of new relays is larger than usual.');
    expect(text).toContain('did not vote this time: faravahar');
    expect(await htmlOf('/health', 'failing')).toContain('class="finding bad"');
  });

  test('what is not held is n/a with the reason, never 0', async () => {
    const text = await read('/health', 'blind');
    expect(text).toContain('n/a: no copy of this flavour was seen');
    expect(text).toContain('n/a: the round before is not held');
    expect(text).toContain('highest possible n/a: no vote is held');
    expect(text).toContain('Country: n/a: no country table is configured');
    expect(text).toMatch(/a day before, a week before, 30 days before: n\/a: only 1 hour is stored/);
  });

  test.each([
    ['/health?at=yesterday', 400, 'expected a UTC time'],
    ['/health?at=2020-01-01T00:00:00Z', 404, 'not held here'],
  ])('%s is refused with %i: %s', async (path, status, words) => {
    const response = await open(path);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words);
  });
  test('before the first round it says so', async () => {
    expect(await read('/health', 'nothing')).toContain('No consensus is held yet.');
  });
});

describe('/trends', () => {
  test('compares with the same hour, and leaves out columns that nothing is in, with the reason', async () => {
    const text = await read('/trends');
    expect(text).toContain('9,871 relays, 23 more than a week ago.');
    expect(text).toMatch(/Exit capacity by descriptors 847\.0 Gbit\/s −2\.3 Gbit\/s \+4\.5 Gbit\/s/);
    expect(text).toContain('30 days before, 365 days before: n/a: only 504 hours are stored');
    expect(text).not.toContain('A year before');
  });
  test('each chart is a picture with words, and has its data behind it', async () => {
    const html = await htmlOf('/trends');
    const pictures = html.match(/<img [^>]*>/g) ?? [];
    expect(pictures).toHaveLength(5);
    for (const picture of pictures) {
      expect(picture).toMatch(/alt="[^"]{40,}"/);
      expect(picture).toMatch(/width="840" height="260"/);
    }
    expect(pictures[0]).toContain('of 169 steps not held');
    expect(html).not.toMatch(/<svg|style=/);
    expect(html).toContain(
      'href="/api/v1/series.csv?figures=relays&amp;from=2026-07-20T14%3A00%3A00Z&amp;step=round"',
    );
    const text = await read('/trends');
    expect(text).toContain('each round; 9 rounds not held, striped');
    expect(text).toMatch(/2026-07-26 05:00 not held/);
    expect(text).toContain('the axis begins at 9,800, not at 0');
  });
  test('a month is shown by days, with the least and the most', async () => {
    const text = await read('/trends?span=month');
    expect(text).toContain('the line is the mean of a day, around it the least and the most');
    expect(text).toMatch(/2026-07-24 [\d,.]+ [\d,.]+ [\d,.]+ 16 /);
  });
  test('one figure alone, round by round', async () => {
    const html = await htmlOf('/trends?figure=guards&span=month');
    expect(html.match(/<img /g)).toHaveLength(1);
    expect(html).toContain('step=round');
    expect(html).toContain('media="(max-width: 46rem)"');
  });
  test.each([
    ['/trends?span=decade', 400],
    ['/churn?span=year', 400],
  ])('%s is refused with %i', async (path, status) => {
    expect((await open(path)).status).toBe(status);
  });
  test('before the first round it says so', async () => {
    const response = await open('/trends', 'nothing');
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('No consensus that verifies has been seen yet.');
  });
});

describe('/churn', () => {
  test('what came and went, and what cannot be known', async () => {
    const text = await read('/churn');
    expect(text).toContain('12 relays came and 9 went at 14:00.');
    expect(text).toContain('9 of the 169 rounds of the span are not held');
    expect(text).toMatch(/2026-07-24 10:00 n\/a : the round before is not held/);
    expect(text).toContain('None: the new relays are neither unusually many nor alike.');
    expect(text).toMatch(
      /2 relays moved to another address; the first 1 .* 192\.0\.2\.4:9001 → 198\.51\.100\.4:9001/,
    );
  });
  test('sudden growth is worth a look, not an alarm', async () => {
    expect(await htmlOf('/churn', 'failing')).toContain('class="lede warn"');
    expect(await read('/churn', 'failing')).toMatch(/one network of 24 bits 203\.0\.113\.0\/24 40 10 0/);
  });
});

describe('/relay', () => {
  test('when it was listed, how, and what is not held', async () => {
    const text = await read(relay);
    expect(text).toContain('Listed in 448 of the 496 rounds held.');
    expect(text).toMatch(/presence 90\.3 %/);
    expect(text).toMatch(/Fast Guard Stable Running Valid/);
    expect(text).toMatch(/2026-07-24 02:00 2026-07-24 09:00 8/);
    expect(text).toContain('striped: no round is held');
  });
  test('without weights there is no chart of them', async () => {
    expect(await read(relay, 'blind')).toContain('Consensus weight: n/a, no entry states one.');
  });
  test.each([
    ['a fingerprint', `%24${relayFingerprint.toLowerCase()}`],
    ['a fingerprint in groups of four', relayFingerprint.replace(/(.{4})/g, '$1+')],
  ])('the search for %s leads to the page', async (_, search) => {
    expect((await open(`/relay?search=${search}`)).headers.get('location')).toBe(relay);
  });
  test('the search for a name lists who is called so, and who once began so; nothing asked is the question', async () => {
    const html = await htmlOf('/relay?search=ferry');
    expect(html).toContain(`<a href="/relay/${relayFingerprint}">silentFerry</a>`);
    const text = await read('/relay?search=ferry');
    expect(text).toMatch(/silentFerry [0-9A-F]{40} 192\.0\.2\.7:9001 Fast Running Valid 14:00/);
    expect(text).toContain('n/a : the newest round does not list it');
    expect(text).toContain('The first 3 of 4;');
    expect(await read('/relay?search=nobodyhasthisname')).toContain(
      'No relay of the newest round. Relay Find None.',
    );
    for (const path of ['/relay', '/relay?search=', '/relay?search=%24'])
      expect(await read(path), path).toContain('Which relay?');
  });
  test('a name that one relay has leads to it', async () => {
    const one = relaysOf('fine', 'ferry');
    const response = await open('/relay?search=silentferry', 'fine', {
      relays: async () => ({ ...one, found: 1, relays: one.relays.slice(0, 1) }),
    });
    expect(response.headers.get('location')).toBe(relay);
  });
  test('its weight is told round by round, by its own line', async () => {
    const text = await read(relay);
    expect(text).toMatch(/Consensus weight 8,0[0-9]{2}/);
    expect(await read(relay)).toContain('silentFerry');
    expect(await read(relay, 'blind')).toContain(`Relay ${relayFingerprint}`);
  });
  test.each([
    ['/relay/moria1', 400],
    ['/relay?search=a_b', 400],
    [`${relay}?from=yesterday`, 400],
    ['/relay/0123456789012345678901234567890123456789', 404],
  ])('%s is refused with %i', async (path, status) => {
    expect((await open(path)).status).toBe(status);
  });
});

test('/sources: each with its state, its error in words, and what rests on it', async () => {
  const text = await read('/sources');
  expect(text).toMatch(/Source State Last success/);
  expect(text).toContain('Old or missing because of it');
  expect(await read('/sources', 'nothing')).toContain('n/a');
});

describe('/charts', () => {
  const week = 'from=2026-07-20T14:00:00Z&step=round';
  test.each([
    ['relays', week],
    ['guards', `${week}&size=wide&theme=dark`],
    ['votes', 'step=day'],
    ['churn-relays', 'from=2026-07-20T14:00:00Z'],
    ['churn-flags', 'from=2026-07-20T14:00:00Z&size=narrow'],
    ['relay-weight', `relay=${relayFingerprint}`],
    ['relay-flags', `relay=${relayFingerprint}`],
  ])('%s?%s is a picture', async (name, query) => {
    const response = await open(`/charts/${name}.png?${query}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/png');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.toString('latin1', 1, 4)).toBe('PNG');
    expect(bytes.length).toBeLessThan(30_000);
  });
  test('every picture of a page exists, and may be kept for ever by its digest', async () => {
    for (const page of ['/trends', '/trends?span=month', '/churn', relay]) {
      const html = await htmlOf(page);
      const sources = [...html.matchAll(/(?:src|srcset)="(\/charts[^"]*)"/g)].map((found) =>
        found[1]!.replaceAll('&amp;', '&'),
      );
      expect(sources.length).toBeGreaterThan(1);
      for (const source of sources) {
        const response = await open(source);
        expect(response.status, source).toBe(200);
        expect(response.headers.get('cache-control'), source).toContain('immutable');
      }
    }
  });
  test('another digest than that of today’s data is asked for again, and 304 when it is held', async () => {
    const response = await open(`/charts/relays.png?${week}&v=0123`);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const again = await createSite(answersFor('fine')).request(`/charts/relays.png?${week}`, {
      headers: { 'If-None-Match': response.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });
  test.each([
    '/charts/relays.gif',
    '/charts/nobody.png',
    '/charts/relays,votes.png',
    '/charts/relays.png?size=huge',
    '/charts/relays.png?theme=pink',
    '/charts/relays.png?from=yesterday',
    '/charts/relay-weight.png?relay=moria1',
    '/charts/..%2f..%2fetc.png',
  ])('%s is not found', async (path) => {
    expect((await open(path)).status).toBe(404);
  });
  test('what the API declines, the chart declines', async () => {
    const busy = { declined: 'busy', message: 'Too much.' } as const;
    const response = await open('/charts/relays.png', 'fine', { series: async () => busy });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
  });
});

test.each(situations)('%s: no page fails, and nothing hostile gets through', async (situation) => {
  for (const path of ['/health', '/trends', '/trends?figure=relays', '/churn', '/relay', relay, '/sources']) {
    const response = await open(path, situation);
    expect(response.status, path).not.toBe(500);
    expect(await response.text(), path).not.toContain(hostileName);
  }
});
