/**
 * Takes the picture for the README: the editor with a running flow and its messages in the debug sidebar.
 *
 * npm run demo   (in one terminal)
 * npx tsx scripts/screenshot.ts docs/flow.png [http://127.0.0.1:1880]   (in another; needs Debian's chromium)
 */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const [file = 'docs/flow.png', url = 'http://127.0.0.1:1880'] = process.argv.slice(2);

async function main(): Promise<void> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 640 }, locale: 'en-US' });
    await page.goto(url);
    await page.locator('.red-ui-palette-node').first().waitFor();
    await page.evaluate("RED.sidebar.show('debug')");
    const message = page.locator('.red-ui-debug-msg');
    await message.nth(1).waitFor({ timeout: 30_000 });
    // What a person would open to see what is in a message.
    await message.first().locator('.red-ui-debug-msg-object-handle').first().click();
    await page.locator('.red-ui-flow-node-status-label', { hasText: 'fps' }).waitFor({ timeout: 30_000 });
    mkdirSync(dirname(resolve(file)), { recursive: true });
    await page.screenshot({ path: file });
  } finally {
    await browser.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
