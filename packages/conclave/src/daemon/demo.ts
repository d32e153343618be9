/**
 * The demo: a recording of the lab, played through the ordinary pipeline on a virtual clock. No network, no tor; only the
 * dashboard listens. The beginning is taken at once, so that there is a past to look at; the rest at the chosen speed.
 */
import { defaultLimits } from '../analysis/index.ts';
import { createAnswers } from '../answers/index.ts';
import type { LiveAnswers } from '../answers/index.ts';
import { openRecording } from '../archive/index.ts';
import type { PlacedEntry, Recording } from '../archive/index.ts';
import { openPipeline } from '../pipeline/index.ts';
import type { Pipeline } from '../pipeline/index.ts';
import { openDuckDb } from '../store/index.ts';
import { breathe } from './breathe.ts';
import { loadCountries } from './countries.ts';
import { openSite } from './observatory.ts';

/** Settings of a demo. */
export interface DemoOptions {
  /** A `.tar.xz` made by `conclave lab record`, or a data directory. */
  readonly recording: string;
  /** Seconds of the recording that pass in a second. */
  readonly speed: number;
  /** Which part of the recording is taken at once, from 0 to 1. */
  readonly skip: number;
  readonly listen: { readonly host: string; readonly port: number };
  readonly log: (line: string) => void;
}

/** A running demo. */
export interface Demo {
  readonly url: string;
  readonly answers: LiveAnswers;
  /** Resolves when the recording has been played to its end; the dashboard stays. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** The recording's time at a moment of ours. */
interface VirtualClock {
  now(): number;
}

function virtualClock(startMs: number, endMs: number, speed: number): VirtualClock {
  const began = performance.now();
  return { now: () => Math.min(endMs, startMs + (performance.now() - began) * speed) };
}

/** Starts the demo; it is ready when the promise resolves. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { speed, skip, listen, log } = options;
  const recording = await openRecording(options.recording, { memoryBytes: 512 * 1024 * 1024 });
  const entries = await readAll(recording);
  const times = entries.map(({ entry }) => entry.at);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const start = first + (last - first) * skip;
  const countries = await loadCountries();
  const store = await openDuckDb({ path: ':memory:' });
  const pipeline = await openPipeline({
    archive: recording,
    store,
    limits: defaultLimits,
    ...(countries ? { countries } : {}),
    ticksPerCommit: 50,
    breathe,
  });
  let next = await feedUntil(entries, 0, start, pipeline);
  await pipeline.flush();
  const clock = virtualClock(start, last, speed);
  const state = { ended: false };
  const answers = createAnswers({
    store,
    archive: recording,
    limits: defaultLimits,
    now: () => clock.now(),
    // The end of the recording is news of its own: answers that are kept, and pages that are open, must hear of it.
    revision: () => pipeline.revision() + (state.ended ? 1 : 0),
    replay: () => ({ state: state.ended ? 'ended' : 'replaying', speed }),
    geoSource: countries?.description,
    ...(countries ? { countries } : {}),
    breathe,
    cacheSeconds: 1,
    network: 'recorded lab network',
  });
  const site = await openSite(answers, defaultLimits, listen, log);
  log(
    `The recording of ${new Date(first).toISOString().slice(0, 10)} plays at ${speed} times its pace; look at ${site.url}/`,
  );
  const abort = new AbortController();
  const ended = play();
  async function play(): Promise<void> {
    while (!abort.signal.aborted && next < entries.length) {
      const before = next;
      next = await feedUntil(entries, next, clock.now(), pipeline);
      if (next > before) {
        await pipeline.flush();
        answers.tell(Date.now());
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    state.ended = true;
    answers.tell(Date.now());
  }
  const stop = async (): Promise<void> => {
    abort.abort();
    await ended;
    await site.close();
    await store.close();
    await recording.close();
  };
  return { url: site.url, answers, ended, stop };
}

async function readAll(recording: Recording): Promise<PlacedEntry[]> {
  const entries: PlacedEntry[] = [];
  for await (const placed of recording.entries(0)) entries.push(placed);
  if (entries.length === 0) throw new Error('the recording holds no journal');
  return entries;
}

/** Feeds whole cycles up to a time: everything until the last tick that is not after it. */
async function feedUntil(
  entries: readonly PlacedEntry[],
  from: number,
  untilMs: number,
  pipeline: Pipeline,
): Promise<number> {
  let to = from;
  for (let index = from; index < entries.length; index += 1) {
    const { entry } = entries[index] as PlacedEntry;
    if (entry.type === 'observation' || entry.type === 'feed') continue;
    if (entry.at > untilMs) break;
    to = index + 1;
  }
  for (const placed of entries.slice(from, to)) await pipeline.feed(placed);
  return to;
}
