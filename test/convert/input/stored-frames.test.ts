import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { createConverter } from '../../../src/convert';
import type { Target } from '../../../src/options';
import { ID, element, trackEntry, uint } from '../../../testing/matroska-writer';
import { needsChromium, show } from '../chromium';
import { convertAll, filesOf, only, typesOf } from '../converted';
import { AVCC, aacEntry, pictures, smallChunk, videoEntry, type Block } from '../small-streams';
import { assertDecodes, ffmpeg, needsFfmpeg } from '../streams';

const OPTIONS = { tracks: [], intervalMs: 0 };
const H264 = 'V_MPEG4/ISO/AVC';

function encodings(...parts: readonly Buffer[]): Buffer {
  return element(ID.ContentEncodings, ...parts.map((part) => element(ID.ContentEncoding, part)));
}

function compression(algorithm: number, settings?: Buffer): Buffer {
  return element(
    ID.ContentCompression,
    uint(ID.ContentCompAlgo, algorithm),
    ...(settings === undefined ? [] : [element(ID.ContentCompSettings, settings)]),
  );
}

const ENCRYPTION = Buffer.concat([
  uint(ID.ContentEncodingType, 1),
  element(ID.ContentEncryption, uint(ID.ContentEncAlgo, 5)),
]);

function entry(codecId: string, codecPrivate: Buffer | undefined, ...more: readonly Buffer[]): Buffer {
  return trackEntry(
    1,
    uint(ID.TrackType, 1),
    element(ID.CodecID, codecId),
    ...(codecPrivate === undefined ? [] : [element(ID.CodecPrivate, codecPrivate)]),
    ...more,
  );
}

function chunksOf(track: Buffer, store: (data: Buffer) => Buffer, others: readonly Buffer[] = []): Buffer[] {
  return [1, 2].map((number) =>
    smallChunk({
      number,
      at: number * 1_000,
      tracks: [track, ...others],
      blocks: pictures(25).map((picture): Block => ({ ...picture, data: store(picture.data) })),
    }),
  );
}

describe('frames that are compressed', () => {
  const plain = chunksOf(videoEntry(AVCC), (data) => data);
  const cases: readonly (readonly [string, Buffer, (data: Buffer) => Buffer])[] = [
    ['by zlib', entry(H264, AVCC, encodings(compression(0))), (data) => deflateSync(data)],
    [
      'by zlib, as where nothing else is said',
      entry(H264, AVCC, encodings(Buffer.alloc(0))),
      (data) => deflateSync(data),
    ],
    [
      'by header stripping',
      entry(H264, AVCC, encodings(compression(3, Buffer.from([0, 0])))),
      (data) => data.subarray(2),
    ],
    [
      'by zlib after header stripping, the codec private data too',
      entry(
        H264,
        deflateSync(AVCC),
        element(
          ID.ContentEncodings,
          element(ID.ContentEncoding, compression(3, Buffer.from([0, 0]))),
          element(
            ID.ContentEncoding,
            uint(ID.ContentEncodingOrder, 1),
            uint(ID.ContentEncodingScope, 3),
            compression(0),
          ),
        ),
      ),
      (data) => deflateSync(data.subarray(2)),
    ],
  ];

  for (const [how, track, store] of cases) {
    for (const to of ['mp4', 'mkv', 'annexb', 'jpeg'] as const satisfies Target[]) {
      it(`${how} become what they were, in ${to}`, () => {
        const { media, problems } = convertAll(chunksOf(track, store), createConverter(to, OPTIONS));
        assert.deepEqual(problems, []);
        const expected = convertAll(plain, createConverter(to, OPTIONS)).media;
        assert.deepEqual(filesOf(media), filesOf(expected));
      });
    }
  }

  it('by zlib, and cannot be read, leave their chunk out', () => {
    const [good = Buffer.alloc(0)] = chunksOf(cases[0]?.[1] ?? Buffer.alloc(0), (data) => deflateSync(data));
    const [bad = Buffer.alloc(0)] = chunksOf(cases[0]?.[1] ?? Buffer.alloc(0), (data) => data);
    const { media, problems } = convertAll([bad, good], createConverter('mp4', OPTIONS));
    assert.deepEqual(typesOf(problems), ['InvalidFrame']);
    assert.equal(media.length, 2);
  });

  it('by zlib become at most 16 MB in a chunk', () => {
    const bomb = deflateSync(Buffer.alloc(4 * 1024 * 1024));
    const chunk = smallChunk({
      number: 1,
      at: 0,
      tracks: [entry('V_TEST', undefined, encodings(compression(0)))],
      blocks: Array.from({ length: 5 }, (_, i) => ({ time: i, data: bomb })),
    });
    const { media, problems } = convertAll([chunk], createConverter('mkv', OPTIONS));
    assert.deepEqual(media, []);
    assert.deepEqual(typesOf(problems), ['InvalidFrame']);
  });
});

describe('frames that are encrypted, or compressed in another way', () => {
  const kinds = [
    ['encrypted', entry(H264, AVCC, encodings(ENCRYPTION)), /encryption: AES/],
    ['compressed by LZO', entry(H264, AVCC, encodings(compression(2))), /compression: lzo1x/],
  ] as const;

  for (const [how, track, says] of kinds) {
    for (const to of ['mp4', 'mkv', 'annexb', 'jpeg'] as const satisfies Target[]) {
      it(`are never passed on as media, and reported once: ${how}, in ${to}`, () => {
        const { media, problems } = convertAll(
          chunksOf(track, (data) => data),
          createConverter(to, OPTIONS),
        );
        assert.deepEqual(media, []);
        assert.deepEqual(typesOf(problems), ['UnsupportedCodec']);
        assert.match(JSON.stringify(problems[0]?.statement), says);
      });
    }
  }

  it('are left out beside a track that is not', () => {
    const sound = aacEntry(2, 48_000, 2, Buffer.from('1190', 'hex'));
    const chunks = chunksOf(entry(H264, AVCC, encodings(ENCRYPTION)), (data) => data, [sound]);
    const { media, problems } = convertAll(chunks, createConverter('mkv', OPTIONS));
    assert.deepEqual(typesOf(problems), ['UnsupportedCodec']);
    assert.equal(only(media).format.mimeType, 'audio/x-matroska; codecs="mp4a.40.2"');
  });
});

describe('M-JPEG without Huffman tables', () => {
  const TABLES = Buffer.from([0xff, 0xc4]);

  function webcam(): { frames: Buffer[]; whole: Buffer[] } {
    const args = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=10:duration=0.5', '-pix_fmt', 'yuvj422p'];
    const file = ffmpeg([...args, '-c:v', 'mjpeg', '-huffman', 'default', '-f', 'image2pipe', '-']);
    const whole: Buffer[] = [];
    for (let at = 0; at < file.length;) {
      const next = file.indexOf(Buffer.from([0xff, 0xd8, 0xff]), at + 2);
      const end = next < 0 ? file.length : next;
      whole.push(file.subarray(at, end));
      at = end;
    }
    const frames = whole.map((frame) => {
      const tables = frame.indexOf(TABLES);
      return Buffer.concat([
        frame.subarray(0, tables),
        frame.subarray(tables + 2 + frame.readUInt16BE(tables + 2)),
      ]);
    });
    return { frames, whole };
  }

  it('gets the typical tables in pictures and in Matroska, and decodes to the same', function () {
    needsFfmpeg(this);
    const { frames, whole } = webcam();
    assert.equal(frames.length, 5);
    const chunk = smallChunk({
      number: 1,
      at: 0,
      tracks: [entry('V_MJPEG', undefined)],
      blocks: frames.map((data, i) => ({ time: i * 100, data, key: true })),
    });
    const toRaw = ['-f', 'rawvideo', '-pix_fmt', 'yuv422p', '-'];
    const pictures = convertAll([chunk], createConverter('jpeg', OPTIONS)).media;
    assert.equal(pictures.length, 5);
    for (const [i, { data }] of pictures.entries()) {
      assert.ok(data.includes(TABLES));
      const decoded = ffmpeg(['-f', 'mjpeg', '-i', 'pipe:0', ...toRaw], data);
      assert.ok(decoded.equals(ffmpeg(['-f', 'mjpeg', '-i', 'pipe:0', ...toRaw], whole[i])));
    }
    const file = only(convertAll([chunk], createConverter('mkv', OPTIONS)).files);
    assert.ok(file.includes(TABLES));
    assertDecodes(file);
  });

  it('is shown by Chromium, picture by picture', async function () {
    needsFfmpeg(this);
    await needsChromium(this);
    const blocks = webcam().frames.map((data, i) => ({ time: i * 100, data, key: true }));
    const chunk = smallChunk({ number: 1, at: 0, tracks: [entry('V_MJPEG', undefined)], blocks });
    const { media } = convertAll([chunk], createConverter('jpeg', OPTIONS));
    const pictures = media.map(({ data }) => data);
    assert.deepEqual(
      await show(pictures, only(new Set(media.map(({ format }) => format.mimeType)))),
      pictures.map(() => [320, 240]),
    );
  });

  it('that has tables of its own, or is no baseline JPEG, stays as it is', () => {
    const frames = [
      Buffer.from('ffd8ffc40003ffffda0002', 'hex'),
      Buffer.from('ffd8ffc90002ffda0002', 'hex'),
      Buffer.from('ffd8ffff', 'hex'),
      Buffer.from('not a picture'),
    ];
    const chunk = smallChunk({
      number: 1,
      at: 0,
      tracks: [entry('V_MJPEG', undefined)],
      blocks: frames.map((data, i) => ({ time: i, data, key: true })),
    });
    const { media } = convertAll([chunk], createConverter('jpeg', OPTIONS));
    assert.deepEqual(
      media.map(({ data }) => data),
      frames,
    );
  });
});
