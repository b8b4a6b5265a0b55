import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { Simulator } from '../../src/simulator';
import { SIMULATOR_KEYS, mediaNode, simulatorConfig } from '../../testing/collector';
import { REPOSITORY } from '../../testing/node-red';
import { useNodeRed, type SharedNodeRed } from '../../testing/shared-node-red';
import { sharedBrowser } from './browser';
import { inOneEditor } from './every-editor';
import { skip } from '../../testing/skip';

const MEDIA = resolve(REPOSITORY, '..', 'shared', 'media');
/** With the length of what is whole in each, s. */
const PLAYED = [
  ['kinesis_video_renderer_example_output', 15],
  ['output_get_media', 10],
  ['output-get-media-equal-timecode', 4],
] as const;
const MJPEG = 'test_mixed_tags';
const WITHOUT_MEDIA = 'empty-mkv-with-tags';
const NAMES = [...PLAYED.map(([name]) => name), MJPEG, WITHOUT_MEDIA];

inOneEditor('recordings of GetMedia in the live preview beside the editor of', (line) => {
  const simulator = new Simulator();
  let server: SharedNodeRed | undefined;
  const errors: string[] = [];

  before(async function () {
    if (!existsSync(MEDIA)) {
      skip(this, 'no folder shared/media beside this checkout');
    }
    for (const name of NAMES) {
      const source = { file: join(MEDIA, `${name}.mkv`) };
      simulator.addStream({ name, source, replay: name !== WITHOUT_MEDIA });
    }
    await simulator.start();
    const nodes = NAMES.map((name, i) =>
      mediaNode(`recording${i}`, 'tab', {
        ...{ stream: name, autoStart: false, y: 100 * (i + 1), wires: [[], []] },
      }),
    );
    server = await useNodeRed(
      line,
      [{ id: 'tab', type: 'tab', label: 'Recordings' }, simulatorConfig(simulator.endpoint), ...nodes],
      { config: SIMULATOR_KEYS },
    );
  });

  after(async () => {
    await simulator.stop();
  });

  async function open(name: string): Promise<Page> {
    assert.ok(server !== undefined);
    const browser = await sharedBrowser();
    const page = await (await browser.newContext({ locale: 'en-US' })).newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${server.url}/kvs-get-media/preview?node=recording${NAMES.indexOf(name)}`);
    return page;
  }

  /** Resolves once the picture has played so many seconds from where it began. */
  function played(page: Page, seconds: number): Promise<{ ranges: number; seeks: number }> {
    return page.evaluate(
      (length) =>
        new Promise((done) => {
          const video = document.querySelector('video');
          let seeks = 0;
          let began: number | undefined;
          video?.addEventListener('seeking', () => {
            seeks += began === undefined ? 0 : 1;
          });
          video?.addEventListener('timeupdate', () => {
            if (video.videoWidth > 0 && video.currentTime > 0) {
              began ??= video.currentTime;
              if (video.currentTime >= began + length) {
                done({ ranges: video.buffered.length, seeks });
              }
            }
          });
        }),
      seconds,
    );
  }

  it('play from beginning to end in one buffered range, without a jump', async () => {
    // At the same time, since each takes as long as it was recorded.
    await Promise.all(
      PLAYED.map(async ([name, seconds]) => {
        const page = await open(name);
        const { ranges, seeks } = await played(page, seconds);
        assert.deepEqual([ranges, seeks], [1, 0], name);
        assert.equal(await page.locator('#message').innerText(), '', name);
        await page.context().close();
      }),
    );
  });

  it('say which codec cannot be played', async () => {
    const page = await open(MJPEG);
    await page.locator('#message', { hasText: /V_MS\/VFW\/FOURCC/ }).waitFor({ timeout: 30_000 });
    await page.context().close();
  });

  it('without media wait for them', async () => {
    const page = await open(WITHOUT_MEDIA);
    await page.locator('#state', { hasText: /Waiting/ }).waitFor({ timeout: 30_000 });
    await page.context().close();
  });

  it('throw nothing in the page', () => {
    assert.deepEqual(errors, []);
  });
});
