/** Pages of documents, and the lists that are read page by page. */
import { beforeAll, describe, expect, test } from 'vitest';
import { documentPageSchema } from '../../src/api/index.ts';
import type { LiveAnswers } from '../../src/answers/index.ts';
import { otherParams, tampered } from '../support/bad-day.ts';
import { makeJournal, nameOf, run } from '../support/journal.ts';
import { noon } from '../support/network.ts';
import { hour, network } from './asking.ts';

const [a = '', b = '', c = ''] = network.names;

describe('documents', () => {
  const round = network.round({ validAfter: noon });
  const spoilt = tampered(round.ns);
  const signatures = [
    'consensus-digest 0123456789ABCDEF0123456789ABCDEF01234567',
    'valid-after 2024-05-01 12:00:00',
    'fresh-until 2024-05-01 13:00:00',
    'valid-until 2024-05-01 15:00:00',
    '',
  ].join('\n');
  let answers: LiveAnswers;
  beforeAll(async () => {
    const journal = makeJournal(network, noon - 1200);
    journal.play(round, { serves: { [b]: spoilt } });
    journal.got(noon + 100, a, { kind: 'signatures' }, signatures);
    journal.got(noon + 101, a, { kind: 'server-descriptor' }, 'router amber 192.0.2.1 443 0 80\n');
    journal.got(noon + 102, a, { kind: 'vote', period: 'next', of: network.member(a).identity }, '\0\0\0');
    journal.cycle(noon + 110);
    answers = (await run(journal)).answers(noon + 200);
  });

  test.each<[string, Uint8Array | string, Partial<{ kind: string; level: string; headline: string }>]>([
    ['an accepted consensus', round.ns, { kind: 'consensus (ns)', level: 'ok', headline: 'Genuine.' }],
    [
      'the other flavour',
      round.microdesc,
      { kind: 'consensus (microdesc)', level: 'ok', headline: 'Genuine.' },
    ],
    ['a tampered consensus', spoilt, { kind: 'consensus (ns)', level: 'bad', headline: 'Not genuine.' }],
    ['a vote', round.votes.get(c) ?? '', { kind: 'vote', level: 'ok', headline: 'Genuine.' }],
    [
      'certificates',
      network.certificates,
      { kind: 'certificates', level: 'unknown', headline: '9 of 9 certificates hold.' },
    ],
    ['detached signatures', signatures, { kind: 'signatures', level: 'unknown' }],
    [
      'a descriptor',
      'router amber 192.0.2.1 443 0 80\n',
      { kind: 'server-descriptor', level: 'bad', headline: 'Not genuine.' },
    ],
    ['three zeros', '\0\0\0', { kind: 'vote', level: 'bad', headline: 'Not genuine.' }],
  ])(
    '%s has its page, with verdict, facts, problems and who served it',
    async (_, bytes, { kind, level, headline }) => {
      const page = documentPageSchema.parse(await answers.document(nameOf(bytes)));
      expect(page).toMatchObject({ kind, bytes: Buffer.from(bytes).length, sentence: { level } });
      if (headline !== undefined) expect(page.sentence.headline).toBe(headline);
      expect(page.servedBy.length).toBeGreaterThan(0);
      expect(Buffer.from((await answers.raw(nameOf(bytes))) ?? '')).toEqual(Buffer.from(bytes));
      const lines = page.excerpts.flatMap((excerpt) => excerpt.lines);
      const all = Buffer.from(bytes).toString('utf8').split('\n');
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThanOrEqual(400);
      for (const { number, text } of lines) expect(all[number - 1]).toContain(text.split('… (')[0]);
      // A problem at the very end stands behind the last line.
      for (const { line } of page.problems.filter(
        (problem) => problem.line <= all.length && all[problem.line - 1] !== '',
      )) {
        expect(lines.find(({ number }) => number === line)?.mark).toBe('problem');
      }
      const isStatus = kind?.startsWith('consensus') === true || (kind === 'vote' && level === 'ok');
      expect(lines.some(({ signed }) => signed)).toBe(isStatus);
      if (isStatus)
        expect(lines.some(({ text, signed }) => !signed && text.startsWith('-----BEGIN SIGNATURE'))).toBe(
          true,
        );
      if (kind?.startsWith('consensus')) expect(page.signatures).toHaveLength(9);
      if (level === 'bad') expect(page.signatures.filter(({ good }) => good)).toEqual([]);
      if (level === 'bad') expect(page.verdict.length).toBeGreaterThan(10);
      if (kind === 'vote' && level === 'ok') expect(page.authority).toBe(c);
    },
  );

  test('what is not known is undefined, and no error', async () => {
    expect(await answers.document('0'.repeat(64))).toBeUndefined();
    expect(await answers.raw('0'.repeat(64))).toBeUndefined();
    expect(await answers.authority('nobody')).toBeUndefined();
    for (const at of ['2024-05-01T11:00:00Z', '2024-05-01T12:00:01Z', 'yesterday', ''])
      expect(await answers.round(at)).toBeUndefined();
    expect((await answers.authority(a.toUpperCase()))?.authority.nickname).toBe(a);
  });
});

describe('pages of lists', () => {
  const journal = makeJournal(network, noon - 1200);
  for (let index = 0; index < 7; index += 1)
    journal.play(network.round({ validAfter: noon + index * hour, relays: 2 }), {
      cycles: 1,
      ...(index === 3
        ? {
            serves: {
              [b]: network.round({ validAfter: noon + 3 * hour, relays: 2, edit: otherParams(1) }).ns,
            },
          }
        : {}),
    });
  // Many documents and events in one and the same millisecond.
  for (let index = 0; index < 30; index += 1)
    journal.got(journal.now(), a, { kind: 'extra-info' }, `extra-info amber ${index}\n`);
  const everyoneDown = Object.fromEntries(
    network.names.map((name) => [name, { outcome: 'refused' as const }]),
  );
  for (let at = 1; at < 5; at += 1) journal.cycle(noon + 6 * hour + 100 * at, { probes: everyoneDown });
  let answers: LiveAnswers;
  beforeAll(async () => {
    answers = (await run(journal, { ticksPerCommit: 50 })).answers(journal.now());
  });

  /** Goes from page to page as a reader does. */
  async function walk<T>(
    ask: (before: string | undefined) => Promise<{ items: readonly T[]; older: string | null }>,
    most: number,
  ): Promise<T[]> {
    const all: T[] = [];
    let before: string | undefined;
    for (let pages = 0; pages < 500; pages += 1) {
      const { items, older } = await ask(before);
      expect(items.length).toBeLessThanOrEqual(most);
      all.push(...items);
      if (older === null) return all;
      before = new URL(older, 'http://x').searchParams.get('before') ?? undefined;
      expect(before).toMatch(/^[\w:.~-]{1,128}$/);
    }
    throw new Error('no end');
  }

  test.each([1, 2, 3, 7, 100])('rounds by %i: each once, newest first', async (limit) => {
    const all = await walk(async (before) => {
      const { rounds, older } = await answers.rounds({ limit, ...(before === undefined ? {} : { before }) });
      return { items: rounds.map(({ validAfter }) => validAfter), older };
    }, limit);
    expect(all).toEqual([18, 17, 16, 15, 14, 13, 12].map((at) => `2024-05-01T${at}:00:00Z`));
  });

  test.each([1, 4, 25, 500])(
    'documents by %i: none left out, none twice, however many came at once',
    async (limit) => {
      const all = await walk(async (before) => {
        const { documents, older } = await answers.documents({
          limit,
          ...(before === undefined ? {} : { before }),
        });
        return { items: documents.map(({ sha256 }) => sha256), older };
      }, limit);
      expect(new Set(all).size).toBe(all.length);
      // 7 rounds of 9 votes and 2 consensuses, one more consensus, 30 extra-infos, 1 file of certificates.
      expect(all).toHaveLength(7 * 11 + 1 + 30 + 1);
    },
  );

  test.each([1, 5, 500])('events by %i: none left out, none twice', async (limit) => {
    const ask = async (
      before: string | undefined,
    ): Promise<{ items: readonly string[]; older: string | null }> => {
      const { events, older } = await answers.events({ limit, ...(before === undefined ? {} : { before }) });
      return { items: events.map(({ id }) => id), older };
    };
    const all = await walk(ask, limit);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual((await answers.events({ limit: 500 })).events.map(({ id }) => id));
    expect(all.length).toBeGreaterThan(30);
  });

  test('a plain time as cursor means before it; kinds, rules and authorities filter', async () => {
    const before = '2024-05-01T13:00:00Z';
    const { events } = await answers.events({ before, limit: 500 });
    expect(events.length).toBeGreaterThan(0);
    for (const { at } of events) expect(at < before).toBe(true);
    expect((await answers.documents({ kind: 'vote', limit: 500 })).documents).toHaveLength(63);
    expect((await answers.events({ rule: 'consensus-published', limit: 500 })).events).toHaveLength(7);
    for (const { authority } of (await answers.events({ authority: c, limit: 500 })).events)
      expect(authority).toBe(c);
    expect((await answers.events({ before: 'nonsense', limit: 5 })).events).toEqual([]);
  });
});

test('tell() reaches every listener until it is taken off, with the newest revision', async () => {
  const fed = await run(makeJournal(network, noon));
  const answers = fed.answers(noon);
  const heard: unknown[] = [];
  const off = answers.onChange((message) => heard.push(message));
  answers.tell(5);
  off();
  answers.tell(6);
  expect(heard).toEqual([{ revision: fed.pipeline.revision(), learnedAt: 5 }]);
  await fed.close();
});
