/**
 * Bytes from an enemy: nothing throws, what is kept of problems is bounded, and the work grows with the input and not
 * with its square. All cases are made here, from a seed.
 */
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import {
  certificateRing,
  describeProblem,
  detectKind,
  parseConsensus,
  parseDetachedSignatures,
  parseKeyCertificates,
  parseVote,
  routerAt,
  verifyConsensus,
  verifyKeyCertificate,
  verifyVote,
  type Fingerprint,
  type Parsed,
} from '../src/index.ts';
import { authorities, certificates, consensus, vote, type MadeAuthority } from './support/make.ts';

const all = authorities();
const [first] = all as readonly [MadeAuthority];
const ring = certificateRing(parseKeyCertificates(certificates()).flatMap(({ document }) => document ?? []));
const trusted: ReadonlySet<Fingerprint> = new Set(all.map(({ identity }) => identity));

const subjects = [
  ['ns consensus', consensus({ relays: 12 })],
  ['microdesc consensus', consensus({ flavor: 'microdesc', relays: 12 })],
  ['vote', vote(first, { relays: 12 })],
  ['key certificates', certificates(all.slice(0, 3))],
] as const;

/** Everything the library can do with bytes; whatever they are, it ends in an answer. */
function everything(bytes: Uint8Array): void {
  detectKind(bytes);
  for (const profile of ['archive', 'tor-0.4.9'] as const) {
    const asConsensus = parseConsensus(bytes, { profile });
    const asVote = parseVote(bytes, { profile });
    bounded(asConsensus);
    bounded(asVote);
    const { routers } = asConsensus.partial;
    if (routers) for (let row = 0; row < routers.count; row += 1) routerAt(routers, row);
    if (routers) expect(routers.start[routers.count]).toBeLessThanOrEqual(bytes.length + 1);
    const judged = verifyConsensus(asConsensus, { authorities: trusted, certificates: ring });
    if (asConsensus.errors > 0) expect(judged.verified).toBeUndefined();
    const judgedVote = verifyVote(asVote, { authorities: trusted });
    if (asVote.errors > 0) expect(judgedVote.verified).toBeUndefined();
  }
  bounded(parseDetachedSignatures(bytes));
  for (const parsed of parseKeyCertificates(bytes)) {
    bounded(parsed);
    verifyKeyCertificate(parsed);
  }
}

function bounded(parsed: Parsed<unknown>): void {
  expect(parsed.problems.length).toBeLessThanOrEqual(200);
  expect(parsed.errors).toBeGreaterThanOrEqual(
    parsed.problems.filter(({ severity }) => severity === 'error').length,
  );
  if (!parsed.document) expect(parsed.errors).toBeGreaterThan(0);
  for (const problem of parsed.problems) {
    expect(describeProblem(problem).length).toBeLessThan(2000);
    expect(problem.line).toBeGreaterThanOrEqual(1);
  }
}

test('nothing throws on random bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), everything), { numRuns: 300 });
});

test('nothing throws on random words of the format', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'network-status-version',
      '3',
      'microdesc',
      'vote-status',
      'consensus',
      'vote',
      'r',
      's',
      'v',
      'pr',
      'w',
      'p',
      'm',
      'a',
      'id',
      'stats',
      'opt',
      'known-flags',
      'directory-footer',
      'directory-signature',
      'dir-source',
      '\n',
      '\n',
      '\n',
      '\0',
      '\r',
      '\t',
      '#',
      '@type',
      'Bandwidth=',
      'sha256=',
      'ed25519',
      'none',
      '[::1]:9',
      '-----BEGIN SIGNATURE-----\n',
      '-----END SIGNATURE-----\n',
      '2024-01-01',
      '00:00:00',
      'A'.repeat(27),
      'A'.repeat(43),
      'F'.repeat(40),
      '=',
      '-1',
      '9'.repeat(400),
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word, fc.constantFrom(' ', '\n', '', '  ')), { maxLength: 80 }),
      (words) => {
        everything(Buffer.from(words.flat().join('')));
      },
    ),
    { numRuns: 500 },
  );
});

describe.each(subjects)('a %s that was changed', (_, subject) => {
  const source = Buffer.from(subject);
  const lines = source.toString('latin1').split('\n');
  const from = (text: string): Buffer => Buffer.from(text, 'latin1');
  const index = fc.nat(lines.length - 1);
  const offset = fc.nat(source.length - 1);
  const runs = { numRuns: 120 };

  test('by flipped bits', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(offset, fc.nat(7)), { minLength: 1, maxLength: 20 }), (flips) => {
        const changed = Buffer.from(source);
        for (const [at, bit] of flips) changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        everything(changed);
      }),
      runs,
    );
  });

  test('by bytes that mean something', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(offset, fc.constantFrom(0, 9, 10, 13, 32, 35, 45, 61, 64, 255)), {
          minLength: 1,
          maxLength: 10,
        }),
        (writes) => {
          const changed = Buffer.from(source);
          for (const [at, byte] of writes) changed[at] = byte;
          everything(changed);
        },
      ),
      runs,
    );
  });

  test('by swapped, repeated and dropped lines', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(index, index, fc.nat(2)), { minLength: 1, maxLength: 6 }), (edits) => {
        let changed = lines;
        for (const [a, b, how] of edits) {
          if (how === 0) changed = changed.with(a % changed.length, changed[b % changed.length] ?? '');
          else if (how === 1)
            changed = changed.toSpliced(a % changed.length, 0, changed[b % changed.length] ?? '');
          else if (changed.length > 1) changed = changed.toSpliced(a % changed.length, 1);
        }
        everything(from(changed.join('\n')));
      }),
      runs,
    );
  });

  test('by cutting it off anywhere', () => {
    fc.assert(
      fc.property(offset, (at) => {
        everything(source.subarray(0, at));
        everything(source.subarray(at));
      }),
      runs,
    );
  });

  test('by putting another one behind it', () => {
    for (const [, other] of subjects) everything(Buffer.concat([source, other]));
  });

  test('by a huge word in any line', () => {
    fc.assert(
      fc.property(
        index,
        fc.constantFrom('9', 'x', '=', '-', ' ', '#', ':', ',', '\0'),
        fc.constantFrom(70, 2000, 140_000),
        (at, character, size) => {
          everything(from(lines.with(at, `${lines[at]} ${character.repeat(size)}`).join('\n')));
        },
      ),
      { numRuns: 60 },
    );
  });
});

/**
 * The work for an input twice as long must not be four times as much. Counted in elements that the parser touched would
 * need a parser of another kind, so the inputs are so large that anything quadratic would not come to an end at all.
 */
describe('the work grows with the input', () => {
  const size = 200_000;
  const header =
    Buffer.from(consensus({ relays: 1 }))
      .toString('latin1')
      .split('\nr ', 1)[0] ?? '';
  const r = `r nick ${'A'.repeat(27)} ${'A'.repeat(27)} 2024-01-01 00:00:00 1.2.3.4 9001 80\n`;

  test.each<[title: string, text: () => string]>([
    ['unknown lines in the header', () => 'x-unknown\n'.repeat(size)],
    ['known lines in the header', () => 'valid-after x\n'.repeat(size)],
    ['dir-sources', () => 'dir-source x\n'.repeat(size)],
    ['entries that are none', () => `${header}\n${'r x\n'.repeat(size)}`],
    ['unknown lines of an entry', () => `${header}\n${r}${'x\n'.repeat(size)}`],
    ['repeated lines of an entry', () => `${header}\n${r}${'s Fast\nw Bandwidth=1\n'.repeat(size)}`],
    [
      'distinct flag lines',
      () => `${header}\n${r}${Array.from({ length: size }, (_, at) => `s Flag${at}\n`).join('')}`,
    ],
    [
      'distinct versions',
      () => `${header}\n${r}${Array.from({ length: size }, (_, at) => `v ${at}\n`).join('')}`,
    ],
    [
      'm lines',
      () =>
        `${header.replace('consensus', 'vote')}\n${r}${Array.from({ length: size }, (_, at) => `m ${at} sha256=${'A'.repeat(43)}\n`).join('')}`,
    ],
    [
      'signatures',
      () =>
        `${header}\ndirectory-signature ${`A ${'B'.repeat(40)} ${'C'.repeat(40)}\ndirectory-signature `.repeat(20_000)}`,
    ],
    ['objects without end', () => 'x\n-----BEGIN A-----\n'.repeat(size / 10)],
    [
      'padding',
      () => `x\n-----BEGIN A-----\n${`${'='.repeat(60)}\n`.repeat(2000)}A\n-----END A-----\n`.repeat(10),
    ],
    ['blank lines', () => '\n'.repeat(size * 5)],
    ['annotations', () => '@x\n'.repeat(size)],
    ['certificates', () => 'dir-key-certificate-version 3\n'.repeat(20_000)],
  ])('%s', (_, make) => {
    const bytes = Buffer.from(make());
    detectKind(bytes);
    bounded(parseConsensus(bytes));
    bounded(parseVote(bytes));
    bounded(parseDetachedSignatures(bytes));
    for (const parsed of parseKeyCertificates(bytes).slice(0, 3)) bounded(parsed);
  });
});
