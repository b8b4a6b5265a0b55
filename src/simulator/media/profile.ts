/** How each kind of producer writes: the header before its media, and the head of each Cluster. */
import type { SourceMedia } from './demuxer';
import { children, elementAt, elements } from './ebml-reader';
import { UNKNOWN_SIZE_1, UNKNOWN_SIZE_8, element, idBytes, size, text, unsigned } from './ebml-writer';
import { ID } from './element-ids';

/**
 * `ffmpeg`: known cluster size, session-relative time, producer tags in the header.
 * `mkvmerge`: the same, with sizes as short as they can be and room left free in the header.
 * `aws-sdk`: unknown cluster size, absolute time, NUL-padded strings, custom tags after the Cluster.
 * `amazon-connect`: a call of its own (connect-call.ts); unknown size, absolute time, tags on both sides of the Cluster.
 */
export const PROFILES = ['ffmpeg', 'aws-sdk', 'mkvmerge', 'amazon-connect'] as const;
export type Profile = (typeof PROFILES)[number];

/** Whether a producer writes a Cluster's size before its content, and times that count from the session's start. */
export function isFileLike(profile: Profile): boolean {
  return profile === 'ffmpeg' || profile === 'mkvmerge';
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

/** EBML header, Segment head and what the producer writes before its first Cluster. */
export function producerHeader(media: SourceMedia, profile: Profile): Buffer {
  const head = [media.ebml, idBytes(ID.Segment), UNKNOWN_SIZE_8];
  if (profile === 'ffmpeg') {
    return Buffer.concat([...head, ...media.beforeClusters.map(({ bytes }) => bytes)]);
  }
  if (profile === 'mkvmerge') {
    const kept = media.beforeClusters.filter(({ id }) => id !== ID.SeekHead && id !== ID.Void);
    const [before, after] = MKVMERGE_VOIDS.map((length) => element(ID.Void, Buffer.alloc(length)));
    return Buffer.concat(
      [...head, before, ...kept.map(({ bytes }) => bytes), after].flatMap((part) => part ?? []),
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
