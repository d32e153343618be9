/** Documents made here with one line changed or left out: on the right, every problem with its line and its words. */
import { describe, expect, test } from 'vitest';
import {
  describeProblem,
  detectKind,
  formatTime,
  parseConsensus,
  parseDetachedSignatures,
  parseKeyCertificates,
  parseVote,
  skipAnnotations,
  type Parsed,
  type Profile,
} from '../src/index.ts';
import {
  authorities,
  behind,
  both,
  certificate,
  certificateLines,
  certificates,
  consensus,
  consensusLines,
  instead,
  object,
  relay,
  text,
  vote,
  without,
  type Edit,
  type MadeAuthority,
} from './support/make.ts';

const [first, second] = authorities() as readonly [MadeAuthority, MadeAuthority];

function told(parsed: Parsed<unknown>): string[] {
  expect(parsed.errors).toBe(parsed.problems.filter(({ severity }) => severity === 'error').length);
  return parsed.problems.map((problem) => `${problem.severity} ${problem.code} ${describeProblem(problem)}`);
}

/** Every problem stands at the first byte of the line that it names. */
function expectPlaces(parsed: Parsed<unknown>, bytes: Uint8Array): void {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  const offsets = lines.reduce<number[]>((all, line) => [...all, (all.at(-1) ?? 0) + line.length + 1], [0]);
  for (const { line, offset, code } of parsed.problems) {
    // A NUL is told at its own byte; what concerns the whole header, at the top.
    if (code === 'nul-byte' || (line === 1 && offset === 0)) continue;
    expect(offset).toBe(offsets[line - 1]);
  }
}

interface Case {
  readonly title: string;
  readonly edit: Edit;
  readonly problems: readonly string[];
  readonly profile?: Profile;
}

function check({ edit, problems, profile }: Case, flavor: 'ns' | 'microdesc' = 'ns'): void {
  const bytes = consensus({ flavor, relays: 3, edit, signers: authorities().slice(0, 1) });
  const parsed = parseConsensus(bytes, profile ? { profile } : {});
  expect(told(parsed)).toEqual(problems);
  expectPlaces(parsed, bytes);
}

const repeat =
  (keyword: string): Edit =>
  (lines) => {
    const line = lines.find((one) => one.startsWith(`${keyword} `)) ?? '';
    return behind(keyword, line)(lines);
  };

describe('parseConsensus()', () => {
  test('reads every item of the header and footer', () => {
    const { document, problems, unrecognized } = parseConsensus(consensus());
    expect(problems).toEqual([]);
    expect(unrecognized).toEqual([]);
    if (!document) throw new Error('no document');
    const {
      bytes: _,
      routers,
      authorities: sources,
      signatures,
      params,
      bandwidthWeights,
      signed,
      ...rest
    } = document;
    expect(rest).toEqual({
      kind: 'consensus',
      flavor: 'ns',
      consensusMethod: 34,
      validAfter: 1_714_564_800,
      freshUntil: 1_714_568_400,
      validUntil: 1_714_575_600,
      votingDelay: { voteSeconds: 300, distSeconds: 300 },
      clientVersions: ['0.4.8.10', '0.4.8.11'],
      serverVersions: [],
      packages: [],
      recommendedClientProtocols: 'Cons=2 Desc=2 Link=4-5',
      recommendedRelayProtocols: 'Cons=2 Desc=2 Link=4-5 Relay=2-4',
      requiredClientProtocols: 'Cons=2 Desc=2 Link=4',
      requiredRelayProtocols: 'Cons=2 Desc=2 Link=4-5 Relay=2',
      knownFlags: [
        'Authority',
        'BadExit',
        'Exit',
        'Fast',
        'Guard',
        'HSDir',
        'Running',
        'Stable',
        'V2Dir',
        'Valid',
      ],
      sharedRandomPrevious: { reveals: 9, value: `${'A'.repeat(43)}=` },
      sharedRandomCurrent: { reveals: 9, value: `${'B'.repeat(43)}=` },
    });
    expect(params?.get('bwauthpid')).toBe(1);
    expect(bandwidthWeights?.get('Wbm')).toBe(10_000);
    expect([routers.count, sources.length, signatures.length]).toEqual([20, 9, 9]);
    expect(sources[0]).toMatchObject({
      nickname: first.nickname,
      identity: first.identity,
      address: first.address,
      dirPort: 80,
      orPort: 443,
    });
    // Contact keeps its inner double space and its '#'.
    expect(sources[0]?.contact).toBe(`${first.nickname}  # keeper <${first.nickname} AT example>`);
    expect(signed.start).toBe(0);
    expect(
      Buffer.from(document.bytes.subarray(0, signed.end)).toString().endsWith('\ndirectory-signature '),
    ).toBe(true);
  });

  test.each<Case>([
    {
      title: 'a damaged first line',
      edit: instead('network-status-version', 'network-status-versiom 3'),
      problems: [
        'error not-this-document line 1: network-status-version: expected network-status-version as the first item, found "network-status-versiom"',
      ],
    },
    {
      title: 'another version',
      edit: instead('network-status-version', 'network-status-version 2'),
      problems: ['error not-this-document line 1: network-status-version: expected version 3, found "2"'],
    },
    {
      title: 'an unknown flavor',
      edit: instead('network-status-version', 'network-status-version 3 x microdesc'),
      problems: [
        'error not-this-document line 1: network-status-version: expected flavor ns or microdesc, found "x"',
      ],
    },
    {
      title: 'the status of a vote',
      edit: instead('vote-status', 'vote-status vote'),
      problems: ['error bad-argument line 2: vote-status: expected "consensus", found "vote"'],
    },
    {
      title: 'no valid-after',
      edit: without('valid-after'),
      problems: ['error missing-item line 2: valid-after: expected valid-after exactly once, found none'],
    },
    {
      title: 'two valid-after',
      edit: repeat('valid-after'),
      problems: ['error repeated-item line 5: valid-after: expected valid-after only once, found another'],
    },
    {
      title: 'a time that is none',
      edit: instead('fresh-until', 'fresh-until 2024-05-01 13:00'),
      problems: [
        'error bad-argument line 5: fresh-until: expected a time YYYY-MM-DD HH:MM:SS, found "2024-05-01 13:00"',
      ],
    },
    {
      title: 'a time with CR',
      edit: instead('valid-until', 'valid-until 2024-05-01 15:00:00\r'),
      problems: [
        'error bad-argument line 6: valid-until: expected a time YYYY-MM-DD HH:MM:SS, found "2024-05-01 15:00:00\\r"',
      ],
    },
    {
      title: 'fresh-until before valid-after',
      edit: instead('fresh-until', 'fresh-until 2024-05-01 11:00:00'),
      problems: [
        'error contradiction line 1: fresh-until: expected a time at least 10 s after valid-after, found an earlier time',
      ],
    },
    {
      title: 'valid-until before valid-after',
      edit: instead('valid-until', 'valid-until 2024-05-01 11:00:00'),
      problems: [
        'error contradiction line 1: valid-until: expected a time at least 20 s after valid-after, found an earlier time',
        'error contradiction line 1: valid-until: expected a time not before fresh-until, found an earlier time',
      ],
    },
    {
      title: 'a delay of one second',
      edit: instead('voting-delay', 'voting-delay 1 300'),
      problems: [
        'error bad-argument line 7: voting-delay: expected two delays of at least 2 seconds, found "1 300"',
      ],
    },
    {
      title: 'no known-flags',
      edit: both(without('known-flags'), (lines) =>
        lines.map((line) => (line.startsWith('s ') ? 's ' : line)),
      ),
      problems: ['error missing-item line 2: known-flags: expected known-flags exactly once, found none'],
    },
    {
      title: 'known-flags out of order',
      edit: instead(
        'known-flags',
        'known-flags Valid Authority BadExit Exit Fast Guard HSDir Running Stable V2Dir',
      ),
      problems: [
        'warning bad-order line 47: s: expected flags in ascending order, found Valid',
        'warning bad-order line 53: s: expected flags in ascending order, found Valid',
        'error bad-order line 1: known-flags: expected flags in ascending order, each once, found Authority',
      ],
    },
    {
      title: 'params out of order',
      edit: instead('params', 'params b=1 a=1'),
      problems: [
        'error bad-argument line 15: params: expected keys in ascending order, each once, found "a=1"',
      ],
    },
    {
      title: 'a param out of range',
      edit: instead('params', 'params a=2147483648'),
      problems: ['error bad-argument line 15: params: expected key=integer of 32 bits, found "a=2147483648"'],
    },
    {
      title: 'a bad list of protocols',
      edit: instead('required-relay-protocols', 'required-relay-protocols Link=5-1'),
      problems: [
        'error bad-argument line 14: required-relay-protocols: expected a list of protocols NAME=VERSIONS, found "Link=5-1"',
      ],
    },
    {
      title: 'a shared random value of a wrong length',
      edit: instead('shared-rand-current-value', 'shared-rand-current-value 9 AAAA'),
      problems: [
        'error bad-argument line 17: shared-rand-current-value: expected a count and 32 bytes in base64, found "9 AAAA"',
      ],
    },
    {
      title: 'bandwidth-weights that are none',
      edit: instead('bandwidth-weights', 'bandwidth-weights Wbd=x'),
      problems: [
        'error bad-argument line 65: bandwidth-weights: expected key=integer of 32 bits, found "Wbd=x"',
      ],
    },
  ])('$title', (one) => {
    check(one);
  });

  test('a dir-source that is none is missed, and its signature belongs to nobody', () => {
    const edit = instead('dir-source', `dir-source ${first.nickname} ${first.identity} a 192.0.2.1`);
    const parsed = parseConsensus(consensus({ relays: 1, edit, signers: [first] }));
    expect(parsed.problems.map(({ code, keyword }) => `${code} ${keyword}`)).toEqual([
      'bad-argument dir-source',
      'contradiction directory-signature',
    ]);
    expect(parsed.partial.authorities).toHaveLength(8);
  });

  test('no dir-source at all, one twice, or out of order', () => {
    const codes = (edit: Edit): string[] =>
      parseConsensus(consensus({ relays: 1, edit, signers: [second] })).problems.map(
        ({ code, keyword }) => `${code} ${keyword}`,
      );
    const none: Edit = (lines) => lines.filter((line) => !/^(dir-source|contact|vote-digest)/.test(line));
    expect(codes(none)).toEqual(['missing-item dir-source', 'contradiction directory-signature']);
    const blocks = (lines: string[]): [string[], string[][], string[]] => {
      const at = lines.findIndex((line) => line.startsWith('dir-source'));
      const end = lines.findLastIndex((line) => line.startsWith('vote-digest')) + 1;
      return [
        lines.slice(0, at),
        Array.from({ length: 9 }, (_, index) => lines.slice(at + index * 3, at + index * 3 + 3)),
        lines.slice(end),
      ];
    };
    const change =
      (how: (all: string[][]) => string[][]): Edit =>
      (lines) => {
        const [head, sources, tail] = blocks(lines);
        return [...head, ...how(sources).flat(), ...tail];
      };
    expect(codes(change((all) => [...all.slice(0, 1), ...all]))).toEqual(['duplicate dir-source']);
    expect(codes(change((all) => all.toReversed()))).toHaveLength(8);
  });

  test('a -legacy source has no contact and no vote-digest', () => {
    const edit = behind(
      'vote-digest',
      `dir-source amber-legacy ${'F'.repeat(40)} a.example 192.0.2.99 80 443`,
    );
    const parsed = parseConsensus(consensus({ relays: 1, edit, authorities: authorities().slice(0, 1) }));
    expect(told(parsed)).toEqual([]);
    expect(parsed.document?.authorities[1]).toMatchObject({
      nickname: 'amber-legacy',
      contact: undefined,
      voteDigest: undefined,
    });
  });

  test('unknown lines are kept everywhere, and are no problem', () => {
    const edit = both(
      behind('vote-status', 'x-header a b'),
      behind('contact', 'x-source'),
      behind('s', 'x-relay 1'),
      behind('directory-footer', 'x-footer 2'),
    );
    const parsed = parseConsensus(consensus({ relays: 2, edit }));
    expect(told(parsed)).toEqual([]);
    expect(parsed.unrecognized.map(({ text }) => text)).toEqual([
      'x-header a b',
      'x-source',
      'x-relay 1',
      'x-footer 2',
    ]);
    const lines = consensusLines({ relays: 2, edit });
    expect(parsed.unrecognized.map(({ line }) => line)).toEqual(
      ['x-header a b', 'x-source', 'x-relay 1', 'x-footer 2'].map((line) => lines.indexOf(line) + 1),
    );
  });

  test('@type lines are taken from an archive, not from an authority', () => {
    const bytes = Buffer.concat([
      Buffer.from('@type network-status-consensus-3 1.0\n@downloaded-at x\n'),
      consensus({ relays: 1 }),
    ]);
    expect(skipAnnotations(bytes)).toEqual({ at: 54, line: 3 });
    const parsed = parseConsensus(bytes);
    expect(told(parsed)).toEqual([]);
    expect(parsed.document?.signed.start).toBe(54);
    expect(parsed.document?.routers.line[0]).toBe(
      consensusLines({ relays: 1 }).findIndex((line) => line.startsWith('r ')) + 3,
    );
    expect(parseConsensus(bytes, { profile: 'tor-0.4.9' }).problems[0]?.code).toBe('not-this-document');
  });

  test('a NUL anywhere is told with its line', () => {
    const bytes = Buffer.from(consensus({ relays: 2 }));
    const at = bytes.indexOf('\nw ') + 3;
    bytes[at] = 0;
    const problem = parseConsensus(bytes).problems.find(({ code }) => code === 'nul-byte');
    expect([problem?.line, problem?.offset]).toEqual([
      bytes.subarray(0, at).toString().split('\n').length,
      at,
    ]);
  });

  test('what stands behind the signatures is told, and cutting them off too', () => {
    const bytes = consensus({ relays: 1 });
    expect(told(parseConsensus(Buffer.concat([bytes, Buffer.from('r what\n')])))[0]).toMatch(
      /^error misplaced-item line \d+: r: expected nothing but directory-signature behind the first one, found "r what"$/,
    );
    const cut = bytes.subarray(0, bytes.indexOf('directory-signature'));
    expect(told(parseConsensus(cut))[0]).toMatch(
      /^error truncated line \d+: directory-signature: expected at least one directory-signature, found the end of the document$/,
    );
    expect(parseConsensus(cut).document).toBeUndefined();
  });

  test.each([
    ['no identity', 'directory-signature', 'bad-argument'],
    ['short identity', `directory-signature ABC ${first.signingKey.digest}`, 'bad-argument'],
  ])('a signature line with %s', (_, line, code) => {
    const bytes = Buffer.concat([
      consensus({ relays: 1 }),
      Buffer.from(text([line, ...object('SIGNATURE', Buffer.alloc(128))])),
    ]);
    expect(parseConsensus(bytes).problems.map((problem) => problem.code)).toEqual([code]);
  });

  test('a signature without its object, or with one that is no base64', () => {
    const line = `directory-signature ${first.identity} ${first.signingKey.digest}`;
    const parse = (...more: string[]): string[] =>
      parseConsensus(
        Buffer.concat([consensus({ relays: 1 }), Buffer.from(text([line, ...more]))]),
      ).problems.map(({ code }) => code);
    expect(parse()).toEqual(['missing-object']);
    expect(parse('-----BEGIN RSA PUBLIC KEY-----', 'AAAA', '-----END RSA PUBLIC KEY-----')).toEqual([
      'missing-object',
    ]);
    expect(parse('-----BEGIN SIGNATURE-----', '!', '-----END SIGNATURE-----')).toEqual(['bad-object']);
  });
});

describe('router entries', () => {
  const insideEntry =
    (edit: Edit): Edit =>
    (lines) => {
      const at = lines.findIndex((line) => line.startsWith('r '));
      return [...lines.slice(0, at), ...edit(lines.slice(at))];
    };
  const line = (flavor: 'ns' | 'microdesc' = 'ns'): string =>
    consensusLines({ flavor, relays: 3 }).find((one) => one.startsWith('r ')) ?? '';
  const r = (change: (words: string[]) => string[]): Edit =>
    insideEntry((lines) => lines.with(0, change(line().split(' ')).join(' ')));

  test.each<Case>([
    {
      title: 's twice',
      edit: insideEntry(repeat('s')),
      problems: ['error repeated-item line 48: s: expected the line once in an entry, found another'],
    },
    {
      title: 'w twice',
      edit: insideEntry(repeat('w')),
      problems: ['error repeated-item line 51: w: expected the line once in an entry, found another'],
    },
    {
      title: 'no s',
      edit: insideEntry((lines) =>
        lines.filter((_, at) => at !== lines.findIndex((one) => one.startsWith('s '))),
      ),
      problems: ['error missing-item line 45: r: expected an entry with s, found none'],
    },
    {
      title: 'an unknown flag',
      edit: insideEntry(instead('s', 's Fast Muffins Valid')),
      problems: ['error contradiction line 47: s: expected a flag of known-flags, found "Muffins"'],
    },
    {
      title: 'flags out of order',
      edit: insideEntry(instead('s', 's Valid Fast')),
      problems: ['warning bad-order line 47: s: expected flags in ascending order, found Fast'],
    },
    {
      title: 'a bad list of protocols',
      edit: insideEntry(instead('pr', 'pr Link=5-1')),
      problems: [
        'error bad-argument line 49: pr: expected a list of protocols NAME=VERSIONS, found "Link=5-1"',
      ],
    },
    {
      title: 'a policy that is none',
      edit: insideEntry(instead('p', 'p allow 80')),
      problems: ['error bad-argument line 51: p: expected "accept" or "reject" and ports, found "allow 80"'],
    },
    {
      title: 'a bandwidth that is none',
      edit: insideEntry(instead('w', 'w Bandwidth=Fred')),
      problems: ['error bad-argument line 50: w: expected a number in its range, found "Bandwidth=Fred"'],
    },
    {
      title: 'a bandwidth of 33 bits',
      edit: insideEntry(instead('w', 'w Bandwidth=4294967296')),
      problems: [
        'error bad-argument line 50: w: expected a number in its range, found "Bandwidth=4294967296"',
      ],
    },
    {
      title: 'a guard fraction beyond 100',
      edit: insideEntry(instead('w', 'w Bandwidth=1 GuardFraction=101')),
      problems: ['error bad-argument line 50: w: expected a number in its range, found "GuardFraction=101"'],
    },
    {
      title: 'a nickname of twenty letters',
      edit: r((words) => words.with(1, 'x'.repeat(20))),
      problems: [
        `error bad-argument line 45: r: expected a nickname of 1 to 19 letters and digits, found "${'x'.repeat(20)}"`,
      ],
    },
    {
      title: 'a digest of nineteen bytes',
      edit: r((words) => words.with(2, 'A'.repeat(26))),
      problems: [
        `error bad-argument line 45: r: expected an identity digest in base64, found "${'A'.repeat(26)}"`,
      ],
    },
    {
      title: 'a descriptor digest that is none',
      edit: r((words) => words.with(3, '?'.repeat(27))),
      problems: [
        `error bad-argument line 45: r: expected a descriptor digest in base64, found "${'?'.repeat(27)}"`,
      ],
    },
    {
      title: 'no such day',
      edit: r((words) => words.with(4, '2023-02-29')),
      problems: [
        'error bad-argument line 45: r: expected a time YYYY-MM-DD HH:MM:SS, found "2023-02-29 01:02:03"',
      ],
    },
    {
      title: 'no such address',
      edit: r((words) => words.with(6, '300.1.1.1')),
      problems: ['error bad-argument line 45: r: expected an IPv4 address, found "300.1.1.1"'],
    },
    {
      title: 'a port too few',
      edit: r((words) => words.slice(0, 8)),
      problems: ['error bad-argument line 45: r: expected an ORPort and a DirPort, found "9001"'],
    },
  ])('$title', (one) => {
    check(one);
  });

  test('r behind white space begins no entry, as in tor', () => {
    const edit = insideEntry((lines) =>
      lines.map((one, at) => (at > 0 && one.startsWith('r ') ? ` ${one}` : one)),
    );
    const parsed = parseConsensus(consensus({ relays: 2, edit }));
    expect(parsed.partial.routers?.count).toBe(1);
    expect(told(parsed)[0]).toMatch(
      /^error bad-line line \d+: r: expected "r " at the beginning of a line, found " r relay/,
    );
    expect(parsed.problems.slice(1).map(({ code }) => code)).toContain('repeated-item');
  });

  test('a relay twice, and relays out of order', () => {
    const blocks = (lines: string[]): string[][] =>
      lines
        .join('\n')
        .split(/\n(?=r |directory-)/)
        .map((block) => block.split('\n'));
    const codes = (how: (entries: string[][]) => string[][]): string[] => {
      const edit = insideEntry((lines) => {
        const all = blocks(lines);
        return [...how(all.slice(0, 3)), ...all.slice(3)].flat();
      });
      return parseConsensus(consensus({ relays: 3, edit })).problems.map(
        ({ code, keyword }) => `${code} ${keyword}`,
      );
    };
    expect(codes((all) => all)).toEqual([]);
    expect(codes((all) => [...all.slice(0, 1), ...all])).toEqual(['duplicate r']);
    expect(codes((all) => all.toReversed())).toEqual(['bad-order r', 'bad-order r']);
  });

  test('the lines of an entry that had to be given up belong to nobody', () => {
    const parsed = parseConsensus(consensus({ relays: 3, edit: r((words) => words.with(1, '-')) }));
    expect(parsed.partial.routers?.count).toBe(2);
    expect(parsed.errors).toBe(1);
    expect(parsed.problems[0]?.line).toBe(45);
  });

  test('profiles: pr is demanded by tor 0.4.9 only', () => {
    const edit = insideEntry(without('pr'));
    check({ title: '', edit, problems: [] });
    const lines = consensusLines({ relays: 3, edit });
    const at = lines.flatMap((one, index) => (one.startsWith('r ') ? [index + 1] : []));
    check({
      title: '',
      edit,
      profile: 'tor-0.4.9',
      problems: at.map(
        (number) => `error missing-item line ${number}: r: expected an entry with pr, found none`,
      ),
    });
  });

  test('a microdesc consensus demands m, and one whole digest in it', () => {
    check(
      {
        title: '',
        edit: insideEntry((lines) =>
          lines.filter((_, at) => at !== lines.findIndex((one) => one.startsWith('m '))),
        ),
        problems: ['error missing-item line 45: r: expected an entry with m, found none'],
      },
      'microdesc',
    );
    for (const digest of ['A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(43)} more`, '?'.repeat(43), '']) {
      check(
        {
          title: '',
          edit: insideEntry(instead('m', `m ${digest}`)),
          problems: [
            `error bad-argument line 47: m: expected a SHA-256 digest in base64, found ${JSON.stringify(digest)}`,
          ],
        },
        'microdesc',
      );
    }
  });
});

describe('parseVote()', () => {
  const parse = (edit: Edit, profile: Profile = 'tor-0.4.9'): Parsed<unknown> =>
    parseVote(vote(first, { relays: 3, edit }), { profile });

  test('reads every item of the header', () => {
    const parsed = parseVote(vote(first), { profile: 'tor-0.4.9' });
    expect(told(parsed)).toEqual([]);
    expect(parsed.unrecognized).toEqual([]);
    const { document } = parsed;
    expect(document).toMatchObject({
      kind: 'vote',
      consensusMethods: [32, 33, 34, 35],
      contact: `${first.nickname} AT example`,
      source: { nickname: first.nickname, identity: first.identity },
      sharedRandomParticipate: true,
      sharedRandomCommits: [
        {
          version: 1,
          algorithm: 'sha3-256',
          identity: first.identity,
          commit: 'D'.repeat(56),
          reveal: 'E'.repeat(56),
        },
      ],
      bandwidthFileDigest: 'C'.repeat(43),
      certificate: { fingerprint: first.identity },
    });
    expect(document?.flagThresholds?.get('guard-wfu')).toBe('98.000%');
    expect(document?.bandwidthFileHeaders?.get('version')).toBe('1.4.0');
    expect(document && formatTime(document.published)).toBe('2024-05-01 11:50:00');
    expect(document?.routers.votedMicrodescs.count).toBe(20);
  });

  test.each<[title: string, edit: Edit, problem: RegExp | undefined]>([
    ['no consensus-methods', without('consensus-methods'), /consensus-methods exactly once/],
    [
      'methods that are none',
      instead('consensus-methods', 'consensus-methods 1 x'),
      /expected method numbers/,
    ],
    ['no published', without('published'), /published exactly once/],
    ['no contact', without('contact'), /contact exactly once/],
    ['no dir-source', without('dir-source'), /dir-source exactly once/],
    [
      'two dir-sources',
      (lines) => behind('dir-source', lines.find((one) => one.startsWith('dir-source')) ?? '')(lines),
      /dir-source only once/,
    ],
    [
      'a flavor',
      instead('network-status-version', 'network-status-version 3 microdesc'),
      /expected flavor ns/,
    ],
    ['the flavor ns', instead('network-status-version', 'network-status-version 3 ns'), undefined],
    [
      'a commit that is none',
      instead('shared-rand-commit', 'shared-rand-commit 1 sha3-256'),
      /VERSION ALGORITHM IDENTITY COMMIT/,
    ],
    [
      'no params, no versions, no footer',
      both(
        without('params'),
        without('client-versions'),
        without('server-versions'),
        without('directory-footer'),
      ),
      undefined,
    ],
    ['a bandwidth-weights line', behind('directory-footer', 'bandwidth-weights x'), undefined],
    ['an empty pr', instead('pr', 'pr'), undefined],
    ['an empty s', instead('s', 's'), undefined],
    [
      'no v, w, p, m, id, stats',
      (lines) => lines.filter((one) => !/^(v|w|p|m|id|stats) /.test(one)),
      undefined,
    ],
    [
      'a bogus, an IPv4 and a port-0 address',
      (lines) => behind('r', 'a nonsense', 'a 192.0.2.1:9', 'a [2001:db8::1]:0')(lines),
      undefined,
    ],
    ['an m line with nothing', behind('m', 'm'), undefined],
    [
      'an ed25519 key that is none',
      instead('id', 'id ed25519 AAAA'),
      /expected an ed25519 key in base64, or none/,
    ],
    ['an id of another kind', instead('id', 'id rsa1024 AAAA'), undefined],
    [
      'stats that are no numbers',
      instead('stats', 'stats wfu=x tk=1 mtbf=2'),
      /expected numbers, found "wfu=x"/,
    ],
    [
      'no certificate',
      (lines) =>
        lines
          .slice(0, lines.indexOf('dir-key-certificate-version 3'))
          .concat(lines.slice(lines.findIndex((one) => one.startsWith('r ')))),
      /dir-key-certificate-version exactly once/,
    ],
  ])('%s', (_, edit, problem) => {
    const problems = told(parse(edit));
    if (problem) expect(problems[0]).toMatch(problem);
    else expect(problems).toEqual([]);
  });

  test("the certificate must be the voter's own", () => {
    const parsed = parseVote(vote(first, { certificateLines: certificateLines(second) }));
    expect(told(parsed)).toEqual([
      `error contradiction line 1: fingerprint: expected the identity of dir-source, ${first.identity}, found ${second.identity}`,
    ]);
  });

  test('an ed25519 identity belongs to one relay; none and a key of zeros are no identity', () => {
    const withKey = (key: string): string[] =>
      told(parse((lines) => lines.map((one) => (one.startsWith('id ed25519 ') ? `id ed25519 ${key}` : one))));
    expect(withKey('none')).toEqual([]);
    expect(withKey('A'.repeat(43))).toEqual([]);
    expect(withKey('B'.repeat(43)).map((one) => one.replace(/\d+/, 'N'))).toEqual(
      Array.from(
        { length: 2 },
        () =>
          'error duplicate line N: r: expected an ed25519 identity of its own, found that of an earlier relay',
      ),
    );
  });

  test('reads m, id and stats lines as the authority wrote them', () => {
    const { document } = parseVote(
      vote(first, {
        relays: 12,
        edit: (lines) =>
          lines.map((one) => one.replace(/^m 32,33,34 (.*)$/, 'm 32,33 $1\nm 34 $1\nm 35 sha512=x')),
      }),
    );
    const voted = document?.routers.votedMicrodescs;
    expect(voted?.methodLists).toEqual(['32,33', '34', '35']);
    expect(Array.from(voted?.methods ?? []).slice(0, 6)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(Array.from(voted?.hasSha256 ?? []).slice(0, 3)).toEqual([1, 1, 0]);
    expect(Array.from(voted?.router ?? []).slice(0, 6)).toEqual([0, 0, 0, 1, 1, 1]);
    const row = Array.from({ length: 12 }, (_, at) => at).find(
      (at) => document?.routers.ed25519State[at] === 1,
    );
    expect(row).toBeDefined();
  });
});

describe('parseKeyCertificates()', () => {
  test('reads one, many, and those with annotations between them', () => {
    const one = certificate(first);
    const annotated = Buffer.concat([
      Buffer.from('@type dir-key-certificate-3 1.0\n'),
      one,
      Buffer.from('@type dir-key-certificate-3 1.0\n'),
      certificate(second),
    ]);
    expect(parseKeyCertificates(one).map(({ document }) => document?.fingerprint)).toEqual([first.identity]);
    expect(
      parseKeyCertificates(annotated).map(({ document, errors }) => [document?.fingerprint, errors]),
    ).toEqual([
      [first.identity, 0],
      [second.identity, 0],
    ]);
    expect(parseKeyCertificates(certificates()).filter(({ document }) => document)).toHaveLength(9);
    expect(parseKeyCertificates(new Uint8Array())).toEqual([]);
  });

  test.each([
    'fingerprint',
    'dir-key-published',
    'dir-key-expires',
    'dir-identity-key',
    'dir-signing-key',
    'dir-key-certification',
  ])('misses %s', (keyword) => {
    const lines = certificateLines(first);
    const at = lines.findIndex((line) => line === keyword || line.startsWith(`${keyword} `));
    const end = lines[at + 1]?.startsWith('-----BEGIN')
      ? lines.findIndex((line, index) => index > at && line.startsWith('-----END')) + 1
      : at + 1;
    const [parsed] = parseKeyCertificates(Buffer.from(text(lines.toSpliced(at, end - at))));
    expect(parsed?.document).toBeUndefined();
    expect(parsed && told(parsed)[0]).toContain(`${keyword} exactly once, found none`);
  });

  test('a certificate ends with its certification', () => {
    const [parsed] = parseKeyCertificates(
      Buffer.concat([certificate(first), Buffer.from('dir-address 192.0.2.1:1\n')]),
    );
    expect(parsed && told(parsed).at(-1)).toMatch(
      /expected dir-key-certification as the last item, found dir-address/,
    );
  });

  test('in a file of many, a problem belongs to the certificate in which it stands', () => {
    const broken = text(certificateLines(second)).replace(
      '-----BEGIN ID SIGNATURE-----\n',
      '-----BEGIN ID SIGNATURE-----\n!',
    );
    const list = parseKeyCertificates(
      Buffer.concat([certificate(first), Buffer.from(broken), certificate(authorities()[2] ?? first)]),
    );
    expect(list.map(({ errors }) => errors)).toEqual([0, 2, 0]);
    expect(list[1]?.problems.map(({ code }) => code)).toEqual(['bad-object', 'bad-argument']);
  });
});

describe('detectKind()', () => {
  test.each<[kind: string | undefined, bytes: Uint8Array]>([
    ['consensus', consensus({ relays: 1 })],
    ['consensus', consensus({ relays: 1, edit: instead('network-status-version', 'x') })],
    ['vote', vote(first, { relays: 1 })],
    ['vote', vote(first, { relays: 1, edit: instead('vote-status', 'vote-status x') })],
    ['key-certificate', certificate(first)],
    ['detached-signatures', Buffer.from(`consensus-digest ${'A'.repeat(40)}\n`)],
    [undefined, new Uint8Array()],
    [undefined, Buffer.from('<!DOCTYPE html>\n<title>404</title>\n')],
    [undefined, Buffer.from(text(relay(1, 'ns')))],
  ])('%s', (kind, bytes) => {
    expect(detectKind(bytes)).toBe(kind);
  });
});

test('parseDetachedSignatures() reads both flavors', () => {
  const signature = [...object('SIGNATURE', Buffer.alloc(128, 1))];
  const bytes = text([
    `consensus-digest ${'A'.repeat(40)}`,
    'valid-after 2024-05-01 12:00:00',
    'fresh-until 2024-05-01 13:00:00',
    'valid-until 2024-05-01 15:00:00',
    `additional-digest microdesc sha256 ${'b'.repeat(64)}`,
    `additional-signature microdesc sha256 ${first.identity} ${first.signingKey.digest}`,
    ...signature,
    `directory-signature ${first.identity} ${first.signingKey.digest}`,
    ...signature,
  ]);
  const parsed = parseDetachedSignatures(Buffer.from(bytes));
  expect(told(parsed)).toEqual([]);
  expect(parsed.document?.additionalDigests.get('microdesc sha256')).toBe('B'.repeat(64));
  expect(parsed.document?.signatures.map(({ flavor, algorithm }) => [flavor, algorithm])).toEqual([
    ['microdesc', 'sha256'],
    ['ns', 'sha1'],
  ]);
});
