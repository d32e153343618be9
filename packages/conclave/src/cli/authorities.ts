/** Whose word counts: the authorities of a file, or the public network's at the time of a document. */
import { publicJudges, type FindJudges } from '../judge/index.ts';
import { identitiesOf, parseAuthorities, type AuthoritySet } from '../network/index.ts';
import { CommandError, exit } from './exit.ts';
import { readInput } from './input.ts';
import type { Io } from './output.ts';

export { publicJudges, type FindJudges, type Judges } from '../judge/index.ts';

/** The judges of `--authorities FILE`, or without it those of the public network at the document's own time. */
export async function judgesOf(file: string | undefined, io: Io): Promise<FindJudges> {
  if (file === undefined) return publicJudges;
  const input = await readInput(file, io.stdin);
  const set = readAuthorities(Buffer.from(input.bytes).toString('utf8'), input.name);
  const judges = { set, identities: identitiesOf(set), from: input.name };
  if (judges.identities.size === 0) {
    throw new CommandError(
      exit.unreadable,
      `${input.name}:1: expected authorities with a v3ident, found none`,
    );
  }
  return () => judges;
}

/** The authorities that a list names; whatever is wrong with it is said with its line. */
export function readAuthorities(text: string, file: string): AuthoritySet {
  const result = parseAuthorities(text, file);
  if (result.ok) return result.set;
  const lines = result.problems.map(
    ({ file: name, line, expected, found }) => `${name}:${line}: expected ${expected}, found ${found}`,
  );
  throw new CommandError(exit.unreadable, lines.join('\n'));
}
