/** Consensuses with one line changed or left out: on the right, every problem with its line and its words. */
import { describe, expect, test } from 'vitest';
import { parseConsensus, skipAnnotations } from '../src/index.ts';
import {
  authorities,
  behind,
  both,
  consensus,
  consensusLines,
  instead,
  object,
  text,
  without,
  type Edit,
  type MadeAuthority,
} from './support/make.ts';
import { check, repeat, told, type Case } from './support/told.ts';

const [first, second] = authorities() as readonly [MadeAuthority, MadeAuthority];

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
    expect(signed?.start).toBe(0);
    expect(
      Buffer.from(document.bytes.subarray(0, signed?.end)).toString().endsWith('\ndirectory-signature '),
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
        'error bad-order line 1: known-flags: expected flags in ascending order, each once, found Authority',
        'warning bad-order line 47: s: expected flags in ascending order, found Valid',
        'warning bad-order line 53: s: expected flags in ascending order, found Valid',
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
    expect(parsed.document?.signed?.start).toBe(54);
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
    const cut = bytes.subarray(0, Buffer.from(bytes).indexOf('directory-signature'));
    expect(told(parseConsensus(cut, { profile: 'tor-0.4.9' }))[0]).toMatch(
      /^error truncated line \d+: directory-signature: expected at least one directory-signature, found the end of the document$/,
    );
    expect(parseConsensus(cut, { profile: 'tor-0.4.9' }).document).toBeUndefined();
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
