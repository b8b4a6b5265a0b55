import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ChunkReader, MalformedMediaError, type ReaderEvents } from '../../src/matroska';
import { Children } from '../../src/matroska/master';
import {
  EBML_HEADER,
  FIXED,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  chunk,
  element,
  elementOfUnknownSize,
  elementThatLies,
  frontTags,
  id,
  simpleBlock,
  uint,
} from '../../testing/matroska-writer';
import { PROPERTY_SEED, PROPERTY_TIMEOUT_MS, cases } from '../../testing/properties';
import { only, read } from './recorded';

const MAGIC = id(ID.EBML);
const MEDIA_FRONT = Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, frontTags('2')]);
const lacedBlock = (frames: number): Buffer => simpleBlock(1, 0, KEYFRAME | FIXED, [frames - 1]);
const cluster = (...blocks: readonly Buffer[]): Buffer =>
  elementOfUnknownSize(ID.Cluster, 8, uint(ID.Timestamp, 0), ...blocks);

/** Each is another, since what a chunk repeats is not read again. */
const TRACKS_OF_VOIDS = [45_000, 45_001, 45_002].map((count) =>
  element(ID.Tracks, Buffer.alloc(2 * count, element(ID.Void))),
);

/** What a reader calls, in words, where `suspends` says after which call it is suspended. */
class Reading {
  readonly calls: string[] = [];
  readonly reader: ChunkReader;

  constructor(suspends: (call: number) => boolean) {
    const call = (text: string): void => {
      this.calls.push(text);
      if (suspends(this.calls.length)) {
        this.reader.suspend();
      }
    };
    const events: ReaderEvents = {
      head: ({ FragmentNumber }) => {
        call(`head ${FragmentNumber ?? ''}`);
      },
      frame: ({ index, data }) => {
        call(`frame ${index} ${data.toString('hex')}`);
      },
      chunk: ({ FragmentNumber, data, frames }) => {
        call(`chunk ${FragmentNumber ?? ''} ${frames} ${data.toString('hex')}`);
      },
      truncated: ({ sizeInBytes, frames, lacksOnlyClosingTags }) => {
        call(`truncated ${sizeInBytes} ${frames} ${lacksOnlyClosingTags}`);
      },
      inBandError: ({ ErrorId }) => {
        call(`error ${ErrorId ?? ''}`);
      },
      malformed: ({ message }) => {
        call(`malformed ${message}`);
      },
      tooLarge: (_head, { message }) => {
        call(`too large ${message}`);
      },
    };
    this.reader = new ChunkReader(events);
  }

  /** Resumed whenever nothing but that is to be done; each slice is overwritten when it has been taken. */
  feed(bytes: Buffer, sliceBytes: number): this {
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      const slice = Buffer.from(bytes.subarray(at, at + sliceBytes));
      this.reader.write(slice);
      slice.fill(0xa3);
      this.#resume();
    }
    this.reader.end();
    this.#resume();
    return this;
  }

  #resume(): void {
    do {
      this.reader.resume();
    } while (this.reader.hasUnread);
  }
}

const part = fc.oneof(
  fc.nat(9).map((number) => chunk({ number: String(number) })),
  fc.nat(9).map((number) => chunk({ number: String(number), closing: Buffer.alloc(0) })),
  fc.nat(5).map((blocks) => chunk({ cluster: cluster(...new Array<Buffer>(blocks).fill(lacedBlock(9))) })),
  fc.nat(12).map((times) => Buffer.alloc(times * 4, MAGIC)),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.concat([MEDIA_FRONT, elementThatLies(ID.Void, 700, 'swallows what follows')])),
  fc.constant(Buffer.concat([MEDIA_FRONT, cluster(lacedBlock(3)), Buffer.from([0, 0])])),
);

describe('a reader of very many beginnings of chunks', () => {
  it('may be suspended every few hundred of them', () => {
    const ignore = (): void => undefined;
    let calls = 0;
    const events = {
      chunk: ignore,
      truncated: ignore,
      inBandError: ignore,
      malformed: ignore,
      tooLarge: ignore,
    };
    const reader = new ChunkReader({
      ...events,
      elements: () => {
        calls += 1;
      },
    });
    const bytes = Buffer.alloc(64 * 1024, MAGIC);
    reader.write(bytes);
    assert.ok(calls >= bytes.length / MAGIC.length / 500, `${calls} calls`);
  });
});

describe('a reader of very many elements', () => {
  const voids = (count: number): Buffer => Buffer.alloc(2 * count, element(ID.Void));
  for (const [name, bytes] of [
    ['in a Segment', chunk({ before: voids(100_000) })],
    ['in Tags', chunk({ before: element(ID.Tags, voids(100_000)) })],
    ['in a Cluster', chunk({ cluster: element(ID.Cluster, uint(ID.Timestamp, 0), voids(100_000)) })],
    ['in Tracks', chunk({ tracks: Buffer.concat(TRACKS_OF_VOIDS) })],
    ['that are blocks', chunk({ cluster: cluster(...new Array<Buffer>(19_000).fill(lacedBlock(1))) })],
  ] as const) {
    it(`may be suspended every few thousand of them: ${name}`, () => {
      const counts: number[] = [];
      const chunks: number[] = [];
      const reader = new ChunkReader({
        elements: (count) => {
          counts.push(count);
          reader.suspend();
        },
        chunk: ({ sizeInBytes }) => chunks.push(sizeInBytes),
        truncated: () => assert.fail(),
        inBandError: () => assert.fail(),
        malformed: ({ message }) => assert.fail(message),
        tooLarge: () => assert.fail(),
      });
      reader.write(bytes);
      while (reader.hasUnread) {
        assert.ok(reader.isSuspended);
        reader.resume();
      }
      reader.end();
      assert.deepEqual(chunks, [bytes.length]);
      assert.ok(counts.length >= 2);
      assert.ok(Math.max(...counts) <= 60_000, counts.join());
    });
  }
});

describe('a suspended reader', () => {
  it(`calls the same, in the same order, wherever it is suspended (seed ${PROPERTY_SEED})`, function () {
    this.timeout(PROPERTY_TIMEOUT_MS);
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 4 }),
        (parts, sliceBytes, every) => {
          const bytes = Buffer.concat(parts);
          const expected = new Reading(() => false).feed(bytes, sliceBytes).calls;
          const suspended = new Reading((call) => call % every === 0).feed(bytes, sliceBytes).calls;
          assert.deepEqual(suspended, expected);
        },
      ),
      cases(),
    );
  });

  it('reads no element after the one at hand either, wherever the slices are cut', () => {
    const bytes = Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, frontTags('2'), frontTags('2')]);
    const none = (): void => {
      assert.fail('nothing but the elements is called');
    };
    for (let cut = 1; cut < bytes.length; cut++) {
      let elements = 0;
      const reader: ChunkReader = new ChunkReader({
        master: () => {
          elements += 1;
          reader.suspend();
        },
        chunk: none,
        truncated: none,
        inBandError: none,
        malformed: none,
        tooLarge: none,
      });
      reader.write(bytes.subarray(0, cut));
      reader.write(bytes.subarray(cut));
      assert.equal(elements, 1, `cut at byte ${cut}`);
      reader.resume();
      assert.equal(elements, 2, `cut at byte ${cut}`);
    }
  });

  it('reads no block after the one at hand until it is resumed, and takes what comes meanwhile', () => {
    const bytes = chunk({ cluster: cluster(lacedBlock(3), simpleBlock(1, 1, 0, 'x'), lacedBlock(2)) });
    const reading = new Reading((call) => call === 2);
    reading.reader.write(bytes.subarray(0, -10));
    assert.equal(reading.calls.length, 1 + 3, 'the head, and the frames of one block');
    assert.ok(reading.reader.hasUnread);
    reading.reader.write(bytes.subarray(-10));
    reading.reader.end();
    assert.equal(reading.calls.length, 1 + 3);
    reading.reader.resume();
    assert.equal(reading.calls.length, 1 + 3 + 1 + 2 + 1);
    assert.ok(!reading.reader.hasUnread);
  });
});

describe('what comes of a few bytes', () => {
  it('is bounded: a chunk of more frames than are allowed is reported, and the next one is read', () => {
    const limits = { frames: 100 };
    const many = {
      laced: [lacedBlock(60), lacedBlock(41)],
      plain: Array.from({ length: 101 }, (_, i) => simpleBlock(1, i, 0, 'x')),
      grouped: Array.from({ length: 101 }, () =>
        element(ID.BlockGroup, element(ID.Block, [0x81, 0, 0, 0, 1])),
      ),
    };
    for (const [name, blocks] of Object.entries(many)) {
      for (const frames of [true, false]) {
        const bytes = Buffer.concat([
          chunk({ number: '1', cluster: cluster(...blocks) }),
          chunk({ number: '2', cluster: cluster(lacedBlock(100)) }),
        ]);
        const recorder = read(bytes, { limits, frames });
        assert.deepEqual(recorder.kinds, ['malformed', 'truncated', 'chunk'], name);
        assert.match(only(recorder.malformed).message, /more than 100 frames in a chunk/);
        assert.equal(recorder.chunks[0]?.frames, 100);
        assert.ok(recorder.frames.length <= 200);
      }
    }
  });

  it('makes no error that is not reported', () => {
    const header = { id: ID.EBML, from: 0, offset: 0, around: '', reports: false };
    const thrownFor = (bytes: Buffer): unknown => {
      try {
        Children.of({ ...header, bytes, to: bytes.length }, { left: 1 }).next();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const [one, another] = [thrownFor(Buffer.from([0])), thrownFor(Buffer.from([0x42, 0x86, 0x90]))];
    assert.ok(one instanceof MalformedMediaError);
    assert.equal(one, another);
  });

  it('is found in bounded steps where damaged media is read again', () => {
    const bytes = Buffer.concat([
      MEDIA_FRONT,
      cluster(simpleBlock(1, 0, KEYFRAME, Buffer.alloc(1024 * 1024, MAGIC)), Buffer.from([0, 0])),
      Buffer.alloc(20),
      chunk({ number: '7' }),
    ]);
    const steps: number[] = [];
    const found: (string | undefined)[] = [];
    let malformed = 0;
    const nothing = (): void => undefined;
    const reader: ChunkReader = new ChunkReader({
      chunk: ({ FragmentNumber }) => found.push(FragmentNumber),
      truncated: nothing,
      inBandError: nothing,
      tooLarge: nothing,
      malformed: () => {
        malformed += 1;
      },
      reread: (size) => {
        steps.push(size);
        reader.suspend();
      },
    });
    for (let at = 0; at < bytes.length; at += 50_000) {
      reader.write(bytes.subarray(at, at + 50_000));
    }
    reader.end();
    while (reader.hasUnread) {
      reader.resume();
    }
    assert.deepEqual([malformed, found], [1, ['7']]);
    assert.ok(steps.length > 16);
    assert.ok(steps.every((size) => size > 0 && size <= 64 * 1024));
    assert.ok(
      steps.reduce((sum, size) => sum + size, 0) <= 2 * bytes.length,
      'what is read again is bounded by what came in',
    );
  });
});
