/** `conclave parse` and `verify` on every real document of every kind. They are no part of this repository. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { filesOf, hasData, pathOf, withData } from '../../../netdoc/test/support/data.ts';
import { conclave, workshop, type Ran } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const folders = [
  'bandwidth-file',
  'chutney-and-synthetic',
  'consensus-microdesc',
  'consensus-ns',
  'detached-signatures',
  'diff-cache-raw',
  'extra-infos',
  'key-certificates',
  'microdescriptors',
  'server-descriptors',
  'single-descriptors',
  'vote',
];
const files = folders.flatMap((folder) => filesOf(folder).map((name) => `${folder}/${name}`));
const pathsOf = (folder: string, pattern = /./): string[] =>
  filesOf(folder)
    .filter((name) => pattern.test(name))
    .map((name) => pathOf(folder, name));

/** What lies beside a network's documents and is none of them. */
const alien = /__(?:key-pinning-journal|router-stability|sr-state|torrc)$/;
const sound = files.filter((file) => !alien.test(file));
/** Descriptors of bridges, whose signatures were taken away. */
const sanitized = /metrics-lib__925b4a1__2017-07-17-17-09-00-server-descriptors$/;

const verify = (...argv: string[]): Promise<Ran> => conclave(['verify', ...argv]);
const firstLine = ({ out }: Ran): string => out.split('\n', 1)[0] ?? '';
/** How often a line of a file begins so; counted without the library. */
const linesOf = (file: string, pattern: RegExp): number =>
  readFileSync(file, 'latin1').match(pattern)?.length ?? 0;

describe.runIf(hasData)(withData('conclave parse, every real file'), () => {
  test('they are many, and few of them are odd', () => {
    expect(sound.length).toBeGreaterThan(140);
    expect(files.filter((file) => alien.test(file))).toHaveLength(4);
  });

  test.each(sound)('%s: exit 0, no problem, no line that nobody knows', async (file) => {
    const path = pathOf('.', file);
    const { code, out, err } = await conclave(['parse', path]);
    expect([code, err]).toEqual([0, '']);
    expect(out.startsWith(path)).toBe(true);
    expect(out).toMatch(/^ +unrecognized +0 lines$/m);
    expect(await conclave(['parse', '--unrecognized', path])).toEqual({ code: 0, out: '', err: '' });
  });

  test.each(files.filter((file) => file.endsWith('-unsigned')))(
    '%s, a draft: verify tells that it is unsigned, exit 1',
    async (file) => {
      const { code, out } = await verify(pathOf('.', file));
      expect(code).toBe(1);
      expect(out).toMatch(/router-signature .*unsigned/);
    },
  );

  test.each([
    [
      '1err',
      0,
      'Genuine: signed by 2 of 3 authorities, 2 needed; valid-after 2020-08-07 12:42:40; wrong signature of test000a',
    ],
    ['2err', 1, 'Not genuine: signed by 1 of 3 authorities, 2 needed (signatures: 2 wrong)'],
  ])(
    'a consensus of three authorities, …-%s: who signed wrong is told, whether or not it suffices',
    async (name, code, sentence) => {
      // Its makers' own test takes it too with one wrong signature: two of three are a majority, as tor counts them.
      const certs = pathOf('chutney-and-synthetic', '2020-08-07-lightarti-rest-2f9a2b5-authcerts2.txt');
      const file = pathOf('adversarial', `lightarti-rest__b280e5d__consensus-${name}.txt`);
      const list = Array.from(
        readFileSync(file, 'latin1').matchAll(/^dir-source (\S+) (\S+) /gm),
        ([, nickname, v3ident]) => ({ nickname, v3ident }),
      );
      const authorities = put(`three-${name}.json`, JSON.stringify(list));
      const ran = await verify(file, '--certs', certs, '--authorities', authorities);
      expect([ran.code, firstLine(ran)]).toEqual([code, sentence]);
      // Among the nine of the public network nobody knows the three.
      expect((await verify(file, '--certs', certs)).code).toBe(1);
    },
  );

  test.each(files.filter((file) => alien.test(file)))(
    '%s: exit 65, of no kind that is known',
    async (file) => {
      const { code, out, err } = await conclave(['parse', pathOf('.', file)]);
      expect([code, out]).toEqual([65, '']);
      expect(err).toMatch(
        /:1: expected a consensus, a vote, descriptors or another directory document of Tor, found/,
      );
    },
  );

  test.each([
    ['server-descriptors', /^router /gm],
    ['extra-infos', /^extra-info /gm],
    ['microdescriptors', /^onion-key$/gm],
    ['key-certificates', /^dir-key-certificate-version /gm],
  ])(
    '--json of %s: an object for each document',
    async (folder, pattern) => {
      for (const file of pathsOf(folder)) {
        const { code, out } = await conclave(['parse', '--json', file]);
        expect(code).toBe(0);
        const objects = out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as { line: number; errors: number });
        expect(objects).toHaveLength(linesOf(file, pattern));
        const lines = readFileSync(file, 'latin1').split('\n');
        for (const { line, errors } of objects) {
          expect(errors).toBe(0);
          expect(`${lines[line - 1]}\n`).toMatch(new RegExp(pattern.source, 'm'));
        }
      }
    },
    60_000,
  );
});

describe.runIf(hasData)(withData('conclave verify, every kind'), () => {
  const descriptors = sound.filter(
    (file) => !file.endsWith('-unsigned') && linesOf(pathOf('.', file), /^router /gm) > 0,
  );

  test.each(descriptors)('%s: each descriptor by its own keys', async (file) => {
    const ran = await verify(pathOf('.', file));
    expect([ran.code, ran.err]).toEqual([sanitized.test(file) ? 2 : 0, '']);
    expect(firstLine(ran)).toMatch(sanitized.test(file) ? /^Undecided: 13 of 13 / : /^Genuine: /);
  });

  test.each(['7fb477e', 'fb97fab'])(
    'extra-infos of a whole network, %s, with its descriptors',
    async (commit) => {
      const [extra = ''] = pathsOf('chutney-and-synthetic', new RegExp(`${commit}__cached-extrainfo.new`));
      const ran = await verify(
        extra,
        '--with',
        ...pathsOf('chutney-and-synthetic', new RegExp(`${commit}__cached-descriptors.new`)),
      );
      expect([ran.code, firstLine(ran)]).toEqual([
        0,
        `Genuine: all ${linesOf(extra, /^extra-info /gm)} extra-infos, each by the keys of its relay`,
      ]);
      expect((await verify(extra)).code).toBe(2);
    },
  );

  test('an extra-info of 2026 with the descriptor that names it, and with that of another', async () => {
    const extra = pathOf('single-descriptors', 'arti__fb97fab__descriptor1-extra-info');
    const own = await verify(extra, '--with', pathOf('single-descriptors', 'arti__fb97fab__descriptor1-ns'));
    expect(own.code).toBe(0);
    expect(own.out).toMatch(/^ {2}extra-info-digest +good$/m);
    const later = await verify(
      extra,
      '--with',
      pathOf('single-descriptors', 'arti__7e640b1__authority--desc--lisdex'),
    );
    expect([later.code, firstLine(later)]).toEqual([
      1,
      expect.stringMatching(/^Not genuine: extra-info-digest wrong/),
    ]);
  });

  test('the microdescriptors of a client of 2017 with three consensuses of that day', async () => {
    const [cache = ''] = pathsOf('microdescriptors', /49919fd__cached-microdescs$/);
    const consensuses = pathsOf('consensus-microdesc', /^2017-10-29/);
    const certs = pathsOf('key-certificates', /^2017/);
    const all = await verify(cache, '--with', ...consensuses, '--certs', ...certs);
    expect([all.code, firstLine(all)]).toEqual([
      0,
      'Genuine: a genuine consensus names all 5,571 microdescriptors',
    ]);
    const one = await verify(cache, '--with', consensuses.at(-1) ?? '', '--certs', ...certs);
    expect([one.code, firstLine(one)]).toEqual([
      1,
      expect.stringMatching(/^Not genuine: \d+ of 5,571 microdescriptors/),
    ]);
    expect((await verify(cache, '--with', ...consensuses)).code).toBe(2);
  });

  test('a vote of 2016 with the consensus of its round, and one whose round is not there', async () => {
    const consensus = pathsOf('consensus-ns', /^2016-09-20-13/);
    const [named = ''] = pathsOf('vote', /^2016-09-20-13/);
    const [other = ''] = pathsOf('vote', /^2016-10-01/);
    const ran = await verify(named, '--with', ...consensus);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain(
      'The ns consensus of 2016-09-20 13:00:00 names this very vote (60ADC6BEC262AE921A1037D54C8A3976367DBE87)',
    );
    expect((await verify(other, '--with', ...consensus)).code).toBe(2);
  });

  test('bandwidth files and detached signatures: something is missing, and is named', async () => {
    for (const file of pathsOf('bandwidth-file')) {
      const ran = await verify(file);
      expect([ran.code, firstLine(ran)]).toEqual([
        2,
        expect.stringMatching(/give the vote that names its digest/),
      ]);
    }
    const ran = await verify(...pathsOf('detached-signatures'), '--certs', ...pathsOf('key-certificates'));
    expect([ran.code, firstLine(ran)]).toEqual([
      2,
      expect.stringMatching(/^Undecided: ns signed by \d of 9 .*certificate missing/),
    ]);
  });

  test("items of tor's diff cache, and a diff", async () => {
    const [deflated = '', lzma = ''] = pathsOf('diff-cache-raw');
    const ran = await verify(deflated, '--certs', ...pathsOf('key-certificates', /^2020/));
    expect(ran.code).toBe(0);
    expect(ran.out).toContain(': Whole: its body has the SHA3-256 that its label names');
    expect(ran.out).toContain('(body): Genuine: signed by 9 of 9 authorities');
    expect(firstLine(await verify(lzma))).toBe(
      'Undecided: its body is whole, but x-tor-lzma is not unpacked here',
    );
    expect((await verify(...pathsOf('chutney-and-synthetic', /diff1/))).code).toBe(2);
  });
});
