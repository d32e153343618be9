/**
 * What a round rests on, in each situation: proofs, previews, digests before publication, copies; the coming round; what
 * if; differences; explanations. All figures are made up.
 */
import type {
  CopiesView,
  DiffAnswer,
  ExplainAnswer,
  NextRound,
  PendingView,
  PreviewView,
  ProofView,
  RoundPage,
  Status,
  WhatIfAnswer,
  WhatIfQuery,
} from '../../src/api/index.ts';
import {
  consensusSha,
  digest,
  hostileName,
  now,
  shift,
  type Situation,
  upper,
  validAfter,
  votersOf,
  voteSha,
} from './fixture-rows.ts';
import { statusOf } from './fixture-status.ts';

const before = '2026-07-27T13:00:00Z';
const sha1Of = (seed: number): string => upper(seed);
const sha256Of = (seed: number): string => digest(seed).toUpperCase();

/** The network, the time and the revision of an answer. */
function stampOf(situation: Situation): { network: string; now: string; revision: number } {
  return { network: statusOf(situation).network, now, revision: 41 };
}

const relayNames = ['seele', 'Unnamed', 'niftyhedgehog', 'prsv', 'relayon0421', 'F3Netze', 'titamon3'];

function relayOf(index: number, situation: Situation): { fingerprint: string; nickname: string } {
  const nickname = situation === 'hostile' ? hostileName : (relayNames[index % relayNames.length] ?? '');
  return { fingerprint: upper(300 + index), nickname };
}

function someRelays(count: number, situation: Situation, from = 0): PreviewView['added'] {
  const first = Array.from({ length: Math.min(50, count) }, (_, i) => relayOf(from + i, situation));
  return { count, first };
}

/** The proof of a flavour. */
export function proofOf(
  flavor: 'ns' | 'microdesc',
  situation: Situation,
  verdict: ProofView['verdict'] = 'identical',
): ProofView {
  const voters = votersOf(situation);
  const own = flavor === 'ns' ? sha1Of(90) : sha256Of(91);
  const base: ProofView = {
    flavor,
    verdict,
    level: 'ok',
    cause: 'none',
    text: `The ${flavor} consensus follows byte for byte from its ${voters.length} votes.`,
    judgedAt: '2026-07-27T14:00:05Z',
    sha256: flavor === 'ns' ? consensusSha : digest(3),
    digest: own,
    recomputedDigest: own,
    method: 35,
    votesNamed: voters.length,
    votesUsed: voters.length,
    missing: [],
    assumptions: { authorities: voters.length, sharedRandomFresh: false },
    differences: { count: 0, first: [] },
  };
  if (verdict === 'undecided') {
    return {
      ...base,
      level: 'unknown',
      cause: 'missing-votes',
      text: `Undecided: the vote of ${voters[1]} is not held here.`,
      votesUsed: voters.length - 1,
      recomputedDigest: null,
      missing: [{ authority: voters[1] ?? '', identity: upper(71), voteDigest: sha1Of(72) }],
    };
  }
  if (verdict === 'identical') return base;
  return {
    ...base,
    level: 'bad',
    cause: 'unexplained',
    text: `The ${flavor} consensus differs in 214 lines from what its votes give, and nothing known explains it.`,
    recomputedDigest: flavor === 'ns' ? sha1Of(99) : sha256Of(99),
    differences: {
      count: 214,
      first: [
        {
          part: 'relay',
          subject: upper(301),
          keyword: 'w',
          published: 'w Bandwidth=12400',
          recomputed: 'w Bandwidth=8100',
          publishedLine: 48_112,
          recomputedLine: 48_112,
        },
        {
          part: 'params',
          subject: 'bwauthpid',
          keyword: 'params',
          published: null,
          recomputed: situation === 'hostile' ? hostileName : 'bwauthpid=1',
          publishedLine: null,
          recomputedLine: 22,
        },
      ],
    },
  };
}

/** The preview of the coming round, or of one that was published. */
export function previewOf(situation: Situation, of: string, published: boolean): PreviewView {
  const voters = votersOf(situation);
  const last = voters.at(-1) ?? '';
  return {
    validAfter: of,
    takenAt: shift(of, -540),
    outcome: 'computed',
    level: 'ok',
    text: `A consensus of 9,880 relays will come of ${voters.length - 1} votes, by method 35.`,
    votes: voters.slice(0, -1),
    missing: [last],
    needed: Math.floor(voters.length / 2) + 1,
    method: 35,
    relays: 9_880,
    digests: { ns: sha1Of(92), microdesc: sha256Of(93) },
    against: shift(of, -3600),
    header: [
      { name: 'params KISTSchedRunInterval', before: '10', after: '2' },
      { name: 'client-versions', before: '0.4.8.21,0.4.9.11', after: null },
    ],
    flags: [
      { flag: 'Guard', gained: 12, lost: 31 },
      { flag: 'Stable', gained: 4, lost: 4 },
    ],
    added: someRelays(61, situation),
    removed: someRelays(9, situation, 70),
    relaysBefore: 9_828,
    published: published
      ? {
          identical: { ns: true, microdesc: true },
          sameVotes: true,
          text: 'What was published is the same, byte for byte, in both flavours.',
        }
      : null,
  };
}

/** What the authorities show before publication: one digest, or two when it splits. */
export function pendingOf(situation: Situation, split = false): PendingView {
  const voters = votersOf(situation);
  const [some, rest] = split ? [voters.slice(0, 5), voters.slice(5)] : [voters, []];
  const groups: PendingView['groups'] = (['ns', 'microdesc'] as const).flatMap((flavor) => [
    { flavor, digest: flavor === 'ns' ? sha1Of(92) : sha256Of(93), authorities: [...some] },
    ...(rest.length === 0
      ? []
      : [{ flavor, digest: flavor === 'ns' ? sha1Of(94) : sha256Of(95), authorities: [...rest] }]),
  ]);
  return {
    level: split ? 'bad' : 'ok',
    text: split
      ? 'Two different consensuses are being signed: 5 and 4 authorities.'
      : `All ${voters.length} authorities show the same digests.`,
    groups,
    authorities: voters.map((authority, i) => ({
      authority,
      ns: sha1Of(split && i > 4 ? 94 : 92),
      microdesc: sha256Of(split && i > 4 ? 95 : 93),
      firstSeen: '2026-07-27T13:55:09Z',
      lastSeen: '2026-07-27T13:59:41Z',
      signatures: { ns: voters.length, microdesc: voters.length },
      good: { ns: voters.length, microdesc: voters.length - 1 },
    })),
  };
}

/** Every copy: one of each, or equivocation, a lag and a split. */
export function copiesOf(situation: Situation, trouble = false): CopiesView {
  const voters = votersOf(situation);
  const servedBy = voters.map((authority) => ({
    authority,
    firstSeen: '2026-07-27T14:00:03Z',
    lastSeen: now,
  }));
  const vote = (author: string, i: number): CopiesView['votes'][number] => ({
    author,
    sha256: i === 0 ? voteSha : digest(30 + i),
    digest: sha1Of(30 + i),
    published: '2026-07-27T13:50:01Z',
    relation: 'only',
    named: true,
    text: 'no other vote of it is known',
    servedBy,
  });
  return {
    level: trouble ? 'bad' : 'ok',
    text: trouble
      ? `${voters[0]} signed two different votes, and two consensuses have enough signatures.`
      : 'One consensus of each flavour and one vote of each authority are served everywhere.',
    consensuses: [
      {
        flavor: 'ns',
        sha256: consensusSha,
        digest: sha1Of(90),
        relation: 'counted',
        signers: voters.length,
        text: 'the figures of this page are of this one',
        servedBy,
      },
      ...(trouble
        ? [
            {
              flavor: 'ns' as const,
              sha256: digest(44),
              digest: sha1Of(94),
              relation: 'split' as const,
              signers: 5,
              text: 'another text with enough signatures',
              servedBy: servedBy.slice(0, 2),
            },
          ]
        : []),
    ],
    votes: [
      ...voters.map(vote),
      ...(trouble
        ? [
            {
              ...vote(voters[0] ?? '', 60),
              relation: 'equivocation' as const,
              named: false,
              text: 'signed by the same key, published at the same second, another text',
            },
          ]
        : []),
    ],
    lagging: trouble ? [{ authority: voters[2] ?? '', serves: before, at: '2026-07-27T14:05:00Z' }] : [],
  };
}

/** What the round page has of it. */
export function restsOn(situation: Situation): Pick<RoundPage, 'proof' | 'preview' | 'pending' | 'copies'> {
  if (situation === 'failing' || situation === 'nothing') return nothingSeen;
  const verdict = situation === 'blind' ? 'undecided' : situation === 'hostile' ? 'differs' : 'identical';
  const [ns, microdesc] = [proofOf('ns', situation, verdict), proofOf('microdesc', situation)];
  return {
    proof: {
      level: ns.level,
      text:
        verdict === 'identical'
          ? `Both flavours follow byte for byte from the ${votersOf(situation).length} votes they name.`
          : ns.text,
      ns,
      microdesc,
    },
    preview: previewOf(situation, validAfter, true),
    pending: pendingOf(situation),
    copies: copiesOf(situation, situation === 'hostile'),
  };
}

/** Nothing is known of what the round rests on. */
export const nothingSeen: Pick<RoundPage, 'proof' | 'preview' | 'pending' | 'copies'> = {
  proof: { level: 'unknown', text: 'No proof was made of this round.', ns: null, microdesc: null },
  preview: null,
  pending: { level: 'unknown', text: 'Nothing was seen before publication.', groups: [], authorities: [] },
  copies: { level: 'unknown', text: 'No copy was seen.', consensuses: [], votes: [], lagging: [] },
};

/** The tile of the overview. */
export function proofTileOf(situation: Situation): Status['proof'] {
  if (situation === 'nothing' || situation === 'failing') {
    const reason = 'no proof is known yet';
    return {
      level: 'unknown',
      verdict: { value: null, reason },
      text: 'No proof is known yet.',
      validAfter: null,
    };
  }
  const { proof } = restsOn(situation);
  return {
    level: proof.level,
    verdict: { value: proof.ns?.verdict ?? 'undecided' },
    text: proof.text,
    validAfter,
  };
}

/** The coming round: in its voting window, splitting where the situation is bad, unknown where nothing is. */
export function nextOf(situation: Situation): NextRound {
  const { preview: _, proof: __, ...seen } = nothingSeen;
  if (situation === 'nothing') {
    return {
      ...stampOf(situation),
      sentence: { level: 'unknown', headline: 'Nothing is known of the coming round.', detail: '' },
      validAfter: null,
      phase: null,
      phases: [],
      needed: 5,
      votes: [],
      preview: null,
      previewReason: 'no vote of it was seen',
      ...seen,
      warnings: [],
    };
  }
  const voters = votersOf(situation);
  const coming = '2026-07-27T14:35:00Z';
  const needed = Math.floor(voters.length / 2) + 1;
  const bad = situation === 'failing';
  return {
    ...stampOf(situation),
    sentence: bad
      ? {
          level: 'bad',
          headline: 'The consensus of 14:35 is about to split.',
          detail: '5 authorities sign one text and 4 another.',
        }
      : {
          level: 'warn',
          headline: `${voters.length - 1} of ${voters.length} votes of 14:35 are here; ${needed} are needed.`,
          detail: `${voters.at(-1)}’s is missing. 61 relays come, 9 go.`,
        },
    validAfter: coming,
    phase: { name: 'fetching-signatures', text: 'signatures are being fetched', until: coming },
    phases: [
      ['votes published', -600, -596],
      ['missing votes fetched', -450, null],
      ['consensus computed', -300, -291],
      ['missing signatures fetched', -150, null],
    ].map(([name, due, when]) => ({
      name: String(name),
      due: shift(coming, Number(due)),
      seen: when === null ? null : shift(coming, Number(when)),
      text: when === null ? 'not observable from outside' : 'first seen at tor26',
    })),
    needed,
    votes: voters.map((authority, i) => {
      const missing = i === voters.length - 1;
      return {
        authority,
        state: missing ? ('missing' as const) : ('seen' as const),
        sha256: missing ? null : digest(30 + i),
        digest: missing ? null : sha1Of(30 + i),
        published: missing ? null : shift(coming, -599),
        firstSeen: missing ? null : shift(coming, -590 + i),
        seenAt: missing ? [] : voters.slice(0, 3 + (i % 4)),
        relays: missing ? null : 9_871 + i,
        text: missing ? 'nobody that we asked holds it' : 'signature good',
      };
    }),
    preview: previewOf(situation, coming, false),
    previewReason: null,
    pending: pendingOf(situation, bad),
    copies: copiesOf(situation, bad),
    warnings: bad
      ? [
          {
            check: 'split-ahead',
            level: 'bad',
            title: 'Two consensuses are being signed.',
            message: '5 and 4 authorities show different digests 3 min before publication; 5 are needed.',
          },
        ]
      : [],
  };
}

/** The answer to a what-if question. */
export function whatIfOf(situation: Situation, query: WhatIfQuery): WhatIfAnswer | undefined {
  if (situation === 'nothing') return undefined;
  const voters = votersOf(situation);
  const without = voters.filter(
    (name, i) =>
      query.without.includes(name) ||
      (query.country !== undefined && i < 3) ||
      (query.as !== undefined && i === 4),
  );
  const votes = voters.filter((name) => !without.includes(name));
  const needed = Math.floor(voters.length / 2) + 1;
  const possible = votes.length >= needed;
  const after = (value: number): number | null => (possible ? value : null);
  return {
    ...stampOf(situation),
    sentence: possible
      ? {
          level: 'ok',
          headline: `Without ${without.join(', ') || 'nobody'} ${votes.length} remain: a consensus is still possible.`,
          detail: `${votes.length - needed} more may be lost. 14 relays would go, 2 would come.`,
        }
      : {
          level: 'bad',
          headline: `Without ${without.join(', ')} there is no consensus.`,
          detail: `${votes.length} votes remain, ${needed} are needed.`,
        },
    validAfter,
    without,
    country: query.country ?? null,
    as: query.as ?? null,
    votes,
    unheld: [],
    needed,
    outcome: possible ? 'computed' : 'impossible',
    detail: possible ? '' : `${votes.length} votes, ${needed} needed`,
    method: { before: 35, after: after(35) },
    relays: { before: 9_871, after: after(9_859) },
    weight: { before: 44_807_632, after: after(44_120_011) },
    header: possible ? [{ name: 'params bwauthpid', before: '1', after: null }] : [],
    flags: possible ? [{ flag: 'Guard', gained: 3, lost: 120 }] : [],
    added: someRelays(possible ? 2 : 0, situation),
    removed: someRelays(possible ? 14 : 0, situation, 20),
    changed: possible ? 2_204 : 0,
    identical: possible ? false : null,
  };
}

/** Two consensuses compared. */
export function diffOf(situation: Situation, from: string, to: string): DiffAnswer | undefined {
  if (situation === 'nothing') return undefined;
  const listed = (i: number): DiffAnswer['added'][number] => ({
    ...relayOf(i, situation),
    address: `192.0.2.${i}:9001`,
    flags:
      i % 2 === 0 ? ['Fast', 'Running', 'Valid'] : ['Exit', 'Fast', 'Guard', 'Running', 'Stable', 'Valid'],
  });
  return {
    ...stampOf(situation),
    sentence: {
      level: 'ok',
      headline: '12 relays came, 9 went; 2 changed.',
      detail: '31 lost Guard, 12 gained it.',
    },
    from,
    to,
    header: [{ name: 'valid-after', before: from, after: to }],
    relaysBefore: 9_868,
    relaysAfter: 9_871,
    added: Array.from({ length: 12 }, (_, i) => listed(i)),
    removed: Array.from({ length: 9 }, (_, i) => listed(40 + i)),
    changed: [
      {
        ...relayOf(80, situation),
        gained: [],
        lost: ['Guard', 'HSDir'],
        fields: [{ field: 'weight', before: '12400', after: '8100' }],
      },
      {
        ...relayOf(81, situation),
        gained: ['Guard'],
        lost: [],
        fields: [{ field: 'version', before: 'Tor 0.4.8.21', after: 'Tor 0.4.9.11' }],
      },
    ],
    flags: [{ flag: 'Guard', gained: 12, lost: 31 }],
  };
}

/** Which votes gave what. */
export function explainOf(situation: Situation, keyword: string | undefined): ExplainAnswer | undefined {
  if (situation === 'nothing') return undefined;
  const voters = votersOf(situation);
  const lines: ExplainAnswer['lines'] = [
    {
      line: 48_111,
      text: 's Fast Guard Running Stable Valid',
      rule: 'A flag is given when more than half of the votes that know it and list the relay give it.',
      clause: 'dir-spec 3.8',
      given: voters.map((authority, i) => ({
        authority,
        identity: upper(200 + i),
        value: i === 3 ? null : i % 2 === 0 ? 'Fast Guard Running Stable Valid' : 'Fast Running Valid',
        counted: i !== 3,
        note: i === 3 ? 'does not list this relay' : null,
      })),
    },
    {
      line: null,
      text: null,
      rule: 'No line is written when no vote measured it.',
      clause: 'dir-spec 3.8.2',
      given: [],
    },
  ];
  return {
    ...stampOf(situation),
    sentence: {
      level: 'unknown',
      headline: 'Guard: 5 of 8 say yes, more than half are needed.',
      detail:
        situation === 'hostile' ? hostileName : 'Five find it, three do not; one does not list the relay.',
    },
    validAfter,
    flavor: 'ns',
    lines: keyword === 'none' ? [] : lines,
  };
}
