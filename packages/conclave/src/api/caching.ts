/**
 * How long answers may be kept by whoever asked. Nothing that changes is used without asking us again; the tag of an
 * answer says which revision it shows, and the minute it was made in, because ages grow although nothing was learned.
 */
import type { Context } from 'hono';
import type { Stamped } from './routes.ts';

/** The weak entity tag of an answer. `edition` tells apart what different versions of the program make of it. */
export function entityTag(stamp: Stamped, edition = ''): string {
  const minute = Math.floor(Date.parse(stamp.now) / 60_000);
  return `W/"r${stamp.revision}-${minute}${edition === '' ? '' : `-${edition}`}"`;
}

/** Whether the one who asks already has what this tag names. */
export function isFresh(c: Context, tag: string): boolean {
  const held = c.req.header('if-none-match');
  if (held === undefined) return false;
  return held.trim() === '*' || held.split(',').some((candidate) => bare(candidate) === bare(tag));
}

/** Answers with the body, or with 304 and nothing when that is already held. */
export function respond(c: Context, tag: string, type: string, body: () => string): Response {
  c.header('ETag', tag);
  c.header('Cache-Control', 'no-cache');
  if (isFresh(c, tag)) return c.body(null, 304);
  c.header('Content-Type', type);
  return c.body(body());
}

/** The tag without the mark of weakness: what we serve is compared weakly. */
function bare(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
