/**
 * One running observatory with everything it can ask: authorities, CollecTor, Onionoo. Each is killed in turn, in several ways:
 * it is marked with its error and the age of its last answer, what rests on it is named, the others stay fresh, and it is
 * fresh again when it is back.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { healthSchema, sourcesSchema, statusSchema } from '../../src/api/index.ts';
import type { Health, Sources, Status } from '../../src/api/index.ts';
import { startObservatory } from '../../src/daemon/index.ts';
import type { Observatory } from '../../src/daemon/index.ts';
import { serve, type WireServer } from '../collect/wire.ts';
import { described } from '../support/bad-day.ts';
import { dirPorts, type DirPorts } from '../support/dir-ports.ts';
import { feedServer, onionoo, type FeedServer, type Trouble } from '../support/feeds.ts';
import { madeNetwork, noon } from '../support/network.ts';
import { until } from '../../../../test/support/processes.ts';

type Name = Sources['sources'][number]['source'];
type Source = Sources['sources'][number];

const network = madeNetwork(3);
const interval = 3600;
/** Half past twelve here, whenever the test runs: no round is near. */
const began = noon + 1800;
const names = ['authorities', 'collector', 'onionoo'] as const;

let directory = '';
let ports: DirPorts;
let collector: FeedServer;
let onionooServer: FeedServer;
/** What tells that our own connection works. */
let control: WireServer;
let observatory: Observatory;
const troubles: string[] = [];

beforeAll(async () => {
  const [shift, real] = [Date.now() - began * 1000, Date.now];
  vi.spyOn(Date, 'now').mockImplementation(() => real() - shift);
  directory = await mkdtemp(join(tmpdir(), 'conclave-killed-'));
  const rounds = [0, 1].map((index) => network.round({ validAfter: noon + index * interval }));
  const [round, next] = rounds as [(typeof rounds)[0], (typeof rounds)[0]];
  ports = await dirPorts(network, () => ({ round, next }));
  collector = await feedServer();
  const file = 'recent/relay-descriptors/server-descriptors/2024-05-01-12-05-00-server-descriptors';
  collector.put(file, described);
  collector.put('recent/relay-descriptors/consensuses/2024-05-01-12-00-00-consensus', round.ns);
  collector.index('2024-05-01 12:25');
  onionooServer = await feedServer();
  for (const path of ['details', 'uptime', 'bandwidth', 'summary'])
    onionooServer.put(path, onionoo([{ fingerprint: 'CD'.repeat(20), nickname: 'oak' }]));
  control = await serve(() => {});
  const source = { periodSeconds: 0.25, timeoutSeconds: 5 };
  observatory = await startObservatory({
    set: ports.set,
    directory,
    schedule: { intervalSeconds: interval, voteSeconds: 300, distSeconds: 300 },
    listen: { host: '127.0.0.1', port: 0 },
    vantage: 'test',
    plan: { probeSeconds: 0.25, tickMs: 250, connectivity: [control] },
    sources: {
      collector: { ...source, url: collector.url, lookbackSeconds: 3 * interval, descriptors: true },
      onionoo: { ...source, url: onionooServer.url },
    },
    log: (line) => /trouble|behind|failed/i.test(line) && troubles.push(line),
  });
}, 30_000);
afterAll(async () => {
  await observatory?.stop();
  for (const one of [ports, collector, onionooServer, control]) await one?.close();
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

const get = async (path: string): Promise<Response> => fetch(`${observatory.url}${path}`);
const status = async (): Promise<Status> => statusSchema.parse(await (await get('/api/v1/status')).json());
const health = async (): Promise<Health> => healthSchema.parse(await (await get('/api/v1/health')).json());
const page = async (): Promise<string> => (await get('/sources')).text();
const ask = async (): Promise<Sources> => sourcesSchema.parse(await (await get('/api/v1/sources')).json());
const ofName = ({ sources }: Sources, name: Name): Source => {
  const found = sources.find(({ source }) => source === name);
  if (!found) throw new Error(`no source ${name}`);
  return found;
};
const ms = (time: string | null): number => Date.parse(time ?? '1970-01-01T00:00:00Z');

/** Asks until it is so; an answer is as old as a second. */
async function answerWhen(isSo: (answer: Sources) => boolean, what: string): Promise<Sources> {
  const found = await until(what, ask, isSo, { withinMs: 20_000, everyMs: 50 });
  return found.answer;
}

/** Resolves when every source but these has answered since a moment. */
async function freshSince(at: number, except: readonly Name[] = []): Promise<Sources> {
  // Times in answers are whole seconds.
  const since = Math.floor(at / 1000 + 1) * 1000;
  return answerWhen(
    ({ sources }) =>
      sources.every(
        ({ source, state, lastSuccess }) =>
          except.includes(source) || (state === 'fresh' && ms(lastSuccess) >= since),
      ),
    `all fresh but ${except.join()}`,
  );
}

/** How a source dies, and what it is told to have died of. */
interface Death {
  readonly how: string;
  readonly kill: () => Promise<void> | void;
  readonly says: RegExp;
}

const closes = (server: { close(): Promise<void> }, says: RegExp): Death => ({
  how: 'closes its port',
  kill: () => server.close(),
  says,
});
const answers = (server: () => FeedServer, how: string, trouble: Trouble, says: RegExp): Death => ({
  how,
  kill: async () => {
    server().troubles.set('*', trouble);
    await server().open();
  },
  says,
});
const shut = (subject: string): RegExp =>
  new RegExp(`${subject} failed \\d+ times in a row \\(.*(?:ECONNREFUSED|refused)`);

/** Each source: the ways in which it dies, one after another, how it comes back, and what is old because of it. */
const sources: readonly (readonly [
  Name,
  { deaths: () => readonly Death[]; revive: () => Promise<void> | void; stale: RegExp },
])[] = [
  [
    'collector',
    {
      deaths: () => [
        closes(collector, shut('index')),
        answers(
          () => collector,
          'answers 503',
          { kind: 'status', status: 503 },
          /index failed \d+ times in a row \(HTTP 503/,
        ),
      ],
      revive: () => collector.troubles.clear(),
      stale: /^how far CollecTor is behind the authorities \(since 2024-05-01T12:3\d:\d\dZ\)$/,
    },
  ],
  [
    'onionoo',
    {
      deaths: () => [
        closes(onionooServer, shut('details')),
        answers(
          () => onionooServer,
          'breaks off in the middle',
          { kind: 'truncated' },
          /details failed \d+ times in a row \(broke off/,
        ),
      ],
      revive: () => onionooServer.troubles.clear(),
      stale: /Onionoo.* \(since 2024-05-01T12:3\d:\d\dZ\)$/,
    },
  ],
  [
    'authorities',
    {
      deaths: () => [closes(ports, /^0 of 3 answer at their DirPorts/)],
      revive: () => ports.open(),
      stale: /^what only authorities tell/,
    },
  ],
];

test('S0.4 S0.6 everything that is configured is asked, side by side, and is fresh', async () => {
  const answer = await freshSince(Date.now());
  expect(answer.sentence).toMatchObject({ level: 'ok', detail: '' });
  expect(answer.sources.map(({ source, stale }) => [source, stale])).toEqual(names.map((name) => [name, []]));
  for (const { ageSeconds } of answer.sources) expect(ageSeconds).toBeLessThan(10);
  expect((await health()).validAfter).toBe('2024-05-01T12:00:00Z');
});

test.each(sources)(
  'S0.6 S2.2.24 %s killed: it alone is marked, with its age and error',
  async (dying, { deaths, revive, stale }) => {
    const [before, statusBefore, healthBefore] = [await ask(), await status(), await health()];
    expect(before.sentence.level).toBe('ok');
    const diedAt = Date.now();
    for (const { how, kill, says } of deaths()) {
      await kill();
      const killedAt = Date.now();
      const isDead = ({ state, text }: Source): boolean => state === 'failing' && says.test(text);
      await answerWhen((one) => isDead(ofName(one, dying)), `${dying} ${how}`);
      const answer = await freshSince(killedAt, [dying]);
      expectMarked(answer, dying, { before, diedAt, stale });
      const html = await page();
      expect(html).toContain(answer.sentence.headline);
      expect(html).toContain(`id="source-${dying}"`);
    }
    // What is known stays shown, as old as it is.
    const [statusNow, healthNow] = [await status(), await health()];
    expect(statusNow.consensus.validAfter).toBe(statusBefore.consensus.validAfter);
    expect([healthNow.validAfter, healthNow.relays]).toEqual([healthBefore.validAfter, healthBefore.relays]);
    expect(healthNow.ageSeconds).toBeGreaterThan(healthBefore.ageSeconds);
    expect(statusNow.authorities.map(({ state }) => state)).toEqual(
      network.names.map(() => (dying === 'authorities' ? 'offline' : 'online')),
    );
    expect(statusNow.observing.state).toBe('watching');
    await revive();
    const back = await freshSince(Date.now());
    expect(ofName(back, dying).questions.filter(({ failures }) => failures > 0)).toEqual([]);
    expect(back.sentence.level).toBe('ok');
  },
);

/** The dead one has the age of its last answer and its error, and the others are untouched. */
function expectMarked(
  answer: Sources,
  dying: Name,
  { before, diedAt, stale }: { before: Sources; diedAt: number; stale: RegExp },
): void {
  const dead = ofName(answer, dying);
  expect(ms(dead.lastSuccess)).toBeLessThanOrEqual(diedAt + 1000);
  expect(ms(dead.lastSuccess)).toBeGreaterThanOrEqual(ms(ofName(before, dying).lastSuccess));
  const age = (ms(answer.now) - ms(dead.lastSuccess)) / 1000;
  expect(Math.abs((dead.ageSeconds ?? -99) - age)).toBeLessThanOrEqual(1.1);
  expect(dead.ageSeconds).toBeGreaterThan(0);
  expect(dead.stale.length).toBeGreaterThan(0);
  for (const one of dead.stale) expect(one).toMatch(stale);
  const wrong = dead.questions.filter(({ failures }) => failures > 0);
  // Whoever dies in the middle of a visit is not asked again for what was to come then.
  expect(Math.max(...wrong.map(({ failures }) => failures))).toBeGreaterThanOrEqual(3);
  for (const { level, failures, failingSince, lastSuccess, ageSeconds, detail } of wrong) {
    expect(['warn', 'bad']).toContain(level);
    expect(failures).toBeGreaterThan(0);
    // What failed first may have been asked before it died, but not before what was answered last.
    expect(ms(failingSince)).toBeGreaterThanOrEqual(ms(lastSuccess));
    expect([lastSuccess === null, ageSeconds === null, detail === null]).toEqual([false, false, false]);
  }
  for (const name of names.filter((one) => one !== dying)) {
    const other = ofName(answer, name);
    expect([name, other.state, other.stale]).toEqual([name, 'fresh', []]);
    expect(other.questions.filter(({ failures }) => failures > 0)).toEqual([]);
  }
  expect(answer.sentence).toMatchObject({ level: 'warn', headline: expect.stringContaining(dead.name) });
}

test('S0.6 when nothing at all can be reached we are blind, and say of no authority that it failed', async () => {
  await Promise.all([ports.close(), control.close()]);
  const killedAt = Date.now();
  await answerWhen((one) => ofName(one, 'authorities').state === 'blind', 'blind');
  const answer = await freshSince(killedAt, ['authorities']);
  const authorities = ofName(answer, 'authorities');
  expect(authorities).toMatchObject({ level: 'unknown', text: expect.stringContaining('We are blind') });
  expect(ms(authorities.lastSuccess)).toBeLessThanOrEqual(killedAt);
  expect(authorities.questions.map(({ level, failures }) => [level, failures])).toEqual(
    network.names.map(() => ['unknown', 0]),
  );
  const now = await status();
  expect(now.observing.state).toBe('blind');
  expect(now.authorities.map(({ state }) => state)).not.toContain('offline');
  await ports.open();
  await freshSince(Date.now());
  expect((await status()).authorities.map(({ state }) => state)).toEqual(network.names.map(() => 'online'));
  expect(troubles).toEqual([]);
}, 30_000);
