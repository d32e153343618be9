/** Reads `[IPv6]:port` of an `a` line. */

/** The sixteen bytes of an IPv6 address in text without brackets, or undefined. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = words(halves[0] as string);
  const tail = halves.length === 2 ? words(halves[1] as string) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array.from({ length: Math.max(0, missing) }, () => 0), ...tail];
  const bytes = new Uint8Array(16);
  for (const [index, word] of all.entries()) {
    bytes[index * 2] = word >> 8;
    bytes[index * 2 + 1] = word & 255;
  }
  return bytes;
}

function words(text: string): number[] | undefined {
  if (text === '') return [];
  const list: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.') && index === parts.length - 1) {
      const quad = parseIpv4(part);
      if (quad === undefined) return undefined;
      list.push(quad >>> 16, quad & 0xffff);
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return undefined;
      list.push(Number.parseInt(part, 16));
    }
  }
  return list;
}

/** A dotted decimal address as an unsigned integer, or undefined. */
export function parseIpv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const octets = match.slice(1).map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((address, octet) => address * 256 + octet, 0);
}

/** `[address]:port` with an IPv6 address and a port from 1 to 65535, or undefined. */
export function parseIpv6Port(
  text: string,
): { readonly address: Uint8Array; readonly port: number } | undefined {
  const match = /^\[([0-9A-Fa-f:.]+)\]:(\d{1,5})$/.exec(text);
  const address = match && parseIpv6(match[1] as string);
  const port = Number(match?.[2]);
  return address && port >= 1 && port <= 65_535 ? { address, port } : undefined;
}
