/** The unsigned text of a consensus cut into sections, by its lines alone: whatever stands in it, no byte is left out. */
import { fromBase64, startsAt, textOf, toHex } from '../base/index.ts';

/** Bytes of a document, from a line's begin to a line's end, and the number of the first line. */
export interface Section {
  readonly part: 'header' | 'authority' | 'relay' | 'footer';
  /** What it is about: a nickname, a fingerprint; empty for header and footer. */
  readonly subject: string;
  /** Nickname of a relay. */
  readonly nickname: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** One line with its LF, if it has one. */
export interface TextLine {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly keyword: string;
}

/** Where the first line that begins `directory-signature` begins, or the end. */
export function unsignedEnd(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; at = endOf(bytes, at)) {
    if (bytes[at] === 100 && startsAt(bytes, at, 'directory-signature')) return at;
  }
  return bytes.length;
}

/** Behind the LF of the line that begins at `at`, or the end. */
function endOf(bytes: Uint8Array, at: number): number {
  const lf = bytes.indexOf(10, at);
  return lf < 0 ? bytes.length : lf + 1;
}

/** The sections of an unsigned text, in order and without a gap. */
export function sectionsOf(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  let open = opening(bytes, 0, 1) ?? begin('header', 0, 1);
  let line = 1;
  for (let at = 0; at < bytes.length; at = endOf(bytes, at), line += 1) {
    const next = at === 0 ? undefined : opening(bytes, at, line);
    if (!next) continue;
    sections.push({ ...open, end: at });
    open = next;
  }
  if (bytes.length > 0) sections.push({ ...open, end: bytes.length });
  return sections;
}

type Opening = Omit<Section, 'end'>;

function begin(part: Section['part'], start: number, line: number): Opening {
  return { part, subject: '', nickname: undefined, start, line };
}

/** The section that the line opens, if it opens one. */
function opening(bytes: Uint8Array, at: number, line: number): Opening | undefined {
  switch (bytes[at]) {
    case 114: {
      if (bytes[at + 1] !== 32) return undefined;
      const [, nickname = '', id = ''] = textOf(bytes, at, Math.min(endOf(bytes, at), at + 80)).split(' ');
      const digest = fromBase64(id);
      const subject = digest?.length === 20 ? toHex(digest) : id;
      return { ...begin('relay', at, line), subject, nickname };
    }
    case 100: {
      if (startsAt(bytes, at, 'directory-footer')) return begin('footer', at, line);
      if (!startsAt(bytes, at, 'dir-source ')) return undefined;
      const [, subject = ''] = textOf(bytes, at, Math.min(endOf(bytes, at), at + 80)).split(/[ \n]/);
      return { ...begin('authority', at, line), subject };
    }
    default:
      return undefined;
  }
}

/** The lines of a section. */
export function linesOf(bytes: Uint8Array, { start, end, line }: Section): TextLine[] {
  const lines: TextLine[] = [];
  let number = line;
  for (let at = start; at < end; number += 1) {
    const next = endOf(bytes, at);
    const [keyword = ''] = textOf(bytes, at, Math.min(next, at + 64)).split(/[ \n]/);
    lines.push({ start: at, end: next, line: number, keyword });
    at = next;
  }
  return lines;
}
