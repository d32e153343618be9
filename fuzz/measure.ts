/** What an input may cost, and how that is measured. */
import type { Exercise, Trust } from './exercise.ts';

/** Something that must not be. */
export interface Fault {
  readonly exercise: string;
  readonly what: 'throw' | 'time' | 'memory';
  readonly message: string;
}

/** CPU time of one exercise, in milliseconds: 60 and 400 ns for each byte (about forty times what is usual). */
export function timeBoundMs(bytes: number): number {
  return 60 + (bytes * 400) / 1e6;
}

/** Heap that may be held at the end of one exercise: 24 MB and 300 bytes for each byte of input. */
export function heapBoundBytes(bytes: number): number {
  return 24e6 + bytes * 300;
}

/** CPU time of this process in milliseconds: user and system, all threads. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What is in use now, in the heap and in arrays of bytes beside it. */
function heapBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** One exercise on one input: what it took, and the fault if there is one. */
export interface Outcome {
  readonly ms: number;
  readonly heap: number;
  readonly fault: Fault | undefined;
}

/** Runs an exercise once. */
export function measure(exercise: Exercise, bytes: Uint8Array, trust: Trust): Outcome {
  const heapBefore = heapBytes();
  const before = cpuMs();
  let fault: Fault | undefined;
  try {
    exercise.run(bytes, trust);
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    fault = { exercise: exercise.name, what: 'throw', message };
  }
  const ms = cpuMs() - before;
  return { ms, heap: heapBytes() - heapBefore, fault };
}

/**
 * Judges an outcome by `leniency` times the bounds; what seems to cost too much is run again, alone, and counts only when the least of five is too much.
 */
export function judge(
  exercise: Exercise,
  bytes: Uint8Array,
  trust: Trust,
  first: Outcome,
  leniency = 1,
): Fault | undefined {
  if (first.fault) return first.fault;
  const [time, heap] = [leniency * timeBoundMs(bytes.length), leniency * heapBoundBytes(bytes.length)];
  if (first.ms <= time && first.heap <= heap) return undefined;
  let [leastMs, leastHeap] = [first.ms, first.heap];
  for (let run = 0; run < 5; run += 1) {
    globalThis.gc?.();
    const again = measure(exercise, bytes, trust);
    if (again.fault) return again.fault;
    leastMs = Math.min(leastMs, again.ms);
    leastHeap = Math.min(leastHeap, again.heap);
  }
  const { name } = exercise;
  if (leastMs > time) {
    const message = `${leastMs.toFixed(1)} ms for ${bytes.length} bytes, at most ${time.toFixed(1)} ms`;
    return { exercise: name, what: 'time', message };
  }
  if (leastHeap <= heap) return undefined;
  const message = `${leastHeap} bytes of heap for ${bytes.length} bytes, at most ${heap}`;
  return { exercise: name, what: 'memory', message };
}
