/**
 * What stands below the fold of the overview: how the round came about, what the consensus holds, how mixed the network
 * is (S2.1.29 to S2.1.31). Pages about one round use the same parts.
 */
import type { Child, FC } from 'hono/jsx';
import type { RoundPage, Status } from '../../api/index.ts';
import { formatCount, formatDuration, formatNumber, formatShare } from '../format.ts';
import { AuthorityLink, inOrder, MissingBecause, Time } from './basics.tsx';
import { DataTable } from './table.tsx';
import { Figure } from './tiles.tsx';

type Formation = NonNullable<Status['formation']>;
type Quality = NonNullable<Status['quality']>;
type Diversity = NonNullable<Status['diversity']>;

/** A section that can be folded; open to begin with, for those who print or listen. */
export const Fold: FC<{ title: string; id: string; note?: Child; open?: boolean; children: Child }> = (
  props,
) => (
  <details class="fold" id={props.id} {...(props.open === false ? {} : { open: true })}>
    <summary>
      <h2>{props.title}</h2> {props.note === undefined ? null : <small>{props.note}</small>}
    </summary>
    <div data-live={props.id}>{props.children}</div>
  </details>
);

/** When each phase was due, and when we saw it. */
export const PhaseTable: FC<{ phases: RoundPage['phases']; now: string }> = ({ phases, now }) => (
  <DataTable
    label="Phases of the round: when each was due and when it was seen"
    columns={[
      { name: 'Phase', cell: ({ name }) => name },
      { name: 'Due', cell: ({ due }) => <Time exact at={due} now={now} /> },
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
);

/** How the newest round came about. */
export const FormationSection: FC<{ formation: Formation; order: readonly string[]; now: string }> = ({
  formation,
  order,
  now,
}) => (
  <Fold
    title="Formation"
    id="formation"
    note={
      <>
        flags consistent{' '}
        <Figure figure={formation.flagConsistency} write={(share) => formatShare(share, 2)} />
      </>
    }
  >
    <PhaseTable phases={formation.phases} now={now} />
    <p class="note">
      Votes first seen:{' '}
      {formation.votesFirstSeen.value === null ? (
        <MissingBecause reason={formation.votesFirstSeen.reason} />
      ) : (
        <>
          <Time exact at={formation.votesFirstSeen.value.first} now={now} /> to{' '}
          <Time exact at={formation.votesFirstSeen.value.last} now={now} />, a spread of{' '}
          {formatDuration(formation.votesFirstSeen.value.spreadSeconds)}
        </>
      )}
      . When a vote says it was published tells nothing about how long the round took.
    </p>
    {formation.bandwidthVariance.length === 0 ? (
      <p class="note">Spread of the scanners: n/a, no vote with measurements is known.</p>
    ) : (
      <BandwidthTable rows={inOrder(formation.bandwidthVariance, order, ({ authority }) => authority)} />
    )}
  </Fold>
);

const BandwidthTable: FC<{ rows: readonly Formation['bandwidthVariance'][number][] }> = ({ rows }) => (
  <DataTable
    label="Spread of the scanners"
    caption="Spread of the scanners: Measured of each, divided by the median of all scanners"
    captioned
    columns={[
      { name: 'Scanner', cell: ({ authority }) => <AuthorityLink nickname={authority} /> },
      { name: 'Relays', cell: ({ relays }) => formatNumber(relays), set: 'num' },
      { name: 'Lower quartile', cell: ({ q1 }) => formatNumber(q1, 2), set: 'num' },
      { name: 'Median', cell: ({ medianRatio }) => formatNumber(medianRatio, 2), set: 'num' },
      { name: 'Upper quartile', cell: ({ q3 }) => formatNumber(q3, 2), set: 'num' },
    ]}
    rows={rows}
    keyOf={({ authority }) => authority}
  />
);

/** What the consensus holds. */
export const QualityFigures: FC<{ quality: Quality }> = ({ quality }) => (
  <dl class="figures">
    <Stat name="relays" value={formatNumber(quality.relays)} />
    <Stat name="guards" value={formatNumber(quality.guards)} note={partOf(quality.guards, quality.relays)} />
    <Stat name="exits" value={formatNumber(quality.exits)} note={partOf(quality.exits, quality.relays)} />
    <Stat name="exits without BadExit" value={formatNumber(quality.exitsWithoutBadExit)} />
    <Stat name="guard and exit" value={formatNumber(quality.guardExits)} />
    <Stat name="sum of weights" value={formatNumber(quality.weightSum)} note={'no\u00a0unit'} />
    <Stat name="consensus method" value={String(quality.method)} />
  </dl>
);

const Stat: FC<{ name: string; value: string; note?: string }> = ({ name, value, note }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      {value} {note === undefined ? null : <small>{note}</small>}
    </dd>
  </div>
);

function partOf(part: number, whole: number): string {
  return whole === 0 ? '' : formatShare(part / whole);
}

/** How mixed the network is, as far as our sources tell. */
export const DiversityFigures: FC<{ diversity: Diversity }> = ({ diversity }) => (
  <div class="three">
    <div>
      <h3>Countries</h3>
      {diversity.countries.value === null ? (
        <p class="none">n/a: {diversity.countries.reason ?? 'no source'}</p>
      ) : (
        <CountryTable rows={diversity.countries.value} />
      )}
      <p class="note">Source: {diversity.geoSource}</p>
    </div>
    <div>
      <h3>Tor versions</h3>
      <CountTable name="Version" rows={diversity.versions.map((row) => [row.version, row.relays])} />
    </div>
    <div>
      <h3>Platforms and operators</h3>
      {diversity.platforms.value === null ? (
        <p class="none">Platforms n/a: {diversity.platforms.reason ?? 'no source'}</p>
      ) : (
        <CountTable
          name="Platform"
          rows={diversity.platforms.value.slice(0, 10).map((row) => [row.platform, row.relays])}
        />
      )}
      <p class="none">{operatorsText(diversity)}</p>
      <p class="none">{networksText(diversity.networks)}</p>
      {diversity.described.value === null ? null : (
        <p class="note">
          By {formatNumber(diversity.described.value.relays)} descriptors, from{' '}
          {diversity.described.value.source}: what relays say of themselves.{' '}
          <a href="/health#operators">All of it</a>
        </p>
      )}
    </div>
  </div>
);

function operatorsText({ operators, largestOperators }: Diversity): string {
  const [largest] = largestOperators.value?.largest ?? [];
  if (operators.value === null) return `Operators n/a: ${operators.reason ?? 'no source'}`;
  if (largest === undefined || !largestOperators.value) return 'No relay states a contact or a family.';
  const { silent } = largestOperators.value;
  return `${formatCount(operators.value, 'operator')} by contact and family; the largest has ${formatShare(largest.weightShare)} of the weight. ${formatCount(silent.relays, 'relay')} with ${formatShare(silent.weightShare)} of it ${silent.relays === 1 ? 'states' : 'state'} neither.`;
}

function networksText({ value, reason }: Diversity['networks']): string {
  const [largest] = value?.largest ?? [];
  if (value === null) return `Networks (AS) n/a: ${reason ?? 'no source'}`;
  if (largest === undefined) return `Networks (AS): no address is in ${value.source}`;
  return `${formatCount(value.distinct, 'network')} (AS); the largest, AS${largest.as} ${largest.name}, has ${formatShare(largest.weightShare)} of the weight. Source: ${value.source}`;
}

const CountryTable: FC<{ rows: NonNullable<Diversity['countries']['value']> }> = ({ rows }) => (
  <DataTable
    label="Relays and weight by country"
    columns={[
      { name: 'Country', cell: ({ country }) => country },
      { name: 'Relays', cell: ({ relays }) => formatNumber(relays), set: 'num' },
      { name: 'Weight', cell: ({ weightShare }) => formatShare(weightShare), set: 'num' },
    ]}
    rows={rows}
    keyOf={({ country }) => country}
  />
);

const CountTable: FC<{ name: string; rows: readonly (readonly [string, number])[] }> = ({ name, rows }) => (
  <DataTable
    label={`Relays by ${name.toLowerCase()}`}
    columns={[
      { name, cell: ([label]) => label },
      { name: 'Relays', cell: ([, relays]) => formatNumber(relays), set: 'num' },
    ]}
    rows={rows}
    keyOf={([label]) => label}
    empty="none seen"
  />
);
