/**
 * Builds a private Tor network, starts it, and keeps it supplied until it is stopped. This process owns every tor it
 * starts: they end with it, whatever way it ends.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endAuthority, startAuthority, type Authority } from './authority.ts';
import { waitForConsensus } from './consensus.ts';
import { serveControl } from './control.ts';
import { applyFault, authorityFaults } from './faults.ts';
import { disagreements, networkSeenBy } from './disagreement.ts';
import { findTor } from './find-tor.ts';
import { isIsolated, writeEnterScript } from './isolation.ts';
import { currentCertificateExpires, makeAuthorityKeys } from './keys.ts';
import { firstLists, writeApprovedRouters } from './lists.ts';
import type { AuthorityEntry, Lab, LabState, LabStatus } from './model.ts';
import { planLab, type LabOptions } from './plan.ts';
import {
  addRelays,
  changeRelay,
  hibernateRelay,
  makePopulation,
  prepareVote,
  publish,
  writeMeasurements,
} from './relays-of-lab.ts';
import { nextVotingRound, roundAt } from './schedule.ts';
import { writeRouterStability } from './stability.ts';
import { directoryAuthorityLine, writeTorrc } from './torrc.ts';

/** Builds and starts a lab. It votes at once; waitForConsensus() tells when it has agreed. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const programs = findTor();
  if (programs === undefined)
    throw new Error('tor: expected tor and tor-gencert on PATH (apt-get install tor)');
  const directory = resolve(options.directory);
  const isolated = options.isolated ?? isIsolated();
  const plan = planLab({ ...options, directory }, { isolated, ipv6: await canBind('::1') });
  expectEmpty(directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const log = options.log ?? ((): void => undefined);
  const { seed, keyCache, relayCount: count } = plan;
  const population = await makePopulation({ seed, keyCache, isolated, from: 0, count, fresh: false });
  log(`${count} relays made`);
  const authorities = await inTurns(plan.authorities, availableParallelism(), async (authority) => ({
    plan: authority,
    identity: await makeAuthorityKeys(programs, authority, plan.certificateMonths),
    state: 'down' as const,
    child: undefined,
    lists: firstLists(seed, authority, population.relays),
    bandwidthFrozen: false,
    withholdsFrom: new Set<string>(),
    behind: false,
  }));
  log(`keys of ${authorities.length} authorities made`);
  const ending = new AbortController();
  const state: LabState = { plan, programs, authorities, log, ending, tornCount: 0, ...population };
  writeFiles(state);
  return runLab(state, entriesOf(state));
}

async function runLab(state: LabState, entries: readonly AuthorityEntry[]): Promise<Lab> {
  const { plan, log, ending } = state;
  const { promise: ended, resolve: hasEnded } = pledge();
  let stopping: Promise<void> | undefined;
  let closeControl: (() => void) | undefined;
  const stop = (): Promise<void> => (stopping ??= end(state, closeControl).finally(hasEnded));
  const lab: Lab = {
    directory: plan.directory,
    plan,
    authorities: entries,
    ended,
    relays: () => state.relays,
    status: () => statusOf(state),
    roundAt: (now = new Date()) => roundAt(plan.timing, now),
    waitForConsensus: (wish = {}) => waitForConsensus(state, wish),
    ...authorityFaults(state),
    ...disagreements(state),
    changeRelay: (relay) => changeRelay(state, relay),
    hibernateRelay: (relay) => hibernateRelay(state, relay),
    addRelays: (count) => addRelays(state, count),
    stop,
  };
  endWithProcess(state, stop, ended);
  try {
    const { tor } = state.programs;
    await Promise.all(state.authorities.map((authority) => startAuthority(tor, authority)));
    log(`${state.authorities.length} authorities started`);
    await publish(state, state.relays);
    log(`${state.relays.length} relays uploaded`);
    closeControl = await serveControl(lab, async (fault) => {
      const line = await applyFault(lab, fault);
      log(line);
      return line;
    });
    ending.signal.throwIfAborted();
  } catch (error) {
    await stop();
    throw error;
  }
  keepSupplied(state).catch((error: unknown) => {
    log(`the lab ends: ${String(error)}`);
    void stop();
  });
  return lab;
}

/** Before each vote scanners write and relays that need it publish again. */
async function keepSupplied(state: LabState): Promise<void> {
  const { signal } = state.ending;
  const { timing } = state.plan;
  while (!signal.aborted) {
    // A large network needs longer: every scanner measures every relay.
    const leadMs = Math.min(2000 + state.relays.length / 2, (timing.intervalSeconds * 1000) / 3);
    const round = nextVotingRound(timing, new Date(), leadMs + 1);
    try {
      await sleep(round.voteAt.getTime() - leadMs - Date.now(), undefined, { signal });
    } catch {
      return;
    }
    await prepareVote(state);
  }
}

async function end(state: LabState, closeControl: (() => void) | undefined): Promise<void> {
  state.ending.abort();
  await Promise.all(state.authorities.map((authority) => endAuthority(authority, 'SIGTERM')));
  closeControl?.();
}

/** Stops the lab at SIGINT and SIGTERM, then lets the signal do what it does; kills every tor at a sudden exit. */
function endWithProcess(state: LabState, stop: () => Promise<void>, ended: Promise<void>): void {
  const killAll = (): void => state.authorities.forEach(({ child }) => void child?.kill('SIGKILL'));
  const onSignal = (signal: NodeJS.Signals): void => {
    void stop().finally(() => {
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  };
  process.on('exit', killAll);
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // Once it is ending a second signal does what it would do without us.
  state.ending.signal.addEventListener('abort', () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  });
  void ended.finally(() => process.off('exit', killAll));
}

function writeFiles(state: LabState): void {
  const { plan, authorities, relays } = state;
  for (const authority of authorities) {
    const write = (name: string, text: string): void =>
      writeFileSync(join(authority.plan.directory, name), text);
    const { nickname } = authority.plan;
    write('torrc', writeTorrc(plan, authority.plan, networkSeenBy(authority, authorities), process.pid));
    write('approved-routers', writeApprovedRouters(authority.lists));
    write('router-stability', writeRouterStability(plan.seed, nickname, relays, new Date()));
    writeMeasurements(state, authority);
  }
  const { directory } = plan;
  const network = authorities.map(({ plan, identity }) => directoryAuthorityLine({ ...plan, ...identity }));
  writeFileSync(join(directory, 'torrc-authorities'), network.map((line) => `${line}\n`).join(''));
  writeFileSync(join(directory, 'authorities.json'), `${JSON.stringify(entriesOf(state), undefined, 2)}\n`);
  writeEnterScript(directory, process.pid, plan.isolated);
}

function entriesOf({
  authorities,
}: {
  readonly authorities: readonly Authority[];
}): readonly AuthorityEntry[] {
  return authorities.map(({ plan: { nickname, ipv4, dirPort, orPort, ipv6, scanner }, identity }) => ({
    nickname,
    v3ident: identity.v3ident,
    fingerprint: identity.fingerprint,
    ipv4,
    dirPort,
    orPort,
    ...(ipv6 === undefined ? {} : { ipv6 }),
    scanner,
  }));
}

function statusOf(state: LabState): LabStatus {
  const { plan, programs, authorities, relays } = state;
  const { intervalSeconds, voteDelaySeconds, distDelaySeconds } = plan.timing;
  return {
    directory: plan.directory,
    driver: process.pid,
    isolated: plan.isolated,
    torVersion: programs.version,
    votingIntervalSeconds: intervalSeconds,
    voteDelaySeconds,
    distDelaySeconds,
    nextValidAfter: roundAt(plan.timing, new Date()).validAfter.toISOString(),
    relayCount: relays.length,
    authorities: authorities.map((authority) => ({
      nickname: authority.plan.nickname,
      state: authority.state,
      ...(authority.child?.pid === undefined ? {} : { pid: authority.child.pid }),
      scanner: authority.plan.scanner ? (authority.bandwidthFrozen ? 'frozen' : 'working') : 'none',
      certificateExpires: currentCertificateExpires(authority.plan).toISOString(),
    })),
  };
}

function expectEmpty(directory: string): void {
  let names: readonly string[] = [];
  try {
    names = readdirSync(directory);
  } catch {
    return;
  }
  if (names.length > 0) throw new Error(`${directory}: expected an empty directory, found ${names[0]}`);
}

/** Whether this machine (or namespace) has that loopback address. */
function canBind(host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host, port: 0 }, () => server.close(() => resolve(true)));
  });
}

async function inTurns<T, R>(
  items: readonly T[],
  workerCount: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += workerCount) {
    results.push(...(await Promise.all(items.slice(i, i + workerCount).map(work))));
  }
  return results;
}

function pledge(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let settle: (() => void) | undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle?.() };
}
