import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { ChunkFinder, type Found } from '../../../src/convert/input/find-chunks';
import { collectGarbage } from '../../../testing/collect-garbage';
import { bytes, element, elementThatLies, ID } from '../../../testing/matroska-writer';
import { AVCC, aacEntry, lengthPrefixed, slice, smallChunk, videoEntry, type Block } from '../small-streams';

const TRACKS = [videoEntry(AVCC), aacEntry(2, 48_000, 2, Buffer.from('1190', 'hex'))];

/** Takes more than one write. */
const LARGE_BYTES = 300 * 1024;

const frame = fc.record({
  track: fc.integer({ min: 1, max: 3 }),
  time: fc.integer({ min: 0, max: 2_000 }),
  size: fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 300 }), weight: 30 },
    { arbitrary: fc.constant(LARGE_BYTES), weight: 1 },
  ),
  key: fc.boolean(),
});

const chunk = fc
  .record({
    number: fc.integer({ min: 1, max: 99 }),
    at: fc.nat(1e9),
    tracks: fc.integer({ min: 1, max: 2 }),
    frames: fc.array(frame, { maxLength: 6 }),
    isTagged: fc.boolean(),
  })
  .map(({ number, at, tracks, frames, isTagged }) =>
    smallChunk({
      number,
      at,
      tracks: TRACKS.slice(0, tracks),
      blocks: frames.map(({ size, ...block }): Block => ({
        ...block,
        data: lengthPrefixed([slice(block.key, 1, size)]),
      })),
      tags: isTagged ? [['place', 'hall']] : [],
    }),
  );

const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** What may be wrong with a payload. */
const damage = fc.oneof(
  { arbitrary: fc.constant((payload: Buffer) => payload), weight: 4 },
  part.map((at) => (payload: Buffer) => payload.subarray(0, Math.floor(at * payload.length))),
  fc
    .tuple(part, fc.integer({ min: 1, max: 255 }), fc.integer({ min: 1, max: 8 }))
    .map(([at, value, count]) => (payload: Buffer) => {
      const broken = Buffer.from(payload);
      const from = Math.floor(at * payload.length);
      broken.fill(value, from, Math.min(from + count, broken.length));
      return broken;
    }),
  fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((rubbish) => (payload: Buffer) => bytes(payload, [...rubbish])),
  fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((rubbish) => (payload: Buffer) => bytes([...rubbish], payload)),
  fc.constant((payload: Buffer) => bytes(payload, element(ID.Tags), element(ID.Void, [0, 0]))),
  fc.constant((payload: Buffer) => bytes(element(ID.Tags), payload)),
  fc.constant((payload: Buffer) => bytes(payload, elementThatLies(ID.Void, 9))),
);

const payload = fc
  .tuple(fc.array(chunk, { minLength: 1, maxLength: 3 }), damage)
  .map(([chunks, break_]) => break_(Buffer.concat(chunks)));

function find(finder: ChunkFinder, bytes_: Buffer): unknown[] {
  return [...finder.find(bytes_)].filter((found) => found !== undefined).map(plain);
}

/** As values that can be compared. */
function plain(found: Found): unknown {
  if ('error' in found) {
    const { ErrorType, statement } = found.error;
    return { ErrorType, statement, identity: found.identity };
  }
  const { frames, ...rest } = found.chunk;
  return {
    ...rest,
    frames: frames.map(({ track, index, timecodeMs, keyframe, data }) => ({
      ...{ track, index, timecodeMs, keyframe },
      data: data.toString('hex'),
    })),
  };
}

describe('what is found in a payload', () => {
  it('does not depend on the payloads before, whole or broken', () => {
    fc.assert(
      fc.property(fc.array(payload, { minLength: 2, maxLength: 6 }), (payloads) => {
        const finder = new ChunkFinder();
        for (const [i, one] of payloads.entries()) {
          assert.deepEqual(find(finder, one), find(new ChunkFinder(), one), `payload ${i}`);
        }
      }),
      { numRuns: 60, verbose: true },
    );
  });

  it('does not depend on payloads that were left in the middle, or are read at the same time', () => {
    const [one, two, three] = [1, 2, 3].map((number) =>
      smallChunk({
        number,
        at: number * 1_000,
        tracks: TRACKS,
        blocks: [{ time: 0, data: lengthPrefixed([slice(true, number, number * 100)]), key: true }],
      }),
    ) as [Buffer, Buffer, Buffer];
    const finder = new ChunkFinder();
    find(finder, one);
    const left = finder.find(bytes(one, two, three));
    left.next();
    assert.deepEqual(find(finder, two), find(new ChunkFinder(), two));
    const rest = [...left].filter((found) => found !== undefined).map(plain);
    assert.deepEqual(rest, find(new ChunkFinder(), bytes(one, two, three)).slice(1));
    assert.deepEqual(find(finder, three), find(new ChunkFinder(), three));
  });

  it('keeps no payload in memory once it has been dealt with', async () => {
    const finder = new ChunkFinder();
    const gone: WeakRef<ArrayBufferLike>[] = [];
    const dealWith = (number: number, size: number): void => {
      const own = smallChunk({
        number,
        at: number * 1_000,
        tracks: TRACKS,
        blocks: [{ time: 0, data: lengthPrefixed([slice(true, 1, size)]), key: true }],
      });
      assert.equal(find(finder, own).length, 1);
      gone.push(new WeakRef(own.buffer));
    };
    // Smaller ones lie in memory that Node.js keeps.
    dealWith(1, Buffer.poolSize);
    dealWith(2, LARGE_BYTES);
    await collectGarbage();
    assert.deepEqual(
      gone.map((one) => one.deref()?.byteLength),
      [undefined, undefined],
    );
    dealWith(3, 100);
  });
});
