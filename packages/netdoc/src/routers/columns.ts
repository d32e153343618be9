/** The columns while a document is scanned: typed arrays that grow by doubling, and their final cut to size. */
import type { RouterTable, VotedMicrodescs } from './table.ts';

/** Element width of each column: how many array elements a row takes. */
const widths = {
  start: 1,
  line: 1,
  nicknameStart: 1,
  nicknameEnd: 1,
  identity: 20,
  descriptorDigest: 20,
  microdescDigest: 32,
  published: 1,
  ipv4: 1,
  orPort: 1,
  dirPort: 1,
  ipv6: 16,
  ipv6Port: 1,
  flags: 2,
  present: 1,
  version: 1,
  protocols: 1,
  policy: 1,
  bandwidth: 1,
  measured: 1,
  guardFraction: 1,
  ed25519: 32,
  ed25519State: 1,
  wfu: 1,
  tk: 1,
  mtbf: 1,
} as const;

/** The name of a column. */
type ColumnName = keyof typeof widths;

/** The columns, each with room for `capacity` rows. */
export type Columns = { [Name in ColumnName]: RouterTable[Name] };

/** Columns with room for this many entries. */
export function allocateColumns(capacity: number): Columns {
  return {
    start: new Uint32Array(capacity + 1),
    line: new Uint32Array(capacity),
    nicknameStart: new Uint32Array(capacity),
    nicknameEnd: new Uint32Array(capacity),
    identity: new Uint8Array(capacity * 20),
    descriptorDigest: new Uint8Array(capacity * 20),
    microdescDigest: new Uint8Array(capacity * 32),
    published: new Float64Array(capacity),
    ipv4: new Uint32Array(capacity),
    orPort: new Uint16Array(capacity),
    dirPort: new Uint16Array(capacity),
    ipv6: new Uint8Array(capacity * 16),
    ipv6Port: new Uint16Array(capacity),
    flags: new Uint32Array(capacity * 2),
    present: new Uint16Array(capacity),
    version: new Uint32Array(capacity),
    protocols: new Uint32Array(capacity),
    policy: new Uint32Array(capacity),
    bandwidth: new Float64Array(capacity),
    measured: new Float64Array(capacity),
    guardFraction: new Uint8Array(capacity),
    ed25519: new Uint8Array(capacity * 32),
    ed25519State: new Uint8Array(capacity),
    wfu: new Float64Array(capacity),
    tk: new Float64Array(capacity),
    mtbf: new Float64Array(capacity),
  };
}

const none: Columns = allocateColumns(0);

/** Columns of twice the room with the same rows. */
export function growColumns(columns: Columns, capacity: number): Columns {
  const larger = allocateColumns(capacity * 2);
  for (const name of Object.keys(widths) as ColumnName[]) larger[name].set(columns[name]);
  return larger;
}

/** Columns of exactly `count` rows (`start` has one more); they share the memory. */
export function cutColumns(columns: Columns, count: number): Columns {
  // Documents without entries share what is empty.
  if (count === 0) return { ...none, start: columns.start.slice(0, 1) };
  const cut: Record<string, Columns[ColumnName]> = {};
  for (const name of Object.keys(widths) as ColumnName[]) {
    cut[name] = columns[name].subarray(0, name === 'start' ? count + 1 : count * widths[name]);
  }
  return cut as unknown as Columns;
}

/** The `m` lines of a vote while it is scanned. */
export class MicrodescColumns {
  count = 0;
  private router: Uint32Array;
  private methods: Uint32Array;
  private hasSha256: Uint8Array;
  /** 32 bytes for each line, also where the line has no digest. */
  sha256: Uint8Array;

  constructor(capacity: number) {
    this.router = new Uint32Array(capacity);
    this.methods = new Uint32Array(capacity);
    this.hasSha256 = new Uint8Array(capacity);
    this.sha256 = new Uint8Array(capacity * 32);
  }

  /** Makes room for one more line; its digest belongs at `sha256[count * 32]`. */
  reserve(): void {
    if (this.count < this.router.length) return;
    const old = { router: this.router, methods: this.methods, has: this.hasSha256, sha256: this.sha256 };
    const capacity = Math.max(64, this.router.length * 2);
    this.router = new Uint32Array(capacity);
    this.methods = new Uint32Array(capacity);
    this.hasSha256 = new Uint8Array(capacity);
    this.sha256 = new Uint8Array(capacity * 32);
    this.router.set(old.router);
    this.methods.set(old.methods);
    this.hasSha256.set(old.has);
    this.sha256.set(old.sha256);
  }

  /** Adds the line whose digest, if any, stands already in its place. */
  push(router: number, methods: number, hasSha256: boolean): void {
    this.router[this.count] = router;
    this.methods[this.count] = methods;
    this.hasSha256[this.count] = hasSha256 ? 1 : 0;
    this.count += 1;
  }

  /** The finished columns. */
  finish(methodLists: readonly string[]): VotedMicrodescs {
    return {
      count: this.count,
      router: this.router.subarray(0, this.count),
      methods: this.methods.subarray(0, this.count),
      methodLists,
      sha256: this.sha256.subarray(0, this.count * 32),
      hasSha256: this.hasSha256.subarray(0, this.count),
    };
  }
}
