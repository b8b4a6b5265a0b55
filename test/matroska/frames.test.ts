import assert from 'node:assert/strict';
import { ChunkReader, type ChunkReaderOptions, type Frame } from '../../src/matroska';
import {
  DISCARDABLE,
  ID,
  KEYFRAME,
  VIDEO_TRACK,
  block,
  chunk,
  element,
  elementOfUnknownSize,
  simpleBlock,
  uint,
} from '../../testing/matroska-writer';
import { allocations, copiedBytes, heldBytes } from './allocations';
import { Recorder, only, read } from './recorded';

function readerOf(frame: (frame: Frame) => void, options: ChunkReaderOptions = {}): ChunkReader {
  const nothing = (): void => undefined;
  const rest = {
    chunk: nothing,
    truncated: nothing,
    inBandError: nothing,
    malformed: nothing,
    tooLarge: nothing,
  };
  return new ChunkReader({ frame, ...rest }, options);
}

describe('frames', () => {
  it('are handed on with track, time, flags and data', () => {
    const cluster = elementOfUnknownSize(
      ID.Cluster,
      8,
      uint(ID.Timestamp, 1_519_423_069_070),
      simpleBlock(1, -40, KEYFRAME, 'early'),
      simpleBlock(2, 5, DISCARDABLE, 'sound'),
      simpleBlock(1, 40, 0, ''),
    );
    const tracks = element(
      ID.Tracks,
      VIDEO_TRACK,
      element(ID.TrackEntry, uint(ID.TrackNumber, 2), uint(ID.TrackType, 2)),
    );
    const bytes = chunk({ cluster, tracks });
    for (const sliceBytes of [1, 4, bytes.length]) {
      const recorder = read(bytes, { frames: true, sliceBytes });
      const [video, audio] = only(recorder.chunks).tracks;
      assert.deepEqual(recorder.frames, [
        {
          track: video,
          index: 0,
          timecodeMs: -40,
          keyframe: true,
          discardable: false,
          data: Buffer.from('early'),
        },
        {
          track: audio,
          index: 1,
          timecodeMs: 5,
          keyframe: false,
          discardable: true,
          data: Buffer.from('sound'),
        },
        {
          track: video,
          index: 2,
          timecodeMs: 40,
          keyframe: false,
          discardable: false,
          data: Buffer.alloc(0),
        },
      ]);
      assert.equal(only(recorder.chunks).lengthMs, 80);
    }
  });

  it('are handed on within the write that brought their last byte', () => {
    const bytes = chunk();
    const end = bytes.indexOf('key frame') + 'key frame'.length;
    const recorder = new Recorder({ frames: true });
    recorder.write(bytes.subarray(0, end - 1), 3);
    assert.equal(recorder.frames.length, 0);
    recorder.write(bytes.subarray(end - 1, end));
    assert.equal(recorder.frames.length, 1);
  });

  it('are not copied before they are taken: those in one slice lie in it, the others in what is kept of several', () => {
    const bytes = Buffer.from(chunk());
    const seen: Frame[] = [];
    const reader = readerOf((frame) => seen.push(frame));
    reader.write(bytes);
    reader.write(bytes.subarray(0, bytes.indexOf('frame')));
    const allocated = allocations(() => {
      reader.write(bytes.subarray(bytes.indexOf('frame')));
    });
    const [inSlice, , inSeveral] = seen;
    assert.equal(inSlice?.data.buffer, bytes.buffer);
    assert.equal(inSeveral?.data.toString(), 'key frame');
    assert.equal(inSeveral.sizeInBytes, 'key frame'.length);
    assert.ok(!allocated.includes('key frame'.length));
  });

  it('can be kept, with bytes that nobody overwrites', () => {
    const bytes = Buffer.from(chunk());
    const seen: Frame[] = [];
    const reader = readerOf((frame) => seen.push(frame.detachedCopy()));
    reader.write(bytes);
    bytes.fill(0);
    const [kept] = seen;
    assert.equal(kept?.data.toString(), 'key frame');
    assert.equal(kept.own(), kept.own());
    assert.deepEqual([kept.index, kept.timecodeMs, kept.keyframe], [0, 0, true]);
  });

  describe('that are not kept', () => {
    const options = { chunkData: false, keepsFrames: () => false };
    const sizes = [300_000, 20_000, 5_000, 40_000, 41_000, 60_000, 17_000];
    const bytes = chunk({
      cluster: elementOfUnknownSize(
        ID.Cluster,
        8,
        uint(ID.Timestamp, 0),
        ...sizes.map((size, i) => simpleBlock(1, 40 * i, 0, Buffer.alloc(size, i + 1))),
      ),
    });
    const sliceBytes = 16 * 1024;
    const write = (reader: ChunkReader): void => {
      for (let at = 0; at < bytes.length; at += sliceBytes) {
        const slice = Buffer.from(bytes.subarray(at, at + sliceBytes));
        reader.write(slice);
        slice.fill(0xa3);
      }
    };

    it('go once from the slices into memory that fits them', () => {
      const taken: Buffer[] = [];
      const reader = readerOf((frame) => taken.push(frame.own()), options);
      write(reader);
      taken.length = 0;
      const copied = copiedBytes(() => {
        write(reader);
      });
      assert.ok(copied < bytes.length + 2_000, `${copied} bytes copied of ${bytes.length}`);
      assert.deepEqual(
        taken,
        sizes.map((size, i) => Buffer.alloc(size, i + 1)),
      );
      assert.equal(taken[0]?.buffer.byteLength, 300_000);
    });

    /** Writes the stream to the readers in turn, a slice to each, so many times. */
    const writeInTurn = (readers: readonly ChunkReader[], times: number): void => {
      for (let i = 0; i < times; i++) {
        for (let at = 0; at < bytes.length; at += sliceBytes) {
          for (const reader of readers) {
            reader.write(bytes.subarray(at, at + sliceBytes));
          }
        }
      }
    };

    it('share slabs where they come in a row', () => {
      const taken: Buffer[] = [];
      writeInTurn([readerOf((frame) => taken.push(frame.own()), options)], 10);
      const usual = taken.filter(({ length }) => length < 64 * 1024);
      assert.ok(new Set(usual.map(({ buffer }) => buffer)).size < usual.length / 2);
    });

    it('keep none of those that nobody takes', () => {
      const taken: Buffer[] = [];
      const take = ({ sizeInBytes }: Frame): boolean => sizeInBytes === 5_000 || sizeInBytes === 17_000;
      writeInTurn([readerOf((frame) => take(frame) && taken.push(frame.own()), options)], 50);
      assert.ok(heldBytes(taken) < 3 * taken.reduce((sum, { length }) => sum + length, 0));
    });

    it('have memory of their own where those of two readers take turns', () => {
      const taken: Buffer[] = [];
      const reader = (): ChunkReader => readerOf((frame) => taken.push(frame.own()), options);
      writeInTurn([reader(), reader()], 3);
      assert.equal(
        heldBytes(taken),
        taken.reduce((sum, { length }) => sum + length, 0),
      );
    });

    it('stay when the memory of another one is handed to a worker', () => {
      const taken: Buffer[] = [];
      writeInTurn([readerOf((frame) => taken.push(frame.own()), options)], 2);
      const shared = taken.filter(({ buffer: { byteLength }, length }) => byteLength > length);
      assert.ok(shared.length > 0);
      for (const { buffer } of shared) {
        try {
          structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
        } catch (error) {
          // Node.js 20 copies such memory instead.
          assert.equal((error as Error).name, 'DataCloneError');
        }
      }
      assert.deepEqual(
        taken.map(({ length }) => length),
        [...sizes, ...sizes],
      );
    });

    it('share memory where nobody takes it', () => {
      const reader = readerOf(() => undefined, options);
      write(reader);
      const allocated = allocations(() => {
        write(reader);
      });
      assert.deepEqual(allocated, []);
    });

    it('are as large as what has come warrants, whatever a block says', () => {
      const reader = readerOf((frame) => frame.own(), options);
      const allocated = allocations(() => {
        reader.write(bytes.subarray(0, bytes.indexOf(1, 400) + 1_000));
      });
      assert.ok(Math.max(...allocated) <= 64 * 1024);
    });
  });

  it('of BlockGroups are key frames where nothing is referred to, which may be said after the Block', () => {
    const cluster = element(
      ID.Cluster,
      uint(ID.Timestamp, 0),
      element(ID.BlockGroup, element(ID.Block, block(1, 0, 0, 'I')), uint(ID.BlockDuration, 20)),
      element(
        ID.BlockGroup,
        uint(ID.BlockDuration, 30),
        element(ID.Void, 'xx'),
        element(ID.Block, block(1, 20, 0, 'P')),
        element(ID.DiscardPadding, [1]),
        element(ID.ReferenceBlock, [0xec]),
      ),
      simpleBlock(1, 10, 0, 'B'),
    );
    const bytes = chunk({ cluster });
    for (const sliceBytes of [1, 6, bytes.length]) {
      const recorder = read(bytes, { frames: true, sliceBytes });
      assert.deepEqual(
        recorder.frames.map(({ index, timecodeMs, keyframe, data }) => [
          index,
          timecodeMs,
          keyframe,
          data.toString(),
        ]),
        [
          [0, 0, true, 'I'],
          [1, 20, false, 'P'],
          [2, 10, false, 'B'],
        ],
      );
      const { frames, lengthMs } = only(recorder.chunks);
      assert.deepEqual([frames, lengthMs], [3, 50]);
      const counted = only(read(bytes, { sliceBytes }).chunks);
      assert.deepEqual([counted.frames, counted.lengthMs], [3, 50]);
    }
  });

  it('of a track that no Tracks element describes are handed on all the same', () => {
    const cluster = element(ID.Cluster, simpleBlock(300, 0, 0, 'x'), simpleBlock(1, 0, 0, 'y'));
    const recorder = read(chunk({ cluster }), { frames: true });
    assert.deepEqual(
      recorder.frames.map(({ track }) => track),
      [
        { number: 300, type: 'other', codecId: '' },
        { number: 1, type: 'video', codecId: 'V_TEST' },
      ],
    );
  });

  it('are of the tracks of their own chunk', () => {
    const other = element(ID.Tracks, element(ID.TrackEntry, uint(ID.TrackNumber, 1), uint(ID.TrackType, 2)));
    const recorder = read(Buffer.concat([chunk(), chunk({ tracks: other })]), { frames: true });
    assert.deepEqual(
      recorder.frames.map(({ track }) => track.type),
      ['video', 'video', 'audio', 'audio'],
    );
  });

  it('come without the bytes of the chunk where nobody wants them', () => {
    const bytes = Buffer.concat([chunk({ number: '1' }), chunk({ number: '2' })]);
    for (const sliceBytes of [1, 4, 1000]) {
      const recorder = read(bytes, { frames: true, chunkData: false, sliceBytes });
      assert.deepEqual(
        recorder.frames.map(({ data }) => data.toString()),
        ['key frame', 'another', 'key frame', 'another'],
      );
      assert.deepEqual(
        recorder.chunks.map(({ data, sizeInBytes, tracks }) => [data.length, sizeInBytes, tracks.length]),
        [
          [0, bytes.length / 2, 1],
          [0, bytes.length / 2, 1],
        ],
      );
    }
  });
});
