/** Streams to convert, made by ffmpeg and cut into chunks by the simulator, and what ffprobe and ffmpeg say of files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Simulator } from '../../src/simulator';
import { readRecording } from '../../src/simulator/media/recording';
import type { Profile } from '../../src/simulator/media/profile';
import { h265Encoder } from '../../testing/h265-encoder';
import { skip } from '../../testing/skip';

const RECORDINGS = resolve(__dirname, '../../../shared/media');
export const RECORDING_NAMES = [
  'output_get_media.mkv',
  'kinesis_video_renderer_example_output.mkv',
  'output-get-media-equal-timecode.mkv',
  'test_mixed_tags.mkv',
  'empty-mkv-with-tags.mkv',
] as const;
export type RecordingName = (typeof RECORDING_NAMES)[number];

const SECONDS = 6;
const PICTURE = ['-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=30:duration=${SECONDS}`];
const TONE = (rate: number): string[] => [
  ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${rate}:duration=${SECONDS}`],
];
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '60'];
const H264_B_FRAMES = [
  ...['-c:v', 'libx264', '-bf', '3', '-b_strategy', '0', '-pix_fmt', 'yuv420p'],
  ...['-g', '60', '-keyint_min', '60', '-sc_threshold', '0'],
];
const H265 = [...h265Encoder(), '-g', '60'];

/** What ffmpeg is given for each. */
const SOURCES = {
  h264: [...PICTURE, ...H264],
  'h264 with B-frames and AAC': [...PICTURE, ...TONE(48000), ...H264_B_FRAMES, '-c:a', 'aac', '-ac', '2'],
  h265: [...PICTURE, ...H265],
  'h265 and Opus': [...PICTURE, ...TONE(48000), ...H265, '-c:a', 'libopus'],
  aac: [...TONE(44100), '-c:a', 'aac'],
  'h264 and G.711': [...PICTURE, ...TONE(8000), ...H264, '-c:a', 'pcm_mulaw'],
  'G.711 A-law': [...TONE(8000), '-c:a', 'pcm_alaw'],
  'G.711 µ-law': [...TONE(8000), '-c:a', 'pcm_mulaw'],
  pcm: [...TONE(16000), '-c:a', 'pcm_s16le'],
  'M-JPEG': [...PICTURE, '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
} as const;
export type SourceName = keyof typeof SOURCES;
export const SOURCE_NAMES = Object.keys(SOURCES) as SourceName[];

const [ffmpegVersion, ffprobeVersion] = ['ffmpeg', 'ffprobe'].map((tool) => spawnSync(tool, ['-version']));
const hasFfmpeg = ffmpegVersion?.status === 0 && ffprobeVersion?.status === 0;

/** Limit for a test or hook that runs programs, ms: what takes a second takes many where the machine is busy. */
const PROGRAMS_TIMEOUT_MS = 120_000;

/** Skips the test, visibly, where it could not run; else gives it and the hook that asks time for programs. */
export function needsFfmpeg(context: Mocha.Context): void {
  if (!hasFfmpeg) {
    skip(context, 'no ffmpeg');
  }
  context.timeout(PROGRAMS_TIMEOUT_MS);
  context.currentTest?.timeout(PROGRAMS_TIMEOUT_MS);
}

export function needsRecordings(context: Mocha.Context): void {
  if (!existsSync(RECORDINGS)) {
    skip(context, 'no folder shared/media beside this checkout');
  }
}

/** The chunks of a recorded response, the last of which may be cut. */
export function recording(name: RecordingName): Buffer[] {
  return (readRecording(readFileSync(join(RECORDINGS, name))) ?? []).map(({ bytes }) => bytes);
}

/** Films that ffmpeg has made, by a hash of what it was given: for other processes and later runs too. */
const FILMS = resolve(__dirname, '../../build/films');
const made = new Map<string, Buffer>();

/** A Matroska file. */
export function encoded(name: SourceName): Buffer {
  return film(...SOURCES[name]);
}

/** A Matroska file that ffmpeg makes of its own sources; encoded once. */
export function film(...args: readonly string[]): Buffer {
  const key = args.join(' ');
  const file = made.get(key) ?? storedFilm(args);
  made.set(key, file);
  return file;
}

function storedFilm(args: readonly string[]): Buffer {
  const path = join(FILMS, `${hashOf(ffmpegVersion?.stdout ?? '', args.join(' '))}.mkv`);
  if (!existsSync(path)) {
    mkdirSync(FILMS, { recursive: true });
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, ffmpeg([...args, '-f', 'matroska', '-']));
    renameSync(unfinished, path);
  }
  return readFileSync(path);
}

function hashOf(...parts: readonly (string | Buffer)[]): string {
  return parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest('hex');
}

/** Gives a file's answer to the same question again without a process: many tests ask what one source has. */
const answers = new Map<string, Buffer>();

export function answerOf(bytes: Buffer, question: readonly string[], ask: () => Buffer): Buffer {
  const key = hashOf(bytes, question.join(' '));
  const answer = answers.get(key) ?? ask();
  answers.set(key, answer);
  return answer;
}

/** A stream as GetMedia sends it, chunk by chunk. */
export function stream(name: SourceName, profile: Profile = 'ffmpeg'): Buffer[] {
  return toChunks(encoded(name), profile);
}

export function toChunks(matroska: Buffer, profile: Profile = 'ffmpeg'): Buffer[] {
  const simulated = new Simulator().addStream({ name: 'converted', source: 'none' });
  return simulated.ingest(matroska, profile).map((fragment) => fragment.chunk(274));
}

/** What ffmpeg writes, without a word of complaint. */
export function ffmpeg(args: readonly string[], input?: Buffer): Buffer {
  const { status, stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-xerror', '-nostdin', ...args], {
    ...(input === undefined ? {} : { input }),
    maxBuffer: 1 << 28,
  });
  assert.equal(stderr.toString(), '', 'ffmpeg complains');
  assert.equal(status, 0);
  return stdout;
}

function inFile<Result>(bytes: Buffer, use: (file: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'kvs-convert-'));
  try {
    const file = join(folder, 'media');
    writeFileSync(file, bytes);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Decodes every frame and is silent about it, or fails. */
export function assertDecodes(bytes: Buffer, ...inputOptions: readonly string[]): void {
  inFile(bytes, (file) => ffmpeg([...inputOptions, '-i', file, '-map', '0', '-f', 'null', '-']));
}

/** Of each frame by the kind of its track, in seconds and in the order in which they are shown. */
export type Times = Readonly<Record<'video' | 'audio', readonly number[]>>;

export function timesOf(bytes: Buffer, ...inputOptions: readonly string[]): Times {
  const { packets } = probe(bytes, ['-show_entries', 'packet=codec_type,pts_time'], inputOptions) as {
    packets?: readonly { codec_type: string; pts_time?: string }[];
  };
  const of = (type: string): number[] =>
    (packets ?? [])
      .filter(({ codec_type }) => codec_type === type)
      .map(({ pts_time }) => Number(pts_time))
      .sort((a, b) => a - b);
  return { video: of('video'), audio: of('audio') };
}

interface Packet {
  readonly codec_type: string;
  readonly pts_time?: string;
  readonly duration_time?: string;
  readonly size: string;
  readonly flags: string;
  readonly side_data_list?: readonly Record<string, unknown>[];
}

/** Packets track by track, with times in ms from the first one of all, what is attached to them, and no positions. */
export function packetsOf(
  bytes: Buffer,
): readonly (Omit<Packet, 'pts_time'> & { readonly timeMs: number })[] {
  const entries = 'packet=codec_type,pts_time,duration_time,size,flags:packet_side_data';
  const { packets } = probe(bytes, ['-show_packets', '-show_entries', entries], []) as { packets: Packet[] };
  const first = Math.min(...packets.map(({ pts_time }) => Number(pts_time)));
  return packets
    .map(({ pts_time, ...packet }) => ({ ...packet, timeMs: Math.round((Number(pts_time) - first) * 1_000) }))
    .sort((a, b) => (a.codec_type < b.codec_type ? -1 : a.codec_type > b.codec_type ? 1 : 0));
}

/** A hash of what each packet holds, and when it is shown, s; in this order, by the kind of its track. */
export function hashedPackets(
  bytes: Buffer,
): Readonly<Record<'video' | 'audio', readonly { readonly hash: string; readonly time: number }[]>> {
  const entries = 'packet=codec_type,pts_time,data_hash';
  const { packets } = probe(
    bytes,
    ['-show_packets', '-show_data_hash', 'md5', '-show_entries', entries],
    [],
  ) as {
    packets: readonly { codec_type: string; pts_time: string; data_hash: string }[];
  };
  const of = (type: string): { hash: string; time: number }[] =>
    packets
      .filter(({ codec_type }) => codec_type === type)
      .map(({ pts_time, data_hash }) => ({ hash: data_hash, time: Number(pts_time) }))
      .sort((a, b) => a.time - b.time);
  return { video: of('video'), audio: of('audio') };
}

export function streamsOf(bytes: Buffer, ...inputOptions: readonly string[]): Record<string, unknown>[] {
  const { streams } = probe(bytes, ['-show_streams'], inputOptions) as { streams: Record<string, unknown>[] };
  return streams;
}

function probe(bytes: Buffer, what: readonly string[], inputOptions: readonly string[]): unknown {
  const options = ['-v', 'quiet', ...what, '-of', 'json', ...inputOptions];
  const answer = answerOf(bytes, options, () =>
    inFile(bytes, (file) => spawnSync('ffprobe', [...options, file], { maxBuffer: 1 << 28 }).stdout),
  );
  return JSON.parse(answer.toString()) as unknown;
}

/** The same times, but for where the first begins and for rounding to ms. */
export function assertSameTimes(actual: Times, expected: Times, toleranceMs = 1.01): void {
  const origin = (times: Times): number =>
    Math.min(...[times.video[0], times.audio[0]].map((t) => t ?? Infinity));
  for (const type of ['video', 'audio'] as const) {
    assert.equal(actual[type].length, expected[type].length, `frames of ${type}`);
    const worst = Math.max(
      0,
      ...actual[type].map((time, i) =>
        Math.abs(time - origin(actual) - ((expected[type][i] ?? NaN) - origin(expected))),
      ),
    );
    assert.ok(worst * 1_000 <= toleranceMs, `${type} is off by ${worst * 1_000} ms`);
  }
}
