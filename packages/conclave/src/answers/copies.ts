/** Which copies of a round's documents there are, and what the authorities showed before publication. */
import type { CopiesView, PendingView, Sentence } from '../api/index.ts';
import { relateVotes } from '../analysis/index.ts';
import type { Serving, VoteRelation } from '../analysis/index.ts';
import { listing } from '../checks/index.ts';
import { shownGroups } from '../pipeline/index.ts';
import type { Row, ServedRow, Store } from '../store/index.ts';
import { isoOf, isoOfMs, isoOrNull } from './context.ts';

type Level = Sentence['level'];

/** What copies are told from. */
export interface CopyRows {
  readonly consensuses: readonly Row<'documents'>[];
  readonly served: readonly ServedRow[];
  readonly votes: readonly Row<'votes'>[];
  readonly servedVotes: readonly Row<'copies'>[];
  /** By identity: the digest that the consensus names; undefined without a consensus. */
  readonly named: ReadonlyMap<string, string | null> | undefined;
  /** SHA-256 of the consensuses that the figures are of. */
  readonly counted: ReadonlySet<string>;
  readonly lagging: readonly {
    readonly authority: string;
    readonly valid_after: number;
    readonly last_seen: number;
  }[];
  /** Nicknames by identity. */
  readonly names: ReadonlyMap<string, string>;
}

/** Gathers the rows of a round; `round` is undefined while it is not published. */
export async function copyRows(
  store: Store,
  validAfter: number,
  round: Row<'rounds'> | undefined,
  following: number | undefined,
  names: ReadonlyMap<string, string>,
): Promise<CopyRows> {
  const at = { valid_after: validAfter };
  const sources = round ? await store.query('sourcesOf', at) : undefined;
  const since = round?.first_seen ?? undefined;
  return {
    consensuses: await store.query('consensusesOf', at),
    served: await store.query('servedConsensuses', at),
    votes: await store.query('votesOf', at),
    servedVotes: await store.query('servedVotes', at),
    named: sources && new Map(sources.map(({ identity, vote_digest }) => [identity ?? '', vote_digest])),
    counted: new Set([round?.ns_sha256, round?.microdesc_sha256].flatMap((name) => name ?? [])),
    lagging:
      since === undefined
        ? []
        : await store.query('servedBehind', {
            valid_after: validAfter,
            since,
            until: following === undefined ? Number.MAX_SAFE_INTEGER : following * 1000,
          }),
    names,
  };
}

/** Every copy of the round's documents. */
export function copiesView(rows: CopyRows): CopiesView {
  const consensuses = rows.consensuses.map((row) => consensusCopy(row, rows));
  const votes = voteCopies(rows);
  const lagging = rows.lagging.map(({ authority, valid_after, last_seen }) => ({
    authority,
    serves: isoOf(valid_after),
    at: isoOfMs(last_seen),
  }));
  return { ...sentenceOf(consensuses, votes, lagging), consensuses, votes, lagging };
}

type ConsensusCopy = CopiesView['consensuses'][number];
type VoteCopyView = CopiesView['votes'][number];

function consensusCopy(row: Row<'documents'>, rows: CopyRows): ConsensusCopy {
  const flavor = row.flavor === 'microdesc' ? 'microdesc' : 'ns';
  const counted = rows.consensuses.find(
    (one) => one.flavor === row.flavor && rows.counted.has(one.sha256 ?? ''),
  );
  const relation: ConsensusCopy['relation'] = rows.counted.has(row.sha256 ?? '')
    ? 'counted'
    : row.outcome === 'rejected'
      ? 'refused'
      : row.outcome !== 'accepted'
        ? 'undecided'
        : row.digest === counted?.digest
          ? 'same-digest'
          : 'split';
  return {
    flavor,
    sha256: row.sha256 ?? '',
    digest: row.digest,
    relation,
    signers: row.signers,
    text: `${consensusTexts[relation]} ${row.verdict ?? ''}`.trim(),
    servedBy: rows.served
      .filter(({ sha256 }) => sha256 === row.sha256)
      .map(({ authority, first_seen, last_seen }) => serving(authority, first_seen, last_seen)),
  };
}

const consensusTexts: Readonly<Record<ConsensusCopy['relation'], string>> = {
  counted: 'The copy that the figures are of.',
  'same-digest': 'The same text with other signatures: authorities go on collecting them.',
  split: 'Another text with enough signatures.',
  undecided: '',
  refused: '',
};

function serving(
  authority: string | null,
  first: number | null,
  last: number | null,
): ConsensusCopy['servedBy'][number] {
  return { authority: authority ?? '', firstSeen: isoOfMs(first ?? 0), lastSeen: isoOfMs(last ?? 0) };
}

const voteTexts: Readonly<Record<VoteRelation, string>> = {
  only: 'Its only vote of the round.',
  'same-digest': 'The same vote with other bytes behind its signed part.',
  replaced: 'Replaced by one published later, which everybody who was asked afterwards serves.',
  replacement: 'It took the place of one published earlier.',
  equivocation: 'Another vote of the same author for the same round is as properly signed.',
  untold:
    'Another vote of the same author for the same round is as properly signed; nobody was seen to serve one of them, so whether one took the place of the other is not known.',
  refused: '',
};

function voteCopies({ votes, servedVotes, named, names }: CopyRows): VoteCopyView[] {
  const servedBy = (sha256: string | null): Serving[] =>
    servedVotes
      .filter((copy) => copy.sha256 === sha256)
      .map(({ authority, first_seen, last_seen }) => ({
        authority: authority ?? '',
        firstSeen: first_seen ?? 0,
        lastSeen: last_seen ?? 0,
      }));
  const authors = [...new Set(votes.map(({ identity }) => identity ?? ''))];
  return authors.flatMap((author) => {
    const own = votes.filter(({ identity }) => identity === author);
    const copies = own.map((vote) => ({
      sha256: vote.sha256 ?? '',
      digest: vote.digest,
      published: vote.published,
      outcome: vote.outcome,
      firstSeen: vote.first_seen ?? undefined,
      servedBy: servedBy(vote.sha256),
      verdict: vote.verdict ?? '',
    }));
    const relations = relateVotes(copies);
    return copies.map((copy): VoteCopyView => {
      const relation = relations.get(copy.sha256) ?? 'refused';
      return {
        author: names.get(author) ?? author.slice(0, 8),
        sha256: copy.sha256,
        digest: copy.digest,
        published: isoOrNull(copy.published),
        relation,
        named: named ? named.get(author) === copy.digest : null,
        text: `${voteTexts[relation]} ${copy.verdict}`.trim(),
        servedBy: copy.servedBy.map((one) => serving(one.authority, one.firstSeen, one.lastSeen)),
      };
    });
  });
}

function sentenceOf(
  consensuses: readonly ConsensusCopy[],
  votes: readonly VoteCopyView[],
  lagging: CopiesView['lagging'],
): { level: Level; text: string } {
  const split = consensuses.filter(({ relation }) => relation === 'split');
  const twice = [
    ...new Set(votes.filter(({ relation }) => relation === 'equivocation').map(({ author }) => author)),
  ];
  const replaced = [
    ...new Set(votes.filter(({ relation }) => relation === 'replaced').map(({ author }) => author)),
  ];
  const untold = [
    ...new Set(votes.filter(({ relation }) => relation === 'untold').map(({ author }) => author)),
  ];
  const unseen = [...consensuses, ...votes].every(({ servedBy }) => servedBy.length === 0);
  const others = consensuses.filter(({ relation }) => relation === 'same-digest').length;
  const parts = [
    split.length > 0 ? `There are ${split.length + 1} different consensuses with enough signatures` : '',
    twice.length > 0 ? `${listing(twice)} signed different votes` : '',
    untold.length > 0
      ? `${listing(untold)} signed different votes, and which of them the others were given was not seen`
      : '',
    replaced.length > 0
      ? `${listing(replaced)} replaced ${replaced.length === 1 ? 'its vote' : 'their votes'}`
      : '',
    others > 0 ? `${others} ${others === 1 ? 'copy differs' : 'copies differ'} in signatures only` : '',
    lagging.length > 0
      ? `${listing(lagging.map(({ authority }) => authority))} still served an older one`
      : '',
  ].filter(Boolean);
  const level: Level = split.length + twice.length > 0 ? 'bad' : untold.length > 0 ? 'warn' : 'ok';
  if (consensuses.length + votes.length === 0) return { level: 'unknown', text: 'No copy was seen.' };
  return {
    level,
    text:
      parts.length > 0
        ? `${parts.join('; ')}.`
        : unseen
          ? 'Every document of this round is held in one form; who served it, nobody watched.'
          : 'Every document of this round was seen in one form.',
  };
}

/** What was shown before publication; `newest` is the digest of each flavour once it is published. */
export function pendingView(rows: readonly Row<'pending'>[]): PendingView {
  const groups = shownGroups(rows).map(({ flavor, digest, authorities }) => ({
    flavor: flavor === 'microdesc' ? ('microdesc' as const) : ('ns' as const),
    digest,
    authorities: [...authorities],
  }));
  const split = (['ns', 'microdesc'] as const).filter(
    (flavor) => groups.filter((group) => group.flavor === flavor).length > 1,
  );
  const explained = rows.flatMap(({ authority, explanation }) =>
    explanation === null ? [] : [`${authority}: ${explanation}`],
  );
  const shown = new Set(rows.map(({ authority }) => authority)).size;
  const text =
    rows.length === 0
      ? 'Nothing was seen before publication.'
      : split.length === 0
        ? shown === 1
          ? 'One authority showed what it signed.'
          : `${shown} authorities showed what they signed; all sign the same.`
        : `They sign different consensuses (${split.join(' and ')}). ${explained.join('; ')}`.trim();
  return {
    level: rows.length === 0 ? 'unknown' : split.length > 0 ? 'bad' : 'ok',
    text,
    groups,
    authorities: rows.map((row) => ({
      authority: row.authority ?? '',
      ns: row.ns_digest === '' ? null : row.ns_digest,
      microdesc: row.microdesc_digest,
      firstSeen: isoOfMs(row.first_seen ?? 0),
      lastSeen: isoOfMs(row.last_seen ?? 0),
      signatures: { ns: row.ns_signatures ?? 0, microdesc: row.microdesc_signatures ?? 0 },
      good: { ns: row.ns_good ?? 0, microdesc: row.microdesc_good ?? 0 },
    })),
  };
}
