import { describe, expect, test } from 'vitest';
import {
  due,
  heldVoteKey,
  nothingAsked,
  nothingKnown,
  noted,
  type Knowledge,
  type Outcome,
  type PlannedRequest,
  type PlanOptions,
  type PlanState,
} from '../../src/collect/index.ts';
import { publicAuthorities, publicSchedule, votersOf, type VotingSchedule } from '../../src/network/index.ts';

const at = (time: string): number => Date.parse(`2026-07-27T${time}Z`);
const options: PlanOptions = { authorities: publicAuthorities.authorities };
const voters = votersOf(publicAuthorities);
/** As after a restart: what is known is the schedule. */
const nothing: Knowledge = { ...nothingKnown(publicSchedule), scheduleAssumed: false };

interface Played {
  readonly request: PlannedRequest;
  readonly atMs: number;
}

/** Plays the plan from one time to another; `world` says what every question brings, and how long it takes. */
function play(
  {
    knowledge = () => nothing,
    plan = options,
    state = nothingAsked,
  }: Partial<{
    knowledge: (nowMs: number) => Knowledge;
    plan: PlanOptions;
    state: PlanState;
  }>,
  [fromMs, toMs]: readonly [number, number],
  world: (played: Played) => Outcome,
): Played[] {
  const played: Played[] = [];
  let nowMs = fromMs;
  while (nowMs < toMs) {
    const next = due(plan, state, knowledge(nowMs), nowMs);
    state = next.state;
    for (const request of next.requests) {
      played.push({ request, atMs: nowMs });
      state = noted(state, request, { outcome: world({ request, atMs: nowMs }), atMs: nowMs });
    }
    nowMs = next.requests.length > 0 ? nowMs + 50 : Math.max(nowMs + 1, next.wakeMs);
  }
  return played;
}

const received = (): Outcome => 'received';
const kinds = (played: readonly Played[], kind: string): readonly Played[] =>
  played.filter(({ request }) => request.subject.kind === kind);
const to = (played: readonly Played[], nickname: string): readonly Played[] =>
  played.filter(({ request }) => request.authority === nickname);
const seconds = (played: readonly Played[], since: string): readonly number[] =>
  played.map(({ atMs }) => Math.round((atMs - at(since)) / 1000));

/** Knows the consensus of the hour from everyone, and holds all votes of the rounds before `coming`. */
function upToDate(hour: string, coming?: string): Knowledge {
  const published = at(hour) / 1000;
  return {
    ...nothing,
    consensuses: new Map(voters.map(({ nickname }) => [nickname, { ns: published, microdesc: published }])),
    heldVotes: new Set(
      voters.flatMap(({ v3ident }) => [
        heldVoteKey(published, v3ident),
        ...(coming === undefined ? [] : [heldVoteKey(at(coming) / 1000, v3ident)]),
      ]),
    ),
  };
}

describe('due() on the first start', () => {
  const played = play({}, [at('10:20:00'), at('10:20:05')], received);

  test('asks everyone for everything current within seconds', () => {
    const copied = voters[0]?.v3ident;
    const gabelmoo = to(played, 'gabelmoo').map(({ request }) => request.path ?? request.subject);
    expect(new Set(gabelmoo)).toEqual(
      new Set([
        '/tor/robots.txt',
        { kind: 'or-port', family: 'ipv4' },
        { kind: 'or-port', family: 'ipv6' },
        '/tor/keys/all',
        '/tor/status-vote/current/consensus',
        '/tor/status-vote/current/consensus-microdesc',
        '/tor/status-vote/current/authority',
        `/tor/status-vote/current/${copied}`,
        '/tor/server/authority',
        '/tor/extra/authority',
      ]),
    );
  });

  test('asks without a condition, so that an old consensus is welcome too', () => {
    expect(kinds(played, 'consensus').map(({ request }) => request.ifModifiedSince)).toEqual(
      Array.from({ length: 18 }, () => undefined),
    );
  });

  test('never asks the bridge authority for consensus, vote or certificate', () => {
    const asked = new Set(to(played, 'Serge').map(({ request }) => request.subject.kind));
    expect(asked).toEqual(new Set(['liveness', 'or-port', 'server-descriptor', 'extra-info']));
  });

  test('puts one large question at a time to each authority', () => {
    const { requests, state } = due(options, nothingAsked, nothing, at('10:20:00'));
    const large = requests.filter(({ big }) => big);
    expect(new Set(large.map(({ authority }) => authority)).size).toBe(large.length);
    expect(large).toHaveLength(9);
    expect(due(options, state, nothing, at('10:20:09')).requests).toEqual([]);
    const later = due(options, state, nothing, at('10:20:10')).requests;
    expect(new Set(later.map(({ subject }) => subject.kind))).toEqual(new Set(['liveness']));
  });
});

describe('due() in a round', () => {
  test('asks for liveness every ten seconds, whatever the answer', () => {
    for (const outcome of ['received', 'timed-out', 'busy'] as const) {
      const played = play(
        { knowledge: () => upToDate('10:00:00') },
        [at('10:20:00'), at('10:21:00')],
        () => outcome,
      );
      expect(seconds(to(kinds(played, 'liveness'), 'dizum'), '10:20:00')).toEqual([0, 10, 20, 30, 40, 50]);
    }
  });

  test('asks for own votes after vote time, and after the publication when they are missing', () => {
    const world = (outcome: Outcome): Played[] =>
      play({ knowledge: () => upToDate('10:00:00') }, [at('10:40:00'), at('11:00:00')], () => outcome);
    const own = (played: Played[]): readonly Played[] =>
      kinds(to(played, 'tor26'), 'vote').filter(
        ({ request }) => request.path === '/tor/status-vote/next/authority',
      );
    expect(seconds(own(world('received')), '10:50:00')).toEqual([9]);
    expect(own(world('absent'))).toHaveLength(3);
    expect(own(world('absent')).every(({ atMs }) => atMs < at('11:00:00'))).toBe(true);

    const late = play(
      { knowledge: () => upToDate('10:00:00') },
      [at('11:00:00'), at('12:00:00')],
      ({ request }) => (request.subject.kind === 'vote' ? 'absent' : 'received'),
    );
    const current = kinds(to(late, 'tor26'), 'vote').filter(
      ({ request }) => request.path === '/tor/status-vote/current/authority',
    );
    expect(current).toHaveLength(3);
    expect(seconds(current, '11:00:00')[0]).toBe(30);
  });

  test('does not ask for a vote that is held', () => {
    const played = play(
      { knowledge: () => upToDate('10:00:00', '11:00:00'), plan: { ...options, copies: 'none' } },
      [at('10:40:00'), at('11:00:00')],
      received,
    );
    expect(kinds(played, 'vote')).toEqual([]);
  });

  test('looks at the signatures three times, and never at current/consensus-signatures', () => {
    const played = play({}, [at('10:40:00'), at('11:10:00')], received);
    expect(seconds(to(kinds(played, 'signatures'), 'tor26'), '10:55:00')).toEqual([15, 165, 285]);
    expect(played.some(({ request }) => request.path?.includes('current/consensus-signatures'))).toBe(false);
  });

  test('asks scanners for their bandwidth file, others not', () => {
    const knowledge = { ...upToDate('10:00:00'), scanners: new Set(['maatuska']) };
    const played = play({ knowledge: () => knowledge }, [at('10:10:00'), at('11:00:00')], received);
    expect(kinds(played, 'bandwidth-file').map(({ request }) => request.authority)).toEqual(['maatuska']);
  });

  test('asks for certificates once an hour, for new ones only', () => {
    const played = play(
      { knowledge: () => upToDate('10:00:00') },
      [at('10:01:00'), at('13:01:00')],
      ({ request }) => (request.ifModifiedSince === undefined ? 'received' : 'not-modified'),
    );
    const certificates = to(kinds(played, 'certificates'), 'bastet');
    expect(certificates.map(({ request }) => request.ifModifiedSince !== undefined)).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(certificates[1]?.request.ifModifiedSince).toBe(at('09:51:00') / 1000);
  });
});

describe('due() for a new consensus', () => {
  const published = at('11:00:00') / 1000;

  test('asks once when it is there, by a condition that a lagging authority answers with 304', () => {
    const played = play(
      { knowledge: () => upToDate('10:00:00') },
      [at('11:00:00'), at('11:50:00')],
      received,
    );
    const consensuses = kinds(played, 'consensus');
    expect(consensuses).toHaveLength(18);
    expect(consensuses.every(({ request }) => request.ifModifiedSince === published)).toBe(true);
    expect(new Set(seconds(consensuses, '11:00:00')).size).toBeGreaterThanOrEqual(9);
    expect(Math.max(...seconds(consensuses, '11:00:00'))).toBeLessThan(30);
  });

  test.each<Outcome>(['not-modified', 'absent', 'busy', 'timed-out', 'refused'])(
    'asks again after %s, with growing waits, until the round is half over',
    (outcome) => {
      const played = play(
        { knowledge: () => upToDate('10:00:00') },
        [at('11:00:00'), at('12:00:00')],
        () => outcome,
      );
      const asked = seconds(to(kinds(played, 'consensus'), 'moria1'), '11:00:00').filter(
        (_, index) => index % 2 === 0,
      );
      const waits = asked.slice(1).map((second, index) => second - (asked[index] ?? 0));
      expect(asked.length).toBeGreaterThanOrEqual(5);
      expect(waits.every((wait, index) => wait > (waits[index - 1] ?? 0))).toBe(true);
      expect(asked.at(-1)).toBeLessThan(1800);
    },
  );

  test('asks again by condition when what came without one was old', () => {
    let served: number | undefined;
    const knowledge = (): Knowledge =>
      served === undefined ? nothing : { ...nothing, consensuses: new Map([['moria1', { ns: served }]]) };
    const played = play({ knowledge }, [at('11:20:00'), at('11:29:00')], ({ request }) => {
      if (request.authority !== 'moria1' || request.subject.kind !== 'consensus') return 'received';
      served = published - 3600;
      return request.ifModifiedSince === undefined ? 'received' : 'not-modified';
    });
    const asked = to(kinds(played, 'consensus'), 'moria1').filter(
      ({ request }) => request.path === '/tor/status-vote/current/consensus',
    );
    expect(asked.map(({ request }) => request.ifModifiedSince).slice(0, 3)).toEqual([
      undefined,
      published,
      published,
    ]);
  });
});

describe('due() while no consensus has said when the network votes', () => {
  const unknown = nothingKnown(publicSchedule);
  const asked = (played: readonly Played[]): readonly Played[] =>
    kinds(played, 'consensus').filter(({ request }) => request.key.startsWith('first consensus'));

  test('somebody else is asked for one every twenty seconds, and the load stays within the promise', () => {
    const world = ({ request }: Played): Outcome =>
      request.subject.kind === 'consensus' || request.subject.kind === 'vote' ? 'absent' : 'received';
    const played = play({ knowledge: () => unknown }, [at('10:20:00'), at('11:20:00')], world);
    const first = asked(played);
    expect(first).toHaveLength(180);
    expect(seconds(first.slice(0, 3), '10:20:00')).toEqual([0, 20, 40]);
    for (const { nickname } of voters) {
      expect(to(first, nickname), nickname).toHaveLength(20);
      expect(to(played, nickname).length, nickname).toBeLessThan(550);
    }
  });

  test('what an authority gave is not sent again', () => {
    const played = play({ knowledge: () => unknown }, [at('10:20:00'), at('10:30:00')], received);
    expect(asked(played).every(({ request }) => request.ifModifiedSince !== undefined)).toBe(true);
  });

  test('nobody is asked out of turn once one is known', () => {
    expect(
      asked(play({ knowledge: () => nothing }, [at('10:20:00'), at('10:30:00')], () => 'absent')),
    ).toEqual([]);
  });
});

describe('due() when some sign a text that no votes explain', () => {
  const others = voters.slice(2).map(({ v3ident }) => v3ident);
  const doubting = (
    hour: string,
    members: readonly string[],
    authors: readonly string[] = others,
  ): Knowledge => ({
    ...upToDate('10:00:00', '11:00:00'),
    doubted: [{ validAfter: at(hour) / 1000, digest: 'AB'.repeat(20), members, authors }],
  });
  const doubts = (knowledge: Knowledge, from: string, until: string): readonly Played[] =>
    play(
      { knowledge: () => knowledge, plan: { ...options, copies: 'none' } },
      [at(from), at(until)],
      received,
    ).filter(({ request }) => request.key.startsWith('other vote'));

  test('its members are asked for the votes of others, in turn, before the publication', () => {
    const played = doubts(doubting('11:00:00', ['moria1', 'tor26']), '10:50:00', '10:59:00');
    expect(played.map(({ request }) => `${request.authority} ${request.path}`)).toEqual(
      others.slice(0, 6).map((of, index) => `${index % 2 ? 'tor26' : 'moria1'} /tor/status-vote/next/${of}`),
    );
    expect(Math.min(...seconds(played, '10:55:00'))).toBe(0);
  });

  test('and after it; one alone for three of them and no more', () => {
    const played = doubts(doubting('10:00:00', ['tor26']), '10:00:00', '10:59:00');
    expect(played.map(({ request }) => `${request.authority} ${request.path}`)).toEqual(
      others.slice(0, 3).map((of) => `tor26 /tor/status-vote/current/${of}`),
    );
  });

  test('the next of them is asked when one does not answer', () => {
    const knowledge = doubting('11:00:00', ['moria1', 'tor26'], others.slice(0, 1));
    const plan: PlanOptions = { ...options, copies: 'none' };
    const played = play(
      { knowledge: () => knowledge, plan },
      [at('10:55:00'), at('10:59:00')],
      ({ request }) => (request.authority === 'moria1' ? 'timed-out' : 'received'),
    ).filter(({ request }) => request.path === `/tor/status-vote/next/${others[0]}`);
    expect(played.map(({ request }) => request.authority)).toEqual(['moria1', 'tor26']);
  });
});

describe('due() for what others hold', () => {
  const copiesOf = (plan: PlanOptions, from: string, until: string): readonly string[] =>
    kinds(play({ plan, knowledge: () => upToDate('10:00:00') }, [at(from), at(until)], received), 'vote')
      .filter(({ request }) => /next\/[0-9A-F]{40}$/.test(request.path ?? ''))
      .map(({ request }) => `${request.authority} ${request.path?.slice(-40)}`);

  test('asks for each vote of one other authority a round, and for every pair in eight rounds', () => {
    const round = copiesOf(options, '10:40:00', '11:00:00');
    expect(round).toHaveLength(9);
    expect(new Set(round.map((pair) => pair.split(' ')[0])).size).toBe(9);
    const eight = copiesOf(options, '02:40:00', '10:40:00');
    expect(new Set(eight).size).toBe(72);
    expect(eight.some((pair) => voters.some((voter) => pair === `${voter.nickname} ${voter.v3ident}`))).toBe(
      false,
    );
  });

  test('asks for all or none when told', () => {
    expect(copiesOf({ ...options, copies: 'all' }, '10:40:00', '11:00:00')).toHaveLength(72);
    expect(copiesOf({ ...options, copies: 'none' }, '10:40:00', '11:00:00')).toEqual([]);
  });

  test('asks one holder after another for a vote by its digest, its author first', () => {
    const gabelmoo = voters.find(({ nickname }) => nickname === 'gabelmoo');
    const digest = 'AB'.repeat(20);
    const knowledge = { ...upToDate('10:00:00'), wantedVotes: [{ digest, of: gabelmoo?.v3ident ?? '' }] };
    const played = play({ knowledge: () => knowledge }, [at('10:05:00'), at('10:49:00')], ({ request }) =>
      request.path?.endsWith(digest) === true && request.authority !== 'longclaw' ? 'absent' : 'received',
    );
    const asked = played.filter(({ request }) => request.path === `/tor/status-vote/current/d/${digest}`);
    expect(asked.map(({ request }) => request.authority)).toEqual([
      'gabelmoo',
      'dannenberg',
      'maatuska',
      'longclaw',
    ]);
  });

  test('asks one holder after another for a certificate, and gives up after the last', () => {
    const wanted = { identity: voters[1]?.v3ident ?? '', signingKey: 'CD'.repeat(20) };
    const knowledge = { ...upToDate('10:00:00'), wantedCertificates: [wanted] };
    const played = play({ knowledge: () => knowledge }, [at('10:05:00'), at('10:59:00')], () => 'absent');
    const asked = played.filter(
      ({ request }) => request.path === `/tor/keys/fp-sk/${wanted.identity}-${wanted.signingKey}`,
    );
    expect(asked.map(({ request }) => request.authority)).toEqual([
      'tor26',
      'dizum',
      'gabelmoo',
      'dannenberg',
      'maatuska',
      'longclaw',
      'bastet',
      'faravahar',
      'moria1',
    ]);
  });
});

describe('due() on a network that votes every few seconds', () => {
  const quick = (intervalSeconds: number, delay: number): VotingSchedule => ({
    intervalSeconds,
    voteSeconds: delay,
    distSeconds: delay,
  });

  test.each([
    [10, 2],
    [20, 4],
    [60, 10],
  ])('has its questions in their phases, every %i s with delays of %i s', (interval, delay) => {
    const knowledge = {
      ...nothingKnown(quick(interval, delay)),
      scheduleAssumed: false,
      scanners: new Set(['moria1']),
    };
    const startMs = at('10:00:00') + interval * 1000;
    const played = play({ knowledge: () => knowledge }, [startMs, startMs + interval * 1000], received);
    const second = (kind: string, path: string): readonly number[] =>
      to(kinds(played, kind), 'moria1')
        .filter(({ request }) => request.path === path)
        .map(({ atMs }) => (atMs - startMs) / 1000);
    const inside = (times: readonly number[], from: number, until: number): void => {
      expect(times.length).toBeGreaterThan(0);
      for (const time of times) expect(time > from && time < until, `${time} in ${from}–${until}`).toBe(true);
    };
    inside(second('consensus', '/tor/status-vote/current/consensus'), 0, interval / 2);
    inside(second('vote', '/tor/status-vote/next/authority'), interval - 2 * delay, interval);
    inside(second('signatures', '/tor/status-vote/next/consensus-signatures'), interval - delay, interval);
    expect(second('signatures', '/tor/status-vote/next/consensus-signatures')).toHaveLength(3);
    inside(second('bandwidth-file', '/tor/status-vote/next/bandwidth'), interval - 2 * delay, interval);
    const copies = to(kinds(played, 'vote'), 'moria1').filter(({ request }) =>
      /next\/[0-9A-F]{40}$/.test(request.path ?? ''),
    );
    inside(
      copies.map(({ atMs }) => (atMs - startMs) / 1000),
      interval - 1.5 * delay,
      interval - 0.2 * delay,
    );
    expect(second('liveness', '/tor/robots.txt')).toHaveLength(interval / 2);
  });
});
