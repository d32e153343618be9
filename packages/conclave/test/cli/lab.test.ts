/** What `conclave lab` says to what it cannot do; what it can is tested on networks. */
import { describe, expect, test } from 'vitest';
import { conclave } from './run.ts';

describe('conclave lab forge', () => {
  test.each([
    [['--rounds', '0'], '--rounds: expected a positive whole number, found "0"'],
    [['--first', 'x'], '--first: expected a positive whole number, found "x"'],
    [['--authorities', '2'], '--authorities: expected at least 3, found 2'],
  ])('%j is wrong usage', async (argv, problem) => {
    const { code, out, err } = await conclave(['lab', 'forge', '--out', '/nonexistent', ...argv]);
    expect([code, out]).toEqual([64, '']);
    expect(err).toContain(problem);
  });
});

describe('conclave lab fault', () => {
  test.each([
    [['explode'], 'fault: expected one that the lab knows, found "explode"'],
    [['equivocate', '--authority', 'tor26'], 'others: expected a list of nicknames, found undefined'],
    [['tear-relays', '--count', 'many'], 'count: expected a number'],
  ])('%j is wrong usage', async (argv, problem) => {
    const { code, err } = await conclave(['lab', 'fault', '--directory', '/nonexistent', ...argv]);
    expect(code).toBe(64);
    expect(err).toContain(problem);
  });

  test('without a network it says that there is none', async () => {
    const argv = ['withhold-vote', '--authority', 'tor26', '--others', 'dizum,bastet'];
    const { code, err } = await conclave(['lab', 'fault', '--directory', '/nonexistent', ...argv]);
    expect(code).toBe(69);
    expect(err).toContain('no running network');
  });
});
