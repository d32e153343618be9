/** Rounds of the past, out of tarballs in CollecTor's shape: what is kept, what is refused, what is missing. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openArchive, openArchiveReader } from '../../src/archive/index.ts';
import { backfill, gapsIn, reportFile, usualKinds } from '../../src/backfill/index.ts';
import type { BackfillOptions, BackfillReport } from '../../src/backfill/index.ts';
import { rebuildStore } from '../../src/daemon/index.ts';
import type { Row } from '../../src/store/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import {
  badDayPlaced,
  canPack,
  certificatesPlaced,
  roundsPlaced,
  sha256Base64,
  writeIndex,
  writeTarballs,
} from '../support/collector-tree.ts';
import type { Placed } from '../support/collector-tree.ts';
import { dump, feed, nameOf, started as startedJournal } from '../support/backfilling.ts';
import { madeNetwork, noon } from '../support/network.ts';

const hour = 3600;
const network = madeNetwork(9, true);
const certificates = certificatesPlaced(network.certificates);
const hours = (numbers: readonly number[]): Placed[] =>
  roundsPlaced(
    network,
    numbers.map((index) => network.round({ validAfter: noon + index * hour })),
  );

/** What a round that was watched cannot have without the one before it, which an archive may have. */
const ofComparison = {
  added: null,
  removed: null,
  gained: null,
  lost: null,
  moved: null,
  renamed: null,
  rekeyed: null,
  health_inputs: null,
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'conclave-backfill-'));
  folders.push(made);
  return made;
}

/** A backfill of the made network's first day, in this thread. */
function fill(from: string, directory: string, more: Partial<BackfillOptions> = {}): Promise<BackfillReport> {
  return backfill({
    directory,
    from,
    since: noon,
    until: noon + 6 * hour,
    kinds: usualKinds,
    set: network.set,
    threads: 0,
    now: () => 1_800_000_000_000,
    signal: new AbortController().signal,
    ...more,
  });
}

const rowsOf = (directory: string): Promise<Record<string, unknown[]>> =>
  dump(join(directory, 'store.duckdb'));
const archiveOf = (from: string, name: string): string => join(from, 'archive/relay-descriptors', name);

describe.skipIf(!canPack)('backfill() (needs tar and xz)', () => {
  test('keeps what tarballs have, with the rows of a watched round and nothing that was not seen', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [...hours([0, 1, 2, 3, 4, 5]), ...certificates]);
    writeIndex(from);
    const report = await fill(from, directory);
    expect(report.held).toMatchObject({
      rounds: 6,
      documents: { certificate: 9, consensus: 6, microdesc: 6, vote: 54 },
      outcomes: { accepted: 6 },
      proofs: { 'ns identical': 6, 'microdesc identical': 6 },
      refusedCount: 0,
      missing: 0,
    });
    expect([report.run.problemCount, report.run.strangerCount, report.indexed]).toEqual([0, 0, true]);
    const rows = await rowsOf(directory);
    for (const [table, number] of Object.entries({
      rounds: 6,
      votes: 54,
      sources: 54,
      signatures: 6 * 9 * 2,
      proofs: 12,
      entries: 6 * 20,
      observations: 0,
      ticks: 0,
      events: 0,
      alerts: 0,
      states: 0,
    }))
      expect([table, rows[table]?.length]).toEqual([table, number]);
    const seen = (table: string): unknown[] =>
      (rows[table] as { first_seen: unknown }[]).map(({ first_seen }) => first_seen);
    for (const table of ['rounds', 'votes', 'signatures'])
      expect([table, new Set(seen(table))]).toEqual([table, new Set([null])]);
    const copies = rows['copies'] as Row<'copies'>[];
    expect(new Set(copies.map(({ authority, via }) => `${authority}/${via}`))).toEqual(new Set(['/archive']));
    expect(JSON.parse(readFileSync(join(directory, reportFile), 'utf8'))).toEqual(report);
    const vote = hours([2]).find(({ kind }) => kind === 'vote');
    const kept = await openArchiveReader(directory).read(nameOf(vote?.bytes ?? ''));
    expect(Buffer.from(kept ?? '').equals(vote?.bytes ?? Buffer.alloc(1))).toBe(true);
  });

  test('rebuild of the same bytes gives the same rows', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [...hours([0, 1, 3]), ...certificates]);
    await fill(from, directory);
    const filled = await rowsOf(directory);
    await rebuildStore(directory);
    expect(await rowsOf(directory)).toEqual(filled);
  });

  test('a second run reads nothing again and changes no row', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [...hours([0, 1]), ...certificates]);
    await fill(from, directory);
    const { meta: _, ...first } = await rowsOf(directory);
    const again = await fill(from, directory);
    expect(again.run).toMatchObject({ filesRead: 0, filesDoneBefore: 4, documents: {}, roundsJudged: 0 });
    const { meta: __, ...second } = await rowsOf(directory);
    expect(second).toEqual(first);
  });

  test('months that are given out of order are read in order', async () => {
    const [from, directory] = [folder(), folder()];
    const month = 30 * 24 * hour;
    const rounds = [month, -month, 0].flatMap((at) =>
      roundsPlaced(network, [network.round({ validAfter: noon + at })]),
    );
    writeTarballs(from, [...rounds, ...certificates]);
    await fill(from, directory, { since: noon - 40 * 24 * hour, until: noon + 40 * 24 * hour });
    const order: number[] = [];
    for await (const { entry } of openArchiveReader(directory).entries(0))
      if (entry.type === 'archived-round') order.push(entry.validAfter);
    expect(order).toEqual([noon - month, noon, noon + month]);
  });

  test('each round is compared with the one directly before it, whichever of them came first', async () => {
    const [from, later, directory, other] = [folder(), folder(), folder(), folder()];
    writeTarballs(from, [...hours([1, 2, 4]), ...certificates]);
    writeTarballs(later, hours([0]));
    const against = async (where: string): Promise<unknown> =>
      ((await rowsOf(where))['health'] as Row<'health'>[]).map((row) =>
        row.against === null ? null : (row.against - noon) / hour,
      );
    await fill(from, directory);
    expect(await against(directory)).toEqual([null, 1, null]);
    await fill(later, directory);
    expect(await against(directory)).toEqual([null, 0, 1, null]);
    const filled = await rowsOf(directory);
    await rebuildStore(directory);
    expect(await rowsOf(directory)).toEqual(filled);
    writeTarballs(other, [...hours([0, 1, 2, 4]), ...certificates]);
    const [figures, atOnce] = [filled['figures'], folder()];
    await fill(other, atOnce);
    expect((await rowsOf(atOnce))['figures']).toEqual(figures);
  });

  test('without certs.tar.xz the certificates in votes are used, and none is missing', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, hours([0]));
    const report = await fill(from, directory);
    expect(report.held).toMatchObject({ outcomes: { accepted: 1 }, documents: { certificate: 9 } });
  });

  test('a consensus whose certificates are unknown is undecided, and accepted when they come', async () => {
    const [from, later, directory] = [folder(), folder(), folder()];
    const documents = hours([0, 1]).filter(({ kind }) => kind === 'consensus');
    writeTarballs(from, documents);
    const report = await fill(from, directory);
    expect(report.held).toMatchObject({ rounds: 0, outcomes: { undecided: 2 }, refusedCount: 2, missing: 6 });
    expect(report.held.refused.map(({ outcome }) => outcome)).toEqual(['undecided', 'undecided']);
    writeTarballs(later, certificates);
    const then = await fill(later, directory);
    expect(then.run.roundsJudged).toBe(2);
    expect(then.held).toMatchObject({ rounds: 2, outcomes: { accepted: 2 }, refusedCount: 0, missing: 4 });
  });

  test('certificates of nobody whose word counts are passed over and counted', async () => {
    const [from, directory] = [folder(), folder()];
    const few = { ...network.set, authorities: network.set.authorities.slice(0, 5) };
    writeTarballs(from, certificates);
    const report = await fill(from, directory, { set: few });
    expect([report.run.documents, report.run.others]).toEqual([{ certificate: 5 }, 4]);
  });

  test('missing hours are reported as gaps and drawn as none', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [...hours([1, 4]), ...certificates]);
    const { held } = await fill(from, directory);
    expect(held.gaps).toEqual([
      { from: noon, to: noon, rounds: 1 },
      { from: noon + 2 * hour, to: noon + 3 * hour, rounds: 2 },
      { from: noon + 5 * hour, to: noon + 5 * hour, rounds: 1 },
    ]);
    expect(held.missing).toBe(4);
  });

  test('garbage among the entries is listed: by its name as no document, by its bytes as refused', async () => {
    const [from, directory] = [folder(), folder()];
    const name = '2024-05-01-13-00-00-consensus';
    const month = 'consensuses/consensuses-2024-05';
    writeTarballs(from, [...hours([0]), ...certificates], {
      [month]: {
        'consensuses-2024-05/README': 'hello',
        'consensuses-2024-05/01/2024-13-41-99-00-00-consensus': 'no such time',
        [`consensuses-2024-05/01/${name}`]: '\0\xff<html>',
        'consensuses-2024-05/01/2024-05-01-14-00-00-consensus': Buffer.concat([
          Buffer.from('@type network-status-consensus-3 1.0\n'),
          hours([2])[0]?.bytes.subarray(0, 900) ?? Buffer.alloc(0),
        ]),
      },
    });
    const { run, held } = await fill(from, directory);
    expect(run.strangers.map((path) => path.split('/').at(-1) ?? '').toSorted()).toEqual([
      '2024-13-41-99-00-00-consensus',
      'README',
    ]);
    expect(held.refused.map(({ name: one, outcome }) => [one, outcome])).toEqual([
      [name, 'rejected'],
      ['2024-05-01-14-00-00-consensus', 'rejected'],
    ]);
    expect(held).toMatchObject({ rounds: 1, outcomes: { accepted: 1, rejected: 2 }, missing: 5 });
  });

  test('a document under a name of another round is listed, and counts for its own round', async () => {
    const [from, directory] = [folder(), folder()];
    const [consensus] = hours([2]);
    writeTarballs(from, [
      { ...(consensus as Placed), name: '2024-05-01-13-00-00-consensus' },
      ...certificates,
    ]);
    const { run, held } = await fill(from, directory);
    expect(run.problems.map(({ problem }) => problem)).toEqual([
      'its name says another round than it does itself (2024-05-01T14:00:00.000Z)',
    ]);
    expect(held.outcomes).toEqual({ accepted: 1 });
  });

  test('a tarball that is cut off gives what is whole in it, and is read again when it is whole', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [...hours([0, 1, 2]), ...certificates]);
    const path = archiveOf(from, 'votes/votes-2024-05.tar.xz');
    const whole = readFileSync(path);
    truncateSync(path, Math.floor(whole.length * 0.6));
    const { run, held } = await fill(from, directory);
    expect(run.problems).toHaveLength(1);
    expect(run.problems[0]?.problem).toMatch(/^broke off after \d+ documents: .+/);
    expect(held.outcomes).toEqual({ accepted: 3 });
    writeFileSync(path, whole);
    const again = await fill(from, directory);
    expect([again.run.problemCount, again.held.documents['vote']]).toEqual([0, 27]);
    expect(again.held.proofs).toEqual({ 'ns identical': 3, 'microdesc identical': 3 });
    // Named for a run that was killed in the middle of a file: it told of those it took after its restart only.
    const files = (await rowsOf(directory))['archived_files'] as Row<'archived_files'>[];
    expect(Number(files.find(({ name }) => name?.includes('votes-'))?.documents)).toBe(27);
  });

  test('a file with another SHA-256 than the index says is not read', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [...hours([0]), ...certificates]);
    writeIndex(from, (bytes, path) =>
      path.includes('consensuses') ? sha256Base64(Buffer.from('another'), path) : sha256Base64(bytes, path),
    );
    const { run, held } = await fill(from, directory);
    expect(run.problems.map(({ path }) => path.split('/').at(-1))).toEqual(['consensuses-2024-05.tar.xz']);
    expect(run.problems[0]?.problem).toMatch(/^expected the SHA-256 of the index/);
    expect([held.rounds, held.outcomes]).toEqual([0, { 'no-consensus': 1 }]);
  });

  test('a file of random bytes is a problem with that file and with nothing else', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [...hours([0]), ...certificates]);
    writeFileSync(archiveOf(from, 'votes/votes-2024-05.tar.xz'), 'this is no tarball'.repeat(99));
    appendFileSync(archiveOf(from, 'certs.tar.xz'), 'and there is something behind this one');
    const { run, held } = await fill(from, directory);
    expect(run.problems.map(({ path }) => path.split('/').at(-1) ?? '').toSorted()).toEqual([
      'certs.tar.xz',
      'votes-2024-05.tar.xz',
    ]);
    expect(held.outcomes).toEqual({ accepted: 1 });
  });

  test('the recorded bad day: every round that has a consensus comes to the verdict of its own signatures', async () => {
    const [from, directory] = [folder(), folder()];
    const { set, documents } = await badDayPlaced(8);
    writeTarballs(from, documents);
    const times = documents.flatMap(({ kind, at }) => (kind === 'consensus' ? at : []));
    const [since, until] = [Math.min(...times), Math.max(...times) + 1];
    const { held, run } = await fill(from, directory, { set, since, until });
    expect([run.problemCount, held.outcomes, held.missing]).toEqual([0, { accepted: 8 }, 0]);
    const filled = await rowsOf(directory);
    await rebuildStore(directory);
    expect(await rowsOf(directory)).toEqual(filled);
  }, 120_000);
});

describe.skipIf(!canPack)('backfill() into the directory of an observatory (needs tar and xz)', () => {
  test('leaves what was watched as it was seen, and the live state alone', async () => {
    const [from, directory] = [folder(), folder()];
    const watched = await startedJournal(directory, network, [
      network.round({ validAfter: noon + 3 * hour }),
    ]);
    const before = await rowsOf(directory);
    writeTarballs(from, [...hours([0, 1, 2, 3]), ...certificates]);
    const report = await fill(from, directory);
    expect(report.run.watched).toEqual({ rounds: 1, filledIn: 0, there: 11 });
    expect(report.held).toMatchObject({ rounds: 4, outcomes: { accepted: 3 } });
    const after = await rowsOf(directory);
    for (const table of ['states', 'alerts', 'findings', 'events', 'observations', 'ticks', 'certificates'])
      expect([table, after[table]]).toEqual([table, before[table]]);
    const round = (rows: Record<string, unknown[]>): unknown =>
      (rows['rounds'] as Row<'rounds'>[])
        .filter(({ first_seen }) => first_seen !== null)
        .map((row) => ({ ...row, ...ofComparison }));
    expect(round(after)).toEqual(round(before));
    await rebuildStore(directory);
    expect(await rowsOf(directory)).toEqual(after);
    // What follows live is what it would have been: the memory after a restart has no archived round in it.
    await watched.play(network.round({ validAfter: noon + 4 * hour }));
    const live = await rowsOf(directory);
    await rebuildStore(directory);
    expect(await rowsOf(directory)).toEqual(live);
  }, 60_000);

  test('a round that is watched after it was filled in has the rows of a watched one', async () => {
    const [from, directory] = [folder(), folder()];
    writeTarballs(from, [...hours([0]), ...certificates]);
    await fill(from, directory);
    await startedJournal(directory, network, [network.round({ validAfter: noon })]);
    const rows = await rowsOf(directory);
    const [round] = rows['rounds'] as Row<'rounds'>[];
    expect([round?.first_seen !== null, String(round?.valid_signatures)]).toEqual([true, '9']);
    await rebuildStore(directory);
    expect(await rowsOf(directory)).toEqual(rows);
  });

  test('is refused while somebody has the directory, and for another network', async () => {
    const [from, directory] = [folder(), folder()];
    const archive = await openArchive(directory);
    await expect(fill(from, directory)).rejects.toMatchObject({ code: 'LOCKED' });
    await archive.close();
    await startedJournal(directory, network, []);
    const others = madeNetwork(9).set.authorities.map((one, index) => ({
      ...one,
      v3ident: String(index).repeat(40) as never,
    }));
    await expect(
      fill(from, directory, { set: { network: 'another', authorities: others } }),
    ).rejects.toMatchObject({ code: 'other-network' });
  });
});

test('gapsIn() knows the interval that rounds say of themselves', () => {
  const held = [100, 120, 180].map((at) => ({ valid_after: at, interval: 20 }));
  expect(gapsIn(held, 60, 240)).toEqual([
    { from: 60, to: 80, rounds: 2 },
    { from: 140, to: 160, rounds: 2 },
    { from: 200, to: 220, rounds: 2 },
  ]);
  expect(gapsIn([], 10, 7300)).toEqual([{ from: 3600, to: 7200, rounds: 2 }]);
  expect(gapsIn([], 0, 0)).toEqual([]);
});

test('the store of a data directory in which nothing was watched has no live memory', async () => {
  const store = await openDuckDb({ path: ':memory:' });
  const journal = { read: async () => undefined, async *entries() {} };
  await feed(await openPipeline({ archive: journal, store }), journal);
  expect(await store.query('watchedRounds', { limit: 30 })).toEqual([]);
  await store.close();
});
