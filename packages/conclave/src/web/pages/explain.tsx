/**
 * Why does the consensus say so: which authority gave what to a line, and which rule decided?
 */
import type { FC } from 'hono/jsx';
import type { ExplainAnswer, Observing } from '../../api/index.ts';
import { formatFullTime, formatNumber } from '../format.ts';
import { AuthorityLink, inOrder, Missing, relayPath, roundPath } from '../parts/basics.tsx';
import { type ExplainChoice, ExplainForm } from '../parts/form.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';

/** The page. */
export const ExplainPage: FC<{
  answer: ExplainAnswer;
  observing: Observing;
  choice: ExplainChoice;
  query: string;
  /** Nicknames of the authorities, in the order in which they stand everywhere. */
  order: readonly string[];
}> = ({ answer, observing, choice, query, order }) => (
  <>
    <h1>
      Why the round of{' '}
      <a href={roundPath(answer.validAfter)}>
        <time datetime={answer.validAfter}>{formatFullTime(answer.validAfter)}</time>
      </a>{' '}
      says so
    </h1>
    <Standing observing={observing} now={answer.now} />
    <Lede sentence={answer.sentence} />
    <ExplainForm action={`${roundPath(answer.validAfter)}/explain`} choice={choice} />
    {choice.relay === undefined ? null : (
      <p>
        <a href={relayPath(choice.relay.toUpperCase())}>The history of this relay</a>
      </p>
    )}
    {answer.lines.length === 0 ? <p class="none">No line was found that fits this question.</p> : null}
    {answer.lines.map((line) => (
      <Line line={line} order={order} />
    ))}
    <Twins
      json={`/api/v1/rounds/${answer.validAfter}/explain${query}`}
      csv={`/api/v1/rounds/${answer.validAfter}/explain.csv${query}`}
      how="#explain"
    />
  </>
);

type Explained = ExplainAnswer['lines'][number];
type Given = Explained['given'][number];

/** The authorities that gave the same, and what became of it. */
interface Camp extends Pick<Given, 'value' | 'counted' | 'note'> {
  readonly authorities: readonly string[];
}

/** Who gave the same stands together: where all agree one row says so, and who differs is seen at once. */
function campsOf(given: readonly Given[], order: readonly string[]): Camp[] {
  const camps = new Map<string, Camp>();
  for (const { authority, value, counted, note } of inOrder(given, order, (one) => one.authority)) {
    const key = JSON.stringify([value, counted, note]);
    const held = camps.get(key)?.authorities ?? [];
    camps.set(key, { value, counted, note, authorities: [...held, authority] });
  }
  return [...camps.values()].toSorted((a, b) => b.authorities.length - a.authorities.length);
}

const Line: FC<{ line: Explained; order: readonly string[] }> = ({
  line: { line, text, rule, clause, given },
  order,
}) => (
  <section>
    <h2 class="line">
      {text === null ? 'No line' : <code>{text}</code>}{' '}
      {line === null ? null : <small>line {formatNumber(line)}</small>}
    </h2>
    <p>
      {rule} <small>{clause}</small>
    </p>
    <DataTable
      label={`What the authorities gave to ${text ?? 'the line that is not there'}`}
      columns={[
        {
          name: 'Gave',
          cell: ({ value }) =>
            value === null ? <Missing reason="their votes say nothing" /> : <code>{value}</code>,
          set: 'wrap',
        },
        { name: 'Counted', cell: ({ counted }) => (counted ? 'yes' : 'no') },
        { name: 'Votes', cell: ({ authorities }) => formatNumber(authorities.length), set: 'num' },
        {
          name: 'Authorities',
          cell: ({ authorities }) =>
            authorities.map((nickname, index) => (
              <>
                {index === 0 ? '' : ', '}
                <AuthorityLink nickname={nickname} />
              </>
            )),
          set: 'wrap',
        },
        ...(given.some(({ note }) => note !== null)
          ? [{ name: 'Note', cell: ({ note }: Camp) => note ?? '–', set: 'wrap' as const }]
          : []),
      ]}
      rows={campsOf(given, order)}
      keyOf={({ value, counted, note }) => JSON.stringify([value, counted, note])}
      empty="No vote gives anything to it."
    />
  </section>
);
