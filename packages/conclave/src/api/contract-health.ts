/**
 * The contract on the health of a consensus and on how it changes: one round (S2.2), the same hour some time before
 * (S2.2.14 to S2.2.16), who comes and goes hour by hour (S8.5), and series of any figure.
 */
import { z } from '@hono/zod-openapi';
import {
  figure,
  fingerprint,
  levelSchema,
  nickname,
  sentenceSchema,
  sha256,
  share,
  time,
} from './contract-basics.ts';

const count = z.number().int().min(0);
const stamp = {
  network: z.string().describe('Name of the network'),
  now: time.describe('The time all ages count from'),
  revision: z.number().int().describe('Grows with every change'),
};
const interval = z.object({ from: time, until: time, seconds: count });
const relay = { fingerprint, nickname: z.string().describe('As its operator named it') };

/** One method and who supports it (S2.2.2). */
const methodSchema = z.object({
  used: z.number().int().describe('consensus-method of the document'),
  needed: count.describe(
    'Voters that must support a method: more than two thirds of those whose vote is counted',
  ),
  possible: figure(z.number().int()).describe('The highest method that so many of the votes support'),
  supported: z.array(
    z.object({
      authority: nickname,
      methods: z.array(z.number().int()).nullable().describe('null where its vote is not held'),
      highest: z.number().int().nullable(),
      reason: z.string().optional(),
    }),
  ),
});

/** One of the two documents of a round (S2.2.8, S2.2.9). */
const flavorSchema = z.object({
  flavor: z.enum(['ns', 'microdesc']),
  sha256: sha256.nullable().describe('Name of the document here'),
  digest: z.string().nullable().describe('Digest of the signed part'),
  bytes: count.nullable(),
  reason: z.string().optional().describe('Why it is not there'),
});

/** A class of relays: how many, their part of the consensus weight, what their descriptors advertise (S2.2.15). */
const classSchema = z.object({
  name: z
    .enum(['total', 'guard', 'exit', 'guardExit', 'middle'])
    .describe('exit is without BadExit; guardExit is counted in guard and in exit, too; middle is neither'),
  relays: count,
  share: share.nullable().describe('Of the relays'),
  weight: z.number().describe('Sum of consensus weights; it has no unit and is no bandwidth'),
  weightShare: share.nullable(),
  capacity: figure(
    z.object({
      bitsPerSecond: z.number().describe('Sum of what the descriptors held advertise'),
      described: count.describe('Relays of the class whose descriptor is held; the others add nothing'),
    }),
  ),
});

/** A rule that a document of the round must keep (S2.2.10, S2.2.12). */
const invariantSchema = z.object({
  rule: z.enum(['running', 'valid', 'hsdir', 'guard', 'weights', 'order']),
  document: z.string().describe('consensus, or the nickname of the authority whose vote it is'),
  text: z.string().describe('The rule in words'),
  holds: z.boolean().nullable().describe('null where it cannot be asked of this document'),
  violations: count,
  named: z.array(z.object({ ...relay, text: z.string() })).describe('The first of them'),
  reason: z.string().optional(),
});

/** A stated rule, the value held against it, and how it stands (S2.2.17 to S2.2.20). */
const indicatorSchema = z.object({
  name: z.enum([
    'freshness',
    'participation',
    'agreement',
    'margin',
    'exit-policies',
    'countries',
    'regions',
    'networks',
    'operators',
    'platforms',
  ]),
  title: z.string(),
  level: levelSchema,
  grade: z.enum(['excellent', 'good', 'fair', 'poor']).nullable().describe('null where there is no value'),
  text: z.string().describe('The value in words, or why there is none'),
  value: z.number().nullable(),
  unit: z.enum(['seconds', 'share', 'count']),
  rule: z.string().describe('How the grade comes of the value'),
});

const placeSchema = z.object({
  name: z.string().describe('?? where it is not known'),
  relays: count,
  share,
  weightShare: share,
});

/** A part of the relays, and of their consensus weight. */
const part = {
  relays: count,
  share: share.describe('Of the relays listed'),
  weightShare: share.describe('Of the consensus weight of all relays listed'),
};

/** Networks of the relays (S2.2.19). */
export const networksSchema = z.object({
  source: z.string().describe('What the table is, and of when'),
  distinct: count,
  unknown: z.object(part).describe('Relays of addresses that the table does not know'),
  largest: z
    .array(z.object({ as: count.describe('Number of the autonomous system'), name: z.string(), ...part }))
    .describe('Those with most weight'),
});

/** Of how many relays the server descriptors are held. */
export const describedSchema = z.object({
  ...part,
  source: z.string().describe('Whence the descriptors came: authorities, collector, or both'),
});

/** Operators of the relays, as relays say of themselves (S2.2.19). */
export const operatorsSchema = z.object({
  distinct: count.describe('Groups of relays of one contact or one family'),
  silent: z
    .object(part)
    .describe('Relays that state neither contact nor family; no operator is made of them'),
  largest: z
    .array(
      z.object({
        contact: z.string().nullable().describe('null: of one family, without a contact'),
        ...part,
      }),
    )
    .describe('Those with most weight'),
});

/** Relays that came at once and look alike. */
const growthSchema = z.object({
  by: z
    .enum(['all', 'nickname', 'network16', 'network24', 'version', 'bandwidth', 'contact'])
    .describe('What they have in common'),
  pattern: z.string(),
  relays: count.describe('New relays that have it'),
  before: count.describe('Relays of the round before that had it'),
  limit: count.describe('From so many on it is told'),
  named: z.array(z.object(relay)),
});

/** What changed against the round before (S8.1, S8.2, S8.3, S8.6). */
const churnSchema = z.object({
  against: time.describe('valid-after of the round before'),
  added: count.describe('Relays that the round before did not list'),
  removed: count.describe('Relays that only the round before lists'),
  gained: count.describe('Flags that relays in both have now and had not'),
  lost: count,
  moved: count.describe('Relays in both with another IPv4 address or ORPort'),
  renamed: count.describe('Relays in both with another nickname'),
  rekeyed: count.describe('New relays with nickname, address and ORPort of one that is gone'),
  flags: z.array(z.object({ flag: z.string(), gained: count, lost: count })),
  examples: z
    .object({
      added: z.array(z.object({ ...relay, address: z.string(), flags: z.array(z.string()) })),
      removed: z.array(z.object({ ...relay, address: z.string(), flags: z.array(z.string()) })),
      moved: z.array(z.object({ ...relay, before: z.string(), after: z.string() })),
      renamed: z.array(z.object({ fingerprint, before: z.string(), after: z.string() })),
      rekeyed: z.array(
        z.object({ nickname: z.string(), address: z.string(), before: fingerprint, after: fingerprint }),
      ),
    })
    .describe('The first of each; all of them are at /api/v1/diff'),
  withdrawals: z
    .array(
      z.object({
        flag: z.string(),
        lost: count,
        by: z
          .array(z.object({ authority: nickname, relays: count }))
          .describe('Who voted for the flag before and does not now, for how many of these relays'),
        absent: z.array(nickname).describe('Who voted before and not now'),
        unknown: z.array(nickname).describe('Whose vote of one of the rounds is not held'),
        named: z.array(
          z.object({
            ...relay,
            by: z.array(nickname),
            still: z.array(nickname).describe('Who votes for it still'),
          }),
        ),
      }),
    )
    .describe('For each flag that was lost: who withdrew it'),
  growth: z.array(growthSchema),
});

/** One round's consensus, whole (S2.2). */
export const healthSchema = z
  .object({
    ...stamp,
    sentence: sentenceSchema,
    validAfter: time,
    previous: time.nullable().describe('The round held before it'),
    following: time.nullable().describe('The round held after it'),
    newest: z.boolean().describe('Whether it is the newest round held'),
    ageSeconds: z.number().describe('Since valid-after, at now'),
    firstSeen: time.nullable(),
    method: methodSchema,
    fresh: interval,
    valid: interval,
    voteSeconds: count,
    distSeconds: count,
    authorities: z.object({
      configured: count,
      sources: count.describe('dir-source entries with the digest of a vote'),
      signatures: count.describe('On the document'),
      validSignatures: count.describe('Good ones of distinct voters, over all copies seen'),
      needed: count,
    }),
    flavors: z.array(flavorSchema),
    relays: count.describe('Number of r lines'),
    flags: z.array(
      z.object({
        flag: z.string().describe('One of the known-flags of the document'),
        relays: count,
        share: share.nullable(),
        percent: z.number().nullable().describe('Of the r lines, one decimal'),
        everyone: z.boolean().describe('Every listed relay must have it'),
      }),
    ),
    weightSum: z.number().describe('Sum of the consensus weights; no unit'),
    unmeasured: z.object({ relays: count, share: share.nullable() }).describe('Relays with Unmeasured=1'),
    classes: z.array(classSchema),
    params: z.array(z.object({ name: z.string(), value: z.number().int() })),
    versions: z.object({
      client: z
        .array(z.string())
        .nullable()
        .describe('client-versions; null where the document has no such line'),
      server: z.array(z.string()).nullable(),
      recommended: figure(z.object({ relays: count, share })).describe(
        'Relays whose version is among server-versions',
      ),
      running: z.array(
        z.object({
          version: z.string(),
          relays: count,
          share,
          recommended: z.boolean().nullable().describe('null where no versions are recommended'),
        }),
      ),
    }),
    protocols: z.array(
      z.object({
        keyword: z.enum([
          'recommended-client-protocols',
          'recommended-relay-protocols',
          'required-client-protocols',
          'required-relay-protocols',
        ]),
        value: z.string().nullable(),
        support: figure(z.object({ relays: count, share })).describe('Relays whose pr line has all of it'),
      }),
    ),
    exitPolicies: z.object({
      distinct: count.describe('Different p lines'),
      stated: count.describe('Relays with a p line'),
      ports: z.array(
        z.object({
          port: count,
          use: z.string(),
          relays: count.describe('Relays with Exit and without BadExit whose summary allows it'),
          share: share.nullable().describe('Of those relays'),
          weightShare: share.nullable(),
        }),
      ),
    }),
    countries: figure(z.array(placeSchema)),
    regions: figure(z.array(placeSchema)),
    geoSource: z.string().nullable(),
    networks: figure(networksSchema),
    described: figure(describedSchema),
    platforms: figure(z.array(placeSchema)).describe('Operating systems, by name; ?? where none is stated'),
    operators: figure(operatorsSchema),
    quality: z.array(indicatorSchema),
    invariants: z.array(invariantSchema),
    churn: figure(churnSchema),
  })
  .openapi('Health');
/** The answer about the health of one round. */
export type Health = z.infer<typeof healthSchema>;

/** What the value of a figure is counted in. */
const unitSchema = z.enum([
  'relays',
  'votes',
  'signatures',
  'weight',
  'bits/s',
  'share',
  'bytes',
  'flags',
  'count',
  'number',
]);

/** The newest round against the same hour before (S2.2.14 to S2.2.16). */
export const trendsSchema = z
  .object({
    ...stamp,
    sentence: sentenceSchema,
    validAfter: time,
    held: z.object({
      first: time,
      last: time,
      rounds: count,
      expected: count.describe('Rounds there would be from first to last without a gap'),
    }),
    rows: z.array(
      z.object({
        figure: z.string().describe('Its name in /api/v1/series'),
        title: z.string(),
        unit: unitSchema,
        now: figure(z.number()),
        before: z.array(
          z.object({
            span: z.enum(['day', 'week', 'month', 'year']).describe('24 hours, 7 days, 30 days, 365 days'),
            validAfter: time,
            value: z.number().nullable(),
            difference: z.number().nullable().describe('Now less then'),
            reason: z.string().optional(),
          }),
        ),
      }),
    ),
    method: z.object({
      now: z.number().int(),
      before: z.number().int().nullable(),
      changed: time
        .nullable()
        .describe('First round with this method, where one before it with another is held'),
      text: z.string(),
    }),
  })
  .openapi('Trends');
/** The answer about the same hour before. */
export type Trends = z.infer<typeof trendsSchema>;

/** Who came and went, round by round; a round that is not held is a row of nulls (S8.5). */
export const churnSeriesSchema = z
  .object({
    ...stamp,
    from: time,
    until: time,
    intervalSeconds: count,
    missing: count.describe('Rounds of the span that are not held'),
    rows: z.array(
      z.object({
        validAfter: time,
        held: z.boolean(),
        relays: count.nullable(),
        added: count.nullable().describe('null, too, where the round before is not held'),
        removed: count.nullable(),
        gained: count.nullable(),
        lost: count.nullable(),
        moved: count.nullable(),
        renamed: count.nullable(),
        rekeyed: count.nullable(),
      }),
    ),
  })
  .openapi('ChurnSeries');
/** The answer about who came and went. */
export type ChurnSeries = z.infer<typeof churnSeriesSchema>;

/** Figures over time: each round, or each UTC day with least, mean and most. A gap is null, never 0. */
export const seriesSchema = z
  .object({
    ...stamp,
    from: time,
    until: time,
    step: z.enum(['round', 'day']),
    stepSeconds: count,
    missing: count.describe('Steps of the span of which nothing is held'),
    available: z.array(z.object({ figure: z.string(), title: z.string(), unit: unitSchema })),
    times: z.array(time).describe('Every step of the span, gaps too'),
    rounds: z.array(count).describe('How many rounds are held of each step'),
    series: z.array(
      z.object({
        figure: z.string(),
        title: z.string(),
        unit: unitSchema,
        values: z.array(z.number().nullable()).describe('One for each time; of a day its mean'),
        least: z.array(z.number().nullable()).nullable().describe('Of days; null where each step is a round'),
        most: z.array(z.number().nullable()).nullable(),
      }),
    ),
  })
  .openapi('Series');
/** The answer about figures over time. */
export type Series = z.infer<typeof seriesSchema>;
