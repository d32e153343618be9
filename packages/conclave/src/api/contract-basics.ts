/** What the answers of the API are made of: times, shares, levels, sentences, figures that may be missing, errors. */
import { z } from '@hono/zod-openapi';

/** A time of the contract. */
export const time = z.iso.datetime().describe('UTC, to the second');
/** A share of a whole, 0 to 1. */
export const share = z.number().min(0).max(1);
/** The name of a document. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** The name of an authority. */
export const nickname = z.string().describe('Nickname of an authority');
/** An identity: 40 upper-case hexadecimal digits. */
export const fingerprint = z.string().regex(/^[0-9A-F]{40}$/);

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
export const figure = <T extends z.ZodType>(value: T) =>
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
/** What became of one round at one authority; `unobserved` means that we did not look. */
export const beatSchema = z.object({
  validAfter: time,
  mark: z.enum(['good', 'late', 'missing', 'unobserved']),
  text: z.string(),
});
/** One round at one authority. */
export type Beat = z.infer<typeof beatSchema>;

/** `true`, `false`, or `null` where we cannot tell, with the reason in words. */
export const markSchema = z.object({
  value: z.boolean().nullable().describe('null where we cannot tell'),
  text: z.string().describe('The same in words, with the reason'),
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
