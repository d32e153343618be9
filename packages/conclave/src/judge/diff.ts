/**
 * The judgement of consensus diffs and of the items of tor's diff cache: by hashes. Nobody signs a diff, so it is never
 * called genuine: it is whole when it makes of its base what it names, and whether that is genuine its signatures tell.
 */
import { applyDiff, checkDiffCacheItem, digestAsSigned, formatTime, sha3_256, toHex } from '@conclave/netdoc';
import { isUnpackable, type FileDocumentOf } from './documents.ts';
import {
  isMalformed,
  jsonHead,
  jsonProblems,
  malformedText,
  type Cell,
  type Outcome,
  type Told,
} from './told.ts';
import type { Trust } from './judge.ts';

/** A consensus that was given, as a diff names it. */
interface Named {
  readonly name: string;
  /** Without annotations. */
  readonly bytes: Uint8Array;
  /** SHA3-256 of the signed part: how a diff names its base. */
  readonly base: string;
  /** SHA3-256 of the whole: how a diff names its target. */
  readonly target: string;
}

/** What of those given a diff names, and what became of it when it was applied: `unasked` where its base is not there. */
interface Found {
  readonly base: Named | undefined;
  readonly target: Named | undefined;
  readonly neither: boolean;
  readonly applied: 'unasked' | 'well' | { readonly because: string };
}

/** Judges a consensus diff: does it make of its base, if that was given, the consensus that it names? */
export function judgeDiff(document: FileDocumentOf<'consensus-diff'>, { backing, ways }: Trust): Told {
  const { fromDigest, toDigest } = document.parsed.partial;
  const given = backing.consensuses.flatMap(namedOf);
  const base = given.find((one) => one.base === fromDigest);
  const target = given.find((one) => one.target === toDigest);
  const found: Found = {
    base,
    target,
    neither: given.length > 0 && !base && !target,
    applied: base && !isMalformed(document) ? applied(base, document) : 'unasked',
  };
  const outcome = diffOutcome(document, found);
  const sentence = diffSentence(document, found);
  const row = (what: string, digest: string | undefined, one: Named | undefined): Cell[] => [
    what,
    (digest ?? 'unreadable').slice(0, 16),
    one
      ? ['good', one.name]
      : ['open', given.length > 0 ? 'none of those given' : `not given (${ways.backing})`],
  ];
  return {
    document,
    outcome,
    sentence,
    tables: [
      {
        head: ['', 'SHA3-256', 'consensus'],
        rows: [row('base', fromDigest, base), row('target', toDigest, target)],
      },
    ],
    basis: ['Nobody signs a diff: whether what it makes is genuine, the signatures in that tell.'],
    json: () => [
      {
        ...jsonHead(document, outcome, sentence),
        fromDigest,
        toDigest,
        base: base?.name,
        target: target?.name,
        applied: found.applied === 'well',
        ...jsonProblems(document),
      },
    ],
  };
}

function namedOf({ parsed }: FileDocumentOf<'consensus'>): Named[] {
  const { document } = parsed;
  if (!document?.signed) return [];
  const { signed, flavor, validAfter } = document;
  const bytes = document.bytes.subarray(signed.start);
  return [
    {
      name: `${flavor} consensus of ${formatTime(validAfter)}`,
      bytes,
      base: digestAsSigned(bytes),
      target: toHex(sha3_256(bytes)),
    },
  ];
}

function applied({ bytes }: Named, document: FileDocumentOf<'consensus-diff'>): Found['applied'] {
  const result = applyDiff(bytes, document.bytes);
  return result.ok ? 'well' : result;
}

function diffOutcome(document: FileDocumentOf<'consensus-diff'>, { neither, applied }: Found): Outcome {
  if (isMalformed(document) || neither) return 'rejected';
  if (applied === 'unasked') return 'undecided';
  return applied === 'well' ? 'accepted' : 'rejected';
}

function diffSentence(document: FileDocumentOf<'consensus-diff'>, found: Found): string {
  if (isMalformed(document)) return `Not genuine: ${malformedText(document)}`;
  if (found.neither) return 'Not genuine: neither its base nor its target is among the consensuses given';
  const { base, target, applied } = found;
  if (base && applied === 'well') {
    const made = target ? `the ${target.name}` : 'the consensus that it names, which was not given';
    return `Whole: of the ${base.name} it makes ${made}`;
  }
  if (base && applied !== 'unasked' && applied !== 'well')
    return `Not genuine: it does not apply to its base, the ${base.name} (${applied.because})`;
  return `Undecided: its base was not given, its target ${target ? `is the ${target.name}` : 'was not given'}`;
}

/** What became of a label, as a cell of the table. */
const labelCells = {
  good: ['good', 'good'],
  unchecked: ['open', 'open'],
  wrong: ['bad', 'wrong'],
} as const;

/** Judges an item of the diff cache: is its body what its labels say? The document in it is judged by itself. */
export function judgeCacheItem(document: FileDocumentOf<'diff-cache-item'>): Told {
  const { partial } = document.parsed;
  const { body, digest, compression } = partial;
  const is = body && toHex(sha3_256(document.bytes.subarray(body.start, body.end)));
  const same = is !== undefined && digest !== undefined && is === digest.toUpperCase();
  const closed = !isUnpackable(partial);
  const item = document.parsed.document;
  const labels = item ? checkDiffCacheItem(item, document.content) : [];
  const wrong = labels.filter(({ outcome }) => outcome === 'wrong');
  const outcome = itemOutcome(document, { same: same && wrong.length === 0, closed });
  const sentence = isMalformed(document)
    ? `Not genuine: ${malformedText(document)}`
    : digest === undefined
      ? 'Undecided: no label sha3-digest says what its body should be'
      : !same
        ? 'Not genuine: its body has not the SHA3-256 that its label names'
        : wrong.length > 0
          ? `Not genuine: its body is not what its labels say: ${wrong.map(({ name, detail }) => `${name} (${detail})`).join(', ')}`
          : closed
            ? `Undecided: its body is whole, but ${compression ?? ''} is not unpacked here`
            : 'Whole: its body has the SHA3-256 that its label names';
  return {
    document,
    outcome,
    sentence,
    tables:
      labels.length === 0
        ? []
        : [
            {
              head: ['label', 'verdict'],
              rows: labels.map(({ name, outcome: its, detail }): Cell[] => {
                const [tone, word] = labelCells[its as keyof typeof labelCells];
                return [name, [tone, detail === '' ? word : `${word}: ${detail}`]];
              }),
            },
          ],
    basis: [`SHA3-256 of the body: ${is ?? 'none'}.`],
    json: () => [
      {
        ...jsonHead(document, outcome, sentence),
        digest: is,
        stated: digest,
        labels,
        ...jsonProblems(document),
      },
    ],
  };
}

function itemOutcome(
  document: FileDocumentOf<'diff-cache-item'>,
  { same, closed }: { readonly same: boolean; readonly closed: boolean },
): Outcome {
  if (isMalformed(document)) return 'rejected';
  if (document.parsed.partial.digest === undefined) return 'undecided';
  if (!same) return 'rejected';
  return closed ? 'undecided' : 'accepted';
}
