/** The Chromium that the tests of a process share; each page has a context of its own. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { closeAtEnd } from '../../testing/leak-check';

/** The first is without what a window needs, and takes half as long for a page. */
const PATHS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
export const CHROMIUM = PATHS.find((path) => existsSync(path));

let browser: Promise<Browser> | undefined;

export function sharedBrowser(): Promise<Browser> {
  browser ??= launch();
  return browser;
}

async function launch(): Promise<Browser> {
  const launched = await chromium.launch({
    ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
      // Names that are not localhost: browsers send no Sec-Fetch-Site to them over plain http.
      '--host-resolver-rules=MAP *.example 127.0.0.1',
    ],
  });
  closeAtEnd(async () => {
    browser = undefined;
    await launched.close();
  });
  return launched;
}
