/** Microdescriptors: their fields, their digest, and the relays of a consensus that they belong to. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  describeProblem,
  findMicrodescriptors,
  microdescriptorDigest,
  parseConsensus,
  parseMicrodescriptors,
  toBase64,
  toHex,
  type Microdescriptor,
} from '../src/index.ts';
import { consensus, key, object, text, type Edit } from './support/make.ts';

const ed25519 = toBase64(Buffer.alloc(32, 3));

function lines(edit: Edit = (all) => all): string[] {
  return edit([
    'onion-key',
    ...object('RSA PUBLIC KEY', key(0).der),
    `ntor-onion-key ${toBase64(Buffer.alloc(32, 2))}`,
    'a [2001:db8::7]:9001',
    `family maple $${'B'.repeat(40)}`,
    'family-ids ed25519:AAAA ed25519:BBBB',
    'p accept 80,443,8000-8100',
    'p6 reject 25',
    `id ed25519 ${ed25519}`,
  ]);
}

const bytesOf = (edit?: Edit): Uint8Array => Buffer.from(text(lines(edit)));

test('parseMicrodescriptors() reads every item', () => {
  const [parsed] = parseMicrodescriptors(bytesOf(), { profile: 'tor-0.4.9' });
  expect([parsed?.problems, parsed?.unrecognized]).toEqual([[], []]);
  expect(parsed?.document).toMatchObject({
    kind: 'microdescriptor',
    addresses: ['[2001:db8::7]:9001'],
    family: ['maple', `$${'B'.repeat(40)}`],
    familyIds: ['ed25519:AAAA', 'ed25519:BBBB'],
    policy: {
      verdict: 'accept',
      ports: [
        [80, 80],
        [443, 443],
        [8000, 8100],
      ],
    },
    ipv6Policy: { verdict: 'reject', ports: [[25, 25]] },
  });
  expect(parsed?.document?.ids.map(({ type, identity }) => [type, identity && toBase64(identity)])).toEqual([
    ['ed25519', ed25519],
  ]);
  expect(toHex(parsed?.document?.onionKey ?? new Uint8Array())).toBe(toHex(key(0).der));
});

test('an onion-key without its object, an older id, a keyword that nobody knows', () => {
  const rsa = toBase64(Buffer.alloc(20, 1));
  const bytes = Buffer.from(
    `onion-key\nntor-onion-key ${toBase64(Buffer.alloc(32, 2))}\nid rsa1024 ${rsa}\ncolour green\n`,
  );
  const [parsed] = parseMicrodescriptors(bytes, { profile: 'tor-0.4.9' });
  expect(parsed?.problems).toEqual([]);
  expect(parsed?.document?.onionKey).toBeUndefined();
  expect(parsed?.unrecognized.map((line) => line.text)).toEqual(['colour green']);
});

test.each<readonly [string, Edit, RegExp]>([
  [
    'a policy of words',
    (all) => all.map((line) => line.replace('p6 reject 25', 'p6 reject smtp')),
    /p6: expected accept or reject/,
  ],
  [
    'a range upside down',
    (all) => all.map((line) => line.replace('8000-8100', '8100-8000')),
    /p: expected accept or reject/,
  ],
  ['port 0', (all) => all.map((line) => line.replace('80,443', '0,443')), /p: expected accept or reject/],
  [
    'a short key',
    (all) => all.map((line) => line.replace(/^ntor-onion-key .*/, 'ntor-onion-key AAAA')),
    /a curve25519 key: 32 bytes/,
  ],
  [
    'no ntor key',
    (all) => all.filter((line) => !line.startsWith('ntor')),
    /ntor-onion-key in a microdescriptor/,
  ],
  [
    'a short id',
    (all) => all.map((line) => line.replace(/^id .*/, 'id ed25519 AAAA')),
    /an ed25519 identity in base64/,
  ],
  ['two ids of a type', (all) => [...all, all.at(-1) ?? ''], /at most one id of a type/],
  [
    'no id but of a type unknown',
    (all) => all.map((line) => line.replace(/^id ed25519/, 'id quantum')),
    /id: expected id ed25519 or id rsa1024, found "id quantum"/,
  ],
  ['two families', (all) => [...all, 'family birch'], /family only once/],
  ['another first line', (all) => ['colour green', ...all], /onion-key as the first item/],
])('parseMicrodescriptors() refuses %s', (_, edit, message) => {
  const parsed = parseMicrodescriptors(bytesOf(edit), { profile: 'tor-0.4.9' });
  const errors = parsed.flatMap(({ problems }) => problems.filter(({ severity }) => severity === 'error'));
  expect(errors.map(describeProblem).join('\n')).toMatch(message);
});

test('an address that is none is passed over, as in tor', () => {
  const [parsed] = parseMicrodescriptors(
    bytesOf((all) => all.map((line) => line.replace(/^a .*/, 'a here'))),
  );
  expect(parsed?.problems.map((problem) => `${problem.severity} ${problem.keyword}`)).toEqual(['warning a']);
  expect(parsed?.document?.addresses).toEqual([]);
});

/** Microdescriptors of so many relays, as a cache keeps them. */
function many(count: number): { bytes: Uint8Array; digests: string[] } {
  const bodies = Array.from({ length: count }, (_, index) =>
    text(lines((all) => [...all, `family-mark ${index}`])),
  );
  return {
    bytes: Buffer.from(
      bodies.map((body, index) => `@last-listed 2024-05-0${index + 1} 12:00:00\n${body}`).join(''),
    ),
    digests: bodies.map((body) => createHash('sha256').update(body).digest('base64').replace(/=+$/, '')),
  };
}

test('microdescriptorDigest() is over the body without its annotations', () => {
  const { bytes, digests } = many(3);
  const parsed = parseMicrodescriptors(bytes);
  const documents = parsed.flatMap(({ document }) => document ?? []);
  expect(documents.map((document) => toBase64(microdescriptorDigest(document)))).toEqual(digests);
  expect(documents.map(({ annotations }) => annotations[0]?.value)).toEqual([
    '2024-05-01 12:00:00',
    '2024-05-02 12:00:00',
    '2024-05-03 12:00:00',
  ]);
});

test('findMicrodescriptors() puts relays and microdescriptors together by digest', () => {
  const { bytes, digests } = many(4);
  const documents = parseMicrodescriptors(bytes).flatMap(({ document }) => document ?? []);
  let next = 0;
  // The first two relays share one, the third has the second; two microdescriptors are nobody's.
  const named = [digests[0], digests[0], digests[1]];
  const edit: Edit = (all) =>
    all.map((line) => {
      if (!line.startsWith('m ') || next >= named.length) return line;
      next += 1;
      return `m ${named[next - 1]}`;
    });
  const parsed = parseConsensus(Uint8Array.from(consensus({ flavor: 'microdesc', relays: 5, edit })));
  if (!parsed.document) throw new Error('no consensus');
  const found = findMicrodescriptors(parsed.document, documents);
  const nameOf = (one: Microdescriptor): number => documents.indexOf(one);
  expect([...found.byRouter].map(([row, one]) => [row, nameOf(one)])).toEqual([
    [0, 0],
    [1, 0],
    [2, 1],
  ]);
  expect(found.missing).toEqual([3, 4]);
  expect(found.unlisted.map(nameOf)).toEqual([2, 3]);
  const ns = parseConsensus(Uint8Array.from(consensus({ relays: 5 }))).document;
  expect(ns && findMicrodescriptors(ns, documents).unlisted.length).toBe(4);
});
