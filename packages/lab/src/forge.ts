/**
 * The forged-vote rig. Of N authorities only one runs, a real tor; all other keys are ours. Each round we post votes of
 * our own making to it, and it computes from them what it would compute from anybody's: a judge for every branch of the
 * computation that honest authorities do not reach. Nothing is ever published, since one signature is not enough.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endAuthority, startAuthority, type Authority } from './authority.ts';
import { descriptorDigest, writeDescriptor, type SharedKeys } from './descriptor.ts';
import { getFrom, postTo } from './dir-client.ts';
import { findTor, type TorPrograms } from './find-tor.ts';
import type { KnownRelay } from './forge-entries.ts';
import { forgePosts, type ForgedPost } from './forge-round.ts';
import { isIsolated } from './isolation.ts';
import { makeAuthorityKeys } from './keys.ts';
import { planLab, type AuthorityPlan, type LabPlan } from './plan.ts';
import { seedBytes } from './random.ts';
import type { Relay } from './relay.ts';
import { makePopulation } from './relays-of-lab.ts';
import { nextValidAfter } from './schedule.ts';
import { directoryAuthorityLine, writeTorrc, type AuthorityIdentity } from './torrc.ts';
import { uploadBodies, uploadRelays } from './upload.ts';
import type { Voter } from './vote.ts';
import { makeVoter } from './voter.ts';

/** What the rig can be told. */
export interface ForgeOptions {
  /** An empty or missing directory for the one tor. */
  readonly directory: string;
  readonly rounds: number;
  /** Number of the first round; default 1. A seed and a number make one round anew. */
  readonly first?: number;
  /** All votes follow from it, but for keys and times. */
  readonly seed: string;
  /** N, the real one included; default eight. */
  readonly authorityCount?: number;
  /** The real authority's directory port; N authorities take two each, of which two are used. Default 7000. */
  readonly portBase?: number;
  readonly isolated?: boolean;
  /** Stops after the round in progress. */
  readonly signal?: AbortSignal;
  /** Hears of each round as it is over. */
  readonly onRound?: (round: ForgedRound) => void;
  readonly log?: (line: string) => void;
}

/** One round as the real authority held and judged it. */
export interface ForgedRound {
  /** From one on: the same seed and number give the same votes. */
  readonly number: number;
  readonly validAfter: Date;
  /** N: how many authorities were configured. */
  readonly authorities: number;
  /** The votes that it computed from, in the order in which it held them. */
  readonly votes: readonly Buffer[];
  /** Whether it had just computed a shared random value of its own. */
  readonly sharedRandomFresh: boolean;
  /** What it computed, without signatures; absent when it made none, or could not read it itself. */
  readonly ns: Buffer | undefined;
  readonly microdesc: Buffer | undefined;
  readonly refused: readonly { readonly nickname: string; readonly why: string }[];
  /** What it warned of while it computed. */
  readonly warnings: readonly string[];
  /** Where the authority did not come to an end: the signal by which it died, or `hung`. It is then started anew. */
  readonly failed: string | undefined;
}

/** As short as tor allows: no consensus is ever made, so the first interval goes on. It halves delays that are too long. */
const effective = { intervalSeconds: 5, voteDelaySeconds: 1, distDelaySeconds: 1 };
const firstTiming = { intervalSeconds: 5, voteDelaySeconds: 2, distDelaySeconds: 2 };
/** tor acts on its own second, so up to one second late. */
const tickMs = 1100;
/** With a fresh value of its own another rule holds (srv-spec 4.1.2): that many rounds of it, then it begins anew. */
const freshRounds = 10;
const knownCount = 6;
const computation = /Time to compute a consensus[^]*Time to fetch any signatures/;

interface Rig {
  readonly plan: LabPlan;
  readonly programs: TorPrograms;
  readonly real: Authority;
  readonly voters: readonly Voter[];
  /** Relays that the real authority holds too, and the upload that brings them. */
  readonly relays: readonly Relay[];
  readonly bodies: readonly string[];
  readonly known: readonly KnownRelay[];
}

/** Runs so many rounds and returns what became of each. */
export async function forgeRounds(options: ForgeOptions): Promise<readonly ForgedRound[]> {
  const rig = await setUp(options);
  const { real, programs } = rig;
  const kill = (): void => void real.child?.kill('SIGKILL');
  process.on('exit', kill);
  const rounds: ForgedRound[] = [];
  try {
    await startAuthority(programs.tor, real);
    await uploadRelays(real.plan, rig.relays, rig.bodies);
    let fresh = 0;
    while (rounds.length < options.rounds && options.signal?.aborted !== true) {
      const round = await runRound(rig, options.seed, (options.first ?? 1) + rounds.length);
      rounds.push(round);
      options.onRound?.(round);
      fresh = round.sharedRandomFresh ? fresh + 1 : 0;
      if (fresh === freshRounds || round.failed !== undefined) await beginAnew(rig);
    }
  } finally {
    await endAuthority(real, 'SIGTERM');
    process.off('exit', kill);
  }
  return rounds;
}

async function setUp(options: ForgeOptions): Promise<Rig> {
  const programs = findTor();
  if (programs === undefined)
    throw new Error('tor: expected tor and tor-gencert on PATH (apt-get install tor)');
  const { authorityCount = 8, seed, portBase = 7000, isolated = isIsolated() } = options;
  const directory = resolve(options.directory);
  if (!(authorityCount >= 3))
    throw new RangeError(`authorities: expected at least 3, found ${authorityCount}`);
  const wish = { directory, authorityCount, portBase, seed, relayCount: 0, scannerCount: 0 };
  const plan = {
    ...planLab({ ...wish, votingIntervalSeconds: 10 }, { isolated, ipv6: false }),
    firstTiming,
  };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (readdirSync(directory).length > 0) throw new Error(`${directory}: expected an empty directory`);
  const { real, voters } = await makeAuthorities(plan, programs);
  const { keyCache } = plan;
  const population = { seed, keyCache, isolated, from: 0, count: knownCount, fresh: false };
  const { relays, sharedKeys } = await makePopulation(population);
  return {
    plan,
    programs,
    real,
    voters,
    relays,
    bodies: uploadBodies(relays, sharedKeys),
    known: relays.map((relay) => knownRelay(relay, sharedKeys)),
  };
}

/** The first authority is real; of the others we have the keys. */
async function makeAuthorities(
  plan: LabPlan,
  programs: TorPrograms,
): Promise<{ readonly real: Authority; readonly voters: readonly Voter[] }> {
  const [first, ...others] = plan.authorities;
  if (first === undefined) throw new RangeError('authorities: expected at least one');
  const identity = await makeAuthorityKeys(programs, first, plan.certificateMonths);
  const voters = await Promise.all(others.map((other) => makeVoter(other)));
  const network = [
    directoryAuthorityLine({ ...first, ...identity }),
    ...others.map((other, i) => directoryAuthorityLine({ ...other, ...identityOf(voters[i]) })),
  ];
  writeFileSync(join(first.directory, 'torrc'), writeTorrc(plan, first, network, process.pid));
  const none = new Set<string>();
  return {
    real: {
      plan: first,
      identity,
      state: 'down',
      child: undefined,
      lists: { reject: none, badExit: none, middleOnly: none },
      bandwidthFrozen: false,
      withholdsFrom: none,
      behind: false,
    },
    voters,
  };
}

/** It runs no relay: any fingerprint of its own will do. */
function identityOf(voter: Voter | undefined): AuthorityIdentity {
  if (voter === undefined) throw new RangeError('authorities: expected a voter for each');
  return { v3ident: voter.v3ident, fingerprint: hex(seedBytes('relay of', voter.v3ident).subarray(0, 20)) };
}

function knownRelay(relay: Relay, keys: SharedKeys): KnownRelay {
  const { nickname, published, ipv4, orPort } = relay;
  const digest = descriptorDigest(writeDescriptor(relay, keys).descriptor);
  return {
    identity: Buffer.from(relay.fingerprint, 'hex'),
    ed25519: relay.ed25519Identity.publicKey.toString('base64').replace(/=+$/, ''),
    looks: { nickname, digest, published, ipv4, orPort, dirPort: 0 },
  };
}

/** One round on tor's clock: what is late is not counted, and what was counted tor itself tells in the end. */
async function runRound(rig: Rig, seed: string, number: number): Promise<ForgedRound> {
  const { real, voters, known, plan } = rig;
  const validAfter = nextOpen(new Date());
  const posts = forgePosts({ seed, round: number, validAfter, voters, known });
  const { child } = real;
  const files = outputs(real.plan.directory);
  const log = join(real.plan.directory, 'notice.log');
  // By then the round before is over, so what is found later belongs to this one.
  await sleepUntil(validAfter.getTime() - effective.intervalSeconds * 1000 + tickMs);
  for (const path of Object.values(files)) rmSync(path, { force: true });
  const logFrom = statSync(log).size;
  const said = (): string => readFileSync(log).subarray(logFrom).toString('utf8');
  const refused = await post(real.plan, posts, true);
  await waitForOwnVote(real.plan, validAfter);
  refused.push(...(await post(real.plan, posts, false)));
  // What tor does next it does when it has computed, or has not been able to.
  const patience = validAfter.getTime() + 3 * tickMs;
  while (!computation.test(said()) && real.child !== undefined && Date.now() < patience) await sleep(20);
  const death = real.child === undefined ? (child?.signalCode ?? `exit ${child?.exitCode}`) : undefined;
  const failed = computation.test(said()) ? undefined : (death ?? 'hung');
  const votes = splitVotes(read(files.votes) ?? Buffer.alloc(0));
  const own = votes.find((vote) => vote.includes(`dir-source ${real.plan.nickname} `));
  return {
    number,
    validAfter,
    authorities: plan.authorities.length,
    votes,
    // Without a consensus the only value it can know is one that it computed.
    sharedRandomFresh: own?.includes('\nshared-rand-current-value ') === true,
    ns: read(files.ns),
    microdesc: read(files.microdesc),
    refused,
    warnings: warningsIn(said().split('Time to compute a consensus')[1] ?? ''),
    failed,
  };
}

/** The first round whose posts can still be made in time. */
function nextOpen(now: Date): Date {
  return nextValidAfter(effective, new Date(now.getTime() + (effective.intervalSeconds - 1) * 1000));
}

async function post(
  port: AuthorityPlan,
  posts: readonly ForgedPost[],
  early: boolean,
): Promise<{ readonly nickname: string; readonly why: string }[]> {
  const refused: { readonly nickname: string; readonly why: string }[] = [];
  for (const { voter, vote } of posts.filter((one) => one.early === early)) {
    const answer = await postTo(port, '/tor/post/vote', vote);
    if (answer.outcome === 'unreachable') refused.push({ nickname: voter.nickname, why: answer.why });
    else if (answer.status !== 200) refused.push({ nickname: voter.nickname, why: answer.reason });
  }
  return refused;
}

async function waitForOwnVote(port: AuthorityPlan, validAfter: Date): Promise<void> {
  const { voteDelaySeconds, distDelaySeconds } = effective;
  await sleepUntil(validAfter.getTime() - (voteDelaySeconds + distDelaySeconds) * 1000);
  while (Date.now() < validAfter.getTime() - distDelaySeconds * 1000) {
    const answer = await getFrom(port, '/tor/status-vote/next/authority');
    if (answer.outcome === 'answered' && answer.status === 200) return;
    await sleep(20);
  }
}

/** Begins a new run of the shared random protocol, without a value. */
async function beginAnew({ real, programs, relays, bodies }: Rig): Promise<void> {
  await endAuthority(real, 'SIGKILL');
  rmSync(join(real.plan.directory, 'sr-state'), { force: true });
  await startAuthority(programs.tor, real);
  await uploadRelays(real.plan, relays, bodies);
}

function outputs(directory: string): {
  readonly votes: string;
  readonly ns: string;
  readonly microdesc: string;
} {
  return {
    votes: join(directory, 'v3-status-votes'),
    ns: join(directory, 'my-consensus-ns'),
    microdesc: join(directory, 'my-consensus-microdesc'),
  };
}

function splitVotes(bytes: Buffer): readonly Buffer[] {
  const begin = 'network-status-version ';
  const starts: number[] = [];
  for (let at = bytes.indexOf(begin); at >= 0; at = bytes.indexOf(`\n${begin}`, at)) {
    if (bytes[at] === 0x0a) at += 1;
    starts.push(at);
  }
  return starts.map((start, i) => bytes.subarray(start, starts[i + 1]));
}

function warningsIn(log: string): readonly string[] {
  const said = [...log.matchAll(/\[(?:warn|err)\] (.*)$/gm)].map((match) => match[1] ?? '');
  return [...new Set(said)];
}

function read(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}

function sleepUntil(moment: number): Promise<void> {
  return sleep(Math.max(0, moment - Date.now()));
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}
