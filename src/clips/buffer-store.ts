/** Clips as Buffers. Media stays where it is until all has come, so that it is copied once. */
import { StepBudget, type ClipMedia } from '../convert';
import { processTurn, type EventLoopTurn } from '../event-loop-turn';
import { ClipTooLargeError, type ClipStore, type StorableClip } from './clip-store';

export class BufferStore implements ClipStore {
  #media: ClipMedia[] = [];
  /** Of all clips of the request. */
  #bytes = 0;

  /** @param maxBytes of all clips of a request together */
  constructor(
    private readonly maxBytes: number,
    private readonly turn: EventLoopTurn = processTurn,
  ) {}

  async prepare(): Promise<void> {
    // There is nothing to look at.
  }

  media(media: ClipMedia): Promise<void> {
    this.#count(media.bytes);
    this.#media.push(media);
    return Promise.resolve();
  }

  async finish({ head, mediaBytes }: StorableClip, signal: AbortSignal): Promise<Buffer> {
    this.#count(head.length);
    const media = this.#media;
    this.#media = [];
    const file = Buffer.allocUnsafeSlow(head.length + mediaBytes);
    await this.turn.run(writeAll(media, file, head.copy(file)));
    signal.throwIfAborted();
    return file;
  }

  discard(): Promise<void> {
    this.#media = [];
    return Promise.resolve();
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.maxBytes) {
      this.#media = [];
      throw new ClipTooLargeError(this.maxBytes);
    }
  }
}

function* writeAll(media: readonly ClipMedia[], target: Buffer, from: number): Generator<undefined> {
  const budget = new StepBudget();
  let at = from;
  for (const { bytes, write } of media) {
    yield* write(target, at, budget);
    at += bytes;
  }
}
