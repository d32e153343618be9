/** Kill −9 of the whole observatory, again and again: nothing it ever showed is lost, and its rows are those of a rebuild. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import type { AuthorityPage, Documents, Status } from '../../src/api/index.ts';
import { until } from '../../../../test/support/processes.ts';
import { openArchiveReader } from '../../src/archive/index.ts';
import type { AuthoritySet } from '../../src/network/index.ts';
import { rebuildStore } from '../../src/daemon/index.ts';
import { dirPorts, type DirPorts } from '../support/dir-ports.ts';
import { instead } from '../../../netdoc/test/support/make.ts';
import { descriptor, madeRelay } from '../../../netdoc/test/support/make-relay.ts';
import { descriptorDigest, naming } from '../support/bad-day.ts';
import { dump } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';
import type { MadeRound } from '../support/network.ts';

const interval = 60;
const network = madeNetwork(3);
let ports: DirPorts | undefined;
const children = new Set<ChildProcess>();
let directory = '';
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await ports?.close();
  await rm(directory, { recursive: true, force: true });
});

/** What somebody who looked at the dashboard was shown. */
interface Shown {
  readonly probes: Set<string>;
  readonly documents: Set<string>;
}

const ask = async <T>(url: string, path: string): Promise<T | undefined> => {
  const response = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(2000) });
  return response.ok ? ((await response.json()) as T) : undefined;
};

async function look(url: string, shown: Shown): Promise<void> {
  const pages = await Promise.all(
    network.names.map((name) => ask<AuthorityPage>(url, `authorities/${name}`)),
  );
  for (const [index, page] of pages.entries()) {
    for (const { at, subject, sha256 } of page?.probes ?? [])
      shown.probes.add([network.names[index], at, subject, sha256 ?? ''].join(' '));
  }
  const list = await ask<Documents>(url, 'documents?limit=500');
  for (const { sha256 } of list?.documents ?? []) shown.documents.add(sha256);
}

/** Looks until it cannot be asked any more. */
async function lookOn(url: Promise<string>, shown: Shown): Promise<never> {
  const address = await url;
  for (;;) await look(address, shown);
}

/** Starts the observatory; resolves to its address when it is there. */
function start(set: AuthoritySet): { child: ChildProcess; url: Promise<string>; errors: string[] } {
  const script = join(import.meta.dirname, 'observe.js');
  const schedule = { intervalSeconds: interval, voteSeconds: 5, distSeconds: 5 };
  const child = spawn(process.execPath, [script, directory, JSON.stringify(set), JSON.stringify(schedule)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const lines = createInterface({ input: child.stdout });
  const url = once(lines, 'line').then(([line]) => line as string);
  return { child, url, errors };
}

/** Of three relays, by the digests by which each consensus names them. */
const descriptors = new Map(
  [1000, 2000, 3000].map((rate): [string, Uint8Array] => {
    const bytes = descriptor(madeRelay(7), { edit: instead('bandwidth', `bandwidth ${rate} 5000 5000`) });
    return [descriptorDigest(bytes), bytes];
  }),
);

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('an observatory that is killed at any moment loses nothing it showed, and has the rows of a rebuild', async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-kill-'));
  const made = [0, 1, 2, 3, 4, 5, 6].map((index) =>
    network.round({
      validAfter: noon + index * interval,
      intervalSeconds: interval,
      voteEdit: () => naming(...descriptors.values()),
    }),
  );
  let life = 0;
  ports = await dirPorts(network, () => ({
    round: made[life] as MadeRound,
    next: made[life + 1] as MadeRound,
    descriptors,
  }));
  const { set } = ports;
  const shown: Shown = { probes: new Set(), documents: new Set() };
  const kills: number[] = [];
  for (life = 0; life < 5; life += 1) {
    const { child, url } = start(set);
    const after = 400 + Math.random() * 2400;
    kills.push(Math.round(after));
    const dead = once(child, 'exit');
    const killed = wait(after).then(() => child.kill('SIGKILL'));
    // Somebody looks until it is dead; what was asked and not answered then was not shown.
    const looking = lookOn(url, shown);
    await Promise.race([looking.catch(() => {}), dead]);
    await Promise.all([killed, dead]);
    expect(child.signalCode).toBe('SIGKILL');
  }
  const last = start(set);
  const url = await last.url;
  const enough = async (): Promise<boolean> => {
    await look(url, shown);
    const status = await ask<Status>(url, 'status');
    return shown.probes.size > 10 && status?.consensus.validAfter !== null && status !== undefined;
  };
  // Some ticks of this life, and as long as it takes on this machine.
  await wait(2500);
  await until('something to show', () => enough().catch(() => false), Boolean, { withinMs: 90_000 });
  const dead = once(last.child, 'exit');
  last.child.kill('SIGTERM');
  expect([(await dead)[0], last.errors.filter((line) => /trouble|behind/i.test(line))]).toEqual([0, []]);

  const journal = openArchiveReader(directory);
  const kept = { probes: new Set<string>(), documents: new Set<string>() };
  const given = new Set<string>();
  for await (const { entry } of journal.entries(0)) {
    if (entry.type !== 'observation') continue;
    const { subject, document } = entry;
    const digests = subject.kind === 'relay-descriptors' ? subject.digests : [];
    expect(digests.filter((digest) => given.has(digest))).toEqual([]);
    if (document) for (const digest of digests) if (descriptors.has(digest)) given.add(digest);
    const words = [
      subject.kind,
      'flavor' in subject
        ? subject.flavor
        : 'of' in subject
          ? 'period' in subject
            ? `${subject.period} ${subject.of}`
            : subject.of
          : 'digests' in subject
            ? String(subject.digests.length)
            : '',
    ];
    kept.probes.add(
      [
        entry.authority,
        `${new Date(entry.at).toISOString().slice(0, 19)}Z`,
        words.filter(Boolean).join(' '),
        document?.sha256 ?? '',
      ].join(' '),
    );
    if (document) kept.documents.add(document.sha256);
    if (document) expect((await journal.read(document.sha256))?.length).toBe(document.bytes);
  }
  expect(shown.probes.size, `killed after ${kills.join(', ')} ms`).toBeGreaterThan(10);
  expect([...shown.probes].filter((one) => !kept.probes.has(one))).toEqual([]);
  expect([...shown.documents].filter((one) => !kept.documents.has(one))).toEqual([]);

  const live = await dump(join(directory, 'store.duckdb'));
  await rebuildStore(directory);
  const rebuilt = await dump(join(directory, 'store.duckdb'));
  expect(rebuilt).toEqual(live);
  expect(live['rounds']?.length).toBeGreaterThan(0);
  expect(live['ticks']?.length).toBeGreaterThan(3);
}, 180_000);
