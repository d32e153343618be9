import { get, type IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createApi, liveMessageSchema } from '../../src/api/index.ts';
import { serve } from '../../src/web/index.ts';
import { answersFor } from '../web/fixtures.ts';

/** Reads from a stream until the text contains what is looked for. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended after: ${text}`);
    text += decoder.decode(value);
  }
  return text;
}

function open(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, resolve).on('error', reject);
  });
}

function untilText(response: IncomingMessage, wanted: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes(wanted)) resolve(text);
    });
  });
}

describe('the live feed as a stream', () => {
  test('greets with the revision, tells of changes, and stops when nobody listens', async () => {
    const answers = answersFor('fine');
    const { app, listeners } = createApi(answers, { live: { nowMs: () => 2_000, heartbeatMs: 20 } });
    const response = await app.request('/api/v1/events/live');
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reader = response.body!.getReader();
    const greeting = await readUntil(reader, '\n\n');
    expect(greeting).toContain('retry: 3000');
    expect(greeting).toContain('id: 41\nevent: hello\ndata: {"revision":41}');
    answers.change('failing');
    const told = await readUntil(reader, 'event: revision');
    expect(told).toContain('id: 42');
    const message = liveMessageSchema.parse(JSON.parse(/data: (.*)/.exec(told)?.[1] ?? ''));
    expect(message).toMatchObject({ revision: 42, sentAt: 2_000 });
    await readUntil(reader, ': still here');
    expect([listeners(), answers.watchers()]).toEqual([1, 1]);
    await reader.cancel();
    expect([listeners(), answers.watchers()]).toEqual([0, 0]);
  });
  test('refuses more listeners than it may have', async () => {
    const { app } = createApi(answersFor('fine'), { live: { listenersMax: 1 } });
    const first = await app.request('/api/v1/events/live');
    const second = await app.request('/api/v1/events/live');
    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toBe('30');
    expect(await second.json()).toMatchObject({ error: { code: 'busy' } });
    await first.body?.cancel();
    expect((await app.request('/api/v1/events/live', { method: 'HEAD' })).status).toBe(200);
  });
  test('drops who does not read', async () => {
    const answers = answersFor('fine');
    const { app, listeners } = createApi(answers, { live: { backlogBytesMax: 400 } });
    const response = await app.request('/api/v1/events/live');
    for (let i = 0; i < 10; i += 1) answers.change('fine');
    expect(listeners()).toBe(0);
    await expect(readUntil(response.body!.getReader(), 'id: 51')).rejects.toThrow('does not read');
  });
});

describe('the live feed on a socket', () => {
  test('tells all listeners, forgets who left, and ends when the server closes', async () => {
    const answers = answersFor('fine');
    const { app, listeners } = createApi(answers);
    const served = await serve(app, { host: '127.0.0.1', port: 0 });
    const url = `${served.url}/api/v1/events/live`;
    const [one, two] = await Promise.all([open(url), open(url)]);
    expect(one.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(one.headers['x-content-type-options']).toBe('nosniff');
    const heard = Promise.all([untilText(one, 'id: 42'), untilText(two, 'id: 42')]);
    expect(listeners()).toBe(2);
    answers.change('failing');
    await heard;
    two.destroy();
    await expect.poll(listeners).toBe(1);
    const ended = new Promise((resolve) => one.on('end', resolve));
    const closing = Date.now();
    await Promise.all([served.close(), ended]);
    expect(Date.now() - closing).toBeLessThan(2_000);
    expect([listeners(), answers.watchers()]).toEqual([0, 0]);
  });
  test('serve() rejects when the address is taken', async () => {
    const { app } = createApi(answersFor('fine'));
    const served = await serve(app, { host: '127.0.0.1', port: 0 });
    await expect(serve(app, { host: '127.0.0.1', port: served.port })).rejects.toThrow('EADDRINUSE');
    await served.close();
  });
});
