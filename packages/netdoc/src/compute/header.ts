/** The header of a consensus, line by line (dir-spec 3.8). Texts have one character for each byte. */
import { formatTime } from '../base/index.ts';
import type { UnixSeconds } from '../base/index.ts';
import type { Flavor } from '../documents/index.ts';
import { protocolLines } from './ballot.ts';
import type { Ballot } from './ballot.ts';
import { byteText } from './byte-text.ts';
import { lowMedianOf } from './frequent.ts';
import { packageLines, votePackages } from './packages.ts';
import { recommendedThreshold, requiredThreshold, voteProtocols } from './protocols.ts';
import type { Round } from './round.ts';
import { voteSharedRandom } from './shared-random-lines.ts';
import type { Agreement } from './shared-random-lines.ts';
import type { Tie } from './types.ts';
import { voteVersions } from './versions.ts';

/** A line without its line feed. */
export interface HeaderLine {
  readonly keyword: string;
  readonly text: string;
}

/** The lines up to the authority sections, and where only the order of votes decided. */
export interface Header {
  readonly lines: readonly HeaderLine[];
  readonly ties: readonly Tie[];
}

/**
 * The votes in the order in which this flavour sees them: tor makes the ns flavour first, with the votes as they arrived,
 * and has them sorted by identity ever after.
 */
export function seenBy(round: Round, flavor: Flavor): readonly Ballot[] {
  return flavor === 'ns' ? round.arrived : round.ballots;
}

/** Computes the header of a flavour. */
export function computeHeader(round: Round, flavor: Flavor): Header {
  const line = (keyword: string, text: string): HeaderLine => ({ keyword, text: `${keyword} ${text}` });
  const votes = round.ballots.map(({ vote }) => vote);
  const time = (keyword: string, times: readonly number[]): HeaderLine =>
    line(keyword, formatTime(lowMedianOf(times) as UnixSeconds));
  const versions = computeVersions(round, flavor);
  const random = computeSharedRandomLines(round, flavor);
  const params = [...round.params].map(([name, value]) => `${name}=${value}`).join(' ');
  const lines = [
    line('network-status-version', flavor === 'ns' ? '3' : '3 microdesc'),
    line('vote-status', 'consensus'),
    line('consensus-method', String(round.rules.method)),
    time(
      'valid-after',
      votes.map(({ validAfter }) => validAfter),
    ),
    time(
      'fresh-until',
      votes.map(({ freshUntil }) => freshUntil),
    ),
    time(
      'valid-until',
      votes.map(({ validUntil }) => validUntil),
    ),
    line('voting-delay', votingDelay(round)),
    ...versions.lines,
    ...packagesOf(round),
    line('known-flags', round.flags.names.join(' ')),
    ...protocolLines.map(({ keyword }) => line(keyword, protocolsOf(round, keyword))),
    ...(params === '' ? [] : [line('params', params)]),
    ...random.lines,
  ];
  return { lines, ties: [...versions.ties, ...random.ties] };
}

function votingDelay({ ballots }: Round): string {
  const delays = ballots.map(({ vote }) => vote.votingDelay);
  const vote = lowMedianOf(delays.map(({ voteSeconds }) => voteSeconds));
  const dist = lowMedianOf(delays.map(({ distSeconds }) => distSeconds));
  return `${vote} ${dist}`;
}

/** `client-versions` and `server-versions`: always there, even empty. */
function computeVersions(round: Round, flavor: Flavor): Header {
  const voted = (['client-versions', 'server-versions'] as const).map((keyword) => {
    const field = keyword === 'client-versions' ? 'clientVersions' : 'serverVersions';
    const lists = seenBy(round, flavor).flatMap(({ header }) => (header[field] ? [header[field]] : []));
    return { keyword, ...voteVersions(lists) };
  });
  return {
    lines: voted.map(({ keyword, text }) => ({ keyword, text: `${keyword} ${text}` })),
    ties: voted.flatMap(({ keyword, ties }) =>
      ties.length === 0 ? [] : [{ subject: keyword, values: ties }],
    ),
  };
}

function packagesOf({ rules, ballots }: Round): readonly HeaderLine[] {
  if (!rules.packages) return [];
  const voted = votePackages(ballots.map(({ header }) => header.packages));
  return packageLines(voted).map((text) => ({ keyword: 'package', text }));
}

/** One of the four protocol lines. */
function protocolsOf({ ballots, options }: Round, keyword: string): string {
  const row = protocolLines.find((line) => line.keyword === keyword);
  const lists = ballots.flatMap(({ vote }) => {
    const list = row && vote[row.field];
    return list === undefined ? [] : [byteText(list)];
  });
  const threshold = keyword.startsWith('required')
    ? requiredThreshold(options.authorities)
    : recommendedThreshold(options.authorities);
  return voteProtocols(lists, threshold);
}

/** How many votes must agree on a shared random value (srv-spec 4.1.3). */
export function agreementOf({ options, params, half }: Round): Agreement {
  const twoThirds = Math.trunc((options.authorities * 2) / 3);
  return {
    majority: half + 1,
    fresh:
      options.sharedRandomFresh === true ? (params.get('AuthDirNumSRVAgreements') ?? twoThirds) : undefined,
  };
}

function computeSharedRandomLines(round: Round, flavor: Flavor): Header {
  if (round.options.sharedRandomness === false) return { lines: [], ties: [] };
  const lines: HeaderLine[] = [];
  const ties: Tie[] = [];
  for (const which of ['previous', 'current'] as const) {
    const votes = seenBy(round, flavor).map(({ vote }) => vote);
    const voted = voteSharedRandom(votes, which, agreementOf(round));
    const keyword = `shared-rand-${which}-value`;
    if (voted.kept) lines.push({ keyword, text: `${keyword} ${voted.text}` });
    if (voted.ties.length > 0) ties.push({ subject: keyword, values: voted.ties });
  }
  return { lines, ties };
}
