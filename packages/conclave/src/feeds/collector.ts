/**
 * CollecTor's worker: the index, and of the files that it lists those that we do not have, one after another. A file must be
 * the bytes that the index promises. Its `@type` line is taken off and written down beside it, so that a document from here
 * has the same name as the same document from an authority.
 */
import xz from 'xz-decompress';
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import {
  indexFacts,
  readCollectorIndex,
  type CollectorFile,
  type CollectorIndex,
} from './collector-index.ts';
import { fileKey, filesToFetch, type CollectorPlanOptions } from './collector-plan.ts';
import { feedLimits, type Validators } from './http.ts';
import {
  below,
  limitsOf,
  runFeed,
  sha256Hex,
  unavailable,
  watchedFeed,
  type FeedOptions,
  type FeedPorts,
  type Visit,
} from './worker.ts';

/** Settings of CollecTor's worker. */
export interface CollectorFeedOptions extends FeedOptions, CollectorPlanOptions {}

/** Where the index is, the smallest form first. */
const forms = ['index/index.json.xz', 'index/index.json.gz', 'index/index.json'] as const;

/** What the worker has in mind between two visits. */
interface State {
  index: CollectorIndex | undefined;
  validators: Validators;
  /** Which form of the index there is. */
  form: number;
  /** How often each file failed; for ever of one that came. */
  readonly failures: Map<string, number>;
}

/** Watches CollecTor until the signal aborts. Never rejects. */
export async function watchCollector(
  options: CollectorFeedOptions & { readonly vantage: string },
  ports: FeedPorts,
  signal: AbortSignal,
): Promise<void> {
  const state: State = { index: undefined, validators: {}, form: 0, failures: new Map() };
  const feed = {
    ...watchedFeed('collector', options),
    vantage: options.vantage,
    limits: limitsOf(options),
  };
  await runFeed(feed, (visit) => visitCollector(options, state, visit), ports, signal);
}

async function visitCollector(options: CollectorFeedOptions, state: State, visit: Visit): Promise<boolean> {
  if (!(await takeIndex(options.url, state, visit)) || !state.index) return false;
  const { ports, signal } = visit;
  const now = ports.clock.now() / 1000;
  const files = filesToFetch(state.index, ports.knowledge(), options, state.failures, now);
  let well = true;
  for (const file of files) {
    if (signal.aborted) return true;
    const outcome = await takeFile(options.url, file, visit);
    if (outcome === 'received') {
      // Also one that turns out to be worthless is not fetched over and over.
      state.failures.set(fileKey(file), Infinity);
      continue;
    }
    well = false;
    if (outcome === 'unavailable') return false;
    state.failures.set(fileKey(file), (state.failures.get(fileKey(file)) ?? 0) + 1);
  }
  forgetGone(state);
  return well;
}

/** Files that are not listed any more are not tried again, so how often they failed need not be known. */
function forgetGone({ index, failures }: State): void {
  const listed = new Set(index?.files.map(fileKey));
  for (const key of failures.keys()) if (!listed.has(key)) failures.delete(key);
}

/** Asks for the index; true when the one in mind is what CollecTor has now. */
async function takeIndex(base: string, state: State, visit: Visit): Promise<boolean> {
  for (; state.form < forms.length; state.form += 1) {
    const form = forms[state.form] ?? forms[2];
    const url = below(base, form);
    const answered = await visit.ask(url, { validators: state.validators });
    const { answer } = answered;
    if (answer.outcome === 'absent' && state.form < forms.length - 1) continue;
    if (answer.outcome === 'not-modified' && state.index) {
      await visit.note('index', url, answered, { index: indexFacts(state.index) });
      return true;
    }
    const body = answer.body && (await unpacked(answer.body));
    const reading = body instanceof Uint8Array ? readCollectorIndex(body) : undefined;
    const fault = typeof body === 'string' ? body : reading?.ok === false ? reading.detail : undefined;
    if (!reading?.ok) {
      // What it was is forgotten too: a bad answer must not be confirmed by a 304.
      state.validators = {};
      await visit.note('index', url, answered, fault === undefined ? {} : { fault });
      if (answer.outcome === 'absent') state.form = 0;
      return false;
    }
    const { etag, lastModified } = answer;
    state.validators = {
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { lastModified }),
    };
    state.index = reading.index;
    await visit.note('index', url, answered, { index: indexFacts(reading.index) });
    return true;
  }
  return false;
}

const unzip = promisify<Uint8Array, { readonly maxOutputLength: number }, Buffer>(gunzip);

/** The index as JSON, or why it cannot be unpacked. Told by its bytes: a server may have unpacked it on the way already. */
async function unpacked(body: Uint8Array): Promise<Uint8Array | string> {
  const bytesMax = feedLimits.documentBytes;
  const begins = (...magic: number[]): boolean => magic.every((byte, index) => body[index] === byte);
  try {
    if (begins(0x1f, 0x8b)) return await unzip(body, { maxOutputLength: bytesMax });
    return begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00) ? await unxz(body, bytesMax) : body;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `it cannot be unpacked: ${reason}`;
  }
}

async function unxz(body: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  const packed = new Response(new Uint8Array(body)).body;
  if (!packed) return body;
  const reader = new xz.XzReadableStream(packed).getReader();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(pieces);
    bytes += value.length;
    if (bytes > bytesMax) {
      await reader.cancel();
      throw new Error(`larger than ${bytesMax} bytes`);
    }
    pieces.push(value);
  }
}

/** Fetches one file; what came of it is written down in any case. */
async function takeFile(
  base: string,
  file: CollectorFile,
  visit: Visit,
): Promise<'received' | 'failed' | 'unavailable'> {
  const url = below(base, file.path);
  // On the wire it may be compressed, and then it is not larger.
  const answered = await visit.ask(url, { wireBytes: file.size + 1024 });
  const { outcome, body } = answered.answer;
  if (outcome !== 'received' || body === undefined) {
    await visit.note(file.subject, url, answered, { file: file.name });
    return unavailable.has(outcome) ? 'unavailable' : 'failed';
  }
  const fault = faultOf(body, file);
  const { annotation, document } = withoutAnnotation(body, file);
  const wrongName =
    file.subject === 'bandwidth-file' && sha256Hex(document) !== file.digest
      ? `its SHA-256 is not the one in its name`
      : undefined;
  const wrong = fault ?? wrongName;
  await visit.note(file.subject, url, answered, {
    file: file.name,
    ...(annotation === undefined ? {} : { annotation }),
    ...(wrong === undefined ? { document } : { fault: wrong }),
  });
  return wrong === undefined ? 'received' : 'failed';
}

/** Whether the bytes are those that the index promised. */
function faultOf(body: Uint8Array, { size, sha256 }: CollectorFile): string | undefined {
  if (sha256 !== undefined && sha256Hex(body) === sha256) return undefined;
  if (body.length !== size) return `${body.length} bytes came where the index promised ${size}`;
  return sha256 === undefined ? undefined : `its SHA-256 is not the one in the index (${sha256})`;
}

/** Takes off the `@type` line of a file of one document; a file of many documents has one before each and stays whole. */
function withoutAnnotation(
  body: Uint8Array,
  { subject }: CollectorFile,
): { readonly annotation?: string; readonly document: Uint8Array } {
  const end = body.indexOf(0x0a);
  const start = Buffer.from(body.subarray(0, Math.min(end, 200))).toString('latin1');
  if (subject === 'server-descriptors' || end < 0 || end > 200 || !start.startsWith('@type '))
    return { document: body };
  return { annotation: start, document: body.subarray(end + 1) };
}
