/**
 * One measurement of clips of a 2 Mbit/s stream.
 *
 * node --import tsx bench/clips/task.ts '{"what":"moments","count":40}'
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '../../src/clips';
import { ClipConverter, createConverter, type ClipMedia, type FinishedClip } from '../../src/convert';
import { finish } from '../../src/convert/steps';
import { readRecording } from '../../src/simulator/media/recording';
import type { FlowNode } from '../../testing/node-red';
import { withArchive, type ArchiveBench } from '../archive/rig';
import { inputFile } from '../reader/input-file';
import type { AloneResult, ClipsTask, LongResult, MomentsResult } from './measurement';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const CLIP_MS = 30 * SECOND;
/** What is only done once is done with the first clips. */
const WARM_UP = 3;

const place = { z: 'tab', name: '', x: 300, y: 100 };
const NODES: readonly FlowNode[] = [
  {
    ...{ id: 'begin', type: 'function', ...place, outputs: 1, wires: [['archive']] },
    func: 'msg.began = Date.now(); return msg;',
  },
  {
    ...{ id: 'archive', type: 'kvs-archive', ...place, version: 1, config: 'config', stream: 'camera' },
    ...{ output: 'clip', saveTo: 'file', wires: [['stored'], ['fault']] },
  },
  {
    ...{ id: 'stored', type: 'function', ...place, outputs: 0, wires: [] },
    func: "node.warn('stored ' + (Date.now() - msg.began) + ' ' + msg.kvs.clip.durationMs);",
  },
];

function withCamera<T>(
  recordedMs: number,
  use: (bench: ArchiveBench, clip: (from: number, to: number) => Promise<StoredClip>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kvs-bench-'));
  const filename = join(folder, 'clip.mp4');
  const options = { file: inputFile('camera'), recordedMs, nodes: NODES, first: 'begin' };
  return withArchive(options, (bench) =>
    use(bench, async (from, to) => {
      const line = await bench.ask({ from, to, filename }, 'stored');
      const [, ms, durationMs] = /\] stored (\d+) (\d+)/.exec(line) ?? [];
      if (Number(durationMs) !== to - from) {
        throw new Error(`The clip shows ${durationMs} of ${to - from} ms.`);
      }
      return { ms: Number(ms), megabytes: statSync(filename).size / 1e6 };
    }),
  ).finally(() => {
    rmSync(folder, { recursive: true, force: true });
  });
}

interface StoredClip {
  readonly ms: number;
  readonly megabytes: number;
}

function moments(count: number): Promise<MomentsResult> {
  return withCamera(3 * 60 * MINUTE, async ({ cpuSeconds }, clip) => {
    const clips: StoredClip[] = [];
    let cpu = 0;
    for (let i = 0; i < WARM_UP + count; i++) {
      // Each begins elsewhere between two key frames.
      const from = Date.now() - 60 * MINUTE - i * 37_137;
      const before = cpuSeconds();
      const made = await clip(from, from + CLIP_MS);
      if (i >= WARM_UP) {
        cpu += cpuSeconds() - before;
        clips.push(made);
      }
    }
    const megabytes = clips.reduce((sum, each) => sum + each.megabytes, 0) / count;
    return { ms: clips.map(({ ms }) => ms), cpuMs: (cpu * SECOND) / count, megabytes };
  });
}

function long(minutes: number): Promise<LongResult> {
  return withCamera((minutes + 120) * MINUTE, async ({ idleMB, addedMB }, clip) => {
    const from = Date.now() - (minutes + 60) * MINUTE;
    const { ms, megabytes } = await clip(from, from + minutes * MINUTE);
    return { seconds: ms / SECOND, megabytes, idleMB, addedMB: addedMB() };
  });
}

async function alone(count: number): Promise<AloneResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kvs-bench-'));
  try {
    const chunks = (readRecording(readFileSync(inputFile('camera'))) ?? []).map(({ bytes }) => bytes);
    const [first = Buffer.alloc(0)] = chunks;
    const info = createConverter('info', { tracks: [], intervalMs: 0 }).convert(first).media[0];
    const from = (info?.chunk.ProducerTimestamp ?? 0) + SECOND;
    const used = chunks.slice(0, 1 + CLIP_MS / (2 * SECOND));
    const source = join(folder, 'chunks.mkv');
    writeFileSync(source, Buffer.concat(used));
    for (let i = 0; i < WARM_UP; i++) {
      await convert(used, from, join(folder, 'own.mp4'));
    }
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++) {
      await convert(used, from, join(folder, 'own.mp4'));
    }
    const { user, system } = process.cpuUsage(before);
    const ffmpeg = `ffmpeg -v error -y -i ${source} -c copy -movflags +faststart ${join(folder, 'ffmpeg.mp4')}`;
    const loop = `TIMEFORMAT='%U %S'; time for i in $(seq ${count}); do ${ffmpeg} || exit 1; done`;
    const { status, stderr } = spawnSync('bash', ['-c', loop], { encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(stderr);
    }
    const [ffmpegUser = NaN, ffmpegSystem = NaN] =
      stderr.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
    return {
      convertMs: (user + system) / SECOND / count,
      ffmpegMs: ((ffmpegUser + ffmpegSystem) * SECOND) / count,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function convert(chunks: readonly Buffer[], from: number, path: string): Promise<void> {
  const store = new FileStore(path);
  await store.prepare();
  const made: (ClipMedia | FinishedClip)[] = [];
  const make = (one: ClipMedia | FinishedClip): void => {
    made.push(one);
  };
  const range = { from, to: from + CLIP_MS, isServerTime: false };
  const converter = new ClipConverter(range, [], { media: make, clip: make, drop: () => undefined });
  const { signal } = new AbortController();
  const write = async (): Promise<void> => {
    for (const one of made.splice(0)) {
      await ('head' in one ? store.finish(one, signal) : store.media(one));
    }
  };
  try {
    for (const chunk of chunks) {
      for (const { problems } of converter.steps(chunk)) {
        if (problems.length > 0) {
          throw new Error(JSON.stringify(problems));
        }
      }
      await write();
    }
    finish(converter.end());
    await write();
  } finally {
    await store.discard();
  }
}

function run(task: ClipsTask): Promise<MomentsResult | LongResult | AloneResult> {
  switch (task.what) {
    case 'moments':
      return moments(task.count);
    case 'long':
      return long(task.minutes);
    case 'alone':
      return alone(task.count);
  }
}

run(JSON.parse(process.argv[2] ?? '{}') as ClipsTask).then(
  (result) => {
    console.log(JSON.stringify(result));
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
