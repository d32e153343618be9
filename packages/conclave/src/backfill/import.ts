/**
 * Files of an archive into ours: each document is kept, then named in the journal, then fed to the pipeline. What was done
 * before is known by its name, so a run that was cut off goes on where the journal ends.
 */
import { readFile } from 'node:fs/promises';
import type { Archive, ArchivedDocumentKind, JournalEntry } from '../archive/index.ts';
import {
  certificateInVote,
  descriptorsOf,
  documentIn,
  identitiesIn,
  otherDigest,
  roundKinds,
  signedDigest,
} from './documents.ts';
import type { FoundDocument } from './documents.ts';
import { baseName, documentName } from './names.ts';
import type { DocumentName } from './names.ts';
import { FileProblem } from './problem.ts';
import type { ArchiveFile, ArchiveSource, HeldFile } from './source.ts';
import { entriesOf } from './unpack.ts';
import type { Tally } from './tally.ts';

/** What an import works with. */
export interface Importing {
  readonly archive: Pick<Archive, 'keep'>;
  readonly source: ArchiveSource;
  /** Valid-after of the documents wanted, in seconds; `until` is not of it. */
  readonly since: number;
  readonly until: number;
  /** Names of documents that are imported already; grows. */
  readonly known: Set<string>;
  /** Rounds that were watched: of these only what is lacking is taken. */
  readonly watched: ReadonlySet<number>;
  /** What is held of them, as `heldAs` names it. */
  readonly held: ReadonlySet<string>;
  /** Identities whose certificates are of use, and fingerprints whose descriptors are. */
  readonly identities: ReadonlySet<string>;
  readonly fingerprints: ReadonlySet<string>;
  /** Ever growing times, in ms. */
  readonly now: () => number;
  /** Writes entries into the journal and feeds them. */
  readonly write: (entries: readonly JournalEntry[]) => Promise<void>;
  readonly tally: Tally;
}

/** How a document is known: kinds have names of their own, but a descriptor's says nothing of its kind. */
export function knownAs(kind: string, name: string): string {
  return `${kind} ${name}`;
}

/** How a document of a watched round is known: by what is signed, in whatever copy. `of` is the author of a vote. */
export function heldAs(kind: ArchivedDocumentKind, of: string, digest: string): string {
  return `${kind} ${of} ${digest}`;
}

/** Larger than any document: the largest vote has 6 MB, a day's file of descriptors 30. */
const documentMost = 64 * 1024 * 1024;
/** So much is on its way at once. */
const batchDocuments = 16;
const batchBytes = 32 * 1024 * 1024;

/** Reads a file of the archive to its end. What is wrong with it is written down; it never throws for that. */
export async function importFile(file: ArchiveFile, job: Importing): Promise<void> {
  let held: HeldFile;
  try {
    held = await job.source.hold(file);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    job.tally.problem(file.path, error.message, error.unreachable);
    return;
  }
  try {
    await importHeld(file, held, job);
  } finally {
    await held.done();
  }
}

async function importHeld(file: ArchiveFile, held: HeldFile, job: Importing): Promise<void> {
  const { since, until, source, tally } = job;
  const done = knownAs('file', `${file.path} ${held.sha256} ${since} ${until}`);
  if (file.packed && job.known.has(done)) {
    tally.filesDone += 1;
    return;
  }
  const queue = new Queue(job);
  if (!file.packed) {
    const name = documentName(file.path);
    if (name && standingOf(baseName(file.path), name, job) === 'wanted')
      await take(file.path, name, await readFile(held.path), queue, job);
    await queue.flush();
    tally.filesRead += 1;
    return;
  }
  try {
    await importEntries(file, held, queue, job);
  } catch (error) {
    await queue.flush();
    if (!(error instanceof FileProblem)) throw error;
    tally.problem(file.path, `broke off after ${queue.taken} documents: ${error.message}`);
    return;
  }
  await queue.flush();
  const { path: name } = file;
  const entry = {
    type: 'archived-file',
    source: source.name,
    name,
    sha256: held.sha256,
    since,
    until,
  } as const;
  await job.write([{ ...entry, at: job.now(), documents: queue.held }]);
  job.known.add(done);
  tally.filesRead += 1;
}

async function importEntries(file: ArchiveFile, held: HeldFile, queue: Queue, job: Importing): Promise<void> {
  for await (const entry of entriesOf(held.path)) {
    const name = documentName(entry.name, file.kind);
    if (!name) {
      // The microdescriptors themselves lie beside their consensuses.
      if (!/(?:^|\/)micro\//.test(entry.name)) job.tally.stranger(`${file.path}: ${entry.name}`);
      continue;
    }
    const standing = standingOf(baseName(entry.name), name, job);
    if (standing === 'known' || standing === 'held') queue.held += 1;
    if (standing !== 'wanted') continue;
    if (entry.size > documentMost) {
      job.tally.problem(`${file.path}: ${entry.name}`, `larger than ${documentMost} bytes`);
      continue;
    }
    await take(entry.name, name, await entry.read(), queue, job);
    job.tally.look(file.path);
  }
}

/** Whether a document is asked for, by its name, and whether it is here already: by an archive, or because it was seen. */
function standingOf(
  base: string,
  name: DocumentName,
  job: Importing,
): 'wanted' | 'known' | 'held' | 'elsewhere' {
  if (!isInSpan(name, job)) return 'elsewhere';
  if (job.known.has(knownAs(name.kind, base))) {
    job.tally.known += 1;
    return 'known';
  }
  const [, author, digest] = /-vote-([0-9A-F]{40})-([0-9A-F]{40})$/.exec(base) ?? [];
  if (author === undefined || digest === undefined) return 'wanted';
  return isHeld(name.at, heldAs('vote', author, digest), job) ? 'held' : 'wanted';
}

/** Whether a document of a watched round was seen. */
function isHeld(at: number | undefined, as: string, { watched, held, tally }: Importing): boolean {
  if (at === undefined || !watched.has(at)) return false;
  tally.watched.add(at);
  if (held.has(as)) tally.seen += 1;
  return held.has(as);
}

function isInSpan({ kind, at }: DocumentName, job: Importing): boolean {
  if (at === undefined) return true;
  if (roundKinds.has(kind)) return at >= job.since && at < job.until;
  // A certificate may be older than what it signed, a bandwidth file some hours.
  return at < job.until && (kind === 'certificate' || at >= job.since - 86_400);
}

async function take(
  path: string,
  name: DocumentName,
  file: Uint8Array,
  queue: Queue,
  job: Importing,
): Promise<void> {
  const base = baseName(path);
  if (name.kind === 'server-descriptor') {
    const own = descriptorsOf(base, file, job.fingerprints);
    if (own.length === 0) job.tally.others += 1;
    for (const one of own) {
      tellDigest(path, one, job);
      await queue.add(one);
    }
    queue.held += own.length;
    return;
  }
  const found = documentIn(base, name, file);
  const { validAfter } = found;
  if (validAfter !== undefined && validAfter !== name.at) {
    const says = new Date(validAfter * 1000).toISOString();
    job.tally.problem(path, `its name says another round than it does itself (${says})`);
    if (validAfter < job.since || validAfter >= job.until) return;
  }
  if (name.kind === 'consensus' || name.kind === 'microdesc') {
    // Hashing a consensus is worth it only where there is something to compare with.
    const watched = validAfter !== undefined && job.watched.has(validAfter);
    const digest = watched ? (signedDigest(name.kind, found.bytes) ?? '') : '';
    if (isHeld(validAfter, heldAs(name.kind, '', digest), job)) {
      queue.held += 1;
      return;
    }
  }
  if (name.kind === 'certificate' && !identitiesIn(found.bytes).some((one) => job.identities.has(one))) {
    job.tally.others += 1;
    return;
  }
  if (name.kind === 'vote') {
    const inside = certificateInVote(found.bytes, (one) => job.known.has(knownAs('certificate', one)));
    if (inside && identitiesIn(inside.bytes).every((one) => job.identities.has(one))) await queue.add(inside);
  }
  tellDigest(path, found, job);
  await queue.add(found);
  queue.held += 1;
}

/** A document that is not what its name says is judged by what it is, and listed. */
function tellDigest(path: string, found: FoundDocument, { tally }: Importing): void {
  const digest = otherDigest(found);
  if (digest !== undefined) tally.problem(path, `its name says another digest than it has (${digest})`);
}

/** Documents on their way: kept side by side, then written down together. */
class Queue {
  /** Taken out of this file by this run. */
  taken = 0;
  /** Documents of this file that are in our archive once this is flushed, whichever run took them. */
  held = 0;
  private readonly job: Importing;
  private waiting: FoundDocument[] = [];
  private bytes = 0;

  constructor(job: Importing) {
    this.job = job;
  }

  async add(document: FoundDocument): Promise<void> {
    const key = knownAs(document.kind, document.name);
    if (this.job.known.has(key)) return;
    this.job.known.add(key);
    this.waiting.push(document);
    this.bytes += document.bytes.length;
    if (this.waiting.length >= batchDocuments || this.bytes >= batchBytes) await this.flush();
  }

  async flush(): Promise<void> {
    const { archive, source, now, write, tally, watched } = this.job;
    const documents = this.waiting;
    this.waiting = [];
    this.bytes = 0;
    if (documents.length === 0) return;
    const names = await Promise.all(documents.map(({ bytes }) => archive.keep(bytes)));
    await write(
      documents.map(({ bytes: _bytes, ...document }, index) => {
        const sha256 = names[index] as string;
        return { type: 'archived', at: now(), source: source.name, sha256, ...document };
      }),
    );
    this.taken += documents.length;
    for (const { kind, bytes, validAfter } of documents) {
      tally.imported(kind, bytes.length);
      if (validAfter !== undefined && watched.has(validAfter)) tally.filled += 1;
    }
  }
}
