/** Where archives are: over HTTP with what goes wrong there, and real documents of several years as a folder. */
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openArchive } from '../../src/archive/index.ts';
import { backfill, usualKinds } from '../../src/backfill/index.ts';
import type { BackfillReport } from '../../src/backfill/index.ts';
import { progressText } from '../../src/cli/backfill.ts';
import { conclave } from '../cli/run.ts';
import {
  canPack,
  certificatesPlaced,
  roundsPlaced,
  writeIndex,
  writeTarballs,
} from '../support/collector-tree.ts';
import { madeNetwork, noon } from '../support/network.ts';

const network = madeNetwork(5);
const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'conclave-sources-'));
  undo.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
function collector(): string {
  const from = folder();
  const rounds = [0, 1].map((index) => network.round({ validAfter: noon + index * 3600 }));
  writeTarballs(from, [...roundsPlaced(network, rounds), ...certificatesPlaced(network.certificates)]);
  writeIndex(from);
  return from;
}
function fill(from: string, directory: string): Promise<BackfillReport> {
  return backfill({
    directory,
    from,
    since: noon,
    until: noon + 2 * 3600,
    kinds: usualKinds,
    set: network.set,
    threads: 0,
    now: Date.now,
    signal: new AbortController().signal,
  });
}

/** Serves a folder; `breaks` are files of which the first answer is cut in the middle, `gone` those that are not there. */
async function serve(
  root: string,
  { breaks = '', gone = '' } = {},
): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    asked.push(range === undefined ? path : `${path} from ${range}`);
    const file = join(root, path);
    if ((gone !== '' && path.includes(gone)) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const bytes = readFileSync(file).subarray(Number(range ?? 0));
    response.writeHead(range === undefined ? 200 : 206, { 'Content-Length': bytes.length });
    if (breaks !== '' && path.includes(breaks) && range === undefined)
      response.write(bytes.subarray(0, bytes.length >> 1), () => setTimeout(() => response.destroy(), 50));
    else response.end(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

describe.skipIf(!canPack)('an archive over HTTP (needs tar and xz)', () => {
  test('is read by its index, and taken up where it broke off', async () => {
    const [{ url, asked }, directory] = [await serve(collector(), { breaks: 'votes-2024-05' }), folder()];
    const { run, held } = await fill(url, directory);
    expect([run.problems, held.outcomes, held.proofs]).toEqual([
      [],
      { accepted: 2 },
      { 'ns identical': 2, 'microdesc identical': 2 },
    ]);
    expect(
      asked.filter((path) => path.includes('votes-2024-05')).map((path) => / from \d+$/.test(path)),
    ).toEqual([false, true]);
    expect(readdirSync(join(directory, 'backfill'))).toEqual([]);
  });

  test('a file that is not there is a problem with that file', async () => {
    const { url } = await serve(collector(), { gone: 'certs.tar' });
    const { run, held } = await fill(url, folder());
    expect(run.problems.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/certs\.tar\.xz: HTTP 404$/),
    ]);
    expect(held.outcomes).toEqual({ accepted: 2 });
  });

  test('an address at which no archive is, or nobody listens, is told as such', async () => {
    const { url } = await serve(folder());
    await expect(fill(url, folder())).rejects.toMatchObject({ code: 'unreachable' });
    await expect(fill('http://127.0.0.1:9/', folder())).rejects.toMatchObject({ code: 'unreachable' });
    await expect(fill(join(folder(), 'none'), folder())).rejects.toMatchObject({ code: 'source' });
  });
});

describe.skipIf(!canPack)('conclave backfill (needs tar and xz)', () => {
  const argv = (from: string, data: string): string[] => {
    const file = join(data, '..', `${Math.random()}.json`);
    writeFileSync(file, JSON.stringify(network.set.authorities));
    undo.push(() => rmSync(file, { force: true }));
    const span = ['--since', '2024-05-01 12:00:00', '--until', '2024-05-01 14:00:00'];
    return ['backfill', '--from', from, ...span, '--data', data, '--authorities', file, '--threads', '0'];
  };

  test('says what it did, shows a bar on a terminal only, and exits by what it found', async () => {
    const [from, data] = [collector(), folder()];
    const piped = await conclave(argv(from, data));
    expect([piped.code, piped.err]).toEqual([0, '']);
    expect(piped.out).toMatch(
      /2 rounds; out of archives 2 accepted; proofs 2 ns identical, 2 microdesc identical\.\n$/,
    );
    const shown = await conclave([...argv(from, folder()), '--json'], { terminal: true });
    expect(shown.err).toMatch(/█.* \d+ %/);
    expect(JSON.parse(shown.out)).toMatchObject({ held: { rounds: 2 } });
    rmSync(join(from, 'archive/relay-descriptors/consensuses'), { recursive: true });
    const lacking = await conclave(argv(from, folder()));
    expect([lacking.code, lacking.out.includes('Missing: 2 rounds.')]).toEqual([2, true]);
  });

  test('is refused while an observatory has the directory', async () => {
    const data = folder();
    const archive = await openArchive(data);
    const { code, err } = await conclave(argv(folder(), data));
    await archive.close();
    expect([code, err]).toEqual([69, expect.stringContaining('is in use by process')]);
  });

  test('what is asked wrongly is told with exit code 64', async () => {
    for (const wrong of [
      ['--since', 'yesterday', '--until', '2024-05-01'],
      ['--since', '2024-05-02', '--until', '2024-05-01'],
      ['--since', '2024-05-01', '--until', '2024-05-01', '--kinds', 'votes'],
    ])
      expect((await conclave(['backfill', '--from', '/nowhere', ...wrong])).code).toBe(64);
  });
});

test('progressText() has rate and time to go', () => {
  const progress = {
    phase: 'judging',
    what: '2024-05',
    done: 186,
    total: 744,
    items: 186,
    elapsedMs: 20_000,
  } as const;
  expect(progressText(progress)).toBe(
    `${'█'.repeat(6)}${'░'.repeat(18)} 25 %  186 rounds, 9.3/s, 1:00 to go  2024-05`,
  );
});

const mainnet = resolve(import.meta.dirname, '../../../../../shared/data/mainnet');

test.skipIf(!existsSync(mainnet))(
  'real documents of six years, as a folder, are kept and judged by the authorities of their time (needs ../shared/data)',
  async () => {
    const from = folder();
    for (const kind of ['consensus-ns', 'consensus-microdesc', 'vote'])
      for (const name of readdirSync(join(mainnet, kind)))
        copyFileSync(join(mainnet, kind, name), join(from, name));
    const certificates = join(mainnet, 'key-certificates');
    mkdirSync(join(from, 'certs'));
    for (const name of readdirSync(certificates))
      for (const one of certificatesPlaced(readFileSync(join(certificates, name))))
        writeFileSync(join(from, 'certs', one.name), one.bytes);
    const { run, held } = await backfill({
      directory: folder(),
      from,
      since: Date.UTC(2014, 11) / 1000,
      until: Date.UTC(2021, 0) / 1000,
      kinds: usualKinds,
      threads: 0,
      now: Date.now,
      signal: new AbortController().signal,
    });
    expect([
      run.problemCount,
      run.strangerCount,
      held.documents['vote'],
      held.documents['consensus'],
    ]).toEqual([0, 0, 2, 9]);
    // A certificate of 2008 has no crosscert, which tor has demanded since.
    expect(held.refused.filter(({ outcome }) => outcome !== 'undecided').map(({ name }) => name)).toEqual([
      '14C131DFC5C6F93646BE72FA1401C02A8DF2E8B4-2008-05-09-21-13-26',
    ]);
    expect(Object.keys(held.outcomes).sort()).toEqual(['accepted', 'no-consensus', 'undecided']);
  },
  60_000,
);
