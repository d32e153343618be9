/** `conclave diff` on documents made here and on diffs that tor served: bytes, words, JSON and exit codes. */
import { stripVTControlCharacters } from 'node:util';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { applyDiff, digestAsSigned, makeDiff, sha3_256, toHex } from '@conclave/netdoc';
import {
  authorities,
  both,
  consensus,
  instead,
  vote,
  type Edit,
  type MadeAuthority,
} from '../../../netdoc/test/support/make.ts';
import { conclave, conclaveProcess, workshop } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const fixtures = resolve(import.meta.dirname, '../../../netdoc/test/fixtures/diffs');
const recorded = (name: string): Buffer => gunzipSync(readFileSync(resolve(fixtures, `${name}.gz`)));
const [one, two, served] = ['ns-1', 'ns-2', 'ns-1-2.diff'].map(recorded) as [Buffer, Buffer, Buffer];
const base = put('consensus-1', one);
const target = put('consensus-2', two);
const diff = put('diff', served);
const microdesc = put('microdesc', recorded('microdesc-1'));

describe('conclave diff make BASE TARGET', () => {
  test('writes the diff that tor served, and nothing else', async () => {
    const { code, out, err } = await conclave(['diff', 'make', base, target]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(served.toString());
  });

  test('takes packed files, the annotation of an archive, and standard input', async () => {
    const annotated = put('archived', `@type network-status-consensus-3 1.0\n${one.toString('latin1')}`);
    const packed = put('packed.gz', gzipSync(two));
    expect((await conclave(['diff', 'make', annotated, packed])).out).toBe(served.toString());
    expect((await conclave(['diff', 'make', base, '-'], { input: gzipSync(two) })).out).toBe(
      served.toString(),
    );
  });

  test('--json says what it names, how large it is, and its text', async () => {
    const { code, out } = await conclave(['diff', 'make', base, target, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      fromDigest: digestAsSigned(one),
      toDigest: toHex(sha3_256(two)),
      commands: expect.any(Number),
      bytes: served.length,
      diff: served.toString(),
    });
  });

  test.each<[string, () => readonly string[], number, string]>([
    ['a file that is not there', () => ['no-such-file', target], 64, 'no-such-file: there is no such file'],
    ['standard input twice', () => ['-', '-'], 64, 'standard input (-) can be read only once'],
    [
      'two flavors',
      () => [base, microdesc],
      64,
      'diff make: expected two consensuses of one flavor, found ns and microdesc',
    ],
    [
      'a vote',
      () => [base, put('vote', vote(authorities()[0] as MadeAuthority))],
      65,
      'vote:1: expected one consensus, found a vote',
    ],
    ['a diff', () => [base, diff], 65, 'diff:1: expected one consensus, found a consensus diff'],
    ['something else', () => [base, put('text', 'hello\n')], 65, 'text:1: expected a consensus, a vote, '],
    [
      'two consensuses in one file',
      () => [base, put('both', Buffer.concat([one, two]))],
      64,
      'both: expected one consensus, found 2',
    ],
    [
      'a consensus cut off in a line',
      () => [put('cut', one.subarray(0, -5)), target],
      1,
      `cut:${one.toString().split('\n').length - 1}: expected LF at the end of the document, found none`,
    ],
    [
      'relays out of order, by the line of the file',
      () => [
        put(
          'unordered',
          `@type network-status-consensus-3 1.0\n${two.toString('latin1').replace(/^r [^]*?(?=directory-footer)/m, (all) => all + (/^r [^]*?(?=\nr )/.exec(all)?.[0] ?? '') + '\n')}`,
        ),
        target,
      ],
      1,
      'expected relays in ascending order of identity, each once, found another order',
    ],
  ])('refuses %s', async (_, files, code, message) => {
    const ran = await conclave(['diff', 'make', ...files()]);
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).toContain(message);
  });
});

describe('conclave diff apply BASE DIFF', () => {
  test('writes the consensus that a served diff gives, and nothing else', async () => {
    const { code, out, err } = await conclave(['diff', 'apply', base, diff]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(two.toString());
  });

  test('to a pipe, bytes are bytes', async () => {
    const strange = Buffer.from(
      two.toString('latin1').replace(/^contact .*$/m, 'contact \u00ff\u00e9'),
      'latin1',
    );
    const made = makeDiff(one, strange);
    if (!made.ok) throw new Error(made.because);
    const { code, out } = await conclaveProcess(['diff', 'make', base, put('strange', strange), '--json']);
    expect([code, JSON.parse(out).bytes]).toEqual([0, made.diff.length]);
    const piped = await conclaveProcess(['diff', 'apply', base, put('strange.diff', made.diff)]);
    const { target: whole } = applyDiff(one, made.diff) as { target: Uint8Array };
    expect([piped.code, piped.out]).toEqual([0, Buffer.from(whole).toString()]);
    expect(Buffer.from(whole).equals(strange)).toBe(true);
  });

  test("takes a diff out of tor's cache, packed or not", async () => {
    const label = (compression: string): string =>
      `document-type consensus-diff\nconsensus-flavor ns\ncompression ${compression}\n\0`;
    const plain = put('1000', Buffer.concat([Buffer.from(label('none')), served]));
    const packed = put('1001', Buffer.concat([Buffer.from(label('gzip')), gzipSync(served)]));
    for (const item of [plain, packed])
      expect(await conclave(['diff', 'apply', base, item])).toEqual({
        code: 0,
        out: two.toString(),
        err: '',
      });
  });

  test('--json says what the diff names, and the text', async () => {
    const { out } = await conclave(['diff', 'apply', base, diff, '--json']);
    expect(JSON.parse(out)).toEqual({
      fromDigest: digestAsSigned(one),
      toDigest: toHex(sha3_256(two)),
      bytes: two.length,
      consensus: two.toString(),
    });
  });

  test.each<[string, () => readonly string[], number, RegExp]>([
    [
      'another base',
      () => [target, diff],
      1,
      /consensus-2: expected the SHA3-256 [0-9A-F]{64} as signed, found /,
    ],
    [
      'a diff that gives something else',
      () => [base, put('forged', served.toString('latin1').replace(/^s .*$/m, 's Fast'))],
      1,
      /forged: expected a target with the SHA3-256 [0-9A-F]{64}, found [0-9A-F]{64}/,
    ],
    [
      'a damaged diff, by its line',
      () => [base, put('damaged', served.toString('latin1').replace(/^\d+,\$d$/m, 'x'))],
      65,
      /damaged:3: expected a command: Na, N\[,M\]c, N\[,M\]d or N,\$d, found "x"/,
    ],
    [
      'base and diff in the wrong order',
      () => [diff, base],
      65,
      /diff:1: expected one consensus, found a consensus diff/,
    ],
    [
      'a consensus instead of a diff',
      () => [base, target],
      65,
      /consensus-2:1: expected one consensus diff, found a consensus/,
    ],
    [
      'an item of the cache that cannot be unpacked',
      () => [base, put('1002', Buffer.from('document-type consensus-diff\ncompression x-tor-lzma\n\0xyz'))],
      65,
      /1002:1: expected one consensus diff, found a diff-cache item/,
    ],
  ])('refuses %s', async (_, files, code, message) => {
    const ran = await conclave(['diff', 'apply', ...files()]);
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).toMatch(message);
  });
});

describe('conclave diff show A B', () => {
  const signers = authorities().slice(0, 1);
  const file = (name: string, edit?: Edit, relays = 30): string =>
    put(name, consensus({ relays, signers, ...(edit ? { edit } : {}) }));
  const plain = file('plain');
  const edit = both(
    instead('consensus-method', 'consensus-method 35'),
    instead('client-versions', 'client-versions 0.4.8.11,0.4.8.12'),
    instead('params', 'params CircuitPriorityHalflifeMsec=30000 bwauthpid=1 new=5'),
    instead('s', 's Exit Fast Guard HSDir Running Stable V2Dir Valid'),
    (lines) => lines.map((line) => (line.startsWith('w ') ? 'w Bandwidth=4711' : line)),
  );

  test('a consensus and itself: exit 0, one sentence', async () => {
    expect(await conclave(['diff', 'show', plain, plain])).toEqual({
      code: 0,
      out: 'From the ns consensus of 2024-05-01 12:00:00 to the ns consensus of 2024-05-01 12:00:00: no difference in header and 30 relays.\n',
      err: '',
    });
  });

  test('differences: exit 1, the sentence first, then header, flags, values and relays', async () => {
    const fewer = file('fewer', edit, 28);
    const { code, out, err } = await conclave(['diff', 'show', plain, fewer]);
    expect([code, err]).toEqual([1, '']);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(
      /: 0 relays added, 2 removed, 28 of 28 changed, 3 values of the header changed\.$/,
    );
    expect(out).toMatch(/^ {2}consensus-method +34 +35$/m);
    expect(out).toMatch(/^ {2}client-versions +−0\.4\.8\.10 +\+0\.4\.8\.12$/m);
    expect(out).toMatch(/^ {2}params new +none +5$/m);
    expect(out).toMatch(/^ {2}HSDir +1 +0$/m);
    expect(out).toMatch(/^ {2}weight +28$/m);
    expect(out).toMatch(/^relays removed: 2$/m);
    expect(out).toMatch(
      /^ {2}relay2[89] +[0-9A-F]{40} +198\.51\.100\.2[89]:900\d, Tor 0\.4\.8\.1\d, weight 1,\d+, \S/m,
    );
    expect(out).toMatch(/^ {2}relay\d+ +[0-9A-F]{40} +\+HSDir; weight 1,\d+ → 4,711$/m);
    expect(out).toContain('  … and 27 with only a new descriptor or weight (--all)\n');
    expect(out).not.toContain('\u001b');
  });

  test('fits a terminal of 80 columns, and cuts no fingerprint', async () => {
    const { out } = await conclave(['diff', 'show', plain, file('edited', edit)], { terminal: true });
    const lines = stripVTControlCharacters(out).split('\n').slice(1);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(out).toMatch(/^ {2}relay\d+ +[0-9A-F]{40} +\+HSDir; weight 1,\d+ →\n {2,}4,711$/m);
  });

  test('--all shows every relay', async () => {
    const { out } = await conclave(['diff', 'show', plain, file('edited', edit), '--all']);
    expect(out.match(/^ {2}relay\d+ +[0-9A-F]{40} /gm)?.length).toBe(30);
    expect(out).not.toContain('--all');
  });

  test('no more than twenty relays of a list without it', async () => {
    const { out } = await conclave(['diff', 'show', file('few', undefined, 3), plain]);
    expect(out.match(/^ {2}relay\d+ +[0-9A-F]{40} /gm)?.length).toBe(20);
    expect(out).toContain('  … and 7 more (--all)\n');
  });

  test('--json has all of it, null where there is none', async () => {
    const { code, out } = await conclave(['diff', 'show', plain, file('edited', edit), '--json']);
    expect(code).toBe(1);
    const changes = JSON.parse(out);
    expect(changes.before).toEqual({ file: plain, flavor: 'ns', validAfter: '2024-05-01 12:00:00' });
    expect(changes.header).toContainEqual({ keyword: 'params new', before: null, after: '5' });
    expect(changes.flags).toEqual([{ flag: 'HSDir', gained: 1, lost: 0 }]);
    expect(changes.changed.length).toBe(30);
    expect(changes.relays).toEqual({ before: 30, after: 30, both: 30 });
    const same = await conclave(['diff', 'show', plain, plain, '--json']);
    expect([same.code, JSON.parse(same.out).changed]).toEqual([0, []]);
  });

  test('what real authorities published', async () => {
    const { code, out, err } = await conclave(['diff', 'show', base, target]);
    expect([code, err]).toEqual([1, '']);
    expect(out).toMatch(/^relays (added|removed|changed): \d+$/m);
    expect(out).not.toMatch(/vote-digest|^ {2}valid-after/m);
    expect(out).toMatch(/^ {2}… and \d+ more among times, weights and digests of votes \(--all\)$/m);
    expect((await conclave(['diff', 'show', base, target, '--all'])).out).toMatch(
      /^ {2}vote-digest moria1 /m,
    );
  });

  test('text of a document does not steer the terminal', async () => {
    const nasty = file('nasty', instead('contact', 'contact \u001b[31mred'));
    const { out } = await conclave(['diff', 'show', plain, nasty]);
    expect(out).toContain('\\u001b[31mred');
    expect(out).not.toContain('\u001b');
  });

  test('a consensus that cannot be read: its problems, and exit 65', async () => {
    const broken = file('broken', (lines) => lines.filter((line) => !line.startsWith('valid-after ')));
    const { code, out, err } = await conclave(['diff', 'show', plain, broken]);
    expect([code, out]).toEqual([65, '']);
    expect(err).toContain('valid-after: expected valid-after exactly once, found none');
    expect(err).toContain('broken: it cannot be compared; the problems say why');
  });
});

test('conclave diff without a command: help, and exit 64', async () => {
  const { code, err } = await conclave(['diff']);
  expect(code).toBe(64);
  expect(err).toContain('conclave diff show');
});
