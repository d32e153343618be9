/**
 * The frame of every page: head, navigation, where we stand ourselves, one sentence first, and at the bottom the same
 * data for programs.
 */
import type { Child, FC } from 'hono/jsx';
import type { Observing, Sentence } from '../../api/index.ts';
import { formatFullTime, formatMinute } from '../format.ts';
import { Age, Hidden, levelWord, Words } from './basics.tsx';

/** What the frame needs to know about every page. */
export interface Frame {
  readonly title: string;
  readonly here: string;
  readonly network: string;
  /** Absent on error pages: they show no figures. */
  readonly now?: string;
  readonly revision?: number;
  readonly observing?: Observing;
  readonly alertCount: number;
  readonly alertLevel: 'warn' | 'bad';
  /** Addresses of style and script, with the digests of their contents. */
  readonly style: string;
  readonly script: string | undefined;
  /** A page that stays as it is: what the reader did on it must not be replaced. */
  readonly still?: boolean;
}

const places = [
  ['/', 'Overview'],
  ['/health', 'Health'],
  ['/trends', 'Trends'],
  ['/authorities', 'Authorities'],
  ['/relay', 'Relays'],
  ['/rounds', 'Rounds'],
  ['/next', 'Next'],
  ['/what-if', 'What if'],
  ['/documents', 'Documents'],
  ['/verify', 'Verify'],
  ['/events', 'Events'],
  ['/alerts', 'Alerts'],
] as const;

/** The whole page around its content. */
export const Page: FC<{ frame: Frame; children: Child }> = ({ frame, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${frame.title} · Conclave`}</title>
      <link rel="icon" type="image/png" href="/assets/favicon.png" />
      <link rel="stylesheet" href={frame.style} />
      {frame.script === undefined ? null : <script type="module" src={frame.script}></script>}
    </head>
    <body {...stampOf(frame)}>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <a class="brand" href="/">
          Conclave
        </a>
        <span class="net">{frame.network}</span>
        <nav aria-label="Pages" data-live="nav">
          {places.map(([path, name]) => (
            <NavLink path={path} name={name} frame={frame} />
          ))}
        </nav>
        <p class="clock">
          <span id="live" class="live" role="status" hidden></span>
          <span id="lag" class="lag" hidden></span>
          {frame.now === undefined ? null : (
            <time class="now" datetime={frame.now} title={formatFullTime(frame.now)} data-clock="minute">
              {formatMinute(frame.now)}
            </time>
          )}
        </p>
      </header>
      <main id="main" {...(frame.still === true ? {} : { 'data-live': 'main' })}>
        {children}
      </main>
    </body>
  </html>
);

function stampOf(frame: Frame): Record<string, string> {
  if (frame.now === undefined || frame.revision === undefined) return {};
  return {
    'data-now': frame.now,
    'data-revision': String(frame.revision),
    'data-speed': String(speedOf(frame.observing)),
  };
}

/** Seconds that pass on the page in one second: none when a recording is over. */
function speedOf(observing: Observing | undefined): number {
  return observing?.state === 'ended' ? 0 : (observing?.speed ?? 1);
}

const NavLink: FC<{ path: string; name: string; frame: Frame }> = ({ path, name, frame }) => {
  const here = path === frame.here;
  const count = path === '/alerts' ? frame.alertCount : 0;
  return (
    <a href={path} class={here ? 'here' : ''} {...(here ? { 'aria-current': 'page' } : {})}>
      {name}
      {count === 0 ? null : (
        <>
          {' '}
          <b class={`n ${frame.alertLevel}`}>
            {count}
            <Hidden> firing</Hidden>
          </b>
        </>
      )}
    </a>
  );
};

/** The answer to the page's question. */
export const Lede: FC<{ sentence: Sentence }> = ({ sentence }) => (
  <p class={`lede ${sentence.level}`} data-live="lede">
    <Hidden>{`${levelWord(sentence.level)}: `}</Hidden>
    <b>
      <Words text={sentence.headline} />
    </b>{' '}
    <Words text={sentence.detail} />
  </p>
);

/** Where we stand ourselves, when that is not simply "watching". */
export const Standing: FC<{ observing: Observing; now: string }> = ({ observing, now }) => (
  <div class="standing" data-live="standing">
    {observing.state === 'watching' ? null : <Banner observing={observing} now={now} />}
  </div>
);

const banners: Record<Exclude<Observing['state'], 'watching'>, readonly [string, string]> = {
  starting: ['Just started.', 'What is not known yet is shown as n/a; nobody is judged by it.'],
  blind: [
    'We are blind.',
    'This is our own outage: the authorities are not judged, and what is shown below is the last that we saw.',
  ],
  behind: ['We are behind.', 'Our own requests are late; ages below are longer than usual.'],
  replaying: [
    'This is a recording.',
    'It is replayed in its own time; the ages and times below are those of the recording.',
  ],
  ended: ['This is a recording.', 'Time on this page stands still.'],
};

const Banner: FC<{ observing: Observing; now: string }> = ({ observing, now }) => {
  if (observing.state === 'watching') return null;
  const [headline, meaning] = banners[observing.state];
  const recorded = observing.state === 'replaying' || observing.state === 'ended';
  return (
    <p class={`banner ${observing.state}`}>
      <b>{headline}</b> {observing.text} {meaning}
      {recorded ? (
        <>
          {' '}
          Recorded time:{' '}
          <time datetime={now} data-clock="second">
            {formatFullTime(now)}
          </time>
          .
        </>
      ) : null}
      {!recorded && observing.lastTick !== null ? (
        <>
          {' '}
          Last look: <Age since={observing.lastTick} now={now} />.
        </>
      ) : null}
    </p>
  );
};

/** The bottom of a page: its twins for programs, and how its figures come about. */
export const Twins: FC<{ json: string; csv?: string; raw?: string; how: string; children?: Child }> = (
  props,
) => (
  <footer class="src">
    {props.children}
    <p>
      This page as <a href={props.json}>JSON</a>
      {props.csv === undefined ? null : (
        <>
          , <a href={props.csv}>CSV</a>
        </>
      )}
      {props.raw === undefined ? null : (
        <>
          , <a href={props.raw}>raw bytes</a>
        </>
      )}{' '}
      · <a href={`/how${props.how}`}>how each figure is computed</a> · <a href="/sources">sources</a> ·{' '}
      <a href="/api">the API</a>
    </p>
  </footer>
);
