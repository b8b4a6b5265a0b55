import assert from 'node:assert/strict';
import { createConverter, type Converted, type Converter } from '../../../src/convert';
import { checkConvert, type ConvertProperties } from '../../../src/options';
import { convertAll, only } from '../converted';
import { recut } from '../recut';
import { AVCC, connectEntry, pictures, smallChunk, videoEntry } from '../small-streams';
import { assertDecodes, ffmpeg, film, needsFfmpeg, streamsOf } from '../streams';

/** 12 s with a key frame each second, B-frames and AAC. */
const source = (): Buffer =>
  film(
    ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=12'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=12'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-b_strategy', '0', '-pix_fmt', 'yuv420p'],
    ...['-g', '25', '-keyint_min', '25', '-sc_threshold', '0', '-c:a', 'aac', '-ac', '1'],
  );

const START = Date.UTC(2026, 10, 28, 11, 59, 56, 750);
/** The encoder's delay of sound, by which it begins before the pictures, ms. */
const SOUND_AHEAD_MS = 21;

function converter(properties: ConvertProperties): Converter {
  const checked = checkConvert(properties);
  assert.ok('settings' in checked, JSON.stringify(checked));
  return createConverter(checked.settings.to, checked.settings);
}

interface FilePart {
  readonly index: number;
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly isEnded: boolean;
  readonly data: Buffer;
}

function filesOf(media: readonly Converted[]): FilePart[] {
  const files = new Map<number, FilePart>();
  for (const { data, format } of media) {
    const { file } = format;
    assert.ok(file !== undefined);
    const before = files.get(file.index);
    assert.notEqual(before?.isEnded, true, 'a piece comes after the last one of its file');
    files.set(file.index, {
      index: file.index,
      start: file.start,
      end: file.end,
      isEnded: file.last,
      data: Buffer.concat([before?.data ?? Buffer.alloc(0), data]),
    });
  }
  return [...files.values()];
}

/** Hashes of the decoded frames of a kind, in the order in which they are shown. */
function hashes(bytes: Buffer, kind: 'v' | 'a'): string[] {
  const text = ffmpeg(
    ['-i', '-', '-map', `0:${kind}`, '-fps_mode', 'passthrough', '-f', 'framemd5', '-'],
    bytes,
  );
  return text
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

function ended(chunks: readonly Buffer[], made: Converter): FilePart[] {
  const { media, problems } = convertAll(chunks, made);
  assert.deepEqual(problems, []);
  return filesOf([...media, ...made.end()]);
}

describe('files that end', () => {
  for (const to of ['mp4', 'mkv'] as const) {
    for (const [what, every] of [
      ['one GOP', 1],
      ['five GOPs', 5],
      ['all GOPs', 100],
    ] as const) {
      it(`of ${to}, from chunks of ${what}, play alone and have every picture once`, function () {
        needsFfmpeg(this);
        const chunks = recut(source(), START, (key) => key % every === 0);
        const made = converter({ to, splitBy: 'seconds', splitSeconds: 4, alignToClock: false });
        const files = ended(chunks, made);
        assert.deepEqual(
          files.map(({ index, start, isEnded }) => ({ index, start, isEnded })),
          [0, 4_000 + SOUND_AHEAD_MS, 8_000 + SOUND_AHEAD_MS].map((ms, index) => ({
            ...{ index, start: START + ms, isEnded: true },
          })),
        );
        for (const { data } of files) {
          assertDecodes(data);
        }
        assert.deepEqual(
          files.flatMap(({ data }) => hashes(data, 'v')),
          hashes(source(), 'v'),
        );
      });
    }
  }

  it('are cut at the first key frame of a minute', function () {
    needsFfmpeg(this);
    const minute = Date.UTC(2026, 10, 28, 12);
    for (const every of [1, 3, 100]) {
      const chunks = recut(source(), START, (key) => key % every === 0);
      const files = ended(chunks, converter({ to: 'mkv', splitBy: 'seconds', splitSeconds: 60 }));
      assert.deepEqual(
        files.map(({ start }) => start),
        [START, minute + 750 + SOUND_AHEAD_MS],
        `chunks of ${every} GOPs`,
      );
    }
  });

  it('have no more bytes than they may', function () {
    needsFfmpeg(this);
    const long = film(
      ...['-f', 'lavfi', '-i', 'testsrc2=size=640x480:rate=25:duration=6', '-c:v', 'libx264', '-qp', '4'],
      ...['-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '10'],
    );
    for (const every of [1, 3]) {
      const chunks = recut(long, START, (key) => key % every === 0);
      const files = ended(chunks, converter({ to: 'mp4', splitBy: 'MB', splitMB: 1 }));
      assert.ok(files.length > 2, `${files.length} files`);
      for (const { data } of files) {
        assert.ok(data.length <= 1.05 * 1024 * 1024, `${data.length} bytes`);
        assertDecodes(data);
      }
      assert.deepEqual(
        files.flatMap(({ data }) => hashes(data, 'v')),
        hashes(long, 'v'),
      );
    }
  });

  it('of H.264 and of AAC have every frame once', function () {
    needsFfmpeg(this);
    const chunks = recut(source(), START, (key) => key % 5 === 0);
    const video = ended(
      chunks,
      converter({ to: 'annexb', splitBy: 'seconds', splitSeconds: 4, alignToClock: false }),
    );
    assert.equal(video.length, 3);
    assert.deepEqual(
      video.flatMap(({ data }) => hashes(data, 'v')),
      hashes(source(), 'v'),
    );
    const sound = ended(
      chunks,
      converter({ to: 'adts', splitBy: 'seconds', splitSeconds: 4, alignToClock: false }),
    );
    assert.equal(sound.length, 3);
    const [whole] = ended(chunks, converter({ to: 'adts', filename: 'a' }));
    assert.deepEqual(Buffer.concat(sound.map(({ data }) => data)), whole?.data);
  });

  it('begin anew where the tracks change', () => {
    const other = smallChunk({
      number: 2,
      at: START + 120,
      tracks: [videoEntry(AVCC), connectEntry(2, 'sound')],
      blocks: [...pictures(3), { track: 2, time: 0, data: Buffer.alloc(320), key: true }],
    });
    const one = (number: number): Buffer =>
      smallChunk({ number, at: START + number * 120, tracks: [videoEntry(AVCC)], blocks: pictures(3) });
    const made = converter({ to: 'mkv', filename: 'x.mkv' });
    const { media } = convertAll([one(0), other, one(3)], made);
    const files = filesOf(media);
    assert.deepEqual(
      files.map(({ index, start, isEnded }) => ({ index, start, isEnded })),
      [0, 120, 360].map((ms, index) => ({ index, start: START + ms, isEnded: index < 2 })),
    );
  });

  describe('of WAV', () => {
    const RATE = 8_000;
    const second = (number: number): Buffer =>
      smallChunk({
        number,
        at: START + number * 1_000,
        tracks: [
          connectEntry(1 + (number % 2), 'AUDIO_FROM_CUSTOMER'),
          connectEntry(2 - (number % 2), 'AUDIO_TO_CUSTOMER'),
        ],
        blocks: [1, 2].flatMap((track) =>
          Array.from({ length: 10 }, (_, i) => ({
            track,
            time: i * 100,
            key: true,
            data: Buffer.alloc((2 * RATE) / 10, number * 10 + (track === 1 + (number % 2) ? 1 : 2)),
          })),
        ),
      });

    it('are one piece each, with their lengths, and have every sample once', function () {
      needsFfmpeg(this);
      const made = converter({ to: 'wav', splitBy: 'seconds', splitSeconds: 4, alignToClock: false });
      const { media, problems } = convertAll(
        Array.from({ length: 10 }, (_, i) => second(i)),
        made,
      );
      assert.deepEqual(problems, []);
      const all = [...media, ...made.end()];
      assert.deepEqual(
        all.map(({ format: { file, track, durationMs } }) => [
          ...[file?.index, track?.name, durationMs, file?.last],
          ...[(file?.start ?? 0) - START, (file?.end ?? 0) - START],
        ]),
        [
          [0, 'AUDIO_FROM_CUSTOMER', 4_000, true, 0, 4_000],
          [1, 'AUDIO_TO_CUSTOMER', 4_000, true, 0, 4_000],
          [2, 'AUDIO_FROM_CUSTOMER', 4_000, true, 4_000, 8_000],
          [3, 'AUDIO_TO_CUSTOMER', 4_000, true, 4_000, 8_000],
          [4, 'AUDIO_FROM_CUSTOMER', 2_000, true, 8_000, 10_000],
          [5, 'AUDIO_TO_CUSTOMER', 2_000, true, 8_000, 10_000],
        ],
      );
      for (const { data } of all) {
        assert.equal(data.readUInt32LE(4), data.length - 8);
        assert.equal(data.readUInt32LE(40), data.length - 44);
        assert.equal(streamsOf(data)[0]?.['codec_name'], 'pcm_s16le');
        assertDecodes(data);
      }
      const samples = Buffer.concat(
        all
          .filter(({ format }) => format.track?.name === 'AUDIO_FROM_CUSTOMER')
          .map(({ data }) => data.subarray(44)),
      );
      const whole = converter({ to: 'wav' });
      const expected = convertAll(
        Array.from({ length: 10 }, (_, i) => second(i)),
        whole,
      )
        .media.filter(({ format }) => format.track?.name === 'AUDIO_FROM_CUSTOMER' && format.init !== true)
        .map(({ data }) => data);
      assert.deepEqual(samples, Buffer.concat(expected));
    });

    it('leave before they take too much memory', () => {
      const large = (number: number): Buffer =>
        smallChunk({
          number,
          at: START + number * 1_000_000,
          tracks: [connectEntry(1, 'AUDIO_FROM_CUSTOMER')],
          blocks: [{ track: 1, time: 0, data: Buffer.alloc(16_000_000), key: true }],
        });
      const made = converter({ to: 'wav', splitBy: 'MB', splitMB: 10_000 });
      const pieces = Array.from({ length: 6 }, (_, i) => made.convert(large(i)).media).flat();
      const file = only(pieces);
      assert.equal(file.data.length, 4 * 16_000_000 + 44);
      assert.equal(only(made.end()).data.length, 2 * 16_000_000 + 44);
    });
  });
});
