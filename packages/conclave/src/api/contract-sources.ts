/**
 * The contract on sources: everything the observatory asks, how fresh what each serves is, and what is old because of it. Any of
 * them may fail alone; what the others give is not touched by it.
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

const age = z.number().nullable().describe('Seconds at now');

/** One thing that a source is asked for. */
export const sourceQuestionSchema = z.object({
  subject: z.string().describe('What is asked for: index, vote, details …; of the authorities, the nickname'),
  level: levelSchema,
  text: z.string().describe('The same in words, with the reason of a failure'),
  outcome: z.string().nullable().describe('Of the last try; null before the first'),
  detail: z.string().nullable(),
  status: z.number().int().nullable().describe('HTTP status of the last try'),
  lastTry: time.nullable(),
  lastSuccess: time.nullable().describe('When it last answered properly, also that nothing is new'),
  ageSeconds: age.describe('Age of the last success at now'),
  failures: z.number().int().describe('Failed tries in a row'),
  failingSince: time.nullable(),
  asOf: time.nullable().describe('Of when what it serves is'),
  file: z.string().nullable().describe('Name of the last file'),
  sha256: sha256.nullable().describe('The document that came last'),
  bytes: z.number().int().nullable(),
  wireBytes: z.number().int().nullable(),
  totalMs: z.number().nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
});

/** A source. */
export const sourceSchema = z
  .object({
    source: z.enum(['authorities', 'collector', 'onionoo']),
    name: z.string(),
    state: z
      .enum(['off', 'waiting', 'fresh', 'failing', 'old', 'blind'])
      .describe(
        'off: not configured; waiting: not answered yet; old: it answers with what is old; blind: we cannot reach it, for want of a connection of our own',
      ),
    level: levelSchema,
    text: z.string().describe('How it stands, in a sentence'),
    url: z.string().nullable(),
    periodSeconds: z.number().nullable().describe('How often it is asked'),
    lastTry: time.nullable(),
    lastSuccess: time.nullable(),
    ageSeconds: age.describe('Age of the last success at now'),
    asOf: time.nullable().describe('Of when what it serves is'),
    asOfAgeSeconds: age.describe('Age of what it serves at now'),
    rests: z.array(z.string()).describe('What is shown here that rests on it'),
    stale: z.array(z.string()).describe('What of that is old or missing now, and since when'),
    questions: z.array(sourceQuestionSchema),
  })
  .openapi('Source');

/** How far a source was behind the authorities with one round. */
export const sourceLagSchema = z.object({
  source: z.string(),
  validAfter: time,
  authoritiesAt: time.nullable().describe('When an authority was first seen to serve its consensus'),
  statedAt: time.nullable().describe('When the source says that it had it; CollecTor says it to the minute'),
  seenAt: time.describe('When we first saw that the source has it'),
  lagSeconds: figure(z.number()).describe('From authoritiesAt to statedAt'),
  votes: z.number().int().nullable().describe('How many votes of the round it has'),
});

/** What Onionoo says of a relay that is an authority: the view of consensuses, not of one authority. */
export const sourceRelaySchema = z.object({
  fingerprint,
  nickname: z.string().nullable(),
  authority: nickname.nullable().describe('null where no configured authority has this fingerprint'),
  listedAt: time.nullable().describe('When it was last listed; only relays that ran within a week are'),
  published: time.nullable().describe('valid-after of the consensus that this rests on'),
  listed: z.boolean().describe('Whether the newest answer lists it'),
  details: z.record(z.string(), z.unknown()).nullable(),
  uptime: z.record(z.string(), z.unknown()).nullable(),
  bandwidth: z.record(z.string(), z.unknown()).nullable(),
});

/** What relays could carry by their own descriptors. */
export const capacitySchema = z.object({
  validAfter: time,
  class: z.enum(['total', 'guard', 'exit', 'guardExit', 'middle']),
  relays: z.number().int().describe('Listed by the consensus'),
  described: z.number().int().describe('Of these, how many whose descriptor is held'),
  bitsPerSecond: z.number().describe('Sum of min(rate, burst, observed) of those, in bits a second'),
});

/** The answer about sources. */
export const sourcesSchema = z
  .object({
    network: z.string().describe('Name of the network'),
    now: time.describe('The time all ages count from'),
    revision: z.number().int().describe('Grows with every change'),
    sentence: sentenceSchema,
    sources: z.array(sourceSchema),
    lags: z.array(sourceLagSchema).describe('Newest rounds first'),
    relays: z.array(sourceRelaySchema).describe('What Onionoo says of authorities'),
    totals: z.object({
      relays: figure(z.number().int()).describe('Relays that Onionoo knows: those that ran within a week'),
      running: figure(z.number().int()).describe('Of these, running'),
    }),
    capacities: z
      .object({ value: z.array(capacitySchema).nullable(), reason: z.string().optional() })
      .describe('Of the newest round that has any'),
  })
  .openapi('Sources');

/** What is known of all sources. */
export type Sources = z.infer<typeof sourcesSchema>;
