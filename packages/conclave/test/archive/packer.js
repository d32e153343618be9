/**
 * A process for the archive's tests: packs the archive in a directory, to be killed while it does. `full` fills the disk
 * first, so that no pack fits, and looks afterwards whether everything is there. Plain JavaScript on the built package.
 */
import { createHash } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openArchive } from '../../dist/archive/index.js';

const [directory = '', mode = 'pack', packBytes = '60000'] = process.argv.slice(2);
const archive = await openArchive(directory);
const pack = () => archive.pack({ packBytes: Number(packBytes), all: true, breathe: () => setImmediate() });

/** As many documents as the journal names and the archive gives back whole. */
async function whole() {
  const names = new Set();
  for await (const { entry } of archive.entries(0)) if (entry.document) names.add(entry.document.sha256);
  let count = 0;
  for (const name of names) {
    const bytes = await archive.read(name);
    if (createHash('sha256').update(bytes).digest('hex') === name) count += 1;
  }
  return `${count} of ${names.size}`;
}

if (mode === 'pack') {
  process.stdout.write('ready\n');
  await pack();
  process.stdout.write('packed\n');
} else {
  // Documents until half the disk is full, then a file that leaves next to nothing.
  for (let at = 1; at <= 100; at += 1) {
    const lines = Array.from({ length: 60 }, (_, n) => {
      const digest = createHash('sha256').update(`${at} ${n}`).digest('base64');
      return `r relay${n} ${digest}\nw Bandwidth=${at * n}\n`;
    });
    const bytes = Buffer.from(lines.join(''));
    const sha256 = await archive.keep(bytes);
    const document = { sha256, bytes: bytes.length, wireBytes: 1 };
    await archive.append([
      { type: 'observation', at, authority: 'a', subject: { kind: 'signatures' }, document },
    ]);
  }
  const filler = join(directory, 'filler');
  try {
    for (let size = 4096; ; size += 4096) writeFileSync(filler, Buffer.alloc(size));
  } catch {
    // Full now.
  }
  const error = await pack().catch((caught) => caught);
  process.stdout.write(`${error.name} ${error.code} ${await whole()}\n`);
  rmSync(filler);
  const { packs, left } = await pack();
  const names = readdirSync(join(directory, 'documents', 'packs'));
  const drafts = names.filter((name) => name.startsWith('.'));
  process.stdout.write(`packs ${packs.length > 0} left ${left} drafts ${drafts.length} ${await whole()}\n`);
}
await archive.close();
