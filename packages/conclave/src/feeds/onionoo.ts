/**
 * Onionoo's documents, read for what they say of the authorities. Fields that are not known here are ignored, fields that
 * are missing are absent: its protocol adds fields in minor versions and promises to remove or change them in major ones
 * only, so another major version is not read at all. Never throws, whatever the bytes are.
 *
 * An Onionoo flag is the consensus's view, and only relays that ran within the last week are listed: an authority that is
 * not listed has not been running for a week, and nothing more than that.
 */
import { objectOf, readJson, type Json } from './json.ts';

/** The major version of Onionoo's protocol that is read here. */
export const onionooMajor = 8;

/** What the details document says of a relay. Bandwidths in bytes a second, times in seconds. */
export interface OnionooDetails {
  readonly fingerprint: string;
  readonly nickname: string | null;
  readonly running: boolean | null;
  readonly firstSeen: number | null;
  readonly lastSeen: number | null;
  readonly lastRestarted: number | null;
  readonly lastChangedAddress: number | null;
  readonly country: string | null;
  readonly countryName: string | null;
  readonly asNumber: string | null;
  readonly asName: string | null;
  readonly contact: string | null;
  readonly version: string | null;
  /** `recommended`, `experimental`, `obsolete`, `new in series`, `unrecommended`. */
  readonly versionStatus: string | null;
  readonly recommendedVersion: boolean | null;
  readonly advertisedBandwidth: number | null;
  readonly consensusWeight: number | null;
  readonly verifiedHostNames: readonly string[];
  /** When it last said that it was overloaded. */
  readonly overloadedAt: number | null;
}

/** A history in brief: the mean of the values that there are, and how many of how many there are. */
export interface OnionooMean {
  readonly mean: number | null;
  readonly values: number;
  readonly count: number;
  /** When its last value is of, in seconds. */
  readonly last: number | null;
}

/** What the uptime document says of a relay: the share of consensuses that listed it as Running, by period. */
export interface OnionooUptime {
  readonly fingerprint: string;
  readonly uptime: Readonly<Record<string, OnionooMean>>;
}

/** What the bandwidth document says of a relay, in bytes a second, by period. */
export interface OnionooBandwidth {
  readonly fingerprint: string;
  readonly read: Readonly<Record<string, OnionooMean>>;
  readonly write: Readonly<Record<string, OnionooMean>>;
}

/** What every Onionoo document begins with. */
export interface OnionooEnvelope {
  readonly version: string;
  /** valid-after of the newest consensus that it knows, in seconds. */
  readonly relaysPublished: number;
  /** Entries, as they came. */
  readonly relays: readonly Json[];
  /** How many more there are beyond the limit that was asked for. */
  readonly relaysTruncated: number;
}

/** The envelope, or why the bytes are none that is read here. */
export type OnionooReading =
  { readonly ok: true; readonly document: OnionooEnvelope } | { readonly ok: false; readonly detail: string };

/** Reads what all documents have in common. */
export function readOnionoo(bytes: Uint8Array): OnionooReading {
  const read = readJson(bytes);
  if (!read.ok) return read;
  const json = objectOf(read.value);
  const version = textOf(json?.['version']);
  if (!json || version === null) return { ok: false, detail: 'expected an Onionoo document with a version' };
  const major = /^(\d{1,4})\.\d{1,4}$/.exec(version)?.[1];
  if (Number(major) !== onionooMajor)
    return {
      ok: false,
      detail: `it speaks version ${version.slice(0, 20)}; version ${onionooMajor} is read here`,
    };
  const relaysPublished = timeOf(json['relays_published']);
  if (relaysPublished === null || !Array.isArray(json['relays']))
    return { ok: false, detail: 'expected relays_published and relays' };
  return {
    ok: true,
    document: {
      version,
      relaysPublished,
      relays: json['relays']
        .slice(0, relaysMax)
        .map(objectOf)
        .filter((one) => one !== undefined),
      relaysTruncated: numberOf(json['relays_truncated']) ?? 0,
    },
  };
}

/** There are ten authorities; whoever answers with thousands has not honoured the filter. */
const relaysMax = 100;

/** The entries of a details document. */
export function readDetails({ relays }: OnionooEnvelope): readonly OnionooDetails[] {
  return relays.flatMap((one) => {
    const fingerprint = fingerprintOf(one);
    if (fingerprint === undefined) return [];
    return [
      {
        fingerprint,
        nickname: textOf(one['nickname']),
        running: booleanOf(one['running']),
        firstSeen: timeOf(one['first_seen']),
        lastSeen: timeOf(one['last_seen']),
        lastRestarted: timeOf(one['last_restarted']),
        lastChangedAddress: timeOf(one['last_changed_address_or_port']),
        country: textOf(one['country'])?.toUpperCase() ?? null,
        countryName: textOf(one['country_name']),
        asNumber: textOf(one['as']),
        asName: textOf(one['as_name']),
        contact: textOf(one['contact']),
        version: textOf(one['version']),
        versionStatus: textOf(one['version_status']),
        recommendedVersion: booleanOf(one['recommended_version']),
        advertisedBandwidth: numberOf(one['advertised_bandwidth']),
        consensusWeight: numberOf(one['consensus_weight']),
        verifiedHostNames: textsOf(one['verified_host_names']),
        overloadedAt: millisecondsOf(one['overload_general_timestamp']),
      },
    ];
  });
}

/** The entries of an uptime document. */
export function readUptime({ relays }: OnionooEnvelope): readonly OnionooUptime[] {
  return relays.flatMap((one) => {
    const fingerprint = fingerprintOf(one);
    return fingerprint === undefined ? [] : [{ fingerprint, uptime: meansOf(one['uptime']) }];
  });
}

/** The entries of a bandwidth document. */
export function readBandwidth({ relays }: OnionooEnvelope): readonly OnionooBandwidth[] {
  return relays.flatMap((one) => {
    const fingerprint = fingerprintOf(one);
    if (fingerprint === undefined) return [];
    return [{ fingerprint, read: meansOf(one['read_history']), write: meansOf(one['write_history']) }];
  });
}

/** Histories by period; a value counts times the history's own `factor`, and an absent value is none, not zero. */
function meansOf(value: unknown): Record<string, OnionooMean> {
  const means: Record<string, OnionooMean> = {};
  for (const [period, history] of Object.entries(objectOf(value) ?? {}).slice(0, 10)) {
    const json = objectOf(history);
    const factor = numberOf(json?.['factor']);
    if (!json || factor === null || !/^\w{1,20}$/.test(period) || !Array.isArray(json['values'])) continue;
    const values = json['values'].flatMap((one: unknown) => numberOf(one) ?? []);
    const sum = values.reduce((total, one) => total + one, 0);
    means[period] = {
      mean: values.length === 0 ? null : (sum / values.length) * factor,
      values: values.length,
      count: json['values'].length,
      last: timeOf(json['last']),
    };
  }
  return means;
}

/** Texts come from relays' operators: bounded, and nothing in them is believed. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 500) : null;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((one: unknown) => textOf(one) ?? []).slice(0, 10) : [];
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function booleanOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

function fingerprintOf(one: Json): string | undefined {
  const text = textOf(one['fingerprint'])?.toUpperCase() ?? '';
  return /^[0-9A-F]{40}$/.test(text) ? text : undefined;
}

/** `2026-01-02 03:04:05` in seconds. */
function timeOf(value: unknown): number | null {
  const found = typeof value === 'string' ? /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(value) : null;
  const ms = found ? Date.parse(`${found[1]}T${found[2]}Z`) : Number.NaN;
  return Number.isNaN(ms) ? null : ms / 1000;
}

/** Onionoo gives the time of an overload in milliseconds. */
function millisecondsOf(value: unknown): number | null {
  const ms = numberOf(value);
  return ms === null || ms <= 0 ? null : Math.floor(ms / 1000);
}
