import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MediaError, SAMPLE_FILE, decomposeFragmentNumber, readRecording } from '../../../src/simulator';
import { demux } from '../../../src/simulator/media/demuxer';
import { ID } from '../../../src/simulator/media/element-ids';
import {
  UNKNOWN_SIZE_1,
  UNKNOWN_SIZE_8,
  element,
  idBytes,
  text,
  unsigned,
} from '../../../src/simulator/media/ebml-writer';
import { makePlayable } from '../../../src/simulator/media/playable';
import { RECORDINGS, haveRecordings } from '../rig';
import { skip } from '../../../testing/skip';

const EBML = element(ID.EBML, text(0x4282, 'matroska'));
const VIDEO = element(
  ID.TrackEntry,
  Buffer.concat([unsigned(ID.TrackNumber, 1), unsigned(ID.TrackType, 1), text(ID.CodecID, 'V_VP8')]),
);
const AUDIO = element(
  ID.TrackEntry,
  Buffer.concat([unsigned(ID.TrackNumber, 2), unsigned(ID.TrackType, 2), text(ID.CodecID, 'A_OPUS')]),
);

function simpleBlock(track: number, ticks: number, flags: number, payload = 'frame'): Buffer {
  return element(ID.SimpleBlock, block(track, ticks, flags, payload));
}

function block(track: number, ticks: number, flags: number, payload = 'frame'): Buffer {
  const head = Buffer.of(0x80 | track, 0, 0, flags);
  head.writeInt16BE(ticks, 1);
  return Buffer.concat([head, Buffer.from(payload)]);
}

function cluster(ticks: number, blocks: Buffer[], known = true): Buffer {
  const content = Buffer.concat([unsigned(ID.Timecode, ticks), ...blocks]);
  return known ? element(ID.Cluster, content) : Buffer.concat([idBytes(ID.Cluster), UNKNOWN_SIZE_1, content]);
}

function file(tracks: Buffer[], clusters: Buffer[], scale?: number): Buffer {
  const info = element(ID.Info, scale === undefined ? Buffer.alloc(0) : unsigned(ID.TimecodeScale, scale));
  return Buffer.concat([
    EBML,
    idBytes(ID.Segment),
    UNKNOWN_SIZE_8,
    info,
    element(ID.Tracks, Buffer.concat(tracks)),
    ...clusters,
  ]);
}

describe('simulator: demuxer', () => {
  for (const known of [true, false]) {
    it(`reads clusters of ${known ? 'known' : 'unknown'} size`, () => {
      const media = demux(
        file(
          [VIDEO, AUDIO],
          [
            cluster(0, [simpleBlock(1, 0, 0x80), simpleBlock(2, 5, 0x80), simpleBlock(1, 40, 0)], known),
            cluster(1000, [simpleBlock(1, -10, 0x80)], known),
          ],
        ),
      );
      assert.deepEqual(
        media.blocks.map(({ track, timeMs, keyframe }) => [track, timeMs, keyframe]),
        [
          [1, 0, true],
          [2, 5, true],
          [1, 40, false],
          [1, 990, true],
        ],
      );
      assert.deepEqual(
        media.tracks.map(({ number, type, codecId }) => [number, type, codecId]),
        [
          [1, 'video', 'V_VP8'],
          [2, 'audio', 'A_OPUS'],
        ],
      );
    });
  }

  it('keeps BlockGroups with their durations', () => {
    const group = (ticks: number, ...more: Buffer[]) =>
      element(ID.BlockGroup, Buffer.concat([element(ID.Block, block(1, ticks, 0)), ...more]));
    const media = demux(
      file(
        [VIDEO],
        [
          cluster(0, [
            group(0, unsigned(ID.BlockDuration, 33)),
            group(33, element(ID.ReferenceBlock, Buffer.of(0xdf)), unsigned(ID.BlockDuration, 34)),
          ]),
        ],
      ),
    );
    assert.deepEqual(
      media.blocks.map(({ keyframe, durationMs }) => [keyframe, durationMs]),
      [
        [true, 33],
        [false, 34],
      ],
    );
    const [piece] = makePlayable(media, 'ffmpeg').pieces;
    assert.ok(piece !== undefined);
    assert.ok(piece.body.includes(unsigned(ID.BlockDuration, 34)));
    assert.ok(piece.body.includes(element(ID.ReferenceBlock, Buffer.of(0xdf))));
  });

  it('counts in milliseconds whatever the file counts in', () => {
    const media = demux(
      file([VIDEO], [cluster(10, [simpleBlock(1, 0, 0x80), simpleBlock(1, 4, 0)])], 10_000_000),
    );
    assert.deepEqual(
      media.blocks.map(({ timeMs }) => timeMs),
      [100, 140],
    );
    assert.ok(media.info.includes(unsigned(ID.TimecodeScale, 1_000_000)));
  });

  const refusals: [string, Buffer, RegExp][] = [
    ['rubbish', Buffer.from('<html>'), /neither Matroska nor WebM/],
    ['nothing', Buffer.alloc(0), /neither Matroska nor WebM/],
    ['a header alone', EBML, /not followed by a Segment/],
    ['no track', Buffer.concat([EBML, idBytes(ID.Segment), UNKNOWN_SIZE_8, cluster(0, [])]), /no Tracks/],
    ['no cluster', file([VIDEO], []), /no Cluster/],
    ['no block', file([VIDEO], [cluster(0, [])]), /has a block/],
  ];
  for (const [what, bytes, message] of refusals) {
    it(`refuses ${what}, and says so`, () => {
      assert.throws(
        () => demux(bytes),
        (error: unknown) => error instanceof MediaError && message.test(error.message),
      );
    });
  }

  it('refuses video without a key frame', () => {
    const media = demux(file([VIDEO], [cluster(0, [simpleBlock(1, 0, 0)])]));
    assert.throws(() => makePlayable(media, 'ffmpeg'), /no key frame/);
  });
});

describe('simulator: cutting', () => {
  it('cuts at the key frames of the first video track and leaves out what comes before', () => {
    const media = demux(
      file(
        [VIDEO, AUDIO],
        [
          cluster(0, [
            simpleBlock(2, 0, 0x80, 'early'),
            simpleBlock(1, 20, 0x80),
            simpleBlock(2, 30, 0x80),
            simpleBlock(1, 60, 0),
            simpleBlock(1, 100, 0x80),
            simpleBlock(1, 140, 0),
          ]),
        ],
      ),
    );
    const { pieces, periodMs } = makePlayable(media, 'ffmpeg');
    assert.deepEqual(
      pieces.map(({ startMs, durationMs, frames }) => [startMs, durationMs, frames.length]),
      [
        [0, 80, 3],
        [80, 80, 2],
      ],
    );
    assert.equal(periodMs, 160);
    assert.ok(!pieces.some(({ body }) => body.includes('early')));
  });

  it('cuts audio about every two seconds', () => {
    const blocks = Array.from({ length: 50 }, (_, index) => simpleBlock(2, index * 100, 0x80));
    const { pieces } = makePlayable(demux(file([AUDIO], [cluster(0, blocks)])), 'ffmpeg');
    assert.deepEqual(
      pieces.map(({ durationMs }) => durationMs),
      [2000, 2000, 1000],
    );
  });

  it('cuts the built-in sample into six fragments of two seconds, at most 1 MB in all', () => {
    const bytes = readFileSync(SAMPLE_FILE);
    assert.ok(bytes.length < 1_000_000);
    const { pieces, mediaType, periodMs } = makePlayable(demux(bytes), 'ffmpeg');
    assert.deepEqual(
      pieces.map(({ durationMs }) => durationMs),
      [2000, 2000, 2000, 2000, 2000, 2000],
    );
    assert.equal(periodMs, 12_000);
    assert.equal(mediaType, 'video/h264,audio/aac');
  });
});

describe('simulator: recordings', () => {
  const expected: [string, number, boolean][] = [
    ['output_get_media.mkv', 5, true],
    ['output-get-media-equal-timecode.mkv', 2, false],
    ['kinesis_video_renderer_example_output.mkv', 8, true],
    ['empty-mkv-with-tags.mkv', 1, false],
    ['test_mixed_tags.mkv', 10, true],
  ];
  for (const [name, chunks, whole] of expected) {
    it(`takes ${name} apart into ${chunks} chunks without losing a byte`, function () {
      if (!haveRecordings) {
        skip(this, 'no folder shared/media beside this checkout');
      }
      const bytes = readFileSync(path.join(RECORDINGS, name));
      const recorded = readRecording(bytes) ?? [];
      assert.equal(recorded.length, chunks);
      assert.deepEqual(Buffer.concat(recorded.map((chunk) => chunk.bytes)), bytes);
      for (const chunk of recorded) {
        assert.ok(chunk.bytes.includes(chunk.FragmentNumber ?? 'none'));
        const embedded = decomposeFragmentNumber(chunk.FragmentNumber ?? '0').serverTimestamp;
        assert.equal(embedded, chunk.ServerTimestamp);
      }
      assert.equal(recorded.at(-1)?.bytes.includes('AWS_KINESISVIDEO_CONTINUATION_TOKEN'), whole);
    });
  }

  it('takes no ordinary file for a recording', () => {
    assert.equal(readRecording(readFileSync(SAMPLE_FILE)), undefined);
    assert.equal(readRecording(Buffer.from('<html>')), undefined);
  });
});
