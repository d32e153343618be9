// Changes one letter of a consensus, and asks again.
import { readFileSync } from 'node:fs';
import { certificateRing, parseConsensus, parseKeyCertificates, verifyConsensus } from '@conclave/netdoc';

const read = (name) => readFileSync(new URL(`documents/${name}`, import.meta.url));
const authorities = new Set(JSON.parse(read('authorities.json')).map(({ v3ident }) => v3ident));
const certificates = parseKeyCertificates(read('certificates')).flatMap(({ document }) => document ?? []);
const trust = { authorities, certificates: certificateRing(certificates) };

const bytes = read('consensus');
const ask = () => {
  const { verdict } = verifyConsensus(parseConsensus(bytes), trust);
  return `${verdict.outcome}, ${verdict.signers.length} good signatures`;
};

console.log(`as it came: ${ask()}`);
const at = bytes.indexOf('Bandwidth=') + 'Bandwidth='.length;
bytes[at] = '9'.charCodeAt(0);
console.log(`one digit changed: ${ask()}`);
