/** Router entries: the fast reading and the patient one give the same, in whatever form the lines come. */
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import {
  findRouter,
  flagsOf,
  formatIpv4,
  formatIpv6,
  fromHex,
  parseConsensus,
  parseIpv4,
  parseIpv6,
  parseVote,
  routerAt,
  toHex,
  type RouterTable,
} from '../src/index.ts';
import { InternTable } from '../src/routers/intern.ts';
import { ipv6PortAt, timeAt } from '../src/routers/digits.ts';
import { authorities, consensus, sha1, text, vote, type Edit } from './support/make.ts';
import { expectSameEntries } from './support/compare.ts';

const [first] = authorities(1);
const kinds = ['ns', 'microdesc', 'vote'] as const;
type Kind = (typeof kinds)[number];

/** The table of a document with these entries, and how many errors there were. */
function scan(
  kind: Kind,
  edit: Edit,
  relays = 30,
): { table: RouterTable; bytes: Uint8Array; errors: number } {
  const own: Edit = (lines) => {
    const from = lines.findIndex((line) => line.startsWith('r '));
    const to = lines.indexOf('directory-footer');
    return [...lines.slice(0, from), ...edit(lines.slice(from, to)), ...lines.slice(to)];
  };
  if (kind === 'vote') {
    if (!first) throw new Error('no authority');
    const bytes = vote(first, { relays, edit: own });
    const parsed = parseVote(bytes);
    return { table: parsed.partial.routers as RouterTable, bytes, errors: parsed.errors };
  }
  const bytes = consensus({ flavor: kind, relays, edit: own, signers: authorities().slice(0, 1) });
  const parsed = parseConsensus(bytes);
  return { table: parsed.partial.routers as RouterTable, bytes, errors: parsed.errors };
}

/** Everything of a table but where it stands in the bytes. */
function content(table: RouterTable): object {
  const rows = Array.from({ length: table.count }, (_, row) => routerAt(table, row));
  const { present, ed25519State, wfu, tk, mtbf, guardFraction, votedMicrodescs } = table;
  return { rows, present, ed25519State, wfu, tk, mtbf, guardFraction, votedMicrodescs };
}

/** Ways to write a line that mean the same to tor. */
const spellings: readonly (readonly [title: string, change: (line: string) => string])[] = [
  ['two spaces behind the keyword', (line) => line.replace(' ', '  ')],
  [
    'a tab behind the keyword, except of r',
    (line) => (line.startsWith('r ') ? line : line.replace(' ', '\t')),
  ],
  ['CR and space behind the keyword', (line) => line.replace(' ', ' \r ')],
  ['opt before all but r', (line) => (line.startsWith('r ') ? line : `opt ${line}`)],
  ['white space before all but r', (line) => (line.startsWith('r ') ? line : ` \t${line}`)],
  [
    'tabs between the arguments of r, s, w, id and stats',
    (line) => (/^(r|s|w|id|stats) /.test(line) ? line.replace(/(?<=\S \S.*) /g, '\t') : line),
  ],
  [
    'double spaces between the arguments of r, s, w, id and stats',
    (line) => (/^(r|s|w|id|stats) /.test(line) ? line.replace(/ /g, '  ').replace('  ', ' ') : line),
  ],
  [
    'further arguments behind r, w, a, id and stats',
    (line) => (/^(r|w|a|id|stats) /.test(line) ? `${line} more=1 ?` : line),
  ],
  [
    'a comment behind r, s, w, a, id and stats',
    (line) => (/^(r|s|w|a|id|stats) /.test(line) ? `${line}#` : line),
  ],
  ['unknown weights between', (line) => line.replace(/^w /, 'w Quux=7 ')],
  [
    'leading zeros',
    (line) => line.replace(/^w Bandwidth=/, 'w Bandwidth=0').replace(/^stats wfu=0/, 'stats wfu=00'),
  ],
  ['stats in another order', (line) => line.replace(/^stats (\S+) (\S+) (\S+)/, 'stats $3 $1 $2')],
  ['comments and blank lines between', (line) => `${line}\n# no\n\n \t`],
];

describe.each(kinds)('entries of a %s document', (kind) => {
  const plain = scan(kind, (lines) => lines);

  test('are what the reference reader makes of them', () => {
    expect(plain.errors).toBe(0);
    expect(expectSameEntries(plain.table, plain.bytes, kind)).toBe(30);
  });

  test.each(spellings)('read the same with %s', (_, change) => {
    const odd = scan(kind, (lines) => lines.flatMap((line) => change(line).split('\n')));
    expect(odd.errors).toBe(0);
    expect(content(odd.table)).toEqual(content(plain.table));
  });

  test('read the same with any mixture of spellings', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.option(fc.constantFrom(...spellings.slice(0, 11)), { freq: 3 })),
        (choices) => {
          const odd = scan(
            kind,
            (lines) =>
              lines.map(
                (line) => (choices.next().value as (typeof spellings)[number] | null)?.[1](line) ?? line,
              ),
            6,
          );
          expect(odd.errors).toBe(0);
          expect(content(odd.table)).toEqual(content(scan(kind, (lines) => lines, 6).table));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('are more than the columns had room for at first', () => {
    const short: Edit = () =>
      Array.from({ length: 900 }, (_, index) => ({ id: sha1(`i${index}`), index }))
        .sort((a, b) => Buffer.compare(a.id, b.id))
        .flatMap(({ id, index }) => {
          const digest = kind === 'microdesc' ? '' : ` ${'A'.repeat(27)}`;
          const lines = [
            `r a${index} ${id.toString('base64').replace('=', '')}${digest} 2024-01-01 00:00:00 1.2.3.4 1 0`,
            's',
          ];
          return kind === 'microdesc' ? [...lines, `m ${'A'.repeat(43)}`] : lines;
        });
    const { table, bytes, errors } = scan(kind, short);
    expect(errors).toBe(0);
    expect(expectSameEntries(table, bytes, kind)).toBe(900);
  });
});

describe('lines of an entry', () => {
  const one = (
    ...lines: string[]
  ): { row: ReturnType<typeof routerAt>; errors: number; present: number | undefined } => {
    const digest = 'A'.repeat(27);
    const { table, errors } = scan(
      'ns',
      () => [`r nick ${digest} ${digest} 2024-01-01 00:00:00 1.2.3.4 9001 80`, 's Fast', ...lines],
      1,
    );
    return { row: routerAt(table, 0), errors, present: table.present[0] };
  };

  test('the last value of a weight counts', () => {
    expect(one('w Bandwidth=1 Bandwidth=2').row?.bandwidth).toBe(2);
  });

  test('weights by themselves: a bare w, Unmeasured=1 only, Measured of an authority', () => {
    expect(one('w')).toMatchObject({ errors: 0, row: { bandwidth: undefined } });
    expect(one('w Bandwidth=5 Unmeasured=1').row).toMatchObject({ bandwidth: 5, unmeasured: true });
    expect(one('w Bandwidth=5 Unmeasured=10').row).toMatchObject({ bandwidth: 5, unmeasured: false });
    expect(one('w Bandwidth=5 Measured=7').row).toMatchObject({ bandwidth: 5, measured: 7 });
    expect(one('w Bandwidth=5 MeasuredButAuthority=7').row).toMatchObject({
      bandwidth: 5,
      measured: undefined,
    });
    expect(one('w Bandwidth=4294967295').row?.bandwidth).toBe(4_294_967_295);
    expect(one('w Bandwidth=00000000005')).toMatchObject({ errors: 1 });
  });

  test('a broken second value leaves none of the first behind', () => {
    expect(one('w Bandwidth=5 Measured=7x')).toMatchObject({
      errors: 1,
      row: { bandwidth: 5, measured: undefined },
    });
  });

  test('the first usable IPv6 address counts, in any of its forms', () => {
    const address = (...lines: string[]): string | undefined => one(...lines).row?.ipv6;
    expect(address('a [2001:db8::1]:9001')).toBe('[2001:db8::1]:9001');
    expect(
      address('a 1.2.3.4:9', 'a [::1]:0', 'a [::1]:70000', 'a [1::2::3]:1', 'a [::]:5', 'a [::2]:6'),
    ).toBe('[::]:5');
    expect(address('a [::ffff:1.2.3.4]:443')).toBe('[::ffff:1.2.3.4]:443');
    expect(address('a [::FFFF:102:304]:443')).toBe('[::ffff:1.2.3.4]:443');
    expect(address('a [1:2:3:4:5:6:7:8]:65535')).toBe('[1:2:3:4:5:6:7:8]:65535');
    expect(address('a')).toBeUndefined();
  });

  test('ports beyond 65535 read as 0, as in tor', () => {
    const digest = 'A'.repeat(27);
    const { table, errors } = scan(
      'ns',
      () => [`r nick ${digest} ${digest} 2024-01-01 00:00:00 1.2.3.4 70000 80`, 's'],
      1,
    );
    expect([errors, routerAt(table, 0)?.orPort, routerAt(table, 0)?.dirPort]).toEqual([0, 0, 80]);
  });

  test('a short line is not taken for a long one, though a LF stands where that would end', () => {
    const digest = 'A'.repeat(27);
    const entry = `r nick ${digest} ${digest} 2024-01-01 00:00:00 1.2.3.4 9001 80`;
    const { table, errors } = scan(
      'vote',
      () => [
        entry,
        's',
        'id ed25519 none',
        `x ${'y'.repeat(36)}`,
        'm 32 sha512=x',
        `z ${'y'.repeat(39)}`,
        'v Tor 1.2.3',
      ],
      1,
    );
    expect([errors, table.unknownLines.length, table.votedMicrodescs.count]).toEqual([0, 2, 1]);
    expect(routerAt(table, 0)).toMatchObject({ version: 'Tor 1.2.3', ed25519: undefined });
    expect([table.ed25519State[0], table.ed25519.every((byte) => byte === 0)]).toEqual([1, true]);
  });

  test('of several digests of a microdescriptor the SHA-256 counts, wherever it stands', () => {
    const digest = 'A'.repeat(27);
    const [first, second] = ['B', 'C'].map((letter) => `${letter.repeat(42)}A`);
    const lines = [
      `m 32 sha512=abc sha256=${first}`,
      `m 33 sha256=${second} sha512=abc`,
      `m 34 sha1=x sha256=${first} sha256=${second}`,
      'm 35 sha512=abc',
      `m 36 sha1=x sha256=${'D'.repeat(42)}`,
      `m 37 xsha256=${first}`,
    ];
    const entry = `r nick ${digest} ${digest} 2024-01-01 00:00:00 1.2.3.4 9001 80`;
    const { table, errors } = scan('vote', () => [entry, 's', ...lines, 'v Tor 1.2.3'], 1);
    const { hasSha256, sha256, count } = table.votedMicrodescs;
    const said = Array.from({ length: count }, (_, row) =>
      hasSha256[row] === 1 ? Buffer.from(sha256.subarray(row * 32, row * 32 + 32)).toString('base64') : '',
    );
    expect([errors, said]).toEqual([0, [`${first}=`, `${second}=`, `${first}=`, '', '', '']]);
    expect(routerAt(table, 0)?.version).toBe('Tor 1.2.3');
  });

  test('sixty-four flags fit', () => {
    const flags = Array.from({ length: 64 }, (_, index) => `F${String(index).padStart(2, '0')}`);
    const parsed = parseConsensus(
      consensus({
        relays: 1,
        edit: (lines) =>
          lines.map((line) =>
            line.startsWith('known-flags')
              ? `known-flags ${flags.join(' ')}`
              : line.startsWith('s ')
                ? `s ${flags.join(' ')}`
                : line,
          ),
      }),
    );
    expect(parsed.errors).toBe(0);
    expect(parsed.document && flagsOf(parsed.document.routers, 0)).toEqual(flags);
  });

  test('a line beyond 128 KiB is refused, whatever its keyword', () => {
    const long = 'x'.repeat(128 * 1024 + 1);
    for (const keyword of ['v', 'pr', 'p', 'opt v', 'x-new'])
      expect(one(`${keyword} ${long}`).errors).toBeGreaterThan(0);
  });
});

test('findRouter() finds each relay, and no other', () => {
  const { table } = scan('ns', (lines) => lines, 40);
  for (let row = 0; row < table.count; row += 1)
    expect(findRouter(table, table.identity.subarray(row * 20, row * 20 + 20))).toBe(row);
  expect(findRouter(table, sha1('nobody'))).toBe(-1);
  expect(findRouter(table, new Uint8Array(20))).toBe(-1);
  expect(findRouter(table, new Uint8Array(20).fill(255))).toBe(-1);
  expect(routerAt(table, 40)).toBeUndefined();
  expect(routerAt(table, -1)).toBeUndefined();
});

describe('addresses', () => {
  const ipv6 = fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => bytes.map((byte) => (byte < 150 ? 0 : byte)));

  test('formatIpv6() is read back by parseIpv6(), and by the fast reader', () => {
    fc.assert(
      fc.property(ipv6, fc.integer({ min: 1, max: 65_535 }), (bytes, port) => {
        const written = formatIpv6(bytes);
        expect(parseIpv6(written) && toHex(parseIpv6(written) as Uint8Array)).toBe(toHex(bytes));
        const line = Buffer.from(`[${written}]:${port}\n`);
        const target = new Uint8Array(16);
        const read = ipv6PortAt(line, 0, target, 0);
        // A dotted part is left to the patient reader.
        if (written.includes('.')) expect(read).toBe(-1);
        else expect([read, toHex(target)]).toEqual([port, toHex(bytes)]);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['20010DB8000000000000000000000001', '2001:db8::1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['00000000000000000000FFFF01020304', '::ffff:1.2.3.4'],
    ['00000000000000000000000001020304', '::1.2.3.4'],
    ['00000000000000000000000000000304', '::304'],
    ['00010000000200000000000300000000', '1:0:2::3:0:0'],
    ['00010000000000020000000000030004', '1::2:0:0:3:4'],
  ])('formatIpv6() writes %s as tor does: %s', (hex, written) => {
    expect(formatIpv6(fromHex(hex) as Uint8Array)).toBe(written);
  });

  test.each([
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7::8:9',
    '::1.2.3',
    '1.2.3.4',
    '::1.2.3.256',
    ':1::',
    '1:',
    '::1:',
  ])('neither reader takes %j', (written) => {
    expect(parseIpv6(written)).toBeUndefined();
    expect(ipv6PortAt(Buffer.from(`[${written}]:9\n`), 0, new Uint8Array(16), 0)).toBe(-1);
  });

  test('the fast reader takes no port that is none', () => {
    for (const rest of ['', ':', ':0', ':65536', ':100000', ':1x', ':1 ', ' :1', ':-1']) {
      expect(ipv6PortAt(Buffer.from(`[::1]${rest}\n`), 0, new Uint8Array(16), 0)).toBe(-1);
    }
  });

  test('formatIpv4() and parseIpv4() are inverse', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (address) => {
        expect(parseIpv4(formatIpv4(address))).toBe(address);
      }),
    );
    for (const wrong of ['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '1.2.3.x', ' 1.2.3.4'])
      expect(parseIpv4(wrong)).toBeUndefined();
  });

  test('timeAt() is what parseTime() says, and -1 for what is no time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Date.UTC(2169, 11, 31) / 1000 }),
        fc.nat(18),
        fc.nat(127),
        (seconds, at, byte) => {
          const line = Buffer.from(new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 19));
          expect(timeAt(line, 0)).toBe(seconds);
          line[at] = byte;
          const changed = line.toString('latin1');
          const good =
            /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(changed) && new Date(`${changed.replace(' ', 'T')}Z`);
          const exact =
            good && !Number.isNaN(good.getTime()) && good.toISOString().startsWith(changed.replace(' ', 'T'));
          const year = Number(changed.slice(0, 4));
          // Seconds of 60 and years out of the table's reach are the two places where Date knows better or more.
          if (changed.endsWith('60') || year < 1970 || year > 2169) return;
          expect(timeAt(line, 0)).toBe(exact ? good.getTime() / 1000 : -1);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('InternTable', () => {
  const lines = fc.array(
    fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', '\0', '\r', 'é'), maxLength: 12 }),
    { maxLength: 60 },
  );

  test('gives equal lines equal numbers, and others others, wherever they stand', () => {
    fc.assert(
      fc.property(lines, fc.boolean(), (all, ended) => {
        const bytes = Buffer.from(all.join('\n') + (ended ? '\n' : ''));
        const table = new InternTable(bytes);
        const numbers = new Map<string, number>();
        let at = 0;
        for (const line of all) {
          const id = table.idOfLine(at);
          expect(table.end).toBe(at + Buffer.byteLength(line));
          expect(numbers.get(line) ?? numbers.size).toBe(id);
          numbers.set(line, id);
          at = table.end + 1;
        }
        expect(table.texts()).toEqual([...numbers.keys()]);
      }),
      { numRuns: 500 },
    );
  });

  test('idOfWord() ends at a space or LF', () => {
    const table = new InternTable(Buffer.from('a b\nab a\na'));
    expect([0, 4, 7, 9].map((at) => [table.idOfWord(at), table.end])).toEqual([
      [0, 1],
      [1, 6],
      [0, 8],
      [0, 10],
    ]);
  });

  test('is not slowed down by texts that were made to collide', () => {
    // Texts of one word differ in their hash only by that word, so words chosen for equal low bits share a slot.
    const colliding: string[] = [];
    const quads = Array.from({ length: 36 ** 4 }, (_, number) => number.toString(36).padStart(4, '0'));
    const parts = Int32Array.from(quads, (quad) => Buffer.from(quad).readInt32LE());
    for (let first = 0; colliding.length < 6000; first += 1) {
      for (const [second, part] of parts.entries()) {
        if ((hashOf(parts[first] ?? 0, part) & 0x3fff) === 5)
          colliding.push(`${quads[first]}${quads[second]}`);
      }
    }
    colliding.length = 6000;
    const all = [...colliding, ...colliding];
    const bytes = Buffer.from(text(all));
    const table = new InternTable(bytes);
    expect(all.map((_, index) => table.idOfLine(index * 9))).toEqual(all.map((_, index) => index % 6000));
    expect(table.texts()).toEqual(colliding);
  });

  /** The slot of a text of eight characters, four in each part, computed as the table does. */
  function hashOf(first: number, second: number): number {
    const hash = mix(mix(mix(0, first), second), 0);
    return hash ^ (hash >>> 15);
  }

  function mix(hash: number, part: number): number {
    return Math.imul(((hash << 5) | (hash >>> 27)) ^ part, 0x9e37_79b1 | 0);
  }
});
