import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSite, serve, type Served } from '../../src/web/index.ts';
import { launchChromium, needsChromium } from '../support/chromium.ts';
import { answersFor, consensusSha, type Situation, type TestAnswers, validAfter } from './fixtures.ts';

const pages = [
  '/',
  '/authorities',
  '/authorities/faravahar',
  '/rounds',
  `/rounds/${validAfter}`,
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
    ['failing', '/next'],
    ['nothing', '/next'],
    ['nothing', '/what-if'],
    ['hostile', `/rounds/${validAfter}`],
    ['twelve', '/next'],
  ] as const;
  const visits = [...pages.map((path) => ['fine', path] as const), ...elsewhere];

  test(
    'no complaint and no serious barrier on any page, in light and dark',
    { timeout: 180_000 },
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
    expect(await page.locator('tbody[data-live=authorities] tr').count()).toBe(9);
    expect(await page.locator('.tile').count()).toBe(4);
    expect(await page.locator('#live').isVisible()).toBe(false);
    await page.locator('.tile summary').click();
    expect(await page.locator('.tile details').innerText()).toContain('91.64');
    expect(complaints).toEqual([]);
    await context.close();
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
      expect(await page.locator('.auth tr[data-key=tor26]').getAttribute('data-changed')).toBe('kept');
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
