/** A table of networks that the configuration names: read, or refused with what is wrong. */
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namedBy, openArchive } from '../../src/archive/index.ts';
import { loadNetworks, rebuildStore } from '../../src/daemon/index.ts';
import { conclave } from '../cli/run.ts';
import { dump, makeJournal } from '../support/journal.ts';
import { madeNetwork, noon } from '../support/network.ts';

let root = '';
const at = (name: string): string => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'conclave-networks-'));
  const lines = [
    '0.0.0.0\t127.255.255.255\t64500\tUS\tLOW',
    'no line',
    '128.0.0.0\t255.255.255.255\t64501\tDE\tHIGH',
  ];
  await writeFile(at('ip2asn-v4.tsv'), lines.join('\n'));
  await utimes(at('ip2asn-v4.tsv'), 0, Date.UTC(2026, 6, 1, 3) / 1000);
  await writeFile(at('empty.tsv'), '');
  await writeFile(at('geoip'), '16777216,16777471,AU\n');
  const network = madeNetwork(3);
  const journal = makeJournal(network, noon - 1200);
  journal.play(network.round({ validAfter: noon }), { cycles: 1 });
  const archive = await openArchive(at('data'));
  for (const { entry } of journal.placed) {
    const name = namedBy(entry)?.sha256;
    const bytes = name === undefined ? undefined : await journal.read(name);
    if (bytes) await archive.keep(bytes);
  }
  await archive.append(journal.placed.map(({ entry }) => entry));
  await archive.close();
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('loadNetworks()', () => {
  test('S2.2.19 calls the table by its file and day, and says what was left out', async () => {
    const said: string[] = [];
    const table = await loadNetworks(at('ip2asn-v4.tsv'), (line) => said.push(line));
    expect([table?.source, table?.first.length]).toEqual(['ip2asn-v4.tsv of 2026-07-01', 2]);
    expect(said).toEqual([expect.stringContaining('left out: 1.')]);
    expect(await loadNetworks(undefined)).toBeUndefined();
  });
});

describe('conclave rebuild', () => {
  const rebuilt = async (table: string, key = 'asn'): Promise<{ code: number | null; err: string }> => {
    await writeFile(at('conclave.toml'), `${key} = ${JSON.stringify(at(table))}\n`);
    return conclave(['rebuild', '--data', at('data'), '--config', at('conclave.toml')]);
  };

  test.each([
    ['missing.tsv', 64, 'missing.tsv: there is no such file'],
    ['empty.tsv', 65, 'empty.tsv: expected lines of FIRST, LAST, AS number'],
    ['geoip', 65, 'geoip: expected lines of FIRST, LAST, AS number'],
  ])('S2.2.19 with %s as asn is refused: %i', async (asn, code, words) => {
    const ran = await rebuilt(asn);
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(words)]);
  });

  test.each([
    ['missing', 64, 'missing: there is no such file'],
    ['ip2asn-v4.tsv', 65, 'ip2asn-v4.tsv: expected lines of FIRST,LAST,COUNTRY'],
  ])('S2.1.31 with %s as geoip is refused: %i', async (geoip, code, words) => {
    const ran = await rebuilt(geoip, 'geoip');
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(words)]);
  });

  test('S2.2.19 counts networks by the table of the configuration, as a rebuild in this process does', async () => {
    expect((await rebuilt('ip2asn-v4.tsv')).code).toBe(0);
    const rows = await dump(at('data/store.duckdb'));
    expect(rows['health']).toMatchObject([
      { networks: expect.stringContaining('ip2asn-v4.tsv of 2026-07-01') },
    ]);
    await rebuildStore(at('data'), { asn: at('ip2asn-v4.tsv') });
    expect(await dump(at('data/store.duckdb'))).toEqual(rows);
    await rebuildStore(at('data'));
    expect((await dump(at('data/store.duckdb')))['health']).toMatchObject([{ networks: null }]);
  });
});
