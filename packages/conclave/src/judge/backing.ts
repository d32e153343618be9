/** What vouches for documents that carry no signature, or is compared with those that do. */
import type { Fingerprint, ServerDescriptor } from '@conclave/netdoc';
import type { FileDocument, FileDocumentOf } from './documents.ts';
import { isMalformed } from './told.ts';

/** What was given. */
export interface Backing {
  readonly consensuses: readonly FileDocumentOf<'consensus'>[];
  readonly votes: readonly FileDocumentOf<'vote'>[];
  /** By the fingerprint that they claim. */
  readonly descriptors: ReadonlyMap<Fingerprint, readonly ServerDescriptor[]>;
}

/** What of these documents vouches for others; a consensus or vote that is not whole vouches for nothing. */
export function backingOf(documents: readonly FileDocument[]): Backing {
  const consensuses: FileDocumentOf<'consensus'>[] = [];
  const votes: FileDocumentOf<'vote'>[] = [];
  const descriptors = new Map<Fingerprint, ServerDescriptor[]>();
  for (const document of documents) {
    if (document.kind === 'consensus' && !isMalformed(document)) consensuses.push(document);
    if (document.kind === 'vote' && !isMalformed(document)) votes.push(document);
    // A cache may hold a broken one among thousands.
    if (document.kind === 'server-descriptor' && document.parsed.document)
      keep(descriptors, document.parsed.document);
  }
  return { consensuses, votes, descriptors };
}

function keep(descriptors: Map<Fingerprint, ServerDescriptor[]>, descriptor: ServerDescriptor): void {
  const { fingerprint } = descriptor;
  if (fingerprint === undefined) return;
  const list = descriptors.get(fingerprint);
  if (list) list.push(descriptor);
  else descriptors.set(fingerprint, [descriptor]);
}
