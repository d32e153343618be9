/**
 * What is kept of every round: the entries of its accepted ns consensus by columns, and its figures one by one. They are
 * taken when a consensus is chosen; when another one is chosen, its entries replace those of the one before.
 */
import { present } from '@conclave/netdoc';
import type { RouterTable } from '@conclave/netdoc';
import type { Batch, Row, Store } from '../store/index.ts';
import { tables } from '../store/index.ts';
import { forgetNames, makeNumbers, numbersOf, relayNumbersOf } from './numbers.ts';
import type { Numbers, Recall, RelayNumbers } from './numbers.ts';

/** Seconds of a bucket: the entries of thirty days are kept in order together. */
const bucketSeconds = 30 * 86_400;
/** A bucket is put in order when so many rounds came since, and at least half as many as are in order. */
const roundsToArrange = 240;
/** A bucket that is left for another one is put in order when at least so many rounds of it are not. */
const roundsToLeave = 24;
/** The last second that entries can have: they keep time in 32 bits. */
const lastSecond = 2 ** 32 - 1;
/** Names of flags that have a bit; a sum of more powers of two would not be exact. */
const flagsMost = 53;

/** How many rounds of a bucket were put in order, and how many came since. */
export interface Bucket {
  readonly arranged: number;
  readonly loose: number;
}

/** What the pipeline has in mind of the history. Mutable, and owned by one memory. */
export interface History {
  relays: RelayNumbers;
  texts: Numbers;
  /** Names of flags by bit. */
  readonly flags: string[];
  /** By the number of the bucket. */
  readonly buckets: Map<number, Bucket>;
  /** The bucket of the round taken last. */
  lastBucket: number | undefined;
}

/** What is saved of it in `meta`. */
export interface SavedHistory {
  readonly buckets: readonly (readonly [bucket: number, arranged: number, loose: number])[];
  readonly last: number | null;
}

/** A history of nothing. */
export function emptyHistory(): History {
  return {
    relays: { ...makeNumbers(1, 0), last: { identity: new Uint8Array(0), relay: new Uint32Array(0) } },
    texts: makeNumbers(1, 0),
    flags: [],
    buckets: new Map(),
    lastBucket: undefined,
  };
}

/** What of it is saved in `meta`: the rest is in tables. */
export function savedHistory({ buckets, lastBucket }: History): SavedHistory {
  return {
    buckets: [...buckets].map(([bucket, { arranged, loose }]) => [bucket, arranged, loose]),
    last: lastBucket ?? null,
  };
}

/** Loads the history from the store. */
export async function loadHistory(store: Store, saved: SavedHistory | undefined): Promise<History> {
  const history = emptyHistory();
  const [numbered] = await store.query('numbered');
  history.relays = { ...history.relays, ...makeNumbers(1, numbered?.relays ?? 0) };
  history.texts = makeNumbers(1, numbered?.texts ?? 0);
  for (const { name } of await store.query('flagNames')) history.flags.push(name ?? '');
  for (const [bucket, arranged, loose] of saved?.buckets ?? [])
    history.buckets.set(bucket, { arranged, loose });
  history.lastBucket = saved?.last ?? undefined;
  return history;
}

/** Lets go of what the store has; only after a commit. */
export function pruneHistory(history: History): void {
  forgetNames(history.relays);
  forgetNames(history.texts);
}

/** The columns of a consensus that its entries are made of. */
export type ListedRelays = Pick<
  RouterTable,
  | 'count'
  | 'identity'
  | 'flags'
  | 'knownFlags'
  | 'present'
  | 'version'
  | 'versions'
  | 'policy'
  | 'policies'
  | 'bandwidth'
  | 'ipv4'
  | 'orPort'
>;

/** Puts the entries of a round's consensus into the batch, and its rounds' bucket in order when it is time. */
export async function takeEntries(
  history: History,
  validAfter: number,
  routers: ListedRelays,
  store: Store,
  batch: Batch,
): Promise<void> {
  if (validAfter > lastSecond) return;
  const relay = await relayNumbersOf(
    history.relays,
    routers,
    recallFrom(store, 'relaysNamed'),
    (number, name) =>
      batch.put('relays', name, { relay: number, fingerprint: name, first_round: null, last_round: null }),
  );
  const { version, policy } = await textNumbers(history, routers, store, batch);
  batch.putSlice({
    table: 'entries',
    at: validAfter,
    count: routers.count,
    columns: {
      valid_after: new Uint32Array(routers.count).fill(validAfter),
      relay,
      flags: flagBits(history, routers, batch),
      ...weights(routers),
      version,
      policy,
      ipv4: routers.ipv4,
      or_port: routers.orPort,
    },
  });
  arrangeWhenDue(history, Math.floor(validAfter / bucketSeconds), batch);
}

/** A line break is in no text of a document's line, and in no fingerprint. */
const separator = '\n';

function recallFrom(store: Store, name: 'relaysNamed' | 'textsNamed'): Recall {
  return (names) => store.query(name, { names: names.join(separator), separator });
}

/** Versions and policies by number; only texts that an entry has are numbered. */
async function textNumbers(
  history: History,
  routers: ListedRelays,
  store: Store,
  batch: Batch,
): Promise<{ version: Uint32Array; policy: Uint32Array }> {
  const columns = [
    { bit: present.v, rows: routers.version, texts: routers.versions },
    { bit: present.p, rows: routers.policy, texts: routers.policies },
  ].map(({ bit, rows, texts }) => {
    const ids = new Uint32Array(routers.count);
    for (let router = 0; router < routers.count; router += 1)
      if (((routers.present[router] as number) & bit) !== 0) ids[router] = (rows[router] as number) + 1;
    return { ids, texts };
  });
  const used = columns.flatMap(({ ids, texts }) =>
    [...new Set(ids)].filter((id) => id > 0).map((id) => texts[id - 1] as string),
  );
  const found = await numbersOf(history.texts, used, recallFrom(store, 'textsNamed'), (id, text) =>
    batch.put('texts', text, { id, text }),
  );
  const [version, policy] = columns.map(({ ids, texts }) => {
    const numbers = Uint32Array.from(texts, (text) => found.get(text) ?? 0);
    return ids.map((id) => (id === 0 ? 0 : (numbers[id - 1] as number)));
  });
  return { version: version as Uint32Array, policy: policy as Uint32Array };
}

/** The flags of each entry as bits over the names that the store has; a set that repeats is translated once. */
function flagBits(history: History, routers: ListedRelays, batch: Batch): Float64Array {
  const bits = routers.knownFlags.map((name) => {
    let flag = history.flags.indexOf(name);
    if (flag < 0 && history.flags.length < flagsMost) {
      flag = history.flags.push(name) - 1;
      batch.put('flag_names', name, { flag, name });
    }
    return flag < 0 ? 0 : 2 ** flag;
  });
  const sums = new Map<number, number>();
  const flags = new Float64Array(routers.count);
  for (let router = 0; router < routers.count; router += 1) {
    const low = routers.flags[router * 2] as number;
    const high = routers.flags[router * 2 + 1] as number;
    const key = high * 2 ** 32 + low;
    let sum = Number.isSafeInteger(key) ? sums.get(key) : undefined;
    if (sum === undefined) {
      sum = sumOf(bits, low, high);
      sums.set(key, sum);
    }
    flags[router] = sum;
  }
  return flags;
}

function sumOf(bits: readonly number[], low: number, high: number): number {
  let sum = 0;
  for (const [index, bit] of bits.entries()) {
    const word = index < 32 ? low : high;
    if (((word >>> (index & 31)) & 1) === 1) sum += bit;
  }
  return sum;
}

function weights(routers: ListedRelays): { weight: (number | null)[]; unmeasured: boolean[] } {
  const weight: (number | null)[] = [];
  const unmeasured: boolean[] = [];
  for (let router = 0; router < routers.count; router += 1) {
    const has = routers.present[router] as number;
    const value = routers.bandwidth[router] as number;
    weight.push((has & present.bandwidth) !== 0 && Number.isSafeInteger(value) ? value : null);
    unmeasured.push((has & present.unmeasured) !== 0);
  }
  return { weight, unmeasured };
}

/** Says when entries are put in order: by how many rounds came, so at the same rounds of the same journal. */
function arrangeWhenDue(history: History, bucket: number, batch: Batch): void {
  const { buckets, lastBucket } = history;
  const due = (number: number, { arranged, loose }: Bucket): void => {
    buckets.set(number, { arranged: arranged + loose, loose: 0 });
    batch.arrange({ from: number * bucketSeconds, until: (number + 1) * bucketSeconds });
  };
  const left = lastBucket === undefined || lastBucket === bucket ? undefined : buckets.get(lastBucket);
  if (left && left.loose >= roundsToLeave) due(lastBucket as number, left);
  const { arranged, loose } = buckets.get(bucket) ?? { arranged: 0, loose: 0 };
  const now = { arranged, loose: loose + 1 };
  buckets.set(bucket, now);
  if (now.loose >= Math.max(roundsToArrange, arranged / 2)) due(bucket, now);
  history.lastBucket = bucket;
}

// --- figures ------------------------------------------------------------------------------------------------------------

/** Numbers of a round that are no figures: its name and its times. */
const noFigures: ReadonlySet<string> = new Set(['valid_after', 'fresh_until', 'valid_until', 'first_seen']);

/** `capacity:guardExit` of `capacity_guard_exit`. */
function capacityFigure(column: string): string {
  const name = column.slice('capacity_'.length);
  return `capacity:${name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())}`;
}

/** Every figure of a round that is a number, by name, in the order of the columns; capacities as `capacity:CLASS`, flags behind them as `flag:NAME`. */
export function figuresOf(row: Row<'rounds'>): [figure: string, value: number][] {
  const figures: [string, number][] = [];
  for (const [column, type] of Object.entries(tables.rounds.columns)) {
    const value = (row as Readonly<Record<string, unknown>>)[column];
    if (type !== 'text' && !noFigures.has(column) && typeof value === 'number' && Number.isFinite(value))
      figures.push([column.startsWith('capacity_') ? capacityFigure(column) : column, value]);
  }
  const { counts = {} } = JSON.parse(row.flags ?? '{}') as {
    readonly counts?: Readonly<Record<string, number>>;
  };
  for (const [flag, count] of Object.entries(counts)) figures.push([`flag:${flag}`, count]);
  return figures;
}

/** Puts the figures of a round into the batch. */
export function putFigures(row: Row<'rounds'>, batch: Batch): void {
  const at = row.valid_after;
  if (at === null || at > lastSecond) return;
  const figures = figuresOf(row);
  batch.putSlice({
    table: 'figures',
    at,
    count: figures.length,
    columns: {
      valid_after: figures.map(() => at),
      figure: figures.map(([figure]) => figure),
      value: figures.map(([, value]) => value),
    },
  });
}
