/** Reads the chunks of a range by its lists of fragments: window by window, batch by batch, in order. */
import type { StoredFragment } from '../kinesis-video';
import { processTurn } from '../event-loop-turn';
import { BatchReader, type ReadBatch } from './batch-reader';
import { batchesOf, type Batch } from './batches';
import { beginOf } from './coverage';
import type { OrderedOutput } from './ordered-output';
import { fragmentsInRange } from './filter-by-range';
import { isNotRetained } from './retention';
import type { ArchiveDependencies, ChunkRequest } from './types';

/** So much of a range is listed at a time, so that memory is bounded however long it is. */
const WINDOW_MS = 30 * 60_000;
/** Batches read at a time, each on its own connection. A stream allows 5; one is left to other readers. */
const MOST_BATCHES = 4;
/** Listed bytes of the batches that are read or wait for their turn. */
const MOST_BYTES = 24 * 1024 * 1024;

/** A batch that is being read. It never rejects: the failure shows when its turn has come. */
interface Reading {
  readonly batch: Batch;
  readonly result: Promise<ReadBatch | { readonly error: unknown }>;
}

/** What has been read by lists. */
export interface ListedRange {
  /** Fragments that are listed and could not be read. */
  readonly missing: readonly StoredFragment[];
  /** The stream does not keep the begin of the range. */
  readonly isBeyondRetention: boolean;
}

/**
 * Sends all that is stored of the range.
 *
 * @param request with how often in a row a call may find all connections taken; default: as often as it may fail
 * @throws what makes every call fail, that the stream keeps nothing of the range, or the signal's reason
 */
export async function readChunksByList(
  dependencies: ArchiveDependencies,
  request: ChunkRequest & { readonly connectionTries?: number },
  output: OrderedOutput,
  signal: AbortSignal,
): Promise<ListedRange> {
  const stopped = new AbortController();
  const inner = AbortSignal.any([signal, stopped.signal]);
  const reader = new BatchReader(dependencies, request);
  const missing: StoredFragment[] = [];
  let isBeyondRetention = false;
  let isFirst = true;
  try {
    for (let { from } = request; from < request.to; from += WINDOW_MS) {
      const to = Math.min(request.to, from + WINDOW_MS);
      const listed = await listWindow(dependencies, { ...request, from, to }, to === request.to, inner);
      if (listed === undefined) {
        isBeyondRetention = true;
        continue;
      }
      // What contains a later window's begin belongs to the window before.
      const isOwn = (each: StoredFragment) => isFirst || beginOf(each, request.timestampType) >= from;
      const own = listed.filter((each) => !output.has(each.FragmentNumber) && isOwn(each));
      isFirst = false;
      missing.push(...(await readBatches(dependencies, batchesOf(own), reader, output, inner)));
    }
    return { missing, isBeyondRetention };
  } finally {
    stopped.abort(new DOMException('The range is no longer read.', 'AbortError'));
  }
}

/** Undefined where the stream no longer keeps the window, but may keep a later one. */
async function listWindow(
  dependencies: ArchiveDependencies,
  window: ChunkRequest,
  isLast: boolean,
  signal: AbortSignal,
): Promise<StoredFragment[] | undefined> {
  try {
    return await fragmentsInRange(dependencies, window, signal);
  } catch (error) {
    if (!isLast && isNotRetained(error)) {
      return undefined;
    }
    throw error;
  }
}

async function readBatches(
  { turn = processTurn }: ArchiveDependencies,
  batches: readonly Batch[],
  reader: BatchReader,
  output: OrderedOutput,
  signal: AbortSignal,
): Promise<StoredFragment[]> {
  const missing: StoredFragment[] = [];
  const readings: Reading[] = [];
  let bytes = 0;
  let next = 0;
  const read = (batch: Batch): Reading => {
    bytes += batch.bytes;
    return { batch, result: reader.read(batch.fragments, signal).catch((error: unknown) => ({ error })) };
  };
  const begin = (): void => {
    for (let batch = batches[next]; batch !== undefined; batch = batches[next]) {
      if (readings.length > 0 && (readings.length >= MOST_BATCHES || bytes + batch.bytes > MOST_BYTES)) {
        break;
      }
      next += 1;
      readings.push(read(batch));
    }
  };
  begin();
  for (let [reading] = readings; reading !== undefined; [reading] = readings) {
    const result = await reading.result;
    if ('error' in result) {
      throw result.error;
    }
    const left = new Set(result.left);
    for (const fragment of reading.batch.fragments.filter((each) => !left.has(each))) {
      const received = result.chunks.get(fragment.FragmentNumber);
      result.chunks.delete(fragment.FragmentNumber);
      if (received === undefined) {
        missing.push(fragment);
        continue;
      }
      await output.room(signal);
      while (turn.isExhausted) {
        await new Promise<void>((resolve) => {
          turn.next(resolve);
        });
      }
      turn.spend(1, received.chunk.sizeInBytes);
      signal.throwIfAborted();
      output.offer(received);
    }
    readings.shift();
    bytes -= reading.batch.bytes;
    if (left.size > 0) {
      readings.unshift(read({ ...reading.batch, fragments: result.left }));
    }
    begin();
  }
  return missing;
}
