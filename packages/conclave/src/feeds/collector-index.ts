/**
 * CollecTor's index: a tree of directories and files in JSON, made anew every two minutes. Only files below
 * `recent/relay-descriptors` whose names follow CollecTor's own pattern exactly are taken from it; everything else in it is
 * passed over. Never throws, whatever the bytes are.
 */
import type { CollectorSubject, IndexFacts, ListedFile } from './observation.ts';
import { objectOf, readJson, type Json } from './json.ts';

/** A file that the index lists. */
export interface CollectorFile {
  readonly subject: Exclude<CollectorSubject, 'index'>;
  /** Below the base address. */
  readonly path: string;
  readonly name: string;
  /** The time in its name, in seconds. */
  readonly at: number;
  readonly size: number;
  /** When CollecTor says that it wrote it, in seconds. */
  readonly modified: number;
  /** SHA-256 of the file, 64 lower-case hexadecimal digits; undefined in indexes of old. */
  readonly sha256: string | undefined;
  /** The identity of a vote's or certificate's authority, upper-case hexadecimal. */
  readonly identity: string | undefined;
  /** The digest that the name has: of a vote SHA-1, of a bandwidth file SHA-256; lower-case hexadecimal. */
  readonly digest: string | undefined;
}

/** An index, read. */
export interface CollectorIndex {
  /** In seconds. */
  readonly created: number;
  readonly files: readonly CollectorFile[];
}

/** The index, or why the bytes are none. */
export type IndexReading =
  { readonly ok: true; readonly index: CollectorIndex } | { readonly ok: false; readonly detail: string };

const marked = String.raw`(\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2})`;

interface Pattern {
  readonly subject: CollectorFile['subject'];
  readonly directory: string;
  readonly name: RegExp;
  /** Which group of the name is what. */
  readonly groups: readonly ('at' | 'identity' | 'digest')[];
}

const patterns: readonly Pattern[] = [
  {
    subject: 'consensus',
    directory: 'consensuses',
    name: new RegExp(`^${marked}-consensus$`),
    groups: ['at'],
  },
  {
    subject: 'microdesc-consensus',
    directory: 'microdescs/consensus-microdesc',
    name: new RegExp(`^${marked}-consensus-microdesc$`),
    groups: ['at'],
  },
  {
    subject: 'vote',
    directory: 'votes',
    name: new RegExp(`^${marked}-vote-([0-9A-F]{40})-([0-9A-F]{40})$`),
    groups: ['at', 'identity', 'digest'],
  },
  {
    subject: 'bandwidth-file',
    directory: 'bandwidths',
    name: new RegExp(`^${marked}-bandwidth-([0-9A-F]{64})$`),
    groups: ['at', 'digest'],
  },
  {
    subject: 'certificates',
    directory: 'certs',
    name: new RegExp(`^([0-9A-F]{40})-${marked}$`),
    groups: ['identity', 'at'],
  },
  {
    subject: 'server-descriptors',
    directory: 'server-descriptors',
    name: new RegExp(`^${marked}-server-descriptors$`),
    groups: ['at'],
  },
];

const root = 'recent/relay-descriptors';
/** More than CollecTor keeps of all kinds in three days, many times over. */
const filesMax = 100_000;

/** Reads an index. */
export function readCollectorIndex(bytes: Uint8Array): IndexReading {
  const read = readJson(bytes);
  if (!read.ok) return read;
  const tree = objectOf(read.value);
  const created = minuteOf(tree?.['index_created']);
  if (!tree || created === undefined)
    return { ok: false, detail: 'expected an index with index_created, found other JSON' };
  const files: CollectorFile[] = [];
  for (const pattern of patterns) {
    const directory = `${root}/${pattern.directory}`;
    for (const entry of filesIn(tree, directory.split('/'))) {
      const file = fileOf(entry, pattern, directory);
      if (file) files.push(file);
      if (files.length > filesMax) return { ok: false, detail: `more than ${filesMax} files` };
    }
  }
  return { ok: true, index: { created, files } };
}

/** The time in the name of a file, `2026-01-02-03-04-05`, in seconds; undefined where there is no such time. */
export function timeOfName(text: string): number | undefined {
  const [year, month, day, hour, minute, second] = text.split('-').map(Number);
  const iso = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}.000Z`;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) || new Date(ms).toISOString() !== iso ? undefined : ms / 1000;
}

function two(value: number | undefined): string {
  return String(value).padStart(2, '0');
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(objectOf).filter((one) => one !== undefined) : [];
}

function filesIn(tree: Json, path: readonly string[]): readonly Json[] {
  const [first, ...rest] = path;
  if (first === undefined) return listOf(tree['files']);
  return listOf(tree['directories'])
    .filter((one) => one['path'] === first)
    .flatMap((one) => filesIn(one, rest));
}

function fileOf(entry: Json, pattern: Pattern, directory: string): CollectorFile | undefined {
  const { path: name, size, sha256, last_modified: modified } = entry;
  const found = typeof name === 'string' ? pattern.name.exec(name) : null;
  const modifiedAt = minuteOf(modified);
  if (typeof name !== 'string' || !found || modifiedAt === undefined) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  const group = (which: Pattern['groups'][number]): string | undefined =>
    found[pattern.groups.indexOf(which) + 1 || Infinity];
  const at = timeOfName(group('at') ?? '');
  if (at === undefined) return undefined;
  return {
    subject: pattern.subject,
    path: `${directory}/${name}`,
    name,
    at,
    size,
    modified: modifiedAt,
    sha256: sha256Of(sha256),
    identity: group('identity'),
    digest: group('digest')?.toLowerCase(),
  };
}

/** `2026-01-02 03:04` as seconds. */
function minuteOf(value: unknown): number | undefined {
  const found = typeof value === 'string' ? /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})$/.exec(value) : null;
  const ms = found ? Date.parse(`${found[1]}T${found[2]}:00Z`) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

function sha256Of(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === 32 ? bytes.toString('hex') : undefined;
}

/** How many of the newest rounds are told of. */
const roundsTold = 24;

/** What follows from an index, small enough for the journal. */
export function indexFacts({ created, files }: CollectorIndex): IndexFacts {
  const newest: Partial<Record<CollectorSubject, ListedFile>> = {};
  const rounds = new Map<number, { modified: number | null; votes: number }>();
  for (const { subject, name, at, modified } of files) {
    if (at > (newest[subject]?.at ?? -1)) newest[subject] = { name, at, modified };
    if (subject !== 'consensus' && subject !== 'vote') continue;
    const round = rounds.get(at) ?? { modified: null, votes: 0 };
    if (subject === 'vote') round.votes += 1;
    else round.modified = modified;
    rounds.set(at, round);
  }
  const told = [...rounds]
    .sort(([a], [b]) => b - a)
    .slice(0, roundsTold)
    .map(([validAfter, round]) => ({ validAfter, ...round }));
  return { created, files: files.length, newest, rounds: told };
}
