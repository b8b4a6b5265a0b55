import assert from 'node:assert/strict';
import { createConverter, Mp4Converter } from '../../../src/convert';
import { ID, element, trackEntry, uint } from '../../../testing/matroska-writer';
import { assertCovered, runs, shown } from '../boxes';
import { convertAll, only, typesOf } from '../converted';
import { AVCC, aacEntry, lengthPrefixed, pictures, slice, smallChunk, videoEntry } from '../small-streams';
import { assertSameTimes, ffmpeg, needsFfmpeg, timesOf, toChunks } from '../streams';

const SILENT_AAC = Buffer.from('2000000000000e', 'hex');
const AAC = aacEntry(2, 48_000, 2, Buffer.from('1190', 'hex'));
const TICKS_PER_MS = 90;

/** Differences between times of showing and of decoding, ms. */
function offsets(pieces: readonly { readonly data: Buffer }[]): number[] {
  return pieces.flatMap(({ data }) =>
    runs(data)
      .filter(({ trackId }) => trackId === 1)
      .flatMap(({ samples }) => samples.map(({ offset }) => offset / TICKS_PER_MS)),
  );
}

describe('a clock that is set', () => {
  for (const byMs of [60, 80, 300, 700, 5_000]) {
    it(`back by ${byMs} ms within a chunk leaves every picture its length, and no delay`, () => {
      // The clock is set after the tenth picture of every third chunk.
      let clock = 100_000;
      const chunks = Array.from({ length: 12 }, (_, i) => {
        const isSet = i % 3 === 1;
        const blocks = pictures(25).map((block, at) => ({
          ...block,
          time: at * 40 - (isSet && at >= 10 ? byMs : 0),
        }));
        const bytes = smallChunk({ number: i + 1, at: clock, tracks: [videoEntry(AVCC)], blocks });
        clock += 1_000 - (isSet ? byMs : 0);
        return bytes;
      });
      const { media, problems } = convertAll(chunks, new Mp4Converter());
      assert.ok(typesOf(problems).every((type) => type === 'TimeWentBack'));
      const pieces = media.slice(1);
      assertCovered(pieces);
      assert.deepEqual(new Set(offsets(pieces)), new Set([0]));
      assert.deepEqual(
        shown(pieces).map(({ from, to }) => (to - from) / TICKS_PER_MS),
        Array.from({ length: 300 }, () => 40),
      );
    });
  }

  it('back within a chunk with B-frames leaves no delay for good', () => {
    // I P B B P B B …, as they are decoded.
    const order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11, 15, 13, 14, 18, 16, 17, 21, 19, 20, 24, 22, 23];
    const b = Buffer.concat([Buffer.from([0x41, 0x9f]), Buffer.alloc(40, 1)]);
    // slice_type 6: B.
    b[1] = 0b10011110 | 1;
    const chunks = Array.from({ length: 24 }, (_, i) =>
      smallChunk({
        number: i + 1,
        at: 1_000 * i - (i > 3 ? 200 : 0),
        tracks: [videoEntry(AVCC)],
        blocks: order.map((place, at) => ({
          time: place * 40 + 40 - (i === 3 && at >= 13 ? 200 : 0),
          data: lengthPrefixed([
            at === 0 ? slice(true, 1) : (order[at - 1] ?? 0) > place ? b : slice(false, 3),
          ]),
          key: at === 0,
        })),
      }),
    );
    const { media } = convertAll(chunks, new Mp4Converter());
    const of = (piece: (typeof media)[number] | undefined): number =>
      Math.max(...offsets(piece === undefined ? [] : [piece]));
    assert.equal(of(media[1]), of(media.at(-1)));
    assertCovered(media.slice(1));
  });

  it('back leaves sound whole', () => {
    const frames = Array.from({ length: 40 }, (_, i) => ({
      track: 2,
      time: Math.round((i * 1024) / 48) - (i >= 20 ? 300 : 0),
      data: SILENT_AAC,
      key: true,
    }));
    const bytes = smallChunk({ number: 1, at: 10_000, tracks: [AAC], blocks: frames });
    const { media } = convertAll([bytes], new Mp4Converter());
    const { samples } = only(runs(media[1]?.data ?? Buffer.alloc(0)));
    const durations = samples.map(({ duration }) => duration);
    assert.ok(
      durations.every((duration) => Math.abs(duration - 1024) <= 48 * 22),
      String(durations),
    );
    assert.ok(durations.every((duration) => duration >= 1000));
  });
});

describe('CodecDelay', () => {
  it('makes sound of any codec earlier, as ffmpeg has it', () => {
    const delayed = trackEntry(
      2,
      uint(ID.TrackType, 2),
      element(ID.CodecID, 'A_AAC'),
      element(ID.CodecPrivate, Buffer.from('1190', 'hex')),
      element(0x56aa, Buffer.from((21_333_333).toString(16).padStart(8, '0'), 'hex')),
    );
    const convert = (entry: Buffer): number => {
      const sound = Array.from({ length: 20 }, (_, i) => ({
        track: 2,
        time: 100 + Math.round((i * 1024) / 48),
        data: SILENT_AAC,
        key: true,
      }));
      const bytes = smallChunk({
        ...{ number: 1, at: 0, tracks: [videoEntry(AVCC), entry] },
        blocks: [...pictures(25), ...sound],
      });
      const { media } = convertAll([bytes], new Mp4Converter());
      return (shown(media.slice(1), 2)[0]?.from ?? 0) / 48;
    };
    assert.ok(Math.abs(convert(AAC) - 100) < 1);
    assert.ok(Math.abs(convert(delayed) - 78.667) < 1);
  });

  for (const [what, isDeclared] of [
    ['with', true],
    ['without', false],
  ] as const) {
    it(`of Opus counts where it is declared: ${what} it, sound has the time that ffmpeg reads`, function () {
      needsFfmpeg(this);
      // 312 samples at 48 kHz; a Void element of the same length takes its place.
      const delay = Buffer.from('56aa83632ea0', 'hex');
      const film = ffmpeg([
        ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=2'],
        ...['-f', 'lavfi', '-i', 'sine=sample_rate=48000:duration=2', '-c:v', 'libx264', '-bf', '0'],
        ...['-pix_fmt', 'yuv420p', '-c:a', 'libopus', '-f', 'matroska', '-'],
      ]);
      const chunks = toChunks(film).map((bytes) => {
        const chunk = Buffer.from(bytes);
        const at = chunk.indexOf(delay);
        assert.ok(at > 0);
        if (!isDeclared) {
          Buffer.from('ec8400000000', 'hex').copy(chunk, at);
        }
        return chunk;
      });
      for (const to of ['mp4', 'mkv'] as const) {
        const { files } = convertAll(chunks, createConverter(to, { tracks: [], intervalMs: 0 }));
        assertSameTimes(timesOf(only(files)), timesOf(Buffer.concat(chunks)));
      }
    });
  }
});
