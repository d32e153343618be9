/**
 * The fuzzer: `npm run fuzz -- [--inputs N] [--seed S] [--kind K] [--keep]`, or `npm run fuzz -- --worst [--size MB]`. It
 * prints what it found and, last, one JSON object with all figures. The exit code is 1 when anything was found.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { exercises } from './exercise.ts';
import { judge, measure } from './measure.ts';
import { minimise } from './minimise.ts';
import { inputOf, prepare, run, type Finding, type Plan, type Tally } from './run.ts';
import { tellWorst } from './worst.ts';

const root = process.cwd();
const data = resolve(root, '../shared/data/mainnet');
const fixtures = resolve(root, 'packages/netdoc/test/fixtures/hostile');

/** An input that makes no progress for so long hangs. */
const patienceMs = 60_000;

interface Message {
  readonly finding?: Finding;
  readonly tally?: Tally;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      kind: { type: 'string' },
      keep: { type: 'boolean', default: false },
      worst: { type: 'boolean', default: false },
      size: { type: 'string', default: '0.25' },
      only: { type: 'string' },
    },
  });
  if (values.worst) {
    process.exitCode = tellWorst(Number(values.size) * 1e6, values.only) ? 0 : 1;
    return;
  }
  const began = performance.now();
  const cpu = process.cpuUsage();
  const findings: Finding[] = [];
  const tallies: Tally[] = [];
  const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
  for (let from = 0; from < inputs;) {
    const part = await inThread({
      data,
      seed,
      from,
      inputs,
      kind: values.kind,
      place: new Int32Array(new SharedArrayBuffer(8)),
    });
    for (const finding of part.findings) findings.push(finding);
    if (part.tally) tallies.push(part.tally);
    from = part.next;
  }
  const used = process.cpuUsage(cpu);
  const distinct = [
    ...new Map(
      findings.map((one) => [`${one.exercise} ${one.what} ${one.message.replace(/\d+/g, '#')}`, one]),
    ).values(),
  ];
  for (const finding of distinct)
    console.log(
      `${finding.what} in ${finding.exercise}: ${finding.message} (input ${finding.index}, of ${finding.seed}: ${finding.ways.join(', ')})`,
    );
  if (values.keep) for (const finding of distinct) keep(finding);
  console.log(
    JSON.stringify({
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      seed,
      inputs,
      wallSeconds: Math.round((performance.now() - began) / 1000),
      cpuSeconds: Math.round((used.user + used.system) / 1e6),
      exercises: exercises.length,
      findings: findings.length,
      distinct: distinct.length,
      parts: tallies,
    }),
  );
  process.exitCode = findings.length > 0 ? 1 : 0;
}

interface Part {
  readonly findings: readonly Finding[];
  readonly tally: Tally | undefined;
  /** The input to go on with. */
  readonly next: number;
}

/** Runs a plan in a thread of its own and watches it. */
function inThread(plan: Plan): Promise<Part> {
  const findings: Finding[] = [];
  return new Promise((done) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: plan,
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    let seen = { index: -1, at: performance.now() };
    const end = (tally: Tally | undefined, next: number): void => {
      clearInterval(watch);
      done({ findings, tally, next });
    };
    const stopped = (what: 'time' | 'memory', message: string): void => {
      const [index = 0, exercise = 0] = plan.place;
      const { seeds } = prepare(plan.data, plan.kind);
      const { from, ways, bytes } = inputOf(seeds, plan.seed, index);
      findings.push({
        exercise: exercises[exercise]?.name ?? '',
        what,
        message,
        index,
        seed: from.name,
        ways,
        bytes,
      });
      end(undefined, index + 1);
    };
    const watch = setInterval(() => {
      const [index = 0] = plan.place;
      if (index !== seen.index) seen = { index, at: performance.now() };
      else if (performance.now() - seen.at > patienceMs)
        void worker.terminate().then(() => stopped('time', `no end in ${patienceMs / 1000} s`));
    }, 1000);
    worker.on('message', ({ finding, tally }: Message) => {
      if (finding) findings.push({ ...finding, bytes: Buffer.from(finding.bytes) });
      if (tally) end(tally, plan.inputs);
    });
    worker.on('error', (error) => stopped('memory', error.message));
  });
}

/** Writes the smallest input with this fault beside the tests. */
function keep(finding: Finding): void {
  const { trust } = prepare(data);
  const exercise = exercises.find(({ name }) => name === finding.exercise);
  if (!exercise) return;
  const shows = (bytes: Buffer): boolean =>
    judge(exercise, bytes, trust, measure(exercise, bytes, trust))?.what === finding.what;
  const small = shows(finding.bytes) ? minimise(finding.bytes, shows) : finding.bytes;
  const words = `${finding.exercise} ${finding.what} ${finding.message}`
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .slice(0, 70);
  mkdirSync(fixtures, { recursive: true });
  writeFileSync(resolve(fixtures, words.replace(/-$/, '')), small);
  console.log(`kept ${words}: ${small.length} bytes`);
}

if (isMainThread) await main();
else {
  const tally = run(workerData as Plan, (finding) => parentPort?.postMessage({ finding }, []));
  parentPort?.postMessage({ tally }, []);
}
