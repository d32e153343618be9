/** The contract on documents: the list, and the page of one. */
import { z } from '@hono/zod-openapi';
import { nickname, sentenceSchema, sha256, time } from './contract-basics.ts';

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
  firstSeen: time
    .nullable()
    .describe('When somebody was first seen to serve it; null where an archive brought it'),
  lastSeen: time.nullable(),
  imported: time.nullable().describe('When an archive brought it, where nobody was seen to serve it'),
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
