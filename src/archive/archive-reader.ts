/** Reads the chunks of a range: decides by which of two ways, and takes the other one where the first is closed. */
import { KinesisVideoError, type StoredFragment } from '../kinesis-video';
import type { ErrorReport } from '../session';
import { ArchiveError, archiveError } from './archive-error';
import { OrderedOutput } from './ordered-output';
import { readChunksByList } from './chunks-by-list';
import { isNotRetained } from './retention';
import { readChunksBySession } from './chunks-by-session';
import type { ArchivedChunk, ArchiveDependencies, ChunkRequest, ChunksResult } from './types';

/** A stream without retention keeps no more than this, for sessions alone. */
const KEPT_WITHOUT_RETENTION_MS = 5 * 60_000;
/**
 * What arrived less than this ago may still be missing from a list: it is read by a session, in the order in which it
 * arrived. What is older is listed, since a producer may have uploaded parts of it after what follows them: a session
 * would bring them late, or end before them.
 */
const LIVE_EDGE_MS = 60_000;
/** Refusals of lists that say nothing of sessions. */
const LISTS_ARE_CLOSED =
  /^(AccessDenied|NotAuthorized|ConnectionLimitExceeded|UnknownOperation)(Exception)?$/;
const NO_CONNECTION = 'ConnectionLimitExceededException';
/** So often in a row a list finds all connections taken before a session is tried. */
const CONNECTION_TRIES = 3;

export interface ArchiveReaderEvents {
  /** In the order of the range, each once. */
  chunk(chunk: ArchivedChunk): void;
  /** A chunk is skipped. */
  error(error: ErrorReport): void;
}

/** Reads the chunks of one range. */
export class ArchiveReader {
  readonly #output: OrderedOutput;
  /** The service has refused to list the begin of the range: the stream does not keep it. */
  #isBeyondRetention = false;
  /** A session has taken the list's place, and has waited for what has not arrived. */
  #hasWaited = false;

  constructor(
    private readonly request: ChunkRequest,
    private readonly dependencies: ArchiveDependencies,
    private readonly events: ArchiveReaderEvents,
  ) {
    this.#output = new OrderedOutput(request, (chunk) => {
      events.chunk(chunk);
    });
  }

  /** True for a chunk that was sent. */
  acknowledge(FragmentNumber: string): boolean {
    return this.#output.acknowledge(FragmentNumber);
  }

  /**
   * Resolves when every chunk of the range is sent and, where that is asked for, acknowledged.
   *
   * @throws ArchiveError, or the signal's reason
   */
  async run(signal: AbortSignal): Promise<ChunksResult> {
    const output = this.#output;
    const missing = await this.#read(signal);
    await output.room(signal);
    output.finish();
    await output.acknowledged(signal);
    const { from } = this.request;
    const { begin = from } = output;
    return {
      ...{ chunks: output.count, missing },
      ...(this.#isBeyondRetention && begin > from ? { notRetained: { from, to: begin } } : {}),
    };
  }

  /** @returns what is listed and could not be read */
  async #read(signal: AbortSignal): Promise<readonly StoredFragment[]> {
    const { request } = this;
    const { clock, service } = this.dependencies;
    const { from, to } = request;
    const now = clock.now() + service.clockOffsetMs;
    const edge = Math.min(to, now - LIVE_EDGE_MS);
    if (from >= edge) {
      return this.#bySession(request, signal);
    }
    const keptFrom = now - KEPT_WITHOUT_RETENTION_MS;
    const missing = await this.#byList({ ...request, to: edge }, keptFrom, signal);
    if (edge === to && (to <= keptFrom || this.#hasWaited || this.#output.reaches(to))) {
      return missing;
    }
    // A session has what a list does not show yet, and waits for what has not arrived: it begins where the list ends.
    const rest = { ...request, from: Math.min(edge, Math.max(from, keptFrom)) };
    return [...missing, ...(await this.#bySession(rest, signal))];
  }

  async #bySession(request: ChunkRequest, signal: AbortSignal): Promise<readonly StoredFragment[]> {
    const outcome = await this.#session(request, signal);
    if ('isComplete' in outcome) {
      return [];
    }
    if (outcome.error.ErrorType !== NO_CONNECTION) {
      throw new ArchiveError(outcome.error);
    }
    try {
      return await this.#list(request, signal);
    } catch (error) {
      throw isNotRetained(error) || (isOfCall(error) && LISTS_ARE_CLOSED.test(error.ErrorType))
        ? new ArchiveError(outcome.error)
        : this.#failure(error);
    }
  }

  /** @param keptFrom from when on a stream without retention may still have media, ms since the epoch */
  async #byList(
    request: ChunkRequest,
    keptFrom: number,
    signal: AbortSignal,
  ): Promise<readonly StoredFragment[]> {
    const { dependencies } = this;
    const impatient = { ...request, connectionTries: CONNECTION_TRIES };
    try {
      const { missing, isBeyondRetention } = await readChunksByList(
        dependencies,
        impatient,
        this.#output,
        signal,
      );
      this.#isBeyondRetention = isBeyondRetention;
      return missing;
    } catch (error) {
      const storesNothing = isNotRetained(error) && request.to > keptFrom;
      if (!isOfCall(error) || (!storesNothing && !LISTS_ARE_CLOSED.test(error.ErrorType))) {
        throw this.#failure(error);
      }
      this.#isBeyondRetention = storesNothing && request.from < keptFrom;
      const outcome = await this.#session(request, signal);
      if ('isComplete' in outcome) {
        this.#hasWaited = true;
        return [];
      }
      if (storesNothing) {
        throw new ArchiveError(outcome.error);
      }
      if (error.ErrorType !== NO_CONNECTION) {
        throw this.#failure(error);
      }
    }
    // Neither way has a connection now: the list is the faster one once it has.
    try {
      return await this.#list(request, signal);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #session(request: ChunkRequest, signal: AbortSignal) {
    const report = (error: ErrorReport): void => {
      this.events.error(error);
    };
    return readChunksBySession(this.dependencies, request, this.#output, report, signal);
  }

  async #list(request: ChunkRequest, signal: AbortSignal): Promise<readonly StoredFragment[]> {
    const { missing } = await readChunksByList(this.dependencies, request, this.#output, signal);
    return missing;
  }

  #failure(error: unknown): unknown {
    return isOfCall(error) ? archiveError(error, this.request.stream.StreamName) : error;
  }
}

function isOfCall(error: unknown): error is KinesisVideoError {
  return error instanceof KinesisVideoError;
}
