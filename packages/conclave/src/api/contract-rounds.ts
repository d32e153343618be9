/** The contract on voting rounds: the list, and the page of one (S5.1, S5.2, S5.4). */
import { z } from '@hono/zod-openapi';
import {
  beatSchema,
  levelSchema,
  nickname,
  qualitySchema,
  sentenceSchema,
  sha256,
  share,
  time,
} from './contract-basics.ts';
import { eventSchema } from './contract-happenings.ts';
import { copiesSchema, pendingSchema, previewSchema, roundProofSchema } from './contract-proof.ts';

/** One round in a line. */
export const roundSummarySchema = z.object({
  validAfter: time,
  level: levelSchema,
  text: z.string(),
  relays: z.number().int().nullable(),
  votes: z.number().int().nullable(),
  signatures: z.number().int().nullable(),
  agreement: share.nullable(),
  digests: z.number().int().nullable().describe('Texts that were seen served; null where nobody watched'),
});

/** Rounds, newest first, a page at a time. */
export const roundsSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    sentence: sentenceSchema,
    rounds: z.array(roundSummarySchema),
    older: z.string().nullable().describe('Permalink of the next page of older rounds'),
  })
  .openapi('Rounds');
/** The answer about many rounds. */
export type Rounds = z.infer<typeof roundsSchema>;

/** One round: what was due, what came, who signed (S5.1, S5.2, S5.4). */
export const roundPageSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    sentence: sentenceSchema,
    validAfter: time,
    previous: time.nullable(),
    following: time.nullable(),
    phases: z.array(z.object({ name: z.string(), due: time, seen: time.nullable(), text: z.string() })),
    consensuses: z.array(
      z.object({
        flavor: z.enum(['ns', 'microdesc']),
        sha256,
        digest: z.string(),
        bytes: z.number().int(),
        verdict: z.string(),
        level: levelSchema,
        valid: z.number().int(),
        needed: z.number().int(),
        firstSeen: time
          .nullable()
          .describe('When somebody was first seen to serve it; null where an archive brought it'),
        servedBy: z.array(z.object({ authority: nickname, firstSeen: time })),
      }),
    ),
    authorities: z.array(
      z.object({
        nickname,
        mark: beatSchema.shape.mark,
        voteSha256: sha256.nullable(),
        voteDigest: z.string().nullable(),
        votePublished: time.nullable(),
        voteFirstSeen: time.nullable(),
        voteSeenAt: z.array(nickname),
        voteBytes: z.number().int().nullable(),
        voteVerdict: z.string(),
        inConsensus: z.boolean().nullable(),
        relays: z.number().int().nullable(),
        running: z.number().int().nullable(),
        measured: z.number().int().nullable(),
        agreement: share.nullable(),
        signatureFirstSeen: time.nullable(),
        signed: z.object({ ns: z.string().nullable(), microdesc: z.string().nullable() }),
        consensusFirstServed: time.nullable(),
        text: z.string(),
      }),
    ),
    perFlag: z.array(
      z.object({
        flag: z.string(),
        consensus: z.number().int(),
        share: share.nullable(),
        perAuthority: z.array(
          z.object({ authority: nickname, count: z.number().int().nullable(), share: share.nullable() }),
        ),
      }),
    ),
    quality: qualitySchema.nullable(),
    proof: roundProofSchema,
    preview: previewSchema.nullable().describe('The last one that was taken; null where none was'),
    pending: pendingSchema,
    copies: copiesSchema,
    events: z.array(eventSchema),
  })
  .openapi('RoundPage');
/** The answer about one round. */
export type RoundPage = z.infer<typeof roundPageSchema>;
