import assert from 'node:assert/strict';
import { Mp4Converter } from '../../../src/convert';
import { AVC } from '../../../src/convert/codecs/avc';
import { nalsOf, splitFrame } from '../../../src/convert/codecs/nal-units';
import { ChunkFinder } from '../../../src/convert/input/find-chunks';
import { assertPlays } from '../assert-plays';
import { needsChromium, play } from '../chromium';
import { convertAll, only } from '../converted';
import { needsMp4Box } from '../mp4box';
import { rotatedCamera } from '../rotated';
import { lengthPrefixed, smallChunk, videoEntry } from '../small-streams';
import {
  RECORDING_NAMES,
  assertDecodes,
  ffmpeg,
  needsFfmpeg,
  needsRecordings,
  recording,
  stream,
  toChunks,
} from '../streams';

/** The same chunks, each so much later than the one before has ended. */
function withHoles(chunks: readonly Buffer[], holeMs: number): Buffer[] {
  let at = 1_000;
  return chunks.map((bytes, i) => {
    const found = only(new ChunkFinder().find(bytes));
    assert.ok(found !== undefined && 'chunk' in found);
    const { frames, tracks } = found.chunk;
    const blocks = frames.map(({ timecodeMs, data, keyframe }) => ({
      time: timecodeMs,
      data,
      key: keyframe,
    }));
    const spaced = smallChunk({
      ...{ number: i + 1, at, blocks },
      tracks: [videoEntry(tracks[0]?.codecPrivate)],
    });
    at += Math.round(frames.length * (1_000 / 30)) + holeMs;
    return spaced;
  });
}

/** Each NAL unit in a block of its own, and no flag that says where decoding can begin. */
function unitByUnit(chunks: readonly Buffer[]): Buffer[] {
  return chunks.map((bytes, i) => {
    const found = [...new ChunkFinder().find(bytes)].find((one) => one !== undefined && 'chunk' in one);
    assert.ok(found !== undefined && 'chunk' in found);
    const { frames, identity, tracks } = found.chunk;
    const sets = AVC.parsePrivate(tracks[0]?.codecPrivate ?? Buffer.alloc(0)).nals;
    const blocks = frames.flatMap(({ data, timecodeMs }, frame) => {
      const split = splitFrame(data, 4);
      assert.ok(split !== undefined);
      const nals = [...(frame === 0 ? sets : []), ...nalsOf(data, split.nals)];
      return nals.map((nal) => ({ time: timecodeMs, data: lengthPrefixed([nal]) }));
    });
    const at = identity.ProducerTimestamp ?? 0;
    return smallChunk({ number: i + 1, at, blocks, tracks: [videoEntry(undefined)] });
  });
}

describe('Chromium', () => {
  beforeEach(async function () {
    needsFfmpeg(this);
    needsMp4Box(this);
    await needsChromium(this);
  });

  for (const name of RECORDING_NAMES.filter((known) => /^(output|kin)/.test(known))) {
    it(`plays ${name} in one go`, async function () {
      needsRecordings(this);
      await assertPlays(recording(name));
    });
  }

  for (const holeMs of [36, 45, 66, 900]) {
    it(`plays over holes of ${holeMs} ms between fragments`, async () => {
      await assertPlays(withHoles(stream('h264'), holeMs));
    });
  }

  it('plays pictures whose parameter sets and slices came in blocks of their own, without flags', async () => {
    await assertPlays(unitByUnit(stream('h264')));
  });

  it('plays several chunks of one payload, a picture in each', async () => {
    const film = ffmpeg([
      ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=0.5:duration=12', '-c:v', 'libx264'],
      ...['-g', '1', '-pix_fmt', 'yuv420p', '-f', 'matroska', '-'],
    ]);
    await assertPlays([Buffer.concat(toChunks(film, 'aws-sdk'))]);
  });

  it('plays over a gap', async () => {
    await assertPlays(withHoles(stream('h264'), 5_000));
  });

  it('shows a camera with pixels that are not square, and on its side, as it is to be seen', async () => {
    const { media, files } = convertAll([rotatedCamera()], new Mp4Converter());
    assertDecodes(only(files));
    const { size, error } = await play(media);
    assert.deepEqual([size, error], [[576, 768], '']);
  });

  it('plays B-frames and sound', async () => {
    await assertPlays(stream('h264 with B-frames and AAC'));
  });

  for (const [what, sound] of [
    ['alone', []],
    ['beside sound', ['-f', 'lavfi', '-i', 'sine=sample_rate=48000:duration=12']],
  ] as const) {
    it(`plays one picture every 2 s, ${what}`, async () => {
      const film = ffmpeg([
        ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=0.5:duration=12', ...sound],
        ...['-c:v', 'libx264', '-g', '1', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-f', 'matroska', '-'],
      ]);
      // mp4box.js adds durations up, and how long the first picture lasts is a guess: as long as the sound.
      await assertPlays(toChunks(film, 'aws-sdk'), { toleranceMs: 6 });
    });
  }
});
