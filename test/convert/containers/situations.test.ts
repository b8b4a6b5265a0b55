/**
 * What cameras and muxers write, through all players: each row changes a stream as a producer would, and what it is
 * converted to must play in one go, with the times that ffmpeg gives the same input. Chromium plays no H.265.
 */
import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { AVC } from '../../../src/convert/codecs/avc';
import { ChunkFinder, type MediaChunk } from '../../../src/convert/input/find-chunks';
import {
  EBML_HEADER,
  EBML_LACING,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  chunk,
  element,
  float,
  simpleBlock,
  tags,
  trackEntry,
  uint,
} from '../../../testing/matroska-writer';
import { assertPlays } from '../assert-plays';
import { needsChromium } from '../chromium';
import { only, typesOf } from '../converted';
import { needsMp4Box } from '../mp4box';
import { lengthPrefixed } from '../small-streams';
import { assertSameTimes, ffmpeg, film, needsFfmpeg, stream, timesOf, toChunks } from '../streams';

const CODEC_DELAY = 0x56aa;

interface Shape {
  readonly tracks: readonly Buffer[];
  readonly blocks: readonly Buffer[];
}

/** Chunks as GetMedia sends them, and the same media as a file that ffmpeg can read. */
interface Input {
  readonly chunks: readonly Buffer[];
  readonly file: Buffer;
}

interface Options {
  readonly before?: Buffer;
  readonly stepMs?: number;
  /** By how much the producer's clock has been set when a chunk begins, ms. */
  readonly setMs?: (index: number) => number;
}

function shaped(
  chunks: readonly Buffer[],
  shape: (media: MediaChunk, index: number) => Shape,
  { before = Buffer.alloc(0), stepMs, setMs = () => 0 }: Options = {},
): Input {
  let first: number | undefined;
  let tracks: Buffer | undefined;
  const clusters: Buffer[] = [];
  const written = chunks.map((bytes, index) => {
    const found = [...new ChunkFinder().find(bytes)].find((one) => one !== undefined && 'chunk' in one);
    assert.ok(found !== undefined && 'chunk' in found);
    const { chunk: media } = found;
    const { tracks: entries, blocks } = shape(media, index);
    const { ProducerTimestamp = 0 } = media.identity;
    first ??= ProducerTimestamp;
    const at = 10_000 + setMs(index) + (stepMs === undefined ? ProducerTimestamp - first : index * stepMs);
    const own = element(ID.Tracks, ...entries);
    tracks ??= own;
    const cluster = element(ID.Cluster, uint(ID.Timestamp, at), ...blocks);
    clusters.push(cluster);
    const time = (at / 1_000).toFixed(3);
    return chunk({
      ...{ number: String(index + 1), tracks: own, before, cluster },
      front: tags(
        ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', String(index + 1)],
        ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', time],
        ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', time],
      ),
    });
  });
  const info = element(ID.Info, uint(ID.TimestampScale, 1_000_000));
  return {
    chunks: written,
    file: Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, info, tracks ?? Buffer.alloc(0), ...clusters]),
  };
}

type Frames = MediaChunk['frames'];

const blocksOf = (frames: Frames, flags?: number): Buffer[] =>
  frames.map(({ track, timecodeMs, keyframe, data }) =>
    simpleBlock(track.number, timecodeMs, flags ?? (keyframe ? KEYFRAME : 0), data),
  );

const ofType = ({ frames }: MediaChunk, type: string): Frames =>
  frames.filter(({ track }) => track.type === type);

/** The stream's own tracks, with what is added to them. */
function entriesOf({ tracks }: MediaChunk, more: Partial<Record<string, readonly Buffer[]>> = {}): Buffer[] {
  return tracks.map(
    ({ number, type, codecId, codecPrivate = Buffer.alloc(0), samplingFrequency = 0, channels = 1 }) =>
      trackEntry(
        number,
        uint(ID.TrackType, type === 'video' ? 1 : 2),
        element(ID.CodecID, codecId),
        element(ID.CodecPrivate, codecPrivate),
        ...(type === 'audio'
          ? [element(ID.Audio, float(ID.SamplingFrequency, samplingFrequency), uint(ID.Channels, channels))]
          : [element(ID.Video, uint(ID.PixelWidth, 320), uint(ID.PixelHeight, 240))]),
        ...(more[type] ?? []),
      ),
  );
}

/** Of so many frames, a block each, by their own sizes or by one that all have. */
function laced(frames: Frames, each: number): Buffer[] {
  return Array.from({ length: Math.ceil(frames.length / each) }, (_, i) => {
    const some = frames.slice(i * each, (i + 1) * each);
    const [first, ...others] = some;
    assert.ok(first !== undefined);
    const { track, timecodeMs } = first;
    if (others.length === 0) {
      return simpleBlock(track.number, timecodeMs, KEYFRAME, first.data);
    }
    // Sizes of 2 bytes, and then differences of 2 bytes around 0x1fff.
    const sizes = some.slice(0, -1).map(({ data }, k) => {
      const value = k === 0 ? data.length : data.length - (some[k - 1]?.data.length ?? 0) + 0x1fff;
      return Buffer.from([0x40 | (value >> 8), value & 0xff]);
    });
    const head = Buffer.concat([Buffer.from([some.length - 1]), ...sizes]);
    return simpleBlock(
      track.number,
      timecodeMs,
      KEYFRAME | EBML_LACING,
      head,
      ...some.map(({ data }) => data),
    );
  });
}

const zlib = element(
  ID.ContentEncodings,
  element(ID.ContentEncoding, element(ID.ContentCompression, uint(ID.ContentCompAlgo, 0))),
);

/** Pictures whose parameter sets have another id in every chunk, and come in front of the key frame alone. */
function countingSets(): Input {
  const chunks = [0, 1, 2].flatMap((id) =>
    toChunks(
      film(
        ...['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=30:duration=2', '-c:v', 'libx264'],
        ...['-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '60', '-x264-params', `sps-id=${id}`],
      ),
    ),
  );
  return shaped(
    chunks,
    (media) => {
      const { nals } = AVC.parsePrivate(media.tracks[0]?.codecPrivate ?? Buffer.alloc(0));
      const blocks = media.frames.map(({ track, timecodeMs, keyframe, data }) =>
        simpleBlock(
          track.number,
          timecodeMs,
          keyframe ? KEYFRAME : 0,
          ...(keyframe ? [lengthPrefixed(nals)] : []),
          data,
        ),
      );
      const { number, codecId } = only(media.tracks);
      const entry = trackEntry(
        number,
        uint(ID.TrackType, 1),
        element(ID.CodecID, codecId),
        element(ID.CodecPrivate, codecPrivateOfFirst(chunks)),
        element(ID.Video, uint(ID.PixelWidth, 320), uint(ID.PixelHeight, 240)),
      );
      return { tracks: [entry], blocks };
    },
    { stepMs: 2_000 },
  );
}

function codecPrivateOfFirst([first = Buffer.alloc(0)]: readonly Buffer[]): Buffer {
  const found = [...new ChunkFinder().find(first)].find((one) => one !== undefined && 'chunk' in one);
  assert.ok(found !== undefined && 'chunk' in found);
  return found.chunk.tracks[0]?.codecPrivate ?? Buffer.alloc(0);
}

/** The chunk in which, or before which, a clock is set. */
const SET_IN = 1;

/** The producer's clock is set by so much, within a chunk after half a second of it, or between two chunks. */
function clockSet(chunks: readonly Buffer[], byMs: number, where: 'within' | 'before'): Input {
  const setMs = (index: number): number =>
    index > SET_IN || (index === SET_IN && where === 'before') ? byMs : 0;
  return shaped(
    chunks,
    (media, index) => ({
      tracks: entriesOf(media),
      blocks: media.frames.map(({ track, timecodeMs, keyframe, data }) => {
        const isSet = where === 'within' && index === SET_IN && timecodeMs >= 500;
        return simpleBlock(track.number, timecodeMs + (isSet ? byMs : 0), keyframe ? KEYFRAME : 0, data);
      }),
    }),
    { setMs },
  );
}

/** ffmpeg copies times that go back as they are: each frame has the time that it has without that. */
function clockSetBack(chunks: readonly Buffer[], byMs: number, where: 'within' | 'before'): Input {
  const unchanged = shaped(chunks, (media) => ({ tracks: entriesOf(media), blocks: blocksOf(media.frames) }));
  return { ...unchanged, chunks: clockSet(chunks, -byMs, where).chunks };
}

interface Situation {
  readonly input: () => Input;
  /** Streams that ffmpeg copies to compare with; all by default. */
  readonly map?: string;
  readonly chromium?: boolean;
  readonly problems?: readonly string[];
  /** How far times may be from those of ffmpeg's copy, and those that mp4box.js adds up from the ones stored. */
  readonly toleranceMs?: number;
}

const BOTH = (): Buffer[] => stream('h264 with B-frames and AAC');

const UNCHANGED = (): Input =>
  shaped(BOTH(), (media) => ({ tracks: entriesOf(media), blocks: blocksOf(media.frames) }));

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'AAC that nothing describes beside pictures': {
    // ffmpeg complains of it.
    input: () => ({
      ...UNCHANGED(),
      chunks: shaped(BOTH(), (media) => ({
        tracks: [
          ...entriesOf({ ...media, tracks: media.tracks.filter(({ type }) => type === 'video') }),
          ...media.tracks
            .filter(({ type }) => type === 'audio')
            .map(({ number }) => trackEntry(number, uint(ID.TrackType, 2), element(ID.CodecID, 'A_AAC'))),
        ],
        blocks: blocksOf(media.frames),
      })).chunks,
    }),
    map: '0:v',
    problems: ['InvalidCodecData'],
  },
  'parameter sets whose ids count up': { input: countingSets },
  'a key flag on every block': {
    input: () =>
      shaped(BOTH(), (media) => ({ tracks: entriesOf(media), blocks: blocksOf(media.frames, KEYFRAME) })),
  },
  'no key flag at all': {
    input: () => shaped(BOTH(), (media) => ({ tracks: entriesOf(media), blocks: blocksOf(media.frames, 0) })),
  },
  'AAC in laces, without DefaultDuration': {
    // ffmpeg copies laces as they are; each frame has the time that it has without them.
    input: () => ({
      ...UNCHANGED(),
      chunks: shaped(BOTH(), (media) => ({
        tracks: entriesOf(media),
        blocks: [...blocksOf(ofType(media, 'video')), ...laced(ofType(media, 'audio'), 8)],
      })).chunks,
    }),
  },
  'CodecDelay of AAC': {
    input: () =>
      shaped(BOTH(), (media) => ({
        tracks: entriesOf(media, { audio: [uint(CODEC_DELAY, 21_333_333)] }),
        blocks: blocksOf(media.frames),
      })),
  },
  'frames compressed by zlib': {
    input: () =>
      shaped(BOTH(), (media) => ({
        tracks: entriesOf(media, { video: [zlib], audio: [zlib] }),
        blocks: media.frames.map(({ track, timecodeMs, keyframe, data }) =>
          simpleBlock(track.number, timecodeMs, keyframe ? KEYFRAME : 0, deflateSync(data)),
        ),
      })),
  },
  'a tag of 2 MB, and 10,000 tags': {
    input: () =>
      shaped(BOTH(), (media) => ({ tracks: entriesOf(media), blocks: blocksOf(media.frames) }), {
        before: tags(
          ['large', 'v'.repeat(2_000_000)],
          ...Array.from({ length: 10_000 }, (_, i): [string, string] => [`tag ${i}`, 'value']),
        ),
      }),
  },
  'a clock that is set back by 300 ms within a chunk': {
    input: () => clockSetBack(stream('h264'), 300, 'within'),
    problems: ['TimeWentBack'],
  },
  'a clock that is set back by 5 s within a chunk of B-frames and sound': {
    input: () => clockSetBack(BOTH(), 5_000, 'within'),
    problems: ['TimeWentBack'],
    // How far the clock was set is not known: the next chunk is put after the longest track of this one.
    toleranceMs: 60,
  },
  'a clock that is set back by 300 ms between chunks': {
    input: () => clockSetBack(stream('h264'), 300, 'before'),
    problems: ['TimeWentBack'],
  },
  'a clock that is set back by 5 s between chunks': {
    input: () => clockSetBack(stream('h264'), 5_000, 'before'),
    problems: ['TimeWentBack'],
  },
  'a clock that is set forward by 700 ms within a chunk': {
    input: () => clockSet(stream('h264'), 700, 'within'),
  },
  'a clock that is set forward by an hour between chunks': {
    input: () => clockSetBack(stream('h264'), -3_600_000, 'before'),
  },
  'H.265 with a configuration of version 0': {
    // ffmpeg copies such a configuration as it is, and then reads no frame of its copy.
    input: () => ({
      ...shaped(stream('h265'), (media) => ({ tracks: entriesOf(media), blocks: blocksOf(media.frames) })),
      chunks: shaped(stream('h265'), (media) => {
        const { codecPrivate = Buffer.alloc(0), ...track } = only(media.tracks);
        const version0 = Buffer.concat([Buffer.from([0]), codecPrivate.subarray(1)]);
        return {
          tracks: entriesOf({ ...media, tracks: [{ ...track, codecPrivate: version0 }] }),
          blocks: blocksOf(media.frames),
        };
      }).chunks,
    }),
    chromium: false,
  },
};

describe('what producers write, in ffmpeg, mp4box.js and Chromium:', () => {
  beforeEach(async function () {
    needsFfmpeg(this);
    needsMp4Box(this);
    await needsChromium(this);
  });

  for (const [name, { input, map = '0', chromium = true, problems = [], toleranceMs = 1 }] of Object.entries(
    SITUATIONS,
  )) {
    it(`${name}${chromium ? '' : ' (not in Chromium)'}`, async () => {
      const { chunks, file } = input();
      const result = await assertPlays(chunks, { chromium, toleranceMs });
      assert.deepEqual(typesOf(result.problems), problems);
      const copied = ffmpeg(['-i', '-', '-map', map, '-c', 'copy', '-f', 'matroska', '-'], file);
      assertSameTimes(timesOf(only(result.files)), timesOf(copied), toleranceMs + 0.01);
    });
  }
});
