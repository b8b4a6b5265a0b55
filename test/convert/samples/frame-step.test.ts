import assert from 'node:assert/strict';
import type { Target } from '../../../src/options';
import { createConverter, Mp4Converter } from '../../../src/convert';
import { assertCovered, shown } from '../boxes';
import { convertAll, formats, only, typesOf } from '../converted';
import { AVCC, aacEntry, lengthPrefixed, pictures, slice, smallChunk, videoEntry } from '../small-streams';
import { assertDecodes, ffmpeg, needsFfmpeg, timesOf, toChunks } from '../streams';

const AAC = aacEntry(2, 48_000, 2, Buffer.from('1190', 'hex'));
const SILENT_AAC = Buffer.from('2000000000000e', 'hex');
const TICKS_PER_MS = 90;

/** One key frame, and sound beside it for as long as `soundMs`. */
function still(number: number, at: number, soundMs = 0): Buffer {
  const count = Math.round((soundMs * 48) / 1024);
  return smallChunk({
    number,
    at,
    tracks: [videoEntry(AVCC), ...(soundMs > 0 ? [AAC] : [])],
    blocks: [
      { time: 0, data: lengthPrefixed([slice(true, number)]), key: true },
      ...Array.from({ length: count }, (_, i) => ({
        track: 2,
        time: Math.round((i * 1024) / 48),
        data: SILENT_AAC,
        key: true,
      })),
    ],
  });
}

function moving(number: number, at: number, count: number, stepMs: number): Buffer {
  const blocks = pictures(count).map((block, i) => ({ ...block, time: i * stepMs }));
  return smallChunk({ number, at, tracks: [videoEntry(AVCC)], blocks });
}

function discontinuities(media: readonly { format: { discontinuity?: true } }[]): number {
  return media.filter(({ format }) => format.discontinuity === true).length;
}

describe('one picture in each fragment', () => {
  for (const stepMs of [1_000, 2_000, 10_000, 20_000]) {
    it(`keeps its time, ${stepMs} ms from picture to picture`, () => {
      const chunks = Array.from({ length: 6 }, (_, i) => still(i + 1, 50_000 + i * stepMs));
      const { media, problems } = convertAll(chunks, new Mp4Converter());
      assert.deepEqual(problems, []);
      assert.equal(discontinuities(media), 0);
      const pieces = media.slice(1);
      assertCovered(pieces);
      const times = shown(pieces);
      assert.deepEqual(
        times.slice(2).map(({ from, to }) => [from / TICKS_PER_MS, to / TICKS_PER_MS]),
        [2, 3, 4, 5].map((i) => [i * stepMs, (i + 1) * stepMs]),
      );
      const [second, third] = formats(pieces).slice(1);
      assert.equal((second?.startMs ?? 0) + (second?.durationMs ?? 0), 2 * stepMs);
      assert.deepEqual([third?.startMs, third?.durationMs], [2 * stepMs, stepMs]);
    });
  }

  it('lasts as long as the sound beside it from the first chunk on', () => {
    const chunks = Array.from({ length: 4 }, (_, i) => still(i + 1, i * 2_048, 2_048));
    const { media, problems } = convertAll(chunks, new Mp4Converter());
    assert.deepEqual(problems, []);
    for (const [i, { from, to }] of shown(media.slice(1)).entries()) {
      assert.ok(Math.abs(from - i * 2_048 * TICKS_PER_MS) <= TICKS_PER_MS);
      assert.ok(Math.abs(to - from - 2_048 * TICKS_PER_MS) <= TICKS_PER_MS);
    }
  });

  it('has the times that ffmpeg gives it, whatever the container', function () {
    needsFfmpeg(this);
    const film = ffmpeg([
      ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=0.5:duration=12', '-c:v', 'libx264'],
      ...['-g', '1', '-pix_fmt', 'yuv420p', '-f', 'matroska', '-'],
    ]);
    const chunks = toChunks(film, 'aws-sdk');
    assert.equal(chunks.length, 6);
    for (const to of ['mp4', 'mkv'] as const) {
      const { files, media } = convertAll(chunks, createConverter(to, { tracks: [], intervalMs: 0 }));
      assertDecodes(only(files));
      assert.deepEqual(
        timesOf(only(files)).video.map((time) => Math.round(time * 1_000)),
        [0, 2_000, 4_000, 6_000, 8_000, 10_000],
      );
      const last = formats(media).at(-1);
      assert.equal((last?.startMs ?? 0) + (last?.durationMs ?? 0), 12_000);
    }
  });

  it('is described with the bit rate it has', () => {
    const chunks = Array.from({ length: 4 }, (_, i) => still(i + 1, i * 2_000));
    const { media } = convertAll(chunks, createConverter('info', { tracks: [], intervalMs: 0 }));
    const bits = lengthPrefixed([slice(true, 1)]).length * 8;
    assert.deepEqual(
      media.map(({ description }) => [description?.durationMs, description?.bitRate]),
      [
        // Nothing tells yet.
        [0, 0],
        ...[2, 3, 4].map(() => [2_000, bits / 2]),
      ],
    );
    assert.equal(media.at(-1)?.description?.tracks[0]?.frameRate, 0.5);
  });
});

describe('several chunks in one payload', () => {
  /** Where the pieces begin and how long they last, ms. */
  const spans = (to: Target, chunks: readonly Buffer[]): (readonly (number | undefined)[])[] => {
    const converter = createConverter(to, { tracks: [], intervalMs: 0 });
    const { media, problems } = converter.convert(Buffer.concat(chunks));
    assert.deepEqual(problems, []);
    assert.equal(discontinuities(media), 0);
    return media
      .filter(({ format }) => format.init === undefined)
      .map(({ format, description }) => [format.startMs, description?.durationMs ?? format.durationMs]);
  };
  const uneven = [0, 3_000, 4_000, 7_500].map((at, i) => still(i + 1, at));

  for (const to of ['mp4', 'mkv', 'annexb'] as const) {
    it(`let the last picture of each last until the next chunk's first, in ${to}`, () => {
      assert.deepEqual(spans(to, uneven), [
        [0, 3_000],
        [3_000, 1_000],
        [4_000, 3_500],
        // Nothing follows: as long as the one before.
        [7_500, 3_500],
      ]);
    });
  }

  it('are described with the time that they last', () => {
    assert.deepEqual(
      spans('info', uneven).map(([, durationMs]) => durationMs),
      [3_000, 1_000, 3_500, 3_500],
    );
  });

  it('show each picture when its producer did, without a hole', () => {
    const { media } = new Mp4Converter().convert(Buffer.concat(uneven));
    assertCovered(media.slice(1));
    assert.deepEqual(
      shown(media.slice(1)).map(({ from, to }) => [from / TICKS_PER_MS, to / TICKS_PER_MS]),
      [
        [0, 3_000],
        [3_000, 4_000],
        [4_000, 7_500],
        [7_500, 11_000],
      ],
    );
  });

  it('let no picture last over a gap, or where time goes back', () => {
    for (const [second, problems] of [
      [60_000, []],
      [-5_000, ['TimeWentBack']],
    ] as const) {
      const payload = Buffer.concat([moving(1, 10_000, 25, 40), moving(2, 10_000 + second, 25, 40)]);
      const result = new Mp4Converter().convert(payload);
      assert.deepEqual(typesOf(result.problems), problems);
      assert.deepEqual(
        result.media.slice(1).map(({ format }) => [format.startMs, format.durationMs, format.discontinuity]),
        [
          [0, 1_000, undefined],
          [1_000, 1_000, true],
        ],
      );
    }
  });

  it('of which one is damaged are told apart from it', () => {
    const payload = Buffer.concat([still(1, 0), Buffer.from('damaged'), still(2, 2_000), still(3, 4_000)]);
    const { media, problems } = new Mp4Converter().convert(payload);
    assert.deepEqual(typesOf(problems), ['MalformedMedia']);
    assert.deepEqual(
      media.map(({ chunk }) => chunk.FragmentNumber),
      ['1', '1', '2', '3'],
    );
  });
});

describe('a hole between fragments', () => {
  for (const holeMs of [1, 20, 36, 45, 66, 500, 1_000]) {
    it(`of ${holeMs} ms is closed by the first picture after it, and nothing else moves`, () => {
      const chunkMs = 1_000 + holeMs;
      const chunks = Array.from({ length: 4 }, (_, i) => moving(i + 1, i * chunkMs, 25, 40));
      const { media, problems } = convertAll(chunks, new Mp4Converter());
      assert.deepEqual(problems, []);
      assert.equal(discontinuities(media), 0);
      const times = shown(media.slice(1));
      assertCovered(media.slice(1));
      for (const [i, { from }] of times.entries()) {
        const chunk = Math.floor(i / 25);
        const own = chunk * chunkMs + (i % 25) * 40;
        const expected = i % 25 === 0 && chunk > 0 ? own - holeMs : own;
        assert.equal(from, expected * TICKS_PER_MS, `picture ${i}`);
      }
    });
  }

  it('of more than 1 s and three frames is a gap: it is reported, and cut', () => {
    const chunks = [moving(1, 0, 25, 40), moving(2, 2_050, 25, 40)];
    const { media } = convertAll(chunks, new Mp4Converter());
    assert.equal(media.at(-1)?.format.discontinuity, true);
    assert.equal(media.at(-1)?.format.startMs, 1_000);
    assertCovered(media.slice(1));
  });

  it('of more than 1 s and less than three frames is none', () => {
    const chunks = [0, 1, 2, 4, 5].map((i) => still(i + 1, i * 2_000));
    const { media } = convertAll(chunks, new Mp4Converter());
    assert.equal(discontinuities(media), 0);
    const end = media.at(-1)?.format;
    assert.equal((end?.startMs ?? 0) + (end?.durationMs ?? 0), 12_000);
    assertCovered(media.slice(1));
  });

  it('of more than three frames at 0.5 fps is a gap', () => {
    const chunks = [0, 1, 2, 7, 8].map((i) => still(i + 1, i * 2_000));
    const { media } = convertAll(chunks, new Mp4Converter());
    assert.deepEqual(
      media.slice(1).map(({ format }) => format.discontinuity),
      [undefined, undefined, undefined, true, undefined],
    );
    assertCovered(media.slice(1));
  });

  it('in sound beside few pictures is a gap by the frames of the sound', () => {
    const chunks = [0, 2_048, 4_096, 9_144, 11_192].map((at, i) => still(i + 1, at, 2_048));
    const { media } = convertAll(chunks, new Mp4Converter());
    assert.deepEqual(
      media.slice(1).map(({ format }) => format.discontinuity),
      [undefined, undefined, undefined, true, undefined],
    );
    assertCovered(media.slice(1));
  });

  it('is one gap where the frame rate falls with it', () => {
    const chunks = [moving(1, 0, 25, 40), ...[3, 5, 7, 9].map((s, i) => still(i + 2, s * 1_000))];
    const { media } = convertAll(chunks, new Mp4Converter());
    assert.deepEqual(
      media.slice(1).map(({ format }) => format.discontinuity),
      [undefined, true, undefined, undefined, undefined],
    );
    assertCovered(media.slice(1));
  });
});
