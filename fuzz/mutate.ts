/** How a sound document is damaged. Every way is a function of bytes and chance. */
import type { Random } from './random.ts';
import type { Seed } from './seeds.ts';

/** Changes bytes; `other` is some other seed to take from. */
export type Mutation = (bytes: Buffer, random: Random, other: () => Seed) => Buffer;

/** The most that an input may grow to. */
const bytesMax = 600 * 1024;

const meaning = [0, 9, 10, 13, 32, 35, 36, 44, 45, 46, 47, 58, 61, 64, 91, 127, 128, 0xc0, 0xe2, 0xff];
const limits = [
  '-1',
  '0',
  '00',
  '-0',
  '+1',
  '1e9',
  '0x10',
  'NaN',
  'Infinity',
  '255',
  '256',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551615',
  '18446744073709551616',
  '9'.repeat(400),
  '1.5',
  '.',
  '',
];
const keywords = [
  'network-status-version 3',
  'network-status-version 3 microdesc',
  'vote-status vote',
  'vote-status consensus',
  'r',
  's',
  'v',
  'pr',
  'w',
  'p',
  'm',
  'a',
  'id',
  'stats',
  'opt',
  'directory-footer',
  'directory-signature',
  'dir-source',
  'known-flags',
  'dir-key-certificate-version 3',
  'dir-key-certification',
  'consensus-digest',
  'additional-signature',
  'router',
  'onion-key',
  'extra-info',
  'router-signature',
  'identity-ed25519',
  'family',
  'bandwidth-weights',
  'shared-rand-commit',
  'node_id=$',
  'bw=',
  '=====',
  'hash',
  '@type',
  '__proto__',
  'constructor',
];
const words = [
  'ed25519',
  'none',
  'sha256',
  'sha3-256',
  '[::]:0',
  '1.2.3.4',
  '::',
  '$',
  '=',
  '=====',
  'A'.repeat(27),
  'A'.repeat(43),
  'F'.repeat(40),
  '1970-01-01 00:00:00',
  '9999-12-31 23:59:59',
  '2024-02-30 12:00:00',
  '__proto__',
  '1-63',
  '0-4294967295',
  '1-18446744073709551615',
];
const invalidUtf8 = [
  [0xc3, 0x28],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98, 0x80],
  [0xff, 0xfe],
  [0xed, 0xa0, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xc0, 0x80],
];

function splice(bytes: Buffer, at: number, removed: number, added: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(Math.min(bytes.length, at + removed))]);
}

/** Works on lines; bytes stay bytes because latin1 keeps them all. */
function onLines(change: (lines: string[], random: Random, other: () => Seed) => string[]): Mutation {
  return (bytes, random, other) => {
    const lines = bytes.toString('latin1').split('\n');
    return Buffer.from(change(lines, random, other).join('\n'), 'latin1');
  };
}

function somewhere(lines: readonly string[], random: Random): number {
  return random.below(lines.length);
}

/** Replaces some match of a pattern, counted from a random place. */
function replaceSome(text: string, pattern: RegExp, random: Random, by: (found: string) => string): string {
  const from = random.below(text.length + 1);
  const found = new RegExp(pattern, 'g');
  found.lastIndex = from;
  const match = found.exec(text) ?? new RegExp(pattern, 'g').exec(text);
  if (!match) return text;
  return text.slice(0, match.index) + by(match[0]) + text.slice(match.index + match[0].length);
}

function onText(change: (text: string, random: Random) => string): Mutation {
  return (bytes, random) => Buffer.from(change(bytes.toString('latin1'), random), 'latin1');
}

/** All ways, by name. */
export const mutations: Readonly<Record<string, Mutation>> = {
  'bit-flips': (bytes, random) => {
    const changed = Buffer.from(bytes);
    for (let left = 1 + random.below(12); left > 0 && bytes.length > 0; left -= 1) {
      const at = random.below(bytes.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    }
    return changed;
  },
  'byte-sets': (bytes, random) => {
    const changed = Buffer.from(bytes);
    for (let left = 1 + random.below(8); left > 0 && bytes.length > 0; left -= 1)
      changed[random.below(bytes.length)] = random.below(3) === 0 ? random.below(256) : random.pick(meaning);
    return changed;
  },
  'byte-insertions': (bytes, random) =>
    splice(bytes, random.below(bytes.length + 1), 0, Buffer.alloc(1 + random.below(5), random.pick(meaning))),
  'byte-deletions': (bytes, random) =>
    splice(bytes, random.below(bytes.length + 1), 1 + random.below(40), new Uint8Array()),
  'line-swaps': onLines((lines, random) => {
    const [a, b] = [somewhere(lines, random), somewhere(lines, random)];
    return lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
  }),
  'line-deletions': onLines((lines, random) =>
    lines.toSpliced(somewhere(lines, random), 1 + random.below(random.pick([1, 3, 40]))),
  ),
  'line-duplications': onLines((lines, random) => {
    const at = somewhere(lines, random);
    return lines.toSpliced(somewhere(lines, random), 0, ...lines.slice(at, at + 1 + random.below(12)));
  }),
  truncation: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  beheading: (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  repetition: onLines((lines, random) => {
    const at = somewhere(lines, random);
    const block = lines.slice(at, at + 1 + random.below(6));
    const size = block.join('\n').length + 1;
    const times = Math.min(random.pick([4, 60, 2000]), Math.floor(bytesMax / 2 / size));
    return lines.toSpliced(at, 0, ...Array.from({ length: times }, () => block).flat());
  }),
  'huge-words': onLines((lines, random) => {
    const at = somewhere(lines, random);
    const filling = random.pick(['9', 'A', '=', '-', ' ', '#', ',', ':', '\0', '\t', '\xff', '1-2,', 'a=1 ']);
    const huge = filling.repeat(Math.ceil(random.pick([64, 1000, 129_000, 140_000]) / filling.length));
    const line = lines[at] ?? '';
    const cut = random.below(line.length + 1);
    return lines.with(at, line.slice(0, cut) + huge + line.slice(cut));
  }),
  'carriage-returns': onLines((lines, random) =>
    random.below(2) === 0
      ? lines.map((line) => `${line}\r`)
      : lines.map((line) => (random.below(6) === 0 ? `${line}\r` : line)),
  ),
  'invalid-utf8': (bytes, random) =>
    splice(bytes, random.below(bytes.length + 1), random.below(3), Buffer.from(random.pick(invalidUtf8))),
  'keyword-swaps': onLines((lines, random) => {
    const at = somewhere(lines, random);
    const rest = (lines[at] ?? '').replace(/^\S*/, '');
    return lines.with(at, random.pick(keywords) + rest);
  }),
  'foreign-lines': onLines((lines, random, other) => {
    const theirs = Buffer.from(other().bytes).toString('latin1').split('\n');
    const from = somewhere(theirs, random);
    return lines.toSpliced(
      somewhere(lines, random),
      random.below(3),
      ...theirs.slice(from, from + 1 + random.below(20)),
    );
  }),
  'foreign-tail': (bytes, random, other) => {
    const theirs = other().bytes;
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      theirs.subarray(random.below(theirs.length + 1)),
    ]);
  },
  base64: onText((text, random) =>
    replaceSome(text, /[A-Za-z0-9+/=]{20,}/, random, (found) => {
      const at = random.below(found.length);
      const by = random.pick(['=', '-', '_', '%', ' ', '\n', '', 'AA', '==', '\r\n', '\0']);
      return found.slice(0, at) + by + found.slice(at + 1);
    }),
  ),
  numbers: onText((text, random) => replaceSome(text, /\d+/, random, () => random.pick(limits))),
  words: onText((text, random) => replaceSome(text, /(?<= )\S+/, random, () => random.pick(words))),
  objects: onText((text, random) =>
    replaceSome(text, /-----(?:BEGIN|END) [A-Z0-9 ]+-----/, random, (found) =>
      random.pick([
        '',
        found.replace('BEGIN', 'END'),
        found.replace('-----', '----'),
        `${found}\n${found}`,
        `${found} `,
        found.toLowerCase(),
      ]),
    ),
  ),
};

const names = Object.keys(mutations);

/** An input: one to four changes to a seed; how they are called. */
export function mutate(
  seed: Seed,
  random: Random,
  other: () => Seed,
): { readonly bytes: Buffer; readonly ways: readonly string[] } {
  let bytes: Buffer = Buffer.from(seed.bytes);
  const ways: string[] = [];
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const way = random.pick(names);
    bytes = (mutations[way] as Mutation)(bytes, random, other).subarray(0, bytesMax);
    ways.push(way);
  }
  return { bytes, ways };
}
