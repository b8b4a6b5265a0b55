/**
 * Takes the pictures of the documentation: the editor with a running flow and its messages in the debug sidebar, two
 * dialogs, and the live preview.
 *
 * npm run demo   (in one terminal)
 * npx tsx scripts/screenshot.ts docs [http://127.0.0.1:1880]   (in another; needs Debian's chromium)
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

const [folder = 'docs', url = 'http://127.0.0.1:1880'] = process.argv.slice(2);

async function main(): Promise<void> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 640 }, locale: 'en-US' });
    await page.goto(url);
    await page.locator('.red-ui-palette-node').first().waitFor();
    // The editor arranges its sidebar once more when it has the flows.
    await page.locator('.red-ui-flow-node-group', { hasText: 'demo' }).first().waitFor();
    await page.evaluate("RED.sidebar.show('debug')");
    const message = page.locator('.red-ui-debug-msg');
    await message.nth(1).waitFor({ timeout: 30_000 });
    // What a person would open to see what is in a message.
    await message.first().locator('.red-ui-debug-msg-object-handle').first().click();
    await page.locator('.red-ui-flow-node-status-label', { hasText: 'fps' }).waitFor({ timeout: 30_000 });
    await page.locator('.red-ui-notification').first().waitFor({ state: 'detached' });
    mkdirSync(folder, { recursive: true });
    await page.mouse.move(5, 5);
    await page.screenshot({ path: join(folder, 'flow.png') });
    await page.setViewportSize({ width: 1280, height: 760 });
    await page.locator('.red-ui-flow-node-group', { hasText: 'demo' }).first().dblclick();
    await page.locator('#kvs-get-media-stream-search').click();
    await page.locator('#kvs-get-media-streams > li').first().waitFor();
    await page.locator('#node-input-stream').press('ArrowDown');
    await picture(page, 'kvs-get-media.png');
    await page.locator('#node-input-stream').press('Escape');
    await page.locator('#node-input-btn-config-edit').click();
    await page.setViewportSize({ width: 1280, height: 1010 });
    await page.locator('#kvs-config-test').click();
    await page.locator('#kvs-config-test-result.kvs-success').waitFor();
    await picture(page, 'kvs-config.png');
    await preview(await browser.newPage({ viewport: { width: 900, height: 640 }, locale: 'en-US' }), page);
  } finally {
    await browser.close();
  }
}

/** The live preview of the node, once it plays. */
async function preview(page: Page, editor: Page): Promise<void> {
  const id = await editor.evaluate<string>("RED.nodes.filterNodes({ type: 'kvs-get-media' })[0].id");
  await page.goto(`${url}/kvs-get-media/preview?node=${id}`);
  await page.getByText('25.0 fps').waitFor({ timeout: 30_000 });
  await page.screenshot({ path: join(folder, 'preview.png') });
}

/** The open dialog, once it has come to rest. */
async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(5, 5);
  await page.waitForFunction(
    'document.getAnimations().every((animation) => animation.playState !== "running")',
  );
  await page
    .locator('.red-ui-tray')
    .last()
    .screenshot({ path: join(folder, name) });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
