/** Judges a conversion to MP4 by three players: ffmpeg, mp4box.js and Chromium. */
import assert from 'node:assert/strict';
import { Mp4Converter } from '../../src/convert';
import { play } from './chromium';
import { convertAll, only, type Result } from './converted';
import { readMp4 } from './mp4box';
import { assertDecodes, timesOf } from './streams';

/**
 * One file, without gaps, that ffmpeg decodes, that Chromium plays to its end, and in which mp4box.js reads the times
 * that ffprobe reads.
 */
export async function assertPlays(
  chunks: readonly Buffer[],
  { toleranceMs = 1, chromium = true } = {},
): Promise<Result> {
  const result = convertAll(chunks, new Mp4Converter());
  const { media, files } = result;
  assertDecodes(only(files));
  const expected = timesOf(only(files));
  for (const { codec, samples } of readMp4(media.map(({ data }) => data))) {
    const times = /^(mp4a|Opus)/i.test(codec) ? expected.audio : expected.video;
    const shown = samples.map(({ timeMs }) => timeMs).sort((a, b) => a - b);
    assert.equal(shown.length, times.length, codec);
    for (const [i, timeMs] of shown.entries()) {
      assert.ok(
        Math.abs(timeMs - (times[i] ?? NaN) * 1_000) <= toleranceMs,
        `${codec} ${i}: ${timeMs}, ${times[i]}`,
      );
    }
  }
  if (chromium) {
    const { buffered, currentTime, duration, error } = await play(media);
    assert.equal(error, '');
    assert.equal(buffered.length, 1, JSON.stringify(buffered));
    assert.ok(duration - currentTime < 0.05, `stands at ${currentTime} of ${duration}`);
  }
  return result;
}
