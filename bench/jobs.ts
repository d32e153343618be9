/** What there is to measure: the work itself, ready to be repeated, without a clock. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  certificateRing,
  detectKind,
  parseConsensus,
  parseKeyCertificates,
  parseServerDescriptors,
  parseVote,
  verifyConsensus,
  verifyServerDescriptor,
  verifyVote,
  type CertificateRing,
} from '@conclave/netdoc';

/** The kinds of work. */
export const kinds = ['parse', 'verify', 'signatures', 'hash'] as const;
/** One of them. */
export type What = (typeof kinds)[number];

/** A thing to repeat, and how many items it deals with. Nothing of the work is done before it is run or asked for. */
export interface Job {
  readonly run: () => unknown;
  readonly items: () => number;
}

/** Why a file cannot be measured: one line for people, and the exit code that says the same. */
export class BenchError extends Error {
  readonly code: 64 | 65;

  constructor(code: 64 | 65, message: string) {
    super(message);
    this.code = code;
  }
}

/** Reads a file; a `BenchError` where it cannot be read. */
export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'expected a file, found a directory'
          : code === 'EACCES'
            ? 'no permission to read it'
            : String(error);
    throw new BenchError(64, `${file}: ${why}`);
  }
}

/** The certificates of these files; a `BenchError` for a file without any. */
export function ringOf(files: readonly string[]): CertificateRing {
  return certificateRing(
    files.flatMap((file) => {
      const certificates = parseKeyCertificates(readBytes(file)).flatMap(({ document }) => document ?? []);
      if (certificates.length === 0)
        throw new BenchError(65, `${file}: expected key certificates, found none`);
      return certificates;
    }),
  );
}

/** The work on a document, prepared; a `BenchError` where this work cannot be done on it. */
export function jobOf(what: What, file: string, bytes: Uint8Array, ring: CertificateRing): Job {
  const kind = detectKind(bytes);
  if (what === 'hash') {
    const first = new TextDecoder().decode(bytes.subarray(0, 200));
    const algorithm = /^network-status-version 3 microdesc$/m.test(first) ? 'sha256' : 'sha1';
    return { run: () => createHash(algorithm).update(bytes).digest(), items: () => 1 };
  }
  switch (kind) {
    case 'consensus':
      return consensusJob(what, bytes, ring);
    case 'vote':
      return voteJob(what, bytes);
    case 'server-descriptor':
      if (what !== 'signatures') return descriptorsJob(what, bytes);
      throw new BenchError(65, `${file}: the signatures of descriptors are measured by verify`);
    default: {
      const found = kind === undefined ? 'something else' : `a ${kind}`;
      throw new BenchError(65, `${file}: expected a consensus, a vote or server descriptors, found ${found}`);
    }
  }
}

function consensusJob(what: Exclude<What, 'hash'>, bytes: Uint8Array, ring: CertificateRing): Job {
  const parse = () => parseConsensus(bytes);
  if (what === 'parse') return { run: parse, items: () => parse().document?.routers.count ?? 0 };
  const parsed = parse();
  const authorities = new Set(parsed.partial.authorities?.map(({ identity }) => identity));
  const trust = { authorities, certificates: ring };
  const items = (): number =>
    verifyConsensus(parsed, trust).verdict.signatures.filter(({ fate }) => fate !== 'certificate-missing')
      .length;
  if (what === 'verify') return { run: () => verifyConsensus(parsed, trust), items };
  const short = signedShort(parsed);
  return short ? { run: () => verifyConsensus(short, trust), items } : nothing;
}

function voteJob(what: Exclude<What, 'hash'>, bytes: Uint8Array): Job {
  const parse = () => parseVote(bytes);
  if (what === 'parse') return { run: parse, items: () => parse().document?.routers.count ?? 0 };
  const parsed = parse();
  if (what === 'verify') return { run: () => verifyVote(parsed), items: () => 1 };
  const short = signedShort(parsed);
  return short ? { run: () => verifyVote(short), items: () => 1 } : nothing;
}

const nothing: Job = { run: () => undefined, items: () => 0 };

/** The same signatures over next to nothing: they come out wrong, but cost what good ones cost, without the hash. */
function signedShort<
  P extends { readonly partial: { readonly signed?: { readonly end: number } | undefined } },
>(parsed: P): P | undefined {
  const { signed } = parsed.partial;
  if (!signed) return undefined;
  return { ...parsed, partial: { ...parsed.partial, signed: { start: signed.end - 64, end: signed.end } } };
}

function descriptorsJob(what: 'parse' | 'verify', bytes: Uint8Array): Job {
  const parse = () => parseServerDescriptors(bytes);
  if (what === 'parse') return { run: parse, items: () => parse().length };
  const all = parse();
  const run = () => all.map((parsed) => verifyServerDescriptor(parsed).verdict.outcome);
  return { run, items: () => all.length };
}
