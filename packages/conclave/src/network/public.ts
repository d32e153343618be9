/**
 * The public network's authorities, as a dated list: which identities counted when. Each line is a fact of tor's own
 * list of default authorities and says which change brought it. Times before the first set have none: never guess.
 */
import { parseFingerprint, type Fingerprint } from '@conclave/netdoc';
import type { Authority, AuthoritySet } from './authority.ts';

/** The authorities of the public network from one moment on. */
export interface DatedAuthoritySet {
  /** Seconds since 1970-01-01 UTC. */
  readonly since: number;
  /** Where the change is recorded. */
  readonly source: string;
  readonly set: AuthoritySet;
}

type Row = readonly [
  nickname: string,
  v3ident: string | undefined,
  fingerprint: string,
  ipv4: string,
  dirPort: number,
  orPort: number,
  ipv6?: readonly [address: string, orPort: number],
];

const moria1 = row([
  'moria1',
  'F533C81CEF0BC0267857C99B2F471ADF249FA232',
  '1A25C6358DB91342AA51720A5038B72742732498',
  '128.31.0.39',
  9231,
  9201,
]);
const moria1Until2022 = row([
  'moria1',
  'D586D18309DED4CD6D57C18FDB97EFA96D330566',
  '9695DFC35FFEB861329B9F1AB04C46397020CE31',
  '128.31.0.39',
  9131,
  9101,
]);
const tor26 = row([
  'tor26',
  '2F3DF9CA0E5D36F2685A2DA67184EB8DCB8CBA8C',
  'FAA4BCA4A6AC0FB4CA2F8AD5A11D9E122BA894F6',
  '217.196.147.77',
  80,
  443,
  ['2a02:16a8:662:2203::1', 443],
]);
const tor26Until2024 = row([
  'tor26',
  '14C131DFC5C6F93646BE72FA1401C02A8DF2E8B4',
  '847B1F850344D7876491A54892F904934E4EB85D',
  '86.59.21.38',
  80,
  443,
  ['2001:858:2:2:aabb:0:563b:1526', 443],
]);
const dizum = row([
  'dizum',
  'E8A9C45EDE6D711294FADF8E7951F4DE6CA56B58',
  '7EA6EAD6FD83083C538F44038BBFA077587DD755',
  '45.66.35.11',
  80,
  443,
]);
const serge = row([
  'Serge',
  undefined,
  'BA44A889E64B93FAA2B114E02C2A279A8555C533',
  '66.111.2.131',
  9030,
  9001,
]);
const bifroest = row([
  'Bifroest',
  undefined,
  '1D8F3A91C37C5D1C4C19B1AD1D0CFBE8BF72D8E1',
  '37.218.247.217',
  80,
  443,
]);
const tonga = row(['Tonga', undefined, '4A0CCD2DDC7995083D73F5D667100C8A5831F16D', '82.94.251.203', 80, 443]);
const gabelmoo = row([
  'gabelmoo',
  'ED03BB616EB2F60BEC80151114BB25CEF515B226',
  'F2044413DAC2E02E3D6BCF4735A19BCA1DE97281',
  '131.188.40.189',
  80,
  443,
  ['2001:638:a000:4140::ffff:189', 443],
]);
const dannenberg = row([
  'dannenberg',
  '0232AF901C31A04EE9848595AF9BB7620D4C5B2E',
  '7BE683E65D48141321C5ED92F075C55364AC7123',
  '193.23.244.244',
  80,
  443,
  ['2001:678:558:1000::244', 443],
]);
const maatuska = row([
  'maatuska',
  '49015F787433103580E3B66A1707A00E60F2D15B',
  'BD6A829255CB08E66FBE7D3748363586E46B3810',
  '171.25.193.9',
  443,
  80,
  ['2001:67c:289c::9', 80],
]);
const longclaw = row([
  'longclaw',
  '23D15D965BC35114467363C165C4F724B64B4F66',
  '74A910646BCEEFBCD2E874FC1DC997430F968145',
  '199.58.81.140',
  80,
  443,
]);
const bastet = row([
  'bastet',
  '27102BC123E7AF1D4741AE047E160C91ADC76B21',
  '24E2F139121D4394C54B5BCC368B3B411857C413',
  '204.13.164.118',
  80,
  443,
  ['2620:13:4000:6000::1000:118', 443],
]);
const faravahar = row([
  'faravahar',
  '70849B868D606BAECFB6128C5E3D782029AA394F',
  'E3E42D35F801C9D5AB23584E0025D56FE2B33396',
  '216.218.219.41',
  80,
  443,
]);
const faravaharUntil2022 = row([
  'Faravahar',
  'EFCBE720AB3A82B99F9E953CD5BF50F7EEFC7B97',
  'CF6D0AAFB385BE71B8E111FC5CFF4B47923733BC',
  '154.35.175.225',
  80,
  443,
]);
const urras = row([
  'urras',
  '80550987E1D626E3EBA5E5E75A458DE0626D088C',
  '0AD3FA884D18F89EEA2D89C019379E0E7FD94417',
  '208.83.223.34',
  443,
  80,
]);

/** dannenberg before its identity was changed; dizum, longclaw, Faravahar and others where they once were. */
const dannenbergUntil2015 = {
  ...withoutIpv6(dannenberg),
  v3ident: atom('585769C78764D58426B8B52B6651A5A71137189A'),
};
const dannenbergUntil2018 = withoutIpv6(dannenberg);
const dizumUntil2019 = { ...dizum, ipv4: '194.109.206.212' };
const dizumUntil2022 = { ...dizum, ipv4: '45.66.33.45' };
const longclawAtFirst = { ...longclaw, ipv4: '202.85.227.202' };
const longclawUntil2017 = { ...longclaw, ipv4: '199.254.238.52' };
const faravaharUntil2015 = { ...faravaharUntil2022, ipv4: '154.35.32.5' };
const bastetUntil2018 = withoutIpv6(bastet);

/** The public network's authorities, oldest first. Facts from tor's list of default authorities, by its commits. */
export const publicAuthoritySets: readonly DatedAuthoritySet[] = [
  dated('2014-11-12', 'tor ad448c6405, b6e7b8c88c: longclaw for turtles', [
    moria1Until2022,
    tor26Until2024,
    dizumUntil2019,
    tonga,
    gabelmoo,
    dannenbergUntil2015,
    urras,
    maatuska,
    faravaharUntil2015,
    longclawAtFirst,
  ]),
  dated('2014-11-19', 'tor dca902ceba: address of longclaw', [
    moria1Until2022,
    tor26Until2024,
    dizumUntil2019,
    tonga,
    gabelmoo,
    dannenbergUntil2015,
    urras,
    maatuska,
    faravaharUntil2015,
    longclawUntil2017,
  ]),
  dated('2015-02-20', 'tor 8e61d38cf1: address of Faravahar', [
    moria1Until2022,
    tor26Until2024,
    dizumUntil2019,
    tonga,
    gabelmoo,
    dannenbergUntil2015,
    urras,
    maatuska,
    faravaharUntil2022,
    longclawUntil2017,
  ]),
  dated('2015-12-21', 'tor 11f63d26ac: identity of dannenberg', [
    moria1Until2022,
    tor26Until2024,
    dizumUntil2019,
    tonga,
    gabelmoo,
    dannenbergUntil2018,
    urras,
    maatuska,
    faravaharUntil2022,
    longclawUntil2017,
  ]),
  dated('2016-07-03', 'tor 7ae34e722a: urras removed', [
    moria1Until2022,
    tor26Until2024,
    dizumUntil2019,
    tonga,
    gabelmoo,
    dannenbergUntil2018,
    maatuska,
    faravaharUntil2022,
    longclawUntil2017,
  ]),
  dated('2016-08-24', 'tor 41ab23bed5: Bifroest for Tonga', [
    moria1Until2022,
    tor26Until2024,
    dizumUntil2019,
    bifroest,
    gabelmoo,
    dannenbergUntil2018,
    maatuska,
    faravaharUntil2022,
    longclawUntil2017,
  ]),
  dated('2017-10-23', 'tor 5d219ecf98, 15a699462d: address of longclaw, bastet added', [
    moria1Until2022,
    tor26Until2024,
    dizumUntil2019,
    bifroest,
    gabelmoo,
    dannenbergUntil2018,
    maatuska,
    faravaharUntil2022,
    longclaw,
    bastetUntil2018,
  ]),
  dated(
    '2018-07-12',
    'tor cd4795ca3e: Serge for Bifroest; IPv6 of bastet (25c90230be), dannenberg (6cf9288518)',
    [
      moria1Until2022,
      tor26Until2024,
      dizumUntil2019,
      serge,
      gabelmoo,
      dannenberg,
      maatuska,
      faravaharUntil2022,
      longclaw,
      bastet,
    ],
  ),
  dated('2019-08-15', 'tor 5a1c3e44f7: address of dizum', [
    moria1Until2022,
    tor26Until2024,
    dizumUntil2022,
    serge,
    gabelmoo,
    dannenberg,
    maatuska,
    faravaharUntil2022,
    longclaw,
    bastet,
  ]),
  dated('2022-10-18', 'tor 938070f5c4, efad436432: address of dizum, Faravahar removed', [
    moria1Until2022,
    tor26Until2024,
    dizum,
    serge,
    gabelmoo,
    dannenberg,
    maatuska,
    longclaw,
    bastet,
  ]),
  dated('2022-11-29', 'tor 72b04a5aa4: identities and ports of moria1', [
    moria1,
    tor26Until2024,
    dizum,
    serge,
    gabelmoo,
    dannenberg,
    maatuska,
    longclaw,
    bastet,
  ]),
  dated('2024-04-08', 'tor e3e4fa35e8: identities and addresses of tor26', [
    moria1,
    tor26,
    dizum,
    serge,
    gabelmoo,
    dannenberg,
    maatuska,
    longclaw,
    bastet,
  ]),
  dated('2024-05-30', 'tor 39ba9ce0d7: faravahar is back', [
    moria1,
    tor26,
    dizum,
    serge,
    gabelmoo,
    dannenberg,
    maatuska,
    longclaw,
    bastet,
    faravahar,
  ]),
];

/** The public network's authorities at a time, or undefined for a time of which the list knows nothing. */
export function publicAuthoritiesAt(unixSeconds: number): AuthoritySet | undefined {
  return publicAuthoritySets.findLast(({ since }) => since <= unixSeconds)?.set;
}

/** The public network's authorities of today: nine that vote, and the bridge authority. */
export const publicAuthorities: AuthoritySet = newest(publicAuthoritySets);

function newest(sets: readonly DatedAuthoritySet[]): AuthoritySet {
  const last = sets.at(-1);
  if (last === undefined) throw new Error('the list of public authorities is empty');
  return last.set;
}

function dated(day: string, source: string, authorities: readonly Authority[]): DatedAuthoritySet {
  return {
    since: Date.parse(`${day}T00:00:00Z`) / 1000,
    source,
    set: { network: 'public Tor network', authorities },
  };
}

function row([nickname, v3ident, fingerprint, ipv4, dirPort, orPort, ipv6]: Row): Authority {
  return {
    nickname,
    ...(v3ident === undefined ? {} : { v3ident: atom(v3ident) }),
    fingerprint: atom(fingerprint),
    ipv4,
    dirPort,
    orPort,
    ...(ipv6 === undefined ? {} : { ipv6: { address: ipv6[0], orPort: ipv6[1] } }),
  };
}

function withoutIpv6(authority: Authority): Authority {
  const { ipv6: _, ...rest } = authority;
  return rest;
}

function atom(text: string): Fingerprint {
  const fingerprint = parseFingerprint(text);
  if (fingerprint === undefined) throw new Error(`not a fingerprint: ${text}`);
  return fingerprint;
}
