/**
 * A made-up network, round by round, in the store: everything that is asked of its history is held against what the rounds
 * themselves say (S8.5, S2.2.14, S0.2).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkYear, publicLike } from '../../../../bench/made-year.ts';
import type { NetworkRound } from '../../../../bench/made-year.ts';
import {
  emptyHistory,
  loadHistory,
  pruneHistory,
  putFigures,
  savedHistory,
  takeEntries,
} from '../../src/pipeline/index.ts';
import type { History } from '../../src/pipeline/index.ts';
import { Batch, openDuckDb } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import { dump } from '../support/journal.ts';

const hour = 3600;
const day = 24 * hour;
/** Eleven days that begin nine days before a bucket of thirty ends; much more of everything happens than on the public network. */
const start = Math.ceil(publicLike.start / (30 * day)) * 30 * day - 9 * day - 5 * hour;
const options = {
  ...publicLike,
  seed: 7,
  start,
  rounds: 11 * 24,
  relays: 60,
  newPerHour: 1,
  pausing: 0.03,
  flipping: 0.05,
  upgrading: 0.01,
  moving: 0.01,
  missing: 0.04,
};
const rounds = [...networkYear(options)];
const first = rounds[0] as NetworkRound;
const last = rounds.at(-1) as NetworkRound;
const span = { since: first.validAfter, until: last.validAfter + hour };

const fingerprintAt = ({ routers }: NetworkRound, index: number): string =>
  Buffer.from(routers.identity.subarray(index * 20, index * 20 + 20))
    .toString('hex')
    .toUpperCase();
/** What a round lists, by fingerprint: the row of each relay. */
const listed = rounds.map(
  (round) =>
    new Map(Array.from({ length: round.routers.count }, (_, index) => [fingerprintAt(round, index), index])),
);
const flagsAt = (round: number, fingerprint: string): number =>
  rounds[round]?.routers.flags[(listed[round]?.get(fingerprint) as number) * 2] as number;

async function put(batch: Batch, round: NetworkRound, history: History, of: Store): Promise<void> {
  batch.put('rounds', String(round.validAfter), round.row);
  putFigures(round.row, batch);
  await takeEntries(history, round.validAfter, round.routers, of, batch);
}

async function take(taken: readonly NetworkRound[], history: History, of: Store): Promise<void> {
  const batch = new Batch();
  for (const round of taken) await put(batch, round, history, of);
  await of.write(batch);
  pruneHistory(history);
}

/** In a few commits, as a journal is caught up with: each takes a while. */
async function takeMany(taken: readonly NetworkRound[], history: History, of: Store): Promise<void> {
  for (let from = 0; from < taken.length; from += 20) await take(taken.slice(from, from + 20), history, of);
}

let directory = '';
let path = '';
let store: Store;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-history-'));
  path = join(directory, 'store.duckdb');
  store = await openDuckDb({ path });
  const history = emptyHistory();
  await takeMany(rounds, history, store);
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

test('the rounds are worth asking about: some hours are missing, relays come, go, return and change', () => {
  expect(rounds.length).toBeLessThan(options.rounds - 3);
  const all = new Set(listed.flatMap((round) => [...round.keys()]));
  expect(all.size).toBeGreaterThan(300);
});

describe('the queries of one relay', () => {
  const returning = [...(listed[0]?.keys() ?? [])].filter((name) => {
    const there = listed.map((round) => round.has(name));
    return there.some((is, index) => is && there[index - 1] === false) && there.includes(false);
  });

  test.each(returning.slice(0, 12))(
    'relay, relayRuns, relayRounds and relayDays of %s say what each round says',
    async (fingerprint) => {
      const [row] = await store.query('relay', { fingerprint });
      const there = rounds.flatMap((round, index) => {
        const at = listed[index]?.get(fingerprint);
        return at === undefined ? [] : [{ index, at, round }];
      });
      expect(row).toMatchObject({
        first_round: there[0]?.round.validAfter,
        last_round: there.at(-1)?.round.validAfter,
      });
      const relay = row?.relay ?? 0;

      const names = (await store.query('flagNames')).map(({ name }) => name);
      expect(names).toEqual(first.routers.knownFlags);
      expect(await store.query('relayRounds', { ...span, relay })).toEqual(
        there.map(({ round, at }) => ({
          valid_after: round.validAfter,
          flags: round.routers.flags[at * 2],
          weight: round.routers.bandwidth[at],
        })),
      );

      // Runs: what they say of each round is what the round says, rounds between them do not list the relay.
      const runs = await store.query('relayRuns', { ...span, relay });
      const told = runs.flatMap((run) =>
        rounds.flatMap((round, index) =>
          round.validAfter >= run.first_round && round.validAfter <= run.last_round
            ? [[index, run.flags, run.version, run.policy, run.ipv4, run.or_port]]
            : [],
        ),
      );
      expect(told).toEqual(
        there.map(({ index, at, round: { routers } }) => [
          index,
          routers.flags[at * 2],
          routers.versions[routers.version[at] ?? -1],
          routers.policies[routers.policy[at] ?? -1],
          routers.ipv4[at],
          routers.orPort[at],
        ]),
      );
      expect(runs.reduce((sum, run) => sum + run.rounds, 0)).toBe(there.length);
      for (const [index, run] of runs.entries()) {
        const next = runs[index + 1];
        const after = rounds.findIndex(({ validAfter }) => validAfter === run.last_round) + 1;
        const touching = next?.first_round === rounds[after]?.validAfter;
        const same =
          next && ['flags', 'version', 'ipv4'].every((key) => (next as never)[key] === (run as never)[key]);
        expect(touching && same, 'neighbouring runs are different').not.toBe(true);
        const weights = there
          .filter(({ round }) => round.validAfter >= run.first_round && round.validAfter <= run.last_round)
          .map(({ round, at }) => round.routers.bandwidth[at] ?? -1);
        expect([run.least_weight, run.most_weight]).toEqual([Math.min(...weights), Math.max(...weights)]);
      }

      const days = await store.query('relayDays', { ...span, relay });
      expect(days.reduce((sum, { rounds: count }) => sum + count, 0)).toBe(there.length);
      expect(days[0]?.day).toBe(Math.floor((there[0]?.round.validAfter ?? 0) / day) * day);
    },
  );

  test('a missing hour does not end the run of a relay that is the same after it', async () => {
    const gap = rounds.findIndex(
      ({ validAfter }, index) => (rounds[index + 1]?.validAfter ?? 0) > validAfter + hour,
    );
    const [before, after] = [rounds[gap], rounds[gap + 1]] as [NetworkRound, NetworkRound];
    const same = [...(listed[gap] ?? [])].filter(([name, was]) => {
      const is = listed[gap + 1]?.get(name);
      const said = ({ routers }: NetworkRound, at: number): string =>
        [routers.flags[at * 2], routers.version[at], routers.ipv4[at]].join(' ');
      return is !== undefined && said(before, was) === said(after, is);
    });
    expect(same.length).toBeGreaterThan(10);
    for (const [fingerprint] of same.slice(0, 10)) {
      const relay = (await store.query('relay', { fingerprint }))[0]?.relay ?? 0;
      const runs = await store.query('relayRuns', { ...span, relay });
      const over = runs.find(
        (run) => run.first_round <= before.validAfter && run.last_round >= after.validAfter,
      );
      expect(over, fingerprint).toBeDefined();
    }
  });

  test('a relay that was never listed has no row', async () => {
    expect(await store.query('relay', { fingerprint: 'A'.repeat(40) })).toEqual([]);
  });
});

describe('churn and who it was (S8.5)', () => {
  test('churn counts who came and went and the flags of those who stayed, for each round against the one held before', async () => {
    const expected = rounds.slice(1).map((round, before) => {
      const [old, now] = [listed[before] as Map<string, number>, listed[before + 1] as Map<string, number>];
      const both = [...now.keys()].filter((name) => old.has(name));
      const changed = both.map((name) => [flagsAt(before, name), flagsAt(before + 1, name)] as const);
      const bits = (value: number): number => value.toString(2).replaceAll('0', '').length;
      return {
        valid_after: round.validAfter,
        before: rounds[before]?.validAfter,
        relays: now.size,
        came: now.size - both.length,
        went: old.size - both.length,
        gained: changed.reduce((sum, [was, is]) => sum + bits(is & ~was), 0),
        lost: changed.reduce((sum, [was, is]) => sum + bits(was & ~is), 0),
      };
    });
    const told = await store.query('churn', span);
    expect(told).toEqual(expected);
    expect(told.some(({ came, went, gained, lost }) => came > 1 && went > 1 && gained > 1 && lost > 1)).toBe(
      true,
    );
  });

  test('listedOnlyIn names them', async () => {
    const [old, now] = [listed[99] as Map<string, number>, listed[100] as Map<string, number>];
    const [before, at] = [rounds[99]?.validAfter ?? 0, rounds[100]?.validAfter ?? 0];
    const came = await store.query('listedOnlyIn', { valid_after: at, other: before, limit: 1000 });
    expect(came.map(({ fingerprint }) => fingerprint)).toEqual(
      [...now.keys()].filter((name) => !old.has(name)).sort(),
    );
    const went = await store.query('listedOnlyIn', { valid_after: before, other: at, limit: 1000 });
    expect(went.map(({ fingerprint }) => fingerprint)).toEqual(
      [...old.keys()].filter((name) => !now.has(name)).sort(),
    );
    expect(came.length + went.length).toBeGreaterThan(0);
  });
});

describe('series', () => {
  test('series gives each figure of each round held, and nothing for a missing hour', async () => {
    const rows = await store.query('series', { ...span, figures: 'relays,flag:Guard,agreement' });
    expect(rows.filter(({ figure }) => figure === 'relays')).toEqual(
      rounds.map(({ validAfter, row }) => ({ valid_after: validAfter, figure: 'relays', value: row.relays })),
    );
    expect(rows.filter(({ figure }) => figure === 'flag:Guard').map(({ value }) => value)).toEqual(
      rounds.map(({ row }) => row.guards),
    );
    expect(new Set(rows.map(({ figure }) => figure))).toEqual(new Set(['relays', 'flag:Guard', 'agreement']));
    const held = await store.query('heldRounds', span);
    expect(held).toEqual(rounds.map(({ validAfter }) => ({ valid_after: validAfter, interval: hour })));
  });

  test('daySeries has least, mean and most of the rounds held of each UTC day, and how many', async () => {
    const days = new Map(
      [...new Set(rounds.map(({ validAfter }) => Math.floor(validAfter / day) * day))].map((at) => [
        at,
        rounds.filter(({ validAfter }) => Math.floor(validAfter / day) * day === at),
      ]),
    );
    const rows = await store.query('daySeries', { since: 0, until: span.until, figures: 'weight_sum' });
    expect(rows).toEqual(
      [...days].map(([at, of]) => {
        const values = of.map(({ row }) => row.weight_sum ?? 0);
        return {
          day: at,
          figure: 'weight_sum',
          least: Math.min(...values),
          mean: values.reduce((sum, value) => sum + value, 0) / values.length,
          most: Math.max(...values),
          rounds: of.length,
        };
      }),
    );
    expect(rows.some((row) => (row.rounds ?? 0) < 24 && row.day !== rows[0]?.day)).toBe(true);
    const flags = await store.query('flagDays', { since: 0, until: span.until });
    expect(new Set(flags.map(({ figure }) => figure)).size).toBe(first.routers.knownFlags.length);
  });

  test('figuresAt gives the same hour before, where it is held', async () => {
    const missing = rounds.findIndex(
      ({ validAfter }, index) => index > 24 * 8 && !rounds.some((one) => one.validAfter === validAfter - day),
    );
    const at = rounds[missing]?.validAfter ?? 0;
    expect(at).toBeGreaterThan(0);
    const ago = { at, day: at - day, week: at - 7 * day, month: at - 30 * day, year: at - 365 * day };
    const rows = await store.query('figuresAt', { ...ago, figures: 'relays' });
    const expected = rounds.filter(({ validAfter }) => [ago.week, at].includes(validAfter));
    expect(rows.map(({ valid_after, value }) => [valid_after, value])).toEqual(
      expected.map(({ validAfter, row }) => [validAfter, row.relays]),
    );
  });
});

/** A store of its own, looked at when it is closed. */
async function written(
  name: string,
  job: (store: Store) => Promise<void>,
): Promise<Record<string, unknown[]>> {
  const own = join(directory, name);
  const opened = await openDuckDb({ path: own });
  await job(opened);
  await opened.close();
  return dump(own);
}

/** Rows of `entries` in the order in which they are on the disk. */
async function orderOnDisk(file: string): Promise<{ valid_after: number; relay: number }[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll('SELECT valid_after, relay FROM entries ORDER BY rowid');
  const rows = reader.getRowObjects() as unknown as { valid_after: number; relay: number }[];
  connection.closeSync();
  instance.closeSync();
  return rows;
}

describe('the same rows, however they are written', () => {
  const part = rounds.slice(0, 20);
  const history = (): History => emptyHistory();
  const plainly = (): Promise<Record<string, unknown[]>> =>
    written(`plain-${Math.random()}`, async (own) => {
      const one = history();
      for (const round of part) await take([round], one, own);
    });

  test('loadHistory() after every round gives the same numbers', async () => {
    const restarted = await written('restarted', async (own) => {
      let one = history();
      for (const round of part) {
        await take([round], one, own);
        one = await loadHistory(own, savedHistory(one));
      }
    });
    expect(restarted).toEqual(await plainly());
  });

  test('many rounds in one commit, and a round that is taken twice, give the same rows', async () => {
    const together = await written('together', async (own) => {
      const one = history();
      const batch = new Batch();
      for (const round of part) {
        for (let twice = 0; twice < 2; twice += 1) await put(batch, round, one, own);
      }
      await own.write(batch);
    });
    expect(together).toEqual(await plainly());
  });

  test('a round whose consensus is replaced, in one commit with a new round, has the entries of the new one; first and last rounds of relays follow', async () => {
    const [one, two, three] = part as [NetworkRound, NetworkRound, NetworkRound];
    const other = rounds[200] as NetworkRound;
    const replaced = await written('replaced', async (own) => {
      const mine = history();
      await take([one, two, three], mine, own);
      await take([last, { ...other, validAfter: three.validAfter, row: three.row }], mine, own);
    });
    const relays = replaced['relays'] as {
      fingerprint: string;
      first_round: string | null;
      last_round: string | null;
    }[];
    const holds = new Map<string, number[]>();
    for (const [round, at] of [
      [one, one.validAfter],
      [two, two.validAfter],
      [other, three.validAfter],
      [last, last.validAfter],
    ] as const) {
      for (let index = 0; index < round.routers.count; index += 1) {
        const name = fingerprintAt(round, index);
        holds.set(name, [...(holds.get(name) ?? []), at]);
      }
    }
    for (const { fingerprint, first_round, last_round } of relays) {
      const at = holds.get(fingerprint);
      const expected = at ? [String(Math.min(...at)), String(Math.max(...at))] : [null, null];
      expect([first_round, last_round], fingerprint).toEqual(expected);
    }
    // A relay that only the replaced consensus listed keeps its number, and no round.
    expect(relays.some(({ first_round }) => first_round === null)).toBe(true);
    expect(replaced['entries']).toHaveLength(
      [one, two, other, last].reduce((sum, { routers }) => sum + routers.count, 0),
    );
  });
});

describe('the order on the disk', () => {
  test('when rounds of other thirty days follow, those before are put in order; no row changes', async () => {
    const loose = await written('loose', async (own) => {
      const batch = new Batch();
      const one = emptyHistory();
      for (const round of rounds) await put(batch, round, one, own);
      const rowsOnly = new Batch();
      for (const { table, rows } of batch.entries())
        for (const [index, row] of rows.entries()) rowsOnly.put(table, `${table}${index}`, row);
      for (const slice of batch.slices) rowsOnly.putSlice(slice);
      await own.write(rowsOnly);
    });
    await store.close();
    const arranged = await dump(path);
    const boundary = Math.ceil(start / (30 * day)) * 30 * day;
    const order = (await orderOnDisk(path)).filter(({ valid_after }) => valid_after < boundary);
    store = await openDuckDb({ path });
    expect(order).toEqual([...order].sort((a, b) => a.relay - b.relay || a.valid_after - b.valid_after));
    expect(order.length).toBeGreaterThan(5000);
    for (const table of ['entries', 'relays', 'figures', 'days'])
      expect(arranged[table]).toEqual(loose[table]);
    expect(arranged['meta']).toContainEqual({ name: 'arrange', value: '[]' });
  });

  test('what a crash left to be put in order is put in order at the next start', async () => {
    const own = join(directory, 'crashed');
    const part = rounds.slice(0, 30);
    const before = await openDuckDb({ path: own });
    const history = emptyHistory();
    await take(part, history, before);
    const batch = new Batch();
    const pending = [{ from: start, until: start + 30 * day }];
    batch.put('meta', 'arrange', { name: 'arrange', value: JSON.stringify(pending) });
    await before.write(batch);
    await before.close();
    const rows = (await dump(own))['entries'];
    const unordered = await orderOnDisk(own);
    expect(unordered[0]?.relay).not.toBe(unordered[1]?.relay);
    await (await openDuckDb({ path: own })).close();
    const after = await dump(own);
    expect(after['entries']).toEqual(rows);
    expect(after['meta']).toContainEqual({ name: 'arrange', value: '[]' });
    const order = await orderOnDisk(own);
    expect(order).toEqual([...order].sort((a, b) => a.relay - b.relay || a.valid_after - b.valid_after));
  });
});
