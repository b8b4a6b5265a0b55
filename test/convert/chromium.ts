/** Plays pieces of MP4 in Chromium by Media Source Extensions, and tells how that went. */
import type { Browser, Page } from 'playwright-core';
import type { Converted } from '../../src/convert';
import { sharedBrowser } from '../editor/browser';
import { skip } from '../../testing/skip';

export interface Played {
  /** s: start and end of each range that the element says is buffered. */
  readonly buffered: readonly (readonly [number, number])[];
  /** s: where playing came to. */
  readonly currentTime: number;
  readonly duration: number;
  /** Width and height at which the element shows the picture. */
  readonly size: readonly [number, number];
  readonly error: string;
}

/** Skips the test, visibly, where there is no Chromium that plays H.264. */
export async function needsChromium(context: Mocha.Context): Promise<void> {
  context.timeout(120_000);
  let browser: Browser;
  try {
    browser = await sharedBrowser();
  } catch {
    skip(context, 'no Chromium');
  }
  const page = await usePage(browser);
  const plays = await page.evaluate(() => MediaSource.isTypeSupported('video/mp4; codecs="avc1.4d401e"'));
  if (!plays) {
    skip(context, 'this Chromium plays no H.264');
  }
}

let shared: Page | undefined;

/** An empty page, the same for all that is played and shown in a browser. */
async function usePage(browser: Browser): Promise<Page> {
  if (shared === undefined || shared.isClosed()) {
    shared = await browser.newPage();
  }
  return shared;
}

/**
 * Appends one file's pieces, plays them at several times their speed, and resolves at the end or where it stops.
 *
 * @param mimeType for pieces whose own is not one that a browser knows
 */
export async function play(
  pieces: readonly Converted[],
  mimeType = pieces[0]?.format.mimeType ?? '',
): Promise<Played> {
  const page = await usePage(await sharedBrowser());
  return page.evaluate(
    async ({ type, parts }): Promise<Played> => {
      const video = document.createElement('video');
      // What is shown is not looked at, and painting it large takes longer than decoding it.
      video.width = 32;
      document.body.append(video);
      video.muted = true;
      const source = new MediaSource();
      const address = URL.createObjectURL(source);
      video.src = address;
      await new Promise((resolve) => {
        source.addEventListener('sourceopen', resolve, { once: true });
      });
      const buffer = source.addSourceBuffer(type);
      for (const part of parts) {
        const bytes = Uint8Array.from(atob(part), (char) => char.charCodeAt(0));
        if (source.readyState !== 'open') {
          break;
        }
        await new Promise((resolve) => {
          buffer.addEventListener('updateend', resolve, { once: true });
          buffer.appendBuffer(bytes);
        });
      }
      const buffered = Array.from({ length: video.buffered.length }, (_, i): readonly [number, number] => [
        video.buffered.start(i),
        video.buffered.end(i),
      ]);
      if (source.readyState === 'open') {
        source.endOfStream();
      }
      video.playbackRate = 8;
      await video.play().catch(() => undefined);
      let last = -1;
      let stands = 0;
      // Whoever has something to play goes on within 20 s, on the slowest machine.
      while (!video.ended && video.error === null && stands < 400) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        stands = video.currentTime === last ? stands + 1 : 0;
        last = video.currentTime;
      }
      const { currentTime, duration, videoWidth, videoHeight } = video;
      const error = video.error?.message ?? '';
      video.remove();
      video.removeAttribute('src');
      video.load();
      URL.revokeObjectURL(address);
      return { buffered, currentTime, duration, size: [videoWidth, videoHeight], error };
    },
    {
      type: mimeType,
      parts: pieces.map(({ data }) => data.toString('base64')),
    },
  );
}

/** Decodes pictures as a page shows them; gives the size of each. Throws where one cannot be decoded. */
export async function show(
  pictures: readonly Buffer[],
  mimeType: string,
): Promise<readonly (readonly [number, number])[]> {
  const page = await usePage(await sharedBrowser());
  return page.evaluate(
    async (urls) =>
      Promise.all(
        urls.map(async (url): Promise<readonly [number, number]> => {
          const image = new Image();
          image.src = url;
          await image.decode();
          return [image.naturalWidth, image.naturalHeight];
        }),
      ),
    pictures.map((picture) => `data:${mimeType};base64,${picture.toString('base64')}`),
  );
}
