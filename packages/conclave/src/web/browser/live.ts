/**
 * Keeps an open page up to date. The server tells that something was learned; the page then fetches itself again and
 * takes over what differs. Everything here is an addition: without it the pages are complete.
 */
import { readCharts } from './charts.ts';
import { type PageClock, readClock, tick, timeOf, writeClock } from './clock.ts';
import { morph } from './morph.ts';

/** What the live feed says: how long ago it was learned (by the server's clock), and when we heard of it (by ours). */
interface News {
  readonly learnedToSentMs: number;
  readonly heardAtMs: number;
}

interface State {
  clock: PageClock;
  revision: number;
  /** News that the page does not show yet, oldest first. */
  waiting: News[];
  wanted: boolean;
  fetching: boolean;
  fetchedAtMs: number;
}

const gatherMs = 120;
const betweenMs = 1_000;
const retryMs = 5_000;
const markedMs = 2_500;
const feed = '/api/v1/events/live';

function start(): void {
  const page = document.body;
  if (page.dataset['now'] === undefined) return;
  const navigation = performance.getEntriesByType('navigation')[0];
  const receivedAtMs =
    navigation instanceof PerformanceNavigationTiming ? navigation.responseEnd : performance.now();
  const state: State = {
    clock: readClock(page, receivedAtMs),
    revision: Number(page.dataset['revision']),
    waiting: [],
    wanted: false,
    fetching: false,
    fetchedAtMs: -Infinity,
  };
  setInterval(() => tick(document, timeOf(state.clock, performance.now())), 1_000);
  document.addEventListener('visibilitychange', () => {
    if (state.wanted && !state.fetching) soon(state);
  });
  readCharts(document);
  connect(state);
}

function connect(state: State): void {
  const source = new EventSource(feed);
  source.addEventListener('hello', (event) => {
    say('live', 'live');
    if (revisionIn(event) !== state.revision) want(state);
  });
  source.addEventListener('revision', (event) => {
    const heardAtMs = performance.now();
    const { revision, learnedAt, sentAt }: Record<string, number> = JSON.parse(event.data);
    if (revision === state.revision) return;
    state.waiting.push({ learnedToSentMs: Math.max(0, (sentAt ?? 0) - (learnedAt ?? 0)), heardAtMs });
    want(state);
  });
  source.addEventListener('error', () => {
    say('lost', `connection lost, last update ${writeClock(state.clock.nowMs)}, retrying`);
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => connect(state), retryMs);
  });
}

function revisionIn(event: MessageEvent<string>): number {
  const { revision }: { readonly revision: number } = JSON.parse(event.data);
  return revision;
}

/** Asks for a new page: one fetch for all news that come close together, and never more than one under way. */
function want(state: State): void {
  if (state.wanted) return;
  state.wanted = true;
  if (!state.fetching) soon(state);
}

/** Fetches in a moment, at most once a second, and not while nobody looks. */
function soon(state: State): void {
  const waitMs = Math.max(gatherMs, state.fetchedAtMs + betweenMs - performance.now());
  setTimeout(() => {
    if (document.visibilityState === 'hidden') state.waiting = [];
    else if (state.wanted && !state.fetching) void refresh(state);
  }, waitMs);
}

async function refresh(state: State): Promise<void> {
  state.wanted = false;
  state.fetching = true;
  state.fetchedAtMs = performance.now();
  const shown = state.waiting;
  state.waiting = [];
  try {
    await fetchAndShow(state);
    await painted();
    sayLag(shown);
  } catch {
    state.waiting = [...shown, ...state.waiting];
    say('lost', `update failed, last update ${writeClock(state.clock.nowMs)}, retrying`);
    setTimeout(() => want(state), retryMs);
  }
  state.fetching = false;
  if (state.wanted) soon(state);
}

async function fetchAndShow(state: State): Promise<void> {
  const response = await fetch(location.pathname + location.search, { cache: 'no-cache' });
  if (!response.ok) throw new Error(String(response.status));
  const receivedAtMs = performance.now();
  const next = new DOMParser().parseFromString(await response.text(), 'text/html');
  if (next.body.dataset['now'] === undefined) throw new Error('this is not the page');
  const before = timeOf(state.clock, receivedAtMs);
  tick(next, before);
  for (const part of document.querySelectorAll('[data-live]')) {
    if (part.parentElement?.closest('[data-live]') !== null) continue;
    const twin = next.querySelector(`[data-live="${part.getAttribute('data-live')}"]`);
    if (twin !== null) mark(morph(part, twin));
  }
  for (const name of ['data-now', 'data-revision', 'data-speed']) {
    document.body.setAttribute(name, next.body.getAttribute(name) ?? '');
  }
  readCharts(document);
  document.title = next.title;
  state.clock = readClock(document.body, receivedAtMs);
  state.revision = Number(document.body.dataset['revision']);
  tick(document, timeOf(state.clock, performance.now()));
  say('live', 'live');
}

/** Marks what changed for a moment. */
function mark(elements: ReadonlySet<Element>): void {
  for (const element of elements) {
    element.setAttribute('data-changed', '');
    setTimeout(() => element.removeAttribute('data-changed'), markedMs);
  }
}

/** The moment after the browser has drawn, or at once when it draws nothing because nobody looks. */
function painted(): Promise<void> {
  if (document.visibilityState === 'hidden') return Promise.resolve();
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve, 0));
  });
}

function sayLag(shown: readonly News[]): void {
  if (shown.length === 0) return;
  const shownAtMs = performance.now();
  const lagMs = Math.round(
    Math.max(...shown.map((news) => news.learnedToSentMs + shownAtMs - news.heardAtMs)),
  );
  const place = document.getElementById('lag');
  if (place === null) return;
  place.hidden = false;
  place.dataset['lagMs'] = String(lagMs);
  place.textContent = `shown ${lagMs.toLocaleString('en')}\u00a0ms after it was learned`;
}

function say(kind: 'live' | 'lost', text: string): void {
  const place = document.getElementById('live');
  if (place === null) return;
  place.hidden = false;
  place.className = `live ${kind}`;
  if (place.textContent !== text) place.textContent = text;
}

start();
