/** What `conclave shared-random` says of a run: one sentence, a table of authorities, and what it rests on. */
import {
  formatTime,
  type Committer,
  type Fingerprint,
  type SharedRandomComparison,
  type SharedRandomRun,
  type SharedRandomValue,
  type SharedRandomVote,
  type Sighting,
  type UnixSeconds,
} from '@conclave/netdoc';
import type { ExitCode } from './exit.ts';
import { plural, printable, table, type Printer, type Tone } from './output.ts';

/** A vote, where it came from, and whether the key that it carries signed it. */
export interface ReadVote {
  readonly vote: SharedRandomVote;
  readonly file: string;
  readonly signed: boolean;
}

/** What a consensus says of a run. */
export interface Against {
  readonly file: string;
  readonly validAfter: UnixSeconds;
  readonly comparison: SharedRandomComparison;
}

/** A run, what it rests on, and what it was held against. */
export interface Answer {
  readonly run: SharedRandomRun;
  readonly votes: readonly ReadVote[];
  readonly against: Against | undefined;
  /** Whether a comparison was asked for. */
  readonly asked: boolean;
  readonly code: ExitCode;
  readonly nameOf: (identity: Fingerprint) => string;
}

/** The answer for people. */
export function linesOf(answer: Answer, { paint, width }: Printer): readonly string[] {
  const { run, votes, nameOf } = answer;
  const rows = run.committers.map((one) => [
    nameOf(one.identity),
    seen(one.committed),
    one.revealed ? seen(one.revealed) : 'no',
    paint(tones[one.outcome], holds(one)),
  ]);
  const unsigned = votes.filter(({ signed }) => !signed);
  const before = run.previous ? valueText(run.previous) : 'none';
  return [
    paint(tone(answer), printable(sentence(answer))),
    '',
    table(['authority', 'committed', 'revealed', 'holds'], rows, width),
    '',
    `From ${plural(run.votes, 'vote')} of ${run.slots.length} of the 24 rounds of the run.`,
    `The run began ${formatTime(run.begins)}; its value is published from ${formatTime(run.published)} on.`,
    `The value before it: ${before}.`,
    ...run.committers
      .filter(({ ignored }) => ignored.length > 0)
      .map(
        ({ identity, ignored }) =>
          `${nameOf(identity)}: ${plural(ignored.length, 'other commitment')} ignored.`,
      ),
    ...unsigned.map(({ file, vote }) =>
      printable(
        `${file}: the vote of ${vote.source.nickname} is not signed by the key it carries; it was used.`,
      ),
    ),
  ].map((line) => line.trimEnd());
}

function sentence({ run, against, asked, nameOf }: Answer): string {
  const value = run.value ? valueText(run.value) : undefined;
  if (!against) {
    const without = asked ? ' No consensus given is of the time at which it is published.' : '';
    if (run.outcome === 'computed') return `The value is ${value}.${without}`;
    const names = run.waitingFor.map(nameOf).join(', ');
    if (value === undefined) {
      const committed = plural(run.committers.length, 'commitment');
      return `No value yet: ${committed}, and no reveal that counts.${without}`;
    }
    return `So far the value is ${value}; without ${names}, whose reveal is not in these votes.${without}`;
  }
  const { comparison, file, validAfter } = against;
  const which = `${file} (${formatTime(validAfter)})`;
  switch (comparison.outcome) {
    case 'same':
      return `The value is ${value}, as ${which} publishes it.`;
    case 'subset': {
      const names = comparison.without.map(nameOf).join(', ');
      return `Another value: ${which} publishes ${textOf(comparison)}, which is the one without the reveal of ${names}; all reveals give ${value}.`;
    }
    case 'differs':
      return `Another value: ${which} publishes ${textOf(comparison)} (${comparison.because}); the reveals give ${value ?? 'none'}.`;
    case 'undecided':
    case 'untimely':
      return `Undecided: ${which} publishes ${textOf(comparison)}; ${comparison.because}. These give ${value ?? 'none'}.`;
  }
}

function textOf({ published }: SharedRandomComparison): string {
  return published ? valueText(published) : 'none';
}

function valueText({ value, reveals }: SharedRandomValue): string {
  return `${value} (${plural(reveals, 'reveal')})`;
}

function seen({ slot, by }: Sighting): string {
  return by === 'own-vote' ? `slot ${slot}` : `slot ${slot}, relayed`;
}

const tones: Readonly<Record<Committer['outcome'], Tone>> = {
  revealed: 'good',
  withheld: 'bad',
  unrevealed: 'open',
  wrong: 'bad',
  'unknown-algorithm': 'open',
};

function holds({ outcome, detail }: Committer): string {
  switch (outcome) {
    case 'revealed':
      return 'yes';
    case 'withheld':
      return 'withheld: not in its vote of the last round';
    case 'unrevealed':
      return 'not told: no reveal in these votes';
    case 'wrong':
      return `no: ${detail}`;
    case 'unknown-algorithm':
      return `not told: unknown algorithm ${printable(detail)}`;
  }
}

const codeTones: Readonly<Record<number, Tone>> = { 0: 'good', 1: 'bad' };

function tone({ code }: Answer): Tone {
  return codeTones[code] ?? 'open';
}

/** The answer for programs: times as the spec writes them, what is absent null. */
export function jsonOf({ run, votes, against, asked, nameOf }: Answer): Readonly<Record<string, unknown>> {
  return {
    kind: 'shared-random-run',
    intervalSeconds: run.interval,
    begins: formatTime(run.begins),
    published: formatTime(run.published),
    outcome: run.outcome,
    value: run.value ?? null,
    previous: run.previous ?? null,
    slots: run.slots,
    waitingFor: run.waitingFor,
    committers: run.committers.map((one) => ({
      ...one,
      nickname: nameOf(one.identity),
      reveal: one.reveal ?? null,
      revealed: one.revealed ?? null,
    })),
    votes: votes.map(({ vote, file, signed }) => ({
      file,
      identity: vote.source.identity,
      nickname: vote.source.nickname,
      validAfter: formatTime(vote.validAfter),
      signed,
    })),
    against: against
      ? {
          file: against.file,
          validAfter: formatTime(against.validAfter),
          ...against.comparison,
          published: against.comparison.published ?? null,
        }
      : null,
    compared: asked,
  };
}
