/**
 * Reads a pack of the archive without the program that wrote it: `node scripts/unpack.js PACK [DIRECTORY]`. Every document
 * is written into the directory under its SHA-256; without one they are only counted. It follows "Packs" in
 * docs/data-directory.md line by line and imports nothing of Conclave, so that whoever has nothing but that page can write
 * its like in an hour.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const [path, directory] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: node scripts/unpack.js PACK [DIRECTORY]');
  process.exit(64);
}
const file = readFileSync(path);
const blob = ({ at, length }) => brotliDecompressSync(file.subarray(at, at + length));
const [, at, length] = file.subarray(-97).toString('latin1').split(' ');
const index = JSON.parse(blob({ at: Number(at), length: Number(length) }).toString());

/** A reader of numbers of seven bits a byte, the lowest first. */
function numbers(bytes) {
  let place = 0;
  const next = () => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = bytes[place++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  return {
    next,
    list: (count) => Array.from({ length: count }, next),
    bytes: (count) => bytes.subarray(place, (place += count)),
  };
}

/** 0, 1, 2, 3, 4 … stand for 0, −1, 1, −2, 2 … */
const signed = (code) => (code % 2 === 0 ? code / 2 : -(code + 1) / 2);

const table = numbers(blob(index.strings));
const lengths = table.list(table.next());
const strings = lengths.map((code) => ({
  parts: Buffer.from(table.bytes(Math.floor(code / 2))).toString('latin1'),
  isForm: code % 2 === 1,
}));
const gapsOf = strings.map(({ parts, isForm }) => (isForm ? parts.split('\0').length - 1 : 0));

/** The strings of a document, each with its figures. */
function decode(document, base) {
  const input = numbers(blob(document));
  const count = input.next();
  const steps = Array.from({ length: input.next() }, () => input.list(3));
  const pieces = [];
  let [from, fresh, last] = [0, document.fresh, -1];
  for (const [copy, skip, insert] of steps) {
    for (const { id, figures } of base.slice(from, from + copy)) pieces.push({ id, figures: [...figures] });
    from += copy + skip;
    for (let left = insert; left > 0; left -= 1) {
      const code = input.next();
      last = code === 0 ? fresh++ : last + 1 + signed(code - 1);
      pieces.push({ id: last, figures: Array.from({ length: gapsOf[last] }, () => 0) });
    }
  }
  if (pieces.length !== count) throw new Error('the steps do not give as many pieces as they should');
  for (const form of new Set(pieces.map(({ id }) => id).filter((id) => gapsOf[id] > 0))) {
    const rows = pieces.filter(({ id }) => id === form);
    for (let gap = 0; gap < gapsOf[form]; gap += 1) {
      const [width] = input.bytes(1);
      const values = rows.map(() => 0);
      for (let byte = 0; byte < width; byte += 1)
        for (const [row, value] of input.bytes(rows.length).entries()) values[row] += value * 256 ** byte;
      for (const [row, { figures }] of rows.entries()) figures[gap] += signed(values[row]);
    }
  }
  return pieces;
}

function textOf({ id, figures }) {
  const { parts, isForm } = strings[id];
  if (!isForm) return parts;
  return parts.split('\0').reduce((text, part, gap) => `${text}${figures[gap - 1]}${part}`);
}

if (directory !== undefined) mkdirSync(directory, { recursive: true });
const decoded = [];
for (const document of index.documents) {
  const pieces = decode(document, decoded[document.base] ?? []);
  decoded.push(pieces);
  const bytes = Buffer.from(pieces.map(textOf).join(''), 'latin1');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== document.sha256) throw new Error(`${document.sha256}: found ${sha256}`);
  if (directory !== undefined) writeFileSync(join(directory, sha256), bytes);
}
console.log(`${decoded.length} documents`);
