/**
 * The authority table: one row an authority, all that are configured, in their fixed order; the bridge authority stands
 * apart at the end, because it does not vote (S2.1.8 to S2.1.16).
 */
import type { Child, FC } from 'hono/jsx';
import type { AuthorityRow } from '../../api/index.ts';
import {
  formatDuration,
  formatFullTime,
  secondsBetween,
  formatMs,
  formatNumber,
  formatShare,
  formatSkew,
} from '../format.ts';
import { Age, AuthorityLink, Bar, Beats, Hidden, Mark, Missing, Pill, When, Words } from './basics.tsx';
import { type Column, DataTable } from './table.tsx';

/** The table with its key. */
export const AuthorityTable: FC<{ rows: readonly AuthorityRow[]; now: string; probeSeconds: number }> = ({
  rows,
  now,
  probeSeconds,
}) => {
  const roundCount = Math.max(0, ...rows.map(({ beats }) => beats.length));
  return (
    <>
      <DataTable
        label="State of each directory authority"
        live="authorities"
        wide
        columns={[
          { name: 'Authority', cell: (row) => <Name row={row} /> },
          { name: 'State', cell: (row) => stateOf(row, now, probeSeconds), set: 'state' },
          ...voteColumns,
          {
            name: 'First byte',
            meaning: 'median time to the first byte of the answer, from where we are',
            cell: latencyOf,
            level: ({ latency }) => (latency.slow ? 'warn' : 'ok'),
            title: phasesOf,
          },
          {
            name: 'Clock',
            meaning: 'how far its clock is from ours',
            cell: ({ clockSkewSeconds: { value, reason } }) =>
              value === null ? <Missing reason={reason} /> : formatSkew(value),
          },
          {
            name: 'Key expires',
            cell: (row) => expiryOf(row, now),
            level: ({ certificate }) => certificate.level,
            title: ({ certificate }) => certificate.text,
          },
          { name: 'Version', cell: ({ version }) => version.value ?? <Missing reason={version.reason} /> },
          { name: 'Ports', meaning: 'OR port over IPv4, over IPv6', cell: portsOf },
          {
            name: roundCount === 0 ? 'Last rounds' : `Last ${roundCount} rounds`,
            cell: ({ votes, beats }) =>
              votes ? <Beats beats={beats} now={now} /> : <Missing reason="it does not vote" />,
            set: 'beats',
          },
        ]}
        rows={rows}
        keyOf={({ nickname }) => nickname}
        apart={({ votes }) => !votes}
        empty="n/a: no authority is configured."
      />
      <Key />
    </>
  );
};

const Key: FC = () => (
  <p class="key">
    <span>
      <Bar mark="good" /> good
    </span>
    <span>
      <Bar mark="late" /> late or warned
    </span>
    <span>
      <Bar mark="missing" /> no vote or no signature
    </span>
    <span>
      <Bar mark="unobserved" /> we did not look
    </span>
    <span>
      vote: in the consensus, retrievable, signed; ports: over IPv4, over IPv6; <span class="m y">✓</span> yes{' '}
      <span class="m n">✗</span> no <span class="m u">?</span> not known
    </span>
  </p>
);

const Name: FC<{ row: AuthorityRow }> = ({ row: { nickname, differences } }) => (
  <>
    <AuthorityLink nickname={nickname} />
    {differences.length === 0 ? null : (
      <abbr class="differs" title={differences.join('; ')}>
        ≠<Hidden> differs from its configuration: {differences.join('; ')}</Hidden>
      </abbr>
    )}
  </>
);

function stateOf(row: AuthorityRow, now: string, probeSeconds: number): Child {
  const fresh = row.lastProbe !== null && secondsBetween(row.lastProbe, now) <= 2 * probeSeconds;
  const asked = row.lastProbe === null ? 'not asked yet' : `last asked ${formatFullTime(row.lastProbe)}`;
  return (
    <>
      <Pill level={row.level}>
        <span title={`${row.stateText}; ${asked}`}>{row.state}</span>
      </Pill>{' '}
      {row.lastProbe === null || fresh ? null : (
        <small>
          <Age since={row.lastProbe} now={now} />
        </small>
      )}
      {row.level === 'ok' ? null : (
        <small class="why">
          <Words text={row.stateText} />
        </small>
      )}
    </>
  );
}

/** What only voters have; who does not vote has nothing to miss. */
const voteColumns: readonly Column<AuthorityRow>[] = [
  {
    name: 'Vote',
    meaning: 'in the consensus, retrievable, signed',
    cell: ({ votes, vote }) =>
      votes ? (
        <>
          <Mark value={vote.inConsensus.value} label="in the consensus" text={vote.inConsensus.text} />
          <Mark value={vote.retrievable.value} label="retrievable" text={vote.retrievable.text} />
          <Mark value={vote.signed.value} label="signed" text={vote.signed.text} />
        </>
      ) : (
        <span class="na">does not vote</span>
      ),
  },
  {
    name: 'Scan',
    meaning: 'share of the relays it calls running that its bandwidth scanner measured',
    cell: ({ votes, scan }) => (votes ? scanOf(scan) : <span class="na">no scanner</span>),
    level: ({ scan }) => (scan.state === 'none' || scan.state === 'unknown' ? 'unknown' : scan.level),
    title: ({ scan }) => (scan.state === 'none' || scan.state === 'unknown' ? '' : scanTitle(scan)),
  },
  {
    name: 'Agrees',
    meaning: 'share of its decisions on flags that are those of the consensus',
    cell: ({ votes, agreement: { value, reason } }) =>
      value === null ? <Missing reason={votes ? reason : 'it does not vote'} /> : formatShare(value),
  },
];

type Scan = AuthorityRow['scan'];

function scanOf(scan: Scan): Child {
  if (scan.state === 'none') return <span class="na">no scanner</span>;
  if (scan.state === 'unknown') return <Missing reason={scan.text} />;
  const share = measuredShare(scan);
  const age = fileAge(scan);
  return (
    <>
      {share === null ? scan.state : formatShare(share)}
      {scan.level === 'ok' ? null : (
        <small class="why">{share === null || age === '' ? scan.text : `${scan.state}, ${age}`}</small>
      )}
    </>
  );
}

function measuredShare({ state, measured, running }: Scan): number | null {
  return state === 'silent' || measured === null || running === null || running === 0
    ? null
    : measured / running;
}

function fileAge({ fileAgeSeconds }: Scan): string {
  return fileAgeSeconds === null ? '' : `file ${formatDuration(fileAgeSeconds)} old`;
}

function scanTitle(scan: Scan): string {
  const { measured, running } = scan;
  const counts =
    measured === null || running === null
      ? 'how many relays it measured is not known'
      : `${formatNumber(measured)} measured, ${formatNumber(running)} running`;
  return [scan.text, counts, fileAge(scan)].filter((part) => part !== '').join('; ');
}

function latencyOf({ latency, state }: AuthorityRow): Child {
  if (latency.firstByteMs === null)
    return (
      <Missing reason={latency.probes === 0 ? `no probe was answered lately (${state})` : 'not measured'} />
    );
  const usual = latency.baselineFirstByteMs;
  return (
    <>
      {formatMs(latency.firstByteMs)}
      {latency.slow ? (
        <small class="why">
          {usual === null ? `limit ${formatMs(latency.limitMs)}` : `usually ${formatMs(usual)}`}
        </small>
      ) : null}
    </>
  );
}

function phasesOf({ latency }: AuthorityRow): string {
  if (latency.firstByteMs === null) return '';
  const usual = latency.baselineFirstByteMs;
  return [
    `median of ${latency.probes} probes`,
    latency.connectMs === null ? '' : `connect ${formatMs(latency.connectMs)}`,
    `first byte ${formatMs(latency.firstByteMs)}`,
    latency.totalMs === null ? '' : `whole ${formatMs(latency.totalMs)}`,
    latency.bytes === null ? '' : `${formatNumber(latency.bytes)} bytes`,
    usual === null ? '' : `usually ${formatMs(usual)}`,
    `limit ${formatMs(latency.limitMs)}`,
  ]
    .filter((phase) => phase !== '')
    .join(', ');
}

function expiryOf({ votes, certificate }: AuthorityRow, now: string): Child {
  if (certificate.expires === null)
    return <Missing reason={votes ? certificate.text : 'it does not vote, and has no such key'} />;
  return (
    <>
      {certificate.level === 'bad' ? '! ' : ''}
      <When at={certificate.expires} now={now} />
    </>
  );
}

function portsOf({ orPortIpv4, orPortIpv6 }: AuthorityRow): Child {
  return (
    <>
      <Mark value={orPortIpv4.value} label="OR port over IPv4" text={orPortIpv4.text} />
      <Mark value={orPortIpv6.value} label="OR port over IPv6" text={orPortIpv6.text} />
    </>
  );
}
