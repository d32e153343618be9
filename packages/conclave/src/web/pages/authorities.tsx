/**
 * All authorities, and one: who is reliable, who is drifting?
 */
import type { Child, FC } from 'hono/jsx';
import type { Authorities, AuthorityPage, Observing } from '../../api/index.ts';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  formatShare,
  formatSkew,
  groupDigest,
} from '../format.ts';
import { AuthorityTable } from '../parts/authority-table.tsx';
import {
  Age,
  AuthorityLink,
  Beats,
  DocumentLink,
  Hidden,
  Mark,
  Missing,
  MissingBecause,
  Pill,
  RoundLink,
  Time,
  When,
  Words,
} from '../parts/basics.tsx';
import { AlertList, EventList } from '../parts/lists.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { DataTable } from '../parts/table.tsx';

/** The authority table by itself, with what the network knows them by. */
export const AuthoritiesPage: FC<{ answer: Authorities; observing: Observing }> = ({ answer, observing }) => (
  <>
    <h1 class="vh">Authorities</h1>
    <Standing observing={observing} now={answer.now} />
    <Lede sentence={answer.sentence} />
    <section>
      <h2>State</h2>
      <AuthorityTable rows={answer.authorities} now={answer.now} probeSeconds={observing.probeSeconds} />
    </section>
    <section>
      <h2>As configured</h2>
      <DataTable
        label="Addresses and keys of the authorities, as configured"
        live="configured"
        wide
        columns={[
          { name: 'Authority', cell: ({ nickname }) => <AuthorityLink nickname={nickname} /> },
          { name: 'Address', cell: ({ address }) => address },
          { name: 'Dir port', cell: ({ dirPort }) => dirPort },
          { name: 'OR port', cell: ({ orPort }) => orPort ?? <Missing reason="none is configured" /> },
          { name: 'IPv6', cell: ({ ipv6 }) => ipv6 ?? <Missing reason="none is configured" /> },
          {
            name: 'v3 identity',
            cell: ({ v3ident, votes }) =>
              v3ident ?? <Missing reason={votes ? 'not configured' : 'does not vote'} />,
            set: 'hex',
          },
          {
            name: 'Fingerprint',
            cell: ({ fingerprint }) => fingerprint ?? <Missing reason="not configured" />,
            set: 'hex',
          },
        ]}
        rows={answer.authorities}
        keyOf={({ nickname }) => nickname}
      />
    </section>
    <Twins json="/api/v1/authorities" csv="/api/v1/authorities.csv" how="#state" />
  </>
);

/** Everything about one authority. */
export const AuthorityPageView: FC<{ page: AuthorityPage; observing: Observing }> = ({ page, observing }) => {
  const twin = `/api/v1/authorities/${encodeURIComponent(page.authority.nickname)}`;
  return (
    <>
      <h1>
        {page.authority.nickname}{' '}
        {page.authority.votes ? null : <small>bridge authority, does not vote</small>}
      </h1>
      <Standing observing={observing} now={page.now} />
      <Lede sentence={page.sentence} />
      <div class="two">
        <StateSection page={page} />
        <IdentitySection page={page} />
      </div>
      {page.alerts.length === 0 ? null : (
        <section>
          <h2>Alerts</h2>
          <AlertList alerts={page.alerts} now={page.now} empty="" live="alerts" />
        </section>
      )}
      <section>
        <h2>Rounds</h2>
        {page.authority.beats.length === 0 ? null : (
          <p class="beats wide" data-live="beats">
            <Beats beats={page.authority.beats} now={page.now} />
          </p>
        )}
        <RoundTable page={page} />
      </section>
      <section>
        <h2>
          Probes{' '}
          <small>
            {formatCount(page.load.requests, 'request')}, {formatBytes(page.load.wireBytes)} put on it in the
            last hour
          </small>
        </h2>
        <ProbeTable page={page} />
      </section>
      <VoteSections page={page} />
      <section>
        <h2>Events</h2>
        <EventList
          events={page.events}
          now={page.now}
          empty={`No event about ${page.authority.nickname} is known.`}
        />
      </section>
      <Twins json={twin} csv={`${twin}.csv`} how="#state" />
    </>
  );
};

const Row: FC<{ name: string; children: Child }> = ({ name, children }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

/** Yes, no or not known, and how that was seen. */
const MarkRow: FC<{
  name: string;
  of: { readonly value: boolean | null; readonly text: string };
  label: string;
}> = ({ name, of: { value, text }, label }) => (
  <Row name={name}>
    <Mark value={value} label={label} />{' '}
    <small>
      <Words text={text} />
    </small>
  </Row>
);

const StateSection: FC<{ page: AuthorityPage }> = ({ page: { authority: row, now } }) => (
  <section>
    <h2>State</h2>
    <dl class="facts" data-live="state">
      <Row name="state">
        <Pill level={row.level}>{row.state}</Pill>{' '}
        <small>
          <Words text={row.stateText} />
        </small>
      </Row>
      <Row name="since">
        {row.stateSince === null ? (
          <Missing reason={row.stateText} />
        ) : (
          <Time exact at={row.stateSince} now={now} />
        )}
      </Row>
      <Row name="last probe">
        {row.lastProbe === null ? (
          <Missing reason="not asked yet" />
        ) : (
          <Age since={row.lastProbe} now={now} />
        )}
      </Row>
      {row.votes ? <VoteRows row={row} now={now} /> : null}
      <Row name="first byte">
        {row.latency.firstByteMs === null ? (
          <MissingBecause reason="no probe was answered lately" />
        ) : (
          <>
            {formatMs(row.latency.firstByteMs)}{' '}
            <small>
              median of {row.latency.probes} probes
              {row.latency.baselineFirstByteMs === null
                ? ''
                : `, usually ${formatMs(row.latency.baselineFirstByteMs)}`}
              , limit {formatMs(row.latency.limitMs)}
            </small>
          </>
        )}
      </Row>
      <Row name="connect, whole">
        {row.latency.connectMs === null ? (
          <Missing reason="no probe was answered lately" />
        ) : (
          formatMs(row.latency.connectMs)
        )}
        ,{' '}
        {row.latency.totalMs === null ? (
          <Missing reason="no probe was answered lately" />
        ) : (
          formatMs(row.latency.totalMs)
        )}{' '}
        {row.latency.bytes === null ? null : <small>for {formatBytes(row.latency.bytes)}</small>}
      </Row>
      <Row name="clock">
        {row.clockSkewSeconds.value === null ? (
          <MissingBecause reason={row.clockSkewSeconds.reason} />
        ) : (
          formatSkew(row.clockSkewSeconds.value)
        )}
      </Row>
      <Row name="version">{row.version.value ?? <MissingBecause reason={row.version.reason} />}</Row>
      <MarkRow name="OR port, IPv4" of={row.orPortIpv4} label="reachable" />
      <MarkRow name="OR port, IPv6" of={row.orPortIpv6} label="reachable" />
    </dl>
  </section>
);

const VoteRows: FC<{ row: AuthorityPage['authority']; now: string }> = ({ row, now }) => (
  <>
    <MarkRow name="vote in the consensus" of={row.vote.inConsensus} label="in the consensus" />
    <MarkRow name="vote retrievable" of={row.vote.retrievable} label="retrievable" />
    <MarkRow name="signature" of={row.vote.signed} label="signed" />
    <Row name="newest vote">
      {row.newestVote === null ? (
        <Missing reason="no vote is known" />
      ) : (
        <RoundLink validAfter={row.newestVote} now={now} />
      )}
    </Row>
    <Row name="scanner">
      {row.scan.state === 'none' ? (
        <span class="na">no scanner</span>
      ) : (
        <>
          <Pill level={row.scan.level}>{row.scan.state}</Pill> <small>{row.scan.text}</small>
        </>
      )}
    </Row>
    <Row name="agrees">
      {row.agreement.value === null ? (
        <MissingBecause reason={row.agreement.reason} />
      ) : (
        formatShare(row.agreement.value, 2)
      )}
    </Row>
  </>
);

const IdentitySection: FC<{ page: AuthorityPage }> = ({
  page: { authority: row, certificate, contact, now },
}) => (
  <section>
    <h2>Identity</h2>
    <dl class="facts" data-live="identity">
      <Row name="address">
        {row.address}{' '}
        <small>
          dir port {row.dirPort}
          {row.orPort === null ? '' : `, OR port ${row.orPort}`}
        </small>
      </Row>
      <Row name="IPv6">{row.ipv6 ?? <MissingBecause reason="none is configured" />}</Row>
      <Row name="v3 identity">
        {row.v3ident === null ? (
          <MissingBecause reason={row.votes ? 'not configured' : 'does not vote'} />
        ) : (
          <Digest of={row.v3ident} />
        )}
      </Row>
      <Row name="fingerprint">
        {row.fingerprint === null ? (
          <MissingBecause reason="not configured" />
        ) : (
          <Digest of={row.fingerprint} />
        )}
      </Row>
      <Row name="contact">{contact ?? <MissingBecause reason="no vote is known" />}</Row>
      <Row name="key expires">
        {row.certificate.expires === null ? (
          <MissingBecause reason={row.certificate.text} />
        ) : (
          <>
            <Pill level={row.certificate.level}>
              <When at={row.certificate.expires} now={now} />
            </Pill>{' '}
            <small>
              <Time at={row.certificate.expires} now={now} />, {row.certificate.text}
            </small>
          </>
        )}
      </Row>
      {certificate === null ? null : <CertificateRows certificate={certificate} now={now} />}
    </dl>
    <div data-live="differences">
      {row.differences.length === 0 ? null : (
        <>
          <h3>Differs from the consensus</h3>
          <ul>
            {row.differences.map((difference) => (
              <li>{difference}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  </section>
);

const CertificateRows: FC<{ certificate: NonNullable<AuthorityPage['certificate']>; now: string }> = ({
  certificate,
  now,
}) => (
  <>
    <Row name="certificate">
      <DocumentLink sha256={certificate.sha256} />{' '}
      <small>
        published <Time at={certificate.published} now={now} />
      </small>
    </Row>
    <Row name="signing key">
      <Digest of={certificate.signingKeyDigest} />
    </Row>
    <Row name="key sizes">
      identity {certificate.identityKeyBits} bits, signing {certificate.signingKeyBits} bits
    </Row>
  </>
);

const Digest: FC<{ of: string }> = ({ of }) => (
  <span class="hex">
    <span aria-hidden="true">{groupDigest(of)}</span>
    <Hidden>{of}</Hidden>
  </span>
);

const RoundTable: FC<{ page: AuthorityPage }> = ({ page }) => (
  <DataTable
    label="What became of each round at this authority"
    live="rounds"
    columns={[
      { name: 'Round', cell: ({ validAfter }) => <RoundLink validAfter={validAfter} now={page.now} /> },
      { name: 'Voted', cell: ({ voted }) => <Mark value={voted} label="voted" /> },
      { name: 'Signed', cell: ({ signed }) => <Mark value={signed} label="signed" /> },
      {
        name: 'Agrees',
        cell: ({ agreement, text }) =>
          agreement === null ? <Missing reason={text} /> : formatShare(agreement),
      },
      { name: 'What we saw', cell: ({ text }) => text, set: 'wrap' },
    ]}
    rows={page.rounds}
    keyOf={({ validAfter }) => validAfter}
    empty="No round is known."
  />
);

type Probe = AuthorityPage['probes'][number];

const ProbeTable: FC<{ page: AuthorityPage }> = ({ page }) => (
  <DataTable
    label="Probes of this authority, newest first"
    live="probes"
    wide
    columns={[
      { name: 'When', cell: ({ at }) => <Time exact at={at} now={page.now} /> },
      { name: 'Asked for', cell: ({ subject }) => subject, set: 'wrap' },
      { name: 'Outcome', cell: outcomeOf },
      { name: 'Connect', cell: ({ connectMs }) => timed(connectMs), set: 'num' },
      { name: 'First byte', cell: ({ firstByteMs }) => timed(firstByteMs), set: 'num' },
      { name: 'Whole', cell: ({ totalMs }) => formatMs(totalMs), set: 'num' },
      { name: 'Size', cell: sizeOf, set: 'num' },
      {
        name: 'Clock',
        cell: ({ clockSkewSeconds }) => (clockSkewSeconds === null ? '–' : formatSkew(clockSkewSeconds)),
      },
      {
        name: 'Document',
        cell: ({ sha256 }) => (sha256 === null ? '–' : <DocumentLink sha256={sha256} />),
      },
    ]}
    rows={page.probes}
    keyOf={({ at, subject }) => `${at} ${subject}`}
    empty="No probe has been made yet."
  />
);

function timed(ms: number | null): string {
  return ms === null ? '–' : formatMs(ms);
}

function outcomeOf({ outcome, status, detail }: Probe): Child {
  return (
    <>
      {outcome}
      {status === null ? '' : ` ${status}`} {detail === null ? null : <small>{detail}</small>}
    </>
  );
}

function sizeOf({ bytes, wireBytes }: Probe): Child {
  if (bytes === null) return '–';
  return (
    <span title={wireBytes === null ? '' : `${formatBytes(wireBytes)} on the wire`}>
      {formatBytes(bytes)}
    </span>
  );
}

const VoteSections: FC<{ page: AuthorityPage }> = ({ page }) => (
  <div class="three">
    <section>
      <h2>Agreement by flag</h2>
      <Pairs
        name="Flag"
        value="Agrees"
        rows={page.perFlag.map(({ flag, share, decisions }) => [
          flag,
          `${formatShare(share, 2)} of ${formatNumber(decisions)}`,
        ])}
        empty="n/a: no vote of the newest round is known."
      />
    </section>
    <section>
      <h2>Thresholds</h2>
      <Pairs
        name="Threshold"
        value="Its value"
        rows={page.thresholds.map(({ key, value }) => [key, value])}
        empty="n/a: no vote is known."
      />
    </section>
    <section>
      <h2>Documents</h2>
      {page.documents.length === 0 ? (
        <p class="none">None is known.</p>
      ) : (
        <ul class="log" data-live="documents">
          {page.documents.map((document) => (
            <li data-key={document.sha256}>
              {document.kind} <DocumentLink sha256={document.sha256} />{' '}
              <small>
                {formatBytes(document.bytes)}, first seen{' '}
                <Time exact at={document.firstSeen} now={page.now} />
                {document.validAfter === null ? null : (
                  <>
                    , round <RoundLink validAfter={document.validAfter} now={page.now} />
                  </>
                )}
              </small>
            </li>
          ))}
        </ul>
      )}
    </section>
  </div>
);

const Pairs: FC<{
  name: string;
  value: string;
  rows: readonly (readonly [string, string])[];
  empty: string;
}> = (props) => (
  <DataTable
    label={props.name}
    live={`pairs-${props.name}`}
    columns={[
      { name: props.name, cell: ([key]) => key },
      { name: props.value, cell: ([, value]) => value, set: 'num' },
    ]}
    rows={props.rows}
    keyOf={([key]) => key}
    empty={props.empty}
  />
);
