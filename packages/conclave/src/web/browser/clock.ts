/**
 * Ages and countdowns on an open page. The time of the page is the server's, carried on by the browser's steady clock:
 * the two wall clocks need not agree, and a recording may pass faster than life or stand still.
 */

/** The time of the page at a moment of the steady clock. */
export interface PageClock {
  readonly nowMs: number;
  readonly steadyMs: number;
  readonly speed: number;
}

/** The clock that a page carries, received at this moment of the steady clock. */
export function readClock(page: HTMLElement, steadyMs: number): PageClock {
  return {
    nowMs: Date.parse(page.dataset['now'] ?? ''),
    steadyMs,
    speed: Number(page.dataset['speed'] ?? '1'),
  };
}

/** The time of the page now, in milliseconds. */
export function timeOf(clock: PageClock, steadyMs: number): number {
  return clock.nowMs + (steadyMs - clock.steadyMs) * clock.speed;
}

/** A length of time in its largest fitting unit, as the server writes it. */
export function writeDuration(seconds: number): string {
  const s = Math.abs(seconds);
  if (s < 100) return `${Math.floor(s)}\u00a0s`;
  if (s < 100 * 60) return `${Math.floor(s / 60)}\u00a0min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)}\u00a0h`;
  return `${Math.floor(s / 86_400).toLocaleString('en')}\u00a0d`;
}

/** How long ago, or in how long, as the server writes it. */
export function writeAge(sinceMs: number, nowMs: number): string {
  const seconds = (nowMs - sinceMs) / 1000;
  return seconds < 0 ? `in ${writeDuration(seconds)}` : `${writeDuration(seconds)} ago`;
}

/** `14:32:10`, UTC. */
export function writeClock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

/** Brings every age, countdown and clock of the page to this time. */
export function tick(root: ParentNode, nowMs: number): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-since]')) {
    write(element, writeAge(Math.min(nowMs, Date.parse(element.dataset['since'] ?? '')), nowMs));
  }
  for (const element of root.querySelectorAll<HTMLElement>('[data-when]')) {
    write(element, writeAge(Date.parse(element.dataset['when'] ?? ''), nowMs));
  }
  for (const element of root.querySelectorAll<HTMLElement>('[data-overdue]')) {
    const seconds = (nowMs - Date.parse(element.dataset['overdue'] ?? '')) / 1000;
    write(element, `overdue by ${writeDuration(seconds)}`);
  }
  const iso = new Date(nowMs).toISOString();
  for (const element of root.querySelectorAll<HTMLElement>('[data-clock]')) {
    const end = element.dataset['clock'] === 'second' ? 19 : 16;
    write(element, `${iso.slice(0, 10)} ${iso.slice(11, end)} UTC`);
  }
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
