/** What bandwidth files, consensus diffs and the items of tor's diff cache say, for people. */
import {
  sha256,
  toBase64,
  type BandwidthFile,
  type ConsensusDiff,
  type DiffCacheItem,
} from '@conclave/netdoc';
import { isUnpackable } from './documents.ts';
import { count, plural, timeText } from './output.ts';

/** Header keys of a bandwidth file that people ask for, and what they are called. */
const headerRows: readonly (readonly [key: string, name: string])[] = [
  ['file_created', 'created'],
  ['earliest_bandwidth', 'earliest result'],
  ['latest_bandwidth', 'latest result'],
  ['scanner_country', 'scanner country'],
  ['destinations_countries', 'destinations in'],
  ['number_consensus_relays', 'relays in consensus'],
  ['number_eligible_relays', 'eligible relays'],
];

const excluded = /^recent_measurements_excluded_(.{1,40})_count$/;

/** The rows of a bandwidth file. */
export function bandwidthFileRows(file: Partial<BandwidthFile>): string[][] {
  const { header, relays, bytes } = file;
  const version = header?.get('software_version');
  const told = headerRows.flatMap(([key, name]) => {
    const value = header?.get(key);
    return value === undefined ? [] : [[name, value]];
  });
  const reasons = [...(header ?? [])].flatMap(([key, value]) => {
    const reason = excluded.exec(key)?.[1];
    return reason === undefined ? [] : [`${reason} ${value}`];
  });
  return [
    ['timestamp', timeText(file.timestamp)],
    ['version', file.version ?? 'unreadable'],
    ['software', `${file.software ?? 'unknown'}${version === undefined ? '' : ` ${version}`}`],
    ...told,
    ...(relays ? relayRows(relays) : []),
    ...(reasons.length > 0 ? [['excluded results', reasons.join(', ')]] : []),
    ...(bytes ? [['digest', `sha256=${toBase64(sha256(bytes))}`]] : []),
  ];
}

function relayRows({ count: lines, voted, bandwidth }: BandwidthFile['relays']): string[][] {
  let measured = 0;
  let sum = 0;
  for (let row = 0; row < lines; row += 1) {
    if (voted[row] !== 1) continue;
    measured += 1;
    sum += bandwidth[row] as number;
  }
  return [
    ['relay lines', count(lines)],
    ['measured', `${count(measured)} to be voted for, ${count(lines - measured)} not`],
    ['bandwidth', `${count(sum)} kB/s in all`],
  ];
}

/** The rows of a consensus diff. */
export function diffRows(diff: Partial<ConsensusDiff>): string[][] {
  const actions = new Map<string, number>();
  let lines = 0;
  for (const { action, textLines } of diff.commands ?? []) {
    actions.set(action, (actions.get(action) ?? 0) + 1);
    lines += textLines;
  }
  const list = [...actions].map(([action, commands]) => `${action} ${count(commands)}`).join(', ');
  return [
    ['from', diff.fromDigest ?? 'unreadable'],
    ['to', diff.toDigest ?? 'unreadable'],
    ['commands', `${count(diff.commands?.length ?? 0)}${list === '' ? '' : `: ${list}`}`],
    ['new lines', count(lines)],
    ...labelRows(diff.labels),
  ];
}

/** The rows of an item of the diff cache. */
export function cacheItemRows(item: Partial<DiffCacheItem>): string[][] {
  const { body, compression = 'no word of it' } = item;
  const how = isUnpackable(item) ? compression : `${compression}, which is not unpacked here`;
  return [
    ...labelRows(item.labels),
    ['body', `${plural((body?.end ?? 0) - (body?.start ?? 0), 'byte')}, compression: ${how}`],
  ];
}

function labelRows(labels: ReadonlyMap<string, string> | undefined): string[][] {
  return [...(labels ?? [])].map(([key, value]) => {
    const list = value.split(',');
    return [key, list.length > 2 ? plural(list.length, 'identity', 'identities') : value];
  });
}
