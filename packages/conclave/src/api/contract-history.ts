/** The contract on relays: which there are by a name, and the history of one: when it was listed, how, and what of that time is not held (S0.2, S8.5). */
import { z } from '@hono/zod-openapi';
import { fingerprint, sentenceSchema, share, time } from './contract-basics.ts';

const count = z.number().int().min(0);
const weight = z
  .object({ least: z.number(), mean: z.number(), most: z.number() })
  .nullable()
  .describe('Consensus weight, without a unit; null where no entry states one');

/** Relays by a name. */
export const relaysSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    sentence: sentenceSchema,
    search: z.string().describe('What was looked for; empty for all of the newest round'),
    validAfter: time.nullable().describe('The newest round held; nicknames are those of its consensus'),
    found: count.describe('How many there are, of which the first are named'),
    relays: z
      .array(
        z.object({
          fingerprint,
          nickname: z.string().nullable().describe('null where the newest round does not list the relay'),
          address: z.string().nullable().describe('IPv4 address and ORPort in the newest round'),
          flags: z.array(z.string()).nullable().describe('In the newest round'),
          lastListed: time.describe('The last of all rounds held that lists it'),
        }),
      )
      .describe('Those of the newest round first, by nickname; then others, by fingerprint'),
  })
  .openapi('Relays');
/** The answer about relays of a name. */
export type Relays = z.infer<typeof relaysSchema>;

/** One relay over time. */
export const relayHistorySchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    sentence: sentenceSchema,
    fingerprint,
    nickname: z
      .string()
      .nullable()
      .describe('In the last round that lists it; null where that consensus is not held any more'),
    firstListed: time
      .nullable()
      .describe('The first of all rounds held that lists it; not when it first ran'),
    lastListed: time.nullable().describe('The last of all rounds held that lists it'),
    from: time,
    until: time.describe('Rounds from `from` on and before this one'),
    held: z
      .object({
        rounds: count.describe('Rounds of the span that are held'),
        missing: count.describe('Rounds between the first and the last of them that are not'),
        first: time.nullable(),
        last: time.nullable(),
      })
      .describe('Of a round that is not held nothing is known: it counts neither way'),
    rounds: count.describe('Rounds held of the span that list it'),
    presence: share.nullable().describe('Share of the rounds held of the span that list it'),
    intervals: z
      .array(
        z.object({
          first: time,
          last: time.describe('The last round of the interval; it lists the relay, too'),
          rounds: count.describe('Rounds held in it; each of them lists the relay this way'),
          flags: z.array(z.string()),
          version: z.string().nullable().describe('null where the entry has no v line'),
          policy: z.string().nullable().describe('Summary of the exit policy'),
          address: z.string().describe('IPv4 address and ORPort'),
          weight,
          unmeasured: count.describe('Rounds of it with Unmeasured=1'),
        }),
      )
      .describe('Rounds that follow each other and list it with the same flags, version, policy and address'),
    gaps: z
      .array(z.object({ first: time, last: time, rounds: count }))
      .describe('Rounds that there should be and that are not held'),
    days: z.array(z.object({ day: time, rounds: count.describe('That list it'), weight })),
    weights: z
      .array(z.object({ at: time, weight: z.number().nullable() }))
      .nullable()
      .describe(
        'Weight in each round held that lists it; null for more than 2,500 rounds, where the days have it',
      ),
  })
  .openapi('RelayHistory');
/** The answer about one relay. */
export type RelayHistory = z.infer<typeof relayHistorySchema>;
