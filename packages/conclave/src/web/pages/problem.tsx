/**
 * Pages for what could not be answered, in the same dress as the others.
 */
import type { FC } from 'hono/jsx';
import { RelayForm } from '../parts/form.tsx';

/** What went wrong, in a sentence, and where to go from here. */
export const ProblemPage: FC<{ headline: string; detail: string; level: 'unknown' | 'bad' }> = (props) => (
  <>
    <h1 class="vh">{props.headline}</h1>
    <p class={`lede ${props.level}`}>
      <b>{props.headline}</b> {props.detail}
    </p>
    <RelayForm />
    <p>
      <a href="/">Overview</a> · <a href="/rounds">all rounds held</a> · <a href="/documents">documents</a> ·{' '}
      <a href="/how">how each figure is computed</a> · <a href="/api">the API</a>
    </p>
  </>
);
