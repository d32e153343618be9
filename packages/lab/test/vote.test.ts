import { parseVote, verifyVote } from '@conclave/netdoc';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeVoter, writeVote, type VoteModel, type Voter } from '../src/index.ts';
import { forgePosts } from '../src/forge-round.ts';

const validAfter = new Date('2026-11-22T12:00:00Z');
const later = (seconds: number): Date => new Date(validAfter.getTime() + seconds * 1000);
let voters: readonly Voter[];

beforeAll(async () => {
  voters = await Promise.all(
    ['one', 'two', 'three'].map((nickname, i) =>
      makeVoter({ nickname, ipv4: `127.0.0.${i + 1}`, dirPort: 7000, orPort: 7001 }, validAfter),
    ),
  );
});

describe('writeVote()', () => {
  const model: VoteModel = {
    header: {
      methods: '32 33 34 35',
      published: later(-600),
      validAfter,
      freshUntil: later(3600),
      validUntil: later(10_800),
      votingDelay: [300, 300],
      clientVersions: '0.4.9.10,0.4.9.11',
      serverVersions: '',
      packages: [],
      recommendedRelayProtocols: 'Link=4-5',
      recommendedClientProtocols: 'Link=4-5',
      requiredRelayProtocols: 'Link=4',
      requiredClientProtocols: 'Link=4',
      knownFlags: ['Fast', 'Running', 'Valid'],
      flagThresholds: 'fast-speed=1000',
      params: 'alpha=1 zeta=-1',
      contact: 'two  spaces and # a hash',
      sharedRandom: { commits: [], previous: `8 ${'A'.repeat(43)}=` },
      legacyDirKey: 'AB'.repeat(20),
      extra: [],
    },
    entries: [entry(2), entry(1)],
    footer: true,
  };

  test('writes what tor 0.4.9 would write, in its order', () => {
    const [voter] = voters;
    if (voter === undefined) throw new Error('expected a voter');
    const { document, problems } = parseVote(writeVote(voter, model), { profile: 'tor-0.4.9' });
    expect(problems).toEqual([]);
    expect(document).toMatchObject({
      consensusMethods: [32, 33, 34, 35],
      clientVersions: ['0.4.9.10', '0.4.9.11'],
      serverVersions: [],
      contact: 'two  spaces and # a hash',
      sharedRandomParticipate: true,
      source: { nickname: 'one', identity: voter.v3ident },
    });
    expect(document?.routers.count).toBe(2);
  });

  test('signs it by the key that the certificate names', () => {
    for (const voter of voters) {
      const { verdict } = verifyVote(parseVote(writeVote(voter, model)));
      expect(verdict).toMatchObject({ outcome: 'accepted', signatures: [{ identity: voter.v3ident }] });
    }
  });
});

describe('forgePosts()', () => {
  const posts = (round: number, seed = 'x'): readonly string[] =>
    forgePosts({ seed, round, validAfter, voters, known: [] }).map(({ vote }) => vote.toString('latin1'));

  test('the same seed and round give the same votes, another another', () => {
    expect(posts(1)).toEqual(posts(1));
    expect(posts(1)).not.toEqual(posts(2));
    expect(posts(1)).not.toEqual(posts(1, 'y'));
  });

  test('every vote is one that the library reads', () => {
    for (let round = 1; round <= 40; round++) {
      for (const text of posts(round)) {
        const { document, problems } = parseVote(Buffer.from(text, 'latin1'));
        expect(document, JSON.stringify(problems)).toBeDefined();
      }
    }
  });
});

function entry(n: number): VoteModel['entries'][number] {
  return {
    nickname: `relay${n}`,
    identity: Buffer.alloc(20, n),
    digest: Buffer.alloc(20, 9),
    published: later(-7200),
    ipv4: '10.0.0.1',
    orPort: 9001,
    dirPort: 0,
    addresses: ['[2001:db8::1]:9001'],
    flags: ['Fast', 'Running', 'Valid'],
    version: 'Tor 0.4.9.11',
    protocols: 'Link=4-5',
    weight: 'Bandwidth=100 Measured=120',
    policy: 'accept 80,443',
    ed25519: Buffer.alloc(32, n).toString('base64').replace('=', ''),
    microdescriptors: [`32,33,34,35 sha256=${'B'.repeat(42)}A`],
    extra: [],
  };
}
