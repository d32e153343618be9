/**
 * The contract on what a round rests on: its consensus recomputed from the votes it names, what the votes at hand will
 * make of the coming round, what the authorities show before publication, and which copies of the documents there are.
 */
import { z } from '@hono/zod-openapi';
import {
  figure,
  fingerprint,
  levelSchema,
  nickname,
  sentenceSchema,
  sha256,
  time,
} from './contract-basics.ts';

const flavor = z.enum(['ns', 'microdesc']);
const count = z.number().int().min(0);
const digest = z
  .string()
  .describe('Of the part that is signed: SHA-1 of ns, SHA-256 of microdesc; upper-case hex');

/** A relay by name. */
const relayName = z.object({ fingerprint, nickname: z.string() });

/** How many relays, and the first of them by fingerprint. */
const someRelays = z.object({
  count,
  first: z.array(relayName).describe('The first of them by fingerprint, at most 50'),
});

/** A value that is different in two documents; `null` where a document does not have it. */
const change = z.object({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() });

/** How many relays of both documents gained a flag and how many lost it. */
const flagChange = z.object({ flag: z.string(), gained: count, lost: count });

/** What explains a verdict, in the order in which it is looked for. */
export const proofCauseSchema = z.enum([
  'none',
  'missing-votes',
  'authority-count',
  'shared-random-fresh',
  'unsupported-method',
  'software',
  'tie',
  'split',
  'unexplained',
]);
/** What explains a verdict, in one word. */
export type ProofCause = z.infer<typeof proofCauseSchema>;

/** One line in which the published and the recomputed consensus differ. */
export const textDifferenceSchema = z.object({
  part: z.enum(['header', 'params', 'authority', 'relay', 'weights', 'footer']),
  subject: z.string().describe('Which authority or relay, or the parameter; empty where there is only one'),
  keyword: z.string(),
  published: z.string().nullable().describe('The line as it was published; null where it is not there'),
  recomputed: z.string().nullable().describe('The line as it was recomputed; null where it is not there'),
  publishedLine: z.number().int().nullable().describe('Line number, from 1'),
  recomputedLine: z.number().int().nullable().describe('Line number, from 1'),
});

/** A published consensus held against what the votes it names give. */
export const proofSchema = z
  .object({
    flavor,
    verdict: z.enum(['identical', 'differs', 'undecided']),
    level: levelSchema.describe('ok: identical; bad: differs; unknown: undecided'),
    cause: proofCauseSchema,
    text: z.string().describe('What was found and what explains it, in one sentence'),
    judgedAt: time.describe('When this verdict was first reached'),
    sha256: sha256.describe('The published document'),
    digest: digest.nullable(),
    recomputedDigest: digest.nullable().describe('null where nothing could be recomputed'),
    method: z.number().int().nullable().describe('The consensus method that the votes agree on'),
    votesNamed: count.describe('Votes that the consensus names'),
    votesUsed: count.describe('Those of them that are held here'),
    missing: z.array(z.object({ authority: z.string(), identity: fingerprint, voteDigest: z.string() })),
    assumptions: z
      .object({
        authorities: count.describe('How many authorities whoever computed has configured'),
        sharedRandomFresh: z.boolean().describe('Whether it had just computed a new shared random value'),
      })
      .describe(
        'What the document does not say: that under which it comes out, or else what was tried first',
      ),
    differences: z.object({
      count,
      first: z.array(textDifferenceSchema).describe('In the order of the document, at most 200'),
    }),
  })
  .openapi('Proof');
/** The proof of one flavour. */
export type ProofView = z.infer<typeof proofSchema>;

/** The proofs of a round's two flavours; the reason where there is none. */
export const roundProofSchema = z.object({
  level: levelSchema.describe('The worst of both'),
  text: z.string().describe('Both in one sentence; why there is none where there is none'),
  ns: proofSchema.nullable(),
  microdesc: proofSchema.nullable(),
});
/** The proofs of a round. */
export type RoundProof = z.infer<typeof roundProofSchema>;

/** What the votes that were held at a moment make of the coming round. */
export const previewSchema = z
  .object({
    validAfter: time,
    takenAt: time.describe('When the last of these votes had come'),
    outcome: z.enum(['computed', 'unsupported', 'impossible']),
    level: levelSchema,
    text: z.string().describe('What will come of it, in one sentence'),
    votes: z.array(nickname).describe('Whose votes it is made of'),
    missing: z.array(nickname).describe('Whose votes were not held'),
    needed: count.describe('Votes that are needed for a consensus'),
    method: z.number().int().nullable(),
    relays: count.nullable(),
    digests: z
      .object({ ns: digest.nullable(), microdesc: digest.nullable() })
      .describe('What the authorities will sign if these are all the votes'),
    against: time.nullable().describe('The consensus that it is compared with: the newest before it'),
    header: z
      .array(change)
      .describe('Lines of the header that change, parameters one by one as `params NAME`'),
    flags: z.array(flagChange).describe('Among relays in both'),
    added: someRelays,
    removed: someRelays,
    relaysBefore: count.nullable(),
    published: z
      .object({
        identical: z.object({ ns: z.boolean().nullable(), microdesc: z.boolean().nullable() }),
        sameVotes: z.boolean().describe('Whether the published consensus was made of exactly these votes'),
        text: z.string(),
      })
      .nullable()
      .describe('How it compares with what was published; null before that'),
  })
  .openapi('Preview');
/** One preview. */
export type PreviewView = z.infer<typeof previewSchema>;

/** What the authorities show in `next/consensus-signatures` before publication. */
export const pendingSchema = z
  .object({
    level: levelSchema,
    text: z.string().describe('Whether they all made the same, in one sentence'),
    groups: z
      .array(z.object({ flavor, digest, authorities: z.array(nickname) }))
      .describe('Who shows which digest; one group a flavour is normal'),
    authorities: z.array(
      z.object({
        authority: nickname,
        ns: digest.nullable(),
        microdesc: digest.nullable(),
        firstSeen: time.describe('When it was first seen to show these digests'),
        lastSeen: time,
        signatures: z
          .object({ ns: count, microdesc: count })
          .describe('The most signatures it was seen to hold on them'),
        good: z.object({ ns: count, microdesc: count }).describe('Those of them that are known to be good'),
      }),
    ),
  })
  .openapi('Pending');
/** What is shown before publication. */
export type PendingView = z.infer<typeof pendingSchema>;

const servedBy = z.array(z.object({ authority: nickname, firstSeen: time, lastSeen: time }));

/** Every copy of a consensus or vote of the round, and what it is to the others. */
export const copiesSchema = z
  .object({
    level: levelSchema,
    text: z.string(),
    consensuses: z.array(
      z.object({
        flavor,
        sha256,
        digest: digest.nullable(),
        relation: z
          .enum(['counted', 'same-digest', 'split', 'undecided', 'refused'])
          .describe(
            'counted: the one the figures are of; same-digest: the same text with other signatures, which is normal; ' +
              'split: another text with enough signatures; undecided: its signatures cannot be checked yet',
          ),
        signers: count.nullable(),
        text: z.string(),
        servedBy,
      }),
    ),
    votes: z.array(
      z.object({
        author: z.string(),
        sha256,
        digest: z.string().nullable(),
        published: time.nullable(),
        relation: z
          .enum(['only', 'same-digest', 'replaced', 'replacement', 'equivocation', 'untold', 'refused'])
          .describe(
            'only: no other vote of this author; replaced and replacement: the later published took its place; ' +
              'equivocation: signed votes of one author differ and none took the place of the other; ' +
              'untold: signed votes of one author differ, and nobody was seen to serve one of them, so which it is nobody can tell',
          ),
        named: z.boolean().nullable().describe('Whether the consensus names it; null without a consensus'),
        text: z.string(),
        servedBy,
      }),
    ),
    lagging: z
      .array(z.object({ authority: nickname, serves: time, at: time }))
      .describe('Who was last seen to serve the consensus of an earlier round while this one was there'),
  })
  .openapi('Copies');
/** Every copy of a round's documents. */
export type CopiesView = z.infer<typeof copiesSchema>;

/** The newest round's proof in a tile. */
export const proofTileSchema = z.object({
  level: levelSchema,
  verdict: figure(z.enum(['identical', 'differs', 'undecided'])),
  text: z.string(),
  validAfter: time.nullable(),
});

const stamped = {
  network: z.string().describe('Name of the network'),
  now: time.describe('The time all ages count from'),
  revision: z.number().int().describe('Grows with every change'),
};

/** The coming round: where it stands and what will come of it. */
export const nextRoundSchema = z
  .object({
    ...stamped,
    sentence: sentenceSchema,
    validAfter: time.nullable().describe('null while no schedule is known'),
    phase: z
      .object({
        name: z.enum(['quiet', 'voting', 'fetching-votes', 'computing', 'fetching-signatures']),
        text: z.string(),
        until: time,
      })
      .nullable(),
    phases: z.array(z.object({ name: z.string(), due: time, seen: time.nullable(), text: z.string() })),
    needed: count,
    votes: z.array(
      z.object({
        authority: nickname,
        state: z
          .enum(['seen', 'missing', 'not-asked', 'refused'])
          .describe('not-asked: we have not looked yet'),
        sha256: sha256.nullable(),
        digest: z.string().nullable(),
        published: time.nullable(),
        firstSeen: time.nullable(),
        seenAt: z.array(nickname).describe('Who was seen to hold it'),
        relays: count.nullable(),
        text: z.string(),
      }),
    ),
    preview: previewSchema.nullable(),
    previewReason: z.string().nullable().describe('Why there is no preview'),
    pending: pendingSchema,
    copies: copiesSchema,
    warnings: z.array(
      z.object({ check: z.string(), level: levelSchema, title: z.string(), message: z.string() }),
    ),
  })
  .openapi('NextRound');
/** The answer about the coming round. */
export type NextRound = z.infer<typeof nextRoundSchema>;

/** A figure with and without. */
const beforeAfter = z.object({ before: z.number().nullable(), after: z.number().nullable() });

/** What a consensus would be without some of its votes. */
export const whatIfSchema = z
  .object({
    ...stamped,
    sentence: sentenceSchema,
    validAfter: time,
    without: z.array(nickname).describe('Whose votes are left out'),
    country: z.string().nullable().describe('Whose country was asked about, two letters'),
    as: z.string().nullable().describe('Which network was asked about, as AS24940'),
    votes: z.array(nickname).describe('Whose votes are left'),
    unheld: z.array(z.string()).describe('Whose votes the consensus names and are not held here'),
    needed: count,
    outcome: z.enum(['computed', 'unsupported', 'impossible']),
    detail: z.string().describe('Why nothing comes of it, where nothing comes of it'),
    method: beforeAfter,
    relays: beforeAfter,
    weight: beforeAfter.describe('Sum of the consensus weights; no unit'),
    header: z.array(change),
    flags: z.array(flagChange),
    added: someRelays,
    removed: someRelays,
    changed: count.describe('Relays in both of which anything is different'),
    identical: z.boolean().nullable().describe('Whether the text would be the same but for who voted'),
  })
  .openapi('WhatIf');
/** The answer to a question of what would be. */
export type WhatIfAnswer = z.infer<typeof whatIfSchema>;

/** A relay as one of two consensuses lists it. */
const listedRelay = relayName.extend({ address: z.string(), flags: z.array(z.string()) });

/** Two consensuses compared, relay by relay (S8.1 to S8.4). */
export const diffSchema = z
  .object({
    ...stamped,
    sentence: sentenceSchema,
    from: time,
    to: time,
    header: z.array(change),
    relaysBefore: count,
    relaysAfter: count,
    added: z.array(listedRelay),
    removed: z.array(listedRelay),
    changed: z.array(
      relayName.extend({
        gained: z.array(z.string()),
        lost: z.array(z.string()),
        fields: z.array(
          z.object({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
        ),
      }),
    ),
    flags: z.array(flagChange),
  })
  .openapi('ConsensusDiff');
/** The answer about two consensuses. */
export type DiffAnswer = z.infer<typeof diffSchema>;

/** Which votes gave what to a line of a consensus. */
export const explainSchema = z
  .object({
    ...stamped,
    sentence: sentenceSchema,
    validAfter: time,
    flavor,
    lines: z.array(
      z.object({
        line: z.number().int().nullable().describe('Line of the recomputed text, from 1'),
        text: z.string().nullable().describe('null where the rule gives no line'),
        rule: z.string().describe('The rule that decided'),
        clause: z.string().describe('Where the rule is written'),
        given: z.array(
          z.object({
            authority: z.string(),
            identity: fingerprint,
            value: z.string().nullable().describe('null where the vote says nothing'),
            counted: z.boolean(),
            note: z.string().nullable(),
          }),
        ),
      }),
    ),
  })
  .openapi('Explanation');
/** The answer about a line. */
export type ExplainAnswer = z.infer<typeof explainSchema>;
