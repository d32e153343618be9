/** The votes of the newest round as a file for allium: streamed, because it has tens of megabytes, and conditional. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Answers } from './answers.ts';
import { isFresh } from './caching.ts';
import type { ErrorCode } from './contract.ts';
import { alliumPath } from './openapi.ts';
import { timeInput } from './routes.ts';

type Fail = (c: Context, status: 400 | 404, code: ErrorCode, message: string) => Response;

/** Serves the file; `fail` makes an error of the API. */
export function serveAllium(app: OpenAPIHono, answers: Answers, fail: Fail): void {
  app.get(alliumPath, async (c) => {
    const given = c.req.query('at');
    const at = timeInput.optional().safeParse(given);
    if (!at.success) return fail(c, 400, 'bad-request', `at: ${at.error.issues[0]?.message ?? ''}`);
    const file = await answers.allium(at.data);
    if (file === undefined) return fail(c, 404, 'not-found', 'No round whose votes are held is known.');
    c.header('ETag', file.etag);
    c.header('Last-Modified', new Date(file.modifiedAt).toUTCString());
    c.header('Cache-Control', 'no-cache');
    const held = c.req.header('if-none-match');
    const since = Date.parse(c.req.header('if-modified-since') ?? '');
    // The tag says more than the time, so where both are sent only the tag counts (RFC 9110, 13.2.2).
    const fresh =
      held === undefined ? since >= Math.floor(file.modifiedAt / 1000) * 1000 : isFresh(c, file.etag);
    if (fresh) return c.body(null, 304);
    c.header('Content-Type', 'application/json');
    if (c.req.method === 'HEAD') return c.body(null);
    return c.body(streamOf(file.pieces()));
  });
}

/** Made as it is read: whoever stops reading stops the making. */
function streamOf(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
