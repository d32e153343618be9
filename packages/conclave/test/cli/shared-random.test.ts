/** `conclave shared-random` on votes made here: what it answers, by words, by JSON and by its exit code. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { hasData, pathOf, withData } from '../../../netdoc/test/support/data.ts';
import {
  authorities,
  both,
  consensus,
  instead,
  vote,
  without,
  type Edit,
  type MadeAuthority,
} from '../../../netdoc/test/support/make.ts';
import { conclave, workshop } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const [first, second, third] = authorities() as [MadeAuthority, MadeAuthority, MadeAuthority];

function commitLine(of: MadeAuthority, reveal: boolean): string {
  const stamp = Buffer.alloc(8);
  const text = Buffer.concat([stamp, createHash('sha256').update(of.nickname).digest()]).toString('base64');
  const hashed = createHash('sha3-256').update(text).digest();
  const commit = Buffer.concat([stamp, hashed]).toString('base64');
  return `shared-rand-commit 1 sha3-256 ${of.identity} ${commit}${reveal ? ` ${text}` : ''}`;
}

/** Edits that put a document at an hour of 2024-05-01, or of a later day. */
const at =
  (hour: number, day = 1): Edit =>
  (lines) => {
    const time = (hours: number): string =>
      new Date(Date.UTC(2024, 4, day, hours)).toISOString().slice(0, 19).replace('T', ' ');
    return both(
      instead('valid-after', `valid-after ${time(hour)}`),
      instead('fresh-until', `fresh-until ${time(hour + 1)}`),
      instead('valid-until', `valid-until ${time(hour + 3)}`),
    )(lines);
  };

/** A file with the vote of an authority at an hour with these lines. */
function voteFile(of: MadeAuthority, hour: number, lines: readonly string[]): string {
  const edit = both(at(hour), instead('shared-rand-commit', ...lines));
  return put(`vote-${of.nickname}-${hour}`, vote(of, { relays: 2, edit }));
}

const three = [first, second, third];
const commits = three.map((one) =>
  voteFile(
    one,
    3,
    three.map((of) => commitLine(of, false)),
  ),
);
const reveals = three.map((one) =>
  voteFile(
    one,
    23,
    three.map((of) => commitLine(of, of !== third)),
  ),
);
const full = voteFile(
  second,
  22,
  three.map((of) => commitLine(of, true)),
);

const run = (...argv: string[]): ReturnType<typeof conclave> => conclave(['shared-random', ...argv]);
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** A file with a consensus of the next day that publishes this value. */
function published(name: string, line: string | undefined, hour = 0, day = 2): string {
  const edit =
    line === undefined ? without('shared-rand-current-value') : instead('shared-rand-current-value', line);
  return put(name, consensus({ relays: 2, edit: both(at(hour, day), edit) }));
}

const valueOf = async (...files: string[]): Promise<string> => {
  const { out } = await run(...files, '--json');
  const { value } = JSON.parse(out) as { value: { reveals: number; value: string } };
  return `shared-rand-current-value ${value.reveals} ${value.value}`;
};

describe('conclave shared-random VOTE…', () => {
  test('all revealed: exit 0, the value first, then each authority', async () => {
    const { code, out, err } = await run(...commits, full, ...reveals);
    expect([code, err]).toEqual([0, '']);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^The value is [A-Za-z0-9+/]{43}= \(3 reveals\)\.$/);
    expect(lines[2]).toMatch(/^ {2}authority +committed +revealed +holds$/);
    for (const one of [first, second])
      expect(out).toMatch(new RegExp(`^ {2}${one.nickname} +slot 3 +slot 2[23] +yes$`, 'm'));
    expect(out).toMatch(new RegExp(`^ {2}${third.nickname} +slot 3 +slot 22, relayed +yes$`, 'm'));
    expect(lines).toContain('From 7 votes of 3 of the 24 rounds of the run.');
    expect(lines).toContain(
      'The run began 2024-05-01 00:00:00; its value is published from 2024-05-02 00:00:00 on.',
    );
    expect(lines).toContain(`The value before it: ${'B'.repeat(43)}= (9 reveals).`);
  });

  test('a reveal that was withheld: exit 0, the value is without', async () => {
    const { code, out } = await run(...commits, ...reveals);
    expect(code).toBe(0);
    expect(firstLine(out)).toMatch(/\(2 reveals\)/);
    expect(out).toMatch(/withheld: not in its vote of the last round/);
  });

  test('a reveal that may be missing: exit 2, and whose', async () => {
    const { code, out } = await run(...commits, ...reveals.slice(0, 2));
    expect(code).toBe(2);
    expect(firstLine(out)).toMatch(
      new RegExp(`^So far the value is .* without ${third.nickname}, whose reveal is not in these votes\\.$`),
    );
  });

  test('before the second half: exit 2', async () => {
    const { code, out } = await run(...commits);
    expect(code).toBe(2);
    expect(firstLine(out)).toBe('No value yet: 3 commitments, and no reveal that counts.');
  });

  test('--json: one object a run, times as the spec writes them, what is absent null', async () => {
    const { code, out } = await run(...commits, ...reveals, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      kind: 'shared-random-run',
      intervalSeconds: 3600,
      begins: '2024-05-01 00:00:00',
      published: '2024-05-02 00:00:00',
      outcome: 'computed',
      slots: [3, 23],
      waitingFor: [],
      against: null,
      compared: false,
    });
    const { committers } = JSON.parse(out) as { committers: readonly Record<string, unknown>[] };
    expect(committers.find(({ identity }) => identity === third.identity)).toMatchObject({
      nickname: third.nickname,
      outcome: 'withheld',
      reveal: null,
      revealed: null,
    });
  });

  test('--authorities: what others voted and committed is left out', async () => {
    const list = put(
      'two.json',
      JSON.stringify([first, second].map(({ nickname, identity }) => ({ nickname, v3ident: identity }))),
    );
    const { code, out } = await run(...commits, ...reveals, '--authorities', list);
    expect(code).toBe(0);
    expect(out).toMatch(/^From 4 votes /m);
    expect(out).not.toMatch(third.nickname);
    const nobody = put('nobody.json', JSON.stringify([{ nickname: 'nobody', v3ident: 'F'.repeat(40) }]));
    const none = await run(...commits, '--authorities', nobody);
    expect([none.code, none.out]).toEqual([2, '']);
    expect(none.err).toMatch(/none of the votes is by one of the authorities/);
  });

  test('a vote that is not signed by the key it carries is used, and told', async () => {
    const text = vote(first, { relays: 2 });
    text[text.length - 200] = text[text.length - 200] === 65 ? 66 : 65;
    const { out } = await run(put('forged', text));
    expect(out).toMatch(
      new RegExp(`forged: the vote of ${first.nickname} is not signed by the key it carries; it was used\\.`),
    );
  });
});

describe('conclave shared-random VOTE… --against CONSENSUS', () => {
  test('the same value: exit 0', async () => {
    const file = published('same', await valueOf(...commits, full, ...reveals));
    const { code, out } = await run(...commits, full, ...reveals, '--against', file);
    expect(code).toBe(0);
    expect(firstLine(out)).toMatch(/same \(2024-05-02 00:00:00\) publishes it\.$/);
  });

  test('the value without a reveal that is here: exit 1, and whose', async () => {
    const file = published('subset', await valueOf(...commits, ...reveals));
    const { code, out } = await run(...commits, full, ...reveals, '--against', file);
    expect(code).toBe(1);
    expect(firstLine(out)).toMatch(
      new RegExp(
        `^Another value: .*, which is the one without the reveal of ${third.nickname}; all reveals give`,
      ),
    );
  });

  test.each([
    ['another value', `shared-rand-current-value 2 ${'C'.repeat(43)}=`, /no subset of the reveals gives it/],
    ['the value before', `shared-rand-current-value 9 ${'B'.repeat(43)}=`, /it is still the value before/],
    ['no value', undefined, /publishes none \(the consensus states no such value\)/],
  ])('%s: exit 1', async (name, line, words) => {
    const { code, out } = await run(...commits, ...reveals, '--against', published(name, line));
    expect(code).toBe(1);
    expect(firstLine(out)).toMatch(words);
  });

  test('with a reveal missing here: exit 2, not 1', async () => {
    const file = published('all', await valueOf(...commits, full, ...reveals));
    const { code, out } = await run(...commits, ...reveals.slice(0, 2), '--against', file);
    expect(code).toBe(2);
    expect(firstLine(out)).toMatch(/^Undecided: .*reveals that may have gone into it are not in these votes/);
  });

  test('a consensus of the run itself: exit 2', async () => {
    const early = published('early', `shared-rand-current-value 2 ${'C'.repeat(43)}=`, 5, 1);
    const { code, out } = await run(...commits, ...reveals, '--against', early);
    expect(code).toBe(2);
    expect(firstLine(out)).toMatch(/No consensus given is of the time at which it is published\.$/);
  });
});

describe('wrong calls', () => {
  test('no vote: exit 65; no file: exit 64; standard input twice: exit 64', async () => {
    const file = published('no-vote', undefined);
    const wrong = await run(file);
    expect([wrong.code, wrong.out]).toEqual([65, '']);
    expect(wrong.err).toMatch(/no-vote:1: expected a vote, found a consensus/);
    const other = await run(...commits, '--against', commits[0] ?? '');
    expect([other.code, other.out]).toEqual([65, '']);
    expect((await run('/nowhere/at/all')).code).toBe(64);
    expect((await run('-', '--against', '-')).code).toBe(64);
    expect((await run()).code).toBe(64);
  });
});

test.runIf(hasData)(
  withData('one vote of the public network gives the value of the next day, by names of the time'),
  async () => {
    const { code, out } = await run(
      pathOf('cropped', 'arti__8a27e06__authority'),
      '--against',
      pathOf('cropped', 'arti__f28d617__consensus'),
    );
    expect(code).toBe(0);
    expect(firstLine(out)).toMatch(
      /^The value is xKcAWbW31Xi2ukCixC6cmaXu4eYrvFla2E22ks1v1B4= \(9 reveals\), as /,
    );
    expect(out).toMatch(/^ {2}moria1 +slot 14, relayed +slot 14, relayed +yes$/m);
  },
);
