import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  identitiesOf,
  majorityOf,
  publicAuthorities,
  publicAuthoritiesAt,
  publicAuthoritySets,
  reachableOf,
  votersOf,
} from '../../src/network/index.ts';

const at = (text: string): number => Date.parse(`${text}Z`) / 1000;

test('publicAuthorities has nine voters and the bridge authority, in the order of tor', () => {
  expect(publicAuthorities.authorities.map(({ nickname }) => nickname).join(' ')).toBe(
    'moria1 tor26 dizum Serge gabelmoo dannenberg maatuska longclaw bastet faravahar',
  );
  expect(votersOf(publicAuthorities)).toHaveLength(9);
  expect(reachableOf(publicAuthorities)).toHaveLength(10);
  expect(majorityOf(publicAuthorities)).toBe(5);
});

test('publicAuthoritySets is in order of time', () => {
  const times = publicAuthoritySets.map(({ since }) => since);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.every((time) => time % 86_400 === 0)).toBe(true);
});

test.each<[string, number | undefined, string]>([
  ['2014-11-01T00:00:00', undefined, ''],
  ['2014-12-08T16:00:00', 9, 'urras'],
  ['2016-09-20T13:00:00', 8, 'Faravahar'],
  ['2017-10-29T11:00:00', 9, 'bastet'],
  ['2022-11-01T00:00:00', 8, 'moria1'],
  ['2023-06-01T00:00:00', 8, 'tor26'],
  ['2026-07-27T10:00:00', 9, 'faravahar'],
])('publicAuthoritiesAt(%s) has %s voters', (time, count, member) => {
  const set = publicAuthoritiesAt(at(time));
  expect(set && votersOf(set).length).toBe(count);
  if (set !== undefined) expect(set.authorities.map(({ nickname }) => nickname)).toContain(member);
});

const consensuses = join(import.meta.dirname, '../../../../../shared/data/mainnet/consensus-ns');
test.skipIf(!existsSync(consensuses))(
  'publicAuthoritiesAt() knows every identity in real consensuses',
  () => {
    for (const file of readdirSync(consensuses)) {
      const text = readFileSync(join(consensuses, file), 'latin1');
      const validAfter = /^valid-after (\S+) (\S+)$/m.exec(text);
      const set = publicAuthoritiesAt(at(`${validAfter?.[1]}T${validAfter?.[2]}`));
      const identities = set === undefined ? new Set<string>() : identitiesOf(set);
      const sources = [...text.matchAll(/^dir-source (\S+) (\S+) /gm)];
      expect(sources.length).toBeGreaterThan(4);
      for (const [line, , identity] of sources) {
        expect([...identities], `${file}: ${line}`).toContain(identity);
      }
    }
  },
);
