/**
 * A report on files that somebody brought: what each document in them is, whether it is genuine, and by what that was
 * judged. It is data without functions, so that it can come from a worker of a browser as well as from the server.
 */
import {
  bytesOf,
  certificateRing,
  parseFingerprint,
  parseKeyCertificates,
  sha256,
  toHex,
  type Fingerprint,
  type KeyCertificate,
} from '@conclave/netdoc';
import { identitiesOf, type AuthoritySet } from '../network/index.ts';
import { backingOf } from './backing.ts';
import { documentsIn, groupsOf, kindNames, placeOf, unknownKind, type FileDocument } from './documents.ts';
import { judgeGroup } from './group.ts';
import type { Trust } from './judge.ts';
import { publicJudges, type FindJudges } from './judges.ts';
import { firstOf, piecesOf } from './pieces.ts';
import { basisOf, nameOf, proofOutcomes, recompute, type Recomputed } from './proof.ts';
import { worstOutcome, type Cell, type Outcome, type Told } from './told.ts';
import { unpackBounded } from './unpack.ts';
import { plural, printable, type Tone } from './words.ts';

/** A file as it was brought. */
export interface BroughtFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Which authorities count: the observatory's own, the public network's of the document's day, or whichever it names. */
export type AuthorityChoice = 'named' | 'observatory' | 'public';

/** What the observatory vouches with. */
export interface ReportTrust {
  /** The authorities that it watches. */
  readonly set: AuthoritySet;
  /** The key certificates that it keeps; each is checked like any other. */
  readonly certificates: readonly KeyCertificate[];
  readonly choice: AuthorityChoice;
}

/** What is vouched with, as it travels in a page or an answer. */
export interface TrustText {
  readonly network: string;
  readonly authorities: readonly { readonly nickname: string; readonly v3ident: string }[];
  /** Key certificates, one after another. */
  readonly certificates: string;
}

/** Reads it. */
export function readTrust(
  { network, authorities, certificates }: TrustText,
  choice: AuthorityChoice,
): ReportTrust {
  return {
    choice,
    set: {
      network,
      authorities: authorities.flatMap(({ nickname, v3ident }) => {
        const identity = parseFingerprint(v3ident);
        return identity === undefined ? [] : [{ nickname, v3ident: identity }];
      }),
    },
    certificates: parseKeyCertificates(bytesOf(certificates)).flatMap(({ document }) => document ?? []),
  };
}

/** How much is looked at. */
export interface ReportLimits {
  /** All files together, unpacked. */
  readonly bytesMax: number;
  readonly filesMax: number;
  readonly documentsMax: number;
}

/** A cell, with its colour where it has one. */
export interface ReportCell {
  readonly text: string;
  readonly tone?: Tone;
}

/** A table of a judgement. */
export interface ReportTable {
  readonly title?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly ReportCell[])[];
  /** Rows that are not here. */
  readonly more: number;
}

/** One thing that is wrong with a document, and where in its file. */
export interface ReportProblem {
  readonly line: number;
  readonly severity: 'error' | 'warning';
  readonly keyword?: string;
  readonly expected: string;
  readonly found: string;
}

/** What is said of one document, or of many of one kind that belong together. */
export interface ReportItem {
  readonly place: string;
  readonly kind: string;
  readonly outcome: Outcome;
  readonly sentence: string;
  readonly tables: readonly ReportTable[];
  readonly basis: readonly string[];
  /** The first of them. */
  readonly problems: readonly ReportProblem[];
  readonly problemCount: number;
}

/** A file of which nothing can be said, and why. */
export interface Unreadable {
  readonly file: string;
  readonly because: string;
}

/** All of it, the answer first. */
export interface Report {
  readonly outcome: Outcome;
  readonly headline: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  readonly items: readonly ReportItem[];
  /** Consensuses recomputed from the votes that came with them. */
  readonly proofs: readonly ReportItem[];
  readonly unreadable: readonly Unreadable[];
}

const outOfTime = 'there was no time left to judge it here; verify it by itself';

/** How many problems are told one by one. */
const problemsMax = 100;

/**
 * Judges these files, each by what vouches for it among the others and at the observatory. `goOn` is asked between two
 * documents; what is not looked at because it said no is told.
 */
export async function reportOn(
  brought: readonly BroughtFile[],
  trust: ReportTrust,
  limits: ReportLimits,
  goOn: () => boolean = () => true,
): Promise<Report> {
  const unreadable: Unreadable[] = [];
  const files: Report['files'][number][] = [];
  const documents: FileDocument[] = [];
  let left = limits.bytesMax;
  for (const { name, bytes } of brought.slice(0, limits.filesMax)) {
    files.push({ name: printable(name), bytes: bytes.length, sha256: toHex(sha256(bytes)).toLowerCase() });
    const unpacked = await unpackBounded(bytes, left);
    if (unpacked.ok) {
      left -= unpacked.bytes.length;
      readFile(name, unpacked.bytes, limits.documentsMax, documents, unreadable);
    } else unreadable.push({ file: printable(name), because: unpacked.because });
  }
  for (const { name } of brought.slice(limits.filesMax))
    unreadable.push({
      file: printable(name),
      because: `only ${limits.filesMax} files are looked at at once`,
    });
  if (documents.length > limits.documentsMax) {
    const because = `of ${plural(documents.length, 'document')} only the first ${limits.documentsMax} are looked at`;
    unreadable.push({ file: 'all files together', because });
  }
  const looked = documents.slice(0, limits.documentsMax);
  const all = trustFor(looked, trust);
  const items: ReportItem[] = [];
  for (const group of groupsOf(looked)) {
    if (goOn()) items.push(...judgeGroup(group, all).map((told) => itemOf(told, group)));
    else unreadable.push({ file: placeOf(group[0] as FileDocument), because: outOfTime });
  }
  const proofs = recompute(looked, all.findJudges, goOn).map(proofItem);
  return { ...answerOf(items, proofs, unreadable), files, items, proofs, unreadable };
}

/**
 * Adds the documents of a file. Of a file that has more of them than are looked at, the rest is not even parsed: they are
 * counted, and told in a line.
 */
function readFile(
  name: string,
  bytes: Uint8Array,
  documentsMax: number,
  documents: FileDocument[],
  unreadable: Unreadable[],
): void {
  let total = 0;
  for (const piece of piecesOf(bytes)) {
    const { first, count } = firstOf(piece, documentsMax - total);
    total += count;
    if (first === undefined) continue;
    const found = documentsIn(name, first, 'archive');
    if (found === undefined) {
      const place = placeOf({ file: name, line: piece.linesBefore + 1 });
      unreadable.push({ file: place, because: printable(unknownKind(piece.bytes)) });
    } else for (const document of found) documents.push(document);
  }
  if (total > documentsMax) {
    const because = `of its ${plural(total, 'document')} only the first ${documentsMax} are looked at`;
    unreadable.push({ file: printable(name), because });
  }
}

/** Certificates come from the observatory, from certificates brought along, and from the votes that carry theirs. */
function trustFor(documents: readonly FileDocument[], { set, certificates, choice }: ReportTrust): Trust {
  const brought = documents.flatMap((document) => {
    if (document.kind === 'key-certificate') return document.parsed.document ?? [];
    return document.kind === 'vote' ? (document.parsed.partial.certificate ?? []) : [];
  });
  return {
    findJudges: judgesAmong(set, choice),
    ring: certificateRing([...certificates, ...brought]),
    backing: backingOf(documents),
    ways: { certificates: 'bring them along', backing: 'bring it along', authorities: '' },
    at: undefined,
  };
}

/**
 * The judges of a choice. `named`: of the two sets that are trusted anyway, the one that a document's own signers belong
 * to, the observatory's before the public one. The document chooses; it never adds anybody.
 */
export function judgesAmong(set: AuthoritySet, choice: AuthorityChoice): FindJudges {
  const own = {
    set,
    identities: identitiesOf(set),
    from: `those that this observatory watches: ${set.network}`,
  };
  const has = (identities: ReadonlySet<Fingerprint>, named: readonly Fingerprint[]): boolean =>
    named.some((identity) => identities.has(identity));
  return (at, named = []) => {
    if (choice === 'observatory') return own;
    const dated = publicJudges(at);
    if (choice === 'public') return dated;
    // The public network changes its authorities over the years: a document of it is judged by those of its day.
    const isPublic = dated?.set.network === set.network;
    if (isPublic || (dated && has(dated.identities, named) && !has(own.identities, named))) return dated;
    return own;
  };
}

function itemOf(told: Told, group: readonly FileDocument[]): ReportItem {
  const documents = told.document.kind === group[0]?.kind ? among(told, group) : [told.document];
  const problems = documents.flatMap(({ parsed, linesBefore }) =>
    parsed.problems.map((problem) => ({ ...problem, line: linesBefore + problem.line })),
  );
  const [one, many] = kindNames[told.document.kind];
  return {
    place: placeOf(told.document),
    kind: documents.length > 1 ? many : one,
    outcome: told.outcome,
    sentence: printable(told.sentence),
    tables: told.tables.map(({ title, head, rows, of }) => ({
      ...(title === undefined ? {} : { title: printable(title) }),
      head,
      rows: rows.map((row) => row.map(cellOf)),
      more: Math.max(0, (of ?? 0) - rows.length),
    })),
    basis: told.basis.map(printable),
    problems: problems.slice(0, problemsMax).map(({ line, severity, keyword, expected, found }) => ({
      line,
      severity,
      ...(keyword === undefined ? {} : { keyword: printable(keyword) }),
      expected: printable(expected),
      found: printable(found),
    })),
    problemCount: problems.length,
  };
}

/** Lines of a difference that are told one by one. */
const differencesMax = 200;

function proofItem(one: Recomputed): ReportItem {
  const { place, proof } = one;
  const cells = (...texts: readonly string[]): ReportCell[] =>
    texts.map((text) => ({ text: printable(text) }));
  const line = (text: string | undefined, number: number | undefined): string =>
    text === undefined ? 'not there' : `line ${number ?? '?'}: ${text}`;
  const missing: ReportTable = {
    title: 'Votes that it names and that were not brought',
    head: ['authority', 'vote-digest', 'why'],
    rows: proof.missing.map(({ nickname, voteDigest, because }) =>
      cells(nickname, voteDigest, because.replaceAll('-', ' ')),
    ),
    more: 0,
  };
  const differences: ReportTable = {
    title: `${plural(proof.differences.length, 'line')} in which the two differ`,
    head: ['entry', 'keyword', 'published', 'recomputed'],
    rows: proof.differences
      .slice(0, differencesMax)
      .map((other) =>
        cells(
          `${other.part} ${other.subject}`,
          other.keyword,
          line(other.published, other.publishedLine),
          line(other.recomputed, other.recomputedLine),
        ),
      ),
    more: Math.max(0, proof.differences.length - differencesMax),
  };
  return {
    place,
    kind: 'recomputed from its votes',
    outcome: proofOutcomes[proof.verdict],
    sentence: `${proof.verdict === 'identical' ? 'Recomputed' : proof.verdict === 'differs' ? 'Differs' : 'Undecided'}: the ${nameOf(one)}: ${printable(proof.explanation).replace(/\.$/, '')}`,
    tables: [missing, differences].filter(({ rows }) => rows.length > 0),
    basis: basisOf(one).map(printable),
    problems: [],
    problemCount: 0,
  };
}

/** What is told of together: relays' own documents; all else is told of one by one. */
function among(told: Told, group: readonly FileDocument[]): readonly FileDocument[] {
  const together = new Set(['server-descriptor', 'extra-info', 'microdescriptor']);
  return together.has(told.document.kind) ? group : [told.document];
}

function cellOf(cell: Cell): ReportCell {
  return typeof cell === 'string' ? { text: printable(cell) } : { text: printable(cell[1]), tone: cell[0] };
}

function answerOf(
  items: readonly ReportItem[],
  proofs: readonly ReportItem[],
  unreadable: readonly Unreadable[],
): Pick<Report, 'outcome' | 'headline'> {
  const number = (outcome: Outcome): number => items.filter((item) => item.outcome === outcome).length;
  const [refused, open] = [number('rejected'), number('undecided')];
  const worst = worstOutcome([...items, ...proofs].map((item) => item.outcome));
  const outcome = worst === 'accepted' && unreadable.length > 0 ? 'undecided' : worst;
  const [only] = items;
  if (only && items.length === 1 && unreadable.length === 0)
    return { outcome, headline: `${only.sentence}.` };
  if (items.length === 0) return { outcome: 'undecided', headline: 'No document could be read.' };
  const parts = [
    `${number('accepted')} genuine`,
    ...(refused > 0 ? [`${refused} not genuine`] : []),
    ...(open > 0 ? [`${open} undecided`] : []),
    ...(unreadable.length > 0 ? [`${unreadable.length} not readable`] : []),
  ];
  const said = [
    `Of ${plural(items.length + unreadable.length, 'part')}: ${parts.join(', ')}.`,
    ...proofs.map(({ sentence }) => `${sentence}.`),
  ];
  return { outcome, headline: said.join(' ') };
}
