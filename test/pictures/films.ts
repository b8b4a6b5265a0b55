/** Films whose pictures are compared with what ffmpeg itself decodes of them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { DecodableVideo, type DecodableChunk } from '../../src/convert';
import { h265Encoder } from '../../testing/h265-encoder';
import { ffmpeg, film } from '../convert/streams';

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=4'];
/** Frames at times that no frame rate explains. */
const UNEVEN = [
  '-vf',
  "setpts='PTS+if(mod(N,3),0.013,0)/TB+if(gt(N,40),0.4,0)/TB'",
  '-fps_mode',
  'passthrough',
];
const B_FRAMES = ['-c:v', 'libx264', '-bf', '3', '-b_strategy', '0', '-g', '50', '-sc_threshold', '0'];

export const FILMS: Readonly<Record<string, readonly string[]>> = {
  'H.264 with B-frames': [...PICTURE, ...B_FRAMES, '-pix_fmt', 'yuv420p'],
  'H.264 with B-frames and a variable frame rate': [
    ...PICTURE,
    ...UNEVEN,
    ...B_FRAMES,
    '-pix_fmt',
    'yuv420p',
  ],
  'H.264 without B-frames': [
    ...[...PICTURE, '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-pix_fmt', 'yuv420p'],
  ],
  'H.265': [...PICTURE, ...h265Encoder('keyint=50', 'bframes=3')],
  'M-JPEG': [
    ...PICTURE,
    '-c:v',
    'mjpeg',
    '-pix_fmt',
    'yuvj420p',
    '-force_key_frames',
    'expr:gte(t,n_forced*2)',
  ],
  VP9: [...PICTURE, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '50'],
};

export function filmOf(name: string): Buffer {
  return film(...(FILMS[name] ?? assert.fail(name)));
}

export interface ShownFrame {
  /** ms from the film's begin. */
  readonly time: number;
  readonly md5: string;
}

/** Every frame as ffmpeg decodes it to rgb24, in the order in which they are shown. */
export function framesOf(matroska: Buffer): ShownFrame[] {
  const times = ['-fps_mode', 'passthrough', '-enc_time_base', '1:1000'];
  return hashed(['-threads', '1', '-copyts', '-i', 'pipe:0', '-an', ...times], matroska);
}

/**
 * The pixels of each of these PNG files, which keep them all, as `framesOf` hashes them. One ffmpeg decodes all: it
 * takes longer to start.
 */
export function pixelsOf(pngs: readonly Buffer[]): string[] {
  const pictures = ['-f', 'png_pipe', '-i', 'pipe:0', '-fps_mode', 'passthrough'];
  return hashed(pictures, Buffer.concat(pngs)).map(({ md5 }) => md5);
}

function hashed(args: readonly string[], media: Buffer): ShownFrame[] {
  const text = ffmpeg([...args, '-pix_fmt', 'rgb24', '-f', 'framemd5', '-'], media).toString();
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').map((field) => field.trim()))
    .map(([, , pts = '', , , md5 = '']) => ({ time: Number(pts), md5 }));
}

export function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** The video of chunks, as a decoder takes it. */
export function videoOf(chunks: readonly Buffer[]): DecodableChunk[] {
  const video = new DecodableVideo();
  return chunks.flatMap((chunk) =>
    [...video.steps(chunk)].flatMap(({ chunks: found, problems }) => {
      assert.deepEqual(problems, []);
      return found;
    }),
  );
}
