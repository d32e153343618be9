/** What a test reads of an observatory from outside: its open page, its journal, and the rows that it keeps. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { RoundPage, Rounds } from '../../packages/conclave/src/api/index.ts';
import { openDuckDb } from '../../packages/conclave/src/store/index.ts';

/** Milliseconds as they are said. */
export function ms(value: number): string {
  return `${Math.round(value).toLocaleString('en')} ms`;
}

/** What the overview shows, as text. */
export async function readPage(page: Page): Promise<{
  readonly revision: number;
  readonly headline: string;
  readonly consensus: string;
  readonly validAfter: string;
  readonly voted: string;
  readonly agreement: string;
  readonly authorities: readonly {
    readonly nickname: string;
    readonly state: string;
    readonly marks: readonly string[];
  }[];
}> {
  return page.evaluate(() => {
    const text = (selector: string, within: ParentNode = document): string =>
      (within.querySelector(selector)?.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
    const link = document.querySelector('[data-live=tile-Consensus] dl a')?.getAttribute('href') ?? '';
    return {
      revision: Number(document.body.dataset['revision']),
      headline: text('[data-live=lede] b'),
      consensus: text('[data-live=tile-Consensus] .big'),
      validAfter: decodeURIComponent(link.split('/').at(-1) ?? ''),
      voted: text('[data-live=tile-Voting] .big'),
      agreement: text('[data-live=tile-Agreement] .big'),
      authorities: [
        ...document.querySelectorAll<HTMLElement>('[data-live=authorities] tbody:first-of-type tr'),
      ].map((row) => ({
        nickname: row.dataset['key'] ?? '',
        state: text('td.state [title]', row),
        // The marks of a vote are three; other columns have fewer.
        marks:
          [...row.querySelectorAll('td')]
            .map((cell) => [...cell.querySelectorAll('.m')].map((mark) => mark.textContent.slice(0, 1)))
            .find(({ length }) => length === 3) ?? [],
      })),
    };
  });
}

/** The journal of a data directory, as bytes. */
export function journalOf(data: string): Buffer {
  const directory = join(data, 'journal');
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
  return Buffer.concat(names.map((name) => readFileSync(join(directory, name))));
}

/** Without the line that was torn by the kill: nobody was told that it is kept. */
export function wholeLines(journal: Buffer): Buffer {
  return journal.subarray(0, journal.lastIndexOf(0x0a) + 1);
}

/** How many entries a journal has. */
export function count(journal: Buffer): number {
  return journal.toString('latin1').split('\n').length - 1;
}

/** Every row of the tables that tell what was found. */
export async function contents(path: string): Promise<{
  readonly counts: readonly { readonly name: string; readonly rows: number }[];
  readonly rows: readonly unknown[];
}> {
  const store = await openDuckDb({ path });
  try {
    const everything = { before: Number.MAX_SAFE_INTEGER, limit: 100_000 };
    return {
      counts: await store.query('counts'),
      rows: [
        await store.query('authorities'),
        await store.query('states'),
        await store.query('certificates'),
        await store.query('rounds', everything),
        await store.query('sourcesSince', { since: 0 }),
        await store.query('votesSince', { since: 0 }),
        await store.query('signaturesSince', { since: 0 }),
        await store.query('alerts', { limit: 100_000 }),
        await store.query('events', { ...everything, rule: '', authority: '' }),
        await store.query('documents', { ...everything, kind: '' }),
      ],
    };
  } finally {
    await store.close();
  }
}

/** The rounds after a moment (ms) of which all nine votes are in the consensus, by valid-after. */
export function wholeSince({ rounds }: Rounds, at: number): readonly string[] {
  return rounds.flatMap(({ votes, validAfter }) =>
    votes === 9 && Date.parse(validAfter) > at ? validAfter : [],
  );
}

/** What an observatory found when it computed both flavours of a round from their votes. */
export function provedIn({ proof, preview }: RoundPage): unknown {
  return {
    ns: proof.ns && [proof.ns.verdict, proof.ns.cause, proof.ns.votesUsed],
    microdesc: proof.microdesc && [proof.microdesc.verdict, proof.microdesc.cause, proof.microdesc.votesUsed],
    foreseen: preview?.published && [preview.published.sameVotes, preview.published.identical],
  };
}

/** What it finds when all is as it should be: the text of so many votes, which the preview had foreseen. */
export function asVotes(votes: number): unknown {
  return {
    ns: ['identical', 'none', votes],
    microdesc: ['identical', 'none', votes],
    foreseen: [true, { ns: true, microdesc: true }],
  };
}

/** Who showed each text of the ns flavour before it was published, the smallest group first. */
export function shownBy({ groups }: RoundPage['pending']): readonly (readonly string[])[] {
  return groups
    .filter(({ flavor }) => flavor === 'ns')
    .map(({ authorities }) => authorities.toSorted())
    .toSorted((a, b) => a.length - b.length);
}
