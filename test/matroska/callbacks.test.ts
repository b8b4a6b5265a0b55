import assert from 'node:assert/strict';
import { ChunkReader, type ReaderEvents } from '../../src/matroska';
import {
  EBML_HEADER,
  ID,
  KEYFRAME,
  UNKNOWN_SEGMENT,
  chunk,
  closingTags,
  FIXED,
  element,
  elementThatLies,
  id,
  simpleBlock,
  tags,
  uint,
  unknownSize,
} from '../../testing/matroska-writer';
import { Recorder, read } from './recorded';

const BLOCKS = Buffer.concat([
  uint(ID.Timestamp, 0),
  simpleBlock(1, 0, KEYFRAME, 'key frame'),
  simpleBlock(1, 40, 0, 'another'),
]);

describe('a reader', () => {
  it('reads nothing after end()', () => {
    const recorder = read(chunk().subarray(0, 100));
    recorder.write(chunk()).end();
    assert.deepEqual(recorder.kinds, ['truncated']);
  });

  it('tells of nothing after stop(), not even of the chunk that is open', () => {
    const recorder = new Recorder();
    recorder.write(chunk().subarray(0, 100));
    recorder.reader.stop();
    recorder.write(chunk()).end();
    assert.deepEqual(recorder.all, []);
  });

  it('can be stopped from within each callback, and then calls none any more', () => {
    const bytes = Buffer.concat([
      chunk({ number: '1', before: tags(['AWS_KINESISVIDEO_ERROR_ID', '5000']) }),
      Buffer.from('rubbish'),
      chunk({ number: '6', after: Buffer.alloc(20) }),
      chunk({ number: '7', cluster: element(ID.Cluster, simpleBlock(1, 0, FIXED, [2], 'abc')) }),
      chunk({ number: '2', closing: Buffer.alloc(0) }),
      chunk({ number: '3', closing: tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '1']) }),
      chunk({ number: '4', cluster: element(ID.Cluster, Buffer.alloc(2000, element(ID.Void))) }),
      chunk({ number: '5' }),
      Buffer.alloc(20_000, element(ID.Void)),
      Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, elementThatLies(ID.Void, 1200, chunk({ number: '8' }))]),
    ]);
    const total = calls(bytes, Infinity, 'stop').length;
    assert.deepEqual(new Set(calls(bytes, Infinity, 'stop')), new Set(Object.keys(quiet())));
    for (let after = 1; after <= total; after++) {
      assert.equal(calls(bytes, after, 'stop').length, after);
    }
  });

  it('can be ended from within each callback, which tells of an open chunk once', () => {
    const bytes = Buffer.concat([
      chunk({ number: '1' }),
      chunk({ number: '2', closing: Buffer.alloc(0) }),
      chunk({ number: '3', closing: tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '1']) }),
      chunk({ number: '4' }),
    ]);
    const all = calls(bytes, Infinity, 'end');
    for (let after = 1; after <= all.length; after++) {
      const open = ['head', 'master', 'frame'].includes(all[after - 1] ?? '');
      const expected = [...all.slice(0, after), ...(open ? ['truncated'] : [])];
      assert.deepEqual(calls(bytes, after, 'end'), expected);
    }
  });

  it('lets the error of a callback out of write, and is ended by it', () => {
    for (const name of ['head', 'master', 'frame', 'chunk'] as const) {
      const seen: string[] = [];
      const events = { ...quiet(), frame: () => undefined };
      const reader = newReader({
        ...events,
        chunk: () => seen.push('chunk'),
        truncated: () => seen.push('truncated'),
        [name]: () => {
          throw new Error(`thrown by ${name}`);
        },
      });
      assert.throws(
        () => {
          reader.write(chunk());
        },
        new RegExp(`thrown by ${name}`),
      );
      reader.write(chunk());
      reader.end();
      assert.deepEqual(seen, []);
    }
  });

  it('refuses to be written to from within its own callback', () => {
    const reader = newReader({
      ...quiet(),
      head: () => {
        reader.write(UNKNOWN_SEGMENT);
      },
    });
    assert.throws(() => {
      reader.write(chunk());
    }, /callback/);
  });

  it('with a Cluster of unknown size goes on at any element of level 1', () => {
    for (const next of [element(ID.Cues, 'c'), tags(['a', 'b']), element(ID.Cluster, BLOCKS)]) {
      const recorder = read(
        chunk({
          cluster: Buffer.concat([id(ID.Cluster), unknownSize(8), BLOCKS]),
          after: next,
          closing: closingTags('1'),
        }),
      );
      assert.deepEqual(recorder.kinds, ['chunk']);
      assert.equal(recorder.all.filter(({ kind }) => kind === 'head').length, 1);
    }
  });
});

type Events = Required<ReaderEvents>;

function quiet(): Events {
  const nothing = (): void => undefined;
  return {
    head: nothing,
    master: nothing,
    frame: nothing,
    chunk: nothing,
    truncated: nothing,
    inBandError: nothing,
    malformed: nothing,
    reread: nothing,
    elements: nothing,
    tooLarge: nothing,
  };
}

function newReader(events: ReaderEvents): ChunkReader {
  return new ChunkReader(events);
}

/** The callbacks that are called if the reader is stopped, or ended, in the one of the given number. */
function calls(bytes: Buffer, after: number, how: 'stop' | 'end'): string[] {
  const called: string[] = [];
  const call = (name: string) => (): void => {
    called.push(name);
    if (called.length === after) {
      reader[how]();
    }
  };
  const events = Object.fromEntries(Object.keys(quiet()).map((name) => [name, call(name)]));
  const reader = new ChunkReader(events as unknown as Events, { maxChunkBytes: 1500 });
  reader.write(bytes);
  reader.end();
  return called;
}
