/**
 * Which nickname belongs to which relay, by the flags Named and Unnamed. No authority has used them since 2016; they
 * are counted because a vote may (dir-spec 3.8).
 */
import { byteTextAt } from './byte-text.ts';
import type { Ballot } from './ballot.ts';
import type { EntryRef } from './choose.ts';
import type { EntrySet } from './collate.ts';
import type { FlagUnion } from './flags.ts';

/** A nickname in lower case to the identity that it belongs to, or to a word that is none. */
export type NameClaims = ReadonlyMap<string, string>;

/** What names are decided by: the votes, which flags they know, and what their entries claim. */
interface Naming {
  readonly ballots: readonly Ballot[];
  readonly flags: FlagUnion;
  readonly names: NameClaims;
}

/** Named for two relays, or Named and Unnamed for one. */
const conflict = 'conflict';
/** Unnamed, and Named for nobody. */
const unknown = 'unknown';

/** The nickname of an entry. */
function nicknameText({ entries: { table } }: Ballot, row: number): string {
  return byteTextAt(table.bytes, table.nicknameStart[row] as number, table.nicknameEnd[row] as number);
}

/** The same in lower case; nicknames are ASCII. */
function foldedName(ballot: Ballot, row: number): string {
  return nicknameText(ballot, row).toLowerCase();
}

/** The identity of an entry as a key. */
function identityKey({ entries: { table } }: Ballot, row: number): string {
  return byteTextAt(table.identity, row * 20, row * 20 + 20);
}

/** Collects the claims over all entries of all votes, first those of Named, then those of Unnamed. */
export function nameClaims(ballots: readonly Ballot[], { places, at }: FlagUnion): NameClaims {
  const claims = new Map<string, string>();
  const claimants = (flag: number, claim: (name: string, identity: string) => void): void => {
    if (flag < 0) return;
    for (const [index, ballot] of ballots.entries()) {
      const bit = (places[index] as Int32Array).indexOf(flag);
      if (bit < 0) continue;
      const { flags, count } = ballot.entries.table;
      for (let row = 0; row < count; row += 1) {
        const word = flags[row * 2 + (bit >> 5)] as number;
        if (((word >>> (bit & 31)) & 1) === 1) claim(foldedName(ballot, row), identityKey(ballot, row));
      }
    }
  };
  claimants(at.Named, (name, identity) => {
    const known = claims.get(name);
    if (known === undefined) claims.set(name, identity);
    else if (known !== identity) claims.set(name, conflict);
  });
  claimants(at.Unnamed, (name, identity) => {
    const known = claims.get(name);
    if (known === undefined) claims.set(name, unknown);
    else if (known === identity) claims.set(name, conflict);
  });
  return claims;
}

/**
 * The entry whose nickname the relay gets: the chosen one, or one that is Named, when all of those have the same nickname.
 */
export function namedEntry({ ballots, flags }: Naming, set: EntrySet, chosen: number): EntryRef {
  const winner = { vote: set.votes[chosen] as number, row: set.rows[chosen] as number };
  if (flags.at.Named < 0) return winner;
  let named: EntryRef | undefined;
  for (let index = 0; index < set.size; index += 1) {
    const [vote, row] = [set.votes[index] as number, set.rows[index] as number];
    const bit = (flags.places[vote] as Int32Array).indexOf(flags.at.Named);
    const { table } = (ballots[vote] as Ballot).entries;
    if (bit < 0 || (((table.flags[row * 2 + (bit >> 5)] as number) >>> (bit & 31)) & 1) === 0) continue;
    if (
      named &&
      nicknameText(ballots[named.vote] as Ballot, named.row) !== nicknameText(ballots[vote] as Ballot, row)
    )
      return winner;
    named = { vote, row };
  }
  return named ?? winner;
}

/** Whether the nickname of a relay belongs to it: nobody claimed it, it does, or it is another's or disputed. */
export function namesOf(
  { ballots, names }: Naming,
  nickname: EntryRef,
  set: EntrySet,
): 'unclaimed' | 'named' | 'unnamed' {
  const claim = names.get(foldedName(ballots[nickname.vote] as Ballot, nickname.row));
  if (claim === undefined) return 'unclaimed';
  const [vote, row] = [set.votes[0] as number, set.rows[0] as number];
  return claim === identityKey(ballots[vote] as Ballot, row) ? 'named' : 'unnamed';
}
