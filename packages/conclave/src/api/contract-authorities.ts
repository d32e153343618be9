/** The contract on authorities: the table, and the page of one. */
import { z } from '@hono/zod-openapi';
import {
  beatSchema,
  figure,
  fingerprint,
  levelSchema,
  markSchema,
  nickname,
  sentenceSchema,
  sha256,
  share,
  time,
} from './contract-basics.ts';
import { alertSchema, eventSchema } from './contract-happenings.ts';

/** The condition of an authority, by its newest probes. */
export const authorityStateSchema = z.enum([
  'unknown',
  'online',
  'slow',
  'degraded',
  'timeout',
  'offline',
  'error',
]);
/** One of the conditions. */
export type AuthorityState = z.infer<typeof authorityStateSchema>;

/** One authority as the status page shows it (S2.1.8 to S2.1.16). */
export const authorityRowSchema = z
  .object({
    nickname,
    votes: z.boolean().describe('false for the bridge authority'),
    v3ident: fingerprint.nullable(),
    fingerprint: fingerprint.nullable(),
    address: z.string(),
    dirPort: z.number().int(),
    orPort: z.number().int().nullable(),
    ipv6: z.string().nullable(),
    state: authorityStateSchema,
    stateText: z.string().describe('Why it is in this state, with numbers: 3 of the last 3 probes timed out'),
    stateSince: time.nullable().describe('Since when it is in this state'),
    level: levelSchema,
    lastProbe: time.nullable().describe('When we last asked it'),
    /** S2.1.14 */
    vote: z
      .object({ inConsensus: markSchema, retrievable: markSchema, signed: markSchema })
      .describe('Listed in the consensus, retrievable as a document, and signed by it'),
    /** S2.1.15: `none` for an authority without a scanner. */
    scan: z.object({
      state: z.enum(['none', 'ok', 'stale', 'silent', 'unknown']),
      level: levelSchema,
      text: z.string(),
      measured: z.number().int().nullable(),
      running: z.number().int().nullable(),
      fileAgeSeconds: z.number().nullable(),
    }),
    agreement: figure(share).describe('Share of its (relay, flag) decisions that equal the consensus'),
    /** S2.1.12: medians over the last probes, each phase from the start of the request. */
    latency: z.object({
      connectMs: z.number().nullable().describe('Median until the connection stood'),
      firstByteMs: z.number().nullable().describe('Median until the first byte of the answer'),
      totalMs: z.number().nullable().describe('Median until the whole answer was there'),
      probes: z.number().int().describe('How many probes the medians are taken over'),
      bytes: z.number().int().nullable().describe('Size of the answer'),
      baselineFirstByteMs: z.number().nullable().describe('What is usual for this authority'),
      limitMs: z.number().describe('A slower first byte is slow, whatever is usual'),
      slow: z.boolean(),
    }),
    clockSkewSeconds: figure(z.number()).describe('Its clock minus ours'),
    certificate: z.object({
      expires: time.nullable(),
      remainingSeconds: z.number().nullable(),
      level: levelSchema,
      text: z.string(),
    }),
    version: figure(z.string()),
    orPortIpv4: markSchema,
    orPortIpv6: markSchema,
    newestVote: time.nullable().describe('valid-after of the newest vote known of it'),
    /** S2.1.9 */
    differences: z
      .array(z.string())
      .describe('Differences between what is configured and what the consensus says of it'),
    beats: z.array(beatSchema),
  })
  .openapi('AuthorityRow');
/** One row of the authority table. */
export type AuthorityRow = z.infer<typeof authorityRowSchema>;

/** All authorities that are configured. */
export const authoritiesSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    sentence: sentenceSchema,
    authorities: z.array(authorityRowSchema),
  })
  .openapi('Authorities');
/** The answer about all authorities. */
export type Authorities = z.infer<typeof authoritiesSchema>;

/** One probe of an authority, newest first. */
export const probeSchema = z.object({
  at: time,
  subject: z.string(),
  outcome: z.string(),
  detail: z.string().nullable(),
  status: z.number().int().nullable(),
  connectMs: z.number().nullable(),
  firstByteMs: z.number().nullable(),
  totalMs: z.number(),
  clockSkewSeconds: z.number().nullable(),
  sha256: sha256.nullable(),
  bytes: z.number().int().nullable(),
  wireBytes: z.number().int().nullable(),
});

/** One authority's page. */
export const authorityPageSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    sentence: sentenceSchema,
    authority: authorityRowSchema,
    contact: z.string().nullable(),
    certificate: z
      .object({
        published: time,
        expires: time,
        signingKeyDigest: fingerprint,
        identityKeyBits: z.number().int(),
        signingKeyBits: z.number().int(),
        sha256,
      })
      .nullable(),
    perFlag: z.array(z.object({ flag: z.string(), share: share, decisions: z.number().int() })),
    thresholds: z.array(z.object({ key: z.string(), value: z.string() })),
    probes: z.array(probeSchema),
    documents: z.array(
      z.object({
        kind: z.string(),
        validAfter: time.nullable(),
        sha256,
        firstSeen: time,
        bytes: z.number().int(),
      }),
    ),
    rounds: z.array(
      z.object({
        validAfter: time,
        voted: z.boolean().nullable(),
        signed: z.boolean().nullable(),
        agreement: share.nullable(),
        text: z.string(),
      }),
    ),
    alerts: z.array(alertSchema),
    events: z.array(eventSchema),
    load: z
      .object({ requests: z.number().int(), wireBytes: z.number().int() })
      .describe('Requests and bytes we put on this authority in the last hour'),
  })
  .openapi('AuthorityPage');
/** The answer about one authority. */
export type AuthorityPage = z.infer<typeof authorityPageSchema>;
