/** Which document a journal entry names, what was asked for, and which other documents it is probably like. */
import type { JournalEntry } from './journal.ts';

/** A document that the journal names. */
export interface NamedDocument {
  readonly sha256: string;
  /** Its size in bytes, where the entry says it. */
  readonly bytes?: number;
  /** What was asked for: `vote`, `consensus` … What came may be something else. */
  readonly kind: string;
  /** Documents of one series follow upon each other: a vote upon that authority's vote before. */
  readonly series: string;
}

/** The document that an entry names, if it names one. */
export function namedBy(entry: JournalEntry): NamedDocument | undefined {
  if (entry.type === 'observation') {
    const { document, subject, authority } = entry;
    if (!document) return undefined;
    const { kind } = subject;
    const of = kind === 'consensus' ? subject.flavor : kind === 'vote' ? subject.of : authority;
    const { sha256, bytes } = document;
    return { sha256, bytes, kind, series: `${kind} ${of}` };
  }
  if (entry.type === 'feed') {
    const { sha256, bytes, feed, subject } = entry;
    if (sha256 === undefined) return undefined;
    return { sha256, kind: 'feed', series: `${feed} ${subject}`, ...(bytes === undefined ? {} : { bytes }) };
  }
  if (entry.type !== 'archived') return undefined;
  const { sha256, name, kind } = entry;
  if (kind === 'microdesc') return { sha256, kind: 'consensus', series: 'consensus microdesc' };
  if (kind === 'consensus') return { sha256, kind, series: 'consensus ns' };
  if (kind === 'bandwidth') return { sha256, kind: 'bandwidth-file', series: 'bandwidth-file' };
  // CollecTor names a vote for its time, its authority and its digest.
  const of = /-vote-([0-9A-F]{40})-/.exec(name)?.[1] ?? '';
  return { sha256, kind, series: `${kind} ${of}`.trimEnd() };
}
