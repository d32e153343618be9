/** Whose word counts: the authorities of a file, or the public network's at the time of a document. */
import { publicJudges, type FindJudges } from '../judge/index.ts';
import { identitiesOf, parseAuthorities } from '../network/index.ts';
import { CommandError, exit } from './exit.ts';
import { readInput } from './input.ts';
import type { Io } from './output.ts';

export { publicJudges, type FindJudges, type Judges } from '../judge/index.ts';

/** The judges of `--authorities FILE`, or without it those of the public network at the document's own time. */
export async function judgesOf(file: string | undefined, io: Io): Promise<FindJudges> {
  if (file === undefined) return publicJudges;
  const input = await readInput(file, io.stdin);
  const result = parseAuthorities(Buffer.from(input.bytes).toString('utf8'), input.name);
  if (!result.ok) {
    const lines = result.problems.map(({ file, line, expected, found }) => {
      return `${file}:${line}: expected ${expected}, found ${found}`;
    });
    throw new CommandError(exit.unreadable, lines.join('\n'));
  }
  const judges = { set: result.set, identities: identitiesOf(result.set), from: input.name };
  if (judges.identities.size === 0) {
    throw new CommandError(
      exit.unreadable,
      `${input.name}:1: expected authorities with a v3ident, found none`,
    );
  }
  return () => judges;
}
