/**
 * Numbers for names that millions of rows repeat: relays, and the texts of their entries. A name gets the next number when it
 * is first met, so the same journal gives the same numbers. Only names in use are kept in mind; others are asked of the store.
 */
import { compareIdentity } from '@conclave/netdoc';
import type { RouterTable } from '@conclave/netdoc';

/** How many names beyond those of the newest round are kept in mind before the older ones are let go. */
const keptMost = 20_000;

/** The numbers of one kind of name. Mutable, and owned by the memory of one pipeline. */
export interface Numbers {
  readonly known: Map<string, number>;
  /** The number that the next new name gets. */
  next: number;
  /** Every number that was given is in mind: nothing has to be asked of the store. */
  complete: boolean;
}

/** Numbers of relays: beside the names those of the round taken last, as its own sorted columns. */
export interface RelayNumbers extends Numbers {
  last: { readonly identity: Uint8Array; readonly relay: Uint32Array };
}

/** How names that are not in mind are asked of the store: those among them that have numbers. */
export type Recall = (names: readonly string[]) => Promise<readonly { number: number; name: string }[]>;

/** Numbers of which `given` were given before; the first is `first`. */
export function makeNumbers(first: number, given: number): Numbers {
  return { known: new Map(), next: first + given, complete: given === 0 };
}

/** The numbers of these names, by name; new ones get theirs in this order and are told to `onNew`. */
export async function numbersOf(
  numbers: Numbers,
  names: Iterable<string>,
  recall: Recall,
  onNew: (number: number, name: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const unknown = [...new Set(names)].filter((name) => !numbers.known.has(name));
  if (unknown.length > 0 && !numbers.complete) {
    for (const { name, number } of await recall(unknown)) numbers.known.set(name, number);
  }
  for (const name of unknown) {
    if (numbers.known.has(name)) continue;
    numbers.known.set(name, numbers.next);
    onNew(numbers.next, name);
    numbers.next += 1;
  }
  return numbers.known;
}

/**
 * The numbers of the relays of a table. Nearly all of them were in the round taken last, and both are sorted by identity, so
 * that most are found by walking along both.
 */
export async function relayNumbersOf(
  numbers: RelayNumbers,
  routers: Pick<RouterTable, 'count' | 'identity'>,
  recall: Recall,
  onNew: (number: number, name: string) => void,
): Promise<Uint32Array> {
  const { last, known } = numbers;
  const relay = new Uint32Array(routers.count);
  const open: number[] = [];
  let at = 0;
  for (let router = 0; router < routers.count; router += 1) {
    let order = 1;
    while (at < last.relay.length) {
      order = compareIdentity(routers.identity, router * 20, last.identity, at * 20);
      if (order <= 0) break;
      known.set(nameOf(last.identity, at), last.relay[at] as number);
      at += 1;
    }
    if (at < last.relay.length && order === 0) {
      relay[router] = last.relay[at] as number;
      at += 1;
    } else open.push(router);
  }
  for (; at < last.relay.length; at += 1) known.set(nameOf(last.identity, at), last.relay[at] as number);
  const names = open.map((router) => nameOf(routers.identity, router));
  const found = await numbersOf(numbers, names, recall, onNew);
  for (const [index, router] of open.entries()) relay[router] = found.get(names[index] ?? '') as number;
  numbers.last = { identity: routers.identity.slice(0, routers.count * 20), relay };
  return relay;
}

function nameOf(identity: Uint8Array, row: number): string {
  return Buffer.from(identity.buffer, identity.byteOffset + row * 20, 20)
    .toString('hex')
    .toUpperCase();
}

/** Lets go of names; only after a commit, when the store has them all. */
export function forgetNames(numbers: Numbers): void {
  if (numbers.known.size <= keptMost) return;
  numbers.known.clear();
  numbers.complete = false;
}
