/** What converters take and give. */
import type { ContentEncoding } from '../matroska';
import type { Statement } from '../statement';

/** What a piece of media is; members that do not apply are absent. */
export interface MediaFormat {
  /** With the `codecs` parameter where the container has one (RFC 6381), such as `video/mp4; codecs="avc1.640028"`. */
  readonly mimeType: string;
  /** In the order of the tracks, as RFC 6381 writes them. */
  readonly codecs?: readonly string[];
  /** Nothing but what a player has to have first: a new file begins. */
  readonly init?: true;
  /** An empty piece: what was begun ends here, and a new `init` follows. For players that take one file only. */
  readonly reset?: true;
  /** Which file it is of, where a stream is cut into files that end. */
  readonly file?: PartFile;
  /** The media of this piece does not follow the one before without a gap, or belongs to another session. */
  readonly discontinuity?: true;
  /** Where the piece begins on the output's own, continuous time line, and how long it lasts, ms. */
  readonly startMs?: number;
  readonly durationMs?: number;
  /** When it begins by the producer's clock, ms since the epoch; absent where the chunk does not say. */
  readonly producerStart?: number;
  /** ms of silence that stand for what is missing. */
  readonly silenceMs?: number;
  /** Which track it was made of, where it is one. */
  readonly track?: { readonly number: number; readonly name?: string };
  /** Frames in it, all tracks. */
  readonly frames?: number;
  readonly keyframe?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Size at which the picture looks right, before it is rotated; absent where that is its size in pixels. */
  readonly displayWidth?: number;
  readonly displayHeight?: number;
  /** Degrees, clockwise, by which a player has to rotate the picture; absent for 0. */
  readonly rotation?: number;
  /** A player has to exchange left and right, before it rotates the picture. */
  readonly mirrored?: true;
  readonly samplingFrequency?: number;
  readonly channels?: number;
  readonly bitDepth?: number;
}

/** A file that ends: a part of a stream. */
export interface PartFile {
  /** Counts from 0 over the files of the stream, all tracks. */
  readonly index: number;
  /** When its media begins, and on its last piece when it ends, ms since the epoch; absent where nothing says it. */
  readonly start?: number;
  readonly end?: number;
  /** Nothing follows that belongs to the file. */
  readonly last: boolean;
}

/** What a chunk holds. Members that nothing tells are absent. */
export interface ChunkDescription {
  /** For each track, as RFC 6381 writes it, or as Matroska does where that has no name. */
  readonly codecs: readonly string[];
  readonly frames: number;
  readonly durationMs: number;
  /** Bits per second, media alone. */
  readonly bitRate: number;
  readonly tracks: readonly TrackDescription[];
}

export interface TrackDescription {
  readonly number: number;
  readonly name?: string;
  readonly type: 'video' | 'audio' | 'subtitle' | 'other';
  readonly codecId: string;
  readonly codec: string;
  readonly frames: number;
  readonly bitRate: number;
  readonly width?: number;
  readonly height?: number;
  /** As in `MediaFormat`. */
  readonly displayWidth?: number;
  readonly displayHeight?: number;
  readonly rotation?: number;
  readonly mirrored?: true;
  /** How the frames are encrypted or compressed, where that cannot be undone. */
  readonly contentEncodings?: readonly ContentEncoding[];
  /** As measured in this chunk, and as the stream declares it. */
  readonly frameRate?: number;
  readonly declaredFrameRate?: number;
  readonly keyFrames?: number;
  /** Between the last two key frames, ms; they may be in different chunks. */
  readonly keyFrameInterval?: number;
  /** Are frames decoded in another order than shown? */
  readonly bFrames?: boolean;
  readonly samplingFrequency?: number;
  readonly channels?: number;
  readonly bitDepth?: number;
  /** How samples are stored. */
  readonly coding?: SampleCoding;
}

/** How samples of PCM and G.711 are stored. */
export type SampleCoding = 'int-le' | 'int-be' | 'float-le' | 'alaw' | 'ulaw';

/** What a chunk says of itself, as far as it does. */
export interface ChunkIdentity {
  readonly FragmentNumber?: string;
  /** ms since the epoch. */
  readonly ProducerTimestamp?: number;
  readonly ServerTimestamp?: number;
}

export interface Converted {
  /** In its own memory. For a picture, computed each time it is requested. */
  readonly data: Buffer;
  /** Of `info`, in place of media. */
  readonly description?: ChunkDescription;
  readonly format: MediaFormat;
  readonly chunk: ChunkIdentity;
}

/** Something that could not be converted, or not as it is. */
export interface Problem {
  /** One of the names in `problems.ts`. */
  readonly ErrorType: string;
  /** What happened: a clause. */
  readonly statement: Statement;
  /** `skip`: the chunk was left out. `ignore`: it was converted all the same. */
  readonly action: 'skip' | 'ignore';
  readonly chunk: ChunkIdentity;
}

export interface Conversion {
  readonly media: readonly Converted[];
  readonly problems: readonly Problem[];
}

/** Converts the chunks of one stream. Holds what has to be known from one chunk to the next, and no media. */
export interface Converter {
  /**
   * @param payload one chunk, or several in sequence. It is read in place and not kept. Bytes that are none,
   *   and chunks that cannot be converted, are reported among the problems; it never throws for what is in them.
   */
  convert(payload: Buffer): Conversion;
  /**
   * The same in steps of a few ms: others can have their turn after each, and what comes of a chunk can be dealt with
   * before the next one is read. Nothing comes of most steps of a large chunk. To be taken to the end before another
   * payload is begun; until then the payload must stay as it is.
   */
  steps(payload: Buffer): Iterable<Conversion>;
  /** What was begun ends here, and the next chunk begins anew; gives what is to be sent for that. */
  end(): readonly Converted[];
}

/** Which tracks to take: all, or those with a number, a name or a type in the list. */
export type TrackFilter = readonly string[];
