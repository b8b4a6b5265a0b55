import assert from 'node:assert/strict';
import { Mp4Converter } from '../../../src/convert';
import { assertCovered } from '../boxes';
import { convertAll, formats, only, typesOf } from '../converted';
import {
  RECORDING_NAMES,
  SOURCE_NAMES,
  assertDecodes,
  assertSameTimes,
  needsFfmpeg,
  needsRecordings,
  recording,
  stream,
  timesOf,
  type Times,
} from '../streams';

describe('MP4 of recorded streams', () => {
  for (const name of RECORDING_NAMES.filter(
    (known) => known.startsWith('output') || known.startsWith('kin'),
  )) {
    it(`decodes, with every frame of ${name} at its time`, function () {
      needsFfmpeg(this);
      needsRecordings(this);
      const chunks = recording(name);
      const { files, media } = convertAll(chunks, new Mp4Converter());
      const file = only(files);
      assertDecodes(file);
      const pieces = media.filter(({ format }) => format.init !== true);
      assert.equal(pieces.length, chunks.length);
      let from = 0;
      const all = timesOf(file);
      for (const [i, chunk] of chunks.entries()) {
        const expected = timesOf(chunk);
        const until = from + expected.video.length;
        // The first picture may have moved back, to close a hole.
        assertSameTimes(
          { video: all.video.slice(from + 1, until), audio: [] },
          { video: expected.video.slice(1), audio: [] },
        );
        assert.equal(pieces[i]?.format.frames, expected.video.length);
        from = until;
      }
      assert.equal(all.video.length, from);
    });
  }

  it('keeps time over all chunks of a session, but for the first pictures, which close the holes', function () {
    needsFfmpeg(this);
    needsRecordings(this);
    const chunks = recording('kinesis_video_renderer_example_output.mkv');
    const begins = new Set<number>();
    let frames = 0;
    for (const chunk of chunks) {
      begins.add(frames);
      frames += timesOf(chunk).video.length;
    }
    const { files } = convertAll(chunks, new Mp4Converter());
    const others = ({ video }: Times): Times => ({
      video: video.filter((_, i) => i === 0 || !begins.has(i)),
      audio: [],
    });
    assertSameTimes(others(timesOf(only(files))), others(timesOf(Buffer.concat(chunks))));
    assertCovered(convertAll(chunks, new Mp4Converter()).media);
  });
});

describe('MP4 of streams by ffmpeg', () => {
  for (const name of SOURCE_NAMES.filter((source) => /^h26|^aac/.test(source) && !source.includes('G.711'))) {
    for (const profile of ['ffmpeg', 'aws-sdk'] as const) {
      it(`decodes, with every frame of ${name} (${profile}) at its time`, function () {
        needsFfmpeg(this);
        const chunks = stream(name, profile);
        const { files, problems } = convertAll(chunks, new Mp4Converter());
        assert.deepEqual(problems, []);
        const file = only(files);
        assertDecodes(file);
        assertSameTimes(timesOf(file), timesOf(Buffer.concat(chunks)));
      });
    }
  }

  it('is the same for chunks one by one and all in one payload', function () {
    needsFfmpeg(this);
    const chunks = stream('h264 with B-frames and AAC');
    const one = new Mp4Converter().convert(Buffer.concat(chunks));
    assert.deepEqual(one.media, convertAll(chunks, new Mp4Converter()).media);
  });

  it('says once that sound cannot be in the file, and goes on with the picture', function () {
    needsFfmpeg(this);
    const { files, problems } = convertAll(stream('h264 and G.711'), new Mp4Converter());
    assert.deepEqual(typesOf(problems), ['UnsupportedCodec']);
    assert.equal(problems[0]?.action, 'ignore');
    assertDecodes(only(files));
    assert.equal(timesOf(only(files)).video.length, 180);
  });

  it('says once that nothing of a stream can be in the file', function () {
    needsFfmpeg(this);
    const { media, problems } = convertAll(stream('M-JPEG'), new Mp4Converter());
    assert.deepEqual(media, []);
    assert.deepEqual(typesOf(problems), ['UnsupportedCodec']);
    assert.equal(problems[0]?.action, 'skip');
  });
});

describe('pieces of MP4', () => {
  it('say what they are', function () {
    needsFfmpeg(this);
    const [init, first, second] = formats(
      convertAll(stream('h264 with B-frames and AAC'), new Mp4Converter()).media,
    );
    assert.match(init?.mimeType ?? '', /^video\/mp4; codecs="avc1\.64[0-9a-f]{4}, mp4a\.40\.2"$/);
    assert.equal(init?.init, true);
    assert.deepEqual([init.width, init.height], [320, 240]);
    assert.equal(first?.init, undefined);
    assert.equal(first?.keyframe, true);
    assert.equal(second?.discontinuity, undefined);
    assert.ok((second?.startMs ?? 0) > 1_500);
  });

  it('are in memory of their own', function () {
    needsFfmpeg(this);
    for (const { data } of convertAll(stream('h264'), new Mp4Converter()).media) {
      assert.equal(data.buffer.byteLength, data.length);
    }
  });
});
