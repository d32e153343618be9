/**
 * Findings in time. An alert fires while its check finds the same of the same authority, and is resolved when it no longer
 * does; there is never a second one beside it (S2.1.25). A value in, a value out: the pipeline keeps them.
 */
import type { Category, Finding, Severity } from '../checks/index.ts';

/** A finding with its life. Times in milliseconds. */
export interface Alert {
  readonly id: string;
  readonly check: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly authority: string | undefined;
  readonly link: string | undefined;
  readonly since: number;
  readonly lastSeen: number;
  readonly resolvedAt: number | undefined;
}

/** What a tick did to the alerts. */
export interface AlertChanges {
  /** Those that fire now. */
  readonly firing: readonly Alert[];
  readonly raised: readonly Alert[];
  readonly resolved: readonly Alert[];
  /** Those whose severity changed while they fired. */
  readonly changed: readonly Alert[];
}

function keyOf(one: { readonly check: string; readonly authority?: string | undefined }): string {
  return `${one.check}/${one.authority ?? ''}`;
}

/** Folds the findings of a tick at `at` (ms) into the firing alerts. */
export function foldAlerts(firing: readonly Alert[], findings: readonly Finding[], at: number): AlertChanges {
  const before = new Map(firing.map((alert) => [keyOf(alert), alert]));
  const now = new Map<string, Alert>();
  const raised: Alert[] = [];
  const changed: Alert[] = [];
  for (const finding of findings) {
    const key = keyOf(finding);
    if (now.has(key)) continue;
    const old = before.get(key);
    const alert: Alert = {
      id: old?.id ?? `${finding.check}-${finding.authority ?? 'network'}-${at}`,
      check: finding.check,
      category: finding.category,
      severity: finding.severity,
      title: finding.title,
      message: finding.message,
      authority: finding.authority,
      link: finding.link,
      since: old?.since ?? at,
      lastSeen: at,
      resolvedAt: undefined,
    };
    now.set(key, alert);
    if (!old) raised.push(alert);
    else if (old.severity !== alert.severity) changed.push(alert);
  }
  const resolved = firing
    .filter((alert) => !now.has(keyOf(alert)))
    .map((alert) => ({ ...alert, resolvedAt: at }));
  return { firing: [...now.values()], raised, resolved, changed };
}
