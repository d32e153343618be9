/**
 * The four tiles of the overview: is there a consensus, who voted, do they agree (S2.1.1 to S2.1.7), and does the
 * consensus follow from the votes.
 */
import type { Child, FC } from 'hono/jsx';
import type { Level, Status } from '../../api/index.ts';
import { formatCount, formatDuration, formatNumber, formatShare } from '../format.ts';
import {
  Age,
  AuthorityLink,
  DocumentLink,
  Hidden,
  levelWord,
  Missing,
  MissingBecause,
  RoundLink,
  roundPath,
  Time,
  When,
  Words,
} from './basics.tsx';

/** All four, side by side where there is room. */
export const Tiles: FC<{ status: Status }> = ({ status }) => (
  <section class="tiles" aria-label="Summary">
    <ConsensusTile consensus={status.consensus} now={status.now} />
    <VotingTile voting={status.voting} consensus={status.consensus} now={status.now} />
    <AgreementTile agreement={status.agreement} now={status.now} />
    <ProofTile status={status} />
  </section>
);

const Tile: FC<{ name: string; level: Level; how: string; children: Child }> = ({
  name,
  level,
  how,
  children,
}) => (
  <article class={`tile ${level}`} data-live={`tile-${name}`}>
    <h2>
      <a href={`/how#${how}`}>{name}</a>
      <Hidden>: {levelWord(level)}</Hidden>
    </h2>
    {children}
  </article>
);

/** A name and its value, one line of a tile. */
const Line: FC<{ name: string; children: Child }> = ({ name, children }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

const consensusWords: Record<Status['consensus']['state'], string> = {
  none: 'Not known',
  future: 'In the future',
  current: 'Current',
  stale: 'Stale',
  expired: 'Expired',
};

const ConsensusTile: FC<{ consensus: Status['consensus']; now: string }> = ({ consensus, now }) => (
  <Tile name="Consensus" level={consensus.level} how="consensus">
    <p class="big">{consensusWords[consensus.state]}</p>
    <dl>
      <Line name="valid after">
        {consensus.validAfter === null ? (
          <Missing reason="no consensus is known" />
        ) : (
          <>
            <RoundLink validAfter={consensus.validAfter} now={now} />{' '}
            <small>
              <Age since={consensus.validAfter} now={now} />
            </small>
          </>
        )}
      </Line>
      <Line name="fresh until">{timed(consensus.freshUntil, now)}</Line>
      <Line name="valid until">{timed(consensus.validUntil, now)}</Line>
      <NextLine consensus={consensus} now={now} />
      <Line name="served">
        {consensus.digestsServed === 0 ? (
          <Missing reason="no authority was seen serving it" />
        ) : (
          <span title={consensus.servedBy.join(', ')}>
            {formatCount(consensus.digestsServed, 'digest')} <small>by {consensus.servedBy.length}</small>
          </span>
        )}
      </Line>
      <Line name="checked">
        {consensus.checkedAt === null ? (
          <Missing reason="not yet" />
        ) : (
          <>
            <Age since={consensus.checkedAt} now={now} />
            {consensus.source === null ? null : <small> at {consensus.source}</small>}
          </>
        )}
      </Line>
      <Line name="document">
        {consensus.sha256 === null ? (
          <Missing reason="none is known" />
        ) : (
          <DocumentLink sha256={consensus.sha256} />
        )}
      </Line>
    </dl>
  </Tile>
);

const NextLine: FC<{ consensus: Status['consensus']; now: string }> = ({ consensus, now }) => (
  <Line name="next">
    {consensus.next === null ? (
      <Missing reason="no consensus is known" />
    ) : (
      <>
        <Time at={consensus.next} now={now} />{' '}
        <small>
          {consensus.overdueSeconds > 0 ? (
            <time datetime={consensus.next} data-overdue={consensus.next}>
              overdue by {formatDuration(consensus.overdueSeconds)}
            </time>
          ) : (
            <When at={consensus.next} now={now} />
          )}
        </small>
      </>
    )}
  </Line>
);

function timed(time: string | null, now: string): Child {
  if (time === null) return <Missing reason="no consensus is known" />;
  return (
    <>
      <Time at={time} now={now} />{' '}
      <small>
        <When at={time} now={now} />
      </small>
    </>
  );
}

const VotingTile: FC<{ voting: Status['voting']; consensus: Status['consensus']; now: string }> = ({
  voting,
  consensus,
  now,
}) => (
  <Tile name="Voting" level={voting.level} how="voting">
    <p class="big">
      {voting.voted === null ? (
        'Not known'
      ) : (
        <>
          {formatNumber(voting.voted)} <small>of {voting.configured}</small>
        </>
      )}
    </p>
    <dl>
      <Line name="needed">{formatNumber(voting.needed)}</Line>
      <Line name="margin">
        {voting.margin === null ? (
          <Missing reason="no consensus is known" />
        ) : voting.margin < 0 ? (
          <>{formatCount(-voting.margin, 'vote')} too few</>
        ) : (
          <>
            {formatNumber(voting.margin)} {voting.margin === 1 ? 'authority' : 'authorities'}
          </>
        )}
      </Line>
      <Line name="last votes">{voting.lastVotes}</Line>
      <Line name="signatures">
        {consensus.signatures === null ? (
          <Missing reason="no consensus is known" />
        ) : (
          <>
            {consensus.signatures.valid} good of {consensus.signatures.present}
          </>
        )}
      </Line>
    </dl>
    <p class="note">
      <Words text={consensus.verdict} />
    </p>
    {voting.laggards.length === 0 ? null : (
      <>
        <p class="note">Newest vote known of the others:</p>
        <ul class="laggards">
          {voting.laggards.map(({ authority, newestVote }) => (
            <li data-key={authority}>
              <AuthorityLink nickname={authority} />{' '}
              <small>{newestVote === null ? 'no vote known' : <Time at={newestVote} now={now} />}</small>
            </li>
          ))}
        </ul>
      </>
    )}
  </Tile>
);

const AgreementTile: FC<{ agreement: Status['agreement']; now: string }> = ({ agreement, now }) => {
  const lowest = agreement.perFlag.toSorted((a, b) => a.share - b.share).slice(0, 3);
  return (
    <Tile name="Agreement" level={agreement.level} how="agreement">
      <p class="big">{agreement.mean.value === null ? 'n/a' : formatShare(agreement.mean.value)}</p>
      {agreement.mean.value === null ? <p class="note">{agreement.mean.reason ?? ''}</p> : null}
      <dl>
        <Line name="equals">
          {agreement.sum === null ? (
            <Missing reason={agreement.mean.reason} />
          ) : (
            <>
              {formatNumber(agreement.sum, 1)} of {agreement.voters}
            </>
          )}
        </Line>
        <Line name="round">
          {agreement.validAfter === null ? (
            <Missing reason={agreement.mean.reason} />
          ) : (
            <RoundLink validAfter={agreement.validAfter} now={now} />
          )}
        </Line>
        {lowest.map(({ flag, share }, index) => (
          <Line name={index === 0 ? 'lowest flags' : ''}>
            {flag} {formatShare(share)}
          </Line>
        ))}
      </dl>
      {agreement.perFlag.length === 0 ? null : <FlagDetails perFlag={agreement.perFlag} />}
    </Tile>
  );
};

const proofWords = { identical: 'Recomputed', differs: 'Differs', undecided: 'Undecided' } as const;

const ProofTile: FC<{ status: Status }> = ({ status: { proof, consensus, now } }) => (
  <Tile name="Proof" level={proof.level} how="proof">
    <p class="big">{proof.verdict.value === null ? 'n/a' : proofWords[proof.verdict.value]}</p>
    <p class="note">{proof.verdict.value === null ? (proof.verdict.reason ?? proof.text) : proof.text}</p>
    <dl>
      <Line name="round">
        {proof.validAfter === null ? (
          <Missing reason={proof.verdict.reason} />
        ) : (
          <a href={`${roundPath(proof.validAfter)}#proof`}>
            <Time at={proof.validAfter} now={now} />
          </a>
        )}
      </Line>
      <Line name="signatures">
        {consensus.signatures === null ? (
          <Missing reason="no consensus is known" />
        ) : (
          <>{formatNumber(consensus.signatures.valid)} good</>
        )}
      </Line>
      <Line name="copies served">
        {consensus.digestsServed === 0 ? (
          <Missing reason="no authority was seen serving it" />
        ) : (
          formatCount(consensus.digestsServed, 'digest')
        )}
      </Line>
      <Line name="your own">
        <a href="/verify">verify</a>
      </Line>
    </dl>
  </Tile>
);

const FlagDetails: FC<{ perFlag: Status['agreement']['perFlag'] }> = ({ perFlag }) => (
  <details>
    <summary>each flag</summary>
    <dl>
      {perFlag.map(({ flag, share, decisions }) => (
        <Line name={flag}>
          <span title={`${formatNumber(decisions)} decisions`}>{formatShare(share, 2)}</span>
        </Line>
      ))}
    </dl>
  </details>
);

/** A figure of the contract: its value, or why there is none. */
export const Figure: FC<{
  figure: { value: number | null; reason?: string | undefined };
  write: (value: number) => string;
}> = ({ figure, write }) =>
  figure.value === null ? <MissingBecause reason={figure.reason} /> : <>{write(figure.value)}</>;
