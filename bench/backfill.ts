/**
 * A backfill end to end: `npm run bench -- backfill [--rounds N] [--relays N]`. Tarballs are generated and packed by the
 * system's tar and xz; then they are unpacked, kept, parsed, verified, judged and committed as `conclave backfill` does it.
 */
import { backfill } from 'conclave/backfill';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeHours, type MadeHours } from './made.ts';

/** What is measured. */
export interface BackfillBench {
  /** Rounds of consensuses alone; of rounds with their votes there are a sixth as many. */
  readonly rounds: number;
  readonly relays: number;
  readonly print: (line: Readonly<Record<string, unknown>>) => void;
}

/** Measures consensuses alone, then rounds with all their votes. */
export async function measureBackfill({ rounds, relays, print }: BackfillBench): Promise<void> {
  await measure('backfill-consensuses', makeHours(relays, rounds, false), relays, print);
  await measure(
    'backfill-votes',
    makeHours(relays, Math.max(1, Math.round(rounds / 6)), true),
    relays,
    print,
  );
}

async function measure(
  what: string,
  made: MadeHours,
  relays: number,
  print: BackfillBench['print'],
): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'conclave-bench-backfill-'));
  try {
    const from = join(scratch, 'collector');
    const { documents, bytes } = writeArchive(from, made);
    const unpacking = unpackMs(from);
    for (const threads of [0, 1]) {
      const directory = join(scratch, `data-${threads}`);
      const [wall, cpu] = [performance.now(), process.cpuUsage()];
      const report = await backfill({
        directory,
        from,
        since: made.hours[0]?.validAfter ?? 0,
        until: (made.hours.at(-1)?.validAfter ?? 0) + 1,
        kinds: ['consensus', 'vote', 'certificate'],
        set: { network: 'made-up network', authorities: authoritiesOf(made) as never },
        threads,
        now: Date.now,
        signal: new AbortController().signal,
      });
      const used = process.cpuUsage(cpu);
      const [wallMs, cpuMs] = [performance.now() - wall, (used.user + used.system) / 1000 + unpacking];
      const size = (path: string): number => sizeOf(join(directory, path));
      const store = size('store.duckdb') + size('store.duckdb.wal');
      const kept = sizeOf(directory) - store - size('journal') - size('lock');
      print({
        what,
        threads,
        rounds: made.hours.length,
        relays,
        documents,
        bytes,
        accepted: report.held.outcomes['accepted'] ?? 0,
        proofs: report.held.proofs,
        wall_ms: Math.round(wallMs),
        cpu_ms: Math.round(cpuMs),
        unpack_ms: Math.round(unpacking),
        documents_per_s: perSecond(documents, wallMs),
        documents_per_cpu_s: perSecond(documents, cpuMs),
        archive_bytes_per_round: Math.round(kept / made.hours.length),
        journal_bytes_per_round: Math.round(size('journal') / made.hours.length),
        store_bytes_per_round: Math.round(store / made.hours.length),
      });
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function perSecond(items: number, ms: number): number {
  return Math.round((items / ms) * 100_000) / 100;
}

function authoritiesOf({ identities }: MadeHours): unknown[] {
  return identities.map((v3ident, index) => ({ nickname: `authority${index}`, v3ident }));
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

/** What the system's xz takes for the tarballs: it is a process of its own, so its time is not ours to see. */
function unpackMs(folder: string): number {
  const began = performance.now();
  for (const name of readdirSync(folder))
    spawnSync('xz', ['-dc', join(folder, name)], { stdio: ['ignore', 'ignore', 'inherit'] });
  return performance.now() - began;
}

function sizeOf(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return 0;
  if (!status.isDirectory()) return status.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
