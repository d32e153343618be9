/**
 * A backfill end to end: `npm run bench -- backfill [--rounds N] [--relays N] [--runs N]`. Tarballs are generated and packed by
 * the system's tar and xz; then a process of its own unpacks, keeps, parses, verifies, judges and commits them as `conclave
 * backfill` does. Its CPU time is the shell's: all threads, and the processes that it started.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { FilledReport } from './backfill-run.ts';
import { makeHours, type MadeHours } from './made.ts';

/** What is measured. */
export interface BackfillBench {
  /** Rounds of consensuses alone; of rounds with their votes there are a sixth as many. */
  readonly rounds: number;
  readonly relays: number;
  /** How often each is measured; every time is printed. */
  readonly runs: number;
  readonly print: (line: Readonly<Record<string, unknown>>) => void;
}

/** Measures consensuses alone, then rounds with all their votes. */
export function measureBackfill({ rounds, ...bench }: BackfillBench): void {
  measure('backfill-consensuses', rounds, false, bench);
  measure('backfill-votes', Math.max(1, Math.round(rounds / 6)), true, bench);
}

function measure(
  what: string,
  rounds: number,
  withVotes: boolean,
  { relays, runs, print }: Omit<BackfillBench, 'rounds'>,
): void {
  const scratch = mkdtempSync(join(tmpdir(), 'conclave-bench-backfill-'));
  try {
    const made = makeHours(relays, rounds, withVotes);
    const from = join(scratch, 'collector');
    const { documents, bytes } = writeArchive(from, made);
    const [first, last] = [made.hours[0], made.hours.at(-1)];
    const span = [first?.validAfter ?? 0, (last?.validAfter ?? 0) + 1];
    for (let run = 0; run < runs; run += 1) {
      for (const threads of [0, 1]) {
        const directory = join(scratch, `data-${threads}`);
        const filled = fill([directory, from, ...span, threads, ...made.identities].map(String));
        const size = (path: string): number => sizeOf(join(directory, path));
        const store = size('store.duckdb') + size('store.duckdb.wal');
        print({
          what,
          threads,
          rounds,
          relays,
          documents,
          bytes,
          accepted: filled.accepted,
          proofs: filled.proofs,
          wall_ms: Math.round(filled.wallMs),
          cpu_ms: Math.round(filled.cpuMs),
          documents_per_s: perSecond(documents, filled.wallMs),
          documents_per_cpu_s: perSecond(documents, filled.cpuMs),
          peak_mb: Math.round(filled.peakBytes / 1e6),
          archive_bytes_per_round: Math.round(size('documents') / rounds),
          journal_bytes_per_round: Math.round(size('journal') / rounds),
          store_bytes_per_round: Math.round(store / rounds),
        });
        rmSync(directory, { recursive: true });
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** One backfill in a process of its own, from its start to its end. */
function fill(argv: readonly string[]): FilledReport & { readonly wallMs: number; readonly cpuMs: number } {
  const script = resolve(import.meta.dirname, 'backfill-run.js');
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', '"$@" && times', 'sh', process.execPath, ...process.execArgv, script, ...argv],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const wallMs = performance.now() - began;
  // What the shell says: its own user and system time on one line, those of its children on the next.
  const [report = '', _own, children = ''] = stdout.trim().split('\n').slice(-3);
  const [user, system] = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000,
  );
  if (status !== 0 || user === undefined || system === undefined) throw new Error(stderr);
  return { ...(JSON.parse(report) as FilledReport), wallMs, cpuMs: user + system };
}

function perSecond(items: number, ms: number): number {
  return Math.round((items / ms) * 100_000) / 100;
}

/** Packs the documents as CollecTor does. */
function writeArchive(folder: string, made: MadeHours): { documents: number; bytes: number } {
  const files = new Map<string, Uint8Array>();
  const put = (type: string, path: string, bytes: Uint8Array): void =>
    void files.set(path, Buffer.concat([Buffer.from(`@type ${type} 1.0\n`), bytes]));
  for (const { validAfter, consensus, votes } of made.hours) {
    const time = new Date(validAfter * 1000).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
    put('network-status-consensus-3', `consensuses-2024-05/${time}-consensus`, consensus);
    for (const [index, vote] of votes.entries()) {
      const digest = createHash('sha1').update(vote).digest('hex').toUpperCase();
      put('network-status-vote-3', `votes-2024-05/${time}-vote-${made.identities[index]}-${digest}`, vote);
    }
  }
  const bytes = [...files.values()].reduce((sum, one) => sum + one.length, 0);
  const documents = files.size;
  for (const [index, certificate] of made.certificates.entries())
    put('dir-key-certificate-3', `certs/${made.identities[index]}-2024-01-01-00-00-00`, certificate);
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, 'plain', path)), { recursive: true });
    writeFileSync(join(folder, 'plain', path), content);
  }
  for (const name of readdirSync(join(folder, 'plain'))) {
    const argv = [
      '-c',
      '-C',
      join(folder, 'plain'),
      '-I',
      'xz -6',
      '-f',
      join(folder, `${name}.tar.xz`),
      name,
    ];
    const packed = spawnSync('tar', argv);
    if (packed.status !== 0) throw new Error(String(packed.stderr));
  }
  rmSync(join(folder, 'plain'), { recursive: true, force: true });
  return { documents, bytes };
}

function sizeOf(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return 0;
  if (!status.isDirectory()) return status.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
