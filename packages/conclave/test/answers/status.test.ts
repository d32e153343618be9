/** The figures of the status page (S2.1), computed from what the documents say. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instead } from '../../../netdoc/test/support/make.ts';
import { makeJournal, run } from '../support/journal.ts';
import type { Journal, Run } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';
import { asked, hour, network, opened, rowOf } from './asking.ts';
import type { Opened } from './asking.ts';

const [a = '', b = '', c = ''] = network.names;

describe('the status', () => {
  let one: Run;
  beforeAll(async () => {
    const journal = makeJournal(network, noon - 1200);
    journal.play(network.round({ validAfter: noon }));
    one = await run(journal);
  });
  afterAll(() => one.close());
  let plain: Opened;
  beforeAll(async () => {
    plain = await opened({ rounds: [{}] });
  });
  afterAll(() => plain.close());
  /** What is so after one round in which nothing happens. */
  const quiet = async (job: Parameters<typeof asked>[1]): Promise<void> =>
    job(plain.status, plain.answers, plain.store);

  test.each([
    [noon - 1, 'future', 0],
    [noon, 'current', 0],
    [noon + 3600, 'current', 0],
    [noon + 3601, 'stale', 1],
    [noon + 10_800, 'stale', 7200],
    [noon + 10_801, 'expired', 7201],
  ] as const)(
    'S2.1.1 S2.1.2 S2.1.3 at second %i the consensus is %s, overdue by %i s',
    async (now, state, overdueSeconds) => {
      const { consensus } = await one.answers(now).status();
      expect(consensus).toMatchObject({
        state,
        overdueSeconds,
        validAfter: '2024-05-01T12:00:00Z',
        freshUntil: '2024-05-01T13:00:00Z',
        validUntil: '2024-05-01T15:00:00Z',
        next: '2024-05-01T13:00:00Z',
        ageSeconds: Math.max(0, now - noon),
        checkedAt: '2024-05-01T12:00:06Z',
      });
    },
  );

  test('S2.1.4 counts the dir-sources of the consensus, never the votes that were fetched', async () => {
    await asked({ rounds: [{ withoutVotes: network.names }] }, (status) => {
      expect(status.voting).toMatchObject({ voted: 9, configured: 9 });
      expect(status.agreement.mean).toEqual({
        value: null,
        reason: 'no vote of the newest consensus is held yet',
      });
    });
    await asked(
      {
        rounds: [{ voters: network.names.slice(1) }],
        more: (journal) => {
          const vote = network.round({ validAfter: noon }).votes.get(a) ?? '';
          journal.got(
            noon + 200,
            a,
            { kind: 'vote', period: 'current', of: network.member(a).identity },
            vote,
          );
          journal.cycle(noon + 201);
        },
      },
      (status) => {
        expect(status.voting.voted).toBe(8);
        expect(rowOf(status, a).vote).toMatchObject({
          inConsensus: { value: false },
          retrievable: { value: true },
          signed: { value: false },
        });
      },
    );
  });

  test('S2.1.5 all recent only when the newest vote of every voter is of the newest round; else the laggards by name', async () => {
    await quiet((status) => expect(status.voting).toMatchObject({ lastVotes: 'all recent', laggards: [] }));
    await asked({ rounds: [{}, { voters: network.names.slice(1), down: [a] }] }, (status) => {
      expect(status.voting).toMatchObject({
        lastVotes: '8 of 9 recent',
        laggards: [{ authority: a, newestVote: '2024-05-01T12:00:00Z' }],
      });
    });
  });

  /**
   * A vote without the flag Fast on so many of its 20 relays: as many of its 200 decisions differ. One vote goes on where
   * the one before ended, so that no relay loses the flag's majority.
   */
  const without =
    (count: number) =>
    (lines: string[]): string[] => {
      const first = (count * (count - 1)) / 2;
      let relay = -1;
      return lines.map((line) => {
        if (!line.startsWith('s ')) return line;
        relay += 1;
        return (relay - first + 60) % 20 < count ? line.replace(' Fast', '') : line;
      });
    };
  test.each([9, 4, 3])(
    'S2.1.6 S2.1.7 agreement of %i voters is the mean of what they really share, and the sum beside it',
    async (count) => {
      const of = madeNetwork(count);
      const voteEdit = (nickname: string) => without(of.names.indexOf(nickname) + 1);
      await asked({ of, rounds: [{ voteEdit }] }, (status) => {
        const shares = of.names.map((_, index) => (200 - (index + 1)) / 200);
        const sum = shares.reduce((total, share) => total + share, 0);
        expect(status.agreement.sum).toBeCloseTo(sum, 10);
        expect(status.agreement.mean.value).toBeCloseTo(sum / count, 10);
        expect(status.agreement.voters).toBe(count);
        expect(status.agreement.perFlag[0]).toMatchObject({ flag: 'Fast', decisions: 20 * count });
        expect(status.agreement.perFlag[0]?.share).toBeCloseTo(1 - (count + 1) / 2 / 20, 10);
        for (const [index, name] of of.names.entries())
          expect(rowOf(status, name).agreement.value).toBeCloseTo(shares[index] ?? NaN, 10);
        expect(status.formation?.flagConsistency.value).toBeCloseTo(sum / count, 10);
      });
    },
  );

  test('S2.1.8 one row for each configured authority, in that order; the bridge authority does not vote', async () => {
    await quiet((status) => {
      expect(status.authorities.map(({ nickname }) => nickname)).toEqual([...network.names, 'jetty']);
      expect(status.authorities.map(({ votes }) => votes)).toEqual([...network.names.map(() => true), false]);
      expect(rowOf(status, 'jetty')).toMatchObject({
        v3ident: null,
        newestVote: null,
        beats: [],
        agreement: { value: null, reason: 'it does not vote' },
        vote: { inConsensus: { value: null, text: 'it does not vote' } },
        scan: { state: 'none', text: 'n/a: it does not vote' },
      });
      expect(status.voting.configured).toBe(9);
    });
  });

  test('S2.1.9 what the consensus says otherwise than the configuration is told with both values', async () => {
    const moved = {
      ...network.set,
      authorities: network.set.authorities.map((one) =>
        one.nickname === b ? { ...one, dirPort: 9030 } : one,
      ),
    };
    await asked({ of: { ...network, set: moved }, rounds: [{}] }, (status) => {
      expect(rowOf(status, b).differences).toEqual(['DirPort: configured 9030, the consensus says 80']);
      expect(rowOf(status, a).differences).toEqual([]);
      expect(status.alerts.map(({ check, authority }) => [check, authority])).toEqual([
        ['authority-differs', b],
      ]);
    });
  });

  test('S2.1.12 S2.1.13 latency: medians over the last probes, by phase, with size, baseline, limit and vantage point', async () => {
    const more = (journal: Journal): void => {
      for (let at = 0; at < 40; at += 1)
        journal.cycle(noon + 200 + at * 10, {
          probes: { [b]: { firstByteMs: 100 + at }, [c]: { outcome: 'timed-out' } },
        });
    };
    await asked({ rounds: [{}], more }, (status) => {
      // The last nine took 131 to 139 ms.
      expect(rowOf(status, b).latency).toMatchObject({
        connectMs: 10,
        firstByteMs: 135,
        totalMs: 136,
        probes: 9,
        slow: false,
      });
      // 46 probes; the newest five are left out: six of 30 ms, then 100 to 134.
      expect(rowOf(status, b).latency.baselineFirstByteMs).toBe(114);
      expect(rowOf(status, b).latency.limitMs).toBe(342);
      expect(rowOf(status, c).latency).toMatchObject({ firstByteMs: null, probes: 0 });
      expect(rowOf(status, c)).toMatchObject({ state: 'timeout', level: 'bad' });
      expect(status.observing.vantage).toBe('here');
    });
  });

  test('S2.1.14 three marks, each by itself: in the consensus, retrievable, signed', async () => {
    const signers = network.names.filter((name) => name !== a && name !== b);
    await asked(
      { rounds: [{ voters: network.names.slice(1), signers, withoutVotes: [c] }], later: 60 },
      (status) => {
        const marks = (name: string): (boolean | null)[] =>
          Object.values(rowOf(status, name).vote).map(({ value }) => value);
        expect(marks(a)).toEqual([false, false, false]);
        expect(marks(b)).toEqual([true, true, false]);
        expect(marks(c)).toEqual([true, false, true]);
        expect(marks(network.names[5] ?? '')).toEqual([true, true, true]);
      },
    );
  });

  test('S2.1.14 another vote than the one that the consensus names is not the one retrieved', async () => {
    const other = network.round({ validAfter: noon, relays: 3 }).votes.get(a) ?? '';
    const more = (journal: Journal): void => {
      journal.got(noon + 200, b, { kind: 'vote', period: 'current', of: network.member(a).identity }, other);
      journal.cycle(noon + 201);
    };
    await asked({ rounds: [{ withoutVotes: [a] }], more, later: 60 }, (status) => {
      expect(rowOf(status, a).vote.retrievable.value).toBe(false);
      expect(rowOf(status, a).agreement).toEqual({
        value: null,
        reason: 'its vote for the newest consensus is not held',
      });
    });
  });

  test('S2.1.15 S2.1.16 n/a for who runs no scanner; measured, running and file age for who does', async () => {
    await quiet((status) => {
      for (const name of network.names) {
        const { scan, state, level } = rowOf(status, name);
        if (network.scanners.has(name))
          expect(scan).toMatchObject({
            state: 'ok',
            level: 'ok',
            measured: 20,
            running: 20,
            fileAgeSeconds: 2000,
          });
        else
          expect(scan).toEqual({
            state: 'none',
            level: 'unknown',
            text: 'no scanner',
            measured: null,
            running: null,
            fileAgeSeconds: null,
          });
        expect([state, level]).toEqual(['online', 'ok']);
      }
    });
  });

  test('S2.1.21 a scanner whose file is older than usual is told of with the numbers', async () => {
    const old = (seconds: number) => (nickname: string) =>
      nickname === a
        ? instead('bandwidth-file-headers', `bandwidth-file-headers timestamp=${noon + 6 * hour - seconds}`)
        : (lines: string[]) => lines;
    await asked({ rounds: [{}, {}, {}, {}, {}, {}, { voteEdit: old(4 * hour) }] }, (status) => {
      expect(status.alerts.map(({ check, authority, severity }) => [check, authority, severity])).toEqual([
        ['scanner-silent', a, 'warning'],
      ]);
      expect(status.alerts[0]?.message).toContain(
        'its bandwidth file was 4 h old when it voted, limit 2 h, usual age 33 min; 5 scanners are well, 3 are needed',
      );
      expect(rowOf(status, a).scan).toMatchObject({
        state: 'stale',
        level: 'warn',
        fileAgeSeconds: 4 * hour,
      });
    });
  });

  test('S2.1.17 S2.1.18 events newest first, each with rule, time, level and the link to its evidence', async () => {
    await asked({ rounds: [{}, { down: [a], voters: network.names.slice(1) }] }, (status) => {
      const times = status.events.map(({ at }) => at);
      expect(times).toEqual(times.toSorted().toReversed());
      expect(status.events.map(({ rule }) => rule)).toEqual(
        expect.arrayContaining(['consensus-published', 'authority-state', 'raised-vote-missing']),
      );
      for (const { rule, link, text } of status.events) {
        expect(rule).toMatch(/^[a-z-]+$/);
        expect(text.length).toBeGreaterThan(0);
        expect(link).toMatch(/^\/(rounds|authorities|documents)\//);
      }
    });
  });

  test('S2.1.19 phases as they were due; what lies between authorities is said to be not observable', async () => {
    await quiet((status) => {
      expect(status.formation?.phases.map(({ due }) => due.slice(11, 19))).toEqual([
        '11:50:00',
        '11:52:30',
        '11:55:00',
        '11:57:30',
        '12:00:00',
      ]);
      expect(status.formation?.phases.map(({ seen }) => seen?.slice(11, 19) ?? null)).toEqual([
        '11:51:00',
        null,
        null,
        null,
        '12:00:06',
      ]);
      expect(status.formation?.phases[1]?.text).toContain('not observable');
      expect(status.formation?.votesFirstSeen.value).toEqual({
        first: '2024-05-01T11:51:00Z',
        last: '2024-05-01T11:51:00Z',
        spreadSeconds: 0.8,
      });
    });
    await asked({ rounds: [{ withoutVotes: network.names }] }, (status) => {
      expect(status.formation?.votesFirstSeen).toEqual({
        value: null,
        reason: 'no vote was seen during the voting window',
      });
    });
  });

  test('S2.1.26 an answer is made once for each revision and time slot, and says for how long', async () => {
    const journal = makeJournal(network, noon - 1200);
    journal.play(network.round({ validAfter: noon }));
    const fed = await run(journal);
    let [now, revision] = [noon + 300_000, 1];
    const answers = fed.answers(0, { now: () => now, cacheSeconds: 120, revision: () => revision });
    const first = answers.status();
    expect(answers.status()).toBe(first);
    expect((await first).cacheSeconds).toBe(120);
    now += 120_000;
    const second = answers.status();
    expect(second).not.toBe(first);
    revision += 1;
    expect(answers.status()).not.toBe(second);
    await fed.close();
  });

  test('S2.1.28 of several consensuses the newest by valid-after is shown, and only one that verifies', async () => {
    const newer = network.round({ validAfter: noon + 2 * hour, signers: network.names.slice(0, 4) });
    const more = (journal: Journal): void => {
      journal.got(
        noon + hour + 400,
        a,
        { kind: 'consensus', flavor: 'ns' },
        network.round({ validAfter: noon }).ns,
      );
      journal.got(noon + hour + 401, b, { kind: 'consensus', flavor: 'ns' }, newer.ns);
      journal.got(
        noon + hour + 402,
        c,
        { kind: 'consensus', flavor: 'ns' },
        '<html><a href="2030-01-01-consensus">2030-01-01-consensus</a></html>',
      );
      journal.cycle(noon + hour + 403);
    };
    await asked({ rounds: [{}, {}], more }, (status) => {
      expect(status.consensus.validAfter).toBe('2024-05-01T13:00:00Z');
      expect(status.consensus.verdict).toBe('Genuine: 9 good signatures, 5 needed.');
    });
  });

  test('S2.1.29 S2.1.30 formation and quality of the newest round', async () => {
    await quiet((status) => {
      expect(status.quality).toMatchObject({
        relays: 20,
        guards: 4,
        exits: 4,
        exitsWithoutBadExit: 4,
        // Of six who measured a relay, the third smallest: twenty more than it says of itself.
        weightSum: 21_730,
        method: 34,
      });
      expect(status.formation?.bandwidthVariance.map(({ authority }) => authority).sort()).toEqual(
        [...network.scanners].sort(),
      );
      for (const { relays, q1, medianRatio, q3 } of status.formation?.bandwidthVariance ?? []) {
        expect(relays).toBe(20);
        expect(q1 <= medianRatio && medianRatio <= q3).toBe(true);
      }
    });
  });

  test('S2.1.31 diversity with its source and date, or the reason why there is none', async () => {
    await quiet((status) => {
      expect(status.diversity).toMatchObject({
        countries: { value: null, reason: 'no country table is configured (tor-geoipdb)' },
        geoSource: 'none',
        platforms: { value: null },
        operators: { value: null },
      });
      expect(status.diversity?.platforms.reason).toContain('no server descriptor that the consensus names');
    });
    await asked({ rounds: [{}], sources: { geoSource: 'geoip, Generated: 2026-07-01' } }, (status) => {
      expect(status.diversity).toMatchObject({
        countries: { value: [{ country: 'DE', relays: 20, weightShare: 1 }] },
        geoSource: 'geoip, Generated: 2026-07-01',
      });
    });
  });
});
