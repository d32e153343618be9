/**
 * Three rounds of nine real authorities through the pipeline: what it counts is counted again here by lines and maps.
 * Some copies were one round old when they were served, and in the last round one authority was down.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fingerprint } from '@conclave/netdoc';
import type { Authority } from '../../src/network/index.ts';
import { healthSchema } from '../../src/api/index.ts';
import type { Row } from '../../src/store/index.ts';
import { makeJournal, run } from '../support/journal.ts';
import type { Run } from '../support/journal.ts';
import { madeNetwork, voteDigest } from '../support/network.ts';
import { decisionsOf, slowAgreement } from '../support/slow.ts';
import type { Decisions } from '../support/slow.ts';
import { having as relaysWith, lets, slowChurn, slowDocument, weightOf } from '../support/slow-health.ts';

const archive = resolve(import.meta.dirname, '../../../../../shared/data/lab-rounds.tar.xz');
const needs = existsSync(archive) ? '' : ' (needs ../shared/data)';

/** Unpacks what the observatory would have asked for. */
async function unpack(into: string): Promise<void> {
  const wanted = ['consensus', 'vote', 'certs'].map((kind) => `lab-rounds/*/${kind}-*`);
  const options = ['--wildcards', '--strip-components=1', '-C', into];
  await promisify(execFile)('tar', ['-xJf', archive, ...options, 'lab-rounds/authorities.json', ...wanted]);
}

/** `valid-after` of a document, in seconds. */
function validAfterOf(text: string): number {
  return Date.parse(`${/^valid-after (.*)$/m.exec(text)?.[1]?.replace(' ', 'T')}Z`) / 1000;
}

/** What a consensus holds, by its lines. */
interface Recount {
  readonly decisions: Decisions;
  /** By identity: the digest of the vote. */
  readonly voters: ReadonlyMap<string, string>;
  readonly signatures: number;
}

function recount(text: string): Recount {
  const voters = new Map<string, string>();
  let identity = '';
  for (const line of text.slice(0, text.indexOf('\nr ')).split('\n')) {
    const words = line.split(' ');
    if (words[0] === 'dir-source') identity = words[2] ?? '';
    if (words[0] === 'vote-digest') voters.set(identity, words[1] ?? '');
  }
  return {
    decisions: decisionsOf(text),
    voters,
    signatures: text.match(/^directory-signature /gm)?.length ?? 0,
  };
}

const having = ({ relays }: Decisions, wanted: readonly string[], not: readonly string[] = []): number =>
  [...relays.values()].filter(
    (flags) => wanted.every((flag) => flags.has(flag)) && !not.some((flag) => flags.has(flag)),
  ).length;

describe.skipIf(needs !== '')(`three recorded rounds${needs}`, () => {
  let directory = '';
  let fed: Run;
  const consensuses = new Map<number, string>();
  const votes = new Map<string, string>();
  let authorities: readonly Authority[] = [];

  const text = (path: string): string => readFileSync(join(directory, path), 'latin1');

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'conclave-lab-'));
    await unpack(directory);
    const listed = JSON.parse(text('authorities.json')) as Record<
      string,
      { address: string; orport: number; v3ident: string; fingerprint: string }
    >;
    authorities = Object.entries(listed).map(([nickname, { address, orport, v3ident, fingerprint }]) => ({
      nickname,
      v3ident: v3ident as Fingerprint,
      fingerprint: fingerprint as Fingerprint,
      ipv4: address.split(':')[0] ?? '',
      dirPort: Number(address.split(':')[1]),
      orPort: orport,
    }));
    const names = authorities.map(({ nickname }) => nickname);
    const certificates = readFileSync(join(directory, '002/certs-moria1'));
    const network = { ...madeNetwork(1), names, set: { network: 'lab', authorities }, certificates };
    const folders = ['002', '003', '004'];
    const times = folders.map((folder) =>
      Math.max(
        ...readdirSync(join(directory, folder))
          .filter((file) => /^consensus-[a-z0-9]+$/.test(file))
          .map((file) => validAfterOf(text(`${folder}/${file}`).slice(0, 2000))),
      ),
    );
    const journal = makeJournal(network, (times[0] ?? 0) - 30);
    for (const [index, folder] of folders.entries()) {
      const published = times[index] ?? 0;
      const files = new Set(readdirSync(join(directory, folder)));
      const down = names.filter((name) => !files.has(`consensus-${name}`));
      const probes = Object.fromEntries(down.map((name) => [name, { outcome: 'refused' as const }]));
      for (let before = 3; before > 0; before -= 1) journal.cycle(published - 8 * before, { probes });
      for (const [place, { nickname, v3ident }] of authorities.entries()) {
        if (down.includes(nickname)) continue;
        const at = published + 8 + place / 10;
        const bytes = (kind: string): Buffer => readFileSync(join(directory, folder, `${kind}-${nickname}`));
        journal.got(at, nickname, { kind: 'consensus', flavor: 'ns' }, bytes('consensus'));
        journal.got(at, nickname, { kind: 'consensus', flavor: 'microdesc' }, bytes('consensus-microdesc'));
        journal.got(at, nickname, { kind: 'vote', period: 'current', of: v3ident ?? '' }, bytes('vote'));
        journal.got(at, nickname, { kind: 'certificates', of: 'all' }, bytes('certs'));
        const consensus = text(`${folder}/consensus-${nickname}`);
        consensuses.set(validAfterOf(consensus.slice(0, 2000)), consensus);
        votes.set(voteDigest(bytes('vote')), bytes('vote').toString('latin1'));
      }
      journal.cycle(published + 12, { probes });
    }
    fed = await run(journal);
  }, 60_000);

  afterAll(async () => {
    await fed.close();
    await rm(directory, { recursive: true, force: true });
  });

  const rounds = async (): Promise<Row<'rounds'>[]> =>
    (await fed.store.query('rounds', { before: 1e12, limit: 10 })).toReversed();

  test('S2.1.30 relays, guards, exits, weights, voters and signatures of each round are what its lines hold', async () => {
    const rows = await rounds();
    expect(rows.map(({ valid_after }) => valid_after)).toEqual(
      [...consensuses.keys()].toSorted((a, b) => a - b),
    );
    expect(rows).toHaveLength(4);
    for (const row of rows) {
      const { decisions, voters, signatures } = recount(consensuses.get(row.valid_after ?? 0) ?? '');
      expect(row).toMatchObject({
        relays: decisions.relays.size,
        guards: having(decisions, ['Guard']),
        exits: having(decisions, ['Exit']),
        exits_without_bad_exit: having(decisions, ['Exit'], ['BadExit']),
        guard_exits: having(decisions, ['Guard', 'Exit']),
        weight_sum: decisions.weightSum,
        votes: voters.size,
        signatures,
        valid_signatures: signatures,
        needed: 5,
        digests: 1,
        outcome: 'accepted',
      });
      const { counts } = JSON.parse(row.flags ?? '{}') as { counts: Record<string, number> };
      expect(counts).toEqual(
        Object.fromEntries(decisions.knownFlags.map((flag) => [flag, having(decisions, [flag])])),
      );
    }
    expect(rows.some(({ exits, exits_without_bad_exit }) => exits !== exits_without_bad_exit)).toBe(true);
  });

  test('S2.1.15 each vote: relays, Running and Measured are what its lines hold; six scan, three do not', async () => {
    const rows = await fed.store.query('votesSince', { since: 0 });
    expect(rows).toHaveLength(26);
    for (const row of rows) {
      const voted = decisionsOf(votes.get(row.digest ?? '') ?? '');
      const scanner = authorities.findIndex(({ v3ident }) => v3ident === row.identity) < 6;
      expect(row).toMatchObject({
        outcome: 'accepted',
        relays: voted.relays.size,
        running: having(voted, ['Running']),
        measured: voted.measured,
        scanner,
      });
      if (scanner) expect(row.bandwidth_file_time).toBeGreaterThan((row.valid_after ?? 0) - 3600);
    }
  });

  test('S2.1.6 S2.1.7 agreement of each vote and round is what a slow routine finds', async () => {
    for (const round of (await rounds()).slice(1)) {
      const { decisions, voters } = recount(consensuses.get(round.valid_after ?? 0) ?? '');
      const rows = await fed.store.query('votesOf', { valid_after: round.valid_after ?? 0 });
      expect(rows.map(({ digest }) => digest ?? '').toSorted()).toEqual([...voters.values()].toSorted());
      let sum = 0;
      for (const row of rows) {
        const slow = slowAgreement(decisions, decisionsOf(votes.get(row.digest ?? '') ?? ''));
        expect({ equal: row.equal, decisions: row.decisions }).toEqual({
          equal: slow.equal,
          decisions: slow.decisions,
        });
        expect(JSON.parse(row.per_flag ?? '[]')).toEqual(slow.perFlag);
        sum += slow.equal / slow.decisions;
      }
      expect(round.agreement).toBeCloseTo(sum / rows.length, 12);
      expect(round.agreement).toBeLessThan(1);
    }
  });

  test('S2.1.5 S2.1.14 S2.1.27 the one that is down is missing, is named, and takes nobody with it', async () => {
    const newest = (await rounds()).at(-1);
    const status = await fed.answers((newest?.valid_after ?? 0) + 20).status();
    expect(status.consensus).toMatchObject({ state: 'current', level: 'ok', digestsServed: 1 });
    expect(status.voting).toMatchObject({ voted: 8, configured: 9, needed: 5, margin: 3, level: 'warn' });
    expect(status.voting.laggards.map(({ authority }) => authority)).toEqual(['faravahar']);
    const row = status.authorities.find(({ nickname }) => nickname === 'faravahar');
    expect(row).toMatchObject({
      state: 'offline',
      agreement: { value: null, reason: 'its vote is not in the newest consensus' },
    });
    expect(Object.values(row?.vote ?? {}).map(({ value }) => value)).toEqual([false, null, false]);
    for (const { nickname, state, differences, vote } of status.authorities) {
      if (nickname === 'faravahar') continue;
      expect([state, differences]).toEqual(['online', []]);
      expect(Object.values(vote).map(({ value }) => value)).toEqual([true, true, true]);
    }
    expect(status.alerts.map(({ check, authority, severity }) => [check, authority, severity])).toEqual([
      ['authority-offline', 'faravahar', 'warning'],
      ['vote-missing', 'faravahar', 'warning'],
    ]);
  });

  test('S2.1.20 copies that are one round old are no split and no fault', async () => {
    const old = (
      await fed.store.query('servedConsensuses', { valid_after: (await rounds())[0]?.valid_after ?? 0 })
    ).map(({ authority }) => authority);
    expect(old.length).toBeGreaterThan(0);
    const checks = (await fed.store.query('alerts', { limit: 100 })).map(({ check }) => check);
    expect(checks).not.toContain('consensus-split');
    expect(checks).not.toContain('authority-lagging');
    expect(checks).not.toContain('document-refused-consensus');
  });

  test('S2.1.29 the six scanners have a spread around the median of all', async () => {
    const spreads = JSON.parse((await rounds()).at(-1)?.scanners ?? '[]') as {
      authority: string;
      relays: number;
      q1: number;
      medianRatio: number;
      q3: number;
    }[];
    expect(spreads.map(({ authority }) => authority).toSorted()).toEqual(
      authorities
        .slice(0, 6)
        .map(({ nickname }) => nickname)
        .toSorted(),
    );
    for (const { relays, q1, medianRatio, q3 } of spreads) {
      expect(relays).toBeGreaterThan(5000);
      expect(q1 > 0 && q1 <= medianRatio && medianRatio <= q3 && q3 < 10).toBe(true);
    }
  });

  test('S2.2.10 S2.2.11 S2.2.15 S2.2.20 health of each round: flags, classes, policies and rules are what its lines give', async () => {
    const rows = await rounds();
    for (const row of rows) {
      const consensus = slowDocument(consensuses.get(row.valid_after ?? 0) ?? '');
      const at = `${new Date((row.valid_after ?? 0) * 1000).toISOString().slice(0, 19)}Z`;
      const health = healthSchema.parse(
        await fed.answers((rows.at(-1)?.valid_after ?? 0) + 20).health({ at }),
      );
      for (const { flag, relays, percent } of health.flags) {
        const count = relaysWith(consensus, [flag]).length;
        const rounded = Number(((count / consensus.relays.size) * 100).toFixed(1));
        expect([flag, relays, percent]).toEqual([flag, count, rounded]);
      }
      const classes = new Map(health.classes.map((one) => [one.name, one]));
      const exits = relaysWith(consensus, ['Exit'], ['BadExit']);
      expect([classes.get('exit')?.relays, classes.get('exit')?.weight]).toEqual([
        exits.length,
        weightOf(exits),
      ]);
      const https = health.exitPolicies.ports.find(({ port }) => port === 443);
      expect(https?.relays).toBe(exits.filter(({ policy }) => lets(policy, 443)).length);
      expect(health.invariants.filter(({ holds }) => holds === false)).toEqual([]);
      expect(row.violations).toBe(0);
    }
  });

  test('S8.3 S8.5 S8.6 churn of each round against the one before; what was not held before is not compared', async () => {
    const rows = await rounds();
    const counted: number[] = [];
    for (const [index, row] of rows.entries()) {
      const before = rows[index - 1];
      const names = ['added', 'removed', 'gained', 'lost', 'moved', 'renamed', 'rekeyed'] as const;
      if (before?.fresh_until !== row.valid_after) {
        expect(names.map((name) => row[name])).toEqual(names.map(() => null));
        continue;
      }
      const [old, now] = [before, row].map((one) =>
        slowDocument(consensuses.get(one?.valid_after ?? 0) ?? ''),
      );
      if (!old || !now) throw new Error('a consensus is missing');
      const slow = slowChurn(old, now);
      expect(names.map((name) => row[name])).toEqual(names.map((name) => slow[name]));
      const [health] = await fed.store.query('health', { valid_after: row.valid_after ?? 0 });
      const withdrawals = JSON.parse(health?.withdrawals ?? '[]') as { flag: string; lost: number }[];
      expect(withdrawals.reduce((sum, { lost }) => sum + lost, 0)).toBe(slow.lost);
      counted.push(slow.lost);
    }
    expect(counted.length).toBeGreaterThan(0);
  });
});
