/** The tracks of H.264 and H.265 of a chunk, of which elementary streams and pictures are made. */
import type { TrackFrames } from '../input/chunk-tracks';
import type { MediaChunk } from '../input/find-chunks';
import type { LeftOutTrack } from '../input/left-out-tracks';
import type { MediaTrack, TrackMedia } from '../samples/media-track';
import type { TrackReader } from '../samples/track-reader';
import type { StepBudget, Steps } from '../steps';

/** A track of video of a chunk. */
export interface VideoMediaTrack extends MediaTrack {
  readonly media: Extract<TrackMedia, { readonly name: 'video' }>;
}

export interface VideoTracks {
  readonly videos: readonly VideoMediaTrack[];
  readonly unread: readonly LeftOutTrack[];
  /** There are tracks of which nothing can be said yet. */
  readonly waits: boolean;
}

/** Reads the tracks of H.264 and H.265. Throws `ConversionError`, as `TrackReader` does. */
export function* readVideoTracks(
  reader: TrackReader,
  found: readonly TrackFrames[],
  chunk: MediaChunk,
  budget: StepBudget,
): Steps<VideoTracks> {
  const { tracks, unread, waiting } = yield* reader.read(
    found.filter(({ codec }) => codec.name === 'video'),
    chunk,
    budget,
  );
  return {
    videos: tracks.filter(isVideo),
    unread,
    waits: waiting.length > 0,
  };
}

function isVideo(track: MediaTrack): track is VideoMediaTrack {
  return track.media.name === 'video';
}
