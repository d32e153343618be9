/** Whose word counts: the authorities of a file, or the public network's at the time of a document. */
import { formatTime, type Fingerprint, type UnixSeconds } from '@conclave/netdoc';
import {
  identitiesOf,
  parseAuthorities,
  publicAuthoritiesAt,
  publicAuthoritySets,
  votersOf,
  type AuthoritySet,
} from '../network/index.ts';
import { CommandError, exit } from './exit.ts';
import { readInput } from './input.ts';
import type { Io } from './output.ts';

/** The set that a document is judged by, and where it comes from, in words. */
export interface Judges {
  readonly set: AuthoritySet;
  readonly identities: ReadonlySet<Fingerprint>;
  readonly from: string;
}

/** Finds the judges of a document of this time; undefined when nobody told who they are. */
export type FindJudges = (at: UnixSeconds | undefined) => Judges | undefined;

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

function publicJudges(at: UnixSeconds | undefined): Judges | undefined {
  const set = at === undefined ? undefined : publicAuthoritiesAt(at);
  const dated = publicAuthoritySets.findLast((dated) => dated.set === set);
  if (!set || !dated) return undefined;
  const since = formatTime(dated.since as UnixSeconds).slice(0, 10);
  return {
    set,
    identities: identitiesOf(set),
    from: `the public Tor network's, as they were from ${since} on`,
  };
}

/** The nickname of an identity: as the authorities file or table has it. */
export function nicknameIn(judges: Judges | undefined, identity: Fingerprint): string | undefined {
  return judges && votersOf(judges.set).find(({ v3ident }) => v3ident === identity)?.nickname;
}
