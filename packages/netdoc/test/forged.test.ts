/**
 * Rounds of forged votes, as one real tor held and judged them: branches of the computation that honest authorities do
 * not reach. `conclave lab forge` made them; ROUNDS.tsv says what tor knew besides the votes.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { computeConsensus, parseConsensus, parseVote, proveConsensus, type Vote } from '../src/index.ts';
import { hasRecording, openRecording, withRecording, type Recording } from './support/recordings.ts';

/** What tor 0.4.9 supports. */
const supportedMethods = [32, 33, 34, 35];
const files = { ns: 'consensus', microdesc: 'consensus-microdesc' } as const;
const flavors = ['ns', 'microdesc'] as const;

interface ForgedRound {
  readonly name: string;
  readonly authorities: number;
  readonly sharedRandomFresh: boolean;
  /** In the order in which tor held them. */
  readonly votes: readonly Vote[];
  /** What tor computed; undefined where it computed nothing. */
  readonly computed: Readonly<Record<'ns' | 'microdesc', Uint8Array | undefined>>;
}

describe.runIf(hasRecording('forged'))(withRecording('forged', 'rounds of forged votes'), () => {
  const recording = hasRecording('forged') ? openRecording('forged') : undefined;
  const rounds = recording ? roundsOf(recording) : [];
  afterAll(() => recording?.remove());

  test('computeConsensus() gives the text of tor in both flavours, or says that there is none', () => {
    const wrong = rounds.flatMap(({ name, votes, computed, ...knows }) => {
      const computation = computeConsensus(votes, { ...knows, supportedMethods });
      return flavors.flatMap((flavor) => {
        const ours = computation.outcome === 'computed' ? computation[flavor]?.bytes : undefined;
        return same(ours, computed[flavor]) ? [] : [`${name} ${flavor} ${computation.outcome}`];
      });
    });
    expect(wrong).toEqual([]);
    expect(rounds).toHaveLength(48);
  });

  test('they hold rounds of every method, of several numbers of authorities, and without a consensus', () => {
    const said = rounds.map(({ computed, authorities }) => {
      const method = computed.ns && parseConsensus(computed.ns).partial.consensusMethod;
      return `${authorities}: ${method ?? 'none'}`;
    });
    for (const authorities of [4, 5, 8, 9])
      for (const method of [32, 33, 34, 35]) expect(said).toContain(`${authorities}: ${method}`);
    expect(said.filter((text) => text.endsWith('none'))).toHaveLength(3);
    expect(rounds.filter(({ sharedRandomFresh }) => sharedRandomFresh).length).toBeGreaterThanOrEqual(5);
  });

  test('proveConsensus() finds each of them to be what its votes give', () => {
    const verdicts = rounds.flatMap(({ name, votes, computed, authorities, sharedRandomFresh }) =>
      flavors.flatMap((flavor) => {
        const bytes = computed[flavor];
        const published = bytes && parseConsensus(bytes).document;
        if (!published) return [];
        const { verdict, explanation } = proveConsensus(published, votes, { authorities, sharedRandomFresh });
        return verdict === 'identical' ? ['identical'] : [`${name} ${flavor} ${verdict}: ${explanation}`];
      }),
    );
    expect(new Set(verdicts)).toEqual(new Set(['identical']));
    expect(verdicts.length).toBeGreaterThanOrEqual(80);
  });
});

function roundsOf(recording: Recording): readonly ForgedRound[] {
  const rows = Buffer.from(recording.read('ROUNDS.tsv')).toString().trim().split('\n').slice(1);
  return rows.map((row) => {
    const [name = '', , authorities, votes, fresh] = row.split('\t');
    const read = (file: string): Uint8Array | undefined =>
      recording.files.includes(`${name}/${file}`) ? recording.read(`${name}/${file}`) : undefined;
    return {
      name,
      authorities: Number(authorities),
      sharedRandomFresh: fresh === 'true',
      votes: Array.from({ length: Number(votes) }, (_, i) => voteOf(recording.read(`${name}/vote${i}`))),
      computed: { ns: read(files.ns), microdesc: read(files.microdesc) },
    };
  });
}

function voteOf(bytes: Uint8Array): Vote {
  const { document, problems } = parseVote(bytes);
  if (!document) throw new Error(JSON.stringify(problems));
  return document;
}

function same(ours: Uint8Array | undefined, theirs: Uint8Array | undefined): boolean {
  return ours === undefined || theirs === undefined ? ours === theirs : Buffer.from(ours).equals(theirs);
}
