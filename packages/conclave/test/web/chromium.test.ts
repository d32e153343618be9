import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSite, serve, type Served } from '../../src/web/index.ts';
import { launchChromium, needsChromium } from '../support/chromium.ts';
import { relayFingerprint } from './fixture-health.ts';
import { answersFor, consensusSha, type Situation, type TestAnswers, validAfter } from './fixtures.ts';

const pages = [
  '/',
  '/authorities',
  '/authorities/faravahar',
  '/rounds',
  `/rounds/${validAfter}`,
  '/health',
  '/trends',
  '/trends?figure=relays&span=month',
  '/churn',
  '/relay?search=ferry',
  `/relay/${relayFingerprint}`,
  '/sources',
  '/next',
  '/what-if',
  '/what-if?without=moria1&without=tor26',
  '/diff',
  `/diff/2026-07-27T13:00:00Z/${validAfter}`,
  `/rounds/${validAfter}/explain?keyword=s`,
  '/verify',
  '/alerts',
  '/events',
  '/documents',
  `/documents/${consensusSha}`,
  '/how',
  '/api',
];

describe.skipIf(needsChromium !== '')(`pages in a browser${needsChromium}`, () => {
  let browser: Browser;
  const sites = new Map<Situation, Served>();
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([...sites.values()].map((site) => site.close()));
  });

  async function siteOf(situation: Situation): Promise<string> {
    const held =
      sites.get(situation) ??
      (await serve(createSite(answersFor(situation)), { host: '127.0.0.1', port: 0 }));
    sites.set(situation, held);
    return held.url;
  }

  /** Opens a context whose pages note every complaint of the browser. */
  async function open(
    options: BrowserContextOptions = {},
  ): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => void complaints.push(`${page.url()}: ${message.text()}`));
    page.on('pageerror', (error) => void complaints.push(`${page.url()}: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith('http://127.0.0.1:')) complaints.push(`asked for ${request.url()}`);
    });
    return { context, page, complaints };
  }

  const elsewhere = [
    ['failing', '/'],
    ['nothing', '/'],
    ['blind', '/'],
    ['twelve', '/'],
    ['replay', '/'],
    ['failing', '/health'],
    ['blind', '/health'],
    ['hostile', '/churn'],
    ['failing', '/next'],
    ['nothing', '/next'],
    ['nothing', '/what-if'],
    ['hostile', `/rounds/${validAfter}`],
    ['twelve', '/next'],
  ] as const;
  const visits = [...pages.map((path) => ['fine', path] as const), ...elsewhere];

  test(
    'no complaint and no serious barrier on any page, in light and dark',
    { timeout: 360_000 },
    async () => {
      const { context, page, complaints } = await open({ colorScheme: 'light', reducedMotion: 'reduce' });
      const check = async (where: string, axe: AxeBuilder): Promise<void> => {
        const { violations } = await axe.analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        const said = serious.map(
          ({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ')} ${nodes[0]?.failureSummary}`,
        );
        expect(said, where).toEqual([]);
      };
      for (const [situation, path] of visits) {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.goto((await siteOf(situation)) + path);
        // The page that judges documents is not replaced under the reader's hands.
        if (path !== '/verify') await page.locator('#live.live').waitFor();
        await check(`${situation} ${path}, light`, new AxeBuilder({ page }).setLegacyMode());
        await page.emulateMedia({ colorScheme: 'dark' });
        await check(
          `${situation} ${path}, dark`,
          new AxeBuilder({ page }).setLegacyMode().withRules(['color-contrast', 'link-in-text-block']),
        );
      }
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  test('no page is wider than the screen', { timeout: 180_000 }, async () => {
    const { context, page } = await open();
    for (const [situation, path] of [...visits, ['hostile', '/'] as const]) {
      await page.goto((await siteOf(situation)) + path);
      for (const width of [360, 768, 1280, 1600]) {
        await page.setViewportSize({ width, height: 800 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(over, `${situation} ${path} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
    await context.close();
  });

  test('everything is there without script', async () => {
    const { context, page, complaints } = await open({ javaScriptEnabled: false });
    await page.goto(await siteOf('fine'));
    expect(await page.locator('[data-live=authorities] tbody:first-of-type tr').count()).toBe(9);
    expect(await page.locator('.tile').count()).toBe(4);
    expect(await page.locator('#live').isVisible()).toBe(false);
    await page.locator('.tile summary').click();
    expect(await page.locator('.tile details').innerText()).toContain('91.64');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('charts are pictures with their data behind them, without script and at every width', async () => {
    const { context, page, complaints } = await open({ javaScriptEnabled: false });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`${await siteOf('fine')}/churn`);
      const picture = page.locator('#chart-churn-relays img');
      const drawn = await picture.evaluate((img: HTMLImageElement) => [img.naturalWidth > 0, img.currentSrc]);
      expect(drawn).toEqual([true, expect.stringContaining(width === 360 ? 'size=narrow' : 'size=wide')]);
      expect(await picture.getAttribute('alt')).toContain('rounds not held');
      expect(await page.locator('#chart-churn-relays .probe').count()).toBe(0);
      await page.locator('#chart-churn-relays summary').click();
      expect(await page.locator('#chart-churn-relays tbody tr').count()).toBe(169);
      expect(await page.locator('#chart-churn-relays tbody').innerText()).toContain('not held');
    }
    expect(complaints).toEqual([]);
    await context.close();
  });

  describe('a chart with script', () => {
    test('says the values where the pointer is, and its own again when it leaves', async () => {
      const { context, page, complaints } = await open({ viewport: { width: 1280, height: 900 } });
      await page.goto(`${await siteOf('fine')}/trends`);
      await page.locator('#live.live').waitFor();
      const chart = page.locator('#chart-relays');
      const resting = await chart.locator('output').innerText();
      const rows = await chart.locator('tbody tr').allTextContents();
      const box = (await chart.locator('.area').boundingBox())!;
      await page.mouse.move(box.x + 0.3, box.y + 20);
      const first = await chart.locator('output').innerText();
      expect(first).toMatch(/^2026-07-20 14:00: [\d,]+$/);
      expect(first.replace(': ', '')).toBe(rows.at(-1));
      await page.mouse.move(box.x + box.width - 0.3, box.y + 20);
      expect((await chart.locator('output').innerText()).replace(': ', '')).toBe(rows[0]);
      const cross = (await chart.locator('.cross').boundingBox())!;
      expect(Math.abs(cross.x - (box.x + box.width))).toBeLessThan(2);
      await page.mouse.move(5, 5);
      expect(await chart.locator('output').innerText()).toBe(resting);
      expect(await chart.locator('.cross').isVisible()).toBe(false);
      expect(complaints).toEqual([]);
      await context.close();
    });

    test('is read with the arrow keys; a gap says that it is one; what is new does not take it away', async () => {
      const answers = answersFor('fine');
      const served = await serve(createSite(answers), { host: '127.0.0.1', port: 0 });
      const { context, page, complaints } = await open();
      await page.goto(`${served.url}/churn`);
      await page.locator('#live.live').waitFor();
      const probe = page.locator('#chart-churn-relays .probe');
      const words = (): Promise<string | null> => probe.getAttribute('aria-valuetext');
      await probe.focus();
      expect(await words()).toMatch(/^14:00: new \d+, gone \d+$/);
      await page.keyboard.press('Home');
      for (let i = 0; i < 84; i += 1) await page.keyboard.press('ArrowRight');
      expect(await words()).toBe('2026-07-24 02:00: new not held, gone not held');
      expect(await page.locator('#chart-churn-relays output').innerText()).toBe(await words());
      answers.change('fine');
      await page.locator('body[data-revision="42"]').waitFor();
      await expect.poll(() => page.locator('#chart-churn-relays .cross').isVisible()).toBe(true);
      expect(await words()).toBe('2026-07-24 02:00: new not held, gone not held');
      expect(await probe.evaluate((element) => element === document.activeElement)).toBe(true);
      await page.keyboard.press('End');
      expect(await words()).toMatch(/^14:00: /);
      expect(complaints).toEqual([]);
      await context.close();
      await served.close();
    });
  });

  describe('a live page', () => {
    let answers: TestAnswers;
    let served: Served;
    beforeAll(async () => {
      answers = answersFor('fine');
      served = await serve(createSite(answers), { host: '127.0.0.1', port: 0 });
    });
    afterAll(() => served?.close());

    test('S0.5 shows and marks a change at once, and leaves the reader alone', async () => {
      const { context, page, complaints } = await open({ viewport: { width: 1280, height: 700 } });
      await page.goto(served.url);
      await page.locator('#live.live').waitFor();
      await page.locator('.tile summary').click();
      await page.locator('#formation > summary').click();
      await page.locator('a[href="/authorities/tor26"]').first().focus();
      await page.evaluate(() => {
        window.scrollTo(0, 300);
        document.querySelector('tr[data-key=tor26]')?.setAttribute('data-changed', 'kept');
      });
      const before = Date.now();
      answers.change('fine', (status) => ({
        ...status,
        authorities: status.authorities.map((row) =>
          row.nickname === 'moria1'
            ? { ...row, state: 'slow', level: 'warn', stateText: 'first byte 1,204 ms, limit 1,000 ms' }
            : row,
        ),
        alerts: [],
        events: [{ ...status.events[0]!, id: 'new', text: 'moria1 is slow.' }, ...status.events],
      }));
      await page.locator('tr[data-key=moria1] td[data-changed]').first().waitFor();
      expect(Date.now() - before).toBeLessThan(2_000);
      expect(await page.locator('tr[data-key=moria1] td.state').innerText()).toContain('limit 1,000 ms');
      expect(await page.locator('.events li').first().innerText()).toContain('moria1 is slow.');
      expect(await page.locator('[data-live=alerts]').innerText()).toContain('No alert is firing.');
      expect(
        await page.locator('[data-live=authorities] tr[data-key=tor26]').getAttribute('data-changed'),
      ).toBe('kept');
      await page.locator('#lag:not([hidden])').waitFor();
      expect(await page.locator('#lag').innerText()).toMatch(/^shown [\d,]+.ms after it was learned$/);
      expect(Number(await page.locator('#lag').getAttribute('data-lag-ms'))).toBeLessThan(2_000);
      const reader = await page.evaluate(() => ({
        focus: document.activeElement?.getAttribute('href'),
        unfolded: document.querySelector<HTMLDetailsElement>('.tile details')?.open,
        folded: document.querySelector<HTMLDetailsElement>('#formation')?.open,
        scroll: window.scrollY,
        revision: document.body.dataset['revision'],
      }));
      expect(reader).toEqual({
        focus: '/authorities/tor26',
        unfolded: true,
        folded: false,
        scroll: reader.scroll,
        revision: '42',
      });
      expect(Math.abs(reader.scroll - 300)).toBeLessThan(60);
      expect(complaints).toEqual([]);
      await context.close();
    });

    test('goes from nothing to everything, and back', async () => {
      answers.change('nothing');
      const { context, page, complaints } = await open();
      await page.goto(served.url);
      await page.locator('#live.live').waitFor();
      answers.change('failing');
      await page.locator('#formation').waitFor();
      expect(await page.locator('.lede').innerText()).toContain('No consensus is valid.');
      answers.change('blind');
      await page.locator('.banner.blind').waitFor();
      answers.change('fine');
      await page.locator('.banner.blind').waitFor({ state: 'detached' });
      const shown = await page.locator('main').innerHTML();
      await page.reload();
      await page.locator('#live.live').waitFor();
      const clean = (html: string): string =>
        html
          .replace(/ data-changed=""/g, '')
          .replace(/<time[^>]*>[^<]*<\/time>/g, '')
          .replace(/revision \d+/, '');
      expect(clean(shown)).toBe(clean(await page.locator('main').innerHTML()));
      expect(complaints).toEqual([]);
      await context.close();
    });

    test('ages tick by the clock of the server', async () => {
      const { context, page } = await open();
      await page.goto(served.url);
      const age = page.locator('[data-live=probing] time');
      await expect.poll(() => age.innerText(), { timeout: 5_000 }).toMatch(/^2[4-9].s ago$/);
      await context.close();
    });

    test('says that the connection is lost, and since when', async () => {
      const { context, page } = await open();
      await page.goto(served.url);
      await page.locator('#live.live:not(.lost)').waitFor();
      await served.close();
      await page.locator('#live.lost').waitFor();
      expect(await page.locator('#live').innerText()).toBe('connection lost, last update 14:32:10, retrying');
      served = await serve(createSite(answers), { host: '127.0.0.1', port: served.port });
      await page.locator('#live:not(.lost)').waitFor({ timeout: 10_000 });
      await context.close();
    });
  });
});
