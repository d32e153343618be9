/**
 * The server descriptors of relays, asked of the authorities by digest: only such as the newest genuine consensus names and
 * we do not hold. What is missing when a consensus is first looked at is divided once; one part after another is asked for,
 * of one authority after another, so that the first fill of a large network takes hours and nobody is asked for much.
 */
import {
  isReachable,
  isVoter,
  lastValidAfter,
  nextValidAfter,
  usableDelays,
  type VotingSchedule,
} from '../network/index.ts';
import type { Knowledge } from './knowledge.ts';
import { unitMs, type PlanOptions, type Wish } from './wishes.ts';

/** tor asks for as many over plain HTTP, so that the address stays below 4 kB (`max_dl_per_request`). */
export const descriptorsARequest = 96;
/** The longest descriptor that tor takes, in bytes (`MAX_DESCRIPTOR_UPLOAD_SIZE`). */
export const descriptorBytesMost = 20_000;
/** How many of these questions one authority is asked in a round: the promise of docs/load.md rests on it. */
export const descriptorQuestionsMost = 3;

/** What was missing when it was first looked at in a round, divided into questions. */
export interface DescriptorBatches {
  /** The round and the consensus that they are of. */
  readonly of: string;
  readonly madeMs: number;
  readonly batches: readonly (readonly string[])[];
}

/**
 * The division that holds now: the one before, unless the round or its consensus is another. Not more than the authorities
 * may be asked for in a round; what is left is divided in the next.
 */
export function batchesAt(
  before: DescriptorBatches | undefined,
  options: PlanOptions,
  { schedule, missingDescriptors }: Knowledge,
  nowMs: number,
): DescriptorBatches | undefined {
  if (!missingDescriptors || options.relayDescriptors === 'none') return undefined;
  const of = `${lastValidAfter(schedule, nowMs / 1000)} ${missingDescriptors.consensus}`;
  if (before?.of === of) return before;
  const most = votersOf(options).length * descriptorQuestionsMost * descriptorsARequest;
  const digests = [...missingDescriptors.digests].slice(0, most);
  const batches = Array.from({ length: Math.ceil(digests.length / descriptorsARequest) }, (_, index) =>
    digests.slice(index * descriptorsARequest, (index + 1) * descriptorsARequest),
  );
  return { of, madeMs: nowMs, batches };
}

/**
 * One question for each part, spread over the time between publication and the next vote. What an answer lacks is asked of
 * the next authority, of each once a round at most; a descriptor that nobody has is left until the next round.
 */
export function* relayDescriptors(
  options: PlanOptions,
  { schedule, missingDescriptors }: Knowledge,
  divided: DescriptorBatches | undefined,
  nowMs: number,
): Iterable<Wish> {
  if (!divided || !missingDescriptors) return;
  const voters = votersOf(options);
  const { published, intervalSeconds, fromMs, stepMs, untilMs } = timesOf(options, schedule, divided, nowMs);
  const turn = Math.floor(published / intervalSeconds);
  for (const [index, batch] of divided.batches.entries()) {
    const holders = inTurn(voters, turn + index, index);
    yield {
      key: `relay descriptors ${divided.of} ${index}`,
      big: true,
      ask: (attempt) => {
        const authority = holders[attempt];
        const digests = batch.filter((digest) => missingDescriptors.digests.has(digest));
        if (authority === undefined || digests.length === 0) return undefined;
        const path = `/tor/server/d/${digests.join('+')}`;
        return { authority, subject: { kind: 'relay-descriptors', digests }, path };
      },
      fromMs: fromMs + index * stepMs,
      untilMs,
      retryUntilMs: untilMs,
      waitsMs: Array.from({ length: Math.max(0, voters.length - 1) }, () => 4 * unitMs(intervalSeconds)),
      // An answer may lack some of them: the question is open until they are held.
      awaitsNew: true,
      // One question is left for what nobody was asked for yet, however many descriptors nobody has.
      ration: {
        name: `relay descriptors ${published}`,
        most: descriptorQuestionsMost,
        mostAgain: descriptorQuestionsMost - 1,
      },
      rememberMs: (published + 2 * intervalSeconds) * 1000,
    };
  }
}

interface Times {
  readonly published: number;
  readonly intervalSeconds: number;
  readonly fromMs: number;
  readonly stepMs: number;
  readonly untilMs: number;
}

/** Nicknames of those who make the consensus: they have what it names. */
function votersOf({ authorities }: PlanOptions): readonly string[] {
  return authorities.filter((one) => isReachable(one) && isVoter(one)).map(({ nickname }) => nickname);
}

/** From when the rush after a publication is over, to when the next votes are made. */
function timesOf(
  options: PlanOptions,
  schedule: VotingSchedule,
  { madeMs }: DescriptorBatches,
  nowMs: number,
): Times {
  const published = lastValidAfter(schedule, nowMs / 1000);
  const coming = nextValidAfter(schedule, nowMs / 1000);
  const { voteSeconds, distSeconds } = usableDelays(schedule);
  const intervalSeconds = coming - published;
  // Whoever else has them brings them first.
  const [first, patience, spread] = options.relayDescriptors === 'rest' ? [0.5, 0.25, 0.3] : [0.1, 0, 0.7];
  const intervalMs = intervalSeconds * 1000;
  const questions = Math.max(1, votersOf(options).length * descriptorQuestionsMost);
  return {
    published,
    intervalSeconds,
    fromMs: Math.max(published * 1000 + first * intervalMs, madeMs + patience * intervalMs),
    stepMs: (spread * intervalMs) / questions,
    untilMs: Math.max(published + 0.6 * intervalSeconds, coming - distSeconds - voteSeconds) * 1000,
  };
}

/** Everybody, another one first each time; who follows differs too, so that nobody stands in for the same one always. */
function inTurn(names: readonly string[], first: number, then: number): readonly string[] {
  const rotated = rotation(names, first);
  return [...rotated.slice(0, 1), ...rotation(rotated.slice(1), then)];
}

function rotation<T>(list: readonly T[], by: number): readonly T[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
