import assert from 'node:assert/strict';
import {
  ChunkReader,
  MalformedMediaError,
  type Chunk,
  type ChunkHead,
  type ChunkReaderOptions,
  type TruncatedChunk,
  type Frame,
  type InBandError,
  type ReaderEvents,
} from '../../src/matroska';

/** A frame with its bytes as they were when it came. */
export type RecordedFrame = Pick<
  Frame,
  'track' | 'index' | 'timecodeMs' | 'keyframe' | 'discardable' | 'data'
>;

export type Recorded =
  | { readonly kind: 'head'; readonly head: ChunkHead }
  | { readonly kind: 'frame'; readonly frame: RecordedFrame; readonly head: ChunkHead }
  | { readonly kind: 'chunk'; readonly chunk: Chunk }
  | { readonly kind: 'truncated'; readonly chunk: TruncatedChunk }
  | { readonly kind: 'inBandError'; readonly error: InBandError }
  | { readonly kind: 'malformed'; readonly error: MalformedMediaError }
  | { readonly kind: 'tooLarge'; readonly head: ChunkHead; readonly error: Error };

/** A reader and what it called, in order. */
export class Recorder {
  readonly all: Recorded[] = [];
  readonly reader: ChunkReader;

  constructor(options: ChunkReaderOptions & { readonly frames?: boolean } = {}) {
    const events: ReaderEvents = {
      head: (head) => this.all.push({ kind: 'head', head }),
      chunk: (chunk) => this.all.push({ kind: 'chunk', chunk }),
      truncated: (chunk) => this.all.push({ kind: 'truncated', chunk }),
      inBandError: (error) => this.all.push({ kind: 'inBandError', error }),
      malformed: (error) => {
        assert.ok(error instanceof MalformedMediaError);
        this.all.push({ kind: 'malformed', error });
      },
      tooLarge: (head, error) => this.all.push({ kind: 'tooLarge', head, error }),
      ...(options.frames === true
        ? {
            frame: (frame: Frame, head: ChunkHead) => {
              this.all.push({ kind: 'frame', frame: recorded(frame), head });
            },
          }
        : {}),
    };
    this.reader = new ChunkReader(events, options);
  }

  /** Each slice is overwritten afterwards, as a transport may do. */
  write(bytes: Buffer, sliceBytes = bytes.length): this {
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      const slice = Buffer.from(bytes.subarray(at, at + sliceBytes));
      this.reader.write(slice);
      slice.fill(0xa3);
    }
    return this;
  }

  end(): this {
    this.reader.end();
    return this;
  }

  /** The kinds of all events but heads and frames. */
  get kinds(): string[] {
    return this.all.map(({ kind }) => kind).filter((kind) => kind !== 'head' && kind !== 'frame');
  }

  get chunks(): Chunk[] {
    return this.all.flatMap((event) => (event.kind === 'chunk' ? [event.chunk] : []));
  }

  get truncated(): TruncatedChunk[] {
    return this.all.flatMap((event) => (event.kind === 'truncated' ? [event.chunk] : []));
  }

  get frames(): RecordedFrame[] {
    return this.all.flatMap((event) => (event.kind === 'frame' ? [event.frame] : []));
  }

  get errors(): InBandError[] {
    return this.all.flatMap((event) => (event.kind === 'inBandError' ? [event.error] : []));
  }

  get malformed(): MalformedMediaError[] {
    return this.all.flatMap((event) => (event.kind === 'malformed' ? [event.error] : []));
  }

  get numbers(): (string | undefined)[] {
    return this.chunks.map(({ FragmentNumber }) => FragmentNumber);
  }
}

export function read(
  bytes: Buffer,
  options: ChunkReaderOptions & { readonly frames?: boolean; readonly sliceBytes?: number } = {},
): Recorder {
  return new Recorder(options).write(bytes, options.sliceBytes).end();
}

/** The only one there is. */
export function only<Item>(items: readonly Item[]): Item {
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) {
    throw new Error(`${items.length} items, where one is expected`);
  }
  return item;
}

export function tagsOf(chunk: ChunkHead): Record<string, readonly string[]> {
  return Object.fromEntries(chunk.tags);
}

/** Its bytes are copied, since they may lie in the slice, unless the reader gives their memory away. */
function recorded(frame: Frame): RecordedFrame {
  const { track, index, timecodeMs, keyframe, discardable } = frame;
  const data = frame.own();
  return { track, index, timecodeMs, keyframe, discardable, data };
}
