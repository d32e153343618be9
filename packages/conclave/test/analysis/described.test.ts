/** What relays say of themselves: platform, contact, family; and who runs how much of a consensus by it. */
import { createHash } from 'node:crypto';
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { parseConsensus, parseServerDescriptors } from '@conclave/netdoc';
import {
  contactOf,
  coverageOf,
  describedRelays,
  factsOf,
  isEnough,
  operatorsOf,
  platformOf,
  platformsOf,
} from '../../src/analysis/index.ts';
import type { DescriptorFacts } from '../../src/analysis/index.ts';
import { bytesOfFile, filesOf, hasData, withData } from '../../../netdoc/test/support/data.ts';
import { instead } from '../../../netdoc/test/support/make.ts';
import { descriptor, madeRelay } from '../../../netdoc/test/support/make-relay.ts';
import type { DescriptorOptions } from '../../../netdoc/test/support/make-relay.ts';

describe('platformOf()', () => {
  test.each([
    ['Tor 0.4.8.12 on Linux', 'Linux'],
    ['Tor 0.4.8.12 (git-4816ed2f1b8b) on Linux', 'Linux'],
    ['Tor 0.2.4.23 on Windows 8 [server]', 'Windows'],
    ['Tor 0.4.9.3-alpha on Windows Server 2022', 'Windows'],
    ['Tor 0.4.8.10 on FreeBSD', 'FreeBSD'],
    ['Tor 0.4.8.10 on GNU/kFreeBSD', undefined],
    ['Tor 0.4.8.10 on SunOS on Linux', 'SunOS'],
    ['Tor 0.4.8.10', undefined],
    ['Tor on ', undefined],
    [`Tor 1 on ${'x'.repeat(40)}`, undefined],
    ['Tor 1 on <script>', undefined],
  ])('S2.1.31 %s runs on %s', (line, platform) => expect(platformOf(line)).toBe(platform));
});

describe('contactOf()', () => {
  test.each([
    ['  Ops  <ops AT maple.example>\t', 'ops <ops at maple.example>'],
    ['ÄÖ@x', 'äö@x'],
    ['none', undefined],
    ['<None>', undefined],
    ['nonesuch', 'nonesuch'],
    ['...---...', undefined],
    ['', undefined],
    ['0xFFFFFFFF Random Person <nobody AT example dot com>', undefined],
    ['me@example.com', undefined],
    ['me@example.community', undefined],
    ['me@counterexample.org', 'me@counterexample.org'],
  ])('S2.2.19 %j is compared as %j', (line, contact) => expect(contactOf(line)).toBe(contact));

  test('S2.2.19 two long contacts that differ only at their ends stay two', () => {
    const [one, other] = ['a', 'b'].map((end) => contactOf(`${'x'.repeat(400)}${end}`));
    expect([one?.length, one === other]).toEqual([256, false]);
  });
});

function factsOfMade(index: number, options: DescriptorOptions = {}): DescriptorFacts {
  const [parsed] = parseServerDescriptors(descriptor(madeRelay(index), options));
  const facts = parsed?.document && factsOf(parsed.document);
  if (!facts) throw new Error('not a descriptor');
  return facts;
}

/** Without a certificate of a family; with this line. */
const declaring =
  (line: string) =>
  (lines: string[]): string[] => {
    const at = lines.indexOf('family-cert');
    const end = lines.findIndex((text, index) => index > at && text.startsWith('-----END'));
    return instead('family', line)(lines.filter((_, index) => index < at || index > end));
  };

describe('factsOf()', () => {
  test('S2.1.31 S2.2.19 has what the descriptor says', () => {
    const made = descriptor(madeRelay(0));
    const text = Buffer.from(made).toString('latin1');
    const signed = text.slice(0, text.indexOf('\nrouter-signature\n') + '\nrouter-signature\n'.length);
    expect(factsOfMade(0)).toMatchObject({
      digest: createHash('sha1').update(signed, 'latin1').digest('hex').toUpperCase(),
      bytesPerSecond: 5_000_000,
      platform: 'Linux',
      contact: 'maple at example',
    });
  });

  test('S2.2.19 who lists each other and the same others is of one family; who lists one without being listed is not', () => {
    const names = [0, 1, 2].map((index) => `$${madeRelay(index).identity.digest}`);
    const [a = '', b = '', c = ''] = names;
    const familyOf = (index: number, ...list: string[]): readonly string[] =>
      factsOfMade(index, { edit: declaring(`family ${list.join(' ')}`) }).families;
    const of = familyOf(0, b, c);
    expect(of).toHaveLength(1);
    expect(familyOf(1, a, c)).toEqual(of);
    expect(familyOf(1, c, b, a)).toEqual(of);
    expect(familyOf(2, `${b.toLowerCase()}~birch`, a.slice(1))).toEqual(of);
    expect(familyOf(2, a, b, `$${'D'.repeat(40)}`)).not.toEqual(of);
    expect(familyOf(3, a, b, c)).not.toEqual(of);
    expect(familyOf(0, a)).toEqual([]);
    expect(familyOf(0, 'birch', 'maple')).toEqual([]);
  });

  test('S2.2.19 certificates of one family key make one family', () => {
    const signer = madeRelay(0).family;
    const only = (index: number): readonly string[] =>
      factsOfMade(index, { familyCertificate: { signer }, edit: instead('family', 'family maple') }).families;
    expect(only(0)).toHaveLength(1);
    expect(only(1)).toEqual(only(0));
    expect(factsOfMade(1, { edit: instead('family', 'family maple') }).families).not.toEqual(only(0));
  });
});

// --- counting ---------------------------------------------------------------------------------------------------------

/** Relays by weight, contact and families; null where the descriptor is not held. */
type Said = readonly [weight: number, contact?: string, ...families: string[]] | null;

function counted(list: readonly Said[]): {
  routers: { count: number; bandwidth: Float64Array };
  facts: (DescriptorFacts | undefined)[];
} {
  return {
    routers: { count: list.length, bandwidth: Float64Array.from(list, (said) => said?.[0] ?? 1000) },
    facts: list.map((said, index) => {
      if (!said) return undefined;
      const [, contact, ...families] = said;
      const digest = index.toString(16).toUpperCase().padStart(40, '0');
      return {
        digest,
        bytesPerSecond: 1,
        platform: index % 2 === 0 ? 'Linux' : undefined,
        contact: contact === '' ? undefined : contact,
        families,
      };
    }),
  };
}

describe('operatorsOf()', () => {
  test.each<[string, readonly Said[], unknown]>([
    [
      'one contact is one operator',
      [
        [5, 'a'],
        [7, 'a'],
      ],
      [1, [['a', 2, 12]], [0, 0]],
    ],
    [
      'two are two',
      [
        [5, 'a'],
        [7, 'b'],
      ],
      [
        2,
        [
          ['b', 1, 7],
          ['a', 1, 5],
        ],
        [0, 0],
      ],
    ],
    [
      'silent ones are nobody',
      [
        [5, ''],
        [7, ''],
        [1, 'a'],
      ],
      [1, [['a', 1, 1]], [2, 12]],
    ],
    [
      'a family joins contacts; the heavier names it',
      [
        [5, 'a', 'f'],
        [7, 'b', 'f'],
        [1, 'a'],
      ],
      [1, [['b', 3, 13]], [0, 0]],
    ],
    [
      'a family without a contact is an operator without a name',
      [
        [5, '', 'f'],
        [7, '', 'f'],
      ],
      [1, [[null, 2, 12]], [0, 0]],
    ],
    [
      'families chain',
      [
        [1, '', 'f'],
        [2, '', 'f', 'g'],
        [3, '', 'g'],
        [4, 'a', 'h'],
        [5, 'b', 'h'],
        [6, 'b', 'g'],
      ],
      [1, [['b', 6, 21]], [0, 0]],
    ],
    ['who is not described is not counted', [null, [1, 'a'], null], [1, [['a', 1, 1]], [0, 0]]],
    ['nobody is described', [null, null], [0, [], [0, 0]]],
  ])('S2.2.19 %s', (_, list, expected) => {
    const { routers, facts } = counted(list);
    const { distinct, list: operators, silent } = operatorsOf(routers, facts);
    expect([
      distinct,
      operators.map(({ contact, relays, weight }) => [contact, relays, weight]),
      [silent.relays, silent.weight],
    ]).toEqual(expected);
  });

  test('S2.2.19 relays are of one operator exactly when a chain of contacts and families joins them', () => {
    const said = fc.tuple(
      fc.nat(9),
      fc.constantFrom('', 'a', 'b', 'c'),
      fc.constantFrom('', 'f', 'g', 'h', 'i'),
    );
    fc.assert(
      fc.property(fc.array(said, { maxLength: 12 }), (list) => {
        const { routers, facts } = counted(
          list.map(([weight, contact, family]) =>
            family === '' ? [weight, contact] : [weight, contact, family],
          ),
        );
        // By rounds of spreading the least name, unlike the library.
        const names = list.map((_, index) => index);
        for (let round = 0; round < list.length; round += 1)
          for (const [i, [, contact, family]] of list.entries())
            for (const [j, [, other, ofOther]] of list.entries())
              if ((contact !== '' && contact === other) || (family !== '' && family === ofOther))
                names[i] = names[j] = Math.min(names[i] as number, names[j] as number);
        const groups = new Map<number, number>();
        for (const [index, [weight, contact, family]] of list.entries())
          if (contact !== '' || family !== '')
            groups.set(names[index] as number, (groups.get(names[index] as number) ?? 0) + weight);
        const found = operatorsOf(routers, facts);
        expect(found.list.map(({ weight }) => weight)).toEqual([...groups.values()].sort((a, b) => b - a));
        expect(found.silent.relays).toBe(
          list.filter(([, contact, family]) => contact + family === '').length,
        );
      }),
    );
  });
});

describe('coverageOf(), isEnough() and platformsOf()', () => {
  test.each([
    [95, 100, 950, 1000, true],
    [94, 100, 950, 1000, false],
    [95, 100, 949, 1000, false],
    [100, 100, 0, 0, true],
    [0, 0, 0, 0, false],
  ])(
    'S2.2.15 S2.2.19 %i of %i relays with %i of %i of the weight: enough %j',
    (relays, listed, weight, all, enough) =>
      expect(isEnough({ described: { relays, weight }, listed: { relays: listed, weight: all } })).toBe(
        enough,
      ),
  );

  test('S2.1.31 S2.2.19 platforms are counted of the relays described, those that state none apart', () => {
    const { routers, facts } = counted([[5, 'a'], [7, 'a'], [9, 'b'], null]);
    expect(coverageOf(routers, facts)).toEqual({
      listed: { relays: 4, weight: 1021 },
      described: { relays: 3, weight: 21 },
    });
    expect(platformsOf(routers, facts)).toEqual([
      { platform: 'Linux', relays: 2, weight: 14 },
      { platform: null, relays: 1, weight: 7 },
    ]);
  });
});

describe('real documents', () => {
  const pairs = [
    ['2014-12-08-16-00-00-consensus', '2014-12-08__zoossh', 540],
    ['2020-12-05-18-00-00-consensus', '2020-12-04__tor-relay-docker', 384],
  ] as const;
  test.skipIf(!hasData).each(pairs)(
    withData('S2.1.31 S2.2.15 S2.2.19 %s and %s: a recount from the text gives the same'),
    (named, from, expected) => {
      const file = filesOf('server-descriptors').find((name) => name.startsWith(from)) ?? '';
      const bytes = bytesOfFile('server-descriptors', file);
      const text = Buffer.from(bytes).toString('latin1');
      const lineOf = (part: string, keyword: string): string | undefined =>
        new RegExp(`^(?:opt )?${keyword} (.*)$`, 'm').exec(part)?.[1];
      const byDigest = new Map<string, string>();
      for (const part of text.split(/^(?=router )/m)) {
        const end = part.indexOf('\nrouter-signature\n');
        if (end < 0) continue;
        const signed = part.slice(0, end + '\nrouter-signature\n'.length);
        byDigest.set(createHash('sha1').update(signed, 'latin1').digest('base64').replace(/=+$/, ''), part);
      }
      const consensus = Buffer.from(bytesOfFile('consensus-ns', named)).toString('latin1');
      const sums = { described: 0, bytes: 0, linux: 0, linuxWeight: 0 };
      for (const entry of consensus.split(/^(?=r )/m).slice(1)) {
        const part = byDigest.get(entry.split(' ')[3] ?? '');
        if (part === undefined) continue;
        sums.described += 1;
        sums.bytes += Math.min(...(lineOf(part, 'bandwidth') ?? '').split(' ').map(Number));
        if (/ on Linux/.test(lineOf(part, 'platform') ?? '')) {
          sums.linux += 1;
          sums.linuxWeight += Number(/^w Bandwidth=(\d+)/m.exec(entry)?.[1] ?? 0);
        }
      }
      const held = new Map<string, DescriptorFacts>();
      for (const { document } of parseServerDescriptors(bytes)) {
        const facts = document && factsOf(document);
        if (facts) held.set(facts.digest, facts);
      }
      const { document } = parseConsensus(bytesOfFile('consensus-ns', named));
      if (!document) throw new Error('not a consensus');
      const facts = describedRelays(document.routers, held);
      const known = facts.flatMap((one) => one ?? []);
      expect(sums.described).toBe(expected);
      expect(known).toHaveLength(expected);
      expect(known.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0)).toBe(sums.bytes);
      expect(platformsOf(document.routers, facts)[0]).toEqual({
        platform: 'Linux',
        relays: sums.linux,
        weight: sums.linuxWeight,
      });
      const { list, silent } = operatorsOf(document.routers, facts);
      expect(list.reduce((sum, { relays }) => sum + relays, silent.relays)).toBe(expected);
      expect(isEnough(coverageOf(document.routers, facts))).toBe(false);
    },
  );
});
