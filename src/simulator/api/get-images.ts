/** GetImages. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_reader_GetImages.html */
import {
  MediaError,
  decodePicture,
  demux,
  type PictureForm,
  type SourceMedia,
  type SourceTrack,
} from '../media';
import { storedMedia, type SimulatedStream } from '../streams';
import { isListed } from './archive-visibility';
import type { Call } from './call';
import { choice, count } from './members';
import { JavaSeconds, sendJson, stringify } from './responses';
import type { OpenResponse, Service } from './service';
import { ServiceError, invalidArgument, isAbsent } from './service-error';
import { checkRetained, readImageRange, type FragmentRange } from './timestamp-range';

const LONGEST_RANGE_MS = 300_000;
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;
const LARGEST_PAGE = 25;
/** Points of metadata that a call costs beside one for each image. */
const CALL_POINTS = 400;
const MOST_CHARACTERS = 6_291_456;
/** A page ends when its pictures have so many characters, so that a call's memory has a limit. */
const MOST_PAGE_CHARACTERS = 32_000_000;
/** Fragments that are no further apart follow each other: times are rounded, and those of the server vary. */
const ROUNDING_MS = 100;

interface ImagesRequest {
  readonly range: FragmentRange;
  readonly intervalMs: number;
  readonly form: PictureForm;
}

type Image = { readonly ImageContent: string } | { readonly Error: 'NO_MEDIA' | 'MEDIA_ERROR' };

/** @throws {ServiceError} InvalidArgument, Validation, ResourceNotFound, NoDataRetention, ClientLimitExceeded */
export async function getImages(service: Service, call: Call): Promise<void> {
  const { response, head, body } = call;
  const stream = service.streamOf(call);
  const request = readRequest(body);
  const most = count(body, 'MaxResults', 1, 100, LARGEST_PAGE);
  const key = JSON.stringify([stream.arn, request]);
  const begin = readToken(body['NextToken'], key);
  const { ImageSelectorType, StartTimestamp, EndTimestamp } = body;
  call.selector = { ImageSelectorType, StartTimestamp, EndTimestamp };
  if (stream.details.retentionMs === 0) {
    throw new ServiceError('NoDataRetentionException', 'The stream retains no data.');
  }
  checkRetained(stream, request.range, service.options.clock.now());
  service.takePoints('metadata', CALL_POINTS + most, stream.name);
  service.takePoints('media', most, stream.name);

  const { openResponses } = service;
  const gone = new AbortController();
  let held = 0;
  const open: OpenResponse = {
    get heldBytes() {
      return held;
    },
    end: () => {
      openResponses.delete(open);
      gone.abort();
    },
  };
  openResponses.add(open);
  response.once('close', () => {
    open.end();
  });
  const { from, to } = request.range;
  const fragments = fragmentsOf(service, stream, request.range);
  const times = Math.floor((to - from) / request.intervalMs) + 1;
  const Images: (Image & { TimeStamp: JavaSeconds })[] = [];
  let next = begin;
  while (next < times && Images.length < Math.min(most, LARGEST_PAGE) && held < MOST_PAGE_CHARACTERS) {
    const time = from + next++ * request.intervalMs;
    const image = await imageAt(stream, fragments, time, request.form, gone.signal);
    held += 'ImageContent' in image ? image.ImageContent.length : 0;
    Images.push({ TimeStamp: new JavaSeconds(time), ...image });
    if (gone.signal.aborted) {
      response.destroy();
      return;
    }
  }
  const NextToken = next < times ? Buffer.from(JSON.stringify({ key, next })).toString('base64') : null;
  sendJson(response, head, stringify({ Images, NextToken }));
}

function readRequest(body: Call['body']): ImagesRequest {
  const range = readImageRange(body);
  if (range.to - range.from > LONGEST_RANGE_MS) {
    throw invalidArgument('EndTimestamp must be within 300 seconds of StartTimestamp.');
  }
  const { WidthPixels, HeightPixels, FormatConfig } = body;
  if (!isAbsent(WidthPixels) && isAbsent(HeightPixels)) {
    throw new ServiceError('ValidationException', 'WidthPixels must not be given without HeightPixels.');
  }
  return {
    range,
    intervalMs: count(body, 'SamplingInterval', 200, LONGEST_INTERVAL_MS, 3000),
    form: {
      format: choice(body, 'Format', ['JPEG', 'PNG']),
      quality: readQuality(FormatConfig),
      ...(isAbsent(WidthPixels) ? {} : { width: count(body, 'WidthPixels', 1, 3840) }),
      ...(isAbsent(HeightPixels) ? {} : { height: count(body, 'HeightPixels', 1, 2160) }),
    },
  };
}

/** The service takes the number as text. */
function readQuality(config: unknown): number {
  const { JPEGQuality = '80', ...others } = (config ?? {}) as Record<string, unknown>;
  const isNumber = typeof JPEGQuality === 'string' && /^([1-9]\d?|100)$/.test(JPEGQuality);
  if (typeof config === 'string' || Array.isArray(config) || Object.keys(others).length > 0 || !isNumber) {
    throw invalidArgument('FormatConfig may only have JPEGQuality, from "1" to "100".');
  }
  return Number(JPEGQuality);
}

/** The place of the page's first image. A token belongs to the request that it came from. */
function readToken(token: unknown, key: string): number {
  if (isAbsent(token)) {
    return 0;
  }
  try {
    const text = typeof token === 'string' ? token : '';
    const place = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Record<string, unknown> | null;
    if (place?.['key'] === key && Number.isInteger(place['next'])) {
      return Math.max(0, Number(place['next']));
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
  throw invalidArgument('NextToken is not valid.');
}

/** Where a fragment is, and when it begins and ends by the clock of the request, ms. */
interface Place {
  readonly position: number;
  readonly begins: number;
  readonly ends: number;
}

/** The fragments that begin in the range, oldest first; of those that begin at once, the first that came in. */
function fragmentsOf({ options }: Service, stream: SimulatedStream, range: FragmentRange): Place[] {
  const { member, from, to } = range;
  const now = options.clock.now();
  const places = new Map<number, Place>();
  for (const position of stream.positionsBetween(member, from, to, (fragment) =>
    isListed(options.archive, fragment, now),
  )) {
    const fragment = stream.from(position);
    const begins = fragment?.[member];
    if (fragment?.position === position && begins !== undefined && !places.has(begins)) {
      places.set(begins, { position, begins, ends: begins + fragment.durationMs });
    }
  }
  return [...places.values()].sort((a, b) => a.begins - b.begins);
}

/** The last frame shown at a time; its fragment's media are held until then, those of no other. */
async function imageAt(
  stream: SimulatedStream,
  places: readonly Place[],
  time: number,
  form: PictureForm,
  signal: AbortSignal,
): Promise<Image> {
  const place = places.findLast(({ begins }) => begins <= time);
  const fragment = place && stream.from(place.position);
  if (fragment?.position !== place?.position || place === undefined || time >= place.ends + ROUNDING_MS) {
    return { Error: 'NO_MEDIA' };
  }
  const bytes = fragment === undefined ? Buffer.alloc(0) : storedMedia(fragment);
  const media = demuxed(bytes);
  if (media === undefined) {
    return { Error: 'MEDIA_ERROR' };
  }
  const track = media.tracks.find(({ type }) => type === 'video');
  const shown = frameAt(media, track, time - place.begins);
  if (track === undefined || shown === undefined) {
    return { Error: 'NO_MEDIA' };
  }
  const isAsItIs = isMotionJpeg(track) && form.format === 'JPEG' && form.height === undefined;
  const picture = isAsItIs
    ? jpegOf(shown.frame)
    : await decodePicture(bytes, {
        ...{ timeMs: shown.timeMs, form, signal },
        maxBytes: (MOST_CHARACTERS / 4) * 3,
      });
  const ImageContent = picture?.toString('base64') ?? '';
  return ImageContent === '' || ImageContent.length > MOST_CHARACTERS
    ? { Error: 'MEDIA_ERROR' }
    : { ImageContent };
}

function demuxed(bytes: Buffer): SourceMedia | undefined {
  try {
    return demux(bytes);
  } catch (error) {
    if (error instanceof MediaError) {
      return undefined;
    }
    throw error;
  }
}

/** The track's frame that is shown so long after the fragment's first frame of any track; at the least its first. */
function frameAt({ blocks }: SourceMedia, track: SourceTrack | undefined, offsetMs: number) {
  const origin = blocks.reduce((earliest, { timeMs }) => Math.min(earliest, timeMs), Infinity);
  const frames = blocks.filter((block) => block.track === track?.number).sort((a, b) => a.timeMs - b.timeMs);
  return frames.findLast(({ timeMs }) => timeMs <= origin + offsetMs) ?? frames[0];
}

function isMotionJpeg({ codecId, codecPrivate, encoded }: SourceTrack): boolean {
  const fourCc = codecPrivate?.toString('latin1', 16, 20);
  return !encoded && (codecId === 'V_MJPEG' || (codecId === 'V_MS/VFW/FOURCC' && fourCc === 'MJPG'));
}

function jpegOf(frame: Buffer): Buffer | undefined {
  return frame.length > 2 && frame.readUInt16BE(0) === START_OF_IMAGE ? frame : undefined;
}

const START_OF_IMAGE = 0xffd8;
