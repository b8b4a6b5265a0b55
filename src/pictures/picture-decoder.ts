/** Decodes key frames to JPEG with ffmpeg: how many at a time, how long, and what went wrong. */
import type { MediaFormat } from '../convert';
import { DecoderError } from './decoder-error';
import { filtersOf, MAX_PIXELS, type ShownShape } from './picture-filters';
import { runProgram } from './run-program';

/** Decoders that run at a time, in the whole process: each takes a core. */
const MAX_RUNNING = 2;
/** Pictures of one `PictureDecoder` that wait for their turn. */
const MAX_WAITING = 8;
const TIMEOUT_MS = 15_000;
const MAX_PICTURE_BYTES = 32 * 1024 * 1024;
const NO_OUTPUT = { maxOutputBytes: 64 * 1024, timeoutMs: TIMEOUT_MS };

const DEMUXERS: Readonly<Record<string, string>> = { 'video/H264': 'h264', 'video/H265': 'hevc' };

const NOT_FOUND = 'The program that decodes pictures, ffmpeg, was not found on the path.';

/** Commands that were looked for in this process, and whether they were found. */
const found = new Map<string, Promise<boolean>>();

/** Turns of all decoders, in their order. */
const turns: (() => void)[] = [];
let running = 0;

/** Makes JPEG pictures of key frames with the machine's `ffmpeg`, if it has one, in processes of its own. */
export class PictureDecoder {
  #waiting = 0;
  readonly #ends = new Set<() => void>();
  #closed = false;

  constructor(private readonly command = 'ffmpeg') {}

  /**
   * Looks for the decoder; a search that gave an answer is not repeated in this process. Rejects with `DecoderError`
   * where it gave none, such as for want of file descriptors.
   */
  async available(): Promise<boolean> {
    const search = found.get(this.command) ?? isInstalled(this.command);
    found.set(this.command, search);
    try {
      return await search;
    } catch (error) {
      found.delete(this.command);
      throw error;
    }
  }

  /**
   * @param stream a key frame with its parameter sets, as Annex B
   * @param mimeType `video/H264` or `video/H265`
   * @param shape how it is to be shown
   * @returns the picture, with square pixels and upright; rejects with `DecoderError`
   */
  async decode(stream: Buffer, mimeType: string, shape: ShownShape = {}): Promise<Buffer> {
    if (!(await this.available())) {
      throw new DecoderError('NoDecoder', NOT_FOUND);
    }
    if (this.#waiting >= MAX_WAITING) {
      throw new DecoderError('DecoderBusy', `${MAX_WAITING} pictures are waiting for the decoder`);
    }
    this.#waiting += 1;
    await turn();
    this.#waiting -= 1;
    try {
      if (this.#closed) {
        throw new DecoderError('DecoderFailed', 'the decoder was closed before the picture was decoded');
      }
      return await this.#run(stream, DEMUXERS[mimeType] ?? 'h264', filtersOf(shape));
    } finally {
      release();
    }
  }

  /** Ends what runs; what waits is not begun. */
  close(): void {
    this.#closed = true;
    for (const end of this.#ends) {
      end();
    }
  }

  async #run(stream: Buffer, demuxer: string, filters: readonly string[]): Promise<Buffer> {
    const { result, stop } = runProgram(
      this.command,
      [
        ...[
          '-v',
          'error',
          '-nostdin',
          '-threads',
          '1',
          '-max_pixels',
          String(MAX_PIXELS),
          '-f',
          demuxer,
          '-i',
          'pipe:0',
        ],
        ...(filters.length === 0 ? [] : ['-vf', filters.join(',')]),
        ...['-frames:v', '1', '-q:v', '3', '-f', 'image2pipe', '-c:v', 'mjpeg', 'pipe:1'],
      ],
      { input: stream, maxOutputBytes: MAX_PICTURE_BYTES, timeoutMs: TIMEOUT_MS },
    );
    this.#ends.add(stop);
    try {
      const { exitCode, output, overflowed, complaint } = await result.catch(notStarted);
      if (exitCode === 0 && output.length > 0 && !overflowed) {
        return output;
      }
      const why = complaint || (exitCode === null ? 'it was stopped' : `it ended with ${exitCode}`);
      throw new DecoderError('DecoderFailed', why);
    } finally {
      this.#ends.delete(stop);
    }
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
  throw new DecoderError('DecoderFailed', `it could not be started: ${error.message}`);
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
    const { exitCode } = await runProgram(command, ['-version'], NO_OUTPUT).result;
    return exitCode === 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'EACCES' ? false : notStarted(error as Error);
  }
}
