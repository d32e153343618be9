/**
 * What a backfill takes besides rounds: bandwidth files, judged by the votes that name them, and server descriptors, of
 * which those of authorities are kept and all others passed over and counted.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseServerDescriptors } from '@conclave/netdoc';
import { afterEach, describe, expect, test } from 'vitest';
import { descriptor, madeRelay } from '../../../netdoc/test/support/make-relay.ts';
import { backfill } from '../../src/backfill/index.ts';
import type { BackfillOptions, BackfillReport } from '../../src/backfill/index.ts';
import { rebuildStore } from '../../src/daemon/index.ts';
import type { Row } from '../../src/store/index.ts';
import { dump, nameOf } from '../support/backfilling.ts';
import {
  bandwidthPlaced,
  canPack,
  certificatesPlaced,
  descriptorPlaced,
  nameTime,
  roundsPlaced,
  writeTarballs,
} from '../support/collector-tree.ts';
import { noon } from '../support/network.ts';
import { bandwidthFile, madePair, naming, ownNetwork, spoilt } from '../support/own-documents.ts';

const network = ownNetwork();
const [own, other] = network.relays;
const certificates = certificatesPlaced(network.certificates);
const kinds = ['certificate', 'consensus', 'microdesc', 'vote', 'bandwidth', 'server-descriptor'] as const;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'conclave-kinds-'));
  folders.push(made);
  return made;
}

function fill(from: string, directory: string, more: Partial<BackfillOptions> = {}): Promise<BackfillReport> {
  return backfill({
    directory,
    from,
    since: noon,
    until: noon + 3600,
    kinds,
    set: network.set,
    threads: 0,
    now: () => 1_800_000_000_000,
    signal: new AbortController().signal,
    ...more,
  });
}

async function documentsOf(directory: string, kind: string): Promise<Row<'documents'>[]> {
  const { documents = [] } = await dump(join(directory, 'store.duckdb'));
  return (documents as Row<'documents'>[]).filter((row) => row.kind === kind);
}

/** Rebuilding of the same bytes must give the same rows. */
async function expectRebuilt(directory: string): Promise<void> {
  const path = join(directory, 'store.duckdb');
  const filled = await dump(path);
  await rebuildStore(directory);
  expect(await dump(path)).toEqual(filled);
}

const tarball = (from: string, path: string): string => join(from, 'archive/relay-descriptors', path);

describe.skipIf(!canPack)('backfill() of bandwidth files (needs tar and xz)', () => {
  const [named, unnamed, early] = [
    bandwidthFile(),
    bandwidthFile(noon + 60),
    bandwidthFile(noon - 2 * 86_400),
  ];
  const [scanner = ''] = network.names;
  const round = network.round({
    validAfter: noon,
    voteEdit: (name) => (name === scanner ? naming(named) : (lines) => lines),
  });
  const rounds = [...roundsPlaced(network, [round]), ...certificates];
  const files = [
    bandwidthPlaced(noon - 1200, named),
    bandwidthPlaced(noon - 600, unnamed),
    // Older than a day before the first round: nobody asked for it.
    bandwidthPlaced(noon - 2 * 86_400, early),
  ];

  test('the file that a vote names by its digest is accepted, another is undecided, and an old one is not read', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [...rounds, ...files]);
    const { run, held } = await fill(from, directory);
    expect([run.problemCount, run.strangerCount, run.documents['bandwidth']]).toEqual([0, 0, 2]);
    expect(held.outcomes).toEqual({ accepted: 1 });
    const rows = await documentsOf(directory, 'bandwidth-file');
    const brief = rows.map(({ sha256, outcome }) => [sha256, outcome]);
    expect(new Map(brief as [string, string][])).toEqual(
      new Map([
        [nameOf(named), 'accepted'],
        [nameOf(unnamed), 'undecided'],
      ]),
    );
    const accepted = rows.find(({ sha256 }) => sha256 === nameOf(named));
    expect(accepted).toMatchObject({ identity: network.member(scanner).identity });
    expect(rows.find(({ sha256 }) => sha256 === nameOf(unnamed))?.verdict).toContain(
      'no vote that was judged after it came names',
    );
    expect(held.refused.map(({ sha256 }) => sha256)).toEqual([nameOf(unnamed)]);
    await expectRebuilt(directory);
  });

  test('one that comes after its votes were judged is undecided, and nothing is said of those votes', async () => {
    const [from, later, directory] = [folder(), folder(), folder()];
    writeTarballs(from, rounds);
    await fill(from, directory);
    writeTarballs(later, files);
    const { run } = await fill(later, directory);
    expect(run.documents).toEqual({ bandwidth: 2 });
    for (const { outcome, identity, verdict } of await documentsOf(directory, 'bandwidth-file')) {
      expect([outcome, identity]).toEqual(['undecided', null]);
      expect(verdict).toContain('no vote that was judged after it came names this file');
    }
    await expectRebuilt(directory);
  });

  test('wrong names are listed; what cannot be read is refused; a tarball that breaks off is a problem with itself', async () => {
    const [from, directory] = [folder(), folder()];
    const day = 'bandwidths-2024-05/01';
    const garbage = Buffer.from('no number\n=====\n');
    writeTarballs(from, [...rounds, ...files], {
      'bandwidths/bandwidths-2024-05': {
        [`${day}/README`]: 'hello',
        [`${day}/2024-05-01-11-40-00-bandwidth-${'A'.repeat(40)}`]: 'a digest of another length',
        [`${day}/2024-05-01-11-61-00-bandwidth-${'A'.repeat(64)}`]: 'no such time',
        [`${day}/${bandwidthPlaced(noon - 300, garbage).name}`]: garbage,
        [`${day}/${nameTime(noon - 900)}-bandwidth-${'A'.repeat(64)}`]: unnamed,
      },
    });
    const { run, held } = await fill(from, directory);
    expect(run.strangers.map((path) => (path.split('/').at(-1) ?? '').slice(0, 30)).sort()).toEqual([
      '2024-05-01-11-40-00-bandwidth-',
      '2024-05-01-11-61-00-bandwidth-',
      'README',
    ]);
    // Judged by what it is, all the same.
    expect(run.problems).toEqual([
      {
        path: `${day}/${nameTime(noon - 900)}-bandwidth-${'A'.repeat(64)}`,
        problem: `its name says another digest than it has (${nameOf(unnamed).toUpperCase()})`,
      },
    ]);
    const refused = held.refused.find(({ sha256 }) => sha256 === nameOf(garbage));
    expect(refused).toMatchObject({ kind: 'bandwidth', outcome: 'rejected' });
    expect(refused?.verdict).toMatch(/malformed \(\d+ errors?\)/);
    const cut = folder();
    writeTarballs(cut, files);
    truncateSync(tarball(cut, 'bandwidths/bandwidths-2024-05.tar.xz'), 200);
    const again = await fill(cut, folder());
    expect(again.run.problems).toEqual([
      {
        path: 'archive/relay-descriptors/bandwidths/bandwidths-2024-05.tar.xz',
        problem: expect.stringMatching(/^broke off after 0 documents: .+/) as string,
      },
    ]);
  });
});

describe.skipIf(!canPack)('backfill() of server descriptors (needs tar and xz)', () => {
  const mine = [madePair(own).descriptor, madePair(other).descriptor];
  const others = [3, 4, 5].map((index) => descriptor(madeRelay(index)));

  test('those of authorities are kept, the others are passed over and counted', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [
      ...certificates,
      ...[...mine, ...others].map((one) => descriptorPlaced(noon - 7200, one)),
    ]);
    const { run } = await fill(from, directory);
    expect([run.documents, run.others]).toEqual([{ certificate: 9, 'server-descriptor': 2 }, 3]);
    expect([run.problemCount, run.strangerCount]).toEqual([0, 0]);
    const rows = await documentsOf(directory, 'server-descriptor');
    expect(rows.map(({ sha256 }) => sha256 ?? '').sort()).toEqual(mine.map((one) => nameOf(one)).sort());
    for (const { outcome, verdict, identity } of rows) {
      expect(outcome).toBe('accepted');
      expect(verdict).toContain('signed by its own keys; the fingerprint is that of');
      expect(network.set.authorities.map(({ v3ident }) => v3ident)).toContain(identity);
    }
    await expectRebuilt(directory);
    // Nothing is read twice.
    const again = await fill(from, directory);
    expect(again.run).toMatchObject({ filesRead: 0, documents: {} });
  });

  test('one whose signature is broken is refused and names nobody; wrong names are listed; damage is a problem', async () => {
    const [from, directory] = [folder(), folder()];
    const broken = spoilt(mine[0] as Uint8Array);
    const placed = descriptorPlaced(noon - 7200, mine[1] as Uint8Array);
    const month = 'server-descriptors-2024-05';
    writeTarballs(from, [...certificates, placed], {
      [`server-descriptors/${month}`]: {
        [`${month}/f/f/${'f'.repeat(40)}`]: broken,
        [`${month}/a/b/${'AB'.repeat(20)}`]: 'upper case',
        [`${month}/a/b/notes`]: 'no digest',
        [`${month}/0/0/${'0'.repeat(40)}`]: '\0\xffno descriptor at all',
      },
    });
    const { run, held } = await fill(from, directory);
    expect(run.strangers.map((path) => path.split('/').at(-1) ?? '').sort()).toEqual(
      ['AB'.repeat(20), 'notes'].sort(),
    );
    expect(run.others).toBe(1);
    const digest = descriptorPlaced(noon, broken).name.toUpperCase();
    expect(run.problems.map(({ problem }) => problem)).toEqual([
      `its name says another digest than it has (${digest})`,
    ]);
    expect(held.refused.map(({ sha256, outcome }) => [sha256, outcome])).toEqual([
      [nameOf(broken), 'rejected'],
    ]);
    const [row] = (await documentsOf(directory, 'server-descriptor')).filter(
      ({ outcome }) => outcome === 'rejected',
    );
    expect(row).toMatchObject({ sha256: nameOf(broken), identity: null });
    truncateSync(tarball(from, `server-descriptors/${month}.tar.xz`), 300);
    const cut = await fill(from, folder());
    expect(cut.run.problems.map(({ path }) => path)).toEqual([
      `archive/relay-descriptors/server-descriptors/${month}.tar.xz`,
    ]);
    expect(cut.run.documents).toEqual({ certificate: 9 });
  });
});

const mainnet = resolve(import.meta.dirname, '../../../../../shared/data/mainnet');

test.skipIf(!existsSync(mainnet) || !canPack)(
  'real descriptors of December 2014 and real bandwidth files: two of 867 are of authorities; nobody names the others (needs ../shared/data)',
  async () => {
    const [from, directory] = [folder(), folder()];
    const at = Date.UTC(2014, 11, 8) / 1000;
    const [file = ''] = readdirSync(join(mainnet, 'server-descriptors')).filter((name) =>
      name.startsWith('2014-12-08'),
    );
    const bytes = readFileSync(join(mainnet, 'server-descriptors', file));
    const descriptors = parseServerDescriptors(bytes, { profile: 'archive' }).map(({ partial }) =>
      descriptorPlaced(at, bytes.subarray(partial.span?.start ?? 0, partial.span?.end ?? 0)),
    );
    expect(descriptors).toHaveLength(867);
    const scans = readdirSync(join(mainnet, 'bandwidth-file')).map((name) =>
      bandwidthPlaced(at + 3600, readFileSync(join(mainnet, 'bandwidth-file', name))),
    );
    writeTarballs(from, [...descriptors, ...scans]);
    const { set: _, ...options } = { set: network.set, since: at, until: at + 86_400 };
    const { run, held } = await backfill({
      directory,
      from,
      ...options,
      kinds: ['bandwidth', 'server-descriptor'],
      threads: 0,
      now: () => 1_800_000_000_000,
      signal: new AbortController().signal,
    });
    const distinct = new Set(scans.map(({ name }) => name)).size;
    expect([run.documents, run.others]).toEqual([{ bandwidth: distinct, 'server-descriptor': 2 }, 865]);
    expect([run.problemCount, run.strangerCount, held.rounds]).toEqual([0, 0, 0]);
    const rows = await documentsOf(directory, 'server-descriptor');
    expect(
      rows.map(({ outcome, verdict }) => `${outcome}: ${/that of \w+/.exec(verdict ?? '')?.[0]}`).sort(),
    ).toEqual([
      'accepted: that of moria1',
      // turtles was an authority no more.
      'accepted: undefined',
    ]);
    const outcomes = (await documentsOf(directory, 'bandwidth-file')).map(({ outcome }) => outcome);
    expect(outcomes).toHaveLength(distinct);
    expect(outcomes).not.toContain('accepted');
    expect(nameTime(at)).toBe('2014-12-08-00-00-00');
  },
  120_000,
);
