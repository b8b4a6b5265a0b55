/** What a kind of file has to do, so that `FileConverter` can make files of chunks. */
import type { MediaChunk } from '../input/find-chunks';
import type { MediaTrack } from '../samples/media-track';
import type { TrackDeclaration } from '../samples/track-memo';
import type { StepBudget, Steps } from '../steps';
import type { MediaFormat } from '../types';

/** A track with samples, and where it is in the file. */
export interface PlacedTrack<Layout> extends MediaTrack {
  readonly layout: Layout;
  /** 1, 2, … in the order of the init piece. */
  readonly id: number;
}

/** A kind of file that grows by one piece for each chunk. */
export interface Container<Layout> {
  /** As messages name it, with its article. */
  readonly name: string;
  /** Whether the file stores when each frame is decoded. Video is then moved by its decoding delay. */
  readonly hasDecodeTimes: boolean;
  /**
   * How a track is described in it; undefined for one that it cannot hold. It is asked for once for all chunks in which
   * the track and its media stay the same objects.
   */
  layout(track: TrackDeclaration): Layout | undefined;
  init(layouts: readonly Layout[]): Buffer;
  format(layouts: readonly Layout[]): MediaFormat;
  /** A new file begins: forget what the last one came to. */
  begin(): void;
  /**
   * @param offset from a chunk's time to the file's, ms
   * @param delayMs by which video is decoded before it is shown
   * @param chunk that the tracks are of
   */
  piece(
    tracks: readonly PlacedTrack<Layout>[],
    offset: number,
    delayMs: number,
    chunk: MediaChunk,
    budget: StepBudget,
  ): Steps<Piece>;
}

export interface Piece {
  readonly data: Buffer;
  /** ms of the file's time. */
  readonly startMs: number;
  readonly endMs: number;
}
