/** GetClip. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_reader_GetClip.html */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { initSegment, MediaError, mediaSegment, NoFfmpegError, remuxClip, type Mp4Track } from '../media';
import { storedMedia, type Fragment } from '../streams';
import type { Call } from './call';
import { headers } from './responses';
import type { OpenResponse, Service } from './service';
import { ServiceError, invalidArgument } from './service-error';
import { fragmentsOf, nothingToPlay, tracksOf } from './streaming-session';
import { checkRetained, readFragmentSelector, type FragmentRange } from './timestamp-range';

/** What is beyond these is left out, and nothing says so. */
const MOST_FRAGMENTS = 200;
const MOST_BYTES = 100_000_000;
const DAY_MS = 24 * 3_600_000;

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, NoDataRetention, those of codecs; 501 without ffmpeg */
export async function getClip(service: Service, call: Call): Promise<void> {
  const { clock } = service.options;
  const stream = service.streamOf(call);
  const range = readFragmentSelector(call.body['ClipFragmentSelector'], 'ClipFragmentSelector');
  const now = clock.now();
  checkRange(range, now);
  if (stream.details.retentionMs === 0) {
    throw new ServiceError('NoDataRetentionException', 'The stream retains no data.');
  }
  checkRetained(stream, range, now);
  const wanted = { stream, mode: 'ON_DEMAND', range, most: MOST_FRAGMENTS, createdAt: now } as const;
  const fragments = cut(fragmentsOf(service, wanted));
  const [first] = fragments;
  if (first === undefined) {
    throw nothingToPlay('GetClip');
  }
  service.takePoints('metadata', fragments.length, stream.name);
  service.takePoints('media', fragments.length, stream.name);
  const { tracks } = tracksOf(first);
  await send(service, call, segmentsOf(tracks, fragments, range.member));
}

function checkRange({ member, from, to }: FragmentRange, now: number): void {
  if (to - from > DAY_MS) {
    throw invalidArgument('EndTimestamp must be within 24 hours of StartTimestamp.');
  }
  if (member === 'ServerTimestamp' && to > now) {
    throw invalidArgument('EndTimestamp must be in the past for SERVER_TIMESTAMP.');
  }
}

/** As many of the first fragments as may be in a clip. */
function cut(fragments: readonly Fragment[]): readonly Fragment[] {
  let bytes = 0;
  const end = fragments.findIndex(({ body }) => (bytes += body.length) > MOST_BYTES);
  return end < 0 ? fragments : fragments.slice(0, end);
}

/** Each is made when its turn has come. */
function* segmentsOf(
  tracks: readonly Mp4Track[],
  fragments: readonly Fragment[],
  member: FragmentRange['member'],
): Generator<Buffer> {
  yield initSegment(tracks);
  const origin = fragments[0]?.[member] ?? 0;
  for (const [index, fragment] of fragments.entries()) {
    const startMs = (fragment[member] ?? origin) - origin;
    const place = { sequence: index + 1, startMs, durationMs: fragment.durationMs };
    yield mediaSegment(tracks, storedMedia(fragment), place);
  }
}

/** A progressive MP4 needs a file to seek in. */
async function send(
  { openResponses }: Service,
  { response, head }: Call,
  segments: Iterable<Buffer>,
): Promise<void> {
  const gone = new AbortController();
  const open: OpenResponse = {
    heldBytes: 0,
    end: () => {
      openResponses.delete(open);
      gone.abort();
    },
  };
  openResponses.add(open);
  response.once('close', () => {
    open.end();
  });
  const folder = await mkdtemp(join(tmpdir(), `kvs-simulator-${process.pid}-`));
  try {
    const path = join(folder, 'clip.mp4');
    const isMade = await remuxClip(segments, path, gone.signal);
    if (gone.signal.aborted) {
      response.destroy();
      return;
    }
    if (!isMade) {
      throw unreadable();
    }
    const { size } = await stat(path);
    response.writeHead(200, {
      ...headers(head),
      'Content-Type': 'video/mp4',
      'Content-Length': String(size),
    });
    // A reader that has gone shows by itself.
    await pipeline(createReadStream(path), response, { signal: gone.signal }).catch(() => undefined);
  } catch (error) {
    if (error instanceof NoFfmpegError) {
      const message = 'The simulator needs ffmpeg on its path for GetClip.';
      throw new ServiceError('NotImplementedException', message, 501);
    }
    throw error instanceof MediaError ? unreadable() : error;
  } finally {
    openResponses.delete(open);
    await rm(folder, { recursive: true, force: true });
  }
}

function unreadable(): ServiceError {
  return new ServiceError('InvalidMediaFrameException', 'A frame in the requested clip could not be parsed.');
}
