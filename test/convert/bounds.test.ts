import assert from 'node:assert/strict';
import { createConverter } from '../../src/convert';
import type { Target } from '../../src/options';
import {
  FIXED,
  ID,
  KEYFRAME,
  chunk,
  element,
  elementOfUnknownSize,
  float,
  simpleBlock,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';
import { convertAll, only, typesOf } from './converted';
import {
  PPS,
  SPS,
  lengthPrefixed,
  pictures,
  slice,
  smallChunk,
  videoEntry,
  type Block,
} from './small-streams';

const MEGABYTE = 1024 * 1024;
const converter = (to: Target): ReturnType<typeof createConverter> =>
  createConverter(to, { tracks: [], intervalMs: 0 });

/** So many blocks of 256 frames without a byte. */
const laced = (number: number, blocks: number): Buffer =>
  chunk({
    number: String(number),
    cluster: elementOfUnknownSize(
      ID.Cluster,
      8,
      uint(ID.Timestamp, 0),
      ...new Array<Buffer>(blocks).fill(simpleBlock(1, 0, KEYFRAME | FIXED, [255])),
    ),
  });

/** One picture parameter set, and as large as it can be. */
const HUGE_SETS = Buffer.concat([
  Buffer.from('0142c00dffe10016', 'hex'),
  SPS,
  Buffer.from([1, 0xff, 0xff]),
  PPS,
  Buffer.alloc(0xffff - PPS.length, 0x55),
]);

const linearEntry = trackEntry(
  1,
  uint(ID.TrackType, 2),
  element(ID.CodecID, 'A_PCM/INT/LIT'),
  element(ID.Audio, float(ID.SamplingFrequency, 48_000), uint(ID.Channels, 8), uint(ID.BitDepth, 16)),
);

describe('what a few bytes are converted to is bounded:', () => {
  it('a payload of many chunks comes one chunk at a time', () => {
    const payload = Buffer.concat([1, 2, 3, 4, 5].map((number) => laced(number, 20)));
    let pieces = 0;
    for (const { media } of converter('mkv').steps(payload)) {
      assert.ok(media.length <= 2, 'the beginning of a file, and a chunk');
      pieces += media.length;
    }
    assert.equal(pieces, 1 + 5);
    assert.equal(converter('mkv').convert(payload).media.length, 1 + 5);
  });

  it('a chunk with more frames than are allowed is left out and reported, and the next one is converted', () => {
    const { media, problems } = convertAll([Buffer.concat([laced(1, 300), laced(2, 2)])], converter('mkv'));
    assert.ok(typesOf(problems).includes('MalformedMedia'));
    assert.equal(media.at(-1)?.chunk.FragmentNumber, '2');
  });

  it('parameter sets before very many key frames', () => {
    const blocks = Array.from({ length: 1_000 }, (_, i): Block => ({
      time: i,
      data: lengthPrefixed([slice(true, i)]),
      key: true,
    }));
    const many = smallChunk({ number: 1, at: 0, tracks: [videoEntry(HUGE_SETS)], blocks });
    const few = smallChunk({
      number: 2,
      at: 2_000,
      tracks: [videoEntry(HUGE_SETS)],
      blocks: pictures(25),
    });
    const { media, problems } = convertAll([many, few], converter('annexb'));
    assert.deepEqual(typesOf(problems), ['ChunkTooLarge']);
    assert.match(only(problems).message, /parameter sets/);
    assert.equal(only(media).chunk.FragmentNumber, '2');
  });

  it('pictures are made when they are asked for, one at a time', () => {
    const data = Buffer.from('ffd8ffd9', 'hex');
    const blocks = Array.from({ length: 300 }, (_, i): Block => ({ time: i, data, key: true }));
    const chunks = [smallChunk({ number: 1, at: 0, tracks: [videoEntry(undefined, 'V_MJPEG')], blocks })];
    const { media } = convertAll(chunks, converter('jpeg'));
    assert.equal(media.length, 300);
    assert.notEqual(media[0]?.data, media[0]?.data);
  });

  it('silence for the gaps of one chunk', () => {
    const data = Buffer.alloc(16);
    const blocks = Array.from({ length: 60 }, (_, i): Block => ({ time: i * 1_000 - 30_000, data }));
    const bytes = smallChunk({ number: 1, at: 100_000, tracks: [linearEntry], blocks });
    const { media, problems } = convertAll([bytes], converter('pcm'));
    assert.ok(only(media).data.length <= 33 * MEGABYTE);
    assert.ok(typesOf(problems).every((type) => type === 'GapNotFilled'));
    assert.ok(problems.length > 1 && problems.length <= 11);
    assert.match(problems.at(-1)?.message ?? '', /times more in this chunk/);
  });

  it('headers that were stripped from very many frames', () => {
    const header = Buffer.alloc(100_000);
    const stripped = element(
      ID.ContentEncodings,
      element(
        ID.ContentEncoding,
        element(ID.ContentCompression, uint(ID.ContentCompAlgo, 3), element(ID.ContentCompSettings, header)),
      ),
    );
    const track = trackEntry(1, uint(ID.TrackType, 1), element(ID.CodecID, 'V_TEST'), stripped);
    const bytes = smallChunk({ number: 1, at: 0, tracks: [track], blocks: pictures(800) });
    const { media, problems } = convertAll([bytes], converter('mkv'));
    assert.deepEqual(media, []);
    assert.deepEqual(typesOf(problems), ['InvalidFrame']);
  });
});
