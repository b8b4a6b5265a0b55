/** Reads the fragments of one batch until each has come, or is given up. */
import { KinesisVideoError, type StoredFragment } from '../kinesis-video';
import type { StreamRef } from '../options';
import { retryCalls } from './call-retries';
import {
  MOST_KEPT_BYTES,
  readBatchResponse,
  type BatchOutcome,
  type ReceivedChunk,
} from './read-batch-response';
import { serviceTagsSize } from './service-tags-size';
import { sleep } from './sleep';
import type { ArchiveDependencies } from './types';

/** A fragment that is listed and does not come is asked for again after so many ms each. */
const ASK_AGAIN_MS = [500, 1_000, 2_000, 4_000];
const INVALID_NUMBERS = /Fragment numbers are invalid/i;

interface BatchOptions {
  readonly stream: StreamRef;
  readonly maxChunkBytes: number;
  /** So often in a row a call may find all connections of the stream taken; default: as often as it may fail. */
  readonly connectionTries?: number;
}

/** What has been read of a batch. */
export interface ReadBatch {
  /** By fragment number. What is neither here nor left could not be read. */
  readonly chunks: Map<string, ReceivedChunk>;
  /** What is still to be read, because the chunks that came are much larger than they are listed. */
  readonly left: readonly StoredFragment[];
}

/** Shared by the batches of a range, since it is learnt from the first. */
export class BatchReader {
  /**
   * How many bytes, beside the service's tags, the chunks that are certainly whole have more than their list says, at
   * least. Undefined before the first of them.
   */
  #leastOverhead: number | undefined;

  constructor(
    private readonly dependencies: ArchiveDependencies,
    private readonly options: BatchOptions,
  ) {}

  /** @throws what makes every call fail, or the signal's reason */
  async read(fragments: readonly StoredFragment[], signal: AbortSignal): Promise<ReadBatch> {
    const wanted = new Map(fragments.map((fragment) => [fragment.FragmentNumber, fragment]));
    const got = new Map<string, ReceivedChunk>();
    /** Chunks that may lack their end: whole only if another chunk follows them, or they come so again. */
    const doubtful = new Map<string, ReceivedChunk>();
    let asked = 0;
    let bytes = 0;
    while (wanted.size > 0) {
      const [read] = got.keys();
      const {
        chunks,
        error,
        isCut = false,
      } = await this.#ask(wanted, doubtful.size > 0 ? read : undefined, signal);
      const left = wanted.size;
      for (const [index, received] of chunks.entries()) {
        const { FragmentNumber } = received;
        const fragment = wanted.get(FragmentNumber);
        const isLast = index === chunks.length - 1;
        const before = doubtful.get(FragmentNumber);
        if (fragment !== undefined && this.#isWhole(fragment, received, isLast, before)) {
          wanted.delete(FragmentNumber);
          got.set(FragmentNumber, received);
          bytes += received.chunk.data.length;
        } else if (fragment !== undefined) {
          doubtful.set(FragmentNumber, received);
        }
      }
      if (bytes > MOST_KEPT_BYTES) {
        return { chunks: got, left: [...wanted.values()] };
      }
      const hasBroken = (error !== undefined || isCut) && wanted.size < left;
      if (wanted.size === 0 || hasBroken) {
        continue;
      }
      const waitMs = ASK_AGAIN_MS[asked++];
      if (waitMs === undefined) {
        break;
      }
      await sleep(this.dependencies.clock, waitMs, signal);
    }
    return { chunks: got, left: [] };
  }

  /**
   * One response, after as many calls as that takes. A response that broke counts as failed where it brought nothing.
   *
   * @param follower a fragment to ask for after the wanted ones: where it begins, the last of them is whole
   */
  #ask(
    wanted: Map<string, StoredFragment>,
    follower: string | undefined,
    signal: AbortSignal,
  ): Promise<BatchOutcome> {
    const { stream, connectionTries } = this.options;
    const call = async (): Promise<BatchOutcome> => {
      try {
        const numbers = [...wanted.keys(), ...(follower === undefined ? [] : [follower])];
        const outcome = await this.#call(numbers, signal);
        if (outcome.error !== undefined && outcome.chunks.length === 0) {
          throw outcome.error;
        }
        return outcome;
      } catch (error) {
        if (isOfNumbers(error) && leaveOut(wanted, error.message)) {
          return { chunks: [] };
        }
        throw error;
      }
    };
    return retryCalls(this.dependencies, stream, signal, call, connectionTries);
  }

  async #call(numbers: readonly string[], signal: AbortSignal): Promise<BatchOutcome> {
    const { service, budgets, clock, streamKey } = this.dependencies;
    const { stream, maxChunkBytes } = this.options;
    const release = await budgets.connections.acquire(streamKey, signal);
    try {
      await sleep(clock, budgets.media.take(streamKey, numbers.length, clock.monotonic()), signal);
      const response = await service.getMediaForFragmentList(stream, numbers, signal);
      const { StreamName } = stream;
      const asked = { asked: new Set(numbers), maxChunkBytes, StreamName };
      return await readBatchResponse(this.dependencies, response, asked, signal);
    } finally {
      release();
    }
  }

  /**
   * Whether a chunk is whole. One that another follows is; a body that ends early may end with a chunk of which frames
   * are missing, and nothing in the media shows that: its size has to be the one that is listed.
   */
  #isWhole(
    listed: StoredFragment,
    { chunk }: ReceivedChunk,
    isLast: boolean,
    before: ReceivedChunk | undefined,
  ): boolean {
    const overhead = chunk.sizeInBytes - serviceTagsSize(chunk) - listed.FragmentSizeInBytes;
    const isSame = before?.chunk.sizeInBytes === chunk.sizeInBytes;
    const isLongEnough = chunk.lengthMs >= listed.FragmentLengthInMilliseconds;
    if (isLast && !isSame) {
      return overhead >= (this.#leastOverhead ?? 0) && isLongEnough;
    }
    this.#leastOverhead = Math.min(this.#leastOverhead ?? overhead, overhead);
    return true;
  }
}

function isOfNumbers(error: unknown): error is KinesisVideoError {
  return (
    error instanceof KinesisVideoError &&
    error.ErrorType === 'InvalidArgumentException' &&
    INVALID_NUMBERS.test(error.message)
  );
}

/** Leaves out the fragments that the service names, as it does with those that retention has overtaken. */
function leaveOut(wanted: Map<string, StoredFragment>, message: string): boolean {
  const named = (message.match(/\d{20,128}/g) ?? []).filter((number) => wanted.delete(number));
  if (named.length === 0 && wanted.size === 1) {
    wanted.clear();
    return true;
  }
  return named.length > 0;
}
