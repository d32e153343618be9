/**
 * The built package in a browser: bundled as an application would bundle it, run in Chromium in a secure context and in
 * an insecure one, and held to what Node says of the same bytes, character by character.
 */
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, needsChromium } from '../../../conclave/test/support/chromium.ts';
import { bytesOfFile, filesOf, hasData, withData } from '../support/data.ts';
import { authorities, certificates, consensus, vote, type MadeAuthority } from '../support/make.ts';
import { judge, timed } from './judge.ts';

const root = resolve(import.meta.dirname, '../../../..');

/** What the whole library may weigh, compressed: whoever takes less of it gets less. */
const gzipBytesMax = 60_000;

interface Bundle {
  readonly code: string;
  readonly modules: readonly string[];
}

/** Bundles `judge.ts` with the package as it is published, for browsers. */
async function bundle(): Promise<Bundle> {
  const compiler = resolve(root, 'node_modules/.bin/tsc');
  const built = spawnSync(compiler, ['-b', 'packages/netdoc'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stdout);
  const result = await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'error',
    build: {
      lib: { entry: resolve(import.meta.dirname, 'judge.ts'), formats: ['es'], fileName: 'judge' },
      write: false,
      minify: true,
      target: 'es2023',
    },
  });
  const [first] = Array.isArray(result) ? result : [result];
  if (!first || !('output' in first)) throw new Error('no bundle');
  const [chunk] = first.output;
  return { code: chunk.code, modules: chunk.moduleIds };
}

const html = `<!doctype html>
<meta charset="utf-8">
<script type="module">
import { judge, timed } from '/judge.js';
const get = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
globalThis.judged = async (document, keys) => judge(await get(document), await get(keys));
globalThis.timed = async (document, keys) => timed(await get(document), await get(keys), 15);
</script>`;

const all = authorities();
const [one] = all as readonly [MadeAuthority];
const keys = certificates(all);

function flipped(bytes: Uint8Array, after: string): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = copy.indexOf(after) + after.length;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

const subjects: Readonly<Record<string, { readonly bytes: Uint8Array; readonly says: string }>> = {
  'a consensus, ns': { bytes: consensus({ relays: 30 }), says: '"outcome":"accepted"' },
  'a consensus, microdesc': {
    bytes: consensus({ flavor: 'microdesc', relays: 30 }),
    says: '"outcome":"accepted"',
  },
  'a vote': { bytes: vote(one, { relays: 30 }), says: '"outcome":"accepted"' },
  'key certificates': { bytes: keys, says: '"outcome":"accepted"' },
  'a consensus, ns, tampered with': {
    bytes: flipped(consensus({ relays: 30 }), '\nr relay'),
    says: '"outcome":"rejected"',
  },
  'a consensus, microdesc, tampered with': {
    bytes: flipped(consensus({ flavor: 'microdesc' }), '\nw Bandwidth='),
    says: '"outcome":"rejected"',
  },
  'a vote, tampered with': { bytes: flipped(vote(one), '\nw Bandwidth='), says: '"outcome":"rejected"' },
  'key certificates, tampered with': {
    bytes: flipped(certificates(all.slice(0, 1)), '\ndir-address 192.0.2.'),
    says: '"outcome":"rejected"',
  },
  'a consensus with too few signatures': {
    bytes: consensus({ signers: all.slice(0, 4) }),
    says: '"outcome":"rejected"',
  },
  'no document': { bytes: Buffer.from('<html>'), says: '"kind":"undefined"' },
};

describe('the bundle for browsers', () => {
  let made: Bundle;
  beforeAll(async () => {
    made = await bundle();
  }, 60_000);

  test('is made of the built package', () => {
    // Its index only names what is elsewhere, so nothing of it is left.
    expect(made.modules.some((id) => id.endsWith('packages/netdoc/dist/documents/consensus.js'))).toBe(true);
    expect(made.modules.filter((id) => id.includes('packages/netdoc/src/'))).toEqual([]);
  });

  test('has nothing of Node in it', () => {
    const ofNode = /['"`]node:|\brequire\(|(?<![.\w])(?:Buffer[.(]|process\.)|__vite-browser-external/g;
    expect([...made.code.matchAll(ofNode)].map(([found]) => found)).toEqual([]);
    expect(made.modules.filter((id) => /node:|browser-external|crypto\/node\.js/.test(id))).toEqual([]);
    expect(made.modules.some((id) => id.endsWith('crypto/portable.js'))).toBe(true);
  });

  test(`weighs at most ${gzipBytesMax / 1000} kB compressed`, () => {
    const weight = gzipSync(made.code).length;
    process.stdout.write(`netdoc for browsers: ${made.code.length} bytes, ${weight} compressed\n`);
    expect(weight).toBeLessThan(gzipBytesMax);
    expect(weight).toBeGreaterThan(10_000);
  });
});

describe.skipIf(needsChromium !== '')(`netdoc in a browser${needsChromium}`, () => {
  let server: Server;
  let browser: Browser;
  let port = 0;
  const served = new Map<string, Uint8Array>();

  beforeAll(async () => {
    const { code } = await bundle();
    served.set('/judge.js', Buffer.from(code));
    served.set('/', Buffer.from(html));
    served.set('/keys', keys);
    for (const [at, { bytes }] of Object.values(subjects).entries()) served.set(`/${at}`, bytes);
    server = createServer(({ url = '/' }, response) => {
      const body = served.get(url);
      const type =
        url === '/judge.js' ? 'text/javascript' : url === '/' ? 'text/html' : 'application/octet-stream';
      response.writeHead(body ? 200 : 404, { 'content-type': type }).end(body);
    });
    await new Promise<void>((ready) => {
      server.listen(0, '127.0.0.1', ready);
    });
    port = (server.address() as AddressInfo).port;
    const executablePath = findChromium() as string;
    // A name that is not this machine's own is no secure context without TLS.
    const names = '--host-resolver-rules=MAP plain.example 127.0.0.1';
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', names] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function pageAt(host: string): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(`http://${host}:${port}/`);
    return page;
  }

  /** What the browser says of a served document. */
  function judged(page: Page, path: string, keysPath: string): Promise<string> {
    return page.evaluate(`judged('${path}', '${keysPath}')`);
  }

  describe.each([
    ['a secure context', '127.0.0.1', true],
    ['an insecure context', 'plain.example', false],
  ] as const)('in %s', (_, host, secure) => {
    test.each(Object.entries(subjects).map(([name, subject], at) => [name, subject, at] as const))(
      '%s: as Node says, character by character',
      async (_name, { bytes, says }, at) => {
        const page = await pageAt(host);
        expect(await page.evaluate(() => isSecureContext)).toBe(secure);
        const there = await judged(page, `/${at}`, '/keys');
        expect(there).toBe(judge(bytes, keys));
        expect(there).toContain(says);
        await page.close();
      },
    );
  });

  test.runIf(hasData)(
    withData('a consensus of the public network of 2020: nine of nine, as Node says'),
    async () => {
      const folder = filesOf('consensus-ns').includes('2020-12-05-18-00-00-consensus');
      expect(folder).toBe(true);
      const bytes = bytesOfFile('consensus-ns', '2020-12-05-18-00-00-consensus');
      const ring = Buffer.concat(
        filesOf('key-certificates').map((name) => bytesOfFile('key-certificates', name)),
      );
      served.set('/real', bytes);
      served.set('/real-keys', ring);
      const page = await pageAt('plain.example');
      const there = await judged(page, '/real', '/real-keys');
      expect(there).toBe(judge(bytes, ring));
      const { verdict } = JSON.parse(there) as {
        verdict: { outcome: string; signers: string[]; authorities: number };
      };
      expect([verdict.outcome, verdict.signers.length, verdict.authorities]).toEqual(['accepted', 9, 9]);
      const took: ReturnType<typeof timed> = await page.evaluate("timed('/real', '/real-keys')");
      const here = timed(bytes, ring, 15);
      const ms = (value: number): string => `${value.toFixed(1)} ms`;
      process.stdout.write(
        `2020-12-05-18-00-00-consensus in ${browser.browserType().name()} ${browser.version()}: parse ${ms(took.parseMs)}, verify ${ms(took.verifyMs)}; in Node: parse ${ms(here.parseMs)}, verify ${ms(here.verifyMs)}\n`,
      );
      await page.close();
    },
    60_000,
  );
});
