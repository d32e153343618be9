/**
 * One real network, started once: the tests follow one another on its clock. It runs without a namespace, so everything
 * is bound to loopback addresses.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyDiff, digestAsSigned, makeDiff, parseConsensusDiff } from '@conclave/netdoc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findTor, sendToLab, startLab, type AuthorityEntry, type Lab } from '../src/index.ts';

const tor = findTor();
const needs = tor === undefined ? ' (needs tor: apt-get install tor)' : '';
const relayCount = 40;

describe.skipIf(tor === undefined)(`startLab()${needs}`, { timeout: 60_000 }, () => {
  let directory: string;
  let lab: Lab;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lab-'));
    lab = await startLab({
      directory: join(directory, 'net'),
      authorityCount: 4,
      relayCount,
      votingIntervalSeconds: 10,
      voteDelaySeconds: 2,
      distDelaySeconds: 2,
      // Below 32,768, from where on the kernel gives ports to whoever connects.
      portBase: 17_000 + (process.pid % 900) * 8,
      isolated: false,
    });
  }, 60_000);

  afterAll(async () => {
    await lab.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 20_000);

  test('brings every relay to every authority that accepts it', async () => {
    for (const authority of lab.authorities) {
      const held = (await get(authority, '/tor/server/all')).match(/^router /gm)?.length ?? 0;
      expect(held).toBeGreaterThanOrEqual(relayCount - 1);
    }
  });

  test('keeps extra-info documents that match their descriptors', async () => {
    const [first] = lab.authorities;
    if (first === undefined) throw new Error('expected an authority');
    const extra = await get(first, '/tor/extra/all');
    expect(extra.match(/^extra-info /gm)?.length ?? 0).toBeGreaterThanOrEqual(relayCount - 1);
  });

  test('reaches a consensus with all relays and authorities', async () => {
    const consensus = await lab.waitForConsensus({ relayCount: relayCount + 4, timeoutMs: 45_000 });
    expect(consensus.relayCount).toBe(relayCount + 4);
    expect(consensus.signatureCount).toBeGreaterThanOrEqual(3);
    for (const flag of ['Guard', 'Stable', 'Exit', 'Fast', 'HSDir', 'V2Dir', 'Running', 'Valid', 'BadExit']) {
      expect(consensus.text).toMatch(new RegExp(`^s .*\\b${flag}\\b`, 'm'));
    }
  });

  test('goes on without a hung authority and without a lost vote', async () => {
    const [, , lost, hung] = lab.authorities.map(({ nickname }) => nickname);
    if (lost === undefined || hung === undefined) throw new Error('expected four authorities');
    const round = await lab.dropVote(lost);
    const without = await lab.waitForConsensus({ validAfter: round.validAfter });
    expect(without.validAfter).toEqual(round.validAfter);
    expect(votersOf(without.text)).not.toContain(lost);
    expect(votersOf(without.text)).toHaveLength(3);

    await lab.hang(hung);
    expect(lab.status().authorities.find(({ nickname }) => nickname === hung)?.state).toBe('hung');
    const next = await lab.waitForConsensus({ validAfter: new Date(without.validAfter.getTime() + 10_000) });
    expect(votersOf(next.text)).not.toContain(hung);
    expect(votersOf(next.text)).toContain(lost);
  });

  test.each(['consensus', 'consensus-microdesc'])(
    'serves diffs of the %s as makeDiff() makes them',
    async (name) => {
      const [first] = lab.authorities;
      if (first === undefined) throw new Error('expected an authority');
      const path = `/tor/status-vote/current/${name}`;
      const older = Buffer.from(await get(first, path), 'latin1');
      const text = older.toString('latin1');
      const validAfter = Date.parse(`${/^valid-after (.*)$/m.exec(text)?.[1] ?? ''}Z`);
      await lab.waitForConsensus({ validAfter: new Date(validAfter + 10_000) });
      // It is made in the background, and gone when the next consensus is there: asked for until both fit together.
      for (let attempt = 0; ; attempt += 1) {
        const diff = Buffer.from(await get(first, `${path}/diff/${digestAsSigned(older)}`), 'latin1');
        const newer = Buffer.from(await get(first, path), 'latin1');
        const served = parseConsensusDiff(diff).document;
        const made = makeDiff(older, newer);
        if (
          served !== undefined &&
          made.ok &&
          served.toDigest === parseConsensusDiff(made.diff).document?.toDigest
        ) {
          expect(served.commands.length).toBeGreaterThan(1);
          expect(Buffer.from(made.diff).toString('latin1')).toBe(diff.toString('latin1'));
          expect(applyDiff(older, diff)).toEqual({ ok: true, target: new Uint8Array(newer) });
          break;
        }
        if (attempt === 60) expect(diff.toString('latin1', 0, 200)).toBe('a diff to the current consensus');
        await sleep(250);
      }
    },
  );

  test('lets relays tell each authority something else, and one authority not hear of a vote', async () => {
    const [from, kept] = lab.authorities;
    if (from === undefined || kept === undefined) throw new Error('expected four authorities');
    await lab.resume(lab.authorities[3]?.nickname ?? '');
    await lab.tearRelays(5);
    await lab.withholdVote(from.nickname, [kept.nickname]);
    // The next round may have begun already.
    const round = lab.roundAt(new Date(lab.roundAt().validAfter.getTime() + 1));
    await sleep(round.computeAt.getTime() + 1500 - Date.now());
    const pending = await Promise.all(
      lab.authorities.map((authority) => get(authority, '/tor/status-vote/next/consensus')),
    );
    expect(votersOf(pending[0] ?? '')).toContain(from.nickname);
    expect(votersOf(pending[1] ?? '')).not.toContain(from.nickname);
    await lab.waitForConsensus({ validAfter: round.validAfter });
    const votes = await Promise.all(
      lab.authorities.slice(0, 3).map((authority) => get(authority, '/tor/status-vote/current/authority')),
    );
    const torn = lab.relays().slice(0, 5);
    for (const { nickname, fingerprint } of torn) {
      const identity = Buffer.from(fingerprint, 'hex').toString('base64').replace('=', '');
      const digests = votes.flatMap(
        (vote) => new RegExp(`^r \\S+ ${identity.replaceAll('+', '\\+')} (\\S+)`, 'm').exec(vote)?.[1] ?? [],
      );
      expect(digests.length, nickname).toBeGreaterThan(1);
      expect(new Set(digests).size, nickname).toBe(digests.length);
    }
    await lab.mendRelays();
    await lab.deliverVote(from.nickname);
  });

  test('refuses to disturb what is not there', async () => {
    const [first] = lab.authorities.map(({ nickname }) => nickname);
    if (first === undefined) throw new Error('expected an authority');
    await expect(lab.withholdVote(first, ['nobody'])).rejects.toThrow('found "nobody"');
    await expect(lab.equivocate(first, [first])).rejects.toThrow(`other than ${first}`);
    await expect(lab.tearRelays(relayCount + 1)).rejects.toThrow(`1 to ${relayCount}`);
  });

  test('answers on its control socket', async () => {
    const status = await sendToLab(lab.directory, { status: true });
    expect(status).toMatchObject({ ok: true, status: { relayCount, isolated: false } });
    const unknown = await sendToLab(lab.directory, { fault: 'hang', authority: 'nobody' });
    expect(unknown).toMatchObject({ ok: false, error: expect.stringContaining('found "nobody"') });
  });

  test('lists its authorities in authorities.json', () => {
    const listed: unknown = JSON.parse(readFileSync(join(lab.directory, 'authorities.json'), 'utf8'));
    expect(listed).toEqual(lab.authorities);
    expect(execFileSync(join(lab.directory, 'enter'), ['echo', 'here'], { encoding: 'utf8' })).toBe('here\n');
  });

  test('leaves no tor behind when it stops', async () => {
    const pids = lab.status().authorities.flatMap(({ pid }) => pid ?? []);
    expect(pids).toHaveLength(4);
    expect(await sendToLab(lab.directory, { stop: true })).toMatchObject({ ok: true });
    await lab.ended;
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(join(lab.directory, 'control'))).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function votersOf(consensus: string): readonly string[] {
  return [...consensus.matchAll(/^dir-source (\S+)/gm)].map((match) => match[1] ?? '');
}

function get({ ipv4, dirPort }: AuthorityEntry, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const question = request({ host: ipv4, port: dirPort, path, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('latin1');
      answer.on('data', (part: string) => (text += part));
      answer.once('end', () => resolve(text));
    });
    question.once('error', reject);
    question.end();
  });
}
