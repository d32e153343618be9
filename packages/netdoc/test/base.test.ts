/** Floor 0: numbers and texts of the directory protocol, against what Node itself says. */
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  compareBytes,
  compareText,
  concatBytes,
  formatTime,
  fromBase64,
  fromHex,
  parseFingerprint,
  parseTime,
  sameBytes,
  textOf,
  toBase64,
  toHex,
  unixSeconds,
  type UnixSeconds,
} from '../src/index.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

describe('base64', () => {
  test('toBase64() writes what Buffer writes, without padding', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toBase64(value)).toBe(Buffer.from(value).toString('base64').replace(/=+$/, ''));
      }),
    );
  });

  test('toBase64() writes the part that it is asked for', () => {
    fc.assert(
      fc.property(bytes, fc.nat(200), fc.nat(200), (value, a, b) => {
        const [start, end] = [Math.min(a, b, value.length), Math.min(Math.max(a, b), value.length)];
        const part = Buffer.from(value.subarray(start, end));
        expect(toBase64(value, start, end)).toBe(part.toString('base64').replace(/=+$/, ''));
      }),
    );
  });

  test('fromBase64() reads back, padded or not, with white space anywhere', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom('', '=', '=='),
        fc.constantFrom('', ' ', '\n', '\t', '\r\n'),
        (value, padding, gap) => {
          const text = toBase64(value).split('').join(gap) + padding;
          expect(fromBase64(text)).toEqual(Uint8Array.from(value));
        },
      ),
    );
  });

  test.each([
    ['A', 'one character cannot be'],
    ['AAAAA', 'nor five'],
    ['AA-A', 'a character of another alphabet'],
    ['AA=A', 'padding in the middle'],
    ['AAé=', 'a character beyond ASCII'],
    ['\0AAA', 'a NUL'],
  ])('fromBase64(%j) is undefined: %s', (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  test('fromBase64() takes a time that grows with the text, whatever padding stands in it', () => {
    // With a search for "=+$" this takes minutes.
    const text = `${'='.repeat(500_000)}A`;
    expect(fromBase64(text)).toBeUndefined();
  });
});

describe('hex', () => {
  test('toHex() and fromHex() are what Buffer does, in upper case', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = Buffer.from(value).toString('hex');
        expect(toHex(value)).toBe(text.toUpperCase());
        expect(fromHex(text)).toEqual(Uint8Array.from(value));
        expect(fromHex(text.toUpperCase())).toEqual(Uint8Array.from(value));
      }),
    );
  });

  test.each(['0', 'abc', '0g', ' 00', '0x00', '００'])('fromHex(%j) is undefined', (text) => {
    expect(fromHex(text)).toBeUndefined();
  });
});

describe('times', () => {
  const seconds = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 });

  test('parseTime() and formatTime() agree with Date on every time from 1970 to 9999', () => {
    fc.assert(
      fc.property(seconds, (value) => {
        const text = new Date(value * 1000).toISOString().replace('T', ' ').slice(0, 19);
        expect(parseTime(text)).toBe(value);
        expect(formatTime(value as UnixSeconds)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('parseTime() knows which days a month has', () => {
    for (let year = 1970; year < 2110; year += 1) {
      for (let month = 1; month <= 12; month += 1) {
        const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
        const at = (day: number): string => `${year}-${String(month).padStart(2, '0')}-${day} 00:00:00`;
        expect(parseTime(at(days))).toBeDefined();
        expect(parseTime(at(days + 1))).toBeUndefined();
      }
    }
  });

  test('parseTime() takes a leap second, as tor does', () => {
    expect(parseTime('2016-12-31 23:59:60')).toBe(Date.UTC(2017, 0, 1) / 1000);
  });

  test.each([
    '1969-12-31 23:59:59',
    '2024-13-01 00:00:00',
    '2024-00-01 00:00:00',
    '2024-01-00 00:00:00',
    '2024-01-01 24:00:00',
    '2024-01-01 00:60:00',
    '2024-01-01 00:00:61',
    '2024-1-1 0:0:0',
    '2024-01-01T00:00:00',
    '2024-01-01  00:00:00',
    '2024-01-01 00:00:00 ',
    '2024-01-01 00:00:00\r',
    ' 2024-01-01 00:00:00',
    '2024-01-01 00:00:00Z',
    '+024-01-01 00:00:00',
    '',
  ])('parseTime(%j) is undefined', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe('atoms', () => {
  test('parseFingerprint() takes 40 hexadecimal digits in either case and gives upper case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (value) => {
        const text = Buffer.from(value).toString('hex');
        expect(parseFingerprint(text)).toBe(text.toUpperCase());
        expect(parseFingerprint(text.toUpperCase())).toBe(text.toUpperCase());
        expect(parseFingerprint(text.slice(1))).toBeUndefined();
        expect(parseFingerprint(`${text}0`)).toBeUndefined();
        expect(parseFingerprint(`${text}\n`)).toBeUndefined();
      }),
    );
  });

  test('unixSeconds() takes whole numbers only', () => {
    expect(unixSeconds(0)).toBe(0);
    expect(unixSeconds(1.5)).toBeUndefined();
    expect(unixSeconds(Number.NaN)).toBeUndefined();
    expect(unixSeconds(2 ** 60)).toBeUndefined();
  });
});

describe('bytes', () => {
  test('compareBytes() orders as Buffer.compare', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(sameBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      }),
    );
  });

  test('compareText() orders by UTF-8 bytes, also where UTF-16 would not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(bytesOf(a), bytesOf(b)));
      }),
    );
    expect(compareText('\u{1f600}', '\uffee')).toBeGreaterThan(0);
  });

  test('textOf() and bytesOf() are UTF-8, whatever the length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (text) => {
        expect(textOf(bytesOf(text))).toBe(text);
        expect(Buffer.from(bytesOf(text)).equals(Buffer.from(text))).toBe(true);
      }),
    );
    expect(textOf(Uint8Array.of(65, 0xff, 66))).toBe('A\ufffdB');
  });

  test('concatBytes() puts one behind the other', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (parts) => {
        expect(Buffer.from(concatBytes(...parts)).equals(Buffer.concat(parts))).toBe(true);
      }),
    );
  });
});
