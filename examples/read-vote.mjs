// Reads an authority's vote and verifies it with the certificate that it carries.
import { readFileSync } from 'node:fs';
import { formatTime, parseVote, routerAt, verifyVote } from '@conclave/netdoc';

const file = process.argv[2] ?? new URL('documents/vote', import.meta.url);
const parsed = parseVote(readFileSync(file));
const { verdict, verified } = verifyVote(parsed);
console.log(`${verdict.outcome}, signed by ${verdict.signers.join(', ') || 'nobody'}`);
if (!verified) process.exit(1);

const { source, published, routers, consensusMethods } = verified.document;
const entries = Array.from({ length: routers.count }, (_, row) => routerAt(routers, row));
const measured = entries.filter((router) => router?.measured !== undefined).length;
console.log(`${source.nickname} at ${formatTime(published)}: methods ${consensusMethods.join(' ')}`);
console.log(`${routers.count} relays, ${measured} of them measured`);
