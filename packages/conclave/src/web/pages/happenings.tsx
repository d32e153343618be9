/**
 * Alerts (what needs someone?) and events (what happened, since when?).
 */
import type { FC } from 'hono/jsx';
import type { Alerts, Events, Observing } from '../../api/index.ts';
import { formatCount } from '../format.ts';
import { Asking, Choice, Field } from '../parts/form.tsx';
import { AlertList, EventList } from '../parts/lists.tsx';
import { Older } from '../parts/older.tsx';
import { Lede, Standing, Twins } from '../parts/page.tsx';

/** Alerts: first those that are firing, then what is over. */
export const AlertsPage: FC<{ answer: Alerts; observing: Observing }> = ({ answer, observing }) => {
  const firing = answer.alerts.filter((alert) => alert.state === 'firing');
  const over = answer.alerts.filter((alert) => alert.state === 'resolved');
  const unseeing = observing.state === 'blind' || observing.state === 'starting';
  return (
    <>
      <h1 class="vh">Alerts</h1>
      <Standing observing={observing} now={answer.now} />
      <Lede sentence={answer.sentence} />
      <section>
        <h2>Firing</h2>
        <AlertList
          alerts={firing}
          now={answer.now}
          empty={unseeing ? 'None, but we do not see enough to tell.' : 'None.'}
          live="firing"
        />
      </section>
      <section>
        <h2>Resolved</h2>
        <AlertList alerts={over} now={answer.now} empty="None is remembered." live="resolved" />
      </section>
      <Twins json="/api/v1/alerts" csv="/api/v1/alerts.csv" how="#alerts" />
    </>
  );
};

/** The log of events, with a form to narrow it. */
export const EventsPage: FC<{
  answer: Events;
  observing: Observing;
  query: string;
  authorities: readonly string[];
  chosen: { readonly rule?: string; readonly authority?: string };
}> = ({ answer, observing, query, authorities, chosen }) => (
  <>
    <h1 class="vh">Events</h1>
    <Standing observing={observing} now={answer.now} />
    <p class="lede unknown" data-live="lede">
      <b>
        {answer.events.length === 0
          ? 'No event is known.'
          : `${formatCount(answer.events.length, 'event')}, newest first.`}
      </b>{' '}
      Each was made by the rule beside it, from documents that are kept.
    </p>
    <Asking action="/events" submit="Show">
      <Choice
        label="Authority"
        name="authority"
        options={[['', 'all'], ...authorities.map((nickname) => [nickname, nickname] as const)]}
        chosen={chosen.authority ?? ''}
      />
      <Field label="Rule" name="rule" value={chosen.rule} placeholder="any" size={24} most={64} />
    </Asking>
    <EventList events={answer.events} now={answer.now} empty="Nothing has happened that we saw." rules />
    <Older older={answer.older} path="/events" />
    <Twins json={`/api/v1/events${query}`} csv={`/api/v1/events.csv${query}`} how="#events" />
  </>
);
