/** A document as it comes, and the row that it becomes. */
import type { Profile, Verdict } from '@conclave/netdoc';
import type { Observation } from '../collect/index.ts';
import type { Row } from '../store/index.ts';

/** A document on its way into the store. */
export interface Arrival {
  readonly observation: Observation;
  readonly sha256: string;
  readonly bytes: Uint8Array;
  /** How strictly it is read; as strictly as tor reads what authorities say today, unless it is said otherwise. */
  readonly profile?: Profile;
}

/** The parts of a row that differ by kind. */
export interface RowParts {
  readonly flavor?: string;
  readonly validAfter?: number | undefined;
  readonly identity?: string | undefined;
  readonly verdict: string;
  readonly judged?: Pick<Verdict, 'outcome' | 'digest'> & Partial<Pick<Verdict, 'signers' | 'needed'>>;
  readonly problems?: number;
}

/** The row of a document that has just been judged. */
export function documentRow(
  { observation, sha256, bytes }: Arrival,
  kind: string,
  parts: RowParts,
): Row<'documents'> {
  return {
    sha256,
    kind,
    flavor: parts.flavor ?? null,
    valid_after: parts.validAfter ?? null,
    identity: parts.identity ?? null,
    bytes: bytes.length,
    first_seen: observation.at,
    last_seen: observation.at,
    digest: parts.judged?.digest ?? null,
    outcome: parts.judged?.outcome ?? null,
    signers: parts.judged?.signers?.length ?? null,
    needed: parts.judged?.needed ?? null,
    problems: parts.problems ?? 0,
    verdict: parts.verdict,
  };
}
