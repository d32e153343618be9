/** Relays: which is meant, and one over time (S8.5): when was it listed, how, and what of that time do we not hold? */
import type { Child, FC } from 'hono/jsx';
import type { Observing, RelayHistory, Relays, Status } from '../../api/index.ts';
import { momentsOf, writeMoments } from '../charts/index.ts';
import {
  relayFlagChart,
  relaySteps,
  type RelayStep,
  relayStrips,
  relayTimeline,
  relayWeightChart,
} from '../charts/of-series.ts';
import { formatCount, formatDuration, formatNumber, formatShare, writeTicks } from '../format.ts';
import { Missing, MissingBecause, relayPath, RoundLink, Time } from '../parts/basics.tsx';
import { ChartFigure } from '../parts/chart.tsx';
import { explainPath } from '../parts/changes.tsx';
import { RelayForm } from '../parts/form.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { absent, axisNote } from '../parts/series-chart.tsx';
import { DataTable } from '../parts/table.tsx';

/** The page that asks which one. */
export const RelayChoice: FC<{ status: Status }> = ({ status }) => (
  <>
    <h1 class="vh">Relays</h1>
    <Standing observing={status.observing} now={status.now} />
    <p class="lede unknown">
      <b>Which relay?</b> Part of its nickname, or the beginning of its fingerprint. What follows is its
      history in every round that is held here, and why the newest says so.
    </p>
    <RelayForm />
    <p class="note">
      Those that came and went of late are on the page about <a href="/churn">churn</a>.
    </p>
    <Twins json="/api/v1/status" csv="/api/v1/status.csv" how="#relay" />
  </>
);

/** The relays that a search found. */
export const RelaysPage: FC<{ found: Relays; observing: Observing }> = ({ found, observing }) => {
  const query = `?search=${encodeURIComponent(found.search)}`;
  return (
    <>
      <h1 class="vh">Relays</h1>
      <Standing observing={observing} now={found.now} />
      <Lede sentence={found.sentence} />
      <RelayForm value={found.search} />
      <DataTable
        label="Relays that were found"
        live="relays"
        columns={[
          {
            name: 'Relay',
            cell: ({ fingerprint, nickname }) => (
              <a href={relayPath(fingerprint)}>{nickname ?? fingerprint.slice(0, 8)}</a>
            ),
          },
          { name: 'Fingerprint', cell: ({ fingerprint }) => fingerprint, set: 'hex' },
          { name: 'Address', cell: ({ address }) => address ?? <Missing reason={unlisted} /> },
          {
            name: 'Flags',
            cell: ({ flags }) => (flags === null ? <Missing reason={unlisted} /> : flags.join(' ') || 'none'),
            set: 'wrap',
          },
          {
            name: 'Last listed',
            cell: ({ lastListed }) => <RoundLink validAfter={lastListed} now={found.now} />,
          },
        ]}
        rows={found.relays}
        keyOf={({ fingerprint }) => fingerprint}
        empty="None."
      />
      {found.found > found.relays.length ? (
        <p class="note">
          The first {formatNumber(found.relays.length)} of {formatNumber(found.found)}; more of the name finds
          fewer.
        </p>
      ) : null}
      <Twins json={`/api/v1/relays${query}`} csv={`/api/v1/relays.csv${query}`} how="#relay" />
    </>
  );
};

const unlisted = 'the newest round does not list it';

/** The page. `query` is the span that was asked for. */
export const RelayPage: FC<{ history: RelayHistory; observing: Observing; query: string }> = (props) => {
  const { history, observing, query } = props;
  const path = `/api/v1/relays/${history.fingerprint}`;
  return (
    <>
      <h1>
        {history.nickname ?? 'Relay'} <small class="hex">{history.fingerprint}</small>
      </h1>
      <Standing observing={observing} now={history.now} />
      <Lede sentence={history.sentence} />
      <Facts history={history} />
      <Charts history={history} query={query} />
      <Intervals history={history} />
      <Gaps history={history} />
      <RelayForm />
      <Twins json={`${path}${query}`} csv={`${path}.csv${query}`} how="#relay" />
    </>
  );
};

const Facts: FC<{ history: RelayHistory }> = ({ history }) => {
  const { now, held, lastListed } = history;
  return (
    <dl class="figures" data-live="relay-facts">
      <Fact name="first listed">
        {history.firstListed === null ? (
          <Missing reason="no round held lists it" />
        ) : (
          <Time at={history.firstListed} now={now} />
        )}
      </Fact>
      <Fact name="last listed">
        {lastListed === null ? (
          <Missing reason="no round held lists it" />
        ) : (
          <>
            <RoundLink validAfter={lastListed} now={now} />{' '}
            <small>
              <a href={explainPath(lastListed, history.fingerprint)}>why</a>
            </small>
          </>
        )}
      </Fact>
      <Fact name="rounds that list it">
        {formatNumber(history.rounds)} <small>of {formatNumber(held.rounds)} held</small>
      </Fact>
      <Fact name="presence">
        {history.presence === null ? (
          <Missing reason="no round of the span is held" />
        ) : (
          formatShare(history.presence)
        )}
      </Fact>
      <Fact name="rounds not held">{formatNumber(held.missing)}</Fact>
    </dl>
  );
};

const Fact: FC<{ name: string; children: Child }> = ({ name, children }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const Charts: FC<{ history: RelayHistory; query: string }> = ({ history, query }) => {
  const timeline = relayTimeline(history);
  const strips = relayFlagChart(timeline);
  const weight = relayWeightChart(timeline);
  const seconds = relaySteps(history)?.seconds ?? 0;
  const times = timeline.map(({ start }) => start * 1000);
  const moments = writeMoments(momentsOf(times[0] ?? 0, times.at(-1) ?? 0));
  const address = (name: string): string =>
    `/charts/relay-${name}.png?relay=${history.fingerprint}${query.replace('?', '&')}`;
  const path = `/api/v1/relays/${history.fingerprint}`;
  const common = { moments, size: 'wide', json: path + query, csv: `${path}.csv${query}` } as const;
  if (strips === undefined) return <p class="none">n/a: no round of this span lists it.</p>;
  const rows = relayStrips(timeline);
  return (
    <>
      <h2 class="vh">Over time</h2>
      <ChartFigure
        {...common}
        id="chart-relay-flags"
        title="Listed, and with which flags"
        reading={nowWords(timeline.at(-1))}
        note={`thick: so in some round of a step of ${formatDuration(seconds)}; thin: the rounds held say no; striped: no round is held`}
        chart={strips}
        address={address('flags')}
        alt={`${history.sentence.headline} Flags it had: ${rows.slice(1).join(', ') || 'none'}; ${formatNumber(history.held.missing)} rounds not held.`}
        labels={rows}
        table={<Timeline timeline={timeline} seconds={seconds} now={history.now} />}
      />
      {weight === undefined || weight.kind !== 'line' ? (
        <p class="none">Consensus weight: n/a, no entry states one.</p>
      ) : (
        <ChartFigure
          {...common}
          id="chart-relay-weight"
          title="Consensus weight"
          reading={weightWords(timeline.findLast((step) => step.weight !== null))}
          note={`${axisNote(weight, 'weight')}; it has no unit. ${weight.range === undefined ? 'As each round has it' : `The line is the mean of a step of ${formatDuration(seconds)}, around it the least and the most`}`}
          chart={weight}
          address={address('weight')}
          alt={`Consensus weight, between ${formatNumber(weight.axis.from)} and ${formatNumber(weight.axis.to)}.`}
          labels={writeTicks(weight.axis.ticks, weight.axis.step, 'weight').labels.toReversed()}
          table={<WeightTable timeline={timeline} seconds={seconds} now={history.now} />}
        />
      )}
    </>
  );
};

function nowWords(step: RelayStep | undefined): string {
  if (step === undefined || !step.held) return 'n/a';
  return step.flags === undefined ? 'not listed' : [...step.flags].sort().join(' ') || 'no flags';
}

function weightWords(step: RelayStep | undefined): string {
  if (step === undefined || step.weight === null) return 'n/a';
  return formatNumber(step.weight.mean);
}

const StepTime: FC<{ start: number; seconds: number; now: string }> = ({ start, seconds, now }) => {
  const at = new Date(start * 1000).toISOString().replace('.000Z', 'Z');
  return seconds === 86_400 ? <time datetime={at}>{at.slice(0, 10)}</time> : <Time at={at} now={now} />;
};

const Timeline: FC<{ timeline: readonly RelayStep[]; seconds: number; now: string }> = ({
  timeline,
  seconds,
  now,
}) => (
  <DataTable
    label="Flags, newest first"
    columns={[
      { name: 'From', cell: ({ start }) => <StepTime start={start} seconds={seconds} now={now} /> },
      {
        name: 'Flags',
        cell: (step) => (step.held ? nowWords(step) : absent(false)),
        set: 'wrap',
      },
    ]}
    rows={timeline.toReversed()}
    keyOf={({ start }) => String(start)}
  />
);

const WeightTable: FC<{ timeline: readonly RelayStep[]; seconds: number; now: string }> = ({
  timeline,
  seconds,
  now,
}) => {
  const cell = (part: 'least' | 'mean' | 'most') => (step: RelayStep) =>
    step.weight !== null
      ? formatNumber(step.weight[part])
      : step.flags !== undefined
        ? absent(true)
        : step.held
          ? 'not listed'
          : absent(false);
  return (
    <DataTable
      label="Consensus weight, newest first"
      columns={[
        { name: 'From', cell: ({ start }) => <StepTime start={start} seconds={seconds} now={now} /> },
        { name: 'Mean', cell: cell('mean'), set: 'num' },
        { name: 'Least', cell: cell('least'), set: 'num' },
        { name: 'Most', cell: cell('most'), set: 'num' },
      ]}
      rows={timeline.toReversed()}
      keyOf={({ start }) => String(start)}
    />
  );
};

const intervalsShown = 200;

const Intervals: FC<{ history: RelayHistory }> = ({ history: { intervals, now, fingerprint } }) => (
  <section>
    <h2>
      Intervals <small>listed the same way: flags, version, policy, address; newest first</small>
    </h2>
    <DataTable
      label="Intervals in which the relay was listed the same way, newest first"
      live="intervals"
      columns={[
        {
          name: 'First round',
          cell: ({ first }) => (
            <>
              <RoundLink validAfter={first} now={now} />{' '}
              <small>
                <a href={explainPath(first, fingerprint)}>why</a>
              </small>
            </>
          ),
        },
        { name: 'Last round', cell: ({ last }) => <RoundLink validAfter={last} now={now} /> },
        { name: 'Rounds', cell: ({ rounds }) => formatNumber(rounds), set: 'num' },
        { name: 'Flags', cell: ({ flags }) => flags.join(' ') || 'none', set: 'brief' },
        {
          name: 'Weight, mean',
          cell: ({ weight }) =>
            weight === null ? <Missing reason="no entry states one" /> : formatNumber(weight.mean),
          set: 'num',
        },
        {
          name: 'Unmeasured',
          cell: ({ unmeasured }) => (unmeasured === 0 ? 'no' : formatCount(unmeasured, 'round')),
        },
        { name: 'Address', cell: ({ address }) => <code>{address}</code> },
        {
          name: 'Version',
          cell: ({ version }) => (version === null ? <Missing reason="the entry has no v line" /> : version),
        },
        {
          name: 'Policy',
          cell: ({ policy }) => (policy === null ? <Missing reason="the entry has no p line" /> : policy),
          set: 'brief',
        },
      ]}
      rows={intervals.toReversed().slice(0, intervalsShown)}
      keyOf={({ first }) => first}
      empty="n/a: no round of this span lists it."
    />
    {intervals.length > intervalsShown ? (
      <p class="note">
        The newest {intervalsShown} of {formatNumber(intervals.length)}; all are in the JSON and the CSV.
      </p>
    ) : null}
  </section>
);

const Gaps: FC<{ history: RelayHistory }> = ({ history: { gaps, now, held } }) => (
  <section>
    <h2>
      Rounds that are not held <small>nothing is known of the relay then</small>
    </h2>
    {held.rounds === 0 ? (
      <p class="none">
        <MissingBecause reason="no round of the span is held" />
      </p>
    ) : (
      <DataTable
        label="Rounds that there should be and that are not held, newest first"
        columns={[
          { name: 'First', cell: ({ first }) => <Time at={first} now={now} /> },
          { name: 'Last', cell: ({ last }) => <Time at={last} now={now} /> },
          { name: 'Rounds', cell: ({ rounds }) => formatNumber(rounds), set: 'num' },
        ]}
        rows={gaps.toReversed().slice(0, intervalsShown)}
        keyOf={({ first }) => first}
        empty="None between the first and the last that are held."
      />
    )}
  </section>
);
