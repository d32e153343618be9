/** An authority's approved-routers file: whom it rejects, whom it calls a bad exit, who may only be a middle. */
import type { AuthorityPlan } from './plan.ts';
import { createRandom } from './random.ts';
import type { Relay } from './relay.ts';

/** What one authority has listed, by fingerprint. */
export interface RouterLists {
  readonly reject: ReadonlySet<string>;
  readonly badExit: ReadonlySet<string>;
  readonly middleOnly: ReadonlySet<string>;
}

/**
 * The lists at the start. Which relays are suspicious is common knowledge; each authority has acted on most of it. A
 * strict authority rejects a few more.
 */
export function firstLists(seed: string, authority: AuthorityPlan, relays: readonly Relay[]): RouterLists {
  const reject = new Set<string>();
  const badExit = new Set<string>();
  const middleOnly = new Set<string>();
  const exits = relays.filter((relay) => relay.policy.length > 1);
  const some = (list: readonly Relay[], label: string, share: number): readonly Relay[] => {
    const random = createRandom(seed, 'suspicion', label);
    const wanted = list.length === 0 ? 0 : Math.max(1, Math.round(list.length * share));
    return Array.from({ length: wanted }, () => random.pick(list));
  };
  for (const relay of some(exits, 'bad-exit', 0.06)) {
    if (agrees(seed, authority, relay, 0.9)) badExit.add(relay.fingerprint);
  }
  for (const relay of some(relays, 'middle-only', 0.015)) {
    if (agrees(seed, authority, relay, 0.85)) middleOnly.add(relay.fingerprint);
  }
  for (const relay of authority.strict ? some(relays, 'reject', 0.012) : []) {
    if (agrees(seed, authority, relay, 0.8)) reject.add(relay.fingerprint);
  }
  return { reject, badExit, middleOnly };
}

/** Writes the file; tor reads it at the start and on SIGHUP. */
export function writeApprovedRouters(lists: RouterLists): string {
  return [
    ...listItems('reject', lists.reject),
    ...listItems('badexit', lists.badExit),
    ...listItems('middleonly', lists.middleOnly),
  ].join('');
}

function listItems(rule: string, fingerprints: ReadonlySet<string>): readonly string[] {
  return [...fingerprints].map((fingerprint) => `!${rule} ${fingerprint}\n`);
}

function agrees(seed: string, authority: AuthorityPlan, relay: Relay, probability: number): boolean {
  return createRandom(seed, 'agrees', authority.nickname, relay.fingerprint).chance(probability);
}
