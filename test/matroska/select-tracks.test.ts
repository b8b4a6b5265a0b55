import assert from 'node:assert/strict';
import { ChunkReader, selectTracks, type Chunk } from '../../src/matroska';
import { trackFilter } from '../../src/track-filter';
import {
  ID,
  KEYFRAME,
  VIDEO_TRACK,
  chunk,
  element,
  elementOfUnknownSize,
  simpleBlock,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';

const NUMBER = '91343852333181432392682062607743920146264094987';
const AUDIO = trackEntry(2, uint(ID.TrackType, 2), element(ID.CodecID, 'A_AAC'));
const TIME = uint(ID.Timestamp, 7);
const BLOCKS = [
  simpleBlock(1, 0, KEYFRAME, 'picture 1'),
  simpleBlock(2, 10, KEYFRAME, 'sound 1'),
  // A Block within its group has no flags of its own but lacing.
  element(ID.BlockGroup, element(ID.Block, simpleBlock(1, 40, 0, 'picture 2').subarray(2))),
  element(ID.BlockGroup, element(ID.Block, simpleBlock(2, 50, 0, 'sound 2').subarray(2))),
];
const CLUSTERS = {
  'a known size': element(ID.Cluster, TIME, ...BLOCKS),
  'an unknown size of 8 bytes': Buffer.concat([elementOfUnknownSize(ID.Cluster, 8, TIME), ...BLOCKS]),
  'an unknown size of 1 byte': Buffer.concat([elementOfUnknownSize(ID.Cluster, 1, TIME), ...BLOCKS]),
};

interface Read {
  readonly chunk: Chunk;
  readonly frames: readonly string[];
}

function read(bytes: Buffer): Read {
  const chunks: Chunk[] = [];
  const frames: string[] = [];
  const fail = (): void => {
    assert.fail('It is not a whole chunk.');
  };
  const events = {
    chunk: (whole: Chunk) => {
      chunks.push(whole);
    },
    ...{ truncated: fail, inBandError: fail, malformed: fail, tooLarge: fail },
  };
  const frame = ({ data }: { readonly data: Buffer }): void => {
    frames.push(data.toString());
  };
  for (const taken of [events, { ...events, chunk: () => undefined, frame }]) {
    const reader = new ChunkReader(taken);
    reader.write(bytes);
    reader.end();
  }
  const [first] = chunks;
  assert.ok(first !== undefined && chunks.length === 1);
  return { chunk: first, frames };
}

describe('some tracks of a chunk', () => {
  for (const [size, cluster] of Object.entries(CLUSTERS)) {
    const whole = read(chunk({ number: NUMBER, tracks: element(ID.Tracks, VIDEO_TRACK, AUDIO), cluster }));

    for (const [wanted, frames] of [
      ['video', ['picture 1', 'picture 2']],
      ['2', ['sound 1', 'sound 2']],
    ] as const) {
      it(`have their frames and descriptions alone (${wanted}, in a cluster of ${size})`, () => {
        const selected = selectTracks(whole.chunk, trackFilter([wanted]));
        assert.ok(selected !== undefined);
        const again = read(selected.data);
        assert.deepEqual(again.frames, frames);
        assert.deepEqual(
          selected.tracks,
          whole.chunk.tracks.filter(({ number }) => number === (wanted === '2' ? 2 : 1)),
        );
        const { offset, data, sizeInBytes, frames: count } = selected;
        assert.deepEqual([offset, sizeInBytes, count], [whole.chunk.offset, data.length, 2]);
        assert.deepEqual(again.chunk, { ...selected, offset: 0 });
        const { FragmentNumber, ContinuationToken, tags } = whole.chunk;
        assert.deepEqual(
          [selected.FragmentNumber, selected.ContinuationToken, selected.tags],
          [FragmentNumber, ContinuationToken, tags],
        );
      });
    }

    it(`are the chunk itself where they are all, and nothing where there are none (${size})`, () => {
      assert.equal(selectTracks(whole.chunk, trackFilter(['1', 'audio'])), whole.chunk);
      assert.equal(selectTracks(whole.chunk, trackFilter(['depth'])), undefined);
    });
  }
});
