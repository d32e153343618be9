/** What a backfill says at its end: of this run what it met, of the span what the store holds now. */
import type { ArchivedDocumentKind } from '../archive/index.ts';
import type { Store } from '../store/index.ts';
import type { Problem, Tally } from './tally.ts';

/** Rounds in a row that are not held. */
export interface Gap {
  /** Valid-after of the first and of the last, in seconds. */
  readonly from: number;
  readonly to: number;
  readonly rounds: number;
}

/** A document that is not accepted: what is wrong with it, or missing. */
export interface RefusedDocument {
  readonly name: string;
  readonly kind: string;
  readonly sha256: string;
  readonly outcome: string;
  readonly verdict: string;
}

/** The report. Times in seconds unless their name says otherwise; lists are cut where a count beside them is larger. */
export interface BackfillReport {
  readonly source: string;
  /** Whether an index with digests was there to compare the files with. */
  readonly indexed: boolean;
  readonly since: number;
  readonly until: number;
  readonly kinds: readonly ArchivedDocumentKind[];
  /** Of this run. */
  readonly run: {
    readonly elapsedMs: number;
    readonly filesRead: number;
    readonly filesDoneBefore: number;
    readonly documents: Readonly<Record<string, number>>;
    readonly bytes: number;
    /** Documents that were here already. */
    readonly known: number;
    /** Certificates and descriptors of others than authorities. */
    readonly others: number;
    readonly roundsJudged: number;
    readonly problems: readonly Problem[];
    readonly problemCount: number;
    /** Of the problems: files that could not be reached. */
    readonly unreachable: number;
    readonly strangers: readonly string[];
    readonly strangerCount: number;
    /** Rounds that were watched; how many of their documents were lacking and were filled in, and how many were there. */
    readonly watched: { readonly rounds: number; readonly filledIn: number; readonly there: number };
  };
  /** Of the span, as it stands. */
  readonly held: {
    readonly rounds: number;
    /** Documents out of archives, by kind. */
    readonly documents: Readonly<Record<string, number>>;
    /** Rounds out of archives, by what came of them. */
    readonly outcomes: Readonly<Record<string, number>>;
    /** Proofs, as `FLAVOR VERDICT`. */
    readonly proofs: Readonly<Record<string, number>>;
    readonly refused: readonly RefusedDocument[];
    readonly refusedCount: number;
    readonly gaps: readonly Gap[];
    /** Rounds that the gaps lack together. */
    readonly missing: number;
  };
}

/** More refused documents are counted and not named. */
const refusedNamed = 10_000;

/** Makes the report. `roundsJudged` and `elapsedMs` are of this run; no round is missing after `now` (seconds). */
export async function reportOn(
  base: Pick<BackfillReport, 'source' | 'indexed' | 'since' | 'until' | 'kinds'>,
  run: { readonly tally: Tally; readonly roundsJudged: number; readonly elapsedMs: number },
  store: Store,
  now: number,
): Promise<BackfillReport> {
  const span = { since: base.since, until: base.until };
  const { tally } = run;
  const rounds = await store.query('heldRounds', span);
  const refused = await store.query('archivedRefused', { ...span, limit: refusedNamed });
  const [{ documents: refusedCount } = { documents: 0 }] = await store.query('archivedRefusedCount', span);
  const gaps = gapsIn(rounds, base.since, Math.min(base.until, now));
  return {
    ...base,
    run: {
      elapsedMs: Math.round(run.elapsedMs),
      filesRead: tally.filesRead,
      filesDoneBefore: tally.filesDone,
      documents: tally.documents,
      bytes: tally.bytes,
      known: tally.known,
      others: tally.others,
      roundsJudged: run.roundsJudged,
      problems: tally.named,
      problemCount: tally.problems,
      unreachable: tally.unreachable,
      strangers: tally.strangersNamed,
      strangerCount: tally.strangers,
      watched: { rounds: tally.watched.size, filledIn: tally.filled, there: tally.seen },
    },
    held: {
      rounds: rounds.length,
      documents: counted(await store.query('archivedKinds', span), 'kind', 'documents'),
      outcomes: counted(await store.query('archivedOutcomes', span), 'outcome', 'rounds'),
      proofs: Object.fromEntries(
        (await store.query('archivedProofs', span)).map((row) => [
          `${row.flavor} ${row.verdict}`,
          row.rounds,
        ]),
      ),
      refused,
      refusedCount,
      gaps,
      missing: gaps.reduce((sum, gap) => sum + gap.rounds, 0),
    },
  };
}

function counted<Name extends string, Count extends string>(
  rows: readonly (Readonly<Record<Name, string>> & Readonly<Record<Count, number>>)[],
  name: Name,
  count: Count,
): Record<string, number> {
  return Object.fromEntries(rows.map((row) => [row[name], row[count]]));
}

const hour = 3600;

/** Rounds of a span that are not held, by the interval that those held say of themselves; hourly where none is held. */
export function gapsIn(
  held: readonly { readonly valid_after: number; readonly interval: number }[],
  since: number,
  until: number,
): Gap[] {
  const gaps: Gap[] = [];
  const first = held[0];
  const lead = usable(first?.interval);
  let next = first ? first.valid_after - Math.floor((first.valid_after - since) / lead) * lead : since;
  if (!first) next = Math.ceil(since / lead) * lead;
  let interval = lead;
  const missing = (before: number): void => {
    const rounds = Math.max(0, Math.ceil((before - next) / interval));
    if (rounds > 0) gaps.push({ from: next, to: next + (rounds - 1) * interval, rounds });
  };
  for (const round of held) {
    missing(round.valid_after);
    interval = usable(round.interval);
    next = round.valid_after + interval;
  }
  missing(until);
  return gaps;
}

function usable(interval: number | undefined): number {
  return interval !== undefined && interval > 0 ? interval : hour;
}
