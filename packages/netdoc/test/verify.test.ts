/** Verdicts: each fate of a signature, each reason to refuse, and that nothing but an accepted document is `verified`. */
import { describe, expect, test } from 'vitest';
import {
  certificateRing,
  checkCertificate,
  parseConsensus,
  parseKeyCertificates,
  parseVote,
  strictMajority,
  verifyConsensus,
  verifyKeyCertificate,
  verifyVote,
  type Assessment,
  type CertificateRing,
  type Fingerprint,
  type SignatureFate,
  type Verdict,
} from '../src/index.ts';
import {
  authorities,
  authority,
  certificate,
  certificateLines,
  certificates,
  consensus,
  instead,
  key,
  makeKey,
  sha1,
  text,
  time,
  vote,
  without,
  type CertificateOptions,
  type ConsensusOptions,
  type MadeAuthority,
  type Signer,
} from './support/make.ts';

const all = authorities();
const trusted: ReadonlySet<Fingerprint> = new Set(all.map(({ identity }) => identity));

function ringOf(...files: readonly Uint8Array[]): CertificateRing {
  return certificateRing(
    files.flatMap((file) => parseKeyCertificates(file)).flatMap(({ document }) => document ?? []),
  );
}

const ring = ringOf(certificates());

/** `verified` exists exactly for what was accepted, and holds the parsed document. */
function sound<D>(assessment: Assessment<D>): Assessment<D> {
  expect(assessment.verified !== undefined).toBe(assessment.verdict.outcome === 'accepted');
  return assessment;
}

interface Expected {
  readonly outcome: string;
  readonly signers: number;
  readonly fates: string;
  readonly refusals: string;
}

/** The verdict on a made consensus, shortened. */
function verdictOn(
  bytes: Uint8Array,
  options: { ring?: CertificateRing; at?: string; trust?: ReadonlySet<Fingerprint> } = {},
): Expected {
  const { verdict } = sound(
    verifyConsensus(parseConsensus(bytes), {
      authorities: options.trust ?? trusted,
      certificates: options.ring ?? ring,
      ...(options.at === undefined ? {} : { at: time(options.at) }),
    }),
  );
  return {
    outcome: verdict.outcome,
    signers: verdict.signers.length,
    fates: countFates(verdict.signatures.map(({ fate }) => fate)),
    refusals: verdict.refusals.map(({ code }) => code).join(' '),
  };
}

function countFates(fates: readonly SignatureFate[]): string {
  const counts = new Map<string, number>();
  for (const fate of fates) counts.set(fate, (counts.get(fate) ?? 0) + 1);
  return Array.from(counts, ([fate, count]) => `${count} ${fate}`).join(', ');
}

function check(options: ConsensusOptions, expected: Expected): void {
  for (const flavor of ['ns', 'microdesc'] as const)
    expect(verdictOn(consensus({ flavor, relays: 2, ...options }))).toEqual(expected);
}

const [first, second] = all as readonly [MadeAuthority, MadeAuthority];
const stranger = authority('stranger', 9);

describe('verifyConsensus()', () => {
  test('accepts what all signed', () => {
    check({}, { outcome: 'accepted', signers: 9, fates: '9 good', refusals: '' });
  });

  test('accepts five of nine, rejects four', () => {
    check({ signers: all.slice(0, 5) }, { outcome: 'accepted', signers: 5, fates: '5 good', refusals: '' });
    check(
      { signers: all.slice(0, 4) },
      { outcome: 'rejected', signers: 4, fates: '4 good', refusals: 'too-few-signers' },
    );
  });

  test('counts signers, not signatures: one of nine pasted nine times is one', () => {
    check(
      { signers: Array.from({ length: 9 }, () => first) },
      { outcome: 'rejected', signers: 1, fates: '1 good, 8 repeated', refusals: 'too-few-signers' },
    );
  });

  test('counts an authority once, though it signs by both algorithms', () => {
    const twice = all.slice(0, 4).flatMap((one): Signer[] => [
      { authority: one, algorithm: 'sha1' },
      { authority: one, algorithm: 'sha256' },
    ]);
    check(
      { signers: twice },
      { outcome: 'rejected', signers: 4, fates: '8 good', refusals: 'too-few-signers' },
    );
  });

  test('lets the first signature of an authority count, though a good one follows a wrong one', () => {
    const signers = [{ authority: first, by: second.signingKey }, first, ...all.slice(1, 5)];
    check(
      { signers },
      { outcome: 'rejected', signers: 4, fates: '1 wrong, 1 repeated, 4 good', refusals: 'too-few-signers' },
    );
  });

  test('takes each signature by the algorithm that its line names', () => {
    const by = (algorithm: string): Signer[] => all.map((one) => ({ authority: one, algorithm }));
    check({ signers: by('sha256') }, { outcome: 'accepted', signers: 9, fates: '9 good', refusals: '' });
    check({ signers: by('sha1') }, { outcome: 'accepted', signers: 9, fates: '9 good', refusals: '' });
    check(
      { signers: by('sha512') },
      { outcome: 'rejected', signers: 0, fates: '9 unknown-algorithm', refusals: 'too-few-signers' },
    );
    const spelled = all.map((one): Signer => ({ authority: one, algorithm: 'sha1', spell: true }));
    check({ signers: spelled }, { outcome: 'accepted', signers: 9, fates: '9 good', refusals: '' });
  });

  test('takes no signature of the other algorithm for this one', () => {
    const signers = all.map((one): Signer => ({
      authority: one,
      algorithm: 'sha256',
      payload: sha1('something else'),
    }));
    check({ signers }, { outcome: 'rejected', signers: 0, fates: '9 wrong', refusals: 'too-few-signers' });
  });

  test('takes no signature over more than the digest', () => {
    const bytes = consensus({ relays: 2 });
    const { signed } = parseConsensus(bytes).partial;
    const payload = Buffer.concat([sha1(bytes.subarray(signed?.start, signed?.end)), Buffer.from('more')]);
    expect(
      verdictOn(consensus({ relays: 2, signers: all.map((one) => ({ authority: one, payload })) })).fates,
    ).toBe('9 wrong');
  });

  test('trusts the authorities that it is told, by strict majority', () => {
    const bytes = consensus({ relays: 2 });
    for (let count = 0; count <= 9; count += 1) {
      const trust = new Set(all.slice(0, count).map(({ identity }) => identity));
      const { outcome, signers } = verdictOn(bytes, { trust });
      expect([outcome, signers]).toEqual([count === 0 ? 'rejected' : 'accepted', count]);
    }
    const half = consensus({ relays: 2, signers: all.slice(0, 4) });
    const eight = new Set(all.slice(0, 8).map(({ identity }) => identity));
    expect(verdictOn(half, { trust: eight }).outcome).toBe('rejected');
    expect([1, 2, 3, 8, 9].map(strictMajority)).toEqual([1, 2, 2, 5, 5]);
  });

  test('does not count strangers, and refuses a consensus signed by one who is no dir-source', () => {
    const nine = [
      ...all.slice(0, 4),
      ...Array.from({ length: 5 }, (_, index) => authority(`new${index}`, 10 + index)),
    ];
    const strange = consensus({
      relays: 2,
      authorities: nine.toSorted((a, b) => (a.identity < b.identity ? -1 : 1)),
    });
    expect(verdictOn(strange)).toMatchObject({
      outcome: 'rejected',
      signers: 4,
      refusals: 'too-few-signers',
    });
    check(
      { signers: [...all, stranger] },
      { outcome: 'rejected', signers: 9, fates: '9 good, 1 unknown-authority', refusals: 'malformed' },
    );
  });

  test('is undecided when missing certificates could change the answer, and names them', () => {
    const bytes = consensus({ relays: 2 });
    const four = ringOf(certificates(all.slice(0, 4)));
    expect(verdictOn(bytes, { ring: four })).toEqual({
      outcome: 'undecided',
      signers: 4,
      fates: '4 good, 5 certificate-missing',
      refusals: 'too-few-signers',
    });
    const { verdict } = verifyConsensus(parseConsensus(bytes), { authorities: trusted, certificates: four });
    expect(verdict.missing).toEqual(
      all.slice(4).map((one) => ({ identity: one.identity, signingKeyDigest: one.signingKey.digest })),
    );
    expect(verdictOn(bytes, { ring: ringOf(certificates(all.slice(0, 5))) })).toMatchObject({
      outcome: 'accepted',
      signers: 5,
    });
  });

  test('is decided when missing certificates cannot change the answer', () => {
    const bytes = consensus({ relays: 2, signers: all.slice(0, 4) });
    expect(verdictOn(bytes, { ring: ringOf(certificates(all.slice(0, 2))) })).toMatchObject({
      outcome: 'rejected',
      signers: 2,
    });
  });

  test('a flipped document is rejected, not undecided, when all certificates are there', () => {
    const bytes = Uint8Array.from(consensus({ relays: 2 }));
    bytes[300] = (bytes[300] ?? 0) ^ 1;
    expect(verdictOn(bytes)).toMatchObject({ outcome: 'rejected', signers: 0 });
  });

  test('finds the certificate of the signing key that the line names, among several of an authority', () => {
    const renewed = { ...first, signingKey: key(30) };
    const both = ringOf(certificate(renewed), certificates());
    const { verdict } = verifyConsensus(parseConsensus(consensus({ relays: 2 })), {
      authorities: trusted,
      certificates: both,
    });
    expect(verdict.signers).toHaveLength(9);
    const next = consensus({
      relays: 2,
      authorities: [renewed, ...all.slice(1)],
      signers: [renewed, ...all.slice(1)],
    });
    expect(verdictOn(next, { ring: both })).toMatchObject({ outcome: 'accepted', signers: 9 });
    expect(verdictOn(next)).toMatchObject({
      outcome: 'accepted',
      signers: 8,
      fates: '1 certificate-missing, 8 good',
    });
  });

  test('judges certificates at the time it is told, and at valid-after otherwise', () => {
    const bytes = consensus({ relays: 2 });
    expect(verdictOn(bytes, { at: '2024-05-01 15:00:00' }).outcome).toBe('accepted');
    const old = ringOf(...all.map((one) => certificate(one, { expires: '2024-05-01 11:59:59' })));
    expect(verdictOn(bytes, { ring: old })).toMatchObject({
      outcome: 'rejected',
      fates: '9 certificate-expired',
      refusals: 'too-few-signers',
    });
    const young = ringOf(...all.map((one) => certificate(one, { published: '2024-05-01 12:00:01' })));
    expect(verdictOn(bytes, { ring: young })).toMatchObject({
      outcome: 'rejected',
      fates: '9 certificate-not-yet-valid',
    });
    const exact = ringOf(
      ...all.map((one) =>
        certificate(one, { published: '2024-05-01 12:00:00', expires: '2024-05-01 12:00:00' }),
      ),
    );
    expect(verdictOn(bytes, { ring: exact }).outcome).toBe('accepted');
  });

  test.each(['2024-05-01 11:59:59', '2024-05-01 15:00:01'])('is not alive at %s', (at) => {
    expect(verdictOn(consensus({ relays: 2 }), { at })).toMatchObject({
      outcome: 'rejected',
      signers: 9,
      refusals: 'not-alive',
    });
  });

  test('rejects what is malformed, whoever signed it', () => {
    check(
      { edit: without('known-flags') },
      { outcome: 'rejected', signers: 9, fates: '9 good', refusals: 'malformed' },
    );
  });

  test('says which digest was signed', () => {
    for (const [flavor, length] of [
      ['ns', 40],
      ['microdesc', 64],
    ] as const) {
      const parsed = parseConsensus(consensus({ flavor, relays: 2 }));
      const { verdict } = verifyConsensus(parsed, { authorities: trusted, certificates: ring });
      expect(verdict.digest).toMatch(new RegExp(`^[0-9A-F]{${length}}$`));
    }
  });

  test('says nothing good of an empty document', () => {
    expect(verdictOn(new Uint8Array())).toMatchObject({
      outcome: 'rejected',
      signers: 0,
      refusals: 'malformed too-few-signers',
    });
  });
});

describe('certificateRing() and checkCertificate()', () => {
  const faultsOf = (bytes: Uint8Array): string => {
    const [parsed] = parseKeyCertificates(bytes);
    if (!parsed?.document) throw new Error('not even parsed');
    expect(certificateRing([parsed.document]).trusted).toHaveLength(
      checkCertificate(parsed.document).faults.length === 0 ? 1 : 0,
    );
    return checkCertificate(parsed.document).faults.join(' ');
  };

  test.each<[title: string, options: CertificateOptions, faults: string]>([
    ['a good one', {}, ''],
    ['certified by another', { certifiedBy: second.identityKey }, 'certification-invalid'],
    ['crossed by another', { crossedBy: second.signingKey }, 'crosscert-invalid'],
    ['crosscert over something else', { crossed: sha1('x') }, 'crosscert-invalid'],
    [
      'no crosscert',
      {
        edit: (lines) =>
          lines.toSpliced(
            lines.indexOf('dir-key-crosscert'),
            lines.length - 1 - lines.indexOf('dir-key-crosscert'),
          ),
      },
      'crosscert-missing',
    ],
    [
      "another's fingerprint",
      {
        edit: instead('fingerprint', `fingerprint ${second.identity}`),
        crossed: Buffer.from(second.identity, 'hex'),
      },
      'fingerprint-mismatch',
    ],
    ['expired before it was published', { expires: '2023-01-01 00:00:00' }, 'expires-before-published'],
  ])('%s', (_, options, faults) => {
    expect(faultsOf(certificate(first, options))).toBe(faults);
  });

  test.each(['dir-identity-key', 'dir-signing-key'] as const)('an unreadable %s', (keyword) => {
    const edit = (lines: string[]): string[] => {
      const at = lines.indexOf(keyword);
      return lines.toSpliced(at + 2, lines.indexOf('-----END RSA PUBLIC KEY-----', at) - at - 2, 'AAAA');
    };
    expect(faultsOf(certificate(first, { edit }))).toContain(keyword.slice(4).replace(/$/, '-unreadable'));
  });

  test('an altered line breaks the certification', () => {
    const lines = certificateLines(first);
    for (const at of [1, 3, 4]) {
      const altered = lines.with(
        at,
        (lines[at] ?? '').replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
      );
      expect(faultsOf(Buffer.from(text(altered)))).toMatch(/^certification-invalid\b/);
    }
  });

  test('the same certificate twice counts once; a ring tells why it refuses one', () => {
    const twice = ringOf(certificates(), certificates());
    expect(twice.trusted).toHaveLength(9);
    const bad = ringOf(certificate(first, { crossed: sha1('x') }));
    expect(bad.refused.map(({ faults }) => faults)).toEqual([['crosscert-invalid']]);
  });
});

describe('verifyVote()', () => {
  const verdictOnVote = (bytes: Uint8Array, trust: Parameters<typeof verifyVote>[1] = {}): Expected => {
    const { verdict } = sound(verifyVote(parseVote(bytes), trust));
    return {
      outcome: verdict.outcome,
      signers: verdict.signers.length,
      fates: countFates(verdict.signatures.map(({ fate }) => fate)),
      refusals: verdict.refusals.map(({ code }) => code).join(' '),
    };
  };
  const good = { outcome: 'accepted', signers: 1, fates: '1 good', refusals: '' };

  test('accepts a vote by the certificate it carries', () => {
    expect(verdictOnVote(vote(first))).toEqual(good);
    expect(verdictOnVote(vote(first), { authorities: trusted })).toEqual(good);
  });

  test.each<[title: string, bytes: Uint8Array, expected: Partial<Expected>]>([
    [
      "another's certificate",
      vote(first, { certificateLines: certificateLines(second) }),
      { fates: '1 wrong', refusals: 'malformed no-signature' },
    ],
    [
      "another's signature",
      vote(first, { signers: [{ authority: second }] }),
      { fates: '1 wrong', refusals: 'no-signature' },
    ],
    [
      "another's signing key",
      vote(first, { signers: [{ authority: first, by: second.signingKey }] }),
      { fates: '1 wrong', refusals: 'no-signature' },
    ],
    [
      'a broken certificate',
      vote(first, { certificate: { crossed: sha1('x') } }),
      { fates: '1 wrong', refusals: 'certificate no-signature' },
    ],
    [
      'a good signature behind a wrong one',
      vote(first, { signers: [{ authority: first, payload: sha1('x') }, { authority: first }] }),
      { fates: '1 wrong, 1 repeated', refusals: 'no-signature' },
    ],
    [
      'two algorithms',
      vote(first, { signers: [{ authority: first }, { authority: first, algorithm: 'sha256' }] }),
      { refusals: 'malformed' },
    ],
    [
      'only an unknown algorithm',
      vote(first, { signers: [{ authority: first, algorithm: 'md5' }] }),
      { fates: '1 unknown-algorithm', refusals: 'no-signature' },
    ],
    ['no certificate', vote(first, { certificateLines: [] }), { refusals: 'malformed no-signature' }],
  ])('rejects a vote with %s', (_, bytes, expected) => {
    expect(verdictOnVote(bytes)).toMatchObject({ outcome: 'rejected', ...expected });
  });

  test('an unknown algorithm beside a good signature does no harm', () => {
    const bytes = vote(first, { signers: [{ authority: first, algorithm: 'md5' }, { authority: first }] });
    expect(verdictOnVote(bytes)).toMatchObject({ outcome: 'accepted', fates: '1 unknown-algorithm, 1 good' });
  });

  test('rejects the vote of one who is no authority', () => {
    expect(verdictOnVote(vote(stranger), { authorities: trusted })).toEqual({
      outcome: 'rejected',
      signers: 0,
      fates: '1 unknown-authority',
      refusals: 'unknown-authority no-signature',
    });
    expect(verdictOnVote(vote(stranger)).outcome).toBe('accepted');
  });

  test('judges the certificate at the time it is told', () => {
    const bytes = vote(first);
    expect(verdictOnVote(bytes, { at: time('2024-05-01 11:51:00') }).outcome).toBe('accepted');
    expect(verdictOnVote(bytes, { at: time('2025-01-01 00:00:00') }).fates).toBe('1 good');
    expect(verdictOnVote(bytes, { at: time('2025-01-01 00:00:01') })).toMatchObject({
      outcome: 'rejected',
      fates: '1 certificate-expired',
    });
    expect(verdictOnVote(bytes, { at: time('2023-12-31 23:59:59') })).toMatchObject({
      outcome: 'rejected',
      fates: '1 certificate-not-yet-valid',
    });
  });
});

test('verifyVote() refuses a vote asked about behind its valid-until, and only then', () => {
  const parsed = parseVote(vote(first));
  const at = (text: string): Verdict => verifyVote(parsed, { at: time(text) }).verdict;
  expect(at('2024-05-01 15:00:00').refusals).toEqual([]);
  expect(at('2024-05-01 15:00:01')).toMatchObject({
    outcome: 'rejected',
    refusals: [{ code: 'not-alive', at: time('2024-05-01 15:00:01') }],
  });
  expect(verifyVote(parsed).verdict.refusals).toEqual([]);
});

describe('verifyKeyCertificate()', () => {
  const refusalsOf = (bytes: Uint8Array, trust: Parameters<typeof verifyKeyCertificate>[1] = {}): string => {
    const [parsed] = parseKeyCertificates(bytes);
    if (!parsed) throw new Error('no certificate');
    return sound(verifyKeyCertificate(parsed, trust))
      .verdict.refusals.map(({ code }) => code)
      .join(' ');
  };

  test('accepts a good one, of an authority or where none is asked for', () => {
    expect(refusalsOf(certificate(first))).toBe('');
    expect(refusalsOf(certificate(first), { authorities: trusted })).toBe('');
    expect(refusalsOf(certificate(stranger), { authorities: trusted })).toBe('unknown-authority');
  });

  test('refuses each fault and each wrong time', () => {
    expect(refusalsOf(certificate(first, { certifiedBy: makeKey(1024) }))).toBe('certificate');
    expect(refusalsOf(certificate(first), { at: time('2025-06-01 00:00:00') })).toBe('certificate-time');
    expect(refusalsOf(certificate(first, { edit: without('fingerprint') }))).toBe('malformed');
  });

  test('tells the time of judgement of a certificate that cannot be read whole', () => {
    const [parsed] = parseKeyCertificates(certificate(first, { edit: without('fingerprint') }));
    expect(parsed && verifyKeyCertificate(parsed).verdict.at).toBe(time('2024-01-01 00:00:00'));
  });
});
