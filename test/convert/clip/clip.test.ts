import assert from 'node:assert/strict';
import { boxes } from '../boxes';
import {
  FIXED,
  ID,
  KEYFRAME,
  chunk,
  closingTags,
  element,
  simpleBlock,
  tags,
  trackEntry,
  uint,
} from '../../../testing/matroska-writer';
import { AVCC, aacEntry, pictures as smallPictures, smallChunk, videoEntry } from '../small-streams';
import { ffmpeg, film, needsFfmpeg, streamsOf, toChunks } from '../streams';
import { lagOf, makeClips, picturesOf, picturesOfTrack, shownIn, soundOf } from './clips';
import { beginOf, FRAME_MS, h264, moved, PICTURE, RATE, source, SOURCES, SWEEP } from './sources';

const threePictures = smallPictures(3);

const RANGES = [
  [0, 3_000],
  [1_010, 2_500],
  [3_999, 8_001],
  [8_120, 8_160],
  [15_337, 19_400],
] as const;

describe('a clip of a range', () => {
  before(function () {
    needsFfmpeg(this);
  });

  for (const name of Object.keys(SOURCES)) {
    describe(name, () => {
      for (const [from, to] of RANGES) {
        it(`shows exactly ${from} to ${to} ms`, function () {
          needsFfmpeg(this);
          const { chunks, base, pictures, sound, soundAt } = source(name);
          const { clips, problems } = makeClips(chunks, base + from, base + to);
          assert.deepEqual(problems, []);
          assert.equal(clips.length, 1);
          const { file, start, end, gaps } = clips[0] ?? assert.fail();
          assert.deepEqual(gaps, []);
          const first = Math.max(from, pictures[0]?.timeMs ?? 0);
          assert.equal(Math.round(start - base), Math.round(first));
          assert.equal(Math.round(end - base), to);
          const shown = picturesOf(file);
          const expected = shownIn(pictures, first, to);
          assert.deepEqual(
            shown.map(({ hash }) => hash),
            expected.map(({ hash }) => hash),
            'the pictures',
          );
          for (const [i, { timeMs }] of shown.entries()) {
            const due = Math.max(first, expected[i]?.timeMs ?? 0) - first;
            assert.ok(Math.abs(timeMs - due) <= 1, `picture ${i} at ${timeMs} ms is due at ${due}`);
          }
          for (const { codec_type: type, duration } of streamsOf(file)) {
            assert.ok(
              Math.abs(Number(duration) * 1_000 - (to - first)) <= FRAME_MS,
              `${String(type)} lasts ${String(duration)} s`,
            );
          }
          if (sound !== undefined && to - from > 1_000) {
            const at = Math.round(((first - soundAt) * RATE) / 1_000);
            const { samples, difference } = lagOf(soundOf(file, RATE), sound, at, RATE / 20);
            assert.ok(difference < 200, `the sound is another one: ${difference}`);
            assert.ok(Math.abs(samples) <= (RATE * 20) / 1_000, `the sound is late by ${samples} samples`);
          }
        });
      }
    });
  }

  it('has moov before its media, so that it plays while it is loaded', function () {
    needsFfmpeg(this);
    const { chunks, base } = source('a key frame each second');
    const [clip] = makeClips(chunks, base + 500, base + 5_000).clips;
    assert.deepEqual(
      boxes(clip?.file ?? Buffer.alloc(0)).map(({ type }) => type),
      ['ftyp', 'moov', 'mdat'],
    );
  });

  it('keeps the time of a camera that was silent in the middle, and says so', function () {
    needsFfmpeg(this);
    const { chunks, base, pictures, sound, soundAt } = source('H.265 and Opus');
    const kept = chunks.filter((_, i) => i !== 3 && i !== 4);
    const { clips } = makeClips(kept, base + 1_000, base + 15_000);
    const { file, gaps, start, end } = clips[0] ?? assert.fail();
    assert.equal(clips.length, 1);
    assert.equal(end - start, 14_000);
    assert.equal(gaps.length, 1);
    const [{ from, to }] = [gaps[0] ?? assert.fail()];
    assert.ok(
      Math.abs(from - base - 6_000) <= 100 && Math.abs(to - base - 10_000) <= 100,
      `${from - base} ${to - base}`,
    );
    const shown = picturesOf(file);
    const last = shown.at(-1) ?? assert.fail();
    assert.equal(last.hash, shownIn(pictures, 1_000, 15_000).at(-1)?.hash);
    assert.ok(Math.abs(last.timeMs - 13_960) <= FRAME_MS, `${last.timeMs}`);
    const heard = soundOf(file, RATE);
    const at = 11 * RATE;
    const later = heard.subarray(at - RATE);
    const { samples } = lagOf(later, sound ?? heard, at - Math.round((soundAt * RATE) / 1_000), RATE / 20);
    assert.ok(
      Math.abs(samples) <= (RATE * 20) / 1_000,
      `after the gap the sound is late by ${samples} samples`,
    );
  });

  it('is several files where the tracks change', function () {
    needsFfmpeg(this);
    const one = source('a key frame each second');
    const other = toChunks(
      film('-f', 'lavfi', '-i', 'testsrc2=size=160x96:rate=25:duration=4', ...h264(1, '-bf', '0')),
    );
    const shift = one.base + 5_000 - beginOf(other);
    const { clips } = makeClips(
      [...one.chunks.slice(0, 5), ...other.map((chunk) => moved(chunk, shift))],
      one.base + 2_500,
      one.base + 7_500,
    );
    assert.deepEqual(
      clips.map(({ format }) => format.width),
      [128, 160],
    );
    assert.deepEqual(
      clips.map(({ start, end }) => [start - one.base, end - one.base]),
      [
        [2_500, 5_000],
        [5_000, 7_500],
      ],
    );
    for (const { file } of clips) {
      assert.ok(picturesOf(file).length >= 62);
    }
  });

  it('is several files where the codec changes, and each says which it has', function () {
    needsFfmpeg(this);
    const [one, other] = [source('a key frame each second'), source('H.265 and Opus')];
    const shift = one.base + 4_000 - beginOf(other.chunks.slice(1));
    const { clips, problems } = makeClips(
      [...one.chunks.slice(0, 4), ...other.chunks.slice(1, 4).map((chunk) => moved(chunk, shift))],
      one.base + 1_500,
      one.base + 8_500,
    );
    assert.deepEqual(
      problems.map(({ ErrorType }) => ErrorType),
      ['TracksChanged'],
    );
    assert.deepEqual(
      clips.map(({ file }) => streamsOf(file).map(({ codec_name }) => codec_name)),
      [['h264'], ['hevc', 'opus']],
    );
    assert.deepEqual(
      clips.map(({ format: { codecs = [] } }) => codecs.map((codec) => codec.slice(0, 4))),
      [['avc1'], ['hvc1', 'opus']],
    );
    const [first, second] = clips;
    assert.deepEqual(
      picturesOf(first?.file ?? assert.fail()).map(({ hash }) => hash),
      shownIn(one.pictures, 1_500, 4_000).map(({ hash }) => hash),
    );
    const shown = picturesOf(second?.file ?? assert.fail());
    const begin = other.pictures.findIndex(({ hash }) => hash === shown[0]?.hash);
    assert.ok(begin > 0);
    assert.deepEqual(
      shown.map(({ hash }) => hash),
      other.pictures.slice(begin, begin + shown.length).map(({ hash }) => hash),
    );
    assert.ok(Math.abs(shown.length * FRAME_MS - 4_500) <= 2 * FRAME_MS, `${shown.length} pictures`);
  });

  it('shows two video tracks, each from its own key frame on', function () {
    needsFfmpeg(this);
    const { file, chunks, base } = source('two video tracks');
    const [from, to] = [2_500, 7_000];
    // The chunks before are not read: of the second track a key frame comes first at 3 s.
    const { clips } = makeClips(chunks.slice(1), base + from, base + to);
    assert.equal(clips.length, 1);
    const clip = clips[0]?.file ?? assert.fail();
    for (const [index, begin] of [from, 3_000].entries()) {
      const expected = shownIn(picturesOfTrack(file, index, '-copyts'), begin, to);
      assert.deepEqual(
        picturesOfTrack(clip, index).map(({ hash }) => hash),
        expected.map(({ hash }) => hash),
        `track ${index}`,
      );
    }
    // ffmpeg says nothing of pictures that it cannot decode before the first that it can.
    const [, second] = streamsOf(clip);
    assert.equal(second?.['nb_frames'], String((to - 3_000) / FRAME_MS));
  });

  for (const [what, holeMs] of [
    ['14 hours', 14 * 3_600_000],
    ['60 days', 60 * 24 * 3_600_000],
  ] as const) {
    it(`is two files where the camera was silent for ${what}, which no MP4 can hold`, function () {
      needsFfmpeg(this);
      const track = [videoEntry(AVCC)];
      const small = (number: number, time: number) =>
        smallChunk({ number, at: time, tracks: track, blocks: threePictures });
      const at = 1_700_000_000_000;
      const { clips, problems } = makeClips([small(1, at), small(2, at + holeMs)], at, at + 2 * holeMs);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        clips.map(({ start, firstFragmentNumber }) => ({ start, firstFragmentNumber })),
        [
          { start: at, firstFragmentNumber: '1' },
          { start: at + holeMs, firstFragmentNumber: '2' },
        ],
      );
      assert.ok(clips.every(({ start, end }) => end > start && end - start < 1_000));
    });
  }

  it('is a file also of a chunk whose times make no sense', function () {
    needsFfmpeg(this);
    const at = 1_700_000_000_000;
    const blocks = threePictures.map((block, index) => ({ ...block, time: index * 15_000 }));
    const tracks = [videoEntry(AVCC)];
    // A tick of 10 s: the pictures are 41 hours apart.
    const chunk = smallChunk({ number: 1, at, tracks, blocks, timestampScale: 10_000_000_000 });
    const { clips } = makeClips([chunk], at, at + 400 * 3_600_000);
    assert.equal(clips.length, 1);
    assert.equal(
      boxes(clips[0]?.file ?? assert.fail()).some(({ type }) => type === 'moov'),
      true,
    );
  });

  it('begins with the first key frame where there is none before', function () {
    needsFfmpeg(this);
    const { chunks, base } = source('a key frame each second');
    const [clip] = makeClips(chunks.slice(2), base + 500, base + 4_500).clips;
    assert.equal((clip?.start ?? 0) - base, 2_000);
  });

  it('leaves out what a producer has sent again', function () {
    needsFfmpeg(this);
    const { chunks, base, pictures } = source('a key frame each second');
    const again = [...chunks.slice(0, 4), ...chunks.slice(2, 6)];
    const { clips, problems } = makeClips(again, base + 500, base + 5_500);
    assert.deepEqual(
      picturesOf(clips[0]?.file ?? Buffer.alloc(0)).map(({ hash }) => hash),
      shownIn(pictures, 500, 5_500).map(({ hash }) => hash),
    );
    assert.deepEqual(
      problems.map(({ ErrorType }) => ErrorType),
      ['TimeWentBack', 'TimeWentBack'],
    );
  });

  it('is a Matroska file where no MP4 holds the codec', function () {
    needsFfmpeg(this);
    const chunks = toChunks(
      film(
        ...PICTURE.map((arg) => arg.replace('duration=20', 'duration=6')),
        ...SWEEP,
        '-t',
        '6',
        ...h264(1, '-bf', '0'),
        '-c:a',
        'pcm_mulaw',
        '-ar',
        '8000',
      ),
    );
    const base = beginOf(chunks);
    const { clips, problems } = makeClips(chunks.slice(2), base + 2_500, base + 4_500);
    assert.deepEqual(problems, []);
    const { file, format, start, end } = clips[0] ?? assert.fail();
    assert.match(format.mimeType, /^video\/x-matroska; codecs="avc1\.[0-9a-f]+, A_MS\/ACM"$/);
    assert.deepEqual([start - base, end - base], [2_000, 4_500], 'it begins with the key frame before');
    assert.equal(picturesOf(file).length, 63);
    assert.ok(Math.abs(soundOf(file, 8_000).length / 8 - 2_500) <= 128);
  });

  it('cuts sound that no MP4 holds at its frames', function () {
    needsFfmpeg(this);
    const chunks = toChunks(
      ffmpeg([...SWEEP, '-t', '6', '-ar', '8000', '-c:a', 'pcm_s16le', '-f', 'matroska', '-']),
    );
    const base = beginOf(chunks);
    const { file, start, end } = makeClips(chunks, base + 1_500, base + 4_500).clips[0] ?? assert.fail();
    assert.ok(base + 1_500 - start < 200 && start <= base + 1_500, `begins at ${start - base}`);
    assert.ok(Math.abs(soundOf(file, 8_000).length / 8 - (end - start)) <= 200);
  });
});

describe('a clip of chunks that no camera means to send', () => {
  it('is none where all that comes is shown before the range', () => {
    const before = smallChunk({ number: 1, at: 1_000, tracks: [videoEntry(AVCC)], blocks: threePictures });
    assert.deepEqual(makeClips([before], 5_000, 10_000).clips, []);
    const wav = trackEntry(1, uint(ID.TrackType, 2), element(ID.CodecID, 'A_FLAC'));
    const sound = smallChunk({ number: 1, at: 1_000, tracks: [wav], blocks: threePictures });
    assert.deepEqual(makeClips([sound], 5_000, 10_000).clips, [], 'in Matroska');
    const after = smallChunk({ number: 2, at: 6_000, tracks: [videoEntry(AVCC)], blocks: threePictures });
    const { clips } = makeClips([before, after], 5_000, 10_000);
    assert.deepEqual(
      clips.map(({ start, fragments }) => [start, fragments]),
      [[5_000, 2]],
    );
  });

  it('is no more than a hundred files where its tracks change with every chunk', () => {
    const chunks = Array.from({ length: 110 }, (_, i) => {
      const tracks = [aacEntry(1, 48_000, 2, Buffer.from(i % 2 === 0 ? '1190' : '1210', 'hex'))];
      const blocks = [{ time: 0, data: Buffer.alloc(9), key: true }];
      return smallChunk({ number: i + 1, at: i * 1_000, tracks, blocks });
    });
    const { clips, isFull } = makeClips(chunks, 0, 110_000);
    assert.deepEqual([clips.length, isFull], [100, true]);
    assert.equal(makeClips(chunks.slice(0, 100), 0, 110_000).isFull, false);
  });

  it('remembers no more of tiny frames than it may, and makes several files of them', () => {
    const laced = simpleBlock(1, 0, KEYFRAME | FIXED, [0xff], Buffer.alloc(256));
    const chunks = Array.from({ length: 12 }, (_, i) =>
      chunk({
        ...{ number: String(i + 1), tracks: element(ID.Tracks, aacEntry(1, 48_000, 2)) },
        front: tags(
          ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', String(i + 1)],
          ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', String(i + 1)],
          ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', String(i + 1)],
        ),
        cluster: element(ID.Cluster, uint(ID.Timestamp, 0), ...Array<Buffer>(70).fill(laced)),
        closing: closingTags(String(i + 1)),
      }),
    );
    const { clips } = makeClips(chunks, 0, 30_000_000);
    assert.deepEqual(
      clips.map(({ fragments }) => fragments),
      [10, 2],
    );
  });
});
