/** Votes that no authority would take: computing neither throws nor takes long. */
import { describe, expect, test } from 'vitest';
import { computeConsensus } from '../src/index.ts';
import { ballot, ballots, computedLines, digest, entry, entryLines, valueOf } from './support/ballots.ts';
import { behind, instead, without, type Edit } from './support/make.ts';

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

/** CPU time since then: other work on the machine does not count. */
const cpuMs = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

/** Nine votes with the same edit. */
const nine = (edit: Edit) => range(9).map((index) => ballot(index, { edit }));

describe('computeConsensus() on votes made to be costly', { timeout: 60_000 }, () => {
  const names = range(10_000).map((index) => `p${String(index).padStart(5, '0')}`);
  const flags = range(15_000).map((index) => `f${String(index).padStart(5, '0')}`);
  test.each<[string, Edit, string, number]>([
    [
      '10,000 parameters',
      instead('params', `params ${names.map((name) => `${name}=1`).join(' ')}`),
      'params',
      10_000,
    ],
    [
      '10,000 protocols of all versions',
      instead(
        'recommended-relay-protocols',
        `recommended-relay-protocols ${names.map((name) => `${name}=0-63`).join(' ')}`,
      ),
      'recommended-relay-protocols',
      10_000,
    ],
    [
      'a protocol of very many ranges',
      instead(
        'recommended-relay-protocols',
        `recommended-relay-protocols A=${range(30_000)
          .map(() => '0-63')
          .join(',')}`,
      ),
      'recommended-relay-protocols',
      1,
    ],
    [
      '10,000 versions',
      instead(
        'client-versions',
        `client-versions ${range(10_000)
          .map((index) => `0.4.${index}`)
          .join(',')}`,
      ),
      'client-versions',
      1,
    ],
    [
      '15,000 flags',
      instead('known-flags', `known-flags Fast Running Valid ${flags.join(' ')}`),
      'known-flags',
      15_004,
    ],
  ])('%s', (_, edit, keyword, words) => {
    const votes = nine(edit);
    const before = process.cpuUsage();
    const lines = computedLines(votes);
    expect(cpuMs(before)).toBeLessThan(5000);
    expect(valueOf(lines, keyword)?.split(' ')).toHaveLength(words);
  });

  test('a hundred thousand blanks in a version', () => {
    const text = ` ${'\t '.repeat(40_000)}x`;
    const votes = nine(instead('client-versions', `client-versions 0.4.9.1,${text},a${text}`));
    const before = process.cpuUsage();
    expect(computeConsensus(votes, { authorities: 9 }).outcome).toBe('computed');
    expect(cpuMs(before)).toBeLessThan(5000);
  });

  test('10,000 package lines of their own, and 10,000 versions of one package', () => {
    const lines = range(10_000).map(
      (index) => `package p${index % 2 === 0 ? index : 1} 1 http://x/ a=${index}`,
    );
    const votes = range(9).map((index) =>
      ballot(index, {
        edit: (all) =>
          behind('server-versions', ...lines)(instead('consensus-methods', 'consensus-methods 33')(all)),
      }),
    );
    const before = process.cpuUsage();
    const computed = computedLines(votes);
    expect(cpuMs(before)).toBeLessThan(5000);
    expect(computed.filter((line) => line.startsWith('package '))).toHaveLength(5001);
  });

  test('2,000 relays, each with texts and flags of its own', () => {
    const relays = range(2000).map((index) =>
      entry(`r${index}`, {
        v: `Tor 0.4.9.${index}`,
        pr: `A${index}=1`,
        p: `reject ${index}`,
        m: range(8).map((line) => `${line}${index},35 sha256=${digest(`${line}`, 'sha256')}`),
      }),
    );
    const votes = range(9).map((index) => ballot(index, { entries: relays }));
    const before = process.cpuUsage();
    expect(computedLines(votes).filter((line) => line.startsWith('r '))).toHaveLength(2000);
    expect(cpuMs(before)).toBeLessThan(5000);
  });
});

describe('computeConsensus() on votes that break the rules', () => {
  test('entries out of order and twice: each relay once, in order, the first entry counts', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => entry(name));
    const again = entry('b', { w: 'Bandwidth=7' });
    const entries = [c, b, again, a].flatMap((one) => one ?? []);
    const lines = computedLines([ballot(0, { entries, unsorted: true })]);
    const sorted = computedLines([ballot(0, { entries: [a, b, c].flatMap((one) => one ?? []) })]);
    expect(lines.slice(lines.findIndex((line) => line.startsWith('r ')))).toEqual(
      sorted.slice(sorted.findIndex((line) => line.startsWith('r '))),
    );
  });

  test('no entries, no footer, hardly a header', () => {
    const bare = [
      'client-versions',
      'server-versions',
      'params',
      'shared-rand-participate',
      'directory-footer',
    ];
    const edit: Edit = (lines) => bare.reduce((left, keyword) => without(keyword)(left), lines);
    const votes = range(3).map((index) =>
      ballot(index, { edit: (lines) => [...edit(lines), 'directory-footer'], entries: [] }),
    );
    const lines = computedLines(votes);
    expect(lines.at(-2)).toBe('directory-footer');
    expect(lines.at(-1)).toMatch(/^bandwidth-weights /);
    expect(lines).toContain('client-versions ');
  });

  test('flags beyond the 64 that have bits are known, and nobody gets them', () => {
    const flags = range(70).map((index) => `a${String(index).padStart(2, '0')}`);
    const edit = instead('known-flags', `known-flags Running Valid ${flags.join(' ')}`);
    const relay = entry('relay', { s: `Running Valid ${flags.join(' ')}` });
    const lines = computedLines([ballot(0, { edit, entries: [relay] })]);
    expect(valueOf(lines, 'known-flags')?.split(' ')).toHaveLength(73);
    const got = valueOf(entryLines(lines, 'relay'), 's')?.split(' ') ?? [];
    expect(got).toHaveLength(64);
    expect(got).not.toContain('a65');
  });

  test('identities that are alike in their first bytes are told apart', () => {
    const id = (last: number): string =>
      Buffer.concat([Buffer.alloc(19, 7), Buffer.from([last])])
        .toString('base64')
        .replace('=', '');
    const twin = (last: number) => {
      const made = entry('relay', { id: undefined, w: `Bandwidth=${last}` });
      return { identity: id(last), lines: made.lines.map((line) => line.replace(made.identity, id(last))) };
    };
    const votes = ballots(
      { entries: [twin(1), twin(2), twin(4)] },
      { entries: [twin(2), twin(3), twin(4)] },
      { entries: [twin(1), twin(3), twin(4)] },
    );
    const bandwidths = computedLines(votes).filter((line) => line.startsWith('w '));
    expect(bandwidths.map((line) => line.split(' ')[1])).toEqual(
      [1, 2, 3, 4].map((last) => `Bandwidth=${last}`),
    );
  });
});
