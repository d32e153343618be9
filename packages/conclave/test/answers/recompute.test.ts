/** Questions that are answered from the documents: bounded, each answered once, open where a document is not held. */
import { expect, test } from 'vitest';
import { both, instead } from '../../../netdoc/test/support/make.ts';
import { diffSchema, isDeclined, whatIfSchema } from '../../src/api/index.ts';
import { parseNetworks } from '../../src/geo/index.ts';
import type { CountryTable } from '../../src/geo/index.ts';
import { run } from '../support/journal.ts';
import { noon } from '../support/network.ts';
import { network, started } from '../pipeline/playing.ts';

const journal = started();
journal.play(network.round({ validAfter: noon }));
const [a = '', b = '', c = '', d = '', e = ''] = network.names;

/** 192.0.2.1 to 192.0.2.3 are in Atlantis, the rest nowhere. */
const countries: CountryTable = {
  source: 'made up',
  first: Uint32Array.of(0xc0000201),
  last: Uint32Array.of(0xc0000203),
  country: ['AT'],
};

test('one is answered at a time, four wait, and who comes then is asked to come again', async () => {
  const fed = await run(journal);
  const gate: { open?: () => void } = {};
  const closed = new Promise<void>((resolve) => {
    gate.open = resolve;
  });
  let reads = 0;
  const archive = {
    ...journal,
    read: async (sha256: string) => {
      reads += 1;
      await closed;
      return journal.read(sha256);
    },
  };
  const answers = fed.answers(noon + 600, { archive });
  let declined = 0;
  const asked = network.names.slice(0, 7).map(async (name) => {
    const answer = await answers.whatIf({ without: [name] });
    if (isDeclined(answer)) {
      expect(answer.declined).toBe('busy');
      declined += 1;
      if (declined === 3) gate.open?.();
    }
    return answer;
  });
  const answered = (await Promise.all(asked)).filter((answer) => !isDeclined(answer));
  expect([declined, answered.length, reads]).toEqual([3, 4, 4 * 9]);
  // The same again needs no document.
  expect(whatIfSchema.parse(await answers.whatIf({ without: [a] })).without).toEqual([a]);
  expect(reads).toBe(4 * 9);
  await fed.close();
});

test('S4.4 without a country: those whose address is there; one where nobody is makes no sense', async () => {
  const fed = await run(journal);
  const answers = fed.answers(noon + 600, { countries });
  const there = network.members.filter(({ address }) => ['1', '2', '3'].includes(address.slice(8)));
  const answer = whatIfSchema.parse(await answers.whatIf({ without: [], country: 'at' }));
  expect(answer).toMatchObject({ country: 'AT', outcome: 'computed' });
  // Whose weights are the middle ones, and so whether the text is another, follows from the order of the made-up keys.
  expect(answer.sentence.level).toBe(answer.identical === true ? 'ok' : 'warn');
  expect(answer.without).toEqual(there.map(({ nickname }) => nickname).sort());
  expect(answer.votes.length).toBe(6);
  const nobody = await answers.whatIf({ without: [], country: 'DE' });
  expect(isDeclined(nobody) && [nobody.declined, nobody.message]).toEqual([
    'bad-request',
    'country: expected one that an authority is in (AT); found DE',
  ]);
  await fed.close();
});

test('S4.4 without a network: those whose address is in it, however its number is written', async () => {
  const fed = await run(journal);
  const networks = parseNetworks(
    new TextEncoder().encode(
      '192.0.2.2\t192.0.2.4\t64500\tZZ\tMADE-UP\n192.0.2.5\t192.0.2.9\t0\tNone\tNot routed\n',
    ),
    'made up',
  );
  const answers = fed.answers(noon + 600, { networks });
  const there = network.members.filter(({ address }) => ['2', '3', '4'].includes(address.slice(8)));
  for (const as of ['AS64500', 'as64500', '64500']) {
    const answer = whatIfSchema.parse(await answers.whatIf({ without: [], as }));
    expect([answer.as, answer.without]).toEqual(['AS64500', there.map(({ nickname }) => nickname).sort()]);
  }
  const both = whatIfSchema.parse(await answers.whatIf({ without: [a], as: '64500' }));
  expect(new Set(both.without)).toEqual(new Set([a, ...there.map(({ nickname }) => nickname)]));
  for (const [sources, message] of [
    [{ networks }, 'as: expected one that an authority is in (AS64500); found AS64501'],
    [{}, 'as: no table of networks is configured here (asn)'],
  ] as const) {
    const nobody = await fed.answers(noon + 600, sources).whatIf({ without: [], as: 'AS64501' });
    expect(isDeclined(nobody) && [nobody.declined, nobody.message]).toEqual(['bad-request', message]);
  }
  await fed.close();
});

test('a vote that is not held is said to be none of the figures, and no consensus is then not known', async () => {
  const open = started();
  open.play(network.round({ validAfter: noon }), { withoutVotes: [d] });
  const fed = await run(open);
  const answers = fed.answers(noon + 600);
  const some = whatIfSchema.parse(await answers.whatIf({ without: [a] }));
  expect(some).toMatchObject({ unheld: [d], outcome: 'computed' });
  expect(some.sentence.detail).toContain(`The vote of ${d} is not held here`);
  const many = whatIfSchema.parse(await answers.whatIf({ without: [a, b, c, e] }));
  expect(many).toMatchObject({ outcome: 'impossible', sentence: { level: 'unknown' } });
  const line = await answers.explain({ validAfter: '2024-05-01T12:00:00Z', flavor: 'ns', keyword: 'params' });
  expect(isDeclined(line) && line.declined).toBe('not-yet');
  await fed.close();
});

test('S8.4 what changed in the header: method, params, versions, flags, authorities', async () => {
  const two = started();
  two.play(network.round({ validAfter: noon }));
  const later = network.round({
    validAfter: noon + 3600,
    voters: network.names.slice(1),
    voteEdit: () =>
      both(
        instead('consensus-methods', 'consensus-methods 32 33'),
        instead('params', 'params CircuitPriorityHalflifeMsec=30000 bwauthpid=2'),
        instead('client-versions', 'client-versions 0.4.8.11'),
        instead('known-flags', 'known-flags Authority BadExit Exit Fast Guard Running Stable V2Dir Valid'),
      ),
  });
  two.play(later, { down: [a] });
  const fed = await run(two);
  const answers = fed.answers(noon + 4200);
  const [from, to] = ['2024-05-01T12:00:00Z', '2024-05-01T13:00:00Z'];
  const there = diffSchema.parse(await answers.diff({ from, to }));
  const changed = new Map(there.header.map(({ name, before, after }) => [name, [before, after]]));
  expect(changed.get('consensus-method')?.[1]).toBe('33');
  expect(changed.get('params bwauthpid')).toEqual(['1', '2']);
  expect(changed.get('params CircuitPriorityHalflifeMsec')).toEqual([null, '30000']);
  expect(changed.get('client-versions')).toEqual(['0.4.8.10,0.4.8.11', '0.4.8.11']);
  expect(changed.get('known-flags')?.map((flags) => flags?.includes('HSDir'))).toEqual([true, false]);
  expect(changed.get(`dir-source ${a}`)?.[1]).toBeNull();
  expect(changed.has(`dir-source ${b}`)).toBe(false);
  const back = diffSchema.parse(await answers.diff({ from: to, to: from }));
  expect(back.header.map(({ name, before, after }) => [name, after, before])).toEqual(
    there.header.map(({ name, before, after }) => [name, before, after]),
  );
  await fed.close();
});
