/** The statistics of extra-infos, row by row (dir-spec 2.1.2). */
import { parseFingerprint } from '../base/index.ts';
import {
  anyNumber,
  argument,
  argumentsOf,
  atMostOnce,
  parseInteger,
  readTime,
  wholeLine,
} from '../metaformat/index.ts';
import type { Read, Values } from '../metaformat/index.ts';
import {
  parseCounts,
  parseInterval,
  readCounts,
  readHistory,
  readInterval,
  readNumber,
  readNumbers,
} from './readers.ts';
import type { StatsInterval } from './readers.ts';

/** A count to which noise was added so that nobody can be singled out, and how much (dir-spec 2.1.2 `hidserv-…`). */
export interface NoisyCount {
  readonly value: number;
  /** `delta_f`, `epsilon`, `bin_size`. */
  readonly parameters: ReadonlyMap<string, number>;
}

/** An interval and named counts over it: `padding-counts`. */
export interface IntervalCounts extends StatsInterval {
  readonly counts: ReadonlyMap<string, number>;
}

/** Connections by the direction in which most of the bytes went: `conn-bi-direct`. */
export interface ConnectionsBiDirect extends StatsInterval {
  readonly below: number;
  readonly read: number;
  readonly write: number;
  readonly both: number;
}

/** A pluggable transport: `transport NAME ADDRESS:PORT ARGS`; a sanitized one has only the name. */
export interface Transport {
  readonly name: string;
  readonly address: string | undefined;
  readonly arguments: string | undefined;
}

/** `overload-ratelimits`: how often the limits were hit, in total, since a time. */
export interface OverloadRateLimits {
  readonly version: number;
  readonly time: number;
  readonly rateLimit: number;
  readonly burstLimit: number;
  readonly readOverloadCount: number;
  readonly writeOverloadCount: number;
}

/** `overload-fd-exhausted VERSION TIME`. */
export interface OverloadMark {
  readonly version: number;
  readonly time: number;
}

const readNoisy: Read<NoisyCount> = (item, wrong) => {
  const [value = '', ...rest] = argumentsOf(item);
  const parameters = parseCounts(rest.join(' '), ' ');
  return /^-?\d{1,20}(?:\.\d{1,20})?$/.test(value) && parameters
    ? { value: Number(value), parameters }
    : wrong('a number and KEY=NUMBER');
};

const readIntervalCounts: Read<IntervalCounts> = (item, wrong) => {
  const interval = parseInterval(item.rest);
  const counts = interval && parseCounts(interval.rest, ' ');
  if (!interval || !counts) return wrong('a time, (SECONDS s) and KEY=COUNT');
  return { end: interval.end, intervalSeconds: interval.intervalSeconds, counts };
};

const readBiDirect: Read<ConnectionsBiDirect> = (item, wrong) => {
  const interval = parseInterval(item.rest);
  const counts = interval?.rest.split(',').map((text) => parseInteger(text, 0, Number.MAX_SAFE_INTEGER));
  const [below, read, write, both, more] = counts ?? [];
  if (!interval || below === undefined || read === undefined || write === undefined || both === undefined)
    return wrong('a time, (SECONDS s) and four counts');
  if (counts && counts.length > 4) return wrong('four counts', String(more));
  const { end, intervalSeconds } = interval;
  return { end, intervalSeconds, below, read, write, both };
};

const readTransport: Read<Transport> = (item, wrong) => {
  const [name, address, ...rest] = argumentsOf(item);
  if (name === undefined) return wrong('the name of a transport');
  return { name, address, arguments: rest.length > 0 ? rest.join(' ') : undefined };
};

const readMark: Read<OverloadMark> = (item, wrong) => {
  const [version = '', day = '', clock = ''] = argumentsOf(item);
  const number = parseInteger(version, 1, 2 ** 31 - 1);
  const time = readTime({ ...item, rest: `${day} ${clock}` }, () => undefined);
  return number === undefined || time === undefined
    ? wrong('a version and a time')
    : { version: number, time };
};

const readRateLimits: Read<OverloadRateLimits> = (item, wrong) => {
  const mark = readMark(item, wrong);
  if (!mark) return undefined;
  const numbers = argumentsOf(item)
    .slice(3)
    .map((text) => parseInteger(text, 0, Number.MAX_SAFE_INTEGER));
  const [rateLimit, burstLimit, readOverloadCount, writeOverloadCount] = numbers;
  if (
    rateLimit === undefined ||
    burstLimit === undefined ||
    readOverloadCount === undefined ||
    writeOverloadCount === undefined
  ) {
    return wrong('a version, a time and four counts');
  }
  return { ...mark, rateLimit, burstLimit, readOverloadCount, writeOverloadCount };
};

const digest = argument('40 hexadecimal digits', parseFingerprint);

/** All statistics, each at most once but `transport`. */
export const statisticsTable = {
  readHistory: atMostOnce('read-history', readHistory),
  writeHistory: atMostOnce('write-history', readHistory),
  ipv6ReadHistory: atMostOnce('ipv6-read-history', readHistory),
  ipv6WriteHistory: atMostOnce('ipv6-write-history', readHistory),
  geoipDbDigest: atMostOnce('geoip-db-digest', digest),
  geoip6DbDigest: atMostOnce('geoip6-db-digest', digest),
  geoipStartTime: atMostOnce('geoip-start-time', readTime),
  geoipClientOrigins: atMostOnce('geoip-client-origins', readCounts),
  bridgeStatsEnd: atMostOnce('bridge-stats-end', readInterval),
  bridgeIps: atMostOnce('bridge-ips', readCounts),
  bridgeIpVersions: atMostOnce('bridge-ip-versions', readCounts),
  bridgeIpTransports: atMostOnce('bridge-ip-transports', readCounts),
  dirreqStatsEnd: atMostOnce('dirreq-stats-end', readInterval),
  dirreqV2Ips: atMostOnce('dirreq-v2-ips', readCounts),
  dirreqV3Ips: atMostOnce('dirreq-v3-ips', readCounts),
  dirreqV2Reqs: atMostOnce('dirreq-v2-reqs', readCounts),
  dirreqV3Reqs: atMostOnce('dirreq-v3-reqs', readCounts),
  dirreqV2Share: atMostOnce('dirreq-v2-share', wholeLine),
  dirreqV3Share: atMostOnce('dirreq-v3-share', wholeLine),
  dirreqV2Resp: atMostOnce('dirreq-v2-resp', readCounts),
  dirreqV3Resp: atMostOnce('dirreq-v3-resp', readCounts),
  dirreqV2DirectDl: atMostOnce('dirreq-v2-direct-dl', readCounts),
  dirreqV3DirectDl: atMostOnce('dirreq-v3-direct-dl', readCounts),
  dirreqV2TunneledDl: atMostOnce('dirreq-v2-tunneled-dl', readCounts),
  dirreqV3TunneledDl: atMostOnce('dirreq-v3-tunneled-dl', readCounts),
  dirreqReadHistory: atMostOnce('dirreq-read-history', readHistory),
  dirreqWriteHistory: atMostOnce('dirreq-write-history', readHistory),
  entryStatsEnd: atMostOnce('entry-stats-end', readInterval),
  entryIps: atMostOnce('entry-ips', readCounts),
  cellStatsEnd: atMostOnce('cell-stats-end', readInterval),
  cellProcessedCells: atMostOnce('cell-processed-cells', readNumbers),
  cellQueuedCells: atMostOnce('cell-queued-cells', readNumbers),
  cellTimeInQueue: atMostOnce('cell-time-in-queue', readNumbers),
  cellCircuitsPerDecile: atMostOnce('cell-circuits-per-decile', readNumber),
  connBiDirect: atMostOnce('conn-bi-direct', readBiDirect),
  ipv6ConnBiDirect: atMostOnce('ipv6-conn-bi-direct', readBiDirect),
  exitStatsEnd: atMostOnce('exit-stats-end', readInterval),
  exitKibibytesWritten: atMostOnce('exit-kibibytes-written', readCounts),
  exitKibibytesRead: atMostOnce('exit-kibibytes-read', readCounts),
  exitStreamsOpened: atMostOnce('exit-streams-opened', readCounts),
  hidservStatsEnd: atMostOnce('hidserv-stats-end', readInterval),
  hidservRendRelayedCells: atMostOnce('hidserv-rend-relayed-cells', readNoisy),
  hidservDirOnionsSeen: atMostOnce('hidserv-dir-onions-seen', readNoisy),
  hidservV3StatsEnd: atMostOnce('hidserv-v3-stats-end', readInterval),
  hidservRendV3RelayedCells: atMostOnce('hidserv-rend-v3-relayed-cells', readNoisy),
  hidservDirV3OnionsSeen: atMostOnce('hidserv-dir-v3-onions-seen', readNoisy),
  paddingCounts: atMostOnce('padding-counts', readIntervalCounts),
  overloadRatelimits: atMostOnce('overload-ratelimits', readRateLimits),
  overloadFdExhausted: atMostOnce('overload-fd-exhausted', readMark),
  transports: anyNumber('transport', readTransport),
  transportInfo: anyNumber('transport-info', wholeLine),
};

/** What an extra-info counts; each undefined where it has no such line. */
export type ExtraInfoStatistics = Partial<Values<typeof statisticsTable>>;
