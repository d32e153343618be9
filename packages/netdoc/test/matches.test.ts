/** One document against another: votes and files named by digest, detached signatures, commitments; and header order. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  bandwidthFileMatches,
  certificateRing,
  checkSharedRandom,
  describeProblem,
  parseConsensus,
  parseDetachedSignatures,
  parseKeyCertificates,
  parseVote,
  verifyDetachedSignatures,
  voteMatches,
  type Consensus,
  type DetachedTrustOptions,
  type FlavorVerdict,
  type Vote,
} from '../src/index.ts';
import {
  authorities,
  certificates,
  consensus,
  freshUntil,
  instead,
  object,
  sha1,
  sign,
  text,
  validAfter,
  validUntil,
  vote,
  without,
  type Edit,
  type MadeAuthority,
} from './support/make.ts';

const [first, second] = authorities() as [MadeAuthority, MadeAuthority];

function readVote(edit?: Edit): Vote {
  const { document } = parseVote(Uint8Array.from(vote(first, edit ? { edit } : {})));
  if (!document) throw new Error('no vote');
  return document;
}

function readConsensus(edit?: Edit, flavor: 'ns' | 'microdesc' = 'ns'): Consensus {
  const { document } = parseConsensus(
    Uint8Array.from(consensus({ flavor, relays: 4, ...(edit ? { edit } : {}) })),
  );
  if (!document) throw new Error('no consensus');
  return document;
}

describe('voteMatches()', () => {
  const made = Buffer.from(vote(first)).toString('latin1');
  const end = made.indexOf('\ndirectory-signature ') + '\ndirectory-signature '.length;
  const digest = sha1(Buffer.from(made.slice(0, end), 'latin1'))
    .toString('hex')
    .toUpperCase();

  /** A consensus that names this digest for the first authority. */
  const naming =
    (line: string | undefined): Edit =>
    (lines) => {
      const at = lines.findIndex((one) => one.startsWith('dir-source ') && one.includes(first.identity));
      return line === undefined ? lines.toSpliced(at + 2, 1) : lines.toSpliced(at + 2, 1, line);
    };

  test.each([
    ['same', naming(`vote-digest ${digest}`), digest],
    ['different', naming(`vote-digest ${'A'.repeat(40)}`), 'A'.repeat(40)],
    ['not-stated', naming(undefined), undefined],
    [
      'not-listed',
      ((lines) => {
        const at = lines.findIndex((one) => one.startsWith('dir-source ') && one.includes(first.identity));
        return lines.toSpliced(at, 3);
      }) satisfies Edit,
      undefined,
    ],
  ])('%s', (outcome, edit, stated) => {
    expect(voteMatches(readConsensus(edit), readVote())).toEqual({ outcome, digest, stated });
  });
});

describe('bandwidthFileMatches()', () => {
  const file = Buffer.from('1714564000\nversion=1.4.0\n');
  const digest = createHash('sha256').update(file).digest('base64').replace(/=+$/, '');

  test('same, with padding or without; different; not stated', () => {
    const stating = (stated: string): Vote =>
      readVote(instead('bandwidth-file-digest', `bandwidth-file-digest sha256=${stated}`));
    expect(bandwidthFileMatches(stating(digest), file)).toEqual({ outcome: 'same', digest, stated: digest });
    expect(bandwidthFileMatches(stating(`${digest}=`), file).outcome).toBe('same');
    expect(bandwidthFileMatches(readVote(), file)).toEqual({
      outcome: 'different',
      digest,
      stated: 'C'.repeat(43),
    });
    expect(bandwidthFileMatches(readVote(without('bandwidth-file-digest')), file).outcome).toBe('not-stated');
  });

  test('of a file that is not there authorities state the digest of nothing', () => {
    const edit = instead(
      'bandwidth-file-digest',
      'bandwidth-file-digest sha256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
    );
    expect(bandwidthFileMatches(readVote(edit), new Uint8Array()).outcome).toBe('same');
  });
});

describe('checkSharedRandom()', () => {
  const stamp = (seconds: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(seconds));
    return bytes;
  };
  const reveal = Buffer.concat([stamp(1_714_521_600), Buffer.alloc(32, 5)]).toString('base64');
  const committed = createHash('sha3-256').update(reveal).digest();
  const commit = Buffer.concat([stamp(1_714_521_600), committed]).toString('base64');
  const late = Buffer.concat([stamp(1_714_525_200), committed]).toString('base64');
  const other = Buffer.concat([stamp(1_714_521_600), Buffer.alloc(32, 6)]).toString('base64');

  test.each([
    ['a commitment alone', `1 sha3-256 ID ${commit} `, 'committed', ''],
    ['its reveal', `1 sha3-256 ID ${commit} ${reveal}`, 'revealed', ''],
    [
      'another reveal',
      `1 sha3-256 ID ${commit} ${other}`,
      'wrong',
      'the reveal is not what was committed to',
    ],
    [
      'another time',
      `1 sha3-256 ID ${late} ${reveal}`,
      'wrong',
      'commitment and reveal have different timestamps',
    ],
    [
      'a short commitment',
      `1 sha3-256 ID AAAA ${reveal}`,
      'wrong',
      'the commitment is not 40 bytes in base64',
    ],
    ['a short reveal', `1 sha3-256 ID ${commit} AAAA`, 'wrong', 'the reveal is not 40 bytes in base64'],
    ['another version', `2 sha3-256 ID ${commit} ${reveal}`, 'unknown-algorithm', '2 sha3-256'],
    ['another algorithm', `1 blake3 ID ${commit} ${reveal}`, 'unknown-algorithm', '1 blake3'],
  ])('%s', (_, line, outcome, detail) => {
    const read = readVote(
      instead('shared-rand-commit', `shared-rand-commit ${line.replace('ID', first.identity)}`),
    );
    expect(checkSharedRandom(read)).toEqual([{ commit: read.sharedRandomCommits[0], outcome, detail }]);
  });

  test('the first line of an authority counts', () => {
    const line = `shared-rand-commit 1 sha3-256 ${second.identity} ${commit}`;
    const read = readVote(instead('shared-rand-commit', line, `${line} ${reveal}`));
    expect(checkSharedRandom(read).map(({ outcome }) => outcome)).toEqual(['committed', 'repeated']);
  });
});

describe('verifyDetachedSignatures()', () => {
  const ring = certificateRing(
    parseKeyCertificates(certificates()).flatMap(({ document }) => document ?? []),
  );
  const trusted = new Set(authorities().map(({ identity }) => identity));
  const flavors = { ns: readConsensus(), microdesc: readConsensus(undefined, 'microdesc') };
  const digestOf = ({ bytes, signed }: Consensus, algorithm: string): Buffer =>
    createHash(algorithm).update(bytes.subarray(signed?.start, signed?.end)).digest();

  /** Detached signatures on both consensuses; `spoil` is the authority whose signatures are over something else. */
  function detached(options: { ns: number; microdesc: number; spoil?: number; edit?: Edit }): Uint8Array {
    const digests = { ns: digestOf(flavors.ns, 'sha1'), microdesc: digestOf(flavors.microdesc, 'sha256') };
    const block =
      (flavor: 'ns' | 'microdesc') =>
      (of: MadeAuthority, index: number): string[] => {
        const payload = index === options.spoil ? Buffer.alloc(digests[flavor].length) : digests[flavor];
        const words = flavor === 'ns' ? 'directory-signature' : 'additional-signature microdesc sha256';
        return [
          `${words} ${of.identity} ${of.signingKey.digest}`,
          ...object('SIGNATURE', sign(of.signingKey.secret, payload)),
        ];
      };
    const lines = [
      `consensus-digest ${digests.ns.toString('hex').toUpperCase()}`,
      `valid-after ${validAfter}`,
      `fresh-until ${freshUntil}`,
      `valid-until ${validUntil}`,
      `additional-digest microdesc sha256 ${digests.microdesc.toString('hex').toUpperCase()}`,
      ...authorities().slice(0, options.microdesc).flatMap(block('microdesc')),
      ...authorities().slice(0, options.ns).flatMap(block('ns')),
    ];
    return Buffer.from(text((options.edit ?? ((all) => all))(lines)));
  }

  const judge = (
    bytes: Uint8Array,
    more: Partial<DetachedTrustOptions> = {},
  ): [string, ...(readonly [string, string, number, FlavorVerdict['consensus']])[]] => {
    const trust = { authorities: trusted, certificates: ring, ...more };
    const { verdict } = verifyDetachedSignatures(parseDetachedSignatures(bytes), trust);
    return [
      verdict.outcome,
      ...verdict.flavors.map((one) => [one.flavor, one.outcome, one.signers.length, one.consensus] as const),
    ];
  };

  test('accepts what enough authorities signed, both flavours, and knows the consensuses again', () => {
    const bytes = detached({ ns: 9, microdesc: 5 });
    expect(judge(bytes)).toEqual([
      'accepted',
      ['ns', 'accepted', 9, 'not-given'],
      ['microdesc', 'accepted', 5, 'not-given'],
    ]);
    expect(judge(bytes, { consensuses: [flavors.ns, flavors.microdesc] })).toEqual([
      'accepted',
      ['ns', 'accepted', 9, 'same'],
      ['microdesc', 'accepted', 5, 'same'],
    ]);
  });

  test('four of nine are not enough, whichever flavour', () => {
    expect(judge(detached({ ns: 9, microdesc: 4 }))).toEqual([
      'rejected',
      ['ns', 'accepted', 9, 'not-given'],
      ['microdesc', 'rejected', 4, 'not-given'],
    ]);
  });

  test('a signature over something else does not count', () => {
    expect(judge(detached({ ns: 5, microdesc: 5, spoil: 2 }))).toEqual([
      'rejected',
      ['ns', 'rejected', 4, 'not-given'],
      ['microdesc', 'rejected', 4, 'not-given'],
    ]);
  });

  test('without certificates nobody can tell', () => {
    expect(judge(detached({ ns: 9, microdesc: 9 }), { certificates: certificateRing([]) })[0]).toBe(
      'undecided',
    );
  });

  test('another consensus than the one given is rejected', () => {
    const moved = readConsensus((lines) => lines.map((line) => line.replace('bwauthpid=1', 'bwauthpid=2')));
    expect(judge(detached({ ns: 9, microdesc: 9 }), { consensuses: [moved] })[1]).toEqual([
      'ns',
      'accepted',
      9,
      'different',
    ]);
    expect(judge(detached({ ns: 9, microdesc: 9 }), { consensuses: [moved] })[0]).toBe('rejected');
  });

  test('a consensus of other times than the signatures say is another', () => {
    const bytes = detached({
      ns: 9,
      microdesc: 9,
      edit: instead('fresh-until', 'fresh-until 2024-05-01 14:00:00'),
    });
    expect(judge(bytes, { consensuses: [flavors.ns] })[1]).toEqual(['ns', 'accepted', 9, 'different']);
  });

  test('a flavour whose digest is not stated has no good signature', () => {
    expect(judge(detached({ ns: 9, microdesc: 9, edit: without('additional-digest') }))).toEqual([
      'rejected',
      ['ns', 'accepted', 9, 'not-given'],
      ['microdesc', 'rejected', 0, 'not-given'],
    ]);
  });

  test('a malformed one is rejected whoever signed it', () => {
    expect(
      judge(detached({ ns: 9, microdesc: 9, edit: instead('fresh-until', 'fresh-until soon') }))[0],
    ).toBe('rejected');
  });
});

describe('header items out of order', () => {
  const swap =
    (a: string, b: string): Edit =>
    (lines) => {
      const at = (keyword: string): number => lines.findIndex((line) => line.startsWith(`${keyword} `));
      const [i, j] = [at(a), at(b)];
      return lines.with(i, lines[j] ?? '').with(j, lines[i] ?? '');
    };

  test.each(['tor-0.4.9', 'archive'] as const)('are odd under tor-0.4.9 and were usual: %s', (profile) => {
    const edit = swap('valid-after', 'known-flags');
    const parsed = parseConsensus(Uint8Array.from(consensus({ relays: 2, edit })), { profile });
    expect(parsed.problems.map((problem) => `${problem.severity} ${describeProblem(problem)}`)).toEqual(
      profile === 'archive'
        ? []
        : [
            'warning line 5: fresh-until: expected fresh-until before known-flags, found fresh-until behind it',
          ],
    );
    const read = parseVote(Uint8Array.from(vote(first, { relays: 2, edit: swap('published', 'params') })), {
      profile,
    });
    expect(read.problems.map((problem) => `${problem.severity} ${problem.code}`)).toEqual(
      profile === 'archive' ? [] : ['warning misplaced-item'],
    );
  });
});
