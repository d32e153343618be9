/** reportOn(): files that somebody brought, judged within bounds and in the words of the command line. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { judgesAmong, readTrust, reportOn, type Report } from '../../src/judge/index.ts';
import { publicAuthorities } from '../../src/network/index.ts';
import { madeNetwork, noon } from '../support/network.ts';

const network = madeNetwork(5);
const round = network.round({ validAfter: noon });
const trust = readTrust(
  {
    network: network.set.network,
    authorities: network.set.authorities.flatMap(({ nickname, v3ident }) =>
      v3ident === undefined ? [] : [{ nickname, v3ident }],
    ),
    certificates: Buffer.from(network.certificates).toString('latin1'),
  },
  'named',
);
const limits = { bytesMax: 12_000_000, filesMax: 20, documentsMax: 200 };

function report(files: Readonly<Record<string, Uint8Array | string>>, goOn = () => true): Promise<Report> {
  const brought = Object.entries(files).map(([name, bytes]) => ({
    name,
    bytes: Uint8Array.from(Buffer.from(bytes)),
  }));
  return reportOn(brought, trust, limits, goOn);
}

const vote = [...round.votes.values()][0] ?? new Uint8Array();

describe('reportOn()', () => {
  test('is data that a worker can send', async () => {
    const made = await report({ consensus: round.ns, vote });
    expect(structuredClone(made)).toEqual(made);
    expect(made.outcome).toBe('undecided');
    expect(made.items.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  });

  test("reads CollecTor's @type line, and packed files", async () => {
    const annotated = Buffer.concat([Buffer.from('@type network-status-vote-3 1.0\n'), vote]);
    const [plain, packed] = [await report({ annotated }), await report({ a: gzipSync(annotated) })];
    expect(plain.headline).toMatch(/^Genuine: the vote of /);
    expect(packed.headline).toBe(plain.headline);
  });

  test('says of everything what became of it when there is no time left', async () => {
    const { items, unreadable, outcome } = await report({ consensus: round.ns, vote }, () => false);
    expect(items).toEqual([]);
    expect(unreadable).toHaveLength(2);
    expect(unreadable[0]?.because).toContain('no time left');
    expect(outcome).toBe('undecided');
  });

  test.each([
    ['descriptors without end', 'router a\n'.repeat(300_000)],
    ['beginnings without end', 'network-status-version 3\n'.repeat(100_000)],
    ['files without end', Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, vote]))],
  ])('%s are bounded, and it says so', async (_, files) => {
    const made = await report(typeof files === 'string' ? { files } : files);
    expect(made.outcome).not.toBe('accepted');
    expect(made.unreadable.length + made.items.length).toBeLessThan(500);
    expect(made.unreadable.at(-1)?.because).toMatch(/only (?:the first )?\d+ /);
  });
});

describe('judgesAmong()', () => {
  const own = network.set;
  const [mine] = network.set.authorities.flatMap(({ v3ident }) => v3ident ?? []);
  const [theirs] = publicAuthorities.authorities.flatMap(({ v3ident }) => v3ident ?? []);
  const now = (Date.UTC(2026, 6, 27) / 1000) as NonNullable<Parameters<ReturnType<typeof judgesAmong>>[0]>;

  test.each([
    ['those who signed it are ours', 'named', [mine], own.network],
    ['those who signed it are public', 'named', [theirs], 'public Tor network'],
    ['both signed it', 'named', [theirs, mine], own.network],
    ['strangers signed it', 'named', [], own.network],
    ['ours were chosen', 'observatory', [theirs], own.network],
    ['the public ones were chosen', 'public', [mine], 'public Tor network'],
  ] as const)('%s', (_, choice, named, expected) => {
    const signers = named.flatMap((identity) => identity ?? []);
    expect(judgesAmong(own, choice)(now, signers)?.set.network).toBe(expected);
  });

  test('the public network is judged by those of the day, whoever is watched today', () => {
    const then = (Date.UTC(2016, 8, 20) / 1000) as typeof now;
    const judges = judgesAmong(publicAuthorities, 'named')(then, theirs ? [theirs] : []);
    expect(judges?.from).toMatch(/as they were from 20(?:1[0-6])/);
  });
});
