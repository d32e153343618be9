/** What people see on a terminal of 80 columns, and what they are told where they mistake something. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { createSite, serve } from '../../src/web/index.ts';
import { answersFor, type Situation } from '../web/fixtures.ts';
import { conclave, workshop } from './run.ts';

const { put, clear } = workshop();
afterAll(clear);

const commands = [
  [],
  ['run'],
  ['demo'],
  ['status'],
  ['parse'],
  ['verify'],
  ['recompute'],
  ['what-if'],
  ['diff'],
  ['diff', 'show'],
  ['shared-random'],
  ['backfill'],
  ['export'],
  ['pack'],
  ['fsck'],
  ['rebuild'],
  ['lab'],
];

/** Lines longer than the terminal, but for a single word, which is not cut. */
function tooLong(text: string): string[] {
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.length > 80 && line.trim().includes(' '));
}

test.each(commands.map((command) => [command.join(' '), command] as const))(
  'conclave %s --help fits; a pipe gets the lines as they are',
  async (_, command) => {
    const shown = await conclave([...command, '--help'], { terminal: true });
    expect(shown.code).toBe(0);
    expect(tooLong(shown.out)).toEqual([]);
    const piped = await conclave([...command, '--help']);
    expect(shown.out.replace(/\s+/g, ' ')).toBe(piped.out.replace(/\s+/g, ' '));
  },
);

describe('conclave status', () => {
  async function ask(situation: Situation): Promise<string> {
    const site = await serve(createSite(answersFor(situation)), { host: '127.0.0.1', port: 0 });
    try {
      return (await conclave(['status', '--url', site.url], { terminal: true })).out;
    } finally {
      await site.close();
    }
  }

  test('the table of authorities fits, with a share for each scanner and a word where one wants a look', async () => {
    const out = stripVTControlCharacters(await ask('fine'));
    const table = out.split('\n\n').find((part) => part.includes('authority')) ?? '';
    expect(tooLong(table)).toEqual([]);
    expect(table).toMatch(/^ {2}moria1 +online +✓ ✓ ✓ +98\.\d % /m);
    expect(table).toMatch(/^ {2}faravahar +slow +✓ ✓ ✓ +61\.\d %, .*\n {2,}stale /m);
    expect(table).toMatch(/^ {2}dizum +online +✓ ✓ ✓ +– /m);
    expect(table).toMatch(/^ {2}Serge +\w+ +none +– /m);
  });

  test('nothing known: n/a, and no share is made up', async () => {
    expect(stripVTControlCharacters(await ask('nothing'))).toMatch(/^ {2}moria1 +unknown +\? \? \? +n\/a /m);
  });
});

describe('conclave demo', () => {
  test('says who is in the way where the port is taken, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { port } = other.address() as AddressInfo;
      const ran = await conclave(['demo', '--skip', '0', '--listen', `127.0.0.1:${port}`]);
      expect([ran.code, ran.err]).toEqual([
        69,
        `conclave: 127.0.0.1:${port}: another program listens there; choose another place with --listen\n`,
      ]);
    } finally {
      other.close();
    }
  });

  test('a file that is no recording is one that cannot be read', async () => {
    const ran = await conclave(['demo', '--recording', put('notes.txt', 'nothing of the kind\n')]);
    expect([ran.code, ran.err]).toEqual([65, expect.stringContaining('expected a recording (.tar.xz)')]);
  });
});
