import { spawn } from 'node:child_process';

/** Why there is no picture. */
export class DecoderError extends Error {
  override readonly name = 'DecoderError';

  constructor(
    readonly ErrorType: 'NoDecoder' | 'DecoderFailed' | 'DecoderBusy',
    message: string,
  ) {
    super(message);
  }
}

/** Decoders that run at a time, in the whole process: each takes a core. */
const MAX_RUNNING = 2;
/** Pictures of one node that wait for their turn. */
const MAX_WAITING = 8;
const TIMEOUT_MS = 15_000;
const MAX_PICTURE_BYTES = 32 * 1024 * 1024;
const MAX_STDERR_CHARACTERS = 300;

const DEMUXERS: Readonly<Record<string, string>> = { 'video/H264': 'h264', 'video/H265': 'hevc' };

const INSTALL =
  'H.264 and H.265 pictures are decoded by ffmpeg, which was not found on the path. Install it (Debian and Ubuntu: apt install ffmpeg; Alpine: apk add ffmpeg; macOS: brew install ffmpeg) and start Node-RED again.';

/** Whether a command was found, looked for once in a process. */
const found = new Map<string, Promise<boolean>>();

/** Turns of all nodes, in their order. */
const turns: (() => void)[] = [];
let running = 0;

/** Makes JPEG pictures of key frames with the machine's `ffmpeg`, if it has one, in processes of its own. */
export class PictureDecoder {
  #waiting = 0;
  readonly #ends = new Set<() => void>();
  #closed = false;

  constructor(private readonly command = 'ffmpeg') {}

  /** Looks for the decoder, once in the life of the process. */
  available(): Promise<boolean> {
    const known = found.get(this.command) ?? answers(this.command);
    found.set(this.command, known);
    return known;
  }

  /**
   * @param stream a key frame with its parameter sets, as Annex B
   * @param mimeType `video/H264` or `video/H265`
   * @returns the picture; rejects with `DecoderError`
   */
  async decode(stream: Buffer, mimeType: string): Promise<Buffer> {
    if (!(await this.available())) {
      throw new DecoderError('NoDecoder', INSTALL);
    }
    if (this.#waiting >= MAX_WAITING) {
      throw new DecoderError(
        'DecoderBusy',
        `A picture was left out: ${MAX_WAITING} are waiting for the decoder. Take fewer, or a stream of a lower resolution.`,
      );
    }
    this.#waiting += 1;
    await turn();
    this.#waiting -= 1;
    try {
      if (this.#closed) {
        throw new DecoderError('DecoderFailed', 'The node was stopped before the picture was decoded.');
      }
      return await this.#run(stream, DEMUXERS[mimeType] ?? 'h264');
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

  #run(stream: Buffer, demuxer: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const child = spawn(
        this.command,
        [
          ...['-v', 'error', '-nostdin', '-threads', '1', '-f', demuxer, '-i', 'pipe:0'],
          ...['-frames:v', '1', '-q:v', '3', '-f', 'image2pipe', '-c:v', 'mjpeg', 'pipe:1'],
        ],
        { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true },
      );
      const end = (): void => {
        child.kill('SIGKILL');
      };
      const timer = setTimeout(end, TIMEOUT_MS);
      this.#ends.add(end);
      const pieces: Buffer[] = [];
      let bytes = 0;
      let complaint = '';
      const fail = (message: string): void => {
        reject(new DecoderError('DecoderFailed', message));
      };
      child.stdout.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes <= MAX_PICTURE_BYTES) {
          pieces.push(piece);
        } else {
          end();
        }
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaint = `${complaint}${text}`.slice(0, MAX_STDERR_CHARACTERS);
      });
      // It may end before it has read all; what it says at its end counts.
      child.stdin.on('error', () => undefined);
      child.on('error', (error) => {
        clearTimeout(timer);
        this.#ends.delete(end);
        fail(`The decoder could not be started: ${error.message}.`);
      });
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        this.#ends.delete(end);
        if (code === 0 && bytes > 0 && bytes <= MAX_PICTURE_BYTES) {
          resolve(joined(pieces, bytes));
        } else {
          const why = complaint.trim() || (signal === null ? `it ended with ${code ?? 0}` : 'it was stopped');
          fail(`The decoder made no picture of a key frame: ${why}.`);
        }
      });
      child.stdin.end(stream);
    });
  }
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

function answers(command: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, ['-version'], { stdio: 'ignore', windowsHide: true });
    child.on('error', () => {
      resolve(false);
    });
    child.on('close', (code) => {
      resolve(code === 0);
    });
  });
}

function joined(pieces: readonly Buffer[], bytes: number): Buffer {
  const picture = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const piece of pieces) {
    at += piece.copy(picture, at);
  }
  return picture;
}
