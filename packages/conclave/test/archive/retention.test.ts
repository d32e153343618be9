import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkArchive, openArchive, type JournalEntry, type OpenedArchive } from '../../src/archive/index.ts';
import { fill, looseIn, madeVote, packsIn, seen, sha256 } from './keeping.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conclave-retention-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const hour = 3_600_000;
const now = 72 * hour;

async function removals(archive: OpenedArchive): Promise<readonly (JournalEntry & { type: 'removed' })[]> {
  const found = [];
  for await (const { entry } of archive.entries(0)) if (entry.type === 'removed') found.push(entry);
  return found;
}

describe('removeByPolicy()', () => {
  test('removes nothing without a policy', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 3);
    expect(await archive.removeByPolicy({ policy: {}, now })).toEqual({ documents: 0, packs: 0 });
    expect([(await looseIn(directory)).length, await removals(archive)]).toEqual([all.size, []]);
    await archive.close();
  });

  test.each([false, true])(
    'removes old votes and nothing else, and says so in the journal (packed: %s)',
    async (packed) => {
      const archive = await openArchive(directory);
      const all = await fill(archive, 72);
      if (packed) await archive.pack({ packBytes: 400_000, all: true });
      const { documents } = await archive.removeByPolicy({ policy: { vote: 2 }, now });
      // Three authors, and the hours before the last 48.
      expect(documents).toBe(3 * 24);
      const gone = (await removals(archive)).flatMap((entry) => entry.documents);
      expect([gone.length, (await removals(archive))[0]?.policy]).toEqual([72, 'vote: 2 days']);
      for (const [name, bytes] of all) {
        const found = await archive.read(name);
        if (gone.includes(name)) expect(found).toBeUndefined();
        else expect(sha256(found ?? Buffer.alloc(1))).toBe(sha256(bytes));
      }
      expect(await archive.removeByPolicy({ policy: { vote: 2 }, now })).toEqual({ documents: 0, packs: 0 });
      await archive.close();
      const report = await checkArchive(directory);
      expect([report.faults, report.documents.removed]).toEqual([[], 72]);
    },
  );

  test('keeps what was asked for as something else as well', async () => {
    const archive = await openArchive(directory);
    const bytes = madeVote('AAAA', 1);
    await archive.keep(bytes);
    await archive.append([
      seen(bytes, { kind: 'vote', period: 'current', of: 'AAAA' }, 1),
      seen(bytes, { kind: 'consensus', flavor: 'ns' }, 2),
    ]);
    expect((await archive.removeByPolicy({ policy: { vote: 1 }, now })).documents).toBe(0);
    await archive.close();
  });

  test('removes relays’ descriptors by their own name, and none that CollecTor gave too', async () => {
    const archive = await openArchive(directory);
    const [asked, both] = [Buffer.from('router a\n'), Buffer.from('router b\n')];
    const subject = { kind: 'relay-descriptors', digests: ['AB'.repeat(20)] };
    for (const bytes of [asked, both]) {
      await archive.keep(bytes);
      await archive.append([seen(bytes, subject, 1)]);
    }
    await archive.append([
      {
        type: 'feed',
        at: 2,
        vantage: 'here',
        feed: 'collector',
        subject: 'server-descriptors',
        url: 'https://collector.example/',
        periodSeconds: 1800,
        outcome: 'received',
        timings: { totalMs: 1 },
        sha256: sha256(both),
        bytes: both.length,
      },
    ]);
    expect((await archive.removeByPolicy({ policy: { 'relay-descriptors': 1 }, now })).documents).toBe(1);
    expect(await archive.read(sha256(asked))).toBeUndefined();
    expect(Buffer.from((await archive.read(sha256(both))) ?? [])).toEqual(both);
    await archive.close();
  });

  test('finishes what a crash interrupted after the journal said it', async () => {
    const archive = await openArchive(directory);
    const all = await fill(archive, 4);
    await archive.pack({ all: true });
    const [name = ''] = all.keys();
    await archive.append([{ type: 'removed', at: 1, policy: 'vote: 1 days', documents: [name] }]);
    expect(await archive.removeByPolicy({ policy: {}, now })).toEqual({ documents: 0, packs: 1 });
    expect([await archive.read(name), await packsIn(directory)]).toEqual([undefined, ['000002.pack']]);
    await archive.close();
  });

  test('takes a document that came again after it was removed for one that is there', async () => {
    const archive = await openArchive(directory);
    const bytes = madeVote('AAAA', 1);
    const subject = { kind: 'vote', period: 'current', of: 'AAAA' };
    await archive.keep(bytes);
    await archive.append([seen(bytes, subject, 1)]);
    await archive.removeByPolicy({ policy: { vote: 1 }, now });
    await archive.keep(bytes);
    await archive.append([seen(bytes, subject, now)]);
    await archive.removeByPolicy({ policy: {}, now });
    expect(sha256((await archive.read(sha256(bytes))) ?? Buffer.alloc(1))).toBe(sha256(bytes));
    await archive.close();
  });
});
