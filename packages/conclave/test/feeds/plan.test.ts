/** CollecTor's index read from whatever bytes, and the load that following it makes in a day. */
import { fc } from '../../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { fileKey, filesToFetch, readCollectorIndex, timeOfName, waitMs } from '../../src/feeds/index.ts';
import type { CollectorFile, CollectorIndex } from '../../src/feeds/index.ts';
import { noon } from '../support/network.ts';
import { holding } from './worker.ts';

const identities = Array.from({ length: 9 }, (_, index) => `${index}A`.repeat(20));
const day = 86_400;
const options = { lookbackSeconds: 3 * 3600, descriptors: true };

function read(value: unknown): CollectorIndex {
  const reading = readCollectorIndex(Buffer.from(JSON.stringify(value)));
  if (!reading.ok) throw new Error(reading.detail);
  return reading.index;
}

function tree(directory: string, files: readonly unknown[]): unknown {
  const parts = ['recent', 'relay-descriptors', ...directory.split('/')];
  const inner = parts.reduceRight<unknown>(
    (below, path) => (below === undefined ? { path, files } : { path, directories: [below] }),
    undefined,
  );
  return { index_created: '2024-05-01 12:08', directories: [inner] };
}

const entry = (path: string): unknown => ({ path, size: 5, last_modified: '2024-05-01 12:05' });

describe('readCollectorIndex()', () => {
  test.each([
    ['consensuses', '2024-05-01-12-00-00-consensus', true],
    ['consensuses', '2024-05-01-12-00-00-consensus-microdesc', false],
    ['consensuses', '2024-05-01-12-00-00-consensus.gz', false],
    ['consensuses', 'x2024-05-01-12-00-00-consensus', false],
    ['consensuses', '2024-13-01-12-00-00-consensus', false],
    ['consensuses', '2024-02-30-12-00-00-consensus', false],
    ['consensuses', '../2024-05-01-12-00-00-consensus', false],
    ['consensuses', '2024-05-01-12-00-00-consensus\n', false],
    ['votes', '2024-05-01-12-00-00-consensus', false],
    ['votes', `2024-05-01-12-00-00-vote-${'A'.repeat(40)}-${'B'.repeat(40)}`, true],
    ['votes', `2024-05-01-12-00-00-vote-${'a'.repeat(40)}-${'B'.repeat(40)}`, false],
    ['certs', `${'A'.repeat(40)}-2024-05-01-12-00-00`, true],
    ['bandwidths', `2024-05-01-12-00-00-bandwidth-${'C'.repeat(64)}`, true],
    ['bandwidths', `2024-05-01-12-00-00-bandwidth-${'C'.repeat(40)}`, false],
    ['server-descriptors', '2024-05-01-12-00-00-server-descriptors', true],
    ['extra-infos', '2024-05-01-12-00-00-extra-infos', false],
  ])('S2.2.22 in %s the name %j is taken: %s', (directory, name, taken) => {
    expect(read(tree(directory, [entry(name)])).files.map((file) => file.name)).toEqual(taken ? [name] : []);
  });

  test('S2.2.22 the newest is the one with the newest time in its name, wherever it stands', () => {
    const names = [
      '2024-05-01-11-00-00-consensus',
      '2024-05-01-12-00-00-consensus',
      '2024-05-01-10-00-00-consensus',
    ];
    const index = read(tree('consensuses', names.map(entry)));
    expect(filesToFetch(index, holding(), options, new Map(), noon + 600).map((file) => file.name)).toEqual([
      names[1],
      names[0],
      names[2],
    ]);
  });

  test('an index of old without digests is read; sizes and times that are none are not', () => {
    const name = '2024-05-01-12-00-00-consensus';
    for (const odd of [{ size: -1 }, { size: 1.5 }, { size: '5' }, { last_modified: 'now' }, { path: 7 }])
      expect(read(tree('consensuses', [{ ...(entry(name) as object), ...odd }])).files).toEqual([]);
    expect(read(tree('consensuses', [entry(name)])).files[0]?.sha256).toBeUndefined();
    expect(
      read(tree('consensuses', [{ ...(entry(name) as object), sha256: 'AAAA' }])).files[0]?.sha256,
    ).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readCollectorIndex(bytes)));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readCollectorIndex(Buffer.from(JSON.stringify(value)));
        readCollectorIndex(
          Buffer.from(JSON.stringify({ index_created: '2024-05-01 12:08', directories: value })),
        );
        readCollectorIndex(Buffer.from(JSON.stringify(tree('votes', [value]))));
      }),
    );
    let deep = '{"path":"recent","directories":[';
    deep = `{"index_created":"2024-05-01 12:08","directories":[${deep.repeat(2000)}${']}'.repeat(2000)}]}`;
    expect(readCollectorIndex(Buffer.from(deep))).toMatchObject({ ok: true });
  });

  test('timeOfName() takes times that exist', () => {
    expect(timeOfName('2024-05-01-12-00-00')).toBe(noon);
    for (const wrong of ['2024-05-01-24-00-00', '2023-02-29-00-00-00', '', '2024-05-01'])
      expect(timeOfName(wrong)).toBeUndefined();
  });
});

/** What CollecTor lists at a time: two runs an hour, nine votes a round, three days of everything. */
function listedAt(now: number, size: number): CollectorIndex {
  const files: CollectorFile[] = [];
  const add = (subject: CollectorFile['subject'], at: number, more: Partial<CollectorFile> = {}): void =>
    void files.push({
      subject,
      path: `${subject}/${at}${more.identity ?? ''}`,
      name: `${at}${more.identity ?? ''}`,
      at,
      size,
      modified: at + 300,
      sha256: undefined,
      identity: undefined,
      digest: undefined,
      ...more,
    });
  for (let hour = Math.floor(now / 3600) * 3600; hour > now - 3 * day; hour -= 3600) {
    add('consensus', hour);
    add('microdesc-consensus', hour);
    for (const identity of identities) add('vote', hour, { identity, digest: `${hour}${identity}` });
    for (const run of [300, 2100]) if (hour + run <= now) add('server-descriptors', hour + run);
  }
  return { created: now, files };
}

describe('filesToFetch()', () => {
  test('of a day in which the authorities gave everything, only server descriptors are fetched: 48 files', () => {
    const descriptorFiles = new Set(
      listedAt(noon, 1).files.flatMap(({ subject, name }) => (subject === 'server-descriptors' ? name : [])),
    );
    let requests = 0;
    for (let now = noon; now < noon + day; now += 1800) {
      const index = listedAt(now + 400, 1000);
      const held = holding({
        identities: new Set(identities),
        consensuses: new Set(index.files.flatMap(({ at }) => [`ns/${at}`, `microdesc/${at}`])),
        votes: new Set(index.files.flatMap(({ digest }) => digest?.toUpperCase() ?? [])),
        descriptorFiles,
      });
      requests += 1;
      for (const file of filesToFetch(index, held, options, new Map(), now + 400)) {
        expect(file.subject).toBe('server-descriptors');
        descriptorFiles.add(file.name);
        requests += 1;
      }
    }
    expect(requests).toBe(48 + 48);
  });

  test('the first visit of one that holds nothing is bounded in files and in bytes', () => {
    const held = holding({ identities: new Set(identities) });
    expect(filesToFetch(listedAt(noon, 1000), held, options, new Map(), noon)).toHaveLength(64);
    const large = filesToFetch(listedAt(noon, 50 * 1024 * 1024), held, options, new Map(), noon);
    expect(large.map(({ size }) => size).reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(
      256 * 1024 * 1024,
    );
    expect(filesToFetch(listedAt(noon, 2 ** 40), held, options, new Map(), noon)).toHaveLength(1);
  });

  test('what failed three times is left alone until it is another file', () => {
    const index = listedAt(noon, 1000);
    const all = filesToFetch(index, holding(), options, new Map(), noon);
    const failures = new Map(all.map((file) => [fileKey(file), 3]));
    expect(filesToFetch(index, holding(), options, failures, noon)).toEqual([]);
    expect(filesToFetch(listedAt(noon, 1001), holding(), options, failures, noon)).toHaveLength(all.length);
  });

  test('files of the future are not fetched', () => {
    expect(
      filesToFetch(listedAt(noon + 2 * day, 1), holding(), options, new Map(), noon).every(
        ({ at }) => at < noon + 3600,
      ),
    ).toBe(true);
  });
});

test('waitMs() doubles with each failure up to the period, and is scattered', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1000].map((failures) => waitMs(failures, 1800, 0.5) / 1000)).toEqual([
    60, 120, 240, 480, 960, 1800, 1800, 1800,
  ]);
  expect([waitMs(1, 1800, 0), waitMs(1, 1800, 1)]).toEqual([30_000, 90_000]);
  expect([waitMs(0, 1800, 0), waitMs(0, 1800, 1)]).toEqual([1_710_000, 1_890_000]);
});
