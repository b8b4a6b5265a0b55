/** Makes one recording of the chunks of a recorded GetMedia response, so that it can be produced anew as live media. */
import { demux, type SourceBlock, type SourceMedia } from './demuxer';
import { ID } from './element-ids';
import { MediaError } from './media-error';
import type { RecordedChunk } from './recording';
import { SERVICE_TAG } from './service-tags';

/** A longer time between two chunks is an outage, which is not waited for. */
const LONGEST_STEP_MS = 30_000;

/**
 * The media of the chunks, one after the other as their producer times say. Chunks without whole media, and those of
 * other tracks than the first one's, are left out, and so are the service's own tags.
 *
 * @throws {MediaError} if no chunk has media
 */
export function replayed(chunks: readonly RecordedChunk[]): SourceMedia {
  let first: SourceMedia | undefined;
  let before: RecordedChunk | undefined;
  let startMs = 0;
  const blocks: SourceBlock[] = [];
  for (const chunk of chunks) {
    const media = mediaOf(chunk);
    if (media !== undefined && (first === undefined || tracksOf(media).equals(tracksOf(first)))) {
      first ??= media;
      startMs += before === undefined ? 0 : stepMs(before, chunk);
      before = chunk;
      const origin = Math.min(...media.blocks.map(({ timeMs }) => timeMs));
      const shift = startMs - origin;
      blocks.push(...media.blocks.map((block) => ({ ...block, timeMs: block.timeMs + shift })));
    }
  }
  if (first === undefined) {
    throw new MediaError('none of its chunks has media');
  }
  const beforeClusters = first.beforeClusters.filter(
    ({ id, bytes }) => id !== ID.Tags || !bytes.includes(SERVICE_TAG.fragmentNumber),
  );
  return { ...first, beforeClusters, blocks };
}

function mediaOf({ bytes }: RecordedChunk): SourceMedia | undefined {
  try {
    return demux(bytes);
  } catch (error) {
    if (error instanceof MediaError) {
      return undefined;
    }
    throw error;
  }
}

function tracksOf({ beforeClusters }: SourceMedia): Buffer {
  return beforeClusters.find(({ id }) => id === ID.Tracks)?.bytes ?? Buffer.alloc(0);
}

/** Between the beginnings of two chunks, ms. */
function stepMs(before: RecordedChunk, chunk: RecordedChunk): number {
  const step = (chunk.ProducerTimestamp ?? NaN) - (before.ProducerTimestamp ?? NaN);
  return step > 0 && step <= LONGEST_STEP_MS ? step : before.durationMs;
}
