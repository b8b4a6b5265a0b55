import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ChunkTooLargeError, DEFAULT_LIMITS } from '../../src/matroska';
import {
  CLUSTER,
  EBML_HEADER,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  VIDEO_TRACK,
  chunk,
  element,
  elementOfUnknownSize,
  elementThatLies,
  frontTags,
  id,
  simpleBlock,
  tags,
  trackEntry,
  uint,
} from '../../testing/matroska-writer';
import { Recorder, only, read } from './recorded';

const ONE = chunk({ number: '1' });
const TWO = chunk({ number: '2' });
const MAGIC = id(ID.EBML);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** In buffers that something still refers to. */
function heldBytes(): number {
  // The memory of buffers is freed beside the collection, and is so for sure when the next one begins.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

const RUBBISH: Readonly<Record<string, Buffer>> = {
  HTML: Buffer.from('<!doctype html><title>502 Bad Gateway</title><p>No EBML here'),
  JSON: Buffer.from('{"Message":"Rate exceeded"}'),
  gzip: Buffer.from('1f8b0800000000000003cb48cdc9c95728cf2fca49010085114a0d0b000000', 'hex'),
  zeros: Buffer.alloc(100_000),
  ones: Buffer.alloc(5000, 0xff),
  'the magic again and again': Buffer.alloc(4000, MAGIC),
  'beginnings of the magic': Buffer.alloc(4001, Buffer.from('1a1a451a45df', 'hex')),
  'EBML headers without a Segment': Buffer.alloc(EBML_HEADER.length * 40, EBML_HEADER),
  'an EBML header of unknown size': Buffer.concat([MAGIC, Buffer.from([0xff]), Buffer.alloc(40)]),
  'an EBML header of another document': element(ID.EBML, element(ID.DocType, 'notmatroska')),
  'an EBML header that is to be read by later readers': element(ID.EBML, uint(ID.EBMLReadVersion, 2)),
  'an EBML header with long ids': element(ID.EBML, uint(ID.EBMLMaxIDLength, 5)),
  'an EBML header beyond the limit': element(ID.EBML, element(ID.Void, Buffer.alloc(1100))),
  'an EBML header that lies': elementThatLies(ID.EBML, 300, 'x'),
};

describe('rubbish', () => {
  for (const [name, rubbish] of Object.entries(RUBBISH)) {
    for (const sliceBytes of [1, 5, 1000, 1_000_000]) {
      it(`instead of the first chunk is reported once: ${name}, in slices of ${sliceBytes}`, () => {
        const recorder = read(Buffer.concat([rubbish, ONE]), { sliceBytes });
        assert.deepEqual(recorder.kinds, ['malformed', 'chunk']);
        assert.ok(only(recorder.chunks).data.equals(ONE));
        assert.equal(only(recorder.chunks).offset, rubbish.length);
      });

      it(`between chunks is reported once: ${name}, in slices of ${sliceBytes}`, () => {
        const recorder = read(Buffer.concat([ONE, rubbish, TWO]), { sliceBytes });
        assert.deepEqual(recorder.kinds, ['chunk', 'malformed', 'chunk']);
        assert.ok(only(recorder.malformed).offset >= ONE.length);
        assert.deepEqual(recorder.numbers, ['1', '2']);
        assert.ok(recorder.chunks[1]?.data.equals(TWO));
      });
    }
  }

  it('alone is reported once, however much of it there is', () => {
    const recorder = new Recorder();
    const before = heldBytes();
    for (let i = 0; i < 128; i++) {
      recorder.reader.write(Buffer.alloc(1024 * 1024));
    }
    assert.ok(heldBytes() - before < 4 * 1024 * 1024);
    assert.deepEqual(recorder.end().kinds, ['malformed']);
    assert.equal(recorder.write(ONE).kinds.length, 1);
  });

  it('of fewer bytes than an element has is reported at the end', () => {
    const recorder = new Recorder().write(Buffer.from('PK'));
    assert.deepEqual(recorder.kinds, []);
    assert.deepEqual(recorder.end().kinds, ['malformed']);
  });

  it('within a chunk costs the chunk, which is reported as truncated right after', () => {
    for (const rubbish of [RUBBISH['zeros'] ?? Buffer.alloc(0), Buffer.from('00', 'hex')]) {
      for (const cluster of [CLUSTER, elementOfUnknownSize(ID.Cluster, 8, CLUSTER.subarray(5))]) {
        const damaged = chunk({ number: '1', cluster: Buffer.concat([cluster, rubbish]) });
        const recorder = read(Buffer.concat([damaged, TWO]), { sliceBytes: 300 });
        assert.deepEqual(recorder.kinds, ['malformed', 'truncated', 'chunk']);
        const truncated = only(recorder.truncated);
        assert.deepEqual(
          [truncated.head.FragmentNumber, truncated.hasCluster, truncated.frames],
          ['1', true, 2],
        );
        assert.equal(truncated.sizeInBytes, only(recorder.malformed).offset);
        assert.deepEqual(recorder.numbers, ['2']);
      }
    }
  });

  it('after a chunk that has all but its token does not cost that chunk', () => {
    const behindNow = tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '1']);
    // Nor is it searched, though what is in its media would pass for a chunk.
    const cluster = element(ID.Cluster, simpleBlock(1, 0, KEYFRAME, chunk({ number: '9' })));
    const whole = chunk({ number: '1', cluster, closing: behindNow });
    const recorder = read(Buffer.concat([whole, Buffer.alloc(50), TWO]), { sliceBytes: 20 });
    assert.deepEqual(recorder.kinds, ['chunk', 'malformed', 'chunk']);
    assert.ok(recorder.chunks[0]?.data.equals(whole));
  });

  const liars: Readonly<Record<string, Buffer>> = {
    'an element outside of any chunk': Buffer.concat([id(ID.CRC32), Buffer.from('5f5f', 'hex')]),
    'an element after an EBML header': Buffer.concat([EBML_HEADER, elementThatLies(ID.Void, 100_000)]),
    'the Tracks of a chunk': Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, elementThatLies(ID.Tracks, 4000)]),
    'an element that is skipped': Buffer.concat([
      EBML_HEADER,
      UNKNOWN_SEGMENT,
      elementThatLies(ID.Cues, 100_000),
    ]),
  };
  for (const [name, liar] of Object.entries(liars)) {
    it(`that claims all the rest of a response gives it back when that ends: ${name}`, () => {
      for (const sliceBytes of [1, 33, 100_000]) {
        const bytes = Buffer.concat([ONE, liar, TWO, liar, ONE]);
        const recorder = read(bytes, { sliceBytes });
        assert.deepEqual(
          recorder.kinds.filter((kind) => kind !== 'truncated'),
          ['chunk', 'malformed', 'chunk', 'malformed', 'chunk'],
        );
        assert.deepEqual(recorder.numbers, ['1', '2', '1']);
      }
    });
  }

  it('is not suspected in an element that is merely cut off', () => {
    const trailing = elementThatLies(ID.Tags, 500, element(ID.Void, Buffer.alloc(50)));
    assert.deepEqual(read(Buffer.concat([ONE, trailing])).kinds, ['chunk']);
    const head = chunk({
      tracks: elementThatLies(ID.Tracks, 500, Buffer.alloc(50)),
      cluster: Buffer.alloc(0),
    });
    assert.deepEqual(read(head.subarray(0, 150)).kinds, ['truncated']);
  });

  it('is reported again when a chunk has come in between', () => {
    const zero = Buffer.alloc(10);
    const recorder = read(Buffer.concat([zero, ONE, zero, TWO, zero]), { sliceBytes: 7 });
    assert.deepEqual(recorder.kinds, ['malformed', 'chunk', 'malformed', 'chunk', 'malformed']);
  });
});

describe('what is malformed', () => {
  const cluster = (...parts: readonly Buffer[]): Buffer =>
    chunk({ cluster: element(ID.Cluster, uint(ID.Timestamp, 0), ...parts) });
  const twoBlocks = Array.from({ length: 2 }, (_, i) => element(ID.Block, [0x81, 0, 0, 0, i + 1]));
  /** The element at fault, where it stands, and the bytes around it. */
  const cases: Readonly<Record<string, [bad: Buffer, path: string, around?: (bad: Buffer) => Buffer]>> = {
    'a block that reaches a byte beyond its Cluster': [
      elementThatLies(ID.SimpleBlock, 6, 'short'),
      'Segment/Cluster/SimpleBlock',
    ],
    'a block that reaches beyond its Cluster': [
      elementThatLies(ID.SimpleBlock, 100, 'short'),
      'Segment/Cluster/SimpleBlock',
    ],
    'a Cluster that reaches beyond its Segment': [
      elementThatLies(ID.Cluster, 30, 'x'),
      'Segment/Cluster',
      (bad) => Buffer.concat([EBML_HEADER, elementThatLies(ID.Segment, 20, bad)]),
    ],
    'a block in a Cluster of unknown size that reaches beyond the Segment': [
      elementThatLies(ID.SimpleBlock, 6, 'short'),
      'Segment/Cluster/SimpleBlock',
      (bad) => Buffer.concat([EBML_HEADER, element(ID.Segment, elementOfUnknownSize(ID.Cluster, 1, bad))]),
    ],
    'a block without flags': [element(ID.SimpleBlock, [0x81, 0, 0]), 'Segment/Cluster/SimpleBlock'],
    'an empty block': [element(ID.SimpleBlock), 'Segment/Cluster/SimpleBlock'],
    'a laced block without a number of frames': [
      element(ID.SimpleBlock, [0x81, 0, 0, 6]),
      'Segment/Cluster/SimpleBlock',
    ],
    'a block without a track': [element(ID.SimpleBlock, [0, 0, 0, 0, 0]), 'Segment/Cluster/SimpleBlock'],
    'a BlockGroup without a Block': [
      element(ID.BlockGroup, uint(ID.BlockDuration, 1)),
      'Segment/Cluster/BlockGroup',
    ],
    'an empty BlockGroup': [element(ID.BlockGroup), 'Segment/Cluster/BlockGroup'],
    'a BlockGroup with two Blocks': [
      twoBlocks[1] ?? Buffer.alloc(0),
      'Segment/Cluster/BlockGroup/Block',
      () => cluster(element(ID.BlockGroup, ...twoBlocks)),
    ],
    'a Timestamp of 9 bytes': [element(ID.Timestamp, Buffer.alloc(9)), 'Segment/Cluster/Timestamp'],
    'a block of unknown size': [
      elementOfUnknownSize(ID.SimpleBlock, 1, [0x81, 0, 0, 0]),
      'Segment/Cluster/SimpleBlock',
    ],
    'Tags of unknown size': [elementOfUnknownSize(ID.Tags, 8), 'Segment/Tags', (before) => chunk({ before })],
    'a Segment within a Segment': [element(ID.Segment), 'Segment/Segment', (before) => chunk({ before })],
    'a Cluster of unknown size within a Cluster': [
      elementOfUnknownSize(ID.Cluster, 1),
      'Segment/Cluster/Cluster',
    ],
    'a size above 2^53': [
      Buffer.concat([id(ID.Void), Buffer.from('0120000000000000', 'hex')]),
      'Segment/Cluster',
    ],
    'an EBML header without a Segment': [frontTags('1'), 'Tags', (bad) => Buffer.concat([EBML_HEADER, bad])],
  };

  for (const [name, [bad, path, around = cluster]] of Object.entries(cases)) {
    it(`is reported with its place: ${name}`, () => {
      const bytes = around(bad);
      for (const sliceBytes of [1, 13, bytes.length]) {
        const recorder = read(Buffer.concat([bytes, TWO]), { sliceBytes });
        const error = only(recorder.malformed);
        assert.equal(error.path, path);
        // What stands before it has no such bytes but for the magic number, which ends in the id of a SimpleBlock.
        assert.equal(error.offset, bytes.indexOf(bad, EBML_HEADER.length));
        assert.match(error.message, new RegExp(`byte ${error.offset}\\b`));
        assert.equal(recorder.numbers.at(-1), '2');
      }
    });
  }

  it('is an EBML header of what this reader cannot read', () => {
    for (const content of [
      element(ID.DocType, 'notmatroska'),
      uint(ID.EBMLReadVersion, 2),
      uint(ID.EBMLMaxIDLength, 5),
      uint(ID.EBMLMaxSizeLength, 9),
    ]) {
      const recorder = read(chunk({ ebml: element(ID.EBML, content) }));
      assert.deepEqual(recorder.kinds, ['malformed']);
      assert.match(only(recorder.malformed).path, /^EBML\//);
    }
    const plain = [uint(ID.EBMLReadVersion, 1), uint(ID.EBMLMaxIDLength, 4), uint(ID.EBMLMaxSizeLength, 8)];
    assert.deepEqual(read(chunk({ ebml: element(ID.EBML, ...plain) })).kinds, ['chunk']);
  });

  it('has the id of its element as a property', () => {
    const { elementId, name } = only(read(cluster(element(ID.SimpleBlock))).malformed);
    assert.deepEqual([elementId, name], [ID.SimpleBlock, 'MalformedMediaError']);
  });
});

describe('a size that lies', () => {
  const liar = (declared: number): Buffer =>
    chunk({
      number: '1',
      cluster: elementOfUnknownSize(
        ID.Cluster,
        8,
        elementThatLies(ID.SimpleBlock, declared, [0x81, 0, 0, 0]),
      ),
    });
  /** Text passes for unknown elements of up to 1 MiB; the last chunk is larger, so that all end within it. */
  const large = element(ID.Cluster, simpleBlock(1, 0, KEYFRAME, Buffer.alloc(1_100_000)));
  const others = [
    ...['2', '3', '4', '5'].map((number) => chunk({ number })),
    chunk({ number: '6', cluster: large }),
  ];

  // What begins after 1072 bytes continues, as elements, up to an EBML header.
  for (const declared of [300, 700, 1000, 1059, 1072, 1400]) {
    it(`costs its own chunk and no other, even where it reaches over them: ${declared} bytes`, () => {
      for (const sliceBytes of [50, 2000, 100_000]) {
        const recorder = read(Buffer.concat([liar(declared), ...others]), { sliceBytes });
        assert.equal(only(recorder.truncated).head.FragmentNumber, '1');
        assert.deepEqual(recorder.numbers, ['2', '3', '4', '5', '6']);
        for (const [i, found] of recorder.chunks.entries()) {
          assert.ok(found.data.equals(others[i] ?? Buffer.alloc(0)));
        }
      }
    });
  }

  it('of a Tags element is seen where the next element of the Segment begins', () => {
    const bad = chunk({ number: '1', before: elementThatLies(ID.Tags, 30_000_000) });
    assert.deepEqual(read(Buffer.concat([bad, TWO])).kinds, ['malformed', 'truncated', 'chunk']);
  });

  it('of an unknown element beyond any chunk is rubbish, not a large chunk', () => {
    const bad = chunk({ number: '1', before: elementThatLies(0x5ffe, 2 ** 40) });
    assert.deepEqual(read(Buffer.concat([bad, TWO])).kinds, ['malformed', 'truncated', 'chunk']);
  });
});

describe('a magic number within the media', () => {
  const media = Buffer.concat([MAGIC, EBML_HEADER, Buffer.alloc(100, MAGIC), MAGIC.subarray(0, 3)]);
  const withMagic = (number: string, after: Buffer): Buffer =>
    chunk({
      number,
      cluster: element(ID.Cluster, uint(ID.Timestamp, 0), simpleBlock(1, 0, KEYFRAME, media), after),
    });

  it('is not looked at in a chunk that is whole', () => {
    const bytes = withMagic('1', simpleBlock(1, 1, 0, media));
    for (const sliceBytes of [1, 4, 1000]) {
      assert.deepEqual(read(bytes, { sliceBytes }).kinds, ['chunk']);
    }
  });

  it('makes no noise in a chunk that is searched', () => {
    const damaged = withMagic('1', Buffer.concat([Buffer.alloc(10), media, EBML_HEADER, media]));
    for (const sliceBytes of [1, 4, 1000]) {
      const recorder = read(Buffer.concat([damaged, TWO]), { sliceBytes });
      assert.deepEqual(recorder.kinds, ['malformed', 'truncated', 'chunk']);
    }
  });

  it('that passes for a chunk makes one more run of rubbish at most', () => {
    const believable = Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, Buffer.alloc(30)]);
    const damaged = withMagic('1', Buffer.concat([Buffer.alloc(10), believable]));
    const recorder = read(Buffer.concat([damaged, TWO]), { sliceBytes: 9 });
    assert.deepEqual(recorder.kinds, ['malformed', 'truncated', 'malformed', 'truncated', 'chunk']);
    assert.equal(recorder.truncated[1]?.head.FragmentNumber, undefined);
  });
});

describe('a chunk that is too large', () => {
  const block = simpleBlock(1, 0, KEYFRAME, Buffer.alloc(600));
  const large = (sized: boolean): Buffer =>
    chunk({
      number: '1',
      cluster: sized
        ? element(ID.Cluster, block, block, block)
        : elementOfUnknownSize(ID.Cluster, 8, block, block, block),
    });

  for (const sized of [true, false]) {
    it(`is skipped: Cluster of ${sized ? 'known' : 'unknown'} size`, () => {
      for (const sliceBytes of [1, 33, 100_000]) {
        const bytes = large(sized);
        const options = { sliceBytes, maxChunkBytes: 1500 };
        const recorder = read(Buffer.concat([bytes, TWO]), options);
        assert.deepEqual(recorder.kinds, ['tooLarge', 'chunk']);
        const event = only(recorder.all.filter(({ kind }) => kind === 'tooLarge'));
        assert.ok(event.kind === 'tooLarge' && event.error instanceof ChunkTooLargeError);
        assert.equal(event.head.FragmentNumber, '1');
        assert.equal(event.error.maxChunkBytes, 1500);
        assert.ok(event.error.sizeInBytes > 1500 && event.error.sizeInBytes <= bytes.length);
        assert.deepEqual(recorder.numbers, ['2']);
        assert.deepEqual(read(bytes, { sliceBytes, maxChunkBytes: bytes.length }).kinds, ['chunk']);
        assert.deepEqual(read(bytes, { sliceBytes, maxChunkBytes: bytes.length - 1 }).kinds, ['tooLarge']);
      }
    });
  }

  it('is seen as soon as a size says so', () => {
    const bytes = chunk({ cluster: elementThatLies(ID.Cluster, 1400) });
    const recorder = new Recorder({ maxChunkBytes: 1500 });
    recorder.write(bytes.subarray(0, bytes.indexOf(id(ID.Cluster)) + 12));
    assert.deepEqual(
      recorder.all.map(({ kind }) => kind),
      ['tooLarge'],
    );
  });

  it('is let go of', () => {
    const recorder = new Recorder({ maxChunkBytes: 4 * 1024 * 1024 });
    recorder.write(chunk({ cluster: Buffer.alloc(0), closing: Buffer.alloc(0) }));
    recorder.write(Buffer.concat([id(ID.Cluster), Buffer.from([0xff])]));
    const megabyte = simpleBlock(1, 0, 0, Buffer.alloc(1024 * 1024));
    const before = heldBytes();
    for (let i = 0; i < 3; i++) {
      recorder.write(megabyte, 65_536);
    }
    assert.deepEqual(recorder.kinds, []);
    assert.ok(heldBytes() - before > 2 * 1024 * 1024);
    recorder.write(megabyte, 65_536);
    assert.deepEqual(recorder.kinds, ['tooLarge']);
    assert.ok(heldBytes() - before < 1024 * 1024);
    recorder.write(TWO);
    assert.deepEqual(recorder.kinds, ['tooLarge', 'chunk']);
  });
});

describe('a reader', () => {
  it('holds no more than one chunk, even where each begins in the slice of the one before', () => {
    const recorder = new Recorder({ chunkData: false });
    const cluster = element(ID.Cluster, simpleBlock(1, 0, KEYFRAME, Buffer.alloc(100_000)));
    const one = chunk({ cluster, closing: tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '1']) });
    const shifted = Buffer.concat([one.subarray(2), one.subarray(0, 2)]);
    recorder.write(one.subarray(0, 2));
    const before = heldBytes();
    for (let i = 0; i < 100; i++) {
      recorder.write(shifted);
    }
    assert.equal(recorder.chunks.length, 99);
    assert.ok(heldBytes() - before < 1024 * 1024);
  });
});

describe('a limit on a chunk', () => {
  it('holds for the number of its elements', () => {
    const bytes = chunk({ cluster: element(ID.Cluster, Buffer.alloc(200, element(ID.Void))) });
    assert.deepEqual(read(bytes, { limits: { elements: 112 } }).kinds, ['chunk']);
    assert.deepEqual(read(bytes, { limits: { elements: 111 } }).kinds, ['malformed', 'truncated']);
  });

  for (const [name, within] of [
    ['Tracks', (voids: Buffer) => ({ tracks: element(ID.Tracks, VIDEO_TRACK, voids) })],
    ['a TrackEntry', (voids: Buffer) => ({ tracks: element(ID.Tracks, trackEntry(1, voids)) })],
    [
      'ContentEncodings',
      (voids: Buffer) => ({ tracks: element(ID.Tracks, trackEntry(1, element(ID.ContentEncodings, voids))) }),
    ],
    ['Info', (voids: Buffer) => ({ info: element(ID.Info, voids) })],
    ['an EBML header', (voids: Buffer) => ({ ebml: element(ID.EBML, voids) })],
  ] as const) {
    it(`holds for the number of elements in ${name}`, () => {
      const bytes = chunk(within(Buffer.alloc(200, element(ID.Void))));
      assert.deepEqual(read(bytes, { limits: { elementsWithin: 110 } }).kinds, ['chunk']);
      assert.equal(read(bytes, { limits: { elementsWithin: 99 } }).kinds[0], 'malformed');
    });
  }

  it('holds for the number of elements in Tracks that fill their 4 MiB', () => {
    const voids = Buffer.alloc(DEFAULT_LIMITS.tracksBytes - 100, element(ID.Void));
    const bytes = chunk({ tracks: element(ID.Tracks, VIDEO_TRACK, voids) });
    const { kinds, malformed } = read(bytes, { sliceBytes: 65_536 });
    assert.deepEqual(kinds, ['malformed', 'truncated']);
    assert.match(malformed[0]?.message ?? '', /more elements than are read of one .*Segment\/Tracks/);
  });

  it('holds for an element that Matroska does not know, wherever it is', () => {
    const unknown = element(0x5ffe, Buffer.alloc(100));
    for (const part of [{ before: unknown }, { cluster: element(ID.Cluster, unknown) }]) {
      assert.deepEqual(read(chunk(part), { limits: { unknownBytes: 100 } }).kinds, ['chunk']);
      assert.deepEqual(read(chunk(part), { limits: { unknownBytes: 99 } }).kinds, ['malformed', 'truncated']);
    }
    const known = element(ID.Void, Buffer.alloc(100));
    assert.deepEqual(read(chunk({ before: known }), { limits: { unknownBytes: 99 } }).kinds, ['chunk']);
  });

  for (const [name, limit, part] of [
    ['Info', 'infoBytes', { info: element(ID.Info, element(ID.Void, Buffer.alloc(98))) }],
    ['Tracks', 'tracksBytes', { tracks: element(ID.Tracks, element(ID.Void, Buffer.alloc(98))) }],
    ['an EBML header', 'ebmlHeaderBytes', { ebml: element(ID.EBML, element(ID.Void, Buffer.alloc(98))) }],
  ] as const) {
    it(`holds for the size of ${name}`, () => {
      assert.deepEqual(read(chunk(part), { limits: { [limit]: 100 } }).kinds, ['chunk']);
      assert.equal(read(chunk(part), { limits: { [limit]: 99 } }).kinds[0], 'malformed');
    });
  }
});
