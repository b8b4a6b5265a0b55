/** Makes pictures of stored media: one of a moment, or one every so many ms of a range. */
import type { ArchiveDependencies, Span } from '../archive';
import { DecoderError, findFfmpeg } from '../pictures';
import { definedOnly } from '../defined-only';
import { DecodedPictures, NeedsEarlierChunk } from './decoded-pictures';
import { runsOf, type Moments } from './moments';
import type { PictureEvents, PictureRequest, PicturesResult } from './picture-types';

/** @throws ArchiveError, DecoderError, what `events.picture` throws, or the signal's reason */
export async function makePictures(
  request: PictureRequest,
  dependencies: ArchiveDependencies,
  events: PictureEvents,
  signal: AbortSignal,
): Promise<PicturesResult> {
  const { from, to, intervalMs } = request;
  const ffmpeg = await findFfmpeg();
  if (ffmpeg === undefined) {
    throw new DecoderError('NoDecoder', 'no ffmpeg was found');
  }
  let pictures = 0;
  let without = 0;
  let withoutSpan: Span | undefined;
  let notRetained: Span | undefined;
  const counted: PictureEvents = {
    ...events,
    picture: async (picture) => {
      pictures += 1;
      await events.picture(picture);
    },
  };
  const decoded = async (moments: Moments): Promise<Span | undefined> => {
    const make = (leadMs: number) =>
      new DecodedPictures(request, dependencies, ffmpeg, moments, counted, signal, leadMs).run();
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
  for (const moments of runsOf(from, to, intervalMs)) {
    signal.throwIfAborted();
    const early = await decoded(moments);
    notRetained = early === undefined ? notRetained : { from: notRetained?.from ?? early.from, to: early.to };
    moments.skip(moments.to);
    const span = moments.withoutSpan;
    without += moments.without;
    withoutSpan = span === undefined ? withoutSpan : { from: withoutSpan?.from ?? span.from, to: span.to };
  }
  return { pictures, without, ...definedOnly({ withoutSpan, notRetained }) };
}
