/**
 * What the archive makes of consecutive documents, against `tar | xz -9e` of the same: bytes as single files, in packs, in
 * one `.tar.xz`, for each round; and what it takes to read one document alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openArchive, openArchiveReader, openRecording, type JournalEntry } from 'conclave/archive';
import { BenchError } from './jobs.ts';
import { month } from './made-month.ts';

/** What to pack: a directory of documents, a recording (`.tar.xz`), or a made month. */
export interface PackBenchOptions {
  readonly subject: string | { readonly hours: number; readonly relays: number };
  readonly print: (line: object) => void;
}

/** Packs, compares and prints one line. */
export async function measurePack({ subject, print }: PackBenchOptions): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'conclave-bench-pack-'));
  try {
    const plain = join(scratch, 'plain');
    mkdirSync(plain);
    const data = join(scratch, 'data');
    const archive = await openArchive(data);
    const totals = { documents: 0, bytes: 0, rounds: 0 };
    const names = new Set<string>();
    for await (const round of roundsOf(subject)) {
      totals.rounds += 1;
      for (const { name, series, bytes } of round) {
        const sha256 = await archive.keep(bytes);
        if (names.has(sha256)) continue;
        names.add(sha256);
        await archive.append([entryOf(series, sha256, bytes.length, totals.rounds)]);
        const file = join(plain, String(totals.rounds).padStart(6, '0'), name);
        mkdirSync(join(file, '..'), { recursive: true });
        writeFileSync(file, bytes);
        totals.documents += 1;
        totals.bytes += bytes.length;
      }
    }
    const packing = cpu();
    const { packs } = await archive.pack({ all: true, breathe: () => setImmediate() });
    const packMs = packing();
    await archive.close();
    const packBytes = packs.reduce((sum, pack) => sum + pack.packBytes, 0);
    const xzBytes = await tarXz(plain);
    print({
      what: 'pack',
      subject: typeof subject === 'string' ? relative('.', subject) : subject,
      ...totals,
      gzip_bytes: packs.reduce((sum, pack) => sum + pack.looseBytes, 0),
      tar_xz_bytes: xzBytes,
      pack_bytes: packBytes,
      packs: packs.length,
      pack_of_tar_xz: xzBytes === null ? null : round2(packBytes / xzBytes),
      pack_bytes_per_round: Math.round(packBytes / totals.rounds),
      pack_cpu_ms_per_document: round2(packMs / totals.documents),
      ...(await readTimes(data, [...names])),
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Named {
  readonly name: string;
  readonly series: string;
  readonly bytes: Uint8Array;
}

async function* roundsOf(subject: PackBenchOptions['subject']): AsyncIterable<readonly Named[]> {
  if (typeof subject !== 'string') yield* month({ seed: 1, ...subject });
  else if (statSync(subject).isDirectory()) yield* foldersOf(subject);
  else yield* recorded(subject);
}

/** Each folder is a round; the digits of a name do not belong to its series. */
function* foldersOf(directory: string): Generator<readonly Named[]> {
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(directory, name));
  const groups = [
    ...folders.map((folder) =>
      readdirSync(folder)
        .sort()
        .map((name) => join(folder, name)),
    ),
    ...files.map((file) => [file]),
  ];
  for (const group of groups)
    yield group.map((path) => {
      const name = relative(directory, path).replaceAll('/', '-');
      const series = name
        .replace(/^[-\d]+/, '')
        .replace(/(vote-[0-9A-F]{40})-.*/, '$1')
        .replace('-', ' ');
      return { name, series, bytes: readFileSync(path) };
    });
}

/** The votes and consensuses of a recording, one round each with a new consensus. */
async function* recorded(file: string): AsyncIterable<readonly Named[]> {
  const recording = await openRecording(file);
  try {
    const seen = new Set<string>();
    let round: Named[] = [];
    let hasConsensus = false;
    for await (const { entry } of recording.entries(0)) {
      if (entry.type !== 'observation' || !entry.document || seen.has(entry.document.sha256)) continue;
      const { subject, document } = entry;
      if (subject.kind !== 'vote' && subject.kind !== 'consensus') continue;
      seen.add(document.sha256);
      if (subject.kind === 'vote' && hasConsensus) {
        yield round;
        [round, hasConsensus] = [[], false];
      }
      hasConsensus ||= subject.kind === 'consensus';
      const of = subject.kind === 'vote' ? subject.of : subject.flavor;
      const bytes = await recording.read(document.sha256);
      if (bytes)
        round.push({
          name: `${subject.kind}-${of}-${document.sha256.slice(0, 8)}`,
          series: `${subject.kind} ${of}`,
          bytes,
        });
    }
    if (round.length > 0) yield round;
  } finally {
    await recording.close();
  }
}

function entryOf(series: string, sha256: string, bytes: number, at: number): JournalEntry {
  const [kind = '', of = ''] = series.split(' ', 2);
  return {
    type: 'observation',
    at,
    vantage: 'bench',
    authority: of,
    subject:
      kind === 'vote'
        ? { kind, period: 'current', of }
        : kind === 'consensus'
          ? { kind, flavor: of === 'microdesc' ? 'microdesc' : 'ns' }
          : { kind: 'bandwidth-file' },
    outcome: 'received',
    timings: { totalMs: 1 },
    document: { sha256, bytes, wireBytes: bytes },
  };
}

/** As CollecTor makes its files: by name, so that the documents of an hour are beside each other. */
async function tarXz(directory: string): Promise<number | null> {
  if (spawnSync('xz', ['--version']).status !== 0) return null;
  const command = 'tar cf - --sort=name --owner=0 --group=0 --mtime=@0 -C "$0" . | xz -9e -T1 | wc -c';
  const child = spawn('sh', ['-c', command, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => (text += piece.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0 || !/^\d+\n$/.test(text)) throw new BenchError(65, `tar | xz ended with ${String(code)}`);
  return Number(text);
}

/** Documents read alone: by a reader that has read nothing before, so that nothing is at hand but the program itself. */
async function readTimes(data: string, names: readonly string[]): Promise<object> {
  const wall: number[] = [];
  const used: number[] = [];
  const samples = 200;
  for (let index = 0; index < samples; index += 1) {
    const name = names[Math.floor((index * names.length) / samples)] ?? '';
    const reader = openArchiveReader(data);
    await reader.read('00'.repeat(32));
    const done = cpu();
    const start = performance.now();
    await reader.read(name);
    wall.push(performance.now() - start);
    used.push(done());
  }
  const sorted = wall.slice(20).sort((a, b) => a - b);
  const sortedCpu = used.slice(20).sort((a, b) => a - b);
  return {
    read_alone_median_ms: round2(sorted[sorted.length >> 1] ?? 0),
    read_alone_max_ms: round2(sorted.at(-1) ?? 0),
    read_alone_cpu_median_ms: round2(sortedCpu[sortedCpu.length >> 1] ?? 0),
    read_alone_cpu_max_ms: round2(sortedCpu.at(-1) ?? 0),
  };
}

function cpu(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
