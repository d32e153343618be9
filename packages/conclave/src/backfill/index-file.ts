/** CollecTor's index, as far as a backfill needs it: every file with its size and digest. Never throws. */

/** A file that the index lists. */
export interface IndexedFile {
  /** Below the base address. */
  readonly path: string;
  readonly size: number;
  /** 64 lower-case hexadecimal digits; undefined in indexes of old. */
  readonly sha256: string | undefined;
}

/** The files, or why the bytes are no index. */
export type IndexReading =
  | { readonly ok: true; readonly files: readonly IndexedFile[] }
  | { readonly ok: false; readonly detail: string };

type Json = Readonly<Record<string, unknown>>;

/** More than CollecTor has, and deeper. */
const filesMost = 1_000_000;
const depthMost = 12;

/** Reads an index. */
export function readIndex(bytes: Uint8Array): IndexReading {
  let tree: unknown;
  try {
    tree = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch {
    return { ok: false, detail: 'expected an index in JSON, found something else' };
  }
  const files: IndexedFile[] = [];
  const visit = (directory: Json, path: readonly string[]): void => {
    for (const file of objectsOf(directory['files'])) {
      const { path: name, size, sha256 } = file;
      if (!isPart(name) || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) continue;
      if (files.length < filesMost)
        files.push({ path: [...path, name].join('/'), size, sha256: digestOf(sha256) });
    }
    for (const one of objectsOf(directory['directories'])) {
      const name = one['path'];
      if (isPart(name) && path.length < depthMost) visit(one, [...path, name]);
    }
  };
  if (!isObject(tree)) return { ok: false, detail: 'expected an index, found other JSON' };
  visit(tree, []);
  return { ok: true, files };
}

/** A name in a path; nothing that leads elsewhere. */
function isPart(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(value);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Base64 as hexadecimal digits. */
function digestOf(value: unknown): string | undefined {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  return bytes?.length === 32 ? bytes.toString('hex') : undefined;
}
