/** Readers of the values that stand in descriptors: keys, certificates, histories, counts (dir-spec 2.1). */
import { fromBase64, parseFingerprint, parseTime, readRsaPublicKey } from '../base/index.ts';
import type { Fingerprint, UnixSeconds } from '../base/index.ts';
import { readEd25519Certificate } from '../ed25519/index.ts';
import type { Ed25519Certificate } from '../ed25519/index.ts';
import { argumentsOf, parseInteger, quoteText, readObject } from '../metaformat/index.ts';
import type { Read } from '../metaformat/index.ts';

/** Statistics over an interval, and when it ended: `YYYY-MM-DD HH:MM:SS (NSEC s)`. */
export interface StatsInterval {
  readonly end: UnixSeconds;
  readonly intervalSeconds: number;
}

/** Bytes in each of some intervals, the last of which ended at `end`; oldest first. */
export interface BandwidthHistory extends StatsInterval {
  readonly values: readonly number[];
}

const intervalPattern = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})(?: \((\d{1,10}) s\))?(?: +(.*))?$/;

/** Reads the interval before some values; undefined when it is none. */
export function parseInterval(text: string): (StatsInterval & { readonly rest: string }) | undefined {
  const match = intervalPattern.exec(text.trimEnd());
  const end = parseTime(match?.[1] ?? '');
  if (!match || end === undefined || match[2] === undefined) return undefined;
  return { end, intervalSeconds: Number(match[2]), rest: (match[3] ?? '').trimEnd() };
}

/** Reads `YYYY-MM-DD HH:MM:SS (NSEC s)`. */
export const readInterval: Read<StatsInterval> = (item, wrong) => {
  const interval = parseInterval(item.rest);
  if (!interval || interval.rest !== '') return wrong('a time and (SECONDS s)');
  return { end: interval.end, intervalSeconds: interval.intervalSeconds };
};

/** Reads a history: an interval and comma-separated byte counts, perhaps none. */
export const readHistory: Read<BandwidthHistory> = (item, wrong) => {
  const interval = parseInterval(item.rest);
  const values = interval && parseNumbers(interval.rest);
  if (!interval || !values) return wrong('a time, (SECONDS s) and byte counts');
  return { end: interval.end, intervalSeconds: interval.intervalSeconds, values };
};

/** Comma-separated decimal numbers, perhaps none; undefined when one of them is none. */
export function parseNumbers(text: string): number[] | undefined {
  if (text === '') return [];
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    if (!/^-?\d{1,20}(?:\.\d{1,20})?$/.test(part)) return undefined;
    numbers.push(Number(part));
  }
  return numbers;
}

/** Reads comma-separated numbers. */
export const readNumbers: Read<readonly number[]> = (item, wrong) =>
  parseNumbers(item.rest.trimEnd()) ?? wrong('numbers with commas between');

/** Reads one decimal number. */
export const readNumber: Read<number> = (item, wrong) => {
  const [text = ''] = argumentsOf(item);
  return /^-?\d{1,20}(?:\.\d{1,20})?$/.test(text) ? Number(text) : wrong('a number');
};

/** Reads `key=count` with commas between, perhaps none. Of a key that comes again the last count stands. */
export const readCounts: Read<ReadonlyMap<string, number>> = (item, wrong) =>
  parseCounts(item.rest.trimEnd(), ',') ?? wrong('KEY=COUNT with commas between');

/** Reads `key=value` pairs of numbers with this separator; undefined when one is none. */
export function parseCounts(text: string, separator: string): Map<string, number> | undefined {
  const counts = new Map<string, number>();
  if (text === '') return counts;
  for (const part of text.split(separator)) {
    if (part === '') continue;
    const equals = part.lastIndexOf('=');
    const digits = part.slice(equals + 1);
    if (equals <= 0 || !/^-?\d{1,20}(?:\.\d{1,20})?$/.test(digits)) return undefined;
    counts.set(part.slice(0, equals), Number(digits));
  }
  return counts;
}

/** Bytes in base64 of exactly this many, with or without padding; undefined when it is not. */
export function parseBytes(text: string | undefined, size: number): Uint8Array | undefined {
  if (text === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = fromBase64(text);
  return bytes?.length === size ? bytes : undefined;
}

/** Reads one argument as base64 of so many bytes. */
export function readBytes(size: number, what: string): Read<Uint8Array> {
  return (item, wrong) =>
    parseBytes(argumentsOf(item)[0], size) ?? wrong(`${what}: ${size} bytes in base64`, quoteText(item.rest));
}

/** Reads a certificate of this type; `signer` says that it must carry the key that signed it. */
export function readEd25519(
  type: number,
  options: { readonly signer: 'included' | 'elsewhere'; readonly label?: string },
): Read<Ed25519Certificate> {
  const readCertificateObject = readObject(options.label ?? 'ED25519 CERT');
  return (item, wrong) => {
    const bytes = readCertificateObject(item, wrong);
    if (!bytes) return undefined;
    const certificate = readEd25519Certificate(bytes);
    if ('expected' in certificate) return wrong(certificate.expected, certificate.found);
    if (certificate.type !== type)
      return wrong(`an ed25519 certificate of type ${type}`, `type ${certificate.type}`);
    if (certificate.keyType !== 1)
      return wrong('an ed25519 key certified (type 1)', `key type ${certificate.keyType}`);
    if (options.signer === 'included' && !certificate.signerKey)
      return wrong('an ed25519 certificate with its signer key', 'none');
    return certificate;
  };
}

/** The size of every RSA key of a relay: tor refuses a descriptor or microdescriptor with any other. */
export const relayKeyBits = 1024;

/** Reads the DER of an RSA key of so many bits. */
export function readRsaKey(bits: number): Read<Uint8Array> {
  const readKey = readObject('RSA PUBLIC KEY');
  return (item, wrong) => {
    const der = readKey(item, wrong);
    if (!der) return undefined;
    const key = readRsaPublicKey(der);
    if (key?.bits === bits) return der;
    return wrong(`an RSA key of ${bits} bits`, key ? `one of ${key.bits} bits` : 'none in RSA PUBLIC KEY');
  };
}

/** Digests of an extra-info: SHA-1, and since 0.2.7 SHA-256 (dir-spec 2.1.1 `extra-info-digest`). */
export interface ExtraInfoDigest {
  readonly sha1: Fingerprint;
  /** 32 bytes. */
  readonly sha256: Uint8Array | undefined;
}

/** Reads `extra-info-digest SHA1 [SHA256]`. */
export const readExtraInfoDigest: Read<ExtraInfoDigest> = (item, wrong) => {
  const [hex = '', base64] = argumentsOf(item);
  const sha1 = parseFingerprint(hex);
  const sha256 = parseBytes(base64, 32);
  if (!sha1 || (base64 !== undefined && !sha256))
    return wrong('40 hexadecimal digits, then perhaps 32 bytes in base64');
  return { sha1, sha256 };
};

/** Reads a fingerprint with or without spaces between its groups of four (dir-spec 2.1.1 `fingerprint`). */
export const readSpacedFingerprint: Read<Fingerprint> = (item, wrong) =>
  parseFingerprint(item.rest.replaceAll(' ', '').trimEnd()) ?? wrong('a fingerprint');

/** Reads an integer within bounds. */
export function readInteger(min: number, max: number): Read<number> {
  return (item, wrong) => {
    const [text = ''] = argumentsOf(item);
    return parseInteger(text, min, max) ?? wrong(`an integer from ${min} to ${max}`);
  };
}
