/** What a vote tells about how its flags came about: thresholds as numbers, flags as bits, bandwidths that can be trusted. */
import type { Vote } from '../documents/index.ts';
import { hasFlag, present } from '../routers/index.ts';
import type { RouterTable } from '../routers/index.ts';

/** Values that a vote does not tell; see `FlagRuleOptions`. */
export interface Assumed {
  readonly stableMtbfSeconds: number;
  readonly guardBandwidthKb: number;
  readonly slackSeconds: number;
}

/** The `flag-thresholds` that are needed; undefined where the line does not have them. Speeds in bytes per second. */
export interface Thresholds {
  readonly fastSpeed: number | undefined;
  readonly stableMtbf: number | undefined;
  /** A fraction, from per cent with three decimals. */
  readonly guardWfu: number | undefined;
  readonly guardTk: number | undefined;
  readonly guardIncludingExits: number | undefined;
  readonly guardExcludingExits: number | undefined;
  readonly enoughMtbf: boolean | undefined;
}

/** All that the rules look at. */
export interface Evidence {
  readonly routers: RouterTable;
  readonly published: number;
  readonly thresholds: Thresholds;
  readonly assumed: Assumed;
  readonly knows: (flag: string) => boolean;
  /** Whether a relay has a flag; made once for each flag, because it is asked for every relay. */
  readonly has: (flag: string) => (router: number) => boolean;
  /**
   * The bandwidth in kB that the authority went by: measured, or where it measures nobody as the relay advertises. NaN
   * where it may remember a measurement of an earlier file that the vote does not show.
   */
  readonly credible: (router: number) => number;
  /** AuthDirMaxServersPerAddr as voted; undefined where it is not. */
  readonly serversPerAddress: number | undefined;
}

/** Gathers it from a vote. */
export function evidenceOf(
  vote: Pick<
    Vote,
    'published' | 'knownFlags' | 'flagThresholds' | 'params' | 'bandwidthFileHeaders' | 'routers'
  >,
  assumed: Assumed,
): Evidence {
  const { routers, knownFlags, flagThresholds, params, bandwidthFileHeaders } = vote;
  const measures = bandwidthFileHeaders !== undefined || measuresAny(routers);
  const known = new Set(knownFlags);
  return {
    routers,
    published: vote.published,
    thresholds: thresholdsOf(flagThresholds ?? new Map()),
    assumed,
    knows: (flag) => known.has(flag),
    has: (flag) => {
      const index = routers.knownFlags.indexOf(flag);
      return (router) => hasFlag(routers, router, index);
    },
    credible: (router) => {
      const has = routers.present[router] as number;
      if ((has & present.measured) !== 0) return routers.measured[router] as number;
      return measures || (has & present.bandwidth) === 0 ? Number.NaN : (routers.bandwidth[router] as number);
    },
    serversPerAddress: params?.get('AuthDirMaxServersPerAddr'),
  };
}

function measuresAny(routers: RouterTable): boolean {
  const bits = present.measured | present.measuredButAuthority;
  return routers.present.subarray(0, routers.count).some((has) => (has & bits) !== 0);
}

function thresholdsOf(texts: ReadonlyMap<string, string>): Thresholds {
  const number = (key: string): number | undefined => {
    const text = texts.get(key);
    return text !== undefined && /^\d{1,15}(\.\d{1,9})?%?$/.test(text) ? Number.parseFloat(text) : undefined;
  };
  const percent = number('guard-wfu');
  const enough = texts.get('enough-mtbf');
  return {
    fastSpeed: number('fast-speed'),
    stableMtbf: number('stable-mtbf'),
    guardWfu: percent === undefined ? undefined : percent / 100,
    guardTk: number('guard-tk'),
    guardIncludingExits: number('guard-bw-inc-exits'),
    guardExcludingExits: number('guard-bw-exc-exits'),
    enoughMtbf: enough === undefined ? undefined : enough === '1',
  };
}
