import {
  ChunkReader,
  DEFAULT_MAX_CHUNK_BYTES,
  type Chunk,
  type ChunkHead,
  type CutChunk,
  type Frame,
  type Tags,
} from '../matroska';
import { ID } from './ebml-writer';
import { ConversionError } from './problems';
import { sourceTracks, type SourceTrack } from './source-track';
import { StoredFrames } from './stored-frames';
import type { ChunkIdentity } from './types';

/** A chunk as the converters see it: what it says of itself, and its frames as views of the payload. */
export interface MediaChunk {
  readonly identity: ChunkIdentity;
  readonly tags: Tags;
  /** Contents of its Tags elements, the service's own tags among them: views of the payload. */
  readonly tagElements: readonly Buffer[];
  readonly tracks: readonly SourceTrack[];
  /** In the order of the bytes, as their codec made them. */
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
  let trackElement: Buffer | undefined;
  let tagElements: Buffer[] = [];
  const stored = new StoredFrames();
  const forget = (): void => {
    frames = [];
    trackElement = undefined;
    tagElements = [];
  };
  const take = (head: ChunkHead): void => {
    if (frames.length > 0) {
      const identity = identityOf(head);
      try {
        const restored = stored.restore(sourceTracks(head.tracks, trackElement), frames);
        found.push({ chunk: { identity, tags: head.tags, tagElements, ...restored } });
      } catch (error) {
        if (!(error instanceof ConversionError)) {
          throw error;
        }
        found.push({ error, identity });
      }
    }
    forget();
  };
  const reader = new ChunkReader(
    {
      master: (id, content) => {
        if (id === ID.Tags) {
          tagElements.push(content);
        } else {
          trackElement = content;
        }
      },
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
        forget();
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
