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
  Beats,
  DocumentLink,
  Hidden,
  Mark,
  Missing,
  MissingBecause,
  Pill,
  RoundLink,
  Scroll,
  Time,
} from '../parts/basics.tsx';
import { AlertList, EventList } from '../parts/lists.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';

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
      <Scroll label="Configuration of the authorities" live="configured">
        <table class="sticky">
          <caption class="vh">Addresses and keys of the authorities, as configured</caption>
          <thead>
            <tr>
              <th scope="col">Authority</th>
              <th scope="col">Address</th>
              <th scope="col">Dir port</th>
              <th scope="col">OR port</th>
              <th scope="col">IPv6</th>
              <th scope="col">v3 identity</th>
              <th scope="col">Fingerprint</th>
            </tr>
          </thead>
          <tbody>
            {answer.authorities.map((row) => (
              <tr data-key={row.nickname}>
                <th scope="row">{row.nickname}</th>
                <td>{row.address}</td>
                <td>{row.dirPort}</td>
                <td>{row.orPort ?? <Missing reason="none is configured" />}</td>
                <td>{row.ipv6 ?? <Missing reason="none is configured" />}</td>
                <td class="hex">
                  {row.v3ident ?? <Missing reason={row.votes ? 'not configured' : 'does not vote'} />}
                </td>
                <td class="hex">{row.fingerprint ?? <Missing reason="not configured" />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
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

const StateSection: FC<{ page: AuthorityPage }> = ({ page: { authority: row, now } }) => (
  <section>
    <h2>State</h2>
    <dl class="facts" data-live="state">
      <Row name="state">
        <Pill level={row.level}>{row.state}</Pill> <small>{row.stateText}</small>
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
        {row.latency.connectMs === null ? <Missing /> : formatMs(row.latency.connectMs)},{' '}
        {row.latency.totalMs === null ? <Missing /> : formatMs(row.latency.totalMs)}{' '}
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
      <Row name="OR port, IPv4">
        <Mark value={row.orPortIpv4.value} label="reachable" /> <small>{row.orPortIpv4.text}</small>
      </Row>
      <Row name="OR port, IPv6">
        <Mark value={row.orPortIpv6.value} label="reachable" /> <small>{row.orPortIpv6.text}</small>
      </Row>
    </dl>
  </section>
);

const VoteRows: FC<{ row: AuthorityPage['authority']; now: string }> = ({ row, now }) => (
  <>
    <Row name="vote in the consensus">
      <Mark value={row.vote.inConsensus.value} label="in the consensus" />{' '}
      <small>{row.vote.inConsensus.text}</small>
    </Row>
    <Row name="vote retrievable">
      <Mark value={row.vote.retrievable.value} label="retrievable" />{' '}
      <small>{row.vote.retrievable.text}</small>
    </Row>
    <Row name="signature">
      <Mark value={row.vote.signed.value} label="signed" /> <small>{row.vote.signed.text}</small>
    </Row>
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
              <Age since={row.certificate.expires} now={now} />
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

const RoundTable: FC<{ page: AuthorityPage }> = ({ page }) =>
  page.rounds.length === 0 ? (
    <p class="none">No round is known.</p>
  ) : (
    <Scroll label="Rounds of this authority" live="rounds">
      <table>
        <caption class="vh">What became of each round at this authority</caption>
        <thead>
          <tr>
            <th scope="col">Round</th>
            <th scope="col">Voted</th>
            <th scope="col">Signed</th>
            <th scope="col">Agrees</th>
            <th scope="col">What we saw</th>
          </tr>
        </thead>
        <tbody>
          {page.rounds.map((round) => (
            <tr data-key={round.validAfter}>
              <th scope="row">
                <RoundLink validAfter={round.validAfter} now={page.now} />
              </th>
              <td>
                <Mark value={round.voted} label="voted" />
              </td>
              <td>
                <Mark value={round.signed} label="signed" />
              </td>
              <td>
                {round.agreement === null ? <Missing reason={round.text} /> : formatShare(round.agreement)}
              </td>
              <td class="wrap">{round.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );

const ProbeTable: FC<{ page: AuthorityPage }> = ({ page }) =>
  page.probes.length === 0 ? (
    <p class="none">No probe has been made yet.</p>
  ) : (
    <Scroll label="Probes" live="probes">
      <table>
        <caption class="vh">Probes of this authority, newest first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Asked for</th>
            <th scope="col">Outcome</th>
            <th scope="col" class="num">
              Connect
            </th>
            <th scope="col" class="num">
              First byte
            </th>
            <th scope="col" class="num">
              Whole
            </th>
            <th scope="col" class="num">
              Size
            </th>
            <th scope="col">Clock</th>
            <th scope="col">Document</th>
          </tr>
        </thead>
        <tbody>
          {page.probes.map((probe) => (
            <ProbeRow probe={probe} now={page.now} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );

const ProbeRow: FC<{ probe: AuthorityPage['probes'][number]; now: string }> = ({ probe, now }) => (
  <tr data-key={`${probe.at} ${probe.subject}`}>
    <th scope="row">
      <Time exact at={probe.at} now={now} />
    </th>
    <td>{probe.subject}</td>
    <td>
      {probe.outcome}
      {probe.status === null ? '' : ` ${probe.status}`}{' '}
      {probe.detail === null ? null : <small>{probe.detail}</small>}
    </td>
    <td class="num">{probe.connectMs === null ? '–' : formatMs(probe.connectMs)}</td>
    <td class="num">{probe.firstByteMs === null ? '–' : formatMs(probe.firstByteMs)}</td>
    <td class="num">{formatMs(probe.totalMs)}</td>
    <td class="num">
      {probe.bytes === null ? (
        '–'
      ) : (
        <span title={probe.wireBytes === null ? '' : `${formatBytes(probe.wireBytes)} on the wire`}>
          {formatBytes(probe.bytes)}
        </span>
      )}
    </td>
    <td>{probe.clockSkewSeconds === null ? '–' : formatSkew(probe.clockSkewSeconds)}</td>
    <td>{probe.sha256 === null ? '–' : <DocumentLink sha256={probe.sha256} />}</td>
  </tr>
);

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
}> = (props) =>
  props.rows.length === 0 ? (
    <p class="none">{props.empty}</p>
  ) : (
    <Scroll label={props.name} live={`pairs-${props.name}`}>
      <table>
        <caption class="vh">{props.name}</caption>
        <thead>
          <tr>
            <th scope="col">{props.name}</th>
            <th scope="col" class="num">
              {props.value}
            </th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map(([key, value]) => (
            <tr data-key={key}>
              <th scope="row">{key}</th>
              <td class="num">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
