import { BlockHeader, unlace } from './block';
import type { OpenChunk } from './open-chunk';
import { undeclaredTrack } from './tracks';
import type { Frame, ReaderEvents, Track } from './types';

const KEYFRAME = 0x80;
const DISCARDABLE = 0x01;
const NO_DURATION = -1;
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

  #groupData = EMPTY;
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
    this.#groupData = EMPTY;
  }

  /** Whether the block is a key frame, and how long it lasts, may stand behind it in the group. */
  holdForGroup(data: Buffer): void {
    this.groupHasBlock = true;
    this.#groupData = data;
  }

  finishGroup(chunk: OpenChunk): Fits {
    const data = this.#groupData;
    this.#groupData = EMPTY;
    return this.#finish(chunk, this.groupIsKeyframe, false, this.groupDuration, data);
  }

  finishSimpleBlock(chunk: OpenChunk, data: Buffer): Fits {
    const { flags } = this.header;
    return this.#finish(chunk, (flags & KEYFRAME) !== 0, (flags & DISCARDABLE) !== 0, NO_DURATION, data);
  }

  /** Tells of no further frame, and lets go of what is held. */
  stop(): void {
    this.#stopped = true;
    this.#groupData = EMPTY;
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
      this.#track = tracks.find((track) => track.number === number) ?? undeclaredTrack(number);
      this.#trackIsOf = tracks;
    }
    return this.#track;
  }
}
