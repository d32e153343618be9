/** `conclave verify` on documents made here: what it answers, by words, by JSON and by its exit code. */
import { gzipSync } from 'node:zlib';
import { fc } from '../../../../test/support/properties.ts';
import { afterAll, describe, expect, test } from 'vitest';
import {
  authorities,
  authority,
  certificate,
  certificates,
  certificateLines,
  consensus,
  sha1,
  vote,
  without,
  type MadeAuthority,
} from '../../../netdoc/test/support/make.ts';
import { conclave, conclaveProcess, workshop } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const all = authorities();
const [first, second] = all as readonly [MadeAuthority, MadeAuthority];
const list = all.map(({ nickname, identity }) => ({ nickname, v3ident: identity }));
const json = put('authorities.json', JSON.stringify(list));
const torrc = put(
  'torrc',
  all
    .map(
      (one) =>
        `DirAuthority ${one.nickname} orport=443 v3ident=${one.identity} ${one.address}:80 ${'A'.repeat(39)}${one.address.at(-1)}\n`,
    )
    .join(''),
);
const certs = put('certs', certificates());
const made = new Map(
  (['ns', 'microdesc'] as const).map((flavor) => [flavor, put(`consensus-${flavor}`, consensus({ flavor }))]),
);
const ns = made.get('ns') ?? '';

const verify = (...argv: string[]): ReturnType<typeof conclave> =>
  conclave(['verify', ...argv, '--authorities', json]);
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

describe('conclave verify CONSENSUS', () => {
  test.each(['ns', 'microdesc'] as const)(
    '%s: exit 0, the answer first, then each signature, then by what it was judged',
    async (flavor) => {
      const { code, out, err } = await verify(made.get(flavor) ?? '', '--certs', certs);
      expect([code, err]).toEqual([0, '']);
      const lines = out.trimEnd().split('\n');
      expect(lines[0]).toBe(
        'Genuine: signed by 9 of 9 authorities, 5 needed; valid-after 2024-05-01 12:00:00',
      );
      expect(lines[2]).toMatch(/^ {2}authority +algorithm +signing key +signature$/);
      for (const one of all) {
        const row = lines.find((line) => line.startsWith(`  ${one.nickname} `));
        expect(row).toMatch(
          new RegExp(`${flavor === 'ns' ? 'sha1' : 'sha256'} +${one.signingKey.digest.slice(0, 16)} +good$`),
        );
      }
      expect(out).toContain("Judged at 2024-05-01 12:00:00 (the document's own valid-after).");
      expect(out).toContain(`Authorities: 9, ${json}.`);
      expect(out).toContain('Certificates: 9 hold.');
      expect(out).not.toContain('\u001b');
    },
  );

  test('takes authorities from a torrc, certificates from several files and from votes', async () => {
    const half = put('half', certificates(all.slice(0, 4)));
    const voted = put('vote-of-fifth', vote(all[4] ?? first));
    const { code, out } = await conclave(['verify', ns, '--certs', half, voted, '--authorities', torrc]);
    expect([code, firstLine(out)]).toEqual([
      0,
      'Genuine: signed by 5 of 9 authorities, 5 needed; valid-after 2024-05-01 12:00:00',
    ]);
  });

  test('certificates missing: exit 2, and names them', async () => {
    const { code, out } = await verify(ns, '--certs', put('four', certificates(all.slice(0, 4))));
    expect(code).toBe(2);
    expect(firstLine(out)).toMatch(
      /^Undecided: signed by 4 of 9 authorities, 5 needed; certificates missing: /,
    );
    for (const one of all.slice(4))
      expect(firstLine(out)).toContain(`${one.nickname} (${one.signingKey.digest.slice(0, 16)})`);
    expect((await verify(ns)).code).toBe(2);
  });

  test.each([
    [
      'four of nine signatures',
      { signers: all.slice(0, 4) },
      /^Not genuine: signed by 4 of 9 authorities, 5 needed$/,
    ],
    [
      'one signature nine times',
      { signers: Array.from({ length: 9 }, () => first) },
      /^Not genuine: signed by 1 of 9 authorities, 5 needed \(signatures: 8 repeated\)$/,
    ],
    [
      'signatures of other keys',
      { signers: all.map((one) => ({ authority: one, by: second.signingKey })) },
      /^Not genuine: signed by 1 of 9 authorities, 5 needed \(signatures: 8 wrong\)$/,
    ],
    [
      'a missing item, though all signed',
      { edit: without('known-flags') },
      /^Not genuine: malformed \(line 2: known-flags: expected known-flags exactly once, found none, and /,
    ],
  ])('%s: exit 1', async (title, options, sentence) => {
    const { code, out } = await verify(put(title, consensus(options)), '--certs', certs);
    expect([code, firstLine(out)]).toEqual([1, expect.stringMatching(sentence)]);
  });

  test('any byte of the signed part flipped: exit 1', async () => {
    const bytes = consensus({ relays: 8 });
    const end = Buffer.from(bytes).indexOf('\ndirectory-signature ') + '\ndirectory-signature '.length;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: end - 1 }), fc.nat(7), async (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        const { code } = await conclave(['verify', '-', '--certs', certs, '--authorities', json], {
          input: flipped,
        });
        expect(code).toBe(1);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('--at: expired, not yet valid, outside its lifetime, now', async () => {
    const at = async (time: string): Promise<[number, string]> => {
      const { code, out } = await verify(ns, '--certs', certs, '--at', time);
      return [code, firstLine(out)];
    };
    expect((await at('2024-05-01T13:00:00Z'))[0]).toBe(0);
    expect(await at('2024-05-02 00:00:00')).toEqual([
      1,
      'Not genuine: outside its lifetime at 2024-05-02 00:00:00',
    ]);
    expect(await at('2025-06-01 00:00:00')).toEqual([
      1,
      expect.stringMatching(/outside its lifetime.*9 certificate expired/),
    ]);
    expect((await at('now'))[0]).toBe(1);
  });

  test("without --authorities: the public network's at the document's time, which these are not", async () => {
    const { code, out } = await conclave(['verify', ns, '--certs', certs]);
    expect(code).toBe(1);
    expect(firstLine(out)).toBe(
      'Not genuine: signed by 0 of 8 authorities, 5 needed (signatures: 9 unknown authority)',
    );
    expect(out).toContain("Authorities: 8, the public Tor network's, as they were from 2024-04-08 on.");
  });

  test('a time for which no authorities are known: exit 2, and says what to give', async () => {
    const old = consensus({
      edit: (lines) =>
        lines.map((line) => line.replace(/^(valid-after|fresh-until|valid-until) 2024/, '$1 2004')),
    });
    const { code, out } = await conclave(['verify', put('old', old)]);
    expect([code, firstLine(out)]).toEqual([
      2,
      'Undecided: no list of authorities for the time of this document is known; give one with --authorities',
    ]);
  });

  test('--json: the verdict as one object, with the exit code that it had', async () => {
    const { code, out } = await verify(ns, '--certs', certs, '--json');
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      file: ns,
      line: 1,
      kind: 'consensus',
      flavor: 'ns',
      outcome: 'accepted',
      exitCode: 0,
      needed: 5,
      authorities: 9,
      at: '2024-05-01 12:00:00',
      atFrom: 'valid-after',
      missing: [],
      refusals: [],
      errors: 0,
      certificates: { held: 9, refused: [] },
      authoritySet: { from: json, identities: all.map(({ identity }) => identity) },
    });
    expect(answer['signatures']).toHaveLength(9);
    expect(answer['signers']).toContainEqual({ identity: first.identity, nickname: first.nickname });
    expect(out.trimEnd()).not.toContain('\n');
  });

  test('says which certificates it was given and did not take', async () => {
    const bad = put(
      'bad',
      Buffer.concat([certificates(), certificate(authority('x', 20), { crossed: sha1('x') })]),
    );
    const { code, out } = await verify(ns, '--certs', bad);
    expect(code).toBe(0);
    expect(out).toMatch(
      /Certificates: 9 hold; refused: [0-9A-F]{16} \(its crosscert is not a signature by the signing key\)\./,
    );
  });

  test('control characters of a document do not reach the terminal', async () => {
    const edit = (lines: string[]): string[] =>
      lines.map((line) => (line.startsWith('known-flags') ? 'known-flags \u001b[2J\u202e Valid' : line));
    const { out, err } = await verify(put('hostile', consensus({ edit })), '--certs', certs);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  test('colours on a terminal only, and not under NO_COLOR', async () => {
    const argv = ['verify', ns, '--certs', certs, '--authorities', json];
    const plain = await conclave(argv);
    const colours = await conclave(argv, { terminal: true });
    expect(colours.out).toContain('\u001b[32m');
    // oxlint-disable-next-line no-control-regex -- the colours are what is taken away
    expect(colours.out.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '')).toBe(plain.out);
    expect((await conclave(argv, { terminal: true, env: { NO_COLOR: '1' } })).out).toBe(plain.out);
  });
});

test('certificates behind a consensus or a vote are documents of their own, the one in a vote is not', async () => {
  const file = put('both', Buffer.concat([consensus(), certificates(), vote(first), certificates()]));
  const { code, out } = await verify(file, '--certs', certs);
  expect(code).toBe(0);
  const of = (what: RegExp): number => out.match(what)?.length ?? 0;
  expect([
    of(/: Genuine: signed by 9/g),
    of(/: Genuine: the vote of/g),
    of(/: Genuine: key certificate of/g),
  ]).toEqual([1, 1, 18]);
});

describe('conclave verify VOTE', () => {
  test.each<[title: string, bytes: Uint8Array, code: number, sentence: RegExp]>([
    [
      'by the certificate it carries',
      vote(first),
      0,
      new RegExp(
        `^Genuine: the vote of ${first.nickname}, signed with the certificate it carries; valid-after 2024-05-01 12:00:00$`,
      ),
    ],
    [
      'with the certificate of another',
      vote(first, { certificateLines: certificateLines(second) }),
      1,
      /^Not genuine: malformed .*no good signature/,
    ],
    [
      'signed by another',
      vote(first, { signers: [{ authority: second }] }),
      1,
      /^Not genuine: no good signature \(signatures: 1 wrong\)$/,
    ],
    [
      'of one who is no authority',
      vote(authority('stranger', 9)),
      1,
      /^Not genuine: its voter is not one of the authorities/,
    ],
    [
      'with a broken certificate',
      vote(first, { certificate: { crossed: sha1('x') } }),
      1,
      /^Not genuine: the certificate does not hold: its crosscert is not a signature by the signing key/,
    ],
  ])('%s', async (title, bytes, expected, sentence) => {
    const { code, out } = await verify(put(`vote ${title}`, bytes));
    expect([code, firstLine(out)]).toEqual([expected, expect.stringMatching(sentence)]);
  });

  test('after its certificate expired: exit 1', async () => {
    const { code, out } = await verify(put('vote', vote(first)), '--at', '2025-01-01 00:00:01');
    expect([code, firstLine(out)]).toEqual([
      1,
      'Not genuine: no good signature (signatures: 1 certificate expired); outside its lifetime at 2025-01-01 00:00:01',
    ]);
  });

  test('several in one file are judged one by one; the worst answer is the exit code', async () => {
    const file = put(
      'votes',
      Buffer.concat([vote(first), Buffer.from('@type network-status-vote-3 1.0\n'), vote(second)]),
    );
    const { code, out } = await verify(file);
    expect(code).toBe(0);
    const lines = Buffer.from(vote(first)).toString().split('\n').length;
    expect(out).toContain(`${file}: Genuine: the vote of ${first.nickname}`);
    expect(out).toContain(`${file}:${lines}: Genuine: the vote of ${second.nickname}`);
    expect(
      (
        await verify(
          put('mixed', Buffer.concat([vote(first), vote(second, { signers: [{ authority: first }] })])),
        )
      ).code,
    ).toBe(1);
  });
});

describe('conclave verify CERTIFICATES', () => {
  test('each by its own identity key', async () => {
    const { code, out } = await verify(certs);
    expect(code).toBe(0);
    for (const one of all)
      expect(out).toContain(
        `Genuine: key certificate of ${one.nickname}; published 2024-01-01 00:00:00, expires 2025-01-01 00:00:00`,
      );
    expect(out).toContain("(the document's own dir-key-published)");
  });

  test.each([
    [
      'certification',
      certificate(first, { certifiedBy: second.identityKey }),
      /its certification is not a signature by the identity key/,
    ],
    [
      'crosscert',
      certificate(first, { crossed: sha1('x') }),
      /its crosscert is not a signature by the signing key/,
    ],
    [
      'fingerprint',
      certificate(first, {
        edit: (lines) =>
          lines.map((line) => (line.startsWith('fingerprint') ? `fingerprint ${second.identity}` : line)),
      }),
      /its fingerprint is not that of its identity key/,
    ],
    ['authority', certificate(authority('stranger', 9)), /its identity is not one of the authorities/],
  ])('wrong %s: exit 1, and says so', async (title, bytes, reason) => {
    const { code, out } = await verify(put(title, bytes));
    expect([code, firstLine(out)]).toEqual([1, expect.stringMatching(reason)]);
  });

  test('--at after expiry: exit 1', async () => {
    const { code, out } = await verify(put('one', certificate(first)), '--at', '2026-01-01 00:00:00');
    expect([code, firstLine(out)]).toEqual([
      1,
      'Not genuine: the certificate is not valid at 2026-01-01 00:00:00',
    ]);
  });
});

describe('what is no document, and no right use', () => {
  test.each<[title: string, bytes: Uint8Array, message: RegExp]>([
    [
      'random bytes',
      Uint8Array.from({ length: 3000 }, (_, at) => (at * 7919 + (at >> 3) * 31) & 255),
      /:1: expected a consensus, .*found /,
    ],
    ['an empty file', new Uint8Array(), /:1: expected a consensus, .*found an empty file/],
    [
      'HTML',
      Buffer.from('<!DOCTYPE html>\n<html><body>503</body></html>\n'),
      /:1: expected a consensus, .*found "<!DOCTYPE html>"/,
    ],
    ['truncated gzip', gzipSync(consensus()).subarray(0, 900), /expected gzip data, found a broken file/],
    [
      'xz that is none',
      Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2, 3, 4, 5, 6]),
      /expected xz data, found a broken file/,
    ],
    [
      'zstd that is none',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      /expected zstd data, found a broken file/,
    ],
  ])('%s: exit 65', async (title, bytes, message) => {
    const { code, out, err } = await verify(put(`garbage ${title}`, bytes), '--certs', certs);
    expect([code, out]).toEqual([65, '']);
    expect(err).toMatch(message);
  });

  test.each<[title: string, argv: readonly string[], message: RegExp]>([
    ['no file', ['verify'], /missing required argument 'file'/],
    ['a file that is not there', ['verify', '/no/such/file'], /\/no\/such\/file: there is no such file/],
    [
      'certificates that are not there',
      ['verify', ns, '--certs', '/no/certs'],
      /\/no\/certs: there is no such file/,
    ],
    ['a directory', ['verify', '/tmp'], /\/tmp: expected a file, found a directory/],
    [
      'an unknown option',
      ['verify', ns, '--cert', certs],
      /unknown option '--cert'\n\(Did you mean --certs\?\)/,
    ],
    [
      'a time that is none',
      ['verify', ns, '--at', 'yesterday'],
      /--at: expected "YYYY-MM-DD HH:MM:SS" in UTC, or now, found "yesterday"/,
    ],
    ['an unknown profile', ['verify', ns, '--profile', 'lax'], /Allowed choices are archive, tor-0.4.9/],
    ['standard input twice', ['verify', '-', '--certs', '-'], /standard input \(-\) can be read only once/],
    ['an unknown command', ['verfy', ns], /unknown command 'verfy'\n\(Did you mean verify\?\)/],
  ])('%s: exit 64', async (_, argv, message) => {
    const { code, out, err } = await conclave(argv);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(message);
  });

  test('authorities or certificates that are none: exit 65', async () => {
    const wrong = put('wrong.json', '[{"nickname": "x", "v3ident": "12"}]');
    expect(await conclave(['verify', ns, '--authorities', wrong])).toMatchObject({
      code: 65,
      err: expect.stringContaining(`${wrong}:1: expected v3ident: 40 hex digits`),
    });
    expect(await conclave(['verify', ns, '--certs', ns])).toMatchObject({
      code: 65,
      err: expect.stringContaining('expected key certificates, found none'),
    });
  });

  test('one bad file of several does not keep the others from their answer', async () => {
    const { code, out, err } = await verify('/no/such/file', ns, '--certs', certs);
    expect(code).toBe(64);
    expect(out).toContain(`${ns}: Genuine: `);
    expect(err).toContain('/no/such/file');
  });
});

describe('as a process', () => {
  test('the exit code is the answer: 0, 1, 2, 64, 65', async () => {
    const flipped = Buffer.from(consensus());
    flipped[40] = (flipped[40] ?? 0) ^ 1;
    const run = async (...argv: string[]): Promise<number> =>
      (await conclaveProcess(['verify', ...argv, '--authorities', json])).code;
    expect(await run(ns, '--certs', certs)).toBe(0);
    expect(await run(put('flipped', flipped), '--certs', certs)).toBe(1);
    expect(await run(ns)).toBe(2);
    expect(await run('/no/such/file')).toBe(64);
    expect(await run(certs, put('empty', ''))).toBe(65);
  }, 60_000);

  test('standard input, and a reader who goes away: quiet, and the exit code still says what was found', async () => {
    const argv = ['verify', '-', '--certs', certs, '--authorities', json];
    expect((await conclaveProcess(argv, { input: consensus() })).code).toBe(0);
    const large = put('large', vote(first, { relays: 4000 }));
    const { code, err } = await conclaveProcess(['parse', '--json', large], { readBytes: 100 });
    expect([code, err]).toEqual([0, '']);
  }, 60_000);
});
