/**
 * The benchmark: `npm run bench -- WHAT FILE… [--runs N] [--certs FILE…]`, one JSON object a line. WHAT is `parse`,
 * `verify` (hash and signatures of a parsed document), `signatures` (the same without the hash) or `hash`. Without
 * arguments it measures the large real documents where they are, a generated one where they are not.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  certificateRing,
  detectKind,
  parseConsensus,
  parseKeyCertificates,
  parseVote,
  verifyConsensus,
  verifyVote,
  type CertificateRing,
} from '@conclave/netdoc';
import { makeConsensus } from './made.ts';

const kinds = ['parse', 'verify', 'signatures', 'hash'] as const;
type What = (typeof kinds)[number];

/** A document to measure. */
interface Subject {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** A thing to repeat, and how many items it deals with. */
interface Job {
  readonly run: () => unknown;
  readonly items: number;
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '30' },
      certs: { type: 'string', multiple: true, default: [] },
    },
  });
  const runs = Math.max(1, Number(values.runs) || 1);
  const [word, ...files] = positionals;
  const what = kinds.find((kind) => kind === word);
  if (word !== undefined && (!what || files.length === 0)) {
    console.error(`usage: npm run bench -- [${kinds.join('|')} FILE… [--runs N] [--certs FILE…]]`);
    process.exitCode = 64;
    return;
  }
  if (what) {
    const ring = ringOf(values.certs.map((file) => readFileSync(file)));
    for (const file of files) measure(what, { file, bytes: readFileSync(file) }, ring, runs);
    return;
  }
  const { subjects, ring } = everything();
  for (const subject of subjects) for (const kind of kinds) measure(kind, subject, ring, runs);
}

/** The large real documents beside the checkout, or a generated one. */
function everything(): { readonly subjects: readonly Subject[]; readonly ring: CertificateRing } {
  const data = resolve(import.meta.dirname, '../../../shared/data/mainnet');
  if (!existsSync(data)) {
    const made = makeConsensus(7000);
    return {
      subjects: [{ file: 'generated-consensus', bytes: made.consensus }],
      ring: ringOf([made.certificates]),
    };
  }
  const read = (folder: string): Subject[] =>
    readdirSync(resolve(data, folder))
      .sort()
      .map((name) => ({ file: name, bytes: readFileSync(resolve(data, folder, name)) }));
  const subjects = [
    ...read('consensus-ns'),
    ...read('consensus-microdesc'),
    ...read('vote'),
    ...labVote(data),
  ];
  return { subjects, ring: ringOf(read('key-certificates').map(({ bytes }) => bytes)) };
}

/** A vote of tor 0.4.9 with all that votes have today, out of the recorded rounds. */
function labVote(data: string): Subject[] {
  const archive = resolve(data, '../lab-rounds.tar.xz');
  if (!existsSync(archive)) return [];
  const argv = ['xJOf', archive, '--occurrence=1', 'lab-rounds/003/vote-moria1'];
  const { status, stdout } = spawnSync('tar', argv, { maxBuffer: 64 * 1024 * 1024 });
  return status === 0 ? [{ file: 'lab-rounds/003/vote-moria1', bytes: stdout }] : [];
}

function ringOf(files: readonly Uint8Array[]): CertificateRing {
  return certificateRing(
    files.flatMap((bytes) => parseKeyCertificates(bytes)).flatMap(({ document }) => document ?? []),
  );
}

/** Repeats a job and prints what it took; the first runs only warm the machine up. */
function measure(what: What, subject: Subject, ring: CertificateRing, runs: number): void {
  const job = jobOf(what, subject.bytes, ring);
  for (let run = 0; run < Math.min(runs, 10); run += 1) job.run();
  const wall: number[] = [];
  const cpu: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    const start = performance.now();
    job.run();
    wall.push(performance.now() - start);
    const used = process.cpuUsage(before);
    cpu.push((used.user + used.system) / 1000);
  }
  wall.sort((a, b) => a - b);
  cpu.sort((a, b) => a - b);
  const cpuMin = cpu[0] ?? 0;
  const line = {
    what,
    file: basename(subject.file),
    bytes: subject.bytes.length,
    items: job.items,
    runs,
    min_ms: round(wall[0] ?? 0),
    median_ms: round(wall[runs >> 1] ?? 0),
    cpu_min_ms: round(cpuMin),
    cpu_median_ms: round(cpu[runs >> 1] ?? 0),
    mb_per_s: round(subject.bytes.length / 1000 / (wall[runs >> 1] ?? 1)),
  };
  console.log(JSON.stringify(line));
}

function jobOf(what: What, bytes: Uint8Array, ring: CertificateRing): Job {
  if (what === 'hash') {
    const algorithm = parseConsensus(bytes).partial.flavor === 'microdesc' ? 'sha256' : 'sha1';
    return { run: () => createHash(algorithm).update(bytes).digest(), items: 1 };
  }
  return detectKind(bytes) === 'vote' ? voteJob(what, bytes) : consensusJob(what, bytes, ring);
}

function consensusJob(what: What, bytes: Uint8Array, ring: CertificateRing): Job {
  const parsed = parseConsensus(bytes);
  const routers = parsed.document?.routers.count ?? 0;
  if (what === 'parse') return { run: () => parseConsensus(bytes), items: routers };
  const authorities = new Set(parsed.partial.authorities?.map(({ identity }) => identity));
  const trust = { authorities, certificates: ring };
  const { verdict } = verifyConsensus(parsed, trust);
  const counted = verdict.signatures.filter(({ fate }) => fate !== 'certificate-missing').length;
  if (what === 'verify') return { run: () => verifyConsensus(parsed, trust), items: counted };
  // The same signatures over next to nothing: they come out wrong, but cost what good ones cost, without the hash.
  const { signed } = parsed.partial;
  if (!signed) return { run: () => undefined, items: 0 };
  const short = {
    ...parsed,
    partial: { ...parsed.partial, signed: { start: signed.end - 64, end: signed.end } },
  };
  return { run: () => verifyConsensus(short, trust), items: counted };
}

function voteJob(what: What, bytes: Uint8Array): Job {
  const parsed = parseVote(bytes);
  if (what === 'parse') return { run: () => parseVote(bytes), items: parsed.document?.routers.count ?? 0 };
  if (what === 'verify') return { run: () => verifyVote(parsed), items: 1 };
  const { signed } = parsed.partial;
  if (!signed) return { run: () => undefined, items: 0 };
  const short = {
    ...parsed,
    partial: { ...parsed.partial, signed: { start: signed.end - 64, end: signed.end } },
  };
  return { run: () => verifyVote(short), items: 1 };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

main();
