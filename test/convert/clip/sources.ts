/** Streams to make clips of, made by ffmpeg, with what ffmpeg decodes of them. */
import { createConverter } from '../../../src/convert';
import { h265Encoder } from '../../../testing/h265-encoder';
import { film, streamsOf, toChunks } from '../streams';
import { picturesOf, soundOf, type Shown } from './clips';

/** Samples a second. */
export const RATE = 48_000;
const SECONDS = 20;
export const FRAME_MS = 40;
export const PICTURE = ['-f', 'lavfi', '-i', `testsrc2=size=128x96:rate=25:duration=${SECONDS}`];
/** Never the same twice, so that the sound tells where it is from. */
export const SWEEP = ['-f', 'lavfi', '-i', `aevalsrc=0.5*sin(2*PI*(200*t+100*t*t)):s=${RATE}:d=${SECONDS}`];

/** What ffmpeg is to encode with, with a key frame every so many seconds. */
export function h264(keyFrames: number, ...more: readonly string[]): string[] {
  const interval = String(keyFrames * 25);
  return [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-threads', '1', '-pix_fmt', 'yuv420p'],
    ...['-g', interval, '-keyint_min', interval, '-sc_threshold', '0', ...more],
  ];
}

export const SOURCES: Readonly<
  Record<string, { readonly args: readonly string[]; readonly hasSound?: boolean }>
> = {
  'a key frame each second': { args: [...PICTURE, ...h264(1, '-bf', '0')] },
  'a key frame each 4 s and B-frames': { args: [...PICTURE, ...h264(4, '-bf', '3', '-b_strategy', '0')] },
  'a key frame each 16 s and AAC': {
    args: [...PICTURE, ...SWEEP, ...h264(16, '-bf', '2'), '-c:a', 'aac', '-ac', '1'],
    hasSound: true,
  },
  'two video tracks': {
    args: [
      ...PICTURE,
      ...[
        '-f',
        'lavfi',
        '-i',
        `testsrc=size=96x64:rate=25:duration=${SECONDS}`,
        '-map',
        '0:v',
        '-map',
        '1:v',
      ],
      ...h264(2, '-bf', '0', '-g:v:1', '75', '-keyint_min:v:1', '75'),
    ],
  },
  'H.265 and Opus': {
    args: [...PICTURE, ...SWEEP, ...h265Encoder('keyint=50'), '-c:a', 'libopus', '-b:a', '96k', '-ac', '1'],
    hasSound: true,
  },
};

/** A stream and what ffmpeg decodes of it, with times from its first chunk. */
export interface Source {
  /** Matroska, as ffmpeg made it. */
  readonly file: Buffer;
  readonly chunks: readonly Buffer[];
  /** When the file begins by the producer's clock, ms. */
  readonly base: number;
  readonly pictures: readonly Shown[];
  readonly sound: Int16Array | undefined;
  /** When the sound of the file begins, ms. */
  readonly soundAt: number;
}

const made = new Map<string, Source>();

export function source(name: string): Source {
  const known = made.get(name);
  if (known !== undefined) {
    return known;
  }
  const { args, hasSound = false } = SOURCES[name] ?? { args: [] };
  const file = film(...args);
  const chunks = toChunks(file);
  const pictures = picturesOf(file, '-copyts');
  const sound = hasSound ? soundOf(file, RATE) : undefined;
  const soundAt = Number(
    streamsOf(file).find(({ codec_type }) => codec_type === 'audio')?.['start_time'] ?? 0,
  );
  const ofSource = { file, chunks, pictures, sound, soundAt: soundAt * 1_000, base: beginOf(chunks) };
  made.set(name, ofSource);
  return ofSource;
}

/** When the stream's file begins, ms: its chunks begin with their first frame, of whichever track. */
export function beginOf(chunks: readonly Buffer[]): number {
  return (
    createConverter('info', { tracks: [], intervalMs: 0 }).convert(chunks[0] ?? Buffer.alloc(0)).media[0]
      ?.chunk.ProducerTimestamp ?? 0
  );
}

/** The chunk with its producer's time moved. */
export function moved(chunk: Buffer, byMs: number): Buffer {
  const copy = Buffer.from(chunk);
  const name = Buffer.from('AWS_KINESISVIDEO_PRODUCER_TIMESTAMP');
  for (let at = copy.indexOf(name); at >= 0; at = copy.indexOf(name, at + 1)) {
    const text = /\d{10}\.\d{3}/.exec(copy.toString('latin1', at, at + 80));
    const value = text === null ? NaN : Number(text[0]);
    copy.write((value + byMs / 1_000).toFixed(3), at + (text?.index ?? 0), 'latin1');
  }
  return copy;
}

/** The chunk with higher fragment numbers, as if it had been ingested later: films made in the same second share theirs. */
export function renumbered(chunk: Buffer): Buffer {
  const copy = Buffer.from(chunk);
  for (const { 0: number, index } of chunk.toString('latin1').matchAll(/(?<!\d)\d{47}(?!\d)/g)) {
    copy.write(String(BigInt(number) + 10n ** 40n), index, 'latin1');
  }
  return copy;
}
