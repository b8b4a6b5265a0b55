/** Makes one progressive MP4 file of fragmented MP4, with ffmpeg. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programEnvironment } from './program-environment';

/** In this machine's time: a program does not run in the simulator's. */
const TIMEOUT_MS = 60_000;

/** There is no ffmpeg on the path. */
export class NoFfmpegError extends Error {
  override readonly name = 'NoFfmpegError';
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Copies the media into a file, undecoded; its index comes first. One ffmpeg runs at a time, however many calls wait.
 *
 * @param segments an init segment and the media segments, made as they are written
 * @returns false if ffmpeg cannot read the media, or was stopped
 * @throws NoFfmpegError, what making a segment throws
 */
export function remuxClip(segments: Iterable<Buffer>, path: string, signal: AbortSignal): Promise<boolean> {
  const made = last.then(() => runFfmpeg(segments, path, signal));
  last = made.catch(() => undefined);
  return made;
}

async function runFfmpeg(segments: Iterable<Buffer>, path: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) {
    return false;
  }
  const child = spawn(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', '-protocol_whitelist', 'pipe,file', '-f', 'mp4', '-i', 'pipe:0'],
      ...['-map', '0', '-c', 'copy', '-movflags', '+faststart', '-f', 'mp4', '-y', path],
    ],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: programEnvironment(),
      windowsHide: true,
      killSignal: 'SIGKILL',
      signal,
    },
  );
  const limit = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  const ended = new Promise<boolean>((resolve, reject) => {
    child.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ENOENT') {
        reject(new NoFfmpegError('ffmpeg is not on the path'));
      } else {
        resolve(false);
      }
    });
    child.on('close', (exitCode) => {
      resolve(exitCode === 0);
    });
  });
  // It closes its input when it has failed; `close` says so.
  child.stdin.on('error', () => undefined);
  try {
    const [made] = await Promise.all([ended, write(segments, child.stdin, ended)]);
    return made;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

/** Until all is written, or ffmpeg has ended. */
async function write(
  segments: Iterable<Buffer>,
  input: NodeJS.WritableStream,
  ended: Promise<unknown>,
): Promise<void> {
  const over = ended.then(
    () => 'over',
    () => 'over',
  );
  for (const segment of segments) {
    if (!input.write(segment)) {
      const next = await Promise.race([once(input, 'drain').catch(() => 'over'), over]);
      if (next === 'over') {
        return;
      }
    }
  }
  input.end();
}
