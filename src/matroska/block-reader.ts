import { BlockHeader, unlace } from './block';
import { SIMPLE_BLOCK } from './ids';
import type { OpenChunk } from './open-chunk';
import { undeclaredTrack } from './tracks';
import type { Frame, ReaderEvents, Track } from './types';

const KEYFRAME = 0x80;
const DISCARDABLE = 0x01;
const LACING = 0x06;
const NO_DURATION = -1;
/** Id, a size of 2 bytes, a track number of 1, time and flags. */
const PLAIN_HEADER_BYTES = 7;
/** Of these, what the size counts. */
const PLAIN_BLOCK_HEADER_BYTES = 4;
const EMPTY: Buffer = Buffer.allocUnsafeSlow(0);

/** What came of a block: false where its laced frames do not fill it. */
type Fits = boolean;

/** Makes frames of blocks: counts them, and where somebody asks for them, cuts them out. */
export class BlockReader {
  /** Of the current block. */
  readonly header = new BlockHeader();
  readonly wantsFrames: boolean;
  /** BlockDuration of the current BlockGroup, in ticks. */
  groupDuration = NO_DURATION;
  groupIsKeyframe = true;
  groupHasBlock = false;

  #stopped = false;
  /** The last block's track, and of which tracks it is one. */
  #track = undeclaredTrack(0);
  #trackIsOf: readonly Track[] = [];

  constructor(private readonly events: ReaderEvents) {
    this.wantsFrames = events.frame !== undefined;
  }

  startGroup(): void {
    this.groupDuration = NO_DURATION;
    this.groupIsKeyframe = true;
    this.groupHasBlock = false;
  }

  finishGroup(chunk: OpenChunk, data: Buffer): Fits {
    return this.#finish(chunk, this.groupIsKeyframe, false, this.groupDuration, data);
  }

  finishSimpleBlock(chunk: OpenChunk, data: Buffer): Fits {
    const { flags } = this.header;
    return this.#finish(chunk, (flags & KEYFRAME) !== 0, (flags & DISCARDABLE) !== 0, NO_DURATION, data);
  }

  /**
   * Nearly all elements are SimpleBlocks in a row, unlaced, of a track below 127, with a size of 1 or 2 bytes, and whole
   * in the slice: a short way for these, with the same outcome as the long one. Gives the position of what is not one.
   *
   * @param end up to where in the slice a block may reach
   * @param maxElements that the chunk may have
   */
  readPlain(slice: Buffer, from: number, end: number, chunk: OpenChunk, maxElements: number): number {
    const { header, wantsFrames } = this;
    let pos = from;
    while (pos + PLAIN_HEADER_BYTES <= end && slice[pos] === SIMPLE_BLOCK && !this.#stopped) {
      const high = slice[pos + 1] ?? 0;
      let content = pos + 2;
      let size = high & 0x7f;
      if (high >= 0x40 && high < 0x7f) {
        size = ((high & 0x3f) << 8) | (slice[content] ?? 0);
        content += 1;
      } else if (high < 0x80 || high === 0xff) {
        break;
      }
      const until = content + size;
      const track = slice[content] ?? 0;
      const flags = slice[content + 3] ?? 0;
      const plain =
        size >= PLAIN_BLOCK_HEADER_BYTES && track >= 0x80 && track < 0xff && (flags & LACING) === 0;
      if (!plain || until > end || chunk.elements >= maxElements) {
        break;
      }
      chunk.elements += 1;
      header.track = track & 0x7f;
      header.timecode = (((slice[content + 1] ?? 0) << 24) >> 16) | (slice[content + 2] ?? 0);
      header.flags = flags;
      header.frames = 1;
      this.finishSimpleBlock(
        chunk,
        wantsFrames ? slice.subarray(content + PLAIN_BLOCK_HEADER_BYTES, until) : EMPTY,
      );
      pos = until;
    }
    return pos;
  }

  /** Tells of no further frame. */
  stop(): void {
    this.#stopped = true;
  }

  #finish(chunk: OpenChunk, keyframe: boolean, discardable: boolean, duration: number, data: Buffer): Fits {
    const { frames, timecode, track: number, laced } = this.header;
    const track = this.#trackOf(number, chunk.tracks);
    const startMs = chunk.blockMs(timecode);
    const stepMs = duration === NO_DURATION ? (track.defaultDurationMs ?? 0) : chunk.toMs(duration) / frames;
    const index = chunk.frames;
    const cut = laced && this.wantsFrames ? unlace(data, this.header.flags, frames) : undefined;
    if (laced && this.wantsFrames && cut === undefined) {
      return false;
    }
    chunk.count(frames, startMs, startMs + frames * stepMs);
    if (cut !== undefined) {
      for (let i = 0; i < frames && !this.#stopped; i++) {
        const timecodeMs = startMs + i * stepMs;
        this.#emit(chunk, {
          track,
          index: index + i,
          timecodeMs,
          keyframe,
          discardable,
          data: cut[i] ?? EMPTY,
        });
      }
    } else if (this.wantsFrames) {
      this.#emit(chunk, { track, index, timecodeMs: startMs, keyframe, discardable, data });
    }
    return true;
  }

  #emit(chunk: OpenChunk, frame: Frame): void {
    this.events.frame?.(frame, chunk.head());
  }

  #trackOf(number: number, tracks: readonly Track[]): Track {
    if (this.#track.number !== number || this.#trackIsOf !== tracks) {
      this.#track = findTrack(number, tracks);
      this.#trackIsOf = tracks;
    }
    return this.#track;
  }
}

/** A function of its own, since a closure in the one that every block calls would allocate for every block. */
function findTrack(number: number, tracks: readonly Track[]): Track {
  return tracks.find((track) => track.number === number) ?? undeclaredTrack(number);
}
