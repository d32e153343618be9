/**
 * Alerts and events as lists, newest first, each with its evidence.
 */
import type { FC } from 'hono/jsx';
import type { AlertView, EventView } from '../../api/index.ts';
import {
  Age,
  AuthorityLink,
  Evidence,
  Hidden,
  levelOfSeverity,
  levelWord,
  Pill,
  Time,
  Words,
} from './basics.tsx';

/** Alerts, or the sentence that there are none. */
export const AlertList: FC<{ alerts: readonly AlertView[]; now: string; empty: string; live: string }> = (
  props,
) => (
  <div data-live={props.live}>
    {props.alerts.length === 0 ? (
      <p class="none">{props.empty}</p>
    ) : (
      <ul class="log">
        {props.alerts.map((alert) => (
          <AlertItem alert={alert} now={props.now} />
        ))}
      </ul>
    )}
  </div>
);

const AlertItem: FC<{ alert: AlertView; now: string }> = ({ alert, now }) => {
  const over = alert.state === 'resolved';
  return (
    <li data-key={alert.id} id={`alert-${alert.id}`}>
      <Pill level={over ? 'ok' : levelOfSeverity(alert.severity)}>{over ? 'resolved' : alert.severity}</Pill>{' '}
      <b>{alert.title}</b>
      <p>
        <Words text={alert.message} />
      </p>
      <p class="meta">
        {over ? `${alert.severity}, ` : ''}since <Time exact at={alert.since} now={now} />
        {alert.resolvedAt === null ? (
          <>
            , seen <Age since={alert.lastSeen} now={now} />
          </>
        ) : (
          <>
            {' '}
            until <Time exact at={alert.resolvedAt} now={now} />
          </>
        )}
        {alert.authority === null ? null : (
          <>
            {' '}
            · <AuthorityLink nickname={alert.authority} />
          </>
        )}{' '}
        · {alert.category.replaceAll('_', ' ')} · <Evidence link={alert.link}>{alert.check}</Evidence>
      </p>
    </li>
  );
};

/** Events, or the sentence that there are none. */
export const EventList: FC<{ events: readonly EventView[]; now: string; empty: string; rules?: boolean }> = (
  props,
) => (
  <div data-live="events">
    {props.events.length === 0 ? (
      <p class="none">{props.empty}</p>
    ) : (
      <ol class="log events">
        {props.events.map((event) => (
          <EventItem event={event} now={props.now} rules={props.rules === true} />
        ))}
      </ol>
    )}
  </div>
);

const EventItem: FC<{ event: EventView; now: string; rules: boolean }> = ({ event, now, rules }) => (
  <li data-key={event.id}>
    <Time exact at={event.at} now={now} />
    <div>
      {event.level === 'warn' || event.level === 'bad' ? (
        <span class={`dot ${event.level}`}>
          <span aria-hidden="true">{event.level === 'bad' ? '!' : '△'}</span>
          <Hidden>{levelWord(event.level)}: </Hidden>
        </span>
      ) : null}
      <Words text={event.text} />{' '}
      <small>
        {rules && event.authority !== null ? (
          <>
            <AuthorityLink nickname={event.authority} /> ·{' '}
          </>
        ) : null}
        {event.link === null && !rules ? null : <Evidence link={event.link}>{event.rule}</Evidence>}
      </small>
    </div>
  </li>
);
