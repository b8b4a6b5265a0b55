/**
 * Makes pictures of chosen frames of one video track: ffmpeg decodes chunk after chunk in one process, and the pictures
 * come back as Matroska. A block's time tells which frame it is and what is to become of it, so that the picture is
 * exactly that frame's, whatever is reordered, repeated or lost on the way.
 */
import type { DecodableChunk } from '../convert';
import { StepBudget } from '../convert';
import { processTurn, type EventLoopTurn } from '../event-loop-turn';
import type { Statement } from '../statement';
import { DecoderError } from './decoder-error';
import { decoderStatement } from './decoder-statements';
import { LongRunningProcess } from './long-running-process';
import { OUTPUT_OPTIONS, type Ffmpeg } from './find-ffmpeg';
import { encoderOptions, filtersOf, MAX_PIXELS, widthFilter, type PictureForm } from './picture-filters';
import { PictureStreamReader } from './picture-stream-reader';
import { endFailure, withDetails } from './program-failure';

/** A frame that was asked for. */
export interface FramePicture<Item> {
  /** What the frame was asked for with. */
  readonly item: Item;
  /** In memory of its own. */
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

export interface AnyFrameDecoderOptions {
  readonly ffmpeg: Ffmpeg;
  readonly form: PictureForm;
  /**
   * The stream continues after each chunk: the frame after a chosen one is encoded too, since ffmpeg holds a picture back
   * until the next one comes.
   */
  readonly isLive: boolean;
  readonly turn?: EventLoopTurn;
}

const MAX_PICTURE_BYTES = 4 * MAX_PIXELS;
/** A decoder that takes nothing and gives nothing for so long is stopped. */
const STALL_MS = 15_000;
/** Block times are the frame's time, ms, times this, and one of the marks. */
const SCALE = 4;
const CHOSEN = 1;
/** The frame is encoded so that the one before it comes out, and then dropped. */
const PUSHES = 2;

/** One process, and what is known of its stream. */
interface Run<Item> {
  readonly process: LongRunningProcess;
  readonly header: Buffer;
  readonly shape: string;
  /** It keeps to the order in which frames are shown, however far they are reordered. */
  readonly isPatient: boolean;
  /** Time of the frame at block time 0, ms since the epoch. */
  readonly base: number;
  /** Block times of the frames that were chosen and have not come back, in their order. */
  readonly expected: Map<number, Item>;
  /** Frames that were chosen and cannot come back any more. */
  lost: number;
  /** When the latest frame is shown. */
  reached: number;
  /** When the last chosen frame is shown that no later frame has pushed out yet. */
  pushFrom: number | undefined;
}

export class AnyFrameDecoder<Item> {
  #run: Run<Item> | undefined;
  /** All that have not ended: one that is finished still gives its last pictures. */
  readonly #runs = new Set<Run<Item>>();
  #isStopped = false;

  constructor(
    private readonly options: AnyFrameDecoderOptions,
    private readonly onPicture: (picture: FramePicture<Item>) => void,
  ) {}

  /**
   * Takes the next chunk. Settles when ffmpeg has taken its bytes; pictures come when they are decoded, in the order in
   * which they are shown. One call at a time.
   *
   * @param chosen what to make pictures of, by the index among the chunk's frames
   * @throws DecoderError where pictures were lost, of this chunk or of those before; the next chunk begins with a new
   *   process if this one's has ended
   */
  async decode(chunk: DecodableChunk, chosen: ReadonlyMap<number, Item>): Promise<void> {
    let failure: unknown;
    if (this.#run !== undefined && !continues(this.#run, chunk)) {
      await this.finish().catch((error: unknown) => {
        failure = error;
      });
    }
    if (this.#isStopped) {
      return;
    }
    const isNew = this.#run === undefined;
    const run = (this.#run ??= this.#start(chunk));
    const times = this.#blockTimes(run, chunk, chosen);
    const bytes = await this.#write(chunk, times);
    if (isNew) {
      await run.process.write(chunk.header);
    }
    await run.process.write(bytes);
    if (run.process.hasEnded) {
      await this.finish();
    }
    if (failure instanceof Error) {
      throw failure;
    }
  }

  /** Whether there is a process that continues with the next chunk. */
  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /** Frames that were chosen, and whose pictures may still come. */
  get pending(): number {
    return [...this.#runs].reduce((sum, { expected }) => sum + expected.size, 0);
  }

  /** Whether a new process begins with this chunk, which knows none of the frames before. */
  begins(chunk: DecodableChunk): boolean {
    return this.#run === undefined || !continues(this.#run, chunk);
  }

  /** How many of the chosen frames ffmpeg has left out since this was asked last, of a stream that continues. */
  takeLost(): number {
    const lost = this.#run?.lost ?? 0;
    if (this.#run !== undefined) {
      this.#run.lost = 0;
    }
    return lost;
  }

  /** Settles when all pictures have come. @throws DecoderError where some were lost because ffmpeg failed */
  async finish(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) {
      return;
    }
    const end = await run.process.finish();
    const lost = run.lost + run.expected.size;
    this.#runs.delete(run);
    if (!this.#isStopped && (lost > 0 || (end.exitCode !== 0 && !this.options.isLive))) {
      const why = end.failure ?? endFailure(end);
      throw new DecoderError(
        'DecoderFailed',
        withDetails(lost === 0 ? why : lostFrames(lost, why), end.complaint),
      );
    }
  }

  /** Ends it at once; nothing more comes of it. */
  stop(): void {
    this.#isStopped = true;
    for (const { process } of this.#runs) {
      process.stop();
    }
  }

  #start(chunk: DecodableChunk): Run<Item> {
    const { ffmpeg, form, isLive } = this.options;
    const filters = [`select='mod(pts,${SCALE})'`, ...filtersOf(chunk.shape), ...widthFilter(form)];
    const expected = new Map<number, Item>();
    let arrived = 0;
    const reader = new PictureStreamReader(MAX_PICTURE_BYTES, ({ time, ...picture }) => {
      const item = expected.get(time);
      if (item !== undefined && !this.#isStopped) {
        expected.delete(time);
        arrived += 1;
        if (isLive) {
          run.lost += forgetBefore(expected, time);
        }
        this.onPicture({ ...picture, item });
      }
    });
    const args = [
      ...['-v', 'error', '-nostdin', '-copyts', '-threads', '1', '-max_pixels', String(MAX_PIXELS)],
      ...['-probesize', '32', '-analyzeduration', '0'],
      // Else it guesses how far frames are reordered, and drops those that come too late for its guess.
      ...(needsPatience(chunk) ? ['-strict', 'strict'] : []),
      ...['-f', 'matroska', '-i', 'pipe:0', '-vf', filters.join(','), ...ffmpeg.keepTimes],
      ...encoderOptions(form),
      ...OUTPUT_OPTIONS,
    ];
    const process = new LongRunningProcess(
      ffmpeg.command,
      args,
      (bytes) => {
        const before = arrived;
        reader.push(bytes);
        return arrived > before;
      },
      STALL_MS,
    );
    const run: Run<Item> = {
      ...{ process, expected, header: chunk.header, shape: JSON.stringify(chunk.shape) },
      ...{ isPatient: needsPatience(chunk), lost: 0, reached: chunk.begin, pushFrom: undefined },
      // Frames that come one by one may be shown before the first one that is decoded.
      base: Math.floor(chunk.begin) - (isLive ? MOST_BACK_MS : 0),
    };
    this.#runs.add(run);
    return run;
  }

  /** Chooses the block time of each frame, and notes those that are to come back. */
  #blockTimes(run: Run<Item>, { frames }: DecodableChunk, chosen: ReadonlyMap<number, Item>): number[] {
    const shown = frames.map(({ time }, index) => ({ time, index })).sort((a, b) => a.time - b.time);
    const times = new Array<number>(frames.length);
    if (this.options.isLive) {
      run.lost += forgetAllBut(run.expected, MOST_EXPECTED);
    }
    for (const { time, index } of shown) {
      const item = chosen.get(index);
      const pushes = this.options.isLive && run.pushFrom !== undefined && time > run.pushFrom;
      const at = blockTime(run, time) + (item === undefined ? (pushes ? PUSHES : 0) : CHOSEN);
      times[index] = at;
      if (item !== undefined) {
        run.expected.set(at, item);
        run.pushFrom = time;
      } else if (pushes) {
        run.pushFrom = undefined;
      }
      run.reached = Math.max(run.reached, time);
    }
    return times;
  }

  async #write(chunk: DecodableChunk, times: readonly number[]): Promise<Buffer> {
    let bytes: Buffer = Buffer.alloc(0);
    const steps = chunk.write((index) => times[index] ?? 0, new StepBudget());
    await (this.options.turn ?? processTurn).run(
      (function* () {
        bytes = yield* steps;
      })(),
    );
    return bytes;
  }
}

/** Frames of a chunk may be shown before the last one of the chunk before, but not by much. */
const MOST_BACK_MS = 1_000;
/** Of earlier chunks: what has not come when so many others were chosen has been left out. */
const MOST_EXPECTED = 1_000;

/** Gives how many there were. */
function forgetBefore(expected: Map<number, unknown>, time: number): number {
  let forgotten = 0;
  for (const known of expected.keys()) {
    if (known < time) {
      expected.delete(known);
      forgotten += 1;
    }
  }
  return forgotten;
}

/** What is said of frames that gave no picture. @param why absent where the program told nothing */
export function lostFrames(frames: number, why = decoderStatement('decoder.noPicture', {})): Statement {
  return decoderStatement('decoder.lost', { why, frames });
}

/** Keeps the newest. Gives how many others there were. */
function forgetAllBut(expected: Map<number, unknown>, most: number): number {
  const tooMany = Math.max(0, expected.size - most);
  for (const known of tooMany === 0 ? [] : [...expected.keys()].slice(0, tooMany)) {
    expected.delete(known);
  }
  return tooMany;
}

/** Without a mark. */
function blockTime({ base }: Pick<Run<unknown>, 'base'>, time: number): number {
  return Math.max(0, Math.round(time - base)) * SCALE;
}

function needsPatience({ isReordered, isOrderGuessed }: DecodableChunk): boolean {
  return isReordered && isOrderGuessed;
}

function continues<Item>(
  { process, header, shape, isPatient, reached }: Run<Item>,
  chunk: DecodableChunk,
): boolean {
  return (
    !process.hasEnded &&
    header.equals(chunk.header) &&
    shape === JSON.stringify(chunk.shape) &&
    (isPatient || !needsPatience(chunk)) &&
    chunk.begin > reached - MOST_BACK_MS
  );
}
