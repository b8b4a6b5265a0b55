/** Decodes key frames to JPEG with ffmpeg: how many at a time, how long, and what went wrong. */
import type { MediaFormat } from '../convert';
import type { Statement } from '../statement';
import { DecoderError } from './decoder-error';
import { decoderStatement } from './decoder-statements';
import { findFfmpeg, OUTPUT_OPTIONS } from './find-ffmpeg';
import {
  encoderOptions,
  filtersOf,
  MAX_PIXELS,
  type PictureForm,
  type ShownShape,
  widthFilter,
} from './picture-filters';
import { type PictureBlock, PictureStreamReader } from './picture-stream-reader';
import { endFailure, startFailure, withDetails } from './program-failure';
import { runProgramOnce, type ProgramResult } from './run-program-once';

/** Decoders that run at a time, in the whole process: each takes a core. */
const MAX_RUNNING = 2;
/** Pictures of one `KeyFrameDecoder` that wait for their turn. */
const MAX_WAITING = 8;
const TIMEOUT_MS = 15_000;
const MAX_JPEG_BYTES = 32 * 1024 * 1024;
/** With what the container adds. */
const MAX_PICTURE_BYTES = 4 * MAX_PIXELS;
const MAX_OUTPUT_BYTES = MAX_PICTURE_BYTES + 64 * 1024;
const NO_OUTPUT = { maxOutputBytes: 64 * 1024, timeoutMs: TIMEOUT_MS };

const DEMUXERS: Readonly<Record<string, string>> = {
  'video/H264': 'h264',
  'video/H265': 'hevc',
  'image/jpeg': 'jpeg_pipe',
};

/** A JPEG of the frame's own size. */
const PLAIN: PictureForm = { as: 'jpeg', width: 0, quality: 95 };

/** Commands that were looked for in this process, and whether they were found. */
const found = new Map<string, Promise<boolean>>();

/** Turns of all decoders, in their order. */
const turns: (() => void)[] = [];
let running = 0;

/** Makes JPEG pictures of key frames with the machine's `ffmpeg`, if it has one, in processes of its own. */
export class KeyFrameDecoder {
  #waiting = 0;
  readonly #ends = new Set<() => void>();
  #closed = false;

  /**
   * @param given a program to be used; absent: ffmpeg is looked for
   * @param timeoutMs a picture that takes longer is not made
   */
  constructor(
    private readonly given?: string,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  /**
   * Looks for the decoder; a search that gave an answer is not repeated in this process. Rejects with `DecoderError`
   * where it gave none, such as for want of file descriptors.
   */
  async available(): Promise<boolean> {
    return (await this.#command()) !== undefined;
  }

  /**
   * @param stream a key frame with its parameter sets, as Annex B; or a JPEG
   * @param mimeType `video/H264`, `video/H265` or `image/jpeg`
   * @param shape how it is to be shown
   * @returns the picture, with square pixels and upright; rejects with `DecoderError`
   */
  decode(stream: Buffer, mimeType: string, shape: ShownShape = {}, quality = PLAIN.quality): Promise<Buffer> {
    return this.#inTurn(async (command) => {
      const form = { ...PLAIN, quality };
      const format = ['-f', 'image2pipe', 'pipe:1'];
      return this.#run(command, stream, mimeType, filtersOf(shape), form, format, MAX_JPEG_BYTES);
    });
  }

  /** The same in any form, with the size that it has then. */
  decodeAs(
    form: PictureForm,
    stream: Buffer,
    mimeType: string,
    shape: ShownShape,
  ): Promise<Omit<PictureBlock, 'time'>> {
    return this.#inTurn(async (command) => {
      const filters = [...filtersOf(shape), ...widthFilter(form)];
      const output = await this.#run(
        command,
        stream,
        mimeType,
        filters,
        form,
        OUTPUT_OPTIONS,
        MAX_OUTPUT_BYTES,
      );
      const pictures: PictureBlock[] = [];
      new PictureStreamReader(MAX_PICTURE_BYTES, (picture) => pictures.push(picture)).push(output);
      const [picture] = pictures;
      if (picture === undefined) {
        throw new DecoderError('DecoderFailed', decoderStatement('decoder.noPicture', {}));
      }
      return picture;
    });
  }

  /** Ends what runs; what waits is not begun. */
  close(): void {
    this.#closed = true;
    for (const end of this.#ends) {
      end();
    }
  }

  async #command(): Promise<string | undefined> {
    const { given } = this;
    if (given === undefined) {
      return (await findFfmpeg())?.command;
    }
    const search = found.get(given) ?? isInstalled(given);
    found.set(given, search);
    try {
      return (await search) ? given : undefined;
    } catch (error) {
      found.delete(given);
      throw error;
    }
  }

  async #inTurn<Result>(work: (command: string) => Promise<Result>): Promise<Result> {
    const command = await this.#command();
    if (command === undefined) {
      throw new DecoderError('NoDecoder', decoderStatement('decoder.none', {}));
    }
    if (this.#waiting >= MAX_WAITING) {
      throw new DecoderError('DecoderBusy', decoderStatement('decoder.queueFull', { most: MAX_WAITING }));
    }
    this.#waiting += 1;
    await turn();
    this.#waiting -= 1;
    try {
      if (this.#closed) {
        throw new DecoderError('DecoderFailed', decoderStatement('decoder.closed', {}));
      }
      return await work(command);
    } finally {
      release();
    }
  }

  async #run(
    command: string,
    stream: Buffer,
    mimeType: string,
    filters: readonly string[],
    form: PictureForm,
    format: readonly string[],
    maxOutputBytes: number,
  ): Promise<Buffer> {
    const { result, stop } = runProgramOnce(
      command,
      [
        ...['-v', 'error', '-nostdin', '-threads', '1', '-max_pixels', String(MAX_PIXELS)],
        ...['-f', DEMUXERS[mimeType] ?? 'h264', '-i', 'pipe:0'],
        ...(filters.length === 0 ? [] : ['-vf', filters.join(',')]),
        ...['-frames:v', '1', ...encoderOptions(form), ...format],
      ],
      { input: stream, maxOutputBytes, timeoutMs: this.timeoutMs },
    );
    this.#ends.add(stop);
    try {
      const ended = await result.catch(notStarted);
      if (ended.exitCode === 0 && ended.output.length > 0 && !ended.overflowed) {
        return ended.output;
      }
      const why = this.#failureOf(ended, maxOutputBytes);
      throw new DecoderError('DecoderFailed', withDetails(why, ended.complaint));
    } finally {
      this.#ends.delete(stop);
    }
  }

  #failureOf(ended: ProgramResult, allowedBytes: number): Statement {
    if (this.#closed) {
      return decoderStatement('decoder.closed', {});
    }
    if (ended.overflowed) {
      return decoderStatement('decoder.tooMuch', { allowedBytes });
    }
    return ended.timedOut
      ? decoderStatement('decoder.tooSlow', { allowedMs: this.timeoutMs })
      : endFailure(ended);
  }
}

/** The format of a decoded picture, which has square pixels and is upright. */
export function decodedFormat(format: MediaFormat): MediaFormat {
  const { displayWidth = format.width, displayHeight = format.height, rotation } = format;
  const isOnItsSide = rotation === 90 || rotation === 270;
  const decoded: Writable<MediaFormat> = { ...format, mimeType: 'image/jpeg' };
  if (displayWidth !== undefined && displayHeight !== undefined) {
    decoded.width = isOnItsSide ? displayHeight : displayWidth;
    decoded.height = isOnItsSide ? displayWidth : displayHeight;
  }
  delete decoded.displayWidth;
  delete decoded.displayHeight;
  delete decoded.rotation;
  delete decoded.mirrored;
  return decoded;
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

function notStarted(error: Error): never {
  throw new DecoderError('DecoderFailed', startFailure(error));
}

async function turn(): Promise<void> {
  if (running >= MAX_RUNNING) {
    await new Promise<void>((resolve) => turns.push(resolve));
  } else {
    running += 1;
  }
}

/** Hands the turn on, or gives it back. */
function release(): void {
  const next = turns.shift();
  if (next === undefined) {
    running -= 1;
  } else {
    next();
  }
}

async function isInstalled(command: string): Promise<boolean> {
  try {
    const { exitCode } = await runProgramOnce(command, ['-version'], NO_OUTPUT).result;
    return exitCode === 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'EACCES' ? false : notStarted(error as Error);
  }
}
