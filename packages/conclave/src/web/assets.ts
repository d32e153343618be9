/**
 * The files that pages refer to: one style sheet, the script, a picture for the tab. They are read once, and each is
 * known by a digest of its bytes, so that a browser may keep it until it changes.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Context, Hono } from 'hono';
import { isFresh, unconnectedSecurityPolicy } from '../api/index.ts';

/** One file as it is served. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The beginning of the SHA-256 of the bytes. */
  readonly digest: string;
}

/** All of them by name. */
export type Assets = ReadonlyMap<string, Asset>;

const own = ['style.css', 'favicon.png'];
const scripts = ['live.js', 'morph.js', 'clock.js', 'charts.js', 'verify.js'];
/** Made of many files by the build, with everything in it that they import. */
const bundles = ['verify-worker.js'];
const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  png: 'image/png',
};

/**
 * Reads the files beside this module. The script is there once it is compiled; run from the sources it is taken from
 * the last build, and without one the pages do without it.
 */
export function readAssets(): Assets {
  const found = [
    ...own.map((name) => readAsset(name, ['./assets/'])),
    ...scripts.map((name) => readAsset(name, ['./browser/', '../../dist/web/browser/'])),
    ...bundles.map((name) => readAsset(name, ['./bundles/', '../../dist/web/bundles/'])),
  ];
  return new Map(found.flatMap((asset) => (asset === undefined ? [] : [[asset.name, asset]])));
}

function readAsset(name: string, places: readonly string[]): Asset | undefined {
  for (const place of places) {
    const bytes = tryRead(new URL(place + name, import.meta.url));
    if (bytes === undefined) continue;
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    return { name, type, bytes, digest };
  }
  return undefined;
}

function tryRead(url: URL): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(url));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The address of a file, with its digest: what is at it never changes. */
export function assetPath(assets: Assets, name: string): string | undefined {
  const asset = assets.get(name);
  return asset === undefined ? undefined : `/assets/${name}?v=${asset.digest}`;
}

/** One digest over all files: pages that refer to other files are other pages. */
export function editionOf(assets: Assets): string {
  const hash = createHash('sha256');
  for (const asset of assets.values()) hash.update(asset.digest);
  return hash.digest('hex').slice(0, 8);
}

/** Serves them below `/assets/`. */
export function serveAssets(app: Hono, assets: Assets): void {
  app.get('/assets/:name', (c) => {
    const asset = assets.get(c.req.param('name'));
    return asset === undefined ? c.notFound() : sendAsset(c, asset);
  });
  app.get('/favicon.ico', (c) => {
    const icon = assets.get('favicon.png');
    return icon === undefined ? c.notFound() : sendAsset(c, icon);
  });
}

function sendAsset(c: Context, asset: Asset): Response {
  const tag = `"${asset.digest}"`;
  const forEver = c.req.query('v') === asset.digest;
  c.header('ETag', tag);
  c.header('Cache-Control', forEver ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (isFresh(c, tag)) return c.body(null, 304);
  c.header('Content-Type', asset.type);
  // A worker has the policy of its own answer, not that of the page that starts it.
  if (bundles.includes(asset.name)) c.header('Content-Security-Policy', unconnectedSecurityPolicy);
  return c.body(asset.bytes);
}
