/** The recording of the repository, nine real authorities: every published consensus is what its votes give. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/analysis/index.ts';
import { createAnswers } from '../../src/answers/index.ts';
import type { LiveAnswers } from '../../src/answers/index.ts';
import {
  diffSchema,
  explainSchema,
  isDeclined,
  nextRoundSchema,
  roundPageSchema,
  statusSchema,
  whatIfSchema,
} from '../../src/api/index.ts';
import { openRecording } from '../../src/archive/index.ts';
import type { Recording } from '../../src/archive/index.ts';
import { openPipeline } from '../../src/pipeline/index.ts';
import { openDuckDb } from '../../src/store/index.ts';
import type { Row, Store } from '../../src/store/index.ts';
import { feed } from '../support/journal.ts';

const file = resolve(import.meta.dirname, '../../../../testdata/bad-day.tar.xz');
const all = { since: 0 };

describe('a recorded day on which things go wrong', () => {
  let recording: Recording;
  let store: Store;
  let answers: LiveAnswers;
  let rounds: Row<'rounds'>[] = [];
  let end = 0;

  beforeAll(async () => {
    recording = await openRecording(file, { memoryBytes: 2 ** 29 });
    store = await openDuckDb({ path: ':memory:' });
    const pipeline = await openPipeline({ archive: recording, store, ticksPerCommit: 50 });
    await feed(pipeline, recording);
    rounds = await store.query('rounds', { before: Number.MAX_SAFE_INTEGER, limit: 100 });
    end = (await store.query('newestTick'))[0]?.at ?? 0;
    answers = createAnswers({
      store,
      archive: recording,
      limits: defaultLimits,
      now: () => end,
      revision: () => pipeline.revision(),
      geoSource: undefined,
      cacheSeconds: 1,
      network: 'recording',
    });
  }, 120_000);

  afterAll(async () => {
    await store.close();
    await recording.close();
  });

  test('S11.7 every round whose votes are all held comes out identical, in both flavours', async () => {
    const proofs = await store.query('proofsSince', all);
    expect(rounds.length).toBe(42);
    const held = proofs.filter(({ votes_named, votes_used }) => votes_named === votes_used);
    for (const { verdict, cause, explanation, difference_count, digest, recomputed_digest } of held)
      expect([verdict, cause, difference_count, recomputed_digest], explanation ?? '').toEqual([
        'identical',
        'none',
        0,
        digest,
      ]);
    // All 42 rounds of the ns flavour; the recording ends before anybody was asked for the last of the other.
    expect(held.map(({ flavor }) => flavor).filter((flavor) => flavor === 'ns').length).toBe(42);
    expect(held.length).toBe(83);
    expect(proofs.length).toBe(83);
    expect(rounds.filter(({ microdesc_sha256 }) => microdesc_sha256 === null)).toEqual([rounds[0]]);
  });

  test('what was computed before publication is what was published, wherever the same votes were in', async () => {
    const previews = (await store.query('previewsSince', all)).filter(
      ({ same_votes }) => same_votes !== null,
    );
    const same = previews.filter(({ same_votes }) => same_votes === true);
    for (const { published_ns, published_microdesc, published_text } of same) {
      expect([published_ns, published_microdesc === false]).toEqual([true, false]);
      expect(published_text).toBe('The published consensus is what was computed before, byte for byte.');
    }
    expect(same.length).toBe(40);
    // Each is compared with the consensus before it; relays came on this day, and none went before its time.
    const compared = previews.filter(({ against }) => against !== null);
    expect(compared.length).toBe(previews.length);
    for (const { relays, relays_before, added_count, removed_count } of compared)
      expect((relays_before ?? 0) + (added_count ?? 0) - (removed_count ?? 0)).toBe(relays);
    expect(compared.some(({ added_count }) => (added_count ?? 0) > 0)).toBe(true);
    // One authority was late: the others made the consensus before its vote came.
    expect(previews.filter((one) => !same.includes(one)).map((one) => one.published_text)).toEqual([
      'The published consensus was made of other votes: without those of faravahar.',
    ]);
  });

  test('no finding of a split, of votes that differ or of a consensus that is not proved', async () => {
    const found = new Set((await store.query('alerts', { limit: 500 })).map(({ check }) => check));
    for (const check of ['consensus-unproven', 'vote-equivocation', 'split-ahead', 'preview-warns'])
      expect(found.has(check)).toBe(false);
  });

  test('S8.1 S11.7 the pages of every round, the coming round and the status say so', async () => {
    for (const { valid_after } of rounds.slice(0, 12)) {
      const time = `${new Date((valid_after ?? 0) * 1000).toISOString().slice(0, 19)}Z`;
      const page = roundPageSchema.parse(await answers.round(time));
      expect([page.proof.level, page.proof.ns?.verdict]).toEqual(['ok', 'identical']);
      expect(page.proof.text).toMatch(/recomputed from [89] votes: identical, byte for byte\.$/);
      expect(page.preview?.published?.identical.ns).toBe(true);
      expect(page.copies.level).toBe('ok');
      expect(page.copies.votes.every(({ relation }) => relation === 'only')).toBe(true);
      expect(page.pending.groups.map(({ flavor }) => flavor)).toEqual(['ns', 'microdesc']);
      expect(page.pending.groups[0]?.digest).toBe(page.proof.ns?.digest);
    }
    expect(statusSchema.parse(await answers.status()).proof).toMatchObject({
      level: 'ok',
      verdict: { value: 'identical' },
    });
    const next = nextRoundSchema.parse(await answers.next());
    expect(Date.parse(next.validAfter ?? '') / 1000).toBe((rounds[0]?.valid_after ?? 0) + 20);
  });

  test('S2.3.14 a round without some authorities, by name; and what makes no sense is said to make none', async () => {
    const four = whatIfSchema.parse(
      await answers.whatIf({ without: ['moria1', 'TOR26', 'dizum', 'gabelmoo'] }),
    );
    expect(four).toMatchObject({ outcome: 'computed', needed: 5, unheld: [] });
    expect(four.votes.length).toBe(5);
    expect(four.header.some(({ name }) => name.startsWith('dir-source'))).toBe(false);
    const five = whatIfSchema.parse(
      await answers.whatIf({ without: ['moria1', 'tor26', 'dizum', 'gabelmoo', 'bastet'] }),
    );
    expect(five).toMatchObject({
      outcome: 'impossible',
      sentence: { level: 'bad' },
      relays: { after: null },
    });
    const none = whatIfSchema.parse(await answers.whatIf({ without: [] }));
    expect(none).toMatchObject({ outcome: 'computed', identical: true, changed: 0 });
    for (const query of [{ without: ['nobody'] }, { without: [], country: 'DE' }]) {
      const answer = await answers.whatIf(query);
      expect(isDeclined(answer) && answer.declined).toBe('bad-request');
    }
    expect(await answers.whatIf({ without: [], at: '2001-01-01T00:00:00Z' })).toBeUndefined();
  });

  test('a line is explained by what each vote gave; a question about nothing makes no sense', async () => {
    const of = `${new Date((rounds[0]?.valid_after ?? 0) * 1000).toISOString().slice(0, 19)}Z`;
    const params = explainSchema.parse(
      await answers.explain({ validAfter: of, flavor: 'ns', keyword: 'consensus-method' }),
    );
    expect(params.lines[0]?.text).toBe(`consensus-method ${rounds[0]?.method}`);
    expect(params.lines[0]?.given.length).toBe(9);
    const unknown = explainSchema.parse(
      await answers.explain({ validAfter: of, flavor: 'ns', relay: '0'.repeat(40) }),
    );
    expect(unknown.sentence.headline).toBe('Why it says nothing: relay 00000000.');
    expect(unknown.lines.every(({ text }) => text === null)).toBe(true);
    const nothing = await answers.explain({ validAfter: of, flavor: 'ns' });
    expect(isDeclined(nothing) && nothing.declined).toBe('bad-request');
  });

  test('S8.1 S8.2 S8.3 S8.7 two rounds compared: as listed by the one and the other, and backwards the inverse', async () => {
    const time = (index: number): string =>
      `${new Date((rounds[index]?.valid_after ?? 0) * 1000).toISOString().slice(0, 19)}Z`;
    const [from, to] = [time(41), time(0)];
    const there = diffSchema.parse(await answers.diff({ from, to }));
    const back = diffSchema.parse(await answers.diff({ from: to, to: from }));
    expect([there.relaysBefore, there.relaysAfter]).toEqual([rounds[41]?.relays, rounds[0]?.relays]);
    expect(there.relaysBefore + there.added.length - there.removed.length).toBe(there.relaysAfter);
    expect([back.added, back.removed]).toEqual([there.removed, there.added]);
    expect(back.flags).toEqual(
      there.flags.map(({ flag, gained, lost }) => ({ flag, gained: lost, lost: gained })),
    );
    const same = diffSchema.parse(await answers.diff({ from, to: from }));
    expect([same.header, same.added, same.removed, same.changed]).toEqual([[], [], [], []]);
    expect(await answers.diff({ from: '2001-01-01T00:00:00Z' })).toBeUndefined();
  });
});
