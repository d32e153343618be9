/** The file for allium: its shapes, and that what allium computes from it is what tor does. */
import { describe, expect, test } from 'vitest';
import { parseVote } from '@conclave/netdoc';
import type { Vote } from '@conclave/netdoc';
import { alliumConsensus } from '../../src/analysis/index.ts';
import type { AlliumSource } from '../../src/analysis/index.ts';
import { instead, type Edit } from '../../../netdoc/test/support/make.ts';
import { madeNetwork, noon } from '../support/network.ts';

const network = madeNetwork(5);
const [a = '', b = '', c = ''] = network.names;

interface Statement {
  readonly flags: string[];
  readonly bandwidth: number | null;
  readonly measured: number | null;
  readonly wfu: number | null;
  readonly tk: number | null;
  readonly mtbf: number | null;
  readonly ipv6_reachable?: boolean;
  readonly ipv6_address?: string;
  readonly descriptor_published: string | null;
}
interface File {
  readonly votes: Record<
    string,
    {
      readonly authority_fingerprint: string;
      readonly relays: Record<
        string,
        Statement & { readonly nickname: string; readonly ip: string; readonly or_port: number }
      >;
      readonly flag_thresholds: Record<string, number | string>;
      readonly has_bandwidth_file_headers: boolean;
      readonly consensus_methods: number[];
      readonly params: Record<string, number>;
    }
  >;
  readonly relay_index: Record<
    string,
    {
      readonly fingerprint: string;
      readonly nickname: string;
      readonly votes: Record<string, Statement>;
      readonly bandwidth_measurements: object;
    }
  >;
  readonly flag_thresholds: Record<string, Record<string, number | string>>;
  readonly bw_authorities: string[];
  readonly ipv6_testing_authorities: string[];
  readonly fetched_at: string;
  readonly consensus_method_info: Record<string, unknown>;
  readonly errors: string[];
  readonly timings: object;
}

function votesOf(
  voteEdit: (name: string) => Edit = () => (lines) => lines,
): readonly { name: string; vote: Vote }[] {
  const round = network.round({ validAfter: noon, relays: 12, voteEdit });
  return [...round.votes].map(([name, bytes]) => {
    const { document } = parseVote(bytes);
    if (!document) throw new Error('not a vote');
    return { name, vote: document };
  });
}

function fileOf(source: Partial<AlliumSource> & Pick<AlliumSource, 'votes'>): File {
  const whole = { method: 34, fetchedAt: noon * 1000 + 123, errors: [], ...source };
  return JSON.parse([...alliumConsensus(whole)].join('')) as File;
}

/** Takes Running from the relay with this name. */
const down =
  (nickname: string): Edit =>
  (lines) => {
    let at = false;
    return lines.map((line) => {
      if (line.startsWith('r ')) at = line.startsWith(`r ${nickname} `);
      return at && line.startsWith('s ') ? line.replace(' Running', '') : line;
    });
  };
const unlisted: Edit = (lines) => lines.filter((line) => !line.startsWith('a '));

describe('alliumConsensus()', () => {
  test('has the members and shapes that allium reads', () => {
    const file = fileOf({ votes: votesOf() });
    expect(Object.keys(file).sort()).toEqual([
      'bandwidth_files',
      'bw_authorities',
      'consensus_method_info',
      'errors',
      'fetched_at',
      'flag_thresholds',
      'ipv6_testing_authorities',
      'relay_index',
      'timings',
      'votes',
    ]);
    expect(file.fetched_at).toBe('2024-05-01T12:00:00+00:00');
    expect(Object.keys(file.votes)).toEqual([...network.names].sort());
    expect(file.votes[a]?.authority_fingerprint).toBe(network.member(a).identity);
    expect(Object.keys(file.votes[a]?.relays ?? {})).toHaveLength(12);
    const [fingerprint = ''] = Object.keys(file.relay_index);
    expect(fingerprint).toMatch(/^[0-9A-F]{40}$/);
    const relay = file.relay_index[fingerprint];
    expect(relay).toMatchObject({ fingerprint, bandwidth_measurements: {} });
    expect(Object.keys(relay?.votes ?? {})).toHaveLength(5);
    const one = file.votes[a]?.relays[fingerprint];
    expect(one).toMatchObject({
      nickname: relay?.nickname,
      ip: expect.stringMatching(/^198\.51\.100\./) as string,
    });
    const [, methods] = [null, file.consensus_method_info];
    expect(methods).toMatchObject({ current_method: 34, total_voters: 5, max_method_support: 5 });
    expect(file.errors).toEqual([]);
  });

  test('bandwidths are in bytes a second, and percentages are fractions', () => {
    const edit = (): Edit =>
      instead(
        'flag-thresholds',
        'flag-thresholds stable-uptime=100 fast-speed=102000 guard-wfu=98.1% enough-mtbf=1 odd=x',
      );
    const file = fileOf({ votes: votesOf(edit) });
    const relay = Object.values(file.relay_index).find(({ nickname }) => nickname === 'relay2');
    expect(relay?.votes[a]).toMatchObject({
      bandwidth: 1_014_000,
      measured: 1_014_000,
      wfu: 0.925,
      tk: 2000,
      mtbf: 200,
    });
    const silent: Edit = (lines) => lines.map((line) => line.replace(/ Measured=\d+/, ''));
    const unmeasured = fileOf({ votes: votesOf((name) => (name === a ? silent : (lines) => lines)) });
    const [first] = Object.values(unmeasured.relay_index);
    expect([first?.votes[a]?.measured, typeof first?.votes[b]?.measured]).toEqual([null, 'number']);
    expect(file.flag_thresholds[a]).toEqual({
      'stable-uptime': 100,
      'fast-speed': 102_000,
      'guard-wfu': 0.981,
      'enough-mtbf': 1,
      odd: 'x',
    });
  });

  test('defect 1: a relay that nobody calls Running is not there at all; one that two of five do counts two', () => {
    const file = fileOf({
      votes: votesOf((name) => (name === a || name === b ? (lines) => lines : down('relay3'))),
    });
    const three = Object.values(file.relay_index).find(({ nickname }) => nickname === 'relay3');
    expect(Object.keys(three?.votes ?? {}).sort()).toEqual([a, b].sort());
    const none = fileOf({ votes: votesOf(() => down('relay3')) });
    expect(Object.values(none.relay_index).some(({ nickname }) => nickname === 'relay3')).toBe(false);
    expect(Object.keys(none.votes[a]?.relays ?? {})).toHaveLength(11);
  });

  test('defect 8: who lists no IPv6 address at all does not test it', () => {
    const file = fileOf({ votes: votesOf((name) => (name === c ? unlisted : (lines) => lines)) });
    expect(file.ipv6_testing_authorities).not.toContain(c);
    expect(file.ipv6_testing_authorities).toHaveLength(4);
    const four = Object.values(file.relay_index).find(({ nickname }) => nickname === 'relay4');
    expect(four?.votes[a]).toMatchObject({ ipv6_reachable: true, ipv6_address: '[2001:db8::5]:9001' });
    expect(four?.votes[c]).not.toHaveProperty('ipv6_reachable');
  });

  test('an authority that abstains from Running is left out and named; it does not find everything down', () => {
    const abstains: Edit = (lines) =>
      lines.map((line) =>
        line.startsWith('known-flags ') || line.startsWith('s ') ? line.replace(' Running', '') : line,
      );
    const file = fileOf({ votes: votesOf((name) => (name === b ? abstains : (lines) => lines)) });
    expect(Object.keys(file.votes)).not.toContain(b);
    expect(Object.keys(file.flag_thresholds)).not.toContain(b);
    expect(file.errors).toEqual([`${b}: its vote leaves out Running, so it abstains, and is left out here`]);
    expect(file.consensus_method_info).toMatchObject({ total_voters: 5 });
  });

  test('votes that are missing are said in errors; of none at all there is still JSON', () => {
    expect(fileOf({ votes: votesOf().slice(1), errors: ['x: not held'] }).errors).toEqual(['x: not held']);
    expect(fileOf({ votes: [], method: null })).toMatchObject({
      votes: {},
      relay_index: {},
      consensus_method_info: { total_voters: 0, max_method: null },
    });
  });

  test('the same votes in another order give the same text', () => {
    const votes = votesOf();
    const text = (list: typeof votes): string =>
      [...alliumConsensus({ votes: list, method: 34, fetchedAt: 0, errors: [] })].join('');
    const sorted = (json: string): unknown => JSON.parse(json);
    expect(sorted(text(votes.toReversed()))).toEqual(sorted(text(votes)));
  });
});
