/** What one thing says of another: headers of a bandwidth file in a vote, labels of tor's diff cache, CollecTor's lines. */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  bandwidthFileMatches,
  bandwidthHeadersMatch,
  bytesOf,
  checkDiffCacheItem,
  concatBytes,
  parseBandwidthFile,
  parseConsensus,
  parseConsensusDiff,
  parseDiffCacheItem,
  parseVote,
  sha256,
  sha3_256,
  toBase64,
  toHex,
  type BandwidthFile,
  type DiffCacheItem,
  type Vote,
} from '../src/index.ts';
import { hasData, pathOf, withData } from './support/data.ts';
import { authorities, consensus, instead, vote, without, type MadeAuthority } from './support/make.ts';

const [first] = authorities() as readonly [MadeAuthority];
const annotation = '@type bandwidth-file 1.0\n';

/** A vote that was published at 1714564200 and states these headers. */
function voteWith(headers: string | undefined): Vote {
  const keyword = 'bandwidth-file-headers';
  const edit = headers === undefined ? without(keyword) : instead(keyword, `${keyword} ${headers}`);
  const { document } = parseVote(vote(first, { edit }));
  if (!document) throw new Error('no vote');
  return document;
}

function fileOf(text: string): BandwidthFile {
  const { document } = parseBandwidthFile(bytesOf(text));
  if (!document) throw new Error('no file');
  return document;
}

const relayLine = `bw=1 node_id=$${'A'.repeat(40)}\n`;
const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index}=v`);

describe('bandwidthHeadersMatch()', () => {
  test.each([
    ['the same', 'timestamp=1714560000 version=1.4.0', '1714560000\nversion=1.4.0\n=====\n', 'same'],
    ['none', undefined, '1714560000\nversion=1.4.0\n=====\n', 'not-stated'],
    ['another order', 'timestamp=1714560000 b=1 a=1', '1714560000\na=1\nb=1\n=====\n', 'different'],
    ['headers behind the divider', 'timestamp=1714560000 a=1', '1714560000\na=1\n=====\nb=1\n', 'same'],
    ['headers behind a relay', 'timestamp=1714560000 a=1', `1714560000\na=1\n${relayLine}b=1\n`, 'same'],
    ['a line with spaces', 'timestamp=1714560000 a=1', '1714560000\na=1\nb=1 2\n=====\n', 'same'],
    ['three days', 'timestamp=1714305000 a=1', '1714305000\na=1\n=====\n', 'same'],
    ['three days and a second', '', '1714304999\na=1\n=====\n', 'same'],
    ['three days and a second, stated', 'timestamp=1714304999 a=1', '1714304999\na=1\n=====\n', 'different'],
    [
      '50',
      `timestamp=1714560000 ${keys(49).join(' ')}`,
      `1714560000\n${keys(60).join('\n')}\n=====\n`,
      'same',
    ],
    [
      '51',
      `timestamp=1714560000 ${keys(50).join(' ')}`,
      `1714560000\n${keys(60).join('\n')}\n=====\n`,
      'different',
    ],
    [
      '1,024 bytes',
      `timestamp=1714560000 a=${'x'.repeat(1001)}`,
      `1714560000\na=${'x'.repeat(1001)}\n=====\n`,
      'same',
    ],
    ['1,025 bytes', '', `1714560000\na=${'x'.repeat(1002)}\n=====\n`, 'same'],
    ['no file', '', '1714560000\na=1\n=====\n', 'different'],
  ])('%s', (_, headers, text, outcome) => {
    expect(bandwidthHeadersMatch(voteWith(headers), fileOf(text)).outcome).toBe(outcome);
  });

  test('tells each header that is not alike', () => {
    const made = voteWith('timestamp=1714560000 a=1 c=3');
    expect(bandwidthHeadersMatch(made, fileOf('1714560000\na=2\nb=2\n=====\n')).differences).toEqual([
      { key: 'a', stated: '1', file: '2' },
      { key: 'b', stated: undefined, file: '2' },
      { key: 'c', stated: '3', file: undefined },
    ]);
  });
});

describe("CollecTor's line", () => {
  const bare = `1714560000\nversion=1.4.0\n=====\n${relayLine}`;

  test('is no part of a bandwidth file: not of its digest, and only under archive', () => {
    const document = fileOf(annotation + bare);
    expect(document.timestamp).toBe(1_714_560_000);
    expect(document.relays.line[0]).toBe(5);
    expect(document.span).toEqual({ start: annotation.length, end: annotation.length + bare.length });
    expect(document.relays.start[0]).toBe((annotation + bare).indexOf('bw='));
    const digest = toBase64(sha256(bytesOf(bare)));
    expect(bandwidthFileMatches(voteWith(''), bytesOf(annotation + bare)).digest).toBe(digest);
    const strict = parseBandwidthFile(bytesOf(annotation + bare), { profile: 'tor-0.4.9' });
    expect(strict.document).toBeUndefined();
    expect(strict.problems[0]).toMatchObject({ code: 'bad-argument', line: 1, offset: 0 });
  });

  test('tells problems at the lines of the whole', () => {
    const { problems } = parseBandwidthFile(bytesOf(`${annotation}x\n`));
    expect(problems[0]).toMatchObject({ code: 'bad-argument', line: 2, offset: annotation.length });
    expect(parseBandwidthFile(bytesOf(annotation)).problems[0]).toMatchObject({ code: 'truncated', line: 2 });
  });

  const diff = `network-status-diff-version 1\nhash ${'A'.repeat(64)} ${'B'.repeat(64)}\n5d\n`;
  const line = '@type network-status-diff 1.0\n';

  test('is no part of a diff, and only under archive', () => {
    const { document, problems } = parseConsensusDiff(bytesOf(line + diff));
    expect(problems).toEqual([]);
    expect(document?.commands[0]?.line).toBe(4);
    const strict = parseConsensusDiff(bytesOf(line + diff), { profile: 'tor-0.4.9' });
    expect(strict.problems[0]).toMatchObject({ code: 'not-this-document', line: 1, offset: 0 });
    expect(parseConsensusDiff(bytesOf(`${line}no\n`)).problems[0]).toMatchObject({
      line: 2,
      offset: line.length,
    });
  });
});

describe('checkDiffCacheItem()', () => {
  const bytes = consensus({ flavor: 'microdesc', relays: 3 });
  const { document } = parseConsensus(bytes);
  const signed = document?.signed && bytes.subarray(document.signed.start, document.signed.end);
  const labels: Readonly<Record<string, string>> = {
    'sha3-digest': toHex(sha3_256(bytes)),
    'document-type': 'consensus',
    'consensus-flavor': 'microdesc',
    'sha3-digest-as-signed': toHex(sha3_256(signed ?? bytes)).toLowerCase(),
    'sha3-digest-uncompressed': toHex(sha3_256(bytes)),
    'consensus-signatories': (document?.signatures ?? [])
      .map(({ identity }) => identity)
      .toReversed()
      .join(','),
    'consensus-valid-after': '2024-05-01T12:00:00',
    'consensus-fresh-until': '2024-05-01T13:00:00',
    'consensus-valid-until': '2024-05-01T15:00:00',
  };

  function itemOf(all: Readonly<Record<string, string>>, body: Uint8Array): DiffCacheItem {
    const text = Object.entries(all).map(([key, value]) => `${key} ${value}\n`);
    const item = parseDiffCacheItem(concatBytes(bytesOf(`${text.join('')}\0`), body)).document;
    if (!item) throw new Error('no item');
    return item;
  }

  const outcomes = (item: DiffCacheItem, content?: Uint8Array): Record<string, string> =>
    Object.fromEntries(checkDiffCacheItem(item, content).map(({ name, outcome }) => [name, outcome]));

  const checked = Object.keys(labels).filter((label) => label !== 'document-type');

  test('holds every label to the body', () => {
    expect(outcomes(itemOf(labels, bytes))).toEqual(
      Object.fromEntries(checked.map((label) => [label, 'good'])),
    );
  });

  test.each(checked)('%s that says something else is wrong, and nothing besides', (label) => {
    const value = label === 'consensus-flavor' ? 'ns' : (labels[label] ?? '').replace(/.$/, 'Z');
    const wrong = Object.entries(outcomes(itemOf({ ...labels, [label]: value }, bytes)));
    expect(wrong.filter(([, outcome]) => outcome !== 'good')).toEqual([[label, 'wrong']]);
  });

  test('what is packed is unchecked until it is given unpacked', () => {
    const item = itemOf({ ...labels, compression: 'x-zstd' }, bytes);
    expect(new Set(Object.values(outcomes(item)))).toEqual(new Set(['good', 'unchecked']));
    expect(outcomes(item)['sha3-digest']).toBe('good');
    expect(new Set(Object.values(outcomes(item, bytes)))).toEqual(new Set(['good']));
    expect(outcomes(item, bytesOf('something else'))['sha3-digest-as-signed']).toBe('wrong');
  });

  test('of a diff: what it is from, and what it makes', () => {
    const body = bytesOf(`network-status-diff-version 1\nhash ${'AB'.repeat(32)} ${'CD'.repeat(32)}\n5d\n`);
    const stated = { 'document-type': 'consensus-diff', 'from-sha3-digest': 'AB'.repeat(32) };
    expect(outcomes(itemOf({ ...stated, 'target-sha3-digest': 'CD'.repeat(32) }, body))).toEqual({
      'from-sha3-digest': 'good',
      'target-sha3-digest': 'good',
    });
    const turned = itemOf({ ...stated, 'target-sha3-digest': 'AB'.repeat(32) }, body);
    expect(outcomes(turned)['target-sha3-digest']).toBe('wrong');
  });

  test.runIf(hasData)(withData('every label of an item that tor wrote is good'), () => {
    const raw = new Uint8Array(readFileSync(pathOf('diff-cache-raw', 'tor-relay-docker-1000')));
    const item = parseDiffCacheItem(raw).document;
    if (!item) throw new Error('no item');
    const all = outcomes(item, new Uint8Array(inflateSync(raw.subarray(item.body.start))));
    expect(new Set(Object.values(all))).toEqual(new Set(['good']));
    expect(Object.keys(all).length).toBe(8);
  });
});
