import {
  ChunkReader,
  DEFAULT_MAX_CHUNK_BYTES,
  type Chunk,
  type ChunkHead,
  type CutChunk,
  type Frame,
  type Tags,
  type Track,
} from '../matroska';
import { ConversionError } from './problems';
import type { ChunkIdentity } from './types';

/** A chunk as the converters see it: what it says of itself, and its frames as views of the payload. */
export interface MediaChunk {
  readonly identity: ChunkIdentity;
  readonly tags: Tags;
  readonly tracks: readonly Track[];
  /** In the order of the bytes. */
  readonly frames: readonly Frame[];
}

/** What was found in a payload, in order. */
export type Found =
  { readonly chunk: MediaChunk } | { readonly error: ConversionError; readonly identity: ChunkIdentity };

/**
 * Finds the chunks in a payload. One that is broken off is given with the frames that are whole, after an error that
 * says so; one without media is passed over.
 */
export function findChunks(payload: Buffer): readonly Found[] {
  const found: Found[] = [];
  let frames: Frame[] = [];
  const take = (head: ChunkHead): void => {
    if (frames.length > 0) {
      found.push({ chunk: { identity: identityOf(head), tags: head.tags, tracks: head.tracks, frames } });
      frames = [];
    }
  };
  const reader = new ChunkReader(
    {
      frame: (frame) => {
        frames.push(frame);
      },
      chunk: (chunk: Chunk) => {
        take(chunk);
      },
      cut: (cut: CutChunk) => {
        if (!cut.complete) {
          found.push({
            error: new ConversionError(
              'TruncatedChunk',
              `a chunk breaks off after ${cut.frames} whole frames, which were converted`,
            ),
            identity: identityOf(cut.head),
          });
        }
        take(cut.head);
      },
      malformed: (error) => {
        found.push({ error: new ConversionError('MalformedMedia', error.message), identity: {} });
      },
      tooLarge: (head, error) => {
        frames = [];
        found.push({
          error: new ConversionError('ChunkTooLarge', error.message),
          identity: identityOf(head),
        });
      },
      inBandError: nothing,
    },
    { chunkData: false, maxChunkBytes: Math.max(DEFAULT_MAX_CHUNK_BYTES, payload.length) },
  );
  if (payload.length === 0) {
    found.push({ error: new ConversionError('MalformedMedia', 'the payload is empty'), identity: {} });
  }
  reader.write(payload);
  reader.end();
  return found;
}

/** Error tags within the media were told of by whoever read the stream. */
function nothing(): void {
  // Nothing is to be done.
}

function identityOf({ FragmentNumber, ProducerTimestamp, ServerTimestamp }: ChunkHead): ChunkIdentity {
  return {
    ...(FragmentNumber === undefined ? {} : { FragmentNumber }),
    ...(ProducerTimestamp === undefined ? {} : { ProducerTimestamp }),
    ...(ServerTimestamp === undefined ? {} : { ServerTimestamp }),
  };
}
