/**
 * The authority table: one row an authority, all that are configured, in their fixed order; the bridge authority stands
 * apart at the end, because it does not vote (S2.1.8 to S2.1.16).
 */
import type { FC } from 'hono/jsx';
import type { AuthorityRow, Level } from '../../api/index.ts';
import {
  formatDuration,
  formatFullTime,
  secondsBetween,
  formatMs,
  formatNumber,
  formatShare,
  formatSkew,
} from '../format.ts';
import { Age, AuthorityLink, Bar, Beats, Hidden, Mark, Missing, Pill, Scroll } from './basics.tsx';

/** The table with its key. */
export const AuthorityTable: FC<{ rows: readonly AuthorityRow[]; now: string; probeSeconds: number }> = ({
  rows,
  now,
  probeSeconds,
}) => {
  const voters = rows.filter((row) => row.votes);
  const others = rows.filter((row) => !row.votes);
  const roundCount = Math.max(0, ...voters.map((row) => row.beats.length));
  return (
    <>
      <Scroll label="Authorities, a wide table">
        <table class="auth">
          <caption class="vh">State of each directory authority</caption>
          <thead>
            <tr>
              <th scope="col">Authority</th>
              <th scope="col">State</th>
              <th scope="col">Vote</th>
              <th scope="col">Scan</th>
              <th scope="col">Agrees</th>
              <th scope="col">
                <abbr title="median time to the first byte of the answer, from where we are">First byte</abbr>
              </th>
              <th scope="col">Clock</th>
              <th scope="col">Key expires</th>
              <th scope="col">Version</th>
              <th scope="col">Ports</th>
              <th scope="col">{roundCount === 0 ? 'Last rounds' : `Last ${roundCount} rounds`}</th>
            </tr>
          </thead>
          <tbody data-live="authorities">
            {voters.map((row) => (
              <VoterRow row={row} now={now} probeSeconds={probeSeconds} />
            ))}
          </tbody>
          {others.length === 0 ? null : (
            <tbody class="apart" data-live="others">
              {others.map((row) => (
                <OtherRow row={row} now={now} probeSeconds={probeSeconds} />
              ))}
            </tbody>
          )}
        </table>
      </Scroll>
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
      vote marks: in the consensus, retrievable, signed; <span class="m y">✓</span> yes{' '}
      <span class="m n">✗</span> no <span class="m u">?</span> not known
    </span>
  </p>
);

interface RowProps {
  readonly row: AuthorityRow;
  readonly now: string;
  readonly probeSeconds: number;
}

const VoterRow: FC<RowProps> = ({ row, now, probeSeconds }) => (
  <tr data-key={row.nickname}>
    <th scope="row">
      <AuthorityLink nickname={row.nickname} />
      <Differences row={row} />
    </th>
    <StateCell row={row} now={now} probeSeconds={probeSeconds} />
    <td class="marks">
      <Mark value={row.vote.inConsensus.value} label="in the consensus" text={row.vote.inConsensus.text} />
      <Mark value={row.vote.retrievable.value} label="retrievable" text={row.vote.retrievable.text} />
      <Mark value={row.vote.signed.value} label="signed" text={row.vote.signed.text} />
    </td>
    <ScanCell scan={row.scan} />
    <td>
      {row.agreement.value === null ? (
        <Missing reason={row.agreement.reason} />
      ) : (
        formatShare(row.agreement.value)
      )}
    </td>
    <LatencyCell row={row} />
    <SkewCell row={row} />
    <CertificateCell row={row} now={now} />
    <td>{row.version.value ?? <Missing reason={row.version.reason} />}</td>
    <PortsCell row={row} />
    <td class="beats">
      <Beats beats={row.beats} now={now} />
    </td>
  </tr>
);

/** An authority without a vote has no marks to miss. */
const OtherRow: FC<RowProps> = ({ row, now, probeSeconds }) => (
  <tr data-key={row.nickname}>
    <th scope="row">
      <AuthorityLink nickname={row.nickname} />
      <Differences row={row} />
    </th>
    <StateCell row={row} now={now} probeSeconds={probeSeconds} />
    <td class="na" colspan={3}>
      bridge authority, does not vote
    </td>
    <LatencyCell row={row} />
    <SkewCell row={row} />
    <td class="na">n/a</td>
    <td>{row.version.value ?? <Missing reason={row.version.reason} />}</td>
    <PortsCell row={row} />
    <td class="na">n/a</td>
  </tr>
);

const Differences: FC<{ row: AuthorityRow }> = ({ row }) =>
  row.differences.length === 0 ? null : (
    <abbr class="differs" title={row.differences.join('; ')}>
      ≠<Hidden> differs from its configuration: {row.differences.join('; ')}</Hidden>
    </abbr>
  );

const StateCell: FC<RowProps> = ({ row, now, probeSeconds }) => {
  const fresh = row.lastProbe !== null && secondsBetween(row.lastProbe, now) <= 2 * probeSeconds;
  const asked = row.lastProbe === null ? 'not asked yet' : `last asked ${formatFullTime(row.lastProbe)}`;
  return (
    <td class="state">
      <Pill level={row.level}>
        <span title={`${row.stateText}; ${asked}`}>{row.state}</span>
      </Pill>{' '}
      {row.lastProbe === null || fresh ? null : (
        <small>
          <Age since={row.lastProbe} now={now} />
        </small>
      )}
      {row.level === 'ok' ? null : <small class="why">{row.stateText}</small>}
    </td>
  );
};

const ScanCell: FC<{ scan: AuthorityRow['scan'] }> = ({ scan }) => {
  if (scan.state === 'none') return <td class="na">no scanner</td>;
  if (scan.state === 'unknown') {
    return (
      <td>
        <Missing reason={scan.text} />
      </td>
    );
  }
  const share =
    scan.state === 'silent' || scan.measured === null || scan.running === null || scan.running === 0
      ? null
      : scan.measured / scan.running;
  const age = scan.fileAgeSeconds === null ? '' : `file ${formatDuration(scan.fileAgeSeconds)} old`;
  const title = [scan.text, measuredOf(scan), age].filter((part) => part !== '').join('; ');
  return (
    <td class={tint(scan.level)} title={title}>
      {share === null ? scan.state : formatShare(share)}
      {scan.level === 'ok' ? null : (
        <small class="why">{share === null || age === '' ? scan.text : `${scan.state}, ${age}`}</small>
      )}
    </td>
  );
};

function measuredOf({ measured, running }: AuthorityRow['scan']): string {
  if (measured === null || running === null) return 'how many relays it measured is not known';
  return `${formatNumber(measured)} measured, ${formatNumber(running)} running`;
}

const LatencyCell: FC<{ row: AuthorityRow }> = ({ row: { latency, state } }) => {
  if (latency.firstByteMs === null) {
    const reason = latency.probes === 0 ? `no probe was answered lately (${state})` : 'not measured';
    return (
      <td>
        <Missing reason={reason} />
      </td>
    );
  }
  const usual = latency.baselineFirstByteMs;
  const phases = [
    `median of ${latency.probes} probes`,
    latency.connectMs === null ? '' : `connect ${formatMs(latency.connectMs)}`,
    `first byte ${formatMs(latency.firstByteMs)}`,
    latency.totalMs === null ? '' : `whole ${formatMs(latency.totalMs)}`,
    latency.bytes === null ? '' : `${formatNumber(latency.bytes)} bytes`,
    usual === null ? '' : `usually ${formatMs(usual)}`,
    `limit ${formatMs(latency.limitMs)}`,
  ];
  return (
    <td class={latency.slow ? 'warn' : ''} title={phases.filter((phase) => phase !== '').join(', ')}>
      {formatMs(latency.firstByteMs)}
      {latency.slow ? (
        <small class="why">
          {usual === null ? `limit ${formatMs(latency.limitMs)}` : `usually ${formatMs(usual)}`}
        </small>
      ) : null}
    </td>
  );
};

const SkewCell: FC<{ row: AuthorityRow }> = ({ row }) => (
  <td>
    {row.clockSkewSeconds.value === null ? (
      <Missing reason={row.clockSkewSeconds.reason} />
    ) : (
      formatSkew(row.clockSkewSeconds.value)
    )}
  </td>
);

const CertificateCell: FC<{ row: AuthorityRow; now: string }> = ({ row: { certificate }, now }) => (
  <td class={tint(certificate.level)} title={certificate.text}>
    {certificate.expires === null ? (
      <Missing reason={certificate.text} />
    ) : (
      <>
        {certificate.level === 'bad' ? '! ' : ''}
        <Age since={certificate.expires} now={now} />
      </>
    )}
  </td>
);

const PortsCell: FC<{ row: AuthorityRow }> = ({ row }) => (
  <td class="marks">
    <Mark value={row.orPortIpv4.value} label="OR port over IPv4" text={row.orPortIpv4.text} />
    <Mark value={row.orPortIpv6.value} label="OR port over IPv6" text={row.orPortIpv6.text} />
  </td>
);

/** The background of a cell that wants a look; what is fine has none. */
export function tint(level: Level): string {
  return level === 'warn' || level === 'bad' ? level : '';
}
