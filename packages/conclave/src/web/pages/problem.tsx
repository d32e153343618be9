/**
 * Pages for what could not be answered, in the same dress as the others.
 */
import type { FC } from 'hono/jsx';

/** What went wrong, in a sentence, and where to go from here. */
export const ProblemPage: FC<{ headline: string; detail: string; level: 'unknown' | 'bad' }> = (props) => (
  <>
    <h1 class="vh">{props.headline}</h1>
    <p class={`lede ${props.level}`}>
      <b>{props.headline}</b> {props.detail}
    </p>
    <p>
      <a href="/">Overview</a> · <a href="/authorities">Authorities</a> · <a href="/rounds">Rounds</a> ·{' '}
      <a href="/documents">Documents</a> · <a href="/api">the API</a>
    </p>
  </>
);
