/** JSON of sources: hostile input, of which only the shape that is expected is looked at. */

/** An object of JSON, nothing of which is known. */
export type Json = Readonly<Record<string, unknown>>;

/** The value, when it is an object. */
export function objectOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** Reads JSON in UTF-8, or says how what was found instead begins. */
export function readJson(
  bytes: Uint8Array,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly detail: string } {
  try {
    return { ok: true, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    const start = new TextDecoder().decode(bytes.subarray(0, 40)).trimStart();
    return { ok: false, detail: `expected JSON, found ${JSON.stringify(start)}` };
  }
}
