/**
 * The health of every round of the recording, nine real authorities: each figure that the API gives is counted again here from
 * the documents themselves, by lines.
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/analysis/index.ts';
import { createAnswers } from '../../src/answers/index.ts';
import type { LiveAnswers } from '../../src/answers/index.ts';
import { churnSeriesSchema, healthSchema, isDeclined, trendsSchema } from '../../src/api/index.ts';
import type { Health, Trends } from '../../src/api/index.ts';
import { openRecording } from '../../src/archive/index.ts';
import type { Recording } from '../../src/archive/index.ts';
import { parseGeoip } from '../../src/geo/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import type { Row, Store } from '../../src/store/index.ts';
import { feed } from '../support/journal.ts';
import {
  having,
  lets,
  protocolsOf,
  signedPart,
  slowChurn,
  slowDocument,
  weightOf,
} from '../support/slow-health.ts';
import type { SlowDocument } from '../support/slow-health.ts';

const file = resolve(import.meta.dirname, '../../../../testdata/bad-day.tar.xz');
/** All the world but the half of the addresses that begin with a set bit. */
const countries = parseGeoip('# Generated: 2026-07-01\n0,2147483647,DE\n2147483648,4294967295,JP\n');
const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

describe('the health of each round of a recorded day', () => {
  let recording: Recording;
  let store: Store;
  let answers: LiveAnswers;
  /** Oldest first. */
  let rounds: Row<'rounds'>[] = [];
  let end = 0;
  const documents = new Map<string, SlowDocument>();
  const health = new Map<number, Health>();

  const textOf = async (sha256: string | null): Promise<SlowDocument> => {
    const known = documents.get(sha256 ?? '');
    if (known) return known;
    const bytes = await recording.read(sha256 ?? '');
    const made = slowDocument(Buffer.from(bytes ?? new Uint8Array(0)).toString('latin1'));
    documents.set(sha256 ?? '', made);
    return made;
  };
  const healthAt = async (at: number): Promise<Health> => {
    const known = health.get(at);
    if (known) return known;
    const made = healthSchema.parse(await answers.health({ at: iso(at) }));
    health.set(at, made);
    return made;
  };
  /** Runs a job over some of the rounds, always the first, the last and those around the middle. */
  const each = async (
    job: (row: Row<'rounds'>, consensus: SlowDocument, answer: Health) => Promise<void> | void,
  ): Promise<void> => {
    for (const [index, row] of rounds.entries()) {
      if (index % 5 !== 0 && index !== rounds.length - 1) continue;
      await job(row, await textOf(row.ns_sha256), await healthAt(row.valid_after ?? 0));
    }
  };

  beforeAll(async () => {
    recording = await openRecording(file, { memoryBytes: 2 ** 29 });
    store = await openDuckDb({ path: ':memory:' });
    const pipeline = await openPipeline({ archive: recording, store, ticksPerCommit: 50, countries });
    await feed(pipeline, recording);
    rounds = (await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 100 })).toReversed();
    end = (await store.query('newestTick'))[0]?.at ?? 0;
    answers = createAnswers({
      store,
      archive: recording,
      limits: defaultLimits,
      now: () => end,
      revision: () => pipeline.revision(),
      geoSource: countries.source,
      cacheSeconds: 1,
      network: 'recording',
    });
  }, 120_000);

  afterAll(async () => {
    await store.close();
    await recording.close();
  });

  test('S2.2.1 S2.2.3 S2.2.5: valid-after, both intervals and the delays are those of the lines', async () => {
    await each((row, consensus, answer) => {
      const time = (keyword: string): string => `${consensus.line(keyword)?.replace(' ', 'T')}Z`;
      expect(answer.validAfter).toBe(time('valid-after'));
      expect([answer.fresh.from, answer.fresh.until]).toEqual([time('valid-after'), time('fresh-until')]);
      expect([answer.valid.from, answer.valid.until]).toEqual([time('valid-after'), time('valid-until')]);
      expect(answer.fresh.seconds).toBeLessThan(answer.valid.seconds);
      expect(`${answer.voteSeconds} ${answer.distSeconds}`).toBe(consensus.line('voting-delay'));
      expect(answer.newest).toBe(row === rounds.at(-1));
    });
  });

  test('S2.2.2: the method of the document; what each vote supports; more than two thirds are needed', async () => {
    await each(async (row, consensus, answer) => {
      expect(String(answer.method.used)).toBe(consensus.line('consensus-method'));
      const voted = consensus.text.match(/^vote-digest /gm)?.length ?? 0;
      expect(answer.method.needed).toBe(voted === 9 ? 7 : 6);
      const counts = new Map<number, number>();
      for (const vote of await store.query('votesOf', { valid_after: row.valid_after ?? 0 })) {
        if (!consensus.text.includes(`\nvote-digest ${vote.digest}\n`)) continue;
        const methods = (await textOf(vote.sha256)).line('consensus-methods')?.split(' ').map(Number) ?? [];
        for (const method of methods) counts.set(method, (counts.get(method) ?? 0) + 1);
      }
      const enough = [...counts].filter(([, count]) => count * 3 > voted * 2).map(([method]) => method);
      expect(answer.method.possible.value).toBe(Math.max(...enough));
      expect(answer.method.supported.filter(({ methods }) => methods !== null)).toHaveLength(voted);
      expect(answer.method.supported).toHaveLength(9);
    });
  });

  test('S2.2.4 S2.2.6 S2.2.25: relays; dir-sources, signatures and good signatures are three numbers', async () => {
    await each((_, consensus, answer) => {
      expect(answer.relays).toBe(consensus.text.match(/^r /gm)?.length);
      expect(answer.authorities.sources).toBe(consensus.text.match(/^vote-digest /gm)?.length);
      expect(answer.authorities.signatures).toBe(consensus.text.match(/^directory-signature /gm)?.length);
      // Authorities go on collecting signatures: other copies of the same text may have more of them.
      expect(answer.authorities.validSignatures).toBeGreaterThanOrEqual(answer.authorities.signatures);
      expect(answer.authorities).toMatchObject({ configured: 9, needed: 5 });
    });
  });

  test('S2.2.7: the weight sum has no unit, and capacities are n/a without descriptors', async () => {
    await each((row, consensus, answer) => {
      expect(answer.weightSum).toBe(weightOf(consensus.relays.values()));
      const classes = {
        total: having(consensus, []),
        guard: having(consensus, ['Guard']),
        exit: having(consensus, ['Exit'], ['BadExit']),
        guardExit: having(consensus, ['Guard', 'Exit'], ['BadExit']),
        middle: [...consensus.relays.values()].filter(
          ({ flags }) => !flags.has('Guard') && (!flags.has('Exit') || flags.has('BadExit')),
        ),
      };
      for (const { name, relays, weight, share, weightShare, capacity } of answer.classes) {
        const [own, all] = [classes[name], classes.total];
        expect([name, relays, weight]).toEqual([name, own.length, weightOf(own)]);
        expect([share, weightShare]).toEqual([own.length / all.length, weightOf(own) / weightOf(all)]);
        expect(capacity.value).toBeNull();
        expect(capacity.reason).toMatch(/no server descriptors/);
      }
      expect(row).toMatchObject({
        guard_weight: weightOf(classes.guard),
        exit_weight: weightOf(classes.exit),
        guard_exit_weight: weightOf(classes.guardExit),
        middle_weight: weightOf(classes.middle),
        unmeasured: [...consensus.relays.values()].filter(({ unmeasured }) => unmeasured).length,
      });
      expect(answer.unmeasured.relays).toBe(row.unmeasured);
    });
  });

  test('S2.2.8 S2.2.9: both flavours, with bytes and digests of their signed parts', async () => {
    await each(async (row, consensus, answer) => {
      const [ns, microdesc] = answer.flavors;
      expect(ns).toMatchObject({
        flavor: 'ns',
        bytes: consensus.text.length,
        digest: createHash('sha1').update(signedPart(consensus.text), 'latin1').digest('hex').toUpperCase(),
      });
      expect(row.ns_bytes).toBe(consensus.text.length);
      if (row.microdesc_sha256 === null) {
        expect(microdesc).toMatchObject({ flavor: 'microdesc', sha256: null, bytes: null });
        expect(microdesc?.reason).toMatch(/no copy/);
        return;
      }
      const other = (await textOf(row.microdesc_sha256)).text;
      const digest = createHash('sha256').update(signedPart(other), 'latin1').digest('hex');
      expect([microdesc?.bytes, microdesc?.digest?.toLowerCase()]).toEqual([other.length, digest]);
    });
  });

  test('S2.2.10 S2.2.11 S2.2.13: flags are those that the document knows, in percent of its relays, Running and Valid 100 %', async () => {
    await each((_, consensus, answer) => {
      const known = consensus.line('known-flags')?.split(' ') ?? [];
      expect(answer.flags.map(({ flag }) => flag)).toEqual(known);
      for (const { flag, relays, percent, everyone } of answer.flags) {
        const count = having(consensus, [flag]).length;
        expect([flag, relays, percent]).toEqual([
          flag,
          count,
          Number(((count / consensus.relays.size) * 100).toFixed(1)),
        ]);
        if (everyone) expect(percent).toBe(100);
      }
      expect(answer.flags.filter(({ everyone }) => everyone).map(({ flag }) => flag)).toEqual([
        'Running',
        'Valid',
      ]);
    });
  });

  test('S2.2.12: every rule holds in every round, and in every vote that is held', async () => {
    for (const row of rounds) {
      const consensus = await textOf(row.ns_sha256);
      const lacking = ['HSDir', 'Guard'].flatMap((flag) =>
        having(consensus, [flag]).filter(
          ({ flags }) => !['Stable', 'Fast', 'V2Dir'].every((other) => flags.has(other)),
        ),
      );
      expect([row.violations, lacking.length]).toEqual([0, 0]);
    }
    await each((_, __, answer) => {
      const asked = new Set(answer.invariants.map(({ document }) => document));
      expect(asked.size).toBeGreaterThanOrEqual(9);
      for (const one of answer.invariants)
        expect([one.rule, one.document, one.holds]).toEqual([one.rule, one.document, true]);
    });
  });

  test('S2.2.14 S2.2.15 S2.2.16: trends are n/a where nothing that old is stored, and the method never changed', async () => {
    const trends: Trends = trendsSchema.parse(await answers.trends());
    const newest = rounds.at(-1);
    expect(trends.validAfter).toBe(iso(newest?.valid_after ?? 0));
    expect(trends.held).toMatchObject({ first: iso(rounds[0]?.valid_after ?? 0), rounds: rounds.length });
    expect(trends.rows.find(({ figure }) => figure === 'relays')?.now.value).toBe(newest?.relays);
    for (const { before } of trends.rows) {
      expect(before.map(({ span }) => span)).toEqual(['day', 'week', 'month', 'year']);
      for (const { value, difference, reason } of before)
        expect([value, difference, reason]).toEqual([null, null, 'less than an hour is stored']);
    }
    const capacity = trends.rows.find(({ figure }) => figure === 'capacity:exit');
    expect([capacity?.unit, capacity?.now.value, capacity?.now.reason]).toEqual([
      'bits/s',
      null,
      'server descriptors of fewer than 95 % of the relays of the class are held',
    ]);
    expect(trends.method).toEqual({
      now: newest?.method,
      before: null,
      changed: null,
      text: `${newest?.method} in every round held`,
    });
  });

  test('S2.2.17 S2.2.18: freshness of a past round is when the next was seen; participation counts the votes of a day', async () => {
    const first = rounds[0]?.valid_after ?? 0;
    let votes = 0;
    for (const [index, row] of rounds.entries()) {
      votes += (await textOf(row.ns_sha256)).text.match(/^vote-digest /gm)?.length ?? 0;
      if (index % 5 !== 0) continue;
      const quality = new Map((await healthAt(row.valid_after ?? 0)).quality.map((one) => [one.name, one]));
      expect(quality.get('participation')?.value).toBe(votes / (9 * (index + 1)));
      const next = rounds[index + 1];
      const due = row.fresh_until ?? 0;
      const freshness = quality.get('freshness');
      if (!next) continue;
      if (next.valid_after === due)
        expect(freshness?.value).toBe(Math.max(0, Math.round((next.first_seen ?? 0) / 1000) - due));
      else expect([freshness?.value, freshness?.level]).toEqual([null, 'unknown']);
    }
    expect(first).toBeGreaterThan(0);
  });

  test('S2.2.19: places need a country table; networks, operators and platforms are n/a with the reason', async () => {
    await each((_, consensus, answer) => {
      const low = [...consensus.relays.values()].filter(({ address }) => Number(address.split('.')[0]) < 128);
      const germany = answer.countries.value?.find(({ name }) => name === 'DE');
      expect([germany?.relays ?? 0, germany?.weightShare ?? 0]).toEqual([
        low.length,
        weightOf(low) / weightOf(consensus.relays.values()),
      ]);
      const europe = answer.regions.value?.find(({ name }) => name === 'Europe');
      expect([europe?.relays, europe?.weightShare]).toEqual([
        germany?.relays ?? 0,
        germany?.weightShare ?? 0,
      ]);
      for (const name of ['networks', 'operators', 'platforms'] as const) {
        const one = answer.quality.find((indicator) => indicator.name === name);
        expect([one?.level, one?.grade, one?.value]).toEqual(['unknown', null, null]);
        expect(one?.text).toMatch(/^n\/a, because /);
      }
      for (const { rule } of answer.quality) expect(rule.length).toBeGreaterThan(20);
    });
  });

  test('S2.2.20: exit policies by their p lines: how many there are, and who lets which port through', async () => {
    await each((row, consensus, answer) => {
      const stated = [...consensus.relays.values()].filter(({ policy }) => policy !== '');
      const distinct = new Set(stated.map(({ policy }) => policy)).size;
      expect([answer.exitPolicies.stated, answer.exitPolicies.distinct]).toEqual([stated.length, distinct]);
      expect(row.policies).toBe(distinct);
      const exits = having(consensus, ['Exit'], ['BadExit']);
      for (const { port, relays, weightShare } of answer.exitPolicies.ports) {
        const open = exits.filter(({ policy }) => lets(policy, port));
        expect([port, relays]).toEqual([port, open.length]);
        expect(weightShare).toBe(exits.length === 0 ? null : weightOf(open) / weightOf(exits));
      }
    });
  });

  test('S2.2.21: recommended versions and protocols against what the relays run', async () => {
    await each((row, consensus, answer) => {
      const server = consensus.line('server-versions')?.split(',') ?? [];
      const on = [...consensus.relays.values()].filter(({ version }) =>
        server.includes(version.replace('Tor ', '')),
      );
      const none = server.filter(Boolean).length === 0;
      expect([answer.versions.recommended.value?.relays ?? null, row.recommended]).toEqual(
        none ? [null, null] : [on.length, on.length],
      );
      expect(answer.versions.running.reduce((sum, { relays }) => sum + relays, 0)).toBe(
        consensus.relays.size,
      );
      for (const { keyword, value, support } of answer.protocols) {
        expect(value ?? undefined).toBe(consensus.line(keyword));
        const wanted = protocolsOf(value ?? '');
        const able = [...consensus.relays.values()].filter(({ protocols }) => {
          const own = protocolsOf(protocols);
          return [...wanted].every((one) => own.has(one));
        });
        expect([keyword, support.value?.relays]).toEqual([keyword, able.length]);
      }
      const params = consensus.line('params')?.split(' ') ?? [];
      expect(answer.params.map(({ name, value }) => `${name}=${value}`)).toEqual(params);
    });
  });

  test('S8.2 S8.3 S8.5: who came, went, moved, was renamed; flags gained and lost, of every round against the one before', async () => {
    const series = churnSeriesSchema.parse(await answers.churn({ from: iso(rounds[0]?.valid_after ?? 0) }));
    expect(series.rows.filter(({ held }) => held)).toHaveLength(rounds.length);
    const rows = new Map(series.rows.map((row) => [row.validAfter, row]));
    let changes = 0;
    for (const [index, row] of rounds.entries()) {
      const before = rounds[index - 1];
      const told = rows.get(iso(row.valid_after ?? 0));
      const names = ['added', 'removed', 'gained', 'lost', 'moved', 'renamed', 'rekeyed'] as const;
      if (before?.fresh_until !== row.valid_after) {
        for (const name of names) expect([name, row[name], told?.[name]]).toEqual([name, null, null]);
        continue;
      }
      const slow = slowChurn(await textOf(before?.ns_sha256 ?? ''), await textOf(row.ns_sha256));
      for (const name of names)
        expect([name, row[name], told?.[name]]).toEqual([name, slow[name], slow[name]]);
      changes += slow.added + slow.removed + slow.gained + slow.lost;
    }
    expect(changes).toBeGreaterThan(0);
  });

  test('S8.6: for each lost flag, who had it in the vote before and has not in this one', async () => {
    let checked = 0;
    for (const [index, row] of rounds.entries()) {
      const before = rounds[index - 1];
      if (before?.fresh_until !== row.valid_after || !row.lost) continue;
      const slow = slowChurn(await textOf(before?.ns_sha256 ?? ''), await textOf(row.ns_sha256));
      const votesAt = async (at: number, consensus: SlowDocument): Promise<Map<string, SlowDocument>> => {
        const votes = (await store.query('votesOf', { valid_after: at })).filter(({ digest }) =>
          consensus.text.includes(`\nvote-digest ${digest}\n`),
        );
        return new Map(
          await Promise.all(
            votes.map(async ({ identity, sha256 }) => [identity ?? '', await textOf(sha256)] as const),
          ),
        );
      };
      const old = await votesAt(before?.valid_after ?? 0, await textOf(before?.ns_sha256 ?? ''));
      const now = await votesAt(row.valid_after ?? 0, await textOf(row.ns_sha256));
      const names = new Map(
        (await store.query('authorities')).map(({ v3ident, nickname }) => [v3ident, nickname]),
      );
      const expected = new Map<string, Map<string, number>>();
      for (const [relay, flag] of slow.losses) {
        const by = expected.get(flag) ?? new Map<string, number>();
        expected.set(flag, by);
        for (const [identity, vote] of old) {
          const had = vote.relays.get(relay)?.flags.has(flag) === true;
          const has = now.get(identity)?.relays.get(relay)?.flags.has(flag) === true;
          const name = names.get(identity) ?? '';
          if (had && !has && now.has(identity)) by.set(name, (by.get(name) ?? 0) + 1);
        }
      }
      const withdrawals = (await healthAt(row.valid_after ?? 0)).churn.value?.withdrawals ?? [];
      expect(withdrawals.map(({ flag }) => flag)).toEqual([...expected.keys()].toSorted());
      for (const { flag, lost, by } of withdrawals) {
        expect(lost).toBe(slow.losses.filter(([, other]) => other === flag).length);
        expect(Object.fromEntries(by.map(({ authority, relays }) => [authority, relays]))).toEqual(
          Object.fromEntries(expected.get(flag) ?? []),
        );
      }
      checked += 1;
    }
    expect(checked).toBeGreaterThan(0);
  });

  test('S0.2: a round that is not held is unknown, and any that is can be shown again', async () => {
    expect(await answers.health({ at: '2001-01-01T00:00:00Z' })).toBeUndefined();
    const first = await answers.health({ at: iso(rounds[0]?.valid_after ?? 0) });
    expect(first && !isDeclined(first) && first.churn.value).toBeNull();
    expect(first && !isDeclined(first) && first.churn.reason).toMatch(
      /the round directly before, .*, is not held/,
    );
  });
});
