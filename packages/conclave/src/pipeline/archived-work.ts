/**
 * What the judgement of a round with something out of archives rests on: all that is held of it, whoever brought it, by the
 * word of those who counted then.
 */
import type { Limits } from '../analysis/index.ts';
import { identitiesOf } from '../network/index.ts';
import type { AuthoritySet } from '../network/index.ts';
import type { Row, Store } from '../store/index.ts';
import type { ArchivedKind, ArchivedWork, NamedDocument } from './archived-round.ts';
import { authoritiesOf } from './authority-lines.ts';
import type { Memory } from './memory.ts';
import { mayBeSeen, seenRound } from './seen-rounds.ts';

/** Where it comes from. */
export interface WorkParts {
  readonly memory: Memory;
  readonly store: Store;
  readonly limits: Limits;
}

/** A certificate is looked at when its time is within so many seconds of the round: what is just over is told as such. */
const margin = 30 * 86_400;

/** What the judgement of a round rests on; undefined where nobody knows whose word counted then. */
export async function archivedWork(
  validAfter: number,
  at: number,
  parts: WorkParts,
): Promise<ArchivedWork | undefined> {
  const { memory, store, limits } = parts;
  const held = await heldOf(validAfter, parts);
  if (!held) return undefined;
  const identities: ReadonlySet<string> = identitiesOf(held.set);
  const ofUse = (identity: string | null, published: number | null, expires: number | null): boolean =>
    identities.has(identity ?? '') &&
    (published ?? 0) <= validAfter + margin &&
    (expires ?? 0) >= validAfter - margin;
  return {
    ...held,
    at,
    certificates: [...memory.archive.certificates.values()]
      .filter(({ identity, published, expires }) => ofUse(identity, published, expires))
      .map(({ sha256 }) => sha256 ?? '')
      .sort(),
    served: [...memory.keyCertificates.values()]
      .filter(({ fingerprint, published, expires }) => ofUse(fingerprint, published, expires))
      .map(({ bytes, span }) => bytes.slice(span.start, span.end)),
    seen: await seenRound(validAfter, memory, store),
    before: await roundBefore(validAfter, parts),
    limits,
  };
}

type Held = Pick<ArchivedWork, 'validAfter' | 'set' | 'documents'>;

/** The documents of a round, those that were seen first, in the order in which they were; and whose word counted. */
async function heldOf(validAfter: number, { memory, store }: WorkParts): Promise<Held | undefined> {
  const at = { valid_after: validAfter };
  const seen = mayBeSeen(validAfter, memory)
    ? (await store.query('watchedDocumentsOf', at)).flatMap((row) => seenDocument(row) ?? [])
    : [];
  seen.sort((a, b) => (a.seen ?? 0) - (b.seen ?? 0) || (a.sha256 < b.sha256 ? -1 : 1));
  const archived = (await store.query('archivedOfRound', at)).map(({ sha256, kind }) => ({
    sha256: sha256 ?? '',
    kind: kind as ArchivedKind,
  }));
  const set: AuthoritySet | undefined = authoritiesOf(memory.archive.lines, validAfter, seen[0]?.seen);
  // The first of a name stays: seen before archived, and both in order.
  const once = new Map<string, NamedDocument>();
  for (const one of [...seen, ...archived]) if (!once.has(one.sha256)) once.set(one.sha256, one);
  return set && { validAfter, set, documents: [...once.values()] };
}

function seenDocument({ sha256, kind, flavor, first_seen }: Row<'documents'>): NamedDocument | undefined {
  if (sha256 === null || (kind !== 'vote' && kind !== 'consensus')) return undefined;
  return { kind: flavor === 'microdesc' ? flavor : kind, sha256, seen: first_seen ?? 0 };
}

/** The round held before this one, watched or out of archives. */
async function roundBefore(validAfter: number, parts: WorkParts): Promise<ArchivedWork['before']> {
  const [found] = await parts.store.query('heldBefore', { valid_after: validAfter });
  const at = Math.max(found?.watched ?? 0, found?.archived ?? 0);
  return at > 0 ? heldOf(at, parts) : undefined;
}
