/**
 * The consensus computed from its votes against the consensus that tor made of them, byte for byte: every recorded round
 * of private networks of real tor, in both flavours.
 */
import { afterAll, describe, expect, test } from 'vitest';
import {
  computeConsensus,
  parseConsensus,
  parseVote,
  parseVotes,
  sha1,
  toHex,
  type ComputeOptions,
  type Flavor,
  type Vote,
} from '../src/index.ts';
import { bytesOfFile, filesOf, hasData, withData } from './support/data.ts';
import { hasRecording, openRecording, withRecording, type Recording } from './support/recordings.ts';

/** What tor 0.4.9 supports. */
const supportedMethods = [32, 33, 34, 35];

/** All before the signatures. */
function unsigned(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes);
  const at = text.indexOf('\ndirectory-signature ');
  return at < 0 ? text : text.subarray(0, at + 1);
}

/** Undefined when the text is that of tor; else the first line that is not. */
function difference(
  published: Uint8Array,
  votes: readonly Vote[],
  flavor: Flavor,
  options: ComputeOptions,
): string | undefined {
  const computation = computeConsensus(votes, { ...options, flavors: [flavor] });
  if (computation.outcome !== 'computed') return JSON.stringify(computation);
  const computed = computation[flavor]?.bytes ?? new Uint8Array();
  const wanted = unsigned(published);
  if (wanted.equals(computed)) return undefined;
  const ours = Buffer.from(computed).toString('latin1').split('\n');
  const theirs = wanted.toString('latin1').split('\n');
  const line = ours.findIndex((text, index) => text !== theirs[index]);
  return `line ${line + 1}: ${ours[line]} | ${theirs[line]}`;
}

function voteOf(bytes: Uint8Array): Vote {
  const { document, problems } = parseVote(bytes);
  if (!document) throw new Error(JSON.stringify(problems));
  return document;
}

const digestOf = ({ bytes, signed }: Vote): string => toHex(sha1(bytes.subarray(signed.start, signed.end)));

/** Votes by the digest by which a consensus names them. */
function byDigest(votes: readonly Vote[]): ReadonlyMap<string, Vote> {
  return new Map(votes.map((vote) => [digestOf(vote), vote]));
}

/** The votes that a consensus names, or undefined when one of them is not there. */
function votesOf(published: Uint8Array, votes: ReadonlyMap<string, Vote>): readonly Vote[] | undefined {
  const named = (parseConsensus(published).document?.authorities ?? []).flatMap(({ voteDigest }) =>
    voteDigest === undefined ? [] : [votes.get(voteDigest)],
  );
  const held = named.flatMap((vote) => vote ?? []);
  return held.length === named.length && held.length > 0 ? held : undefined;
}

describe('computeConsensus() on recorded rounds', () => {
  const opened: Recording[] = [];
  const open = (...of: Parameters<typeof openRecording>): Recording => {
    const recording = openRecording(...of);
    opened.push(recording);
    return recording;
  };
  afterAll(() => {
    for (const recording of opened) recording.remove();
  });

  /** The rounds of an archive with a table of rounds: its columns, votes in order of arrival, and what tor computed. */
  function rounds(name: 'divergent-rounds' | 'forged-rounds') {
    const recording = open(name);
    const table = Buffer.from(recording.read('ROUNDS.tsv')).toString().trim().split('\n').slice(1);
    return table.map((row) => {
      const [round = '', authorities, , fresh = ''] = row.split('\t');
      const votes = recording.files
        .filter((file) => file.startsWith(`${round}/vote`))
        .map((file) => voteOf(recording.read(file)));
      const [ns, microdesc] = name === 'forged-rounds' ? fresh.split(' ') : [];
      return {
        round,
        votes,
        authorities: Number(authorities),
        fresh: { ns: ns === 'True', microdesc: microdesc === 'True' },
        published: {
          ns: recording.read(`${round}/consensus`),
          microdesc: recording.read(`${round}/consensus-microdesc`),
        },
      };
    });
  }

  for (const [name, least] of [
    ['divergent-rounds', 11],
    ['forged-rounds', 16],
  ] as const) {
    test.skipIf(!hasRecording(name))(withRecording(name, `${name}: every byte of both flavours`), () => {
      const all = rounds(name);
      const wrong = all.flatMap(({ round, votes, authorities, fresh, published }) =>
        (['ns', 'microdesc'] as const).flatMap((flavor) => {
          const options = { authorities, sharedRandomFresh: fresh[flavor], supportedMethods };
          const differs = difference(published[flavor], votes, flavor, options);
          return differs === undefined ? [] : [`${round} ${flavor}: ${differs}`];
        }),
      );
      expect(wrong).toEqual([]);
      expect(all.length).toBeGreaterThanOrEqual(least);
    });
  }

  test.skipIf(!hasRecording('forged-rounds'))(
    withRecording('forged-rounds', 'a wrong number of authorities, or a wrong freshness, gives another text'),
    () => {
      const fresh = rounds('forged-rounds').find((round) => round.fresh.ns);
      expect(fresh).toBeDefined();
      if (!fresh) return;
      const { published, votes, authorities } = fresh;
      const options = { authorities, sharedRandomFresh: true, supportedMethods };
      expect(difference(published.ns, votes, 'ns', options)).toBeUndefined();
      expect(difference(published.ns, votes, 'ns', { ...options, authorities: authorities + 1 })).toContain(
        'line ',
      );
      expect(difference(published.ns, votes, 'ns', { ...options, sharedRandomFresh: false })).toContain(
        'shared-rand-previous-value',
      );
    },
  );

  test.skipIf(!hasRecording('lab-rounds'))(
    withRecording('lab-rounds', 'lab-rounds: nine authorities, 9,509 relays, every copy with its votes'),
    { timeout: 120_000 },
    () => {
      const recording = open('lab-rounds', '*/vote-*', '*/consensus-*');
      const votes = byDigest(
        recording.files.filter((file) => file.includes('/vote-')).map((file) => voteOf(recording.read(file))),
      );
      // Copies of one text differ in their signatures only; each text is computed once.
      const texts = new Map<string, Uint8Array>();
      for (const file of recording.files.filter((name) => name.includes('/consensus-'))) {
        const bytes = recording.read(file);
        texts.set(toHex(sha1(unsigned(bytes))), bytes);
      }
      const outcomes = [...texts.values()].map((bytes) => {
        const named = votesOf(bytes, votes);
        const flavor = parseConsensus(bytes).document?.flavor ?? 'ns';
        // The copies of round 001 are there, its votes are not.
        return named ? (difference(bytes, named, flavor, { authorities: 9 }) ?? 'same') : 'without votes';
      });
      expect(outcomes.filter((outcome) => outcome === 'same')).toHaveLength(6);
      expect(outcomes.filter((outcome) => outcome === 'without votes')).toHaveLength(2);
      expect(outcomes).toHaveLength(8);
    },
  );

  test.skipIf(!hasData)(withData('networks of four authorities, methods 33 and 35'), () => {
    const folder = 'chutney-and-synthetic';
    const files = filesOf(folder);
    const votes = byDigest(
      files
        .filter((file) => file.includes('v3-status-votes'))
        .flatMap((file) => parseVotes(bytesOfFile(folder, file)))
        .flatMap(({ document }) => document ?? []),
    );
    const outcomes = files
      .filter((file) => /^arti__.*(my|cached)-.*consensus/.test(file))
      .flatMap((file) => {
        const bytes = bytesOfFile(folder, file);
        const named = votesOf(bytes, votes);
        const { flavor = 'ns', consensusMethod } = parseConsensus(bytes).partial;
        if (!named) return [];
        return [`${consensusMethod} ${difference(bytes, named, flavor, { authorities: 4 }) ?? 'same'}`];
      });
    expect(outcomes.sort()).toEqual(['33 same', '33 same', '33 same', '33 same', '35 same', '35 same']);
  });

  test.skipIf(!hasRecording('bad-day'))(
    withRecording('bad-day', 'bad-day: forty rounds of nine authorities, with and without votes missing'),
    { timeout: 60_000 },
    () => {
      const recording = open('bad-day');
      const documents = recording.files
        .filter((file) => file.startsWith('documents/'))
        .map((file) => recording.read(file));
      const votes = byDigest(documents.flatMap((bytes) => parseVote(bytes).document ?? []));
      const consensuses = documents.filter((bytes) => parseConsensus(bytes).document !== undefined);
      const counts = new Map<number, number>();
      const wrong = consensuses.flatMap((bytes) => {
        const named = votesOf(bytes, votes);
        const flavor = parseConsensus(bytes).document?.flavor ?? 'ns';
        if (!named) return ['a vote is missing'];
        counts.set(named.length, (counts.get(named.length) ?? 0) + 1);
        return difference(bytes, named, flavor, { authorities: 9 }) ?? [];
      });
      expect(wrong).toEqual([]);
      expect(consensuses.length).toBeGreaterThanOrEqual(80);
      expect(counts.size).toBeGreaterThan(1);
    },
  );
});
