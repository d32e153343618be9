/** Detached signatures: what authorities exchange between computing a consensus and publishing it (dir-spec 3.10). */
import { parseFingerprint } from '../base/index.ts';
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import {
  argument,
  argumentsOf,
  complain,
  exactlyOnce,
  lexer,
  lexItems,
  ProblemList,
  quoteText,
  readTable,
  readTime,
  refuseObject,
} from '../metaformat/index.ts';
import type { Item, Parsed, UnrecognizedLine } from '../metaformat/index.ts';
import { skipAnnotations } from './annotations.ts';
import { readSignature } from './signature.ts';
import type { DirectorySignature } from './signature.ts';

/** A signature on one flavour of the coming consensus. */
export interface DetachedSignature extends DirectorySignature {
  /** `ns`, or the flavour that the line names. */
  readonly flavor: string;
}

/** The digests that an authority computed, and the signatures on them that it holds. */
export interface DetachedSignatures {
  readonly kind: 'detached-signatures';
  /** SHA-1 of the signed part of the ns consensus. */
  readonly consensusDigest: Fingerprint;
  readonly validAfter: UnixSeconds;
  readonly freshUntil: UnixSeconds;
  readonly validUntil: UnixSeconds;
  /** Digests of the further flavours: by `FLAVOR ALGORITHM`, upper-case hex. */
  readonly additionalDigests: ReadonlyMap<string, string>;
  readonly signatures: readonly DetachedSignature[];
}

const table = {
  consensusDigest: exactlyOnce('consensus-digest', argument('40 hexadecimal digits', parseFingerprint)),
  validAfter: exactlyOnce('valid-after', readTime),
  freshUntil: exactlyOnce('fresh-until', readTime),
  validUntil: exactlyOnce('valid-until', readTime),
};

const own: ReadonlySet<string> = new Set([
  'additional-digest',
  'additional-signature',
  'directory-signature',
]);

/** Parses the answer of `/tor/status-vote/next/consensus-signatures`. */
export function parseDetachedSignatures(bytes: Uint8Array): Parsed<DetachedSignatures> {
  const problems = new ProblemList();
  const begin = skipAnnotations(bytes);
  const items = lexItems(lexer(bytes, problems, begin.at, bytes.length, begin.line));
  const header = readTable(
    table,
    items.filter(({ keyword }) => !own.has(keyword)),
    problems,
  );
  checkItems(items, problems);
  const additionalDigests = new Map<string, string>();
  const signatures: DetachedSignature[] = [];
  for (const item of items) {
    if (item.keyword === 'additional-digest') readDigest(item, additionalDigests, problems);
    else if (own.has(item.keyword)) {
      const signature = readDetached(item, problems);
      if (signature) signatures.push(signature);
    }
  }
  const partial = { kind: 'detached-signatures' as const, ...header.values, additionalDigests, signatures };
  const unrecognized: readonly UnrecognizedLine[] = header.unrecognized;
  return {
    document: header.complete ? (partial as DetachedSignatures) : undefined,
    partial: partial,
    problems: problems.inOrder(),
    errors: problems.errors,
    unrecognized,
  };
}

/** tor wants `consensus-digest` first, and a signature on the ns flavour at least. */
function checkItems(items: readonly Item[], problems: ProblemList): void {
  const first = items[0];
  const place = { line: first?.line ?? 1, offset: first?.start ?? 0 };
  if (first && first.keyword !== 'consensus-digest') {
    const expected = 'consensus-digest as the first item';
    const found = quoteText(first.keyword);
    problems.add({ severity: 'error', code: 'not-this-document', ...place, expected, found });
  }
  const keyword = 'directory-signature';
  if (items.some((item) => item.keyword === keyword)) return;
  const expected = `at least one ${keyword}`;
  problems.add({ severity: 'error', code: 'missing-item', ...place, keyword, expected, found: 'none' });
}

function readDigest(item: Item, digests: Map<string, string>, problems: ProblemList): void {
  refuseObject(item, problems);
  const [flavor, algorithm, digest] = argumentsOf(item);
  if (
    flavor === undefined ||
    algorithm === undefined ||
    !/^(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$/.test(digest ?? '')
  ) {
    complain(
      problems,
      item,
      'bad-argument',
      'FLAVOR ALGORITHM DIGEST',
      JSON.stringify(item.rest.slice(0, 80)),
    );
  } else digests.set(`${flavor} ${algorithm}`, (digest ?? '').toUpperCase());
}

/** `additional-signature FLAVOR …` is a `directory-signature …` of that flavour. */
function readDetached(item: Item, problems: ProblemList): DetachedSignature | undefined {
  if (item.keyword === 'directory-signature') {
    const signature = readSignature(item, problems);
    return signature && { ...signature, flavor: 'ns' };
  }
  const [flavor = '', ...rest] = argumentsOf(item);
  const signature = readSignature({ ...item, rest: rest.join(' ') }, problems);
  return signature && { ...signature, flavor };
}
