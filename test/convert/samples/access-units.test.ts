import assert from 'node:assert/strict';
import { createConverter, Mp4Converter } from '../../../src/convert';
import { rawBytes } from '../../../src/convert/codecs/bit-reader';
import { nalsOf, splitFrame } from '../../../src/convert/codecs/nal-units';
import { ChunkFinder } from '../../../src/convert/input/find-chunks';
import { h265Encoder } from '../../../testing/h265-encoder';
import { runs } from '../boxes';
import { convertAll, formats, only, typesOf } from '../converted';
import {
  AVCC,
  PPS,
  SPS,
  lengthPrefixed,
  pictures,
  slice,
  smallChunk,
  startCoded,
  videoEntry,
  type Block,
} from '../small-streams';
import { assertDecodes, assertSameTimes, film, needsFfmpeg, timesOf, toChunks } from '../streams';

/** Pictures by ffmpeg, 320x240, 25 a second. */
const picture = (seconds: number): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=25:duration=${seconds}`],
];

const SEI = Buffer.from('0605010080', 'hex');
const RECOVERY_POINT = Buffer.from('060601c480', 'hex');
const DELIMITER = Buffer.from('09f0', 'hex');
const END_OF_SEQUENCE = Buffer.from('0a', 'hex');

function block(time: number, nals: readonly Buffer[], key = false): Block {
  return { time, data: lengthPrefixed(nals), key };
}

function chunkOf(number: number, blocks: readonly Block[], codecPrivate: Buffer | undefined = AVCC): Buffer {
  return smallChunk({ number, at: number * 1_000, tracks: [videoEntry(codecPrivate)], blocks });
}

/** NAL units of each sample, in hexadecimal, chunk by chunk. */
function samplesOf(chunks: readonly Buffer[]): string[][] {
  const { media, problems } = convertAll(chunks, new Mp4Converter());
  assert.deepEqual(problems, []);
  return media
    .slice(1)
    .map(({ data }) => only(runs(data)).samples.map((sample) => sample.data.toString('hex')));
}

function hex(...nals: readonly Buffer[]): string {
  return lengthPrefixed(nals).toString('hex');
}

describe('pictures', () => {
  const [first, second] = [slice(true, 1), slice(false, 3)];

  for (const [what, codecPrivate] of [
    ['with codec private data', AVCC],
    ['without codec private data', undefined],
  ] as const) {
    it(`begin with the parameter sets that came in blocks of their own, ${what}`, () => {
      const bytes = smallChunk({
        number: 1,
        at: 0,
        tracks: [videoEntry(codecPrivate)],
        blocks: [block(0, [SPS]), block(0, [PPS]), block(0, [first], true), block(40, [second])],
      });
      assert.deepEqual(samplesOf([bytes]), [[hex(SPS, PPS, first), hex(second)]]);
      const taken = convertAll([bytes], createConverter('jpeg', { tracks: [], intervalMs: 1_000 }));
      assert.deepEqual(
        taken.media.map(({ data }) => data.toString('hex')),
        [startCoded([SPS, PPS, first]).toString('hex')],
      );
    });
  }

  it('begin with what came before them: delimiter and messages', () => {
    const blocks = [
      block(0, [DELIMITER]),
      block(0, [SEI]),
      block(0, [first], true),
      block(40, [SEI]),
      block(40, [second]),
    ];
    assert.deepEqual(samplesOf([chunkOf(1, blocks)]), [[hex(DELIMITER, SEI, first), hex(SEI, second)]]);
  });

  it('begin with what came at the end of the chunk before', () => {
    const chunks = [
      chunkOf(1, [block(0, [first], true), block(40, [second]), block(80, [SPS, PPS]), block(80, [SEI])]),
      chunkOf(2, [block(0, [first], true), block(40, [second])]),
    ];
    assert.deepEqual(samplesOf(chunks), [
      [hex(first), hex(second)],
      [hex(SPS, PPS, SEI, first), hex(second)],
    ]);
  });

  it('end with what belongs to them', () => {
    const blocks = [block(0, [first], true), block(0, [END_OF_SEQUENCE]), block(40, [second])];
    assert.deepEqual(samplesOf([chunkOf(1, blocks)]), [[hex(first, END_OF_SEQUENCE), hex(second)]]);
  });

  it('are one sample each where their slices came in several blocks, as ffmpeg decodes them', function () {
    needsFfmpeg(this);
    const source = film(
      ...[...picture(4), '-c:v', 'libx264', '-x264-params', 'slices=4:bframes=0'],
      ...['-g', '25', '-pix_fmt', 'yuv420p'],
    );
    const whole = toChunks(source);
    const split = whole.map((bytes, i) => {
      const found = only(new ChunkFinder().find(bytes));
      assert.ok(found !== undefined && 'chunk' in found);
      const { frames, tracks } = found.chunk;
      return smallChunk({
        number: i + 1,
        at: i * 1_000,
        tracks: [videoEntry(tracks[0]?.codecPrivate)],
        blocks: frames.flatMap(({ data, timecodeMs, keyframe }) =>
          nalsOf(data, splitFrame(data, 4)?.nals ?? []).map((nal) => ({
            time: timecodeMs,
            data: lengthPrefixed([nal]),
            key: keyframe,
          })),
        ),
      });
    });
    const { files, problems } = convertAll(split, new Mp4Converter());
    assert.deepEqual(problems, []);
    assertDecodes(only(files));
    assertSameTimes(timesOf(only(files)), timesOf(source));
    const control = convertAll(whole, new Mp4Converter());
    const samples = (media: typeof control.media): string[] =>
      media
        .slice(1)
        .flatMap(({ data }) =>
          runs(data).flatMap((run) => run.samples.map((one) => one.data.toString('hex'))),
        );
    assert.deepEqual(samples(convertAll(split, new Mp4Converter()).media), samples(control.media));
  });

  it('are taken whole as key frames, with nothing of the pictures between them', () => {
    const bytes = chunkOf(1, [
      block(0, [first], true),
      block(0, [END_OF_SEQUENCE]),
      block(40, [SEI]),
      block(40, [second]),
      block(40, [END_OF_SEQUENCE]),
      block(80, [DELIMITER]),
      block(80, [RECOVERY_POINT]),
      block(80, [second]),
      block(80, [END_OF_SEQUENCE]),
      block(120, [second]),
      block(120, [SEI]),
    ]);
    const next = chunkOf(2, [block(0, [first], true)]);
    const { media } = convertAll([bytes, next], createConverter('jpeg', { tracks: [], intervalMs: 0 }));
    assert.deepEqual(
      media.map(({ data }) => data.toString('hex')),
      [
        startCoded([SPS, PPS, first, END_OF_SEQUENCE]),
        startCoded([DELIMITER, SPS, PPS, RECOVERY_POINT, second, END_OF_SEQUENCE]),
        startCoded([SPS, PPS, SEI, first]),
      ].map((one) => one.toString('hex')),
    );
  });

  it('are counted, not their blocks, in a description', () => {
    const blocks = [block(0, [SPS, PPS]), block(0, [first], true), block(40, [second]), block(80, [second])];
    const { media } = convertAll(
      [chunkOf(1, blocks)],
      createConverter('info', { tracks: [], intervalMs: 0 }),
    );
    assert.equal(media[0]?.description?.tracks[0]?.frames, 3);
    assert.equal(media[0].description.frames, 3);
    assert.equal(media[0].description.tracks[0].keyFrames, 1);
  });
});

describe('key frames', () => {
  function syncs(chunks: readonly Buffer[]): boolean[] {
    return convertAll(chunks, new Mp4Converter())
      .media.slice(1)
      .flatMap(({ data }) => only(runs(data)).samples.map(({ sync }) => sync));
  }

  it('are those of IDR, whatever the flags of the blocks say', () => {
    for (const key of [true, false]) {
      const blocks = pictures(5).map((one) => ({ ...one, key }));
      assert.deepEqual(syncs([chunkOf(1, blocks), chunkOf(2, blocks)]), [
        ...[true, false, false, false, false],
        ...[true, false, false, false, false],
      ]);
      const taken = convertAll([chunkOf(1, blocks)], createConverter('jpeg', { tracks: [], intervalMs: 0 }));
      assert.equal(taken.media.length, 1);
    }
  });

  it('are those of recovery points, also in a block of their own', () => {
    const intra = Buffer.from(slice(true, 1));
    intra[0] = 0x41;
    const blocks = [
      block(0, [RECOVERY_POINT]),
      block(0, [intra]),
      block(40, [slice(false, 3)]),
      block(80, [SEI, RECOVERY_POINT, intra]),
      block(120, [slice(false, 3)]),
    ];
    assert.deepEqual(syncs([chunkOf(1, blocks)]), [true, false, true, false]);
  });

  it('are intra pictures that are flagged, where a stream has neither', () => {
    const intra = Buffer.from(slice(true, 1));
    intra[0] = 0x41;
    const blocks = [block(0, [intra], true), block(40, [slice(false, 3)], true), block(80, [intra])];
    assert.deepEqual(syncs([chunkOf(1, blocks)]), [true, false, false]);
  });

  it('of H.265 are those of random access points, whatever the flags say', function () {
    needsFfmpeg(this);
    const source = film(...picture(4), ...h265Encoder('keyint=25', 'min-keyint=25', 'open-gop=1'));
    const expected = toChunks(source).flatMap((bytes) => {
      const found = only(new ChunkFinder().find(bytes));
      assert.ok(found !== undefined && 'chunk' in found);
      return found.chunk.frames.map(({ keyframe }) => keyframe);
    });
    const flagged = toChunks(source).map((bytes, i) => {
      const found = only(new ChunkFinder().find(bytes));
      assert.ok(found !== undefined && 'chunk' in found);
      const { frames, tracks } = found.chunk;
      return smallChunk({
        number: i + 1,
        at: i * 1_000,
        tracks: [videoEntry(tracks[0]?.codecPrivate, 'V_MPEGH/ISO/HEVC')],
        blocks: frames.map(({ data, timecodeMs }) => ({ time: timecodeMs, data, key: true })),
      });
    });
    assert.deepEqual(syncs(flagged), expected);
  });
});

describe('parameter sets', () => {
  const toBits = (bytes: Buffer): string =>
    [...rawBytes(bytes)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  /** With emulation prevention bytes. */
  const toBytes = (bits: string): Buffer => {
    const bytes: number[] = [];
    for (const byte of bits.match(/.{1,8}/g) ?? []) {
      const value = parseInt(byte.padEnd(8, '0'), 2);
      if (bytes.at(-1) === 0 && bytes.at(-2) === 0 && value <= 3) {
        bytes.push(3);
      }
      bytes.push(value);
    }
    return Buffer.from(bytes);
  };
  const ue = (value: number): string => {
    const code = (value + 1).toString(2);
    return '0'.repeat(code.length - 1) + code;
  };
  const sps = (id: number, set = SPS): Buffer =>
    toBytes(toBits(set).slice(0, 32) + ue(id) + toBits(set).slice(33).replace(/0+$/, ''));
  const pps = (id: number, of = id): Buffer =>
    toBytes(toBits(PPS).slice(0, 8) + ue(id) + ue(of) + toBits(PPS).slice(10).replace(/0+$/, ''));
  const idr = (id: number): Buffer =>
    Buffer.concat([toBytes(`01100101${ue(0)}${ue(7)}${ue(id)}1`), Buffer.alloc(40, 1)]);
  const inter = (id: number): Buffer =>
    Buffer.concat([toBytes(`01000001${ue(0)}${ue(5)}${ue(id)}1`), Buffer.alloc(40, 1)]);
  /** 96x64. */
  const SMALL_SPS = Buffer.from('6742c00adc626c044000000300400000030083c489e0', 'hex');

  function counting(number: number, id: number): Buffer {
    return smallChunk({
      number,
      at: number * 80,
      tracks: [videoEntry(AVCC)],
      blocks: [block(0, [sps(id), pps(id), idr(id)], true), block(40, [inter(id)])],
    });
  }

  for (const to of ['mp4', 'mkv'] as const) {
    it(`whose ids count up begin no other file, and are never too many, in ${to}`, () => {
      const chunks = Array.from({ length: 70 }, (_, i) => counting(i + 1, i % 32));
      const { media, problems } = convertAll(chunks, createConverter(to, { tracks: [], intervalMs: 0 }));
      assert.deepEqual(problems, []);
      assert.equal(media.length, 71);
      assert.ok(media.slice(1).every(({ format }) => format.frames === 2));
    });
  }

  it('of pictures alone may count up, beside a sequence that stays', () => {
    const chunks = Array.from({ length: 300 }, (_, i) =>
      smallChunk({
        number: i + 1,
        at: i * 80,
        tracks: [videoEntry(AVCC)],
        blocks: [block(0, [SPS, pps(i % 256, 0), idr(i % 256)], true), block(40, [inter(i % 256)])],
      }),
    );
    const { media, problems } = convertAll(chunks, new Mp4Converter());
    assert.deepEqual(problems, []);
    assert.equal(media.length, 301);
  });

  it('that the picture refers to say its size', () => {
    const other = smallChunk({
      number: 3,
      at: 240,
      tracks: [videoEntry(AVCC)],
      blocks: [block(0, [sps(1, SMALL_SPS), pps(1), idr(1)], true), block(40, [inter(1)])],
    });
    for (const to of ['mp4', 'mkv', 'annexb', 'jpeg'] as const) {
      const { media, problems } = convertAll(
        [counting(1, 0), counting(2, 0), other],
        createConverter(to, { tracks: [], intervalMs: 0 }),
      );
      assert.deepEqual(typesOf(problems), to === 'mp4' || to === 'mkv' ? ['TracksChanged'] : []);
      assert.deepEqual([media.at(-1)?.format.width, media.at(-1)?.format.height], [96, 64], to);
      assert.deepEqual([media[0]?.format.width, media[0]?.format.height], [320, 240], to);
    }
  });

  it('that change within a chunk are those of the pictures after it alone', () => {
    const bytes = chunkOf(1, [
      block(0, [SPS, PPS, idr(0)], true),
      block(40, [sps(1, SMALL_SPS), pps(1), idr(1)], true),
    ]);
    const { media } = convertAll([bytes], createConverter('jpeg', { tracks: [], intervalMs: 0 }));
    assert.deepEqual(
      formats(media).map(({ width }) => width),
      [320, 96],
    );
    assert.deepEqual(media[1]?.data, startCoded([sps(1, SMALL_SPS), pps(1), idr(1)]));
  });

  it('of which nothing has come are waited for, in silence', () => {
    const chunks = [
      smallChunk({ number: 1, at: 0, tracks: [videoEntry(undefined)], blocks: [block(0, [SPS])] }),
      smallChunk({
        ...{ number: 2, at: 10, tracks: [videoEntry(undefined)] },
        blocks: [block(0, [PPS]), block(0, [slice(true, 1)], true)],
      }),
    ];
    for (const to of ['mp4', 'mkv', 'annexb', 'jpeg'] as const) {
      const { media, problems } = convertAll(chunks, createConverter(to, { tracks: [], intervalMs: 0 }));
      assert.deepEqual(problems, [], to);
      assert.ok(media.length > 0);
    }
  });

  for (const [what, change] of [
    ['in an hvcC record of version 0', (record: Buffer) => void (record[0] = 0)],
    ['in an hvcC record of version 1', () => undefined],
  ] as const) {
    it(`of H.265 may be ${what}`, function () {
      needsFfmpeg(this);
      const source = film(...picture(1), ...h265Encoder());
      const found = only(new ChunkFinder().find(toChunks(source)[0] ?? Buffer.alloc(0)));
      assert.ok(found !== undefined && 'chunk' in found);
      const { frames, tracks } = found.chunk;
      const record = Buffer.from(tracks[0]?.codecPrivate ?? Buffer.alloc(0));
      change(record);
      const bytes = smallChunk({
        ...{ number: 1, at: 0, tracks: [videoEntry(record, 'V_MPEGH/ISO/HEVC')] },
        blocks: frames.map(({ data, timecodeMs, keyframe }) => ({ time: timecodeMs, data, key: keyframe })),
      });
      const { files, problems } = convertAll([bytes], new Mp4Converter());
      assert.deepEqual(problems, []);
      assertDecodes(only(files));
    });
  }

  it('of H.265 for other layers are passed on, and configure nothing', function () {
    needsFfmpeg(this);
    const source = film(...picture(1), ...h265Encoder());
    const found = only(new ChunkFinder().find(toChunks(source)[0] ?? Buffer.alloc(0)));
    assert.ok(found !== undefined && 'chunk' in found);
    const { frames, tracks } = found.chunk;
    // Sets of layer 1, with ids of the base layer and another content.
    const layered = [32, 33, 34].map((type) =>
      Buffer.concat([Buffer.from([type << 1, (1 << 3) | 1]), Buffer.alloc(12, 0x81)]),
    );
    const bytes = smallChunk({
      ...{ number: 1, at: 0, tracks: [videoEntry(tracks[0]?.codecPrivate, 'V_MPEGH/ISO/HEVC')] },
      blocks: frames.map(({ data, timecodeMs, keyframe }) => ({
        time: timecodeMs,
        data: keyframe ? Buffer.concat([lengthPrefixed(layered), data]) : data,
        key: keyframe,
      })),
    });
    const { media, problems } = convertAll([bytes], new Mp4Converter());
    assert.deepEqual(problems, []);
    const control = convertAll(toChunks(source), new Mp4Converter());
    assert.deepEqual(media[0]?.data, control.media[0]?.data);
  });
});
