/** The relays of a running lab: making more of them, changing them, and keeping every authority supplied. */
import { createHash } from 'node:crypto';
import { writeFileSync, renameSync } from 'node:fs';
import type { Authority } from './authority.ts';
import { writeBandwidthFile } from './bandwidth-file.ts';
import type { SharedKeys } from './descriptor.ts';
import { ntorFromSeed } from './ed25519.ts';
import type { LabState } from './model.ts';
import {
  changedRelay,
  hibernatingRelay,
  makeRelays,
  republishedRelay,
  tornVariants,
  variantOf,
  type Relay,
} from './relay.ts';
import { relayRsaKeys } from './rsa.ts';
import { roundAt } from './schedule.ts';
import { bandwidthFilePath } from './torrc.ts';
import { missingRelays, uploadBodies, uploadRelays } from './upload.ts';

/** Relays publish again after eighteen hours; votes call older descriptors stale. */
const republishAfterMs = 17.5 * 3_600_000;

/** What a population of relays is made from. */
export interface Population {
  readonly seed: string;
  readonly keyCache: string;
  readonly isolated: boolean;
  readonly from: number;
  readonly count: number;
  readonly fresh: boolean;
}

/** Makes relays, and the onion keys that they share. The first key of the cache is the shared TAP key. */
export async function makePopulation(
  population: Population,
): Promise<{ readonly relays: readonly Relay[]; readonly sharedKeys: SharedKeys }> {
  const { seed, keyCache, isolated, from, count, fresh } = population;
  const [onionKey, ...identityKeys] = await relayRsaKeys(keyCache, from + count + 1);
  if (onionKey === undefined) throw new Error('relay keys: expected at least one');
  const relays = makeRelays({
    seed,
    from,
    identityKeys: identityKeys.slice(from),
    publicAddresses: isolated,
    fresh,
    now: new Date(),
  });
  const ntorSeed = createHash('sha256').update(`${seed} ntor`).digest();
  return { relays, sharedKeys: { onionKey, ntorKey: ntorFromSeed(ntorSeed) } };
}

/** Finds a relay by fingerprint or index. */
export function findRelay(state: LabState, name: string | number): Relay {
  const relay = state.relays.find((one) => one.index === name || one.fingerprint === name);
  if (relay === undefined) throw new Error(`relay: expected an index or a fingerprint, found "${name}"`);
  return relay;
}

/** Gives one relay a newer, different descriptor. */
export async function changeRelay(state: LabState, name: string | number): Promise<Relay> {
  const relay = changedRelay(findRelay(state, name), state.plan.seed, new Date());
  await publish(state, [relay]);
  return relay;
}

/** Lets one relay announce that it sleeps, so that it leaves the consensus. */
export async function hibernateRelay(state: LabState, name: string | number): Promise<Relay> {
  const relay = hibernatingRelay(findRelay(state, name), new Date());
  await publish(state, [relay]);
  return relay;
}

/** Adds relays that nobody has seen before. */
export async function addRelays(state: LabState, count: number): Promise<readonly Relay[]> {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`relays: expected at least 1, found ${count}`);
  const { seed, keyCache, isolated } = state.plan;
  const population = { seed, keyCache, isolated, from: state.relays.length, count, fresh: true };
  const { relays } = await makePopulation(population);
  await publish(state, relays);
  return relays;
}

/** Replaces or adds these relays, and brings them to every authority that is up. */
export async function publish(state: LabState, relays: readonly Relay[]): Promise<void> {
  const byIndex = new Map([...state.relays, ...relays].map((relay) => [relay.index, relay]));
  state.relays = [...byIndex.values()].sort((a, b) => a.index - b.index);
  const bodies = uploadBodies(relays, state.sharedKeys);
  await Promise.all(state.authorities.map((authority) => supply(state, authority, relays, bodies)));
}

/** Work that is due shortly before each vote: scanners write, old descriptors are renewed, laggards are supplied. */
export async function prepareVote(state: LabState): Promise<void> {
  for (const authority of state.authorities) writeMeasurements(state, authority);
  const now = Date.now();
  const old = state.relays.filter((relay) => now - relay.published.getTime() > republishAfterMs);
  if (old.length > 0) {
    await publish(
      state,
      old.map((relay) => republishedRelay(relay, new Date(now))),
    );
  }
  if (state.tornCount > 0) await publishTorn(state);
  await Promise.all(
    state.authorities.filter(({ behind }) => behind).map((authority) => catchUp(state, authority)),
  );
}

/** Lets every relay tell all authorities the same. */
export async function mendRelays(state: LabState): Promise<void> {
  const torn = state.relays.slice(0, state.tornCount);
  state.tornCount = 0;
  if (torn.length > 0)
    await publish(
      state,
      torn.map((relay) => republishedRelay(relay, new Date())),
    );
}

/**
 * Each authority gets one of three descriptors of the same second, so that none replaces another, and in each round
 * another one than before: authorities drop what differs from what they hold in its time only.
 */
async function publishTorn(state: LabState): Promise<void> {
  const now = new Date();
  const turn = roundAt(state.plan.timing, now).number;
  const torn = state.relays.slice(0, state.tornCount).map((relay) => republishedRelay(relay, now));
  state.relays = [...torn, ...state.relays.slice(state.tornCount)];
  const variants = tornVariants.map((variant) => {
    const relays = torn.map((relay) => variantOf(relay, variant));
    return { relays, bodies: uploadBodies(relays, state.sharedKeys) };
  });
  await Promise.all(
    state.authorities.map(async (authority, i) => {
      const variant = variants[(i + turn) % variants.length];
      if (variant) await supply(state, authority, variant.relays, variant.bodies);
    }),
  );
}

/** Lets the scanner of one authority write its file, unless it has none or is silent. */
export function writeMeasurements(state: LabState, authority: Authority): void {
  if (!authority.plan.scanner || authority.bandwidthFrozen) return;
  const path = bandwidthFilePath(authority.plan);
  const { relays, plan } = state;
  writeFileSync(
    `${path}.new`,
    writeBandwidthFile({ seed: plan.seed, scanner: authority.plan.nickname, relays, now: new Date() }),
  );
  renameSync(`${path}.new`, path);
}

async function supply(
  state: LabState,
  authority: Authority,
  relays: readonly Relay[],
  bodies: readonly string[],
): Promise<void> {
  if (authority.state !== 'up') {
    authority.behind = true;
    return;
  }
  const wanted = acceptedBy(authority, relays);
  const result = await uploadRelays(authority.plan, wanted, bodies);
  if (result.missing.length === 0 || state.ending.signal.aborted) return;
  authority.behind = true;
  const why = result.refusals.join('; ');
  state.log(`${authority.plan.nickname}: holds ${result.heldCount} of ${wanted.length} relays sent (${why})`);
}

async function catchUp(state: LabState, authority: Authority): Promise<void> {
  if (authority.state !== 'up') return;
  const wanted = acceptedBy(authority, state.relays);
  const missing = new Set(await missingRelays(authority.plan, wanted));
  authority.behind = false;
  const relays = wanted.filter((relay) => missing.has(relay.fingerprint));
  if (relays.length > 0) await supply(state, authority, relays, uploadBodies(relays, state.sharedKeys));
}

function acceptedBy(authority: Authority, relays: readonly Relay[]): readonly Relay[] {
  return relays.filter((relay) => !authority.lists.reject.has(relay.fingerprint));
}
