/** `conclave verify` on what carries its own keys, and on what another document has to vouch for. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { makeDiff } from '@conclave/netdoc';
import {
  authorities,
  certificates,
  consensus,
  instead,
  vote,
  type MadeAuthority,
} from '../../../netdoc/test/support/make.ts';
import { descriptor, extraInfo, madeRelay, oldDescriptor } from '../../../netdoc/test/support/make-relay.ts';
import { atTime, noon, voteDigest } from '../support/network.ts';
import { bandwidthFile, madePair, naming, spoilt } from '../support/own-documents.ts';
import {
  bothFlavors,
  cacheItem,
  consensusDiff,
  detachedSignatures,
  microdescriptor,
  microdescriptorDigest,
  namingMicrodescriptors,
} from './kinds.ts';
import { conclave, workshop, type Ran } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const all = authorities();
const [first, second] = all as readonly [MadeAuthority, MadeAuthority];
const json = put(
  'authorities.json',
  JSON.stringify(all.map(({ nickname, identity }) => ({ nickname, v3ident: identity }))),
);
const certs = put('certs', certificates());
const verify = (...argv: string[]): Promise<Ran> => conclave(['verify', ...argv, '--authorities', json]);
const answer = async (...argv: string[]): Promise<[code: number, sentence: string]> => {
  const { code, out } = await verify(...argv);
  return [code, out.split('\n', 1)[0] ?? ''];
};
/** The rows `check outcome` of a table. */
const checksOf = (out: string): Record<string, string> =>
  Object.fromEntries(
    Array.from(out.matchAll(/^ {2}([a-z0-9-]+) {2,}(\S.*)$/gm), ([, name = '', outcome = '']) => [
      name,
      outcome,
    ]),
  );

const [relay, other] = [madeRelay(0), madeRelay(1)];

describe('server descriptors', () => {
  test('one: every check with its outcome', async () => {
    const { code, out, err } = await verify(put('one', descriptor(relay)));
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n', 1)[0]).toBe(
      `Genuine: the server descriptor of maple (${relay.identity.digest}), signed by its own keys; published 2024-05-01 10:00:00`,
    );
    expect(checksOf(out)).toEqual({
      check: 'outcome',
      form: 'good',
      'signing-key': 'good',
      fingerprint: 'good',
      'router-signature': 'good',
      'identity-ed25519': 'good',
      'master-key-ed25519': 'good',
      'router-sig-ed25519': 'good',
      'ntor-onion-key-crosscert': 'good',
      'family-cert': 'good',
      'onion-key-crosscert': 'good',
    });
    expect(out).toContain("Judged at 2024-05-01 10:00:00 (the document's own published).");
  });

  test.each<[title: string, bytes: Uint8Array, sentence: RegExp]>([
    [
      'changed',
      spoilt(descriptor(relay)),
      /^Not genuine: router-signature wrong \(.*; router-sig-ed25519 wrong/,
    ],
    [
      'signed by another',
      descriptor(relay, { signedBy: other.identity }),
      /^Not genuine: router-signature wrong \(not by this key over these bytes\)$/,
    ],
    [
      'crossed by nobody',
      descriptor(relay, { crossed: new Uint8Array(52) }),
      /^Not genuine: onion-key-crosscert wrong/,
    ],
    [
      'of another fingerprint',
      descriptor(relay, { edit: instead('fingerprint', `fingerprint ${other.identity.digest}`) }),
      /^Not genuine: fingerprint wrong/,
    ],
    [
      'malformed',
      descriptor(relay, { edit: instead('bandwidth', 'bandwidth lots') }),
      /^Not genuine: malformed \(line \d+: bandwidth: expected three numbers of bytes per second, found /,
    ],
    [
      'with a certificate that is over',
      descriptor(relay, { identityCertificate: { hours: 400_000 } }),
      /^Not genuine: identity-ed25519 expired/,
    ],
  ])('%s: exit 1, and says which check', async (title, bytes, sentence) => {
    expect(await answer(put(title, bytes))).toEqual([1, expect.stringMatching(sentence)]);
  });

  test('--at after its certificates ended: exit 1', async () => {
    expect(await answer(put('late', descriptor(relay)), '--at', '2030-01-01 00:00:00')).toEqual([
      1,
      expect.stringMatching(/^Not genuine: identity-ed25519 expired .*ntor-onion-key-crosscert expired/),
    ]);
  });

  test('a file of them: how many are genuine, and each that is not', async () => {
    const good = [descriptor(relay), oldDescriptor(other), descriptor(other)];
    const file = put('good', Buffer.concat(good));
    expect(await answer(file)).toEqual([
      0,
      'Genuine: all 3 server descriptors, each by the keys of its relay',
    ]);
    const mixed = put('mixed', Buffer.concat([...good, spoilt(descriptor(relay)), ...good]));
    const { code, out } = await verify(mixed);
    expect(code).toBe(1);
    expect(out.split('\n', 1)[0]).toBe('Not genuine: 1 of 7 server descriptors');
    const line = good.reduce((sum, bytes) => sum + Buffer.from(bytes).toString().split('\n').length - 1, 1);
    expect(out).toMatch(
      new RegExp(`^ {2}${line} +maple +${relay.identity.digest} +not genuine: router-signature wrong`, 'm'),
    );
    expect(out).toContain('6 of 7 documents genuine; each judged at the time at which it was published.');
    const objects = (await verify('--json', mixed)).out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as object);
    expect(objects.map((one) => (one as { exitCode: number }).exitCode)).toEqual([0, 0, 0, 1, 0, 0, 0]);
    expect(objects[3]).toMatchObject({
      kind: 'server-descriptor',
      outcome: 'rejected',
      line,
      nickname: 'maple',
    });
  });

  test('more that are not genuine than are shown', async () => {
    const bad = Array.from({ length: 60 }, () => spoilt(oldDescriptor(relay)));
    const wrong = bad.map((bytes) => Buffer.from(Buffer.from(bytes).toString().replace('198.51', '198.52')));
    const { code, out } = await verify(put('sixty', Buffer.concat(wrong)));
    expect(code).toBe(1);
    expect(out.match(/not genuine: /g)).toHaveLength(50);
    expect(out).toContain('… and 10 more (--json has all)');
  });
});

describe('extra-infos', () => {
  const [pair, otherPair] = [madePair(relay), madePair(other)];
  const descriptors = put('descriptors', Buffer.concat([pair.descriptor, otherPair.descriptor]));

  test('without descriptors: undecided, and says what to give', async () => {
    expect(await answer(put('extra', pair.extraInfo))).toEqual([
      2,
      'Undecided: no server descriptor of this relay was given (--with)',
    ]);
  });

  test('with the descriptor that names it: genuine', async () => {
    const { code, out } = await verify(put('extra', pair.extraInfo), '--with', descriptors);
    expect(code).toBe(0);
    expect(out).toMatch(
      new RegExp(
        `^Genuine: the extra-info of maple \\(${relay.identity.digest}\\), as its descriptor names it`,
      ),
    );
    expect(checksOf(out)).toMatchObject({ 'extra-info-digest': 'good', 'router-signature': 'good' });
  });

  test('of several descriptors of its relay the one that names it is taken', async () => {
    const later = madePair(relay, '2024-05-01 11:00:00');
    const both = put('both', Buffer.concat([later.descriptor, pair.descriptor, later.descriptor]));
    expect((await answer(put('extra', pair.extraInfo), '--with', both))[0]).toBe(0);
    expect(await answer(put('extra', pair.extraInfo), '--with', put('later', later.descriptor))).toEqual([
      1,
      expect.stringMatching(/^Not genuine: extra-info-digest wrong \(the descriptor names [0-9A-F]{40}\)$/),
    ]);
  });

  test('a file of them: two genuine, one without its descriptor, one signed by another', async () => {
    const forged = extraInfo(relay, { signedBy: other.identity });
    const lone = madePair(madeRelay(2)).extraInfo;
    const file = put('extras', Buffer.concat([pair.extraInfo, otherPair.extraInfo, lone]));
    const open = await verify(file, '--with', descriptors);
    expect([open.code, open.out.split('\n', 1)[0]]).toEqual([2, 'Undecided: 1 of 3 extra-infos']);
    expect(open.out).toContain('undecided: no server descriptor of this relay was given (--with)');
    const refused = await verify(put('forged', Buffer.concat([forged, lone])), '--with', descriptors);
    expect([refused.code, refused.out.split('\n', 1)[0]]).toEqual([
      1,
      'Not genuine: 1 of 2 extra-infos; 1 undecided',
    ]);
  });
});

describe('microdescriptors', () => {
  const made = Array.from({ length: 5 }, (_, index) => microdescriptor(index));
  const edit = namingMicrodescriptors(made);
  const named = put('named', consensus({ flavor: 'microdesc', edit }));
  const file = put('microdescs', Buffer.concat(made));

  test('without a consensus: undecided', async () => {
    const sentence =
      'Undecided: microdescriptors carry no signature; give the microdesc consensus that names them (--with)';
    expect(await answer(file)).toEqual([2, sentence]);
    // A consensus of the other flavour names none.
    expect(await answer(file, '--with', put('ns', consensus()), '--certs', certs)).toEqual([2, sentence]);
  });

  test('named by a genuine consensus: genuine', async () => {
    const { code, out } = await verify(file, '--with', named, '--certs', certs);
    expect(code).toBe(0);
    expect(out.split('\n', 1)[0]).toBe('Genuine: a genuine consensus names all 5 microdescriptors');
    expect(out).toContain(
      'The consensus of 2024-05-01 12:00:00: Genuine: signed by 9 of 9 authorities, 5 needed;',
    );
    expect(out).toContain('It names 20 relays; the microdescriptors of 5 are here.');
  });

  test('they are worth what the consensus is worth', async () => {
    expect(await answer(file, '--with', named)).toEqual([
      2,
      'Undecided: 5 of 5 microdescriptors named only by a consensus that is undecided itself',
    ]);
    const few = put('few', consensus({ flavor: 'microdesc', edit, signers: all.slice(0, 4) }));
    expect(await answer(file, '--with', few, '--certs', certs)).toEqual([
      1,
      'Not genuine: 5 of 5 microdescriptors malformed, or named by no genuine consensus given',
    ]);
    expect((await answer(file, '--with', few, named, '--certs', certs))[0]).toBe(0);
  });

  test('one that is not named: exit 1, and which', async () => {
    const stranger = microdescriptor(77);
    const { code, out } = await verify(
      put('six', Buffer.concat([...made, stranger])),
      '--with',
      named,
      '--certs',
      certs,
    );
    expect(code).toBe(1);
    expect(out).toMatch(/^Not genuine: 1 of 6 microdescriptors/);
    expect(out).toMatch(
      new RegExp(
        `${microdescriptorDigest(stranger).replaceAll('+', '\\+')} +no genuine consensus given names it`,
      ),
    );
    expect(out).not.toContain(microdescriptorDigest(made[0] ?? stranger));
  });
});

describe('bandwidth files', () => {
  const bytes = bandwidthFile();
  const file = put('bandwidth', bytes);
  const named = put('named-vote', vote(first, { edit: naming(bytes) }));
  const others = put('other-vote', vote(second));

  test.each<[title: string, given: readonly string[], code: number, sentence: string]>([
    [
      'without a vote',
      [],
      2,
      'Undecided: a bandwidth file carries no signature; give the vote that names its digest (--with)',
    ],
    [
      'with the vote that names it',
      [named],
      0,
      `Genuine: it is the bandwidth file of ${first.nickname}'s vote of 2024-05-01 12:00:00`,
    ],
    [
      'with it among others',
      [others, named],
      0,
      `Genuine: it is the bandwidth file of ${first.nickname}'s vote of 2024-05-01 12:00:00`,
    ],
    ['with the vote of another', [others], 1, 'Not genuine: the vote given names another file'],
    [
      'with a vote that names none',
      [
        put(
          'silent',
          vote(second, { edit: (lines) => lines.filter((line) => !line.startsWith('bandwidth-file')) }),
        ),
      ],
      2,
      'Undecided: no vote given names a bandwidth file',
    ],
    [
      'with a forged vote that names it',
      [put('forged-vote', vote(first, { edit: naming(bytes), signers: [{ authority: second }] }))],
      1,
      `Not genuine: it is the bandwidth file of ${first.nickname}'s vote of 2024-05-01 12:00:00, which is not genuine`,
    ],
  ])('%s', async (_, given, code, sentence) => {
    expect(await answer(file, ...(given.length > 0 ? ['--with', ...given] : []))).toEqual([code, sentence]);
  });

  test('its digest is of the file without the @type line', async () => {
    const typed = put('typed', Buffer.concat([Buffer.from('@type bandwidth-file 1.0\n'), bytes]));
    const { code, out } = await verify(typed, '--with', named);
    expect(code).toBe(0);
    const digest = createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '');
    expect(out).toContain(`Digest of the file: sha256=${digest}.`);
  });

  test('that begins with no time: malformed', async () => {
    const bad = put('no-time', 'software=sbws\nversion=1.4.0\n=====\n');
    expect(await answer(bad, '--with', named)).toEqual([
      1,
      expect.stringMatching(/^Not genuine: malformed \(line 1: timestamp: /),
    ]);
  });
});

describe('detached signatures', () => {
  const { ns, microdesc } = bothFlavors();
  const both = [put('ns', ns), put('microdesc', microdesc)];
  const file = put('detached', detachedSignatures(ns, microdesc));

  test('enough of both flavours: genuine, each signature in a table of its flavour', async () => {
    const { code, out } = await verify(file, '--certs', certs, '--with', ...both);
    expect(code).toBe(0);
    expect(out.split('\n', 1)[0]).toBe(
      'Genuine: ns signed by 9 of 9 authorities, 5 needed; microdesc signed by 9 of 9 authorities, 5 needed; valid-after 2024-05-01 12:00:00',
    );
    expect(out.match(/ good$/gm)).toHaveLength(18);
    expect(out).toContain('The ns consensus given is the one that is signed.');
    expect(out).toContain('The microdesc consensus given is the one that is signed.');
  });

  test('certificates missing: undecided; too few signers: not genuine', async () => {
    expect(await answer(file)).toEqual([
      2,
      expect.stringMatching(/^Undecided: ns signed by 0 of 9 .*9 certificate missing/),
    ]);
    const early = put(
      'early',
      detachedSignatures(
        ns,
        microdesc,
        all.slice(0, 3).map((authority) => ({ authority })),
      ),
    );
    expect(await answer(early, '--certs', certs)).toEqual([
      1,
      'Not genuine: ns signed by 3 of 9 authorities, 5 needed; microdesc signed by 3 of 9 authorities, 5 needed',
    ]);
  });

  test('another consensus than the one that is signed: exit 1', async () => {
    const another = put('another', consensus({ edit: instead('params', 'params bwauthpid=2') }));
    expect(await answer(file, '--certs', certs, '--with', another)).toEqual([
      1,
      expect.stringMatching(/; the ns consensus given is not the one that is signed$/),
    ]);
  });

  test('nobody told whose word counts, at a time that nobody knows: undecided', async () => {
    const old = Buffer.from(
      Buffer.from(detachedSignatures(ns, microdesc)).toString().replaceAll('2024-05', '2004-05'),
    );
    const { code, out } = await conclave(['verify', put('old', old), '--certs', certs]);
    expect([code, out.split('\n', 1)[0]]).toEqual([
      2,
      'Undecided: no list of authorities for the time of this document is known; give one with --authorities',
    ]);
  });
});

describe('a vote with consensuses', () => {
  const cast = vote(first);
  const file = put('vote', cast);
  const stating = (digest: string): string =>
    put(
      `stating-${digest.slice(0, 8)}`,
      consensus({
        edit: (lines) => {
          const at = lines.findIndex(
            (line) => line.startsWith('dir-source ') && line.includes(first.identity),
          );
          return lines.map((line, index) => (index === at + 2 ? `vote-digest ${digest}` : line));
        },
      }),
    );

  test('that name it: genuine, and says so', async () => {
    const { code, out } = await verify(file, '--with', stating(voteDigest(cast)));
    expect(code).toBe(0);
    expect(out).toContain(
      `The ns consensus of 2024-05-01 12:00:00 names this very vote (${voteDigest(cast)})`,
    );
    expect(out).toMatch(
      /^Shared random: 1 commitment, .*1 wrong \([0-9A-F]{16}: the commitment is not 40 bytes in base64\)\.$/m,
    );
  });

  test('that name another of the same voter, or not the voter: exit 1', async () => {
    expect(await answer(file, '--with', stating('F'.repeat(40)))).toEqual([
      1,
      'Not genuine: the consensus of 2024-05-01 12:00:00 names another vote of this authority',
    ]);
    const without = put('without', consensus({ authorities: all.slice(1) }));
    expect(await answer(file, '--with', without)).toEqual([
      1,
      'Not genuine: the consensus of 2024-05-01 12:00:00 does not name this authority among those that voted',
    ]);
  });

  test('of other rounds only: undecided', async () => {
    const later = put('later-consensus', consensus({ edit: atTime(noon + 3600, 3600) }));
    expect(await answer(file, '--with', later)).toEqual([
      2,
      'Undecided: the vote is genuine, but none of the consensuses given is of its round, 2024-05-01 12:00:00',
    ]);
  });
});

describe('diffs and the diff cache', () => {
  const [base, target, third] = [
    consensus(),
    consensus({ edit: atTime(noon + 3600, 3600) }),
    consensus({ edit: atTime(noon + 7200, 3600) }),
  ];
  const made = makeDiff(base, target);
  const diff = put('diff', made.ok ? made.diff : made.because);
  const [baseFile, targetFile] = [put('base', base), put('target', target)];
  const [ofBase, ofTarget] = [
    'the ns consensus of 2024-05-01 12:00:00',
    'the ns consensus of 2024-05-01 13:00:00',
  ];

  test.each<[given: readonly string[], code: number, sentence: string]>([
    [[], 2, 'Undecided: its base was not given, its target was not given'],
    [[targetFile], 2, `Undecided: its base was not given, its target is ${ofTarget}`],
    [[targetFile, baseFile], 0, `Whole: of ${ofBase} it makes ${ofTarget}`],
    [[baseFile], 0, `Whole: of ${ofBase} it makes the consensus that it names, which was not given`],
    [[put('third', third)], 1, 'Not genuine: neither its base nor its target is among the consensuses given'],
  ])('a diff with %j', async (given, code, sentence) => {
    const { code: is, out } = await verify(diff, ...(given.length > 0 ? ['--with', ...given] : []));
    expect([is, out.split('\n', 1)[0]]).toEqual([code, sentence]);
    expect(out).toContain('Nobody signs a diff');
  });

  test('a diff with its base in an archived file', async () => {
    const archived = put(
      'archived',
      Buffer.concat([Buffer.from('@type network-status-consensus-3 1.0\n'), base]),
    );
    expect((await verify(diff, '--with', archived)).code).toBe(0);
  });

  test('a diff that does not make what it names: exit 1', async () => {
    expect(await answer(put('untrue', consensusDiff(base, target)), '--with', baseFile)).toEqual([
      1,
      expect.stringMatching(
        new RegExp(
          `^Not genuine: it does not apply to its base, ${ofBase} \\(diff: expected a target with the SHA3-256 `,
        ),
      ),
    ]);
  });

  test('a malformed diff: exit 1', async () => {
    const bad = Buffer.concat([consensusDiff(base, target), Buffer.from('what?\n')]);
    expect(await answer(put('bad', bad))).toEqual([
      1,
      expect.stringMatching(/^Not genuine: malformed \(line \d+: expected a command/),
    ]);
  });

  test('an item of the cache: is its body whole, and is the document in it genuine?', async () => {
    const body = deflateSync(base);
    const { code, out } = await verify(put('item', cacheItem(body, 'deflate')), '--certs', certs);
    expect(code).toBe(0);
    expect(out).toContain('item: Whole: its body has the SHA3-256 that its label names');
    expect(out).toContain('item (body): Genuine: signed by 9 of 9 authorities');
    expect(out).toMatch(/^ {2}sha3-digest +good$/m);
    const rotten = await verify(put('rotten', cacheItem(body, 'deflate', '0'.repeat(64))), '--certs', certs);
    expect(rotten.code).toBe(1);
    expect(rotten.out).toContain('Not genuine: its body has not the SHA3-256 that its label names');
    expect(await answer(put('lzma', cacheItem(Buffer.from([0x5d]), 'x-tor-lzma')))).toEqual([
      2,
      'Undecided: its body is whole, but x-tor-lzma is not unpacked here',
    ]);
  });
});

describe('--with', () => {
  test('what vouches for nothing, or cannot be read whole: exit 65', async () => {
    const file = put('descriptor', descriptor(relay));
    expect(await verify(file, '--with', certs)).toMatchObject({
      code: 65,
      out: '',
      err: expect.stringContaining(
        'expected a consensus, a vote or server descriptors behind --with, found key certificates',
      ) as string,
    });
    const cut = put(
      'cut',
      consensus({ edit: (lines) => lines.filter((line) => !line.startsWith('known-flags')) }),
    );
    expect(await verify(file, '--with', cut)).toMatchObject({
      code: 65,
      err: expect.stringMatching(/expected a whole consensus, found one that is malformed/) as string,
    });
    expect((await verify(file, '--with', '/no/such/file')).code).toBe(64);
    expect((await verify('-', '--with', '-')).code).toBe(64);
  });
});
