/** Pictures that ffmpeg decodes: reads the chunks that show the moments, and chooses the frames. */
import {
  ArchiveReader,
  isContinued,
  type ArchiveDependencies,
  type ArchivedChunk,
  type Span,
} from '../archive';
import { DecodableVideo, type DecodableChunk } from '../convert';
import { AnyFrameDecoder, type Ffmpeg } from '../pictures';
import { processTurn } from '../event-loop-turn';
import type { Moments } from './moments';
import type { PictureEvents, PictureRequest, StoredPicture } from './picture-types';

/** One is held, one is decoded, the one before it may be needed too, and the next is read. */
const MOST_CHUNKS = 4;

/** The last frame of a chunk is shown until the next chunk, which is read to know when it begins. */
const TAIL_MS = 500;

/** A frame, and the moments at which it is shown. */
interface ChosenFrame {
  readonly frameTime: number;
  readonly FragmentNumber: string;
  readonly moments: number[];
}

/** A chunk, by the range's clock. */
interface HeldChunk {
  /** Decoding it has begun with the chunk before. */
  isDecoded: boolean;
  readonly video: DecodableChunk;
  readonly FragmentNumber: string;
  /** From the producer's clock to the range's, ms. */
  readonly shift: number;
}

/** A frame refers to the chunk before those that were read. */
export class NeedsEarlierChunk extends Error {
  override readonly name = 'NeedsEarlierChunk';

  /** @param leadMs how much earlier reading has to begin */
  constructor(readonly leadMs: number) {
    super('a frame refers to an earlier chunk');
  }
}

/** Whether a chosen frame is decoded after the first key frame and shown before it: it may refer to the chunk before. */
function isLeading({ frames }: DecodableChunk, chosen: ReadonlyMap<number, unknown>): boolean {
  const key = frames.find(({ keyframe }) => keyframe);
  return (
    key !== undefined && [...chosen.keys()].some((index) => (frames[index]?.time ?? key.time) < key.time)
  );
}

/** Makes the pictures of one run of moments. */
export class DecodedPictures {
  readonly #video: DecodableVideo;
  readonly #decoder: AnyFrameDecoder<ChosenFrame>;
  #held: HeldChunk | undefined;
  /** The chunk before the one that is held. */
  #previous: HeldChunk | undefined;
  #made: StoredPicture[] = [];
  #work: Promise<void> = Promise.resolve();
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;

  constructor(
    private readonly request: PictureRequest,
    private readonly dependencies: ArchiveDependencies,
    ffmpeg: Ffmpeg,
    private readonly moments: Moments,
    private readonly events: PictureEvents,
    signal: AbortSignal,
    /** How much earlier reading begins, ms. */
    private readonly leadMs = 0,
  ) {
    const { form, tracks } = request;
    this.#video = new DecodableVideo(tracks);
    this.#decoder = new AnyFrameDecoder({ ffmpeg, form, isLive: false }, ({ item, ...picture }) => {
      for (const [i, at] of item.moments.entries()) {
        const { frameTime, FragmentNumber } = item;
        const data = i === 0 ? picture.data : Buffer.from(picture.data);
        this.#made.push({ ...picture, data, at, frameTime, FragmentNumber });
      }
    });
    this.#signal = AbortSignal.any([signal, this.#failed.signal]);
  }

  /**
   * @returns the beginning of the range that the stream does not keep, if it does not
   * @throws NeedsEarlierChunk before anything is given, ArchiveError, DecoderError, what `events.picture` throws, or the signal's reason
   */
  async run(): Promise<Span | undefined> {
    const { from, to } = this.moments;
    const asked = {
      ...this.request,
      from: from - this.leadMs,
      to: to + TAIL_MS,
      tracks: [],
      maxInFlight: MOST_CHUNKS,
    };
    const run: ArchiveReader = new ArchiveReader(asked, this.dependencies, {
      chunk: (chunk) => {
        this.#work = this.#work
          .then(() => this.#take(chunk))
          .then(
            () => {
              run.acknowledge(chunk.FragmentNumber);
            },
            (error: unknown) => {
              this.#failed.abort(error);
            },
          );
      },
      error: (error) => {
        this.events.error(error);
      },
    });
    const stop = (): void => {
      this.#decoder.stop();
    };
    this.#signal.addEventListener('abort', stop);
    try {
      const { notRetained } = await run.run(this.#signal);
      await this.#work;
      this.#signal.throwIfAborted();
      await this.#settle(undefined);
      await this.#decoder.finish();
      await this.#emit();
      return notRetained;
    } finally {
      this.#signal.removeEventListener('abort', stop);
      stop();
      await this.#work;
    }
  }

  async #take({ chunk, FragmentNumber }: ArchivedChunk): Promise<void> {
    this.#signal.throwIfAborted();
    const { ProducerTimestamp, ServerTimestamp } = chunk;
    const isServers = this.request.timestampType === 'SERVER_TIMESTAMP';
    const shift =
      isServers && ProducerTimestamp !== undefined && ServerTimestamp !== undefined
        ? ServerTimestamp - ProducerTimestamp
        : 0;
    const found: DecodableChunk[] = [];
    const { turn = processTurn } = this.dependencies;
    await turn.run(this.#find(chunk.data, found));
    const number = found[0]?.track.number;
    // Where pictures change their size within the chunk, the frames of its track come in several parts.
    for (const video of found.filter(({ track }) => track.number === number)) {
      await this.#settle(video.begin + shift);
      this.#held = { video, FragmentNumber, shift, isDecoded: false };
    }
  }

  *#find(data: Buffer, found: DecodableChunk[]): Generator<undefined> {
    for (const { chunks } of this.#video.steps(data)) {
      found.push(...chunks);
      yield;
    }
  }

  /** Decodes what is held, as far as a moment shows it. @param next when the chunk after it begins, if one does */
  async #settle(next: number | undefined): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) {
      return;
    }
    const { video, FragmentNumber, shift } = held;
    const begin = video.begin + shift;
    const end = video.end + shift;
    // Its last frame is shown until the next one.
    const isContinuous = next !== undefined && isContinued(end, next);
    const shown = video.frames
      .map(({ time }, index) => ({ time: time + shift, index }))
      .sort((a, b) => a.time - b.time);
    const chosen = new Map<number, ChosenFrame>();
    let at = 0;
    for (const moment of this.moments.within(begin, isContinuous ? next : end)) {
      while ((shown[at + 1]?.time ?? Infinity) <= moment) {
        at += 1;
      }
      const frame = shown[at];
      if (frame !== undefined) {
        const known = chosen.get(frame.index) ?? { frameTime: frame.time, FragmentNumber, moments: [] };
        known.moments.push(moment);
        chosen.set(frame.index, known);
      }
    }
    const previous = this.#previous;
    this.#previous = held;
    if (chosen.size === 0) {
      return;
    }
    if (isLeading(video, chosen) && previous?.isDecoded !== true) {
      if (previous === undefined && this.leadMs === 0) {
        throw new NeedsEarlierChunk(this.moments.from - begin + 1);
      }
      if (previous !== undefined) {
        await this.#decoder.decode(previous.video, new Map());
      }
    }
    held.isDecoded = true;
    await this.#decoder.decode(video, chosen);
    await this.#emit();
  }

  async #emit(): Promise<void> {
    const made = this.#made;
    this.#made = [];
    for (const picture of made) {
      this.#signal.throwIfAborted();
      await this.events.picture(picture);
    }
  }
}
