/** The pictures of one video track: which frames are due, and the decoder that stays for as long as there are any. */
import type { Clock } from '../clock';
import { PictureSchedule, type ChunkIdentity, type DecodableChunk, type DecodableTrack } from '../convert';
import type { EventLoopTurn } from '../event-loop-turn';
import { DecoderError } from './decoder-error';
import { processPlaces, type DecoderPlaces } from './decoder-places';
import { decoderStatement } from './decoder-statements';
import type { Ffmpeg } from './find-ffmpeg';
import { AnyFrameDecoder, lostFrames, type FramePicture } from './any-frame-decoder';
import type { PictureForm } from './picture-filters';

/** A frame that becomes a picture. */
export interface ChosenFrame<Origin> {
  readonly origin: Origin;
  readonly chunk: ChunkIdentity;
  readonly track: DecodableTrack['track'];
  /** When it is shown, ms since the epoch. */
  readonly frameTime: number;
  /** When its media came, by a monotonic clock, ms. */
  readonly at: number;
}

export interface TrackPicturesOptions {
  readonly ffmpeg: Ffmpeg;
  readonly form: PictureForm;
  /** A picture of each period; 0: of every frame. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly turn: EventLoopTurn;
  readonly places?: DecoderPlaces;
}

/** A decoder that has failed without a picture is not started again for so long. */
const RETRY_MS = 1_000;
/** Frames are decoded before ones that are shown so much earlier, and not more. */
const MOST_BACK_MS = 1_000;

export class TrackPictures<Origin> {
  readonly #schedule: PictureSchedule;
  readonly #places: DecoderPlaces;
  #decoder: AnyFrameDecoder<ChosenFrame<Origin>> | undefined;
  /** When the latest frame is shown. */
  #reached = -Infinity;
  /** Single frames were decoded before earlier ones. */
  #isReordered = false;
  /** Every chunk so far began with a key frame, so that it needs none before it. */
  #isKeyed = true;
  /** The chunk before was not decoded. */
  #hasSkipped = false;
  /** The next decoder starts no earlier than this. */
  #retryAt = -Infinity;
  /** When its last media came, by the clock, ms. */
  #heardAt = -Infinity;
  /** How many pictures have come. */
  #given = 0;

  constructor(
    private readonly options: TrackPicturesOptions,
    private readonly onPicture: (picture: FramePicture<ChosenFrame<Origin>>) => void,
  ) {
    this.#schedule = new PictureSchedule(options.intervalMs);
    this.#places = options.places ?? processPlaces;
  }

  /** Whether every chunk so far began with a key frame, so that the decoder can end after any. */
  get canEnd(): boolean {
    return this.#isKeyed;
  }

  /** Whether a decoder is there. */
  get isRunning(): boolean {
    return this.#decoder !== undefined;
  }

  /** Whether it has a decoder, but had no media for so long. */
  hasBeenSilent(ms: number): boolean {
    return this.isRunning && this.options.clock.monotonic() - this.#heardAt >= ms;
  }

  /** Frames that were chosen, and whose pictures may still come. */
  get pending(): number {
    return this.#decoder?.pending ?? 0;
  }

  /**
   * Settles when the decoder has taken the chunk.
   *
   * @param isSingle the chunk is a frame that came by itself
   * @param isWanted no pictures are made where it is false: the frames are decoded for those that follow
   * @returns what became of the frames; `waits`: a key frame has to come first
   * @throws DecoderError where pictures were lost
   */
  async take(
    chunk: DecodableChunk,
    { origin, at }: Pick<ChosenFrame<Origin>, 'origin' | 'at'>,
    isSingle: boolean,
    isWanted: boolean,
  ): Promise<'decoded' | 'skipped' | 'waits'> {
    const { begin, frames } = chunk;
    this.#heardAt = this.options.clock.monotonic();
    const keyAt = frames.findIndex(({ keyframe }) => keyframe);
    if (isSingle && begin < this.#reached && begin > this.#reached - MOST_BACK_MS) {
      this.#isReordered = true;
    }
    this.#isKeyed &&= keyAt === 0;
    this.#reached = frames.reduce((latest, { time }) => Math.max(latest, time), begin);
    // Whether a single frame is reordered shows only later: then from the next key frame on.
    const ordered = this.#isReordered && keyAt === 0 ? { ...chunk, isReordered: true } : chunk;
    const begins = this.#hasSkipped || (this.#decoder?.begins(ordered) ?? true);
    if (begins && keyAt < 0) {
      await this.#decoder?.finish();
      return 'waits';
    }
    const chosen = isWanted
      ? this.#choose(chunk, begins ? keyAt : -1, (frameTime) => {
          return { origin, at, frameTime, chunk: chunk.chunk, track: chunk.track };
        })
      : new Map<number, ChosenFrame<Origin>>();
    if (chosen.size === 0 && this.#isKeyed && this.pending === 0 && (isWanted || !isSingle)) {
      this.#hasSkipped = true;
      return 'skipped';
    }
    if (this.options.clock.monotonic() < this.#retryAt) {
      this.#hasSkipped = true;
      return 'skipped';
    }
    this.#hasSkipped = false;
    const before = this.#given;
    try {
      const decoder = (this.#decoder ??= this.#start());
      await decoder.decode(ordered, chosen);
      const lost = decoder.takeLost();
      if (lost > 0 && !this.#isReordered) {
        throw new DecoderError('DecoderFailed', lostFrames(lost));
      }
    } catch (error) {
      if (this.#decoder?.isRunning !== true && this.#given === before) {
        this.#retryAt = this.options.clock.monotonic() + RETRY_MS;
      }
      throw error;
    }
    return 'decoded';
  }

  /** Settles when all pictures have come, and the decoder has ended. @throws DecoderError where some were lost */
  async finish(): Promise<void> {
    const decoder = this.#decoder;
    try {
      await decoder?.finish();
    } finally {
      if (decoder !== undefined && this.#decoder === decoder) {
        this.#decoder = undefined;
        this.#places.giveBack();
      }
    }
  }

  /** Ends it at once; nothing more comes of it. */
  stop(): void {
    if (this.#decoder !== undefined) {
      this.#decoder.stop();
      this.#decoder = undefined;
      this.#places.giveBack();
    }
  }

  #start(): AnyFrameDecoder<ChosenFrame<Origin>> {
    if (!this.#places.take()) {
      throw new DecoderError(
        'DecoderBusy',
        decoderStatement('decoder.placesTaken', { most: this.#places.count }),
      );
    }
    const { ffmpeg, form, turn } = this.options;
    return new AnyFrameDecoder({ ffmpeg, form, isLive: true, turn }, (picture) => {
      this.#given += 1;
      this.onPicture(picture);
    });
  }

  /** @param from index of the frame with which decoding begins; -1: it has begun */
  #choose(
    { frames }: DecodableChunk,
    from: number,
    itemOf: (frameTime: number) => ChosenFrame<Origin>,
  ): Map<number, ChosenFrame<Origin>> {
    const first = frames[from]?.time ?? -Infinity;
    const shown = frames.map(({ time }, index) => ({ time, index })).sort((a, b) => a.time - b.time);
    const chosen = new Map<number, ChosenFrame<Origin>>();
    for (const { time, index } of shown) {
      // What is shown before the first key frame may refer to frames that are not there.
      if (index >= from && time >= first && this.#schedule.isDue(time)) {
        chosen.set(index, itemOf(time));
      }
    }
    return chosen;
  }
}
