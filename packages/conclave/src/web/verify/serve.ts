/**
 * The routes of verification: the page, the form that judges on the server for who has no script, and the samples. What is
 * sent is judged in memory and forgotten; one visitor at a time, within bounds of size, number and time.
 */
import type { Context, Hono } from 'hono';
import type { Answers, Certificates } from '../../api/index.ts';
import {
  readTrust,
  reportOn,
  type AuthorityChoice,
  type BroughtFile,
  type Report,
  type ReportTrust,
} from '../../judge/index.ts';
import type { VerifyProps } from '../pages/verify.tsx';
import { readChoice, serverLimits } from './limits.ts';
import { makeSample, readSample, type SampleName } from './samples.ts';

/** How the page gets its frame, and how a visitor is told of what went wrong. */
export interface VerifyHost {
  readonly answers: Answers;
  readonly page: (c: Context, props: Omit<VerifyProps, 'worker'>) => Promise<Response>;
  readonly problem: (
    c: Context,
    status: 400 | 404 | 413 | 503,
    headline: string,
    detail: string,
  ) => Promise<Response>;
}

/** Serves `/verify`. */
export function serveVerify(app: Hono, host: VerifyHost): void {
  const { answers, page, problem } = host;
  const judge = oneAtATime();
  const busy = (c: Context): Promise<Response> => {
    c.header('Retry-After', '5');
    return problem(c, 503, 'Another visitor’s documents are being judged.', 'Send yours again in a moment.');
  };
  app.get('/verify', async (c) => {
    const certificates = await answers.certificates();
    const asked = c.req.query('sample');
    if (asked === undefined) return page(c, { certificates, choice: 'named' });
    const sample = readSample(asked);
    const bytes = sample && (await sampleOf(answers, sample));
    if (sample === undefined || bytes === undefined) return noSample(c, host, sample !== undefined);
    const files = [{ name: `consensus-${sample}`, bytes }];
    const report = await judge(files, trustOf(certificates, 'named'));
    return report ? page(c, { certificates, choice: 'named', judged: { report, sample } }) : busy(c);
  });
  app.get('/verify/sample/:name', async (c) => {
    const sample = readSample(c.req.param('name'));
    const bytes = sample && (await sampleOf(answers, sample));
    if (sample === undefined || bytes === undefined) return noSample(c, host, sample !== undefined);
    c.header('Cache-Control', 'no-store');
    c.header('Content-Type', 'text/plain; charset=utf-8');
    c.header('Content-Disposition', `attachment; filename="consensus-${sample}"`);
    return c.body(Uint8Array.from(bytes));
  });
  const tooLarge = (c: Context): Promise<Response> =>
    problem(
      c,
      413,
      'This is more than is judged here.',
      `At most ${serverLimits.bodyBytesMax / 1_000_000} MB at once. With script your own browser judges more.`,
    );
  app.post('/verify', async (c) => {
    const bytes = await bodyOf(c);
    if (bytes === 'too-large') return tooLarge(c);
    const form = bytes && (await formOf(c, bytes));
    const files = form && (await filesOf(form));
    if (files === undefined || files.length === 0)
      return problem(c, 400, 'Nothing was sent.', 'Choose a file or paste the text of a document.');
    const choice = readChoice(form?.get('authorities'));
    const certificates = await answers.certificates();
    const report = await judge(files, trustOf(certificates, choice));
    c.header('Cache-Control', 'no-store');
    return report ? page(c, { certificates, choice, judged: { report } }) : busy(c);
  });
}

/** What was sent, within the bound of its size; undefined when nothing was, or the sender went away. */
async function bodyOf(c: Context): Promise<Uint8Array<ArrayBuffer> | 'too-large' | undefined> {
  if (Number(c.req.header('content-length') ?? 0) > serverLimits.bodyBytesMax) return 'too-large';
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of c.req.raw.body ?? []) {
      size += part.length;
      if (size > serverLimits.bodyBytesMax) return 'too-large';
      parts.push(part);
    }
  } catch {
    return undefined;
  }
  return Uint8Array.from(Buffer.concat(parts));
}

async function formOf(c: Context, bytes: Uint8Array<ArrayBuffer>): Promise<FormData | undefined> {
  const headers = { 'content-type': c.req.header('content-type') ?? '' };
  return new Response(bytes, { headers }).formData().catch(() => undefined);
}

/** Judges, or gives up at once while another visitor's files are being judged. */
function oneAtATime(): (files: readonly BroughtFile[], trust: ReportTrust) => Promise<Report | undefined> {
  let judging = false;
  return async (files, trust) => {
    if (judging) return undefined;
    judging = true;
    const since = performance.now();
    try {
      return await reportOn(
        files,
        trust,
        serverLimits,
        () => performance.now() - since < serverLimits.judgeMs,
      );
    } finally {
      judging = false;
    }
  };
}

async function filesOf(form: FormData): Promise<BroughtFile[]> {
  const files: BroughtFile[] = [];
  for (const entry of form.getAll('files')) {
    // A form without a chosen file sends one without a name.
    if (typeof entry === 'string' || entry.size === 0) continue;
    files.push({ name: entry.name, bytes: new Uint8Array(await entry.arrayBuffer()) });
  }
  const text = form.get('text');
  if (typeof text === 'string' && text.trim() !== '') files.push(pasted(text));
  return files;
}

/** Forms end lines with CR LF, documents with LF. */
function pasted(text: string): BroughtFile {
  return { name: 'the pasted text', bytes: new TextEncoder().encode(text.replaceAll('\r\n', '\n')) };
}

/** What the observatory vouches with, of its answer. */
function trustOf({ network, authorities, certificates }: Certificates, choice: AuthorityChoice): ReportTrust {
  const text = certificates.map((one) => one.text).join('');
  return readTrust({ network, authorities, certificates: text }, choice);
}

/** A sample of the newest accepted consensus; undefined while none is known. */
async function sampleOf(answers: Answers, sample: SampleName): Promise<Uint8Array | undefined> {
  const { consensus, voting } = await answers.status();
  const bytes = consensus.sha256 === null ? undefined : await answers.raw(consensus.sha256);
  return bytes && makeSample(sample, bytes, consensus.signatures?.needed ?? voting.needed);
}

function noSample(c: Context, { problem }: VerifyHost, known: boolean): Promise<Response> {
  return known
    ? problem(c, 404, 'There is no sample yet.', 'No accepted consensus is known here.')
    : problem(c, 404, 'There is no such sample.', '');
}
