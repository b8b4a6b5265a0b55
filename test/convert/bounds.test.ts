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
  simpleTag,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';
import { convertAll, only, typesOf } from './converted';
import {
  AVCC,
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
    assert.equal(only(problems).statement.key, 'conversion.grows');
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
    assert.equal(problems.at(-1)?.statement.key, 'conversion.again');
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

  const video = (blocks: readonly Block[], codecPrivate = AVCC, number = 1): Buffer =>
    smallChunk({ number, at: number * 1_000, tracks: [videoEntry(codecPrivate)], blocks });

  /** A picture parameter set with an id of 8 bits (`ue(v)`), and a byte of its own. */
  const pictureSet = (id: number, own = 0x80): Buffer => {
    const code = (id + 1).toString(2);
    const bits = `${'0'.repeat(code.length - 1)}${code}1`.padEnd(24, '1');
    return Buffer.from([0x68, ...[0, 8, 16].map((at) => parseInt(bits.slice(at, at + 8), 2)), own]);
  };

  for (const to of ['mp4', 'mkv', 'annexb', 'jpeg', 'info'] as const) {
    it(`NAL units of one byte, as ${to}`, () => {
      const oneByteLengths = Buffer.from(AVCC);
      oneByteLengths[4] = 0xfc;
      const blocks = [{ time: 0, data: Buffer.alloc(64 * 1024, Buffer.from([1, 9])), key: true }];
      const { media, problems } = convertAll([video(blocks, oneByteLengths)], converter(to));
      assert.deepEqual(
        media.filter(({ format }) => format.init !== true),
        [],
      );
      assert.deepEqual(typesOf(problems), ['InvalidFrame']);
      assert.match(JSON.stringify(only(problems).statement), /conversion\.notNalUnits/);
    });
  }

  it('NAL units of all frames of a chunk', () => {
    const data = lengthPrefixed(new Array<Buffer>(1_000).fill(slice(true, 1, 1)));
    const blocks = Array.from({ length: 50 }, (_, i): Block => ({ time: i * 40, data, key: true }));
    const { problems } = convertAll([video(blocks)], converter('mp4'));
    assert.deepEqual(typesOf(problems), ['ChunkTooLarge']);
  });

  it('NAL units that belong to no picture are not gathered from chunk to chunk', () => {
    const sei = { time: 0, data: lengthPrefixed([Buffer.alloc(300_000, 6)]) };
    const one = converter('annexb');
    const results = [1, 2, 3, 4, 5, 6, 7].map((number) => one.convert(video([sei], AVCC, number)));
    assert.deepEqual(
      results.map(({ problems }) => typesOf(problems)),
      [[], [], [], ...new Array<string[]>(4).fill(['InvalidFrame'])],
    );
    const { media } = one.convert(video(pictures(2), AVCC, 8));
    assert.ok(only(media).data.length < 1024 * 1024);
  });

  it('parameter sets with ids that there are not', () => {
    for (const id of [256, 60_000]) {
      const data = lengthPrefixed([pictureSet(id), slice(true, 1)]);
      const { problems } = convertAll([video([{ time: 0, data, key: true }])], converter('mp4'));
      assert.deepEqual(typesOf(problems), ['InvalidCodecData'], String(id));
    }
  });

  it('parameter sets that change with every frame', () => {
    const blocks = Array.from({ length: 3_000 }, (_, i): Block => ({
      time: i,
      data: lengthPrefixed([pictureSet(255, (i % 2) + 1), slice(true, i)]),
      key: true,
    }));
    const { media, problems } = convertAll([video(blocks), video(pictures(2), AVCC, 2)], converter('jpeg'));
    assert.deepEqual(typesOf(problems), ['ChunkTooLarge']);
    assert.equal(only(media).chunk.FragmentNumber, '2');
  });

  it('parameter sets, all together', () => {
    const large = Array.from({ length: 10 }, (_, i) =>
      Buffer.concat([pictureSet(i + 1), Buffer.alloc(60_000, 1)]),
    );
    const data = lengthPrefixed([...large, slice(true, 1)]);
    const { problems } = convertAll([video([{ time: 0, data, key: true }])], converter('annexb'));
    assert.deepEqual(typesOf(problems), ['InvalidCodecData']);
  });

  it('very many declared parameter sets before very many key frames', () => {
    const sets = Array.from({ length: 250 }, (_, id) => pictureSet(id));
    const declared = Buffer.concat([
      Buffer.from('0142c00dffe10016', 'hex'),
      SPS,
      Buffer.from([sets.length]),
      ...sets.map((set) => Buffer.concat([Buffer.from([0, set.length]), set])),
    ]);
    const blocks = Array.from({ length: 1_000 }, (_, i): Block => ({
      time: i,
      data: lengthPrefixed([slice(true, i)]),
      key: true,
    }));
    const { media, problems } = convertAll([video(blocks, declared)], converter('annexb'));
    assert.deepEqual(media, []);
    assert.deepEqual(typesOf(problems), ['ChunkTooLarge']);
  });

  it('silence for the gaps of one chunk, over all of its tracks', () => {
    const entry = (number: number): Buffer =>
      trackEntry(
        number,
        uint(ID.TrackType, 2),
        element(ID.CodecID, 'A_PCM/INT/LIT'),
        element(ID.Audio, float(ID.SamplingFrequency, 48_000), uint(ID.Channels, 8), uint(ID.BitDepth, 16)),
      );
    const numbers = Array.from({ length: 6 }, (_, i) => i + 1);
    const blocks = numbers.flatMap((track): Block[] =>
      [-30_000, 0].map((time) => ({ track, time, data: Buffer.alloc(16) })),
    );
    const bytes = smallChunk({ number: 1, at: 100_000, tracks: numbers.map(entry), blocks });
    const { media, problems } = convertAll([bytes], converter('pcm'));
    assert.equal(media.length, 6);
    assert.ok(media.reduce((sum, { data }) => sum + data.length, 0) <= 33 * MEGABYTE);
    assert.ok(typesOf(problems).includes('GapNotFilled'));
  });

  const voids = (count: number): Buffer => Buffer.alloc(2 * count, element(ID.Void));
  const padded: Readonly<Record<string, Parameters<typeof chunk>[0]>> = {
    'the Segment': { before: voids(200_000) },
    'a Tags element': { before: element(ID.Tags, voids(200_000)) },
    'a Cluster': {
      cluster: element(ID.Cluster, uint(ID.Timestamp, 0), voids(200_000), simpleBlock(1, 0, KEYFRAME, 'x')),
    },
  };
  for (const [where, parts] of Object.entries(padded)) {
    it(`elements in ${where} are read in steps`, () => {
      const steps = [...converter('mkv').steps(chunk(parts))];
      assert.ok(steps.length > 10);
      assert.deepEqual(typesOf(steps.flatMap(({ problems }) => problems)), []);
      assert.equal(steps.flatMap(({ media }) => media).length, 2);
    });
  }

  it('very many tags: a file has no more than a message has', () => {
    const many = Buffer.alloc(300_000, simpleTag('a', 'b'));
    const before = element(
      ID.Tags,
      element(ID.Tag, many.subarray(0, many.length - (many.length % simpleTag('a', 'b').length))),
    );
    const [init, piece] = converter('mkv').convert(chunk({ before })).media;
    const bytes = (init?.data.length ?? 0) + (piece?.data.length ?? 0);
    assert.ok(bytes > 40_000 && bytes < 4_096 * simpleTag('a', 'b').length + 1_000, String(bytes));
  });

  it('what a track declares of itself', () => {
    const declared = trackEntry(
      1,
      uint(ID.TrackType, 1),
      element(ID.CodecID, 'V_MPEG4/ISO/AVC'),
      element(ID.CodecPrivate, AVCC),
      Buffer.alloc(20_000, Buffer.from('55ee8101', 'hex')),
    );
    const bytes = smallChunk({ number: 1, at: 0, tracks: [declared], blocks: pictures(2) });
    const [init, ...pieces] = convertAll([bytes], converter('mkv')).media;
    assert.ok((init?.data.length ?? Infinity) < 2_000);
    assert.equal(pieces.length, 1);
  });
});
