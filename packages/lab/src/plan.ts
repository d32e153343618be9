/**
 * Who the authorities of a lab are and how their opinions differ: the options that startLab() takes, and the plan that
 * it makes of them. Nothing here touches the disk or a process.
 */
import { join } from 'node:path';
import { checkTiming, type VotingTiming } from './schedule.ts';

/** What a lab can be told. Everything but the directory has a default. */
export interface LabOptions {
  /** An empty or missing directory; everything the lab writes is inside. */
  readonly directory: string;
  /** How many authorities; default the number of nicknames, or nine. */
  readonly authorityCount?: number;
  /** Their nicknames; beyond the given ones come `auth10`, `auth11` … */
  readonly nicknames?: readonly string[];
  /** How many synthetic relays; default 60. */
  readonly relayCount?: number;
  /** Seconds from one consensus to the next, a divisor of 1800; default 20. */
  readonly votingIntervalSeconds?: number;
  /** Default 4, or a fifth of the interval if that is less. */
  readonly voteDelaySeconds?: number;
  /** Default as voteDelaySeconds. */
  readonly distDelaySeconds?: number;
  /** How many of the first authorities run a bandwidth scanner; default two thirds, rounded up. */
  readonly scannerCount?: number;
  /** All synthetic choices derive from it; default `conclave`. */
  readonly seed?: string;
  /** Lifetime of the key certificates; default twelve. */
  readonly certificateMonths?: number;
  /** The first authority's directory port; each takes two. Default 7000. */
  readonly portBase?: number;
  /** A file that keeps RSA keys of relays from lab to lab; default inside the directory. */
  readonly keyCache?: string;
  /** Relays get public-looking addresses only in a network namespace of their own; default isIsolated(). */
  readonly isolated?: boolean;
  /** Hears one line per event. */
  readonly log?: (line: string) => void;
}

/** One authority as planned: where it listens and what it thinks. */
export interface AuthorityPlan {
  readonly nickname: string;
  readonly directory: string;
  readonly ipv4: string;
  readonly dirPort: number;
  readonly orPort: number;
  /** `[::1]:port`, where it also listens on IPv6. */
  readonly ipv6?: string;
  readonly scanner: boolean;
  readonly listsBadExits: boolean;
  readonly listsMiddleOnly: boolean;
  readonly hasIpv6Connectivity: boolean;
  /** Rejects a few relays that the others accept. */
  readonly strict: boolean;
  /** Votes for consensus parameters, and which. */
  readonly params?: string;
  readonly clientVersions: string;
  readonly serverVersions: string;
}

/** The whole plan. */
export interface LabPlan {
  readonly directory: string;
  readonly authorities: readonly AuthorityPlan[];
  readonly relayCount: number;
  readonly timing: VotingTiming;
  /** Until there is a consensus tor goes by this; default as `timing`. */
  readonly firstTiming?: VotingTiming;
  readonly seed: string;
  readonly certificateMonths: number;
  readonly keyCache: string;
  readonly isolated: boolean;
}

/** The nicknames of the public network's authorities, so that recordings look familiar. */
export const publicNicknames: readonly string[] =
  'moria1 tor26 dizum gabelmoo dannenberg maatuska longclaw bastet faravahar'.split(' ');

const versions = {
  client: '0.4.8.21,0.4.9.8,0.4.9.10,0.4.9.11',
  server: '0.4.8.18,0.4.8.21,0.4.9.8,0.4.9.10,0.4.9.11',
};
const otherVersions = { client: '0.4.9.10,0.4.9.11', server: '0.4.8.21,0.4.9.10,0.4.9.11' };
const params =
  'CircuitPriorityHalflifeMsec=30000 KISTSchedRunInterval=10 NumEntryGuards=1 NumDirectoryGuards=3 bwauthpid=1';

/** Makes the plan, or throws a RangeError that names the option at fault. `ipv6` says whether ::1 can be bound. */
export function planLab(
  options: LabOptions,
  environment: { readonly isolated: boolean; readonly ipv6: boolean },
): LabPlan {
  const { nicknames = publicNicknames, relayCount = 60, votingIntervalSeconds = 20 } = options;
  const count = options.authorityCount ?? nicknames.length;
  if (!Number.isInteger(count) || count < 1 || count > 200) {
    throw new RangeError(`authorities: expected 1 to 200, found ${count}`);
  }
  if (!Number.isInteger(relayCount) || relayCount < 0) {
    throw new RangeError(`relays: expected a whole number, found ${relayCount}`);
  }
  const voteDelaySeconds =
    options.voteDelaySeconds ?? Math.max(2, Math.min(4, Math.floor(votingIntervalSeconds / 5)));
  const timing = {
    intervalSeconds: votingIntervalSeconds,
    voteDelaySeconds,
    distDelaySeconds: options.distDelaySeconds ?? voteDelaySeconds,
  };
  checkTiming(timing);
  const names = Array.from({ length: count }, (_, i) => nicknames[i] ?? `auth${i + 1}`);
  checkNicknames(names);
  const scannerCount = options.scannerCount ?? Math.ceil((count * 2) / 3);
  const { portBase = 7000 } = options;
  if (portBase < 1 || portBase + 2 * count > 65_536)
    throw new RangeError(`ports: expected room above ${portBase}`);
  return {
    directory: options.directory,
    authorities: names.map((nickname, i) =>
      planAuthority(options.directory, {
        nickname,
        i,
        portBase,
        scanner: i < scannerCount,
        ipv6: environment.ipv6,
      }),
    ),
    relayCount,
    timing,
    seed: options.seed ?? 'conclave',
    certificateMonths: options.certificateMonths ?? 12,
    keyCache: options.keyCache ?? join(options.directory, 'relay-keys'),
    isolated: environment.isolated,
  };
}

interface Place {
  readonly nickname: string;
  readonly i: number;
  readonly portBase: number;
  readonly scanner: boolean;
  readonly ipv6: boolean;
}

/** Opinions go by the place in the list of nine, so that they divide the nine about as the public ones are divided. */
function planAuthority(directory: string, { nickname, i, portBase, scanner, ipv6 }: Place): AuthorityPlan {
  const place = i % 9;
  const orPort = portBase + 2 * i + 1;
  const own = place === 6 ? otherVersions : versions;
  return {
    nickname,
    directory: join(directory, nickname),
    ipv4: `127.0.0.${11 + i}`,
    dirPort: portBase + 2 * i,
    orPort,
    ...(ipv6 && place % 2 === 0 ? { ipv6: `[::1]:${orPort}` } : {}),
    scanner,
    listsBadExits: [0, 1, 3, 6].includes(place),
    listsMiddleOnly: [0, 1, 3, 5, 7].includes(place),
    hasIpv6Connectivity: place !== 2 && place !== 7,
    strict: place === 4 || place === 8,
    ...(place % 3 === 2
      ? {}
      : { params: place === 3 ? params.replace('bwauthpid=1', 'bwauthpid=0') : params }),
    clientVersions: own.client,
    serverVersions: own.server,
  };
}

function checkNicknames(names: readonly string[]): void {
  if (new Set(names).size !== names.length) throw new RangeError('nicknames: expected no two alike');
  for (const name of names) {
    if (!/^[A-Za-z0-9]{1,19}$/.test(name)) {
      throw new RangeError(`nickname: expected 1 to 19 letters and digits, found "${name}"`);
    }
  }
}
