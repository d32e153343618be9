/**
 * Threads that judge rounds: each reads documents from the disk, parses and verifies, and gives rows. Nothing is written
 * there. Without threads the same happens in this one.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { openArchiveReader } from '../archive/index.ts';
import { archivedJudge } from '../pipeline/index.ts';
import type { ArchivedJudgement, ArchivedWork, JudgeArchived } from '../pipeline/index.ts';

/** Judges, ahead of time where that is asked for. */
export interface JudgePool {
  /** What came of this work; of what was begun ahead nothing is done twice. */
  readonly judge: JudgeArchived;
  /** Begins with work that will be asked for. */
  begin(work: ArchivedWork): void;
  /** How many works may be begun ahead. */
  readonly ahead: number;
  close(): Promise<void>;
}

/** What a thread is told, and what it answers. */
export interface Task {
  readonly id: number;
  readonly work: ArchivedWork;
}

/** The answer of a thread. */
export type TaskAnswer =
  | { readonly id: number; readonly judgement: ArchivedJudgement }
  | { readonly id: number; readonly error: string };

/** One for the main thread, which writes; a few are enough to keep it busy. */
const threadsMost = 4;

/** Rounds that one thread judges one after another: each is compared with the one before, which it then has at hand. */
const inARow = 6;

/** How many threads are of use here. */
export function usualThreads(): number {
  return Math.max(1, Math.min(threadsMost, availableParallelism() - 1));
}

/** Opens a pool over the archive in a directory; `threads` 0 judges in this thread. */
export function openPool(directory: string, threads: number): JudgePool {
  const script = fileURLToPath(import.meta.url).replace(/pool\.(\w+)$/, 'worker.$1');
  // Threads load the built program: the sources are for tests, which judge in their own.
  const ask = threads === 0 || script.endsWith('.ts') ? undefined : startThreads(script, directory, threads);
  const reader = openArchiveReader(directory);
  const alone = archivedJudge((sha256) => reader.read(sha256));
  const begun = new Map<string, Promise<ArchivedJudgement>>();
  const keyOf = ({ validAfter, at }: ArchivedWork): string => `${validAfter} ${at}`;
  const start = (work: ArchivedWork): Promise<ArchivedJudgement> => {
    const promise = ask ? ask.run(work) : alone(work);
    // Who asks for it hears of its failure; until then it is nobody's.
    promise.catch(() => {});
    return promise;
  };
  return {
    ahead: ask ? threads * inARow : 0,
    begin: (work) => void begun.set(keyOf(work), start(work)),
    judge: (work) => {
      const promise = begun.get(keyOf(work)) ?? start(work);
      begun.delete(keyOf(work));
      return promise;
    },
    close: async () => ask?.close(),
  };
}

interface Threads {
  readonly run: JudgeArchived;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly resolve: (judgement: ArchivedJudgement) => void;
  readonly reject: (error: Error) => void;
}

function startThreads(script: string, directory: string, count: number): Threads {
  const waiting = new Map<number, Waiting>();
  let failure: Error | undefined;
  let next = 0;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const threads = Array.from({ length: count }, () => {
    const thread = new Worker(script, { workerData: { directory } });
    thread.on('message', (answer: TaskAnswer) => {
      const one = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('judgement' in answer) one?.resolve(answer.judgement);
      else one?.reject(new Error(answer.error));
    });
    thread.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
    return thread;
  });
  return {
    run: (work) =>
      new Promise((resolve, reject) => {
        if (failure) {
          reject(failure);
          return;
        }
        const id = next;
        next += 1;
        waiting.set(id, { resolve, reject });
        threads[Math.floor(id / inARow) % threads.length]?.postMessage({ id, work } satisfies Task);
      }),
    close: async () => void (await Promise.all(threads.map((thread) => thread.terminate()))),
  };
}
