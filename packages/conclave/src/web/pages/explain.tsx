/**
 * Why does the consensus say so: which authority gave what to a line, and which rule decided?
 */
import type { FC } from 'hono/jsx';
import type { ExplainAnswer, Observing } from '../../api/index.ts';
import { formatFullTime, formatNumber } from '../format.ts';
import { Missing, roundPath } from '../parts/basics.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';

/** What is asked. */
export interface ExplainChoice {
  readonly flavor: 'ns' | 'microdesc';
  readonly relay?: string;
  readonly keyword?: string;
}

/** The page. */
export const ExplainPage: FC<{
  answer: ExplainAnswer;
  observing: Observing;
  choice: ExplainChoice;
  query: string;
}> = ({ answer, observing, choice, query }) => (
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
    <Question answer={answer} choice={choice} />
    {answer.lines.length === 0 ? <p class="none">No line was found that fits this question.</p> : null}
    {answer.lines.map((line) => (
      <Line line={line} />
    ))}
    <Twins
      json={`/api/v1/rounds/${answer.validAfter}/explain${query}`}
      csv={`/api/v1/rounds/${answer.validAfter}/explain.csv${query}`}
      how="#explain"
    />
  </>
);

const Question: FC<{ answer: ExplainAnswer; choice: ExplainChoice }> = ({ answer, choice }) => (
  <form class="filter" method="get" action={`${roundPath(answer.validAfter)}/explain`}>
    <label>
      Flavour{' '}
      <select name="flavor">
        {(['ns', 'microdesc'] as const).map((flavor) => (
          <option value={flavor} selected={flavor === choice.flavor}>
            {flavor}
          </option>
        ))}
      </select>
    </label>
    <label>
      Relay{' '}
      <input
        type="text"
        name="relay"
        value={choice.relay ?? ''}
        size={42}
        maxlength={40}
        placeholder="fingerprint"
      />
    </label>
    <label>
      Keyword{' '}
      <input
        type="text"
        name="keyword"
        value={choice.keyword ?? ''}
        size={16}
        maxlength={64}
        placeholder="any"
      />
    </label>
    <button type="submit">Explain</button>
  </form>
);

const Line: FC<{ line: ExplainAnswer['lines'][number] }> = ({
  line: { line, text, rule, clause, given },
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
      label={`What each authority gave to ${text ?? 'the line that is not there'}`}
      columns={[
        { name: 'Authority', cell: ({ authority }) => authority },
        {
          name: 'Gave',
          cell: ({ value }) =>
            value === null ? <Missing reason="its vote says nothing" /> : <code>{value}</code>,
          set: 'wrap',
        },
        { name: 'Counted', cell: ({ counted }) => (counted ? 'yes' : 'no') },
        { name: 'Note', cell: ({ note }) => note ?? '–', set: 'wrap' },
      ]}
      rows={given}
      keyOf={({ identity }) => identity}
      empty="No vote gives anything to it."
    />
  </section>
);
