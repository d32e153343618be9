/**
 * The health of one consensus, the newest or any before it (S2.2): what is in it, and is it normal?
 */
import type { Child, FC } from 'hono/jsx';
import type { Health, Level, Observing, Trends } from '../../api/index.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFullTime,
  formatNumber,
  formatShare,
  formatTime,
} from '../format.ts';
import {
  Age,
  AuthorityLink,
  DocumentLink,
  healthPath,
  Hidden,
  Missing,
  MissingBecause,
  roundPath,
  Time,
} from '../parts/basics.tsx';
import { ChurnDetails, ChurnFigures } from '../parts/churn.tsx';
import {
  ClassTable,
  ExitPoliciesFold,
  FlagTable,
  ParamsFold,
  PlacesFold,
  ProtocolsFold,
  VersionsFold,
} from '../parts/health-facts.tsx';
import { Asking, Field } from '../parts/form.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { DiversityFold } from '../parts/diversity.tsx';
import { InvariantSection, QualityTable } from '../parts/quality.tsx';
import { DataTable } from '../parts/table.tsx';
import { TrendTable } from '../parts/trend-table.tsx';

/** The figures whose change is shown here; all are on the page of trends. */
const trendFigures = [
  'relays',
  'guards',
  'exits_without_bad_exit',
  'capacity:exit',
  'capacity:guard',
  'weight_sum',
];

/** The page. */
export const HealthPage: FC<{
  health: Health;
  trends: Trends | undefined;
  observing: Observing;
  query: string;
}> = ({ health, trends, observing, query }) => (
  <>
    <h1>
      {health.newest ? 'Newest consensus' : 'Consensus'}:{' '}
      <time datetime={health.validAfter}>{formatFullTime(health.validAfter)}</time>
    </h1>
    <Standing observing={observing} now={health.now} />
    <Lede sentence={health.sentence} />
    <Steps health={health} />
    <Summary health={health} />
    <div class="two">
      <section>
        <h2>
          Flags <small>of {formatCount(health.relays, 'relay')}</small>
        </h2>
        <FlagTable flags={health.flags} />
      </section>
      <section>
        <h2>The document</h2>
        <DocumentFacts health={health} />
      </section>
    </div>
    <section>
      <h2>
        <a href="/how#health">Weight and capacity</a>
      </h2>
      <ClassTable classes={health.classes} />
    </section>
    {trends === undefined ? null : (
      <section>
        <h2>
          <a href="/trends">Trends</a> <small>the same hour before</small>
        </h2>
        <TrendTable trends={trends} spans={['day', 'week', 'month']} figures={trendFigures} />
      </section>
    )}
    <section id="indicators">
      <h2>
        <a href="/how#indicators">Quality indicators</a>
      </h2>
      <QualityTable quality={health.quality} />
    </section>
    <InvariantSection invariants={health.invariants} />
    <ChurnSection health={health} />
    <MethodSection method={health.method} />
    <ParamsFold params={health.params} />
    <VersionsFold versions={health.versions} />
    <ProtocolsFold protocols={health.protocols} />
    <ExitPoliciesFold exitPolicies={health.exitPolicies} />
    <PlacesFold health={health} />
    <DiversityFold health={health} />
    <Twins json={`/api/v1/health${query}`} csv={`/api/v1/health.csv${query}`} how="#health" />
  </>
);

/** To the round before and the one after, and to any other. */
const Steps: FC<{ health: Health }> = ({ health: { previous, following, validAfter, newest, now } }) => (
  <nav class="steps" aria-label="Rounds" data-live="steps">
    <span>
      {previous === null ? (
        <span class="na">no earlier round is held</span>
      ) : (
        <a href={healthPath(previous)} rel="prev">
          ← <Time at={previous} now={now} />
        </a>
      )}
    </span>
    <Asking action="/health" submit="Show">
      <Field label="At" name="at" value={validAfter} placeholder="UTC time" size={21} most={20} />
    </Asking>
    <span>
      {following === null ? (
        <span class="na">{newest ? 'the newest round held' : 'no later round is held'}</span>
      ) : (
        <>
          <a href={healthPath(following)} rel="next">
            <Time at={following} now={now} /> →
          </a>{' '}
          · <a href="/health">newest</a>
        </>
      )}
    </span>
  </nav>
);

const Tile: FC<{ name: string; level: Level; big: Child; children: Child }> = (props) => (
  <article class={`tile ${props.level}`} data-live={`health-${props.name}`}>
    <h2>{props.name}</h2>
    <p class="big">{props.big}</p>
    <dl>{props.children}</dl>
  </article>
);

const Line: FC<{ name: string; children: Child }> = ({ name, children }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

/** The four tiles: relays, time, authorities, quality. */
const Summary: FC<{ health: Health }> = ({ health }) => (
  <section class="tiles" aria-label="Summary">
    <Tile name="Relays" level="unknown" big={formatNumber(health.relays)}>
      {health.classes
        .filter(({ name }) => name === 'guard' || name === 'exit')
        .map(({ name, relays, share }) => (
          <Line name={name === 'guard' ? 'Guard' : 'Exit without BadExit'}>
            {formatNumber(relays)} <small>{share === null ? '' : formatShare(share)}</small>
          </Line>
        ))}
      <Line name="unmeasured">
        {formatNumber(health.unmeasured.relays)}{' '}
        <small>{health.unmeasured.share === null ? '' : formatShare(health.unmeasured.share)}</small>
      </Line>
      <Line name="sum of weights">
        {formatNumber(health.weightSum)} <small>no{'\u00a0'}unit</small>
      </Line>
    </Tile>
    <TimeTile health={health} />
    <AuthorityTile authorities={health.authorities} validAfter={health.validAfter} />
    <QualityTile quality={health.quality} />
  </section>
);

const TimeTile: FC<{ health: Health }> = ({ health }) => {
  const { now, fresh, valid, firstSeen, validAfter } = health;
  const past = Date.parse(now) > Date.parse(valid.until);
  const level = !health.newest
    ? 'unknown'
    : past
      ? 'bad'
      : Date.parse(now) > Date.parse(fresh.until)
        ? 'warn'
        : 'ok';
  return (
    <Tile
      name="Valid"
      level={level}
      big={
        <>
          {clock(validAfter)}–{clock(valid.until)}
        </>
      }
    >
      <Line name="fresh">
        {clock(fresh.from)}–{clock(fresh.until)} <small>{formatDuration(fresh.seconds)}</small>
      </Line>
      <Line name="age">
        <Age since={validAfter} now={now} />
      </Line>
      <Line name="first seen">
        {firstSeen === null ? (
          <Missing reason="it was not seen when it was new" />
        ) : (
          <Time exact at={firstSeen} now={now} />
        )}
      </Line>
      <Line name="delays">
        {formatNumber(health.voteSeconds)} s voting, {formatNumber(health.distSeconds)} s distribution
      </Line>
    </Tile>
  );
};

/** The time without the date, which stands above. */
function clock(time: string): string {
  return formatTime(time, time);
}

const AuthorityTile: FC<{ authorities: Health['authorities']; validAfter: string }> = (props) => {
  const { configured, sources, signatures, validSignatures, needed } = props.authorities;
  const level = validSignatures < needed ? 'bad' : validSignatures < configured ? 'warn' : 'ok';
  return (
    <Tile
      name="Authorities"
      level={level}
      big={
        <>
          {formatNumber(validSignatures)} <small>of {configured} signed</small>
        </>
      }
    >
      <Line name="votes it names">{formatNumber(sources)}</Line>
      <Line name="signatures on it">{formatNumber(signatures)}</Line>
      <Line name="good signatures">{formatNumber(validSignatures)}</Line>
      <Line name="needed">{formatNumber(needed)}</Line>
      <Line name="follows from votes">
        <a href={`${roundPath(props.validAfter)}#proof`}>proof</a>
      </Line>
    </Tile>
  );
};

const gradeOrder = ['excellent', 'good', 'fair', 'poor'] as const;

const QualityTile: FC<{ quality: Health['quality'] }> = ({ quality }) => {
  const graded = quality.filter(({ grade }) => grade !== null);
  const worst = graded.toSorted(
    (a, b) => gradeOrder.indexOf(b.grade ?? 'poor') - gradeOrder.indexOf(a.grade ?? 'poor'),
  )[0];
  const level = graded.some((one) => one.level === 'bad')
    ? 'bad'
    : graded.some((one) => one.level === 'warn')
      ? 'warn'
      : graded.length === 0
        ? 'unknown'
        : 'ok';
  return (
    <Tile
      name="Quality"
      level={level}
      big={
        worst === undefined ? (
          'n/a'
        ) : (
          <>
            {worst.grade?.replace(/^./, (letter) => letter.toUpperCase())} <small>at worst</small>
          </>
        )
      }
    >
      {gradeOrder.map((grade) => {
        const named = graded.filter((one) => one.grade === grade);
        return named.length === 0 ? null : (
          <Line name={grade}>{named.map(({ title }) => title.toLowerCase()).join(', ')}</Line>
        );
      })}
      {graded.length === quality.length ? null : (
        <Line name="n/a">
          <a href="#indicators">{formatNumber(quality.length - graded.length)}, with reasons</a>
        </Line>
      )}
    </Tile>
  );
};

/** The lines of the drawing (S2.2.1 to S2.2.9), with what they really mean. */
const DocumentFacts: FC<{ health: Health }> = ({ health }) => (
  <dl class="facts" data-live="document-facts">
    <dt>valid after</dt>
    <dd>
      <a href={roundPath(health.validAfter)}>{formatFullTime(health.validAfter)}</a>{' '}
      <small>
        <Age since={health.validAfter} now={health.now} />
      </small>
    </dd>
    <dt>fresh until</dt>
    <dd>
      {formatFullTime(health.fresh.until)} <small>for {formatDuration(health.fresh.seconds)}</small>
    </dd>
    <dt>valid until</dt>
    <dd>
      {formatFullTime(health.valid.until)} <small>for {formatDuration(health.valid.seconds)}</small>
    </dd>
    <dt>consensus method</dt>
    <dd>
      {String(health.method.used)} <small>{methodNote(health.method)}</small>
    </dd>
    {health.flavors.map((flavor) => (
      <>
        <dt>{flavor.flavor}</dt>
        <dd class="wrap">
          {flavor.sha256 === null || flavor.bytes === null ? (
            <MissingBecause reason={flavor.reason} />
          ) : (
            <>
              {formatBytes(flavor.bytes)}, <DocumentLink sha256={flavor.sha256} />
              {flavor.digest === null ? null : (
                <details>
                  <summary>digest of the signed part</summary>
                  <span class="hex">{flavor.digest}</span>
                </details>
              )}
            </>
          )}
        </dd>
      </>
    ))}
  </dl>
);

function methodNote({ possible }: Health['method']): string {
  if (possible.value === null) return `highest possible n/a: ${possible.reason ?? ''}`;
  return `highest possible ${possible.value}`;
}

const MethodSection: FC<{ method: Health['method'] }> = ({ method }) => (
  <section id="method" data-live="method">
    <details class="fold">
      <summary>
        <h2>Consensus method</h2>{' '}
        <small>
          {method.used}; a method needs {formatCount(method.needed, 'voter')}
        </small>
      </summary>
      <div>
        <DataTable
          label="Which methods each authority supports"
          columns={[
            { name: 'Authority', cell: ({ authority }) => <AuthorityLink nickname={authority} /> },
            {
              name: 'Highest',
              cell: ({ highest, reason }) =>
                highest === null ? <Missing reason={reason} /> : String(highest),
              set: 'num',
            },
            {
              name: 'Supported',
              cell: ({ methods, reason }) =>
                methods === null ? <MissingBecause reason={reason} /> : methods.join(' '),
              set: 'wrap',
            },
          ]}
          rows={method.supported}
          keyOf={({ authority }) => authority}
          empty="n/a: no vote is known."
        />
      </div>
    </details>
  </section>
);

const ChurnSection: FC<{ health: Health }> = ({ health: { churn, validAfter, now } }) => (
  <section id="churn">
    <h2>
      <a href="/churn">Churn</a>{' '}
      {churn.value === null ? null : (
        <small>
          against <Time at={churn.value.against} now={now} />
        </small>
      )}
      <Hidden>: who came and went</Hidden>
    </h2>
    {churn.value === null ? (
      <p class="none">
        <MissingBecause reason={churn.reason} />
      </p>
    ) : (
      <>
        <ChurnFigures churn={churn.value} />
        <ChurnDetails churn={churn.value} validAfter={validAfter} />
      </>
    )}
  </section>
);
