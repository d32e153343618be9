/** The contract on the overview: tiles, formation, quality, diversity (S2.1). */
import { z } from '@hono/zod-openapi';
import { authorityRowSchema } from './contract-authorities.ts';
import {
  figure,
  levelSchema,
  nickname,
  observingSchema,
  qualitySchema,
  sentenceSchema,
  sha256,
  share,
  time,
} from './contract-basics.ts';
import { alertSchema, eventSchema } from './contract-happenings.ts';
import { describedSchema, networksSchema, operatorsSchema } from './contract-health.ts';
import { proofTileSchema } from './contract-proof.ts';

/** The newest consensus: how fresh, by whom signed, by whom served (S2.1.1 to S2.1.3). */
export const consensusTileSchema = z.object({
  state: z.enum(['none', 'future', 'current', 'stale', 'expired']),
  level: levelSchema,
  validAfter: time.nullable(),
  freshUntil: time.nullable(),
  validUntil: time.nullable(),
  ageSeconds: z.number().nullable(),
  /** S2.1.3 */
  next: time
    .nullable()
    .describe('The next valid-after, and by how many seconds it is overdue (0 when it is not)'),
  overdueSeconds: z.number(),
  checkedAt: time.nullable().describe('When the newest copy was last confirmed, and by whom'),
  source: z.string().nullable(),
  sha256: sha256.nullable(),
  microdescSha256: sha256.nullable(),
  signatures: z
    .object({ present: z.number().int(), valid: z.number().int(), needed: z.number().int() })
    .nullable(),
  verdict: z.string(),
  digestsServed: z
    .number()
    .int()
    .describe(
      'How many distinct digests of the signed part the authorities serve for this valid-after; 1 is normal',
    ),
  servedBy: z.array(nickname),
});

/** Who voted in the newest round. */
export const votingTileSchema = z.object({
  level: levelSchema,
  /** S2.1.4 */
  voted: z.number().int().nullable().describe('Dir-sources with a vote-digest in the latest consensus'),
  configured: z.number().int(),
  needed: z.number().int(),
  margin: z.number().int().nullable().describe('Votes above the majority; negative when there are too few'),
  /** S2.1.5 */
  lastVotes: z.string(),
  laggards: z.array(z.object({ authority: nickname, newestVote: time.nullable() })),
});

/** How far the votes agree with the consensus (S2.1.6, S2.1.7). */
export const agreementTileSchema = z.object({
  level: levelSchema,
  mean: figure(share),
  /** S2.1.7 */
  sum: z.number().nullable().describe('Sum of the agreements over the voters'),
  voters: z.number().int(),
  perFlag: z.array(z.object({ flag: z.string(), share: share, decisions: z.number().int() })),
  validAfter: time.nullable(),
});

/** S2.1.29 and S2.1.30. */
export const formationSchema = z.object({
  votesFirstSeen: figure(
    z.object({ first: time, last: time, spreadSeconds: z.number().describe('From the first to the last') }),
  ),
  phases: z.array(z.object({ name: z.string(), due: time, seen: time.nullable(), text: z.string() })),
  flagConsistency: figure(share),
  bandwidthVariance: z.array(
    z.object({
      authority: nickname,
      relays: z.number().int(),
      medianRatio: z.number().describe('Median of Measured divided by the median of all scanners'),
      q1: z.number(),
      q3: z.number(),
    }),
  ),
});

/** Where and what the relays are, as far as anybody can tell. */
export const diversitySchema = z.object({
  countries: figure(z.array(z.object({ country: z.string(), relays: z.number().int(), weightShare: share }))),
  geoSource: z.string(),
  versions: z.array(z.object({ version: z.string(), relays: z.number().int() })),
  networks: figure(networksSchema),
  described: figure(describedSchema),
  platforms: figure(
    z.array(z.object({ platform: z.string(), relays: z.number().int(), weightShare: share })),
  ).describe('Operating systems, by name; ?? where none is stated'),
  operators: figure(z.number().int()).describe('Groups of relays of one contact or one family'),
  largestOperators: figure(operatorsSchema),
});

/** The status page, whole (S2.1). */
export const statusSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe("The time all ages count from: ours, or the recording's"),
    revision: z
      .number()
      .int()
      .describe('Grows with every change; a page that shows it knows whether it is the newest'),
    sentence: sentenceSchema,
    observing: observingSchema,
    consensus: consensusTileSchema,
    voting: votingTileSchema,
    agreement: agreementTileSchema,
    proof: proofTileSchema,
    authorities: z.array(authorityRowSchema),
    alerts: z.array(alertSchema),
    events: z.array(eventSchema),
    formation: formationSchema.nullable(),
    quality: qualitySchema.nullable(),
    diversity: diversitySchema.nullable(),
    cacheSeconds: z.number().describe('Figures are computed anew at the latest after this time'),
  })
  .openapi('Status');
/** The status page as the API gives it. */
export type Status = z.infer<typeof statusSchema>;
