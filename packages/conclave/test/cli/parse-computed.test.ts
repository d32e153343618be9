/** `conclave parse`: what follows from a document by itself, beside what it says. */
import { afterAll, describe, expect, test } from 'vitest';
import { bandwidthWeightsOf, parseConsensus } from '@conclave/netdoc';
import {
  authorities,
  both,
  consensus,
  instead,
  vote,
  without,
  type Edit,
} from '../../../netdoc/test/support/make.ts';
import { conclave, workshop } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const [first] = authorities();
if (!first) throw new Error('no authority');

const row = async (name: string, file: string): Promise<string | undefined> => {
  const { out } = await conclave(['parse', file]);
  return out
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line.startsWith(`${name}  `))
    ?.slice(name.length)
    .trim();
};

const computed = async (file: string): Promise<Record<string, unknown>> => {
  const { out } = await conclave(['parse', '--json', file]);
  return (JSON.parse(out) as { computed: Record<string, unknown> }).computed;
};

describe('a vote: its flags by its own rules', () => {
  const knows = instead(
    'known-flags',
    'known-flags Authority BadExit Exit Fast Guard HSDir MiddleOnly Running Stable StaleDesc Sybil V2Dir Valid',
  );
  const relaysWith =
    (flags: string): Edit =>
    (lines) =>
      lines.map((line) => (line.startsWith('s ') ? `s ${flags}` : line));
  const voteFile = (name: string, edit: Edit): string => put(name, vote(first, { relays: 4, edit }));

  test('none broken', async () => {
    const file = voteFile('sound', both(knows, relaysWith('Running StaleDesc Valid')));
    expect(await row('flag rules', file)).toMatch(/^none broken; \d+ questions of 36 cannot be told$/);
  });

  test('broken ones are counted by rule, and --json has whose', async () => {
    const file = voteFile('broken', both(knows, relaysWith('Guard Running StaleDesc Valid')));
    expect(await row('flag rules', file)).toMatch(/^4 against a rule: guard-needs 4; /);
    const { flagRules } = (await computed(file)) as { flagRules: readonly Record<string, unknown>[] };
    expect(flagRules.find(({ rule }) => rule === 'guard-needs')).toMatchObject({
      consistent: 0,
      inconsistent: 4,
      undecidable: 0,
      because: null,
      findings: [{ flag: 'Guard', is: 'there', values: { without: 'Fast Stable V2Dir' } }, {}, {}, {}],
    });
    expect(flagRules.find(({ rule }) => rule === 'fast')).toMatchObject({
      because: expect.stringMatching(/fast-speed/),
    });
  });

  test('of an older tor nothing is told', async () => {
    expect(
      await row(
        'flag rules',
        voteFile('older', (lines) => lines),
      ),
    ).toBe('not told: known-flags has no Sybil: an older tor, which had other rules');
  });
});

describe('a consensus: its weights by its entries', () => {
  // All are guards and exits, so that there are weights that balance them.
  const all = (edit: Edit): Uint8Array =>
    consensus({
      edit: both(
        (lines) => lines.map((line) => (line.startsWith('s ') ? 's Exit Fast Guard Running Valid' : line)),
        edit,
      ),
    });
  const right = ((): string => {
    const { document } = parseConsensus(Uint8Array.from(all((lines) => lines)));
    const weights = document && bandwidthWeightsOf(document);
    if (!weights || weights.outcome === 'unsupported' || weights.computed.outcome !== 'computed')
      throw new Error('no weights');
    return weights.computed.line;
  })();

  test.each<[string, Edit, RegExp]>([
    ['equal', instead('bandwidth-weights', right), /^as its entries give them, case \d[ab]?\d?$/],
    ['other', (lines) => lines, /^not those that its entries give$/],
    ['missing', without('bandwidth-weights'), /^none, though its entries give some$/],
    [
      'unsupported',
      instead('consensus-method', 'consensus-method 36'),
      /^not told: consensus-method 36 is not known here$/,
    ],
    [
      'rightly-none',
      both(instead('consensus-method', 'consensus-method 25'), without('bandwidth-weights'), (lines) =>
        lines.map((line) => (line.startsWith('s ') ? 's Running Valid' : line)),
      ),
      /^none, rightly: one kind of relay has no bandwidth at all$/,
    ],
  ])('%s', async (name, edit, words) => {
    expect(await row('weights', put(name, all(edit)))).toMatch(words);
  });

  test('--json has the line, its case, and what it comes from', async () => {
    expect(await computed(put('json', all(instead('bandwidth-weights', right))))).toMatchObject({
      bandwidthWeights: {
        outcome: 'equal',
        line: right,
        published: right,
        scale: 10_000,
        because: null,
        totals: { guard: '1', total: expect.stringMatching(/^\d+$/) },
      },
    });
    const odd = await computed(put('odd', all(without('consensus-method'))));
    expect(odd).toEqual({
      bandwidthWeights: expect.objectContaining({ outcome: 'unsupported', because: expect.any(String) }),
    });
  });
});
