/** Shared randomness: what becomes of each commitment, the value that the reveals give, and what was published. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import {
  compareSharedRandom,
  computeSharedRandom,
  detectKind,
  formatTime,
  parseConsensus,
  parseVote,
  type Fingerprint,
  type SharedRandomCommit,
  type SharedRandomConsensus,
  type SharedRandomRun,
  type SharedRandomValue,
  type SharedRandomVote,
  type UnixSeconds,
} from '../src/index.ts';
import { bytesOfFile, hasData, withData } from './support/data.ts';
import { hasRecording, openRecording, withRecording } from './support/recordings.ts';

const hour = 3600;
const midnight = 1_714_521_600;

/** A secret of an authority: its commitment and its reveal. */
function secret(seed: string): { readonly commit: string; readonly reveal: string } {
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(midnight));
  const reveal = Buffer.concat([stamp, createHash('sha256').update(seed).digest()]).toString('base64');
  const hashed = createHash('sha3-256').update(reveal).digest();
  return { commit: Buffer.concat([stamp, hashed]).toString('base64'), reveal };
}

const names = ['amber', 'birch', 'cedar', 'delta'] as const;
type Name = (typeof names)[number];
const identities = Object.fromEntries(
  names.map((name, index) => [name, `${index}`.repeat(40) as Fingerprint]),
) as Record<Name, Fingerprint>;
const nameOf = (identity: string): string => names.find((name) => identities[name] === identity) ?? identity;

/** A `shared-rand-commit` line of an authority: with the reveal or without, its usual secret or another. */
function line(name: Name, reveal = false, seed: string = name): SharedRandomCommit {
  const made = secret(seed);
  return {
    version: 1,
    algorithm: 'sha3-256',
    identity: identities[name],
    commit: made.commit,
    reveal: reveal ? made.reveal : undefined,
  };
}

const before: SharedRandomValue = { reveals: 4, value: `${'B'.repeat(43)}=` };

/** A vote in a slot of the made run. */
function vote(
  name: Name,
  slot: number,
  commits: readonly SharedRandomCommit[],
  current: SharedRandomValue | undefined = before,
): SharedRandomVote {
  const validAfter = (midnight + slot * hour) as UnixSeconds;
  return {
    validAfter,
    freshUntil: (validAfter + hour) as UnixSeconds,
    source: {
      nickname: name,
      identity: identities[name],
      hostname: '',
      address: '192.0.2.1',
      dirPort: 80,
      orPort: 443,
    },
    sharedRandomCommits: commits,
    sharedRandomCurrent: current,
  };
}

/** Votes of everybody in slots 0, 12 and 23; `late` are those whose own last votes have no reveal. */
function run(late: readonly Name[] = []): SharedRandomVote[] {
  const all = names.map((name) => line(name));
  const revealed = names.map((name) => line(name, !late.includes(name)));
  return names.flatMap((name) => [vote(name, 0, all), vote(name, 12, all), vote(name, 23, revealed)]);
}

function only(votes: readonly SharedRandomVote[]): SharedRandomRun {
  const runs = computeSharedRandom(votes);
  expect(runs).toHaveLength(1);
  return runs[0] as SharedRandomRun;
}

/** The value by the words of srv-spec and the order that tor takes, written down a second time. */
function expected(who: readonly Name[], previous = before.value): string {
  const hashOf = (name: Name): Buffer => createHash('sha3-256').update(secret(name).reveal).digest();
  const body = [...who]
    .sort((a, b) => Buffer.compare(hashOf(a), hashOf(b)))
    .map((name) => identities[name] + secret(name).reveal)
    .join('');
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32BE(who.length, 4);
  numbers.writeUInt32BE(1, 8);
  return createHash('sha3-256')
    .update('shared-random')
    .update(numbers)
    .update(createHash('sha3-256').update(body).digest())
    .update(Buffer.from(previous, 'base64'))
    .digest('base64');
}

describe('computeSharedRandom()', () => {
  test('all revealed: the value, and where everything was seen', () => {
    const result = only(run());
    expect(result).toMatchObject({
      interval: hour,
      begins: midnight,
      published: midnight + 24 * hour,
      slots: [0, 12, 23],
      votes: 12,
      previous: before,
      value: { reveals: 4, value: expected(names) },
      outcome: 'computed',
      waitingFor: [],
    });
    expect(result.committers[1]).toEqual({
      identity: identities.birch,
      nickname: 'birch',
      commit: secret('birch').commit,
      committed: { slot: 0, by: 'own-vote' },
      ignored: [],
      reveal: secret('birch').reveal,
      revealed: { slot: 23, by: 'own-vote' },
      outcome: 'revealed',
      detail: '',
    });
  });

  test('who did not reveal in the own vote of the last round withheld it, and the value is without', () => {
    const result = only(run(['cedar']));
    expect(result.committers.map(({ outcome }) => outcome)).toEqual([
      'revealed',
      'revealed',
      'withheld',
      'revealed',
    ]);
    expect(result).toMatchObject({
      outcome: 'computed',
      value: { reveals: 3, value: expected(['amber', 'birch', 'delta']) },
    });
  });

  test('without that vote the reveal may only be missing here: undecided', () => {
    const votes = run(['cedar']).filter(({ source }) => source.nickname !== 'cedar');
    const result = only(votes);
    expect(result.committers[2]).toMatchObject({
      nickname: undefined,
      committed: { slot: 0, by: 'relayed' },
      outcome: 'unrevealed',
    });
    expect(result).toMatchObject({ outcome: 'undecided', waitingFor: [identities.cedar] });
  });

  test('a reveal that others relay counts as the own', () => {
    const votes = run(['cedar']);
    const relayed = vote('amber', 20, [line('cedar', true)]);
    expect(only([...votes, relayed]).committers[2]).toMatchObject({
      revealed: { slot: 20, by: 'relayed' },
      outcome: 'revealed',
    });
  });

  test('before the second half there is nothing to compute', () => {
    const result = only(run().filter(({ validAfter }) => validAfter === midnight));
    expect(result).toMatchObject({
      value: undefined,
      outcome: 'undecided',
      waitingFor: names.map((name) => identities[name]),
    });
  });

  test('the first commitment of the own votes is kept, later ones are ignored with their reveals', () => {
    const votes = [
      vote('amber', 0, [line('amber')]),
      vote('amber', 1, [line('amber', false, 'another')]),
      vote('birch', 1, [line('amber', false, 'another')]),
      vote('amber', 13, [line('amber', true, 'another')]),
    ];
    expect(only(votes).committers[0]).toMatchObject({
      commit: secret('amber').commit,
      ignored: [secret('another').commit],
      reveal: undefined,
      outcome: 'unrevealed',
    });
    expect(only([...votes, vote('amber', 14, [line('amber', true)])]).committers[0]).toMatchObject({
      outcome: 'revealed',
      revealed: { slot: 14, by: 'own-vote' },
    });
  });

  test('a commitment with its reveal in the first half is not kept', () => {
    const votes = [
      vote('amber', 3, [line('amber', true, 'early')]),
      vote('amber', 5, [line('amber')]),
      vote('amber', 15, [line('amber', true)]),
    ];
    expect(only(votes).committers[0]).toMatchObject({
      commit: secret('amber').commit,
      committed: { slot: 5, by: 'own-vote' },
      ignored: [secret('early').commit],
      outcome: 'revealed',
    });
  });

  test('without own votes the commitment that most votes relay is taken', () => {
    const votes = [
      vote('birch', 2, [line('amber', false, 'another')]),
      vote('cedar', 2, [line('amber')]),
      vote('delta', 3, [line('amber')]),
    ];
    expect(only(votes).committers[0]).toMatchObject({
      commit: secret('amber').commit,
      committed: { slot: 2, by: 'relayed' },
    });
  });

  test.each([
    [
      'another reveal',
      { ...line('amber'), reveal: secret('another').reveal },
      'wrong',
      'the reveal is not what was committed to',
    ],
    [
      'an unreadable commitment',
      { ...line('amber'), commit: 'AAAA' },
      'wrong',
      'the commitment is not 40 bytes in base64',
    ],
    ['another algorithm', { ...line('amber'), algorithm: 'blake3' }, 'unknown-algorithm', '1 blake3'],
  ])('%s', (_, commit, outcome, detail) => {
    const votes = [
      vote('amber', 0, [{ ...commit, reveal: undefined }]),
      vote('amber', 23, [commit]),
      vote('birch', 0, [line('birch')]),
      vote('birch', 23, [line('birch', true)]),
    ];
    const result = only(votes);
    expect(result.committers[0]).toMatchObject({ outcome, detail });
    expect(result.value).toEqual({ reveals: 1, value: expected(['birch']) });
    expect(result.outcome).toBe(outcome === 'wrong' ? 'computed' : 'undecided');
  });

  test('of two votes of one authority for one round, and of two lines in one vote, the first counts', () => {
    const votes = [
      vote('amber', 0, [line('amber'), line('amber', false, 'second line')]),
      vote('amber', 0, [line('amber', false, 'second vote')]),
    ];
    expect(only(votes)).toMatchObject({ votes: 1, committers: [{ ignored: [] }] });
  });

  test('the value before is what most votes of the last round state, or what is given; none is zeros', () => {
    const lone = (current: SharedRandomValue | undefined, name: Name): SharedRandomVote =>
      vote(name, 23, [line('amber', true)], current);
    const other: SharedRandomValue = { reveals: 1, value: `${'C'.repeat(43)}=` };
    const votes = [lone(other, 'amber'), lone(before, 'birch'), lone(before, 'cedar')];
    expect(only(votes)).toMatchObject({ previous: before, value: { value: expected(['amber']) } });
    const given = computeSharedRandom(votes, { previous: other });
    expect(given[0]?.value?.value).toBe(expected(['amber'], other.value));
    const zeros = Buffer.alloc(32).toString('base64');
    expect(computeSharedRandom(votes, { previous: null })[0]).toMatchObject({
      previous: undefined,
      value: { value: expected(['amber'], zeros) },
    });
  });

  test('votes of several runs give several runs, the earliest first; none give none', () => {
    const runs = computeSharedRandom([...run().map(aDayLater), ...run()]);
    expect(runs.map(({ begins }) => begins)).toEqual([midnight, midnight + 24 * hour]);
    expect(computeSharedRandom([])).toEqual([]);
  });

  test('votes and commitments of those who are no authorities do not count', () => {
    const three = new Set([identities.amber, identities.birch, identities.delta]);
    const [result] = computeSharedRandom(run(), { authorities: three });
    expect(result).toMatchObject({
      votes: 9,
      value: { reveals: 3, value: expected(['amber', 'birch', 'delta']) },
    });
  });

  test('a vote whose times make no round is left out', () => {
    const odd = { ...vote('amber', 0, [line('amber')]), freshUntil: midnight as UnixSeconds };
    expect(computeSharedRandom([odd])).toEqual([]);
  });
});

function aDayLater(one: SharedRandomVote): SharedRandomVote {
  const shift = (time: UnixSeconds): UnixSeconds => (time + 24 * hour) as UnixSeconds;
  return { ...one, validAfter: shift(one.validAfter), freshUntil: shift(one.freshUntil) };
}

describe('compareSharedRandom()', () => {
  /** A consensus some hours after the run began. */
  function consensus(
    hours: number,
    current: SharedRandomValue | undefined,
    previous?: SharedRandomValue,
  ): SharedRandomConsensus {
    const validAfter = (midnight + hours * hour) as UnixSeconds;
    return {
      validAfter,
      freshUntil: (validAfter + hour) as UnixSeconds,
      sharedRandomCurrent: current,
      sharedRandomPrevious: previous,
    };
  }
  const good = { reveals: 4, value: expected(names) };
  const three = { reveals: 3, value: expected(['amber', 'birch', 'delta']) };
  const foreign = { reveals: 4, value: `${'D'.repeat(43)}=` };

  test.each([
    { title: 'a day later it is the current one', at: consensus(24, good), outcome: 'same' },
    { title: 'two days later the one before', at: consensus(50, foreign, good), outcome: 'same' },
    { title: 'in the run itself there is nothing to compare', at: consensus(23, good), outcome: 'untimely' },
    { title: 'three days later neither', at: consensus(73, good, good), outcome: 'untimely' },
    { title: 'no value at all', at: consensus(24, undefined), outcome: 'differs' },
    { title: 'another value', at: consensus(24, foreign), outcome: 'differs' },
    { title: 'the value before: the new one was lost', at: consensus(24, before), outcome: 'differs' },
    {
      title: 'another count beside the value',
      at: consensus(24, { ...good, reveals: 3 }),
      outcome: 'differs',
    },
    { title: 'without one reveal', at: consensus(24, three), outcome: 'subset' },
  ])('$title: $outcome', ({ at, outcome }) => {
    expect(compareSharedRandom(only(run()), at).outcome).toBe(outcome);
  });

  test('a subset names whose reveal is not in it', () => {
    expect(compareSharedRandom(only(run()), consensus(24, three)).without.map(nameOf)).toEqual(['cedar']);
  });

  test('a lost value is told', () => {
    expect(compareSharedRandom(only(run()), consensus(24, before)).because).toBe(
      'it is still the value before',
    );
  });

  test('with a reveal missing here it is undecided, not different', () => {
    const votes = run(['cedar']).filter(({ source }) => source.nickname !== 'cedar');
    expect(compareSharedRandom(only(votes), consensus(24, good)).outcome).toBe('undecided');
    // More reveals went into the published value than there are commitments here.
    const fewer = run().map((one) => ({
      ...one,
      sharedRandomCommits: one.sharedRandomCommits.filter(({ identity }) => identity !== identities.cedar),
    }));
    expect(compareSharedRandom(only(fewer), consensus(24, good)).outcome).toBe('undecided');
    expect(compareSharedRandom(only(fewer), consensus(24, three)).outcome).toBe('same');
  });
});

describe.runIf(hasData)(withData('the public network, July 2026'), () => {
  const partOf = (name: string): SharedRandomVote =>
    parseVote(bytesOfFile('cropped', `arti__${name}__authority`)).partial as SharedRandomVote;
  const consensusOf = (name: string): SharedRandomConsensus =>
    parseConsensus(bytesOfFile('cropped', `arti__${name}__consensus`)).partial as SharedRandomConsensus;

  test('nine reveals relayed by one vote of the 21st give the value in the consensus of the 22nd', () => {
    const result = only([partOf('8a27e06')]);
    expect(result.committers.map(({ outcome }) => outcome)).toEqual(Array(9).fill('revealed'));
    expect(result.value).toEqual({
      reveals: 9,
      value: 'xKcAWbW31Xi2ukCixC6cmaXu4eYrvFla2E22ks1v1B4=',
    });
    const compared = compareSharedRandom(result, consensusOf('f28d617'));
    expect(compared).toMatchObject({ outcome: 'same', without: [] });
  });

  test.each([
    ['7e640b1', 'undecided', undefined],
    ['b1e6787', 'undecided', undefined],
    ['f28d617', 'computed', 9],
  ])('the vote %s: %s', (name, outcome, reveals) => {
    const result = only([partOf(name)]);
    expect(result.committers).toHaveLength(9);
    expect(result.outcome).toBe(outcome);
    expect(result.value?.reveals).toBe(reveals);
  });
});

const badDay = hasRecording('bad-day') ? openRecording('bad-day') : undefined;
afterAll(() => badDay?.remove());

describe.runIf(badDay)(withRecording('bad-day', 'whole runs of nine real authorities'), () => {
  const documents = (badDay?.files ?? [])
    .filter((path) => path.startsWith('documents/'))
    .map((path) => badDay?.read(path) ?? new Uint8Array());
  const votes = documents
    .filter((bytes) => detectKind(bytes) === 'vote')
    .flatMap((bytes) => parseVote(bytes).document ?? []);
  const consensuses = documents
    .filter((bytes) => detectKind(bytes) === 'consensus')
    .flatMap((bytes) => parseConsensus(bytes).document ?? [])
    .sort((a, b) => a.validAfter - b.validAfter);
  const runs = computeSharedRandom(votes);
  const publishing = (result: SharedRandomRun | undefined): SharedRandomConsensus | undefined =>
    consensuses.find(({ validAfter }) => validAfter === result?.published);

  test('24 rounds after one another give the value that the consensus after them publishes', () => {
    const whole = runs.find(({ slots }) => slots.length === 24);
    expect(whole).toMatchObject({ outcome: 'computed', value: { reveals: 9 }, interval: 20 });
    expect(
      whole?.committers.every(({ committed }) => committed.by === 'own-vote' && committed.slot < 12),
    ).toBe(true);
    const after = publishing(whole);
    expect(whole && after && compareSharedRandom(whole, after)).toMatchObject({ outcome: 'same' });
    // It was one authority's own word: gabelmoo was away from slot 12 to 17 and revealed afterwards.
    expect(whole?.committers.find(({ nickname }) => nickname === 'gabelmoo')?.revealed).toEqual({
      slot: 18,
      by: 'own-vote',
    });
  });

  test('the first run of the network has no value before it and counts from zeros', () => {
    const [first] = runs;
    expect(first).toMatchObject({ previous: undefined, outcome: 'computed', value: { reveals: 9 } });
    const after = publishing(first);
    expect(first && after && compareSharedRandom(first, after)).toMatchObject({ outcome: 'same' });
  });

  test('with one authority never heard in the second half, it is the others that give it: undecided here', () => {
    const [, second] = runs;
    const from = (second?.begins ?? 0) + 12 * 20;
    const heard = votes
      .filter(
        ({ validAfter }) => validAfter >= (second?.begins ?? 0) && validAfter < (second?.published ?? 0),
      )
      .filter(({ validAfter, source }) => validAfter < from || source.nickname === 'moria1')
      .filter(({ validAfter }) => validAfter < from + 5 * 20);
    const cut = only(heard);
    expect(cut.value?.reveals).toBe(8);
    expect(cut.waitingFor).toHaveLength(1);
    const after = publishing(cut);
    expect(after && compareSharedRandom(cut, after)).toMatchObject({ outcome: 'undecided' });
    expect(formatTime(cut.published)).toBe(formatTime(second?.published ?? (0 as UnixSeconds)));
  });
});
