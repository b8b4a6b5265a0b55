import assert from 'node:assert/strict';
import { ChunkReader, type Chunk } from '../../src/matroska';
import { modelFragment, notFound } from '../../testing/model-archive';

interface Read {
  readonly chunks: Chunk[];
  readonly truncated: number;
  readonly malformed: number;
  readonly inBand: (number | undefined)[];
}

/** What a reader of stored media finds, that is given the bytes in two slices. */
function read(bytes: Buffer, splitAt: number, isBroken = false): Read {
  const found = { chunks: [] as Chunk[], truncated: 0, malformed: 0, inBand: [] as (number | undefined)[] };
  const reader = new ChunkReader(
    {
      chunk: (chunk) => found.chunks.push(chunk),
      truncated: () => (found.truncated += 1),
      malformed: () => (found.malformed += 1),
      tooLarge: () => undefined,
      inBandError: ({ ErrorId }) => found.inBand.push(ErrorId),
    },
    { closingTags: false },
  );
  for (const slice of [bytes.subarray(0, splitAt), bytes.subarray(splitAt)]) {
    reader.write(Buffer.from(slice));
  }
  reader.end(isBroken);
  return found;
}

for (const [kind, isOpen] of [
  ['a known size', false],
  ['no known size', true],
] as const) {
  describe(`stored media, whose chunks have no closing tags, in clusters of ${kind}`, () => {
    const fragments = [1, 2, 3].map((sequence) => modelFragment(sequence, sequence * 2_000, isOpen));
    const bytes = Buffer.concat(fragments.map((fragment) => fragment.bytes));

    it('are split at EBML headers and the end, wherever the slices are', () => {
      for (let at = 0; at <= bytes.length; at += 1) {
        const { chunks, truncated, malformed } = read(bytes, at);
        assert.deepEqual(
          chunks.map((chunk) => chunk.FragmentNumber),
          fragments.map((fragment) => fragment.FragmentNumber),
        );
        assert.ok(Buffer.concat(chunks.map((chunk) => chunk.data)).equals(bytes), `split at ${at}`);
        assert.deepEqual([truncated, malformed], [0, 0]);
      }
    });

    it('do not have the last chunk of a response that broke', () => {
      const { chunks, truncated } = read(bytes, 100, true);
      assert.deepEqual([chunks.length, truncated], [2, 1]);
    });

    it('have no chunk that is cut within an element', () => {
      const { chunks, truncated } = read(bytes.subarray(0, -3), 100);
      assert.deepEqual([chunks.length, truncated], [2, 1]);
    });

    it('have no chunk that is damaged', () => {
      const damaged = Buffer.from(bytes);
      const second = fragments[0]?.bytes.length ?? 0;
      damaged.fill(0, second * 2 - 30, second * 2 - 10);
      const numbers = read(damaged, 100).chunks.map((chunk) => chunk.FragmentNumber);
      assert.deepEqual(numbers, [fragments[0]?.FragmentNumber, fragments[2]?.FragmentNumber]);
    });
  });
}

it('a fragment that is not found leaves an error in the media, and a chunk without any', () => {
  const [first, , third] = [1, 2, 3].map((sequence) => modelFragment(sequence, sequence * 2_000));
  const bytes = Buffer.concat(
    [first?.bytes ?? '', notFound('7'), third?.bytes ?? ''].map((part) => Buffer.from(part)),
  );
  const { chunks, inBand } = read(bytes, 10);
  assert.deepEqual(inBand, [3_000]);
  assert.deepEqual(
    chunks.map(({ hasCluster }) => hasCluster),
    [true, false, true],
  );
});
