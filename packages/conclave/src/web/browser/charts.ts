/**
 * Reads values off a chart: where the pointer or the arrow keys are, a line shows the step and the caption says its values.
 * They are taken from the table behind the chart, so that both always say the same.
 */

interface Reading {
  readonly figure: HTMLElement;
  readonly area: HTMLElement;
  readonly output: HTMLOutputElement;
  readonly cross: HTMLElement;
  /** Oldest first, as the chart is drawn. */
  readonly rows: readonly HTMLTableRowElement[];
  /** What the caption says when nothing is pointed at. */
  readonly resting: string;
  at: number;
}

const reading = new WeakMap<HTMLElement, Reading>();

/** Makes every chart readable; those that were replaced since the last time too. */
export function readCharts(root: ParentNode): void {
  for (const figure of root.querySelectorAll<HTMLElement>('figure[data-chart]')) {
    const area = figure.querySelector<HTMLElement>('.area');
    const output = figure.querySelector('output');
    const rows = [...figure.querySelectorAll<HTMLTableRowElement>('tbody tr')].reverse();
    if (area === null || output === null || rows.length === 0) continue;
    const known = reading.get(area);
    const cross = known?.cross ?? document.createElement('i');
    const now: Reading = { figure, area, output, cross, rows, resting: output.innerHTML, at: -1 };
    reading.set(area, now);
    dress(now);
    if (known === undefined) listen(area);
    else if (area.matches(':focus, :hover') && known.at >= 0) point(now, Math.min(known.at, rows.length - 1));
  }
}

/** The chart as something that has a value and is moved by keys; a live page takes these marks away with what it replaces. */
function dress({ figure, area, cross, rows }: Reading): void {
  cross.className = 'cross';
  cross.hidden = true;
  if (cross.parentElement !== area) area.append(cross);
  area.tabIndex = 0;
  area.setAttribute('role', 'slider');
  area.setAttribute(
    'aria-label',
    `${figure.querySelector('h3')?.textContent ?? ''}: read values with the arrow keys`,
  );
  area.setAttribute('aria-valuemin', '0');
  area.setAttribute('aria-valuemax', String(rows.length - 1));
  describe(area, rows.length - 1, wordsOf(figure, rows.at(-1)));
}

function listen(area: HTMLElement): void {
  const withReading = (what: (held: Reading) => void) => (): void => {
    const held = reading.get(area);
    if (held !== undefined) what(held);
  };
  area.addEventListener('pointermove', (event) => {
    const held = reading.get(area);
    if (held === undefined) return;
    const box = area.getBoundingClientRect();
    point(held, stepAt(held, (event.clientX - box.left) / box.width));
  });
  area.addEventListener('pointerleave', withReading(rest));
  area.addEventListener('blur', withReading(rest));
  area.addEventListener('keydown', (event) => {
    const held = reading.get(area);
    if (held === undefined) return;
    const last = held.rows.length - 1;
    const from = held.at < 0 ? last : held.at;
    const day = Math.max(1, Math.round(last / 10));
    const to = {
      ArrowLeft: held.at < 0 ? last : from - 1,
      ArrowRight: from + 1,
      PageDown: from - day,
      PageUp: from + day,
      Home: 0,
      End: last,
    }[event.key];
    if (event.key === 'Escape') rest(held);
    if (to === undefined) return;
    event.preventDefault();
    point(held, Math.max(0, Math.min(last, to)));
  });
}

/** Lines reach from the first step to the last; bars and strips have a slot for each. */
function stepAt({ figure, rows }: Reading, share: number): number {
  const steps = rows.length;
  const step =
    figure.dataset['chart'] === 'line' ? Math.round(share * (steps - 1)) : Math.floor(share * steps);
  return Math.max(0, Math.min(steps - 1, step));
}

function point(held: Reading, at: number): void {
  const { figure, area, output, cross, rows } = held;
  held.at = at;
  const steps = rows.length;
  const share =
    figure.dataset['chart'] === 'line' ? (steps === 1 ? 0.5 : at / (steps - 1)) : (at + 0.5) / steps;
  cross.style.left = `${share * 100}%`;
  cross.hidden = false;
  const words = wordsOf(figure, rows[at]);
  output.textContent = words;
  describe(area, at, words);
}

function rest(held: Reading): void {
  if (held.at < 0 || held.area.matches(':focus-visible')) return;
  held.at = -1;
  held.cross.hidden = true;
  held.output.innerHTML = held.resting;
}

function describe(area: HTMLElement, at: number, words: string): void {
  area.setAttribute('aria-valuenow', String(at));
  area.setAttribute('aria-valuetext', words);
}

/** A row in words: when, and each value with the name of its column unless there is but one. */
function wordsOf(figure: HTMLElement, row: HTMLTableRowElement | undefined): string {
  if (row === undefined) return '';
  const names = [...figure.querySelectorAll('thead th')].map((head) => head.textContent);
  const [when = '', ...values] = [...row.cells].map((cell) => cell.textContent.trim());
  const named = values.map((value, i) =>
    values.length === 1 ? value : `${names[i + 1]} ${value}`.toLowerCase(),
  );
  return `${when}: ${named.join(', ')}`;
}
