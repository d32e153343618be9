/** From documents to what is said of them: each kind by the word that counts for it. */
import { toldOf } from './answer.ts';
import { judgeDetached } from './detached.ts';
import { judgeCacheItem, judgeDiff } from './diff.ts';
import type { FileDocument, FileDocumentOf } from './documents.ts';
import { judge, type Trust } from './judge.ts';
import { judgeBandwidthFile, judgeMicrodescriptors } from './named.ts';
import { judgeRelayDocuments, type RelayDocument } from './relays.ts';
import type { Told } from './told.ts';

/** Judges documents of one kind that follow each other in a file: by whose word depends on the kind. */
export function judgeGroup(group: readonly FileDocument[], trust: Trust): Told[] {
  const relays: RelayDocument[] = [];
  const microdescriptors: FileDocumentOf<'microdescriptor'>[] = [];
  const told: Told[] = [];
  for (const document of group) {
    switch (document.kind) {
      case 'consensus':
      case 'vote':
      case 'key-certificate':
        told.push(toldOf(judge(document, trust), trust));
        break;
      case 'detached-signatures':
        told.push(judgeDetached(document, trust));
        break;
      case 'server-descriptor':
      case 'extra-info':
        relays.push(document);
        break;
      case 'microdescriptor':
        microdescriptors.push(document);
        break;
      case 'bandwidth-file':
        told.push(judgeBandwidthFile(document, trust));
        break;
      case 'consensus-diff':
        told.push(judgeDiff(document, trust));
        break;
      case 'diff-cache-item':
        told.push(judgeCacheItem(document));
        break;
    }
  }
  if (relays.length > 0) told.push(judgeRelayDocuments(relays, trust));
  if (microdescriptors.length > 0) told.push(judgeMicrodescriptors(microdescriptors, trust));
  return told;
}
