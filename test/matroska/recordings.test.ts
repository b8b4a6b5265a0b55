import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Chunk } from '../../src/matroska';
import { child, naiveChunks, unsigned, type NaiveChunk } from '../../testing/naive-matroska';
import { read, tagsOf, type Recorder } from './recorded';
import { skip } from '../../testing/skip';

const MEDIA = resolve(__dirname, '../../../shared/media');
const HAS_FFPROBE = spawnSync('ffprobe', ['-version']).status === 0;

/** What is known of the recordings from looking at them with other tools; see mkvinfo. */
const RECORDINGS = [
  {
    file: 'output_get_media',
    events: [...new Array<string>(5).fill('chunk')],
    frames: [60, 60, 60, 60, 60],
    first: '91343852333181432392682062607743920146159169392',
    last: '91343852333181432412489103236310005892133364608',
    behindNow: [15858, 12093],
    codecId: 'V_MPEG4/ISO/AVC',
    size: [640, 360],
    codecPrivateBytes: 54,
    lengths: [2000, 2000, 2000, 2000, 2000],
  },
  {
    file: 'output-get-media-equal-timecode',
    events: ['chunk', 'truncated'],
    frames: [120],
    first: '91343852338381417542203754135250098963782391502',
    last: '91343852338381417542203754135250098963782391502',
    behindNow: [909_335, 909_335],
    codecId: 'V_MPEG4/ISO/AVC',
    size: [1280, 674],
    codecPrivateBytes: 51,
    lengths: [5005],
  },
  {
    file: 'kinesis_video_renderer_example_output',
    events: [...new Array<string>(8).fill('chunk')],
    frames: [59, 59, 59, 59, 59, 59, 59, 31],
    first: '91343852333181432392682062609776234230823574155',
    last: '91343852333181432427344383709766881962776549716',
    behindNow: [7_336_747, 7_337_577],
    codecId: 'V_MPEG4/ISO/AVC',
    size: [640, 480],
    codecPrivateBytes: 29,
    lengths: [1954, 1955, 1954, 1955, 1955, 1954, 1955, 1021],
  },
  {
    file: 'test_mixed_tags',
    events: [...new Array<string>(10).fill('chunk')],
    frames: new Array<number>(10).fill(10),
    first: '91343852333713038908964877623801423530396737899',
    last: '91343852333713038953530719038075113645398559869',
    behindNow: [910, 274],
    codecId: 'V_MS/VFW/FOURCC',
    size: [640, 480],
    codecPrivateBytes: 40,
    lengths: new Array<number>(10).fill(4500),
  },
] as const;

/** Made by scripts/make-recordings.ts, so that a clone has recordings too. */
const OWN = resolve(__dirname, 'recordings');
const PROFILES: Readonly<Record<string, readonly string[]>> = {
  ffmpeg: ['V_MPEG4/ISO/AVC', 'A_AAC'],
  'aws-sdk': ['V_MPEG4/ISO/AVC', 'A_AAC'],
  mkvmerge: ['V_MPEG4/ISO/AVC', 'A_AAC'],
  'amazon-connect': ['A_AAC', 'A_AAC'],
};

describe("recordings of the simulator's profiles", () => {
  for (const [profile, codecIds] of Object.entries(PROFILES)) {
    const bytes = readFileSync(resolve(OWN, `${profile}.mkv`));

    it(`${profile}: three chunks that give back all bytes, in slices of any size`, () => {
      for (const sliceBytes of [1, 997, 16_384, bytes.length]) {
        const { kinds, chunks, numbers } = read(bytes, { sliceBytes });
        assert.deepEqual(kinds, ['chunk', 'chunk', 'chunk']);
        assert.ok(Buffer.concat(chunks.map(({ data }) => data)).equals(bytes));
        assert.deepEqual([...numbers].sort(), numbers);
        for (const { tracks } of chunks) {
          assert.deepEqual(
            tracks.map(({ codecId }) => codecId),
            codecIds,
          );
        }
      }
    });

    it(`${profile}: agrees with a reading of the whole file by other code`, () => {
      const recorder = read(bytes, { frames: true, sliceBytes: 1_000 });
      const naive = naiveChunks(bytes);
      for (const [i, chunk] of naive.entries()) {
        agrees(recorder.chunks[i], chunk);
      }
      assert.deepEqual(
        recorder.frames.map(({ track, timecodeMs, keyframe, data }) => ({
          track: track.number,
          timecode: timecodeMs,
          keyframe,
          size: data.length,
        })),
        naive.flatMap(({ frames }) => frames),
      );
      assert.ok(recorder.frames.length > 30);
    });
  }
});

describe('real GetMedia recordings', function () {
  before(function () {
    if (!existsSync(MEDIA)) {
      skip(this, 'no folder shared/media beside this checkout');
    }
  });

  for (const known of RECORDINGS) {
    describe(known.file, () => {
      let bytes: Buffer;
      let recorder: Recorder;
      before(() => {
        bytes = readFileSync(resolve(MEDIA, `${known.file}.mkv`));
        recorder = read(bytes, { frames: true, sliceBytes: 16_384 });
      });

      it('has the chunks, frames, lengths and numbers that other tools find', () => {
        assert.deepEqual(recorder.kinds, known.events);
        const { chunks } = recorder;
        assert.deepEqual(
          chunks.map(({ frames }) => frames),
          known.frames,
        );
        assert.deepEqual(
          chunks.map(({ lengthMs }) => lengthMs),
          known.lengths,
        );
        const [first, last] = [chunks[0], chunks.at(-1)];
        assert.deepEqual([first?.FragmentNumber, last?.FragmentNumber], [known.first, known.last]);
        assert.deepEqual([first?.MillisBehindNow, last?.MillisBehindNow], known.behindNow);
        for (const { tracks, FragmentNumber, ContinuationToken } of chunks) {
          assert.equal(ContinuationToken, FragmentNumber);
          assert.equal(tracks.length, 1);
          const [track] = tracks;
          assert.deepEqual(
            [track?.number, track?.type, track?.codecId, track?.codecPrivate?.length],
            [1, 'video', known.codecId, known.codecPrivateBytes],
          );
          assert.deepEqual([track?.width, track?.height], known.size);
        }
      });

      it('gives back its bytes, chunk by chunk', () => {
        const joined = Buffer.concat(recorder.chunks.map(({ data }) => data));
        assert.ok(joined.equals(bytes.subarray(0, joined.length)));
        const rest = recorder.truncated[0]?.sizeInBytes ?? 0;
        assert.equal(joined.length + rest, bytes.length);
      });

      it('agrees with a reading of the whole file by other code', () => {
        const expected = naiveChunks(bytes).filter(({ whole }) => whole);
        assert.equal(recorder.chunks.length, expected.length);
        for (const [i, naive] of expected.entries()) {
          agrees(recorder.chunks[i], naive);
        }
        const frames = naiveChunks(bytes).flatMap((naive) => naive.frames);
        assert.deepEqual(
          recorder.frames.map(({ track, timecodeMs, keyframe, data }) => ({
            track: track.number,
            timecode: timecodeMs,
            keyframe,
            size: data.length,
          })),
          // A frame that the end of the file cuts off is none.
          frames.slice(0, recorder.frames.length),
        );
        assert.ok(frames.length - recorder.frames.length <= 1);
      });

      it('is the same in slices of any size, with frames and without', () => {
        for (const sliceBytes of [997, 65_536, bytes.length]) {
          for (const frames of [false, true]) {
            const other = read(bytes, { sliceBytes, frames });
            assert.deepEqual(other.chunks, recorder.chunks);
            assert.deepEqual(other.truncated, recorder.truncated);
          }
        }
      });

      it('is a file that ffprobe reads, with the same frames', function () {
        if (!HAS_FFPROBE) {
          skip(this, 'no ffprobe');
        }
        let index = 0;
        for (const chunk of recorder.chunks) {
          const packets = probe(chunk.data);
          const frames = recorder.frames.slice(index, index + chunk.frames);
          index += chunk.frames;
          const [start] = packets;
          // ffprobe takes every MJPEG frame for a key frame, whatever its block says.
          const flagged = known.codecId !== 'V_MS/VFW/FOURCC';
          assert.deepEqual(
            frames.map(({ timecodeMs, keyframe, data }) => [timecodeMs, keyframe || !flagged, data.length]),
            packets.map(({ pts, key, size }) => [pts - (start?.pts ?? 0), key, size]),
          );
        }
      });
    });
  }

  it('without a Cluster and closing tags are a chunk that is truncated', () => {
    const bytes = readFileSync(resolve(MEDIA, 'empty-mkv-with-tags.mkv'));
    const recorder = read(bytes, { sliceBytes: 100 });
    assert.deepEqual(recorder.kinds, ['truncated']);
    const [truncated] = recorder.truncated;
    assert.deepEqual([truncated?.hasCluster, truncated?.sizeInBytes, truncated?.frames], [false, 5729, 0]);
    const { tracks, tags, ...head } = truncated?.head ?? {};
    assert.deepEqual(head, {
      offset: 0,
      FragmentNumber: '91343852338378294813695855977007281634605393997',
      ServerTimestamp: 1_516_124_526_822,
      ProducerTimestamp: 1_515_865_326_543,
    });
    assert.equal(tags?.size, 0);
    assert.deepEqual([tracks?.[0]?.width, tracks?.[0]?.height, tracks?.length], [960, 720, 1]);
  });

  it('of the AWS SDK have the tags of the session in the first chunk, and its own in each', () => {
    const { chunks } = read(readFileSync(resolve(MEDIA, 'test_mixed_tags.mkv')));
    for (const chunk of chunks) {
      assert.equal(chunk.tags.size, 5);
      for (const values of chunk.tags.values()) {
        assert.equal(values.length, 1);
      }
    }
  });
});

function agrees(chunk: Chunk | undefined, naive: NaiveChunk): void {
  assert.ok(chunk !== undefined);
  assert.ok(chunk.data.equals(naive.bytes));
  const own = (name: string, from = naive.front): string | undefined =>
    from.get(`AWS_KINESISVIDEO_${name}`)?.[0];
  assert.equal(chunk.FragmentNumber, own('FRAGMENT_NUMBER'));
  assert.equal(chunk.ContinuationToken, own('CONTINUATION_TOKEN', naive.tail));
  assert.equal(String(chunk.MillisBehindNow), own('MILLIS_BEHIND_NOW', naive.tail));
  assert.equal(inSeconds(chunk.ServerTimestamp), own('SERVER_TIMESTAMP'));
  assert.equal(inSeconds(chunk.ProducerTimestamp), own('PRODUCER_TIMESTAMP'));
  const expected = [...naive.front, ...naive.tail].filter(([name]) => !name.startsWith('AWS_'));
  assert.deepEqual(tagsOf(chunk), Object.fromEntries(expected));
  assert.equal(chunk.frames, naive.frames.length);
  assert.equal(chunk.tracks.length, naive.tracks.length);
  /** DefaultDuration by TrackNumber, ms. */
  const durations = new Map(
    naive.tracks.map((track) => [
      unsigned(child(track, 0xd7)),
      (unsigned(child(track, 0x23e383)) ?? 0) / 1e6,
    ]),
  );
  const ends = naive.frames.map(({ timecode, track }) => timecode + (durations.get(track) ?? 0));
  const start = Math.min(...naive.frames.map(({ timecode }) => timecode));
  assert.equal(chunk.lengthMs, Math.round(Math.max(...ends) - start));
}

function inSeconds(ms = 0): string {
  return `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}`;
}

interface Packet {
  /** ms */
  readonly pts: number;
  readonly key: boolean;
  readonly size: number;
}

function probe(chunk: Buffer): Packet[] {
  const entries = 'packet=pts,size,flags';
  const options = ['-v', 'error', '-f', 'matroska', '-show_entries', entries, '-of', 'json', 'pipe:0'];
  const { stdout } = spawnSync('ffprobe', options, { input: chunk, encoding: 'utf8' });
  const { packets } = JSON.parse(stdout) as { packets: { pts: number; size: string; flags: string }[] };
  return packets.map(({ pts, size, flags }) => ({ pts, key: flags.startsWith('K'), size: Number(size) }));
}
