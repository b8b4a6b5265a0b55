import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { makeClips } from '../convert/clip/clips';
import { beginOf, FRAME_MS, h264, moved, PICTURE, source } from '../convert/clip/sources';
import { ffmpeg, film, needsFfmpeg, toChunks } from '../convert/streams';
import { sharedBrowser } from '../editor/browser';

/** Of pixels of 0 to 255, on average: what another conversion of colours makes of the same picture. */
const SAME_PICTURE = 12;

/** What a browser makes of a file. Times are in s. */
interface Played {
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  /** The picture that is there before anything plays, RGBA. */
  readonly first: readonly number[];
  /** Where it has come to when it says that it is over. */
  readonly end: number;
  readonly error: string | undefined;
}

/** Pictures of a source from one index on, RGBA. */
function picturesFrom(file: Buffer, index: number, count: number, bytes: number): Buffer[] {
  const pixels = ffmpeg(
    [
      ...['-i', 'pipe:0', '-map', '0:v:0', '-vf', `trim=start_frame=${index}:end_frame=${index + count}`],
      ...['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'rgba', '-'],
    ],
    file,
  );
  return Array.from({ length: count }, (_, i) => pixels.subarray(i * bytes, (i + 1) * bytes));
}

/** By how much the pixels of two pictures differ, on average. */
function difference(one: readonly number[], other: Buffer): number {
  return one.reduce((sum, value, i) => sum + Math.abs(value - (other[i] ?? 0)), 0) / one.length;
}

describe('clips in Chromium', function () {
  this.timeout(120_000);
  const files = new Map<string, Buffer>();
  let server: Server;
  let page: Page;

  before(async function () {
    needsFfmpeg(this);
    server = createServer((request, response) => {
      const file = files.get(request.url ?? '');
      response.setHeader('Content-Type', file === undefined ? 'text/html' : 'video/mp4');
      response.end(file ?? '<!doctype html><title>clips</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    page = await (await (await sharedBrowser()).newContext()).newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  after(async () => {
    await page.context().close();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Loads a file, looks at it, and plays it to its end. */
  async function play(file: Buffer): Promise<Played> {
    const path = `/${files.size}.mp4`;
    files.set(path, file);
    return page.evaluate(async (src) => {
      const video = document.createElement('video');
      // No named functions: what runs here knows nothing of what the compiler adds to them.
      const isOver = new Promise((resolve) => {
        video.addEventListener('ended', resolve, { once: true });
        video.addEventListener('error', resolve, { once: true });
      });
      // The data may be loaded before the picture is drawn: on a busy machine a canvas was still empty then.
      const isShown = new Promise((resolve) => {
        video.requestVideoFrameCallback(resolve);
        video.addEventListener('error', resolve, { once: true });
      });
      video.muted = true;
      video.preload = 'auto';
      video.src = src;
      document.body.replaceChildren(video);
      await isShown;
      const canvas = document.createElement('canvas');
      const { videoWidth: width, videoHeight: height } = video;
      [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext('2d');
      context?.drawImage(video, 0, 0);
      const first = width === 0 ? [] : [...(context?.getImageData(0, 0, width, height).data ?? [])];
      video.playbackRate = 8;
      if (video.error === null) {
        await video.play();
        await isOver;
      }
      const { duration, currentTime: end, error } = video;
      return { duration, width, height, first, end, error: error?.message };
    }, path);
  }

  /** @param index of the picture in the source that the clip begins with */
  function assertBeginsWith({ first, width, height }: Played, sourceFile: Buffer, index: number): void {
    const before = Math.min(2, index);
    const candidates = picturesFrom(sourceFile, index - before, before + 3, width * height * 4);
    const differences = candidates.map((candidate) => difference(first, candidate));
    const least = Math.min(...differences);
    assert.equal(differences.indexOf(least), before, `differences: ${differences.join(', ')}`);
    assert.ok(least < SAME_PICTURE, `the picture is another one: ${least}`);
  }

  function assertPlays({ duration, end, error }: Played, ms: number): void {
    assert.equal(error, undefined);
    for (const seconds of [duration, end]) {
      assert.ok(Math.abs(seconds * 1_000 - ms) <= FRAME_MS, `${seconds} s of ${ms} ms`);
    }
  }

  const ranges: readonly (readonly [name: string, from: number, to: number])[] = [
    ['a key frame each second', 1_010, 3_490],
    ['a key frame each 4 s and B-frames', 3_999, 8_001],
    ['a key frame each 16 s and AAC', 15_337, 18_400],
    ['two video tracks', 2_530, 5_000],
  ];
  for (const [name, from, to] of ranges) {
    it(`of ${name} play from ${from} to ${to} ms, beginning with the picture shown then`, async () => {
      const { file, chunks, base, pictures } = source(name);
      const { clips } = makeClips(chunks, base + from, base + to);
      const shown = await play(clips[0]?.file ?? assert.fail());
      assertPlays(shown, to - from);
      assertBeginsWith(
        shown,
        file,
        pictures.findLastIndex(({ timeMs }) => timeMs <= from),
      );
    });
  }

  it('of a camera that was silent in the middle play over the hole', async () => {
    const { file, chunks, base, pictures } = source('a key frame each second');
    const kept = chunks.filter((_, i) => i < 3 || i > 5);
    const { clips } = makeClips(kept, base + 1_500, base + 8_500);
    const [{ file: clip, gaps }] = [clips[0] ?? assert.fail()];
    assert.equal(gaps.length, 1);
    const shown = await play(clip);
    assertPlays(shown, 7_000);
    assertBeginsWith(
      shown,
      file,
      pictures.findLastIndex(({ timeMs }) => timeMs <= 1_500),
    );
  });

  it('of a stream whose tracks change within the range play one after the other', async () => {
    const one = source('a key frame each second');
    const args = PICTURE.map((arg) => arg.replace('128x96', '160x96').replace('duration=20', 'duration=4'));
    const otherFile = film(...args, ...h264(1, '-bf', '0'));
    const other = toChunks(otherFile);
    const shift = one.base + 4_000 - beginOf(other);
    const chunks = [...one.chunks.slice(0, 4), ...other.map((chunk) => moved(chunk, shift))];
    const { clips } = makeClips(chunks, one.base + 2_700, one.base + 6_300);
    assert.equal(clips.length, 2);
    const [first, second] = [
      await play(clips[0]?.file ?? assert.fail()),
      await play(clips[1]?.file ?? assert.fail()),
    ];
    assertPlays(first, 1_300);
    assertPlays(second, 2_300);
    assert.deepEqual([first.width, second.width], [128, 160]);
    assertBeginsWith(
      first,
      one.file,
      one.pictures.findLastIndex(({ timeMs }) => timeMs <= 2_700),
    );
    assertBeginsWith(second, otherFile, 0);
  });
});
