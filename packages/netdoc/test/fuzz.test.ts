/**
 * The fuzzer's own promises: it exercises all that the library offers, it finds a fault when there is one, and everything
 * that it once found is here as a file. A long run is `npm run fuzz`; this is a short one on made documents.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exercises, parserNames, trustIn, type AnyParser, type Exercise } from '../../../fuzz/exercise.ts';
import { judge, measure } from '../../../fuzz/measure.ts';
import { minimise } from '../../../fuzz/minimise.ts';
import { mutations } from '../../../fuzz/mutate.ts';
import { inputOf } from '../../../fuzz/run.ts';
import { material } from '../../../fuzz/seeds.ts';
import { worstInputs } from '../../../fuzz/worst-inputs.ts';
import { growth, overLinearMax } from '../../../fuzz/worst.ts';
import * as netdoc from '../src/index.ts';
import { authorities, certificate } from './support/make.ts';

const { seeds, whole } = material('');
const trust = trustIn(whole);

/** Every fault of an input, in words. */
function faultsOf(bytes: Uint8Array, whom = trust, leniency = 1): string[] {
  return exercises.flatMap((exercise) => {
    const fault = judge(exercise, bytes, whom, measure(exercise, bytes, whom), leniency);
    return fault ? [`${fault.exercise}: ${fault.what}: ${fault.message}`] : [];
  });
}

test('the fuzzer exercises every function of the door that takes what others wrote', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../../fuzz/exercise.ts'), 'utf8');
  const judging = Object.keys(netdoc).filter((name) =>
    /^(?:verify|check|find|read|detect)|Matches$/.test(name),
  );
  expect(judging.length).toBeGreaterThan(8);
  // `voteMatches` and `checkCertificate` have no bytes of their own: they are behind the others.
  const missing = judging.filter(
    (name) => !text.includes(`netdoc.${name}(`) && !['voteMatches', 'checkCertificate'].includes(name),
  );
  expect(missing).toEqual([]);
  expect(parserNames).toContain('parseConsensus');
  for (const name of parserNames)
    expect(exercises.map((exercise) => exercise.name)).toContain(`${name} archive`);
});

test.each(seeds)('$name has no fault as it is', ({ bytes }) => expect(faultsOf(bytes)).toEqual([]));

test('300 damaged documents have no fault', () => {
  const faults = Array.from({ length: 300 }, (_, index) => {
    const { bytes, from, ways } = inputOf(seeds, 1, index);
    return faultsOf(bytes).map((fault) => `input ${index} (${from.name}, ${ways.join(', ')}): ${fault}`);
  });
  expect(faults.flat()).toEqual([]);
}, 120_000);

test('the same seed makes the same inputs, and every way of damage is taken', () => {
  const taken = new Set<string>();
  for (let index = 0; index < 300; index += 1) {
    const [one, other] = [inputOf(seeds, 7, index), inputOf(seeds, 7, index)];
    expect(Buffer.compare(one.bytes, other.bytes)).toBe(0);
    for (const way of one.ways) taken.add(way);
  }
  expect([...taken].sort()).toEqual(Object.keys(mutations).sort());
});

describe('a fault is found', () => {
  const bytes = Buffer.from('a\nb\nhere it is\nc\n'.repeat(40));
  const faulty = (run: () => void): Exercise => ({ name: 'faulty', run });
  const fault = (run: () => void): string | undefined =>
    judge(faulty(run), bytes, trust, measure(faulty(run), bytes, trust))?.what;

  test('when something is thrown', () => {
    expect(
      fault(() => {
        throw new TypeError('no');
      }),
    ).toBe('throw');
  });

  test('when it takes too long', () => {
    expect(
      fault(() => {
        const until = process.cpuUsage().user + 90_000;
        while (process.cpuUsage().user < until);
      }),
    ).toBe('time');
  });

  test('when nothing is wrong, none', () => expect(fault(() => undefined)).toBeUndefined());

  test('and made small', () => {
    expect(minimise(bytes, (some) => some.includes('it is')).toString()).toBe('it is');
  });
});

describe('inputs made to be dear', () => {
  test.each(Object.entries(worstInputs()))('%s: 32 kB within the bounds of time and memory', (_, worst) => {
    // Six thousand documents of five bytes each cost more a byte than any real one: three times the bound is theirs.
    expect(faultsOf(worst(32_000), trustIn([]), 3)).toEqual([]);
  });

  const parser = (name: string): Exercise =>
    exercises.find((exercise) => exercise.name === name) ?? expect.unreachable(name);

  test.each([
    // So large that the quadruple takes a tenth of a second: more would prove no more.
    ['lines of one letter', 'parseConsensus archive', 125_000],
    ['empty entries', 'parseConsensus archive', 125_000],
    ['flags made to collide', 'parseConsensus archive', 500_000],
    ['problems', 'parseVote tor-0.4.9', 500_000],
    ['objects without end, with lines', 'parseKeyCertificates archive', 500_000],
  ])(
    '%s by %s: four times the input takes four times the time',
    (name, exercise, size) => {
      const worst = worstInputs()[name] ?? expect.unreachable(name);
      // Other work on the machine disturbs a measurement; it never makes a square look like a line.
      let least = Infinity;
      for (let tries = 3; tries > 0 && least > overLinearMax; tries -= 1)
        least = Math.min(least, growth(name, worst, parser(exercise), trust, size).overLinear);
      expect(least).toBeLessThanOrEqual(overLinearMax);
    },
    120_000,
  );
});

const folder = resolve(import.meta.dirname, 'fixtures/hostile');
interface Expectation {
  readonly parse: string;
  readonly profile: 'archive' | 'tor-0.4.9';
  /** What one of its problems must say, whole. */
  readonly says: string;
}
const expected = JSON.parse(readFileSync(resolve(folder, 'EXPECTED.json'), 'utf8')) as Readonly<
  Record<string, Expectation>
>;

describe('what was found once', () => {
  test('every file has an expectation', () => {
    const files = readdirSync(folder).filter((name) => name !== 'EXPECTED.json');
    expect(files.sort()).toEqual(Object.keys(expected).sort());
  });

  test.each(Object.entries(expected))('%s', (name, { parse, profile, says }) => {
    const bytes = new Uint8Array(readFileSync(resolve(folder, name)));
    expect(faultsOf(bytes)).toEqual([]);
    const door: Readonly<Record<string, unknown>> = netdoc;
    const read = (door[parse] as AnyParser)(bytes, { profile });
    const parsed = Array.isArray(read)
      ? (read as readonly netdoc.Parsed<unknown>[])[0]
      : (read as netdoc.Parsed<unknown>);
    expect(parsed?.document).toBeUndefined();
    expect(parsed?.problems.map(netdoc.describeProblem)).toContain(says);
  });

  test('a certificate behind 250 problems of others has its own', () => {
    const [one] = authorities();
    const odd = one
      ? certificate(one, { edit: (lines) => lines.toSpliced(3, 0, 'x a\0b') })
      : expect.unreachable();
    for (const before of [0, 250]) {
      const file = Buffer.concat([Buffer.from('x\0\n'.repeat(before)), odd]);
      const last = netdoc.parseKeyCertificates(file).at(-1) ?? expect.unreachable();
      expect(last.problems.map(({ code }) => code)).toEqual(['nul-byte']);
      expect(netdoc.verifyKeyCertificate(last).verified).toBeUndefined();
    }
  });

  test('a vote that is only begun keeps less than a kilobyte of tables', () => {
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    const votes = netdoc.parseVotes(Buffer.from('network-status-version 3\n'.repeat(4000)));
    expect(votes).toHaveLength(4000);
    expect((process.memoryUsage().arrayBuffers - before) / votes.length).toBeLessThan(1000);
  });
});
