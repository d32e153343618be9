/** Recorded rounds as they are proved: which votes there were, and what was published. */
import {
  detectKind,
  parseConsensus,
  parseVotes,
  sha1,
  toHex,
  type Consensus,
  type Vote,
} from '../../src/index.ts';
import { openRecording, type RecordingName } from './recordings.ts';

/** A round of a recording. */
export interface RecordedRound {
  readonly name: string;
  /** How many authorities were configured. */
  readonly authorities: number;
  /** In the order of arrival where the recording knows it. */
  readonly votes: readonly Vote[];
  /** Each distinct text that was published, of either flavour. */
  readonly published: readonly Consensus[];
}

/** The rounds of an archive of rounds with a table `ROUNDS.tsv`. */
export function tabledRounds(name: 'divergent-rounds' | 'forged-rounds'): readonly RecordedRound[] {
  const recording = openRecording(name);
  try {
    const table = Buffer.from(recording.read('ROUNDS.tsv')).toString('utf8').trim().split('\n').slice(1);
    return table.map((row) => {
      const [round = '', authorities = ''] = row.split('\t');
      const voteFiles = recording.files
        .filter((file) => file.startsWith(`${round}/vote`))
        .sort((a, b) => Number(a.replace(/^.*vote/, '')) - Number(b.replace(/^.*vote/, '')));
      return {
        name: round,
        authorities: Number(authorities),
        votes: voteFiles.flatMap((file) => votesIn(recording.read(file))),
        published: ['consensus', 'consensus-microdesc'].flatMap((file) =>
          consensusIn(recording.read(`${round}/${file}`)),
        ),
      };
    });
  } finally {
    recording.remove();
  }
}

/** The rounds in any recording of nine authorities, by their time; copies of one document count once. */
export function roundsByTime(
  name: Exclude<RecordingName, 'divergent-rounds' | 'forged-rounds' | 'forged'>,
): readonly RecordedRound[] {
  const patterns = name === 'lab-rounds' ? ['*/vote-*', '*/consensus-*'] : ['*/documents/*'];
  const recording = openRecording(name, ...patterns);
  const votes = new Map<string, Vote>();
  const published = new Map<string, Consensus>();
  try {
    for (const file of recording.files) {
      const bytes = recording.read(file);
      const kind = detectKind(bytes);
      if (kind === 'vote') for (const vote of votesIn(bytes)) votes.set(signedDigest(vote), vote);
      if (kind === 'consensus')
        for (const one of consensusIn(bytes)) published.set(`${one.flavor} ${signedDigest(one)}`, one);
    }
  } finally {
    recording.remove();
  }
  const times = [...new Set([...published.values()].map(({ validAfter }) => validAfter))].sort(
    (a, b) => a - b,
  );
  return times.map((time) => ({
    name: new Date(time * 1000).toISOString(),
    authorities: 9,
    votes: [...votes.values()].filter(({ validAfter }) => validAfter === time),
    published: [...published.values()].filter(({ validAfter }) => validAfter === time),
  }));
}

function signedDigest({ bytes, signed }: Vote | Consensus): string {
  return toHex(sha1(signed ? bytes.subarray(signed.start, signed.end) : bytes));
}

/** The votes in a file. */
export function votesIn(bytes: Uint8Array): readonly Vote[] {
  return parseVotes(bytes).flatMap(({ document }) => document ?? []);
}

/** The consensus of a file. */
export function consensusIn(bytes: Uint8Array): readonly Consensus[] {
  const { document } = parseConsensus(bytes);
  return document ? [document] : [];
}
