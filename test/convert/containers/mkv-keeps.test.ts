import assert from 'node:assert/strict';
import { createConverter } from '../../../src/convert';
import { ChunkReader, type Frame } from '../../../src/matroska';
import {
  DISCARDABLE,
  ID,
  KEYFRAME,
  block,
  chunk,
  closingTags,
  element,
  float,
  frontTags,
  simpleBlock,
  simpleTag,
  tags,
  trackEntry,
  uint,
  type Part,
} from '../../../testing/matroska-writer';
import { runs } from '../boxes';
import { convertAll, only, typesOf } from '../converted';
import { AVCC, lengthPrefixed, slice, smallChunk, videoEntry } from '../small-streams';
import { ffmpeg, needsFfmpeg, streamsOf } from '../streams';

const OPTIONS = { tracks: [], intervalMs: 0 };

function toMkv(...chunks: readonly Buffer[]): Buffer {
  const { files, problems } = convertAll(chunks, createConverter('mkv', OPTIONS));
  assert.deepEqual(problems, []);
  return only(files);
}

/** A chunk of one track, with the given elements in its Cluster. */
function chunkOf(track: Buffer, ...blocks: readonly Buffer[]): Buffer {
  return chunk({
    tracks: element(ID.Tracks, track),
    cluster: element(ID.Cluster, uint(ID.Timestamp, 0), ...blocks),
  });
}

function group(time: number, data: Part, ...rest: readonly Buffer[]): Buffer {
  return element(ID.BlockGroup, element(ID.Block, block(1, time, 0, data)), ...rest);
}

/** The frames that a reader of our own finds. */
function framesOf(file: Buffer): Frame[] {
  const frames: Frame[] = [];
  const nothing = (): void => undefined;
  const wrong = (error: Error): never => {
    throw error;
  };
  const reader = new ChunkReader({
    frame: (frame) => frames.push(frame),
    chunk: nothing,
    truncated: nothing,
    inBandError: nothing,
    malformed: wrong,
    tooLarge: (_, error) => wrong(error),
  });
  reader.write(file);
  reader.end();
  return frames;
}

function has(file: Buffer, ...parts: readonly Buffer[]): boolean {
  return parts.every((part) => file.includes(part));
}

const SUBTITLES = trackEntry(1, uint(ID.TrackType, 17), element(ID.CodecID, 'S_TEXT/UTF8'));

describe('Matroska keeps what a block says', () => {
  it('of its duration, in ms whatever the scale of the chunk', function () {
    needsFfmpeg(this);
    const subtitles = (scale: number): Buffer =>
      chunk({
        info: element(ID.Info, uint(ID.TimestampScale, scale)),
        tracks: element(ID.Tracks, SUBTITLES),
        cluster: element(
          ID.Cluster,
          uint(ID.Timestamp, 0),
          group(0, 'Hello', uint(ID.BlockDuration, 1_500_000_000 / scale)),
        ),
      });
    for (const scale of [1_000_000, 100_000]) {
      const srt = ffmpeg(['-f', 'matroska', '-i', 'pipe:0', '-f', 'srt', '-'], toMkv(subtitles(scale)));
      assert.match(srt.toString(), /00:00:00,000 --> 00:00:01,500\nHello/);
    }
  });

  it('of its additions, padding and state, and of the frame that it refers to', () => {
    const additions = element(
      ID.BlockAdditions,
      element(ID.BlockMore, uint(ID.BlockAddID, 1), element(ID.BlockAdditional, 'alpha')),
    );
    const padding = element(ID.DiscardPadding, [0x01, 0x31, 0x2d, 0x00]);
    const track = trackEntry(1, uint(ID.TrackType, 1), element(ID.CodecID, 'V_VP9'));
    const file = toMkv(
      chunkOf(
        track,
        group(0, 'key frame', additions),
        group(40, 'other', element(ID.ReferenceBlock, [0xd8]), padding),
        group(80, 'plain', element(ID.ReferenceBlock, [0xd8])),
        simpleBlock(1, 120, DISCARDABLE, 'last'),
      ),
    );
    assert.ok(has(file, additions, padding));
    const frames = framesOf(file);
    assert.deepEqual(
      frames.map(({ data, keyframe, discardable }) => [data.toString(), keyframe, discardable]),
      [
        ['key frame', true, false],
        ['other', false, false],
        ['plain', false, false],
        ['last', false, true],
      ],
    );
    assert.deepEqual(
      frames.map((frame) => frame.group !== undefined),
      [true, true, false, false],
    );
  });

  it('that is laced: each frame has its part of the duration, and the last one the padding', () => {
    const padding = element(ID.DiscardPadding, [0x01]);
    const laced = element(
      ID.BlockGroup,
      element(ID.Block, block(1, 0, 0x04, [1], 'ab')),
      uint(ID.BlockDuration, 40),
      padding,
    );
    const frames = framesOf(toMkv(chunkOf(SUBTITLES, laced)));
    assert.deepEqual(
      frames.map(({ timecodeMs, group: own }) => [
        timecodeMs,
        own?.content.includes(uint(ID.BlockDuration, 20)),
        own?.content.includes(padding),
      ]),
      [
        [0, true, false],
        [20, true, true],
      ],
    );
  });
});

describe('Matroska keeps what a track says', () => {
  const kept = [
    element(ID.Language, 'deu'),
    element(ID.Name, 'Gate'),
    uint(ID.FlagForced, 1),
    uint(ID.MaxBlockAdditionID, 1),
    uint(ID.DefaultDuration, 40_000_000),
  ];

  it('but for what is another in the file', () => {
    const video = [
      uint(ID.AlphaMode, 1),
      uint(ID.DisplayWidth, 426),
      element(ID.Colour, uint(ID.Primaries, 1)),
      element(ID.Projection, float(ID.ProjectionPoseRoll, 90)),
    ];
    const track = trackEntry(
      7,
      uint(ID.TrackUID, 0x1234567890),
      uint(ID.TrackType, 1),
      element(ID.CodecID, 'V_VP9'),
      element(ID.Void, 'x'),
      ...kept,
      element(ID.Video, uint(ID.PixelWidth, 320), uint(ID.PixelHeight, 240), ...video),
    );
    const file = toMkv(
      chunk({
        tracks: element(ID.Tracks, track),
        cluster: element(ID.Cluster, uint(ID.Timestamp, 0), simpleBlock(7, 0, KEYFRAME, 'frame')),
      }),
    );
    assert.ok(has(file, ...kept, ...video, uint(ID.TrackNumber, 1), uint(ID.TrackUID, 1)));
    assert.ok(!has(file, uint(ID.TrackUID, 0x1234567890)) && !has(file, element(ID.Void, 'x')));
  });

  it('of sound, too: the frequency of what is decoded', () => {
    const output = float(ID.OutputSamplingFrequency, 48_000);
    const track = trackEntry(
      1,
      uint(ID.TrackType, 2),
      element(ID.CodecID, 'A_VORBIS'),
      element(ID.Audio, float(ID.SamplingFrequency, 24_000), uint(ID.Channels, 2), output),
    );
    assert.ok(has(toMkv(chunkOf(track, simpleBlock(1, 0, KEYFRAME, 'sound'))), output));
  });

  it('and goes on with one file where a new session has other UIDs', () => {
    const session = (uid: number, number: string): Buffer =>
      chunk({
        number,
        tracks: element(
          ID.Tracks,
          trackEntry(1, uint(ID.TrackUID, uid), uint(ID.TrackType, 1), element(ID.CodecID, 'V_VP9')),
        ),
        front: tags(
          ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', number],
          ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', `${number}.000`],
        ),
      });
    toMkv(session(77, '1'), session(78, '2'));
  });

  it('so that VP9 keeps its alpha', function () {
    needsFfmpeg(this);
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=64x48:rate=10:duration=1:alpha=128'];
    const vp9 = ['-c:v', 'libvpx-vp9', '-pix_fmt', 'yuva420p', '-cpu-used', '8', '-deadline', 'realtime'];
    const source = ffmpeg([...picture, ...vp9, '-f', 'matroska', '-']);
    const decoded = (file: Buffer): string[] => {
      const input = ['-c:v', 'libvpx-vp9', '-f', 'matroska', '-i', 'pipe:0'];
      const text = ffmpeg([...input, '-pix_fmt', 'yuva420p', '-f', 'framemd5', '-'], file).toString();
      return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    };
    const converted = createConverter('mkv', OPTIONS).convert(source);
    const file = Buffer.concat(converted.media.map(({ data }) => data));
    assert.equal(decoded(source).length, 10);
    assert.deepEqual(decoded(file), decoded(source));
    assert.ok(decoded(file).every((line) => line.includes(String(64 * 48 * 2.5))));
  });
});

describe('a track without CodecID', () => {
  it('is left out of Matroska and reported once', () => {
    const nameless = trackEntry(2, uint(ID.TrackType, 2));
    const chunks = [1, 2].map((number) =>
      smallChunk({
        number,
        at: number * 1_000,
        tracks: [videoEntry(AVCC), nameless],
        blocks: [
          { time: 0, data: lengthPrefixed([slice(true, 1)]), key: true },
          { time: 0, track: 2, data: Buffer.from('what is it') },
          { time: 5, track: 3, data: Buffer.from('not even declared') },
        ],
      }),
    );
    const { files, problems } = convertAll(chunks, createConverter('mkv', OPTIONS));
    assert.deepEqual(typesOf(problems), ['UnsupportedCodec', 'UnsupportedCodec']);
    assert.ok(!has(only(files), Buffer.from('what is it')) && !has(only(files), Buffer.from('not even')));
  });
});

describe('the tags of the producer', () => {
  const uid = 0x1234567890;
  const track = trackEntry(3, uint(ID.TrackUID, uid), uint(ID.TrackType, 1), element(ID.CodecID, 'V_VP9'));
  const tagged = (number: string, before: Buffer, after: Buffer = Buffer.alloc(0)): Buffer =>
    chunk({
      number,
      tracks: element(ID.Tracks, track),
      before,
      front: tags(
        ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', number],
        ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', `${number}.000`],
      ),
      cluster: element(ID.Cluster, uint(ID.Timestamp, 0), simpleBlock(3, 0, KEYFRAME, 'frame')),
      after,
    });

  it('are kept, with what is nested and with their targets, and without those of the service', function () {
    needsFfmpeg(this);
    const nested = simpleTag('PLACE', 'gate', simpleTag('FLOOR', '2'));
    const ofTrack = (target: number): Buffer =>
      element(
        ID.Tags,
        element(
          ID.Tag,
          element(ID.Targets, uint(ID.TagTrackUID, target)),
          simpleTag(target === uid ? 'LENS' : 'LOST', 'wide'),
        ),
      );
    const file = toMkv(
      tagged('1', Buffer.concat([element(ID.Tags, element(ID.Tag, nested)), ofTrack(uid), ofTrack(5)])),
    );
    assert.ok(has(file, nested));
    assert.ok(!file.includes('AWS_KINESISVIDEO') && !file.includes('LOST'));
    const stream = only(streamsOf(file));
    assert.equal((stream['tags'] as Record<string, string>)['LENS'], 'wide');
  });

  it('are written again only where they change, and the fragment’s own win', () => {
    const place = tags(['PLACE', 'gate']);
    const file = toMkv(
      tagged('1', place),
      tagged('2', place),
      tagged('3', place, tags(['PLACE', 'door'], ['AWS_KINESISVIDEO_NOTIFICATION', 'x'])),
    );
    const count = (text: string): number => file.toString('latin1').split(text).length - 1;
    assert.deepEqual([count('gate'), count('door'), count('AWS_KINESISVIDEO_NOTIFICATION')], [1, 1, 1]);
  });

  it('may be any bytes at all', () => {
    const odd = element(ID.Tags, element(ID.Tag, element(ID.Targets, [0xff, 0xff]), simpleTag('A', 'b')));
    assert.ok(toMkv(tagged('1', odd)).includes(simpleTag('A', 'b')));
  });
});

describe('frames that no other frame needs', () => {
  it('are marked so in MP4', () => {
    const cluster = element(
      ID.Cluster,
      uint(ID.Timestamp, 0),
      simpleBlock(1, 0, KEYFRAME, lengthPrefixed([slice(true, 1)])),
      simpleBlock(1, 40, DISCARDABLE, lengthPrefixed([slice(false, 2)])),
      simpleBlock(1, 80, 0, lengthPrefixed([slice(false, 3)])),
    );
    const bytes = chunk({
      tracks: element(ID.Tracks, videoEntry(AVCC)),
      cluster,
      front: frontTags('1'),
      closing: closingTags('1'),
    });
    const { media } = convertAll([bytes], createConverter('mp4', OPTIONS));
    const piece = media[1]?.data ?? Buffer.alloc(0);
    assert.deepEqual(
      only(runs(piece)).samples.map(({ flags }) => flags.toString(16)),
      ['2000000', '1810000', '1010000'],
    );
  });
});
