/** The page that judges documents, in a browser: with script, without, by keyboard; and that nothing leaves it. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSite, serve, type Served } from '../../../src/web/index.ts';
import { launchChromium, needsChromium } from '../../support/chromium.ts';
import { documents, madeAnswers, madeRound } from '../fixture-verify.ts';

const names = ['genuine', 'tampered', 'truncated', 'under-signed'] as const;

const verdicts: Readonly<Record<(typeof names)[number], RegExp>> = {
  genuine: /Genuine: signed by 9 of 9 authorities, 5 needed; valid-after 2024-05-01 12:00:00\./,
  tampered: /Not genuine: signed by 0 of 9 authorities, 5 needed \(signatures: 9 wrong\)\./,
  truncated: /Not genuine: malformed \(line \d+: /,
  'under-signed': /Not genuine: signed by 4 of 9 authorities, 5 needed\./,
};

describe.skipIf(needsChromium !== '')(`/verify in a browser${needsChromium}`, () => {
  let browser: Browser;
  let served: Served;
  const samples = new Map<string, Buffer>();
  beforeAll(async () => {
    browser = await launchChromium();
    served = await serve(createSite(madeAnswers()), { host: '127.0.0.1', port: 0 });
    for (const name of names) {
      const response = await fetch(`${served.url}/verify/sample/${name}`);
      samples.set(name, Buffer.from(await response.arrayBuffer()));
    }
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  const fileOf = (name: string, bytes: Uint8Array): { name: string; mimeType: string; buffer: Buffer } => ({
    name,
    mimeType: 'text/plain',
    buffer: Buffer.from(bytes),
  });

  /** Opens the page; every request that follows is noted. */
  async function open(
    javaScriptEnabled = true,
  ): Promise<{ context: BrowserContext; page: Page; asked: string[]; complaints: string[] }> {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => void complaints.push(message.text()));
    page.on('pageerror', (error) => void complaints.push(error.message));
    await page.goto(`${served.url}/verify`, { waitUntil: 'networkidle' });
    const asked: string[] = [];
    page.on('request', (request) => void asked.push(`${request.method()} ${request.url()}`));
    return { context, page, asked, complaints };
  }

  const verdictOn = (page: Page): Promise<string> => page.locator('#report .report > .lede').innerText();

  test.each(names)('%s: the browser says so by itself, and asks nobody', async (name) => {
    const { context, page, asked, complaints } = await open();
    await page.setInputFiles('#files', fileOf(`consensus-${name}`, samples.get(name) as Buffer));
    await page.locator('#report .report').waitFor();
    expect(await verdictOn(page)).toMatch(verdicts[name]);
    expect(await page.locator('#report').innerText()).toContain('nothing was uploaded');
    expect(asked).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test.each(names)('%s: the form says the same without script, and says that it sends', async (name) => {
    const { context, page, asked } = await open(false);
    expect(await page.locator('#privacy').innerText()).toContain('the files are sent to this observatory');
    expect(await page.locator('#privacy').innerText()).not.toContain('Nothing is uploaded');
    await page.setInputFiles('#files', fileOf(`consensus-${name}`, samples.get(name) as Buffer));
    await page.locator('button[type=submit]').click();
    expect(await verdictOn(page)).toMatch(verdicts[name]);
    expect(await page.locator('#report').innerText()).toContain('What you sent was not kept.');
    expect(asked[0]).toBe(`POST ${served.url}/verify`);
    await context.close();
  });

  test('both say the same of everything but who judged', async () => {
    const [own, sent] = [await open(), await open(false)];
    const file = fileOf('consensus', documents.consensus);
    await own.page.setInputFiles('#files', file);
    await own.page.locator('#report .report').waitFor();
    await sent.page.setInputFiles('#files', file);
    await sent.page.locator('button[type=submit]').click();
    const reportOf = (page: Page): Promise<string> => page.locator('#report .report').innerHTML();
    expect(await reportOf(own.page)).toBe(await reportOf(sent.page));
    await own.context.close();
    await sent.context.close();
  });

  test('files that are dropped together vouch for each other; the consensus is recomputed', async () => {
    const { context, page, asked } = await open();
    const { consensus, votes } = madeRound();
    const files = Object.entries({ consensus, ...votes }).map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString('latin1'),
    ]);
    await page.evaluate((list) => {
      const data = new DataTransfer();
      for (const [name = '', text = ''] of list) data.items.add(new File([text], name));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
    }, files);
    await page.locator('#report .report').waitFor();
    expect(await verdictOn(page)).toMatch(
      /Of 10 parts: 10 genuine\. Recomputed: .* Byte for byte what its 9 votes give/,
    );
    expect(asked).toEqual([]);
    await context.close();
  });

  test('by keyboard alone: paste, send, read', async () => {
    const { context, page } = await open();
    await page.locator('.skip').focus();
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const element = document.activeElement;
        return element?.id === '' ? (element.tagName ?? '') : (element?.id ?? '');
      });
    const walked: string[] = [];
    const tabTo = async (wanted: string): Promise<void> => {
      for (let step = 0; step < 40 && (await focused()) !== wanted; step += 1) {
        await page.keyboard.press('Tab');
        walked.push(await focused());
      }
      expect(await focused(), walked.join(' ')).toBe(wanted);
    };
    await tabTo('SUMMARY');
    await page.keyboard.press('Enter');
    await tabTo('text');
    await page.keyboard.insertText(documents.consensus.toString());
    await tabTo('BUTTON');
    await page.keyboard.press('Enter');
    await page.locator('#report .report').waitFor();
    expect(await verdictOn(page)).toMatch(verdicts.genuine);
    expect(await focused()).toBe('report');
    expect(await page.locator('#working').getAttribute('role')).toBe('status');
    await context.close();
  });

  test('its policy lets its script send nothing, and the worker neither', async () => {
    const { context, page } = await open();
    const refused = await page.evaluate(async () => {
      const tries = [
        () => fetch('/api/v1/status'),
        () => fetch('/verify', { method: 'POST', body: 'x' }),
        () =>
          new Promise((resolve, reject) => {
            const source = new EventSource('/api/v1/events/live');
            source.addEventListener('open', resolve);
            source.addEventListener('error', () => reject(new Error('refused')));
          }),
      ];
      const results = await Promise.allSettled(tries.map((attempt) => attempt()));
      return results.map(({ status }) => status);
    });
    expect(refused).toEqual(['rejected', 'rejected', 'rejected']);
    const worker = await page.locator('#verify').getAttribute('data-worker');
    const { headers } = await fetch(served.url + String(worker));
    expect(headers.get('content-security-policy')).toContain("connect-src 'none'");
    await context.close();
  });
});
