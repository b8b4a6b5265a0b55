/** Makes frames of blocks: the short way for plain SimpleBlocks, and the long one for laces and BlockGroups. */
import { BlockHeader, unlace } from './block';
import type { ReaderEvents } from './events';
import { NO_DURATION, type BlockGroup } from './block-group';
import { Frame, type FrameGroup, type FrameHolder } from './frame';
import { SIMPLE_BLOCK } from './ids';
import type { OpenChunk } from './open-chunk';
import { packetMs } from './packet-duration';
import { undeclaredTrack } from './tracks';
import type { Track } from './types';

const KEYFRAME = 0x80;
const DISCARDABLE = 0x01;
const LACING = 0x06;
/** Id, a size of 2 bytes, a track number of 1, time and flags. */
const PLAIN_HEADER_BYTES = 7;
/** Bytes of that header that the block's size counts. */
const PLAIN_BLOCK_HEADER_BYTES = 4;

/** What came of a block: false where its laced frames do not fill it. */
type Fits = boolean;

/** Makes frames of blocks: counts them, and where somebody asks for them, tells where they are. */
export class BlockReader {
  /** Header of the current block. */
  readonly header = new BlockHeader();
  readonly wantsFrames: boolean;

  #stopped = false;
  /** No further block is to be read now. */
  #halted = false;
  /** The last block's track, and of which tracks it is one. */
  #track = undeclaredTrack(0);
  #trackIsOf: readonly Track[] = [];

  /** @param holder of the memory in which frames come */
  constructor(
    private readonly events: ReaderEvents,
    private readonly holder: FrameHolder,
  ) {
    this.wantsFrames = events.frame !== undefined;
  }

  /**
   * @param content of the BlockGroup; anything where no frames are wanted and the block is not laced
   * @param block all of the group's Block, its header included; likewise
   */
  finishGroup(chunk: OpenChunk, group: BlockGroup, content: Buffer, block: Buffer): Fits {
    return this.#finish(chunk, group.isKeyframe, false, group.duration, block, content);
  }

  /** @param block all of it, its header included */
  finishSimpleBlock(chunk: OpenChunk, block: Buffer): Fits {
    const { flags } = this.header;
    return this.#finish(chunk, (flags & KEYFRAME) !== 0, (flags & DISCARDABLE) !== 0, NO_DURATION, block);
  }

  /**
   * The current SimpleBlock is not laced: its one frame is `bytes` from `start` to `end`.
   *
   * @param bytes anything where no frames are wanted
   */
  finishFrame(chunk: OpenChunk, bytes: Buffer, start: number, end: number): void {
    const { timecode, track: number, flags } = this.header;
    const track = this.#trackOf(number, chunk.tracks);
    this.#addFrame(
      chunk,
      track,
      timecode,
      (flags & KEYFRAME) !== 0,
      (flags & DISCARDABLE) !== 0,
      track.defaultDurationMs ?? 0,
      bytes,
      start,
      end,
    );
  }

  /**
   * Nearly all elements are SimpleBlocks in a row, unlaced, of a track below 127, with a size of 1 or 2 bytes, and whole
   * in the slice: a short way for these, with the same outcome as the long one. Gives the position of what is not one.
   *
   * @param end up to where in the slice a block may reach
   * @param maxBlocks so many at most
   */
  readPlain(slice: Buffer, from: number, end: number, chunk: OpenChunk, maxBlocks: number): number {
    const maxFrames = chunk.frames + maxBlocks;
    let pos = from;
    while (pos + PLAIN_HEADER_BYTES <= end && slice[pos] === SIMPLE_BLOCK && !this.#halted) {
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
      const number = slice[content] ?? 0;
      const flags = slice[content + 3] ?? 0;
      const plain =
        size >= PLAIN_BLOCK_HEADER_BYTES && number >= 0x80 && number < 0xff && (flags & LACING) === 0;
      if (!plain || until > end || chunk.frames >= maxFrames) {
        break;
      }
      const track = this.#trackOf(number & 0x7f, chunk.tracks);
      this.#addFrame(
        chunk,
        track,
        (((slice[content + 1] ?? 0) << 24) >> 16) | (slice[content + 2] ?? 0),
        (flags & KEYFRAME) !== 0,
        (flags & DISCARDABLE) !== 0,
        track.defaultDurationMs ?? 0,
        slice,
        content + PLAIN_BLOCK_HEADER_BYTES,
        until,
      );
      pos = until;
    }
    return pos;
  }

  /** Whether `readPlain` is to read no further block for now; all frames of the one at hand are reported. */
  suspend(suspended: boolean): void {
    this.#halted = suspended || this.#stopped;
  }

  /** Reports no further frame. */
  stop(): void {
    this.#stopped = true;
    this.#halted = true;
  }

  #finish(
    chunk: OpenChunk,
    keyframe: boolean,
    discardable: boolean,
    duration: number,
    block: Buffer,
    group?: Buffer,
  ): Fits {
    const { frames, timecode, track: number, laced, flags, length: start } = this.header;
    const track = this.#trackOf(number, chunk.tracks);
    const extra = group && { content: group, msPerTick: chunk.toMs(1) };
    // What the block or the track says counts; else the packets tell how long each of them lasts.
    const stepMs = duration === NO_DURATION ? track.defaultDurationMs : chunk.toMs(duration) / frames;
    if (!laced) {
      this.#addFrame(
        chunk,
        track,
        timecode,
        keyframe,
        discardable,
        stepMs ?? 0,
        block,
        start,
        block.length,
        extra,
      );
      return true;
    }
    const content = block.subarray(start);
    const startMs = chunk.blockMs(timecode);
    const bounds = this.wantsFrames || stepMs === undefined ? unlace(content, flags, frames) : [];
    if (bounds === undefined) {
      return false;
    }
    const index = chunk.frames;
    const times = [startMs];
    for (let i = 0; i < frames; i++) {
      const ms = stepMs ?? packetMs(track, content.subarray(bounds[i], bounds[i + 1])) ?? 0;
      times.push((times[i] ?? startMs) + ms);
    }
    chunk.count(frames, startMs, times.at(-1) ?? startMs, track.type);
    for (let i = 0; i + 1 < bounds.length && this.wantsFrames && !this.#stopped; i++) {
      const [from = 0, to = 0] = [bounds[i], bounds[i + 1]];
      this.events.frame?.(
        new Frame(
          track,
          index + i,
          times[i] ?? startMs,
          keyframe,
          discardable,
          content,
          from,
          to,
          extra,
          this.holder,
        ),
        chunk.head(),
      );
    }
    return true;
  }

  /** The one frame of a block without lacing. */
  #addFrame(
    chunk: OpenChunk,
    track: Track,
    timecode: number,
    keyframe: boolean,
    discardable: boolean,
    lengthMs: number,
    bytes: Buffer,
    start: number,
    end: number,
    group?: FrameGroup,
  ): void {
    const startMs = chunk.blockMs(timecode);
    const index = chunk.frames;
    chunk.count(1, startMs, startMs + lengthMs, track.type);
    this.events.frame?.(
      new Frame(track, index, startMs, keyframe, discardable, bytes, start, end, group, this.holder),
      chunk.head(),
    );
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
