/** What authorities serve now and that does not verify: noted when it comes, dropped when something better takes its place. */
import type { Observation } from '../collect/index.ts';
import type { Row } from '../store/index.ts';
import type { Memory } from './memory.ts';

/** Where an answer belongs: the authority and what it was asked for; undefined where nothing is verified. */
function placeOf({ authority, subject }: Pick<Observation, 'authority' | 'subject'>): string | undefined {
  if (subject.kind === 'consensus') return `${authority} consensus ${subject.flavor}`;
  if (subject.kind === 'server-descriptor') return `${authority} server-descriptor`;
  return subject.kind === 'vote' ? `${authority} vote ${subject.of}` : undefined;
}

/** Why this document is no answer to the question; undefined when it is one. */
function faultOf({ subject }: Pick<Observation, 'subject'>, row: Row<'documents'>): string | undefined {
  if (row.kind !== subject.kind)
    return `It is no ${subject.kind}, but what was served as ${row.kind} before.`;
  if (row.outcome === 'rejected') return row.verdict ?? 'It does not verify.';
  if (subject.kind === 'consensus' && row.flavor !== subject.flavor)
    return `A consensus of flavour ${row.flavor} where ${subject.flavor} was asked for.`;
  return undefined;
}

/** Notes what an authority answered; `row` is the document that came. Says whether that document is refused. */
export function noteAnswer(memory: Memory, observation: Observation, row?: Row<'documents'>): boolean {
  const place = placeOf(observation);
  if (place === undefined) return false;
  const { authority, subject, outcome, at } = observation;
  const old = memory.refused.get(place);
  if (outcome === 'not-modified' && old) memory.refused.set(place, { ...old, at });
  if (outcome === 'absent') memory.refused.delete(place);
  if (!row) return false;
  const why = faultOf(observation, row);
  if (why === undefined) memory.refused.delete(place);
  else memory.refused.set(place, { sha256: row.sha256 ?? '', kind: subject.kind, authority, why, at });
  return why !== undefined;
}
