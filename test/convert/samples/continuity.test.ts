import assert from 'node:assert/strict';
import { createConverter, Mp4Converter } from '../../../src/convert';
import { find, runs } from '../boxes';
import { convertAll, filesOf, formats, only, typesOf } from '../converted';
import { Mp4Frag, type Segment } from '../mp4frag';
import { AVCC, aacEntry, pictures, smallChunk, videoEntry } from '../small-streams';
import { assertDecodes, needsFfmpeg, stream, timesOf } from '../streams';

/** 25 frames, 1 s. */
function second(number: number, at: number): Buffer {
  return smallChunk({ number, at, tracks: [videoEntry(AVCC)], blocks: pictures(25) });
}

describe('time', () => {
  for (const to of ['mp4', 'mkv'] as const) {
    const convert = (chunks: readonly Buffer[]) =>
      convertAll(chunks, createConverter(to, { tracks: [], intervalMs: 0 }));

    it(`goes on where the producer's does, in ${to}`, () => {
      const { media, problems } = convert([second(1, 5_000), second(2, 6_000), second(3, 7_000)]);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        formats(media).map(({ startMs, discontinuity }) => [startMs, discontinuity]),
        [
          [undefined, undefined],
          [0, undefined],
          [1_000, undefined],
          [2_000, undefined],
        ],
      );
      assert.equal(media[2]?.format.producerStart, 6_000);
    });

    it(`closes a gap and says so, in ${to}`, () => {
      const { media, problems } = convert([second(1, 0), second(2, 60_000), second(3, 61_000)]);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        formats(media)
          .slice(1)
          .map(({ startMs, discontinuity }) => [startMs, discontinuity]),
        [
          [0, undefined],
          [1_000, true],
          [2_000, undefined],
        ],
      );
    });

    it(`that goes back goes on, with an error that names it, in ${to}`, () => {
      const { media, problems } = convert([second(7, 50_000), second(8, 0), second(9, 1_000)]);
      assert.deepEqual(typesOf(problems), ['TimeWentBack']);
      assert.equal(problems[0]?.action, 'ignore');
      assert.equal(problems[0].chunk.FragmentNumber, '8');
      assert.deepEqual(
        formats(media)
          .slice(1)
          .map(({ startMs, discontinuity }) => [startMs, discontinuity]),
        [
          [0, undefined],
          [1_000, true],
          [2_000, undefined],
        ],
      );
    });

    it(`that spans days within a chunk is refused, in ${to}`, () => {
      const days = smallChunk({
        number: 2,
        at: 0,
        tracks: [videoEntry(AVCC)],
        blocks: pictures(2),
      });
      // A timestamp scale of an hour makes 40 ms 40 hours.
      const scaled = Buffer.from(days);
      const scale = scaled.indexOf(Buffer.from('2ad7b183', 'hex'));
      assert.ok(scale > 0);
      const long = Buffer.concat([
        days.subarray(0, scale - 5),
        Buffer.from('1549a9668a2ad7b186', 'hex'),
        Buffer.from((3_600_000_000_000).toString(16).padStart(12, '0'), 'hex'),
        days.subarray(scale + 4 + 3),
      ]);
      const { problems, media } = convert([second(1, 0), long, second(3, 1_000)]);
      assert.deepEqual(typesOf(problems), ['InvalidTimes']);
      assert.equal(media.at(-1)?.chunk.FragmentNumber, '3');
    });
  }

  it('has decode times that only grow, and cover the file without holes, in mp4', () => {
    const chunks = [0, 1_000, 2_003, 2_998, 4_700, 90_000, 12].map((at, i) => second(i, at));
    const pieces = convertAll(chunks, new Mp4Converter()).media.slice(1);
    let end = 0;
    let last = -1;
    for (const { data } of pieces) {
      const { decodeTime, samples } = only(runs(data));
      let time = decodeTime;
      assert.ok(Math.abs(time - end) <= 90 * 80, `${time} after ${end}`);
      for (const { duration } of samples) {
        assert.ok(time > last);
        last = time;
        time += duration;
      }
      end = time;
    }
  });

  it('is counted by samples in sound, and follows the producer where one is missing', () => {
    const frames = [0, 21, 43, 64, 85, 128, 149].map((time) => ({
      track: 2,
      time,
      data: Buffer.from('21004990021900238', 'hex'),
    }));
    const bytes = smallChunk({
      number: 1,
      at: 0,
      tracks: [aacEntry(2, 48_000, 2, Buffer.from('1190', 'hex'))],
      blocks: frames,
    });
    const { media } = convertAll([bytes], new Mp4Converter());
    const { samples } = only(runs(media[1]?.data ?? Buffer.alloc(0)));
    assert.deepEqual(
      samples.map(({ duration }) => duration),
      [1024, 1024, 1024, 1024, 128 * 48 - 4 * 1024, 1024, 1024],
    );
  });
});

describe('B-frames in MP4', () => {
  it('are decoded before they are shown, by a delay that stays the same', function () {
    needsFfmpeg(this);
    const { media } = convertAll(stream('h264 with B-frames and AAC'), new Mp4Converter());
    for (const { data } of media.slice(1)) {
      const offsets = (runs(data)[0]?.samples ?? []).map(({ offset }) => offset);
      assert.ok(offsets.every((offset) => offset >= 0));
      assert.ok(offsets.some((offset) => offset > 0));
    }
  });
});

describe('mp4frag', () => {
  it('takes 10 minutes of it over 20 reconnects, with changed tracks in between, and says nothing', async function () {
    needsFfmpeg(this);
    this.timeout(120_000);
    const loops = [stream('h264 with B-frames and AAC'), stream('h265 and Opus')];
    const errors: Error[] = [];
    const segments: Segment[] = [];
    let inits = 0;
    const mp4frag = new Mp4Frag({ segmentCount: 4, hlsPlaylistBase: 'test', hlsPlaylistInit: true });
    mp4frag.resume();
    mp4frag.on('error', (error: Error) => errors.push(error));
    mp4frag.on('initialized', () => inits++);
    mp4frag.on('segment', (segment: Segment) => segments.push(segment));
    const converter = new Mp4Converter();
    let mediaMs = 0;
    // A reconnect: the same chunks again, whose times go back; every tenth with other tracks.
    for (let round = 0; round < 100; round++) {
      for (const chunk of loops[round % 10 === 9 ? 1 : 0] ?? []) {
        for (const { data, format } of converter.convert(chunk).media) {
          if (data.length === 0) {
            mp4frag.resetCache();
          } else {
            await new Promise((resolve) => mp4frag.write(data, resolve));
          }
          mediaMs += format.durationMs ?? 0;
        }
      }
    }
    assert.deepEqual(errors, []);
    assert.equal(inits, 20);
    assert.equal(segments.length, 300);
    assert.ok(mediaMs > 600_000, `${mediaMs} ms`);
    assert.ok(segments.every(({ keyframe }) => keyframe));
    assert.ok(segments.every(({ duration }) => Math.abs(duration - 2) < 0.1));
  });
});

describe('a file over reconnects', () => {
  it('decodes from its beginning to its end, each frame later than the one before', function () {
    needsFfmpeg(this);
    const chunks = Array.from({ length: 4 }, () => stream('h264 with B-frames and AAC')).flat();
    for (const to of ['mp4', 'mkv'] as const) {
      const { media } = convertAll(chunks, createConverter(to, { tracks: [], intervalMs: 0 }));
      const file = only(filesOf(media));
      assertDecodes(file);
      const { video } = timesOf(file);
      assert.equal(video.length, 4 * 180);
      assert.ok(video.slice(1).every((time, i) => time > (video[i] ?? 0)));
      assert.ok(Math.abs((video.at(-1) ?? 0) - (video[0] ?? 0) - 24) < 0.5);
    }
  });

  it('ends where it is told to, and another begins at time 0', () => {
    const converter = new Mp4Converter();
    converter.convert(second(1, 0));
    assert.deepEqual(
      converter.end().map(({ data, format }) => [data.length, format.reset]),
      [[0, true]],
    );
    assert.deepEqual(converter.end(), []);
    const { media } = converter.convert(second(2, 1_000));
    assert.deepEqual(
      formats(media).map(({ init, startMs }) => [init, startMs]),
      [
        [true, undefined],
        [undefined, 0],
      ],
    );
    assert.equal(find(media[0]?.data ?? Buffer.alloc(0), 'moov', 'trak').length, 1);
  });
});
