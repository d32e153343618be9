import { describe, expect, test } from 'vitest';
import {
  descriptorQuestionsMost,
  descriptorsARequest,
  due,
  nothingAsked,
  nothingKnown,
  noted,
  type Knowledge,
  type Outcome,
  type PlanOptions,
} from '../../src/collect/index.ts';
import { publicAuthorities, publicSchedule, votersOf } from '../../src/network/index.ts';

const at = (time: string): number => Date.parse(`2026-07-27T${time}Z`);
const names = votersOf(publicAuthorities).map(({ nickname }) => nickname);
/** Digests of so many relays, as knowledge has them: in ascending order. */
const relays = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, index) => (from + index).toString(16).toUpperCase().padStart(40, '0'));

interface Question {
  readonly at: number;
  readonly authority: string;
  readonly digests: readonly string[];
  readonly path: string;
}

interface World {
  readonly from: string;
  readonly until: string;
  /** What the newest consensus names at a time (ms), and what it is called; absent while there is none. */
  readonly named: (nowMs: number) => readonly [consensus: string, digests: readonly string[]] | undefined;
  /** Whether an authority has a descriptor; everybody has everything unless given. */
  readonly has?: (authority: string, digest: string) => boolean;
  /** What an authority answers instead. */
  readonly fails?: (authority: string) => Outcome | undefined;
  /** What another source has brought by this time (ms). */
  readonly brought?: (nowMs: number) => readonly string[];
  readonly plan?: Partial<PlanOptions>;
  readonly schedule?: Knowledge['schedule'];
}

/** The questions for descriptors that the plan puts; what comes is known two seconds later, as by the pipeline's tick. */
function asked(world: World): Question[] {
  const { named, has = () => true, fails = () => undefined, brought = () => [], plan } = world;
  // Other questions are as few as may be: each is one more look at the plan.
  const few = { copies: 'none', probeSeconds: 60, orPortSeconds: 3600 } as const;
  const options = { authorities: publicAuthorities.authorities, ...few, ...plan };
  const known = { ...nothingKnown(world.schedule ?? publicSchedule), scheduleAssumed: false };
  const questions: Question[] = [];
  const held = new Set<string>();
  let coming: { readonly atMs: number; readonly digests: readonly string[] }[] = [];
  let missing: Knowledge['missingDescriptors'];
  let heldThen = -1;
  let state = nothingAsked;
  for (let nowMs = at(world.from); nowMs < at(world.until);) {
    for (const { atMs, digests } of coming) if (atMs <= nowMs) for (const one of digests) held.add(one);
    coming = coming.filter(({ atMs }) => atMs > nowMs);
    for (const one of brought(nowMs)) held.add(one);
    const [consensus, digests] = named(nowMs) ?? [];
    if (consensus !== undefined && (consensus !== missing?.consensus || held.size !== heldThen))
      missing = { consensus, digests: new Set(digests?.filter((one) => !held.has(one))) };
    heldThen = held.size;
    const knowledge = missing === undefined ? known : { ...known, missingDescriptors: missing };
    const next = due(options, state, knowledge, nowMs);
    state = next.state;
    for (const request of next.requests) {
      const { authority, subject, path = '' } = request;
      if (subject.kind !== 'relay-descriptors') {
        state = noted(state, request, { outcome: 'received', atMs: nowMs });
        continue;
      }
      questions.push({ at: nowMs, authority, digests: subject.digests, path });
      const given = subject.digests.filter((one) => has(authority, one));
      const outcome = fails(authority) ?? (given.length === 0 ? 'absent' : 'received');
      state = noted(state, request, { outcome, atMs: nowMs + 200 });
      if (outcome === 'received') coming.push({ atMs: nowMs + 2000, digests: given });
    }
    nowMs = next.requests.length > 0 ? nowMs + 50 : Math.max(nowMs + 1, next.wakeMs);
  }
  return questions;
}

/** One consensus after another; the first of them is there at the beginning. */
const every =
  (named: (hour: number) => readonly string[]): World['named'] =>
  (nowMs) => {
    const hour = Math.floor((nowMs - at('00:00:20')) / 3_600_000);
    return [`consensus ${hour}`, named(hour)];
  };

/** How many questions each authority was asked in each round. */
function countByRoundAndAuthority(questions: readonly Question[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { at: when, authority } of questions) {
    const key = `${Math.floor(when / 3_600_000)} ${authority}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function expectWithinRation(questions: readonly Question[]): void {
  expect(questions.length).toBeGreaterThan(0);
  for (const [key, count] of countByRoundAndAuthority(questions))
    expect(count, key).toBeLessThanOrEqual(descriptorQuestionsMost);
}

test('due() asks for what is missing by its digests, as tor asks', () => {
  const questions = asked({ from: '10:00:00', until: '11:00:00', named: () => ['one', relays(3)] });
  expect(questions).toHaveLength(1);
  expect(questions[0]?.path).toBe(`/tor/server/d/${relays(3).join('+')}`);
  expect(names).toContain(questions[0]?.authority);
});

test.each<[string, World['named']]>([
  ['there is no consensus', () => undefined],
  ['nothing is missing', () => ['one', []]],
])('due() asks for no descriptor while %s', (_, named) => {
  expect(asked({ from: '10:00:00', until: '12:00:00', named })).toEqual([]);
});

test('due() asks for no descriptor when told not to', () => {
  const world: World = { from: '10:00:00', until: '12:00:00', named: () => ['one', relays(300)] };
  expect(asked(world).length).toBeGreaterThan(0);
  expect(asked({ ...world, plan: { relayDescriptors: 'none' } })).toEqual([]);
});

describe('due() when a network of 9,500 relays is looked at first', () => {
  const all = relays(9500);
  const questions = asked({ from: '10:20:00', until: '16:00:00', named: every(() => all) });

  test('asks for each descriptor once', () => {
    const digests = questions.flatMap((one) => one.digests);
    expect(digests).toHaveLength(9500);
    expect(new Set(digests)).toEqual(new Set(all));
    expect(Math.max(...questions.map((one) => one.digests.length))).toBe(descriptorsARequest);
  });

  test('takes some hours over it, and asks nobody for more than three times a round', () => {
    const last = Math.max(...questions.map((one) => one.at));
    expect(last).toBeGreaterThan(at('12:00:00'));
    expect(last).toBeLessThan(at('15:00:00'));
    expectWithinRation(questions);
    expect(new Set(questions.map(({ authority }) => authority))).toEqual(new Set(names));
  });

  test('asks one after another, a minute and more between two, and nothing while votes are made', () => {
    const gaps = questions.slice(1).map((one, index) => one.at - (questions[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(60_000);
    for (const one of questions) expect(new Date(one.at).getUTCMinutes()).toBeLessThan(50);
  });

  test('asks a bridge authority for none', () => {
    expect(questions.filter(({ authority }) => authority === 'Serge')).toEqual([]);
  });
});

test('due() hour after hour asks another authority first, so that each is asked as often', () => {
  // Six questions an hour, as the public network takes.
  const questions = asked({
    from: '00:00:30',
    until: '18:00:20',
    named: every((hour) => relays(550, 10_000 * hour)),
  });
  expect(questions).toHaveLength(18 * 6);
  for (const name of names) expect(questions.filter(({ authority }) => authority === name)).toHaveLength(12);
});

describe('due() when an authority lacks descriptors', () => {
  test('asks the next for those that are left, and for no others', () => {
    const lacking = new Set(relays(5));
    const first = asked({ from: '10:00:00', until: '11:00:00', named: () => ['one', relays(90)] })[0];
    const questions = asked({
      from: '10:00:00',
      until: '11:00:00',
      named: () => ['one', relays(90)],
      has: (authority, digest) => authority !== first?.authority || !lacking.has(digest),
    });
    expect(questions.map(({ digests }) => digests)).toEqual([relays(90), relays(5)]);
    expect(new Set(questions.map(({ authority }) => authority)).size).toBe(2);
  });

  test('asks each once a round for what nobody has, and again in the next', () => {
    const questions = asked({
      from: '10:00:00',
      until: '11:59:00',
      named: every(() => relays(2)),
      has: () => false,
    });
    expect(questions).toHaveLength(18);
    expect(new Set(countByRoundAndAuthority(questions).values())).toEqual(new Set([1]));
  });

  test.each<Outcome>(['busy', 'timed-out', 'refused', 'malformed', 'not-asked'])(
    'goes to the next after %s, and does not press the same one',
    (outcome) => {
      const questions = asked({
        from: '10:00:00',
        until: '11:00:00',
        named: () => ['one', relays(1000)],
        fails: (authority) => (authority === 'moria1' ? outcome : undefined),
      });
      const toMoria = questions.filter(({ authority }) => authority === 'moria1');
      expect(toMoria.length).toBeLessThanOrEqual(descriptorQuestionsMost);
      const given = questions.filter(({ authority }) => authority !== 'moria1');
      expect(new Set(given.flatMap(({ digests }) => digests))).toEqual(new Set(relays(1000)));
    },
  );

  test('keeps to the ration when everybody sheds load', () => {
    const questions = asked({
      from: '10:00:00',
      until: '12:00:00',
      named: every(() => relays(4000)),
      fails: () => 'busy',
    });
    expectWithinRation(questions);
  });

  test('has what is new within a round although hundreds are had by nobody', () => {
    const lost = new Set(relays(500));
    const fresh = (hour: number): readonly string[] => relays(300, 1000 * hour);
    const questions = asked({
      from: '10:00:00',
      until: '12:59:00',
      // In ascending order, so that in each question some are new.
      named: every((hour) =>
        [...lost, ...fresh(hour)].toSorted((a, b) => (a.slice(-2) < b.slice(-2) ? -1 : 1)),
      ),
      has: (_, digest) => !lost.has(digest),
    });
    expectWithinRation(questions);
    for (const hour of [10, 11, 12]) {
      const inHour = questions.filter((one) => new Date(one.at).getUTCHours() === hour);
      expect(inHour.flatMap(({ digests }) => digests)).toEqual(expect.arrayContaining([...fresh(hour)]));
    }
  });

  test('keeps to the ration when many a descriptor is held by one authority alone', () => {
    const questions = asked({
      from: '10:00:00',
      until: '11:00:00',
      named: () => ['one', relays(4000)],
      has: (authority, digest) => names[Number.parseInt(digest, 16) % names.length] === authority,
    });
    expectWithinRation(questions);
  });
});

test('due() divides anew when another consensus of the round is taken, within the same ration', () => {
  const questions = asked({
    from: '10:00:00',
    until: '11:00:00',
    named: (nowMs) => (nowMs < at('10:20:00') ? ['one', relays(3000)] : ['two', relays(3000, 1500)]),
  });
  const digests = questions.flatMap((one) => one.digests);
  expect(new Set(digests).size).toBe(digests.length);
  expectWithinRation(questions);
});

test('due() asks for nothing twice that another source brings meanwhile', () => {
  const questions = asked({
    from: '10:00:00',
    until: '11:00:00',
    named: () => ['one', relays(1000)],
    brought: (nowMs) => (nowMs < at('10:08:00') ? [] : relays(900)),
  });
  const late = questions.filter((one) => one.at >= at('10:08:00')).flatMap(({ digests }) => digests);
  expect(late).toEqual(relays(100, 900));
});

describe('due() when another source is asked for descriptors as well', () => {
  const world = {
    until: '11:00:00',
    named: () => ['one', relays(500)] as const,
    plan: { relayDescriptors: 'rest' as const },
  };

  test('leaves it half of the round', () => {
    const questions = asked({ ...world, from: '10:00:30' });
    expect(questions).toHaveLength(6);
    for (const one of questions) expect(one.at).toBeGreaterThanOrEqual(at('10:30:00'));
  });

  test('leaves it a quarter of an hour after a start', () => {
    const questions = asked({ ...world, from: '10:25:00' });
    expect(Math.min(...questions.map((one) => one.at))).toBeGreaterThanOrEqual(at('10:40:00'));
  });

  test('asks for the rest alone', () => {
    const questions = asked({ ...world, from: '10:00:30', brought: () => relays(480) });
    expect(questions.map(({ digests }) => digests)).toEqual([relays(20, 480)]);
  });
});

test('due() after a restart asks for what is missing then', () => {
  const world = { named: every(() => relays(2000)), until: '11:00:00' };
  const before = asked({ ...world, from: '10:00:00', until: '10:12:00' }).flatMap(({ digests }) => digests);
  expect(before.length).toBeGreaterThan(96);
  const after = asked({ ...world, from: '10:13:00', brought: () => before });
  expect(after.flatMap(({ digests }) => digests)).toEqual(
    relays(2000).filter((one) => !before.includes(one)),
  );
});

test.each([
  [20, 4],
  [60, 10],
  [300, 20],
])('due() on a network that votes every %i s has a small network within a round', (interval, delay) => {
  const schedule = { intervalSeconds: interval, voteSeconds: delay, distSeconds: delay };
  const startMs = at('10:00:00') + interval * 1000;
  const questions = asked({
    from: new Date(startMs).toISOString().slice(11, 19),
    until: new Date(startMs + interval * 1000).toISOString().slice(11, 19),
    named: () => ['one', relays(250)],
    schedule,
  });
  expect(questions).toHaveLength(3);
  for (const one of questions) expect((one.at - startMs) / 1000).toBeLessThan(interval - 2 * delay);
});
