/** The pages about what a round rests on: what a reader reads on each, in each situation. */
import { describe, expect, test } from 'vitest';
import { createSite } from '../../src/web/index.ts';
import { answersFor, type Situation, type TestAnswers, validAfter } from './fixtures.ts';

async function read(
  path: string,
  situation: Situation = 'fine',
  edit: Partial<TestAnswers> = {},
): Promise<string> {
  const response = await createSite({ ...answersFor(situation), ...edit }).request(path);
  const html = await response.text();
  const main = /<main.*<\/main>/s.exec(html)?.[0] ?? '';
  return main
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');
}

const round = `/rounds/${validAfter}`;
const before = '2026-07-27T13:00:00Z';

describe('a round and its proof', () => {
  test.each<[Situation, RegExp]>([
    [
      'fine',
      /Proof recomputed here from the votes that it names Both flavours follow byte for byte from the 9 votes they name\./,
    ],
    ['fine', /ns identical byte for byte 35 9 of 9 N = 9, shared random carried on/],
    ['blind', /Undecided: the vote of tor26 is not held here\./],
    [
      'blind',
      /Votes that the ns consensus names and that are not held here .* tor26 [0-9A-F]{40} [0-9A-F]{40}/,
    ],
    ['hostile', /ns differs nothing that is known here 35/],
    ['hostile', /214 lines of the ns consensus in which it differs; the first 2/],
    ['hostile', /relay [0-9A-F]{40} why w line 48,112 w Bandwidth=12400 line 48,112 w Bandwidth=8100/],
    ['failing', /No proof was made of this round\./],
  ])('%s: %s', async (situation, words) => {
    expect(await read(round, situation)).toMatch(words);
  });

  test('says how to repeat it, with each vote and the assumptions', async () => {
    const html = await (await createSite(answersFor('fine')).request(round)).text();
    expect(html.match(/download="vote-\w+"/g)).toHaveLength(9);
    expect(html).toContain('download="consensus-microdesc"');
    expect(await read(round)).toContain(
      'conclave recompute vote-moria1 vote-tor26 vote-dizum vote-gabelmoo vote-dannenberg vote-maatuska vote-longclaw vote-bastet vote-faravahar --authorities 9 --against consensus-ns',
    );
  });

  test('shows the preview and what became of it, the digests before publication, and the copies', async () => {
    const text = await read(round);
    expect(text).toContain('Afterwards: What was published is the same, byte for byte, in both flavours.');
    expect(text).toContain('params KISTSchedRunInterval 10 2');
    expect(text).toContain('Guard 12 31 −19');
    expect(text).toContain('All 9 authorities show the same digests.');
    expect(text).toContain('the one that counts');
    const trouble = await read(round, 'hostile');
    expect(trouble).toContain('another text: split');
    expect(trouble).toContain('equivocation');
    expect(trouble).toMatch(/lags: at 14:05:00 it still served the consensus of 13:00 \./);
  });

  test('n/a with the reason where nothing is known', async () => {
    const text = await read(round, 'failing');
    expect(text).toContain('n/a: none was taken; the votes were not seen before publication.');
    expect(text).toContain('Nothing was seen before publication.');
    expect(text).toContain('No copy was seen.');
  });

  test('the tile of the overview', async () => {
    expect(await read('/')).toMatch(/Proof : fine Recomputed Both flavours follow byte for byte/);
    expect(await read('/', 'blind')).toMatch(/Proof : not known Undecided/);
    expect(await read('/', 'nothing')).toMatch(/Proof : not known n\/a no proof is known yet/);
  });
});

describe('/next', () => {
  test('the phase, the votes, the preview', async () => {
    const text = await read('/next');
    expect(text).toContain('signatures are being fetched, until 14:35:00');
    expect(text).toContain('14:25:00 to 14:35:00 : 430 of 600 s');
    expect(text).toContain('8 of 9 seen, 5 needed');
    expect(text).toContain('faravahar missing nobody that we asked holds it');
    expect(text).toContain('8 votes, 5 needed without faravahar');
  });
  test('warns of a split before it is published', async () => {
    expect(await read('/next', 'failing')).toContain(
      'act now Two consensuses are being signed. 5 and 4 authorities show different digests',
    );
  });
  test('claims nothing where nothing is known', async () => {
    const text = await read('/next', 'nothing');
    expect(text).toContain('n/a: no schedule is known before the first consensus.');
    expect(text).toContain('n/a: nobody is known who votes.');
    expect(text).toContain('n/a: no vote of it was seen.');
  });
});

describe('/what-if', () => {
  test('before it is asked: how many may be lost', async () => {
    expect(await read('/what-if')).toContain('4 votes may be lost before there is no consensus.');
    expect(await read('/what-if', 'nothing')).toContain('No round is known yet.');
    expect(await read('/what-if', 'failing')).toContain('5 votes too few already.');
  });
  test('asked: what would be, and one more lost', async () => {
    const text = await read('/what-if?without=moria1&without=tor26');
    expect(text).toContain('7, 5 needed dizum, gabelmoo, dannenberg, maatuska, longclaw, bastet, faravahar');
    expect(text).toContain('relays 9,871 → 9,859');
    expect(text).toMatch(/And one more .* dizum 6 5 possible 1 compute/);
  });
  test('without those in a network', async () => {
    const text = await read('/what-if?country=&as=AS24940');
    expect(text).toContain('Without dannenberg (AS24940) round');
  });
  test('too many: not possible, with the reason for each figure that is missing', async () => {
    const text = await read('/what-if?without=moria1,tor26,dizum,gabelmoo,bastet');
    expect(text).toContain('a consensus is not possible 4 votes, 5 needed');
    expect(text).toContain('relays 9,871 → n/a : 4 votes, 5 needed');
  });
  test.each([
    ['/what-if?without=%3Cb%3E', 400, 'expected nicknames'],
    ['/what-if?country=Germany', 400, 'expected a country code'],
    ['/what-if?as=Hetzner', 400, 'expected the number of an AS'],
    [`/diff/${before}/yesterday`, 400, 'expected a UTC time'],
    [`${round}/explain?relay=moria1`, 400, 'expected 40 hexadecimal digits'],
  ])('%s is refused with %i: %s', async (path, status, words) => {
    const response = await createSite(answersFor('fine')).request(path);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words);
  });
  test('declined: the page says why, and when to come again', async () => {
    const answers = {
      ...answersFor('fine'),
      whatIf: async () => ({ declined: 'busy', message: 'Three are being computed.' }) as const,
    };
    const response = await createSite(answers).request('/what-if?without=moria1');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.text()).toContain('Three are being computed.');
  });
});

describe('/diff', () => {
  test('a choice of two leads to their page', async () => {
    const response = await createSite(answersFor('fine')).request(`/diff?from=${before}&to=${validAfter}`);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(`/diff/${before}/${validAfter}`);
    expect(await read('/diff', 'nothing')).toContain(
      'n/a: fewer than two rounds with a consensus are known.',
    );
  });
  test.each([
    ['', ['12 relays that came', '9 relays that went', '2 relays that changed']],
    ['?change=changed&flag=Guard', ['2 relays that changed']],
    ['?change=changed&flag=HSDir', ['1 relay that changed']],
    ['?change=added&flag=Exit', ['6 relays that came']],
    ['?relay=SEELE&change=added', ['2 relays that came']],
    ['?change=nonsense', ['12 relays that came']],
  ])('filtered by "%s"', async (query, words) => {
    const text = await read(`/diff/${before}/${validAfter}${query}`);
    for (const word of words) expect(text).toContain(word);
    expect(text.includes('relays that went')).toBe(!query.includes('change=') || query.includes('nonsense'));
  });
});

test('/explain: who gave the same stands together, most votes first; whether it counted, and the rule', async () => {
  const text = await read(`${round}/explain?keyword=s`);
  expect(text).toContain('s Fast Guard Running Stable Valid line 48,111');
  expect(text).toContain('more than half of the votes that know it and list the relay give it. dir-spec 3.8');
  expect(text).toContain(
    'Fast Guard Running Stable Valid yes 5 moria1 , dizum , dannenberg , longclaw , faravahar – ' +
      'Fast Running Valid yes 3 tor26 , maatuska , bastet – ' +
      'n/a : their votes say nothing no 1 gabelmoo does not list this relay',
  );
  expect(text).toContain('No line No line is written when no vote measured it.');
  expect(await read(`${round}/explain?keyword=none`)).toContain('No line was found that fits this question.');
});
