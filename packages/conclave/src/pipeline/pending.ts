/**
 * What authorities show before publication: the digests that they signed, and whose signatures they hold. Each look is
 * noted, because the same bytes served by another authority are another fact.
 */
import { parseDetachedSignatures, verifyDetachedSignatures } from '@conclave/netdoc';
import type { DetachedVerdict, FlavorVerdict } from '@conclave/netdoc';
import type { Observation } from '../collect/index.ts';
import { identitiesOf } from '../network/index.ts';
import type { Batch, Row } from '../store/index.ts';
import { noteSignature } from './judge.ts';
import { pendingKey, roundOf } from './memory.ts';
import type { Memory } from './memory.ts';

/** What is said of a shown digest that no set of the votes at hand gives. */
export const unexplained = 'no set of the votes held here gives it';

/** Notes what an authority showed, and the fate of each signature; nothing when it cannot be read. */
export function noteShown(
  { authority, at }: Observation,
  sha256: string,
  bytes: Uint8Array,
  memory: Memory,
  batch: Batch,
): void {
  const parsed = parseDetachedSignatures(bytes);
  const { document } = parsed;
  if (!document) return;
  const trust = { authorities: identitiesOf(memory.set), certificates: memory.ring };
  const { verdict } = verifyDetachedSignatures(parsed, trust);
  for (const { flavor, digest, signatures } of verdict.flavors) {
    if (digest === undefined) continue;
    for (const check of signatures) {
      noteSignature(memory, batch, {
        valid_after: document.validAfter,
        flavor,
        digest,
        identity: check.identity,
        algorithm: check.algorithm,
        signing_key_digest: check.signingKeyDigest,
        fate: check.fate,
        first_seen: at,
      });
    }
  }
  const own = memory.set.authorities.find(({ nickname }) => nickname === authority)?.v3ident;
  notePending(shownRow(document.validAfter, authority, own, sha256, at, verdict), memory, batch);
}

function shownRow(
  validAfter: number,
  authority: string,
  own: string | undefined,
  sha256: string,
  at: number,
  verdict: DetachedVerdict,
): Row<'pending'> {
  const of = (flavor: string): FlavorVerdict | undefined =>
    verdict.flavors.find((one) => one.flavor === flavor);
  const fate = (flavor: string): string | null =>
    of(flavor)?.signatures.find(({ identity }) => identity === own)?.fate ?? null;
  return {
    valid_after: validAfter,
    authority,
    ns_digest: of('ns')?.digest ?? '',
    microdesc_digest: of('microdesc')?.digest ?? null,
    sha256,
    first_seen: at,
    last_seen: at,
    ns_signatures: of('ns')?.signatures.length ?? 0,
    microdesc_signatures: of('microdesc')?.signatures.length ?? 0,
    ns_good: of('ns')?.signers.length ?? 0,
    microdesc_good: of('microdesc')?.signers.length ?? 0,
    own_ns: fate('ns'),
    own_microdesc: fate('microdesc'),
    explanation: null,
  };
}

/** Signatures only become more: of several looks at the same digests the most that was seen counts. */
function notePending(row: Row<'pending'>, memory: Memory, batch: Batch): void {
  const round = roundOf(memory, row.valid_after ?? 0);
  const key = pendingKey(row);
  const old = round.pending.get(key);
  const most = (a: number | null | undefined, b: number | null): number => Math.max(a ?? 0, b ?? 0);
  const merged: Row<'pending'> = old
    ? {
        ...row,
        first_seen: old.first_seen,
        ns_signatures: most(old.ns_signatures, row.ns_signatures),
        microdesc_signatures: most(old.microdesc_signatures, row.microdesc_signatures),
        ns_good: most(old.ns_good, row.ns_good),
        microdesc_good: most(old.microdesc_good, row.microdesc_good),
        own_ns: old.own_ns === 'good' ? 'good' : row.own_ns,
        own_microdesc: old.own_microdesc === 'good' ? 'good' : row.own_microdesc,
        explanation: old.explanation,
      }
    : row;
  round.pending.set(key, merged);
  batch.put('pending', `${row.valid_after}/${key}`, merged);
}

/** What each authority showed last. */
export function lastShown(pending: Iterable<Row<'pending'>>): Row<'pending'>[] {
  const last = new Map<string, Row<'pending'>>();
  for (const row of pending) {
    const name = row.authority ?? '';
    if ((last.get(name)?.last_seen ?? -1) < (row.last_seen ?? 0)) last.set(name, row);
  }
  return [...last.values()].sort((a, b) => ((a.authority ?? '') < (b.authority ?? '') ? -1 : 1));
}
