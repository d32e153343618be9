/** What a run of a backfill meets, counted as it goes: for its report, and for who watches it. */

/** Something that is wrong with a file, or with a document in it. */
export interface Problem {
  readonly path: string;
  readonly problem: string;
}

/** How far a run is. */
export interface Progress {
  readonly phase: 'reading' | 'judging';
  /** The month, and what is read of it. */
  readonly what: string;
  /** Of the phase: bytes of files, or rounds. */
  readonly done: number;
  readonly total: number;
  /** Documents imported, or rounds judged, since the phase began. */
  readonly items: number;
  /** Since the phase began, in ms. */
  readonly elapsedMs: number;
}

/** More are counted and not named. */
const namedMost = 1000;

/** The tally of one run. Mutable, and owned by it. */
export class Tally {
  filesRead = 0;
  /** Files that an earlier run had read to their end. */
  filesDone = 0;
  /** Documents that were here already. */
  known = 0;
  /** Certificates and descriptors of others than authorities. */
  others = 0;
  problems = 0;
  strangers = 0;
  unreachable = 0;
  bytes = 0;
  readonly named: Problem[] = [];
  readonly strangersNamed: string[] = [];
  readonly documents: Record<string, number> = {};
  /** Rounds that were watched, and documents of which were met. */
  readonly watched = new Set<number>();
  /** Of those documents: taken because they were lacking, and passed over because they were seen. */
  filled = 0;
  seen = 0;
  /** Told which file is looked at. */
  look: (path: string) => void = () => {};

  problem(path: string, problem: string, unreachable = false): void {
    this.problems += 1;
    if (unreachable) this.unreachable += 1;
    if (this.named.length < namedMost) this.named.push({ path, problem });
  }

  stranger(path: string): void {
    this.strangers += 1;
    if (this.strangersNamed.length < namedMost) this.strangersNamed.push(path);
  }

  imported(kind: string, bytes: number): void {
    this.documents[kind] = (this.documents[kind] ?? 0) + 1;
    this.bytes += bytes;
  }

  /** All documents imported. */
  get items(): number {
    return Object.values(this.documents).reduce((sum, count) => sum + count, 0);
  }
}
