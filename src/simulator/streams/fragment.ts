/** A fragment as a stream retains it, and the three parts of the chunk that is sent for it. */

export interface FragmentInit {
  /** Absent for a recorded chunk that has none: it is served in its place but cannot be asked for. */
  readonly FragmentNumber?: string;
  /** ms since the epoch. */
  readonly ServerTimestamp?: number;
  readonly ProducerTimestamp?: number;
  readonly durationMs: number;
  /** Everything before the first block; absent: it is a recorded chunk, all of it in its body. */
  readonly front?: () => Buffer;
  /** Bytes of `front` that are not the service's tags. */
  readonly producedFrontLength?: number;
  /** The blocks; for a recorded chunk, all of it. Often shared between fragments. */
  readonly body: Buffer;
  /** Bytes of `body` that have been produced so far. */
  readonly available: number;
  /** What the producer wrote after the Cluster; for a recorded chunk, nothing. */
  readonly trailer: () => Buffer;
  /** The service's own closing tags, when the chunk is sent `millisBehindNow` after its ServerTimestamp. */
  readonly closing: (millisBehindNow: number) => Buffer;
  /** The media bytes belong to this fragment alone (they count against the limit on memory). */
  readonly owned: boolean;
  /** Kept whatever its age: a recording's times are long past. */
  readonly pinned: boolean;
}

export class Fragment {
  readonly FragmentNumber: string | undefined;
  readonly ServerTimestamp: number | undefined;
  readonly ProducerTimestamp: number | undefined;
  /** ms; grows while media comes in. */
  durationMs: number;
  readonly pinned: boolean;
  readonly owned: boolean;
  /** Bytes of `front` that are not the service's tags. */
  readonly producedFrontLength: number;
  /** When it was begun, by the simulator's clock. */
  readonly ingestedAt: number;
  /** Its place in the stream since the beginning: 0, 1, 2 … */
  readonly position: number;
  /** When it was ended, by the simulator's clock, ms; Infinity while it is open. */
  completedAt = Infinity;
  /** It was taken back: what has been sent of it is all there will be. */
  dropped = false;
  #growing = false;
  #body: Buffer;
  #available: number;
  #besides = 0;
  readonly #front: (() => Buffer) | undefined;
  readonly #trailer: () => Buffer;
  readonly #closing: (millisBehindNow: number) => Buffer;

  constructor(init: FragmentInit, position: number, ingestedAt: number) {
    this.FragmentNumber = init.FragmentNumber;
    this.ServerTimestamp = init.ServerTimestamp;
    this.ProducerTimestamp = init.ProducerTimestamp;
    this.durationMs = init.durationMs;
    this.pinned = init.pinned;
    this.owned = init.owned;
    this.position = position;
    this.ingestedAt = ingestedAt;
    this.#front = init.front;
    this.producedFrontLength = init.producedFrontLength ?? 0;
    this.#body = init.body;
    this.#available = init.available;
    this.#trailer = init.trailer;
    this.#closing = init.closing;
  }

  get front(): Buffer {
    return this.#front?.() ?? NOTHING;
  }

  /** It is a recorded chunk, all of it in its body. */
  get isRecorded(): boolean {
    return this.#front === undefined;
  }

  get body(): Buffer {
    return this.#growing ? this.#body.subarray(0, this.#available) : this.#body;
  }

  /** Bytes of memory that it takes: more than has come in while it grows. */
  get held(): number {
    return this.#body.length + this.#besides;
  }

  /** Counts bytes that are kept for it beside its body. */
  keep(length: number): void {
    this.#besides += length;
  }

  /** Nothing will be added to it. */
  get complete(): boolean {
    return this.completedAt < Infinity;
  }

  get available(): number {
    return this.#available;
  }

  /** What the producer wrote after the Cluster. */
  get trailer(): Buffer {
    return this.#trailer();
  }

  /** What follows the blocks when the chunk is sent `millisBehindNow` ms after its ServerTimestamp. */
  tail(millisBehindNow: number): Buffer {
    return Buffer.concat([this.#trailer(), this.#closing(millisBehindNow)]);
  }

  /** The whole chunk as it is sent `millisBehindNow` ms after its ServerTimestamp. */
  chunk(millisBehindNow = 0): Buffer {
    return Buffer.concat([this.front, this.body.subarray(0, this.available), this.tail(millisBehindNow)]);
  }

  /** More of the body has been produced. */
  reach(end: number): void {
    this.#available = Math.min(end, this.#body.length);
  }

  /** More of a body whose length is not known before has come in. */
  grow(bytes: Buffer): void {
    this.#growing = true;
    const end = this.#available + bytes.length;
    if (end > this.#body.length) {
      // Slices of the former buffer that a reader still holds stay as they are.
      const larger = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.#body.length, SMALLEST_BODY));
      this.#body.copy(larger, 0, 0, this.#available);
      this.#body = larger;
    }
    bytes.copy(this.#body, this.#available);
    this.#available = end;
  }

  /** Ends the fragment where it is. @param at the simulator's time, ms */
  finish(at: number): void {
    const body = this.#body.subarray(0, this.#available);
    this.#body = this.#growing ? Buffer.from(body) : body;
    this.#growing = false;
    this.completedAt = at;
  }
}

const SMALLEST_BODY = 16 * 1024;
const NOTHING = Buffer.alloc(0);
