/** Answers `/api/v1/churn`: who came and went round by round, every gap in its place (S8.5). */
import type { ChurnSeries, Declined } from '../api/index.ts';
import { isoOf, isoOfMs, metaOf } from './context.ts';
import type { AnswerSources } from './context.ts';

/** What is asked when no span is. */
const defaultSeconds = 7 * 86_400;
/** Most rounds of an answer: a leap year of hours. */
const roundsMost = 8784;

const figures = ['relays', 'added', 'removed', 'gained', 'lost', 'moved', 'renamed', 'rekeyed'] as const;

type ChurnRow = ChurnSeries['rows'][number];

/** The churn of a span: rounds from `from` on and before `until`; the week up to the newest round unless given. */
export async function churnAnswer(
  sources: AnswerSources,
  query: { readonly from?: string; readonly until?: string },
): Promise<ChurnSeries | Declined> {
  const { store } = sources;
  const [newest] = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 1 });
  if (!newest) return { declined: 'not-yet', message: 'No consensus that verifies has been seen yet.' };
  const interval = Math.max(1, (newest.fresh_until ?? 0) - (newest.valid_after ?? 0));
  const until = query.until === undefined ? (newest.valid_after ?? 0) + 1 : Date.parse(query.until) / 1000;
  const from = query.from === undefined ? until - defaultSeconds : Date.parse(query.from) / 1000;
  if (from >= until) return { declined: 'bad-request', message: 'from: expected a time before until' };
  const rows = withGaps(await heldRounds(store, { since: from, until }));
  if (!rows)
    return {
      declined: 'bad-request',
      message: `from, until: expected at most ${roundsMost} rounds; ask for a shorter span`,
    };
  const meta = await metaOf(sources);
  return {
    network: meta.network,
    now: isoOfMs(sources.now()),
    revision: sources.revision(),
    from: isoOf(from),
    until: isoOf(until),
    intervalSeconds: interval,
    missing: rows.filter(({ held }) => !held).length,
    rows,
  };
}

/**
 * The rounds held of a span. Of those that came out of archives the changes were not counted when they came; who came and went
 * is counted of their entries now, and addresses, names and keys are not.
 */
async function heldRounds(
  store: AnswerSources['store'],
  span: { readonly since: number; readonly until: number },
): Promise<HeldRound[]> {
  const stored = await store.query('roundsIn', span);
  const uncounted = stored.some(({ added, health_inputs: inputs }) => added === null && inputs === null);
  const entries = new Map(
    uncounted ? (await store.query('churn', span)).map((row) => [row.valid_after, row]) : [],
  );
  return stored.map((row) => {
    const at = row.valid_after ?? 0;
    const interval = Math.max(1, (row.fresh_until ?? 0) - at);
    const found = row.added === null ? entries.get(at) : undefined;
    const counted = found?.before === at - interval ? found : undefined;
    const own = Object.fromEntries(figures.map((name) => [name, row[name]])) as Pick<
      ChurnRow,
      (typeof figures)[number]
    >;
    const { came: added, went: removed, gained, lost } = counted ?? {};
    return {
      at,
      interval,
      row: {
        validAfter: isoOf(at),
        held: true,
        ...own,
        ...(counted
          ? { added: added ?? null, removed: removed ?? null, gained: gained ?? null, lost: lost ?? null }
          : {}),
      },
    };
  });
}

interface HeldRound {
  readonly at: number;
  readonly interval: number;
  readonly row: ChurnRow;
}

/** A row of nulls for each round that there should be between two that are held. Undefined when they are too many. */
function withGaps(held: readonly HeldRound[]): ChurnRow[] | undefined {
  const rows: ChurnRow[] = [];
  for (const [index, { at, interval, row }] of held.entries()) {
    rows.push(row);
    const next = held[index + 1]?.at;
    if (next === undefined) break;
    for (let due = at + interval; due < next; due += interval) {
      if (rows.length > roundsMost) return undefined;
      rows.push(gapAt(due));
    }
  }
  return rows.length > roundsMost ? undefined : rows;
}

function gapAt(at: number): ChurnRow {
  return {
    validAfter: isoOf(at),
    held: false,
    relays: null,
    added: null,
    removed: null,
    gained: null,
    lost: null,
    moved: null,
    renamed: null,
    rekeyed: null,
  };
}
