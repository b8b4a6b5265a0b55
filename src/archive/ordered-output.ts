/** Sends the chunks of a range in order: from the first one that shows anything of it to the last, which it marks. */
import type { TimestampType } from '../kinesis-video';
import { selectTracks, type Chunk } from '../matroska';
import { trackFilter } from '../track-filter';
import { isContinued } from './coverage';
import type { ReceivedChunk } from './read-batch-response';
import type { ArchivedChunk } from './types';

interface OutputOptions {
  readonly timestampType: TimestampType;
  readonly from: number;
  readonly maxInFlight: number;
  readonly tracks: readonly string[];
}

/**
 * Holds each chunk until the next one or the end has come, since only then it is known to be the last one, or not, and
 * where the chunk before the range's begin ends. What was sent once is not sent again, whichever way it comes.
 */
export class OrderedOutput {
  readonly #sent = new Set<string>();
  readonly #unacknowledged = new Set<string>();
  #held: ReceivedChunk | undefined;
  #begin: number | undefined;
  #reached: number | undefined;
  #end: number | undefined;
  #sequence = 0;
  #waiting: (() => void)[] = [];

  readonly #isWanted: ReturnType<typeof trackFilter>;

  constructor(
    private readonly options: OutputOptions,
    private readonly emit: (chunk: ArchivedChunk) => void,
  ) {
    this.#isWanted = trackFilter(options.tracks);
  }

  /** Number of chunks sent. */
  get count(): number {
    return this.#sequence;
  }

  /** When the first chunk that was sent begins, by the range's clock; undefined before it. */
  get begin(): number | undefined {
    return this.#begin;
  }

  /** When the last chunk that came begins, by the range's clock; undefined before the first. */
  get reached(): number | undefined {
    return this.#reached;
  }

  /** Whether the last chunk that came lasts until a time, by the range's clock. */
  reaches(time: number): boolean {
    return this.#end !== undefined && (this.#end >= time || isContinued(this.#end, time));
  }

  /** Whether the chunk has come. */
  has(FragmentNumber: string): boolean {
    return this.#sent.has(FragmentNumber) || this.#held?.FragmentNumber === FragmentNumber;
  }

  /** May another chunk be offered? */
  get hasRoom(): boolean {
    const { maxInFlight } = this.options;
    return maxInFlight === 0 || this.#unacknowledged.size < maxInFlight;
  }

  /** Takes a chunk, and sends the one before it. Only while there is room. One without a wanted track is left out. */
  offer(received: ReceivedChunk): void {
    const held = this.#held;
    if (this.has(received.FragmentNumber)) {
      return;
    }
    const begin = this.#beginOf(received.chunk);
    if (begin !== undefined) {
      this.#reached = begin;
      this.#end = begin + received.chunk.lengthMs;
    }
    const chunk = selectTracks(received.chunk, this.#isWanted);
    if (chunk === undefined) {
      return;
    }
    this.#held = { ...received, chunk };
    if (held !== undefined && this.#isShown(held.chunk, chunk)) {
      this.#send(held, false);
    }
  }

  /** Nothing follows: sends what is held, as the last chunk. Only while there is room. */
  finish(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && this.#isShown(held.chunk, undefined)) {
      this.#send(held, true);
    }
  }

  /** True if the chunk was sent. */
  acknowledge(FragmentNumber: string): boolean {
    this.#unacknowledged.delete(FragmentNumber);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const look of waiting) {
      look();
    }
    return this.#sent.has(FragmentNumber);
  }

  /** Resolves when there is room. @throws the signal's reason */
  async room(signal: AbortSignal): Promise<void> {
    await this.#until(() => this.hasRoom, signal);
  }

  /** Resolves when every chunk is acknowledged. @throws the signal's reason */
  async acknowledged(signal: AbortSignal): Promise<void> {
    await this.#until(() => this.#unacknowledged.size === 0, signal);
  }

  async #until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!isSo()) {
      await new Promise<void>((resolve, reject) => {
        const leave = (): void => {
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', leave, { once: true });
        this.#waiting.push(() => {
          signal.removeEventListener('abort', leave);
          resolve();
        });
      });
    }
  }

  #send({ chunk, FragmentNumber, RequestId }: ReceivedChunk, isLast: boolean): void {
    this.#sent.add(FragmentNumber);
    this.#begin ??= this.#beginOf(chunk);
    if (this.options.maxInFlight > 0) {
      this.#unacknowledged.add(FragmentNumber);
    }
    this.emit({ chunk, FragmentNumber, RequestId, sequence: this.#sequence++, isLast });
  }

  /** Whether the chunk shows anything after the range's begin. Its last frame is shown until the next chunk begins. */
  #isShown(chunk: Chunk, next: Chunk | undefined): boolean {
    const { from } = this.options;
    const begin = this.#beginOf(chunk);
    if (begin === undefined || begin >= from || begin + chunk.lengthMs > from) {
      return true;
    }
    const following = next === undefined ? undefined : this.#beginOf(next);
    return following !== undefined && following > from && isContinued(begin + chunk.lengthMs, following);
  }

  #beginOf({ ProducerTimestamp, ServerTimestamp }: Chunk): number | undefined {
    return this.options.timestampType === 'SERVER_TIMESTAMP'
      ? (ServerTimestamp ?? ProducerTimestamp)
      : (ProducerTimestamp ?? ServerTimestamp);
  }
}
