/**
 * A real Chromium for tests of the pages, when the machine has one.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where Chromium is, or undefined. */
export function findChromium(): string | undefined {
  const places = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((place) => names.map((name) => join(place, name)));
  return ['/usr/bin/chromium', ...places].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What titles of tests say that are skipped without it. */
export const needsChromium: string =
  findChromium() === undefined ? ' (needs chromium: apt-get install chromium)' : '';

/** Starts it; it asks nobody but the address it is given. A program that starts it elsewhere can be named instead. */
export function launchChromium(
  through: { readonly program?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Browser> {
  const executablePath = through.program ?? findChromium();
  if (executablePath === undefined) throw new Error('there is no chromium on this machine');
  return chromium.launch({
    executablePath,
    ...(through.env === undefined ? {} : { env: { ...through.env } }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}
