/** Makes pictures of stored media: one of a moment, or one every so many ms of a range. */
import { ArchiveError, isNotRetained, type Span } from '../archive';
import { definedOnly } from '../defined-only';
import { DecoderError, decoderStatement, findFfmpeg, type Ffmpeg } from '../pictures';
import { DecodedPictures, NeedsEarlierChunk } from './decoded-pictures';
import { DECODED_RUNS, runsOf, SERVICE_RUNS, type Moments } from './moments';
import { ServicePictures, SHORTEST_INTERVAL_MS } from './service-pictures';
import type { PictureDependencies, PictureEvents, PictureRequest, PicturesResult } from './picture-types';

/** The service makes no pictures that lie so close together. */
export class IntervalTooShortError extends Error {
  override readonly name = 'IntervalTooShortError';

  constructor(readonly shortestMs: number) {
    super(`the service makes one picture every ${shortestMs} ms at most`);
  }
}

/** Makes the pictures of one run of moments. @returns the beginning of it that the stream does not keep */
type Make = (moments: Moments) => Promise<Span | undefined>;

/**
 * @throws ArchiveError, KinesisVideoError, DecoderError, IntervalTooShortError, what `events.picture` throws, or the
 * signal's reason
 */
export async function makePictures(
  request: PictureRequest,
  dependencies: PictureDependencies,
  events: PictureEvents,
  signal: AbortSignal,
): Promise<PicturesResult> {
  const { from, to, intervalMs, source } = request;
  const ffmpeg = source === 'GetImages' ? undefined : await findFfmpeg();
  if (ffmpeg === undefined && source === 'ffmpeg') {
    throw new DecoderError('NoDecoder', decoderStatement('decoder.none', {}));
  }
  if (ffmpeg === undefined && intervalMs > 0 && intervalMs < SHORTEST_INTERVAL_MS) {
    throw new IntervalTooShortError(SHORTEST_INTERVAL_MS);
  }
  let pictures = 0;
  const counted: PictureEvents = {
    ...events,
    picture: async (picture) => {
      pictures += 1;
      await events.picture(picture);
    },
  };
  const make =
    ffmpeg === undefined
      ? byService(request, dependencies, counted, signal)
      : byFfmpeg(ffmpeg, request, dependencies, counted, signal);
  let without = 0;
  let withoutSpan: Span | undefined;
  let notRetained: Span | undefined;
  let refusal: Error | undefined;
  let isKept = false;
  for (const moments of runsOf(from, to, intervalMs, ffmpeg === undefined ? SERVICE_RUNS : DECODED_RUNS)) {
    signal.throwIfAborted();
    try {
      const early = await make(moments);
      isKept = true;
      notRetained = together(notRetained, early);
    } catch (error) {
      if (!(error instanceof Error) || !isNotRetained(error instanceof ArchiveError ? error.cause : error)) {
        throw error;
      }
      refusal ??= error;
      notRetained = together(notRetained, { from: moments.from, to: moments.to });
    }
    moments.skip(moments.to);
    without += moments.without;
    withoutSpan = together(withoutSpan, moments.withoutSpan);
  }
  if (!isKept && refusal !== undefined) {
    throw refusal;
  }
  return { pictures, without, ...definedOnly({ withoutSpan, notRetained }) };
}

function byService(...[request, dependencies, events, signal]: Parameters<typeof makePictures>): Make {
  const service = new ServicePictures(request, dependencies, events, signal);
  return async (moments) => {
    await service.run(moments);
    return undefined;
  };
}

function byFfmpeg(
  ffmpeg: Ffmpeg,
  ...[request, dependencies, events, signal]: Parameters<typeof makePictures>
): Make {
  return async (moments) => {
    const make = (leadMs: number) =>
      new DecodedPictures(request, dependencies, ffmpeg, moments, events, signal, leadMs).run();
    try {
      return await make(0);
    } catch (error) {
      if (!(error instanceof NeedsEarlierChunk)) {
        throw error;
      }
      moments.restart();
      return make(error.leadMs);
    }
  };
}

/** From the beginning of the first to the end of the second, where they are. */
function together(first: Span | undefined, second: Span | undefined): Span | undefined {
  return first === undefined || second === undefined
    ? (second ?? first)
    : { from: first.from, to: second.to };
}
