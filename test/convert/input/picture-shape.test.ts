import assert from 'node:assert/strict';
import { createConverter } from '../../../src/convert';
import { ID, element, float, trackEntry, uint } from '../../../testing/matroska-writer';
import { h265Encoder } from '../../../testing/h265-encoder';
import { find } from '../boxes';
import { convertAll, formats, only } from '../converted';
import { AVCC, pictures, smallChunk } from '../small-streams';
import { assertDecodes, ffmpeg, film, needsFfmpeg, streamsOf, toChunks } from '../streams';

const OPTIONS = { tracks: [], intervalMs: 0 };

/** Of 320x240 pixels, described by what a Video element says besides. */
function described(...video: readonly Buffer[]): Buffer {
  return smallChunk({
    number: 1,
    at: 0,
    tracks: [
      trackEntry(
        1,
        uint(ID.TrackType, 1),
        element(ID.CodecID, 'V_MPEG4/ISO/AVC'),
        element(ID.CodecPrivate, AVCC),
        element(ID.Video, uint(ID.PixelWidth, 320), uint(ID.PixelHeight, 240), ...video),
      ),
    ],
    blocks: pictures(3),
  });
}

function roll(degrees: number, yaw = 0): Buffer {
  return element(ID.Projection, float(ID.ProjectionPoseYaw, yaw), float(ID.ProjectionPoseRoll, degrees));
}

function initOf(chunk: Buffer): Buffer {
  return convertAll([chunk], createConverter('mp4', OPTIONS)).media[0]?.data ?? Buffer.alloc(0);
}

/** Content of a box of the only sample entry. */
function entryBox(init: Buffer, type: string): Buffer | undefined {
  const [descriptions = Buffer.alloc(0)] = find(init, 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd');
  const entry = only(find(descriptions.subarray(8), 'avc1'));
  return find(entry.subarray(78), type)[0];
}

function aspectOf(chunk: Buffer): number[] | undefined {
  const pasp = entryBox(initOf(chunk), 'pasp');
  return pasp && [pasp.readUInt32BE(0), pasp.readUInt32BE(4)];
}

/** a, b, c, d and the translation of the track's matrix, and its size. */
function headerOf(chunk: Buffer): { matrix: number[]; size: number[] } {
  const tkhd = only(find(initOf(chunk), 'moov', 'trak', 'tkhd'));
  const fixed = (at: number): number => tkhd.readInt32BE(at) / 0x10000;
  return { matrix: [40, 44, 52, 56, 64, 68].map(fixed), size: [76, 80].map(fixed) };
}

describe('pixels that are not square', () => {
  const d1 = ['-f', 'lavfi', '-i', 'testsrc2=size=720x576:rate=10:duration=2'];
  const encodings = {
    'H.264': ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
    'H.265': [...h265Encoder(), '-preset', 'ultrafast'],
  };
  for (const [name, encoding] of Object.entries(encodings)) {
    for (const to of ['mp4', 'mkv'] as const) {
      it(`are so in ${to}, where only the parameter sets of ${name} say it`, function () {
        needsFfmpeg(this);
        const sar = ['-vf', 'setsar=16/15', ...encoding, '-g', '10'];
        // As producers write it who know the size in pixels and nothing else: a track without DisplayWidth.
        const file = withoutDisplaySize(film(...d1, ...sar));
        const { files, media } = convertAll(toChunks(file), createConverter(to, OPTIONS));
        const stream = only(streamsOf(only(files)));
        assert.deepEqual(
          [stream['sample_aspect_ratio'], stream['display_aspect_ratio'], stream['width'], stream['height']],
          ['16:15', '4:3', 720, 576],
        );
        assert.deepEqual([media[0]?.format.displayWidth, media[0]?.format.displayHeight], [768, 576]);
        assertDecodes(only(files));
      });
    }
  }

  it('are those that the track declares, whatever the stream says', () => {
    // The stream of these says that its pixels are square.
    assert.deepEqual(aspectOf(described()), [1, 1]);
    assert.deepEqual(aspectOf(described(uint(ID.DisplayWidth, 320), uint(ID.DisplayHeight, 240))), [1, 1]);
    assert.deepEqual(
      aspectOf(described(uint(ID.DisplayWidth, 426), uint(ID.DisplayHeight, 240))),
      [213, 160],
    );
    assert.deepEqual(headerOf(described(uint(ID.DisplayWidth, 640))).size, [640, 240]);
  });

  it('may be declared by DisplayWidth alone, or as a ratio', () => {
    assert.deepEqual(aspectOf(described(uint(ID.DisplayWidth, 640))), [2, 1]);
    assert.deepEqual(aspectOf(described(uint(ID.DisplayHeight, 480))), [1, 2]);
    const ratio = [uint(ID.DisplayWidth, 16), uint(ID.DisplayHeight, 9), uint(ID.DisplayUnit, 3)];
    assert.deepEqual(aspectOf(described(...ratio)), [4, 3]);
    const unknown = [uint(ID.DisplayWidth, 16), uint(ID.DisplayHeight, 9), uint(ID.DisplayUnit, 4)];
    assert.deepEqual(aspectOf(described(...unknown)), [1, 1]);
  });

  it('are those of the picture as it is cropped', () => {
    const crop = [uint(ID.PixelCropLeft, 20), uint(ID.PixelCropRight, 20)];
    assert.deepEqual(
      aspectOf(described(...crop, uint(ID.DisplayWidth, 280), uint(ID.DisplayHeight, 240))),
      [1, 1],
    );
  });
});

describe('rotated pictures', () => {
  const cases: readonly (readonly [what: string, video: Buffer, matrix: readonly number[]])[] = [
    ['upright', roll(0), [1, 0, 0, 1, 0, 0]],
    ['a quarter to the right', roll(-90), [0, 1, -1, 0, 240, 0]],
    ['upside down', roll(180), [-1, 0, 0, -1, 320, 240]],
    ['a quarter to the left', roll(90), [0, -1, 1, 0, 0, 320]],
    ['mirrored', roll(0, 180), [-1, 0, 0, 1, 320, 0]],
    [
      'tilted, which is no rotation of a flat picture',
      element(ID.Projection, float(ID.ProjectionPosePitch, 45)),
      [1, 0, 0, 1, 0, 0],
    ],
  ];
  for (const [what, video, matrix] of cases) {
    it(`are put upright by the matrix of MP4: ${what}`, () => {
      assert.deepEqual(headerOf(described(video)).matrix.map(Math.round), matrix);
    });
  }

  it('are reported as ffprobe reads them, and by the format', function () {
    needsFfmpeg(this);
    const { files, media } = convertAll([described(roll(-90))], createConverter('mp4', OPTIONS));
    const [side] = only(streamsOf(only(files)))['side_data_list'] as { rotation: number }[];
    assert.equal(side?.rotation, -90);
    assert.equal(formats(media)[0]?.rotation, 90);
  });

  it('of M-JPEG say so themselves', function () {
    needsFfmpeg(this);
    const picture = ffmpeg([
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=64x48',
      '-frames:v',
      '1',
      '-f',
      'mjpeg',
      '-',
    ]);
    const chunk = (video: readonly Buffer[]): Buffer =>
      smallChunk({
        number: 1,
        at: 0,
        tracks: [
          trackEntry(
            1,
            uint(ID.TrackType, 1),
            element(ID.CodecID, 'V_MJPEG'),
            element(ID.Video, uint(ID.PixelWidth, 64), uint(ID.PixelHeight, 48), ...video),
          ),
        ],
        blocks: [{ time: 0, data: picture, key: true }],
      });
    const made = (video: readonly Buffer[]): Buffer =>
      only(convertAll([chunk(video)], createConverter('jpeg', OPTIONS)).media).data;
    assert.ok(made([]).equals(picture));
    const rotated = made([roll(-90)]);
    assertDecodes(rotated, '-f', 'mjpeg');
    const exif = rotated.indexOf('Exif\0\0');
    assert.deepEqual([rotated.readUInt16BE(exif + 6 + 10), rotated.readUInt16BE(exif + 6 + 18)], [0x112, 6]);
  });
});

describe('colour', () => {
  it('is that of the track, and else that of the parameter sets', function () {
    needsFfmpeg(this);
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=10:duration=1', '-pix_fmt', 'yuv420p'];
    const colour = [
      '-color_primaries',
      'bt2020',
      '-color_trc',
      'bt709',
      '-colorspace',
      'bt2020nc',
      '-color_range',
      'tv',
    ];
    const file = ffmpeg([...source, '-c:v', 'libx264', ...colour, '-f', 'matroska', '-']);
    for (const to of ['mp4', 'mkv'] as const) {
      const stream = only(streamsOf(only(convertAll(toChunks(file), createConverter(to, OPTIONS)).files)));
      assert.deepEqual(
        [stream['color_primaries'], stream['color_transfer'], stream['color_space'], stream['color_range']],
        ['bt2020', 'bt709', 'bt2020nc', 'tv'],
      );
    }
    const { data = Buffer.alloc(0) } =
      convertAll(toChunks(file), createConverter('mp4', OPTIONS)).media[0] ?? {};
    assert.equal(
      entryBox(data, 'colr')?.toString('hex'),
      `${Buffer.from('nclx').toString('hex')}00090001000900`,
    );
    const declared = element(
      ID.Colour,
      uint(ID.MatrixCoefficients, 1),
      uint(ID.Range, 2),
      uint(ID.TransferCharacteristics, 1),
      uint(ID.Primaries, 1),
    );
    const own = entryBox(initOf(described(declared)), 'colr');
    assert.equal(own?.toString('hex', 4), '00010001000180');
    assert.equal(entryBox(initOf(described()), 'colr'), undefined);
  });
});

/** Void elements stand where DisplayWidth, DisplayHeight and DisplayUnit were, each of one byte. */
function withoutDisplaySize(file: Buffer): Buffer {
  const changed = Buffer.from(file);
  for (const id of ['54b0', '54ba', '54b2']) {
    const at = changed.indexOf(Buffer.from(`${id}81`, 'hex'));
    assert.ok(at > 0);
    changed.set([0xec, 0x82], at);
  }
  return changed;
}
