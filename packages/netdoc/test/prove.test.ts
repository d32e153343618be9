/** proveConsensus() on rounds made here: each cause by a round that has it, and no damage that goes unnoticed. */
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import {
  computeConsensus,
  digestToSign,
  parseConsensus,
  parseVote,
  proveConsensus,
  unsignedText,
  type ComputeOptions,
  type Consensus,
  type Flavor,
  type Proof,
  type Vote,
} from '../src/index.ts';
import { authorities, behind, both, instead, vote, without, type Edit } from './support/make.ts';

const all = authorities();
/** The made relays have microdescriptors for these. */
const methods = instead('consensus-methods', 'consensus-methods 32 33 34');
const same: Edit = (lines) => lines;

/** Votes of the first authorities, each edited in its own way before it is signed. */
function made(count: number, edit: (index: number) => Edit = () => same, relays = 20): readonly Vote[] {
  return all
    .slice(0, count)
    .map((one, index) => read(vote(one, { relays, edit: both(methods, edit(index)) })));
}

function read(bytes: Uint8Array): Vote {
  const { document } = parseVote(bytes);
  if (!document) throw new Error('not a vote');
  return document;
}

/** The consensus of these votes, as some authority computes it; `edit` changes its text. */
function published(
  votes: readonly Vote[],
  options: ComputeOptions & { readonly flavor?: Flavor; readonly edit?: (text: string) => string },
): Consensus {
  const { flavor = 'ns', edit = (text) => text, ...rest } = options;
  const computation = computeConsensus(votes, { ...rest, flavors: [flavor] });
  const computed = computation.outcome === 'computed' ? computation[flavor] : undefined;
  if (!computed) throw new Error(`nothing computed: ${JSON.stringify(computation)}`);
  return consensus(edit(Buffer.from(computed.bytes).toString('latin1')));
}

function consensus(text: string): Consensus {
  const { document } = parseConsensus(Buffer.from(text, 'latin1'));
  if (!document) throw new Error('not a consensus');
  return document;
}

/** The words of a proof that rows of tests name. */
function told({ verdict, cause }: Proof): string {
  return `${verdict}: ${cause}`;
}

const nine = made(9);

describe.each(['ns', 'microdesc'] as const)('proveConsensus() of flavor %s', (flavor) => {
  const whole = published(nine, { authorities: 9, flavor });

  test('identical: names votes, method and digest, and nothing differs', () => {
    const proof = proveConsensus(whole, nine, { authorities: 9 });
    expect(proof).toMatchObject({
      verdict: 'identical',
      cause: 'none',
      method: 34,
      votesNamed: 9,
      votesUsed: 9,
      missing: [],
      extra: [],
      differences: [],
      digest: digestToSign(flavor, unsignedText(whole)),
      explanation: 'Byte for byte what its 9 votes give by method 34 for 9 authorities.',
    });
    expect(proof.recomputedDigest).toBe(proof.digest);
  });

  test('votes may be given twice, in any order, and with others; those are told as extra', () => {
    const [first] = all;
    const other = first && read(vote(first, { relays: 19 }));
    if (!other) throw new Error('no authority');
    const proof = proveConsensus(whole, [other, ...nine.toReversed(), ...nine], { authorities: 9 });
    expect(told(proof)).toBe('identical: none');
    expect(proof.extra).toMatchObject([
      { nickname: first.nickname, named: whole.authorities[0]?.voteDigest },
    ]);
  });

  test('a vote dropped: undecided, and says which', () => {
    const proof = proveConsensus(whole, nine.slice(1), { authorities: 9 });
    expect(told(proof)).toBe('undecided: missing-votes');
    expect(proof.missing).toMatchObject([{ nickname: all[0]?.nickname, because: 'not-given' }]);
    expect(proof.explanation).toBe(
      `Of the 9 votes that it names 1 is not at hand (${all[0]?.nickname}), so nothing can be said about its text.`,
    );
  });

  test('no vote at all: undecided, and nothing is recomputed', () => {
    const proof = proveConsensus(whole, [], { authorities: 9 });
    expect(told(proof)).toBe('undecided: missing-votes');
    expect([proof.votesUsed, proof.missing.length, proof.recomputed]).toEqual([0, 9, undefined]);
  });

  test('another vote of the same authority is not the one that is named', () => {
    const [first] = all;
    if (!first) throw new Error('no authority');
    const other = read(vote(first, { relays: 19 }));
    const proof = proveConsensus(whole, [other, ...nine.slice(1)], { authorities: 9 });
    expect(told(proof)).toBe('undecided: missing-votes');
    expect(proof.missing).toMatchObject([{ nickname: first.nickname, because: 'other-vote' }]);
    expect(proof.explanation).toContain(`(other votes are at hand of ${first.nickname})`);
  });

  test('a vote whose signature does not hold counts for nothing', () => {
    const [first, second] = all;
    if (!first || !second) throw new Error('no authority');
    const signers = [{ authority: first, by: second.signingKey }];
    const forged = read(vote(first, { edit: methods, signers }));
    const proof = proveConsensus(whole, [forged, ...nine.slice(1)], { authorities: 9 });
    expect(told(proof)).toBe('undecided: missing-votes');
    expect(proof.missing).toMatchObject([{ nickname: first.nickname, because: 'not-signed' }]);
    expect(proof.explanation).toContain(`its signature does not hold on the vote of ${first.nickname}`);
  });

  test('never says that the text differs when a vote is missing, even if it was tampered with too', () => {
    const tampered = published(nine, {
      authorities: 9,
      flavor,
      edit: (text) => text.replace('bwauthpid=1', 'bwauthpid=2'),
    });
    expect(told(proveConsensus(tampered, nine.slice(0, 8), { authorities: 9 }))).toBe(
      'undecided: missing-votes',
    );
  });

  test('a tampered line: differs, unexplained, and says where', () => {
    const edit = (text: string): string => text.replace('bwauthpid=1', 'bwauthpid=2');
    const proof = proveConsensus(published(nine, { authorities: 9, flavor, edit }), nine, { authorities: 9 });
    expect(told(proof)).toBe('differs: unexplained');
    expect(proof.differences).toMatchObject([
      { part: 'params', subject: 'bwauthpid', published: '2', recomputed: '1' },
    ]);
    expect(proof.explanation).toBe(
      'It is not what its 9 votes give by method 34 for 9 authorities (1 line differs: params 1), and nothing that was tried explains it.',
    );
    expect(proof.recomputed && Buffer.compare(proof.recomputed, unsignedText(whole))).toBe(0);
  });

  test('a split: another text was signed, and whether it is what the votes give', () => {
    const edit = (text: string): string => text.replace('bwauthpid=1', 'bwauthpid=2');
    const tampered = published(nine, { authorities: 9, flavor, edit });
    const identity = all[3]?.identity;
    if (!identity) throw new Error('no authority');
    const digest = digestToSign(flavor, unsignedText(whole));
    const seen = (signed: readonly { identity: typeof identity; digest: string }[]): Proof =>
      proveConsensus(tampered, nine, { authorities: 9, signed });
    expect(told(seen([{ identity, digest }]))).toBe('differs: split');
    expect(seen([{ identity, digest }]).explanation).toContain(
      `${all[3]?.nickname} signed the text that they give`,
    );
    const third = [{ identity, digest: 'A'.repeat(40) }];
    expect(seen(third).explanation).toContain(`${all[3]?.nickname} signed another text`);
    expect(told(seen([{ identity, digest: digestToSign(flavor, unsignedText(tampered)) }]))).toBe(
      'differs: unexplained',
    );
  });

  test('another number of authorities: differs from what was said, and names the number that fits', () => {
    // Three of five list all relays, the others half of them: a majority of five, not of nine.
    const votes = [...made(3), ...made(5, () => same, 10).slice(3)];
    const proof = proveConsensus(published(votes, { authorities: 5, flavor }), votes, { authorities: 8 });
    expect(told(proof)).toBe('differs: authority-count');
    expect(proof.assumptions.authorities).toBe(5);
    expect(proof.differences.some(({ part }) => part === 'relay')).toBe(true);
    expect(proof.explanation).toContain('5 authorities are configured where it was computed');
  });

  test('fewer votes than a majority of the number said: no consensus by it, and names the number that fits', () => {
    const votes = nine.slice(0, 4);
    const proof = proveConsensus(published(votes, { authorities: 4, flavor }), votes, { authorities: 9 });
    expect(told(proof)).toBe('differs: authority-count');
    expect(proof.recomputed).toBeUndefined();
    expect(proof.authorityCounts).toEqual([4, 5, 6]);
    expect(proof.explanation).toContain('when 4, 5 or 6 authorities are configured');
  });
});

describe('proveConsensus() tries what no document says', () => {
  // Five of nine agree on the value: enough, but not for an authority that had just computed it (it wants six).
  const agreed = `shared-rand-current-value 9 ${'B'.repeat(42)}A=`;
  const five = made(9, (index) => (index < 5 ? same : without('shared-rand-current-value')));

  test.each(['ns', 'microdesc'] as const)('%s: shared randomness just computed', (flavor) => {
    const fresh = published(five, { authorities: 9, sharedRandomFresh: true, flavor });
    expect(Buffer.from(fresh.bytes).includes(agreed)).toBe(false);
    const proof = proveConsensus(fresh, five, { authorities: 9 });
    expect(told(proof)).toBe('identical: shared-random-fresh');
    expect(proof.assumptions.sharedRandomFresh).toBe(true);
    expect(proof.explanation).toBe(
      'Byte for byte what its 9 votes give by method 34 for 9 authorities, when its authorities had just computed a new shared random value (this is round 13 of 24).',
    );
    expect(told(proveConsensus(fresh, five, { authorities: 9, sharedRandomFresh: true }))).toBe(
      'identical: none',
    );
    // What the caller says is not set aside.
    const stated = proveConsensus(fresh, five, { authorities: 9, sharedRandomFresh: false });
    expect(told(stated)).toBe('differs: shared-random-fresh');
    expect(stated.differences).toMatchObject([{ keyword: 'shared-rand-current-value', recomputed: agreed }]);
  });

  test('in the first round of a run it is taken to be fresh, and then tried otherwise', () => {
    const midnight = both(
      instead('valid-after', 'valid-after 2024-05-01 00:00:00'),
      instead('fresh-until', 'fresh-until 2024-05-01 01:00:00'),
    );
    const votes = made(9, (index) => both(midnight, index < 5 ? same : without('shared-rand-current-value')));
    const verdictWhen = (sharedRandomFresh: boolean): string =>
      told(
        proveConsensus(published(votes, { authorities: 9, sharedRandomFresh }), votes, { authorities: 9 }),
      );
    expect([verdictWhen(true), verdictWhen(false)]).toEqual([
      'identical: none',
      'identical: shared-random-fresh',
    ]);
  });

  test('an authority without shared randomness writes no value', () => {
    const votes = made(9, (index) => (index > 0 ? same : without('shared-rand-participate')));
    const off = published(votes, { authorities: 9, sharedRandomness: false });
    const proof = proveConsensus(off, votes, { authorities: 9 });
    expect(told(proof)).toBe('identical: shared-random-fresh');
    expect(proof.explanation).toContain('shared randomness is off where it was computed');
    expect(told(proveConsensus(off, votes, { authorities: 9, sharedRandomness: true }))).toBe(
      'differs: shared-random-fresh',
    );
    // Where all take part, none of them computes without.
    const taken = published(nine, { authorities: 9, sharedRandomness: false });
    expect(told(proveConsensus(taken, nine, { authorities: 9 }))).toBe('differs: unexplained');
  });

  test('a method that is not known here: undecided, whatever the text', () => {
    const future = made(9, () => instead('consensus-methods', 'consensus-methods 36'));
    const text = published(future, { authorities: 9, supportedMethods: [35] });
    const by36 = consensus(
      Buffer.from(text.bytes).toString('latin1').replace('consensus-method 35', 'consensus-method 36'),
    );
    const proof = proveConsensus(by36, future, { authorities: 9 });
    expect(told(proof)).toBe('undecided: unsupported-method');
    expect([proof.method, proof.recomputed]).toEqual([36, undefined]);
    // tor 0.4.9 uses its own last method then, and only that one is tried.
    expect(told(proveConsensus(text, future, { authorities: 9 }))).toBe('identical: software');
    const by33 = published(future, { authorities: 9, supportedMethods: [33] });
    expect(told(proveConsensus(by33, future, { authorities: 9 }))).toBe('undecided: unsupported-method');
  });

  test('the votes choose a method that tor 0.4.9 dropped: it uses its own last', () => {
    const old = made(9, () => instead('consensus-methods', 'consensus-methods 30 31'));
    const text = published(old, { authorities: 9, supportedMethods: [32, 33, 34, 35] });
    expect(told(proveConsensus(text, old, { authorities: 9 }))).toBe('identical: software');
  });

  test('a tor that misspelt maxunmeasuredbw', () => {
    const params = instead('params', 'params bwauthpid=1 maxunmeasuredbw=30');
    const votes = made(9, () => both(params, instead('consensus-methods', 'consensus-methods 33')));
    const misspelt = published(votes, { authorities: 9, misspeltMaxUnmeasured: true });
    const proof = proveConsensus(misspelt, votes, { authorities: 9 });
    expect(told(proof)).toBe('identical: software');
    expect(proof.explanation).toContain(
      'a tor that looks up a misspelt maxunmeasuredbw (0.4.6.1 to 0.4.8.7)',
    );
    const stated = proveConsensus(misspelt, votes, { authorities: 9, misspeltMaxUnmeasured: false });
    expect(told(stated)).toBe('differs: software');
    expect(stated.differences.map(({ keyword }) => keyword)).toContain('w');
    // None of those versions knows method 34.
    const newer = made(9, () => params);
    const never = published(newer, { authorities: 9, misspeltMaxUnmeasured: true });
    expect(told(proveConsensus(never, newer, { authorities: 9 }))).toBe('differs: unexplained');
  });

  test.each([33, 34])('method %i: package lines the wrong way round', (method) => {
    const line = 'package tor 0.4.8.1 http://example.invalid/ sha256=00';
    const votes = made(9, () =>
      both(instead('consensus-methods', `consensus-methods ${method}`), behind('server-versions', line)),
    );
    const right = published(votes, { authorities: 9 });
    expect(right.packages.length).toBe(method === 33 ? 1 : 0);
    const wrong = Buffer.from(right.bytes).toString('latin1');
    const inverted = consensus(
      method === 33 ? wrong.replace(`${line}\n`, '') : wrong.replace(/^server-versions .*\n/m, `$&${line}\n`),
    );
    const proof = proveConsensus(inverted, votes, { authorities: 9 });
    expect(told(proof)).toBe('identical: software');
    expect(proof.explanation).toContain('the rule for package lines inverted (0.4.9.1 to 0.4.9.9)');
    const tampered = consensus(
      Buffer.from(inverted.bytes)
        .toString('latin1')
        .replace(/^(server-versions .*\n)/m, '$1package x 1 y z=1\n'),
    );
    expect(told(proveConsensus(tampered, votes, { authorities: 9 }))).toBe('differs: unexplained');
  });
});

describe('proveConsensus() where only the order of arrival decides', () => {
  // Written differently, equal as versions: a run of one spelling needs more than half of the votes.
  const spelled = made(9, (index) =>
    instead('client-versions', `client-versions ${index < 5 ? '0.4.8.10' : 'Tor 0.4.8.10'}`),
  );
  const mixed = [0, 5, 1, 6, 2, 7, 3, 8, 4].flatMap((index) => spelled[index] ?? []);

  test('ns: undecided, and says which order gives it', () => {
    const inOrder = published(spelled, { authorities: 9 });
    expect(inOrder.clientVersions).toEqual(['0.4.8.10']);
    expect(told(proveConsensus(inOrder, spelled, { authorities: 9 }))).toBe('identical: none');
    const proof = proveConsensus(inOrder, mixed, { authorities: 9 });
    expect(told(proof)).toBe('undecided: tie');
    expect(proof.ties.map(({ subject }) => subject)).toContain('client-versions');
    expect(proof.explanation).toMatch(/^Only the order in which the votes arrived decides client-versions/);
    const [first] = proof.assumptions.arrival;
    expect(proof.explanation).toContain(
      `arrived as ${all.find(({ identity }) => identity === first)?.nickname}, `,
    );
  });

  test('the microdesc flavour sees votes by identity, so their order says nothing', () => {
    const microdesc = published(mixed, { authorities: 9, flavor: 'microdesc' });
    expect(told(proveConsensus(microdesc, spelled, { authorities: 9 }))).toBe('identical: none');
  });

  test('a line that no order gives is no tie when something else differs too', () => {
    const edit = (text: string): string =>
      text
        .replace('client-versions 0.4.8.10', 'client-versions 0.4.8.11')
        .replace('bwauthpid=1', 'bwauthpid=2');
    const proof = proveConsensus(published(spelled, { authorities: 9, edit }), mixed, { authorities: 9 });
    expect(told(proof)).toBe('differs: unexplained');
  });
});

describe('proveConsensus() notices damage', () => {
  const five = made(5, () => same, 6);
  const runs = { seed: 9, numRuns: 1500 };

  test.each(['ns', 'microdesc'] as const)('any byte of a %s consensus changed: never identical', (flavor) => {
    const whole = published(five, { authorities: 5, flavor });
    const byte = fc.record({ at: fc.nat(whole.bytes.length - 1), change: fc.integer({ min: 1, max: 255 }) });
    const notIdentical = ({ at, change }: { at: number; change: number }): boolean => {
      const bytes = whole.bytes.slice();
      bytes[at] = (bytes[at] as number) ^ change;
      const { document } = parseConsensus(bytes);
      return !document || proveConsensus(document, five, { authorities: 5 }).verdict !== 'identical';
    };
    fc.assert(fc.property(byte, notIdentical), runs);
  });

  test('any byte of a vote changed: it is missing, or no vote', () => {
    const whole = published(five, { authorities: 5 });
    const [first, ...others] = five;
    if (!first) throw new Error('no vote');
    // The last character of the signature has bits that say nothing; what follows it is not signed.
    const meaningful = Buffer.from(first.bytes).indexOf('=\n-----END SIGNATURE-----\n', first.signed.end) - 2;
    const byte = fc.record({ at: fc.nat(meaningful), change: fc.integer({ min: 1, max: 255 }) });
    const missing = ({ at, change }: { at: number; change: number }): boolean => {
      const bytes = first.bytes.slice();
      bytes[at] = (bytes[at] as number) ^ change;
      const { document } = parseVote(bytes);
      const proof = proveConsensus(whole, [...(document ? [document] : []), ...others], { authorities: 5 });
      return told(proof) === 'undecided: missing-votes';
    };
    fc.assert(fc.property(byte, missing), runs);
  });
});
