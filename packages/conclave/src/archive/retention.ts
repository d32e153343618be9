/**
 * Removing by policy: documents of some kinds, some days after they were seen first. By default there is no policy and
 * nothing is removed. What is removed stands in the journal before it is gone.
 */
import { rm } from 'node:fs/promises';
import { pathOf } from './documents.ts';
import type { JournalEntry } from './journal.ts';
import { namedBy, type NamedDocument } from './named.ts';
import type { PackReader } from './pack-file.ts';
import { writePack, type Packable } from './packing.ts';
import { packDirectory } from './packs.ts';

/** Days after which documents of a kind are removed; kinds that are not named are kept for ever. */
export type RetentionPolicy = Readonly<Record<string, number>>;

/** Settings of a removal. */
export interface RetentionOptions {
  readonly policy: RetentionPolicy;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly breathe?: () => Promise<void>;
}

/** What was removed. */
export interface Removal {
  readonly documents: number;
  /** Packs that were written anew without them, or removed with all that was in them. */
  readonly packs: number;
}

const day = 86_400_000;

/** Most names on one line of the journal. */
const namesALine = 500;

/** Removes what the policy says, and what it said before a crash. Only whoever has the lock of the directory may. */
export async function removeByPolicy(
  where: Packable,
  append: (entries: readonly JournalEntry[]) => Promise<unknown>,
  options: RetentionOptions,
): Promise<Removal> {
  const { policy, now, breathe = async () => {} } = options;
  const known = await knownDocuments(where, breathe);
  await where.packs.refresh();
  const due = new Map<string, string[]>();
  const gone = new Set<string>();
  for (const [sha256, document] of known) {
    const days = policyFor(document, policy);
    const isDue = days !== undefined && document.at < now - days * day;
    if (document.removed) gone.add(sha256);
    else if (isDue) {
      const words = `${[...document.kinds].sort().join(', ')}: ${days} days`;
      due.set(words, [...(due.get(words) ?? []), sha256]);
      gone.add(sha256);
    }
  }
  for (const [words, documents] of due)
    for (let from = 0; from < documents.length; from += namesALine)
      await append([
        { type: 'removed', at: now, policy: words, documents: documents.slice(from, from + namesALine) },
      ]);
  for (const sha256 of gone) await rm(pathOf(where.documents, sha256), { force: true });
  let packs = 0;
  for (const pack of where.packs.packs) {
    if (!pack.documents.some(({ sha256 }) => gone.has(sha256))) continue;
    await rewritePack(where, pack, (sha256) => !gone.has(sha256), known, { breathe });
    packs += 1;
  }
  return { documents: [...due.values()].flat().length, packs };
}

/** Writes a pack anew without some documents, and removes the old one. A pack of nothing is no pack. */
export async function rewritePack(
  { documents, packs }: Packable,
  pack: PackReader,
  isKept: (sha256: string) => boolean,
  known: ReadonlyMap<string, NamedDocument>,
  options: RewriteOptions = {},
): Promise<void> {
  const { breathe = async () => {}, discard = (path) => rm(path, { force: true }) } = options;
  const all = pack.documents.map(({ sha256 }, index) => ({
    ...unnamed,
    ...known.get(sha256),
    sha256,
    index,
  }));
  let rest = all.filter(({ sha256 }) => isKept(sha256));
  const places = new Map(all.map(({ sha256, index }) => [sha256, index]));
  while (rest.length > 0) {
    const read = (sha256: string): Promise<Uint8Array> => pack.read(places.get(sha256) ?? -1);
    const { taken } = await writePack(packDirectory(documents), rest, read, breathe);
    rest = rest.slice(taken);
  }
  await packs.refresh();
  await discard(pack.path);
  await packs.refresh();
}

/** Settings of writing a pack anew. */
export interface RewriteOptions {
  readonly breathe?: () => Promise<void>;
  /** What becomes of the old one; by default it is removed. */
  readonly discard?: (path: string) => Promise<void>;
}

const unnamed = { kind: 'unnamed', series: 'unnamed' };

/** What the journal says of a document. */
export interface KnownDocument extends NamedDocument {
  /** When it was seen first, in milliseconds since 1970. */
  readonly at: number;
  /** Everything that it was asked for as. */
  readonly kinds: ReadonlySet<string>;
  /** Whether a policy removed it, and it was not seen since. */
  readonly removed: boolean;
}

/** Every document that the journal names. */
export async function knownDocuments(
  where: Pick<Packable, 'entries'>,
  breathe: () => Promise<void>,
): Promise<ReadonlyMap<string, KnownDocument>> {
  const known = new Map<string, KnownDocument & { removed: boolean; kinds: Set<string> }>();
  let lines = 0;
  for await (const { entry } of where.entries(0)) {
    lines += 1;
    if (lines % 1000 === 0) await breathe();
    if (entry.type === 'removed')
      for (const sha256 of entry.documents) {
        const document = known.get(sha256);
        if (document) document.removed = true;
      }
    const named = namedBy(entry);
    if (!named) continue;
    const before = known.get(named.sha256);
    if (!before)
      known.set(named.sha256, { ...named, at: entry.at, kinds: new Set([named.kind]), removed: false });
    else {
      before.kinds.add(named.kind);
      before.removed = false;
    }
  }
  return known;
}

/** How many documents a policy removed that were not seen since. */
export async function removedByPolicy(where: Pick<Packable, 'entries'>): Promise<number> {
  const known = await knownDocuments(where, async () => {});
  return [...known.values()].filter(({ removed }) => removed).length;
}

/** The days after which it is due: those of the kind that is kept longest; undefined when one of them is kept for ever. */
function policyFor({ kinds }: KnownDocument, policy: RetentionPolicy): number | undefined {
  let most = 0;
  for (const kind of kinds) {
    const days = policy[kind];
    if (days === undefined) return undefined;
    most = Math.max(most, days);
  }
  return most;
}
