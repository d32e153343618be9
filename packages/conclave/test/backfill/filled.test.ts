/**
 * Rounds that were watched, of which something is lacking, and a backfill: what archives have makes them whole, and nothing
 * is seen that was not. In whatever order they come, and wherever they are cut off, the rows are the same.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { JournalEntry } from '../../src/archive/index.ts';
import { backfill, usualKinds } from '../../src/backfill/index.ts';
import type { BackfillOptions, BackfillReport } from '../../src/backfill/index.ts';
import { rebuildStore } from '../../src/daemon/index.ts';
import type { Row, TableName } from '../../src/store/index.ts';
import { canPack, certificatesPlaced, roundsPlaced, writeTarballs } from '../support/collector-tree.ts';
import type { Placed } from '../support/collector-tree.ts';
import { dump, started } from '../support/backfilling.ts';
import type { Missed } from '../support/backfilling.ts';
import { madeNetwork, noon } from '../support/network.ts';

const hour = 3600;
const network = madeNetwork(9, true);
const certificates = certificatesPlaced(network.certificates);
const round = (index: number): ReturnType<typeof network.round> =>
  network.round({ validAfter: noon + index * hour });
const placed = (indices: readonly number[]): Placed[] => roundsPlaced(network, indices.map(round));

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'conclave-filled-'));
  folders.push(made);
  return made;
}

/** An archive of these rounds. */
function archiveOf(indices: readonly number[]): string {
  const from = folder();
  writeTarballs(from, [...placed(indices), ...certificates]);
  return from;
}

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

type Rows = Record<string, unknown[]>;
const rowsOf = (directory: string): Promise<Rows> => dump(join(directory, 'store.duckdb'));
const of = <Name extends TableName>(rows: Rows, table: Name): Row<Name>[] => rows[table] as Row<Name>[];

/** Nothing but answers without a document, and probes, came from these. */
const withoutVotesOf =
  (names: readonly string[], from = 0): Missed =>
  (entry: JournalEntry) =>
    entry.type === 'observation' &&
    entry.subject.kind === 'vote' &&
    names.includes(entry.authority) &&
    entry.at >= from * 1000;

const three = network.names.slice(2, 5);
const identities = three.map((name) => network.member(name).identity as string);

/** Tables of what was seen, and of what was told of it at that time. */
const ofThatTime = [
  'alerts',
  'authorities',
  'certificates',
  'events',
  'findings',
  'observations',
  'pending',
  'previews',
  'states',
  'ticks',
];

describe.skipIf(!canPack)('backfill() of rounds that were watched (needs tar and xz)', () => {
  test('fills in the votes that the observatory lacked: proof, agreement and health are whole, and nothing is seen anew', async () => {
    const directory = folder();
    await started(directory, network, [round(2), round(3)], withoutVotesOf(three, noon + 2.5 * hour));
    const before = await rowsOf(directory);
    expect(of(before, 'proofs').map(({ verdict }) => verdict)).toEqual([
      'identical',
      'identical',
      'undecided',
      'undecided',
    ]);
    const report = await fill(archiveOf([2, 3]), directory);
    expect(report.run.watched).toEqual({ rounds: 2, filledIn: 3, there: 19 });
    expect(report.run.documents).toEqual({ certificate: 9, vote: 3 });
    expect(report.held.outcomes).toEqual({ accepted: 1 });
    const after = await rowsOf(directory);
    expect(of(after, 'proofs').map(({ verdict }) => verdict)).toEqual(Array(4).fill('identical'));
    for (const table of ofThatTime) expect([table, after[table]]).toEqual([table, before[table]]);
    // What was seen is as it was; what came is marked, and has no time at which anybody saw it.
    const [was, is] = [of(before, 'votes'), of(after, 'votes')];
    const came = is.filter(({ sha256 }) => !was.some((one) => one.sha256 === sha256));
    expect(came.map(({ identity, via, first_seen }) => [identity, via, first_seen])).toEqual(
      identities.toSorted().map((identity) => [identity, 'archive', null]),
    );
    for (const vote of was) expect(is).toContainEqual(vote);
    expect(of(after, 'copies').filter(({ via }) => via === '')).toEqual(of(before, 'copies'));
    const archived = of(after, 'copies').filter(({ via }) => via === 'archive');
    for (const { sha256 } of came) expect(archived.some((copy) => copy.sha256 === sha256)).toBe(true);
    expect(after['signatures']).toEqual(before['signatures']);
    expect(of(after, 'documents').filter(({ sha256 }) => was.some((one) => one.sha256 === sha256))).toEqual(
      of(before, 'documents').filter(({ kind }) => kind === 'vote'),
    );
    const last = (rows: Rows): Row<'rounds'> | undefined => of(rows, 'rounds').at(-1);
    expect([last(after)?.first_seen, last(after)?.digests]).toEqual([
      last(before)?.first_seen,
      last(before)?.digests,
    ]);
    const methods = of(after, 'health').at(-1)?.methods ?? '';
    expect((JSON.parse(methods) as { methods: unknown }[]).every((one) => one.methods !== null)).toBe(true);
    const decisions = (rows: Rows): number =>
      (JSON.parse(last(rows)?.flags ?? '') as { agreement: { decisions: number }[] }).agreement[0]
        ?.decisions ?? 0;
    expect(decisions(after)).toBe((decisions(before) * 9) / 6);
    await rebuildStore(directory);
    expect(await rowsOf(directory)).toEqual(after);
    // All of it is there: a second run takes nothing and judges nothing.
    const again = await fill(archiveOf([2, 3]), directory);
    expect([again.run.documents, again.run.roundsJudged]).toEqual([{}, 0]);
  }, 120_000);

  test('fills in the flavour that the observatory lacked', async () => {
    const directory = folder();
    const missed: Missed = (entry) =>
      entry.type === 'observation' &&
      entry.subject.kind === 'consensus' &&
      entry.subject.flavor === 'microdesc';
    await started(directory, network, [round(1)], missed);
    expect(of(await rowsOf(directory), 'rounds')[0]?.microdesc_sha256).toBeNull();
    const report = await fill(archiveOf([1]), directory);
    expect(report.run.watched).toEqual({ rounds: 1, filledIn: 1, there: 10 });
    const rows = await rowsOf(directory);
    const [filled] = of(rows, 'rounds');
    expect([filled?.microdesc_sha256 !== null, filled?.first_seen !== null]).toEqual([true, true]);
    expect(of(rows, 'proofs').map(({ flavor, verdict }) => [flavor, verdict])).toEqual([
      ['microdesc', 'identical'],
      ['ns', 'identical'],
    ]);
    const microdesc = of(rows, 'signatures').filter(({ flavor }) => flavor === 'microdesc');
    expect(new Set(microdesc.map(({ first_seen }) => first_seen))).toEqual(new Set([null]));
  }, 60_000);

  test('the round after one that was filled in tells who withdrew what, by all votes of both', async () => {
    const directory = folder();
    // The hour between two watched rounds was missed whole.
    const from = noon + 1.2 * hour;
    const missed: Missed = ({ at }) => at >= from * 1000 && at < (from + hour) * 1000;
    await started(directory, network, [round(1), round(2), round(3)], missed);
    const against = (rows: Rows): (string | null)[] =>
      of(rows, 'health').map((row) => (row.against === null ? null : String((row.against - noon) / hour)));
    expect(against(await rowsOf(directory))).toEqual([null, null]);
    const report = await fill(archiveOf([2]), directory);
    expect(report.held).toMatchObject({ outcomes: { accepted: 1, watched: 1 }, rounds: 3 });
    const rows = await rowsOf(directory);
    expect(against(rows)).toEqual([null, '1', '2']);
    expect(of(rows, 'rounds').map(({ first_seen }) => first_seen !== null)).toEqual([true, false, true]);
    await rebuildStore(directory);
    expect(await rowsOf(directory)).toEqual(rows);
  }, 60_000);

  test('watched and filled in, filled in and watched, with a restart in between or not: the same rows', async () => {
    const missed = withoutVotesOf(three, noon + 2.5 * hour);
    const from = archiveOf([1, 2, 3, 4]);
    const [one, other, between] = [folder(), folder(), folder()];
    await started(one, network, [round(2), round(3), round(4)], missed);
    await fill(from, one);
    await fill(from, other);
    await started(other, network, [round(2), round(3), round(4)], missed);
    const watching = await started(between, network, [round(2), round(3)], missed);
    await fill(from, between);
    await watching.play(round(4));
    await fill(archiveOf([4]), between);
    const rows = await Promise.all([one, other, between].map(async (where) => sameIn(await rowsOf(where))));
    for (const table of Object.keys(rows[0] ?? {}))
      for (const some of rows.slice(1)) expect([table, some[table]]).toEqual([table, rows[0]?.[table]]);
    for (const where of [other, between]) {
      const made = await rowsOf(where);
      await rebuildStore(where);
      expect(await rowsOf(where)).toEqual(made);
    }
  }, 180_000);

  test('what follows live is what it would have been without the backfill', async () => {
    const missed = withoutVotesOf(three, noon + 1.5 * hour);
    const [filled, plain] = [folder(), folder()];
    for (const [where, filling] of [
      [filled, true],
      [plain, false],
    ] as const) {
      const watching = await started(where, network, [round(1), round(2)], missed);
      if (filling) await fill(archiveOf([1, 2, 3]), where);
      await watching.play(round(3));
    }
    const [with_, without] = [await rowsOf(filled), await rowsOf(plain)];
    for (const table of ofThatTime) expect([table, with_[table]]).toEqual([table, without[table]]);
  }, 120_000);

  test('a consensus that was seen and that only certificates of an archive decide is accepted, when it was seen', async () => {
    const directory = folder();
    const missed: Missed = (entry) =>
      entry.type === 'observation' && ['certificates', 'vote'].includes(entry.subject.kind);
    const watching = await started(directory, network, [round(1)], missed);
    expect(of(await rowsOf(directory), 'rounds')).toEqual([]);
    await fill(archiveOf([1]), directory);
    const rows = await rowsOf(directory);
    const [accepted] = of(rows, 'rounds');
    const seen = of(rows, 'documents').find(({ sha256 }) => sha256 === accepted?.ns_sha256);
    expect([seen?.outcome, accepted?.first_seen]).toEqual(['accepted', seen?.first_seen]);
    expect(of(rows, 'copies').some(({ sha256, via }) => sha256 === seen?.sha256 && via === '')).toBe(true);
    await watching.play(round(2));
    const live = await rowsOf(directory);
    await rebuildStore(directory);
    expect(await rowsOf(directory)).toEqual(live);
  }, 120_000);
});

/** Columns that say when something was imported or judged, and numbers given in the order of first sight. */
const ofTheRun = new Set(['at', 'judged_at']);

/** What must not depend on which came first: figures and verdicts of rounds, and what was seen. */
function sameIn(rows: Rows): Rows {
  const seen = new Set(
    of(rows, 'copies').flatMap(({ sha256, via }) => (via === '' && sha256 !== null ? [sha256] : [])),
  );
  const untimed = (row: unknown): string =>
    JSON.stringify(Object.entries(row as object).filter(([name]) => !ofTheRun.has(name)));
  const tables = ['rounds', 'health', 'proofs', 'votes', 'sources', 'signatures', 'figures', 'days'];
  return {
    ...Object.fromEntries(tables.map((table) => [table, (rows[table] ?? []).map(untimed)])),
    documents: of(rows, 'documents')
      .filter(({ sha256 }) => seen.has(sha256 ?? ''))
      .map(untimed),
    copies: of(rows, 'copies')
      .filter(({ via }) => via === '')
      .map(untimed),
  };
}
