/**
 * The whole way, on a real network: nine tor authorities on this machine, the built observatory beside them, and its
 * pages in a real browser. One network is started once; the steps follow one another on its clock. Everything runs in
 * the lab's network namespace, where there is nothing but loopback.
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTor } from '@conclave/lab';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  Alerts,
  Documents,
  NextRound,
  RoundPage,
  Rounds,
  Status,
} from '../../packages/conclave/src/api/index.ts';
import {
  findChromium,
  launchChromium,
  needsChromium,
} from '../../packages/conclave/test/support/chromium.ts';
import { conclaveScript, family, type Ran, type Running, until } from '../support/processes.ts';
import {
  asVotes,
  contents,
  count,
  journalOf,
  ms,
  provedIn,
  readPage,
  shownBy,
  wholeLines,
  wholeSince,
} from '../support/watched.ts';
import { capacitiesBothWays } from '../support/described.ts';
import { openWindow, type Window } from '../support/window.ts';

const needsTor = findTor() === undefined ? ' (needs tor: apt-get install tor)' : '';
const nicknames = 'moria1 tor26 dizum gabelmoo dannenberg maatuska longclaw bastet faravahar'.split(' ');
const intervalSeconds = 20;
/** A change reaches an open browser so soon after it was learned. */
const shownWithinMs = 5_000;
/** Three probes at two seconds, the tick after them, and the command's own start. */
const offlineWithinMs = 15_000;

describe.skipIf(needsTor !== '')(
  `an observatory of nine authorities${needsTor}`,
  { timeout: 120_000 },
  () => {
    const directory = needsTor === '' ? mkdtempSync(join(tmpdir(), 'conclave-e2e-')) : '';
    const labDirectory = join(directory, 'lab');
    const data = join(directory, 'data');
    const enter = join(labDirectory, 'enter');
    const authorities = join(labDirectory, 'authorities.json');
    const relatives = family();
    let lab: Running;
    let observatory: Running;
    let window: Window;
    let url = '';
    let browser: Browser | undefined;
    let page: Page | undefined;
    let broken = false;
    /** When the observatory was there. */
    let began = 0;

    beforeEach(({ skip }) => skip(broken, 'an earlier step failed'));
    afterEach(({ task }) => {
      broken ||= task.result?.state === 'fail';
    });
    afterAll(async () => {
      await browser?.close().catch(() => undefined);
      if (broken) process.stdout.write(`the observatory said:\n${observatory?.said() ?? ''}\n`);
      relatives.clear();
      rmSync(directory, { recursive: true, force: true });
    });

    const conclave = (...argv: string[]): Promise<Ran> =>
      relatives.run(process.execPath, [conclaveScript, ...argv]);
    const fault = async (...argv: string[]): Promise<string> => {
      const { code, out, err } = await conclave('lab', 'fault', ...argv, '--directory', labDirectory);
      expect(`${code} ${out}${err}`).toMatch(/^0 /);
      return out;
    };
    const status = (): Promise<Status> => window.json<Status>(`${url}/api/v1/status`);
    const alerts = (): Promise<Alerts> => window.json<Alerts>(`${url}/api/v1/alerts`);
    const rounds = (): Promise<Rounds> => window.json<Rounds>(`${url}/api/v1/rounds`);
    const roundOf = (validAfter = ''): Promise<RoundPage> =>
      window.json<RoundPage>(`${url}/api/v1/rounds/${validAfter}`);
    const next = (): Promise<NextRound> => window.json<NextRound>(`${url}/api/v1/next`);
    /** A round when it is published, signed by so many and recomputed. */
    const published = async (validAfter: string, signers: number): Promise<RoundPage> => {
      const ask = (): Promise<RoundPage | undefined> => roundOf(validAfter).catch(() => undefined);
      const isDone = (page?: RoundPage): boolean =>
        page !== undefined &&
        page.proof.ns !== null &&
        page.proof.microdesc !== null &&
        page.consensuses.every(({ valid }) => valid === signers);
      const { answer } = await until(`round ${validAfter}`, ask, isDone, { withinMs: 60_000 });
      return answer as RoundPage;
    };
    const say = (line: string): void => void process.stdout.write(`  ${line}\n`);
    const watch = async (listen: string): Promise<void> => {
      const settings = { authorities, data, listen, vantage: 'test' };
      const argv = ['run', ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value])];
      observatory = relatives.start(enter, [process.execPath, conclaveScript, ...argv]);
      const [, address = ''] = await observatory.says(/look at (http:\/\/127\.0\.0\.1:\d+)\//, 15_000);
      url = address;
    };
    const raw = async (sha256: string): Promise<Buffer> => {
      const { status: code, bytes } = await window.get(`${url}/documents/${sha256}/raw`);
      expect(code).toBe(200);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      return bytes;
    };

    test('the network comes up and agrees', async () => {
      const argv = [
        'lab',
        'up',
        '--directory',
        labDirectory,
        '--relays',
        '40',
        '--interval',
        String(intervalSeconds),
      ];
      lab = relatives.start(process.execPath, [conclaveScript, ...argv]);
      // On a machine that is slow the first consensus may list few relays; the following ones list all.
      await lab.says(/The first consensus lists \d+ relays/, 240_000);
      window = openWindow(relatives, [enter]);
    }, 250_000);

    test('the observatory starts', async () => {
      await watch('127.0.0.1:0');
      began = Date.now();
      await until('its name for this place', status, ({ observing }) => observing.vantage === 'test', {
        withinMs: 5_000,
      });
      expect((await window.get('http://192.0.2.1/')).status).toBe(0);
    });

    test.skipIf(needsChromium !== '')(`a browser opens the page${needsChromium}`, async () => {
      const program = join(directory, 'chromium-inside');
      writeFileSync(program, `#!/bin/sh\nexec '${enter}' '${findChromium()}' "$@"\n`);
      chmodSync(program, 0o755);
      browser = await launchChromium({ program, env: relatives.environment });
      page = await browser.newPage();
      await page.goto(`${url}/`);
      await page.locator('#live.live').waitFor();
      await page.evaluate(() => {
        const lags: number[] = [];
        const lag = document.getElementById('lag');
        if (lag === null) throw new Error('expected a place for the lag');
        Object.assign(globalThis, { lags });
        const note = (): void => {
          const text = /^shown ([\d,]+)\sms after it was learned$/.exec(lag.textContent);
          if (text) lags.push(Number((text[1] ?? '').replaceAll(',', '')));
        };
        new MutationObserver(note).observe(lag, { childList: true, characterData: true, subtree: true });
      });
    });

    test('it sees at least three whole rounds', async () => {
      const isWhole = ({ consensus, voting, agreement, quality, authorities: rows }: Status): boolean =>
        (quality?.relays ?? 0) > 40 &&
        consensus.state === 'current' &&
        voting.voted === 9 &&
        consensus.signatures?.valid === 9 &&
        agreement.voters === 9 &&
        consensus.microdescSha256 !== null &&
        rows.every(
          ({ vote, state }) =>
            vote.retrievable.value === true && vote.signed.value === true && state === 'online',
        );
      const whole = ({ rounds: rows }: Rounds): Rounds['rounds'] =>
        rows.filter(({ votes, signatures }) => votes === 9 && signatures === 9);
      const { answer } = await until('three rounds', rounds, (seen) => whole(seen).length >= 3, {
        withinMs: 110_000,
      });
      expect(whole(answer).length).toBeGreaterThanOrEqual(3);
      const { answer: now } = await until('a whole round', status, isWhole, {
        withinMs: 2 * intervalSeconds * 1000,
      });
      expect(now.voting).toMatchObject({ voted: 9, configured: 9, needed: 5, margin: 4 });
      expect(now.consensus).toMatchObject({
        state: 'current',
        signatures: { valid: 9, present: 9, needed: 5 },
      });
      expect(now.consensus.digestsServed).toBe(1);
      expect(now.agreement.mean.value).toBeGreaterThan(0.9);
      expect(now.agreement.mean.value).toBeLessThanOrEqual(1);
      expect(now.authorities.map(({ nickname, state }) => `${nickname} ${state}`)).toEqual(
        nicknames.map((nickname) => `${nickname} online`),
      );
      expect(now.alerts.filter(({ check }) => check !== 'certificate-expiring')).toEqual([]);
      expect(now.quality?.relays).toBeGreaterThan(40);
    });

    test('both flavours are verified, and all votes retrieved', async () => {
      const [newest] = (await rounds()).rounds.filter(({ votes }) => votes === 9).slice(1);
      const round = await window.json<RoundPage>(`${url}/api/v1/rounds/${newest?.validAfter}`);
      expect(
        round.consensuses.map(({ flavor, level, valid, needed }) => [flavor, level, valid, needed]),
      ).toEqual([
        ['ns', 'ok', 9, 5],
        ['microdesc', 'ok', 9, 5],
      ]);
      expect(round.authorities.map(({ nickname }) => nickname)).toEqual(nicknames);
      for (const { voteSha256, inConsensus, relays, nickname } of round.authorities) {
        expect(voteSha256, nickname).toMatch(/^[0-9a-f]{64}$/);
        expect(inConsensus, nickname).toBe(true);
        expect(relays, nickname).toBeGreaterThan(40);
      }
    });

    test('each consensus is what its votes give, byte for byte, and was foreseen', async () => {
      // A round that had begun when the observatory did could not be foreseen.
      const whole = (seen: Rounds): readonly string[] => wholeSince(seen, began + intervalSeconds * 1000);
      const { answer } = await until('two whole rounds', rounds, (seen) => whole(seen).length >= 2, {
        withinMs: 3 * intervalSeconds * 1000,
      });
      for (const validAfter of whole(answer))
        expect(provedIn(await published(validAfter, 9)), validAfter).toEqual(asVotes(9));
      expect((await status()).proof).toMatchObject({ level: 'ok', verdict: { value: 'identical' } });
    });

    test('capacities are what the descriptors of an authority add up to, of every relay', async () => {
      const { shown, served } = await capacitiesBothWays(window, url, authorities);
      expect(shown).toEqual(served);
    });

    test('the coming consensus is computed before the authorities publish it', async () => {
      const isForeseen = ({ now, validAfter, preview }: NextRound): boolean =>
        preview?.outcome === 'computed' && preview.votes.length === 9 && now < (validAfter ?? '');
      const { answer } = await until('a preview', next, isForeseen, { withinMs: 40_000, everyMs: 200 });
      const { validAfter, preview } = answer;
      const early = Date.parse(validAfter ?? '') - Date.parse(preview?.takenAt ?? '');
      say(`foreseen: ${ms(early)} before publication`);
      const { proof } = await published(validAfter ?? '', 9);
      expect({ ns: proof.ns?.digest, microdesc: proof.microdesc?.digest }).toEqual(preview?.digests);
    });

    test.skipIf(needsChromium !== '')(`the page shows what the API says${needsChromium}`, async () => {
      const read = async (): Promise<{
        readonly shown: Awaited<ReturnType<typeof readPage>>;
        readonly said: Status;
      }> => {
        const said = await status();
        return { shown: await readPage(page as Page), said };
      };
      const { answer } = await until(
        'the same revision',
        read,
        ({ shown, said }) => shown.revision === said.revision,
        {
          withinMs: 15_000,
          everyMs: 20,
        },
      );
      const { shown, said } = answer;
      expect(shown.voted).toBe(`${said.voting.voted} of ${said.voting.configured}`);
      expect(shown.consensus).toBe('Current');
      expect(shown.validAfter).toBe(said.consensus.validAfter);
      expect(shown.agreement).toBe(`${(Math.min(said.agreement.mean.value ?? 0, 0.999) * 100).toFixed(1)} %`);
      expect(shown.authorities).toEqual(
        said.authorities.map(({ nickname, state, vote }) => ({
          nickname,
          state,
          marks: [vote.inConsensus, vote.retrievable, vote.signed].map(({ value }) =>
            value === null ? '?' : value ? '✓' : '✗',
          ),
        })),
      );
      expect(shown.headline).toBe(said.sentence.headline);
    });

    test('an authority that dies is seen within seconds, by API and open page', async () => {
      const asked = performance.now();
      const onPage = page
        ?.waitForFunction(
          () =>
            document.querySelector('tr[data-key=tor26] td.state')?.textContent.includes('offline') === true &&
            [...document.querySelectorAll('main .log b')].some((one) => one.textContent.startsWith('tor26 ')),
          undefined,
          { timeout: offlineWithinMs, polling: 50 },
        )
        .then(() => performance.now() - asked);
      await fault('kill', '--authority', 'tor26');
      const dead = performance.now() - asked;
      const isSeen = (now: Status): boolean =>
        now.authorities.some(({ nickname, state }) => nickname === 'tor26' && state === 'offline') &&
        now.alerts.some(({ check, authority }) => check === 'authority-offline' && authority === 'tor26');
      const { answer } = await until('tor26 offline', status, isSeen, { withinMs: offlineWithinMs });
      const byApi = performance.now() - asked;
      expect(answer.authorities.filter(({ state }) => state === 'online').length).toBe(8);
      expect(answer.sentence.level).not.toBe('ok');
      say(`offline: the command took ${ms(dead)}, the API said it ${ms(byApi - dead)} later`);
      if (onPage !== undefined)
        say(`offline: the open page showed it ${ms((await onPage) - dead)} after the command`);
    });

    test('the following consensus lacks its vote', async () => {
      const isMissing = ({ voting, alerts: firing }: Status): boolean =>
        voting.voted === 8 &&
        firing.some(({ check, authority }) => check === 'vote-missing' && authority === 'tor26');
      const { answer } = await until('8 of 9 votes', status, isMissing, {
        withinMs: 3 * intervalSeconds * 1000,
      });
      expect(answer.voting).toMatchObject({ voted: 8, configured: 9, margin: 3 });
      const row = answer.authorities.find(({ nickname }) => nickname === 'tor26');
      expect(row?.vote.inConsensus.value).toBe(false);
      expect(answer.consensus.state).toBe('current');
      expect((await published(answer.consensus.validAfter ?? '', 8)).proof).toMatchObject({
        ns: { verdict: 'identical', votesNamed: 8, votesUsed: 8 },
        microdesc: { verdict: 'identical', votesNamed: 8, votesUsed: 8 },
      });
    });

    test('it comes back, and its alert is over', async () => {
      const asked = performance.now();
      await fault('restart', '--authority', 'tor26');
      const back = await until(
        'tor26 online',
        status,
        ({ authorities: rows }) => rows.find(({ nickname }) => nickname === 'tor26')?.state === 'online',
        { withinMs: offlineWithinMs },
      );
      say(
        `online again: seen ${ms(performance.now() - asked)} after it was asked to start, ${ms(back.tookMs)} after it had`,
      );
      const { answer } = await until(
        'the alert over',
        alerts,
        ({ alerts: all }) =>
          all.every(({ check, state }) => check !== 'authority-offline' || state === 'resolved'),
        { withinMs: 5_000 },
      );
      const over = answer.alerts.find(
        ({ check, authority }) => check === 'authority-offline' && authority === 'tor26',
      );
      expect(over).toMatchObject({ state: 'resolved', resolvedAt: expect.stringMatching(/Z$/) });
    });

    test('one that hangs does not hold up the others', async () => {
      await fault('hang', '--authority', 'bastet');
      let oldest = 0;
      const isSeen = (now: Status): boolean => {
        for (const { nickname, lastProbe } of now.authorities) {
          const age = (Date.parse(now.now) - Date.parse(lastProbe ?? '')) / 1000;
          if (nickname === 'bastet') continue;
          expect(age, nickname).toBeLessThanOrEqual(5);
          oldest = Math.max(oldest, age);
        }
        expect(now.observing.state).toBe('watching');
        expect(now.observing.ageSeconds).toBeLessThanOrEqual(5);
        return now.authorities.some(({ nickname, state }) => nickname === 'bastet' && state === 'timeout');
      };
      const { tookMs } = await until('bastet hangs', status, isSeen, { withinMs: 60_000, everyMs: 250 });
      say(
        `hanging: seen after ${ms(tookMs)}; meanwhile the others' newest probe was never older than ${oldest} s`,
      );
      await fault('resume', '--authority', 'bastet');
    });

    test.skipIf(needsChromium !== '')(
      `every change was on the open page in time${needsChromium}`,
      async () => {
        const lags = await (page as Page).evaluate(() => (globalThis as unknown as { lags: number[] }).lags);
        expect(lags.length).toBeGreaterThan(10);
        const sorted = lags.toSorted((a, b) => a - b);
        say(
          `shown after learned: ${lags.length} times, median ${sorted[lags.length >> 1]} ms, most ${sorted.at(-1)} ms`,
        );
        expect(sorted.at(-1)).toBeLessThanOrEqual(shownWithinMs);
      },
    );

    test('a vote that is kept from one authority is told before it can do harm', async () => {
      await fault('withhold-vote', '--authority', 'moria1', '--others', 'bastet');
      for (const authority of ['tor26', 'dizum'])
        await fault('reject-relay', '--authority', authority, '--relay', '3');
      const isSplit = ({ validAfter, now, pending }: NextRound): boolean =>
        now < (validAfter ?? '') && shownBy(pending).length === 2 && (shownBy(pending)[1]?.length ?? 0) > 1;
      const { answer } = await until('two texts to come', next, isSplit, { withinMs: 60_000, everyMs: 200 });
      expect(answer.warnings.map(({ check }) => check)).toContain('split-ahead');
      const round = await published(answer.validAfter ?? '', 8);
      // What bastet made it made alone; what was published is what all nine votes give, with the relay that two reject.
      expect(provedIn(round)).toEqual(asVotes(9));
      expect(shownBy(round.pending)).toEqual([['bastet'], expect.not.arrayContaining(['bastet'])]);
      const split = (await alerts()).alerts.find(({ check }) => check === 'split-ahead');
      expect(split?.message).toContain('what the votes without moria1 give');
      await fault('deliver-vote', '--authority', 'moria1');
      for (const authority of ['tor26', 'dizum'])
        await fault('accept-relay', '--authority', authority, '--relay', '3');
    });

    test('an authority that votes twice splits those who got different votes', async () => {
      const others = ['dannenberg', 'faravahar'];
      const told = await fault('equivocate', '--authority', 'longclaw', '--others', others.join());
      const [, day, time] = /for (\S+) (\S+)\s*$/.exec(told) ?? [];
      const { proof, pending } = await published(`${day}T${time}Z`, 6);
      expect(proof.ns).toMatchObject({ verdict: 'identical', votesUsed: 9 });
      expect(proof.microdesc).toMatchObject({ verdict: 'identical', votesUsed: 9 });
      const [few = [], many = []] = shownBy(pending);
      expect(few.length).toBeGreaterThan(0);
      expect(few.filter((nickname) => !others.includes(nickname))).toEqual([]);
      expect(many.filter((nickname) => others.includes(nickname))).toEqual([]);
      expect(pending.level).toBe('bad');
      const firing = (await alerts()).alerts.map((one) => `${one.check} ${one.authority}: ${one.message}`);
      expect(firing.join('\n')).toMatch(/vote-equivocation longclaw: .*by .*(?:dannenberg|faravahar)/);
      expect(firing.join('\n')).toMatch(/split-ahead .*with the other vote of longclaw/);
    });

    test('documents it kept are verified by the command line', async () => {
      const newest = (await rounds()).rounds.find(({ votes }) => votes === 9);
      const round = await window.json<RoundPage>(`${url}/api/v1/rounds/${newest?.validAfter}`);
      const kept = await window.json<Documents>(`${url}/api/v1/documents?kind=certificates&limit=100`);
      const put = async (name: string, sha256: string): Promise<string> => {
        const path = join(directory, name);
        writeFileSync(path, await raw(sha256));
        return path;
      };
      const files: string[] = [];
      for (const { flavor, sha256 } of round.consensuses)
        files.push(await put(`consensus-${flavor}`, sha256));
      for (const { nickname, voteSha256 } of round.authorities)
        files.push(await put(`vote-${nickname}`, voteSha256 ?? ''));
      const certificates: string[] = [];
      for (const { sha256 } of kept.documents) certificates.push(await put(`certs-${sha256}`, sha256));
      expect(files.length).toBe(11);
      const with_ = ['--authorities', authorities, '--certs', ...certificates];
      const { code, out, err } = await conclave('verify', ...files, ...with_);
      expect(`${code} ${err}`).toBe('0 ');
      expect(out).toContain('consensus-ns');
      const forged = readFileSync(files[0] ?? '', 'latin1').replace(
        /^(r \S+ )(.)/m,
        (_, start, letter) => `${start}${letter === 'A' ? 'B' : 'A'}`,
      );
      writeFileSync(join(directory, 'forged'), forged, 'latin1');
      expect((await conclave('verify', join(directory, 'forged'), ...with_)).code).toBe(1);
    });

    test('killed without a warning it loses nothing, and goes on', async () => {
      const before = await rounds();
      const sha256 = (await status()).consensus.sha256 ?? '';
      expect(await observatory.stop('SIGKILL')).toBe('SIGKILL');
      const journal = wholeLines(journalOf(data));
      await watch(new URL(url).host);
      const restarted = new Date().toISOString();
      await until(
        'it goes on',
        status,
        ({ observing }) => observing.state === 'watching' && (observing.lastTick ?? '') > restarted,
        {
          withinMs: 15_000,
        },
      );
      const after = journalOf(data);
      expect(after.subarray(0, journal.length).equals(journal)).toBe(true);
      expect(after.length).toBeGreaterThan(journal.length);
      const known = (await rounds()).rounds.map(({ validAfter }) => validAfter);
      expect(known).toEqual(expect.arrayContaining(before.rounds.map(({ validAfter }) => validAfter)));
      await raw(sha256);
      say(
        `killed: ${count(journal)} journal entries before, ${count(wholeLines(after))} after; ${before.rounds.length} rounds known`,
      );
    });

    test.skipIf(needsChromium !== '')(`the open page finds it again${needsChromium}`, async () => {
      await (page as Page).waitForFunction(
        () => document.getElementById('live')?.textContent === 'live',
        undefined,
        {
          timeout: 20_000,
        },
      );
      const shown = async (): Promise<number> => (await readPage(page as Page)).revision;
      await until(
        'the newest revision',
        async () => (await shown()) - (await status()).revision,
        (lead) => lead >= -1,
        {
          withinMs: 10_000,
        },
      );
    });

    test('all is well again', async () => {
      const isWell = ({ voting, consensus, alerts: firing }: Status): boolean =>
        voting.voted === 9 && consensus.signatures?.valid === 9 && firing.length === 0;
      const { answer } = await until('9 of 9 votes', status, isWell, {
        withinMs: 4 * intervalSeconds * 1000,
      });
      expect(answer.authorities.map(({ state }) => state)).toEqual(nicknames.map(() => 'online'));
      const over = (await alerts()).alerts.map(
        ({ check, authority, state }) => `${check} ${authority} ${state}`,
      );
      expect(over).toEqual(
        expect.arrayContaining([
          'authority-offline tor26 resolved',
          'vote-missing tor26 resolved',
          'authority-offline bastet resolved',
        ]),
      );
    });

    test('what is rebuilt from the journal is what was there', async () => {
      expect(await observatory.stop()).toBe(0);
      const before = await contents(join(data, 'store.duckdb'));
      const { code, out, err } = await conclave('rebuild', '--data', data, '--json');
      expect(`${code} ${err}`).toBe('0 ');
      const rebuilt = JSON.parse(out) as { readonly rows: Readonly<Record<string, number>> };
      expect(rebuilt.rows).toEqual(Object.fromEntries(before.counts.map(({ name, rows }) => [name, rows])));
      expect(rebuilt.rows['rounds']).toBeGreaterThanOrEqual(4);
      expect(await contents(join(data, 'store.duckdb'))).toEqual(before);
    });

    test('nothing of it is left', async () => {
      await browser?.close();
      await window.close();
      const { code, out, err } = await conclave('lab', 'down', '--directory', labDirectory);
      expect(`${code} ${out}${err}`).toMatch(/^0 /);
      expect(await lab.ended).toBe(0);
      await until(
        'all gone',
        async () => relatives.alive(),
        (alive) => alive.length === 0,
        { withinMs: 5_000 },
      );
      await sleep(0);
    });
  },
);
