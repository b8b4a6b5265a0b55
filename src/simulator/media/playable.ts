/**
 * Media made ready to be produced over and over: cut into fragments at key frames and encoded as one kind of
 * producer would send it. Everything that does not change from loop to loop is made once and shared, so that any
 * number of streams and an hour of retention cost the size of the file.
 */
import { ID, children, elementAt, elements } from './ebml-reader';
import { UNKNOWN_SIZE_1, UNKNOWN_SIZE_8, element, idBytes, size, text, unsigned } from './ebml-writer';
import type { SourceBlock, SourceMedia, SourceTrack } from './demuxer';
import { MediaError } from './demuxer';
import { findDuration, type DurationPlace } from './chunk-duration';
import { frameKind } from './key-frames';

/**
 * `ffmpeg`: known cluster size, session-relative time, producer tags in the header.
 * `mkvmerge`: the same, with sizes as short as they can be and room left free in the header.
 * `aws-sdk`: unknown cluster size, absolute time, NUL-padded strings, custom tags after the Cluster.
 * `amazon-connect`: a call of its own (connect-call.ts); unknown size, absolute time, tags on both sides of the Cluster.
 */
export const PROFILES = ['ffmpeg', 'aws-sdk', 'mkvmerge', 'amazon-connect'] as const;
export type Profile = (typeof PROFILES)[number];

/** One fragment's worth of media. Times are ms from the beginning of the loop. */
export interface Piece {
  readonly startMs: number;
  readonly durationMs: number;
  /** The Cluster's blocks: all of its content but its head. */
  readonly body: Buffer;
  /** When each frame is due, and where in `body` it ends. */
  readonly frames: readonly { readonly dueMs: number; readonly end: number }[];
}

export interface Playable {
  readonly profile: Profile;
  /** EBML header, Segment head and all that comes before the service's own tags. */
  readonly header: Buffer;
  /** Where the header says how long the media is. */
  readonly duration?: DurationPlace | undefined;
  readonly pieces: readonly Piece[];
  /** Length of the loop, ms. */
  readonly periodMs: number;
  /** As DescribeStream tells it, e.g. `video/h264,audio/aac`. */
  readonly mediaType: string;
}

/** Fragments where there is no video to cut at, ms. */
const AUDIO_FRAGMENT_MS = 2000;
/** A block's time within its Cluster is a signed 16-bit number. */
const LONGEST_FRAGMENT_MS = 30_000;

/** Whether a producer writes a Cluster's size before its content, and times that count from the session's start. */
export function isFileLike(profile: Profile): boolean {
  return profile === 'ffmpeg' || profile === 'mkvmerge';
}

/** @throws {MediaError} where there is nothing that can be played */
export function makePlayable(media: SourceMedia, profile: Profile): Playable {
  if (profile === 'amazon-connect') {
    throw new MediaError('the profile amazon-connect plays a call of its own and no file');
  }
  const cuts = cut(media);
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
  const head = header(media, profile);
  const duration = findDuration(head);
  return { profile, header: head, duration, pieces, periodMs, mediaType: mediaTypeOf(media.tracks) };
}

/** The bytes between the service's front tags and the first block. */
export function clusterHead(profile: Profile, timecodeMs: number, bodyLength: number): Buffer {
  const id = idBytes(ID.Cluster);
  const timecode = unsigned(ID.Timecode, timecodeMs, profile === 'aws-sdk' ? 8 : undefined);
  switch (profile) {
    case 'ffmpeg':
      return Buffer.concat([id, size(timecode.length + bodyLength, 8), timecode]);
    case 'mkvmerge':
      return Buffer.concat([id, size(timecode.length + bodyLength), timecode]);
    case 'aws-sdk':
      return Buffer.concat([id, UNKNOWN_SIZE_1, timecode, unsigned(ID.Position, 0)]);
    case 'amazon-connect':
      return Buffer.concat([id, UNKNOWN_SIZE_8, timecode]);
  }
}

function cut(media: SourceMedia): SourceBlock[][] {
  const video = media.tracks.find(({ type }) => type === 'video');
  const cuts: SourceBlock[][] = [];
  let open: SourceBlock[] | undefined;
  let keyMs: number | undefined;
  /** Blocks that belong to the next picture: parameter sets in blocks of their own. */
  let lead: SourceBlock[] = [];
  let recovers = false;
  for (const block of media.blocks) {
    const first = open?.[0];
    const elapsed = first === undefined ? 0 : block.timeMs - first.timeMs;
    const kind = block.track === video?.number ? frameKind(video, block) : 'other';
    if (kind === 'lead' || kind === 'recovery') {
      lead.push(block);
      recovers ||= kind === 'recovery';
      continue;
    }
    const isPicture = block.track === video?.number;
    // Slices of one picture may come in blocks of their own.
    const isKey = isPicture && (kind === 'key' || recovers) && block.timeMs !== keyMs;
    const begins =
      video === undefined
        ? open === undefined || elapsed >= AUDIO_FRAGMENT_MS
        : isKey || elapsed >= LONGEST_FRAGMENT_MS;
    if (begins) {
      open = [];
      cuts.push(open);
      keyMs = isKey ? block.timeMs : undefined;
    }
    // What comes before the first key frame cannot be played and is left out.
    if (isPicture) {
      open?.push(...lead);
      lead = [];
      recovers = false;
    }
    open?.push(block);
  }
  return cuts;
}

/** Where the loop ends: behind the last frame of the first video track, or of all where there is no video. */
function endOf(media: SourceMedia, cuts: readonly SourceBlock[][]): number {
  const video = media.tracks.find(({ type }) => type === 'video')?.number;
  const times = cuts
    .flat()
    .filter(({ track }) => video === undefined || track === video)
    .sort((a, b) => a.timeMs - b.timeMs);
  const last = times.at(-1);
  const before = times.at(-2);
  if (last === undefined) {
    return 0;
  }
  return last.timeMs + (last.durationMs ?? (before === undefined ? 40 : last.timeMs - before.timeMs));
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

function header(media: SourceMedia, profile: Profile): Buffer {
  const head = [media.ebml, idBytes(ID.Segment), UNKNOWN_SIZE_8];
  if (profile === 'ffmpeg') {
    return Buffer.concat([...head, ...media.beforeClusters.map(({ bytes }) => bytes)]);
  }
  if (profile === 'mkvmerge') {
    const kept = media.beforeClusters.filter(({ id }) => id !== ID.SeekHead && id !== ID.Void);
    const [before, behind] = MKVMERGE_VOIDS.map((length) => element(ID.Void, Buffer.alloc(length)));
    return Buffer.concat(
      [...head, before, ...kept.map(({ bytes }) => bytes), behind].flatMap((part) => part ?? []),
    );
  }
  const tracks = media.beforeClusters.find(({ id }) => id === ID.Tracks)?.bytes ?? Buffer.alloc(0);
  return Buffer.concat([...head, sdkInfo(), sdkTracks(tracks)]);
}

/** mkvmerge leaves room for an index and for tags to grow, which every chunk then repeats. */
const MKVMERGE_VOIDS = [4029, 1068];

function sdkInfo(): Buffer {
  const uid = Buffer.from('02728bdf2fc0bc219da7700bed40c7c3', 'hex');
  return element(
    ID.Info,
    Buffer.concat([
      element(ID.SegmentUID, uid),
      unsigned(ID.TimecodeScale, 1_000_000, 8),
      text(ID.Title, 'Kinesis Video SDK\0'),
      text(ID.MuxingApp, 'Kinesis Video SDK\0'),
      text(ID.WritingApp, 'Kinesis Video SDK\0'),
    ]),
  );
}

/** The AWS SDK writes Name and CodecID into fields of 32 bytes. */
function sdkTracks(tracks: Buffer): Buffer {
  const master = elementAt(tracks, 0, tracks.length);
  if (master === undefined) {
    return tracks;
  }
  const entries = [...children(tracks, master)]
    .filter(({ id }) => id === ID.TrackEntry)
    .map((entry) => {
      const fields = [...elements(tracks, entry.data, entry.end)].map((field) =>
        field.id === ID.Name || field.id === ID.CodecID
          ? text(field.id, tracks.toString('utf8', field.data, field.end), 32)
          : tracks.subarray(field.start, field.end),
      );
      return element(ID.TrackEntry, Buffer.concat(fields), 4);
    });
  return element(ID.Tracks, Buffer.concat(entries), 4);
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  'V_MPEG4/ISO/AVC': 'video/h264',
  'V_MPEGH/ISO/HEVC': 'video/h265',
  'V_MS/VFW/FOURCC': 'video/x-motion-jpeg',
  V_VP8: 'video/vp8',
  V_VP9: 'video/vp9',
  V_AV1: 'video/av1',
  A_AAC: 'audio/aac',
  A_OPUS: 'audio/opus',
  A_VORBIS: 'audio/vorbis',
};

/** As DescribeStream tells it. */
export function mediaTypeOf(tracks: readonly SourceTrack[]): string {
  return tracks
    .map(
      ({ codecId, type }) => MEDIA_TYPES[codecId] ?? `${type === 'other' ? 'application' : type}/x-unknown`,
    )
    .join(',');
}
