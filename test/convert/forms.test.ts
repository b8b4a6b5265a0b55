import assert from 'node:assert/strict';
import { createConverter, type Converter } from '../../src/convert';
import type { Target } from '../../src/options';
import { convertAll, formats, only, typesOf, withLengths } from './converted';
import {
  RECORDING_NAMES,
  SOURCE_NAMES,
  assertDecodes,
  assertSameTimes,
  encoded,
  ffmpeg,
  needsFfmpeg,
  needsRecordings,
  recording,
  stream,
  streamsOf,
  timesOf,
  type SourceName,
} from './streams';

function converter(to: Target): Converter {
  return createConverter(to, { tracks: [], intervalMs: 0 });
}

const WITH_MEDIA = RECORDING_NAMES.filter((name) => !name.startsWith('empty'));
const H26X = SOURCE_NAMES.filter((name) => name.startsWith('h26'));

describe('Matroska', () => {
  for (const name of WITH_MEDIA) {
    it(`is one segment that decodes, with every frame of ${name} at its time`, function () {
      needsFfmpeg(this);
      needsRecordings(this);
      const chunks = recording(name);
      const { files } = convertAll(chunks, converter('mkv'));
      const file = only(files);
      if (name !== 'test_mixed_tags.mkv') {
        // Whose frames are no pictures, though it says that they are.
        assertDecodes(file);
      }
      let from = 0;
      const all = timesOf(file);
      for (const chunk of chunks) {
        const expected = timesOf(chunk);
        const until = from + expected.video.length;
        assertSameTimes({ video: all.video.slice(from, until), audio: [] }, expected);
        from = until;
      }
      assert.equal(all.video.length, from);
    });
  }

  for (const name of SOURCE_NAMES) {
    for (const profile of ['ffmpeg', 'aws-sdk'] as const) {
      it(`is one segment that decodes, with every frame of ${name} (${profile}) at its time`, function () {
        needsFfmpeg(this);
        const chunks = stream(name, profile);
        const { files, problems } = convertAll(chunks, converter('mkv'));
        assert.deepEqual(problems, []);
        assertDecodes(only(files));
        assertSameTimes(timesOf(only(files)), timesOf(Buffer.concat(chunks)));
      });
    }
  }

  it('has one EBML header, whatever the number of chunks', function () {
    needsFfmpeg(this);
    const file = only(convertAll(stream('h264'), converter('mkv')).files);
    const header = Buffer.from('1a45dfa3', 'hex');
    assert.equal(file.indexOf(header), 0);
    assert.equal(file.indexOf(header, 1), -1);
  });
});

describe('Annex B', () => {
  const pictures = (bytes: Buffer, format: string): number =>
    Number(
      streamsOf(bytes, '-f', format, '-count_packets')[0]?.['nb_read_packets'] ?? countFrames(bytes, format),
    );

  for (const name of WITH_MEDIA.filter((recorded) => !recorded.startsWith('test'))) {
    it(`decodes, with every frame of ${name}`, function () {
      needsFfmpeg(this);
      needsRecordings(this);
      const chunks = recording(name);
      const bytes = Buffer.concat(convertAll(chunks, converter('annexb')).media.map(({ data }) => data));
      assertDecodes(bytes, '-f', 'h264');
      const frames = chunks.reduce((sum, chunk) => sum + timesOf(chunk).video.length, 0);
      assert.equal(pictures(bytes, 'h264'), frames);
    });
  }

  for (const name of H26X) {
    it(`decodes, with every frame of ${name}`, function () {
      needsFfmpeg(this);
      const { media, problems } = convertAll(stream(name), converter('annexb'));
      assert.deepEqual(problems, []);
      const bytes = Buffer.concat(media.map(({ data }) => data));
      const demuxer = name.startsWith('h264') ? 'h264' : 'hevc';
      assertDecodes(bytes, '-f', demuxer);
      assert.equal(pictures(bytes, demuxer), 180);
      // Each piece alone, too: every one begins with its parameter sets.
      for (const { data, format } of media) {
        assertDecodes(data, '-f', demuxer);
        assert.equal(format.keyframe, true);
      }
    });
  }

  it('says once that other video has no such form', function () {
    needsFfmpeg(this);
    const { media, problems } = convertAll(stream('M-JPEG'), converter('annexb'));
    assert.deepEqual(media, []);
    assert.deepEqual(typesOf(problems), ['UnsupportedCodec']);
  });
});

describe('ADTS', () => {
  for (const name of ['aac', 'h264 with B-frames and AAC'] as const) {
    it(`decodes to the sound of ${name}`, function () {
      needsFfmpeg(this);
      const chunks = stream(name);
      const { media, problems } = convertAll(chunks, converter('adts'));
      assert.deepEqual(problems, []);
      const bytes = Buffer.concat(media.map(({ data }) => data));
      assertDecodes(bytes, '-f', 'aac');
      const toAdts = ['-f', 'matroska', '-i', 'pipe:0', '-map', '0:a', '-c', 'copy', '-f', 'adts', '-'];
      assert.ok(bytes.equals(ffmpeg(toAdts, encoded(name))));
      assert.equal(only([...new Set(formats(media).map(({ mimeType }) => mimeType))]), 'audio/aac');
    });
  }
});

describe('WAV and samples', () => {
  for (const name of [
    'pcm',
    'G.711 A-law',
    'G.711 µ-law',
    'h264 and G.711',
  ] as const satisfies SourceName[]) {
    it(`are the samples of ${name}`, function () {
      needsFfmpeg(this);
      const chunks = stream(name);
      const raw = ['-map', '0:a', '-f', 's16le', '-'];
      const expected = ffmpeg(['-f', 'matroska', '-i', 'pipe:0', ...raw], encoded(name));
      const wav = convertAll(chunks, converter('wav'));
      assert.deepEqual(wav.problems, []);
      const file = withLengths(only(wav.files));
      assertDecodes(file);
      assert.ok(ffmpeg(['-f', 'wav', '-i', 'pipe:0', ...raw], file).equals(expected));
      const pcm = convertAll(chunks, converter('pcm'));
      assert.ok(Buffer.concat(pcm.media.map(({ data }) => data)).equals(expected));
    });
  }
});

describe('pictures', () => {
  it('of M-JPEG are its frames as they are', function () {
    needsFfmpeg(this);
    const { media } = convertAll(stream('M-JPEG'), converter('jpeg'));
    assert.equal(media.length, 180);
    for (const { data, format } of media) {
      assert.equal(data.readUInt16BE(0), 0xffd8);
      assert.deepEqual([format.mimeType, format.width, format.height], ['image/jpeg', 320, 240]);
    }
    assertDecodes(media[0]?.data ?? Buffer.alloc(0), '-f', 'mjpeg');
  });

  it('of a recorded M-JPEG stream are its frames', function () {
    needsRecordings(this);
    const { media } = convertAll(recording('test_mixed_tags.mkv'), converter('jpeg'));
    assert.equal(media.length, 100);
  });

  for (const name of H26X) {
    it(`of ${name} are its key frames, each to be decoded alone`, function () {
      needsFfmpeg(this);
      const { media } = convertAll(stream(name), converter('jpeg'));
      assert.equal(media.length, 3);
      const demuxer = name.startsWith('h264') ? 'h264' : 'hevc';
      for (const { data } of media) {
        assertDecodes(data, '-f', demuxer);
      }
    });
  }

  it('come no more often than asked for, by the time of the stream', function () {
    needsFfmpeg(this);
    const every4s = createConverter('jpeg', { tracks: [], intervalMs: 4_000 });
    const times = formats(convertAll(stream('h264'), every4s).media).map(
      ({ producerStart = 0 }) => producerStart,
    );
    assert.deepEqual(
      times.map((time) => time - (times[0] ?? 0)),
      [0, 4_000],
    );
  });
});

describe('a description', () => {
  it('says what the tracks hold', function () {
    needsFfmpeg(this);
    const { media } = convertAll(stream('h264 with B-frames and AAC'), converter('info'));
    const described = media.map(({ description }) => description);
    const [video, audio] = described[1]?.tracks ?? [];
    assert.match(video?.codec ?? '', /^avc1\.64/);
    assert.deepEqual([video?.width, video?.height, video?.declaredFrameRate], [320, 240, 30]);
    assert.ok(Math.abs((video?.frameRate ?? 0) - 30) < 0.5);
    assert.deepEqual([video?.keyFrames, video?.keyFrameInterval, video?.bFrames], [1, 2_000, true]);
    assert.deepEqual([audio?.codec, audio?.samplingFrequency, audio?.channels], ['mp4a.40.2', 48_000, 2]);
    assert.ok((video?.bitRate ?? 0) > 100_000 && (video?.bitRate ?? 0) < 10_000_000);
    assert.equal(media[0]?.data.length, 0);
  });

  it('says how samples are stored', function () {
    needsFfmpeg(this);
    const { media } = convertAll(stream('G.711 µ-law'), converter('info'));
    const track = only(media[0]?.description?.tracks ?? []);
    assert.deepEqual([track.coding, track.samplingFrequency, track.channels], ['ulaw', 8_000, 1]);
  });
});

function countFrames(bytes: Buffer, format: string): number {
  const text = ffmpeg(['-f', format, '-i', 'pipe:0', '-c', 'copy', '-f', 'framecrc', '-'], bytes).toString();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}
