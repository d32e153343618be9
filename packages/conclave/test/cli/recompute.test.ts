/** `conclave recompute` and `conclave what-if`: their answers in words, as JSON, and by their exit codes. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { computeConsensus, parseVote, type ComputeOptions, type Flavor } from '@conclave/netdoc';
import {
  authorities,
  certificate,
  consensus,
  instead,
  vote,
  without,
  type Edit,
  type MadeAuthority,
} from '../../../netdoc/test/support/make.ts';
import { conclave, conclaveBin, conclaveProcess, workshop } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const all = authorities();
const [first] = all as readonly [MadeAuthority];
const methods = instead('consensus-methods', 'consensus-methods 32 33 34');
const list = put(
  'authorities.json',
  JSON.stringify(all.map(({ nickname, identity }) => ({ nickname, v3ident: identity }))),
);

/** Puts a vote of each authority there, and gives their files. */
function votes(name: string, edit: (index: number) => Edit = () => methods): string[] {
  return all.map((one, index) => put(`${name}-${one.nickname}`, vote(one, { edit: edit(index) })));
}

/** The unsigned consensus of vote files, as the library computes it. */
function computed(
  bytes: readonly Uint8Array[],
  flavor: Flavor,
  options: Partial<ComputeOptions> = {},
): string {
  const list = bytes.flatMap((one) => parseVote(one).document ?? []);
  const computation = computeConsensus(list, { authorities: 9, flavors: [flavor], ...options });
  const text = computation.outcome === 'computed' ? computation[flavor]?.bytes : undefined;
  if (!text) throw new Error('nothing computed');
  return Buffer.from(text).toString('latin1');
}

const nine = votes('vote');
const bytes = all.map((one) => vote(one, { edit: methods }));
const ns = computed(bytes, 'ns');
const microdesc = computed(bytes, 'microdesc');
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

describe('conclave recompute VOTE…', () => {
  test.each([
    ['ns', ns],
    ['microdesc', microdesc],
  ] as const)(
    '--flavor %s: the unsigned consensus on standard output, byte for byte',
    async (flavor, text) => {
      const ran = await conclave(['recompute', ...nine, '--flavor', flavor, '--authorities', '9']);
      expect(ran).toEqual({ code: 0, out: text, err: '' });
    },
  );

  test('as a process, the bytes of a name that is no ASCII too', async () => {
    const odd = votes(
      'odd',
      () => (lines) => instead('contact', 'contact Zoë 北 <zoe AT example>')(methods(lines)),
    );
    const { code, out } = await conclaveProcess(['recompute', ...odd, '--authorities', '9']);
    expect([code, out.includes('contact Zoë 北 <zoe AT example>\n')]).toEqual([0, true]);
  });

  test('several votes in one file, packed, from standard input; the number of authorities from a list', async () => {
    const together = gzipSync(Buffer.concat(bytes));
    const ran = await conclave(['recompute', '-', '--authorities', list], { input: together });
    expect(ran).toEqual({ code: 0, out: ns, err: '' });
  });

  test('a vote that is given again counts once, and that is said', async () => {
    const ran = await conclave(['recompute', ...nine, nine[4] ?? '', '--authorities', '9']);
    expect([ran.code, ran.out]).toEqual([0, ns]);
    expect(ran.err).toBe(`${nine[4]}:1: the vote of ${all[4]?.nickname} once more; it counts once\n`);
  });

  test('two different votes of one authority are no input: exit 64', async () => {
    const second = put('second', vote(first, { relays: 19, edit: methods }));
    for (const command of ['recompute', 'what-if']) {
      const ran = await conclave([command, ...nine, second, '--authorities', '9']);
      expect([ran.code, ran.out]).toEqual([64, '']);
      expect(ran.err).toContain(`found two different ones of ${first.nickname}`);
    }
  });

  test('what --against writes and reads is one text, signed or not', async () => {
    const unsigned = put('unsigned', ns);
    const ran = await conclave(['recompute', ...nine, '--authorities', '9', '--against', unsigned]);
    expect([ran.code, firstLine(ran.out).startsWith('Identical: ')]).toEqual([0, true]);
    expect((await conclave(['parse', unsigned])).code).toBe(0);
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk under its output is a fault: exit 70', async () => {
    const command = `"$0" "$@" > /dev/full`;
    const argv = ['-c', command, process.execPath, conclaveBin, 'recompute', ...nine, '--authorities', '9'];
    const { status, stderr } = spawnSync('sh', argv, { encoding: 'utf8' });
    expect(status).toBe(70);
    expect(stderr).toMatch(/^conclave: the answer could not be written whole: ENOSPC/);
  });

  test('--srv-fresh: a value needs more votes', async () => {
    const five = votes(
      'five',
      (index) => (lines) => methods(index < 5 ? lines : without('shared-rand-current-value')(lines)),
    );
    const plain = await conclave(['recompute', ...five, '--authorities', '9']);
    const fresh = await conclave(['recompute', ...five, '--authorities', '9', '--srv-fresh']);
    expect(plain.out.match(/^shared-rand-\S+/gm)).toEqual([
      'shared-rand-previous-value',
      'shared-rand-current-value',
    ]);
    expect(fresh.out.match(/^shared-rand-\S+/gm)).toEqual(['shared-rand-previous-value']);
  });

  test('--json: what came out, and its digest', async () => {
    const { code, out } = await conclave(['recompute', ...nine, '--authorities', '9', '--json']);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      outcome: 'computed',
      flavor: 'ns',
      method: 34,
      authorities: 9,
      relays: 20,
    });
    expect(answer['text']).toBe(ns);
    expect(answer['digest']).toMatch(/^[0-9A-F]{40}$/);
  });

  test('too few votes: exit 1, and says so; nothing on standard output', async () => {
    const { code, out, err } = await conclave(['recompute', ...nine.slice(0, 4), '--authorities', '9']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^no consensus comes of these votes: .*4 .*9/);
  });

  test('a method that is not known: exit 2', async () => {
    const future = votes('future', () => instead('consensus-methods', 'consensus-methods 36'));
    const { code, out, err } = await conclave(['recompute', ...future, '--authorities', '9']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('method 36');
  });

  test('strangers to the list of authorities are told', async () => {
    // The public network had eight at that time, so nine votes cannot be of its.
    const { code, out, err } = await conclave(['recompute', ...nine]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('give those of this network with --authorities');
  });

  test.each([
    [
      'not a vote',
      ['recompute', put('not-a-vote', consensus()), '--authorities', '9'],
      65,
      'expected a vote, found a consensus',
    ],
    [
      'a certificate',
      ['recompute', put('certificate', certificate(first)), '--authorities', '9'],
      65,
      'expected a vote',
    ],
    [
      'a damaged vote',
      ['recompute', put('damaged', vote(first, { edit: without('known-flags') })), '--authorities', '9'],
      65,
      'expected a sound vote',
    ],
    ['no such file', ['recompute', '/nonexistent/vote', '--authorities', '9'], 64, 'there is no such file'],
    ['no authorities', ['recompute', ...nine, '--authorities', '0'], 64, '--authorities: expected 1 to 1000'],
    ['another flavor', ['recompute', ...nine, '--flavor', 'wide'], 64, 'Allowed choices'],
    [
      'votes of two rounds',
      [
        'recompute',
        ...nine,
        put('later', vote(first, { edit: instead('valid-after', 'valid-after 2024-05-01 12:30:00') })),
        '--authorities',
        '9',
      ],
      64,
      'expected votes of one round, found valid-after 2024-05-01 12:00:00 and 2024-05-01 12:30:00',
    ],
  ] as const)('%s: refused', async (_, argv, code, message) => {
    const ran = await conclave(argv);
    expect([ran.code, ran.out]).toEqual([code, '']);
    expect(ran.err).toContain(message);
  });
});

describe('conclave recompute VOTE… --against CONSENSUS', () => {
  const against = (
    text: string,
    files: readonly string[] = nine,
    ...more: string[]
  ): ReturnType<typeof conclave> =>
    conclave(['recompute', ...files, '--authorities', '9', '--against', put('published', text), ...more]);

  test.each([
    ['ns', ns],
    ['microdesc', microdesc],
  ])('%s, identical: exit 0, the answer first', async (_, text) => {
    const { code, out, err } = await against(text);
    expect([code, firstLine(out), err]).toEqual([
      0,
      'Identical: byte for byte what its 9 votes give by method 34 for 9 authorities.',
      '',
    ]);
  });

  test('differs: exit 1, where and why not, by entry', async () => {
    const text = ns
      .replace('bwauthpid=1', 'bwauthpid=2')
      .replace(/^s Fast Running Valid$/m, 's Exit Fast Running Valid');
    const { code, out } = await against(text);
    expect([code, firstLine(out)]).toEqual([
      1,
      'Differs: it is not what its 9 votes give by method 34 for 9 authorities (2 lines differ: params 1, relay 1), and nothing that was tried explains it.',
    ]);
    expect(out).toMatch(/^params bwauthpid\n {2}− 2 .*\n {2}\+ 1 /m);
    expect(out).toMatch(
      /^relay [0-9A-F]{40}.*\n {2}− s Exit Fast Running Valid .*\n {2}\+ s Fast Running Valid /m,
    );
  });

  test('a vote missing: exit 2, and says whose', async () => {
    const { code, out } = await against(ns, nine.slice(1));
    expect(code).toBe(2);
    expect(out).toContain(`missing        ${first.nickname}, vote-digest `);
    expect(out).not.toContain('− ');
  });

  test('a method that is not known: exit 2', async () => {
    const future = votes('against-future', () => instead('consensus-methods', 'consensus-methods 36'));
    const made = all.map((one) => vote(one, { edit: instead('consensus-methods', 'consensus-methods 36') }));
    const text = computed(made, 'ns', { supportedMethods: [35] }).replace(
      'consensus-method 35',
      'consensus-method 36',
    );
    const { code, out } = await against(text, future);
    expect([code, firstLine(out)]).toEqual([
      2,
      'Undecided: its votes agree on method 36, whose rules are not known here, so nothing can be said about its text.',
    ]);
  });

  test('only the order of arrival decides: exit 2; in that order exit 0', async () => {
    const spell = (index: number): Edit =>
      instead('client-versions', `client-versions ${index < 5 ? '' : 'Tor '}0.4.8.10`);
    const edit =
      (index: number): Edit =>
      (lines) =>
        methods(spell(index)(lines));
    const files = votes('spelled', edit);
    const text = computed(
      all.map((one, index) => vote(one, { edit: edit(index) })),
      'ns',
    );
    const mixed = [0, 5, 1, 6, 2, 7, 3, 8, 4].map((index) => files[index] ?? '');
    expect((await against(text, files)).code).toBe(0);
    const { code, out } = await against(text, mixed);
    expect(code).toBe(2);
    expect(firstLine(out)).toMatch(
      /^Undecided: only the order in which the votes arrived decides client-versions/,
    );
  });

  test('--json: the whole proof, without a field left out', async () => {
    const { out } = await against(ns.replace('bwauthpid=1', 'bwauthpid=2'), nine, '--json');
    expect(JSON.parse(out)).toMatchObject({
      flavor: 'ns',
      exitCode: 1,
      verdict: 'differs',
      cause: 'unexplained',
      votesNamed: 9,
      missing: [],
      differences: [{ part: 'params', subject: 'bwauthpid', published: '2', recomputed: '1' }],
    });
  });

  test.each([
    ['a flavor that it is not of', ['--flavor', 'microdesc'], 64, '--flavor microdesc'],
    ['what is no consensus', ['--against', nine[0] ?? ''], 65, 'expected a consensus, found a vote'],
    ['half a consensus', ['--against', put('half', ns.slice(0, 900))], 65, 'expected a whole consensus'],
  ] as const)('%s: refused', async (_, argv, code, message) => {
    const ran = await conclave([
      'recompute',
      ...nine,
      '--authorities',
      '9',
      '--against',
      put('published', ns),
      ...argv,
    ]);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(message);
  });
});

describe('conclave recompute VOTE… --explain WHAT', () => {
  const explain = (what: string, ...argv: string[]): ReturnType<typeof conclave> =>
    conclave(['recompute', ...nine, '--authorities', '9', '--explain', what, ...argv]);
  const relay = /^r \S+ (\S+) /m.exec(ns)?.[1] ?? '';
  const fingerprint = Buffer.from(relay, 'base64').toString('hex').toUpperCase();
  const flags = /^s .*$/m.exec(ns)?.[0] ?? '';
  const placeOf = (start: string): string =>
    `line ${ns.split('\n').findIndex((line) => line.startsWith(start)) + 1}: `;

  test.each([
    ['a keyword', 'client-versions', `${placeOf('client-versions ')}client-versions 0.4.8.10,0.4.8.11`],
    ['a line by its number', '3', 'line 3: consensus-method 34'],
    ['a relay', fingerprint, new RegExp(`^${placeOf('r ')}r relay`)],
    ['one line of a relay', `$${fingerprint.toLowerCase()} s`, `${placeOf('s ')}${flags}`],
  ])('%s: the line, the rule that decided, and who voted what', async (_, what, line) => {
    const { code, out, err } = await explain(what);
    expect([code, err]).toEqual([0, '']);
    if (typeof line === 'string') expect(firstLine(out)).toBe(line);
    else expect(firstLine(out)).toMatch(line);
    expect(out).toMatch(/^ {2}.*\(dir-spec 3\.8.*\)$/m);
    for (const { nickname } of all) expect(out).toMatch(new RegExp(`^  ${nickname} +counted `, 'm'));
  });

  test('--json: every vote, what is not known is null', async () => {
    const { code, out } = await explain('params bwauthpid', '--json');
    const answer = JSON.parse(out) as { explanations: { given: { value: string | null }[] }[] };
    expect(code).toBe(0);
    expect(answer.explanations[0]?.given.length).toBe(9);
  });

  test('--against: behind the verdict, whose exit code it keeps', async () => {
    const tampered = put('explained', ns.replace('bwauthpid=1', 'bwauthpid=2'));
    const { code, out } = await explain('params bwauthpid', '--against', tampered);
    expect([code, firstLine(out).slice(0, 8)]).toEqual([1, 'Differs:']);
    expect(out).toMatch(/^ {2}.*the low median.*$/m);
  });

  test('what is not there: exit 1; no consensus at all: says that', async () => {
    expect(await explain('no-such-line')).toEqual({
      code: 1,
      out: '',
      err: 'these votes give nothing of the name "no-such-line"\n',
    });
    const few = await conclave([
      'recompute',
      ...nine.slice(0, 3),
      '--authorities',
      '9',
      '--explain',
      'params',
    ]);
    expect([few.code, few.out]).toEqual([1, '']);
    expect(few.err).toContain('no consensus comes of these votes');
  });
});

describe('conclave what-if VOTE…', () => {
  const whatIf = (...argv: string[]): ReturnType<typeof conclave> =>
    conclave(['what-if', ...nine, '--authorities', list, ...argv]);

  test('without names: the loss of each alone', async () => {
    const { code, out, err } = await whatIf();
    expect([code, err, firstLine(out)]).toEqual([
      0,
      '',
      'No single loss would leave the network without a consensus; what the loss of each authority alone changes:',
    ]);
    for (const { nickname } of all)
      expect(out).toMatch(new RegExp(`^  ${nickname} +yes +34 +0 +0 +0 +0$`, 'm'));
  });

  test('--without: whether there would be a consensus, and what would change', async () => {
    const { code, out } = await whatIf('--without', 'amber, BIRCH');
    expect([code, firstLine(out)]).toEqual([
      0,
      expect.stringMatching(
        /^Without (amber, birch|birch, amber): a consensus, the same but for who voted \(7 votes of 9 authorities, 5 needed\); 3 more losses leave none\.$/,
      ),
    ]);
  });

  test('too many lost: exit 1, and nothing is said of a consensus that there is not', async () => {
    const { code, out } = await whatIf(
      '--without',
      all
        .slice(0, 5)
        .map(({ nickname }) => nickname)
        .join(','),
    );
    expect(code).toBe(1);
    expect(firstLine(out)).toMatch(/: no consensus \(4 votes of 9 authorities, 5 needed\)\.$/);
    expect(out).toMatch(/^ {2}relays +20 +n\/a$/m);
  });

  test('where no more may be lost, whose loss would be one too many is the first sentence', async () => {
    const ran = await conclave(['what-if', ...nine.slice(0, 5), '--authorities', '9']);
    const names = all.slice(0, 5).map(({ nickname }) => nickname);
    expect([ran.code, firstLine(ran.out).split('; ')[0]]).toEqual([
      0,
      expect.stringMatching(
        /^The loss of any one of (?:\w+, ){4}\w+ alone would leave the network without a consensus$/,
      ),
    ]);
    for (const name of names) expect(ran.out).toMatch(new RegExp(`^  ${name} +no +n/a`, 'm'));
  });

  test('--country: by the address that the vote names; --geoip is the table', async () => {
    const geoip = put('geoip', '3221225985,3221225987,NL\n'); // 192.0.2.1 to 192.0.2.3
    const { code, out } = await whatIf('--country', 'nl', '--geoip', geoip, '--json');
    const { whatIf: answer } = JSON.parse(out) as {
      whatIf: { without: { nickname: string }[]; detail: string };
    };
    expect(code).toBe(0);
    expect(answer.without.map(({ nickname }) => nickname).toSorted()).toEqual(['amber', 'birch', 'cedar']);
  });

  test('--as: by the address that the vote names; --asn is the table', async () => {
    const asn = put('ip2asn-v4.tsv', '192.0.2.2\t192.0.2.3\t64500\tZZ\tMADE-UP\n');
    const { code, out } = await whatIf('--as', 'AS64500', '--asn', asn, '--json');
    const { whatIf: answer } = JSON.parse(out) as { whatIf: { without: { nickname: string }[] } };
    expect(code).toBe(0);
    expect(answer.without.map(({ nickname }) => nickname).toSorted()).toEqual(['birch', 'cedar']);
    const none = await whatIf('--as', '64500');
    expect([none.code, none.err.trim()]).toEqual([
      2,
      'conclave: there is no table of networks; give one with --asn (ip2asn-v4.tsv)',
    ]);
    const empty = await whatIf('--as', '64500', '--asn', put('empty.tsv', 'no table\n'));
    expect([empty.code, empty.err]).toEqual([65, expect.stringContaining('found none')]);
  });

  test.each([
    ['no network', ['--as', 'Hetzner'], '--as: expected a number, for example AS24940, found "Hetzner"'],
    [
      'no table of networks',
      ['--as', '1', '--asn', '/nonexistent/asn'],
      '/nonexistent/asn: there is no such file',
    ],
    ['an unknown name', ['--without', 'nobody'], 'found nobody'],
    ['nobody', ['--without', ' ,'], 'expected nicknames with commas between them, found none'],
    ['no country', ['--country', 'Germany'], '--country: expected two letters'],
    ['no table', ['--country', 'DE', '--geoip', '/nonexistent/geoip'], '/nonexistent/geoip'],
  ])('%s: exit 64', async (_, argv, message) => {
    const ran = await whatIf(...argv);
    expect([ran.code, ran.out]).toEqual([64, '']);
    expect(ran.err).toContain(message);
  });
});
