/**
 * One way to deal with a stream of chunks, again and again for some seconds after a warm-up, in a process of its own.
 *
 * node build/bench/convert-task.js '{"way":"chunks to mp4","seconds":1}'
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Convert from '../../src/convert';
import type * as Matroska from '../../src/matroska';
import { BUILD, compiled } from '../paths';
import { inputFile } from '../reader/input-file';

export const WAYS = [
  'chunks',
  'chunks to mp4',
  'chunks to mkv',
  'chunks to annexb',
  'ffmpeg -c copy',
] as const;
export type Way = (typeof WAYS)[number];

export interface ConvertTask {
  readonly way: Way;
  readonly seconds: number;
}

export interface ConvertResult {
  /** Of the input, in all passes. */
  readonly bytes: number;
  readonly cpuSeconds: number;
  /** Pieces of media that came out of one pass. */
  readonly pieces: number;
}

const { createConverter } = compiled('src/convert') as typeof Convert;
const { ChunkReader } = compiled('src/matroska') as typeof Matroska;
const SLICE_BYTES = 16 * 1024;

function main({ way, seconds }: ConvertTask): ConvertResult {
  const file = inputFile('video');
  if (way === 'ffmpeg -c copy') {
    return withFfmpeg(file);
  }
  const bytes = readFileSync(file);
  const slices: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    const slice = Buffer.allocUnsafeSlow(Math.min(SLICE_BYTES, bytes.length - at));
    bytes.copy(slice, 0, at);
    slices.push(slice);
  }
  const pass = (): number => {
    const to = way === 'chunks' ? undefined : (way.replace('chunks to ', '') as 'mp4' | 'mkv' | 'annexb');
    const converter = to && createConverter(to, { tracks: [], intervalMs: 0 });
    let pieces = 0;
    const reader = new ChunkReader({
      chunk: ({ data }) => {
        pieces += converter === undefined ? 1 : converter.convert(data).media.length;
      },
      truncated: wrong,
      inBandError: wrong,
      malformed: wrong,
      tooLarge: wrong,
    });
    for (const slice of slices) {
      reader.write(slice);
    }
    reader.end();
    return pieces;
  };
  const run = (forSeconds: number): { passes: number; pieces: number } => {
    const from = performance.now();
    let passes = 0;
    let pieces: number;
    do {
      pieces = pass();
      passes += 1;
    } while (performance.now() - from < forSeconds * 1_000);
    return { passes, pieces };
  };
  run((seconds * 2) / 3);
  const before = process.cpuUsage();
  const { passes, pieces } = run(seconds);
  const { user, system } = process.cpuUsage(before);
  return { bytes: bytes.length * passes, cpuSeconds: (user + system) / 1e6, pieces };
}

function wrong(): never {
  throw new Error('The input is not what it should be.');
}

/** Less what it takes to start: a run over the first chunk alone. */
function withFfmpeg(file: string): ConvertResult {
  const bytes = readFileSync(file);
  const second = bytes.indexOf(Buffer.from('1a45dfa3', 'hex'), 1);
  const short = join(BUILD, `first-chunk-${process.pid}.mkv`);
  writeFileSync(short, bytes.subarray(0, second));
  const cpu = (input: string): number => {
    const { stderr, status } = spawnSync(
      'ffmpeg',
      [
        ...['-benchmark', '-nostdin', '-i', input, '-map', '0', '-c', 'copy'],
        ...['-movflags', 'frag_keyframe+empty_moov+default_base_moof', '-f', 'mp4', '-y', '/dev/null'],
      ],
      { encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? [];
    if (status !== 0 || user === undefined || system === undefined) {
      throw new Error('ffmpeg could not do it.');
    }
    return Number(user) + Number(system);
  };
  return { bytes: bytes.length - second, cpuSeconds: Math.max(0.001, cpu(file) - cpu(short)), pieces: 0 };
}

process.stdout.write(`${JSON.stringify(main(JSON.parse(process.argv[2] ?? '') as ConvertTask))}\n`);
