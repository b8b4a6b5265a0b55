import assert from 'node:assert/strict';
import { Mp4Converter } from '../../../src/convert';
import { findChunks } from '../../../src/convert/input/find-chunks';
import { closeChromium, needsChromium, play } from '../chromium';
import { convertAll, only } from '../converted';
import { rotatedCamera } from '../rotated';
import { smallChunk, videoEntry } from '../small-streams';
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
    const found = only(findChunks(bytes));
    assert.ok('chunk' in found);
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

/** One file, without gaps, that Chromium plays to its end. */
async function assertPlays(chunks: readonly Buffer[]): Promise<void> {
  const { media, files } = convertAll(chunks, new Mp4Converter());
  assertDecodes(only(files));
  const { buffered, currentTime, duration, error } = await play(media);
  assert.equal(error, '');
  assert.equal(buffered.length, 1, JSON.stringify(buffered));
  assert.ok(duration - currentTime < 0.05, `stands at ${currentTime} of ${duration}`);
}

describe('Chromium', () => {
  beforeEach(async function () {
    needsFfmpeg(this);
    await needsChromium(this);
  });

  after(closeChromium);

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
      await assertPlays(toChunks(film, 'aws-sdk'));
    });
  }
});
