/** Finds an ffmpeg that decodes frames as `AnyFrameDecoder` needs it: on the path, or in a package that brings one. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isRecord } from '../is-record';
import { DecoderError } from './decoder-error';
import { startFailure } from './program-failure';
import { runProgramOnce } from './run-program-once';

/** A program that was tested. */
export interface Ffmpeg {
  readonly command: string;
  /** What keeps the times of frames as they are: it was renamed in ffmpeg 5.1. */
  readonly keepTimes: readonly string[];
}

/** Packages that bring an ffmpeg; the run time resolves them where it finds them. */
const PACKAGES = ['@ffmpeg-installer/ffmpeg', 'ffmpeg-static'];
const KEEP_TIMES = [
  ['-fps_mode', 'passthrough'],
  ['-vsync', 'passthrough'],
];
const TIMEOUT_MS = 15_000;
/** One gray picture of 16 × 16. */
const TEST_PICTURE = Buffer.alloc(256);

/** What keeps the time base of pictures in ms, and gives each a cluster of its own, so that it is written at once. */
export const OUTPUT_OPTIONS: readonly string[] = [
  ...['-an', '-sn', '-dn', '-enc_time_base', '1:1000', '-threads', '1'],
  ...['-f', 'matroska', '-cluster_time_limit', '1', 'pipe:1'],
];

let found: Promise<Ffmpeg | undefined> | undefined;
let foundOn: string | undefined;

/**
 * Looks once for each value of PATH. Undefined where there is none that can do it.
 *
 * @throws DecoderError where none could be started, such as for want of file descriptors; then the next call looks again
 */
export async function findFfmpeg(): Promise<Ffmpeg | undefined> {
  const path = process.env['PATH'];
  if (found === undefined || foundOn !== path) {
    foundOn = path;
    found = search();
  }
  try {
    return await found;
  } catch (error) {
    found = undefined;
    throw error;
  }
}

async function search(): Promise<Ffmpeg | undefined> {
  for (const command of ['ffmpeg', ...packaged()]) {
    for (const keepTimes of KEEP_TIMES) {
      if (await works(command, keepTimes)) {
        return { command, keepTimes };
      }
    }
  }
  return undefined;
}

/** Paths of the programs that installed packages bring. */
function packaged(): string[] {
  const paths: string[] = [];
  // Where the process was started, and where this package is installed.
  for (const from of [join(process.cwd(), 'any.js'), __filename]) {
    const load = createRequire(from);
    for (const name of PACKAGES) {
      const path = pathOf(load, name);
      if (path !== undefined) {
        paths.push(path);
      }
    }
  }
  return paths;
}

function pathOf(load: NodeJS.Require, name: string): string | undefined {
  try {
    const loaded: unknown = load(name);
    const path = isRecord(loaded) ? (loaded['path'] ?? loaded['default']) : loaded;
    return typeof path === 'string' ? path : undefined;
  } catch {
    // It is not installed, or has no program for this machine.
    return undefined;
  }
}

async function works(command: string, keepTimes: readonly string[]): Promise<boolean> {
  const args = [
    ...['-v', 'error', '-nostdin', '-copyts', '-f', 'rawvideo', '-pix_fmt', 'gray', '-s', '16x16'],
    ...[
      '-i',
      'pipe:0',
      '-vf',
      "select='mod(pts+1,4)'",
      ...keepTimes,
      '-c:v',
      'mjpeg',
      '-pix_fmt',
      'yuvj420p',
    ],
    ...OUTPUT_OPTIONS,
  ];
  try {
    const { exitCode, output } = await runProgramOnce(command, args, {
      ...{ input: TEST_PICTURE, maxOutputBytes: 64 * 1024, timeoutMs: TIMEOUT_MS },
    }).result;
    return exitCode === 0 && output.length > 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES') {
      return false;
    }
    throw new DecoderError('DecoderFailed', startFailure(error));
  }
}
