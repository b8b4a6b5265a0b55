/**
 * Media made ready to be produced over and over: cut into fragments at key frames and encoded as one kind of
 * producer would send it. Everything that does not change from loop to loop is made once and shared, so that any
 * number of streams and an hour of retention cost the size of the file.
 */
import { findDuration, type DurationPlace } from './chunk-duration';
import type { SourceBlock, SourceMedia } from './demuxer';
import { element } from './ebml-writer';
import { cutAtKeyFrames, endOf } from './cut-file';
import { MediaError } from './media-error';
import { producerHeader, type Profile } from './profile';
import { mediaTypeOf } from './tracks';

/** One fragment's worth of media. Times are ms from the beginning of the loop. */
export interface Piece {
  readonly startMs: number;
  readonly durationMs: number;
  /** The Cluster's blocks: all of its content but its head. */
  readonly body: Buffer;
  /** When each frame is due, and the offset in `body` at which it ends. */
  readonly frames: readonly { readonly dueMs: number; readonly end: number }[];
}

export interface Playable {
  readonly profile: Profile;
  /** EBML header, Segment head and all that comes before the service's own tags. */
  readonly header: Buffer;
  /** Place in the header that says how long the media is. */
  readonly duration?: DurationPlace | undefined;
  readonly pieces: readonly Piece[];
  /** Length of the loop, ms. */
  readonly periodMs: number;
  /** As DescribeStream tells it, e.g. `video/h264,audio/aac`. */
  readonly mediaType: string;
}

/** @throws {MediaError} if there is nothing that can be played */
export function makePlayable(media: SourceMedia, profile: Profile): Playable {
  if (profile === 'amazon-connect') {
    throw new MediaError('the profile amazon-connect plays a call of its own and no file');
  }
  const cuts = cutAtKeyFrames(media);
  const first = cuts[0];
  if (first === undefined) {
    throw new MediaError('its video track has no key frame to begin at');
  }
  const startOf = (blocks: readonly SourceBlock[]) => Math.min(...blocks.map(({ timeMs }) => timeMs));
  const origin = startOf(first);
  const periodMs = Math.max(1, Math.round(endOf(media, cuts) - origin));
  const pieces = cuts.map((blocks, index) => {
    const start = startOf(blocks);
    const next = cuts[index + 1];
    const end = next === undefined ? origin + periodMs : startOf(next);
    return encode(blocks, profile, start, origin, Math.max(1, Math.round(end - start)));
  });
  const head = producerHeader(media, profile);
  const duration = findDuration(head);
  return { profile, header: head, duration, pieces, periodMs, mediaType: mediaTypeOf(media.tracks) };
}

function encode(
  blocks: readonly SourceBlock[],
  profile: Profile,
  start: number,
  origin: number,
  durationMs: number,
): Piece {
  const parts: Buffer[] = [];
  const frames: { dueMs: number; end: number }[] = [];
  const clusterStart = Math.round(start - origin);
  let end = 0;
  for (const block of blocks) {
    const relativeMs = Math.min(0x7fff, Math.round(block.timeMs - origin) - clusterStart);
    const form = block.at(relativeMs);
    const bytes = element(form.id, form.content, profile === 'aws-sdk' ? 8 : undefined);
    end += bytes.length;
    parts.push(bytes);
    frames.push({ dueMs: clusterStart + Math.max(0, relativeMs), end });
  }
  return { startMs: clusterStart, durationMs, body: Buffer.concat(parts), frames };
}
