/** Values of the house as rows of the store, and back. */
import type { Fingerprint } from '@conclave/netdoc';
import type { Alert } from '../alert/index.ts';
import type { Observation } from '../collect/index.ts';
import type { Authority, AuthoritySet } from '../network/index.ts';
import type { Row } from '../store/index.ts';

/** The row of an authority; `position` is its place in the tables, null for one that is no longer watched. */
export function authorityRow(one: Authority, position: number | null): Row<'authorities'> {
  return {
    nickname: one.nickname,
    position,
    v3ident: one.v3ident ?? null,
    fingerprint: one.fingerprint ?? null,
    ipv4: one.ipv4 ?? null,
    dir_port: one.dirPort ?? null,
    or_port: one.orPort ?? null,
    ipv6: one.ipv6?.address ?? null,
    ipv6_port: one.ipv6?.orPort ?? null,
    scanner: one.scanner ?? null,
  };
}

/** The row of an observation. */
export function observationRow(observation: Observation): Row<'observations'> {
  const { subject, timings, document } = observation;
  return {
    at: observation.at,
    vantage: observation.vantage,
    authority: observation.authority,
    kind: subject.kind,
    subject: subjectText(subject),
    outcome: observation.outcome,
    detail: observation.detail ?? null,
    status: observation.status ?? null,
    connect_ms: timings.connectMs ?? null,
    tls_ms: timings.tlsMs ?? null,
    first_byte_ms: timings.firstByteMs ?? null,
    total_ms: timings.totalMs,
    clock_skew: observation.clockSkewSeconds ?? null,
    sha256: document?.sha256 ?? null,
    bytes: document?.bytes ?? null,
    wire_bytes: document?.wireBytes ?? null,
  };
}

/** What was asked for, beside its kind. */
function subjectText(subject: Observation['subject']): string {
  switch (subject.kind) {
    case 'consensus':
      return subject.flavor;
    case 'vote':
      return `${subject.period} ${subject.of}`;
    case 'certificates':
      return subject.of;
    case 'or-port':
      return subject.family;
    case 'relay-descriptors':
      return String(subject.digests.length);
    default:
      return '';
  }
}

/** The row of an alert. */
export function alertRow(alert: Alert): Row<'alerts'> {
  return {
    id: alert.id,
    check: alert.check,
    category: alert.category,
    severity: alert.severity,
    title: alert.title,
    message: alert.message,
    authority: alert.authority ?? null,
    since: alert.since,
    last_seen: alert.lastSeen,
    resolved_at: alert.resolvedAt ?? null,
    link: alert.link ?? null,
  };
}

/** The row of a finding: an alert as it began or changed. */
export function findingRow(alert: Alert, at: number): Row<'findings'> {
  const { check, authority, severity, title, message, link } = alert;
  return { at, check, authority: authority ?? null, severity, title, message, link: link ?? null };
}

/** An authority from its row. */
export function authorityOfRow(row: Row<'authorities'>): AuthoritySet['authorities'][number] {
  return {
    nickname: row.nickname ?? '',
    ...(row.v3ident === null ? {} : { v3ident: row.v3ident as Fingerprint }),
    ...(row.fingerprint === null ? {} : { fingerprint: row.fingerprint as Fingerprint }),
    ...(row.ipv4 === null ? {} : { ipv4: row.ipv4 }),
    ...(row.dir_port === null ? {} : { dirPort: row.dir_port }),
    ...(row.or_port === null ? {} : { orPort: row.or_port }),
    ...(row.ipv6 === null || row.ipv6_port === null
      ? {}
      : { ipv6: { address: row.ipv6, orPort: row.ipv6_port } }),
    ...(row.scanner === null ? {} : { scanner: row.scanner }),
  };
}

/** An alert from its row. */
export function alertOfRow(row: Row<'alerts'>): Alert {
  return {
    id: row.id ?? '',
    check: row.check ?? '',
    category: (row.category ?? 'observatory') as Alert['category'],
    severity: (row.severity ?? 'info') as Alert['severity'],
    title: row.title ?? '',
    message: row.message ?? '',
    authority: row.authority ?? undefined,
    link: row.link ?? undefined,
    since: row.since ?? 0,
    lastSeen: row.last_seen ?? 0,
    resolvedAt: row.resolved_at ?? undefined,
  };
}
