/**
 * CollecTor's names: of its files by month, of plain files, and of what is in a tarball. A name says what a document should
 * be and of when; what it is, is told by the document itself.
 */
import type { ArchivedDocumentKind } from '../archive/index.ts';

/** A file of an archive. */
export interface ArchiveName {
  /** What is in it. */
  readonly kind: ArchivedDocumentKind;
  /** Whether many documents are packed in it. */
  readonly packed: boolean;
  /** The span of time that it covers, in seconds, `until` not included; undefined where its name says no time. */
  readonly span: { readonly since: number; readonly until: number } | undefined;
}

/** A document, by its name. */
export interface DocumentName {
  readonly kind: ArchivedDocumentKind;
  /** The time in it, in seconds: valid-after, or when it was made; undefined where there is none. */
  readonly at: number | undefined;
}

const time = String.raw`(\d{4})-(\d{2})-(\d{2})-(\d{2})-(\d{2})-(\d{2})`;

const documents: readonly { readonly kind: ArchivedDocumentKind; readonly name: RegExp }[] = [
  { kind: 'consensus', name: new RegExp(`^${time}-consensus$`) },
  { kind: 'microdesc', name: new RegExp(`^${time}-consensus-microdesc$`) },
  { kind: 'vote', name: new RegExp(`^${time}-vote-[0-9A-F]{40}-[0-9A-F]{40}$`) },
  { kind: 'certificate', name: new RegExp(`^[0-9A-F]{40}-${time}$`) },
  { kind: 'bandwidth', name: new RegExp(`^${time}-bandwidth-[0-9A-F]{64}$`) },
];

/** In a tarball of server descriptors each is named for its digest. */
const descriptorName = /^[0-9a-f]{40}$/;

/** What a name promises; undefined for one that is none of CollecTor's. `inside` is what the tarball around it holds. */
export function documentName(path: string, inside?: ArchivedDocumentKind): DocumentName | undefined {
  const name = baseName(path);
  for (const { kind, name: pattern } of documents) {
    const found = pattern.exec(name);
    if (!found || (inside !== undefined && kind !== inside)) continue;
    const at = secondsOf(found.slice(1, 7).map(Number));
    return at === undefined ? undefined : { kind, at };
  }
  return inside === 'server-descriptor' && descriptorName.test(name)
    ? { kind: inside, at: undefined }
    : undefined;
}

const tarballs: ReadonlyMap<string, ArchivedDocumentKind> = new Map([
  ['consensuses', 'consensus'],
  ['microdescs', 'microdesc'],
  ['votes', 'vote'],
  ['bandwidths', 'bandwidth'],
  ['server-descriptors', 'server-descriptor'],
]);

/** What a file of an archive is by its name; undefined for one that is none of CollecTor's. */
export function archiveName(path: string): ArchiveName | undefined {
  const name = baseName(path);
  if (/^certs\.tar(?:\.xz)?$/.test(name)) return { kind: 'certificate', packed: true, span: undefined };
  const month = /^([a-z-]+)-(\d{4})-(\d{2})\.tar(?:\.xz)?$/.exec(name);
  const kind = tarballs.get(month?.[1] ?? '');
  if (month && kind) {
    const [year, number] = [Number(month[2]), Number(month[3])];
    if (number < 1 || number > 12) return undefined;
    const span = { since: Date.UTC(year, number - 1) / 1000, until: Date.UTC(year, number) / 1000 };
    return { kind, packed: true, span };
  }
  const plain = documentName(name);
  if (!plain || plain.at === undefined) return undefined;
  // A certificate holds for a year or more: the time in its name says when that began.
  const span = plain.kind === 'certificate' ? undefined : { since: plain.at, until: plain.at + 1 };
  return { kind: plain.kind, packed: false, span };
}

/** The first second of the month of a time, and of the month after it. */
export function monthOf(at: number): { readonly since: number; readonly until: number } {
  const date = new Date(at * 1000);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { since: Date.UTC(year, month) / 1000, until: Date.UTC(year, month + 1) / 1000 };
}

/** `2024-05` of a time. */
export function monthText(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 7);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A time of its six numbers, in seconds; undefined where there is no such time. */
function secondsOf(numbers: readonly number[]): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const back = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  return back.every((value, index) => value === numbers[index]) ? date.getTime() / 1000 : undefined;
}
