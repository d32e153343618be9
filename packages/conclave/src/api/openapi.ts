/**
 * The description of the API in OpenAPI 3.1, from the table of routes and the schemas of the contract.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { errorSchema, liveMessageSchema } from './contract.ts';
import type { Route } from './routes.ts';
import { sha256Input, timeInput } from './routes.ts';

/** As much of JSON Schema as the contract uses and the page about the API shows. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

/** One operation of the API. */
export interface OpenApiOperation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: JsonSchema;
  }[];
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
      }
    >
  >;
}

/** As much of an OpenAPI document as the page about the API reads. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, { readonly get?: OpenApiOperation }>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> };
}

/** The head of the document. */
export const documentInfo = {
  openapi: '3.1.0',
  info: {
    title: 'Conclave',
    version: '1',
    license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
    description:
      'What an observatory of the Tor directory authorities knows. Times are ISO 8601 UTC to the second, shares are ' +
      'fractions from 0 to 1, durations and ages are seconds, sizes are bytes. A figure that cannot be computed ' +
      'honestly is null and has its reason beside it. Every answer carries now, the time all its ages count from, ' +
      'and revision, which grows with every change.',
  },
} as const;

type Registry = OpenAPIHono['openAPIRegistry'];

/** Writes every route, its CSV twin, the raw documents and the live feed into the registry. */
export function describeRoutes(registry: Registry, routes: readonly Route[]): void {
  for (const route of routes) {
    const request = splitInput(route);
    const errors = errorsOf(route);
    registry.registerPath({
      method: 'get',
      path: route.path,
      summary: route.summary,
      request,
      responses: {
        200: { description: 'The answer', content: { 'application/json': { schema: route.schema } } },
        ...errors,
      },
    });
    registry.registerPath({
      method: 'get',
      path: `${route.path}.csv`,
      summary: `${route.summary}, as CSV: ${route.csv}`,
      request,
      responses: { 200: text('Comma-separated values with a header line', 'text/csv'), ...errors },
    });
  }
  describeRaw(registry);
  describeAllium(registry);
  describeLive(registry);
}

function describeRaw(registry: Registry): void {
  registry.registerPath({
    method: 'get',
    path: '/api/v1/documents/{sha256}/raw',
    summary: 'The bytes of a document, as they came',
    request: { params: z.object({ sha256: sha256Input }) },
    responses: {
      200: text('The bytes; they never change and may be kept for ever', 'text/plain'),
      400: failure('The name is not a SHA-256'),
      404: failure('No document is known by this name'),
    },
  });
}

/** The address of the votes of a round as allium keeps them. */
export const alliumPath = '/api/v1/allium/collector_consensus.json';

function describeAllium(registry: Registry): void {
  registry.registerPath({
    method: 'get',
    path: alliumPath,
    summary:
      'The votes of a round as allium keeps them in its cache: its documentation says what each part is',
    request: {
      query: z.object({
        at: timeInput.optional().describe('valid-after of the round; the newest unless given'),
      }),
    },
    responses: {
      200: {
        description: 'Tens of megabytes of JSON',
        content: { 'application/json': { schema: z.looseObject({}) } },
      },
      400: failure('The time is none'),
      404: failure('No round whose votes are held is known'),
    },
  });
}

function describeLive(registry: Registry): void {
  registry.registerPath({
    method: 'get',
    path: '/api/v1/events/live',
    summary: 'Server-sent events: one message whenever something was learned',
    description:
      'On connecting, an event hello with the newest revision; then an event revision for each change, in the ' +
      'schema below, with the revision as its id. The message says that something is new, not what: ask again.',
    responses: {
      200: {
        description: 'A stream of events',
        content: { 'text/event-stream': { schema: liveMessageSchema.openapi('LiveMessage') } },
      },
      503: failure('Too many listeners'),
    },
  });
}

function splitInput(route: Route): { params?: z.ZodObject; query?: z.ZodObject } {
  const entries = Object.entries(route.input.shape);
  const inPath = entries.filter(([name]) => route.path.includes(`{${name}}`));
  const inQuery = entries.filter(([name]) => !route.path.includes(`{${name}}`));
  return {
    ...(inPath.length > 0 ? { params: z.object(Object.fromEntries(inPath)) } : {}),
    ...(inQuery.length > 0 ? { query: z.object(Object.fromEntries(inQuery)) } : {}),
  };
}

function errorsOf(route: Route): Record<number, ReturnType<typeof failure>> {
  return {
    304: { description: 'What you hold (If-None-Match) is still right' },
    400: failure('A parameter is not as expected; the message says what was'),
    ...(route.path.includes('{') ? { 404: failure('Nothing is known by this name') } : {}),
    500: failure('The observatory failed; its log says why'),
    503: failure('Not now; Retry-After says when to ask again'),
  };
}

function failure(description: string): { description: string; content?: object } {
  return { description, content: { 'application/json': { schema: errorSchema } } };
}

function text(description: string, type: string): { description: string; content: object } {
  return { description, content: { [type]: { schema: z.string() } } };
}
