/** The contract on what happened and what needs attention: alerts, events, the live feed. */
import { z } from '@hono/zod-openapi';
import { levelSchema, nickname, sentenceSchema, time } from './contract-basics.ts';

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
