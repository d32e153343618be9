/** How varied the exit policies of a consensus are, by the `p` summaries of its entries alone (S2.2.20; dir-spec 3.4.1). */
import { hasFlag, present } from '@conclave/netdoc';
import type { RouterTable } from '@conclave/netdoc';

/** Relays that exit to one port. */
export interface PortSupport {
  readonly port: number;
  /** What people use it for. */
  readonly use: string;
  readonly relays: number;
  readonly weight: number;
}

/** Policies of a consensus. An exit here has Exit and not BadExit. */
export interface ExitPolicies {
  /** Relays with a `p` line, and how many different ones there are. */
  readonly stated: number;
  readonly distinct: number;
  readonly exits: number;
  readonly exitWeight: number;
  /** How many different ones the exits have. */
  readonly exitDistinct: number;
  readonly ports: readonly PortSupport[];
}

/** The ports that are asked about. A relay needs 80 and 443 for Exit; the others are what people miss most. */
export const keyPorts: readonly { readonly port: number; readonly use: string }[] = [
  { port: 22, use: 'ssh' },
  { port: 53, use: 'dns' },
  { port: 80, use: 'http' },
  { port: 443, use: 'https' },
  { port: 993, use: 'imaps' },
  { port: 5222, use: 'xmpp' },
  { port: 6697, use: 'irc over TLS' },
];

/** Counts the policies; undefined summaries, of a microdesc consensus, count as not stated. */
export function exitPoliciesOf(routers: RouterTable): ExitPolicies {
  const [exit, bad] = ['Exit', 'BadExit'].map((flag) => routers.knownFlags.indexOf(flag));
  const allows = routers.policies.map((policy) => keyPorts.map(({ port }) => allowsPort(policy, port)));
  const ports = keyPorts.map(() => ({ relays: 0, weight: 0 }));
  const [seen, ofExits] = [new Set<number>(), new Set<number>()];
  let [stated, exits, exitWeight] = [0, 0, 0];
  for (let router = 0; router < routers.count; router += 1) {
    const has = ((routers.present[router] as number) & present.p) !== 0;
    const policy = routers.policy[router] as number;
    if (has) {
      stated += 1;
      seen.add(policy);
    }
    if (!hasFlag(routers, router, exit ?? -1) || hasFlag(routers, router, bad ?? -1)) continue;
    const weight = routers.bandwidth[router] as number;
    exits += 1;
    exitWeight += weight;
    if (!has) continue;
    ofExits.add(policy);
    const allowed = allows[policy];
    for (let index = 0; index < ports.length; index += 1) {
      const sum = ports[index];
      if (!sum || allowed?.[index] !== true) continue;
      sum.relays += 1;
      sum.weight += weight;
    }
  }
  return {
    stated,
    distinct: seen.size,
    exits,
    exitWeight,
    exitDistinct: ofExits.size,
    ports: keyPorts.map((key, index) => ({
      ...key,
      ...(ports[index] as { relays: number; weight: number }),
    })),
  };
}

/** Whether a summary like `accept 80,443` or `reject 1-1024` lets a port through; a malformed one lets none. */
export function allowsPort(policy: string, port: number): boolean {
  const [, word, list] = /^(accept|reject) ([\d,-]+)$/.exec(policy) ?? [];
  if (word === undefined || list === undefined) return false;
  const listed = list.split(',').some((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return from !== undefined && to !== undefined && from <= port && port <= to;
  });
  return listed === (word === 'accept');
}
