/**
 * A process for the archive's tests: keeps documents and appends entries until it is killed or the disk takes no more,
 * and prints a line for each that was acknowledged. Plain JavaScript on the built package, because it is a process.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openArchive } from '../../dist/archive/index.js';

const [directory = '', mode = 'loop', after = ''] = process.argv.slice(2);
const archive = await openArchive(directory);
const acknowledged = [];

/** `documents` fills the disk with documents, `journal` with entries, `loop` goes on with both. */
async function write(at) {
  const bytes = randomBytes(mode === 'documents' ? 20_000 * at : 200);
  const sha256 = await archive.keep(bytes);
  const network = mode === 'journal' ? 'x'.repeat(8_000) : 'x';
  const entry = { type: 'watching', at, network, vantage: 'here', authorities: [], probeSeconds: 10 };
  const position = await archive.append([entry]);
  acknowledged.push({ position, at, sha256 });
  if (!process.stdout.write(`${position} ${at} ${sha256}\n`)) await once(process.stdout, 'drain');
}

try {
  for (let at = 1; at < 100_000; at += 1) await write(at);
} catch (error) {
  process.stdout.write(`${error.name} ${error.code} ${error.path}\n`);
  await archive.close();
}
if (after === 'verify') {
  const again = await openArchive(directory);
  const found = new Map();
  for await (const { entry, position } of again.entries(0)) found.set(position, entry.at);
  let verified = 0;
  for (const { position, at, sha256 } of acknowledged) {
    if (found.get(position) === at && (await again.read(sha256)) !== undefined) verified += 1;
  }
  process.stdout.write(`verified ${found.size === acknowledged.length ? verified : 'too many'}\n`);
  await again.close();
}
