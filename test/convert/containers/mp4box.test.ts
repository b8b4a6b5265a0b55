import assert from 'node:assert/strict';
import { Mp4Converter } from '../../../src/convert';
import { convertAll, only } from '../converted';
import { needsMp4Box, readMp4 } from '../mp4box';
import {
  RECORDING_NAMES,
  SOURCE_NAMES,
  needsFfmpeg,
  needsRecordings,
  recording,
  stream,
  timesOf,
} from '../streams';

function assertReads(chunks: readonly Buffer[]): void {
  const { media, files } = convertAll(chunks, new Mp4Converter());
  const tracks = readMp4(media.map(({ data }) => data));
  const expected = timesOf(only(files));
  for (const { codec, samples } of tracks) {
    const times = /^(mp4a|opus)/i.test(codec) ? expected.audio : expected.video;
    assert.equal(samples.length, times.length, codec);
    const shown = samples.map(({ timeMs }) => timeMs).sort((a, b) => a - b);
    for (const [i, timeMs] of shown.entries()) {
      assert.ok(Math.abs(timeMs - (times[i] ?? NaN) * 1_000) <= 1, `${codec} ${i}: ${timeMs}`);
    }
    assert.ok(samples.every(({ decodeMs }, i) => i === 0 || decodeMs > (samples[i - 1]?.decodeMs ?? 0)));
    assert.ok(samples.every(({ durationMs, bytes }) => durationMs > 0 && bytes > 0));
    assert.equal(samples[0]?.sync, true);
  }
  assert.ok(tracks.length > 0);
}

describe('mp4box.js', () => {
  beforeEach(function () {
    needsMp4Box(this);
    needsFfmpeg(this);
  });

  for (const name of SOURCE_NAMES.filter((source) => /^h26|^aac/.test(source) && !source.includes('G.711'))) {
    it(`reads every frame of ${name} at the time that ffprobe reads`, () => {
      assertReads(stream(name, 'aws-sdk'));
    });
  }

  for (const name of RECORDING_NAMES.filter((known) => /^(output|kin)/.test(known))) {
    it(`reads every frame of ${name} at the time that ffprobe reads`, function () {
      needsRecordings(this);
      assertReads(recording(name));
    });
  }
});
