/**
 * What the readers are given: GetMedia responses in a file, made once and kept under build/.
 *
 * `video`: 60 s of 1080p30 H.264 at 8 Mbit/s with a key frame every 2 s, and AAC; by ffmpeg, cut into the shape of
 * GetMedia by the simulator. Without ffmpeg the same sizes with nothing in them. `camera`: the same at 720p15 and 2 Mbit/s;
 * needs ffmpeg. `small`: an hour of telephone audio, 50 frames a second of 160 bytes each, 2 s a fragment. `sound`: the
 * same as samples of 16 bits, 320 bytes a frame.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Simulator } from '../../src/simulator';
import {
  EBML_HEADER,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  VIDEO_TRACK,
  chunk,
  element,
  float,
  simpleBlock,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';
import { BUILD } from '../paths';
import { inputFile } from './input-file';

const FRAGMENT_MS = 2_000;
const FIRST_NUMBER = 91_343_852_333_181_432_392_682_062_607_743_920_146_264_094_987n;
const AUDIO_SECONDS = 3_600;
const VIDEO_SECONDS = 60;

/** Makes what is not there. */
export function makeInputs(): void {
  makeInput('video', () => toGetMedia(encodedVideo(VIDEO) ?? emptyVideo()));
  makeInput('camera', () => toGetMedia(encodedVideo(CAMERA) ?? noFfmpeg()));
  makeInput('small', () => telephoneAudio('A_MS/ACM', 160, AUDIO_SECONDS));
  makeInput('sound', () => telephoneAudio('A_PCM/INT/LIT', 320, AUDIO_SECONDS));
}

function makeInput(name: 'video' | 'camera' | 'small' | 'sound', make: () => Buffer): void {
  const file = inputFile(name);
  if (!existsSync(file)) {
    process.stderr.write(`making the input "${name}"\n`);
    writeFileSync(`${file}.part`, make());
    renameSync(`${file}.part`, file);
  }
}

/** A frame every 20 ms. */
function telephoneAudio(codecId: string, frameBytes: number, seconds: number): Buffer {
  const frameMs = 20;
  const perFragment = FRAGMENT_MS / frameMs;
  const track = trackEntry(
    1,
    uint(ID.TrackType, 2),
    element(ID.CodecID, codecId),
    uint(ID.DefaultDuration, frameMs * 1_000_000),
    element(
      ID.Audio,
      float(ID.SamplingFrequency, 8_000),
      uint(ID.Channels, 1),
      uint(ID.BitDepth, (frameBytes * 8) / 160),
    ),
  );
  return Buffer.concat(
    Array.from({ length: (seconds * 1_000) / FRAGMENT_MS }, (_, fragment) =>
      chunk({
        number: String(FIRST_NUMBER + BigInt(fragment)),
        tracks: element(ID.Tracks, track),
        cluster: element(
          ID.Cluster,
          uint(ID.Timestamp, fragment * FRAGMENT_MS),
          ...Array.from({ length: perFragment }, (_unused, i) =>
            simpleBlock(1, i * frameMs, KEYFRAME, Buffer.alloc(frameBytes, fragment + i)),
          ),
        ),
      }),
    ),
  );
}

interface Encoding {
  readonly size: string;
  /** Frames a second; a key frame every 2 s. */
  readonly rate: number;
  readonly megabits: number;
}
const VIDEO: Encoding = { size: '1920x1080', rate: 30, megabits: 8 };
const CAMERA: Encoding = { size: '1280x720', rate: 15, megabits: 2 };

function noFfmpeg(): never {
  throw new Error('There is no ffmpeg to make the input "camera" with.');
}

/** Noise brings the picture to its bit rate, which the encoder would not need otherwise. */
function encodedVideo({ size, rate, megabits }: Encoding): Buffer | undefined {
  const file = join(BUILD, 'encoded.mkv');
  const { status } = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-y'],
      ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate},noise=alls=12:allf=t`],
      ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'],
      ...['-t', String(VIDEO_SECONDS), '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
      ...['-g', String(2 * rate), '-keyint_min', String(2 * rate), '-sc_threshold', '0'],
      ...[
        '-b:v',
        `${megabits}M`,
        '-maxrate',
        `${megabits}M`,
        '-bufsize',
        `${2 * megabits}M`,
        '-c:a',
        'aac',
        '-b:a',
        '128k',
        file,
      ],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return status === 0 ? readFileSync(file) : undefined;
}

function emptyVideo(): Buffer {
  const [fps, keyBytes, otherBytes] = [30, 250_000, 30_000];
  const clusters = Array.from({ length: (VIDEO_SECONDS * 1_000) / FRAGMENT_MS }, (_, second) =>
    element(
      ID.Cluster,
      uint(ID.Timestamp, second * FRAGMENT_MS),
      ...Array.from({ length: (fps * FRAGMENT_MS) / 1_000 }, (_unused, i) =>
        simpleBlock(
          1,
          (i * 1_000) / fps,
          i === 0 ? KEYFRAME : 0,
          Buffer.alloc(i === 0 ? keyBytes : otherBytes),
        ),
      ),
    ),
  );
  return Buffer.concat([
    EBML_HEADER,
    UNKNOWN_SEGMENT,
    element(ID.Info, uint(ID.TimestampScale, 1_000_000)),
    element(ID.Tracks, VIDEO_TRACK),
    ...clusters,
  ]);
}

function toGetMedia(matroska: Buffer): Buffer {
  const stream = new Simulator().addStream({ name: 'bench', source: 'none' });
  return Buffer.concat(stream.ingest(matroska).map((fragment) => fragment.chunk(274)));
}
