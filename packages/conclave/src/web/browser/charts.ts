/**
 * Reads values off a chart: where the pointer or the arrow keys are, a line shows the step and the caption says its values.
 * They are taken from the table behind the chart, so that both always say the same.
 */

interface Reading {
  readonly figure: HTMLElement;
  /** Lies over the picture: has the focus, and a value for those who listen. */
  readonly probe: HTMLElement;
  readonly cross: HTMLElement;
  readonly output: HTMLOutputElement;
  /** Oldest first, as the chart is drawn. */
  readonly rows: readonly HTMLTableRowElement[];
  /** What the caption says when nothing is pointed at. */
  readonly resting: string;
  at: number;
}

const readings = new WeakMap<HTMLElement, Reading>();

/** Makes every chart readable; of those that are readable already, what is pointed at is said anew. */
export function readCharts(root: ParentNode): void {
  for (const figure of root.querySelectorAll<HTMLElement>('figure[data-chart]')) {
    const area = figure.querySelector<HTMLElement>('.area');
    const output = figure.querySelector('output');
    const rows = [...figure.querySelectorAll<HTMLTableRowElement>('tbody tr')].reverse();
    if (area === null || output === null || rows.length === 0) continue;
    const known = area.querySelector<HTMLElement>('.probe');
    const probe = known ?? makeProbe(figure, area);
    const at = readings.get(probe)?.at ?? -1;
    const cross = probe.querySelector<HTMLElement>('.cross') ?? probe;
    const reading = { figure, probe, cross, output, rows, resting: output.innerHTML, at };
    readings.set(probe, reading);
    probe.setAttribute('aria-valuemax', String(rows.length - 1));
    if (at >= 0) point(reading, Math.min(at, rows.length - 1));
    else describe(probe, rows.length - 1, wordsOf(figure, rows.at(-1)));
  }
}

function makeProbe(figure: HTMLElement, area: HTMLElement): HTMLElement {
  const probe = document.createElement('div');
  probe.className = 'probe';
  probe.dataset['ours'] = '';
  probe.tabIndex = 0;
  probe.setAttribute('role', 'slider');
  probe.setAttribute(
    'aria-label',
    `${figure.querySelector('h3')?.textContent ?? ''}: values, by the arrow keys`,
  );
  probe.setAttribute('aria-valuemin', '0');
  const cross = document.createElement('i');
  cross.className = 'cross';
  cross.hidden = true;
  probe.append(cross);
  area.append(probe);
  listen(probe);
  return probe;
}

function listen(probe: HTMLElement): void {
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    what: (reading: Reading, event: HTMLElementEventMap[K]) => void,
  ): void =>
    probe.addEventListener(type, (event) => {
      const reading = readings.get(probe);
      if (reading !== undefined) what(reading, event);
    });
  on('pointermove', (reading, event) => {
    const box = probe.getBoundingClientRect();
    point(reading, stepAt(reading, (event.clientX - box.left) / box.width));
  });
  on('pointerleave', (reading) => {
    if (!probe.matches(':focus-visible')) rest(reading);
  });
  on('blur', rest);
  on('keydown', (reading, event) => {
    if (event.key === 'Escape') rest(reading);
    const to = stepBy(event.key, reading.at, reading.rows.length - 1);
    if (to === undefined) return;
    event.preventDefault();
    point(reading, to);
  });
}

/** Where a key leads; from nowhere the first arrow leads to the newest step. */
function stepBy(key: string, at: number, last: number): number | undefined {
  const far = Math.max(1, Math.round(last / 10));
  const from = at < 0 ? last : at;
  const to = {
    ArrowLeft: at < 0 ? last : from - 1,
    ArrowDown: at < 0 ? last : from - 1,
    ArrowRight: from + 1,
    ArrowUp: from + 1,
    PageDown: from - far,
    PageUp: from + far,
    Home: 0,
    End: last,
  }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(last, to));
}

/** Lines reach from the first step to the last; bars and strips have a slot for each. */
function stepAt({ figure, rows }: Reading, share: number): number {
  const steps = rows.length;
  const step =
    figure.dataset['chart'] === 'line' ? Math.round(share * (steps - 1)) : Math.floor(share * steps);
  return Math.max(0, Math.min(steps - 1, step));
}

function point(reading: Reading, at: number): void {
  const { figure, probe, output, cross, rows } = reading;
  reading.at = at;
  const steps = rows.length;
  const line = figure.dataset['chart'] === 'line' && steps > 1;
  cross.style.left = `${(line ? at / (steps - 1) : (at + 0.5) / steps) * 100}%`;
  cross.hidden = false;
  const words = wordsOf(figure, rows[at]);
  output.textContent = words;
  describe(probe, at, words);
}

function rest(reading: Reading): void {
  if (reading.at < 0) return;
  reading.at = -1;
  reading.cross.hidden = true;
  reading.output.innerHTML = reading.resting;
}

function describe(probe: HTMLElement, at: number, words: string): void {
  probe.setAttribute('aria-valuenow', String(at));
  probe.setAttribute('aria-valuetext', words);
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
