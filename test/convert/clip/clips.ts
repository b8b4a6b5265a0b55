/** Makes clips of chunks, and tells what ffmpeg decodes of clips and of what they were made of. */
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { ClipConverter, type ClipMedia, type FinishedClip, type Problem } from '../../../src/convert';
import { finish, StepBudget } from '../../../src/convert/steps';
import { answerOf } from '../streams';

/** A picture: when it begins, ms, and the MD5 of its samples. */
export interface Shown {
  readonly timeMs: number;
  readonly hash: string;
}

export interface MadeClip extends FinishedClip {
  readonly file: Buffer;
}

export interface MadeClips {
  readonly clips: readonly MadeClip[];
  readonly problems: readonly Problem[];
  /** It takes no more chunks. */
  readonly isFull: boolean;
}

/** The files of a range of a stream. */
export function makeClips(
  chunks: readonly Buffer[],
  from: number,
  to: number,
  tracks: readonly string[] = [],
): MadeClips {
  const clips: MadeClip[] = [];
  const problems: Problem[] = [];
  let media: Buffer[] = [];
  const converter = new ClipConverter({ from, to, isServerTime: false }, tracks, {
    media: (piece: ClipMedia) => {
      const bytes = Buffer.alloc(piece.bytes);
      finish(piece.write(bytes, 0, new StepBudget()));
      media.push(bytes);
    },
    clip: (clip) => {
      clips.push({ ...clip, file: Buffer.concat([clip.head, ...media]) });
      media = [];
    },
    drop: () => {
      media = [];
    },
  });
  for (const chunk of chunks) {
    for (const step of converter.steps(chunk)) {
      problems.push(...step.problems);
    }
  }
  finish(converter.end());
  return { clips, problems, isFull: converter.isFull };
}

/**
 * Pictures as ffmpeg decodes them, in the order in which they are shown, with when each begins, ms.
 *
 * @param options such as `-copyts`, for the times of the file
 */
export function picturesOf(file: Buffer, ...options: readonly string[]): Shown[] {
  return picturesOfTrack(file, 0, ...options);
}

/** The same, of the video track with this index. */
export function picturesOfTrack(file: Buffer, index: number, ...options: readonly string[]): Shown[] {
  const out = run(file, [
    ...options,
    ...[
      '-map',
      `0:v:${index}`,
      '-fps_mode',
      'passthrough',
      '-enc_time_base',
      '1:90000',
      '-f',
      'framemd5',
      '-',
    ],
  ]).toString();
  return out
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): Shown => {
      const [, , pts = '', , , hash = ''] = line.split(',').map((field) => field.trim());
      return { timeMs: Number(pts) / 90, hash };
    });
}

/** Sound as ffmpeg decodes it, mono. */
export function soundOf(file: Buffer, rate: number): Int16Array {
  const bytes = run(file, ['-map', '0:a:0', '-ac', '1', '-ar', String(rate), '-f', 's16le', '-']);
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
}

function run(file: Buffer, args: readonly string[]): Buffer {
  const options = ['-v', 'error', '-nostdin', '-i', 'pipe:0', ...args];
  return answerOf(file, options, () => execFileSync('ffmpeg', options, { input: file, maxBuffer: 1 << 28 }));
}

/** The pictures of the source that are shown in a range: also the one that begins before it. */
export function shownIn(source: readonly Shown[], from: number, to: number): Shown[] {
  const first = source.findLastIndex(({ timeMs }) => timeMs <= from);
  return source.filter(({ timeMs }, i) => i >= first && timeMs < to);
}

/** By how many samples the clip is late against the source at `from`; and how different they then are, at most. */
export function lagOf(
  clip: Int16Array,
  source: Int16Array,
  at: number,
  most: number,
): { readonly samples: number; readonly difference: number } {
  const skip = 2_048;
  const length = Math.min(4_096, clip.length - skip * 2);
  assert.ok(length > 500, 'there is enough sound to compare');
  let best = { samples: NaN, difference: Infinity };
  for (let lag = -most; lag <= most; lag++) {
    let difference = 0;
    for (let i = skip; i < skip + length && difference < best.difference; i += 3) {
      difference = Math.max(difference, Math.abs((clip[i] ?? 0) - (source[at + i - lag] ?? 0)));
    }
    if (difference < best.difference) {
      best = { samples: lag, difference };
    }
  }
  return best;
}
