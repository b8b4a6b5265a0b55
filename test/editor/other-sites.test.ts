import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { PAGE_KEY_HEADER, PAGE_KEY_PATH } from '../../nodes/shared/page-key';
import { Simulator } from '../../src/simulator';
import { CertificateAuthority, HAS_OPENSSL } from '../../testing/certificates';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import {
  forwardedHost,
  hostWithoutPort,
  startReverseProxy,
  type ReverseProxy,
  type ReverseProxyOptions,
} from '../../testing/reverse-proxy';
import { useNodeRed, type SharedNodeRed } from '../../testing/shared-node-red';
import { sharedBrowser } from './browser';
import { EditorPage, type OpenOptions } from './editor-page';
import { inEveryEditor } from './every-editor';
import { skip } from '../../testing/skip';

const PREFIX = '/house/flows';

/** What a page of another site tries, and what it got: each answer that it could read. */
async function attempts(page: Page, base: string): Promise<string[]> {
  return page.evaluate(
    async ({ target, keyPath, keyHeader }) => {
      const json = { 'Content-Type': 'application/json' };
      const key = { ...json, [keyHeader]: 'guess' };
      const forwarded = { ...key, 'X-Forwarded-Host': location.host };
      const media = 'kvs-get-media/hall/preview';
      const tries: (readonly [path: string, request: RequestInit])[] = [
        [keyPath, {}],
        [keyPath, { headers: { 'X-Forwarded-Host': location.host } }],
        [media, {}],
        [`${media}?sound=1`, {}],
        ['kvs-config/config/streams', {}],
        ...[media, 'kvs-config/config/streams', 'kvs-config/test'].flatMap((path) => [
          [path, { method: 'POST' }] as const,
          [path, { method: 'POST', mode: 'no-cors', body: '{"id":"config"}' }] as const,
          [path, { method: 'POST', body: new URLSearchParams({ id: 'config' }) }] as const,
          [path, { method: 'POST', headers: json, body: '{"id":"config"}' }] as const,
          [path, { method: 'POST', headers: key, body: '{"id":"config"}' }] as const,
          [path, { method: 'POST', headers: forwarded, body: '{"id":"config"}' }] as const,
        ]),
      ];
      const read: string[] = [];
      for (const [path, request] of tries) {
        try {
          const response = await fetch(`${target}/${path}`, { ...request, cache: 'no-store' });
          if (response.ok) {
            read.push(`${path} ${JSON.stringify(request)}: ${response.status}`);
          }
        } catch {
          // The browser keeps the answer from the page, as it should.
        }
      }
      return read;
    },
    { target: base, keyPath: PAGE_KEY_PATH, keyHeader: PAGE_KEY_HEADER },
  );
}

inEveryEditor('other web sites, and proxies, in front of', (line) => {
  const simulator = new Simulator();
  let server: SharedNodeRed | undefined;
  let browser: BrowserContext | undefined;
  let site: Server | undefined;
  const proxies: ReverseProxy[] = [];

  before(async () => {
    simulator.addStream({ name: 'hall' });
    await simulator.start();
    // Nobody needs to log in: whoever reaches Node-RED may do anything.
    server = await useNodeRed(
      line,
      [
        { id: 'tab', type: 'tab', label: 'Hall' },
        simulatorConfig(simulator.endpoint),
        mediaNode('hall', 'tab', { stream: 'hall', autoStart: false, x: 200, y: 120, wires: [[], []] }),
      ],
      { config: SIMULATOR_KEYS },
    );
    site = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><title>Another site</title><iframe></iframe>');
    });
    await new Promise<void>((resolve) => site?.listen(0, '127.0.0.1', resolve));
    browser = await (await sharedBrowser()).newContext();
  });

  after(async () => {
    await browser?.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
    site?.closeAllConnections();
    site?.close();
    await simulator.stop();
  });

  async function siteAt(name: string): Promise<Page> {
    assert.ok(browser !== undefined && site !== undefined);
    const page = await browser.newPage();
    await page.goto(`http://${name}:${(site.address() as AddressInfo).port}/`);
    return page;
  }

  const portOf = (running: SharedNodeRed | undefined): string => new URL(running?.url ?? '').port;

  async function start(options: Omit<ReverseProxyOptions, 'target' | 'strip'>): Promise<number> {
    const proxy = await startReverseProxy({ target: server?.url ?? '', strip: PREFIX, ...options });
    proxies.push(proxy);
    return proxy.port;
  }

  it('lets no page of another address read or start anything', async () => {
    const page = await siteAt('attacker.example');
    for (const base of ['node-red.example', 'localhost', '127.0.0.1']) {
      assert.deepEqual(await attempts(page, `http://${base}:${portOf(server)}`), [], base);
    }
    const { requests, streams } = simulator.stats;
    assert.deepEqual(
      [requests.length, streams['hall']?.calls ?? 0],
      [0, 0],
      'nothing was asked of the service',
    );
    await page.close();
  });

  it('counts another port of the same machine as another address', async () => {
    const page = await siteAt('node-red.example');
    assert.deepEqual(await attempts(page, `http://node-red.example:${portOf(server)}`), []);
    assert.equal(simulator.stats.requests.length, 0);
    await page.close();
  });

  it('does not let another site show the preview in a frame', async () => {
    const page = await siteAt('attacker.example');
    const said = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
    await page.evaluate(
      (address) => {
        document.querySelector('iframe')?.setAttribute('src', address);
      },
      `http://node-red.example:${portOf(server)}/kvs-get-media/preview?node=hall`,
    );
    await said;
    assert.equal(simulator.stats.requests.length, 0);
    await page.close();
  });

  /** Tests the credentials, lists the streams and looks at the preview, as a person does at that address. */
  async function works(url: string, options?: OpenOptions): Promise<void> {
    const editor = await EditorPage.open(url, line, options);
    try {
      await editor.editConfig('kvs-config', 'config');
      await editor.page.locator('#kvs-config-test').click();
      await editor.page.locator('#kvs-config-test-result', { hasText: 'streams seen: 1' }).waitFor();
      await editor.configCancel();
      await editor.edit('hall');
      await editor.page.locator('#kvs-get-media-stream-search').click();
      await editor.page.getByRole('listbox', { name: 'Stream' }).getByText('hall').waitFor();
      await editor.page.keyboard.press('Escape');
      const opened = editor.page.context().waitForEvent('page');
      await editor.page.locator('#kvs-get-media-preview').click();
      const preview = await opened;
      await preview.locator('#stream', { hasText: 'hall' }).waitFor();
      // Media came, whether this Chromium plays them or not.
      await preview.locator('#figures, #message', { hasText: /avc1/ }).first().waitFor();
      assert.deepEqual(editor.errors, []);
    } finally {
      await editor.close();
    }
  }

  it('works behind a proxy that strips a path and forwards the host', async () => {
    const port = await start({ headers: forwardedHost });
    await works(`http://house.example:${port}${PREFIX}/`);
  });

  // One proxy shows that the routes are reached in a release; the rest depends on headers alone.
  if (line.major !== 5) {
    return;
  }

  it('works under a name by plain http', async () => {
    await works(`http://node-red.example:${portOf(server)}/`);
  });

  it('works behind a proxy that strips a path and leaves the port out of Host', async () => {
    const port = await start({ headers: hostWithoutPort });
    await works(`http://house.example:${port}${PREFIX}/`);
  });

  it('says what a proxy must pass on that hides the host', async () => {
    const headers = (incoming: IncomingHttpHeaders, target: string): IncomingHttpHeaders => ({
      ...incoming,
      host: new URL(target).host,
    });
    const url = `http://house.example:${await start({ headers })}${PREFIX}/`;
    const editor = await EditorPage.open(url, line);
    try {
      const { page } = editor;
      const advice = /proxy.*must pass on the Host header, or X-Forwarded-Host/;
      await editor.editConfig('kvs-config', 'config');
      await page.locator('#kvs-config-test').click();
      await page.locator('#kvs-config-test-result', { hasText: advice }).waitFor();
      await page.goto(`${url}kvs-get-media/preview?node=hall`);
      await page.locator('#message', { hasText: advice }).waitFor();
    } finally {
      await editor.close();
    }
  });

  it('works behind a proxy that ends TLS', async function () {
    if (!HAS_OPENSSL) {
      skip(this, 'no openssl');
    }
    const authority = new CertificateAuthority();
    const tls = authority.issue('house.example', ['house.example']);
    const port = await start({ headers: forwardedHost, tls });
    authority.remove();
    await works(`https://house.example:${port}${PREFIX}/`, { ignoreHTTPSErrors: true });
  });
});
