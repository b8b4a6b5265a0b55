/**
 * Pictures of a stream as it comes: one of each period, of any frame, by a decoder for each track that stays. Media waits
 * in order, within limits, while the decoder is busy.
 */
import { systemClock, type Clock } from '../clock';
import {
  conversionStatement,
  DecodableVideo,
  type DecodableChunk,
  type Problem,
  type TrackFilter,
} from '../convert';
import { processTurn, type EventLoopTurn } from '../event-loop-turn';
import { DecoderError } from './decoder-error';
import type { DecoderPlaces } from './decoder-places';
import { decoderStatement } from './decoder-statements';
import { findFfmpeg, type Ffmpeg } from './find-ffmpeg';
import type { FramePicture } from './any-frame-decoder';
import type { PictureForm } from './picture-filters';
import { TrackPictures, type ChosenFrame } from './track-pictures';
import { WaitingMedia, type PictureMedia, type Waiting } from './waiting-media';

/** A picture of a stream, and the frame that it shows. */
export type StreamPicture<Origin> = FramePicture<ChosenFrame<Origin>>;

export interface StreamPicturesOptions {
  readonly form: PictureForm;
  /** A picture of each period; 0: of every frame. */
  readonly intervalMs: number;
  /** Numbers, names or types of tracks; all if empty. */
  readonly tracks: TrackFilter;
  /** Leaves out what is more than a period late, where something newer follows. */
  readonly dropLate: boolean;
  readonly clock?: Clock;
  readonly turn?: EventLoopTurn;
  readonly places?: DecoderPlaces;
  /** Where ffmpeg is; absent: it is looked for. */
  readonly find?: () => Promise<Ffmpeg | undefined>;
}

export interface StreamPicturesEvents<Origin> {
  picture(picture: StreamPicture<Origin>): void;
  /** Something gave no pictures. */
  problem(problem: Problem, origin: Origin): void;
}

/** Of a stream; a new one takes the place of the oldest. */
const MAX_TRACKS = 8;
/** Being late by less does not count. */
const LEAST_LATE_MS = 100;
/** When nothing follows for so long, what the decoder holds back is asked for; and at last it ends. */
const FLUSH_MS = 1_000;
/** Where what follows needs the frames before it. */
const FLUSH_WITHIN_MS = 10_000;
const IDLE_MS = 60_000;

export class StreamPictures<Origin> {
  readonly #clock: Clock;
  readonly #turn: EventLoopTurn;
  readonly #video: DecodableVideo;
  readonly #waiting = new WaitingMedia<Origin>();
  readonly #tracks = new Map<string, TrackPictures<Origin>>();
  /** Settles when all that was given has been dealt with; undefined where nothing is under way. */
  #work: Promise<void> | undefined;
  #cancelFlush: (() => void) | undefined;
  #isStopped = false;
  /** Said once. */
  #saidNoDecoder = false;
  readonly #waitForKey = new Set<TrackPictures<Origin>>();
  #lastOrigin: Origin | undefined;

  constructor(
    private readonly options: StreamPicturesOptions,
    private readonly events: StreamPicturesEvents<Origin>,
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#turn = options.turn ?? processTurn;
    this.#video = new DecodableVideo(options.tracks);
  }

  /**
   * Settles when the decoder has taken the media, or it was left out; pictures come when they are decoded. Never rejects
   * for what is in it.
   */
  take(media: PictureMedia, origin: Origin): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => {
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
      };
      const at = this.#clock.monotonic();
      if (this.#isStopped) {
        done();
      } else if (this.#waiting.add({ media, origin, at, done })) {
        this.#cancelFlush?.();
        this.#work ??= this.#run();
      } else {
        this.#report(new DecoderError('DecoderBusy', decoderStatement('decoder.mediaWaiting', {})), origin);
        done();
      }
    });
  }

  /** The stream ends. Settles when all its pictures have come. */
  async end(): Promise<void> {
    while (this.#work !== undefined) {
      await this.#work;
    }
    this.#cancelFlush?.();
    await this.#finish();
  }

  /** Ends it at once; nothing more comes of it. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelFlush?.();
    this.#waiting.clear();
    for (const track of this.#tracks.values()) {
      track.stop();
    }
  }

  async #run(): Promise<void> {
    const isLate = (at: number): boolean => this.options.dropLate && this.#isLate(at);
    for (let next = this.#waiting.take(isLate); next !== undefined; next = this.#waiting.take(isLate)) {
      try {
        await this.#decode(next);
        // A track may vanish while others continue.
        await this.#finish((track) => track.hasBeenSilent(IDLE_MS));
        next.done();
      } catch (error) {
        next.done(error instanceof Error ? error : new Error('media could not be decoded'));
      }
    }
    this.#work = undefined;
    this.#planFlush();
  }

  async #decode({ media, origin, at }: Waiting<Origin>): Promise<void> {
    this.#lastOrigin = origin;
    const found: DecodableChunk[] = [];
    const isSingle = !Buffer.isBuffer(media);
    const steps = isSingle ? this.#video.frameSteps(media) : this.#video.steps(media);
    try {
      const { find = findFfmpeg } = this.options;
      const ffmpeg = await find();
      if (ffmpeg === undefined) {
        throw new DecoderError('NoDecoder', decoderStatement('decoder.none', {}));
      }
      await this.#turn.run(this.#find(steps, found, origin));
      for (const chunk of found) {
        await this.#decodeChunk(chunk, { origin, at }, isSingle, ffmpeg);
      }
    } catch (error) {
      this.#report(error, origin);
    }
  }

  *#find(
    steps: ReturnType<DecodableVideo['steps']>,
    found: DecodableChunk[],
    origin: Origin,
  ): Generator<undefined> {
    for (const { chunks, problems } of steps) {
      found.push(...chunks);
      for (const problem of problems) {
        this.events.problem(problem, origin);
      }
      yield;
    }
  }

  async #decodeChunk(
    chunk: DecodableChunk,
    of: Pick<ChosenFrame<Origin>, 'origin' | 'at'>,
    isSingle: boolean,
    ffmpeg: Ffmpeg,
  ): Promise<void> {
    if (this.#isStopped) {
      return;
    }
    const track = this.#trackOf(chunk, ffmpeg);
    try {
      const isWanted = !this.options.dropLate || this.#waiting.size === 0 || !this.#isLate(of.at);
      const became = await track.take(chunk, of, isSingle, isWanted);
      if (became === 'decoded') {
        this.#waitForKey.delete(track);
      } else if (became === 'waits' && !this.#waitForKey.has(track)) {
        this.#waitForKey.add(track);
        const statement = conversionStatement('conversion.noKeyFrame', {});
        this.events.problem(
          { ErrorType: 'MissingKeyFrame', statement, action: 'skip', chunk: chunk.chunk },
          of.origin,
        );
      }
    } catch (error) {
      this.#waitForKey.add(track);
      this.#report(error, of.origin, chunk.chunk);
    }
  }

  #trackOf(chunk: DecodableChunk, ffmpeg: Ffmpeg): TrackPictures<Origin> {
    const key = JSON.stringify(chunk.track);
    const known = this.#tracks.get(key);
    if (known !== undefined) {
      return known;
    }
    const [oldest] = this.#tracks;
    if (oldest !== undefined && this.#tracks.size >= MAX_TRACKS) {
      oldest[1].stop();
      this.#tracks.delete(oldest[0]);
    }
    const { form, intervalMs, places } = this.options;
    const track = new TrackPictures<Origin>(
      { ffmpeg, form, intervalMs, clock: this.#clock, turn: this.#turn, ...(places && { places }) },
      (picture) => {
        this.#give(picture);
      },
    );
    this.#tracks.set(key, track);
    return track;
  }

  #give(picture: StreamPicture<Origin>): void {
    const { dropLate } = this.options;
    const isNewest = [...this.#tracks.values()].every(({ pending }) => pending === 0);
    if (!this.#isStopped && (!dropLate || isNewest || !this.#isLate(picture.item.at))) {
      this.events.picture(picture);
    }
  }

  #isLate(at: number): boolean {
    return this.#clock.monotonic() - at > Math.max(LEAST_LATE_MS, this.options.intervalMs);
  }

  #planFlush(): void {
    this.#cancelFlush?.();
    const running = [...this.#tracks.values()].filter(({ isRunning }) => isRunning);
    if (this.#isStopped || running.length === 0) {
      return;
    }
    const isPending = running.some(({ pending }) => pending > 0);
    const canEnd = running.every((track) => track.canEnd);
    const ms = !canEnd ? FLUSH_WITHIN_MS : isPending ? FLUSH_MS : IDLE_MS;
    this.#cancelFlush = this.#clock.after(ms, () => {
      this.#work ??= this.#finish().then(() => this.#run());
    });
  }

  async #finish(isMeant: (track: TrackPictures<Origin>) => boolean = () => true): Promise<void> {
    for (const track of this.#tracks.values()) {
      try {
        if (isMeant(track)) {
          await track.finish();
        }
      } catch (error) {
        if (this.#lastOrigin !== undefined) {
          this.#report(error, this.#lastOrigin);
        }
      }
    }
  }

  /** @throws what is no failure of the decoder */
  #report(error: unknown, origin: Origin, chunk: Problem['chunk'] = {}): void {
    if (!(error instanceof DecoderError)) {
      throw error;
    }
    const { ErrorType, statement } = error;
    if (this.#isStopped || (ErrorType === 'NoDecoder' && this.#saidNoDecoder)) {
      return;
    }
    this.#saidNoDecoder ||= ErrorType === 'NoDecoder';
    this.events.problem({ ErrorType, statement, action: 'skip', chunk }, origin);
  }
}
