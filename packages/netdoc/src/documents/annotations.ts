/** CollecTor puts `@type …` lines before a document; tor's own caches put `@downloaded-at` and the like. */
import { endOfLine } from '../metaformat/index.ts';

/** Where a document begins behind its annotation lines, and at which line. */
export interface Beginning {
  readonly at: number;
  readonly line: number;
}

/** Skips lines that begin with `@` from `at` on. */
export function skipAnnotations(bytes: Uint8Array, at = 0, line = 1): Beginning {
  let here = at;
  let number = line;
  while (bytes[here] === 64) {
    here = Math.min(endOfLine(bytes, here, bytes.length) + 1, bytes.length);
    number += 1;
  }
  return { at: here, line: number };
}
