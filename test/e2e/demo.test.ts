/**
 * The demo as a visitor starts it: the recording that comes with the project, no tor, and, where the system allows it,
 * no network but loopback.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import type { Alerts, Events, Rounds, Status } from '../../packages/conclave/src/api/index.ts';
import { conclaveScript, family, until } from '../support/processes.ts';
import { openWindow, type Window } from '../support/window.ts';

/** A network of its own with loopback, and the pid of who holds it open; undefined where the system forbids it. */
const alone = ['unshare', '--user', '--map-root-user', '--net', '--', 'sh', '-c'];
const loopback = 'PATH="$PATH:/usr/sbin:/sbin"; ip link set lo up 2>/dev/null || ifconfig lo up';
const canBeAlone = spawnSync(alone[0] ?? '', [...alone.slice(1), loopback], { stdio: 'ignore' }).status === 0;
const where = canBeAlone
  ? 'without a network'
  : 'with the network of this machine, because unshare may not take it away';
const answersWithinMs = 15_000;
const speed = 200;

describe(`the demo, ${where}`, { timeout: 120_000 }, () => {
  const relatives = family();
  const began = performance.now();
  const demo = start(['demo', '--listen', '127.0.0.1:0', '--speed', String(speed)]);
  let window: Window | undefined;
  let url = '';
  afterAll(async () => {
    await window?.close();
    relatives.clear();
  });

  function start(argv: readonly string[]): ReturnType<typeof relatives.start> {
    const command = [process.execPath, conclaveScript, ...argv];
    if (!canBeAlone) return relatives.start(command[0] ?? '', command.slice(1));
    const [program = '', ...options] = alone;
    return relatives.start(program, [...options, `(${loopback}) && exec "$@"`, 'sh', ...command]);
  }

  const ask = async <T>(path: string): Promise<T> => {
    if (window === undefined) throw new Error('expected an open window');
    return window.json<T>(url + path);
  };

  test('answers within fifteen seconds at the address that it names', async () => {
    const [, address = ''] = await demo.says(/look at (http:\/\/127\.0\.0\.1:\d+)\//, answersWithinMs);
    url = address;
    expect(new URL(url).port).not.toBe('0');
    const inside = [
      'nsenter',
      '--target',
      String(demo.child.pid),
      '--user',
      '--net',
      '--preserve-credentials',
      '--',
    ];
    window = openWindow(relatives, canBeAlone ? inside : []);
    const { status, bytes } = await window.get(`${url}/`);
    const tookMs = performance.now() - began;
    process.stdout.write(`  the first page came ${Math.round(tookMs)} ms after the command\n`);
    expect(status).toBe(200);
    expect(bytes.toString()).toContain('Conclave');
    expect(tookMs).toBeLessThanOrEqual(answersWithinMs);
    if (canBeAlone) expect((await window.get('http://192.0.2.1/')).status).toBe(0);
  });

  test('says that it replays, and how fast', async () => {
    const { observing, consensus, authorities } = await ask<Status>('/api/v1/status');
    expect(observing).toMatchObject({ state: expect.stringMatching(/^(?:replaying|ended)$/), speed });
    expect(consensus.state).not.toBe('none');
    expect(authorities).toHaveLength(9);
  });

  test('comes to its end and stays', async () => {
    const { answer } = await until(
      'the end of the recording',
      () => ask<Status>('/api/v1/status'),
      ({ observing }) => observing.state === 'ended',
      { withinMs: 60_000, everyMs: 250 },
    );
    expect(answer.voting).toMatchObject({ voted: 9, configured: 9 });
    expect(answer.consensus.signatures?.valid).toBe(9);
  });

  test('has shown the bad day', async () => {
    const { events } = await ask<Events>('/api/v1/events?limit=500');
    const told = events.map(({ rule, text }) => `${rule}: ${text}`);
    const { alerts } = await ask<Alerts>('/api/v1/alerts');
    const found = alerts.map(({ check, authority }) => `${check} ${authority}`);
    expect(told).toContain('authority-state: dizum hangs');
    expect(told).toContain('authority-state: gabelmoo is offline');
    expect(told).toContain('authority-state: gabelmoo is online again');
    expect(found).toEqual(
      expect.arrayContaining([
        'authority-offline dizum',
        'authority-offline gabelmoo',
        'vote-missing faravahar',
        'vote-missing gabelmoo',
        'scanner-silent moria1',
      ]),
    );
    const down = alerts.filter(({ check }) => check === 'authority-offline');
    expect(down.map(({ state }) => state)).toEqual(down.map(() => 'resolved'));
  });

  test('keeps every round, and those that lacked a vote say so', async () => {
    const { rounds } = await ask<Rounds>('/api/v1/rounds?limit=100');
    expect(rounds.length).toBeGreaterThan(20);
    expect(rounds.some(({ votes }) => votes === 8)).toBe(true);
    expect(rounds.every(({ votes, signatures }) => (votes ?? 0) >= 8 && (signatures ?? 0) >= 8)).toBe(true);
  });

  test('ends in good order', async () => {
    await window?.close();
    expect(await demo.stop()).toBe(0);
    await until(
      'all gone',
      async () => relatives.alive(),
      (alive) => alive.length === 0,
      { withinMs: 5_000 },
    );
  });
});
