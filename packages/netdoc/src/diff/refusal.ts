/** What stands between two documents and a diff, as a value. */

/** The documents of this room. */
export type DiffPart = 'base' | 'target' | 'diff';

/** Why there is no diff, or why one does not apply. */
export interface DiffRefusal {
  readonly ok: false;
  /** All that follows in one sentence, for people: `diff line 12: expected …, found …`. */
  readonly because: string;
  /** The document that is at fault. */
  readonly part: DiffPart;
  /** The line in it, from 1; absent where it is about the whole. */
  readonly line?: number;
  readonly expected: string;
  readonly found: string;
}

/** A refusal, with its sentence. */
export function refuse(
  part: DiffPart,
  line: number | undefined,
  expected: string,
  found: string,
): DiffRefusal {
  const place = line === undefined ? part : `${part} line ${line}`;
  const because = `${place}: expected ${expected}, found ${found}`;
  return { ok: false, because, part, ...(line === undefined ? {} : { line }), expected, found };
}
