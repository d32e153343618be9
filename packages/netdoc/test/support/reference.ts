/**
 * A second reader of router entries, slow and plain: it splits text into lines and lines into words, and shares no code
 * with the library. What both read from a document must be the same.
 */

/** One entry as this reader has it. */
export interface ReferenceEntry {
  readonly line: number;
  readonly nickname: string;
  readonly identity: string;
  readonly descriptorDigest: string;
  readonly published: number;
  readonly address: string;
  readonly orPort: number;
  readonly dirPort: number;
  readonly ipv6: string | undefined;
  readonly flags: readonly string[];
  readonly version: string | undefined;
  readonly protocols: string | undefined;
  readonly policy: string | undefined;
  readonly microdesc: string | undefined;
  readonly weights: ReadonlyMap<string, string> | undefined;
  readonly ed25519: string | undefined;
  readonly stats: ReadonlyMap<string, string> | undefined;
  readonly voted: readonly (readonly [methods: string, sha256: string | undefined])[];
}

const keywords = new Set(['r', 'a', 's', 'v', 'pr', 'w', 'p', 'm', 'id', 'stats']);

/** Reads the entries of a consensus or vote. */
export function readEntries(text: string, kind: 'ns' | 'microdesc' | 'vote'): ReferenceEntry[] {
  const groups: { readonly line: number; readonly lines: [keyword: string, rest: string][] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('directory-')) break;
    const [, keyword = '', rest = ''] = /^(\S*)\s*(.*)$/.exec(line.replace(/^opt\s+/, '')) ?? [];
    if (keyword === 'r') groups.push({ line: index + 1, lines: [] });
    if (keywords.has(keyword)) groups.at(-1)?.lines.push([keyword, rest]);
  }
  return groups.map(({ line, lines }) => readEntry(line, lines, kind));
}

function readEntry(
  line: number,
  lines: readonly (readonly [string, string])[],
  kind: 'ns' | 'microdesc' | 'vote',
): ReferenceEntry {
  const all = (keyword: string): string[] => lines.filter(([one]) => one === keyword).map(([, rest]) => rest);
  const one = (keyword: string): string | undefined => all(keyword)[0];
  const words = (one('r') ?? '').split(/\s+/);
  const [nickname = '', identity = ''] = words;
  const [day = '', clock = '', address = '', orPort = '', dirPort = ''] = words.slice(
    kind === 'microdesc' ? 2 : 3,
  );
  return {
    line,
    nickname,
    identity: hex(identity),
    descriptorDigest: kind === 'microdesc' ? '00'.repeat(20) : hex(words[2] ?? ''),
    published: Date.parse(`${day}T${clock}Z`) / 1000,
    address,
    orPort: Number(orPort),
    dirPort: Number(dirPort),
    ipv6: all('a')
      .map(readAddress)
      .find((found) => found !== undefined),
    flags: (one('s') ?? '').split(/\s+/).filter((flag) => flag !== ''),
    version: one('v'),
    protocols: one('pr'),
    policy: one('p'),
    microdesc: kind === 'microdesc' ? one('m') : undefined,
    weights: pairs(one('w')),
    ed25519: one('id')?.replace(/^ed25519 /, ''),
    stats: pairs(one('stats')),
    voted: kind === 'vote' ? all('m').map(readVoted) : [],
  };
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex').toUpperCase();
}

function pairs(text: string | undefined): ReadonlyMap<string, string> | undefined {
  if (text === undefined) return undefined;
  return new Map(
    text
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const),
  );
}

/** The words of an IPv6 address, and its port, as `hex:hex:… port`; undefined for anything else. */
function readAddress(text: string): string | undefined {
  const [, inner = '', port = ''] = /^\[(.*)\]:(\d+)/.exec(text) ?? [];
  if (!inner.includes(':')) return undefined;
  const address = `http://[${inner}]/`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url && Number(port) > 0 && Number(port) < 65_536
    ? `${expand(url.hostname.slice(1, -1))} ${port}`
    : undefined;
}

/** Eight words of four digits. */
function expand(address: string): string {
  const [head = '', tail] = address.split('::');
  const words = (part: string | undefined): string[] => (part ?? '').split(':').filter((word) => word !== '');
  const [a, b] = [words(head), words(tail)];
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - a.length - b.length }, () => '0');
  return [...a, ...zeros, ...b].map((word) => word.padStart(4, '0')).join(':');
}

function readVoted(text: string): readonly [string, string | undefined] {
  const [methods = '', ...digests] = text.split(/\s+/);
  const sha256 = digests.find((digest) => digest.startsWith('sha256='))?.slice('sha256='.length);
  return [methods, sha256];
}
