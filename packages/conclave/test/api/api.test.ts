import { describe, expect, test } from 'vitest';
import {
  alertsSchema,
  type Answers,
  authoritiesSchema,
  authorityPageSchema,
  createApi,
  diffSchema,
  documentPageSchema,
  documentsSchema,
  errorSchema,
  eventsSchema,
  explainSchema,
  nextRoundSchema,
  roundPageSchema,
  roundsSchema,
  sourcesSchema,
  statusSchema,
  whatIfSchema,
} from '../../src/api/index.ts';
import { renderCsv } from '../../src/api/csv.ts';
import {
  answersFor,
  consensusSha,
  situations,
  type TestAnswers,
  validAfter,
  voteSha,
  votersOf,
} from '../web/fixtures.ts';

const paths = [
  ['/api/v1/status', statusSchema],
  ['/api/v1/authorities', authoritiesSchema],
  ['/api/v1/rounds', roundsSchema],
  ['/api/v1/documents', documentsSchema],
  ['/api/v1/alerts', alertsSchema],
  ['/api/v1/events', eventsSchema],
  ['/api/v1/next', nextRoundSchema],
  ['/api/v1/sources', sourcesSchema],
] as const;
const single = [
  ['/api/v1/authorities/tor26', authorityPageSchema],
  [`/api/v1/rounds/${validAfter}`, roundPageSchema],
  [`/api/v1/documents/${consensusSha}`, documentPageSchema],
  [`/api/v1/rounds/${validAfter}/explain`, explainSchema],
  ['/api/v1/what-if', whatIfSchema],
  ['/api/v1/diff', diffSchema],
] as const;

function api(answers: Answers = answersFor('fine')): ReturnType<typeof createApi>['app'] {
  return createApi(answers).app;
}

const failing: Answers = {
  ...answersFor('fine'),
  status: () => Promise.reject(new Error('disk /var/secret is full')),
};

describe('answers conform to their schemas', () => {
  for (const situation of situations) {
    test(situation, async () => {
      const app = api(answersFor(situation));
      for (const [path, schema] of paths) {
        const response = await app.request(path);
        expect(response.status, path).toBe(200);
        expect(response.headers.get('content-type')).toBe('application/json');
        expect(schema.safeParse(await response.json()).error?.issues, path).toBeUndefined();
      }
    });
  }
  test.each(single)('%s', async (path, schema) => {
    const response = await api().request(path);
    expect(response.status).toBe(200);
    expect(schema.safeParse(await response.json()).error?.issues).toBeUndefined();
  });
});

describe('questions that are not answered', () => {
  const declining = (declined: 'bad-request' | 'busy' | 'not-yet'): Answers => ({
    ...answersFor('fine'),
    whatIf: async () => ({ declined, message: 'not so' }),
  });

  test.each([
    ['bad-request', 400, null],
    ['busy', 503, '5'],
    ['not-yet', 503, '60'],
  ] as const)('%s is %i, in the schema of errors', async (declined, status, retryAfter) => {
    for (const path of ['/api/v1/what-if?without=moria1', '/api/v1/what-if.csv?country=DE']) {
      const response = await api(declining(declined)).request(path);
      expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
      expect(errorSchema.parse(await response.json()).error).toEqual({ code: declined, message: 'not so' });
    }
  });

  test.each([
    '/api/v1/what-if?without=a,,b',
    '/api/v1/what-if?without=not%20a%20name',
    '/api/v1/what-if?country=Germany',
    '/api/v1/what-if?as=Hetzner',
    '/api/v1/what-if?at=yesterday',
    '/api/v1/diff?from=2026-07-27',
    `/api/v1/rounds/${validAfter}/explain?flavor=vanilla`,
    `/api/v1/rounds/${validAfter}/explain?relay=abc`,
    `/api/v1/rounds/${validAfter}/explain.csv?keyword=a%0Ab`,
    '/api/v1/rounds/never/explain',
  ])('%s is 400 and says what was expected', async (path) => {
    const response = await api().request(path);
    expect(response.status).toBe(400);
    expect(errorSchema.parse(await response.json()).error.message).toContain('expected');
  });

  test('several names are several names', async () => {
    const asked: unknown[] = [];
    const answers: Answers = {
      ...answersFor('fine'),
      whatIf: async (query) => void asked.push(query),
    };
    const response = await api(answers).request(`/api/v1/what-if?without=tor26,moria1&at=${validAfter}`);
    expect(response.status).toBe(404);
    expect(asked).toEqual([{ without: ['tor26', 'moria1'], at: validAfter }]);
  });
});

describe('CSV', () => {
  test.each([...paths, ...single].map(([path]) => path))(
    '%s.csv is a table with a header line',
    async (path) => {
      const response = await api().request(`${path}.csv`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
      const lines = (await response.text()).trimEnd().split('\r\n');
      expect(lines.length).toBeGreaterThan(1);
      expect(lines[0]).toMatch(/^[a-z0-9_]+(,[a-z0-9_]+)+$/);
    },
  );
  test('S2.1.8 the status as CSV has every configured authority in its order', async () => {
    const lines = (await (await api().request('/api/v1/status.csv')).text()).trimEnd().split('\r\n').slice(1);
    expect(lines.map((line) => line.split(',')[0])).toEqual([...votersOf('fine'), 'Serge']);
  });
  test('renderCsv() quotes, and defuses what a spreadsheet would compute', () => {
    const text = renderCsv({
      columns: ['a', 'b', 'c', 'd'],
      rows: [
        ['=1+1', 'x,"y"\n', -2.5, null],
        ['@a', '', true, 'ok'],
      ],
    });
    expect(text).toBe('a,b,c,d\r\n\'=1+1,"x,""y""\n",-2.5,\r\n\'@a,,true,ok\r\n');
  });
  test('a hostile nickname stays one defused cell', async () => {
    const text = await (await api(answersFor('hostile')).request('/api/v1/authorities.csv')).text();
    expect(text).toContain("'=cmd()");
    expect(text).toContain(`"<script>alert(1)</script>""'&"`);
  });
});

describe('errors', () => {
  test.each([
    ['/api/v1/authorities/nobody', 404, 'not-found', 'nobody'],
    ['/api/v1/authorities/no_body', 400, 'bad-request', 'letters and digits'],
    ['/api/v1/rounds/yesterday', 400, 'bad-request', '2026-07-27T14:00:00Z'],
    ['/api/v1/rounds/2001-01-01T00:00:00Z', 404, 'not-found', '2001-01-01T00:00:00Z'],
    ['/api/v1/rounds?limit=0', 400, 'bad-request', 'at least 1'],
    ['/api/v1/rounds?limit=many', 400, 'bad-request', 'whole number'],
    ['/api/v1/rounds?limit=501', 400, 'bad-request', 'at most 500'],
    ['/api/v1/events?autority=tor26', 400, 'bad-request', 'unknown parameter autority'],
    ['/api/v1/documents/abc', 400, 'bad-request', '64 lower-case'],
    [`/api/v1/documents/${'0'.repeat(64)}`, 404, 'not-found', '000'],
    [`/api/v1/documents/${'0'.repeat(64)}/raw`, 404, 'not-found', '000'],
    ['/api/v1/documents/abc/raw', 400, 'bad-request', '64 lower-case'],
    ['/api/v1/nothing', 404, 'not-found', '/api'],
  ])('%s is %i %s', async (path, status, code, said) => {
    const response = await api().request(path);
    expect(response.status).toBe(status);
    const { error } = errorSchema.parse(await response.json());
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
  });
  test('an exception is told to the log and to nobody else', async () => {
    const heard: unknown[] = [];
    const { app } = createApi(failing, { onError: (error) => void heard.push(error) });
    const response = await app.request('/api/v1/status');
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(errorSchema.parse(JSON.parse(text)).error.code).toBe('internal');
    expect(text).not.toContain('secret');
    expect(heard).toHaveLength(1);
  });
  test('S2.1.27 one question that fails does not take the others with it', async () => {
    expect((await api(failing).request('/api/v1/alerts')).status).toBe(200);
  });
});

describe('caching', () => {
  test('an answer is fresh until its revision changes', async () => {
    const answers: TestAnswers = answersFor('fine');
    const app = api(answers);
    const first = await app.request('/api/v1/status');
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"r41-/);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const again = await app.request('/api/v1/status', { headers: { 'if-none-match': `"x", ${tag}` } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    answers.change('failing');
    expect((await app.request('/api/v1/status', { headers: { 'if-none-match': tag } })).status).toBe(200);
  });
  test('raw bytes are kept for ever, and can do nothing', async () => {
    const response = await api().request(`/api/v1/documents/${voteSha}/raw`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('x-odd <b>');
    const header = (name: string): string | null => response.headers.get(name);
    expect(header('content-type')).toBe('text/plain; charset=utf-8');
    expect(header('cache-control')).toContain('immutable');
    expect(header('etag')).toBe(`"${voteSha}"`);
    expect(header('x-content-type-options')).toBe('nosniff');
    expect(header('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(header('content-disposition')).toContain(`${voteSha}.txt`);
    const again = await api().request(`/api/v1/documents/${voteSha}/raw`, {
      headers: { 'if-none-match': `"${voteSha}"` },
    });
    expect(again.status).toBe(304);
  });
  test('HEAD says what GET says, without the body', async () => {
    const response = await api().request('/api/v1/status', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toMatch(/^W/);
    expect(await response.text()).toBe('');
  });
});

describe('openapi.json', () => {
  test('describes every route and its CSV twin in OpenAPI 3.1', async () => {
    const document = (await (await api().request('/api/v1/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, unknown>;
      components: { schemas: Record<string, unknown> };
    };
    expect(document.openapi).toBe('3.1.0');
    for (const name of [
      'status',
      'authorities',
      'authorities/{nickname}',
      'rounds',
      'rounds/{validAfter}',
      'documents',
      'documents/{sha256}',
      'alerts',
      'events',
    ]) {
      expect(document.paths).toHaveProperty([`/api/v1/${name}`]);
      expect(document.paths).toHaveProperty([`/api/v1/${name}.csv`]);
    }
    expect(document.paths).toHaveProperty(['/api/v1/events/live']);
    expect(document.paths).toHaveProperty(['/api/v1/documents/{sha256}/raw']);
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Status', 'AuthorityRow', 'Alert', 'Event', 'Error', 'LiveMessage']),
    );
  });
});
