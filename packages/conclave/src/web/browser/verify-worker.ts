/**
 * Judges documents in a thread of the visitor's browser, so that five megabytes do not freeze the page. Files come in, a
 * piece of the page comes out. It opens no connection, and its policy would not let it.
 */
import {
  readTrust,
  reportOn,
  type AuthorityChoice,
  type BroughtFile,
  type TrustText,
} from '../../judge/index.ts';
import { renderReport } from '../parts/report.tsx';
import { browserLimits } from '../verify/limits.ts';

/** What the page asks. */
export interface WorkerQuestion extends TrustText {
  readonly files: readonly BroughtFile[];
  readonly choice: AuthorityChoice;
}

/** What the worker says: a piece of the page and how long it took, or that it failed. */
export type WorkerAnswer =
  { readonly html: string; readonly outcome: string; readonly judgeMs: number } | { readonly failed: string };

async function answer(question: WorkerQuestion): Promise<WorkerAnswer> {
  const since = performance.now();
  const report = await reportOn(question.files, readTrust(question, question.choice), browserLimits);
  return { html: await renderReport(report), outcome: report.outcome, judgeMs: performance.now() - since };
}

addEventListener('message', (event: MessageEvent<WorkerQuestion>) => {
  answer(event.data).then(
    (said) => postMessage(said),
    (error: unknown) => postMessage({ failed: error instanceof Error ? error.message : String(error) }),
  );
});
