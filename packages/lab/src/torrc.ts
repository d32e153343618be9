/** The configuration of one authority, and the lines that make all of them one network. */
import { join } from 'node:path';
import type { AuthorityPlan, LabPlan } from './plan.ts';

/** What names an authority to the others. */
export interface AuthorityIdentity {
  /** Identity of its key certificate, forty hex digits. */
  readonly v3ident: string;
  /** Its relay identity, forty hex digits. */
  readonly fingerprint: string;
}

/** Nobody listens there. */
const deadPort = 1;

/** What one authority sends to another in vain: its votes and signatures, or these and all that it asks for. */
export type CutOff = 'posts' | 'posts and fetches';

/** The DirAuthority line of one authority, as another writes it. */
export function directoryAuthorityLine(
  authority: AuthorityPlan & AuthorityIdentity,
  cutOff?: CutOff,
): string {
  const { nickname, orPort, v3ident, ipv6, ipv4, dirPort, fingerprint } = authority;
  const words = [nickname, `orport=${orPort}`, 'no-v2', `v3ident=${v3ident}`];
  if (cutOff === 'posts') words.push(`vote=http://${ipv4}:${deadPort}/`);
  // tor fetches votes where the consensus says that this fingerprint is, and only otherwise where this line says.
  const lost = cutOff === 'posts and fetches';
  const port = lost ? deadPort : dirPort;
  const named = lost ? fingerprint.split('').reverse().join('') : fingerprint;
  if (ipv6 !== undefined) words.push(`ipv6=${ipv6}`);
  return `DirAuthority ${words.join(' ')} ${ipv4}:${port} ${named.match(/.{4}/g)?.join(' ')}`;
}

/** Writes the torrc of one authority. It ends when the process `ownerPid` ends. */
export function writeTorrc(
  plan: LabPlan,
  authority: AuthorityPlan,
  network: readonly string[],
  ownerPid: number,
): string {
  const { timing, firstTiming: first = timing } = plan;
  const lines = [
    'TestingTorNetwork 1',
    `DataDirectory ${authority.directory}`,
    `Nickname ${authority.nickname}`,
    `ContactInfo ${authority.nickname} operator <tor at ${authority.nickname.toLowerCase()} dot example>`,
    `Log notice file ${join(authority.directory, 'notice.log')}`,
    'LogTimeGranularity 1',
    ...listeners(authority),
    'AuthoritativeDirectory 1',
    'V3AuthoritativeDirectory 1',
    `V3AuthVotingInterval ${timing.intervalSeconds} seconds`,
    `V3AuthVoteDelay ${timing.voteDelaySeconds} seconds`,
    `V3AuthDistDelay ${timing.distDelaySeconds} seconds`,
    'V3AuthNIntervalsValid 3',
    `TestingV3AuthInitialVotingInterval ${first.intervalSeconds} seconds`,
    `TestingV3AuthInitialVoteDelay ${first.voteDelaySeconds} seconds`,
    `TestingV3AuthInitialDistDelay ${first.distDelaySeconds} seconds`,
    ...opinions(plan, authority),
    // Nothing is ever tested over the network, and nothing is built through it.
    'AssumeReachable 1',
    'AuthDirTestReachability 0',
    '__DisablePredictedCircuits 1',
    'ExitRelay 0',
    'ExitPolicy reject *:*',
    'AuthDirRejectRequestsUnderLoad 0',
    'ShutdownWaitLength 0 seconds',
    'DisableAllSwap 0',
    `__OwningControllerProcess ${ownerPid}`,
    ...network,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function listeners(authority: AuthorityPlan): readonly string[] {
  const { ipv4, ipv6, orPort, dirPort } = authority;
  return [
    'SocksPort 0',
    `Address ${ipv4}`,
    `OutboundBindAddress ${ipv4}`,
    'OutboundBindAddress [::1]',
    `ORPort ${ipv4}:${orPort}${ipv6 === undefined ? ' IPv4Only' : ''}`,
    ...(ipv6 === undefined ? ['AddressDisableIPv6 1'] : ['Address [::1]', `ORPort ${ipv6}`]),
    `DirPort ${ipv4}:${dirPort}`,
  ];
}

function opinions(plan: LabPlan, authority: AuthorityPlan): readonly string[] {
  return [
    'VersioningAuthoritativeDirectory 1',
    `RecommendedClientVersions ${authority.clientVersions}`,
    `RecommendedServerVersions ${authority.serverVersions}`,
    `AuthDirListBadExits ${authority.listsBadExits ? 1 : 0}`,
    `AuthDirListMiddleOnly ${authority.listsMiddleOnly ? 1 : 0}`,
    `AuthDirHasIPv6Connectivity ${authority.hasIpv6Connectivity && authority.ipv6 !== undefined ? 1 : 0}`,
    'AuthDirMaxServersPerAddr 8',
    // A small network measures as the public one does: advertised bandwidth counts for nothing once most are measured.
    `MinMeasuredBWsForAuthToIgnoreAdvertised ${Math.min(500, Math.floor(plan.relayCount / 2))}`,
    ...(authority.scanner ? [`V3BandwidthsFile ${bandwidthFilePath(authority)}`] : []),
    ...(authority.params === undefined ? [] : [`ConsensusParams ${authority.params}`]),
  ];
}

/** Where an authority's scanner leaves its file. */
export function bandwidthFilePath(authority: AuthorityPlan): string {
  return join(authority.directory, 'v3bw');
}
