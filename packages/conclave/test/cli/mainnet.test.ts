/** `conclave verify` on real documents of the public network. They are no part of this repository. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { parseConsensus, parseKeyCertificates } from '@conclave/netdoc';
import { bytesOfFile, filesOf, hasData, pathOf, withData } from '../../../netdoc/test/support/data.ts';
import { conclave, conclaveProcess, workshop } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const certs = filesOf('key-certificates').map((name) => pathOf('key-certificates', name));
const folders = ['consensus-ns', 'consensus-microdesc'] as const;
const documents = folders.flatMap((folder) => filesOf(folder).map((name) => ({ folder, name })));

/** Which documents the certificates at hand decide: told by signing keys, not by the verifier. */
const signingKeys = new Set(
  filesOf('key-certificates')
    .flatMap((name) => parseKeyCertificates(bytesOfFile('key-certificates', name)))
    .map(({ document }) => document && sha1Of(document.signingKey)),
);

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex').toUpperCase();
}

/** The authorities that a consensus itself names, as a file. */
function authoritiesFile(folder: string, name: string): string {
  const text = Buffer.from(bytesOfFile(folder, name)).toString('latin1');
  const list = Array.from(
    text.matchAll(/^dir-source ([A-Za-z0-9]+) ([0-9A-F]{40}) /gm),
    ([, nickname, v3ident]) => ({
      nickname,
      v3ident,
    }),
  );
  return put(`authorities-${name}.json`, JSON.stringify(list));
}

function decided(folder: string, name: string): boolean {
  const text = Buffer.from(bytesOfFile(folder, name)).toString('latin1');
  const sources = text.match(/^dir-source /gm)?.length ?? 0;
  const signatures = Array.from(
    text.matchAll(/^directory-signature (?:sha256 )?[0-9A-F]{40} ([0-9A-F]{40})$/gm),
  );
  return signatures.filter(([, key]) => signingKeys.has(key as string)).length * 2 > sources;
}

test.runIf(hasData)(
  withData('the real documents hold both cases: certificates there, certificates missing'),
  () => {
    const there = documents.filter(({ folder, name }) => decided(folder, name));
    expect(there.length).toBeGreaterThanOrEqual(8);
    expect(documents.length - there.length).toBeGreaterThanOrEqual(4);
    for (const { name } of documents) {
      if (/^(2014|2016|2020-0[23])/.test(name)) expect(there.map((one) => one.name)).not.toContain(name);
      if (/^(2017-10|2018|2020-12)/.test(name)) expect(there.map((one) => one.name)).toContain(name);
    }
  },
);

describe.runIf(hasData)(withData('conclave verify, real consensuses'), () => {
  for (const { folder, name } of documents) {
    const yes = decided(folder, name);
    test(`${folder}/${name}: exit ${yes ? 0 : 2}, with the authorities it names and with the public network's`, async () => {
      const file = pathOf(folder, name);
      const named = await conclave([
        'verify',
        file,
        '--authorities',
        authoritiesFile(folder, name),
        '--certs',
        ...certs,
      ]);
      expect(named.code).toBe(yes ? 0 : 2);
      expect(named.err).toBe('');
      expect(named.out.split('\n', 1)[0]).toMatch(
        yes
          ? /^Genuine: signed by \d of \d authorities, \d needed; valid-after /
          : /^Undecided: signed by .*certificates missing: /,
      );
      const dated = await conclave(['verify', '--json', file, '--certs', ...certs]);
      expect(dated.code).toBe(yes ? 0 : 2);
      const answer = JSON.parse(dated.out) as {
        outcome: string;
        exitCode: number;
        atFrom: string;
        authoritySet: { from: string };
      };
      expect(answer).toMatchObject({
        outcome: yes ? 'accepted' : 'undecided',
        exitCode: dated.code,
        atFrom: 'valid-after',
      });
      expect(answer.authoritySet.from).toContain('public Tor network');
    });
  }

  const [folder, name] = ['consensus-ns', '2020-12-05-18-00-00-consensus'] as const;
  const read = (): string => Buffer.from(bytesOfFile(folder, name)).toString('latin1');
  const judged = (file: string): Promise<{ code: number; out: string; err: string }> =>
    conclave(['verify', file, '--authorities', authoritiesFile(folder, name), '--certs', ...certs]);
  const blocks = (): { signed: string; signatures: string[] } => {
    const text = read();
    const at = text.indexOf('\ndirectory-signature ') + 1;
    return { signed: text.slice(0, at), signatures: text.slice(at).split(/(?=^directory-signature )/m) };
  };
  const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

  test('four of nine signatures left: exit 1', async () => {
    const { signed, signatures } = blocks();
    expect(signatures).toHaveLength(9);
    const { code, out } = await judged(put('four', bytes(signed + signatures.slice(2, 6).join(''))));
    expect(code).toBe(1);
    expect(out).toMatch(/^Not genuine: signed by 4 of 9 authorities, 5 needed/);
  });

  test('one signature pasted nine times: exit 1', async () => {
    const { signed, signatures } = blocks();
    const { code, out } = await judged(put('pasted', bytes(signed + (signatures[0] as string).repeat(9))));
    expect(code).toBe(1);
    expect(out).toMatch(/^Not genuine: signed by 1 of 9 authorities, 5 needed \(signatures: 8 repeated\)/);
  });

  test('five of nine signatures left: exit 0', async () => {
    const { signed, signatures } = blocks();
    expect((await judged(put('five', bytes(signed + signatures.slice(4).join(''))))).code).toBe(0);
  });

  test('a byte flipped, as processes: exit 1 wherever it is', async () => {
    const text = read();
    const end = text.indexOf('\ndirectory-signature ') + '\ndirectory-signature '.length;
    const positions = [
      0,
      10,
      text.indexOf('valid-after') + 3,
      text.indexOf('valid-after') + 15,
      text.indexOf('known-flags'),
      text.indexOf('\nr ') + 1,
      text.indexOf('\nr ') + 20,
      text.indexOf('\nr ', 1_000_000) + 50,
      text.indexOf('directory-footer') + 4,
      end - 21,
      end - 10,
      end - 1,
    ];
    for (const [index, at] of positions.entries()) {
      const flipped = bytes(text);
      flipped[at] = (flipped[at] as number) ^ (1 << (index % 7));
      const file = put('flipped', flipped);
      const argv = ['verify', file, '--authorities', authoritiesFile(folder, name), '--certs', ...certs];
      const { code, out } = await conclaveProcess(argv);
      expect({ at, code }).toEqual({ at, code: 1 });
      expect(out).toMatch(/^Not genuine: /);
    }
  }, 60_000);

  test('compressed, with @type, and from standard input: exit 0', async () => {
    const packed = gzipSync(
      Buffer.concat([Buffer.from('@type network-status-consensus-3 1.0\n'), bytesOfFile(folder, name)]),
    );
    const { code } = await conclave(['verify', '-', '--certs', ...certs], { input: packed });
    expect(code).toBe(0);
  });
});

describe.runIf(hasData)(withData('conclave verify, real votes and certificates'), () => {
  test.each(filesOf('vote'))('vote %s: exit 0 by the certificate it carries', async (name) => {
    const { code, out } = await conclave(['verify', pathOf('vote', name)]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Genuine: the vote of /);
  });

  test('a vote after its certificate has expired: exit 1', async () => {
    const [name] = filesOf('vote');
    const { code, out } = await conclave([
      'verify',
      pathOf('vote', name as string),
      '--at',
      '2019-01-01 00:00:00',
    ]);
    expect(code).toBe(1);
    expect(out).toMatch(/^Not genuine: .*certificate expired/);
    expect(out).toContain('Judged at 2019-01-01 00:00:00 (--at).');
  });

  test('the valid base of the broken certificates: exit 0', async () => {
    const { code, out } = await conclave([
      'verify',
      pathOf('adversarial', 'arti__fbbef70__authcert-longclaw-full'),
    ]);
    expect([code, out.split(';', 1)[0]]).toEqual([0, 'Genuine: key certificate of longclaw']);
  });

  test.each([
    [
      'arti__bad-certs__bad-cc-tag',
      /dir-key-crosscert: expected an object ID SIGNATURE or SIGNATURE, found HAPPY FROGS/,
    ],
    ['arti__bad-certs__bad-fingerprint', /its fingerprint is not that of its identity key/],
    ['arti__bad-certs__bad-version', /dir-key-certificate-version: expected 3, found "4"/],
    ['arti__bad-certs__wrong-end', /expected dir-key-certification as the last item/],
    ['arti__bad-certs__wrong-start', /dir-key-certificate-version/],
    [
      'arti__fbbef70__authcert-longclaw-full-invalid-certification',
      /its certification is not a signature by the identity key$/,
    ],
    [
      'arti__fbbef70__authcert-longclaw-full-invalid-cross',
      /its crosscert is not a signature by the signing key/,
    ],
    [
      'arti__fbbef70__authcert-longclaw-full-invalid-id-rsa',
      /its fingerprint is not that of its identity key/,
    ],
  ])('adversarial/%s: exit 1, and says why', async (name, reason) => {
    const { code, out } = await conclave(['verify', pathOf('adversarial', name)]);
    expect(code).toBe(1);
    expect(out.split('\n').find((line) => line.includes('Not genuine: '))).toMatch(reason);
  });

  test.each(filesOf('adversarial').filter((name) => /mdconsensus|consensus-\derr/.test(name)))(
    'adversarial/%s: exit 1, but one wrong signature of three does no harm',
    async (name) => {
      const known = filesOf('chutney-and-synthetic').filter((file) => /certs/.test(file));
      const argv = [
        'verify',
        pathOf('adversarial', name),
        '--authorities',
        authoritiesFile('adversarial', name),
      ];
      const { code } = await conclave([
        ...argv,
        '--certs',
        ...known.map((file) => pathOf('chutney-and-synthetic', file)),
      ]);
      expect(code).toBe(name.includes('consensus-1err') ? 0 : 1);
    },
  );

  test.each(filesOf('cropped').filter((name) => /consensus/.test(name) && !name.endsWith('v2')))(
    'cropped/%s parses, and is not taken for genuine',
    async (name) => {
      const file = pathOf('cropped', name);
      const parsed = parseConsensus(bytesOfFile('cropped', name));
      expect((await conclave(['parse', file])).code).toBe(parsed.errors === 0 ? 0 : 65);
      expect([1, 2]).toContain((await conclave(['verify', file, '--certs', ...certs])).code);
    },
  );
});
