/** Makes a picture of one frame with ffmpeg, or one that stands for it where there is no ffmpeg. */
import { spawn } from 'node:child_process';
import { programEnvironment } from './program-environment';

/** How a picture is wanted. */
export interface PictureForm {
  readonly format: 'JPEG' | 'PNG';
  /** Of a JPEG, from 1 to 100. */
  readonly quality: number;
  /** Pixels; without a height the picture keeps its size, without a width its ratio. */
  readonly width?: number;
  readonly height?: number;
}

export interface DecodeOptions {
  /** The time that the frame has in the media, ms. */
  readonly timeMs: number;
  readonly form: PictureForm;
  /** A larger picture counts as one that cannot be decoded. */
  readonly maxBytes: number;
  /** Stops ffmpeg. */
  readonly signal: AbortSignal;
}

/** In this machine's time: a program does not run in the simulator's. */
const TIMEOUT_MS = 30_000;
/** 8K; a broken header can promise more. */
const MAX_PIXELS = 7680 * 4320;
/** A grey picture of 16 by 16 pixels in each format. */
const GREY = {
  JPEG: '/9j/4AAQSkZJRgABAgAAAQABAAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ubm7q6srLZ2eD/////xABKAAEAAAAAAAAAAAAAAAAAAAAAAQEAAAAAAAAAAAAAAAAAAAAAEAEAAAAAAAAAAAAAAAAAAAAAEQEAAAAAAAAAAAAAAAAAAAAA/8AAEQgAEAAQAwESAAISAAMSAP/aAAwDAQACEQMRAD8AAAAA/9k=',
  PNG: 'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAAACXBIWXMAAAABAAAAAQBPJcTWAAAAD0lEQVR4nGNoQAMMI1sAAAUMgAFaSOXNAAAAAElFTkSuQmCC',
} as const;

let last: Promise<unknown> = Promise.resolve();

/**
 * Decodes one frame of the first video track of a Matroska file. One ffmpeg runs at a time, however many calls wait.
 *
 * @returns undefined if the frame cannot be decoded; a grey picture if there is no ffmpeg. Never rejects.
 */
export function decodePicture(media: Buffer, options: DecodeOptions): Promise<Buffer | undefined> {
  const decoded = last.then(() => runFfmpeg(media, options));
  last = decoded;
  return decoded;
}

function runFfmpeg(
  media: Buffer,
  { timeMs, form, maxBytes, signal }: DecodeOptions,
): Promise<Buffer | undefined> {
  if (signal.aborted) {
    return Promise.resolve(undefined);
  }
  return new Promise((resolve) => {
    const child = spawn('ffmpeg', argumentsFor(timeMs, form), {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: programEnvironment(),
      windowsHide: true,
    });
    // Not spawn's own signal, whose listener stays where the program does not exist.
    const stop = (): void => {
      child.kill('SIGKILL');
    };
    signal.addEventListener('abort', stop);
    // Not spawn's own time limit, whose timer runs on where the program does not exist.
    const limit = setTimeout(stop, TIMEOUT_MS);
    const settle = (picture: Buffer | undefined): void => {
      clearTimeout(limit);
      signal.removeEventListener('abort', stop);
      resolve(picture);
    };
    const pieces: Buffer[] = [];
    let bytes = 0;
    child.on('error', ({ code }: NodeJS.ErrnoException) => {
      settle(code === 'ENOENT' ? Buffer.from(GREY[form.format], 'base64') : undefined);
    });
    child.on('close', (exitCode) => {
      settle(exitCode === 0 && bytes > 0 && bytes <= maxBytes ? Buffer.concat(pieces) : undefined);
    });
    child.stdout.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= maxBytes) {
        pieces.push(piece);
      } else {
        child.kill('SIGKILL');
      }
    });
    // ffmpeg closes its input when it has the frame; `close` says how it went.
    child.stdin.on('error', () => undefined);
    child.stdin.end(media);
  });
}

function argumentsFor(timeMs: number, { format, quality, width, height }: PictureForm): string[] {
  const seconds = timeMs / 1000;
  const filters = [
    `select=between(t\\,${seconds - 0.0005}\\,${seconds + 0.0005})`,
    'setpts=0',
    ...(height === undefined ? [] : [`scale=${width ?? -1}:${height}`]),
  ];
  return [
    ...['-v', 'error', '-nostdin', '-threads', '1', '-max_pixels', String(MAX_PIXELS)],
    ...['-protocol_whitelist', 'pipe', '-copyts', '-f', 'matroska', '-i', 'pipe:0'],
    ...['-map', '0:v:0', '-vf', filters.join(','), '-frames:v', '1', '-f', 'image2pipe'],
    ...(format === 'PNG' ? ['-c:v', 'png'] : ['-c:v', 'mjpeg', '-q:v', String(jpegScale(quality))]),
    'pipe:1',
  ];
}

/** ffmpeg's scale goes from 2, the best, to 31. */
function jpegScale(quality: number): number {
  return Math.round(31 - (29 * (quality - 1)) / 99);
}
