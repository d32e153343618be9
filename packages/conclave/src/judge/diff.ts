/**
 * The judgement of consensus diffs and of the items of tor's diff cache: by hashes. Nobody signs a diff, and what it makes
 * of its base is not computed here, so a diff is never called genuine.
 */
import { formatTime, sha3_256, toHex } from '@conclave/netdoc';
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
  /** SHA3-256 of the signed part: how a diff names its base. */
  readonly base: string;
  /** SHA3-256 of the whole: how a diff names its target. */
  readonly target: string;
}

/** Judges a consensus diff: are the consensuses given its base and its target? */
export function judgeDiff(document: FileDocumentOf<'consensus-diff'>, { backing, ways }: Trust): Told {
  const { fromDigest, toDigest } = document.parsed.partial;
  const given = backing.consensuses.flatMap(namedOf);
  const base = given.find((one) => one.base === fromDigest);
  const target = given.find((one) => one.target === toDigest);
  const neither = given.length > 0 && !base && !target;
  const outcome: Outcome = isMalformed(document) || neither ? 'rejected' : 'undecided';
  const sentence = diffSentence(document, { base, target, neither });
  const row = (what: string, digest: string | undefined, found: Named | undefined): Cell[] => [
    what,
    (digest ?? 'unreadable').slice(0, 16),
    found
      ? ['good', found.name]
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
    basis: ['Applying diffs is not there yet: whether it makes its target of its base was not computed.'],
    json: () => [
      {
        ...jsonHead(document, outcome, sentence),
        fromDigest,
        toDigest,
        base: base?.name,
        target: target?.name,
        applied: false,
        ...jsonProblems(document),
      },
    ],
  };
}

function namedOf({ parsed }: FileDocumentOf<'consensus'>): Named[] {
  const { document } = parsed;
  if (!document?.signed) return [];
  const { bytes, signed, flavor, validAfter } = document;
  return [
    {
      name: `${flavor} consensus of ${formatTime(validAfter)}`,
      base: toHex(sha3_256(bytes.subarray(signed.start, signed.end))),
      target: toHex(sha3_256(bytes)),
    },
  ];
}

function diffSentence(
  document: FileDocumentOf<'consensus-diff'>,
  found: { readonly base: Named | undefined; readonly target: Named | undefined; readonly neither: boolean },
): string {
  if (isMalformed(document)) return `Not genuine: ${malformedText(document)}`;
  if (found.neither) return 'Not genuine: neither its base nor its target is among the consensuses given';
  const told = [
    found.base ? `its base is the ${found.base.name}` : 'its base was not given',
    found.target ? `its target is the ${found.target.name}` : 'its target was not given',
  ];
  return `Undecided: ${told.join(', ')}; what it makes of its base is not computed yet`;
}

/** Judges an item of the diff cache: is its body whole? The document in it is judged by itself. */
export function judgeCacheItem(document: FileDocumentOf<'diff-cache-item'>): Told {
  const { partial } = document.parsed;
  const { body, digest, compression } = partial;
  const is = body && toHex(sha3_256(document.bytes.subarray(body.start, body.end)));
  const same = is !== undefined && digest !== undefined && is === digest.toUpperCase();
  const closed = !isUnpackable(partial);
  const outcome = itemOutcome(document, { same, closed });
  const sentence = isMalformed(document)
    ? `Not genuine: ${malformedText(document)}`
    : digest === undefined
      ? 'Undecided: no label sha3-digest says what its body should be'
      : !same
        ? 'Not genuine: its body has not the SHA3-256 that its label names'
        : closed
          ? `Undecided: its body is whole, but ${compression ?? ''} is not unpacked here`
          : 'Whole: its body has the SHA3-256 that its label names';
  return {
    document,
    outcome,
    sentence,
    tables: [],
    basis: [`SHA3-256 of the body: ${is ?? 'none'}.`],
    json: () => [
      { ...jsonHead(document, outcome, sentence), digest: is, stated: digest, ...jsonProblems(document) },
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
