/**
 * One measurement of pictures of a 720p stream of 2 Mbit/s, two a second, of any frame.
 *
 * node --import tsx bench/pictures/task.ts '{"what":"latency","mode":"frames","seconds":20}'
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createConverter } from '../../src/convert';
import { checkConvert } from '../../src/options';
import { findFfmpeg, StreamPictures, type StreamPicture } from '../../src/pictures';
import { readRecording } from '../../src/simulator/media/recording';
import { singleFrames } from '../../testing/single-frames';
import { inputFile } from '../reader/input-file';
import { dayOfTimeLapse } from './day';
import type { CpuResult, FilesResult, LatencyResult, PicturesTask } from './measurement';

const INTERVAL_MS = 500;
const TICK_MS = 10;
/** Of each chunk of `camera`. */
const CHUNK_MS = 2_000;
const chunks = (readRecording(readFileSync(inputFile('camera'))) ?? []).map(({ bytes }) => bytes);

function pictured(onPicture: (picture: StreamPicture<undefined>) => void): StreamPictures<undefined> {
  return new StreamPictures<undefined>(
    {
      form: { as: 'jpeg', width: 0, quality: 95 },
      ...{ intervalMs: INTERVAL_MS, tracks: ['video'], dropLate: false },
    },
    {
      picture: onPicture,
      problem: ({ ErrorType }) => {
        throw new Error(ErrorType);
      },
    },
  );
}

/** Frames or chunks come as a camera sends them: each when its last frame has been taken. */
async function latency(mode: 'chunks' | 'frames', seconds: number): Promise<LatencyResult> {
  await findFfmpeg();
  const ms: number[] = [];
  const stream = pictured(({ item }) => {
    ms.push(performance.now() - item.at);
  });
  const began = performance.now();
  let first: number | undefined;
  for (const chunk of chunks) {
    const frames = singleFrames([chunk]).filter(({ track }) => track.type === 'video');
    for (const [i, frame] of frames.entries()) {
      first ??= frame.time;
      if (frame.time - first > seconds * 1_000) {
        stream.stop();
        return { ms };
      }
      await pause(Math.max(0, began + frame.time - first - performance.now()));
      if (mode === 'frames' || i === frames.length - 1) {
        void stream.take(mode === 'frames' ? frame : chunk, undefined);
      }
    }
  }
  stream.stop();
  return { ms };
}

/** CPU of this process and of the children that have ended, ms. */
function cpu(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]) * TICK_MS, 0);
}

/** MB, of the largest child that is an ffmpeg. */
function decoderMemory(): number {
  const sizes = readdirSync('/proc').map((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, name, parent] = /\((.*)\) \S (\d+)/.exec(stat) ?? [];
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(status) ?? [];
      return name === 'ffmpeg' && Number(parent) === process.pid ? Number(kilobytes) / 1_024 : 0;
    } catch {
      // It has ended meanwhile, or is no process.
      return 0;
    }
  });
  return Math.max(...sizes);
}

async function cost(count: number): Promise<CpuResult> {
  await findFfmpeg();
  let pictures = 0;
  const begin = cpu();
  const stream = pictured(() => {
    pictures += 1;
  });
  const some = chunks.slice(0, count);
  for (const chunk of some) {
    await stream.take(chunk, undefined);
  }
  const decoderMB = decoderMemory();
  await stream.end();
  const own = cpu() - begin;
  const before = cpu();
  const filter = `fps=${1_000 / INTERVAL_MS}`;
  const args = ['-v', 'error', '-threads', '1', '-i', 'pipe:0', '-an', '-vf', filter, '-q:v', '3'];
  const { stdout } = spawnSync('ffmpeg', [...args, '-threads', '1', '-f', 'image2pipe', 'pipe:1'], {
    input: Buffer.concat(some),
    maxBuffer: 1 << 30,
  });
  const theirs = cpu() - before;
  const theirPictures = stdout.toString('latin1').split('\xff\xd8\xff').length - 1;
  return { pictureMs: own / pictures, ffmpegMs: theirs / theirPictures, decoderMB };
}

/** As one kvs-convert holds streams that become files. */
function files(streams: number, count: number): FilesResult {
  const checked = checkConvert({
    to: 'mp4',
    splitBy: 'seconds',
    filename: '{StreamName}-{start:HHmmss}.mp4',
  });
  if (!('settings' in checked)) {
    throw new Error('wrong settings');
  }
  const { settings } = checked;
  const used = (): number => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const feed = (one: ReturnType<typeof createConverter>): void => {
    for (const chunk of chunks.slice(0, count)) {
      one.convert(chunk);
    }
  };
  // What is only done once is done with the first.
  feed(createConverter(settings.to, settings));
  const before = used();
  const converters = Array.from({ length: streams }, () => createConverter(settings.to, settings));
  converters.forEach(feed);
  const kilobytes = (used() - before) / converters.length / 1_024;
  return { kilobytes };
}

async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2] ?? '{}') as PicturesTask;
  if (task.what === 'day') {
    const camera = chunks.slice(0, 15);
    console.log(JSON.stringify(await dayOfTimeLapse(camera, CHUNK_MS, task.anyFrame, task.hours)));
    return;
  }
  const result =
    task.what === 'latency'
      ? await latency(task.mode, task.seconds)
      : task.what === 'cpu'
        ? await cost(task.chunks)
        : files(task.streams, task.chunks);
  console.log(JSON.stringify(result));
}

void main();
