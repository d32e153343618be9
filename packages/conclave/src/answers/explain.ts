/** Why a line of a consensus says what it says: which votes gave what, and which rule decided. */
import { explain } from '@conclave/netdoc';
import type { Explanation } from '@conclave/netdoc';
import type { Declined, ExplainAnswer, ExplainQuery, Sentence } from '../api/index.ts';
import type { Voter } from '../network/index.ts';
import { isoOf } from './context.ts';
import type { AnswerSources } from './context.ts';
import { readVotes, roundVotes, stampOf } from './round-votes.ts';
import type { Workshop } from './workshop.ts';

/** Answers `/api/v1/rounds/{validAfter}/explain`. */
export async function explainAnswer(
  sources: AnswerSources,
  workshop: Workshop,
  { validAfter, flavor, relay, keyword }: ExplainQuery,
): Promise<ExplainAnswer | Declined | undefined> {
  const subject =
    relay !== undefined
      ? { flavor, fingerprint: relay.toUpperCase(), ...(keyword === undefined ? {} : { keyword }) }
      : keyword === undefined
        ? undefined
        : { flavor, keyword };
  if (!subject) return { declined: 'bad-request', message: 'expected a relay, a keyword, or both' };
  const round = await roundVotes(sources, Date.parse(validAfter) / 1000);
  if (!round) return undefined;
  if (round.unheld.length > 0)
    return {
      declined: 'not-yet',
      message: `${round.unheld.length} of the votes that the consensus names are not held here; without them nothing is explained.`,
    };
  const key = ['explain', JSON.stringify(subject), ...round.held.map(({ digest }) => digest)];
  const made = await workshop.run(key.join(' '), async () => {
    const votes = await readVotes(sources, round.held);
    const { authorities, sharedRandomFresh } = round;
    return { lines: explain(votes, { authorities, sharedRandomFresh }, subject) };
  });
  if ('declined' in made) return made;
  const lines = made.lines.map((one) => lineView(one, round.voters));
  const of = [keyword, relay === undefined ? '' : `relay ${relay.toUpperCase().slice(0, 8)}`].filter(Boolean);
  return {
    ...(await stampOf(sources)),
    sentence: explainSentence(lines, of.join(' of '), round.held.length),
    validAfter: isoOf(round.round.valid_after ?? 0),
    flavor,
    lines,
  };
}

function explainSentence(lines: ExplainAnswer['lines'], of: string, votes: number): Sentence {
  const detail = `Recomputed from ${votes} votes.`;
  if (lines.length === 0)
    return { level: 'unknown', headline: 'No line was found that fits this question.', detail };
  const says = lines.some(({ text }) => text !== null);
  return { level: 'ok', headline: `Why it says ${says ? 'so' : 'nothing'}: ${of}.`, detail };
}

function lineView(
  { line, text, rule, clause, given }: Explanation,
  voters: readonly Voter[],
): ExplainAnswer['lines'][number] {
  return {
    line: line ?? null,
    text: text ?? null,
    rule,
    clause,
    given: given.map((one) => ({
      authority: voters.find(({ v3ident }) => v3ident === one.identity)?.nickname ?? one.nickname,
      identity: one.identity,
      value: one.value ?? null,
      counted: one.counted,
      note: one.note ?? null,
    })),
  };
}
