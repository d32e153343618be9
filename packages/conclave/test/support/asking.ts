/** Plan and pipeline in a circle on a virtual clock: what is asked decides what is known, and that what is asked next. */
import { due, noted, nothingAsked } from '../../src/collect/index.ts';
import type { Outcome, PlannedRequest, PlanOptions } from '../../src/collect/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import type { Pipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import { makeJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import type { MadeNetwork } from './network.ts';

/** From when until when, and what the world answers at a time in seconds: a document, or an outcome. */
export interface AskingOptions {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly plan?: Omit<PlanOptions, 'authorities'>;
  readonly answer: (request: PlannedRequest, at: number) => Uint8Array | Outcome;
}

/** A question that was put, when (in seconds), and how many bytes came. */
export interface AskedThen {
  readonly request: PlannedRequest;
  readonly at: number;
  readonly bytes: number;
}

/** Asks and learns; the caller closes the store. */
export async function askAndLearn(
  network: MadeNetwork,
  { fromMs, untilMs, plan, answer }: AskingOptions,
): Promise<{
  readonly asked: readonly AskedThen[];
  readonly journal: Journal;
  readonly pipeline: Pipeline;
  readonly store: Store;
}> {
  const journal = makeJournal(network, fromMs / 1000 - 90);
  const store = await openDuckDb({ path: ':memory:' });
  const pipeline = await openPipeline({ archive: journal, store });
  const options = { authorities: network.set.authorities, ...plan };
  const asked: AskedThen[] = [];
  let state = nothingAsked;
  let fed = 0;
  for (let nowMs = fromMs; nowMs < untilMs;) {
    const next = due(options, state, pipeline.knowledge(), nowMs);
    state = next.state;
    for (const request of next.requests) {
      const given = answer(request, nowMs / 1000);
      const outcome = typeof given === 'string' ? given : 'received';
      state = noted(state, request, { outcome, atMs: nowMs + 100 });
      const { authority, subject } = request;
      if (typeof given === 'string') journal.observe({ at: nowMs / 1000, authority, subject, outcome });
      else if (subject.kind === 'liveness') journal.probe(nowMs / 1000, authority);
      else journal.got(nowMs / 1000, authority, subject, given);
      asked.push({ request, at: nowMs / 1000, bytes: typeof given === 'string' ? 0 : given.length });
    }
    journal.tick((nowMs + 200) / 1000);
    for (const placed of journal.placed.slice(fed)) await pipeline.feed(placed);
    fed = journal.placed.length;
    nowMs = Math.max(nowMs + 1000, Math.min(next.wakeMs, nowMs + 60_000));
  }
  return { asked, journal, pipeline, store };
}
