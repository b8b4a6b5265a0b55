/** Pictures that the service decodes (GetImages), for machines without a decoder. */
import { beginOf, fragmentsInRange, retryCalls, sleep } from '../archive';
import { definedOnly } from '../defined-only';
import type { GetImagesRequest, StoredImage } from '../kinesis-video';
import { imageSize, type ImageSize } from './image-size';
import type { Moments } from './moments';
import type { PictureDependencies, PictureEvents, PictureRequest } from './picture-types';

/** The service's limits: of the interval, and of a picture's height. */
export const SHORTEST_INTERVAL_MS = 200;
const MOST_HEIGHT = 2_160;
/** Images in a page, which bounds its memory. */
const PAGE = 25;
/** Beside one point for each image. */
const CALL_POINTS = 400;
/** A list of pages that goes on without images ends. */
const MOST_EMPTY_PAGES = 20;
/** No fragment begins earlier and shows the first moment. A list does not say how long its last frame is shown. */
const LEAD_MS = 20_000;

interface Range extends Pick<GetImagesRequest, 'from' | 'to'> {
  readonly intervalMs: number;
}

/** Asks for the pictures of one run of moments after the other. */
export class ServicePictures {
  /** What pictures become, once one has shown their ratio. */
  #size: ImageSize | undefined;

  constructor(
    private readonly request: PictureRequest,
    private readonly dependencies: PictureDependencies,
    private readonly events: PictureEvents,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Moments of which the service gives no picture are left out.
   *
   * @throws KinesisVideoError, what `events.picture` throws, or the signal's reason
   */
  async run(moments: Moments): Promise<void> {
    const { request, dependencies, signal } = this;
    const { from, to, intervalMs } = moments;
    const listed = { ...request, from: from - LEAD_MS, to };
    const fragments = await fragmentsInRange(dependencies, listed, signal);
    const begin = (fragment: (typeof fragments)[number]) => beginOf(fragment, request.timestampType);
    const first = fragments.findLast((each) => begin(each) <= from) ?? fragments[0];
    if (first === undefined) {
      return;
    }
    // The service leaves out the fragment that contains the start: it is asked from before that fragment's begin.
    const before = from - begin(first);
    const leadMs = before > 0 && before <= LEAD_MS ? before : 0;
    const interval = intervalMs || Math.max(SHORTEST_INTERVAL_MS, leadMs);
    const start = from - Math.ceil(leadMs / interval) * interval;
    const last = intervalMs === 0 ? from : from + Math.floor((to - 1 - from) / interval) * interval;
    for await (const images of this.#pages({ from: start, to: last, intervalMs: interval })) {
      for (const { time = NaN, data } of images) {
        const size = data === undefined ? undefined : imageSize(data);
        if (data === undefined || size === undefined) {
          continue;
        }
        const at = start + Math.round((time - start) / interval) * interval;
        // A time that was not asked for would end the moments before it.
        const isAsked = at >= from && at <= last;
        for (const moment of isAsked ? moments.within(at - 0.5, at + 0.5) : []) {
          signal.throwIfAborted();
          const { FragmentNumber } = fragments.findLast((each) => begin(each) <= moment) ?? first;
          await this.events.picture({ at: moment, frameTime: time, FragmentNumber, ...size, data });
        }
      }
    }
  }

  /** Page by page, so that no more than one is in memory. */
  async *#pages(range: Range): AsyncGenerator<readonly StoredImage[]> {
    const { width } = this.request.form;
    if (width > 0) {
      this.#size ??= await this.#sizeOf(range, width);
      if (this.#size === undefined) {
        return;
      }
    }
    yield* this.#images(range, PAGE, this.#size);
  }

  /** The service takes no width without a height, so the ratio is read from a picture as it is. */
  async #sizeOf(range: Range, width: number): Promise<ImageSize | undefined> {
    for await (const images of this.#images(range, 2, undefined)) {
      for (const { data } of images) {
        const size = data === undefined ? undefined : imageSize(data);
        if (size !== undefined) {
          const scale = Math.min(width / size.width, MOST_HEIGHT / size.height);
          const scaled = (pixels: number) => Math.max(1, Math.round(pixels * scale));
          return { width: scaled(size.width), height: scaled(size.height) };
        }
      }
    }
    return undefined;
  }

  async *#images(
    range: Range,
    page: number,
    size: ImageSize | undefined,
  ): AsyncGenerator<readonly StoredImage[]> {
    const { dependencies, signal } = this;
    const { budgets, clock, streamKey, images } = dependencies;
    const { form, stream, timestampType } = this.request;
    const count = Math.floor((range.to - range.from) / range.intervalMs) + 1;
    const MaxResults = Math.min(page, count);
    const asked = {
      ...{ ...range, ...size, timestampType, format: form.as, MaxResults },
      ...(form.as === 'jpeg' ? { quality: form.quality } : {}),
    };
    let NextToken: string | undefined;
    for (let calls = 0; calls < count + MOST_EMPTY_PAGES; calls++) {
      const token = NextToken;
      const answer = await retryCalls(dependencies, stream, signal, async () => {
        const now = clock.monotonic();
        const waitMs = budgets.metadata.take(streamKey, CALL_POINTS + MaxResults, now);
        await sleep(clock, Math.max(waitMs, budgets.media.take(streamKey, MaxResults, now)), signal);
        return images.getImages(stream, { ...asked, ...definedOnly({ NextToken: token }) }, signal);
      });
      yield answer.images;
      NextToken = answer.NextToken;
      if (NextToken === undefined) {
        return;
      }
    }
  }
}
