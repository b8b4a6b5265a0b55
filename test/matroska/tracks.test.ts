import assert from 'node:assert/strict';
import { DEFAULT_LIMITS, MalformedMediaError, type Limits, type Track } from '../../src/matroska';
import { Children } from '../../src/matroska/master';
import { parseTracks } from '../../src/matroska/tracks';
import { element, float, ID, trackEntry, uint } from '../../testing/matroska-writer';

function parse(content: Buffer, limits: Partial<Limits> = {}): readonly Track[] {
  const master = {
    id: ID.Tracks,
    bytes: content,
    from: 0,
    to: content.length,
    offset: 0,
    around: 'Segment',
    reports: true,
  };
  return parseTracks(Children.of(master, { left: 1_000 }), { ...DEFAULT_LIMITS, ...limits });
}

describe('the tracks of a Tracks element', () => {
  it('have all that the contract names', () => {
    const video = trackEntry(
      1,
      uint(ID.TrackType, 1),
      element(ID.Name, 'kinesis_video'),
      element(ID.CodecID, 'V_MPEG4/ISO/AVC'),
      element(ID.CodecPrivate, [1, 2, 3]),
      uint(ID.DefaultDuration, 33_333_333),
      element(ID.Video, uint(ID.PixelWidth, 640), uint(ID.PixelHeight, 360), uint(0x9a, 2)),
    );
    const audio = trackEntry(
      2,
      uint(ID.TrackType, 2),
      element(ID.CodecID, 'A_AAC'),
      element(ID.Audio, float(ID.SamplingFrequency, 44_100), uint(ID.Channels, 2), uint(ID.BitDepth, 16)),
    );
    assert.deepEqual(parse(Buffer.concat([video, audio])), [
      {
        number: 1,
        type: 'video',
        name: 'kinesis_video',
        codecId: 'V_MPEG4/ISO/AVC',
        codecPrivate: Buffer.from([1, 2, 3]),
        defaultDurationMs: 33.333333,
        width: 640,
        height: 360,
      },
      { number: 2, type: 'audio', codecId: 'A_AAC', samplingFrequency: 44_100, channels: 2, bitDepth: 16 },
    ]);
  });

  it('have the encodings of their frames, in the order in which they are undone', () => {
    const encoding = (...parts: readonly Buffer[]): Buffer => element(ID.ContentEncoding, ...parts);
    const track = trackEntry(
      1,
      element(
        ID.ContentEncodings,
        encoding(),
        encoding(
          uint(ID.ContentEncodingOrder, 1),
          uint(ID.ContentEncodingScope, 3),
          element(
            ID.ContentCompression,
            uint(ID.ContentCompAlgo, 3),
            element(ID.ContentCompSettings, [0, 0]),
          ),
        ),
        encoding(
          uint(ID.ContentEncodingOrder, 2),
          uint(ID.ContentEncodingType, 1),
          element(ID.ContentEncryption, uint(ID.ContentEncAlgo, 5)),
        ),
      ),
    );
    assert.deepEqual(parse(track)[0]?.contentEncodings, [
      { type: 'encryption', algorithm: 'AES', appliesTo: ['frames'] },
      { type: 'compression', algorithm: 'header-stripping', appliesTo: ['frames', 'codecPrivate'] },
      { type: 'compression', algorithm: 'zlib', appliesTo: ['frames'] },
    ]);
  });

  it('have at most 8 encodings', () => {
    const encodings = (count: number): Buffer =>
      trackEntry(
        1,
        element(ID.ContentEncodings, ...Array.from({ length: count }, () => element(ID.ContentEncoding))),
      );
    assert.equal(parse(encodings(8))[0]?.contentEncodings?.length, 8);
    assert.throws(() => parse(encodings(9)), MalformedMediaError);
  });

  it('have no more than is stored', () => {
    assert.deepEqual(parse(trackEntry(3)), [{ number: 3, type: 'other', codecId: '' }]);
    assert.deepEqual(parse(Buffer.alloc(0)), []);
  });

  it('have types of which three have a name', () => {
    const types = [1, 2, 17, 18].map((type) => trackEntry(1, uint(ID.TrackType, type)));
    assert.deepEqual(
      parse(Buffer.concat(types)).map(({ type }) => type),
      ['video', 'audio', 'subtitle', 'other'],
    );
  });

  it('have strings that end at their first NUL, as the AWS SDK pads them', () => {
    const padded = trackEntry(
      1,
      element(ID.Name, Buffer.concat([Buffer.from('cam'), Buffer.alloc(29)])),
      element(ID.CodecID, 'V_MS/VFW/FOURCC\0\0'),
    );
    assert.deepEqual(parse(padded), [{ number: 1, type: 'other', name: 'cam', codecId: 'V_MS/VFW/FOURCC' }]);
  });

  it('have no width or height of 0, which says that the producer did not know', () => {
    const video = element(ID.Video, uint(ID.PixelWidth, 0), element(ID.PixelHeight));
    assert.deepEqual(parse(trackEntry(1, video)), [{ number: 1, type: 'other', codecId: '' }]);
  });

  it("have Matroska's defaults for what an Audio master leaves out", () => {
    assert.deepEqual(parse(trackEntry(1, element(ID.Audio))), [
      { number: 1, type: 'other', codecId: '', samplingFrequency: 8000, channels: 1 },
    ]);
    const short = element(ID.Audio, element(ID.SamplingFrequency, [0x47, 0x2c, 0x44, 0x00]));
    assert.equal(parse(trackEntry(1, short))[0]?.samplingFrequency, 44_100);
  });

  it('have codec private data in memory of its own', () => {
    const content = trackEntry(1, element(ID.CodecPrivate, [1, 2, 3]));
    const [track] = parse(content);
    content.fill(0);
    assert.deepEqual(track?.codecPrivate, Buffer.from([1, 2, 3]));
    assert.equal(track.codecPrivate.buffer.byteLength, 3);
  });

  it('are refused where there are too many, or what they hold is none of its kind', () => {
    const two = Buffer.concat([trackEntry(1), trackEntry(2)]);
    assert.equal(parse(two, { tracks: 2 }).length, 2);
    const wrong: [Buffer, Partial<Limits>?][] = [
      [two, { tracks: 1 }],
      [trackEntry(1, element(ID.CodecID, 'too long')), { stringBytes: 7 }],
      [trackEntry(1, element(ID.TrackType, new Array<number>(9).fill(1)))],
      [trackEntry(1, uint(ID.DefaultDuration, 2n ** 53n))],
      [trackEntry(1, element(ID.Audio, element(ID.SamplingFrequency, [1, 2, 3])))],
      [element(ID.TrackEntry, [0x00])],
      [element(ID.TrackEntry, [0xd7, 0xff, 1])],
    ];
    for (const [content, limits] of wrong) {
      assert.throws(() => parse(content, limits), MalformedMediaError, content.toString('hex'));
    }
  });
});
