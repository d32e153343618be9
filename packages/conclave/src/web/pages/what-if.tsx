/**
 * What if: what would the consensus be without some of its votes, and how many may be lost?
 */
import type { FC } from 'hono/jsx';
import type { Observing, Sentence, Status, WhatIfAnswer } from '../../api/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import { inOrder, Missing, Pill, RoundLink } from '../parts/basics.tsx';
import { FlagChanges, HeaderTable, RelayFold } from '../parts/changes.tsx';
import { Field } from '../parts/form.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';

/** What was chosen on the form. */
export interface WhatIfChoice {
  readonly without: readonly string[];
  readonly country: string | undefined;
  readonly as: string | undefined;
  readonly at: string | undefined;
}

/** The page, with or without an answer. */
export const WhatIfPage: FC<{
  status: Status;
  observing: Observing;
  choice: WhatIfChoice;
  answer: WhatIfAnswer | undefined;
  query: string;
}> = ({ status, observing, choice, answer, query }) => (
  <>
    <h1 class="vh">What if</h1>
    <Standing observing={observing} now={status.now} />
    <Lede sentence={answer?.sentence ?? standing(status)} />
    <Question status={status} choice={choice} />
    {answer === undefined ? null : <Result answer={answer} order={orderOf(status)} />}
    <Losses status={status} choice={choice} answer={answer} />
    <Twins json={`/api/v1/what-if${query}`} csv={`/api/v1/what-if.csv${query}`} how="#what-if" />
  </>
);

/** The arithmetic of today, for who has not asked yet. */
function standing({ voting }: Status): Sentence {
  const { voted, needed, margin } = voting;
  if (voted === null || margin === null)
    return {
      level: 'unknown',
      headline: 'No round is known yet.',
      detail: 'Without one nothing can be left out.',
    };
  const spare = Math.max(0, margin);
  return {
    level: voting.level,
    headline:
      margin < 0
        ? `${formatCount(-margin, 'vote')} too few already.`
        : `${formatCount(spare, 'vote')} may be lost before there is no consensus.`,
    detail: `${formatNumber(voted)} voted in the newest round, ${formatNumber(needed)} are needed. Choose whom to leave out.`,
  };
}

const Question: FC<{ status: Status; choice: WhatIfChoice }> = ({ status, choice }) => (
  <form class="choose" method="get" action="/what-if">
    <fieldset>
      <legend>Without the votes of</legend>
      {status.authorities
        .filter(({ votes }) => votes)
        .map(({ nickname }) => (
          <label>
            <input
              type="checkbox"
              name="without"
              value={nickname}
              checked={choice.without.includes(nickname)}
            />{' '}
            {nickname}
          </label>
        ))}
    </fieldset>
    <p class="filter">
      <Field
        label="and of those in country"
        name="country"
        value={choice.country}
        placeholder="US"
        size={3}
        most={2}
        pattern="[A-Za-z]{2}"
      />
      <Field
        label="or network"
        name="as"
        value={choice.as}
        placeholder="AS24940"
        size={10}
        most={12}
        pattern="(AS|as)?[0-9]{1,10}"
      />
      <Field label="round" name="at" value={choice.at} placeholder="the newest" size={22} most={20} />
      <button type="submit">Compute it</button>
    </p>
  </form>
);

const outcomes = {
  computed: ['ok', 'possible'],
  impossible: ['bad', 'not possible'],
  unsupported: ['unknown', 'cannot be computed here'],
} as const;

const Result: FC<{ answer: WhatIfAnswer; order: readonly string[] }> = ({ answer, order }) => {
  const [level, word] = outcomes[answer.outcome];
  return (
    <section>
      <h2>
        Without {answer.without.length === 0 ? 'nobody' : answer.without.join(', ')}
        {answer.country === null ? '' : ` (country ${answer.country})`}
        {answer.as === null ? '' : ` (${answer.as})`}{' '}
        <small>
          round <RoundLink validAfter={answer.validAfter} now={answer.now} />
        </small>
      </h2>
      <dl class="facts">
        <dt>a consensus is</dt>
        <dd>
          <Pill level={level}>{word}</Pill> <small>{answer.detail}</small>
        </dd>
        <dt>votes left</dt>
        <dd>
          {formatNumber(answer.votes.length)}, {formatNumber(answer.needed)} needed{' '}
          <small>{inOrder(answer.votes, order, (name) => name).join(', ')}</small>
        </dd>
        {answer.unheld.length === 0 ? null : (
          <>
            <dt>not held here</dt>
            <dd>
              {answer.unheld.join(', ')}{' '}
              <small>the consensus names their votes; what they would change is not in the figures</small>
            </dd>
          </>
        )}
        <dt>relays</dt>
        <dd>{both(answer.relays, answer.detail)}</dd>
        <dt>sum of weights</dt>
        <dd>{both(answer.weight, answer.detail)}</dd>
        <dt>method</dt>
        <dd>{both(answer.method, answer.detail)}</dd>
        <dt>relays in both that differ</dt>
        <dd>
          {answer.outcome === 'computed' ? formatNumber(answer.changed) : <Missing reason={answer.detail} />}
        </dd>
        <dt>text</dt>
        <dd>
          {answer.identical === null ? (
            <Missing reason={answer.detail} />
          ) : answer.identical ? (
            'the same but for who voted'
          ) : (
            'another'
          )}
        </dd>
      </dl>
      {answer.outcome === 'computed' ? <Changes answer={answer} /> : null}
    </section>
  );
};

const Changes: FC<{ answer: WhatIfAnswer }> = ({ answer }) => (
  <>
    <div class="two">
      <div>
        <h3>Flags</h3>
        <FlagChanges flags={answer.flags} />
      </div>
      <div>
        <h3>Header</h3>
        <HeaderTable header={answer.header} before="With all" after="Without" />
      </div>
    </div>
    <RelayFold relays={answer.removed} words="would go" validAfter={answer.validAfter} live="removed" />
    <RelayFold relays={answer.added} words="would come" validAfter={answer.validAfter} live="added" />
  </>
);

function both(figure: WhatIfAnswer['relays'], reason: string): ReturnType<FC> {
  const text = (value: number | null): ReturnType<FC> =>
    value === null ? <Missing reason={reason} /> : <>{formatNumber(value)}</>;
  return (
    <>
      {text(figure.before)} → {text(figure.after)}
    </>
  );
}

/** One more loss, authority by authority: only counting, so that it is there at once. */
const Losses: FC<{ status: Status; choice: WhatIfChoice; answer: WhatIfAnswer | undefined }> = (props) => {
  const { status, choice, answer } = props;
  const needed = answer?.needed ?? status.voting.needed;
  const voters = inOrder(answer?.votes ?? votersOf(status), orderOf(status), (name) => name);
  const gone = answer?.without ?? [];
  const left = voters.length - 1;
  return (
    <section>
      <h2>
        {gone.length === 0 ? 'Any one lost' : 'And one more'} <small>by the number of votes alone</small>
      </h2>
      <DataTable
        label="What is left when one more vote is lost"
        columns={[
          { name: 'Without', cell: (nickname) => nickname },
          { name: 'Votes left', cell: () => formatNumber(left), set: 'num' },
          { name: 'Needed', cell: () => formatNumber(needed), set: 'num' },
          {
            name: 'A consensus is',
            cell: () => (
              <Pill level={left >= needed ? 'ok' : 'bad'}>
                {left >= needed ? 'possible' : 'not possible'}
              </Pill>
            ),
          },
          {
            name: 'Losses left then',
            cell: () =>
              left >= needed ? formatNumber(left - needed) : <Missing reason="there are too few" />,
            set: 'num',
          },
          {
            name: 'Relays and flags',
            cell: (nickname) => (
              <a href={`/what-if?${queryOf({ ...choice, without: [...gone, nickname] })}`}>compute</a>
            ),
          },
        ]}
        rows={voters}
        keyOf={(nickname) => nickname}
        empty="n/a: no vote of the newest round is known."
      />
    </section>
  );
};

function orderOf({ authorities }: Status): readonly string[] {
  return authorities.map(({ nickname }) => nickname);
}

/** Whose vote the newest consensus lists. */
function votersOf({ authorities }: Status): readonly string[] {
  return authorities.flatMap(({ nickname, vote }) => (vote.inConsensus.value === true ? [nickname] : []));
}

function queryOf({ without, at }: WhatIfChoice): string {
  const query = new URLSearchParams();
  for (const nickname of without) query.append('without', nickname);
  if (at !== undefined) query.set('at', at);
  return query.toString();
}
