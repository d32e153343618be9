/**
 * The benchmark: `npm run bench -- WHAT FILE… [--runs N] [--certs FILE…]`, one JSON object a line. WHAT is `parse`,
 * `verify` (hash and signatures of a parsed document), `signatures` (the same without the hash) or `hash`; of pairs of
 * consensuses `diff-make`, `diff-apply` or `compare`; of the votes of a round `compute`; `year` keeps a
 * year of rounds in the store and asks it. Without arguments it measures the
 * large real documents where they are, generated ones where they are not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureBackfill } from './backfill.ts';
import { BenchError, jobOf, kinds, readBytes, ringOf, type Job, type What } from './jobs.ts';
import { makeConsensus, makeVotes } from './made.ts';
import { measurePack } from './pack.ts';
import { pairJobOf, pairKinds, type PairWhat } from './pairs.ts';
import { measureYear } from './year.ts';
import { cutVotes, roundJobOf, roundKinds, type RoundWhat } from './rounds.ts';

/** Files to measure, and those with the certificates to verify them by. */
interface Subjects {
  readonly files: readonly string[];
  readonly certs: readonly string[];
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      certs: { type: 'string', multiple: true, default: [] },
      relays: { type: 'string' },
      rounds: { type: 'string', default: '8760' },
      keep: { type: 'string' },
      hours: { type: 'string', default: '720' },
    },
  });
  const runs = Math.max(1, Number(values.runs ?? 30) || 1);
  const [word, ...files] = positionals;
  const what = kinds.find((kind) => kind === word);
  const pairWhat = pairKinds.find((kind) => kind === word);
  if (word === 'compute' && files.length > 0)
    withScratch((scratch) => measureRound(files, Number(values.relays ?? Infinity), scratch, runs));
  else if (word === 'year' && files.length === 0)
    await measureYear({
      rounds: wholeNumber(values.rounds),
      relays: wholeNumber(values.relays ?? '9500'),
      ...(values.keep === undefined ? {} : { keep: resolve(values.keep) }),
      print: (line) => console.log(JSON.stringify(line)),
    });
  else if (word === 'pack' && files.length <= 1)
    await measurePack({
      subject:
        files[0] === undefined
          ? { hours: wholeNumber(values.hours), relays: wholeNumber(values.relays ?? '200') }
          : resolve(files[0]),
      print: (line) => console.log(JSON.stringify(line)),
    });
  else if (word === 'backfill' && files.length === 0)
    measureBackfill({
      rounds: wholeNumber(values.rounds === '8760' ? '24' : values.rounds),
      relays: wholeNumber(values.relays ?? String(relaysOfToday)),
      runs: wholeNumber(values.runs ?? '1'),
      print: (line) => console.log(JSON.stringify(line)),
    });
  else if (pairWhat && files.length === 2) measurePairs([files], [pairWhat], runs);
  else if (what && files.length > 0) measureAll({ files, certs: values.certs }, [what], runs);
  else if (word === undefined) {
    withScratch((scratch) => measureAll(everything(scratch), kinds, runs));
    measurePairs(realPairs(), pairKinds, runs);
    withScratch((scratch) => measureRound(roundFiles(scratch), relaysOfToday, scratch, runs));
  } else throw new BenchError(64, usage);
}

const usage = `usage: npm run bench -- [${kinds.join('|')} FILE… [--runs N] [--certs FILE…]]
       npm run bench -- ${pairKinds.join('|')} OLDER NEWER [--runs N]
       npm run bench -- compute VOTE… [--relays N] [--runs N]
       npm run bench -- year [--rounds N] [--relays N] [--keep FILE]
       npm run bench -- pack [DIR|RECORDING] [--hours N] [--relays N]
       npm run bench -- backfill [--rounds N] [--relays N] [--runs N]`;

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new BenchError(64, usage);
  return Number(text);
}

/** About as many as the public network has. */
const relaysOfToday = 7760;

/** Reading all votes of a round, and computing both flavours of the consensus of them. */
function measureRound(files: readonly string[], relays: number, scratch: string, runs: number): void {
  if (!(relays >= 1)) throw new BenchError(64, usage);
  const whole = files.map((file) => ({ file, bytes: readBytes(file) }));
  const votes = cutVotes(whole, relays).map(({ file, bytes }, index) => {
    const cut = join(scratch, `vote-${index}`);
    writeFileSync(cut, bytes);
    return { file: bytes === whole[index]?.bytes ? file : cut, bytes };
  });
  const subject = {
    name: `${votes.length} votes`,
    size: votes.reduce((sum, { bytes }) => sum + bytes.length, 0),
    argv: votes.map(({ file }) => file),
  };
  for (const what of roundKinds) measure(what, subject, roundJobOf(what, votes), runs);
}

/** The votes of a recorded round beside the checkout, or generated ones. */
function roundFiles(scratch: string): readonly string[] {
  const archive = resolve(import.meta.dirname, '../../../shared/data/lab-rounds.tar.xz');
  const argv = ['xJf', archive, '-C', scratch, '--wildcards', 'lab-rounds/003/vote-*'];
  const folder = join(scratch, 'lab-rounds/003');
  if (existsSync(archive) && spawnSync('tar', argv).status === 0)
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  return makeVotes(relaysOfToday).map((bytes, index) => {
    const file = join(scratch, `made-vote-${index}`);
    writeFileSync(file, bytes);
    return file;
  });
}

function measurePairs(pairs: readonly (readonly string[])[], whats: readonly PairWhat[], runs: number): void {
  for (const pair of pairs) {
    const [base, target] = pair.map((file) => ({ file, bytes: readBytes(file) }));
    if (!base || !target) continue;
    const subject = {
      name: `${basename(base.file)} ${basename(target.file)}`,
      size: base.bytes.length + target.bytes.length,
      argv: [base.file, target.file],
    };
    for (const what of whats) measure(what, subject, pairJobOf(what, base, target), runs);
  }
}

/** Consensuses of one hour and the next beside the checkout; none where there are no real documents. */
function realPairs(): readonly (readonly string[])[] {
  const folder = resolve(import.meta.dirname, '../../../shared/data/mainnet');
  if (!existsSync(folder)) return [];
  return [
    ['consensus-ns/2020-02-29-10-00-00-consensus', 'consensus-ns/2020-02-29-11-00-00-consensus'],
    ['2017-10-29-12-00-00', '2017-10-29-13-00-00'].map(
      (at) => `consensus-microdesc/${at}-consensus-microdesc`,
    ),
  ].map((pair) => pair.map((name) => resolve(folder, name)));
}

function measureAll({ files, certs }: Subjects, whats: readonly What[], runs: number): void {
  const ring = ringOf(certs);
  for (const file of files) {
    const bytes = readBytes(file);
    const subject = { name: basename(file), size: bytes.length, argv: [file, ...certs] };
    for (const what of whats) measure(what, subject, jobOf(what, file, bytes, ring), runs);
  }
}

/** A directory for documents that are no files, as long as they are needed. */
function withScratch(use: (scratch: string) => void): void {
  const scratch = mkdtempSync(join(tmpdir(), 'conclave-bench-'));
  try {
    use(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The large real documents beside the checkout, or a generated one. */
function everything(scratch: string): Subjects {
  const data = resolve(import.meta.dirname, '../../../shared/data/mainnet');
  const keep = (name: string, bytes: Uint8Array): string => {
    const file = join(scratch, name);
    writeFileSync(file, bytes);
    return file;
  };
  if (!existsSync(data)) {
    const made = makeConsensus(7000);
    return {
      files: [keep('generated-consensus', made.consensus)],
      certs: [keep('generated-certificates', made.certificates)],
    };
  }
  const read = (folder: string): string[] =>
    readdirSync(resolve(data, folder))
      .sort()
      .map((name) => resolve(data, folder, name));
  const vote = labVote(data);
  return {
    files: [
      ...read('consensus-ns'),
      ...read('consensus-microdesc'),
      ...read('vote'),
      ...(vote ? [keep('lab-vote-moria1', vote)] : []),
    ],
    certs: read('key-certificates'),
  };
}

/** A vote of tor 0.4.9 with all that votes have today, out of the recorded rounds. */
function labVote(data: string): Uint8Array | undefined {
  const archive = resolve(data, '../lab-rounds.tar.xz');
  if (!existsSync(archive)) return undefined;
  const argv = ['xJOf', archive, '--occurrence=1', 'lab-rounds/003/vote-moria1'];
  const { status, stdout } = spawnSync('tar', argv, { maxBuffer: 64 * 1024 * 1024 });
  return status === 0 ? stdout : undefined;
}

/** What is measured: its name, its size, and the files that the measuring of memory has to read. */
interface Subject {
  readonly name: string;
  readonly size: number;
  readonly argv: readonly string[];
}

/** Repeats a job and prints what it took; the first runs only warm the machine up. */
function measure(what: What | PairWhat | RoundWhat, subject: Subject, job: Job, runs: number): void {
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
  const { name, size } = subject;
  const peak = peakOf(what, subject);
  const line = {
    what,
    file: name,
    bytes: size,
    items: job.items(),
    runs,
    min_ms: round(wall[0] ?? 0),
    median_ms: round(wall[runs >> 1] ?? 0),
    cpu_min_ms: round(cpu[0] ?? 0),
    cpu_median_ms: round(cpu[runs >> 1] ?? 0),
    mb_per_s: round(size / 1000 / (wall[runs >> 1] ?? 1)),
    peak_mb: peak === undefined ? null : round(peak / 1e6),
    peak_times: peak === undefined ? null : round(peak / size),
  };
  console.log(JSON.stringify(line));
}

/** The peak of memory in bytes: the median of three processes that each do the work once; undefined where none can tell. */
function peakOf(what: What | PairWhat | RoundWhat, subject: Subject): number | undefined {
  const script = resolve(import.meta.dirname, 'peak.js');
  const peaks = Array.from({ length: 3 }, () => {
    const argv = ['--expose-gc', script, what, ...subject.argv];
    const { status, stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    return status === 0 && /^\d+\n$/.test(stdout) ? Number(stdout) : undefined;
  });
  const known = peaks.filter((peak) => peak !== undefined).sort((a, b) => a - b);
  return known[known.length >> 1];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

try {
  await main();
} catch (error) {
  const misread =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof BenchError) && !misread) throw error;
  console.error(error.message);
  process.exitCode = error instanceof BenchError ? error.code : 64;
}
