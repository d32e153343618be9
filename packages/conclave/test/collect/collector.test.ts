import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import {
  collect,
  descriptorBytesMost,
  nothingKnown,
  systemClock,
  type Clock,
  type CollectedEntry,
  type CollectorOptions,
  type CollectorPorts,
  type Knowledge,
} from '../../src/collect/index.ts';
import type { Authority } from '../../src/network/index.ts';
import { answer, serve, type Behaviour, type WireServer } from './wire.ts';

/** An hourly network: nothing but what the first start asks happens within seconds. */
// How the network votes is known: nobody is asked for a first consensus besides.
const knowledge: Knowledge = {
  ...nothingKnown({ intervalSeconds: 3600, voteSeconds: 300, distSeconds: 300 }),
  scheduleAssumed: false,
};

/** It is always 25 minutes after a round here: what is due must not depend on the minute at which the tests run. */
const midRound = Date.UTC(2026, 6, 27, 10, 25);
const began = performance.now();
const clock: Clock = {
  now: () => midRound + Math.floor(performance.now() - began),
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};
const names = [
  'moria1',
  'tor26',
  'dizum',
  'gabelmoo',
  'dannenberg',
  'maatuska',
  'longclaw',
  'bastet',
  'faravahar',
];

const servers: WireServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const healthy: Behaviour = (socket, request) => {
  const path = request.split(' ')[1] ?? '';
  const text = path.endsWith('robots.txt') ? 'User-agent: *\nDisallow: /\n' : `the answer to ${path}\n`;
  const body = deflateSync(text);
  socket.end(answer(body, ['Content-Encoding: deflate', `Date: ${new Date(clock.now()).toUTCString()}`]));
};
const hanging: Behaviour = () => {};

async function network(behaviours: readonly (Behaviour | 'closed')[]): Promise<readonly Authority[]> {
  const authorities: Authority[] = [];
  for (const [index, behave] of behaviours.entries()) {
    const server = await serve(behave === 'closed' ? hanging : behave);
    if (behave === 'closed') await server.close();
    else servers.push(server);
    const v3ident = String(index).repeat(40) as NonNullable<Authority['v3ident']>;
    authorities.push({
      nickname: names[index] ?? `a${index}`,
      v3ident,
      ipv4: server.host,
      dirPort: server.port,
    });
  }
  return authorities;
}

interface Run {
  readonly entries: readonly CollectedEntry[];
  readonly kept: ReadonlyMap<string, string>;
  readonly troubles: readonly unknown[];
  readonly stoppedAfterMs: number;
}

/**
 * Collects for so long, or until there is enough, then stops; every entry must name only documents that are kept already.
 * What only has to come, however late on a machine that is slow, is waited for by `enough`.
 */
async function run(
  options: Partial<CollectorOptions> & { readonly authorities: readonly Authority[] },
  ms: number,
  ports: Partial<CollectorPorts> = {},
  enough: (entries: readonly CollectedEntry[]) => boolean = () => false,
): Promise<Run> {
  const entries: CollectedEntry[] = [];
  const kept = new Map<string, string>();
  const troubles: unknown[] = [];
  const stop = new AbortController();
  let stoppedAt = 0;
  const end = (): void => {
    clearTimeout(timer);
    stoppedAt = performance.now();
    stop.abort();
  };
  const timer = setTimeout(end, ms);
  await collect(
    { vantage: 'here', probeSeconds: 1, tickMs: 200, ...options },
    {
      knowledge: () => knowledge,
      clock,
      onTrouble: (error) => troubles.push(error),
      recorder: {
        async keep(bytes) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          kept.set(sha256, Buffer.from(bytes).toString());
          return sha256;
        },
        async record(entry) {
          if (entry.type === 'observation' && entry.document !== undefined) {
            expect(kept.has(entry.document.sha256)).toBe(true);
          }
          entries.push(entry);
          if (!stop.signal.aborted && enough(entries)) end();
        },
      },
      ...ports,
    },
    stop.signal,
  );
  return { entries, kept, troubles, stoppedAfterMs: performance.now() - stoppedAt };
}

type Seen = Extract<CollectedEntry, { type: 'observation' }>;
const observations = ({ entries }: Run): readonly Seen[] =>
  entries.filter((entry) => entry.type === 'observation');
const liveness = (result: Run): readonly Seen[] =>
  observations(result).filter(({ subject }) => subject.kind === 'liveness');
const ticks = ({ entries }: Run): readonly boolean[] =>
  entries.flatMap((entry) => (entry.type === 'tick' ? [entry.blind] : []));
const large = new Set(['consensus', 'vote']);

test('collect() asks nine authorities for everything and keeps what comes', async () => {
  const result = await run({ authorities: await network(names.map(() => healthy)) }, 1500);
  for (const name of names) {
    const kinds = observations(result)
      .filter(({ authority, outcome }) => authority === name && outcome === 'received')
      .map(({ subject }) => ('flavor' in subject ? subject.flavor : subject.kind));
    expect(new Set(kinds)).toEqual(
      new Set(['liveness', 'ns', 'microdesc', 'vote', 'certificates', 'server-descriptor', 'extra-info']),
    );
  }
  const one = observations(result).find(({ subject }) => subject.kind === 'certificates');
  expect(one).toMatchObject({ vantage: 'here', status: 200, outcome: 'received' });
  expect(result.kept.get(one?.document?.sha256 ?? '')).toBe('the answer to /tor/keys/all\n');
  expect(Math.abs(one?.clockSkewSeconds ?? 99)).toBeLessThanOrEqual(1);
  expect(ticks(result).length).toBeGreaterThanOrEqual(5);
  expect(ticks(result)).not.toContain(true);
  expect(result.troubles).toEqual([]);
});

test('collect() sees nine authorities, two of which hang, within five seconds', async () => {
  const authorities = await network(names.map((_, index) => (index < 2 ? hanging : healthy)));
  const started = clock.now();
  const result = await run({ authorities, probeSeconds: 10 }, 4900);
  const first = new Map(liveness(result).map((one) => [one.authority, one]));
  expect([...first.keys()].toSorted()).toEqual(names.toSorted());
  for (const [index, name] of names.entries()) {
    const one = first.get(name);
    expect(one?.outcome).toBe(index < 2 ? 'timed-out' : 'received');
    expect((one?.at ?? 0) + (one?.timings.totalMs ?? 1e9) - started).toBeLessThan(index < 2 ? 5000 : 3000);
  }
  expect(ticks(result)).not.toContain(true);
  expect(result.stoppedAfterMs).toBeLessThan(1000);
});

test('collect() is blind when nobody answers, unless another place shows that we can see', async () => {
  const authorities = await network(names.map(() => 'closed' as const));
  const blind = ticks(await run({ authorities }, 600));
  expect(blind.at(-1)).toBe(true);
  const control = await serve(hanging);
  servers.push(control);
  expect(ticks(await run({ authorities, connectivity: [control] }, 600))).not.toContain(true);
  const closed = authorities.map(({ ipv4 = '', dirPort = 0 }) => ({ host: ipv4, port: dirPort }));
  expect(ticks(await run({ authorities, connectivity: closed }, 600)).at(-1)).toBe(true);
});

test('collect() is not blind when only one authority is watched, or one of nine answers', async () => {
  expect(ticks(await run({ authorities: await network(['closed']) }, 600))).not.toContain(true);
  const one = await network(names.map((_, index) => (index === 4 ? healthy : 'closed')));
  expect(ticks(await run({ authorities: one }, 600))).not.toContain(true);
});

test('collect() sees again when the authorities are back', async () => {
  let isUp = false;
  const authorities = await network(
    names.map((): Behaviour => (socket, request) => {
      if (!isUp) return void socket.resetAndDestroy();
      return healthy(socket, request);
    }),
  );
  setTimeout(() => (isUp = true), 1500);
  const blind = ticks(await run({ authorities }, 3500));
  expect(blind).toContain(true);
  expect(blind.at(-1)).toBe(false);
});

/** Whether each of these was asked for everything that is large, and for a sign of life. */
function isServed(entries: readonly CollectedEntry[], by: readonly string[]): boolean {
  return by.every((name) => {
    const kinds = entries.flatMap((entry) =>
      entry.type === 'observation' && entry.authority === name ? entry.subject.kind : [],
    );
    return kinds.filter((kind) => large.has(kind)).length >= 4 && kinds.includes('liveness');
  });
}

const failures: readonly (readonly [string, Behaviour | 'closed'])[] = [
  ['hangs', hanging],
  ['refuses', 'closed'],
  ['resets', (socket): void => void socket.resetAndDestroy()],
  ['talks garbage', (socket): void => void socket.end('\0\0\0\0garbage')],
  ['is busy', (socket): void => void socket.end(answer('', [], '503 Busy'))],
];
test.each(failures)(
  'collect() lets one authority that %s disturb no other, whichever it is',
  async (_, behaviour) => {
    for (const [badIndex, bad] of names.entries()) {
      const authorities = await network(names.map((__, index) => (index === badIndex ? behaviour : healthy)));
      const good = names.filter((name) => name !== bad);
      const result = await run({ authorities }, 20_000, {}, (entries) => isServed(entries, good));
      for (const name of names) {
        const mine = observations(result).filter(({ authority }) => authority === name);
        const isGood = mine.length > 0 && mine.every(({ outcome }) => outcome === 'received');
        expect(isGood, `${name} while ${bad} fails`).toBe(name !== bad);
        if (name !== bad) {
          expect(mine.filter(({ subject }) => subject.kind === 'liveness').length).toBeGreaterThanOrEqual(1);
          expect(mine.filter(({ subject }) => large.has(subject.kind)).length).toBe(4);
        }
      }
    }
  },
  120_000,
);

test('collect() never lets a large download delay a liveness question', async () => {
  const slow: Behaviour = (socket, request) => {
    if (request.includes('robots.txt')) return healthy(socket, request);
    socket.write(answer(''));
  };
  const result = await run({ authorities: await network([slow, healthy]) }, 3200);
  const alive = liveness(result).filter(({ authority }) => authority === 'moria1');
  expect(alive.length).toBeGreaterThanOrEqual(3);
  expect(alive.every(({ timings }) => timings.totalMs < 1000)).toBe(true);
});

test('collect() goes on when the disk fails, and says so', async () => {
  const authorities = await network([healthy, healthy]);
  let calls = 0;
  const result = await run({ authorities }, 1500, {
    recorder: {
      keep: () => Promise.reject(new Error('disk full')),
      record: () => {
        calls += 1;
        return calls % 2 === 0 ? Promise.resolve() : Promise.reject(new Error('disk full'));
      },
    },
  });
  expect(result.troubles.length).toBeGreaterThan(10);
  expect(calls).toBeGreaterThan(5);
});

test('collect() goes on when what has been learned cannot be read', async () => {
  let reads = 0;
  const result = await run({ authorities: await network([healthy, healthy]) }, 2500, {
    knowledge: () => {
      reads += 1;
      if (reads === 1) throw new Error('not yet');
      return knowledge;
    },
  });
  expect(result.troubles).toHaveLength(1);
  expect(observations(result).length).toBeGreaterThan(5);
});

test('collect() stops within a second although everything hangs', async () => {
  const result = await run({ authorities: await network(names.map(() => hanging)) }, 500);
  expect(result.stoppedAfterMs).toBeLessThan(1000);
  expect(observations(result)).toEqual([]);
});

test.each<[string, Buffer | string]>([
  ['answers 404 to everything', '404 Not found'],
  ['answers its login page to everything', '200 OK'],
])('collect() takes no sign of life from a box on the way that %s', async (_, status) => {
  const box: Behaviour = (socket) =>
    void socket.end(answer('<html>Please log in</html>', [], String(status)));
  const result = await run({ authorities: await network([box, box]) }, 1500);
  const liveness = observations(result).filter(({ subject }) => subject.kind === 'liveness');
  expect(liveness.length).toBeGreaterThan(1);
  for (const { outcome, detail } of liveness) {
    expect(outcome).toBe('malformed');
    expect(detail).toContain('not what tor answers');
  }
});

describe('collect() when server descriptors of relays are missing', () => {
  const digests = ['AA', 'BB', 'CC'].map((pair) => pair.repeat(20));
  const missing: Knowledge = {
    ...knowledge,
    missingDescriptors: { consensus: 'one', digests: new Set(digests) },
  };
  const path = `/tor/server/d/${digests.join('+')}`;
  const descriptorsOf = (result: Run): readonly Seen[] =>
    observations(result).filter(({ subject }) => subject.kind === 'relay-descriptors');
  /** Answers this question in its own way, all others as they should be. */
  const when =
    (behave: Behaviour): Behaviour =>
    (socket, request) =>
      request.startsWith('GET /tor/server/d/') ? behave(socket, request) : healthy(socket, request);
  const asked = async (behave: Behaviour): Promise<Run> =>
    run({ authorities: await network([when(behave), when(behave)]) }, 2500, { knowledge: () => missing });

  test('asks one authority for them by digest, and keeps what comes', async () => {
    const result = await asked(healthy);
    expect(descriptorsOf(result)).toHaveLength(1);
    const [one] = descriptorsOf(result);
    expect(one).toMatchObject({ outcome: 'received', subject: { kind: 'relay-descriptors', digests } });
    expect(result.kept.get(one?.document?.sha256 ?? '')).toBe(`the answer to ${path}\n`);
    const lines = servers.flatMap(({ requests }) => requests).filter((text) => text.includes('/server/d/'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(`GET ${path} HTTP/1.1\r\n`);
    expect(lines[0]).toContain('\r\nAccept-Encoding: deflate, identity\r\n');
  });

  test('takes 404 for an answer: it has none of them', async () => {
    const result = await asked((socket) => void socket.end(answer('', [], '404 Not found')));
    expect(descriptorsOf(result).map(({ outcome }) => outcome)).toEqual(['absent']);
    expect(result.kept.size).toBeGreaterThan(0);
    expect(ticks(result)).not.toContain(true);
  });

  const most = digests.length * descriptorBytesMost;
  test.each([
    ['as it is', most, 'received'],
    ['as it is', most + 1, 'malformed'],
    ['compressed', most, 'received'],
    ['compressed', most + 1, 'malformed'],
  ] as const)(
    'takes no more than three descriptors may have: %s, %i bytes are %s',
    async (how, size, outcome) => {
      const body = Buffer.alloc(size, 'router ');
      const result = await asked(
        (socket) =>
          void socket.end(
            how === 'compressed'
              ? answer(deflateSync(body), ['Content-Encoding: deflate'])
              : answer(body, ['Content-Encoding: identity']),
          ),
      );
      expect(descriptorsOf(result).map((one) => one.outcome)).toEqual([outcome]);
    },
  );
});
