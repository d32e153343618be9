/** From a published consensus and votes to a verdict: is this what the votes give, and if not, what explains it? */
import { bytesOf, concatBytes, sameBytes, startsAt, textOf, toHex } from '../base/index.ts';
import { differencesBetween } from '../compare/index.ts';
import type { TextDifference } from '../compare/index.ts';
import { computeConsensus } from '../compute/index.ts';
import type { Computation, Tie } from '../compute/index.ts';
import { sha1, sha256 } from '../crypto/index.ts';
import { skipAnnotations } from '../documents/index.ts';
import type { Consensus, Vote } from '../documents/index.ts';
import {
  contradicts,
  firstAssumptions,
  methodsOfTor049,
  otherAuthorityCounts,
  variantsOf,
} from './assumptions.ts';
import { explanationOf } from './explanation.ts';
import type { Assumptions, Proof, ProofCause, ProofOptions, ProofVerdict } from './proof.ts';
import { invertPackageLines } from './packages.ts';
import { couldBeOf, headersOnly, isOfArrival, otherOrders } from './ties.ts';
import { matchVotes } from './votes.ts';

/** Signatures cover the text up to and including this word and its space (dir-spec 3.4.1). */
const signatureWord = 'directory-signature ';

/** The text of a consensus without its signatures: what authorities that agree have in common, byte for byte. */
export function unsignedText(consensus: Consensus): Uint8Array {
  const { bytes, signed } = consensus;
  return signed
    ? bytes.subarray(signed.start, signed.end - signatureWord.length)
    : bytes.subarray(skipAnnotations(bytes).at);
}

/** The digest that authorities sign over an unsigned text, in upper-case hex: SHA-1 for ns, SHA-256 for microdesc (dir-spec 3.4.1, 3.9.2). */
export function digestToSign(flavor: Consensus['flavor'], text: Uint8Array): string {
  const signed = concatBytes(text, bytesOf(signatureWord));
  return toHex(flavor === 'ns' ? sha1(signed) : sha256(signed));
}

/** The same of a consensus as it stands, without a copy where the word stands behind the text already. */
function digestOfPublished({ bytes, signed, flavor }: Consensus, text: Uint8Array): string {
  if (!signed || !startsAt(bytes, signed.end - signatureWord.length, signatureWord))
    return digestToSign(flavor, text);
  const part = bytes.subarray(signed.start, signed.end);
  return toHex(flavor === 'ns' ? sha1(part) : sha256(part));
}

/** What is proved, and by what. */
interface Case {
  readonly published: Consensus;
  readonly text: Uint8Array;
  readonly votes: readonly Vote[];
  readonly options: ProofOptions;
}

/** One text computed under some assumptions. */
interface Attempt {
  readonly assumptions: Assumptions;
  readonly computation: Computation;
  readonly bytes: Uint8Array | undefined;
  readonly identical: boolean;
}

/** What was found: the verdict, what explains it, and the attempt that shows it. */
interface Finding {
  readonly verdict: ProofVerdict;
  readonly cause: ProofCause;
  readonly assumptions: Assumptions;
  readonly fitting?: readonly number[];
}

/**
 * Holds a consensus against the votes that it names: computes it anew and compares every byte before the signatures.
 * Other votes may be given too; they are told as `extra`. It says nothing about who signed it: `verifyConsensus` does.
 */
export function proveConsensus(published: Consensus, votes: readonly Vote[], options: ProofOptions): Proof {
  const matched = matchVotes(published, votes);
  const one: Case = { published, text: unsignedText(published), votes: matched.used, options };
  const first = attempt(one, firstAssumptions(published, matched.used, options));
  const differences = differencesOf(one, first);
  const finding =
    matched.missing.length > 0 ? found(first, 'undecided', 'missing-votes') : judge(one, first, differences);
  const { computation } = first;
  const { verdict, cause, assumptions, fitting = [] } = finding;
  const recomputed = verdict === 'identical' ? one.text : first.bytes;
  const digest = digestOfPublished(published, one.text);
  const facts = {
    verdict,
    cause,
    assumptions,
    authorityCounts: fitting.toSorted((a, b) => a - b),
    method: computation.outcome === 'impossible' ? undefined : computation.method,
    votesNamed: matched.named,
    votesUsed: matched.used.length,
    missing: matched.missing,
    extra: matched.extra,
    ties: tiesOf(first),
    differences: verdict === 'identical' ? [] : differences,
    recomputed,
    digest,
    recomputedDigest:
      recomputed === one.text ? digest : recomputed && digestToSign(published.flavor, recomputed),
  };
  const explanation = explanationOf({
    proof: facts,
    published,
    options,
    first: first.assumptions,
    computation,
  });
  return { ...facts, explanation };
}

function judge(one: Case, first: Attempt, differences: readonly TextDifference[]): Finding {
  if (first.identical) return found(first, 'identical', 'none');
  if (first.computation.outcome === 'unsupported') return withLastMethod(one, first);
  return (
    underOther(one, first, differences) ??
    withOtherCount(one, first) ??
    inOtherOrder(one, first, differences) ??
    left(one, first, differences)
  );
}

function found({ assumptions }: Attempt, verdict: ProofVerdict, cause: ProofCause): Finding {
  return { verdict, cause, assumptions };
}

/** Where the votes choose a method that an authority does not know, it uses the last that it knows (dir-spec 3.8.1). */
function withLastMethod(one: Case, first: Attempt): Finding {
  const last = attempt(one, { ...first.assumptions, supportedMethods: methodsOfTor049 });
  if (last.identical) return verdictUnder(one, first, last.assumptions);
  const variant = underOther(one, last, differencesOf(one, last));
  return variant
    ? verdictUnder(one, first, variant.assumptions)
    : found(first, 'undecided', 'unsupported-method');
}

/** Computes the text of the published flavour. */
function attempt(one: Case, assumptions: Assumptions, votes: readonly Vote[] = one.votes): Attempt {
  const { flavor } = one.published;
  const { packageLines, arrival: _, supportedMethods, ...rest } = assumptions;
  const options = { ...rest, ...(supportedMethods ? { supportedMethods } : {}), flavors: [flavor] as const };
  const computation = computeConsensus(votes, options);
  const computed = computation.outcome === 'computed' ? computation[flavor] : undefined;
  const bytes =
    computed && packageLines === 'inverted'
      ? invertPackageLines(computed.bytes, computed.method, votes, options)
      : computed?.bytes;
  const identical = bytes !== undefined && sameBytes(bytes, one.text);
  return { assumptions, computation, bytes, identical };
}

function differencesOf(one: Case, { bytes }: Attempt): readonly TextDifference[] {
  return bytes ? differencesBetween(one.text, bytes) : [];
}

/** The same authorities, but they knew something else than was assumed, or follow other rules. */
function underOther(
  one: Case,
  base: Attempt,
  differences: readonly TextDifference[],
  votes: readonly Vote[] = one.votes,
): Finding | undefined {
  if (base.computation.outcome !== 'computed') return undefined;
  const { method } = base.computation;
  const fits = variantsOf(base.assumptions, differences, { votes, method })
    .toSorted((a, b) => Number(contradicts(a, one.options)) - Number(contradicts(b, one.options)))
    .find((assumptions) => attempt(one, assumptions, votes).identical);
  return fits && verdictUnder(one, base, fits);
}

/** What the caller left open may be so; what the caller said and does not fit is a difference. */
function verdictUnder(one: Case, base: Attempt, fits: Assumptions): Finding {
  const verdict = contradicts(fits, one.options) ? 'differs' : 'identical';
  return { verdict, cause: changeOf(base.assumptions, fits), assumptions: fits };
}

/** The first in the order of suspicion that is not as it was assumed. */
function changeOf(first: Assumptions, fits: Assumptions): ProofCause {
  if (first.authorities !== fits.authorities) return 'authority-count';
  if (first.sharedRandomFresh !== fits.sharedRandomFresh || first.sharedRandomness !== fits.sharedRandomness)
    return 'shared-random-fresh';
  return 'software';
}

/** Another number of authorities than the caller said: every one with which the text comes out, the nearest first. */
function withOtherCount(one: Case, first: Attempt): Finding | undefined {
  const fitting = otherAuthorityCounts(one.votes.length, one.options.authorities).flatMap((authorities) => {
    const other = attempt(one, { ...first.assumptions, authorities });
    if (other.identical) return [other.assumptions];
    return underOther(one, other, differencesOf(one, other))?.assumptions ?? [];
  });
  const [fits] = fitting;
  return (
    fits && { ...verdictUnder(one, first, fits), fitting: fitting.map(({ authorities }) => authorities) }
  );
}

/**
 * Only ties of the ns flavour depend on arrival: the microdesc flavour sees the votes by identity. And only tied lines
 * depend on it, so where another line differs no order explains it.
 */
function inOtherOrder(
  one: Case,
  first: Attempt,
  differences: readonly TextDifference[],
): Finding | undefined {
  const ties = tiesOf(first);
  if (one.published.flavor !== 'ns' || !ties.some(isOfArrival) || !areTied(differences, ties))
    return undefined;
  const subjects = new Set(ties.map(({ subject }) => subject));
  const wanted = linesOf(one.text, subjects);
  if (!couldBeOf(one.votes, ties, wanted)) return undefined;
  for (const votes of otherOrders(one.votes, ties)) {
    const arrival = votes.map(({ source }) => source.identity);
    const assumptions = { ...first.assumptions, arrival };
    const header = attempt(one, assumptions, headersOnly(votes)).bytes;
    if (!header || linesOf(header, subjects) !== wanted) continue;
    const whole = attempt(one, assumptions, votes);
    if (whole.identical) return found(whole, 'undecided', 'tie');
  }
  return undefined;
}

function tiesOf({ computation }: Attempt): readonly Tie[] {
  return computation.outcome === 'computed' ? computation.ties : [];
}

/** Whether all that differs are lines that tie, and something does. */
function areTied(differences: readonly TextDifference[], ties: readonly Tie[]): boolean {
  const tied = new Set(ties.map(({ subject }) => subject));
  return (
    differences.length > 0 &&
    differences.every(({ subject, keyword }) => tied.has(keyword) || tied.has(`${subject} ${keyword}`))
  );
}

/** The lines of the header that begin with one of these keywords. */
function linesOf(text: Uint8Array, keywords: ReadonlySet<string>): string {
  const end = indexOfLine(text, 'dir-source ');
  return textOf(text, 0, end)
    .split('\n')
    .filter((line) => keywords.has(line.slice(0, line.indexOf(' '))))
    .join('\n');
}

function indexOfLine(text: Uint8Array, start: string): number {
  for (let at = 0; at < text.length; at = endOfLine(text, at) + 1) if (startsAt(text, at, start)) return at;
  return text.length;
}

function endOfLine(text: Uint8Array, at: number): number {
  const end = text.indexOf(10, at);
  return end < 0 ? text.length : end;
}

/** What is left when nothing brings the text out: only tied lines, another text that others signed, or no reason at all. */
function left(one: Case, first: Attempt, differences: readonly TextDifference[]): Finding {
  if (areTied(differences, tiesOf(first))) return found(first, 'undecided', 'tie');
  const own = digestToSign(one.published.flavor, one.text);
  const split = (one.options.signed ?? []).some(({ digest }) => digest !== own);
  return found(first, 'differs', split ? 'split' : 'unexplained');
}
