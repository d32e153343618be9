/** What a consensus recommends and requires, against what its relays run: versions and protocols. */
import { present } from '@conclave/netdoc';
import type { Consensus, RouterTable } from '@conclave/netdoc';
import { versionCounts } from './facts.ts';
import { tally } from './figures.ts';

/** Versions that are recommended, and those that run. */
export interface VersionFacts {
  /** `client-versions` and `server-versions`; null where the document has no such line. */
  readonly client: readonly string[] | null;
  readonly server: readonly string[] | null;
  /** Relays whose version is among `server`; null where none are recommended. */
  readonly recommended: number | null;
  /** Versions without the word Tor, most frequent first; `not stated` for relays without a `v` line. */
  readonly running: readonly { readonly version: string; readonly relays: number }[];
}

/** One protocol line, and how many relays do all of it. */
export interface ProtocolSupport {
  readonly keyword: (typeof protocolLines)[number][0];
  readonly value: string | null;
  /** Null where the document has no such line. */
  readonly relays: number | null;
}

const protocolLines = [
  ['recommended-client-protocols', 'recommendedClientProtocols'],
  ['recommended-relay-protocols', 'recommendedRelayProtocols'],
  ['required-client-protocols', 'requiredClientProtocols'],
  ['required-relay-protocols', 'requiredRelayProtocols'],
] as const;

/** What relays without a `v` line are counted as. */
export const versionNotStated = 'not stated';

/** Versions of a consensus and its relays. An empty list recommends nothing, as tor takes it (dir-spec 3.4.1). */
export function versionsOf(consensus: Consensus): VersionFacts {
  const { clientVersions, serverVersions, routers } = consensus;
  const running = tally(versionsRun(routers));
  const known = new Set(serverVersions);
  return {
    client: clientVersions ?? null,
    server: serverVersions ?? null,
    recommended:
      known.size === 0
        ? null
        : running.reduce((sum, { value, count }) => sum + (known.has(value) ? count : 0), 0),
    running: running.map(({ value, count }) => ({ version: value, relays: count })),
  };
}

/** Versions without the word Tor. */
function versionsRun(routers: RouterTable): ReadonlyMap<string, number> {
  const runs = new Map<string, number>();
  for (const [text, relays] of versionCounts(routers, versionNotStated)) {
    const version = text.startsWith('Tor ') ? text.slice(4) : text;
    runs.set(version, (runs.get(version) ?? 0) + relays);
  }
  return runs;
}

/** How many relays do everything that each of the four protocol lines lists. */
export function protocolSupport(consensus: Consensus): ProtocolSupport[] {
  const { routers } = consensus;
  const lists = routers.protocolLists.map(readProtocols);
  return protocolLines.map(([keyword, field]) => {
    const value = consensus[field] ?? null;
    const wanted = value === null ? undefined : readProtocols(value);
    if (!wanted) return { keyword, value, relays: null };
    const does = lists.map((list) => list !== undefined && covers(list, wanted));
    let relays = 0;
    for (let router = 0; router < routers.count; router += 1) {
      const stated = ((routers.present[router] as number) & present.pr) !== 0;
      if (stated && does[routers.protocols[router] as number] === true) relays += 1;
    }
    return { keyword, value, relays };
  });
}

/** Versions of each protocol as bits: `Link=4-5` is 110000 (values are 0 to 63). Undefined where the list is malformed. */
export function readProtocols(text: string): ReadonlyMap<string, bigint> | undefined {
  const protocols = new Map<string, bigint>();
  for (const entry of text.split(' ').filter(Boolean)) {
    const [, name, values] = /^([A-Za-z0-9-]{1,100})=([\d,-]*)$/.exec(entry) ?? [];
    if (name === undefined || values === undefined) return undefined;
    let bits = protocols.get(name) ?? 0n;
    for (const part of values.split(',').filter(Boolean)) {
      const [, from, to] = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(part) ?? [];
      const [low, high] = [Number(from), Number(to ?? from)];
      if (from === undefined || low > high || high > 63) return undefined;
      for (let value = low; value <= high; value += 1) bits |= 1n << BigInt(value);
    }
    protocols.set(name, bits);
  }
  return protocols;
}

function covers(list: ReadonlyMap<string, bigint>, wanted: ReadonlyMap<string, bigint>): boolean {
  for (const [name, bits] of wanted) if (((list.get(name) ?? 0n) & bits) !== bits) return false;
  return true;
}
