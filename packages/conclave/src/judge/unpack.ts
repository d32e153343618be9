/** What people drop is often packed. gzip and zlib are unpacked with what browsers and Node both have, within a bound. */

/** How bytes that are packed begin, and how they are unpacked here; others are named, so that people know what to do. */
const packings = [
  { name: 'gzip', magic: [0x1f, 0x8b], format: 'gzip' },
  { name: 'zlib', magic: [0x78, 0x01], format: 'deflate' },
  { name: 'zlib', magic: [0x78, 0x9c], format: 'deflate' },
  { name: 'zlib', magic: [0x78, 0xda], format: 'deflate' },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], format: undefined },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], format: undefined },
] as const;

/** What became of packed bytes. */
export type Unpacked =
  { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly because: string };

/** Unpacks what is packed as gzip or zlib, to at most so many bytes; what is not packed comes back as it is. */
export async function unpackBounded(bytes: Uint8Array, bytesMax: number): Promise<Unpacked> {
  if (bytes.length > bytesMax) return tooLarge(bytesMax);
  const packing = packings.find(({ magic }) => magic.every((byte, at) => bytes[at] === byte));
  if (packing === undefined) return { ok: true, bytes };
  if (packing.format === undefined)
    return {
      ok: false,
      because: `it is packed as ${packing.name}, which is not unpacked here: unpack it first`,
    };
  try {
    return await gather(bytes, packing.format, bytesMax);
  } catch {
    return { ok: false, because: `it begins as ${packing.name}, but cannot be unpacked` };
  }
}

async function gather(bytes: Uint8Array, format: 'gzip' | 'deflate', bytesMax: number): Promise<Unpacked> {
  const stream = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new DecompressionStream(format));
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > bytesMax) {
      await reader.cancel();
      return tooLarge(bytesMax);
    }
    parts.push(part.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return { ok: true, bytes: whole };
}

function tooLarge(bytesMax: number): Unpacked {
  return {
    ok: false,
    because: `unpacked it is larger than the ${(bytesMax / 1_000_000).toFixed(1)} MB that are left for it`,
  };
}
