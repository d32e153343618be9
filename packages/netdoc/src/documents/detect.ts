/** What kind of document some bytes are, by the keywords of their first lines. */
import { startsAt, textOf } from '../base/index.ts';
import { endOfLine, peekKeyword } from '../metaformat/index.ts';
import { skipAnnotations } from './annotations.ts';
import { readLabels } from './cache.ts';

/** The kinds that this library reads. */
export type DocumentKind =
  | 'consensus'
  | 'vote'
  | 'key-certificate'
  | 'detached-signatures'
  | 'server-descriptor'
  | 'extra-info'
  | 'microdescriptor'
  | 'bandwidth-file'
  | 'consensus-diff'
  | 'diff-cache-item';

const linesLooked = 60;

/** Keywords that only one kind has. */
const telling: ReadonlyMap<string, DocumentKind> = new Map<string, DocumentKind>([
  ['consensus-method', 'consensus'],
  ['vote-digest', 'consensus'],
  ['consensus-methods', 'vote'],
  ['flag-thresholds', 'vote'],
  ['consensus-digest', 'detached-signatures'],
  ['dir-key-certificate-version', 'key-certificate'],
  ['dir-key-published', 'key-certificate'],
  ['dir-key-certification', 'key-certificate'],
  ['network-status-diff-version', 'consensus-diff'],
  ['extra-info', 'extra-info'],
  ['router', 'server-descriptor'],
  ['master-key-ed25519', 'server-descriptor'],
  ['platform', 'server-descriptor'],
  ['bandwidth', 'server-descriptor'],
  ['signing-key', 'server-descriptor'],
  // A server descriptor has one too, but never before all of those.
  ['onion-key', 'microdescriptor'],
]);

const bandwidthLine = /^(?:\d{1,15}$|(?:node_id=|bw=)|(?:software|earliest_bandwidth|file_created)=)/;

/**
 * The kind of a document; undefined when nothing tells. A damaged first line does not hide it: the first of the early
 * lines that only one kind has decides, so that a forged or flipped document is still judged as what it pretends to be.
 */
export function detectKind(bytes: Uint8Array): DocumentKind | undefined {
  if (readLabels(bytes)?.labels.has('document-type') === true) return 'diff-cache-item';
  let { at } = skipAnnotations(bytes);
  for (let lines = 0; lines < linesLooked && at < bytes.length; lines += 1) {
    const lineEnd = endOfLine(bytes, at, bytes.length);
    if (startsAt(bytes, at, 'vote-status consensus')) return 'consensus';
    if (startsAt(bytes, at, 'vote-status vote')) return 'vote';
    const kind = telling.get(peekKeyword(bytes, at, lineEnd));
    if (kind) return kind;
    if (bandwidthLine.test(textOf(bytes, at, Math.min(lineEnd, at + 32)))) return 'bandwidth-file';
    at = lineEnd + 1;
  }
  return undefined;
}
