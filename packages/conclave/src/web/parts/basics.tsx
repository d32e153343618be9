/**
 * The small parts that every page is made of: times and ages, state pills, marks, values that may be missing. Each one
 * says in words what it says in colour.
 */
import type { Child, FC } from 'hono/jsx';
import type { Beat, Level, Severity } from '../../api/index.ts';
import { formatAge, formatFullTime, formatMinute, formatTime } from '../format.ts';

/** Text for those who listen to a page, and for those who see no colours. */
export const Hidden: FC<{ children: Child }> = ({ children }) => <span class="vh">{children}</span>;

/** A point in time; in full on demand. `exact` for one that was measured: its seconds are always shown. */
export const Time: FC<{ at: string; now: string; exact?: boolean }> = ({ at, now, exact = false }) => (
  <time datetime={at} title={formatFullTime(at)}>
    {formatTime(at, now, exact)}
  </time>
);

/** How old something is that was seen; the script keeps it ticking. What is newer than the page's own time is 0 s old. */
export const Age: FC<{ since: string; now: string }> = ({ since, now }) => (
  <time datetime={since} title={formatFullTime(since)} data-since={since}>
    {formatAge(since < now ? since : now, now)}
  </time>
);

/** How long ago something was due, or in how long it will be; the script keeps it ticking. */
export const When: FC<{ at: string; now: string }> = ({ at, now }) => (
  <time datetime={at} title={formatFullTime(at)} data-when={at}>
    {formatAge(at, now)}
  </time>
);

const timesInText = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)/;

/** A sentence of an answer; the times in it are written as they are elsewhere on a page. */
export const Words: FC<{ text: string }> = ({ text }) => (
  <>
    {text
      .split(timesInText)
      .map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          <time datetime={part}>{part.endsWith(':00Z') ? formatMinute(part) : formatFullTime(part)}</time>
        ),
      )}
  </>
);

/** A value that we do not have, and why. */
export const Missing: FC<{ reason?: string | undefined }> = ({ reason }) =>
  reason === undefined || reason === '' ? (
    <span class="na">n/a</span>
  ) : (
    <abbr class="na" title={reason}>
      n/a<Hidden>: {reason}</Hidden>
    </abbr>
  );

/** A value that we do not have, with the reason in plain sight. */
export const MissingBecause: FC<{ reason?: string | undefined }> = ({ reason }) => (
  <span class="na">n/a{reason === undefined ? '' : `: ${reason}`}</span>
);

const levelWords: Record<Level, string> = {
  ok: 'fine',
  warn: 'worth a look',
  bad: 'somebody should act',
  unknown: 'not known',
};

/** The word for a level. */
export function levelWord(level: Level): string {
  return levelWords[level];
}

/** A word in the colour of its level. */
export const Pill: FC<{ level: Level; children: Child }> = ({ level, children }) => (
  <span class={`s ${level}`}>{children}</span>
);

/** A sentence in the colour of its level, smaller than that of the page. */
export const Finding: FC<{ level: Level; text: string }> = ({ level, text }) => (
  <p class={`finding ${level}`}>
    <Words text={text} />
  </p>
);

const severityLevels: Record<Severity, Level> = {
  info: 'unknown',
  warning: 'warn',
  high: 'bad',
  critical: 'bad',
};

/** The level that a severity is shown in. */
export function levelOfSeverity(severity: Severity): Level {
  return severityLevels[severity];
}

/** Yes, no, or cannot tell: by shape and by word. */
export const Mark: FC<{ value: boolean | null; label: string; text?: string | undefined }> = ({
  value,
  label,
  text,
}) => {
  const [shape, word, tone] =
    value === null ? ['?', 'not known', 'u'] : value ? ['✓', 'yes', 'y'] : ['✗', 'no', 'n'];
  return (
    <span class={`m ${tone}`} title={text === undefined ? `${label}: ${word}` : `${label}: ${text}`}>
      <span aria-hidden="true">{shape}</span>
      <Hidden>
        {label}: {word}.{' '}
      </Hidden>
    </span>
  );
};

const beatClasses: Record<Beat['mark'], string> = { good: 'o', late: 'w', missing: 'b', unobserved: 'u' };

/** One small bar; its height says the same as its colour. */
export const Bar: FC<{ mark: Beat['mark']; title?: string }> = ({ mark, title }) => (
  <i class={beatClasses[mark]} {...(title === undefined ? {} : { title })} aria-hidden="true"></i>
);

/** The last rounds as bars, oldest first, and in words. */
export const Beats: FC<{ beats: readonly Beat[]; now: string }> = ({ beats, now }) => {
  if (beats.length === 0) return <span class="na">none seen</span>;
  return (
    <>
      {beats.map((beat) => (
        <Bar mark={beat.mark} title={`${formatTime(beat.validAfter, now)}: ${beat.text}`} />
      ))}
      <Hidden>{describeBeats(beats)}</Hidden>
    </>
  );
};

/** `23 of 24 good, 1 late`. */
export function describeBeats(beats: readonly Beat[]): string {
  const count = (mark: Beat['mark']): number => beats.filter((beat) => beat.mark === mark).length;
  const rest = [
    [count('late'), 'late'],
    [count('missing'), 'without a vote or a signature'],
    [count('unobserved'), 'not looked at'],
  ] as const;
  const words = rest.filter(([n]) => n > 0).map(([n, word]) => `, ${n} ${word}`);
  return `${count('good')} of ${beats.length} good${words.join('')}`;
}

/** A table that may be wider than the page: it scrolls by itself, also by keyboard. */
export const Scroll: FC<{ label: string; children: Child; live?: string }> = ({ label, children, live }) => (
  <div
    class="scroll"
    role="region"
    aria-label={label}
    tabindex={0}
    {...(live === undefined ? {} : { 'data-live': live })}
  >
    {children}
  </div>
);

/** A link to the evidence, when it is one of our own addresses. */
export const Evidence: FC<{ link: string | null; children: Child }> = ({ link, children }) =>
  isOwnAddress(link) ? <a href={link}>{children}</a> : <>{children}</>;

function isOwnAddress(link: string | null): link is string {
  return link !== null && /^\/(?![/\\])/.test(link);
}

/** Authorities in the order in which they stand everywhere; who is not in it comes last. */
export function inOrder<T>(
  items: readonly T[],
  order: readonly string[],
  nameOf: (item: T) => string,
): readonly T[] {
  const at = (item: T): number => {
    const place = order.indexOf(nameOf(item));
    return place < 0 ? order.length : place;
  };
  return items.toSorted((a, b) => at(a) - at(b));
}

/** The address of an authority's page. */
export function authorityPath(nickname: string): string {
  return `/authorities/${encodeURIComponent(nickname)}`;
}

/** The address of a relay's history. */
export function relayPath(fingerprint: string): string {
  return `/relay/${fingerprint}`;
}

/** The permalink of a round. */
export function roundPath(validAfter: string): string {
  return `/rounds/${validAfter}`;
}

/** The address of the health of a round. */
export function healthPath(validAfter: string): string {
  return `/health?at=${validAfter}`;
}

/** The address of what is different between two rounds. */
export function diffPath(from: string, to: string): string {
  return `/diff/${from}/${to}`;
}

/** The permalink of a document. */
export function documentPath(sha256: string): string {
  return `/documents/${sha256}`;
}

/** An authority, linked to its page. */
export const AuthorityLink: FC<{ nickname: string }> = ({ nickname }) => (
  <a href={authorityPath(nickname)}>{nickname}</a>
);

/** A document by the beginning of its digest, linked to its page. */
export const DocumentLink: FC<{ sha256: string }> = ({ sha256 }) => (
  <a class="hex" href={documentPath(sha256)} title={`SHA-256 ${sha256}`}>
    {sha256.slice(0, 12)}…
  </a>
);

/** A round, linked to its page. */
export const RoundLink: FC<{ validAfter: string; now: string }> = ({ validAfter, now }) => (
  <a href={roundPath(validAfter)}>
    <Time at={validAfter} now={now} />
  </a>
);
