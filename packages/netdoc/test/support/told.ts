/** What is wrong with a made document, in words, and whether it is told at the right place. */
import { expect } from 'vitest';
import { describeProblem, parseConsensus, type Parsed, type Profile } from '../../src/index.ts';
import { authorities, behind, consensus, type Edit } from './make.ts';

/** Every problem of a document in words; they are as many as the document says. */
export function told(parsed: Parsed<unknown>): string[] {
  expect(parsed.errors).toBe(parsed.problems.filter(({ severity }) => severity === 'error').length);
  return parsed.problems.map((problem) => `${problem.severity} ${problem.code} ${describeProblem(problem)}`);
}

/** Every problem stands at the first byte of the line that it names. */
export function expectPlaces(parsed: Parsed<unknown>, bytes: Uint8Array): void {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  const offsets = lines.reduce<number[]>((all, line) => [...all, (all.at(-1) ?? 0) + line.length + 1], [0]);
  for (const { line, offset, code } of parsed.problems) {
    // A NUL is told at its own byte; what concerns the whole header, at the top.
    if (code === 'nul-byte' || (line === 1 && offset === 0)) continue;
    expect(offset).toBe(offsets[line - 1]);
  }
}

/** A change to a consensus, and the problems that it makes. */
export interface Case {
  readonly title: string;
  readonly edit: Edit;
  readonly problems: readonly string[];
  readonly profile?: Profile;
}

/** Expects a consensus of three relays, edited so, to have these problems at their places. */
export function check({ edit, problems, profile }: Case, flavor: 'ns' | 'microdesc' = 'ns'): void {
  const bytes = consensus({ flavor, relays: 3, edit, signers: authorities().slice(0, 1) });
  const parsed = parseConsensus(bytes, profile ? { profile } : {});
  expect(told(parsed)).toEqual(problems);
  expectPlaces(parsed, bytes);
}

/** Repeats the first line with the keyword. */
export const repeat =
  (keyword: string): Edit =>
  (lines) => {
    const line = lines.find((one) => one.startsWith(`${keyword} `)) ?? '';
    return behind(keyword, line)(lines);
  };
