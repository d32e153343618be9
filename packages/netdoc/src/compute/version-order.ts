/**
 * The order of Tor versions, as `client-versions` are sorted and the version of a relay is chosen (version-spec 1.2, and
 * what tor does with texts that are no versions).
 */
import { fromHex } from '../base/index.ts';
import { byteTextAt, compareByteTexts } from './byte-text.ts';

/** A version taken apart. `-alpha` and `-rc` are tags; only `pre` and `rc` without a hyphen are a status. */
interface TorVersion {
  /** Major, minor, micro, status (pre 0, rc 1, release 2), patch level. */
  readonly numbers: readonly number[];
  readonly tag: string;
  readonly revision: number;
  /** The bytes of `(git-…)`. */
  readonly git: string;
}

const release = 2;
/** Tags are cut at this many bytes. */
const tagMax = 31;
const pattern =
  /^(?:tor )?(\d+)\.(\d+)(?:$|(?=-)|\.(\d+)(?:$|(?=-)|(?:\.|(pre)|(rc))(\d+)))[-.]?([^ \t\r\n#]*)(.*)$/is;

/** Reads a version; undefined when tor would not. The text has one character for each byte. */
function parseVersion(text: string): TorVersion | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, major, minor, micro = '0', pre, rc, patch = '0', tag = '', behind = ''] = match;
  // `pre` and `rc` are lower case; only "Tor " may be written in any case.
  if ((pre ?? 'pre') !== 'pre' || (rc ?? 'rc') !== 'rc') return undefined;
  const status = pre !== undefined ? 0 : rc !== undefined ? 1 : release;
  const numbers = [Number(major), Number(minor), Number(micro), status, Number(patch)];
  if (numbers.some((number) => number > 0x7fff_ffff)) return undefined;
  const rest = behind.replace(/^(?:[ \t\r\n]|#[^\n]*)*/, '');
  const git = rest.startsWith('(git-') ? gitTag(rest.slice('(git-'.length)) : '';
  if (git === undefined) return undefined;
  return { numbers, tag: tag.slice(0, tagMax), revision: rest.startsWith('(r') ? revision(rest) : 0, git };
}

/** At most forty hexadecimal digits, an even number of them, up to the parenthesis. */
function gitTag(text: string): string | undefined {
  const hex = text.slice(0, Math.max(0, text.indexOf(')')));
  if (!text.includes(')') || hex.length > 40) return undefined;
  const bytes = fromHex(hex);
  return bytes && byteTextAt(bytes, 0, bytes.length);
}

/** C's strtol, then the low 32 bits. */
function revision(text: string): number {
  const digits = /^\(r[ \t\n\v\f\r]*([+-]?\d+)/.exec(text)?.[1];
  if (digits === undefined) return 0;
  const value = BigInt(digits.replace(/^\+/, ''));
  const limit = 2n ** 63n;
  const held = value >= limit ? limit - 1n : value < -limit ? -limit : value;
  return Number(BigInt.asIntN(32, held));
}

function compareParsed(a: TorVersion, b: TorVersion): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] as number);
    if (difference !== 0) return difference;
  }
  return (
    compareByteTexts(a.tag, b.tag) ||
    a.revision - b.revision ||
    a.git.length - b.git.length ||
    compareByteTexts(a.git, b.git)
  );
}

/** Texts in version order, and what place each has; texts that compare equal have the same place. */
export interface VersionRanks {
  readonly rankOf: ReadonlyMap<string, number>;
}

/** Ranks distinct texts: versions in their order, then what is no version, bytewise. */
export function rankVersions(texts: Iterable<string>): VersionRanks {
  const all = [...new Set(texts)].map((text) => ({ text, version: parseVersion(text) }));
  const compare = (a: (typeof all)[number], b: (typeof all)[number]): number => {
    if (a.version && b.version) return compareParsed(a.version, b.version);
    if (a.version || b.version) return a.version ? -1 : 1;
    return compareByteTexts(a.text, b.text);
  };
  all.sort(compare);
  const rankOf = new Map<string, number>();
  let rank = 0;
  for (const [index, one] of all.entries()) {
    const before = all[index - 1];
    if (before && compare(before, one) !== 0) rank = index;
    rankOf.set(one.text, rank);
  }
  return { rankOf };
}
