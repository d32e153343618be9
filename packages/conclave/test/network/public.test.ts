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

test('publicAuthoritySets is in order of time, begins with the first voter and names its sources', () => {
  const times = publicAuthoritySets.map(({ since }) => since);
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  expect(times.every((time) => time % 86_400 === 0)).toBe(true);
  expect(times[0]).toBe(at('2007-09-19T00:00:00'));
  for (const { source } of publicAuthoritySets) {
    expect(source).toMatch(/^tor [0-9a-f]{10}: \w+(, \w+)*(; tor [0-9a-f]{10}: \w+(, \w+)*)*$/);
  }
});

test('publicAuthoritySets has whole authorities, each once', () => {
  for (const { set } of publicAuthoritySets) {
    const { authorities } = set;
    expect(reachableOf(set)).toHaveLength(authorities.length);
    expect(authorities.filter(({ v3ident }) => v3ident === undefined)).toHaveLength(1);
    const identities = authorities.flatMap(({ v3ident, fingerprint }) => [v3ident ?? [], fingerprint ?? []]);
    for (const identity of identities.flat()) expect(identity).toMatch(/^[0-9A-F]{40}$/);
    expect(new Set(identities.flat()).size).toBe(authorities.length * 2 - 1);
    expect(new Set(authorities.map(({ nickname }) => nickname)).size).toBe(authorities.length);
    for (const { ipv4 } of authorities) expect(ipv4).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  }
});

/** Every identity that voted; `name/2` is the second of that name. */
const identities: Readonly<Record<string, string>> = {
  moria1: '5420FD8EA46BD4290F1D07A1883C9D85ECC486C4',
  'moria1/2': 'E2A2AF570166665D738736D0DD58169CC61D8A8B',
  'moria1/3': 'D586D18309DED4CD6D57C18FDB97EFA96D330566',
  'moria1/4': 'F533C81CEF0BC0267857C99B2F471ADF249FA232',
  tor26: 'A9AC67E64B200BBF2FA26DF194AC0469E2A948C6',
  'tor26/2': '14C131DFC5C6F93646BE72FA1401C02A8DF2E8B4',
  'tor26/3': '2F3DF9CA0E5D36F2685A2DA67184EB8DCB8CBA8C',
  ides: '27B6B5996C426270A5C95488AA5BCEB6BCC86956',
  turtles: '27B6B5996C426270A5C95488AA5BCEB6BCC86956',
  lefkada: '0D95B91896E6089AB9A3C6CB56E724CAF898C43F',
  gabelmoo: 'EAA879B5C75032E462CB018630D2D0DF46EBA606',
  'gabelmoo/2': '81349FC1F2DBA2C2C11B45CB9706637D480AB913',
  'gabelmoo/3': 'ED03BB616EB2F60BEC80151114BB25CEF515B226',
  dannenberg: '585769C78764D58426B8B52B6651A5A71137189A',
  'dannenberg/2': '0232AF901C31A04EE9848595AF9BB7620D4C5B2E',
  dizum: 'E8A9C45EDE6D711294FADF8E7951F4DE6CA56B58',
  urras: '80550987E1D626E3EBA5E5E75A458DE0626D088C',
  maatuska: '49015F787433103580E3B66A1707A00E60F2D15B',
  Faravahar: 'EFCBE720AB3A82B99F9E953CD5BF50F7EEFC7B97',
  faravahar: '70849B868D606BAECFB6128C5E3D782029AA394F',
  longclaw: '23D15D965BC35114467363C165C4F724B64B4F66',
  bastet: '27102BC123E7AF1D4741AE047E160C91ADC76B21',
};

/** Who voted from this day on until the next, how many are a majority, and who was the bridge authority. */
const voters: readonly (readonly [day: string, majority: number, voters: string, bridges: string])[] = [
  ['2007-09-19', 1, 'moria1', 'Tonga'],
  ['2007-09-20', 2, 'moria1 tor26', 'Tonga'],
  ['2007-11-07', 2, 'moria1 tor26 ides', 'Tonga'],
  ['2007-12-08', 3, 'moria1 tor26 lefkada ides', 'Tonga'],
  ['2008-01-08', 3, 'moria1 tor26 lefkada ides gabelmoo', 'Tonga'],
  ['2008-01-22', 4, 'moria1 tor26 lefkada ides gabelmoo dannenberg', 'Tonga'],
  ['2008-04-23', 4, 'moria1 tor26 dizum ides gabelmoo dannenberg', 'Tonga'],
  ['2008-05-13', 4, 'moria1/2 tor26/2 dizum ides gabelmoo/2 dannenberg', 'Tonga'],
  ['2009-08-10', 4, 'moria1/2 tor26/2 dizum ides gabelmoo/2 dannenberg urras', 'Tonga'],
  ['2010-01-19', 4, 'moria1/3 tor26/2 dizum ides gabelmoo/3 dannenberg urras', 'Tonga'],
  ['2010-06-10', 5, 'moria1/3 tor26/2 dizum ides gabelmoo/3 dannenberg urras maatuska', 'Tonga'],
  ['2012-04-05', 5, 'moria1/3 tor26/2 dizum turtles gabelmoo/3 dannenberg urras maatuska', 'Tonga'],
  ['2012-09-22', 5, 'moria1/3 tor26/2 dizum turtles gabelmoo/3 dannenberg urras maatuska Faravahar', 'Tonga'],
  [
    '2014-11-09',
    5,
    'moria1/3 tor26/2 dizum gabelmoo/3 dannenberg urras maatuska Faravahar longclaw',
    'Tonga',
  ],
  [
    '2015-12-21',
    5,
    'moria1/3 tor26/2 dizum gabelmoo/3 dannenberg/2 urras maatuska Faravahar longclaw',
    'Tonga',
  ],
  ['2016-07-03', 5, 'moria1/3 tor26/2 dizum gabelmoo/3 dannenberg/2 maatuska Faravahar longclaw', 'Tonga'],
  ['2016-08-23', 5, 'moria1/3 tor26/2 dizum gabelmoo/3 dannenberg/2 maatuska Faravahar longclaw', 'Bifroest'],
  [
    '2017-10-19',
    5,
    'moria1/3 tor26/2 dizum gabelmoo/3 dannenberg/2 maatuska Faravahar longclaw bastet',
    'Bifroest',
  ],
  [
    '2018-07-12',
    5,
    'moria1/3 tor26/2 dizum gabelmoo/3 dannenberg/2 maatuska Faravahar longclaw bastet',
    'Serge',
  ],
  ['2022-10-18', 5, 'moria1/3 tor26/2 dizum gabelmoo/3 dannenberg/2 maatuska longclaw bastet', 'Serge'],
  ['2022-11-29', 5, 'moria1/4 tor26/2 dizum gabelmoo/3 dannenberg/2 maatuska longclaw bastet', 'Serge'],
  ['2024-04-08', 5, 'moria1/4 tor26/3 dizum gabelmoo/3 dannenberg/2 maatuska longclaw bastet', 'Serge'],
  [
    '2024-05-30',
    5,
    'moria1/4 tor26/3 dizum gabelmoo/3 dannenberg/2 maatuska longclaw bastet faravahar',
    'Serge',
  ],
];

test.each(voters)(
  'from %s on %s are a majority of %s; %s keeps the bridges',
  (day, majority, names, bridges) => {
    const end = voters[voters.findIndex(([other]) => other === day) + 1]?.[0] ?? '2100-01-01';
    const held = publicAuthoritySets.filter(({ since }) => {
      return since >= at(`${day}T00:00:00`) && since < at(`${end}T00:00:00`);
    });
    expect(held[0]?.since).toBe(at(`${day}T00:00:00`));
    for (const { set } of held) {
      expect(votersOf(set).map(({ nickname, v3ident }) => [nickname, v3ident])).toEqual(
        names.split(' ').map((name) => [name.replace(/\/.*/, ''), identities[name]]),
      );
      expect(majorityOf(set)).toBe(majority);
      expect(set.authorities.filter(({ v3ident }) => !v3ident).map(({ nickname }) => nickname)).toEqual([
        bridges,
      ]);
    }
  },
);

test.each<[string, string, string]>([
  ['2009-09-29T23:59:59', 'moria1', '128.31.0.34 9031 9001'],
  ['2009-09-30T00:00:00', 'moria1', '128.31.0.39 9031 9001'],
  ['2010-01-19T00:00:00', 'moria1', '128.31.0.39 9131 9101'],
  ['2022-11-29T00:00:00', 'moria1', '128.31.0.39 9231 9201'],
  ['2007-09-20T00:00:00', 'tor26', '86.59.21.38 80 443'],
  ['2024-04-08T00:00:00', 'tor26', '217.196.147.77 80 443'],
  ['2007-12-08T00:00:00', 'lefkada', '140.247.60.64 80 443'],
  ['2009-10-10T00:00:00', 'dizum', '194.109.206.212 80 443'],
  ['2009-10-11T00:00:00', 'dizum', '194.109.206.214 80 443'],
  ['2009-10-15T00:00:00', 'dizum', '194.109.206.212 80 443'],
  ['2019-08-15T00:00:00', 'dizum', '45.66.33.45 80 443'],
  ['2022-10-18T00:00:00', 'dizum', '45.66.35.11 80 443'],
  ['2009-09-29T00:00:00', 'Tonga', '82.94.251.206 80 443'],
  ['2009-09-30T00:00:00', 'Tonga', '82.94.251.203 80 443'],
  ['2012-04-04T00:00:00', 'ides', '216.224.124.114 9030 9090'],
  ['2012-04-05T00:00:00', 'turtles', '76.73.17.194 9030 9090'],
  ['2008-01-08T00:00:00', 'gabelmoo', '88.198.7.215 80 443'],
  ['2008-10-27T00:00:00', 'gabelmoo', '141.13.4.202 80 443'],
  ['2008-12-22T00:00:00', 'gabelmoo', '80.190.246.100 80 443'],
  ['2010-01-19T00:00:00', 'gabelmoo', '80.190.246.100 8180 8080'],
  ['2010-12-16T00:00:00', 'gabelmoo', '212.112.245.170 80 443'],
  ['2014-09-19T00:00:00', 'gabelmoo', '131.188.40.189 80 443'],
  ['2010-02-11T00:00:00', 'dannenberg', '213.73.91.31 80 443'],
  ['2010-02-12T00:00:00', 'dannenberg', '193.23.244.244 80 443'],
  ['2010-06-10T00:00:00', 'maatuska', '213.115.239.118 443 80'],
  ['2012-02-29T00:00:00', 'maatuska', '171.25.193.9 443 80'],
  ['2015-02-19T00:00:00', 'Faravahar', '154.35.32.5 80 443'],
  ['2015-02-20T00:00:00', 'Faravahar', '154.35.175.225 80 443'],
  ['2014-11-18T00:00:00', 'longclaw', '202.85.227.202 80 443'],
  ['2014-11-19T00:00:00', 'longclaw', '199.254.238.52 80 443'],
  ['2017-10-17T00:00:00', 'longclaw', '199.58.81.140 80 443'],
])('at %s %s is at %s', (time, name, place) => {
  const one = publicAuthoritiesAt(at(time))?.authorities.find(({ nickname }) => nickname === name);
  expect(`${one?.ipv4} ${one?.dirPort} ${one?.orPort}`).toBe(place);
});

test('publicAuthoritiesAt() knows nothing before the first voter', () => {
  expect(publicAuthoritiesAt(at('2007-09-18T23:59:59'))).toBeUndefined();
  expect(publicAuthoritiesAt(at('2026-07-27T10:00:00'))).toBe(publicAuthorities);
});

test('publicAuthoritySets knows IPv6 since tor does, and names whoever left by the last name', () => {
  const withIpv6 = (day: string): string[] | undefined =>
    publicAuthoritiesAt(at(`${day}T00:00:00`))
      ?.authorities.filter(({ ipv6 }) => ipv6)
      .map(({ nickname }) => nickname);
  expect(withIpv6('2015-12-10')).toEqual([]);
  expect(withIpv6('2015-12-11')).toEqual(['tor26', 'gabelmoo', 'maatuska', 'longclaw']);
  expect(withIpv6('2017-09-20')).toEqual(['tor26', 'gabelmoo', 'maatuska']);
  expect(withIpv6('2018-06-10')).toEqual(['tor26', 'gabelmoo', 'dannenberg', 'maatuska', 'bastet']);
  const longclaw = publicAuthoritySets.find(({ since }) => since === at('2014-11-09T00:00:00'));
  expect(longclaw?.source).toBe('tor b6e7b8c88c: turtles; tor ad448c6405: longclaw');
});

const mainnet = join(import.meta.dirname, '../../../../../shared/data/mainnet');
const files = (...directories: string[]): string[] =>
  directories.flatMap((directory) =>
    readdirSync(join(mainnet, directory)).map((name) => join(mainnet, directory, name)),
  );

test.skipIf(!existsSync(mainnet))('publicAuthoritiesAt() knows every identity in real consensuses', () => {
  let seen = 0;
  for (const file of files('consensus-ns', 'consensus-microdesc', 'cropped')) {
    const text = readFileSync(file, 'latin1');
    const validAfter = /^valid-after (\S+) (\S+)$/m.exec(text);
    const set = publicAuthoritiesAt(at(`${validAfter?.[1]}T${validAfter?.[2]}`));
    const sources = [...text.matchAll(/^dir-source (\S+) ([0-9A-F]{40}) \S+ (\S+) (\d+) (\d+)$/gm)];
    for (const [line, nickname, identity, address, dirPort, orPort] of sources) {
      if (address?.startsWith('127.')) continue;
      const voter = set && votersOf(set).find(({ v3ident }) => v3ident === identity);
      expect([voter?.nickname, `${voter?.dirPort} ${voter?.orPort}`], `${file}: ${line}`).toEqual([
        nickname,
        `${dirPort} ${orPort}`,
      ]);
      seen += 1;
    }
  }
  expect(seen).toBeGreaterThan(150);
});

test.skipIf(!existsSync(mainnet))(
  'publicAuthoritySets knows every identity of real certificates in their time',
  () => {
    const certificate =
      /^fingerprint ([0-9A-F]{40})\n(?:[^\n]*\n)*?dir-key-published (\S+) (\S+)\ndir-key-expires (\S+) (\S+)$/gm;
    const unknown = new Set<string>();
    let seen = 0;
    for (const file of files('key-certificates')) {
      for (const found of readFileSync(file, 'latin1').matchAll(certificate)) {
        const [, identity = '', publishedDay, publishedTime, expiresDay, expiresTime] = found;
        const published = at(`${publishedDay}T${publishedTime}`);
        const expires = at(`${expiresDay}T${expiresTime}`);
        const held = publicAuthoritySets.filter(({ since }, index) => {
          const until = publicAuthoritySets[index + 1]?.since ?? Infinity;
          return since < expires && until > published;
        });
        if (!held.some(({ set }) => [...identitiesOf(set)].some((one) => one === identity)))
          unknown.add(identity);
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(30);
    // Certificates of 2010 and 2011 for what two authorities had laid down by then (`legacy-dir-key`).
    expect([...unknown].toSorted()).toEqual([identities['gabelmoo/2'], identities['moria1/2']]);
  },
);
