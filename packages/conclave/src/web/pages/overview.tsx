/**
 * The overview (S2.1): is the network's directory all right now?
 */
import type { FC } from 'hono/jsx';
import type { Status } from '../../api/index.ts';
import { formatNumber } from '../format.ts';
import { AuthorityTable } from '../parts/authority-table.tsx';
import { Age } from '../parts/basics.tsx';
import { AlertList, EventList } from '../parts/lists.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';
import { DiversityFigures, Fold, FormationSection, QualityFigures } from '../parts/sections.tsx';
import { Tiles } from '../parts/tiles.tsx';

/** The whole status page. */
export const Overview: FC<{ status: Status }> = ({ status }) => (
  <>
    <h1 class="vh">Overview</h1>
    <Standing observing={status.observing} now={status.now} />
    <Lede sentence={status.sentence} />
    <Tiles status={status} />
    <section>
      <h2>
        Authorities <Probing status={status} />
      </h2>
      <AuthorityTable
        rows={status.authorities}
        now={status.now}
        probeSeconds={status.observing.probeSeconds}
      />
    </section>
    <div class="two">
      <section>
        <h2>
          <a href="/alerts">Alerts</a>
        </h2>
        <AlertList alerts={status.alerts} now={status.now} empty={quiet(status)} live="alerts" />
      </section>
      <section>
        <h2>
          <a href="/events">Recent events</a>
        </h2>
        <EventList events={status.events} now={status.now} empty="Nothing has happened that we saw." />
      </section>
    </div>
    <Below status={status} />
    <Twins json="/api/v1/status" csv="/api/v1/status.csv" how="">
      <p data-live="sources">
        Sources: the authorities themselves
        {status.observing.lastTick === null ? (
          ', not asked yet'
        ) : (
          <>
            , last asked <Age since={status.observing.lastTick} now={status.now} />
          </>
        )}{' '}
        · figures are computed anew when something is learned, and at the latest after{' '}
        {formatNumber(status.cacheSeconds)} s · revision {status.revision}
      </p>
    </Twins>
  </>
);

const Probing: FC<{ status: Status }> = ({ status: { observing, now } }) => (
  <small data-live="probing">
    probed from {observing.vantage} every {formatNumber(observing.probeSeconds)} s
    {observing.lastTick === null ? (
      '; not yet'
    ) : (
      <>
        ; last <Age since={observing.lastTick} now={now} />
      </>
    )}
  </small>
);

function quiet(status: Status): string {
  return status.observing.state === 'blind' || status.observing.state === 'starting'
    ? 'No alert is firing, but we do not see enough to tell.'
    : 'No alert is firing.';
}

const Below: FC<{ status: Status }> = ({ status }) => (
  <>
    {status.formation === null ? null : (
      <FormationSection
        formation={status.formation}
        order={status.authorities.map(({ nickname }) => nickname)}
        now={status.now}
      />
    )}
    {status.quality === null ? null : (
      <Fold title="In the consensus" id="quality" note={`${formatNumber(status.quality.relays)} relays`}>
        <QualityFigures quality={status.quality} />
      </Fold>
    )}
    {status.diversity === null ? null : (
      <Fold title="Diversity" id="diversity" open={false}>
        <DiversityFigures diversity={status.diversity} />
      </Fold>
    )}
  </>
);
