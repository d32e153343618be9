/** A consensus as tor on Windows kept it before 0.4.0.2, with CR LF for every LF (tor's bug 28614). */
import { describe, expect, test } from 'vitest';
import {
  certificateRing,
  parseConsensus,
  parseKeyCertificates,
  routerAt,
  textOf,
  verifyConsensus,
  type Consensus,
  type Parsed,
} from '../src/index.ts';
import { behind, certificates, consensus, instead, type Edit } from './support/make.ts';

const windows = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\n', '\r\n'), 'latin1'));

const list = parseKeyCertificates(certificates()).flatMap(({ document }) => document ?? []);
const trust = {
  authorities: new Set(list.map(({ fingerprint }) => fingerprint)),
  certificates: certificateRing(list),
};

/** The text of the line at an offset, without what ends it. */
function lineAt(bytes: Uint8Array, offset: number): string {
  return textOf(bytes, offset, bytes.indexOf(10, offset)).replace(/\r$/, '');
}

describe.each(['ns', 'microdesc'] as const)(
  'parseConsensus() of a %s consensus kept in text mode',
  (flavor) => {
    const made = consensus({ flavor, relays: 20 });
    const kept = windows(made);
    const before = parseConsensus(made);
    const parsed = parseConsensus(kept);

    test('reads what it said before it was kept, without a problem', () => {
      expect(parsed.problems).toEqual([]);
      const plain = ({ document }: Parsed<Consensus>): unknown => {
        if (!document) throw new Error('no document');
        const { bytes: _bytes, signed: _signed, routers, signatures, ...rest } = document;
        const rows = Array.from({ length: routers.count }, (_, row) => routerAt(routers, row));
        return { ...rest, rows, signatures: signatures.map(({ offset: _offset, ...one }) => one) };
      };
      expect(plain(parsed)).toEqual(plain(before));
    });

    test('has every place in the bytes as they are', () => {
      const { document } = parsed;
      const old = before.document;
      if (!document?.signed || !old?.signed) throw new Error('no document');
      expect(document.bytes).toBe(kept);
      expect(document.routers.bytes).toBe(kept);
      for (let row = 0; row < old.routers.count; row += 1) {
        expect(lineAt(kept, document.routers.start[row] ?? 0)).toBe(
          lineAt(made, old.routers.start[row] ?? 0),
        );
      }
      const end = document.routers.start[old.routers.count] ?? 0;
      expect(lineAt(kept, end)).toBe('directory-footer');
      expect(document.signatures.map(({ offset }) => lineAt(kept, offset))).toEqual(
        old.signatures.map(({ offset }) => lineAt(made, offset)),
      );
      expect(textOf(kept, document.signed.start, document.signed.end)).toBe(
        textOf(made, old.signed.start, old.signed.end).replaceAll('\n', '\r\n'),
      );
    });

    test('does not verify: nobody signed these bytes', () => {
      expect(verifyConsensus(before, trust).verdict.outcome).toBe('accepted');
      const { verdict, verified } = verifyConsensus(parsed, trust);
      expect(verdict.outcome).toBe('rejected');
      expect(new Set(verdict.signatures.map(({ fate }) => fate))).toEqual(new Set(['wrong']));
      expect(verified).toBeUndefined();
    });

    test('is refused under tor-0.4.9, as tor refuses it of anybody: at its times and its objects', () => {
      const strict = parseConsensus(kept, { profile: 'tor-0.4.9' });
      expect(strict.document).toBeUndefined();
      const wrong = new Set(strict.problems.map(({ keyword, code }) => `${code} ${keyword ?? ''}`));
      expect(wrong).toContain('bad-argument valid-after');
      expect(strict.problems.map(({ code }) => code)).toContain('bad-object');
    });
  },
);

test('a problem and an unknown line stand where they stand in the bytes as they are', () => {
  const edit: Edit = (lines) =>
    behind(
      's',
      'unheard-of',
    )(instead('voting-delay', 'voting-delay 1 1')(behind('known-flags', 'odd')(lines)));
  const kept = windows(consensus({ relays: 3, edit }));
  const { problems, unrecognized } = parseConsensus(kept);
  expect(problems.map(({ offset }) => lineAt(kept, offset))).toEqual(['voting-delay 1 1']);
  expect(unrecognized.map(({ offset }) => lineAt(kept, offset)).toSorted()).toEqual(['odd', 'unheard-of']);
});

test.each([
  ['the first line alone', (text: string) => text.replace('\n', '\r\n')],
  ['all lines but the last', (text: string) => `${text.trimEnd().replaceAll('\n', '\r\n')}\n`],
  [
    'all lines but one',
    (text: string) => text.replaceAll('\n', '\r\n').replace('\r\nknown-flags', '\nknown-flags'),
  ],
])('with a CR in %s it was not kept in text mode, and is read as it is', (_, spoil) => {
  const text = spoil(Buffer.from(consensus({ relays: 3 })).toString('latin1'));
  const parsed = parseConsensus(new Uint8Array(Buffer.from(text, 'latin1')));
  expect(verifyConsensus(parsed, trust).verified).toBeUndefined();
  expect(parsed.partial.signed?.start).toBe(0);
});
