/**
 * A chart on a page: the picture, its labels as text, the data behind it as a table, and the same for programs. Script adds
 * that values are read where the pointer or the arrow keys are; it reads them from the table.
 */
import { createHash } from 'node:crypto';
import type { Child, FC } from 'hono/jsx';
import type { Chart, Size, Theme } from '../charts/index.ts';
import { formatCount } from '../format.ts';

/** The sizes that pictures are made in, two pixels to one of the page. */
export const sizes = {
  small: { width: 840, height: 260 },
  wide: { width: 1680, height: 340 },
  narrow: { width: 720, height: 300 },
} as const;

/** The name of a size. */
export type SizeName = keyof typeof sizes;

const rowHeight = 44;

/** The size of a picture: that of strips follows from how many there are. */
export function sizeOf(chart: Chart, name: SizeName): Size {
  const { width, height } = sizes[name];
  return { width, height: chart.kind === 'strips' ? Math.max(1, chart.rows.length) * rowHeight : height };
}

/** The beginning of the digest of what a chart shows: its picture changes when this does, and not before. */
export function digestOf(chart: Chart): string {
  return createHash('sha256').update(JSON.stringify(chart)).digest('hex').slice(0, 16);
}

/** What a chart needs besides its values. */
export interface ChartProps {
  readonly id: string;
  readonly title: Child;
  /** The newest value, in words; with script, the one that is pointed at. */
  readonly reading: Child;
  readonly note?: Child;
  readonly chart: Chart;
  /** Where the picture is: path and query. */
  readonly address: string;
  readonly alt: string;
  readonly size: 'small' | 'wide';
  /** From top to bottom. */
  readonly labels: readonly Child[];
  /** From left to right. */
  readonly moments: readonly string[];
  /** The data, one row a step, newest first. */
  readonly table: Child;
  readonly json: string;
  readonly csv: string;
}

/** The chart and everything around it. */
export const ChartFigure: FC<ChartProps> = (props) => (
  <figure
    class={`chart ${props.chart.kind}`}
    id={props.id}
    data-live={props.id}
    data-chart={props.chart.kind}
  >
    <figcaption>
      <h3>{props.title}</h3> <output>{props.reading}</output>
    </figcaption>
    <div class="plot">
      <div class="y" aria-hidden="true">
        {props.labels.map((label) => (
          <span>{label}</span>
        ))}
      </div>
      <div class="area">
        <Picture {...props} />
      </div>
      <div class="x" aria-hidden="true">
        {props.moments.map((moment) => (
          <span>{moment}</span>
        ))}
      </div>
    </div>
    {props.note === undefined ? null : <p class="note">{props.note}</p>}
    <div class="behind">
      <details>
        <summary>
          As a table <small>of {formatCount(props.chart.held.length, 'step')}</small>
        </summary>
        {props.table}
      </details>
      <p class="note">
        <a href={props.json}>JSON</a> · <a href={props.csv}>CSV</a>
      </p>
    </div>
  </figure>
);

const Picture: FC<ChartProps> = ({ chart, address, alt, size }) => {
  const version = digestOf(chart);
  const source = (name: SizeName, theme: Theme): string =>
    `${address}${address.includes('?') ? '&' : '?'}size=${name}&theme=${theme}&v=${version}`;
  const { width, height } = sizeOf(chart, size);
  const narrow = sizeOf(chart, 'narrow');
  const dark = '(prefers-color-scheme: dark)';
  const slim = '(max-width: 46rem)';
  return (
    <picture>
      {size === 'wide' ? (
        <>
          <source
            media={`${slim} and ${dark}`}
            srcset={source('narrow', 'dark')}
            width={narrow.width}
            height={narrow.height}
          />
          <source
            media={slim}
            srcset={source('narrow', 'light')}
            width={narrow.width}
            height={narrow.height}
          />
        </>
      ) : null}
      <source media={dark} srcset={source(size, 'dark')} />
      <img src={source(size, 'light')} alt={alt} width={width} height={height} decoding="async" />
    </picture>
  );
};
