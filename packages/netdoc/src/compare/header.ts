/** What of two consensuses differs outside their relays. */
import { compareText, formatTime } from '../base/index.ts';
import type { Consensus, ConsensusSource, SharedRandomValue } from '../documents/index.ts';

/** One value of the header, an authority section or the footer; undefined where a consensus has it not. */
export interface HeaderChange {
  /**
   * The keyword, and behind it the name where a line has several values or several lines have it: `params NAME`,
   * `bandwidth-weights NAME`, `package NAME`, `dir-source NICKNAME`, `contact NICKNAME`, `vote-digest NICKNAME`.
   */
  readonly keyword: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** All values that differ, in the order of the document; named ones by name, authorities by nickname. */
export function headerChanges(before: Consensus, after: Consensus): HeaderChange[] {
  const old = headerValues(before);
  const now = headerValues(after);
  const changes: HeaderChange[] = [];
  for (const [index, [group, values]] of old.entries()) {
    const others = now[index]?.[1] ?? new Map<string, string>();
    const names = [...new Set([...values.keys(), ...others.keys()])].sort(compareText);
    for (const name of names) {
      const [a, b] = [values.get(name), others.get(name)];
      if (a !== b) changes.push({ keyword: name === '' ? group : `${group} ${name}`, before: a, after: b });
    }
  }
  return changes;
}

type Group = readonly [keyword: string, values: ReadonlyMap<string, string>];

/** Every value under its keyword and name; always the same groups in the same order. */
function headerValues(consensus: Consensus): Group[] {
  const { votingDelay, authorities } = consensus;
  return [
    one('network-status-version', consensus.flavor === 'ns' ? '3' : `3 ${consensus.flavor}`),
    one('consensus-method', consensus.consensusMethod?.toString()),
    one('valid-after', formatTime(consensus.validAfter)),
    one('fresh-until', formatTime(consensus.freshUntil)),
    one('valid-until', formatTime(consensus.validUntil)),
    one('voting-delay', `${votingDelay.voteSeconds} ${votingDelay.distSeconds}`),
    one('client-versions', consensus.clientVersions?.join(',')),
    one('server-versions', consensus.serverVersions?.join(',')),
    ['package', named(consensus.packages.map(firstWord))],
    one('known-flags', consensus.knownFlags.join(' ')),
    one('recommended-client-protocols', consensus.recommendedClientProtocols),
    one('recommended-relay-protocols', consensus.recommendedRelayProtocols),
    one('required-client-protocols', consensus.requiredClientProtocols),
    one('required-relay-protocols', consensus.requiredRelayProtocols),
    ['params', numbers(consensus.params)],
    one('shared-rand-previous-value', sharedRandom(consensus.sharedRandomPrevious)),
    one('shared-rand-current-value', sharedRandom(consensus.sharedRandomCurrent)),
    ['dir-source', named(authorities.map((source) => [source.nickname, sourceText(source)]))],
    ['contact', named(authorities.map(({ nickname, contact }) => [nickname, contact]))],
    ['vote-digest', named(authorities.map(({ nickname, voteDigest }) => [nickname, voteDigest]))],
    ['bandwidth-weights', numbers(consensus.bandwidthWeights)],
  ];
}

function one(keyword: string, value: string | undefined): Group {
  return [keyword, named([['', value]])];
}

/** Values by name; a name that occurs again is counted: `NAME #2`. */
function named(
  entries: readonly (readonly [name: string, value: string | undefined])[],
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const seen = new Map<string, number>();
  for (const [name, value] of entries) {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    if (value !== undefined) values.set(times === 1 ? name : `${name} #${times}`, value);
  }
  return values;
}

function numbers(values: ReadonlyMap<string, number> | undefined): ReadonlyMap<string, string> {
  return new Map([...(values ?? [])].map(([name, value]) => [name, String(value)]));
}

function firstWord(line: string): readonly [string, string] {
  const space = line.indexOf(' ');
  return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
}

function sharedRandom(value: SharedRandomValue | undefined): string | undefined {
  return value && `${value.reveals} ${value.value}`;
}

function sourceText({ identity, hostname, address, dirPort, orPort }: ConsensusSource): string {
  return `${identity} ${hostname} ${address} ${dirPort} ${orPort}`;
}
