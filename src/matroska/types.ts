/** What a reader reports: chunks, their heads, tracks and tags, and the errors that the service sends. */

/** A transformation that a producer applied to the frames of a track (RFC 9559, section 5.1.4.1.31). */
export interface ContentEncoding {
  readonly type: 'compression' | 'encryption' | 'other';
  /** `zlib`, `bzlib`, `lzo1x` or `header-stripping`; `AES` and the like; else the number that the track gives. */
  readonly algorithm: string;
  readonly appliesTo: readonly ('frames' | 'codecPrivate' | 'nextEncoding')[];
}

/**
 * A track as the Matroska `TrackEntry` describes it; strings end at their first NUL. Chunks that replay the same Tracks
 * share one object, which nobody may write to.
 */
export interface Track {
  /** TrackNumber (D7). */
  readonly number: number;
  readonly type: 'video' | 'audio' | 'subtitle' | 'other';
  readonly name?: string;
  readonly codecId: string;
  readonly codecPrivate?: Buffer;
  /** PixelWidth, PixelHeight. */
  readonly width?: number;
  readonly height?: number;
  /** Hz. */
  readonly samplingFrequency?: number;
  readonly channels?: number;
  readonly bitDepth?: number;
  /** DefaultDuration, in ms (stored in ns, so it may have a fraction). */
  readonly defaultDurationMs?: number;
  /** In the order in which a reader has to undo them. Blocks and chunks are given with them in place. */
  readonly contentEncodings?: readonly ContentEncoding[];
}

/** Tag values by name, in the order of their arrival; a name that the producer repeated has several values. */
export type Tags = ReadonlyMap<string, readonly string[]>;

/**
 * What is known of a chunk once its Cluster begins: everything the service puts before it.
 * A member is absent where the service sent no such tag. Times are ms since the epoch.
 */
export interface ChunkHead {
  /** Byte offset of the chunk's EBML header in the response. */
  readonly offset: number;
  readonly FragmentNumber?: string;
  readonly ServerTimestamp?: number;
  readonly ProducerTimestamp?: number;
  /** All tags but the service's own ones. */
  readonly tags: Tags;
  readonly tracks: readonly Track[];
}

/** A tag that is too large, or for which the chunk's other tags left no room. */
export interface LeftOutTag {
  /** Its beginning, where the name itself is too long. */
  readonly name: string;
  /** Of its name and value. */
  readonly sizeInBytes: number;
}

/** Tags that are in a chunk's `data` and not in its `tags`. */
export interface LeftOutTags {
  readonly count: number;
  /** The first ones. */
  readonly named: readonly LeftOutTag[];
}

/** A complete chunk: a closing tag has arrived, or it needs none and ends with a whole element. */
export interface Chunk extends ChunkHead {
  /** From the EBML header to the end of the closing tags, in memory of its own. Empty with `chunkData: false`. */
  readonly data: Buffer;
  /** Size of the chunk, bytes, whether or not `data` holds it. */
  readonly sizeInBytes: number;
  /** False for a chunk without a Cluster, which carries no media. */
  readonly hasCluster: boolean;
  readonly ContinuationToken?: string;
  readonly MillisBehindNow?: number;
  /** Number of frames, all tracks, laced ones counted singly. */
  readonly frames: number;
  /** Of those, the ones of video tracks. */
  readonly videoFrames: number;
  /** Last frame's end minus the first frame's start, rounded to whole ms. 0 without frames. */
  readonly lengthMs: number;
  /** Absent where no tag was left out. */
  readonly tagsLeftOut?: LeftOutTags;
}

/** A chunk that ended without closing tags: the response ended, the next EBML header came, or rubbish did. */
export interface TruncatedChunk {
  readonly head: ChunkHead;
  readonly hasCluster: boolean;
  readonly sizeInBytes: number;
  /** Frames whose last byte had arrived. */
  readonly frames: number;
  /** It ends with a whole element, so that nothing but its closing tags is missing: a file from elsewhere has none. */
  readonly lacksOnlyClosingTags: boolean;
  /** Damage ended it, which `malformed` has just reported. */
  readonly isMalformed?: true;
}

/** AWS_KINESISVIDEO_ERROR_CODE and _ERROR_ID, reported as soon as the tags that hold them are complete. */
export interface InBandError {
  readonly ErrorCode?: string;
  /** Absent where the service's text is not an integer. */
  readonly ErrorId?: number;
  /** AWS_KINESISVIDEO_EXCEPTION_MESSAGE, which archived media has. */
  readonly ErrorMessage?: string;
  readonly FragmentNumber?: string;
  /** It stands in a chunk that is still open, of which `chunk`, `truncated` or `malformed` is yet to report. */
  readonly isInChunk?: true;
}
