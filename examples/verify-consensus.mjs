// Verifies a consensus: who signed it, and are they enough? Arguments: consensus, certificates, authorities.
import { readFileSync } from 'node:fs';
import { certificateRing, parseConsensus, parseKeyCertificates, verifyConsensus } from '@conclave/netdoc';

const made = (name) => new URL(`documents/${name}`, import.meta.url);
const [consensus = made('consensus'), keys = made('certificates'), trusted = made('authorities.json')] =
  process.argv.slice(2);

const known = JSON.parse(readFileSync(trusted, 'utf8'));
const names = new Map(known.map(({ nickname, v3ident }) => [v3ident, nickname]));
const certificates = parseKeyCertificates(readFileSync(keys)).flatMap(({ document }) => document ?? []);

const parsed = parseConsensus(readFileSync(consensus));
const { verdict, verified } = verifyConsensus(parsed, {
  authorities: new Set(names.keys()),
  certificates: certificateRing(certificates),
});

console.log(
  `${verdict.outcome}: ${verdict.signers.length} of ${verdict.authorities} authorities, ${verdict.needed} needed`,
);
for (const { identity, fate } of verdict.signatures)
  console.log(`  ${names.get(identity) ?? identity}: ${fate}`);
for (const { code } of verdict.refusals) console.log(`  refused: ${code}`);
console.log(
  verified ? `${verified.document.routers.count} relays may be believed` : 'nothing of it may be believed',
);
