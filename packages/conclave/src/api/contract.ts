/**
 * The contract of the HTTP API, version 1: what every answer looks like, as schemas. The OpenAPI document, the types that
 * the pages are written against and the tests all come from here. Times are ISO 8601 UTC to the second
 * (`2026-07-27T14:00:00Z`), shares are fractions from 0 to 1, durations and ages are seconds, sizes are bytes.
 * A figure that cannot be computed honestly is `null` and has its reason beside it.
 */
import { z } from '@hono/zod-openapi';

const time = z.iso.datetime().describe('UTC, to the second');
const share = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const nickname = z.string().describe('Nickname of an authority');
const fingerprint = z.string().regex(/^[0-9A-F]{40}$/);

/** How a thing stands, in the four words the pages colour: `bad` means somebody should act. */
export const levelSchema = z.enum(['ok', 'warn', 'bad', 'unknown']);
/** One of the four words. */
export type Level = z.infer<typeof levelSchema>;

/** The answer to a page's question, in a sentence or two. */
export const sentenceSchema = z
  .object({
    level: levelSchema,
    headline: z.string().describe('The answer, in one sentence'),
    detail: z.string().describe('What else there is to say'),
  })
  .openapi('Sentence');
/** A headline and what else there is to say. */
export type Sentence = z.infer<typeof sentenceSchema>;

/** A figure that may be missing for a stated reason. */
const figure = <T extends z.ZodType>(value: T) =>
  z.object({
    value: value.nullable(),
    reason: z.string().optional().describe('Why there is no value'),
  });

/** Where we stand ourselves: nobody else is judged while we are blind. */
export const observingSchema = z
  .object({
    state: z.enum(['starting', 'watching', 'blind', 'behind', 'replaying', 'ended']),
    text: z.string(),
    vantage: z.string().describe('From where we look'),
    lastTick: time.nullable().describe('End of the last cycle of requests, and its age in seconds at now'),
    ageSeconds: z.number().nullable().describe('Age at now'),
    probeSeconds: z.number().describe('Seconds between two liveness requests to one authority'),
    speed: z
      .number()
      .positive()
      .optional()
      .describe('How many seconds of a recording pass in one second; absent where the time is our own'),
  })
  .openapi('Observing');
/** What is said about our own eyes. */
export type Observing = z.infer<typeof observingSchema>;

/** How urgent a finding is. */
export const severitySchema = z.enum(['info', 'warning', 'high', 'critical']);
/** One of the four urgencies. */
export type Severity = z.infer<typeof severitySchema>;

/** A finding over time: since when, how bad, and whether it is over. */
export const alertSchema = z
  .object({
    id: z.string(),
    check: z.string().describe('The check that found it, for example authority-offline'),
    category: z.enum(['authority_connectivity', 'authority_performance', 'consensus_health', 'observatory']),
    severity: severitySchema,
    title: z.string(),
    message: z.string().describe('What was found, with the value and the limit it was held against'),
    authority: nickname.nullable(),
    state: z.enum(['firing', 'resolved']),
    since: time.describe('When it was first found'),
    lastSeen: time.describe('When it was last found'),
    resolvedAt: time.nullable().describe('When it was over'),
    link: z.string().nullable().describe('Permalink of the evidence, where there is one'),
  })
  .openapi('Alert');
/** One alert as the API gives it. */
export type AlertView = z.infer<typeof alertSchema>;

/** Something that happened, with the rule that noticed it. */
export const eventSchema = z
  .object({
    id: z.string(),
    at: time,
    rule: z.string().describe('The rule that made it, for example consensus-published'),
    level: levelSchema,
    text: z.string(),
    authority: nickname.nullable(),
    validAfter: time.nullable(),
    link: z.string().nullable(),
  })
  .openapi('Event');
/** One event as the API gives it. */
export type EventView = z.infer<typeof eventSchema>;

/** What became of one round at one authority; `unobserved` means that we did not look. */
export const beatSchema = z.object({
  validAfter: time,
  mark: z.enum(['good', 'late', 'missing', 'unobserved']),
  text: z.string(),
});
/** One round at one authority. */
export type Beat = z.infer<typeof beatSchema>;

/** `true`, `false`, or `null` where we cannot tell, with the reason in words. */
const markSchema = z.object({
  value: z.boolean().nullable().describe('null where we cannot tell'),
  text: z.string().describe('The same in words, with the reason'),
});

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

/** What kinds of relays the consensus lists. */
export const qualitySchema = z.object({
  relays: z.number().int(),
  guards: z.number().int(),
  exits: z.number().int(),
  exitsWithoutBadExit: z.number().int(),
  guardExits: z.number().int(),
  weightSum: z.number().describe('Unit-less: the sum of the consensus weights'),
  method: z.number().int(),
});

/** Where and what the relays are, as far as anybody can tell. */
export const diversitySchema = z.object({
  countries: figure(z.array(z.object({ country: z.string(), relays: z.number().int(), weightShare: share }))),
  geoSource: z.string(),
  versions: z.array(z.object({ version: z.string(), relays: z.number().int() })),
  platforms: figure(z.array(z.object({ platform: z.string(), relays: z.number().int() }))),
  operators: figure(z.number().int()),
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

/** One round in a line. */
export const roundSummarySchema = z.object({
  validAfter: time,
  level: levelSchema,
  text: z.string(),
  relays: z.number().int().nullable(),
  votes: z.number().int().nullable(),
  signatures: z.number().int().nullable(),
  agreement: share.nullable(),
  digests: z.number().int(),
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
        firstSeen: time,
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
    events: z.array(eventSchema),
  })
  .openapi('RoundPage');
/** The answer about one round. */
export type RoundPage = z.infer<typeof roundPageSchema>;

/** One thing that is wrong with a document, and where. */
export const problemSchema = z.object({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  line: z.number().int(),
  offset: z.number().int(),
  keyword: z.string().nullable(),
  expected: z.string(),
  found: z.string(),
});

/** One document in a line. */
export const documentSummarySchema = z.object({
  sha256,
  kind: z.string(),
  bytes: z.number().int(),
  firstSeen: time,
  lastSeen: time,
  validAfter: time.nullable(),
  authority: nickname.nullable(),
  verdict: z.string(),
});

/** Documents, newest first, a page at a time. */
export const documentsSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    documents: z.array(documentSummarySchema),
    older: z.string().nullable(),
  })
  .openapi('Documents');
/** The answer about many documents. */
export type Documents = z.infer<typeof documentsSchema>;

/** One document with its verdict; its raw bytes are at `raw`. */
export const documentPageSchema = documentSummarySchema
  .extend({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    sentence: sentenceSchema,
    raw: z.string(),
    facts: z.array(z.object({ name: z.string(), value: z.string() })),
    signatures: z.array(
      z.object({ authority: z.string(), algorithm: z.string(), fate: z.string(), good: z.boolean() }),
    ),
    problems: z.array(problemSchema),
    unrecognized: z.array(z.object({ line: z.number().int(), text: z.string() })),
    servedBy: z.array(z.object({ authority: nickname, firstSeen: time, lastSeen: time })),
    excerpts: z
      .array(
        z.object({
          lines: z.array(
            z.object({
              number: z.number().int().describe('Line in the document, from 1'),
              text: z.string().describe('At most 240 bytes of it'),
              signed: z.boolean().describe('Whether the signatures are over it'),
              mark: z.enum(['problem', 'unrecognized']).nullable(),
              note: z.string().nullable(),
            }),
          ),
        }),
      )
      .describe('Its beginning, every line with a problem, and its signatures; at most 400 lines'),
  })
  .openapi('DocumentPage');
/** The answer about one document. */
export type DocumentPage = z.infer<typeof documentPageSchema>;

/** Alerts, those that are firing first. */
export const alertsSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    sentence: sentenceSchema,
    alerts: z.array(alertSchema),
  })
  .openapi('Alerts');
/** The answer about alerts. */
export type Alerts = z.infer<typeof alertsSchema>;

/** Events, newest first, a page at a time. */
export const eventsSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    events: z.array(eventSchema),
    older: z.string().nullable(),
  })
  .openapi('Events');
/** The answer about events. */
export type Events = z.infer<typeof eventsSchema>;

/** What `/api/v1/events/live` sends: a change was learned, and the newest revision. */
export const liveMessageSchema = z.object({
  revision: z.number().int().describe('Grows with every change'),
  learnedAt: z
    .number()
    .describe('When the newest thing behind this revision was learned (our wall clock, milliseconds)'),
  sentAt: z.number().describe('When this message was sent (our wall clock, milliseconds)'),
});
/** One message of the live feed. */
export type LiveMessage = z.infer<typeof liveMessageSchema>;

/** What every error answers. */
export const errorSchema = z
  .object({
    error: z.object({
      code: z.enum(['not-found', 'bad-request', 'not-yet', 'busy', 'internal']),
      message: z.string(),
    }),
  })
  .openapi('Error');

/** What went wrong, in one word. */
export type ErrorCode = z.infer<typeof errorSchema>['error']['code'];
