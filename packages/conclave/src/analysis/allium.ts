/**
 * The votes of one round as allium keeps them: the file `collector_consensus.json` of its cache, written so that what its pages
 * compute from it is right. Three things differ from what allium would have written itself (docs/allium.md): only entries with
 * the flag Running are there, because allium takes each entry for "reachable and in the consensus"; bandwidths are in bytes a
 * second, because it compares them with thresholds that are; and it is said which authorities test IPv6.
 */
import { hasFlag, present, routerAt } from '@conclave/netdoc';
import type { RouterTable, Vote } from '@conclave/netdoc';

/** A vote with the name that its authority is known by. */
export interface NamedVote {
  readonly name: string;
  readonly vote: Vote;
}

/** What the file is made from. */
export interface AlliumSource {
  readonly votes: readonly NamedVote[];
  /** The method of the round's consensus; null where there is none. */
  readonly method: number | null;
  /** When the newest of the votes was learned, in ms. */
  readonly fetchedAt: number;
  /** What is missing, in words. */
  readonly errors: readonly string[];
}

/** How many relays are in one piece of the text. */
const piece = 500;

/** The text of the file in pieces, in an order that follows from the votes alone. */
export function* alliumConsensus(source: AlliumSource): Generator<string> {
  const [judging, abstaining] = split(source.votes);
  const running = judging.map((one) => ({ ...one, rows: runningRows(one.vote.routers) }));
  yield '{"votes":{';
  for (const [index, one] of running.entries()) {
    if (index > 0) yield ',';
    yield* voteText(one);
  }
  yield '},"relay_index":{';
  yield* indexText(running);
  const errors = [
    ...source.errors,
    ...abstaining.map(
      ({ name }) => `${name}: its vote leaves out Running, so it abstains, and is left out here`,
    ),
  ];
  const rest = {
    flag_thresholds: Object.fromEntries(judging.map(({ name, vote }) => [name, thresholdsOf(vote)])),
    bandwidth_files: {},
    bw_authorities: judging.flatMap(({ name, vote }) => (vote.bandwidthFileHeaders ? [name] : [])),
    ipv6_testing_authorities: judging.flatMap(({ name, vote }) => (testsIpv6(vote.routers) ? [name] : [])),
    fetched_at: new Date(source.fetchedAt).toISOString().replace(/\.\d+Z$/, '+00:00'),
    consensus_method_info: methodInfo(source),
    errors,
    timings: {},
  };
  yield `},${JSON.stringify(rest).slice(1)}`;
}

/**
 * An authority leaves Running out of its known flags for half an hour after it starts: it abstains. allium has no word for
 * that, and would count it as one that finds every relay down; so it is left out and named.
 */
function split(
  votes: readonly NamedVote[],
): readonly [judging: readonly NamedVote[], abstaining: readonly NamedVote[]] {
  const knows = ({ vote }: NamedVote): boolean => vote.knownFlags.includes('Running');
  const sorted = [...votes].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [sorted.filter(knows), sorted.filter((one) => !knows(one))];
}

function runningRows(table: RouterTable): readonly number[] {
  const flag = table.knownFlags.indexOf('Running');
  return Array.from({ length: table.count }, (_, router) => router).filter((router) =>
    hasFlag(table, router, flag),
  );
}

type Running = NamedVote & { readonly rows: readonly number[] };

function* voteText({ name, vote, rows }: Running): Generator<string> {
  yield `${JSON.stringify(name)}:{"authority_fingerprint":${JSON.stringify(vote.source.identity)},"relays":{`;
  for (let from = 0; from < rows.length; from += piece) {
    const part = rows.slice(from, from + piece).map((router) => {
      const relay = relayOf(vote.routers, router);
      return `${JSON.stringify(relay.fingerprint)}:${JSON.stringify(relay)}`;
    });
    yield `${from > 0 ? ',' : ''}${part.join(',')}`;
  }
  const rest = {
    flag_thresholds: thresholdsOf(vote),
    has_bandwidth_file_headers: vote.bandwidthFileHeaders !== undefined,
    consensus_methods: [...vote.consensusMethods],
    params: Object.fromEntries(vote.params ?? []),
  };
  yield `},${JSON.stringify(rest).slice(1)}`;
}

/** What a vote says of a relay, under allium's names. Absent values are null, never zero. */
function statementOf(table: RouterTable, router: number) {
  const has = table.present[router] as number;
  const one = routerAt(table, router);
  const stats = (value: number | undefined): number | null =>
    (has & present.stats) === 0 ? null : (value ?? null);
  const bytes = (kilobytes: number | undefined): number | null =>
    kilobytes === undefined ? null : kilobytes * 1000;
  return {
    flags: one?.flags ?? [],
    bandwidth: bytes(one?.bandwidth),
    measured: bytes(one?.measured),
    wfu: stats(table.wfu[router]),
    tk: stats(table.tk[router]),
    mtbf: stats(table.mtbf[router]),
    ...(one?.ipv6 === undefined ? {} : { ipv6_reachable: true, ipv6_address: one.ipv6 }),
    descriptor_published: one?.published ?? null,
  };
}

function relayOf(table: RouterTable, router: number) {
  const one = routerAt(table, router);
  return {
    nickname: one?.nickname ?? '',
    fingerprint: one?.fingerprint ?? '',
    ip: one?.address ?? '',
    or_port: one?.orPort ?? 0,
    dir_port: one?.dirPort ?? 0,
    ...statementOf(table, router),
  };
}

/** Relay by relay, in order of fingerprint: what each authority that calls it Running says of it. */
function* indexText(votes: readonly Running[]): Generator<string> {
  const places = new Map<string, [vote: number, router: number][]>();
  for (const [index, { vote, rows }] of votes.entries()) {
    for (const router of rows) {
      const fingerprint = routerAt(vote.routers, router)?.fingerprint ?? '';
      const list = places.get(fingerprint);
      if (list) list.push([index, router]);
      else places.set(fingerprint, [[index, router]]);
    }
  }
  const fingerprints = [...places.keys()].sort();
  for (let from = 0; from < fingerprints.length; from += piece) {
    const part = fingerprints.slice(from, from + piece).map((fingerprint) => {
      const said = (places.get(fingerprint) ?? []).flatMap(([index, router]) => {
        const one = votes[index];
        return one ? [{ name: one.name, table: one.vote.routers, router }] : [];
      });
      const [first] = said;
      const relay = {
        fingerprint,
        nickname: first ? (routerAt(first.table, first.router)?.nickname ?? '') : '',
        votes: Object.fromEntries(said.map(({ name, table, router }) => [name, statementOf(table, router)])),
        // allium would count one authority's bandwidth file a second time; its Measured is in the vote already.
        bandwidth_measurements: {},
      };
      return `${JSON.stringify(fingerprint)}:${JSON.stringify(relay)}`;
    });
    yield `${from > 0 ? ',' : ''}${part.join(',')}`;
  }
}

/** Numbers; a percentage is a fraction. What is no number stays as written. */
function thresholdsOf({ flagThresholds }: Vote): Record<string, number | string> {
  return Object.fromEntries(
    [...(flagThresholds ?? [])].map(([key, text]) => {
      const percent = text.endsWith('%');
      const number = Number(percent ? text.slice(0, -1) : text);
      if (text.trim() === '' || !Number.isFinite(number)) return [key, text];
      // Divided as a decimal: 98.1 % is 0.981 and not 0.9809999999999999.
      return [key, percent ? Number((number / 100).toPrecision(12)) : number];
    }),
  );
}

/** An authority that tests IPv6 lists the address of a relay only when it could reach it; one that does not lists none. */
function testsIpv6(table: RouterTable): boolean {
  return table.ipv6Port.some((port) => port !== 0);
}

function methodInfo({ votes, method }: AlliumSource): Record<string, unknown> {
  const counts = new Map<number, number>();
  const params: Record<string, Record<string, number>> = {};
  for (const { name, vote } of votes) {
    for (const one of new Set(vote.consensusMethods)) counts.set(one, (counts.get(one) ?? 0) + 1);
    for (const key of ['use-family-ids', 'use-family-lists']) {
      const value = vote.params?.get(key);
      if (value !== undefined) params[key] = { ...params[key], [name]: value };
    }
  }
  const highest = counts.size === 0 ? null : Math.max(...counts.keys());
  return {
    current_method: method,
    max_method: highest,
    max_method_support: highest === null ? 0 : (counts.get(highest) ?? 0),
    total_voters: votes.length,
    per_authority: Object.fromEntries(
      votes.map(({ name, vote }) => [name, [...vote.consensusMethods].sort((a, b) => a - b)]),
    ),
    method_support_counts: Object.fromEntries(counts),
    family_params_votes: params,
  };
}
