/** How what was recomputed is told: as lines for people, and as JSON. */
import {
  formatTime,
  type Computation,
  type Consensus,
  type Flavor,
  type Proof,
  type TextDifference,
  type Tie,
  type Vote,
} from '@conclave/netdoc';
import { exit } from './exit.ts';
import { printable, plural, table, type Printer } from './output.ts';
import type { Configured } from './round-input.ts';

/** How many entries that differ are told; `--json` has all. */
const entriesShown = 40;

const answers = {
  identical: ['good', 'Identical'],
  differs: ['bad', 'Differs'],
  undecided: ['open', 'Undecided'],
} as const;

/** The lines about a proof: the answer, what it was held against, and what differs. */
export function proofLines(
  proof: Proof,
  published: Consensus,
  configured: Configured,
  { paint, width }: Printer,
): readonly string[] {
  const [tone, answer] = answers[proof.verdict];
  const rows = factRows(proof, published, configured).map((row) => row.map(printable));
  return [
    `${paint(tone, answer)}: ${printable(decapitalized(proof.explanation))}`,
    '',
    ...table([], rows, width).split('\n'),
    // Without some of its votes it has to differ; where it does says nothing.
    ...(proof.cause === 'missing-votes' ? [] : differenceLines(proof.differences)),
  ];
}

function decapitalized(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function factRows(proof: Proof, published: Consensus, configured: Configured): string[][] {
  const { assumptions, missing, extra } = proof;
  return [
    ['consensus', `flavor ${published.flavor}, valid-after ${formatTime(published.validAfter)}`],
    ['digest', proof.digest],
    ['recomputed', proof.recomputedDigest ?? 'nothing'],
    ['method', proof.method === undefined ? 'n/a, nothing was computed' : String(proof.method)],
    ['votes', `${proof.votesNamed} named, ${proof.votesUsed} at hand`],
    ...missing.map((vote) => ['missing', `${vote.nickname}, vote-digest ${vote.voteDigest || 'not stated'}`]),
    ...extra.map((vote) => [
      'left aside',
      `vote ${vote.voteDigest} of ${vote.nickname}, which it does not name`,
    ]),
    ['authorities', `${configured.count} (${configured.from})`],
    ...(proof.authorityCounts.length === 0
      ? []
      : [['', `it comes out with ${proof.authorityCounts.join(', ')}`]]),
    ['shared random', `${assumptions.sharedRandomFresh ? '' : 'not '}just computed`],
    ...proof.ties.map((tie) => ['tie', tieText(tie)]),
  ];
}

/** A tie in words. */
export function tieText({ subject, values }: Tie): string {
  return `only the order in which votes arrived, or stood in memory, decided ${subject}: ${values.join(' or ')}`;
}

/** Differences grouped by entry, in the order in which they are found: published lines with −, recomputed lines with +. */
function differenceLines(differences: readonly TextDifference[]): string[] {
  if (differences.length === 0) return [];
  const groups = new Map<string, TextDifference[]>();
  for (const difference of differences) {
    const name = `${difference.part} ${difference.subject}`.trimEnd();
    groups.set(name, [...(groups.get(name) ?? []), difference]);
  }
  const shown = [...groups]
    .slice(0, entriesShown)
    .flatMap(([name, list]) => ['', printable(name), ...list.flatMap(sides)]);
  const rest = groups.size - entriesShown;
  return [
    '',
    `${plural(differences.length, 'line')} in ${plural(groups.size, 'place')}: − published, + recomputed`,
    ...shown,
    ...(rest > 0 ? ['', `… and ${plural(rest, 'more place')} (--json has all)`] : []),
  ];
}

function sides({ published, recomputed, publishedLine, recomputedLine }: TextDifference): string[] {
  return [
    ...(published === undefined ? [] : [`  − ${printable(published)}${lineText(publishedLine)}`]),
    ...(recomputed === undefined ? [] : [`  + ${printable(recomputed)}${lineText(recomputedLine)}`]),
  ];
}

function lineText(line: number | undefined): string {
  return line === undefined ? '' : `  (line ${line})`;
}

/** What was computed, and of what. */
export interface Recomputed {
  readonly computation: Computation;
  readonly votes: readonly Vote[];
  readonly configured: Configured;
  readonly flavor: Flavor;
  readonly fresh: boolean;
  readonly text: Uint8Array | undefined;
  readonly digest: string | undefined;
}

/** A computation as JSON. */
export function computationJson(recomputed: Recomputed): object {
  const { computation, votes, configured, flavor, fresh, text, digest } = recomputed;
  return {
    outcome: computation.outcome,
    flavor,
    ...(computation.outcome === 'impossible'
      ? { because: computation.because, detail: computation.detail }
      : { method: computation.method }),
    authorities: configured.count,
    authoritiesFrom: configured.from,
    sharedRandomFresh: fresh,
    votes: votes.map(({ source }) => ({ nickname: source.nickname, identity: source.identity })),
    ...(computation.outcome === 'computed'
      ? { relays: computation[flavor]?.relays, ties: computation.ties, digest }
      : {}),
    ...(text ? { text: Buffer.from(text).toString('utf8') } : {}),
  };
}

/** A proof as JSON, without the recomputed text. */
export function proofJson(proof: Proof, published: Consensus, configured: Configured): object {
  const { recomputed: _, ...rest } = proof;
  return {
    flavor: published.flavor,
    validAfter: formatTime(published.validAfter),
    authorities: configured.count,
    authoritiesFrom: configured.from,
    exitCode: exitOfVerdict[proof.verdict],
    ...rest,
  };
}

/** The exit code of each verdict. */
export const exitOfVerdict = { identical: exit.ok, differs: exit.no, undecided: exit.undecided } as const;
