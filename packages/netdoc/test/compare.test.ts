/** What changed between two consensuses, and what differs between two texts of one. */
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import {
  compareConsensuses,
  differencesBetween,
  hasChanges,
  parseConsensus,
  type Consensus,
  type ConsensusChanges,
  type RelayField,
} from '../src/index.ts';
import { bytesOfFile, hasData, withData } from './support/data.ts';
import {
  authorities,
  both,
  consensus,
  consensusLines,
  instead,
  text,
  without,
  type Edit,
} from './support/make.ts';
import { readEntries } from './support/reference.ts';

const utf8 = (lines: string): Uint8Array => new Uint8Array(Buffer.from(lines));

function read(bytes: Uint8Array): Consensus {
  const { document } = parseConsensus(bytes);
  if (!document) throw new Error('expected a consensus');
  return document;
}

const signers = authorities().slice(0, 1);
const make = (edit?: Edit, flavor: 'ns' | 'microdesc' = 'ns'): Consensus =>
  read(consensus({ relays: 6, signers, flavor, ...(edit ? { edit } : {}) }));
const plain = make();

/** Replaces the line with the keyword in entry `entry`, from 0. */
const inEntry =
  (entry: number, keyword: string, ...others: readonly string[]): Edit =>
  (lines) => {
    const starts = lines.flatMap((line, index) => (line.startsWith('r ') ? [index] : []));
    const at = lines.findIndex(
      (line, index) => index >= (starts[entry] ?? 0) && (line === keyword || line.startsWith(`${keyword} `)),
    );
    return lines.toSpliced(at, 1, ...others);
  };
const withoutEntry =
  (entry: number): Edit =>
  (lines) => {
    const starts = lines.flatMap((line, index) => (line.startsWith('r ') ? [index] : []));
    const [start = 0, end = lines.indexOf('directory-footer')] = starts.slice(entry);
    return lines.toSpliced(start, end - start);
  };
const words = (index: number, value: string): ((line: string) => string) => {
  return (line) => line.split(' ').with(index, value).join(' ');
};
/** Changes a word of the `r` line of an entry. */
const inR =
  (entry: number, index: number, value: string): Edit =>
  (lines) => {
    const r = lines.filter((line) => line.startsWith('r '))[entry] ?? '';
    return lines.map((line) => (line === r ? words(index, value)(line) : line));
  };

/** The changes the other way round. */
function mirrored(changes: ConsensusChanges): ConsensusChanges {
  const swap = <T extends { readonly before: unknown; readonly after: unknown }>(one: T): T => ({
    ...one,
    before: one.after,
    after: one.before,
  });
  return {
    header: changes.header.map(swap),
    added: changes.removed,
    removed: changes.added,
    changed: changes.changed.map((change) => {
      const old = change.fields.find(({ field }) => field === 'nickname')?.before;
      return {
        fingerprint: change.fingerprint,
        nickname: typeof old === 'string' ? old : change.nickname,
        gained: change.lost,
        lost: change.gained,
        fields: change.fields.map(swap),
      };
    }),
    flags: changes.flags.map(({ flag, gained, lost }) => ({ flag, gained: lost, lost: gained })),
    relays: { before: changes.relays.after, after: changes.relays.before, both: changes.relays.both },
  };
}

describe('compareConsensuses()', () => {
  test.each(['ns', 'microdesc'] as const)('S8.7 of a %s consensus and itself is empty', (flavor) => {
    const one = make(undefined, flavor);
    const changes = compareConsensuses(one, one);
    expect(hasChanges(changes)).toBe(false);
    expect(changes).toEqual({
      header: [],
      added: [],
      removed: [],
      changed: [],
      flags: [],
      relays: { before: 6, after: 6, both: 6 },
    });
  });

  test('of some fields leaves out the others, and relays in which nothing else differs', () => {
    const edits = [inEntry(1, 'w', 'w'), inEntry(2, 's', 's Running Valid'), inR(3, 6, '198.51.100.9')];
    const after = make((lines) => edits.reduce((edited, edit) => edit(edited), lines));
    const all = compareConsensuses(plain, after);
    const some = compareConsensuses(plain, after, { fields: ['address'] });
    expect([all.changed.length, some]).toEqual([3, { ...all, changed: all.changed.slice(1) }]);
  });

  const nickname = authorities()[0]?.nickname ?? '';
  test.each<[string, Edit, readonly [string, string | undefined, string | undefined][]]>([
    ['the method', instead('consensus-method', 'consensus-method 35'), [['consensus-method', '34', '35']]],
    [
      'parameters, each by itself',
      instead('params', 'params AAA=1 CircuitPriorityHalflifeMsec=3'),
      [
        ['params AAA', undefined, '1'],
        ['params CircuitPriorityHalflifeMsec', '30000', '3'],
        ['params bwauthpid', '1', undefined],
      ],
    ],
    [
      'versions',
      instead('client-versions', 'client-versions 0.4.8.11'),
      [['client-versions', '0.4.8.10,0.4.8.11', '0.4.8.11']],
    ],
    [
      'known flags',
      instead('known-flags', 'known-flags Authority Exit Fast Guard Running Stable V2Dir Valid Wise'),
      [
        [
          'known-flags',
          'Authority BadExit Exit Fast Guard HSDir Running Stable V2Dir Valid',
          'Authority Exit Fast Guard Running Stable V2Dir Valid Wise',
        ],
      ],
    ],
    ['a list that is gone', without('server-versions'), [['server-versions', '', undefined]]],
    [
      'shared randomness',
      instead('shared-rand-current-value', `shared-rand-current-value 8 ${'C'.repeat(43)}=`),
      [['shared-rand-current-value', `9 ${'B'.repeat(43)}=`, `8 ${'C'.repeat(43)}=`]],
    ],
    [
      'weights, each by itself',
      instead('bandwidth-weights', 'bandwidth-weights Wbd=1 Wbe=0 Wbg=4143 Wbm=10000'),
      [['bandwidth-weights Wbd', '0', '1']],
    ],
    [
      'the contact of an authority',
      instead('contact', 'contact somebody else'),
      [[`contact ${nickname}`, `${nickname}  # keeper <${nickname} AT example>`, 'somebody else']],
    ],
    [
      'packages, by name',
      (lines) =>
        lines.toSpliced(
          lines.findIndex((line) => line.startsWith('known-flags')),
          0,
          'package a 1 u',
          'package a 2 u',
        ),
      [
        ['package a', undefined, '1 u'],
        ['package a #2', undefined, '2 u'],
      ],
    ],
  ])('S8.4 header: %s', (_, edit, expected) => {
    const changes = compareConsensuses(plain, make(edit));
    expect(changes.header.map(({ keyword, before, after }) => [keyword, before, after])).toEqual(expected);
    expect([changes.added, changes.removed, changes.changed]).toEqual([[], [], []]);
    expect(hasChanges(changes)).toBe(true);
  });

  test('S8.4 header: an authority that is gone, and one that came', () => {
    const fewer = read(
      consensus({ relays: 6, signers, authorities: authorities().filter((one) => one.nickname !== 'delta') }),
    );
    const gone = compareConsensuses(plain, fewer).header.filter(({ after }) => after === undefined);
    expect(gone.map(({ keyword }) => keyword)).toEqual([
      'dir-source delta',
      'contact delta',
      'vote-digest delta',
    ]);
    const came = compareConsensuses(fewer, plain).header.filter(({ before }) => before === undefined);
    expect(came.map(({ keyword, after }) => [keyword, after])).toEqual(
      gone.map(({ keyword, before }) => [keyword, before]),
    );
  });

  test.each<[RelayField, Edit, unknown, unknown]>([
    ['nickname', inR(2, 1, 'renamed'), expect.stringMatching(/^\w+$/), 'renamed'],
    ['descriptorDigest', inR(2, 3, 'A'.repeat(27)), expect.stringMatching(/^[0-9A-F]{40}$/), '0'.repeat(40)],
    [
      'published',
      inR(2, 4, '2024-04-30'),
      expect.stringMatching(/^2024-04-04 /),
      expect.stringMatching(/^2024-04-30 /),
    ],
    ['address', inR(2, 6, '198.51.100.7'), expect.stringMatching(/^\d+\./), '198.51.100.7'],
    ['orPort', inR(2, 7, '4711'), expect.any(Number), 4711],
    ['dirPort', inR(2, 8, '4711'), expect.any(Number), 4711],
    ['version', inEntry(2, 'v', 'v Tor 0.4.9.99'), expect.stringMatching(/^Tor /), 'Tor 0.4.9.99'],
    ['version', inEntry(2, 'v'), expect.stringMatching(/^Tor /), undefined],
    ['protocols', inEntry(2, 'pr', 'pr Cons=2'), expect.stringMatching(/Cons=/), 'Cons=2'],
    ['weight', inEntry(2, 'w', 'w Bandwidth=4711'), expect.any(Number), 4711],
    ['unmeasured', inEntry(2, 'w', 'w Bandwidth=14 Unmeasured=1'), false, true],
    ['policy', inEntry(2, 'p', 'p accept 4711'), expect.stringMatching(/^(accept|reject) /), 'accept 4711'],
  ])('S8.3 relays: %s', (field, edit, before, after) => {
    const { changed, flags, header } = compareConsensuses(plain, make(edit));
    expect([changed.length, header, flags]).toEqual([1, [], []]);
    expect(changed[0]).toMatchObject({ gained: [], lost: [] });
    const found = changed[0]?.fields.find((one) => one.field === field);
    expect(found).toEqual({ field, before, after });
  });

  test('relays: microdescriptor digests', () => {
    const edit = inEntry(2, 'm', `m ${'A'.repeat(43)}`);
    const { changed } = compareConsensuses(make(undefined, 'microdesc'), make(edit, 'microdesc'));
    expect(changed.map(({ fields }) => fields.map(({ field, after }) => [field, after]))).toEqual([
      [['microdescDigest', 'A'.repeat(43)]],
    ]);
  });

  test('S8.2 relays: flags gained and lost, for each relay and for each flag', () => {
    const changes = compareConsensuses(
      make(both(inEntry(1, 's', 's Fast Running Valid'), inEntry(3, 's', 's Exit Running Valid'))),
      make(both(inEntry(1, 's', 's Guard Running Valid'), inEntry(3, 's', 's Fast Running Valid'))),
    );
    expect(changes.changed.map(({ gained, lost, fields }) => [gained, lost, fields])).toEqual([
      [['Guard'], ['Fast'], []],
      [['Fast'], ['Exit'], []],
    ]);
    expect(changes.flags).toEqual([
      { flag: 'Exit', gained: 0, lost: 1 },
      { flag: 'Fast', gained: 1, lost: 1 },
      { flag: 'Guard', gained: 1, lost: 0 },
    ]);
  });

  test('relays: flags by their names, whatever their place in known-flags', () => {
    const flags = plain.knownFlags;
    const more = instead('known-flags', `known-flags ${['Another', ...flags].join(' ')}`);
    const changes = compareConsensuses(plain, make(more));
    expect(changes.header.map(({ keyword }) => keyword)).toEqual(['known-flags']);
    expect(changes.changed).toEqual([]);
  });

  test('S8.1 relays: added and removed ones as they stand', () => {
    const changes = compareConsensuses(make(withoutEntry(0)), make(withoutEntry(5)));
    expect(changes.relays).toEqual({ before: 5, after: 5, both: 4 });
    const entries = readEntries(Buffer.from(plain.bytes).toString('latin1'), 'ns');
    for (const [list, entry] of [
      [changes.added, entries[0]],
      [changes.removed, entries[5]],
    ] as const) {
      expect(list).toEqual([
        {
          fingerprint: entry?.identity,
          nickname: entry?.nickname,
          flags: entry?.flags,
          address: entry?.address,
          orPort: entry?.orPort,
          version: entry?.version,
          weight: Number(entry?.weights?.get('Bandwidth')),
        },
      ]);
    }
  });

  test('two flavours: only what both say is compared', () => {
    const { header, changed, added, removed } = compareConsensuses(plain, make(undefined, 'microdesc'));
    expect(header).toEqual([{ keyword: 'network-status-version', before: '3', after: '3 microdesc' }]);
    expect([changed, added, removed]).toEqual([[], [], []]);
  });

  test('relays out of order, or twice, are still found', () => {
    const lines = consensusLines({ relays: 6 });
    const first = lines.findIndex((line) => line.startsWith('r '));
    const end = lines.indexOf('directory-footer');
    const entries = lines
      .slice(first, end)
      .join('\n')
      .split(/\n(?=r )/);
    const shuffled = [
      ...lines.slice(0, first),
      ...[3, 1, 5, 0, 2, 4, 4].map((at) => entries[at] ?? ''),
      ...lines.slice(end),
    ];
    const { document, partial } = parseConsensus(utf8(text(shuffled)));
    const odd = (document ?? partial) as Consensus;
    const { added, removed, changed, relays } = compareConsensuses(plain, odd);
    expect([removed, changed]).toEqual([[], []]);
    expect(relays).toEqual({ before: 6, after: 7, both: 6 });
    expect(added.length).toBe(1);
  });

  const edits: readonly Edit[] = [
    instead('consensus-method', 'consensus-method 33'),
    instead('params', 'params AAA=1'),
    without('client-versions'),
    instead('bandwidth-weights', 'bandwidth-weights Wbd=7'),
    ...[0, 1, 2, 3].flatMap((entry) => [
      withoutEntry(entry),
      inR(entry, 1, 'renamed'),
      inR(entry, 7, '1'),
      inEntry(entry, 's', 's Exit Valid'),
      inEntry(entry, 'v'),
      inEntry(entry, 'w', 'w Bandwidth=1 Unmeasured=1'),
    ]),
  ];

  test('S8.7 the other way round it says the opposite', () => {
    const some = fc.subarray([...edits], { maxLength: 6 });
    fc.assert(
      fc.property(some, some, (first, second) => {
        const [a, b] = [make(both(...first)), make(both(...second))];
        expect(compareConsensuses(b, a)).toEqual(mirrored(compareConsensuses(a, b)));
      }),
      { numRuns: 60 },
    );
  });

  test.skipIf(!hasData)(
    withData('real consensuses of one hour and the next: as a plain reading of both says'),
    () => {
      const [a, b] = ['2020-02-29-10-00-00-consensus', '2020-02-29-11-00-00-consensus'].map((name) =>
        bytesOfFile('consensus-ns', name),
      ) as [Uint8Array, Uint8Array];
      const changes = compareConsensuses(read(a), read(b));
      expect(compareConsensuses(read(b), read(a))).toEqual(mirrored(changes));
      const [old, now] = [a, b].map(
        (bytes) =>
          new Map(readEntries(Buffer.from(bytes).toString('latin1'), 'ns').map((one) => [one.identity, one])),
      ) as [Map<string, ReturnType<typeof readEntries>[0]>, Map<string, ReturnType<typeof readEntries>[0]>];
      expect(changes.added.map(({ fingerprint }) => fingerprint)).toEqual(
        [...now.keys()].filter((id) => !old.has(id)),
      );
      expect(changes.removed.map(({ fingerprint }) => fingerprint)).toEqual(
        [...old.keys()].filter((id) => !now.has(id)),
      );
      const common = [...now.values()].filter(({ identity }) => old.has(identity));
      const bare = (entry: ReturnType<typeof readEntries>[0]): string =>
        JSON.stringify({ ...entry, line: 0, weights: [...(entry.weights ?? [])] });
      const differ = common.filter((entry) => bare(entry) !== bare(old.get(entry.identity) ?? entry));
      expect(changes.changed.map(({ fingerprint }) => fingerprint)).toEqual(
        differ.map(({ identity }) => identity),
      );
      for (const { flag, gained, lost } of changes.flags) {
        const has = (entry: { readonly flags: readonly string[] } | undefined): boolean =>
          entry?.flags.includes(flag) ?? false;
        expect([gained, lost]).toEqual([
          common.filter((entry) => has(entry) && !has(old.get(entry.identity))).length,
          common.filter((entry) => !has(entry) && has(old.get(entry.identity))).length,
        ]);
      }
      expect(changes.changed.length).toBeGreaterThan(1000);
    },
  );
});

describe('differencesBetween()', () => {
  const lines = consensusLines({ relays: 6 });
  const bytes = utf8(text(lines));
  const edited = (edit: Edit): Uint8Array => utf8(text(edit(consensusLines({ relays: 6 }))));
  const lineOf = (keyword: string): number => lines.findIndex((line) => line.startsWith(`${keyword} `)) + 1;

  test('signatures are no part of it', () => {
    const signed = consensus({ relays: 6 });
    expect(differencesBetween(signed, bytes)).toEqual([]);
    expect(differencesBetween(signed, consensus({ relays: 6, signers }))).toEqual([]);
  });

  test('a parameter, by its name', () => {
    expect(differencesBetween(bytes, edited(instead('params', 'params bwauthpid=1 new=2')))).toEqual([
      {
        part: 'params',
        subject: 'CircuitPriorityHalflifeMsec',
        keyword: 'params',
        published: '30000',
        publishedLine: lineOf('params'),
        recomputedLine: lineOf('params'),
      },
      {
        part: 'params',
        subject: 'new',
        keyword: 'params',
        recomputed: '2',
        publishedLine: lineOf('params'),
        recomputedLine: lineOf('params'),
      },
    ]);
  });

  test('a line of a relay, an authority and the weights, each under what it is about', () => {
    const other = edited(
      both(
        inEntry(2, 'w', 'w Bandwidth=4711'),
        instead('contact', 'contact nobody'),
        instead('bandwidth-weights', 'bandwidth-weights Wbd=0 Wbe=1 Wbg=4143 Wbm=10000'),
      ),
    );
    const [, , third] = readEntries(text(lines), 'ns');
    expect(differencesBetween(bytes, other)).toMatchObject([
      {
        part: 'authority',
        subject: authorities()[0]?.nickname,
        keyword: 'contact',
        recomputed: 'contact nobody',
      },
      {
        part: 'relay',
        subject: third?.identity,
        nickname: third?.nickname,
        keyword: 'w',
        recomputed: 'w Bandwidth=4711',
        publishedLine:
          (third?.line ?? 0) + lines.slice(third?.line).findIndex((line) => line.startsWith('w ')) + 1,
      },
      { part: 'weights', subject: 'Wbe', keyword: 'bandwidth-weights', published: '0', recomputed: '1' },
    ]);
  });

  test('an entry that only one has: its first line', () => {
    const [first] = readEntries(text(lines), 'ns');
    const less = edited(withoutEntry(0));
    const r = lines[(first?.line ?? 1) - 1];
    expect(differencesBetween(bytes, less)).toEqual([
      {
        part: 'relay',
        subject: first?.identity,
        nickname: first?.nickname,
        keyword: 'r',
        published: r,
        publishedLine: first?.line,
      },
    ]);
    expect(differencesBetween(less, bytes)).toMatchObject([{ recomputed: r, recomputedLine: first?.line }]);
  });

  test('lines in another order: where the order differs first', () => {
    const swapped = edited((all) => {
      const at = all.findIndex((line) => line.startsWith('client-versions '));
      return all.toSpliced(at, 2, ...all.slice(at, at + 2).toReversed());
    });
    expect(differencesBetween(bytes, swapped)).toMatchObject([
      {
        part: 'header',
        subject: 'order',
        keyword: 'client-versions',
        recomputed: 'server-versions ',
        recomputedLine: 8,
      },
    ]);
  });

  test('values in another order, and spaces, are differences of the line', () => {
    const [difference, ...rest] = differencesBetween(
      bytes,
      edited(instead('params', 'params bwauthpid=1 CircuitPriorityHalflifeMsec=30000')),
    );
    expect(rest).toEqual([]);
    expect(difference).toMatchObject({
      part: 'params',
      subject: 'params',
      recomputed: expect.stringContaining('params b'),
    });
  });

  test('a missing line end, and bytes that are no text, are shown', () => {
    expect(differencesBetween(utf8('a\nb'), utf8('a\nb\n'))).toMatchObject([
      { published: 'b (without LF)', recomputed: 'b' },
    ]);
    const [strange] = differencesBetween(
      new Uint8Array([97, 32, 0xff, 10]),
      new Uint8Array([97, 32, 0xfe, 10]),
    );
    expect([strange?.published, strange?.recomputed]).toEqual(['a \\xff', 'a \\xfe']);
  });

  test('keywords that are names of JavaScript are keywords', () => {
    expect(differencesBetween(utf8('constructor a\n'), utf8('constructor b\n'))).toMatchObject([
      { part: 'header', subject: 'constructor', published: 'constructor a' },
    ]);
  });

  test('empty exactly when the bytes before the first signature are the same', () => {
    const parts = [
      'r a AA\n',
      'r b BB\n',
      's Fast\n',
      'params a=1 b=2\n',
      'params b=2 a=1\n',
      'directory-footer\n',
    ];
    const more = [
      'dir-source x\n',
      'contact y\n',
      '\n',
      'x',
      'directory-signature a\n',
      'bandwidth-weights W=1\n',
    ];
    const any = fc.array(fc.constantFrom(...parts, ...more), { maxLength: 12 });
    const unsigned = (whole: string): string => whole.replace(/(^|\n)directory-signature[^]*$/, '$1');
    fc.assert(
      fc.property(any, any, (one, other) => {
        const [a, b] = [one.join(''), other.join('')];
        expect(differencesBetween(utf8(a), utf8(b)).length === 0).toBe(unsigned(a) === unsigned(b));
        expect(differencesBetween(utf8(a), utf8(a))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  test('any byte of a consensus changed is found, at its line or its entry', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const other = bytes.slice();
        other[at] = (other[at] as number) ^ by;
        const found = differencesBetween(bytes, other);
        expect(found.length).toBeGreaterThan(0);
      }),
      { numRuns: 1500 },
    );
  });
});
