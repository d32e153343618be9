/**
 * What tor's list of default authorities said of each authority, change by change, since the first of them voted (v3,
 * 2007-09-19). Facts only; each names the commit of tor that made it and its day: the author's date, or the day from
 * which the commit's message says that it holds. Where branches of tor differed, the one under development counts.
 *
 * Not here: authorities of the directory protocols before v3, for the time in which they did not vote (moria2, lefkada,
 * dizum). Nor the identities that moria1 and gabelmoo laid down on 2010-01-19: both went on signing with them for those
 * who had not heard (`legacy-dir-key`, certificates until 2013), but since that day tor does not count them.
 */

/** An authority as a line of tor's list has it. */
export interface Listing {
  readonly nickname: string;
  /** SHA-1 of its v3 identity key; absent for the bridge authority, which does not vote. */
  readonly v3ident?: string;
  /** SHA-1 of its relay identity key. */
  readonly fingerprint: string;
  readonly ipv4: string;
  readonly dirPort: number;
  readonly orPort: number;
  readonly ipv6?: { readonly address: string; readonly orPort: number } | undefined;
}

/** When, and by which commit of tor. */
interface Change {
  readonly since: string;
  readonly commit: string;
}

/** How an authority came, what changed, and at last perhaps that it is gone. A change names only what changed. */
export type History = readonly [
  Change & Listing,
  ...(Change & (Partial<Listing> | { readonly gone: true }))[],
];

/** Every authority that ever was on the list, in the order of the list. */
export const publicHistory: readonly History[] = [
  [
    {
      since: '2007-09-19',
      commit: '53f57dd7c0',
      nickname: 'moria1',
      v3ident: '5420FD8EA46BD4290F1D07A1883C9D85ECC486C4',
      fingerprint: 'FFCB46DB1339DA84674C70D7CB586434C4370441',
      ipv4: '128.31.0.34',
      dirPort: 9031,
      orPort: 9001,
    },
    { since: '2008-05-13', commit: '0b6b356f71', v3ident: 'E2A2AF570166665D738736D0DD58169CC61D8A8B' },
    { since: '2009-09-30', commit: '69ecc127e9', ipv4: '128.31.0.39' },
    {
      since: '2010-01-19',
      commit: 'adae600715',
      v3ident: 'D586D18309DED4CD6D57C18FDB97EFA96D330566',
      fingerprint: '9695DFC35FFEB861329B9F1AB04C46397020CE31',
      dirPort: 9131,
      orPort: 9101,
    },
    {
      since: '2022-11-29',
      commit: '72b04a5aa4',
      v3ident: 'F533C81CEF0BC0267857C99B2F471ADF249FA232',
      fingerprint: '1A25C6358DB91342AA51720A5038B72742732498',
      dirPort: 9231,
      orPort: 9201,
    },
  ],
  [
    {
      since: '2007-09-20',
      commit: 'b16224c311',
      nickname: 'tor26',
      v3ident: 'A9AC67E64B200BBF2FA26DF194AC0469E2A948C6',
      fingerprint: '847B1F850344D7876491A54892F904934E4EB85D',
      ipv4: '86.59.21.38',
      dirPort: 80,
      orPort: 443,
    },
    { since: '2008-05-13', commit: '0b6b356f71', v3ident: '14C131DFC5C6F93646BE72FA1401C02A8DF2E8B4' },
    {
      since: '2015-12-11',
      commit: '60fc2b2539',
      ipv6: { address: '2001:858:2:2:aabb:0:563b:1526', orPort: 443 },
    },
    {
      since: '2024-04-08',
      commit: 'e3e4fa35e8',
      v3ident: '2F3DF9CA0E5D36F2685A2DA67184EB8DCB8CBA8C',
      fingerprint: 'FAA4BCA4A6AC0FB4CA2F8AD5A11D9E122BA894F6',
      ipv4: '217.196.147.77',
      ipv6: { address: '2a02:16a8:662:2203::1', orPort: 443 },
    },
  ],
  [
    {
      since: '2007-12-08',
      commit: 'ae1aa5a1bb',
      nickname: 'lefkada',
      v3ident: '0D95B91896E6089AB9A3C6CB56E724CAF898C43F',
      fingerprint: '38D4F5FCF7B1023228B895EA56EDE7D5CCDCAF32',
      ipv4: '140.247.60.64',
      dirPort: 80,
      orPort: 443,
    },
    { since: '2008-04-23', commit: 'a1366be7ee', gone: true },
  ],
  [
    {
      since: '2008-04-23',
      commit: 'a1366be7ee',
      nickname: 'dizum',
      v3ident: 'E8A9C45EDE6D711294FADF8E7951F4DE6CA56B58',
      fingerprint: '7EA6EAD6FD83083C538F44038BBFA077587DD755',
      ipv4: '194.109.206.212',
      dirPort: 80,
      orPort: 443,
    },
    { since: '2009-10-11', commit: '6265b9f09d', ipv4: '194.109.206.214' },
    { since: '2009-10-15', commit: '5ef97ddd42', ipv4: '194.109.206.212' },
    { since: '2019-08-15', commit: '5a1c3e44f7', ipv4: '45.66.33.45' },
    { since: '2022-10-18', commit: '938070f5c4', ipv4: '45.66.35.11' },
  ],
  [
    {
      since: '2007-08-25',
      commit: 'c4ee55ed26',
      nickname: 'Tonga',
      fingerprint: '4A0CCD2DDC7995083D73F5D667100C8A5831F16D',
      ipv4: '82.94.251.206',
      dirPort: 80,
      orPort: 443,
    },
    { since: '2009-09-30', commit: 'b9e8f0a013', ipv4: '82.94.251.203' },
    { since: '2016-08-23', commit: '41ab23bed5', gone: true },
  ],
  [
    {
      since: '2016-08-23',
      commit: '41ab23bed5',
      nickname: 'Bifroest',
      fingerprint: '1D8F3A91C37C5D1C4C19B1AD1D0CFBE8BF72D8E1',
      ipv4: '37.218.247.217',
      dirPort: 80,
      orPort: 443,
    },
    { since: '2018-07-12', commit: 'cd4795ca3e', gone: true },
  ],
  [
    {
      since: '2018-07-12',
      commit: 'cd4795ca3e',
      nickname: 'Serge',
      fingerprint: 'BA44A889E64B93FAA2B114E02C2A279A8555C533',
      ipv4: '66.111.2.131',
      dirPort: 9030,
      orPort: 9001,
    },
  ],
  [
    {
      since: '2007-11-07',
      commit: '473a054b4c',
      nickname: 'ides',
      v3ident: '27B6B5996C426270A5C95488AA5BCEB6BCC86956',
      fingerprint: 'F397038ADC51336135E7B80BD99CA3844360292B',
      ipv4: '216.224.124.114',
      dirPort: 9030,
      orPort: 9090,
    },
    { since: '2012-04-05', commit: 'b24487d106', nickname: 'turtles', ipv4: '76.73.17.194' },
    { since: '2014-11-09', commit: 'b6e7b8c88c', gone: true },
  ],
  [
    {
      since: '2008-01-08',
      commit: '7d3bf1608b',
      nickname: 'gabelmoo',
      v3ident: 'EAA879B5C75032E462CB018630D2D0DF46EBA606',
      fingerprint: '68333D0761BCF397A587A0C0B963E4A9E99EC4D3',
      ipv4: '88.198.7.215',
      dirPort: 80,
      orPort: 443,
    },
    { since: '2008-05-13', commit: '0b6b356f71', v3ident: '81349FC1F2DBA2C2C11B45CB9706637D480AB913' },
    { since: '2008-10-27', commit: 'c53f1f83e7', ipv4: '141.13.4.202' },
    { since: '2008-12-22', commit: '61055ae719', ipv4: '80.190.246.100' },
    {
      since: '2010-01-19',
      commit: 'adae600715',
      v3ident: 'ED03BB616EB2F60BEC80151114BB25CEF515B226',
      fingerprint: 'F2044413DAC2E02E3D6BCF4735A19BCA1DE97281',
      dirPort: 8180,
      orPort: 8080,
    },
    { since: '2010-12-16', commit: '3c3b1d14fd', ipv4: '212.112.245.170', dirPort: 80, orPort: 443 },
    { since: '2014-09-19', commit: '0eec8e2aa5', ipv4: '131.188.40.189' },
    {
      since: '2015-12-11',
      commit: '60fc2b2539',
      ipv6: { address: '2001:638:a000:4140::ffff:189', orPort: 443 },
    },
  ],
  [
    {
      since: '2008-01-22',
      commit: '9d1832dd5a',
      nickname: 'dannenberg',
      v3ident: '585769C78764D58426B8B52B6651A5A71137189A',
      fingerprint: '7BE683E65D48141321C5ED92F075C55364AC7123',
      ipv4: '213.73.91.31',
      dirPort: 80,
      orPort: 443,
    },
    { since: '2010-02-12', commit: '3e6a37e61e', ipv4: '193.23.244.244' },
    { since: '2015-12-21', commit: '11f63d26ac', v3ident: '0232AF901C31A04EE9848595AF9BB7620D4C5B2E' },
    { since: '2018-06-10', commit: '6cf9288518', ipv6: { address: '2001:678:558:1000::244', orPort: 443 } },
  ],
  [
    {
      since: '2009-08-10',
      commit: '8abe3bac7e',
      nickname: 'urras',
      v3ident: '80550987E1D626E3EBA5E5E75A458DE0626D088C',
      fingerprint: '0AD3FA884D18F89EEA2D89C019379E0E7FD94417',
      ipv4: '208.83.223.34',
      dirPort: 443,
      orPort: 80,
    },
    { since: '2016-07-03', commit: '7ae34e722a', gone: true },
  ],
  [
    {
      since: '2010-06-10',
      commit: '6c49b6bb77',
      nickname: 'maatuska',
      v3ident: '49015F787433103580E3B66A1707A00E60F2D15B',
      fingerprint: 'BD6A829255CB08E66FBE7D3748363586E46B3810',
      ipv4: '213.115.239.118',
      dirPort: 443,
      orPort: 80,
    },
    { since: '2012-02-29', commit: 'e21756908f', ipv4: '171.25.193.9' },
    { since: '2015-12-11', commit: '60fc2b2539', ipv6: { address: '2001:67c:289c::9', orPort: 80 } },
  ],
  [
    {
      since: '2012-09-22',
      commit: 'c88a4c51b4',
      nickname: 'Faravahar',
      v3ident: 'EFCBE720AB3A82B99F9E953CD5BF50F7EEFC7B97',
      fingerprint: 'CF6D0AAFB385BE71B8E111FC5CFF4B47923733BC',
      ipv4: '154.35.32.5',
      dirPort: 80,
      orPort: 443,
    },
    { since: '2015-02-20', commit: '8e61d38cf1', ipv4: '154.35.175.225' },
    { since: '2022-10-18', commit: 'efad436432', gone: true },
  ],
  [
    {
      since: '2014-11-09',
      commit: 'ad448c6405',
      nickname: 'longclaw',
      v3ident: '23D15D965BC35114467363C165C4F724B64B4F66',
      fingerprint: '74A910646BCEEFBCD2E874FC1DC997430F968145',
      ipv4: '202.85.227.202',
      dirPort: 80,
      orPort: 443,
    },
    { since: '2014-11-19', commit: 'dca902ceba', ipv4: '199.254.238.52' },
    {
      since: '2015-12-11',
      commit: '60fc2b2539',
      ipv6: { address: '2620:13:4000:8000:60:f3ff:fea1:7cff', orPort: 443 },
    },
    { since: '2017-09-20', commit: '8e52c46581', ipv6: undefined },
    { since: '2017-10-17', commit: '5d219ecf98', ipv4: '199.58.81.140' },
  ],
  [
    {
      since: '2017-10-19',
      commit: '15a699462d',
      nickname: 'bastet',
      v3ident: '27102BC123E7AF1D4741AE047E160C91ADC76B21',
      fingerprint: '24E2F139121D4394C54B5BCC368B3B411857C413',
      ipv4: '204.13.164.118',
      dirPort: 80,
      orPort: 443,
    },
    {
      since: '2017-11-23',
      commit: '25c90230be',
      ipv6: { address: '2620:13:4000:6000::1000:118', orPort: 443 },
    },
  ],
  [
    {
      since: '2024-05-30',
      commit: '39ba9ce0d7',
      nickname: 'faravahar',
      v3ident: '70849B868D606BAECFB6128C5E3D782029AA394F',
      fingerprint: 'E3E42D35F801C9D5AB23584E0025D56FE2B33396',
      ipv4: '216.218.219.41',
      dirPort: 80,
      orPort: 443,
    },
  ],
];
