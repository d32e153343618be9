/**
 * What differs between a published consensus and the text that was computed from its votes, named by what it is about. It
 * compares bytes, not values: a line that says the same in another way is a difference here.
 */
import { bytesOf, sameBytes, textOf } from '../base/index.ts';
import { linesOf, sectionsOf, unsignedEnd } from './sections.ts';
import type { Section, TextLine } from './sections.ts';

/** One line, or one value of a line of many, that is not the same in both texts; undefined where a text has it not. */
export interface TextDifference {
  readonly part: 'header' | 'params' | 'authority' | 'relay' | 'weights' | 'footer';
  /**
   * What it is about: nickname of an authority, fingerprint of a relay, name of a parameter or weight; otherwise the
   * keyword. `order` where all lines are the same and only stand in another order.
   */
  readonly subject: string;
  /** Nickname of the relay. */
  readonly nickname?: string;
  readonly keyword: string;
  /** The line without its LF, or the value. */
  readonly published?: string;
  readonly recomputed?: string;
  /** Lines of the two texts, from 1. */
  readonly publishedLine?: number;
  readonly recomputedLine?: number;
}

/**
 * Compares two texts up to the first line that begins `directory-signature`. Empty exactly when their bytes are the same up
 * to there. An entry that one text lacks is one difference, its first line. In the order of the published text within each
 * part.
 */
export function differencesBetween(published: Uint8Array, recomputed: Uint8Array): readonly TextDifference[] {
  const a = published.subarray(0, unsignedEnd(published));
  const b = recomputed.subarray(0, unsignedEnd(recomputed));
  if (sameBytes(a, b)) return [];
  const differences = pairs(sectionsOf(a), sectionsOf(b), (section) => `${section.part} ${section.subject}`)
    .flatMap(([one, other]) => sectionDifferences(a, one, b, other))
    .toSorted((x, y) => rank[x.part] - rank[y.part] || lineOf(x) - lineOf(y));
  return differences.length > 0 ? differences : [firstMisplaced(a, b)];
}

const rank = { header: 0, params: 1, authority: 2, relay: 3, footer: 4, weights: 5 } as const;

function lineOf({ publishedLine, recomputedLine }: TextDifference): number {
  return publishedLine ?? recomputedLine ?? 0;
}

/** Those with the same key beside each other, the first with the first; one of a pair may be undefined. */
function pairs<T>(
  list: readonly T[],
  others: readonly T[],
  keyOf: (one: T) => string,
): (readonly [T | undefined, T | undefined])[] {
  const waiting = new Map<string, T[]>();
  for (const other of others.toReversed()) {
    const key = keyOf(other);
    const same = waiting.get(key);
    if (same) same.push(other);
    else waiting.set(key, [other]);
  }
  const matched = list.map((one) => [one, waiting.get(keyOf(one))?.pop()] as const);
  const alone = [...waiting.values()].flatMap((rest) => rest.map((other) => [undefined, other] as const));
  return [...matched, ...alone];
}

function sectionDifferences(
  a: Uint8Array,
  one: Section | undefined,
  b: Uint8Array,
  other: Section | undefined,
): TextDifference[] {
  if (one && other) {
    if (sameBytes(a.subarray(one.start, one.end), b.subarray(other.start, other.end))) return [];
    return pairs(linesOf(a, one), linesOf(b, other), ({ keyword }) => keyword).flatMap(([x, y]) =>
      lineDifferences(one, a, x, b, y),
    );
  }
  const section = one ?? other;
  if (!section) return [];
  const only = linesOf(one ? a : b, section).slice(0, section.subject === '' ? undefined : 1);
  return only.flatMap((line) => lineDifferences(section, a, one && line, b, other && line));
}

/** Lines of many values, which are told one by one: `NAME=NUMBER` (dir-spec 3.4.1). */
const listParts: ReadonlyMap<string, 'params' | 'weights'> = new Map([
  ['params', 'params'],
  ['bandwidth-weights', 'weights'],
]);

function lineDifferences(
  { part, subject, nickname }: Section,
  a: Uint8Array,
  x: TextLine | undefined,
  b: Uint8Array,
  y: TextLine | undefined,
): TextDifference[] {
  if (x && y && sameBytes(a.subarray(x.start, x.end), b.subarray(y.start, y.end))) return [];
  const keyword = x?.keyword ?? y?.keyword ?? '';
  const lines = {
    ...(x && { publishedLine: x.line }),
    ...(y && { recomputedLine: y.line }),
  };
  const listPart = part === 'header' || part === 'footer' ? listParts.get(keyword) : undefined;
  if (listPart) {
    const values = valueDifferences(x ? shown(a, x) : '', y ? shown(b, y) : '');
    if (values.length > 0) return values.map((value) => ({ part: listPart, keyword, ...value, ...lines }));
  }
  const name = subject === '' ? keyword : subject;
  return [
    {
      part: listPart ?? part,
      subject: name,
      ...(nickname === undefined ? {} : { nickname }),
      keyword,
      ...(x && { published: shown(a, x) }),
      ...(y && { recomputed: shown(b, y) }),
      ...lines,
    },
  ];
}

/** The values of two lists that differ; none where only order, spaces or repetition do. */
function valueDifferences(
  published: string,
  recomputed: string,
): Pick<TextDifference, 'subject' | 'published' | 'recomputed'>[] {
  const [values, others] = [valuesOf(published), valuesOf(recomputed)];
  return [...new Set([...values.keys(), ...others.keys()])].flatMap((subject) => {
    const [value, other] = [values.get(subject), others.get(subject)];
    if (value === other) return [];
    return [
      {
        subject,
        ...(value === undefined ? {} : { published: value }),
        ...(other === undefined ? {} : { recomputed: other }),
      },
    ];
  });
}

function valuesOf(line: string): ReadonlyMap<string, string> {
  const words = line.split(' ').slice(1);
  return new Map(
    words.flatMap((word) => {
      const equals = word.indexOf('=');
      return equals < 0 ? [] : [[word.slice(0, equals), word.slice(equals + 1)] as const];
    }),
  );
}

/** A line as it is shown: bytes that are no text, and a missing line end, are made visible. */
function shown(bytes: Uint8Array, { start, end }: TextLine): string {
  const whole = bytes[end - 1] === 10;
  const text = textOf(bytes, start, whole ? end - 1 : end);
  const exact = sameBytes(bytesOf(text), bytes.subarray(start, whole ? end - 1 : end))
    ? text
    : Array.from(bytes.subarray(start, whole ? end - 1 : end), visible).join('');
  return whole ? exact : `${exact} (without LF)`;
}

function visible(byte: number): string {
  return byte > 0x7f ? `\\x${byte.toString(16)}` : String.fromCharCode(byte);
}

/** All sections are the same, but not their order: the first line at which the texts part. */
function firstMisplaced(a: Uint8Array, b: Uint8Array): TextDifference {
  const whole = (bytes: Uint8Array): Section => ({
    part: 'header',
    subject: '',
    nickname: undefined,
    start: 0,
    end: bytes.length,
    line: 1,
  });
  const [lines, others] = [linesOf(a, whole(a)), linesOf(b, whole(b))];
  const at = lines.findIndex((line, index) => {
    const other = others[index];
    return !other || !sameBytes(a.subarray(line.start, line.end), b.subarray(other.start, other.end));
  });
  const [line, other] = [lines[at], others[at]];
  const section = sectionsOf(a).findLast(({ start }) => line !== undefined && start <= line.start);
  return {
    part: section?.part ?? 'header',
    subject: 'order',
    keyword: line?.keyword ?? other?.keyword ?? '',
    ...(line && { published: shown(a, line), publishedLine: line.line }),
    ...(other && { recomputed: shown(b, other), recomputedLine: other.line }),
  };
}
