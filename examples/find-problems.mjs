// What is wrong with a document, and where: here of one that was damaged on its way.
import { readFileSync } from 'node:fs';
import { describeProblem, detectKind, parseConsensus } from '@conclave/netdoc';

const bytes = readFileSync(new URL('documents/consensus', import.meta.url), 'latin1')
  .replace('fresh-until 2024-05-01', 'fresh-until 2024-05-32')
  .replace('known-flags Authority BadExit', 'known-flags BadExit Authority')
  .replace(/^w Bandwidth=\d+/m, 'w Bandwidth=-1');

const { document, partial, problems } = parseConsensus(Buffer.from(bytes, 'latin1'));
console.log(`it says that it is a ${detectKind(Buffer.from(bytes))}`);
for (const problem of problems)
  console.log(`${problem.severity} ${problem.code}: ${describeProblem(problem)}`);
console.log(
  document
    ? 'all of it could be read'
    : `not all of it could be read, but ${partial.routers.count} relays could`,
);
