/** `--explain`: who voted what, and which rule decided. */
import {
  computeConsensus,
  explain,
  parseFingerprint,
  type ComputeOptions,
  type Explanation,
  type ExplainSubject,
  type Flavor,
  type Vote,
} from '@conclave/netdoc';
import type { Context } from './command.ts';
import { exit, type ExitCode } from './exit.ts';
import { printable, table } from './output.ts';
import { jsonLine } from './round-input.ts';

/** What `--explain` asks for: the number of a line, a relay with or without a keyword, a keyword. */
export function subjectOf(text: string, flavor: Flavor): ExplainSubject {
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return { flavor, line: Number(trimmed) };
  const [first = '', ...rest] = trimmed.split(/\s+/);
  const fingerprint = parseFingerprint(first.replace(/^\$/, ''));
  if (fingerprint === undefined) return { flavor, keyword: trimmed };
  return { flavor, fingerprint, ...(rest.length > 0 ? { keyword: rest.join(' ') } : {}) };
}

/** Tells who voted what; 1 when the consensus has no such thing, 2 when nobody here can say. */
export async function tellWhy(
  what: string,
  votes: readonly Vote[],
  options: ComputeOptions & { readonly flavor: Flavor; readonly json: boolean },
  { printer }: Context,
): Promise<ExitCode> {
  const { flavor, json, ...computed } = options;
  const explanations = explain(votes, computed, subjectOf(what, flavor));
  if (json) await printer.line(jsonLine({ explain: what, flavor, explanations }));
  else if (explanations.length === 0) printer.complain(printable(whyNothing(what, votes, options).text));
  else
    for (const [index, one] of explanations.entries())
      for (const line of [...(index > 0 ? [''] : []), ...linesOf(one, printer.width)])
        await printer.line(line);
  return explanations.length === 0 ? whyNothing(what, votes, options).code : exit.ok;
}

/** Why there is nothing to explain: no consensus, or no such thing in it. */
function whyNothing(
  what: string,
  votes: readonly Vote[],
  options: ComputeOptions,
): { readonly text: string; readonly code: ExitCode } {
  const computation = computeConsensus(votes, { ...options, flavors: ['ns'] });
  switch (computation.outcome) {
    case 'computed':
      return { text: `these votes give nothing of the name ${JSON.stringify(what)}`, code: exit.no };
    case 'unsupported':
      return {
        text: `undecided: the votes agree on method ${computation.method}, whose rules are not known here`,
        code: exit.undecided,
      };
    case 'impossible':
      return { text: `no consensus comes of these votes: ${computation.detail}`, code: exit.no };
  }
}

function linesOf({ line, text, rule, clause, given }: Explanation, width: number): string[] {
  const place = line === undefined ? '' : `line ${line}: `;
  const rows = given.map(({ nickname, value, counted, note }) =>
    [nickname, counted ? 'counted' : 'not counted', value ?? '–', note ?? ''].map(printable),
  );
  return [
    `${place}${text === undefined ? 'no line' : printable(text)}`,
    `  ${printable(rule)} (${printable(clause)})`,
    ...(rows.length === 0 ? [] : table(['authority', '', 'voted', ''], rows, width).split('\n')),
  ];
}
