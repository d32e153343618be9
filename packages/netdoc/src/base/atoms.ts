/** Branded atoms: a value of one of these types was made by its own function here and by nothing else. */

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** SHA-1 of an identity key, as 40 upper-case hexadecimal digits: an authority's v3ident, a relay's fingerprint. */
export type Fingerprint = Branded<string, 'Fingerprint'>;

/** Seconds since 1970-01-01 00:00:00 UTC; whole. */
export type UnixSeconds = Branded<number, 'UnixSeconds'>;

/** A fingerprint from 40 hexadecimal digits in either case, or undefined. */
export function parseFingerprint(text: string): Fingerprint | undefined {
  return /^[0-9A-Fa-f]{40}$/.test(text) ? (text.toUpperCase() as Fingerprint) : undefined;
}

/** A time from a whole number of seconds, or undefined when it is not one. */
export function unixSeconds(value: number): UnixSeconds | undefined {
  return Number.isSafeInteger(value) ? (value as UnixSeconds) : undefined;
}
