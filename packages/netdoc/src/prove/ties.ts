/**
 * Orders in which votes may have arrived. Only the header of the ns flavour depends on it, and only where versions that
 * compare equal, or one random value with two counts, are spelled differently; votes that spell them alike are alike.
 */
import { compareText } from '../base/index.ts';
import type { Tie } from '../compute/index.ts';
import type { Vote } from '../documents/index.ts';

/** How many orders are tried at most; nine votes of four opinions may have more, and then the rest is not looked at. */
const ordersMost = 2000;

/** What a vote says where a tie is about the order of arrival; undefined where order does not matter. */
const sayings: Readonly<Record<string, (vote: Vote) => string>> = {
  'client-versions': ({ clientVersions }) => clientVersions?.join(',') ?? 'none',
  'server-versions': ({ serverVersions }) => serverVersions?.join(',') ?? 'none',
  'shared-rand-previous-value': (vote) => randomOf(vote, vote.sharedRandomPrevious),
  'shared-rand-current-value': (vote) => randomOf(vote, vote.sharedRandomCurrent),
};

function randomOf(vote: Vote, value: Vote['sharedRandomCurrent']): string {
  return vote.sharedRandomParticipate && value ? `${value.reveals} ${value.value}` : 'none';
}

/** Whether the order in which votes arrived decides this tie. */
export function isOfArrival({ subject }: Tie): boolean {
  return subject in sayings;
}

/** The votes in ascending order of identity: how tor holds them once it has computed its first flavour. */
export function byIdentity(votes: readonly Vote[]): readonly Vote[] {
  return votes.toSorted((a, b) => compareText(a.source.identity, b.source.identity));
}

/** Other orders of these votes that may settle the ties: by identity first, then every order that can matter. */
export function* otherOrders(votes: readonly Vote[], ties: readonly Tie[]): Generator<readonly Vote[]> {
  yield byIdentity(votes);
  const subjects = ties.filter(isOfArrival).map(({ subject }) => subject);
  const groups = new Map<string, Vote[]>();
  for (const vote of votes) {
    const says = subjects.map((subject) => sayings[subject]?.(vote)).join('\n');
    groups.set(says, [...(groups.get(says) ?? []), vote]);
  }
  const lists = [...groups.values()];
  let order: number[] | undefined = lists.flatMap((list, group) => list.map(() => group));
  for (let tried = 0; order && tried < ordersMost; tried += 1) {
    const rest = lists.map((list) => list.values());
    yield order.flatMap((group) => rest[group]?.next().value ?? []);
    order = nextOrder(order);
  }
}

/** The next arrangement of these numbers in ascending order; undefined behind the last. */
function nextOrder(order: readonly number[]): number[] | undefined {
  const at = (index: number): number => order[index] as number;
  let left = order.length - 2;
  while (left >= 0 && at(left) >= at(left + 1)) left -= 1;
  if (left < 0) return undefined;
  let right = order.length - 1;
  while (at(right) <= at(left)) right -= 1;
  const next = [...order];
  [next[left], next[right]] = [at(right), at(left)];
  return [...next.slice(0, left + 1), ...next.slice(left + 1).reverse()];
}

/** Whether these lines can be an order's at all: they have no word that no vote has where it ties. */
export function couldBeOf(votes: readonly Vote[], ties: readonly Tie[], lines: string): boolean {
  const words = (text: string): string[] => text.split(/[ ,\n]/);
  const said = new Set(
    ties.flatMap(({ subject }) => [
      subject,
      ...votes.flatMap((vote) => words(sayings[subject]?.(vote) ?? '')),
    ]),
  );
  return words(lines).every((word) => word === '' || said.has(word));
}

const nothing = new Uint16Array(0);

/** The votes without their relays, and without what their digest is of: enough for the lines that tie, and quick. */
export function headersOnly(votes: readonly Vote[]): readonly Vote[] {
  return votes.map((vote) => ({
    ...vote,
    signed: { start: vote.signed.start, end: vote.signed.start },
    routers: {
      ...vote.routers,
      count: 0,
      present: nothing,
      votedMicrodescs: { ...vote.routers.votedMicrodescs, count: 0 },
      unknownLines: [],
    },
  }));
}
