import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findFfmpeg,
  StreamPictures,
  type PictureForm,
  type PictureMedia,
  type StreamPicture,
} from '../../src/pictures';
import type { Problem, SingleFrame } from '../../src/convert';
import { skip } from '../../testing/skip';
import { english } from '../../testing/texts';
import { VirtualClock } from '../../testing/virtual-clock';
import { smallChunk, videoEntry } from '../convert/small-streams';
import { film, needsFfmpeg, toChunks } from '../convert/streams';
import { ffmpegChildren } from './ffmpeg-children';
import { singleFrames } from '../../testing/single-frames';
import { filmOf, framesOf, md5Of, videoOf } from './films';

const RGB: PictureForm = { as: 'rgb24', width: 0, quality: 80 };

interface Rig {
  readonly stream: StreamPictures<number>;
  readonly pictures: StreamPicture<number>[];
  readonly problems: Problem[];
  readonly clock: VirtualClock;
}

function rigOf(intervalMs: number, dropLate = false, find = findFfmpeg): Rig {
  const pictures: StreamPicture<number>[] = [];
  const problems: Problem[] = [];
  const clock = new VirtualClock();
  const stream = new StreamPictures<number>(
    { form: RGB, intervalMs, tracks: [], dropLate, clock, find },
    {
      picture: (picture) => pictures.push(picture),
      problem: (problem) => problems.push(problem),
    },
  );
  return { stream, pictures, problems, clock };
}

async function run(rig: Rig, media: readonly PictureMedia[]): Promise<void> {
  for (const [i, one] of media.entries()) {
    await rig.stream.take(one, i);
  }
  await rig.stream.end();
}

/** The first of each period. */
function due(times: readonly number[], intervalMs: number): number[] {
  const [first = 0] = times;
  const periods = new Map<number, number>();
  for (const time of [...times].sort((a, b) => a - b)) {
    const period = Math.floor((time - first + Math.min(5, intervalMs / 10)) / intervalMs);
    periods.set(period, periods.get(period) ?? time);
  }
  return [...periods.values()];
}

/** The film's frames from its begin on, and their pixels. */
function sourceOf(matroska: Buffer): ReadonlyMap<number, string> {
  const source = framesOf(matroska);
  const first = source[0]?.time ?? 0;
  return new Map(source.map(({ time, md5 }) => [time - first, md5]));
}

/** Holds every picture to the pixels of the frame at its time. Gives the times. */
function judged(
  pictures: readonly StreamPicture<number>[],
  begin: number,
  source: ReadonlyMap<number, string>,
): number[] {
  return pictures.map(({ data, item }) => {
    const time = Math.round(item.frameTime - begin);
    assert.equal(md5Of(data), source.get(time), `the frame at ${time} ms`);
    return time;
  });
}

describe('pictures of a stream, one of each period', function () {
  before(function () {
    needsFfmpeg(this);
  });

  const periods: Readonly<Record<string, number>> = {
    'H.264 with B-frames': 100,
    'H.264 with B-frames and a variable frame rate': 130,
    'H.265': 0,
  };
  for (const [name, intervalMs] of Object.entries(periods)) {
    it(`are those of the frames at their own times, whole chunks of ${name}`, async function () {
      needsFfmpeg(this);
      const matroska = filmOf(name);
      const chunks = toChunks(matroska);
      const source = sourceOf(matroska);
      const rig = rigOf(intervalMs);
      await run(rig, chunks);
      assert.deepEqual(rig.problems, []);
      const times = [...source.keys()];
      assert.deepEqual(
        judged(rig.pictures, videoOf(chunks)[0]?.begin ?? 0, source),
        intervalMs === 0 ? times : due(times, intervalMs),
      );
    });
  }

  it('are those of single frames, too, over a time line that jumps', async function () {
    needsFfmpeg(this);
    const matroska = filmOf('H.264 without B-frames');
    const source = sourceOf(matroska);
    const frames = singleFrames(toChunks(matroska));
    const begin = frames[0]?.time ?? 0;
    const JUMPS = [0, 9 * 3_600_000, -3_600_000, -3_590_000];
    const rig = rigOf(200);
    await run(
      rig,
      JUMPS.flatMap((jump) => frames.map((frame) => ({ ...frame, time: frame.time + jump }))),
    );
    assert.deepEqual(rig.problems, []);
    const expected = due([...source.keys()], 200);
    const jumpOf = (i: number): number => JUMPS[Math.floor(i / expected.length)] ?? NaN;
    assert.deepEqual(
      judged(
        rig.pictures.map((picture, i) => ({
          ...picture,
          item: { ...picture.item, frameTime: picture.item.frameTime - jumpOf(i) },
        })),
        begin,
        source,
      ),
      JUMPS.flatMap(() => expected),
    );
  });

  it('are those of single frames that are decoded in another order than shown', async function () {
    needsFfmpeg(this);
    const matroska = filmOf('H.264 with B-frames');
    const source = sourceOf(matroska);
    const chunks = toChunks(matroska);
    const rig = rigOf(200);
    await run(rig, singleFrames(chunks));
    assert.deepEqual(rig.problems, []);
    const times = judged(rig.pictures, videoOf(chunks)[0]?.begin ?? 0, source);
    // How far frames are reordered shows only when the first ones have come.
    assert.ok(times.length <= 20 && times.length >= 18, `${times.length} pictures`);
    assert.equal(new Set(times.map((time) => Math.floor(time / 200))).size, times.length);
  });

  it('are those of all single frames where a key frame is decoded before the last ones of its group', async function () {
    needsFfmpeg(this);
    const matroska = filmOf('H.265');
    const source = sourceOf(matroska);
    const chunks = toChunks(matroska);
    const rig = rigOf(0);
    await run(rig, singleFrames(chunks));
    assert.deepEqual(rig.problems, []);
    assert.deepEqual(judged(rig.pictures, videoOf(chunks)[0]?.begin ?? 0, source), [...source.keys()]);
  });

  it('continue where the codec, the size or the tracks change, and after damaged frames', async function () {
    needsFfmpeg(this);
    const part = (size: string, ...codec: string[]): SingleFrame[] =>
      singleFrames(
        toChunks(film(...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=10:duration=1`], ...codec)),
      );
    const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-pix_fmt', 'yuv420p'];
    const first = part('160x120', ...h264);
    const damaged = first.map((frame, i) => {
      const data = Buffer.from(frame.data);
      return { ...frame, data: i % 3 === 1 ? data.fill(0xa5, 40) : data };
    });
    const parts = [
      first.slice(1),
      first,
      part('320x240', ...h264),
      part('160x120', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'),
      damaged,
      first,
    ];
    const begin = first[0]?.time ?? NaN;
    const media = parts.flatMap((frames, turn) =>
      frames.map((frame, i) => ({ ...frame, time: begin + turn * 1_000 + (10 - frames.length + i) * 100 })),
    );
    const rig = rigOf(500);
    await run(rig, media);
    assert.deepEqual(
      rig.problems.map(({ ErrorType }) => ErrorType),
      ['MissingKeyFrame'],
    );
    assert.deepEqual(
      rig.pictures.map(({ item, width }) => [item.frameTime - begin, width]),
      Array.from({ length: 10 }, (_, i) => [1_000 + i * 500, i === 2 || i === 3 ? 320 : 160]),
    );
    if (process.platform === 'linux') {
      assert.deepEqual(ffmpegChildren(), []);
    }
  });

  it('have the size that each M-JPEG frame says, where the track still declares another', async function () {
    needsFfmpeg(this);
    const part = (size: string): SingleFrame[] =>
      singleFrames(
        toChunks(
          film(
            ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=5:duration=0.4`],
            ...['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'],
          ),
        ),
      );
    const [small, large] = [part('160x120'), part('320x180')];
    const frames = [...small, ...large, ...small].map((frame, i) => ({
      ...frame,
      ...{ track: small[0]?.track ?? frame.track, time: i * 200, keyframe: i === 0 },
    }));
    const blocks = frames.map(({ data, time, keyframe }) => ({ data, time, key: keyframe }));
    const tracks = [videoEntry(undefined, 'V_MJPEG')];
    const ways = {
      'single frames': frames,
      'a chunk': [smallChunk({ number: 1, at: 0, tracks, blocks })],
    };
    for (const [way, media] of Object.entries(ways)) {
      const rig = rigOf(0);
      await run(rig, media);
      assert.deepEqual(rig.problems, [], way);
      assert.deepEqual(
        rig.pictures.map(({ item, width, height, data }) => [item.frameTime, width, height, data.length]),
        frames.map(({ time }, i) =>
          i === 2 || i === 3 ? [time, 320, 180, 320 * 180 * 3] : [time, 160, 120, 160 * 120 * 3],
        ),
        way,
      );
    }
  });

  const programs: Readonly<Record<string, RegExp>> = {
    'exit 3': /^ffmpeg ended with exit code 3\. .* Frames without a picture: [1-9]\d*\.$/,
    'echo no memory >&2; exit 1':
      /^ffmpeg ended with exit code 1\. .* Frames without a picture: [1-9]\d*\. Details: "no memory"$/,
    'exec cat /dev/zero': /^ffmpeg wrote something other than pictures\. .* Frames without a picture: /,
    'exec cat >/dev/null': /^ffmpeg made no picture of the frames, .* Frames without a picture: /,
    'kill -9 $$': /^ffmpeg was ended by SIGKILL\. .* Frames without a picture: /,
  };
  for (const [script, message] of Object.entries(programs)) {
    it(`are lost with a reason where the decoder is \`${script}\``, async function () {
      needsFfmpeg(this);
      if (process.platform === 'win32') {
        skip(this, 'the program is a shell script');
      }
      const folder = mkdtempSync(join(tmpdir(), 'kvs-decoder-'));
      try {
        const command = join(folder, 'decoder');
        writeFileSync(command, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        const rig = rigOf(500, false, () => Promise.resolve({ command, keepTimes: [] }));
        await run(rig, toChunks(filmOf('H.264 without B-frames')));
        assert.deepEqual(rig.pictures, []);
        const [problem] = rig.problems;
        assert.equal(problem?.ErrorType, 'DecoderFailed');
        assert.match(english.sentences([problem.statement]), message);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  it('cost no decoder for a track that has vanished while another one continues', async function () {
    needsFfmpeg(this);
    if (process.platform !== 'linux') {
      skip(this, 'the process list is that of Linux');
    }
    const frames = singleFrames(toChunks(filmOf('H.264 without B-frames')));
    const [key] = frames;
    assert.ok(key);
    const other = (frame: SingleFrame): SingleFrame => ({ ...frame, track: { ...frame.track, number: 2 } });
    const rig = rigOf(0);
    for (const [i, frame] of frames.slice(0, 3).entries()) {
      await rig.stream.take(frame, i);
      await rig.stream.take(other(frame), i);
    }
    assert.equal(ffmpegChildren().length, 2);
    for (let i = 1; i <= 13; i++) {
      await rig.clock.advance(5_000);
      await rig.stream.take({ ...key, time: key.time + i * 5_000 }, i);
    }
    assert.equal(ffmpegChildren().length, 1);
    await rig.stream.end();
    assert.deepEqual(rig.problems, []);
    assert.equal(rig.pictures.filter(({ item }) => item.track.number === 2).length, 3);
  });

  it('come from each of two tracks', async function () {
    needsFfmpeg(this);
    const size = 'size=160x120:duration=2';
    const matroska = film(
      ...['-f', 'lavfi', '-i', `testsrc2=rate=25:${size}`, '-f', 'lavfi', '-i', `testsrc=rate=10:${size}`],
      ...['-map', '0', '-map', '1', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
      ...['-g:v:0', '25', '-g:v:1', '10'],
    );
    const chunks = toChunks(matroska);
    const found = videoOf(chunks);
    const rig = rigOf(500);
    await run(rig, chunks);
    assert.deepEqual(rig.problems, []);
    for (const number of [1, 2]) {
      const own = found.filter(({ track }) => track.number === number);
      const begin = own[0]?.begin ?? NaN;
      assert.deepEqual(
        rig.pictures
          .filter(({ item }) => item.track.number === number)
          .map(({ item }) => item.frameTime - begin),
        due(
          own.flatMap(({ frames }) => frames.map(({ time }) => time - begin)),
          500,
        ),
      );
    }
  });

  it('continue after a decoder was killed, and leave no process (KVS_DECODER_KILLS)', async function () {
    needsFfmpeg(this);
    if (process.platform !== 'linux') {
      skip(this, 'the process list is that of Linux');
    }
    const kills = Number(process.env['KVS_DECODER_KILLS'] ?? 5);
    const frames = singleFrames(toChunks(filmOf('H.264 without B-frames')));
    const rig = rigOf(200);
    let index = 0;
    const feed = async (until: () => boolean): Promise<void> => {
      while (!until()) {
        const turn = Math.floor(index / frames.length);
        const frame = frames[index % frames.length] ?? assert.fail();
        await rig.stream.take({ ...frame, time: frame.time + turn * 4_000 }, index);
        // A decoder that has failed waits a second.
        await rig.clock.advance(40);
        index += 1;
      }
    };
    for (let i = 0; i < kills; i++) {
      const before = rig.pictures.length;
      await feed(() => rig.pictures.length > before && ffmpegChildren().length > 0);
      for (const child of ffmpegChildren()) {
        process.kill(Number(child), 'SIGKILL');
      }
    }
    const before = rig.pictures.length;
    await feed(() => rig.pictures.length > before + 3);
    await rig.stream.end();
    assert.deepEqual(ffmpegChildren(), []);
    assert.ok(rig.problems.every(({ ErrorType }) => ErrorType === 'DecoderFailed'));
    const times = rig.pictures.map(({ item }) => item.frameTime);
    assert.deepEqual(
      times,
      [...new Set(times)].sort((a, b) => a - b),
      'each once, in their order',
    );
  });

  it('leave out what is late where something newer waits', async function () {
    needsFfmpeg(this);
    const chunks = toChunks(filmOf('H.264 without B-frames'));
    const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = chunks;
    let open: (() => void) | undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const rig = rigOf(500, true, () => opened.then(findFfmpeg));
    const taken = [one, one, one, two].map((chunk, i) => rig.stream.take(chunk, i));
    await rig.clock.advance(2_000);
    open?.();
    await Promise.all(taken);
    await rig.stream.end();
    assert.deepEqual(rig.problems, []);
    const begin = videoOf([two])[0]?.begin ?? 0;
    assert.deepEqual(
      rig.pictures.map(({ item }) => item.frameTime - begin),
      [1_520],
    );
  });

  it('of a day at ten minutes cost a decoder that does not grow', async function () {
    needsFfmpeg(this);
    const [key] = singleFrames(toChunks(filmOf('H.264 without B-frames')));
    assert.ok(key);
    const rig = rigOf(600_000);
    const children = new Set<string>();
    for (let at = 0; at < 86_400_000; at += 8_000) {
      await rig.stream.take({ ...key, time: key.time + at }, at);
      if (at % 3_600_000 === 0 && process.platform === 'linux') {
        ffmpegChildren().forEach((child) => children.add(child));
      }
    }
    await rig.stream.end();
    assert.deepEqual(rig.problems, []);
    assert.deepEqual(
      rig.pictures.map(({ item }) => item.frameTime - key.time),
      Array.from({ length: 144 }, (_, i) => i * 600_000),
    );
    assert.ok(children.size <= 1, 'one decoder all day');
  });
});
