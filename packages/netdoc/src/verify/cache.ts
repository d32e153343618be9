/** Is an item of tor's diff cache what its labels say? (tor's consdiffmgr: what it writes beside each body) */
import { formatTime, toHex } from '../base/index.ts';
import { sha3_256 } from '../crypto/index.ts';
import { parseConsensus, parseConsensusDiff } from '../documents/index.ts';
import type { DiffCacheItem } from '../documents/index.ts';
import { CheckList } from './checks.ts';
import type { DocumentCheck } from './checks.ts';

/** A label and what the content says instead; undefined where the content cannot be read. */
type Stated = readonly [label: string, is: string | undefined];

/**
 * Compares every label that is about the content with it: digests, flavour, times, signers; named by the label. tor states
 * no sizes. `content` is the body unpacked, where that is not the body itself; what needs it is `unchecked` without.
 */
export function checkDiffCacheItem(item: DiffCacheItem, content?: Uint8Array): readonly DocumentCheck[] {
  const list = new CheckList();
  const body = item.bytes.subarray(item.body.start, item.body.end);
  const packed = item.compression !== undefined && item.compression !== 'none';
  compare(list, item, ['sha3-digest', hexDigest(body)]);
  const unpacked = content ?? (packed ? undefined : body);
  if (unpacked) {
    for (const stated of contentOf(item.documentType, unpacked)) compare(list, item, stated);
  } else {
    for (const label of contentLabels.filter((one) => item.labels.has(one)))
      list.add(label, 'unchecked', `the body is packed by ${item.compression ?? ''}`);
  }
  return list.checks;
}

/** The labels that only the unpacked body can be compared with. */
const contentLabels: readonly string[] = [
  'sha3-digest-uncompressed',
  'sha3-digest-as-signed',
  'consensus-flavor',
  'consensus-valid-after',
  'consensus-fresh-until',
  'consensus-valid-until',
  'consensus-signatories',
  'from-sha3-digest',
  'target-sha3-digest',
];

function compare(list: CheckList, { labels }: DiffCacheItem, [label, is]: Stated): void {
  const stated = labels.get(label);
  if (stated === undefined) return;
  list.holds(label, is !== undefined && normal(stated) === is, `the body's is ${is ?? 'none'}`);
}

/** Digests in either case; signers in any order. */
function normal(stated: string): string {
  return /^[0-9A-Fa-f,]+$/.test(stated) ? inOrder(stated.toUpperCase().split(',')) : stated;
}

function inOrder(names: readonly string[]): string {
  return [...new Set(names)].toSorted().join(',');
}

function hexDigest(bytes: Uint8Array | undefined): string | undefined {
  return bytes && toHex(sha3_256(bytes));
}

/** What the unpacked body says itself of all that labels say of it. */
function contentOf(documentType: string, content: Uint8Array): Stated[] {
  const whole: Stated = ['sha3-digest-uncompressed', hexDigest(content)];
  if (documentType === 'consensus-diff') {
    const { fromDigest, toDigest } = parseConsensusDiff(content).partial;
    return [whole, ['from-sha3-digest', fromDigest], ['target-sha3-digest', toDigest]];
  }
  if (documentType !== 'consensus') return [whole];
  const { document } = parseConsensus(content);
  const time = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : formatTime(at as Parameters<typeof formatTime>[0]).replace(' ', 'T');
  const signed = document?.signed && content.subarray(document.signed.start, document.signed.end);
  return [
    whole,
    ['sha3-digest-as-signed', hexDigest(signed)],
    ['consensus-flavor', document?.flavor],
    ['consensus-valid-after', time(document?.validAfter)],
    ['consensus-fresh-until', time(document?.freshUntil)],
    ['consensus-valid-until', time(document?.validUntil)],
    ['consensus-signatories', document && inOrder(document.signatures.map(({ identity }) => identity))],
  ];
}
