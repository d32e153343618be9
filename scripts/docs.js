// Writes the pages that are made from the sources: `npm run docs`. With `--check` it writes nothing and says what is not
// as it would be; with `--keywords` it prints the kinds and their keywords as JSON.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { keywordPage, kinds } from './keywords.js';
import { referencePages } from './reference.js';
import { root } from './sources.js';

const [option] = process.argv.slice(2);
if (option === '--keywords') console.log(JSON.stringify(kinds()));
else write(option === '--check');

function write(onlyCheck) {
  const { pages, missing } = referencePages();
  pages.set('docs/documents.md', keywordPage());
  const faults = missing.map((place) => `without a comment: ${place}`);
  for (const [path, text] of pages) {
    if (textAt(path) === text) continue;
    if (onlyCheck) faults.push(`not as the sources say (npm run docs): ${path}`);
    else {
      mkdirSync(dirname(resolve(root, path)), { recursive: true });
      writeFileSync(resolve(root, path), text);
    }
  }
  for (const name of readdirSync(resolve(root, 'docs/api'))) {
    if (pages.has(`docs/api/${name}`)) continue;
    if (onlyCheck) faults.push(`of nothing in the sources: docs/api/${name}`);
    else rmSync(resolve(root, 'docs/api', name));
  }
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log(`${pages.size} pages`);
}

function textAt(path) {
  try {
    return readFileSync(resolve(root, path), 'utf8');
  } catch {
    return undefined;
  }
}
