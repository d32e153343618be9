/** What relays advertise by their descriptors, added up here in another way than the observatory does it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseConsensus, routerAt, type Router } from '@conclave/netdoc';
import type { Health } from '../../packages/conclave/src/api/index.ts';
import { until } from './processes.ts';
import type { Window } from './window.ts';

/** What a class of relays advertises. */
export interface Advertised {
  readonly name: string;
  readonly relays: number;
  readonly described: number;
  readonly bitsPerSecond: number;
}

/**
 * What an observatory shows of the newest round, when it has the descriptors of all relays of it, and what the descriptors
 * add up to that the second of the authorities serves to us. At most 96 relays, which fit into one question.
 */
export async function capacitiesBothWays(
  window: Window,
  url: string,
  authorities: string,
): Promise<{ readonly shown: readonly unknown[]; readonly served: readonly Advertised[] }> {
  const health = (): Promise<Health> => window.json<Health>(`${url}/api/v1/health`);
  const isWhole = ({ classes }: Health): boolean =>
    classes.every(({ capacity, relays }) => capacity.value?.described === relays);
  const { answer } = await until('descriptors of all relays', health, isWhole, { withinMs: 60_000 });
  const sha256 = answer.flavors.find(({ flavor }) => flavor === 'ns')?.sha256;
  const { bytes: consensus } = await window.get(`${url}/documents/${sha256}/raw`);
  const [, asked] = JSON.parse(readFileSync(authorities, 'utf8')) as { ipv4: string; dirPort: number }[];
  const path = descriptorsPath(consensus);
  const { bytes } = await window.get(`http://${asked?.ipv4}:${asked?.dirPort}${path}`);
  const shown = answer.classes.map(({ name, relays, capacity }) => ({ name, relays, ...capacity.value }));
  return { shown, served: advertised(consensus, bytes) };
}

function relaysOf(consensus: Uint8Array): readonly Router[] {
  const { document } = parseConsensus(consensus);
  if (!document) throw new Error('expected a consensus');
  return Array.from({ length: document.routers.count }, (_, index) =>
    routerAt(document.routers, index),
  ).filter((one): one is Router => one !== undefined);
}

/** The path at which an authority serves the descriptors that a consensus of at most 96 relays names. */
function descriptorsPath(consensus: Uint8Array): string {
  return `/tor/server/d/${relaysOf(consensus)
    .map(({ descriptorDigest }) => descriptorDigest)
    .join('+')}`;
}

/** The sums by class, from the text of the descriptors. */
function advertised(consensus: Uint8Array, descriptors: Uint8Array): readonly Advertised[] {
  const bandwidths = new Map<string, number>();
  for (const [whole, signed] of Buffer.from(descriptors)
    .toString('latin1')
    .matchAll(/^(router .*?^router-signature\n).*?^-----END SIGNATURE-----\n/gms)) {
    const digest = createHash('sha1')
      .update(signed ?? '', 'latin1')
      .digest('hex')
      .toUpperCase();
    const numbers = /^bandwidth (\d+) (\d+) (\d+)$/m.exec(whole)?.slice(1).map(Number) ?? [];
    bandwidths.set(digest, Math.min(...numbers));
  }
  const relays = relaysOf(consensus);
  const isGuard = ({ flags }: Router): boolean => flags.includes('Guard');
  const isExit = ({ flags }: Router): boolean => flags.includes('Exit') && !flags.includes('BadExit');
  const classes: readonly (readonly [string, (relay: Router) => boolean])[] = [
    ['total', () => true],
    ['guard', isGuard],
    ['exit', isExit],
    ['guardExit', (relay) => isGuard(relay) && isExit(relay)],
    ['middle', (relay) => !isGuard(relay) && !isExit(relay)],
  ];
  return classes.map(([name, belongs]) => {
    const members = relays.filter(belongs);
    const known = members.flatMap(({ descriptorDigest }) => bandwidths.get(descriptorDigest) ?? []);
    const bytes = known.reduce((sum, one) => sum + one, 0);
    return { name, relays: members.length, described: known.length, bitsPerSecond: 8 * bytes };
  });
}
