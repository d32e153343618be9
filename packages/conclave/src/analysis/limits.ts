/**
 * Every limit that decides something, with its reason; pages show the limit beside the value. Those that depend on how
 * often a network votes are given for an hourly one and scaled (`scaled`) for faster test networks.
 */

/** The limits. */
export interface Limits {
  /** So many failed probes in a row before an authority is called offline, timing out or in error. */
  readonly failuresInARow: number;
  /** So many good ones in a row before it is called online again. */
  readonly successesInARow: number;
  /** So many slow ones in a row before it is called slow. */
  readonly slowInARow: number;
  /** A first byte later than this is slow, whatever is usual. */
  readonly slowMs: number;
  /** And later than so many times its own baseline, but never below `slowFloorMs`. */
  readonly slowTimesBaseline: number;
  readonly slowFloorMs: number;
  /** Probes that a baseline needs before it is believed. */
  readonly baselineProbes: number;
  /** Seconds that a clock may be off; authorities act at fixed times, and `Date` has whole seconds. */
  readonly clockSkewSeconds: number;
  /** A certificate that ends sooner is warned about, and then urgently. */
  readonly certificateWarnSeconds: number;
  readonly certificateUrgentSeconds: number;
  /** A bandwidth file older than this is stale (hourly network); sbws writes one an hour, tor refuses three days. */
  readonly bandwidthFileSeconds: number;
  /** A scanner that measured a smaller share of its Running relays is warned about (S2.3.4). */
  readonly measuredShare: number;
  /** How long after valid-after a consensus may take to reach us before it is called overdue (hourly network). */
  readonly publicationGraceSeconds: number;
  /** A coming consensus that would lose a larger share of the relays of the one before is warned about. */
  readonly previewLostShare: number;
  /** So long before valid-after the coming round is warned about at the earliest (hourly network). */
  readonly previewWarnSeconds: number;
  /** How many differences of a consensus that its votes do not give the finding names. */
  readonly differencesNamed: number;
  /** So many new relays in one round that have something in common are told of (`sudden-growth`) … */
  readonly growthRelays: number;
  /** … if that is so many times as many as the mix of the round before lets expect. */
  readonly growthTimes: number;
  /** A larger share of new relays in one round is told of, whatever they have in common. */
  readonly growthShare: number;
  /** From how many seconds on what a source beside the authorities gave, or serves, is old. */
  readonly sourceStaleSeconds: number;
}

/** The defaults. */
export const defaultLimits: Limits = {
  failuresInARow: 3,
  successesInARow: 2,
  slowInARow: 3,
  slowMs: 2000,
  slowTimesBaseline: 3,
  slowFloorMs: 250,
  baselineProbes: 30,
  clockSkewSeconds: 10,
  certificateWarnSeconds: 14 * 86_400,
  certificateUrgentSeconds: 3 * 86_400,
  bandwidthFileSeconds: 6 * 3600,
  measuredShare: 0.6,
  publicationGraceSeconds: 300,
  // Enough to be a withdrawn flag or a lost scanner rather than relays that come and go.
  previewLostShare: 0.05,
  // Authorities have asked each other for missing votes seven and a half minutes before.
  previewWarnSeconds: 420,
  // Three show whether it is one relay, one rule or everything; all of them are on the round's page.
  differencesNamed: 3,
  // Larger than what one operator usually sets up in an hour, smaller than what would matter among thousands.
  growthRelays: 10,
  // A common version or a large hoster brings many new relays each hour; three times its part is no chance.
  growthTimes: 3,
  // In an hour a few in a thousand come; five in a hundred at once are a flood, or relays that had all been lost.
  growthShare: 0.05,
  // Onionoo is made anew every hour and CollecTor twice; after six hours it is no passing trouble.
  sourceStaleSeconds: 6 * 3600,
};

/** A time limit given for an hourly network, for one that votes every `intervalSeconds`. */
export function scaled(seconds: number, intervalSeconds: number): number {
  return intervalSeconds >= 3600 ? seconds : (seconds * intervalSeconds) / 3600;
}
