/** Every recorded round of real tor is what its votes give, byte for byte, in both flavours. */
import { existsSync } from 'node:fs';
import { fc } from '../../../test/support/properties.ts';
import { describe, expect, test } from 'vitest';
import { proveConsensus } from '../src/index.ts';
import { bytesOfFile, dataRoot, hasData, withData } from './support/data.ts';
import { hasRecording, withRecording } from './support/recordings.ts';
import {
  consensusIn,
  roundsByTime,
  tabledRounds,
  votesIn,
  type RecordedRound,
} from './support/recorded-rounds.ts';

/** The verdict on each consensus of these rounds, with its cause where there is one. */
function provedIn(rounds: readonly RecordedRound[]): string[] {
  return rounds.flatMap(({ name, authorities, votes, published }) =>
    published.map((one) => {
      const { verdict, cause } = proveConsensus(one, votes, { authorities });
      return `${name} ${one.flavor} ${verdict}${cause === 'none' ? '' : `: ${cause}`}`;
    }),
  );
}

/** What is to come of them: all identical, but those rounds for which something else is given. */
function wanted(rounds: readonly RecordedRound[], others: ReadonlyMap<string, string> = new Map()): string[] {
  return rounds.flatMap(({ name, published }) =>
    published.map(({ flavor }) => `${name} ${flavor} ${others.get(name) ?? 'identical'}`),
  );
}

describe.runIf(hasRecording('bad-day'))(withRecording('bad-day', 'forty rounds of nine authorities'), () => {
  const rounds = hasRecording('bad-day') ? roundsByTime('bad-day') : [];

  test('are what their votes give, wherever all votes were seen', () => {
    // The recording begins with the consensus of the round before its first.
    expect([rounds.length, rounds.flatMap(({ published }) => published).length]).toEqual([42, 84]);
    expect(provedIn(rounds)).toEqual(wanted(rounds));
  });
});

test.runIf(hasRecording('divergent-rounds'))(
  withRecording('divergent-rounds', 'rounds of authorities that disagree are what their votes give'),
  () => {
    const rounds = tabledRounds('divergent-rounds');
    expect(rounds.length).toBe(11);
    expect(provedIn(rounds)).toEqual(wanted(rounds));
  },
);

describe.runIf(hasRecording('forged-rounds'))(withRecording('forged-rounds', 'forged rounds'), () => {
  const rounds = hasRecording('forged-rounds') ? tabledRounds('forged-rounds') : [];

  test('are what their votes give to tor 0.4.9, which uses method 35 where it knows none of theirs', () => {
    const ofTor049 = ['1001', '1005', '1021', '1029', '1053'].map(
      (name) => [name, 'identical: software'] as const,
    );
    const fresh = ['1045', 'identical: shared-random-fresh'] as const;
    expect(rounds.length).toBe(16);
    expect(provedIn(rounds)).toEqual(wanted(rounds, new Map([...ofTor049, fresh])));
  });

  test('in another order of arrival some of the ns flavour are ties, and none is a difference', () => {
    const reversed = rounds.map((round) => ({ ...round, votes: round.votes.toReversed() }));
    const verdicts = provedIn(reversed);
    expect(verdicts.filter((verdict) => verdict.includes('differs'))).toEqual([]);
    const ties = verdicts.filter((verdict) => verdict.endsWith('undecided: tie'));
    expect(ties.length).toBeGreaterThan(0);
    expect(ties.filter((verdict) => verdict.includes('microdesc'))).toEqual([]);
  });

  // By what each was computed: method 33, the last method of tor 0.4.9, a fresh random value.
  test.each(['1009', '1001', '1045'])(
    'round %s: any byte changed of either text is never identical',
    (name) => {
      const round = rounds.find((one) => one.name === name);
      if (!round) throw new Error(name);
      for (const one of round.published) {
        const byte = fc.record({
          at: fc.nat(one.bytes.length - 1),
          change: fc.integer({ min: 1, max: 255 }),
        });
        const notIdentical = fc.property(byte, ({ at, change }) => {
          const bytes = one.bytes.slice();
          bytes[at] = (bytes[at] as number) ^ change;
          const options = { authorities: round.authorities };
          return consensusIn(bytes).every(
            (other) => proveConsensus(other, round.votes, options).verdict !== 'identical',
          );
        });
        fc.assert(notIdentical, { seed: 3, numRuns: 300 });
      }
    },
  );

  test('one vote dropped from any round: undecided, because it is missing', () => {
    const fewer = rounds.map((round) => ({ ...round, votes: round.votes.slice(1) }));
    const missing = new Map(rounds.map(({ name }) => [name, 'undecided: missing-votes']));
    expect(provedIn(fewer)).toEqual(wanted(fewer, missing));
  });
});

test.runIf(hasRecording('lab-rounds'))(
  withRecording('lab-rounds', 'three rounds of 9,500 relays are what their votes give'),
  () => {
    const rounds = roundsByTime('lab-rounds');
    // Some authorities still served the consensus of the round before, of which no vote was kept.
    const [before = { name: '' }] = rounds;
    expect(rounds.length).toBe(4);
    expect(provedIn(rounds)).toEqual(wanted(rounds, new Map([[before.name, 'undecided: missing-votes']])));
  },
  300_000,
);

describe.runIf(hasData)(withData('chutney networks'), () => {
  const folder = 'chutney-and-synthetic';
  const there = (file: string): boolean => existsSync(`${dataRoot}/${folder}/${file}`);

  test.each(['7fb477e', 'fb97fab'])(
    'arti %s: what an authority computed is what its votes give',
    (network) => {
      const file = (name: string): string => `arti__${network}__${name}`;
      expect(there(file('v3-status-votes'))).toBe(true);
      const votes = votesIn(bytesOfFile(folder, file('v3-status-votes')));
      const published = ['my-consensus-ns', 'my-consensus-microdesc'].flatMap((name) =>
        consensusIn(bytesOfFile(folder, file(name))),
      );
      const round = { name: network, authorities: votes.length, votes, published };
      expect(published.length).toBe(2);
      expect(provedIn([round])).toEqual(wanted([round]));
    },
  );

  test('arti 7fb477e: what was published with signatures is, too', () => {
    const votes = votesIn(bytesOfFile(folder, 'arti__7fb477e__v3-status-votes'));
    const published = ['cached-consensus', 'cached-microdesc-consensus'].flatMap((name) =>
      consensusIn(bytesOfFile(folder, `arti__7fb477e__${name}`)),
    );
    const round = { name: 'cached', authorities: votes.length, votes, published };
    expect(provedIn([round])).toEqual(wanted([round]));
  });

  describe('arti 7fb477e: each byte, one after another', () => {
    const votes = hasData ? votesIn(bytesOfFile(folder, 'arti__7fb477e__v3-status-votes')) : [];
    const options = { authorities: votes.length };
    /** Where to look: at every byte when EVERY_BYTE is set, as docs/proof.md tells; otherwise at some, evenly spread. */
    const step = process.env['EVERY_BYTE'] === undefined ? 41 : 1;

    /** The places up to `end` at which a changed byte does not make `holds` false. */
    function unnoticed(bytes: Uint8Array, end: number, holds: (changed: Uint8Array) => boolean): number[] {
      const places: number[] = [];
      for (let at = 0; at < end; at += step) {
        const changed = bytes.slice();
        changed[at] = (changed[at] as number) ^ (1 << (at % 8));
        if (holds(changed)) places.push(at);
      }
      return places;
    }

    test.each(['cached-consensus', 'cached-microdesc-consensus'])(
      'of the signed part of %s: it is not identical any more',
      (name) => {
        const [published] = consensusIn(bytesOfFile(folder, `arti__7fb477e__${name}`));
        if (!published) throw new Error(name);
        const identical = (bytes: Uint8Array): boolean =>
          consensusIn(bytes).some((one) => proveConsensus(one, votes, options).verdict === 'identical');
        expect(published.signed?.end).toBeGreaterThan(3000);
        expect(identical(published.bytes)).toBe(true);
        expect(unnoticed(published.bytes, published.signed?.end ?? 0, identical)).toEqual([]);
      },
      600_000,
    );

    test.each([0, 1, 2, 3])(
      'of the signed part of vote %i: it is missing, or no vote',
      (index) => {
        const [vote] = votes.slice(index);
        const [published] = consensusIn(bytesOfFile(folder, 'arti__7fb477e__cached-consensus'));
        if (!vote || !published) throw new Error(String(index));
        const others = votes.filter((one) => one !== vote);
        const counts = (bytes: Uint8Array): boolean =>
          proveConsensus(published, [...votesIn(bytes), ...others], options).missing.length === 0;
        expect(counts(vote.bytes)).toBe(true);
        expect(unnoticed(vote.bytes, vote.signed.end, counts)).toEqual([]);
      },
      600_000,
    );
  });

  test('arti fb97fab: the round before is not theirs: its votes are missing', () => {
    const votes = votesIn(bytesOfFile(folder, 'arti__fb97fab__v3-status-votes'));
    const [published] = consensusIn(bytesOfFile(folder, 'arti__fb97fab__cached-consensus'));
    const proof = published && proveConsensus(published, votes, { authorities: votes.length });
    expect(proof).toMatchObject({ verdict: 'undecided', cause: 'missing-votes', votesUsed: 0 });
    expect(proof?.missing.map(({ because }) => because)).toEqual(votes.map(() => 'other-vote'));
  });
});
