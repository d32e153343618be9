/** `conclave parse`, the reading of files, and the frame of the command line. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { parseConsensus, parseVote, routerAt } from '@conclave/netdoc';
import {
  authorities,
  behind,
  certificates,
  consensus,
  instead,
  vote,
  without,
  type MadeAuthority,
} from '../../../netdoc/test/support/make.ts';
import { exit, worst } from '../../src/cli/exit.ts';
import { readInput, unpack } from '../../src/cli/input.ts';
import { conclave, workshop } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);
const [first] = authorities() as readonly [MadeAuthority];

describe('conclave parse', () => {
  test.each<[title: string, bytes: Uint8Array, words: readonly string[]]>([
    [
      'consensus',
      consensus(),
      [
        'consensus, flavor ns',
        'valid-after   2024-05-01 12:00:00',
        'method        34',
        'relays        20',
        'Running 20',
        '9 signatures (not verified)',
        '0 lines',
      ],
    ],
    [
      'microdesc consensus',
      consensus({ flavor: 'microdesc' }),
      ['consensus, flavor microdesc', 'relays        20'],
    ],
    [
      'vote',
      vote(first),
      [
        `vote of ${first.nickname}`,
        first.identity,
        '2024-05-01 11:50:00',
        '32 33 34 35',
        '1 commit',
        '2025-01-01 00:00:00',
      ],
    ],
    [
      'certificates',
      certificates(authorities(2)),
      ['key certificate', '2024-01-01 00:00:00', '2025-01-01 00:00:00'],
    ],
  ])('%s: a summary for people, exit 0', async (title, bytes, words) => {
    const file = put(title, bytes);
    const { code, out, err } = await conclave(['parse', file]);
    expect([code, err]).toEqual([0, '']);
    expect(out.startsWith(`${file}: `)).toBe(true);
    for (const word of words) expect(out).toContain(word);
  });

  test('problems go to standard error as FILE:LINE: keyword: expected …, found …, exit 65', async () => {
    const file = put('broken', consensus({ edit: instead('w', 'w Bandwidth=Fred') }));
    const { code, out, err } = await conclave(['parse', file]);
    expect(code).toBe(65);
    const line = Buffer.from(readFileSync(file)).toString().split('\n').indexOf('w Bandwidth=Fred') + 1;
    expect(err).toBe(`${file}:${line}: w: expected a number in its range, found "Bandwidth=Fred"\n`);
    expect(out).toContain('1 error');
  });

  test('lines are those of the file, also of a second document in it', async () => {
    const file = put(
      'two',
      Buffer.concat([
        consensus(),
        Buffer.from('@type x 1.0\n'),
        consensus({ edit: instead('w', 'w Bandwidth=Fred') }),
      ]),
    );
    const line = readFileSync(file, 'utf8').split('\n').indexOf('w Bandwidth=Fred') + 1;
    expect((await conclave(['parse', file])).err).toBe(
      `${file}:${line}: w: expected a number in its range, found "Bandwidth=Fred"\n`,
    );
  });

  test('a document with two hundred problems and more says how many are not shown', async () => {
    const file = put(
      'many',
      consensus({
        relays: 500,
        edit: (lines) => lines.map((line) => line.replace(/^w .*/, 'w Bandwidth=x')),
      }),
    );
    const { err } = await conclave(['parse', file]);
    expect(err.trimEnd().split('\n')).toHaveLength(201);
    expect(err).toContain(`${file}: and 300 more problems`);
  });

  test('--profile tor-0.4.9 demands what tor demands today', async () => {
    const file = put('old', consensus({ edit: without('pr') }));
    expect((await conclave(['parse', file])).code).toBe(0);
    const { code, err } = await conclave(['parse', '--profile', 'tor-0.4.9', file]);
    expect(code).toBe(65);
    expect(err).toMatch(/:\d+: r: expected an entry with pr, found none/);
  });

  test('--unrecognized lists the lines that nobody here knows', async () => {
    const file = put('new', consensus({ edit: behind('vote-status', 'x-future 1 2') }));
    expect(await conclave(['parse', '--unrecognized', file])).toEqual({
      code: 0,
      out: `${file}:3: x-future 1 2\n`,
      err: '',
    });
  });

  test('--json gives the whole consensus', async () => {
    const bytes = consensus();
    const { code, out } = await conclave(['parse', '--json', put('json', bytes)]);
    expect(code).toBe(0);
    expect(out.trimEnd()).not.toContain('\n');
    const { kind, errors, problems, unrecognized, document } = JSON.parse(out) as Record<
      string,
      Record<string, unknown>
    >;
    expect([kind, errors, problems, unrecognized]).toEqual(['consensus', 0, [], []]);
    expect(document).toMatchObject({
      flavor: 'ns',
      validAfter: '2024-05-01 12:00:00',
      consensusMethod: 34,
      params: { CircuitPriorityHalflifeMsec: 30_000, bwauthpid: 1 },
      votingDelay: { voteSeconds: 300, distSeconds: 300 },
      bandwidthWeights: { Wbm: 10_000 },
    });
    const { routers } = parseConsensus(bytes).partial;
    const rows = document?.['routers'] as Record<string, unknown>[];
    expect(rows).toHaveLength(20);
    for (const [row, found] of rows.entries())
      expect(found).toMatchObject(JSON.parse(JSON.stringify(routers && routerAt(routers, row))) as object);
    expect(document?.['signatures']).toHaveLength(9);
  });

  test('--json gives what only votes have: ed25519, stats, m lines, the certificate', async () => {
    const bytes = vote(first, { relays: 40 });
    const { out } = await conclave(['parse', '--json', put('vote-json', bytes)]);
    const { document } = JSON.parse(out) as {
      document: { routers: Record<string, unknown>[]; certificate: Record<string, unknown> };
    };
    const voted = parseVote(bytes).document?.routers.votedMicrodescs;
    expect(document.routers.map(({ microdescs }) => microdescs)).toHaveLength(voted?.count ?? -1);
    expect(document.routers[0]).toMatchObject({
      microdescs: [{ methods: '32,33,34', sha256: expect.stringMatching(/^[\w+/]{43}$/) as string }],
    });
    expect(document.routers.filter(({ ed25519 }) => ed25519 === 'none').length).toBeGreaterThan(0);
    expect(document.routers.every(({ wfu }) => typeof wfu === 'number' && wfu > 0.9)).toBe(true);
    expect(document.certificate).toMatchObject({
      fingerprint: first.identity,
      published: '2024-01-01 00:00:00',
      signingKey: first.signingKey.der.toString('base64'),
    });
  });

  test('--json of several documents is one object a line', async () => {
    const { out } = await conclave(['parse', '--json', put('a', consensus()), put('b', certificates())]);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { kind: string }).kind),
    ).toEqual(['consensus', ...Array.from({ length: 9 }, () => 'key-certificate')]);
  });
});

describe('the reading of files', () => {
  const bytes = consensus();

  test('gzip, several members and all, whatever the name', async () => {
    const half = bytes.length >> 1;
    const packed = Buffer.concat([gzipSync(bytes.subarray(0, half)), gzipSync(bytes.subarray(half))]);
    expect(Buffer.from(await unpack(packed, 'x')).equals(bytes)).toBe(true);
    const { code } = await conclave(['parse', put('no-ending', packed)]);
    expect(code).toBe(0);
  });

  // The word "conclave", packed by xz and zstd.
  test.each([
    ['xz', '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAIY29uY2xhdmUKAAAAAFpK2BL3F1YsAAEhCWwYxdUftvN9AQAAAAAEWVo='],
    ['zstd', 'KLUv/QRYSQAAY29uY2xhdmUK31+OAA=='],
  ])('%s, and one that is cut short is a broken file', async (_, text) => {
    expect(Buffer.from(await unpack(Buffer.from(text, 'base64'), 'x')).toString()).toBe('conclave\n');
    await expect(unpack(Buffer.from(text, 'base64').subarray(0, -3), 'x')).rejects.toMatchObject({
      exitCode: 65,
    });
  });

  test('a bound on what is read and on what it unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000));
    const limits = { fileBytesMax: 1000, documentBytesMax: 10_000 };
    await expect(unpack(bomb, 'bomb', limits)).rejects.toMatchObject({
      exitCode: 65,
      message: 'bomb: expected it to unpack to at most 10000 bytes, found more',
    });
    const stdin = (async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(600);
    })();
    await expect(readInput('-', stdin, limits)).rejects.toMatchObject({
      exitCode: 65,
      message: 'standard input: expected a file of at most 1000 bytes, found more',
    });
  });
});

describe('the frame', () => {
  test('--version is that of the package', async () => {
    const { version } = JSON.parse(
      readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8'),
    ) as { version: string };
    expect(await conclave(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test('--help names the commands and the exit codes; each command has its own', async () => {
    const { code, out } = await conclave(['--help']);
    expect(code).toBe(0);
    for (const word of ['parse', 'verify', 'Exit codes: 0 yes, 1 no', '65 unreadable document'])
      expect(out).toContain(word);
    for (const command of ['parse', 'verify']) {
      const help = await conclave([command, '--help']);
      expect(help.code).toBe(0);
      for (const word of ['--json', 'Exit code: 0', 'Examples:']) expect(help.out).toContain(word);
    }
  });

  test('nothing to do is wrong use, and shows the help', async () => {
    const { code, out, err } = await conclave([]);
    expect([code, out]).toEqual([64, '']);
    expect(err).toContain('Usage: conclave COMMAND');
  });

  test('worst() of several answers', () => {
    expect(worst([])).toBe(exit.ok);
    expect(worst([0, 2, 1])).toBe(exit.no);
    expect(worst([0, 2])).toBe(exit.undecided);
    expect(worst([1, 65, 2])).toBe(exit.unreadable);
    expect(worst([65, 64, 70])).toBe(exit.fault);
  });
});
