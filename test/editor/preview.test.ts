import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import { h265Encoder } from '../../testing/h265-encoder';
import type { FlowNode, RunningNodeRed } from '../../testing/node-red';
import { REPOSITORY, startNodeRed } from '../../testing/node-red';
import { pageKeyHeader } from '../../testing/page-key';
import { sharedBrowser } from './browser';
import { EditorPage } from './editor-page';
import { inEveryEditor } from './every-editor';
import { skip } from '../../testing/skip';

const SCREENSHOTS = join(REPOSITORY, 'build', 'screenshots');

const OF_ANYONE = [
  'flows',
  'nodes',
  'plugins',
  'settings',
  'icons',
  'context',
  'library',
  'debug',
  'status',
  'projects',
]
  .map((what) => `${what}.read`)
  .concat('flows.write');

/** Anyone may see the editor; who may see media says so in the token. */
const USERS = `module.exports.adminAuth = { type: 'credentials', users: [],
  default: () => Promise.resolve({ anonymous: true, permissions: ${JSON.stringify(OF_ANYONE)} }),
  tokens: (token) => Promise.resolve({ username: 'user', permissions: [token] }) };`;

const NODES: FlowNode[] = [
  mediaNode('chunks', 'tab', { stream: 'door', wires: [[], []] }),
  mediaNode('frames', 'tab', { stream: 'yard', emit: 'frame', y: 200, wires: [[], []] }),
  mediaNode('stopped', 'tab', { stream: 'hall', autoStart: false, y: 300, wires: [[], []] }),
  mediaNode('mixed', 'tab', { stream: 'mixed', autoStart: false, y: 400, wires: [[], []] }),
];

const FILMS = {
  h264: ['testsrc=size=320x240:rate=25:duration=8', '-c:v', 'libx264'],
  h265: ['testsrc=size=320x240:rate=25:duration=8', ...h265Encoder()],
  mjpeg: ['testsrc=size=320x240:rate=5:duration=8', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
  still: ['testsrc=size=320x240:rate=0.5:duration=6', '-c:v', 'libx264', '-g', '1'],
  sound: [
    'testsrc=size=160x120:rate=25:duration=4[out0];sine=sample_rate=48000:duration=4[out1]',
    ...['-c:v', 'libx264', '-c:a', 'aac'],
  ],
} as const;

/** A short film of another size than the simulator's; undefined where ffmpeg cannot make it. */
function film(kind: keyof typeof FILMS): Buffer | undefined {
  const folder = fs.mkdtempSync(join(tmpdir(), 'kvs-flow-preview-'));
  const file = join(folder, 'film.mkv');
  const [source, ...encoder] = FILMS[kind];
  const how = ['-pix_fmt', 'yuv420p', '-g', '50', ...encoder];
  try {
    const { status } = spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...how, file]);
    return status === 0 ? fs.readFileSync(file) : undefined;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

inEveryEditor('the live preview beside the editor of', (line) => {
  const simulator = new Simulator();
  let server: RunningNodeRed | undefined;
  const contexts: BrowserContext[] = [];
  const errors: string[] = [];

  before(async function () {
    const blank = await (await sharedBrowser()).newPage();
    if (!(await blank.evaluate(() => MediaSource.isTypeSupported('video/mp4; codecs="avc1.4d401e"')))) {
      skip(this, 'this Chromium plays no H.264');
    }
    await blank.close();
    for (const name of ['door', 'yard', 'hall']) {
      simulator.addStream({ name });
    }
    simulator.addStream({ name: 'mixed', source: 'none' });
    await simulator.start();
    server = await startNodeRed({ line, settingsScript: USERS });
    await deploy();
  });

  after(async () => {
    await server?.stop();
    await simulator.stop();
  });

  /** A test begins with what it knows, however the one before has ended: no page, no fault, and cameras that send. */
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    simulator.faults.clear();
    simulator.streams.get('yard')?.resumeProducer();
    // What no node reads is read until the last page has left.
    await connectionsAre('hall', 0);
    await connectionsAre('mixed', 0);
  });

  async function deploy(): Promise<void> {
    const flows = [
      { id: 'tab', type: 'tab', label: 'Preview' },
      simulatorConfig(simulator.endpoint),
      ...NODES,
    ];
    await server?.deploy(flows, { config: SIMULATOR_KEYS });
  }

  /** A page of the preview, by someone who may see it unless `token` is another. */
  async function open(node: string, token?: string): Promise<Page> {
    assert.ok(server !== undefined);
    const browser = await sharedBrowser();
    const context = await browser.newContext({ locale: 'en-US', viewport: { width: 900, height: 640 } });
    contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 40[14]/.test(message.text())) {
        errors.push(message.text());
      }
    });
    await page.addInitScript((kept) => {
      window.localStorage.setItem('auth-tokens', JSON.stringify({ access_token: kept }));
    }, token ?? 'kvs-get-media.read');
    await page.goto(`${server.url}/kvs-get-media/preview?node=${node}`);
    return page;
  }

  /** Resolves with the current time once the picture has gone on by so many seconds. */
  function advanced(page: Page, seconds: number): Promise<number> {
    return page.evaluate(
      (more) =>
        new Promise<number>((resolve) => {
          const video = document.querySelector('video');
          const begin = video?.currentTime ?? 0;
          video?.addEventListener('timeupdate', () => {
            if (video.videoWidth > 0 && video.currentTime >= begin + more) {
              resolve(video.currentTime);
            }
          });
        }),
      seconds,
    );
  }

  /** Resolves once the picture has that width. */
  function hasWidth(page: Page, width: number): Promise<void> {
    return page.evaluate(
      (wanted) =>
        new Promise<void>((resolve) => {
          // No function gets a name here, since the name's keeper is not on the page.
          const video = document.querySelector('video');
          if (video?.videoWidth === wanted) {
            resolve();
          }
          video?.addEventListener('resize', () => {
            if (video.videoWidth === wanted) {
              resolve();
            }
          });
        }),
      width,
    );
  }

  /** How many different colours the picture has, roughly. */
  function colours(page: Page): Promise<number> {
    return page.evaluate(() => {
      const video = document.querySelector('video');
      const canvas = document.createElement('canvas');
      canvas.width = 64;
      canvas.height = 36;
      const drawing = canvas.getContext('2d');
      if (video === null || drawing === null) {
        return 0;
      }
      drawing.drawImage(video, 0, 0, 64, 36);
      const { data } = drawing.getImageData(0, 0, 64, 36);
      const seen = new Set<string>();
      for (let i = 0; i < data.length; i += 4) {
        seen.add([data[i], data[i + 1], data[i + 2]].map((value) => (value ?? 0) >> 6).join());
      }
      return seen.size;
    });
  }

  async function says(page: Page, id: string, pattern: RegExp): Promise<string> {
    const found = page.locator(`#${id}`, { hasText: pattern });
    await found.waitFor({ timeout: 30_000 });
    return found.innerText();
  }

  const connections = (stream: string): number => simulator.stats.streams[stream]?.openConnections ?? 0;
  const calls = (stream: string): number => simulator.stats.streams[stream]?.calls ?? 0;

  async function connectionsAre(stream: string, count: number): Promise<void> {
    while (connections(stream) !== count) {
      await once(simulator, 'connection');
    }
  }

  it('shows the picture of a running node over the node’s own connection', async function () {
    const began = Date.now();
    const page = await open('chunks');
    await hasWidth(page, 640);
    if (this.test !== undefined) {
      this.test.title += ` (here after ${Date.now() - began} ms)`;
    }
    await advanced(page, 2);
    assert.ok((await colours(page)) >= 6);
    assert.match(await says(page, 'figures', /[1-9]\d.\d fps/), /\d kb\/s · 640×360 · avc1.* s behind live$/);
    assert.equal(await page.locator('#message').innerText(), '');
    await says(page, 'source', /costs nothing/);
    assert.equal(connections('door'), 1);
    fs.mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, 'preview.png') });
    await page.context().close();
  });

  it('reads a stream that the node does not read, once for all, until the last one leaves', async () => {
    assert.equal(connections('hall'), 0);
    const first = await open('stopped');
    await advanced(first, 0.5);
    const second = await open('stopped');
    await advanced(second, 0.5);
    await says(second, 'source', /billed/);
    assert.equal(connections('hall'), 1);
    await first.context().close();
    await advanced(second, 1);
    await second.context().close();
    await connectionsAre('hall', 0);
  });

  it('goes on after a deploy', async () => {
    const page = await open('chunks');
    await advanced(page, 0.5);
    await deploy();
    await advanced(page, 5);
    await page.context().close();
  });

  it('needs a right, and says so', async () => {
    const url = server?.url ?? '';
    for (const token of [undefined, 'kvs-config.read']) {
      const { status } = await fetch(`${url}/kvs-get-media/chunks/preview`, {
        method: 'POST',
        headers: {
          ...(await pageKeyHeader(url)),
          'Content-Type': 'application/json',
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: '{}',
      });
      assert.equal(status, 401);
    }
    const page = await open('chunks', 'kvs-config.read');
    await says(page, 'message', /kvs-get-media\.read/);
    await page.context().close();
  });

  it('says that a node is not deployed', async () => {
    const page = await open('nowhere');
    await says(page, 'message', /not deployed/);
    await page.context().close();
  });

  it('opens from the dialog', async () => {
    const editor = await EditorPage.open(server?.url ?? '', line);
    try {
      await editor.edit('chunks');
      const opened = editor.page.context().waitForEvent('page');
      await editor.page.locator('#kvs-get-media-preview').click();
      const page = await opened;
      await says(page, 'message', /Log in/);
      assert.match(page.url(), /\/kvs-get-media\/preview\?node=chunks$/);
      assert.deepEqual(editor.errors, []);
    } finally {
      await editor.close();
    }
  });

  // What depends on the page alone shows in one release as in all.
  if (line.major === 4) {
    it('goes on after every reconnect', async () => {
      const page = await open('frames');
      await advanced(page, 1);
      simulator.faults.add({ kind: 'early-end', stream: 'yard', times: 'always' });
      simulator.streams.get('yard')?.pauseProducer();
      await says(page, 'state', /Waiting/);
      const before = calls('yard');
      simulator.streams.get('yard')?.resumeProducer();
      await advanced(page, 7);
      simulator.faults.clear();
      assert.ok(calls('yard') >= before + 4, `${calls('yard') - before} calls`);
      await page.context().close();
    });

    it('goes on when the format changes', async function () {
      const other = film('h264');
      if (other === undefined) {
        skip(this, 'no ffmpeg with its encoder');
      }
      const page = await open('frames');
      await advanced(page, 1);
      const stream = simulator.streams.get('yard');
      stream?.pauseProducer();
      stream?.ingest(other);
      await hasWidth(page, 320);
      await advanced(page, 1);
      stream?.resumeProducer();
      await hasWidth(page, 640);
      await advanced(page, 1);
      await page.context().close();
    });

    it('plays one picture every 2 s in one go, and tells its bit rate', async function () {
      const still = film('still');
      if (still === undefined) {
        skip(this, 'no ffmpeg with its encoder');
      }
      const page = await open('mixed');
      await connectionsAre('mixed', 1);
      await page.evaluate(() => {
        document.querySelector('video')?.addEventListener('seeking', () => {
          document.body.dataset['seeks'] = String(Number(document.body.dataset['seeks'] ?? 0) + 1);
        });
      });
      simulator.streams.get('mixed')?.ingest(still);
      await advanced(page, 4);
      const { ranges, seeks } = await page.evaluate(() => ({
        ranges: document.querySelector('video')?.buffered.length,
        seeks: document.body.dataset['seeks'],
      }));
      assert.deepEqual([ranges, seeks], [1, undefined]);
      const kilobits = Number(
        /([\d,]+) kb\/s/.exec(await says(page, 'figures', /kb\/s/))?.[1]?.replace(',', ''),
      );
      const expected = (still.length * 8) / 6_000;
      assert.ok(Math.abs(kilobits - expected) < expected / 2, `${kilobits} instead of ${expected}`);
      await page.context().close();
    });

    it('plays the demo in one go', async () => {
      const page = await open('stopped');
      await page.evaluate(() => {
        document.querySelector('video')?.addEventListener('seeking', () => {
          document.body.dataset['seeks'] = String(Number(document.body.dataset['seeks'] ?? 0) + 1);
        });
      });
      await advanced(page, 6);
      const { ranges, seeks } = await page.evaluate(() => ({
        ranges: document.querySelector('video')?.buffered.length,
        seeks: document.body.dataset['seeks'],
      }));
      assert.deepEqual([ranges, seeks], [1, undefined]);
      await page.context().close();
    });

    it('goes on when sound joins', async function () {
      const silent = film('h264');
      const sound = film('sound');
      if (silent === undefined || sound === undefined) {
        skip(this, 'no ffmpeg with its encoder');
      }
      const page = await open('mixed');
      await page.locator('#sound').check();
      await says(page, 'state', /Waiting|Live/);
      await connectionsAre('mixed', 1);
      simulator.streams.get('mixed')?.ingest(silent);
      await hasWidth(page, 320);
      simulator.streams.get('mixed')?.ingest(sound);
      await hasWidth(page, 160);
      await says(page, 'figures', /mp4a/);
      await advanced(page, 1);
      await page.context().close();
    });

    it('says which codec it cannot play', async function () {
      const h265 = film('h265');
      const mjpeg = film('mjpeg');
      if (h265 === undefined || mjpeg === undefined) {
        skip(this, 'no ffmpeg with its encoder');
      }
      const page = await open('mixed');
      await connectionsAre('mixed', 1);
      const stream = simulator.streams.get('mixed');
      const playsH265 = await page.evaluate(() =>
        MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L60.90"'),
      );
      stream?.ingest(h265);
      if (playsH265) {
        await hasWidth(page, 320);
      } else {
        await says(page, 'message', /cannot play h(vc|ev)1/);
      }
      stream?.ingest(mjpeg);
      await says(page, 'message', /V_MJPEG/);
      await page.context().close();
    });

    it('asks for nothing while nobody looks at its tab', async () => {
      const page = await open('stopped');
      await advanced(page, 0.5);
      const show = (hidden: boolean): Promise<void> =>
        page.evaluate((isHidden) => {
          Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }, hidden);
      await show(true);
      await connectionsAre('hall', 0);
      await show(false);
      await advanced(page, 3);
      await page.context().close();
      await connectionsAre('hall', 0);
    });

    it('plays sound where that is asked for', async () => {
      const page = await open('chunks');
      await advanced(page, 0.5);
      await page.locator('#sound').check();
      await says(page, 'figures', /mp4a/);
      await advanced(page, 1);
      assert.equal(await page.evaluate(() => document.querySelector('video')?.muted), false);
      await page.context().close();
    });

    it('shows why there is no picture', async () => {
      simulator.faults.add({
        ...{ kind: 'http-error', ErrorType: 'AccessDeniedException', statusCode: 403 },
        ...{ operation: 'GetMedia', stream: 'hall' },
      });
      const page = await open('stopped');
      await says(page, 'message', /kinesisvideo:GetMedia/);
      await page.context().close();
    });
  }

  it('breaks no rule of its own policy, and throws nothing', () => {
    assert.deepEqual(errors, []);
  });
});
