/**
 * Items of tor's directory `diff-cache`: labels, a NUL byte, then a consensus or a diff, often compressed. To decompress
 * is not this library's business; the label says how it was done. tor's other caches (`cached-consensus`, `cached-certs`,
 * `cached-descriptors.new`, `cached-microdescs`) are documents one after another, which their own parsers read.
 */
import { textOf } from '../base/index.ts';
import type { Span } from '../base/index.ts';
import { ProblemList, quote } from '../metaformat/index.ts';
import type { Parsed } from '../metaformat/index.ts';

/** An item of the diff cache as its labels say. */
export interface DiffCacheItem {
  readonly kind: 'diff-cache-item';
  readonly bytes: Uint8Array;
  /** All labels: `document-type`, `consensus-flavor`, `compression`, `sha3-digest`, `consensus-valid-after` … */
  readonly labels: ReadonlyMap<string, string>;
  /** `consensus` or `consensus-diff`. */
  readonly documentType: string;
  /** `ns` or `microdesc`. */
  readonly flavor: string | undefined;
  /** `none`, `deflate`, `gzip`, `x-zstd`, `x-tor-lzma`; undefined where no label says. */
  readonly compression: string | undefined;
  /** SHA3-256 of the body as it is, upper-case hex. */
  readonly digest: string | undefined;
  /** What stands behind the labels. */
  readonly body: Span;
}

/** Labels before something, where it begins, and how many lines they took. */
export interface Labels {
  readonly labels: ReadonlyMap<string, string>;
  readonly body: number;
  readonly lines: number;
}

const labelBytesMax = 64 * 1024;

/** Reads a block of labels up to its NUL byte; undefined where there is none. */
export function readLabels(bytes: Uint8Array): Labels | undefined {
  const end = bytes.subarray(0, labelBytesMax).indexOf(0);
  if (end <= 0 || bytes[end - 1] !== 10) return undefined;
  const lines = textOf(bytes, 0, end - 1).split('\n');
  const labels = new Map<string, string>();
  for (const line of lines) {
    const [, key, value] = /^([a-z0-9-]{1,64}) (.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) return undefined;
    labels.set(key, value);
  }
  return { labels, body: end + 1, lines: lines.length };
}

/** Parses an item of the diff cache. */
export function parseDiffCacheItem(bytes: Uint8Array): Parsed<DiffCacheItem> {
  const problems = new ProblemList();
  const read = readLabels(bytes);
  const place = { severity: 'error', line: 1, offset: 0 } as const;
  if (!read) {
    const expected = 'lines KEY VALUE, then a NUL byte';
    problems.add({ ...place, code: 'not-this-document', expected, found: quote(bytes, 0, bytes.length) });
  }
  const labels = read?.labels ?? new Map<string, string>();
  const documentType = labels.get('document-type');
  if (read && documentType === undefined) {
    const expected = 'a label document-type';
    problems.add({ ...place, code: 'missing-item', keyword: 'document-type', expected, found: 'none' });
  }
  const partial = {
    kind: 'diff-cache-item' as const,
    bytes,
    labels,
    ...(documentType === undefined ? {} : { documentType }),
    flavor: labels.get('consensus-flavor'),
    compression: labels.get('compression'),
    digest: labels.get('sha3-digest'),
    body: { start: read?.body ?? 0, end: bytes.length },
  };
  return {
    document: problems.errors === 0 ? (partial as DiffCacheItem) : undefined,
    partial,
    problems: problems.inOrder(),
    errors: problems.errors,
    unrecognized: [],
  };
}
