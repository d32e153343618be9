/** What a round rests on, as the contract has it: its proof, its preview, and the tile of the newest proof. */
import type { PreviewView, ProofView, RoundProof, Sentence, Status } from '../api/index.ts';
import type { Row } from '../store/index.ts';
import { fromJson, isoOf, isoOfMs, isoOrNull } from './context.ts';

type Level = Sentence['level'];
type Verdict = ProofView['verdict'];

const levels: Readonly<Record<Verdict, Level>> = { identical: 'ok', differs: 'bad', undecided: 'unknown' };

/** One proof. */
export function proofView(row: Row<'proofs'>): ProofView {
  const verdict = (row.verdict ?? 'undecided') as Verdict;
  return {
    flavor: row.flavor === 'microdesc' ? 'microdesc' : 'ns',
    verdict,
    level: levels[verdict],
    cause: (row.cause ?? 'none') as ProofView['cause'],
    text: row.explanation ?? '',
    judgedAt: isoOfMs(row.judged_at ?? 0),
    sha256: row.sha256 ?? '',
    digest: row.digest,
    recomputedDigest: row.recomputed_digest,
    method: row.method,
    votesNamed: row.votes_named ?? 0,
    votesUsed: row.votes_used ?? 0,
    missing: fromJson<{ nickname: string; identity: string; voteDigest: string }[]>(row.missing, []).map(
      ({ nickname, identity, voteDigest }) => ({ authority: nickname, identity, voteDigest }),
    ),
    assumptions: assumptionsView(row),
    differences: {
      count: row.difference_count ?? 0,
      first: fromJson<Partial<ProofView['differences']['first'][number]>[]>(row.differences, []).map(
        differenceView,
      ),
    },
  };
}

function assumptionsView(row: Row<'proofs'>): ProofView['assumptions'] {
  const none = { authorities: 0, sharedRandomFresh: false };
  const { authorities, sharedRandomFresh } = fromJson<ProofView['assumptions']>(row.assumptions, none);
  return { authorities, sharedRandomFresh };
}

function differenceView(
  one: Partial<ProofView['differences']['first'][number]>,
): ProofView['differences']['first'][number] {
  return {
    part: one.part ?? 'header',
    subject: one.subject ?? '',
    keyword: one.keyword ?? '',
    published: one.published ?? null,
    recomputed: one.recomputed ?? null,
    publishedLine: one.publishedLine ?? null,
    recomputedLine: one.recomputedLine ?? null,
  };
}

/** The proofs of a round. */
export function roundProof(rows: readonly Row<'proofs'>[]): RoundProof {
  const of = (flavor: string): ProofView | null => {
    const row = rows.find((one) => one.flavor === flavor);
    return row ? proofView(row) : null;
  };
  const [ns, microdesc] = [of('ns'), of('microdesc')];
  return { ...worst([ns, microdesc]), ns, microdesc };
}

/** The tile of the newest round. */
export function proofTile(round: Row<'rounds'> | undefined, rows: readonly Row<'proofs'>[]): Status['proof'] {
  const { ns, microdesc, level, text } = roundProof(rows);
  const validAfter = isoOrNull(round?.valid_after);
  const verdicts = [ns, microdesc].flatMap((proof) => (proof ? [proof.verdict] : []));
  const verdict = verdicts.find((one) => one === 'differs') ?? verdicts.find((one) => one === 'undecided');
  if (verdicts.length === 0) {
    const reason = round ? 'the newest consensus was not recomputed yet' : 'no consensus is known yet';
    return { level, verdict: { value: null, reason }, text, validAfter };
  }
  return { level, verdict: { value: verdict ?? 'identical' }, text, validAfter };
}

/** Both flavours in a sentence, and how it stands with the worse of them. */
function worst(proofs: readonly (ProofView | null)[]): { level: Level; text: string } {
  const made = proofs.filter((proof) => proof !== null);
  const differing = made.filter(({ verdict }) => verdict === 'differs');
  const open = made.filter(({ verdict }) => verdict === 'undecided');
  const [first] = made;
  if (!first) return { level: 'unknown', text: 'No consensus of this round was recomputed.' };
  const names = (some: readonly ProofView[]): string => some.map(({ flavor }) => flavor).join(' and ');
  if (differing[0])
    return {
      level: 'bad',
      text: `${names(differing)} differs from what its votes give: ${differing[0].text}`,
    };
  if (open[0]) return { level: 'unknown', text: `${names(open)} is undecided: ${open[0].text}` };
  return {
    level: 'ok',
    text: `${names(made)} recomputed from ${first.votesUsed} votes: identical, byte for byte.`,
  };
}

interface NamedRelay {
  fingerprint: string;
  nickname: string;
}

/** One preview; `names` are the nicknames by identity. */
export function previewView(row: Row<'previews'>, names: ReadonlyMap<string, string>): PreviewView {
  const outcome = (row.outcome ?? 'impossible') as PreviewView['outcome'];
  const voted = Object.keys(fromJson<Record<string, string>>(row.votes, {}));
  return {
    validAfter: isoOf(row.valid_after ?? 0),
    takenAt: isoOfMs(row.taken_at ?? 0),
    outcome,
    level: outcome === 'computed' ? 'ok' : outcome === 'impossible' ? 'bad' : 'unknown',
    text: row.explanation ?? '',
    votes: voted.map((identity) => names.get(identity) ?? identity.slice(0, 8)),
    missing: fromJson<string[]>(row.missing, []),
    needed: row.needed ?? 0,
    method: row.method,
    relays: row.relays,
    digests: { ns: row.ns_digest, microdesc: row.microdesc_digest },
    against: isoOrNull(row.against),
    header: fromJson<PreviewView['header']>(row.header, []),
    flags: fromJson<PreviewView['flags']>(row.flags, []),
    added: { count: row.added_count ?? 0, first: fromJson<NamedRelay[]>(row.added, []) },
    removed: { count: row.removed_count ?? 0, first: fromJson<NamedRelay[]>(row.removed, []) },
    relaysBefore: row.relays_before,
    published:
      row.same_votes === null
        ? null
        : {
            identical: { ns: row.published_ns, microdesc: row.published_microdesc },
            sameVotes: row.same_votes,
            text: row.published_text ?? '',
          },
  };
}
