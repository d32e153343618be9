/**
 * All rounds: how did each go?
 */
import type { Child, FC } from 'hono/jsx';
import type { Level, Observing, Rounds } from '../../api/index.ts';
import { formatNumber, formatShare } from '../format.ts';
import { diffPath, healthPath, Missing, Pill, RoundLink } from '../parts/basics.tsx';
import { Older } from '../parts/older.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';

const words: Record<Level, string> = { ok: 'good', warn: 'look', bad: 'bad', unknown: 'not seen' };

/** The list of rounds. */
export const RoundsPage: FC<{ answer: Rounds; observing: Observing; query: string }> = ({
  answer,
  observing,
  query,
}) => (
  <>
    <h1 class="vh">Rounds</h1>
    <Standing observing={observing} now={answer.now} />
    <Lede sentence={answer.sentence} />
    <DataTable
      label="Rounds, newest first"
      live="rounds"
      columns={[
        { name: 'Round', cell: ({ validAfter }) => <RoundLink validAfter={validAfter} now={answer.now} /> },
        {
          name: 'How it went',
          cell: ({ level, text }) => (
            <>
              <Pill level={level}>{words[level]}</Pill> {text}
            </>
          ),
          set: 'wrap',
        },
        { name: 'Votes', cell: ({ votes, text }) => count(votes, text), set: 'num' },
        { name: 'Signatures', cell: ({ signatures, text }) => count(signatures, text), set: 'num' },
        { name: 'Relays', cell: ({ relays, text }) => count(relays, text), set: 'num' },
        {
          name: 'Agreement',
          cell: ({ agreement, text }) =>
            agreement === null ? <Missing reason={text} /> : formatShare(agreement),
          set: 'num',
        },
        {
          name: 'Texts served',
          meaning: 'different consensuses of one flavour that authorities served for the round',
          cell: ({ digests }) =>
            digests === null ? <Missing reason="nobody watched" /> : formatNumber(digests),
          set: 'num',
        },
        {
          name: 'More',
          cell: ({ validAfter, relays }, index) => (
            <More
              validAfter={validAfter}
              before={answer.rounds[index + 1]?.validAfter}
              held={relays !== null}
              reason={answer.rounds[index]?.text ?? ''}
            />
          ),
        },
      ]}
      rows={answer.rounds}
      keyOf={({ validAfter }) => validAfter}
      empty="No round is known."
    />
    <p>
      <a href="/diff">Compare two rounds</a>
    </p>
    <Older older={answer.older} path="/rounds" />
    <Twins json={`/api/v1/rounds${query}`} csv={`/api/v1/rounds.csv${query}`} how="#round" />
  </>
);

/** What else there is about a round whose consensus is held. */
const More: FC<{ validAfter: string; before: string | undefined; held: boolean; reason: string }> = (
  props,
) =>
  props.held ? (
    <>
      <a href={healthPath(props.validAfter)}>health</a>
      {props.before === undefined ? null : (
        <>
          {' '}
          · <a href={diffPath(props.before, props.validAfter)}>what changed</a>
        </>
      )}
    </>
  ) : (
    <Missing reason={props.reason} />
  );

function count(value: number | null, reason: string): Child {
  return value === null ? <Missing reason={reason} /> : formatNumber(value);
}
