/**
 * Which votes gave what to a line of a consensus, and which rule decided. Nothing is recorded while a consensus is
 * computed; an explanation is computed when it is asked for, by the same functions, so that it cannot say otherwise.
 */
import { fromBase64, parseFingerprint, toHex } from '../base/index.ts';
import type { Flavor, Vote } from '../documents/index.ts';
import { byteTextAt, readable } from './byte-text.ts';
import { computeRound } from './consensus.ts';
import { explainAuthority, explainKeyword } from './explain-header.ts';
import { explainRelay } from './explain-relay.ts';
import { openRound } from './round.ts';
import type { Round } from './round.ts';
import type { ComputeOptions, Explanation, ExplainSubject } from './types.ts';

/**
 * Explains a line of what `computeConsensus` makes of the same votes and options. The first explanation is that of the
 * line, those behind it of its parts (each parameter, each flag); a keyword with several lines, or a whole relay, gives
 * each of them. Empty when there is no consensus, or nothing of that name in it. A line that could be there and is not
 * has an explanation without text.
 */
export function explain(
  votes: readonly Vote[],
  options: ComputeOptions,
  subject: ExplainSubject,
): readonly Explanation[] {
  return explainer(votes, options)(subject);
}

/** The same for many questions about one round: the votes are made ready once, and a text is computed once. */
export function explainer(
  votes: readonly Vote[],
  options: ComputeOptions,
): (subject: ExplainSubject) => readonly Explanation[] {
  const opening = openRound(votes, options);
  if (opening.outcome !== 'open') return () => [];
  const { round } = opening;
  const texts = new Map<Flavor, readonly string[]>();
  const linesOf = (flavor: Flavor): readonly string[] => {
    const lines = texts.get(flavor) ?? computedLines(round, flavor);
    texts.set(flavor, lines);
    return lines;
  };
  return (subject) => {
    const { flavor } = subject;
    if ('line' in subject) return explainPlace(round, flavor, linesOf(flavor), subject.line);
    if (!('fingerprint' in subject))
      return numbered(explainKeyword(round, flavor, subject.keyword), linesOf(flavor), outside);
    const fingerprint = parseFingerprint(subject.fingerprint);
    if (fingerprint === undefined) return [];
    return sectionKeywords.includes(subject.keyword ?? '')
      ? numbered(
          explainAuthority(round, fingerprint, subject.keyword),
          linesOf(flavor),
          sectionOf(fingerprint),
        )
      : numbered(
          explainRelay(round, flavor, fingerprint, subject.keyword),
          linesOf(flavor),
          entryOf(fingerprint),
        );
  };
}

/** Whether a line may be the one that is asked for, by the `dir-source` or `r` line of its part and the line itself. */
type Within = (head: string) => boolean;

/** Lines of the header and the footer. */
const outside: Within = (head) => head === '';

function sectionOf(identity: string): Within {
  return (head) => head.startsWith('dir-source ') && head.split(' ')[2]?.toUpperCase() === identity;
}

function entryOf(fingerprint: string): Within {
  return (head) => {
    const identity = head.startsWith('r ') ? fromBase64(head.split(' ')[2] ?? '') : undefined;
    return identity !== undefined && toHex(identity) === fingerprint;
  };
}

/** The same with the number of each that is a line of its own; parts of a line, and lines that are not there, have none. */
function numbered(
  explanations: readonly Explanation[],
  lines: readonly string[],
  within: Within,
): readonly Explanation[] {
  const numbers = new Map<string, number>();
  let head = '';
  let isWithin = within(head);
  for (const [index, line] of lines.entries()) {
    const starts = line.startsWith('r ') || line.startsWith('dir-source ');
    if (starts || line === 'directory-footer') {
      head = starts ? line : '';
      isWithin = within(head);
    }
    if (isWithin && !numbers.has(readable(line))) numbers.set(readable(line), index + 1);
  }
  return explanations.map((one) => {
    const line = one.text === undefined ? undefined : numbers.get(one.text);
    return line === undefined ? one : { line, ...one };
  });
}

/** Keywords of an authority section. */
const sectionKeywords: readonly string[] = ['dir-source', 'contact', 'vote-digest'];

function computedLines(round: Round, flavor: Flavor): readonly string[] {
  const computation = computeRound({ ...round, options: { ...round.options, flavors: [flavor] } });
  const bytes = (computation.outcome === 'computed' && computation[flavor]?.bytes) || new Uint8Array();
  return byteTextAt(bytes, 0, bytes.length).split('\n').slice(0, -1);
}

/** Explains the line with a number, counted from 1. */
function explainPlace(
  round: Round,
  flavor: Flavor,
  lines: readonly string[],
  number: number,
): readonly Explanation[] {
  const text = lines[number - 1];
  if (text === undefined) return [];
  return explainText(round, flavor, lines, text, number).map((one, index) =>
    index === 0 ? { line: number, ...one } : one,
  );
}

/** What a line belongs to is told by the lines above it. */
function explainText(
  round: Round,
  flavor: Flavor,
  lines: readonly string[],
  text: string,
  number: number,
): readonly Explanation[] {
  const [keyword = ''] = text.split(' ', 1);
  const above = (word: string): string =>
    lines.findLast((line, index) => index < number && line.startsWith(`${word} `))?.split(' ')[2] ?? '';
  if (sectionKeywords.includes(keyword)) {
    const identity = parseFingerprint(above('dir-source'));
    return identity ? explainAuthority(round, identity, keyword) : [];
  }
  const isHeader = number <= lines.findIndex((line) => line.startsWith('dir-source '));
  if (isHeader || number > lines.lastIndexOf('directory-footer')) {
    const all = explainKeyword(round, flavor, keyword);
    return keyword === 'package' ? all.filter((one) => one.text === readable(text)) : all;
  }
  const identity = fromBase64(above('r'));
  return identity ? explainRelay(round, flavor, toHex(identity), keyword) : [];
}
