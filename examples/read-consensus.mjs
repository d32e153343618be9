// Reads a consensus and says what is in it. Reading verifies nothing.
import { readFileSync } from 'node:fs';
import { describeProblem, formatTime, parseConsensus, routerAt } from '@conclave/netdoc';

const file = process.argv[2] ?? new URL('documents/consensus', import.meta.url);
const { document, problems, unrecognized } = parseConsensus(readFileSync(file));

for (const problem of problems) console.log(describeProblem(problem));
if (!document) process.exit(1);

const { routers, validAfter, freshUntil, validUntil } = document;
console.log(`flavour ${document.flavor}, method ${document.consensusMethod}`);
console.log(
  `valid after ${formatTime(validAfter)}, fresh until ${formatTime(freshUntil)}, valid until ${formatTime(validUntil)}`,
);
console.log(`${document.authorities.length} authorities voted, ${document.signatures.length} signed`);
console.log(`${routers.count} relays; the first three:`);
for (let row = 0; row < Math.min(3, routers.count); row += 1) {
  const { nickname, address, orPort, bandwidth, flags } = routerAt(routers, row);
  console.log(`  ${nickname} at ${address}:${orPort}, ${bandwidth} kB/s: ${flags.join(' ')}`);
}
console.log(`${unrecognized.length} lines that nobody here knows`);
