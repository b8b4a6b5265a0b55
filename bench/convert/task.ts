/**
 * One way to deal with a stream of chunks, in a process of its own: passed on or converted, again and again for some
 * seconds after a warm-up, or by ffmpeg.
 *
 * node build/bench/convert-task.js '{"input":"video","form":"mp4","seconds":1}'
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Convert from '../../src/convert';
import type * as Matroska from '../../src/matroska';
import type { Target } from '../../src/options';
import { BUILD, compiled } from '../paths';
import { inputFile } from '../reader/input-file';
import type { ConvertInput } from './forms';

export interface ConvertTask {
  readonly input: ConvertInput;
  /** Absent: chunks are passed on. */
  readonly form?: Target;
  /** Arguments of ffmpeg, which then does it. */
  readonly ffmpeg?: string;
  readonly seconds: number;
}

export interface ConvertResult {
  /** Of the input, in all passes. */
  readonly bytes: number;
  readonly cpuSeconds: number;
}

/** The whole process of ffmpeg. */
export interface FfmpegResult extends ConvertResult {
  /** A run over the first chunk alone: what it takes to start. */
  readonly first: ConvertResult;
}

const { createConverter } = compiled('src/convert') as typeof Convert;
const { ChunkReader } = compiled('src/matroska') as typeof Matroska;
const SLICE_BYTES = 16 * 1024;

function main({ input, form, ffmpeg, seconds }: ConvertTask): ConvertResult | FfmpegResult {
  const file = inputFile(input);
  if (ffmpeg !== undefined) {
    return withFfmpeg(file, ffmpeg.split(' '));
  }
  const bytes = readFileSync(file);
  const slices: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    const slice = Buffer.allocUnsafeSlow(Math.min(SLICE_BYTES, bytes.length - at));
    bytes.copy(slice, 0, at);
    slices.push(slice);
  }
  const pass = (): void => {
    const converter = form && createConverter(form, { tracks: [], intervalMs: 0 });
    let pieces = 0;
    const passOn = (data: Buffer): void => {
      pieces += data.length > 0 ? 1 : 0;
    };
    const reader = new ChunkReader({
      chunk: ({ data }) => {
        if (converter === undefined) {
          passOn(data);
          return;
        }
        for (const one of converter.convert(data).media) {
          // Some media is made when it is asked for; descriptions have none.
          passOn(one.description === undefined ? one.data : data);
        }
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
    if (pieces === 0) {
      wrong();
    }
  };
  const run = (forSeconds: number): number => {
    const from = performance.now();
    let passes = 0;
    do {
      pass();
      passes += 1;
    } while (performance.now() - from < forSeconds * 1_000);
    return passes;
  };
  run((seconds * 2) / 3);
  const before = process.cpuUsage();
  const passes = run(seconds);
  const { user, system } = process.cpuUsage(before);
  return { bytes: bytes.length * passes, cpuSeconds: (user + system) / 1e6 };
}

function wrong(): never {
  throw new Error('The input is not what it should be.');
}

function withFfmpeg(file: string, args: readonly string[]): FfmpegResult {
  const bytes = readFileSync(file);
  const second = bytes.indexOf(Buffer.from('1a45dfa3', 'hex'), 1);
  const short = join(BUILD, `first-chunk-${process.pid}.mkv`);
  writeFileSync(short, bytes.subarray(0, second));
  const cpu = (input: string): number => {
    const { stderr, status } = spawnSync(
      'ffmpeg',
      ['-benchmark', '-nostdin', '-i', input, ...args, '-y', '/dev/null'],
      { encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? [];
    if (status !== 0 || user === undefined || system === undefined) {
      throw new Error(`ffmpeg could not do it: ${stderr.slice(-500)}`);
    }
    return Number(user) + Number(system);
  };
  try {
    return {
      bytes: bytes.length,
      cpuSeconds: cpu(file),
      first: { bytes: second, cpuSeconds: cpu(short) },
    };
  } finally {
    rmSync(short);
  }
}

process.stdout.write(`${JSON.stringify(main(JSON.parse(process.argv[2] ?? '') as ConvertTask))}\n`);
