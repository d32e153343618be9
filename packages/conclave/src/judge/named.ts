/**
 * The judgement of documents that carry no signature: microdescriptors, which a consensus names, and bandwidth files, which
 * a vote names. They are as genuine as the document that names them, so that one is judged too.
 */
import {
  bandwidthFileMatches,
  bandwidthHeadersMatch,
  findMicrodescriptors,
  microdescriptorDigest,
  formatTime,
  sha256,
  toBase64,
  type HeadersMatch,
  type Match,
  type Microdescriptor,
} from '@conclave/netdoc';
import type { FileDocumentOf } from './documents.ts';
import { count, plural } from './words.ts';
import { sentenceOf } from './answer.ts';
import { judge, type Trust, type Ways } from './judge.ts';
import {
  isMalformed,
  jsonHead,
  jsonProblems,
  malformedText,
  worstOutcome,
  type Outcome,
  type Told,
} from './told.ts';

/** The digest by which a microdesc consensus names a microdescriptor, in base64; undefined of one that has no extent. */
export function microdescriptorDigestText(partial: Partial<Microdescriptor>): string | undefined {
  return partial.bytes && partial.span && toBase64(microdescriptorDigest(partial as Microdescriptor));
}

type MicrodescriptorDocument = FileDocumentOf<'microdescriptor'>;

/** A consensus given along, what it is worth, and which microdescriptors it does not name. */
interface Naming {
  readonly name: string;
  readonly outcome: Outcome;
  readonly sentence: string;
  readonly unlisted: ReadonlySet<unknown>;
  readonly relays: number;
  readonly missing: number;
}

/** Judges the microdescriptors of a file: which of them does the consensus name? */
export function judgeMicrodescriptors(all: readonly MicrodescriptorDocument[], trust: Trust): Told {
  const [first] = all as readonly [MicrodescriptorDocument];
  const namings = namingsOf(all, trust);
  const judged = all.map((document) => ({ document, outcome: outcomeOf(document, namings) }));
  const number = (wanted: Outcome): number => judged.filter(({ outcome }) => outcome === wanted).length;
  const outcome = worstOutcome(judged.map((one) => one.outcome));
  const refused = judged.filter((one) => one.outcome === 'rejected');
  const sentence = microdescriptorSentence(all, outcome, number, namings, trust.ways);
  return {
    document: first,
    outcome,
    sentence,
    tables:
      refused.length === 0
        ? []
        : [
            {
              head: ['line', 'digest', 'verdict'],
              rows: refused
                .slice(0, shownMax)
                .map(({ document }) => [
                  String(document.line),
                  microdescriptorDigestText(document.parsed.partial) ?? '–',
                  ['bad', whyRefused(document)],
                ]),
              of: refused.length,
            },
          ],
    basis: namings.flatMap((one) => [
      `${one.name}: ${one.sentence}.`,
      `It names ${plural(one.relays, 'relay')}; the microdescriptors of ${count(one.relays - one.missing)} are here.`,
    ]),
    *json() {
      for (const { document, outcome: its } of judged) {
        const digest = microdescriptorDigestText(document.parsed.partial);
        const why = its === 'rejected' ? whyRefused(document) : its === 'accepted' ? 'listed' : 'open';
        yield { ...jsonHead(document, its, why), digest, ...jsonProblems(document) };
      }
    },
  };
}

/** How many of those that are refused get a line of their own. */
const shownMax = 50;

function namingsOf(all: readonly MicrodescriptorDocument[], trust: Trust): Naming[] {
  const documents = all.flatMap(({ parsed }) => parsed.document ?? []);
  return trust.backing.consensuses.flatMap((given) => {
    const consensus = given.parsed.document;
    if (consensus?.flavor !== 'microdesc') return [];
    const answer = judge(given, trust);
    const found = findMicrodescriptors(consensus, documents);
    return [
      {
        name: `The consensus of ${formatTime(consensus.validAfter)}`,
        outcome: answer.outcome,
        sentence: sentenceOf(answer, trust.ways),
        unlisted: new Set<unknown>(found.unlisted),
        relays: consensus.routers.count,
        missing: found.missing.length,
      },
    ];
  });
}

/** The best that any consensus makes of one. */
function outcomeOf({ parsed }: MicrodescriptorDocument, namings: readonly Naming[]): Outcome {
  if (parsed.errors > 0 || !parsed.document) return 'rejected';
  if (namings.length === 0) return 'undecided';
  const naming = namings.filter(({ unlisted }) => !unlisted.has(parsed.document));
  const outcomes = new Set(naming.map(({ outcome }) => outcome));
  return outcomes.has('accepted') ? 'accepted' : outcomes.has('undecided') ? 'undecided' : 'rejected';
}

function whyRefused(document: MicrodescriptorDocument): string {
  return isMalformed(document) ? malformedText(document) : 'no genuine consensus given names it';
}

function microdescriptorSentence(
  all: readonly MicrodescriptorDocument[],
  outcome: Outcome,
  number: (outcome: Outcome) => number,
  namings: readonly Naming[],
  ways: Ways,
): string {
  const what = plural(all.length, 'microdescriptor');
  switch (outcome) {
    case 'accepted':
      return `Genuine: a genuine consensus names ${all.length === 1 ? 'the microdescriptor' : `all ${what}`}`;
    case 'rejected':
      return `Not genuine: ${count(number('rejected'))} of ${what} malformed, or named by no genuine consensus given`;
    case 'undecided':
      return namings.length === 0
        ? `Undecided: microdescriptors carry no signature; give the microdesc consensus that names them (${ways.backing})`
        : `Undecided: ${count(number('undecided'))} of ${what} named only by a consensus that is undecided itself`;
  }
}

/** A vote given along, what it is worth, and what it says of the file. */
interface VoteNaming extends Match {
  readonly voter: string;
  readonly validAfter: string;
  readonly worth: Outcome;
  readonly sentence: string;
  /** Whether the headers that it quotes are the file's; undefined where the file cannot be read. */
  readonly headers: HeadersMatch | undefined;
}

/** What a vote's headers have to do with the file's, in words; nothing where they are the same. */
function headersText({ outcome, headers }: VoteNaming): string {
  if (outcome !== 'same' || headers?.outcome !== 'different') return '';
  const keys = headers.differences.map(({ key }) => key).join(', ');
  return ` Its bandwidth-file-headers are not the file's${keys === '' ? '' : ` (${keys})`}.`;
}

/** Judges a bandwidth file: is it the one that a vote names? */
export function judgeBandwidthFile(document: FileDocumentOf<'bandwidth-file'>, trust: Trust): Told {
  const digest = toBase64(sha256(document.bytes));
  const file = document.parsed.document;
  const namings = trust.backing.votes.flatMap((given): VoteNaming[] => {
    const vote = given.parsed.document;
    if (!vote) return [];
    const answer = judge(given, { ...trust, backing: { ...trust.backing, consensuses: [] } });
    return [
      {
        ...bandwidthFileMatches(vote, document.bytes),
        voter: vote.source.nickname,
        validAfter: formatTime(vote.validAfter),
        worth: answer.outcome,
        sentence: sentenceOf(answer, trust.ways),
        headers: file && bandwidthHeadersMatch(vote, file),
      },
    ];
  });
  const [outcome, sentence] = bandwidthAnswer(document, namings, trust.ways);
  return {
    document,
    outcome,
    sentence,
    tables: [],
    basis: [
      `Digest of the file: sha256=${digest}.`,
      ...namings.map(
        (naming) =>
          `The vote of ${naming.voter} of ${naming.validAfter} names ${naming.stated === undefined ? 'no file' : `sha256=${naming.stated}`}. ${naming.sentence}.${headersText(naming)}`,
      ),
    ],
    json: () => [
      { ...jsonHead(document, outcome, sentence), digest, votes: namings, ...jsonProblems(document) },
    ],
  };
}

function bandwidthAnswer(
  document: FileDocumentOf<'bandwidth-file'>,
  namings: readonly VoteNaming[],
  ways: Ways,
): readonly [Outcome, string] {
  if (isMalformed(document)) return ['rejected', `Not genuine: ${malformedText(document)}`];
  if (namings.length === 0)
    return [
      'undecided',
      `Undecided: a bandwidth file carries no signature; give the vote that names its digest (${ways.backing})`,
    ];
  const same = namings.filter(({ outcome }) => outcome === 'same');
  const best =
    same.find(({ worth }) => worth === 'accepted') ?? same.find(({ worth }) => worth === 'undecided');
  const one = best ?? same[0];
  if (one) {
    const is = `the bandwidth file of ${one.voter}'s vote of ${one.validAfter}`;
    switch (one.worth) {
      case 'accepted':
        return ['accepted', `Genuine: it is ${is}`];
      case 'undecided':
        return ['undecided', `Undecided: it is ${is}, which is undecided itself`];
      case 'rejected':
        return ['rejected', `Not genuine: it is ${is}, which is not genuine`];
    }
  }
  return namings.some(({ outcome }) => outcome === 'different')
    ? [
        'rejected',
        `Not genuine: ${namings.length === 1 ? 'the vote given names another file' : 'none of the votes given names it'}`,
      ]
    : ['undecided', 'Undecided: no vote given names a bandwidth file'];
}
