/** A thread that judges rounds out of archives (`pool.ts`). It reads the archive and opens no store. */
import { parentPort, workerData } from 'node:worker_threads';
import { openArchiveReader } from '../archive/index.ts';
import { archivedJudge } from '../pipeline/index.ts';
import type { Task, TaskAnswer } from './pool.ts';

const { directory } = workerData as { readonly directory: string };
const reader = openArchiveReader(directory);
const judge = archivedJudge((sha256) => reader.read(sha256));
const port = parentPort;
if (!port) throw new Error('this file is for a worker thread');

port.on('message', ({ id, work }: Task) => {
  judge(work).then(
    (judgement) => port.postMessage({ id, judgement } satisfies TaskAnswer),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      port.postMessage({ id, error: text } satisfies TaskAnswer);
    },
  );
});
