import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { createConverter, Mp4Converter } from '../../../src/convert';
import { find, runs } from '../boxes';
import { convertAll, formats, only, typesOf } from '../converted';
import {
  ANNEX_B_SETS,
  AVCC,
  PPS,
  SPS,
  START_CODE,
  lengthPrefixed,
  pictures,
  slice,
  smallChunk,
  startCoded,
  videoEntry,
} from '../small-streams';

const FOUR_COMBINATIONS = [
  ['avcC', 'lengths', AVCC, lengthPrefixed],
  ['avcC', 'start codes', AVCC, startCoded],
  ['Annex B', 'start codes', ANNEX_B_SETS, startCoded],
  ['Annex B', 'lengths', ANNEX_B_SETS, lengthPrefixed],
] as const;

function annexB(chunks: readonly Buffer[]): Buffer {
  const converter = createConverter('annexb', { tracks: [], intervalMs: 0 });
  const { media, problems } = convertAll(chunks, converter);
  assert.deepEqual(problems, []);
  return Buffer.concat(media.map(({ data }) => data));
}

describe('H.264 in whatever form', () => {
  const expectedFrames = [0, 1, 2].map((i) => lengthPrefixed([slice(i === 0, i)]));

  for (const [privately, framed, codecPrivate, pack] of FOUR_COMBINATIONS) {
    const bytes = smallChunk({
      number: 1,
      at: 0,
      tracks: [videoEntry(codecPrivate)],
      blocks: pictures(3, (nals) => pack(nals)),
    });

    it(`becomes MP4 with avcC and lengths: ${privately} and ${framed}`, () => {
      const { media, problems } = convertAll([bytes], new Mp4Converter());
      assert.deepEqual(problems, []);
      const [init, piece] = media;
      assert.deepEqual([init?.format.width, init?.format.height], [320, 240]);
      assert.equal(init?.format.mimeType, 'video/mp4; codecs="avc1.42c00d"');
      assert.ok(init.data.includes(Buffer.concat([Buffer.from('avcC'), AVCC])));
      const { samples } = only(runs(piece?.data ?? Buffer.alloc(0)));
      assert.deepEqual(
        samples.map(({ data }) => data.toString('hex')),
        expectedFrames.map((frame) => frame.toString('hex')),
      );
      assert.deepEqual(
        samples.map(({ sync }) => sync),
        [true, false, false],
      );
    });

    it(`becomes Annex B with its parameter sets first: ${privately} and ${framed}`, () => {
      const frames = [0, 1, 2].map((i) => slice(i === 0, i));
      assert.deepEqual(annexB([bytes]).toString('hex'), startCoded([SPS, PPS, ...frames]).toString('hex'));
    });
  }

  it('may have lengths of 1, 2 or 3 bytes', () => {
    for (const lengthBytes of [1, 2, 3]) {
      const record = Buffer.from(AVCC);
      record[4] = 0xfc | (lengthBytes - 1);
      const blocks = pictures(3, (nals) => lengthPrefixed(nals, lengthBytes));
      const { media } = convertAll(
        [smallChunk({ number: 1, at: 0, tracks: [videoEntry(record)], blocks })],
        new Mp4Converter(),
      );
      const { samples } = only(runs(media[1]?.data ?? Buffer.alloc(0)));
      assert.deepEqual(
        samples.map(({ data }) => data),
        expectedFrames,
      );
    }
  });

  it('may have its parameter sets in the frames alone', () => {
    const blocks = pictures(2);
    const key = lengthPrefixed([SPS, PPS, slice(true, 0)]);
    const bytes = smallChunk({
      number: 1,
      at: 0,
      tracks: [videoEntry(undefined)],
      blocks: [{ time: 0, data: key, key: true }, ...blocks.slice(1)],
    });
    const { media, problems } = convertAll([bytes], new Mp4Converter());
    assert.deepEqual(problems, []);
    assert.ok(media[0]?.data.includes(AVCC));
    // Those that a frame brings are not doubled.
    assert.equal(annexB([bytes]).indexOf(SPS, annexB([bytes]).indexOf(SPS) + 1), -1);
  });

  it('may leave reserved bits of avcC clear, as recorded streams do', () => {
    const record = Buffer.from(AVCC);
    record[4] = 3;
    record[5] = 1;
    const { media } = convertAll(
      [smallChunk({ number: 1, at: 0, tracks: [videoEntry(record)], blocks: pictures(1) })],
      new Mp4Converter(),
    );
    assert.ok(media[0]?.data.includes(AVCC));
  });

  it('may have zeros where NAL units should be, as the AWS producer SDK leaves them', () => {
    const odd = Buffer.concat([Buffer.alloc(4), lengthPrefixed([slice(true, 0)]), Buffer.alloc(3)]);
    const bytes = smallChunk({
      number: 1,
      at: 0,
      tracks: [videoEntry(AVCC)],
      blocks: [{ time: 0, data: odd, key: true }],
    });
    const { media } = convertAll([bytes], new Mp4Converter());
    const { samples } = only(runs(media[1]?.data ?? Buffer.alloc(0)));
    assert.deepEqual(samples[0]?.data, lengthPrefixed([slice(true, 0)]));
  });

  it('keeps an access unit delimiter in front of the parameter sets', () => {
    const delimiter = Buffer.from([0x09, 0xf0]);
    const bytes = smallChunk({
      number: 1,
      at: 0,
      tracks: [videoEntry(AVCC)],
      blocks: [{ time: 0, data: lengthPrefixed([delimiter, slice(true, 0)]), key: true }],
    });
    assert.deepEqual(annexB([bytes]), startCoded([delimiter, SPS, PPS, slice(true, 0)]));
  });

  it('goes from lengths to start codes and back without a change', () => {
    // No NAL unit ends with a zero byte or holds a start code (ISO/IEC 14496-10, section 7.4.1).
    const nal = fc
      .uint8Array({ minLength: 1, maxLength: 300 })
      .map((bytes) => Buffer.concat([Buffer.from([0x41]), Buffer.from(bytes.map((byte) => byte | 1))]));
    const frames = fc.array(fc.array(nal, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(frames, fc.boolean(), fc.boolean(), (lists, startCodes, short) => {
        const code = short ? START_CODE.subarray(1) : START_CODE;
        const pack = (nals: readonly Buffer[]): Buffer =>
          startCodes ? startCoded(nals, code) : lengthPrefixed(nals);
        const blocks = [[slice(true, 1)], ...lists].map((nals, i) => ({
          time: i * 40,
          data: pack(nals),
          key: i === 0,
        }));
        const bytes = smallChunk({ number: 1, at: 0, tracks: [videoEntry(AVCC)], blocks });
        const { media, problems } = convertAll([bytes], new Mp4Converter());
        assert.deepEqual(problems, []);
        const { samples } = only(runs(media[1]?.data ?? Buffer.alloc(0)));
        assert.deepEqual(
          samples.slice(1).map(({ data }) => data),
          lists.map((nals) => lengthPrefixed(nals)),
        );
        assert.deepEqual(annexB([bytes]), startCoded([SPS, PPS, slice(true, 1), ...lists.flat()]));
      }),
      { verbose: true },
    );
  });

  it('with other parameter sets is another file, and says so', () => {
    const other = Buffer.from(AVCC);
    // Level 1.2 instead of 1.3, in the record and in the set.
    other[3] = 0x0c;
    other[11] = 0x0c;
    const chunks = [AVCC, other, other].map((record, i) =>
      smallChunk({ number: i + 1, at: i * 120, tracks: [videoEntry(record)], blocks: pictures(3) }),
    );
    const { media, problems } = convertAll(chunks, new Mp4Converter());
    assert.deepEqual(typesOf(problems), ['TracksChanged']);
    assert.equal(problems[0]?.action, 'ignore');
    assert.deepEqual(
      formats(media).map(({ init, reset }) => (init === true ? 'init' : reset === true ? 'reset' : 'media')),
      ['init', 'media', 'reset', 'init', 'media', 'media'],
    );
    assert.equal(media[2]?.data.length, 0);
    assert.equal(find(media[4]?.data ?? Buffer.alloc(0), 'moof', 'mfhd')[0]?.readUInt32BE(4), 1);
    assert.equal(media[4]?.format.startMs, 0);
  });
});
