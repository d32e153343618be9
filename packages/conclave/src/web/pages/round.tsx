/**
 * One round: what happened, step by step, and does its consensus follow from its votes?
 */
import type { Child, FC } from 'hono/jsx';
import type { Observing, RoundPage } from '../../api/index.ts';
import { formatBytes, formatFullTime, formatNumber, formatShare } from '../format.ts';
import {
  AuthorityLink,
  Bar,
  diffPath,
  DocumentLink,
  healthPath,
  Hidden,
  Mark,
  Missing,
  Pill,
  roundPath,
  Time,
} from '../parts/basics.tsx';
import { CopiesSection } from '../parts/copies.tsx';
import { ExplainForm } from '../parts/form.tsx';
import { EventList } from '../parts/lists.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { PendingSection, PreviewSection } from '../parts/preview.tsx';
import { ProofSection } from '../parts/proof.tsx';
import { PhaseTable, QualityFigures } from '../parts/sections.tsx';
import { DataTable } from '../parts/table.tsx';

/** One round. */
export const RoundPageView: FC<{ page: RoundPage; observing: Observing }> = ({ page, observing }) => {
  const twin = `/api/v1/rounds/${page.validAfter}`;
  return (
    <>
      <h1>
        Round of <time datetime={page.validAfter}>{formatFullTime(page.validAfter)}</time>
      </h1>
      <Standing observing={observing} now={page.now} />
      <Lede sentence={page.sentence} />
      <Steps page={page} />
      <section data-live="phases">
        <h2>Phases</h2>
        <PhaseTable phases={page.phases} now={page.now} />
      </section>
      <ProofSection proof={page.proof} page={page} />
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
      <PreviewSection
        preview={page.preview}
        reason="none was taken; the votes were not seen before publication"
        now={page.now}
      />
      <PendingSection
        pending={page.pending}
        order={page.authorities.map(({ nickname }) => nickname)}
        now={page.now}
      />
      <CopiesSection
        copies={page.copies}
        order={page.authorities.map(({ nickname }) => nickname)}
        now={page.now}
      />
      <WhySection validAfter={page.validAfter} />
      {page.quality === null ? null : (
        <section data-live="quality">
          <h2>
            In the consensus{' '}
            <small>
              <a href={healthPath(page.validAfter)}>all of its health</a>
            </small>
          </h2>
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

/** To the rounds before and after it, and what changed. */
const Steps: FC<{ page: RoundPage }> = ({ page }) => (
  <nav class="steps" aria-label="Other rounds" data-live="steps">
    {page.previous === null ? (
      <span class="na">no earlier round is known</span>
    ) : (
      <a href={roundPath(page.previous)} rel="prev">
        ← <Time at={page.previous} now={page.now} />
      </a>
    )}{' '}
    <span>
      {page.quality === null ? null : <a href={healthPath(page.validAfter)}>health</a>}
      {page.previous === null ? null : (
        <>
          {page.quality === null ? '' : ' · '}
          <a href={diffPath(page.previous, page.validAfter)}>what changed</a>
        </>
      )}{' '}
      · <a href={`/what-if?at=${page.validAfter}`}>what if</a>
    </span>{' '}
    {page.following === null ? (
      <span class="na">no later round is known</span>
    ) : (
      <a href={roundPath(page.following)} rel="next">
        <Time at={page.following} now={page.now} /> →
      </a>
    )}
  </nav>
);

/** From a round to the explanation of a relay's lines, or of a line of the header. */
const WhySection: FC<{ validAfter: string }> = ({ validAfter }) => (
  <section>
    <h2>
      <a href="/how#explain">Why does it say so?</a>
    </h2>
    <ExplainForm action={`${roundPath(validAfter)}/explain`} choice={{ flavor: 'ns' }} />
    <p class="note">
      Which authority gave what to each line, and by which rule it was decided.{' '}
      <a href={`${roundPath(validAfter)}/explain?keyword=params`}>The parameters</a>, for example.
    </p>
  </section>
);

const ConsensusTable: FC<{ page: RoundPage }> = ({ page }) => (
  <DataTable
    label="Consensuses of this round, one row for each that was served"
    columns={[
      { name: 'Flavour', cell: ({ flavor }) => flavor },
      {
        name: 'Verdict',
        cell: ({ level, valid, needed, verdict }) => (
          <>
            <Pill level={level}>
              {valid} good, {needed} needed
            </Pill>{' '}
            <small>{verdict}</small>
          </>
        ),
        set: 'wrap',
      },
      { name: 'Document', cell: ({ sha256 }) => <DocumentLink sha256={sha256} /> },
      { name: 'Size', cell: ({ bytes }) => formatBytes(bytes), set: 'num' },
      {
        name: 'First seen',
        cell: ({ firstSeen }) =>
          firstSeen === null ? (
            <Missing reason="it came out of an archive; nobody watched" />
          ) : (
            <Time exact at={firstSeen} now={page.now} />
          ),
      },
      {
        name: 'Served by',
        cell: ({ firstSeen, servedBy }) =>
          firstSeen === null ? (
            <Missing reason="nobody watched who served it" />
          ) : (
            <span title={servedBy.map((by) => by.authority).join(', ')}>
              {formatNumber(servedBy.length)}
              <Hidden>: {servedBy.map((by) => by.authority).join(', ')}</Hidden>
            </span>
          ),
      },
      { name: 'Digest of the signed part', cell: ({ digest }) => digest, set: 'hex' },
    ]}
    rows={page.consensuses}
    keyOf={({ sha256 }) => sha256}
    empty="No consensus of this round is known."
  />
);

type Row = RoundPage['authorities'][number];

const VoteTable: FC<{ page: RoundPage }> = ({ page: { authorities, now } }) => {
  const timed = (time: string | null, reason: string): Child =>
    time === null ? <Missing reason={reason} /> : <Time exact at={time} now={now} />;
  return (
    <DataTable
      label="What became of the round at each authority"
      wide
      columns={[
        { name: 'Authority', cell: ({ nickname }) => <AuthorityLink nickname={nickname} /> },
        { name: 'What we saw', cell: whatWeSaw, set: 'brief' },
        {
          name: 'In consensus',
          cell: ({ inConsensus }) => <Mark value={inConsensus} label="vote in the consensus" />,
        },
        {
          name: 'Signed',
          meaning: 'the ns and the microdesc flavour',
          cell: ({ signed }) => (
            <>
              <Signature flavor="ns" fate={signed.ns} />
              <Signature flavor="microdesc" fate={signed.microdesc} />
            </>
          ),
        },
        { name: 'Vote', cell: voteOf, set: 'brief' },
        {
          name: 'Vote first seen',
          cell: (row) => (
            <>
              {timed(row.voteFirstSeen, row.voteVerdict)}
              {row.votePublished === null ? null : (
                <small class="why">says {timed(row.votePublished, row.voteVerdict)}</small>
              )}
            </>
          ),
        },
        {
          name: 'Served by',
          cell: ({ voteSeenAt }) => (
            <span title={voteSeenAt.join(', ')}>
              {formatNumber(voteSeenAt.length)}
              {voteSeenAt.length === 0 ? null : <Hidden>: {voteSeenAt.join(', ')}</Hidden>}
            </span>
          ),
          set: 'num',
        },
        { name: 'Signature seen', cell: (row) => timed(row.signatureFirstSeen, 'not seen') },
        { name: 'Serves it since', cell: (row) => timed(row.consensusFirstServed, 'not seen serving it') },
        { name: 'Relays', cell: ({ relays }) => count(relays, 'no vote is known'), set: 'num' },
        { name: 'Running', cell: ({ running }) => count(running, 'no vote is known'), set: 'num' },
        {
          name: 'Measured',
          cell: ({ measured }) => count(measured, 'its vote has no measurements'),
          set: 'num',
        },
        {
          name: 'Agrees',
          cell: ({ agreement }) =>
            agreement === null ? <Missing reason="cannot be computed" /> : formatShare(agreement),
          set: 'num',
        },
      ]}
      rows={authorities}
      keyOf={({ nickname }) => nickname}
    />
  );
};

/** Whether a signature is good, not good, or was not seen. */
const Signature: FC<{ flavor: string; fate: string | null }> = ({ flavor, fate }) => (
  <Mark value={fate === null ? null : fate === 'good'} label={flavor} text={fate ?? 'not seen'} />
);

function whatWeSaw({ mark, text }: Row): Child {
  return (
    <>
      <span class="beats">
        <Bar mark={mark} />
      </span>{' '}
      {text}
    </>
  );
}

function voteOf({ voteSha256, voteDigest, voteBytes, voteVerdict }: Row): Child {
  if (voteSha256 === null) return <Missing reason={voteVerdict} />;
  return (
    <>
      <DocumentLink sha256={voteSha256} />
      <small class="why" title={voteDigest === null ? '' : `digest ${voteDigest}`}>
        {voteBytes === null ? '' : `${formatBytes(voteBytes)}, `}
        {voteVerdict}
      </small>
    </>
  );
}

function count(value: number | null, reason: string): Child {
  return value === null ? <Missing reason={reason} /> : formatNumber(value);
}

type Flag = RoundPage['perFlag'][number];

const FlagTable: FC<{ page: RoundPage }> = ({ page }) => (
  <DataTable
    label="Relays with each flag, in the consensus and in each vote"
    wide
    columns={[
      { name: 'Flag', cell: ({ flag }: Flag) => flag },
      { name: 'Consensus', cell: ({ consensus }: Flag) => formatNumber(consensus), set: 'num' as const },
      {
        name: 'Agreement',
        cell: ({ share }: Flag) =>
          share === null ? <Missing reason="no vote decides on it" /> : formatShare(share, 2),
        set: 'num' as const,
      },
      ...page.authorities.map(({ nickname }) => ({
        name: nickname,
        cell: ({ perAuthority }: Flag) =>
          flagOf(perAuthority.find(({ authority }) => authority === nickname)),
        set: 'num' as const,
      })),
    ]}
    rows={page.perFlag}
    keyOf={({ flag }) => flag}
    empty="n/a: needs the consensus and the votes of this round."
  />
);

function flagOf(cell: Flag['perAuthority'][number] | undefined): Child {
  if (cell === undefined || cell.count === null) return <Missing reason="does not vote on this flag" />;
  return (
    <>
      {formatNumber(cell.count)} {cell.share === null ? null : <small>{formatShare(cell.share)}</small>}
    </>
  );
}
