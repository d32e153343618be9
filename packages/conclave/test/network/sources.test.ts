import { describe, expect, test } from 'vitest';
import { parseAuthorities, type SourceResult } from '../../src/network/index.ts';

const ident = 'F533C81CEF0BC0267857C99B2F471ADF249FA232';
const spaced = '1A25 C635 8DB9 1342 AA51 720A 5038 B727 4273 2498';
const joined = spaced.replaceAll(' ', '');

const authoritiesOf = (result: SourceResult): unknown => (result.ok ? result.set.authorities : result);
const problemsOf = (result: SourceResult): readonly string[] =>
  result.ok
    ? []
    : result.problems.map((one) => `${one.file}:${one.line}: expected ${one.expected}, found ${one.found}`);

describe('parseAuthorities() of the torrc of a private network', () => {
  const line = `DirAuthority one orport=1 v3ident=${'1'.repeat(40)} 192.0.2.1:80 ${'2'.repeat(40)}\n`;
  const rows: readonly (readonly [title: string, text: string, expected: unknown])[] = [
    ['that says nothing of times', '', undefined],
    [
      'TestingTorNetwork',
      'TestingTorNetwork 1\n',
      { intervalSeconds: 300, voteSeconds: 20, distSeconds: 20 },
    ],
    ['no TestingTorNetwork', 'TestingTorNetwork 0\n', undefined],
    [
      'an interval, in any unit and quoted',
      'V3AuthVotingInterval "30 minutes"\nV3AuthVoteDelay 2 minute\n',
      { intervalSeconds: 1800, voteSeconds: 120, distSeconds: 300 },
    ],
    [
      'everything',
      'testingtornetwork 1\nV3AuthVotingInterval 20\nV3AuthVoteDelay 4 seconds\nV3AuthDistDelay 5 seconds\n' +
        'TestingV3AuthVotingStartOffset 7 seconds\nTestingV3AuthInitialVotingInterval 150 seconds\n',
      { intervalSeconds: 20, voteSeconds: 4, distSeconds: 5, startOffset: 7 },
    ],
  ];
  test.each(rows)('with %s', (_, text, expected) => {
    const result = parseAuthorities(line + text, 'torrc');
    expect(result.ok && result.set.schedule).toEqual(expected);
  });

  test('names the line of a time that is none', () => {
    const result = parseAuthorities(`${line}V3AuthVotingInterval 5 fortnights\n`, 'torrc');
    expect(result).toEqual({
      ok: false,
      problems: [
        {
          file: 'torrc',
          line: 2,
          expected: 'V3AuthVotingInterval and a time, such as 5 minutes',
          found: '5 fortnights',
        },
      ],
    });
  });
});

describe('parseAuthorities() of a torrc', () => {
  test.each<[string, string, unknown]>([
    [
      'the usual line',
      `DirAuthority moria1 orport=9201 v3ident=${ident} 128.31.0.39:9231 ${spaced}`,
      {
        nickname: 'moria1',
        v3ident: ident,
        fingerprint: joined,
        ipv4: '128.31.0.39',
        dirPort: 9231,
        orPort: 9201,
      },
    ],
    [
      'flags in any order, known ones without a use to us, and a fingerprint without spaces',
      `DirServer a no-v2 ipv6=[2001:db8::1]:443 weight=0.5 v3ident=${ident.toLowerCase()} upload=http://1.2.3.4:5/ vote=http://1.2.3.4:6/ download=http://1.2.3.4:7/ orport=443 1.2.3.4:80 ${joined}`,
      {
        nickname: 'a',
        v3ident: ident,
        fingerprint: joined,
        ipv4: '1.2.3.4',
        dirPort: 80,
        orPort: 443,
        ipv6: { address: '2001:db8::1', orPort: 443 },
      },
    ],
    [
      'a bridge authority, which has no identity to vote with',
      `dirauthority "Serge orport=9001 bridge 66.111.2.131:9030 ${joined}"`,
      { nickname: 'Serge', fingerprint: joined, ipv4: '66.111.2.131', dirPort: 9030, orPort: 9001 },
    ],
    [
      'a nickname of digits and letters, a comment, a continued line',
      `# a comment\nSocksPort 0\nDirAuthority test000a \\\n  orport=5000 \\\n  127.0.0.1:7000 ${joined} # mine`,
      { nickname: 'test000a', fingerprint: joined, ipv4: '127.0.0.1', dirPort: 7000, orPort: 5000 },
    ],
    [
      'no nickname',
      `DirAuthority 127.0.0.1:7000 ${joined}`,
      { nickname: joined, fingerprint: joined, ipv4: '127.0.0.1', dirPort: 7000 },
    ],
  ])('reads %s', (_, text, expected) => {
    expect(authoritiesOf(parseAuthorities(text, 'torrc'))).toEqual([expected]);
  });

  test.each<[string, string, readonly string[]]>([
    ['nothing', 'SocksPort 0\n', ['torrc:1: expected at least one authority, found none in the file']],
    [
      'a short identity',
      `\nDirAuthority a v3ident=12 1.2.3.4:80 ${joined}`,
      ['torrc:2: expected v3ident= with 40 hex digits, found "v3ident=12"'],
    ],
    [
      'a port out of range and an unknown flag',
      `DirAuthority a orport=70000 fast 1.2.3.4:80 ${joined}`,
      [
        'torrc:1: expected orport=PORT, found "orport=70000"',
        'torrc:1: expected a flag of DirAuthority, or ADDRESS:DIRPORT, found "fast"',
      ],
    ],
    [
      'an address without a port',
      `DirAuthority a 1.2.3.4 ${joined}`,
      [`torrc:1: expected ADDRESS:DIRPORT, found "${`a 1.2.3.4 ${joined}`.slice(0, 60)}"`],
    ],
    [
      'the same identity twice',
      `DirAuthority a v3ident=${ident} 1.2.3.4:80 ${joined}\nDirAuthority b v3ident=${ident} 1.2.3.5:80 ${joined}`,
      [`torrc:2: expected a v3ident of its own, found ${ident} again`],
    ],
  ])('names what is wrong with %s', (_, text, expected) => {
    expect(problemsOf(parseAuthorities(text, 'torrc'))).toEqual(expected);
  });
});

describe('parseAuthorities() of JSON', () => {
  test('needs no more than nickname and identity', () => {
    const text = JSON.stringify([{ nickname: 'moria1', v3ident: ident.toLowerCase() }]);
    expect(authoritiesOf(parseAuthorities(text, 'a.json'))).toEqual([{ nickname: 'moria1', v3ident: ident }]);
  });

  test('reads every field, and the name of the network', () => {
    const row = {
      nickname: 'moria1',
      v3ident: ident,
      fingerprint: spaced,
      ipv4: '1.2.3.4',
      dirPort: 80,
      orPort: 443,
      ipv6: '[2001:db8::1]:443',
      scanner: true,
    };
    const result = parseAuthorities(JSON.stringify({ network: 'ours', authorities: [row] }), 'a.json');
    expect(result).toEqual({
      ok: true,
      set: {
        network: 'ours',
        authorities: [{ ...row, fingerprint: joined, ipv6: { address: '2001:db8::1', orPort: 443 } }],
      },
    });
  });

  test.each<[string, string, readonly string[]]>([
    ['an object without authorities', '{}', ['a.json:1: expected an array of authorities, found nothing']],
    [
      'the third authority',
      `[\n{"nickname":"a","v3ident":"${ident}"},\n {"nickname":"b]{"},\n {"nickname":"c",\n"dirPort":0}]`,
      [
        'a.json:3: expected nickname: 1 to 19 letters or digits, found "b]{"',
        'a.json:4: expected dirPort: a port, found 0',
      ],
    ],
    [
      'one inside an object',
      '{"network":"x", "authorities":[\n{"nickname":"a"},\n 7]}',
      ['a.json:3: expected an object for each authority, found a number'],
    ],
  ])('names what is wrong with %s', (_, text, expected) => {
    expect(problemsOf(parseAuthorities(text, 'a.json'))).toEqual(expected);
  });

  test('names the line of broken JSON', () => {
    expect(problemsOf(parseAuthorities('[\n{"nickname":"a"}\n{}]', 'a.json'))[0]).toMatch(
      /^a\.json:3: expected JSON/,
    );
  });
});
