/**
 * What a consensus states and what its relays are: flags, classes, params, versions, protocols, exit policies, places.
 */
import type { Child, FC } from 'hono/jsx';
import type { Health } from '../../api/index.ts';
import { formatBits, formatCount, formatNumber, formatShare } from '../format.ts';
import { Hidden, Missing, MissingBecause } from './basics.tsx';
import { Fold } from './sections.tsx';
import { DataTable } from './table.tsx';

/** A share as a bar and as a number. */
export const ShareBar: FC<{ share: number | null; label: string; text?: string }> = ({
  share,
  label,
  text,
}) => {
  if (share === null) return <Missing reason="there is nothing to take a share of" />;
  const words = text ?? formatShare(share);
  return (
    <>
      <meter min={0} max={1} value={share} aria-label={label}>
        {words}
      </meter>{' '}
      <span class="beside">{words}</span>
    </>
  );
};

/** How many relays have each flag (S2.2.10 to S2.2.13). */
export const FlagTable: FC<{ flags: Health['flags'] }> = ({ flags }) => (
  <DataTable
    label="Flags: how many relays have each"
    live="flags"
    columns={[
      {
        name: 'Flag',
        cell: ({ flag, everyone }) => (
          <>
            {flag}
            {everyone ? <small> by rule everyone</small> : null}
          </>
        ),
      },
      { name: 'Relays', cell: ({ relays }) => formatNumber(relays), set: 'num' },
      {
        name: 'Share of the relays listed',
        cell: ({ flag, share }) => <ShareBar share={share} label={`Share of relays with ${flag}`} />,
        set: 'bar',
      },
    ]}
    rows={flags}
    keyOf={({ flag }) => flag}
    empty="n/a: the consensus names no flags."
  />
);

const classNames: Readonly<Record<Health['classes'][number]['name'], string>> = {
  total: 'all',
  guard: 'Guard',
  exit: 'Exit without BadExit',
  guardExit: 'both of them',
  middle: 'neither',
};

/** Classes of relays: number, weight, and what their descriptors advertise (S2.2.7, S2.2.15). */
export const ClassTable: FC<{ classes: Health['classes'] }> = ({ classes }) => {
  const reasons = new Set(
    classes.map(({ capacity }) => (capacity.value === null ? capacity.reason : undefined)),
  );
  const reason = [...reasons].find((text) => text !== undefined);
  return (
    <>
      <DataTable
        label="Classes of relays"
        live="classes"
        columns={[
          { name: 'Relays with', cell: ({ name }) => classNames[name] },
          { name: 'Relays', cell: ({ relays }) => formatNumber(relays), set: 'num' },
          {
            name: 'Weight, no unit',
            cell: ({ weight }) => formatNumber(weight),
            set: 'num',
          },
          {
            name: 'Share of the weight',
            cell: ({ name, weightShare }) => (
              <ShareBar share={weightShare} label={`Share of the weight, ${classNames[name]}`} />
            ),
            set: 'bar',
          },
          {
            name: 'Capacity advertised',
            cell: ({ capacity: { value, reason: why }, relays }) =>
              value === null ? (
                <Missing reason={why} />
              ) : (
                <>
                  {formatBits(value.bitsPerSecond)}
                  {value.described === relays ? null : (
                    <small>
                      {' '}
                      of {formatNumber(value.described)} of {formatNumber(relays)}
                    </small>
                  )}
                </>
              ),
            set: 'num',
          },
        ]}
        rows={classes}
        keyOf={({ name }) => name}
      />
      <p class="note">
        A weight is a share of the load that clients are told to give, not a bandwidth. Capacity is what the
        relays’ own descriptors advertise.{reason === undefined ? '' : ` Capacity n/a: ${reason}.`}
      </p>
    </>
  );
};

/** Parameters as the voters decided them. */
export const ParamsFold: FC<{ params: Health['params'] }> = ({ params }) => (
  <Fold title="Parameters" id="params" note={formatCount(params.length, 'parameter')} open={false}>
    <DataTable
      label="Parameters of the consensus"
      columns={[
        { name: 'Parameter', cell: ({ name }) => <code>{name}</code> },
        { name: 'Value', cell: ({ value }) => formatNumber(value), set: 'num' },
      ]}
      rows={params}
      keyOf={({ name }) => name}
      empty="The consensus sets none."
    />
  </Fold>
);

const versionsShown = 12;

/** Which versions of tor are recommended, and which are run. */
export const VersionsFold: FC<{ versions: Health['versions'] }> = ({ versions }) => (
  <Fold
    title="Versions of tor"
    id="versions"
    note={
      versions.recommended.value === null ? (
        <MissingBecause reason={versions.recommended.reason} />
      ) : (
        `${formatShare(versions.recommended.value.share)} of the relays run a recommended one`
      )
    }
    open={false}
  >
    <dl class="facts">
      <dt>server-versions</dt>
      <dd class="wrap">{versionList(versions.server)}</dd>
      <dt>client-versions</dt>
      <dd class="wrap">{versionList(versions.client)}</dd>
    </dl>
    <DataTable
      label="Versions that relays run"
      columns={[
        { name: 'Version', cell: ({ version }) => version },
        { name: 'Relays', cell: ({ relays }) => formatNumber(relays), set: 'num' },
        {
          name: 'Share',
          cell: ({ share, version }) => <ShareBar share={share} label={`Share of ${version}`} />,
          set: 'bar',
        },
        {
          name: 'Recommended',
          cell: ({ recommended }) =>
            recommended === null ? (
              <Missing reason="the consensus recommends none" />
            ) : recommended ? (
              'yes'
            ) : (
              'no'
            ),
        },
      ]}
      rows={versions.running.slice(0, versionsShown)}
      keyOf={({ version }) => version}
      empty="n/a: no entry states a version."
    />
    {versions.running.length > versionsShown ? (
      <p class="note">
        And {formatCount(versions.running.length - versionsShown, 'other version')}; all are in the JSON.
      </p>
    ) : null}
  </Fold>
);

function versionList(list: readonly string[] | null): Child {
  return list === null ? <MissingBecause reason="the consensus has no such line" /> : list.join(', ');
}

/** Which protocols are recommended and required, and who has them. */
export const ProtocolsFold: FC<{ protocols: Health['protocols'] }> = ({ protocols }) => (
  <Fold title="Protocols" id="protocols" open={false}>
    <DataTable
      label="Protocols recommended and required"
      columns={[
        { name: 'Line', cell: ({ keyword }) => keyword },
        {
          name: 'Relays that have all of it',
          cell: ({ support }) =>
            support.value === null ? (
              <MissingBecause reason={support.reason} />
            ) : (
              `${formatNumber(support.value.relays)} (${formatShare(support.value.share)})`
            ),
          set: 'num',
        },
        {
          name: 'Value',
          cell: ({ value }) =>
            value === null ? <Missing reason="the consensus has no such line" /> : <code>{value}</code>,
          set: 'wrap',
        },
      ]}
      rows={protocols}
      keyOf={({ keyword }) => keyword}
    />
  </Fold>
);

/** What exits let through (S2.2.20). */
export const ExitPoliciesFold: FC<{ exitPolicies: Health['exitPolicies'] }> = ({ exitPolicies }) => (
  <Fold
    title="Exit policies"
    id="exit-policies"
    note={`${formatNumber(exitPolicies.distinct)} different among ${formatCount(exitPolicies.stated, 'relay')} that ${exitPolicies.stated === 1 ? 'states' : 'state'} one`}
    open={false}
  >
    <DataTable
      label="Ports that exits allow"
      columns={[
        {
          name: 'Port',
          cell: ({ port, use }) => (
            <>
              {String(port)} <small>{use}</small>
            </>
          ),
        },
        { name: 'Exits', cell: ({ relays }) => formatNumber(relays), set: 'num' },
        {
          name: 'Share of the exits',
          cell: ({ share, port }) => (
            <ShareBar share={share} label={`Share of exits that allow port ${port}`} />
          ),
          set: 'bar',
        },
        {
          name: 'Share of their weight',
          cell: ({ weightShare, port }) => (
            <ShareBar share={weightShare} label={`Share of exit weight that allows port ${port}`} />
          ),
          set: 'bar',
        },
      ]}
      rows={exitPolicies.ports}
      keyOf={({ port }) => String(port)}
      empty="n/a: no exit is listed."
    />
  </Fold>
);

const placesShown = 10;

/** Where the relays are (S2.2.19). */
export const PlacesFold: FC<{ health: Health }> = ({ health: { countries, regions, geoSource } }) => (
  <Fold title="Countries and regions" id="places" note={geoSource ?? undefined} open={false}>
    <div class="two">
      <PlaceTable name="Region" places={regions} />
      <PlaceTable name="Country" places={countries} />
    </div>
  </Fold>
);

const PlaceTable: FC<{ name: string; places: Health['countries'] }> = ({ name, places }) =>
  places.value === null ? (
    <p class="none">
      {name}: <MissingBecause reason={places.reason} />
    </p>
  ) : (
    <div>
      <DataTable
        label={`Relays and weight by ${name.toLowerCase()}`}
        columns={[
          {
            name,
            cell: ({ name: place }) =>
              place === '??' ? (
                <>
                  ??<Hidden> not in the table</Hidden>
                </>
              ) : (
                place
              ),
          },
          { name: 'Relays', cell: ({ relays }) => formatNumber(relays), set: 'num' },
          {
            name: 'Share of the weight',
            cell: ({ name: place, weightShare }) => (
              <ShareBar share={weightShare} label={`Share of the weight in ${place}`} />
            ),
            set: 'bar',
          },
        ]}
        rows={places.value.slice(0, placesShown)}
        keyOf={({ name: place }) => place}
        empty="none"
      />
      {places.value.length > placesShown ? (
        <p class="note">And {formatNumber(places.value.length - placesShown)} more; all are in the JSON.</p>
      ) : null}
    </div>
  );
