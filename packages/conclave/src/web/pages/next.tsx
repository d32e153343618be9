/**
 * The coming round, live: where does it stand, and what will come of it?
 */
import type { FC } from 'hono/jsx';
import type { Level, NextRound, Observing } from '../../api/index.ts';
import { formatFullTime, formatNumber, secondsBetween } from '../format.ts';
import { AuthorityLink, DocumentLink, Hidden, Missing, Pill, Time, When } from '../parts/basics.tsx';
import { CopiesSection } from '../parts/copies.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { PendingSection, PreviewSection } from '../parts/preview.tsx';
import { DataTable } from '../parts/table.tsx';

/** The page. */
export const NextPage: FC<{ answer: NextRound; observing: Observing }> = ({ answer, observing }) => (
  <>
    <h1>
      The coming round
      {answer.validAfter === null ? null : (
        <>
          : <time datetime={answer.validAfter}>{formatFullTime(answer.validAfter)}</time>
        </>
      )}
    </h1>
    <Standing observing={observing} now={answer.now} />
    <Lede sentence={answer.sentence} />
    <Warnings warnings={answer.warnings} />
    <Phases answer={answer} />
    <Votes answer={answer} />
    <PreviewSection
      preview={answer.preview}
      reason={answer.previewReason ?? 'no vote of it is held'}
      now={answer.now}
    />
    <PendingSection
      pending={answer.pending}
      order={answer.votes.map(({ authority }) => authority)}
      now={answer.now}
    />
    <CopiesSection
      copies={answer.copies}
      order={answer.votes.map(({ authority }) => authority)}
      now={answer.now}
    />
    <Twins json="/api/v1/next" csv="/api/v1/next.csv" how="#preview" />
  </>
);

const Warnings: FC<{ warnings: NextRound['warnings'] }> = ({ warnings }) => (
  <div data-live="warnings">
    {warnings.map(({ check, level, title, message }) => (
      <p class={`banner warning ${level}`} data-key={`${check} ${title}`}>
        <Pill level={level}>{level === 'bad' ? 'act now' : 'look'}</Pill> <b>{title}</b> {message}
      </p>
    ))}
  </div>
);

const Phases: FC<{ answer: NextRound }> = ({ answer: { phase, phases, validAfter, now } }) => (
  <section data-live="phase">
    <h2>
      <a href="/how#formation">Phase</a>{' '}
      {phase === null ? null : (
        <small>
          {phase.text.replace(/\.$/, '')}, until <Time exact at={phase.until} now={now} />
        </small>
      )}
    </h2>
    {validAfter === null || phases.length === 0 ? (
      <p class="none">n/a: no schedule is known before the first consensus.</p>
    ) : (
      <>
        <Progress phases={phases} validAfter={validAfter} now={now} />
        <DataTable
          label="Phases of the coming round: when each is due and when it was seen"
          columns={[
            { name: 'Phase', cell: ({ name }) => name },
            {
              name: 'Due',
              cell: ({ due }) => (
                <>
                  <Time exact at={due} now={now} />{' '}
                  <small>
                    <When at={due} now={now} />
                  </small>
                </>
              ),
            },
            {
              name: 'Seen by us',
              cell: ({ seen }) =>
                seen === null ? <span class="na">n/a</span> : <Time exact at={seen} now={now} />,
            },
            { name: 'What we saw', cell: ({ text }) => text, set: 'wrap' },
          ]}
          rows={phases}
          keyOf={({ name }) => name}
        />
      </>
    )}
  </section>
);

/** How far the round has come between its first phase and its publication. */
const Progress: FC<{ phases: NextRound['phases']; validAfter: string; now: string }> = (props) => {
  const begin = props.phases[0]?.due ?? props.validAfter;
  const whole = Math.max(1, secondsBetween(begin, props.validAfter));
  const gone = Math.min(whole, Math.max(0, secondsBetween(begin, props.now)));
  const words =
    gone === 0
      ? 'voting has not begun'
      : gone === whole
        ? 'due now'
        : `${formatNumber(gone)} of ${formatNumber(whole)} s`;
  return (
    <p class="progress">
      <meter min={0} max={whole} value={gone} aria-label="From the first phase to publication">
        {words}
      </meter>{' '}
      <small>
        <Time exact at={begin} now={props.now} /> to <Time exact at={props.validAfter} now={props.now} />:{' '}
        {words}
      </small>
    </p>
  );
};

const states: Readonly<Record<NextRound['votes'][number]['state'], readonly [level: Level, word: string]>> = {
  seen: ['ok', 'seen'],
  missing: ['warn', 'missing'],
  'not-asked': ['unknown', 'not asked yet'],
  refused: ['bad', 'refused'],
};

const Votes: FC<{ answer: NextRound }> = ({ answer: { votes, needed, now } }) => {
  const seen = votes.filter(({ state }) => state === 'seen').length;
  return (
    <section>
      <h2>
        Votes{' '}
        <small data-live="votes-seen">
          {formatNumber(seen)} of {formatNumber(votes.length)} seen, {formatNumber(needed)} needed
        </small>
      </h2>
      <DataTable
        label="Votes of the coming round"
        live="votes"
        wide
        columns={[
          { name: 'Authority', cell: ({ authority }) => <AuthorityLink nickname={authority} /> },
          {
            name: 'Vote',
            cell: ({ state }) => <Pill level={states[state][0]}>{states[state][1]}</Pill>,
          },
          { name: 'What we saw', cell: ({ text }) => text, set: 'wrap' },
          {
            name: 'First seen',
            cell: ({ firstSeen, text }) =>
              firstSeen === null ? <Missing reason={text} /> : <Time exact at={firstSeen} now={now} />,
          },
          {
            name: 'Published',
            cell: ({ published, text }) =>
              published === null ? <Missing reason={text} /> : <Time exact at={published} now={now} />,
          },
          {
            name: 'Served by',
            cell: ({ seenAt }) => (
              <span title={seenAt.join(', ')}>
                {formatNumber(seenAt.length)}
                {seenAt.length === 0 ? null : <Hidden>: {seenAt.join(', ')}</Hidden>}
              </span>
            ),
            set: 'num',
          },
          {
            name: 'Relays',
            cell: ({ relays, text }) => (relays === null ? <Missing reason={text} /> : formatNumber(relays)),
            set: 'num',
          },
          {
            name: 'Document',
            cell: ({ sha256, text }) =>
              sha256 === null ? <Missing reason={text} /> : <DocumentLink sha256={sha256} />,
          },
        ]}
        rows={votes}
        keyOf={({ authority }) => authority}
        empty="n/a: nobody is known who votes."
      />
    </section>
  );
};
