/**
 * What was asked, of whom, when, and what came of it. Observations are the only facts the observatory has about the
 * world; everything else is derived from them and from the bytes they brought. They are plain JSON.
 */

/** Milliseconds since 1970-01-01 UTC, by our own clock. */
export type UnixMs = number;

/** What an observation was about. */
export type Subject =
  /** The smallest document an authority serves: is it there at all? */
  | { readonly kind: 'liveness' }
  /** The published consensus of one flavour. */
  | { readonly kind: 'consensus'; readonly flavor: 'ns' | 'microdesc' }
  /** The vote of the authority with identity `of` (40 hex digits), asked of the observed authority; its own, or a copy. */
  | { readonly kind: 'vote'; readonly period: 'next' | 'current'; readonly of: string }
  /** Key certificates: `all`, or the one of an identity. */
  | { readonly kind: 'certificates'; readonly of: string }
  /** Detached signatures of the round in progress (dir-spec 3.10). */
  | { readonly kind: 'signatures' }
  /** The authority's own server descriptor. */
  | { readonly kind: 'server-descriptor' }
  /** The authority's own extra-info document. */
  | { readonly kind: 'extra-info' }
  /** Server descriptors of relays by their digests: SHA-1 of the signed part, 40 upper-case hexadecimal digits. */
  | { readonly kind: 'relay-descriptors'; readonly digests: readonly string[] }
  /** The bandwidth file its scanner wrote. */
  | { readonly kind: 'bandwidth-file' }
  /** Whether a TCP connection to its ORPort can be made, and a TLS handshake finished on it. */
  | { readonly kind: 'or-port'; readonly family: 'ipv4' | 'ipv6' };

/**
 * What came of it:
 * - `received` a document; `not-modified` 304; `absent` 404: it has none; `busy` 503: up, but shedding load;
 * - `refused` the connection was refused or reset; `timed-out` it hung; `unreachable` the network says no route to it;
 * - `malformed` an answer that is not HTTP, not decompressible, truncated, or over a bound;
 * - `connected` an ORPort completed TCP and TLS (subject `or-port` only);
 * - `not-asked` we could not or would not look: it says nothing about the authority and counts neither way.
 */
export type Outcome =
  | 'received'
  | 'not-modified'
  | 'absent'
  | 'busy'
  | 'refused'
  | 'timed-out'
  | 'unreachable'
  | 'malformed'
  | 'connected'
  | 'not-asked';

/** How long each phase took, in milliseconds since the request began; a phase that was not reached is absent. */
export interface Timings {
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  readonly totalMs: number;
}

/** One question and what came of it. */
export interface Observation {
  /** When the question was put. */
  readonly at: UnixMs;
  /** From where: the observatory's own name for its place in the network. */
  readonly vantage: string;
  /** Nickname of the authority that was asked. */
  readonly authority: string;
  readonly subject: Subject;
  readonly outcome: Outcome;
  /** For people: why, where the outcome alone does not say it (`HTTP 503 busy`, `larger than 32 MiB`). */
  readonly detail?: string;
  /** HTTP status, where there was one. */
  readonly status?: number;
  readonly timings: Timings;
  /** The middle of the second that the authority's `Date` names, minus our clock at the first byte, in seconds: ±0.5. */
  readonly clockSkewSeconds?: number;
  /** The document that came: its archive name, size, and bytes on the wire. */
  readonly document?: { readonly sha256: string; readonly bytes: number; readonly wireBytes: number };
}

/** The kinds of outcome that mean: the authority answered. */
export const answered: ReadonlySet<Outcome> = new Set<Outcome>([
  'received',
  'not-modified',
  'absent',
  'busy',
  'connected',
]);

/** The kinds of outcome that mean: we looked, and it did not answer properly. */
export const failed: ReadonlySet<Outcome> = new Set<Outcome>([
  'refused',
  'timed-out',
  'unreachable',
  'malformed',
]);
