/** The parsers that the suite `reader` compares: ours, two from npm, and a plain copy for scale. */
import { once } from 'node:events';
import { EbmlStreamDecoder, EbmlTagId } from 'ebml-stream';
import { Decoder, tools } from 'ts-ebml';
import type * as frameMemory from '../../nodes/shared/frame-memory';
import type * as matroska from '../../src/matroska';
import { compiled } from '../paths';

/** What a parser found, by which it is seen that all did the same work. */
export interface Found {
  frames: number;
  /** Of the frames; of a parser that does not take frames apart, the bytes of the chunks that it joined. */
  bytes: number;
  /** Values of AWS_KINESISVIDEO_FRAGMENT_NUMBER. */
  fragments: number;
}

/** One pass over a whole response. */
export type Parser = (slices: readonly Buffer[]) => Found | Promise<Found>;

const FRAGMENT_NUMBER = 'AWS_KINESISVIDEO_FRAGMENT_NUMBER';

/**
 * `view`: of each frame, as whoever takes it from its place in the bytes · `own`: each frame in memory of its own, as it
 * goes into a message.
 */
function ours(emit: 'chunk' | 'frame' | 'view' | 'own'): Parser {
  const { ChunkReader } = compiled('src/matroska') as typeof matroska;
  const { FrameMemory } = compiled('nodes/shared/frame-memory') as typeof frameMemory;
  return (slices) => {
    const found = { frames: 0, bytes: 0, fragments: 0 };
    const events: matroska.ReaderEvents = {
      chunk(chunk) {
        found.fragments += chunk.FragmentNumber === undefined ? 0 : 1;
        if (emit === 'chunk') {
          found.frames += chunk.frames;
          found.bytes += chunk.data.length;
        }
      },
      truncated: unexpected,
      inBandError: unexpected,
      malformed: unexpected,
      tooLarge: unexpected,
    };
    const memory = new FrameMemory();
    const sizes: Readonly<Record<typeof emit, (taken: matroska.Frame) => number>> = {
      chunk: unexpected,
      frame: ({ sizeInBytes }) => sizeInBytes,
      view: ({ data }) => data.length,
      own: (taken) => memory.own(taken).length,
    };
    const sizeOf = sizes[emit];
    const frame = (taken: matroska.Frame): void => {
      found.frames += 1;
      found.bytes += sizeOf(taken);
    };
    const reader = new ChunkReader(emit === 'chunk' ? events : { ...events, frame }, {
      chunkData: emit === 'chunk',
      keepsFrames: () => false,
    });
    for (const slice of slices) {
      reader.write(slice);
    }
    reader.end();
    return found;
  };
}

function unexpected(what: unknown): never {
  throw new Error(`The reader found fault with the input: ${JSON.stringify(what)}`);
}

/** Given Buffers, since that is what the body of an HTTP response comes in: views, which have no ArrayBuffer to give. */
function tsEbml(): Parser {
  return (slices) => {
    const decoder = new Decoder();
    const found = { frames: 0, bytes: 0, fragments: 0 };
    for (const slice of slices) {
      // Its types leave out the Buffers that it takes.
      for (const element of decoder.decode(slice as unknown as ArrayBuffer)) {
        if (element.name === 'SimpleBlock' && element.type === 'b') {
          for (const frame of tools.ebmlBlock(element.data).frames) {
            found.frames += 1;
            found.bytes += frame.length;
          }
        } else if (element.name === 'TagName' && 'value' in element && element.value === FRAGMENT_NUMBER) {
          found.fragments += 1;
        }
      }
    }
    return found;
  };
}

/** Of ebml-stream's tags, what is looked at. */
interface EbmlStreamTag {
  readonly id: number;
  readonly data?: unknown;
  /** Of blocks. */
  readonly payload?: Buffer;
}

const SIMPLE_BLOCK: number = EbmlTagId.SimpleBlock;
const TAG_NAME: number = EbmlTagId.TagName;

const ebmlStream: Parser = async (slices) => {
  const decoder = new EbmlStreamDecoder();
  const found = { frames: 0, bytes: 0, fragments: 0 };
  decoder.on('data', (tag: EbmlStreamTag) => {
    if (tag.id === SIMPLE_BLOCK) {
      found.frames += 1;
      found.bytes += tag.payload?.length ?? 0;
    } else if (tag.id === TAG_NAME && tag.data === FRAGMENT_NUMBER) {
      found.fragments += 1;
    }
  });
  const ended = once(decoder, 'end');
  for (const slice of slices) {
    if (!decoder.write(slice)) {
      await once(decoder, 'drain');
    }
  }
  decoder.end();
  await ended;
  return found;
};

/** Each chunk joined in memory of its own, by someone who knows beforehand where they end. */
function copy(chunkEnds: readonly number[]): Parser {
  return (slices) => {
    const found = { frames: 0, bytes: 0, fragments: 0 };
    let [next, start] = [0, 0];
    let from = 0;
    for (const end of chunkEnds) {
      const target = Buffer.allocUnsafeSlow(end - start);
      for (let at = start; at < end;) {
        const slice = slices[next];
        if (slice === undefined) {
          break;
        }
        const length = Math.min(slice.length - from, end - at);
        slice.copy(target, at - start, from, from + length);
        at += length;
        from += length;
        if (from === slice.length) {
          next += 1;
          from = 0;
        }
      }
      start = end;
      found.bytes += target.length;
      found.fragments += 1;
    }
    return found;
  };
}

export const PARSERS = ['chunk', 'frame', 'view', 'own', 'ts-ebml', 'ebml-stream', 'copy'] as const;
export type ParserName = (typeof PARSERS)[number];

export function parser(name: ParserName, chunkEnds: () => readonly number[]): Parser {
  switch (name) {
    case 'chunk':
    case 'frame':
    case 'view':
    case 'own':
      return ours(name);
    case 'ts-ebml':
      return tsEbml();
    case 'ebml-stream':
      return ebmlStream;
    case 'copy':
      return copy(chunkEnds());
  }
}
