/** Every source: what it last gave, how old that is, what went wrong in words, and what is old because of it. */
import type { Child, FC } from 'hono/jsx';
import type { Level, Observing, Sources } from '../../api/index.ts';
import { formatBits, formatBytes, formatDuration, formatMs, formatNumber, formatSigned } from '../format.ts';
import {
  Age,
  AuthorityLink,
  DocumentLink,
  Missing,
  MissingBecause,
  Pill,
  relayPath,
  RoundLink,
  Time,
} from '../parts/basics.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { type Column, DataTable } from '../parts/table.tsx';

type Source = Sources['sources'][number];
type Question = Source['questions'][number];

/** The page. */
export const SourcesPage: FC<{ answer: Sources; observing: Observing }> = ({ answer, observing }) => (
  <>
    <h1 class="vh">Sources</h1>
    <Standing observing={observing} now={answer.now} />
    <Lede sentence={answer.sentence} />
    <Overview answer={answer} />
    {answer.sources.map((source) => (
      <SourceSection source={source} now={answer.now} />
    ))}
    <Lags lags={answer.lags} now={answer.now} />
    <Capacities capacities={answer.capacities} now={answer.now} />
    <Onionoo answer={answer} />
    <Twins json="/api/v1/sources" csv="/api/v1/sources.csv" how="#sources" />
  </>
);

const stateWords: Readonly<Record<Source['state'], string>> = {
  off: 'not asked',
  waiting: 'not answered yet',
  fresh: 'fresh',
  failing: 'failing',
  old: 'serves what is old',
  blind: 'we are blind',
};

const Overview: FC<{ answer: Sources }> = ({ answer: { sources, now } }) => (
  <DataTable
    label="Sources and how fresh each is"
    live="sources"
    wide
    columns={[
      { name: 'Source', cell: ({ source, name }) => <a href={`#source-${source}`}>{name}</a> },
      { name: 'State', cell: ({ level, state }) => <Pill level={level}>{stateWords[state]}</Pill> },
      { name: 'Last success', cell: ({ lastSuccess, state }) => since(lastSuccess, now, whyNever(state)) },
      {
        name: 'What it serves is of',
        cell: ({ asOf, state }) => since(asOf, now, whyNever(state)),
      },
      {
        name: 'Asked every',
        cell: ({ periodSeconds, state }) =>
          periodSeconds === null ? (
            <Missing
              reason={
                state === 'off' ? 'it is not asked' : 'each kind of document is asked for at times of its own'
              }
            />
          ) : (
            formatDuration(periodSeconds)
          ),
        set: 'num',
      },
      { name: 'In words', cell: ({ text }) => text, set: 'wrap' },
      {
        name: 'Old or missing because of it',
        cell: ({ stale }) => (stale.length === 0 ? 'nothing' : stale.join('; ')),
        set: 'wrap',
      },
    ]}
    rows={sources}
    keyOf={({ source }) => source}
    empty="n/a: no source is known."
  />
);

function whyNever(state: Source['state']): string {
  return state === 'off' ? 'it is not asked' : 'it has not answered yet';
}

function since(time: string | null, now: string, reason: string): Child {
  if (time === null) return <Missing reason={reason} />;
  return (
    <>
      <Time at={time} now={now} />{' '}
      <small>
        <Age since={time} now={now} />
      </small>
    </>
  );
}

const SourceSection: FC<{ source: Source; now: string }> = ({ source, now }) => (
  <section id={`source-${source.source}`}>
    <h2>
      {source.name} <small>{source.url?.replace('https://', '') ?? ''}</small>
    </h2>
    <p data-live={`rests-${source.source}`}>
      {source.rests.length === 0
        ? 'Nothing shown here rests on it.'
        : `Rests on it: ${source.rests.join(', ')}.`}
    </p>
    <DataTable
      label={`What ${source.name} is asked for`}
      live={`questions-${source.source}`}
      wide
      columns={[...questionColumns(source, now), ...answerColumns(source, now)]}
      rows={source.questions}
      keyOf={({ subject }) => subject}
      empty={
        source.state === 'off' ? 'It is not asked: it is not configured.' : 'Nothing was asked of it yet.'
      }
    />
  </section>
);

/** What is asked, and how it stands. */
function questionColumns(source: Source, now: string): readonly Column<Question>[] {
  return [
    {
      name: 'Asked for',
      cell: ({ subject }) =>
        source.source === 'authorities' ? <AuthorityLink nickname={subject} /> : subject,
    },
    {
      name: 'How it stands',
      cell: ({ level, text }) => (
        <>
          <Pill level={level}>{words[level]}</Pill> {text}
        </>
      ),
      set: 'wrap',
    },
    { name: 'Last success', cell: ({ lastSuccess }) => since(lastSuccess, now, whyNever(source.state)) },
    {
      name: 'Failed in a row',
      cell: ({ failures, failingSince }) => (
        <>
          {formatNumber(failures)}
          {failingSince === null ? null : (
            <small>
              {' '}
              since <Time at={failingSince} now={now} />
            </small>
          )}
        </>
      ),
      set: 'num',
    },
  ];
}

/** What came of it, where that is kept by source: of authorities it is on their own pages. */
function answerColumns(source: Source, now: string): readonly Column<Question>[] {
  if (source.source === 'authorities') return [];
  return [
    {
      name: 'As of',
      cell: ({ asOf }) =>
        asOf === null ? <Missing reason="it does not say" /> : <Time at={asOf} now={now} />,
    },
    {
      name: 'Took',
      cell: ({ totalMs }) =>
        totalMs === null ? <Missing reason={whyNever(source.state)} /> : formatMs(totalMs),
      set: 'num',
    },
    {
      name: 'Size',
      cell: ({ bytes }) =>
        bytes === null ? <Missing reason="nothing came with the last answer" /> : formatBytes(bytes),
      set: 'num',
    },
    {
      name: 'Document',
      cell: ({ sha256, file }) => (
        <>
          {sha256 === null ? (
            <Missing reason="no document is kept of it" />
          ) : (
            <DocumentLink sha256={sha256} />
          )}
          {file === null ? null : <small> {file}</small>}
        </>
      ),
      set: 'wrap',
    },
  ];
}

const words: Readonly<Record<Level, string>> = { ok: 'good', warn: 'look', bad: 'act', unknown: 'not known' };

const Lags: FC<{ lags: Sources['lags']; now: string }> = ({ lags, now }) => (
  <section>
    <h2>
      Behind the authorities <small>when each source had the consensus of a round</small>
    </h2>
    <DataTable
      label="How far each source was behind the authorities, newest rounds first"
      live="lags"
      columns={[
        { name: 'Round', cell: ({ validAfter }) => <RoundLink validAfter={validAfter} now={now} /> },
        { name: 'Source', cell: ({ source }) => source },
        {
          name: 'Authorities had it',
          cell: ({ authoritiesAt }) =>
            authoritiesAt === null ? (
              <Missing reason="it was not seen at an authority" />
            ) : (
              <Time exact at={authoritiesAt} now={now} />
            ),
        },
        {
          name: 'The source says',
          cell: ({ statedAt }) =>
            statedAt === null ? <Missing reason="it does not say" /> : <Time exact at={statedAt} now={now} />,
        },
        { name: 'We saw it there', cell: ({ seenAt }) => <Time exact at={seenAt} now={now} /> },
        {
          name: 'Behind',
          cell: ({ lagSeconds }) =>
            lagSeconds.value === null ? (
              <MissingBecause reason={lagSeconds.reason} />
            ) : (
              `${formatSigned(lagSeconds.value)} s`
            ),
          set: 'num',
        },
        {
          name: 'Votes',
          cell: ({ votes }) =>
            votes === null ? <Missing reason="its votes were not asked for" /> : formatNumber(votes),
          set: 'num',
        },
      ]}
      rows={lags}
      keyOf={({ source, validAfter }) => `${source} ${validAfter}`}
      empty="n/a: no source beside the authorities has shown a round yet."
    />
  </section>
);

const classNames: Readonly<Record<NonNullable<Sources['capacities']['value']>[number]['class'], string>> = {
  total: 'all',
  guard: 'Guard',
  exit: 'Exit without BadExit',
  guardExit: 'both of them',
  middle: 'neither',
};

const Capacities: FC<{ capacities: Sources['capacities']; now: string }> = ({ capacities, now }) => {
  const round = capacities.value?.[0]?.validAfter;
  return (
    <section>
      <h2>
        Capacity by descriptors{' '}
        {round === undefined ? null : (
          <small>
            of <Time at={round} now={now} />
          </small>
        )}
      </h2>
      {capacities.value === null ? (
        <p class="none">
          <MissingBecause reason={capacities.reason} />
        </p>
      ) : (
        <DataTable
          label="What relays could carry by their own descriptors"
          live="capacities"
          columns={[
            { name: 'Relays with', cell: (row) => classNames[row.class] },
            { name: 'Relays', cell: ({ relays }) => formatNumber(relays), set: 'num' },
            { name: 'Descriptor held', cell: ({ described }) => formatNumber(described), set: 'num' },
            { name: 'Advertised', cell: ({ bitsPerSecond }) => formatBits(bitsPerSecond), set: 'num' },
          ]}
          rows={capacities.value}
          keyOf={(row) => row.class}
          empty="none"
        />
      )}
    </section>
  );
};

const Onionoo: FC<{ answer: Sources }> = ({ answer: { relays, totals, now } }) => (
  <section>
    <h2>
      What Onionoo says of authorities <small>the view of consensuses, not of one authority</small>
    </h2>
    <p data-live="totals">
      Relays that ran within a week: {figure(totals.relays)}. Of them running: {figure(totals.running)}.
    </p>
    <DataTable
      label="What Onionoo says of relays that are authorities"
      live="onionoo"
      columns={[
        {
          name: 'Relay',
          cell: ({ nickname, fingerprint }) => (
            <a href={relayPath(fingerprint)}>{nickname ?? fingerprint.slice(0, 12)}</a>
          ),
        },
        {
          name: 'Authority',
          cell: ({ authority }) =>
            authority === null ? (
              <Missing reason="no configured authority has this fingerprint" />
            ) : (
              <AuthorityLink nickname={authority} />
            ),
        },
        {
          name: 'Listed',
          cell: ({ listed, listedAt }) => (listed ? 'yes' : since(listedAt, now, 'it was never listed')),
        },
        {
          name: 'Rests on the consensus of',
          cell: ({ published }) => since(published, now, 'it does not say'),
        },
      ]}
      rows={relays}
      keyOf={({ fingerprint }) => fingerprint}
      empty="n/a: it has not told of any."
    />
  </section>
);

function figure({ value, reason }: { value: number | null; reason?: string | undefined }): Child {
  return value === null ? <MissingBecause reason={reason} /> : formatNumber(value);
}
