/** What an archive wants once a day: policies carried out, documents packed. Everything else goes on meanwhile. */
import type { OpenedArchive, Packing, RetentionPolicy } from '../archive/index.ts';
import { breathe } from './breathe.ts';

/** Settings of the upkeep. */
export interface UpkeepOptions {
  /** Days after which documents of a kind are removed; nothing by default. */
  readonly retention?: RetentionPolicy;
  /** Whether documents are packed; by default they are. */
  readonly pack?: boolean;
}

/** When it is done. */
export interface UpkeepTimes {
  /** After the start: catching up and the first questions come before it. By default ten minutes. */
  readonly firstAfterMs: number;
  /** By default a day. */
  readonly everyMs: number;
}

const daily: UpkeepTimes = { firstAfterMs: 10 * 60_000, everyMs: 24 * 3_600_000 };

/** Once: first what is to be removed, so that it is not packed. */
export async function keepUp(
  archive: OpenedArchive,
  { retention = {}, pack = true }: UpkeepOptions,
  now: number,
  turn: () => Promise<void> = breathe,
): Promise<{ readonly removed: number; readonly packing?: Packing }> {
  const { documents } =
    Object.keys(retention).length === 0
      ? { documents: 0 }
      : await archive.removeByPolicy({ policy: retention, now, breathe: turn });
  return pack
    ? { removed: documents, packing: await archive.pack({ breathe: turn }) }
    : { removed: documents };
}

/** Every day until the function that it returns is called; when that has resolved, nothing of it is under way. */
export function startUpkeep(
  archive: OpenedArchive,
  options: UpkeepOptions,
  log: (line: string) => void,
  { firstAfterMs, everyMs }: UpkeepTimes = daily,
): () => Promise<void> {
  let stopping = false;
  let running: Promise<void> = Promise.resolve();
  const turn = async (): Promise<void> => {
    if (stopping) throw new Stopped();
    await breathe();
  };
  const once = async (): Promise<void> => {
    try {
      const { removed, packing } = await keepUp(archive, options, Date.now(), turn);
      if (removed > 0) log(`${removed} documents were removed by policy; the journal names them.`);
      for (const { documents, looseBytes, packBytes } of packing?.packs ?? [])
        log(`Packed ${documents} documents: ${looseBytes} bytes are now ${packBytes}.`);
      for (const error of packing?.damaged ?? []) log(`A document is damaged: ${error.message}`);
    } catch (error) {
      if (!(error instanceof Stopped)) log(`Packing failed, and nothing is lost by it: ${String(error)}`);
    }
  };
  let timer: NodeJS.Timeout;
  const wait = (ms: number): void => {
    timer = setTimeout(() => {
      running = once().finally(() => {
        if (!stopping) wait(everyMs);
      });
    }, ms);
  };
  wait(firstAfterMs);
  return async () => {
    stopping = true;
    clearTimeout(timer);
    await running;
  };
}

class Stopped extends Error {}
