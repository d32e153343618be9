/**
 * All rounds, and one: what happened, step by step?
 */
import type { FC } from 'hono/jsx';
import type { Level, Observing, RoundPage, Rounds } from '../../api/index.ts';
import { formatBytes, formatFullTime, formatNumber, formatShare } from '../format.ts';
import {
  AuthorityLink,
  Bar,
  DocumentLink,
  Hidden,
  Mark,
  Missing,
  Pill,
  RoundLink,
  roundPath,
  Scroll,
  Time,
} from '../parts/basics.tsx';
import { EventList } from '../parts/lists.tsx';
import { Older } from '../parts/older.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { PhaseTable, QualityFigures } from '../parts/sections.tsx';

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
    {answer.rounds.length === 0 ? (
      <p class="none">No round is known.</p>
    ) : (
      <Scroll label="Rounds, newest first" live="rounds">
        <table>
          <caption class="vh">Voting rounds, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Round</th>
              <th scope="col">How it went</th>
              <th scope="col" class="num">
                Votes
              </th>
              <th scope="col" class="num">
                Signatures
              </th>
              <th scope="col" class="num">
                Relays
              </th>
              <th scope="col" class="num">
                Agreement
              </th>
              <th scope="col" class="num">
                Digests served
              </th>
            </tr>
          </thead>
          <tbody>
            {answer.rounds.map((round) => (
              <SummaryRow round={round} now={answer.now} />
            ))}
          </tbody>
        </table>
      </Scroll>
    )}
    <Older older={answer.older} path="/rounds" />
    <Twins json={`/api/v1/rounds${query}`} csv={`/api/v1/rounds.csv${query}`} how="#round" />
  </>
);

const SummaryRow: FC<{ round: Rounds['rounds'][number]; now: string }> = ({ round, now }) => (
  <tr data-key={round.validAfter}>
    <th scope="row">
      <RoundLink validAfter={round.validAfter} now={now} />
    </th>
    <td class="wrap">
      <Pill level={round.level}>{words[round.level]}</Pill> {round.text}
    </td>
    <td class="num">{count(round.votes, round.text)}</td>
    <td class="num">{count(round.signatures, round.text)}</td>
    <td class="num">{count(round.relays, round.text)}</td>
    <td class="num">
      {round.agreement === null ? <Missing reason={round.text} /> : formatShare(round.agreement)}
    </td>
    <td class="num">{formatNumber(round.digests)}</td>
  </tr>
);

function count(value: number | null, reason: string): ReturnType<FC> | string {
  return value === null ? <Missing reason={reason} /> : formatNumber(value);
}

/** One round. */
export const RoundPageView: FC<{ page: RoundPage; observing: Observing }> = ({ page, observing }) => {
  const twin = `/api/v1/rounds/${page.validAfter}`;
  return (
    <>
      <h1>
        Round of <time datetime={page.validAfter}>{formatFullTime(page.validAfter)}</time>
      </h1>
      <nav class="steps" aria-label="Other rounds" data-live="steps">
        {page.previous === null ? (
          <span class="na">no earlier round is known</span>
        ) : (
          <a href={roundPath(page.previous)} rel="prev">
            ← <Time at={page.previous} now={page.now} />
          </a>
        )}{' '}
        {page.following === null ? (
          <span class="na">no later round is known</span>
        ) : (
          <a href={roundPath(page.following)} rel="next">
            <Time at={page.following} now={page.now} /> →
          </a>
        )}
      </nav>
      <Standing observing={observing} now={page.now} />
      <Lede sentence={page.sentence} />
      <section data-live="phases">
        <h2>Phases</h2>
        <PhaseTable phases={page.phases} now={page.now} />
      </section>
      <section data-live="consensuses">
        <h2>Consensuses</h2>
        <ConsensusTable page={page} />
      </section>
      <section data-live="votes">
        <h2>Authorities</h2>
        <VoteTable page={page} />
      </section>
      <section data-live="flags">
        <h2>Flags</h2>
        <FlagTable page={page} />
      </section>
      {page.quality === null ? null : (
        <section data-live="quality">
          <h2>In the consensus</h2>
          <QualityFigures quality={page.quality} />
        </section>
      )}
      <section>
        <h2>Events</h2>
        <EventList events={page.events} now={page.now} empty="No event of this round is known." />
      </section>
      <Twins json={twin} csv={`${twin}.csv`} how="#round" />
    </>
  );
};

const ConsensusTable: FC<{ page: RoundPage }> = ({ page }) =>
  page.consensuses.length === 0 ? (
    <p class="none">No consensus of this round is known.</p>
  ) : (
    <Scroll label="Consensuses of this round">
      <table>
        <caption class="vh">Consensuses of this round, one row for each that was served</caption>
        <thead>
          <tr>
            <th scope="col">Flavour</th>
            <th scope="col">Verdict</th>
            <th scope="col">Document</th>
            <th scope="col" class="num">
              Size
            </th>
            <th scope="col">First seen</th>
            <th scope="col">Served by</th>
            <th scope="col">Digest of the signed part</th>
          </tr>
        </thead>
        <tbody>
          {page.consensuses.map((consensus) => (
            <tr data-key={consensus.sha256}>
              <th scope="row">{consensus.flavor}</th>
              <td>
                <Pill level={consensus.level}>
                  {consensus.valid} good, {consensus.needed} needed
                </Pill>{' '}
                <small>{consensus.verdict}</small>
              </td>
              <td>
                <DocumentLink sha256={consensus.sha256} />
              </td>
              <td class="num">{formatBytes(consensus.bytes)}</td>
              <td>
                <Time exact at={consensus.firstSeen} now={page.now} />
              </td>
              <td title={consensus.servedBy.map((by) => by.authority).join(', ')}>
                {formatNumber(consensus.servedBy.length)}
                <Hidden>: {consensus.servedBy.map((by) => by.authority).join(', ')}</Hidden>
              </td>
              <td class="hex">{consensus.digest}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );

const VoteTable: FC<{ page: RoundPage }> = ({ page }) => (
  <Scroll label="What became of the round at each authority">
    <table class="sticky">
      <caption class="vh">What became of the round at each authority</caption>
      <thead>
        <tr>
          <th scope="col">Authority</th>
          <th scope="col">What we saw</th>
          <th scope="col">Vote</th>
          <th scope="col">Vote first seen</th>
          <th scope="col">Seen at</th>
          <th scope="col">In consensus</th>
          <th scope="col">Signed</th>
          <th scope="col">Signature first seen</th>
          <th scope="col">Serves it since</th>
          <th scope="col" class="num">
            Relays
          </th>
          <th scope="col" class="num">
            Running
          </th>
          <th scope="col" class="num">
            Measured
          </th>
          <th scope="col" class="num">
            Agrees
          </th>
        </tr>
      </thead>
      <tbody>
        {page.authorities.map((row) => (
          <VoteRow row={row} now={page.now} />
        ))}
      </tbody>
    </table>
  </Scroll>
);

const VoteRow: FC<{ row: RoundPage['authorities'][number]; now: string }> = ({ row, now }) => (
  <tr data-key={row.nickname}>
    <th scope="row">
      <AuthorityLink nickname={row.nickname} />
    </th>
    <td>
      <span class="beats">
        <Bar mark={row.mark} />
      </span>{' '}
      {row.text}
    </td>
    <td>
      {row.voteSha256 === null ? (
        <Missing reason={row.voteVerdict} />
      ) : (
        <>
          <DocumentLink sha256={row.voteSha256} />{' '}
          <small title={row.voteDigest === null ? '' : `digest ${row.voteDigest}`}>
            {row.voteBytes === null ? '' : `${formatBytes(row.voteBytes)}, `}
            {row.voteVerdict}
          </small>
        </>
      )}
    </td>
    <td>
      {row.voteFirstSeen === null ? (
        <Missing reason={row.voteVerdict} />
      ) : (
        <Time exact at={row.voteFirstSeen} now={now} />
      )}{' '}
      {row.votePublished === null ? null : (
        <small>
          says <Time exact at={row.votePublished} now={now} />
        </small>
      )}
    </td>
    <td title={row.voteSeenAt.join(', ')}>{formatNumber(row.voteSeenAt.length)}</td>
    <td>
      <Mark value={row.inConsensus} label="vote in the consensus" />
    </td>
    <td>
      <small>
        ns {row.signed.ns ?? 'n/a'}, microdesc {row.signed.microdesc ?? 'n/a'}
      </small>
    </td>
    <td>
      {row.signatureFirstSeen === null ? (
        <Missing reason="not seen" />
      ) : (
        <Time exact at={row.signatureFirstSeen} now={now} />
      )}
    </td>
    <td>
      {row.consensusFirstServed === null ? (
        <Missing reason="not seen serving it" />
      ) : (
        <Time exact at={row.consensusFirstServed} now={now} />
      )}
    </td>
    <td class="num">{count(row.relays, 'no vote is known')}</td>
    <td class="num">{count(row.running, 'no vote is known')}</td>
    <td class="num">{count(row.measured, 'its vote has no measurements')}</td>
    <td class="num">
      {row.agreement === null ? <Missing reason="cannot be computed" /> : formatShare(row.agreement)}
    </td>
  </tr>
);

const FlagTable: FC<{ page: RoundPage }> = ({ page }) =>
  page.perFlag.length === 0 ? (
    <p class="none">n/a: needs the consensus and the votes of this round.</p>
  ) : (
    <Scroll label="Flags by authority">
      <table class="sticky">
        <caption class="vh">Relays with each flag, in the consensus and in each vote</caption>
        <thead>
          <tr>
            <th scope="col">Flag</th>
            <th scope="col" class="num">
              Consensus
            </th>
            <th scope="col" class="num">
              Agreement
            </th>
            {page.authorities.map((row) => (
              <th scope="col" class="num">
                {row.nickname}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {page.perFlag.map((flag) => (
            <tr data-key={flag.flag}>
              <th scope="row">{flag.flag}</th>
              <td class="num">{formatNumber(flag.consensus)}</td>
              <td class="num">
                {flag.share === null ? (
                  <Missing reason="no vote decides on it" />
                ) : (
                  formatShare(flag.share, 2)
                )}
              </td>
              {page.authorities.map((row) => (
                <FlagCell cell={flag.perAuthority.find((cell) => cell.authority === row.nickname)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );

const FlagCell: FC<{ cell: RoundPage['perFlag'][number]['perAuthority'][number] | undefined }> = ({
  cell,
}) => (
  <td class="num">
    {cell === undefined || cell.count === null ? (
      <Missing reason="does not vote on this flag" />
    ) : (
      <>
        {formatNumber(cell.count)} {cell.share === null ? null : <small>{formatShare(cell.share)}</small>}
      </>
    )}
  </td>
);
