/** `conclave parse` on what relays, scanners and caches write: one document, many, and several kinds in one file. */
import { deflateSync, gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { authorities, behind, certificate, consensus, vote } from '../../../netdoc/test/support/make.ts';
import { descriptor, extraInfo, madeRelay, oldDescriptor } from '../../../netdoc/test/support/make-relay.ts';
import { bandwidthFile } from '../support/own-documents.ts';
import {
  bothFlavors,
  cacheItem,
  consensusDiff,
  detachedSignatures,
  microdescriptor,
  microdescriptorDigest,
} from './kinds.ts';
import { conclave, workshop } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const relay = madeRelay(0);
const { ns, microdesc } = bothFlavors();
const bytesOf: Readonly<Record<string, Uint8Array>> = {
  'server-descriptor': descriptor(relay),
  'extra-info': extraInfo(relay),
  microdescriptor: microdescriptor(0),
  'bandwidth-file': bandwidthFile(),
  'consensus-diff': consensusDiff(ns, microdesc),
  'detached-signatures': detachedSignatures(ns, microdesc),
};

/** The rows of a summary by their names. */
function rowsOf(out: string): Record<string, string> {
  const rows = out.split('\n').slice(1);
  return Object.fromEntries(
    rows.flatMap((line) => {
      const [, name, value = ''] = /^ +(\S.*?) {2,}(\S.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}

/** The JSON objects that were printed, one a line. */
function objectsOf(out: string): Record<string, unknown>[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the summary of one document', () => {
  test.each<[kind: string, title: string, rows: Record<string, unknown>]>([
    [
      'server-descriptor',
      'server descriptor of maple',
      {
        fingerprint: relay.identity.digest,
        address: '198.51.100.7, ORPort 9001, DirPort 9030, [2001:db8::7]:9001',
        published: '2024-05-01 10:00:00',
        platform: 'Tor 0.4.9.11 on Linux',
        uptime: '1 d 0 h',
        bandwidth: '5,000,000 B/s seen; its limits: 1,073,741,824, in bursts 2,147,483,647',
        'exit policy': '4 rules, something may leave',
        'ipv6 policy': 'accept 80,440-450',
        family: '3 members, 1 certificate',
        contact: 'maple AT example',
        'says that it':
          'is an HSDir, serves the directory through its ORPort, was overloaded at 2024-05-01 09:00:00',
        'extra-info': 'A'.repeat(40),
        signatures: 'ed25519 and RSA (not verified)',
        unrecognized: '0 lines',
      },
    ],
    [
      'extra-info',
      'extra-info of maple',
      {
        fingerprint: relay.identity.digest,
        published: '2024-05-01 10:00:00',
        statistics: '2 keywords',
        'write-history': 'until 2024-05-01 09:00:00, 86,400 s, 3 values',
        'conn-bi-direct': 'until 2024-05-01 09:00:00, 86,400 s',
      },
    ],
    [
      'microdescriptor',
      'microdescriptor',
      {
        digest: microdescriptorDigest(microdescriptor(0)),
        'onion keys': 'ntor and RSA',
        'exit policy': 'accept 80,443',
      },
    ],
    [
      'bandwidth-file',
      'bandwidth file of sbws',
      {
        timestamp: '2024-05-01 12:00:00',
        version: '1.4.0',
        software: 'sbws 1.9.0',
        'scanner country': 'US',
        'relay lines': '2',
        measured: '1 to be voted for, 1 not',
        bandwidth: '120 kB/s in all',
        'excluded results': 'few 7',
      },
    ],
    ['consensus-diff', 'consensus diff', { commands: '3: delete 1, change 1, append 1', 'new lines': '3' }],
    [
      'detached-signatures',
      'detached signatures',
      { signatures: '18 signatures: microdesc 9, ns 9 (not verified)' },
    ],
  ])('%s', async (kind, title, rows) => {
    const file = put(kind, bytesOf[kind] ?? '');
    const { code, out, err } = await conclave(['parse', file]);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n', 1)[0]).toBe(`${file}: ${title}`);
    expect(rowsOf(out)).toMatchObject(rows);
  });

  test('a descriptor of 2014 has RSA only, and says little', async () => {
    const { code, out } = await conclave(['parse', put('old', oldDescriptor(relay))]);
    expect(code).toBe(0);
    expect(rowsOf(out)).toMatchObject({ 'exit policy': 'reject *:*', signatures: 'RSA (not verified)' });
    expect(out).not.toContain('ed25519 ');
  });
});

describe('many documents in one file', () => {
  const count = 23;
  const all = Buffer.concat(Array.from({ length: count }, (_, index) => microdescriptor(index)));

  test('are told of together: figures, the first twenty, how many more', async () => {
    const { code, out } = await conclave(['parse', put('many', all)]);
    expect(code).toBe(0);
    expect(out).toMatch(/many: 23 microdescriptors\n/);
    expect(rowsOf(out)).toMatchObject({
      'distinct digests': '23',
      'of these':
        '23 with an ed25519 identity, 23 with an ntor key, 11 with a family, 12 with an exit policy that accepts',
    });
    for (let index = 0; index < count; index += 1)
      expect(out.includes(microdescriptorDigest(microdescriptor(index)))).toBe(index < 20);
    expect(out).toMatch(/… and 3 more \(--json has all\)\n$/);
  });

  test('server descriptors with annotations of tor: platforms, bandwidth, what they have', async () => {
    const file = put(
      'cached-descriptors.new',
      Buffer.concat([
        Buffer.from('@downloaded-at 2024-05-01 11:00:00\n@source "192.0.2.1"\n'),
        descriptor(relay),
        Buffer.from('@downloaded-at 2024-05-01 11:00:01\n'),
        oldDescriptor(madeRelay(1)),
      ]),
    );
    const { code, out, err } = await conclave(['parse', file]);
    expect([code, err]).toEqual([0, '']);
    expect(rowsOf(out)).toMatchObject({
      relays: '2',
      published: '2014-12-08 10:00:00 to 2024-05-01 10:00:00',
      platforms: 'Tor 0.2.4.23 1, Tor 0.4.9.11 1',
      bandwidth: '5,003,000 B/s seen in all',
    });
    expect(out).toContain('1 with an exit policy that accepts, 1 with an ed25519 identity');
  });

  test('--json: one object for each, with its own line, however many', async () => {
    const file = put('json', all);
    const objects = objectsOf((await conclave(['parse', '--json', file])).out);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(objects).toHaveLength(count);
    for (const { line, kind } of objects) {
      expect(kind).toBe('microdescriptor');
      expect(lines[(line as number) - 1]).toBe('onion-key');
    }
    expect(new Set(objects.map(({ line }) => line)).size).toBe(count);
  });

  test('a problem is told by the line of the file, and spoils no other', async () => {
    const bad = Buffer.from(microdescriptor(1).toString().replace('family $', 'p nothing $'));
    const file = put('one-bad', Buffer.concat([microdescriptor(0), bad, microdescriptor(2)]));
    const { code, out, err } = await conclave(['parse', file]);
    const line =
      readFileSync(file, 'utf8')
        .split('\n')
        .findIndex((one) => one.startsWith('p nothing')) + 1;
    expect(code).toBe(65);
    expect(err).toMatch(new RegExp(`^${file}:${line}: p: expected accept or reject, .*\n$`));
    expect(rowsOf(out)).toMatchObject({ problems: '1 error' });
    const [first, second] = objectsOf((await conclave(['parse', '--json', file])).out);
    expect(first).toMatchObject({ errors: 0 });
    expect(second).toMatchObject({ errors: 1, problems: [{ line }] });
  });
});

describe('several kinds in one file', () => {
  const mixed = Buffer.concat([
    Buffer.from('@type server-descriptor 1.0\n'),
    descriptor(relay),
    Buffer.from('@type extra-info 1.0\n'),
    extraInfo(relay),
    Buffer.from('@type microdescriptor 1.0\n'),
    microdescriptor(0),
    Buffer.from('@type bandwidth-file 1.0\n'),
    bandwidthFile(),
    Buffer.from('@type network-status-consensus-3 1.0\n'),
    ns,
    Buffer.from('@type network-status-vote-3 1.0\n'),
    vote(authorities()[0] as never),
    Buffer.from('@type dir-key-certificate-3 1.0\n'),
    certificate(authorities()[0] as never),
    Buffer.from('@type detached-signature-3 1.0\n'),
    detachedSignatures(ns, microdesc),
  ]);

  test('with @type lines: each is read as what it is', async () => {
    const objects = objectsOf((await conclave(['parse', '--json', put('mixed', mixed)])).out);
    expect(objects.map(({ kind, errors }) => [kind, errors])).toEqual([
      ['server-descriptor', 0],
      ['extra-info', 0],
      ['microdescriptor', 0],
      ['bandwidth-file', 0],
      ['consensus', 0],
      ['vote', 0],
      ['key-certificate', 0],
      ['detached-signatures', 0],
    ]);
  });

  test('descriptors and extra-infos one after another need none', async () => {
    const file = put(
      'plain',
      Buffer.concat([
        descriptor(relay),
        extraInfo(relay),
        oldDescriptor(relay),
        extraInfo(relay),
        extraInfo(relay),
      ]),
    );
    const { code, out } = await conclave(['parse', file]);
    expect(code).toBe(0);
    expect(
      out
        .split('\n')
        .filter((line) => line.startsWith(file))
        .map((line) => line.replace(/^.*?: /, '')),
    ).toEqual([
      'server descriptor of maple',
      'extra-info of maple',
      'server descriptor of maple',
      '2 extra-infos',
    ]);
  });

  test('two bandwidth files are two', async () => {
    const one = Buffer.concat([Buffer.from('@type bandwidth-file 1.0\n'), bandwidthFile()]);
    const objects = objectsOf(
      (await conclave(['parse', '--json', put('twice', Buffer.concat([one, one]))])).out,
    );
    expect(objects.map(({ kind, errors, line }) => [kind, errors, line])).toEqual([
      ['bandwidth-file', 0, 2],
      ['bandwidth-file', 0, 12],
    ]);
  });

  test('what is of no kind among them is said with its line, and nothing is made up', async () => {
    const file = put('alien', Buffer.concat([Buffer.from('@type torperf 1.0\nSOURCE=x\n'), mixed]));
    const { code, out, err } = await conclave(['parse', file]);
    expect([code, out]).toEqual([65, '']);
    expect(err).toMatch(
      /:1: expected a consensus, a vote, descriptors or another directory document of Tor, found/,
    );
  });
});

describe('--json', () => {
  const documentOf = async (kind: string): Promise<Record<string, unknown>> => {
    const [object] = objectsOf(
      (await conclave(['parse', '--json', put(`json-${kind}`, bytesOf[kind] ?? '')])).out,
    );
    return object?.['document'] as Record<string, unknown>;
  };

  test('a server descriptor: keys in base64, times as text, certificates taken apart', async () => {
    expect(await documentOf('server-descriptor')).toMatchObject({
      router: { nickname: 'maple', orPort: 9001 },
      published: '2024-05-01 10:00:00',
      signingKey: relay.identity.der.toString('base64'),
      identityEd25519: { expires: '2024-05-10 00:00:00', signerKey: relay.master.key.toString('base64') },
      overloadGeneral: { version: 1, time: '2024-05-01 09:00:00' },
      policy: expect.arrayContaining([
        expect.objectContaining({ verdict: 'accept', ports: [440, 450] }),
      ]) as unknown,
    });
  });

  test('an extra-info: intervals end at a time', async () => {
    expect(await documentOf('extra-info')).toMatchObject({
      statistics: {
        writeHistory: { end: '2024-05-01 09:00:00', intervalSeconds: 86_400, values: [1000, 2000, 3000] },
      },
    });
  });

  test('a bandwidth file: columns as rows, the header as an object', async () => {
    expect(await documentOf('bandwidth-file')).toMatchObject({
      timestamp: '2024-05-01 12:00:00',
      header: { scanner_country: 'US' },
      divider: '=====',
      relays: [
        { line: 8, identity: 'A'.repeat(40), bandwidth: 120, voted: true, values: { error_circ: '2' } },
        { line: 9, identity: 'B'.repeat(40), bandwidth: 7, voted: false, values: { vote: '0' } },
      ],
    });
  });

  test('a diff: its commands with their lines', async () => {
    expect(await documentOf('consensus-diff')).toMatchObject({
      commands: [
        { line: 3, action: 'delete', from: 9, to: 'end', lines: [] },
        {
          line: 4,
          action: 'change',
          from: 4,
          lines: ['valid-after 2024-05-01 13:00:00', 'fresh-until 2024-05-01 14:00:00'],
        },
        { action: 'append', from: 2, lines: ['x y'] },
      ],
    });
  });
});

describe('--unrecognized', () => {
  test.each([
    ['server-descriptor', descriptor(relay, { edit: behind('platform', 'x-future 1 2') })],
    ['extra-info', extraInfo(relay, { edit: behind('published', 'x-future 1 2') })],
    ['microdescriptor', Buffer.concat([microdescriptor(0), Buffer.from('x-future 1 2\n')])],
  ])('%s: the line that nobody here knows', async (kind, bytes) => {
    const file = put(`future-${kind}`, bytes);
    const line = readFileSync(file, 'utf8').split('\n').indexOf('x-future 1 2') + 1;
    expect(await conclave(['parse', '--unrecognized', file])).toEqual({
      code: 0,
      out: `${file}:${line}: x-future 1 2\n`,
      err: '',
    });
  });
});

describe('packed documents', () => {
  test('deflate, in one stream or several, as tor sends it', async () => {
    const bytes = Buffer.concat([descriptor(relay), oldDescriptor(madeRelay(1))]);
    const streams = Buffer.concat([deflateSync(descriptor(relay)), deflateSync(oldDescriptor(madeRelay(1)))]);
    for (const packed of [deflateSync(bytes, { level: 1 }), deflateSync(bytes, { level: 9 }), streams]) {
      const { code, out } = await conclave(['parse', put('packed', packed)]);
      expect(code).toBe(0);
      expect(out).toContain('2 server descriptors');
    }
    const cut = await conclave(['parse', put('cut', streams.subarray(0, -40))]);
    expect(cut.code).toBe(65);
    expect(cut.err).toMatch(/expected deflate data, found a broken file/);
  });

  test.each([
    ['none', ns],
    ['deflate', deflateSync(ns)],
    ['gzip', gzipSync(ns)],
  ])(
    "an item of tor's diff cache, compression %s: its labels, then the document in it",
    async (compression, body) => {
      const file = put(`item-${compression}`, cacheItem(body, compression));
      const { code, out, err } = await conclave(['parse', file]);
      expect([code, err]).toEqual([0, '']);
      expect(out).toContain(`${file}: diff-cache item\n`);
      expect(out).toContain(
        `${body.length.toString().replace(/\B(?=(\d{3})+$)/g, ',')} bytes, compression: ${compression}\n`,
      );
      expect(out).toContain(`${file} (body): consensus, flavor ns\n`);
    },
  );

  test('an item that cannot be unpacked here says so; one in another is refused', async () => {
    const lzma = await conclave(['parse', put('lzma', cacheItem(Buffer.from([0x5d, 0, 0]), 'x-tor-lzma'))]);
    expect([lzma.code, lzma.err]).toEqual([0, '']);
    expect(lzma.out).toContain('3 bytes, compression: x-tor-lzma, which is not unpacked here');
    const nested = await conclave([
      'parse',
      put('nested', cacheItem(cacheItem(consensus(), 'none'), 'none')),
    ]);
    expect(nested.code).toBe(65);
    expect(nested.err).toMatch(/nested \(body\):1: expected a consensus/);
  });
});
