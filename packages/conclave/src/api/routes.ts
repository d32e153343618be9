/**
 * The questions of the API as one table: path, input, schema of the answer, and its CSV twin. The routes, the OpenAPI
 * document and the page that explains them are all made from it.
 */
import { z } from '@hono/zod-openapi';
import { isDeclined } from './answers.ts';
import type { Answers, Declined } from './answers.ts';
import {
  alertsSchema,
  authoritiesSchema,
  authorityPageSchema,
  certificatesSchema,
  churnSeriesSchema,
  diffSchema,
  documentPageSchema,
  documentsSchema,
  eventsSchema,
  explainSchema,
  healthSchema,
  nextRoundSchema,
  relayHistorySchema,
  relaysSchema,
  roundPageSchema,
  roundsSchema,
  sourcesSchema,
  seriesSchema,
  statusSchema,
  trendsSchema,
  whatIfSchema,
} from './contract.ts';
import type { Table } from './csv.ts';
import {
  alertTable,
  authorityTable,
  certificateTable,
  churnTable,
  diffTable,
  documentTable,
  eventTable,
  explainTable,
  healthTable,
  nextTable,
  probeTable,
  problemTable,
  relayHistoryTable,
  relayTable,
  roundAuthorityTable,
  roundTable,
  trendTable,
  sourceTable,
  seriesTable,
  whatIfTable,
} from './tables.ts';

/** What every answer carries: the time its ages count from, and the revision it was made at. */
export interface Stamped {
  readonly now: string;
  readonly revision: number;
}

/** What came of a question: an answer (with its table), nothing of that name, or a question that makes no sense. */
export type Asked =
  | { readonly kind: 'answer'; readonly body: Stamped; readonly table: () => Table }
  | { readonly kind: 'unknown'; readonly message: string }
  | { readonly kind: 'bad'; readonly message: string }
  | ({ readonly kind: 'declined' } & Declined);

/** One question of the API. Its input is the path's `{names}` and the query's, in one object. */
export interface Route {
  readonly path: string;
  readonly summary: string;
  readonly csv: string;
  readonly input: z.ZodObject;
  readonly schema: z.ZodType;
  readonly ask: (answers: Answers, input: Readonly<Record<string, string>>) => Promise<Asked>;
}

/** A time as it stands in permalinks. */
export const timeInput: z.ZodString = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/,
    'expected a UTC time to the second like 2026-07-27T14:00:00Z',
  )
  .refine((text) => !Number.isNaN(Date.parse(text)), 'expected a time that exists')
  .describe('UTC, to the second');

/** The name of a document: the SHA-256 of its bytes. */
export const sha256Input: z.ZodString = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits')
  .describe('SHA-256 of the bytes, lower-case hexadecimal');

/** The name of an authority, as dir-spec allows it. */
export const nicknameInput: z.ZodString = z
  .string()
  .regex(/^[A-Za-z0-9]{1,19}$/, 'expected a nickname of 1 to 19 letters and digits')
  .describe('Nickname of an authority');

/** The fingerprint of a relay. */
export const fingerprintInput: z.ZodString = z
  .string()
  .regex(/^[0-9A-Fa-f]{40}$/, 'expected 40 hexadecimal digits')
  .describe('Fingerprint of a relay, 40 hexadecimal digits');

const limitInput = z.coerce
  .number('expected a whole number')
  .int('expected a whole number')
  .min(1, 'expected at least 1')
  .max(500, 'expected at most 500')
  .default(50)
  .describe('How many at most, 1 to 500');
const cursorInput = z
  .string()
  .regex(/^[\w:.~-]{1,128}$/, 'expected a UTC time, or the value that an earlier answer gave in older')
  .refine(
    (text) => /^\d{1,15}~/.test(text) || !Number.isNaN(Date.parse(text)),
    'expected a UTC time like 2026-07-27T14:00:00Z, or the value of older',
  )
  .optional()
  .describe('Only older ones; take the value from older');
const wordInput = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'expected a word of letters, digits and dashes')
  .optional();

/** Inputs of the lists; the pages read their query with the same rules. */
export const listInputs = {
  rounds: z.strictObject({ before: timeInput.optional(), limit: limitInput }),
  documents: z.strictObject({
    before: cursorInput,
    kind: wordInput.describe('Only this kind, for example vote'),
    limit: limitInput,
  }),
  events: z.strictObject({
    before: cursorInput,
    rule: wordInput.describe('Only events of this rule'),
    authority: nicknameInput.optional().describe('Only events about this authority'),
    limit: limitInput,
  }),
} as const;

const nothing = z.strictObject({});

/** Input of the search for relays; the page reads its query with the same rules. */
export const relaysInput = z.strictObject({
  search: z
    .string()
    .regex(
      /^[A-Za-z0-9]{0,40}$/,
      'expected part of a nickname or the beginning of a fingerprint: up to 40 letters and digits',
    )
    .default('')
    .describe('Part of a nickname, or the beginning of a fingerprint; all of the newest round unless given'),
  limit: limitInput,
});

/** Inputs of the questions about what a round rests on; the pages read their query with the same rules. */
export const proofInputs = {
  whatIf: z.strictObject({
    without: z
      .string()
      .regex(/^[A-Za-z0-9]{1,19}(?:,[A-Za-z0-9]{1,19}){0,31}$/, 'expected nicknames with commas between them')
      .optional()
      .describe('Without the votes of these, for example moria1,tor26'),
    country: z
      .string()
      .regex(/^[A-Za-z]{2}$/, 'expected a country code of two letters')
      .optional()
      .describe('Without the votes of those in this country, for example US'),
    as: z
      .string()
      .regex(/^(?:AS)?[0-9]{1,10}$/i, 'expected the number of an AS, for example AS24940')
      .optional()
      .describe('Without the votes of those in this network, for example AS24940'),
    at: timeInput.optional().describe('valid-after of the round; the newest unless given'),
  }),
  diff: z.strictObject({
    from: timeInput.optional().describe('valid-after of the one; the newest but one unless given'),
    to: timeInput.optional().describe('valid-after of the other; the newest unless given'),
  }),
  explain: z.strictObject({
    validAfter: timeInput,
    flavor: z.enum(['ns', 'microdesc'], 'expected ns or microdesc').default('ns').describe('ns or microdesc'),
    relay: z
      .string()
      .regex(/^[0-9A-Fa-f]{40}$/, 'expected 40 hexadecimal digits')
      .optional()
      .describe('Lines of the relay with this fingerprint'),
    keyword: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'expected a keyword like params')
      .optional()
      .describe('Lines that begin with this'),
  }),
} as const;

/** Input of the series; the pages read their query with the same rules. */
export const seriesInput = z.strictObject({
  figures: z
    .string()
    .regex(
      /^[\w:-]{1,64}(?:,[\w:-]{1,64}){0,11}$/,
      'expected up to 12 names of figures with commas between them',
    )
    .default('relays')
    .describe('Names of figures, for example relays,guards,flag:Stable; available lists them all'),
  from: timeInput
    .optional()
    .describe('Rounds from this valid-after on; a week before until unless given, a year for days'),
  until: timeInput.optional().describe('Rounds before this valid-after; up to the newest unless given'),
  step: z
    .enum(['hour', 'round', 'day'], 'expected hour, round or day')
    .optional()
    .describe('hour and round: each round; day: each UTC day whole. Days for more than 31 days unless given'),
});

/** Inputs of the questions about health; the pages read their query with the same rules. */
export const healthInputs = {
  health: z.strictObject({
    at: timeInput.optional().describe('valid-after of the round; the newest unless given'),
  }),
  churn: z.strictObject({
    from: timeInput.optional().describe('Rounds from here on; a week before until unless given'),
    until: timeInput.optional().describe('Rounds before this one; up to the newest unless given'),
  }),
} as const;

/** Every question, in the order in which the documentation lists them. */
export const routes: readonly Route[] = [
  route({
    path: '/api/v1/status',
    summary: 'The overview: consensus, voting, agreement, authorities, alerts, recent events',
    csv: 'the authority table',
    input: nothing,
    schema: statusSchema,
    ask: (answers) => answers.status(),
    table: (status) => authorityTable(status.authorities),
  }),
  route({
    path: '/api/v1/authorities',
    summary: 'All configured authorities in their fixed order',
    csv: 'one row an authority',
    input: nothing,
    schema: authoritiesSchema,
    ask: (answers) => answers.authorities(),
    table: (answer) => authorityTable(answer.authorities),
  }),
  route({
    path: '/api/v1/authorities/{nickname}',
    summary: 'One authority: state, certificate, probes, documents, rounds',
    csv: 'its probes',
    input: z.strictObject({ nickname: nicknameInput }),
    schema: authorityPageSchema,
    ask: (answers, { nickname }) => answers.authority(nickname),
    table: probeTable,
  }),
  route({
    path: '/api/v1/rounds',
    summary: 'Voting rounds, newest first',
    csv: 'one row a round',
    input: listInputs.rounds,
    schema: roundsSchema,
    ask: (answers, query) => answers.rounds(defined(query)),
    table: roundTable,
  }),
  route({
    path: '/api/v1/rounds/{validAfter}',
    summary: 'One voting round: what was due, what came, who signed',
    csv: 'one row an authority',
    input: z.strictObject({ validAfter: timeInput }),
    schema: roundPageSchema,
    ask: (answers, { validAfter }) => answers.round(validAfter),
    table: roundAuthorityTable,
  }),
  route({
    path: '/api/v1/rounds/{validAfter}/explain',
    summary: 'Which votes gave what to a line of a consensus, and which rule decided',
    csv: 'one row for each line and vote',
    input: proofInputs.explain,
    schema: explainSchema,
    ask: (answers, query) => answers.explain(defined(query)),
    table: explainTable,
  }),
  route({
    path: '/api/v1/health',
    summary:
      'One consensus: flags, classes, versions, policies, rules that always hold, quality, what changed',
    csv: 'one row for each flag and class',
    input: healthInputs.health,
    schema: healthSchema,
    ask: (answers, query) => answers.health(defined(query)),
    table: healthTable,
  }),
  route({
    path: '/api/v1/trends',
    summary: 'The newest round against the same hour a day, a week, a month and a year before',
    csv: 'one row for each figure and span',
    input: nothing,
    schema: trendsSchema,
    ask: (answers) => answers.trends(),
    table: trendTable,
  }),
  route({
    path: '/api/v1/churn',
    summary: 'Who came and went, round by round; a round that is not held is a row without figures',
    csv: 'one row a round',
    input: healthInputs.churn,
    schema: churnSeriesSchema,
    ask: (answers, query) => answers.churn(defined(query)),
    table: churnTable,
  }),
  route({
    path: '/api/v1/next',
    summary: 'The coming round: its phase, the votes seen, what will come of them, what the authorities show',
    csv: 'one row an authority',
    input: nothing,
    schema: nextRoundSchema,
    ask: (answers) => answers.next(),
    table: nextTable,
  }),
  route({
    path: '/api/v1/what-if',
    summary: 'What the consensus of a round would be without some of its votes',
    csv: 'one row a relay that is added or removed',
    input: proofInputs.whatIf,
    schema: whatIfSchema,
    ask: (answers, { without, ...query }) =>
      answers.whatIf(defined({ ...query, without: without?.split(',') ?? [] })),
    table: whatIfTable,
  }),
  route({
    path: '/api/v1/diff',
    summary: 'Two consensuses compared, relay by relay',
    csv: 'one row a relay that is added, removed or changed',
    input: proofInputs.diff,
    schema: diffSchema,
    ask: (answers, query) => answers.diff(defined(query)),
    table: diffTable,
  }),
  route({
    path: '/api/v1/series',
    summary: 'Figures over time: each round, or each UTC day with least, mean and most; gaps are null',
    csv: 'one row for each figure and step',
    input: seriesInput,
    schema: seriesSchema,
    ask: (answers, { figures, ...query }) =>
      answers.series(defined({ ...query, figures: figures.split(',') })),
    table: seriesTable,
  }),
  route({
    path: '/api/v1/relays',
    summary: 'Relays by part of a nickname or the beginning of a fingerprint',
    csv: 'one row a relay',
    input: relaysInput,
    schema: relaysSchema,
    ask: (answers, query) => answers.relays(query),
    table: (answer) => relayTable(answer.relays),
  }),
  route({
    path: '/api/v1/relays/{fingerprint}',
    summary: 'One relay over time: when it was listed, with which flags, version, address and weight',
    csv: 'one row an interval in which it was listed the same way',
    input: z.strictObject({
      fingerprint: fingerprintInput,
      from: timeInput
        .optional()
        .describe('Rounds from this valid-after on; a year before until unless given'),
      until: timeInput.optional().describe('Rounds before this valid-after; up to the newest unless given'),
    }),
    schema: relayHistorySchema,
    ask: (answers, query) => answers.relayHistory(defined(query)),
    table: relayHistoryTable,
  }),
  route({
    path: '/api/v1/documents',
    summary: 'Documents kept, newest first',
    csv: 'one row a document',
    input: listInputs.documents,
    schema: documentsSchema,
    ask: (answers, query) => answers.documents(defined(query)),
    table: documentTable,
  }),
  route({
    path: '/api/v1/documents/{sha256}',
    summary: 'One document: verdict, signatures, problems',
    csv: 'its problems',
    input: z.strictObject({ sha256: sha256Input }),
    schema: documentPageSchema,
    ask: (answers, { sha256 }) => answers.document(sha256),
    table: problemTable,
  }),
  route({
    path: '/api/v1/certificates',
    summary: 'The key certificates that are kept, as they came, to verify documents with',
    csv: 'one row a certificate',
    input: nothing,
    schema: certificatesSchema,
    ask: (answers) => answers.certificates(),
    table: (answer) => certificateTable(answer.certificates),
  }),
  route({
    path: '/api/v1/sources',
    summary: 'Everything that is asked: how fresh what each source serves is, and what is old because of it',
    csv: 'one row for each thing that a source is asked for',
    input: nothing,
    schema: sourcesSchema,
    ask: (answers) => answers.sources(),
    table: sourceTable,
  }),
  route({
    path: '/api/v1/alerts',
    summary: 'Alerts, those that are firing first',
    csv: 'one row an alert',
    input: nothing,
    schema: alertsSchema,
    ask: (answers) => answers.alerts(),
    table: (answer) => alertTable(answer.alerts),
  }),
  route({
    path: '/api/v1/events',
    summary: 'Events, newest first',
    csv: 'one row an event',
    input: listInputs.events,
    schema: eventsSchema,
    ask: (answers, query) => answers.events(defined(query)),
    table: (answer) => eventTable(answer.events),
  }),
];

function route<I extends z.ZodObject, A extends Stamped>(parts: {
  readonly path: string;
  readonly summary: string;
  readonly csv: string;
  readonly input: I;
  readonly schema: z.ZodType<A>;
  readonly ask: (answers: Answers, input: z.output<I>) => Promise<A | Declined | undefined>;
  readonly table: (answer: A) => Table;
}): Route {
  const { path, summary, csv, input, schema } = parts;
  return {
    path,
    summary,
    csv,
    input,
    schema,
    ask: async (answers, raw) => {
      const parsed = parts.input.safeParse(raw);
      if (!parsed.success) return { kind: 'bad', message: explain(parsed.error) };
      const body = await parts.ask(answers, parsed.data);
      if (body === undefined)
        return { kind: 'unknown', message: `Nothing is known of ${Object.values(raw).join(', ')}.` };
      if (isDeclined(body)) return { kind: 'declined', ...body };
      return { kind: 'answer', body, table: () => parts.table(body) };
    },
  };
}

/** Says of each wrong parameter what was expected of it first: what follows from that is no news. */
export function explain(error: z.ZodError): string {
  const first = error.issues.filter(
    ({ path }, at, all) => all.findIndex((other) => other.path.join('.') === path.join('.')) === at,
  );
  return first
    .map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown parameter ${issue.keys.join(', ')}`
        : `${issue.path.join('.')}: ${issue.message}`,
    )
    .join('; ');
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Leaves out what is undefined, so that an absent key stays absent. */
export function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, x]) => x !== undefined)) as Defined<T>;
}
