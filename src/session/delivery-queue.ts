/** What is ready for the flow: sent in order, held back while too much is unacknowledged. */
import type { Clock } from '../clock';
import type { Chunk, ChunkHead, Frame } from '../matroska';
import { compareFragmentNumbers } from './fragment-number';
import { UnacknowledgedChunks, type LateMessage } from './unacknowledged-chunks';
import type { ChunkPosition } from './stream-cursor';
import type { WithInheritedTags } from './tag-inheritance';

export interface ChunkDelivery {
  readonly chunk: WithInheritedTags<Chunk>;
  readonly FragmentNumber: string;
  /** 0, 1, 2 … since the session was started. */
  readonly sequence: number;
  readonly RequestId: string | null;
}

export interface FrameDelivery {
  readonly kind: 'frame';
  readonly frame: Frame;
  readonly head: WithInheritedTags<ChunkHead>;
  readonly FragmentNumber: string;
  readonly RequestId: string | null;
}

/** What is ready for the flow, in the order of the stream. `done`: no further message of that chunk will come. */
export type QueueItem =
  | {
      readonly kind: 'chunk';
      readonly delivery: Omit<ChunkDelivery, 'sequence'>;
      readonly position: ChunkPosition;
    }
  | FrameDelivery
  | { readonly kind: 'done'; readonly position: ChunkPosition };

/** Takes what is sent. Every message passes here, so this is the place to ask whether it may still be sent. */
export interface DeliverySink {
  chunk(delivery: ChunkDelivery): void;
  frame(delivery: FrameDelivery): void;
  /** Everything up to here is done with: sent, or acknowledged where that is asked for. */
  checkpoint(position: ChunkPosition): void;
  /** A message has waited too long for its acknowledgement; reported once for each. */
  late(message: LateMessage): void;
}

export interface DeliveryOptions {
  /** At most so many messages are unacknowledged; 0: no limit, and no acknowledgements. */
  readonly maxInFlight: number;
  readonly ackTimeoutMs: number;
  /** Asked before each message: whether it may be sent at this moment. Absent: always. */
  readonly maySend?: () => boolean;
}

/**
 * Sends in order, never more than may be unacknowledged, and knows up to where the flow is done. What the slice at hand
 * brings beyond the limit waits here; since reading stops then, that is never more than one slice's worth.
 */
export class DeliveryQueue {
  readonly #unacknowledged = new UnacknowledgedChunks();
  readonly #waiting: QueueItem[] = [];
  #sequence = 0;
  #lastCheckpoint: ChunkPosition | undefined;
  #cancelAckTimer: (() => void) | undefined;

  constructor(
    private readonly options: DeliveryOptions,
    private readonly clock: Clock,
    private readonly events: DeliverySink,
  ) {}

  /** May another message be sent? */
  get hasRoom(): boolean {
    const { maxInFlight, maySend } = this.options;
    const isWithin = maxInFlight === 0 || this.#unacknowledged.count < maxInFlight;
    return isWithin && maySend?.() !== false;
  }

  /** Is everything sent that was offered? */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Sends the item, or keeps it while `open` is false or there is no room. */
  offer(item: QueueItem, open: boolean): void {
    if (open && this.hasRoom && this.#waiting.length === 0) {
      this.#send(item);
    } else {
      this.#waiting.push(keepable(item));
    }
  }

  /** Sends what waits, as long as there is room and `open` says so. True when nothing waits any more. */
  flush(open: () => boolean): boolean {
    while (open() && this.hasRoom) {
      const item = this.#waiting.shift();
      if (item === undefined) {
        return true;
      }
      this.#send(item);
    }
    return false;
  }

  /** True if such a message was unacknowledged. An undefined index means every message of the chunk. */
  acknowledge(FragmentNumber: string, frameIndex?: number): boolean {
    const { known, checkpoint } = this.#unacknowledged.acknowledge(FragmentNumber, frameIndex);
    this.#checkpoint(checkpoint);
    return known;
  }

  /** Drops what waits; whoever continues from the checkpoint fetches it again. */
  close(): void {
    this.#waiting.length = 0;
    this.#cancelAckTimer?.();
    this.#cancelAckTimer = undefined;
  }

  #send(item: QueueItem): void {
    switch (item.kind) {
      case 'chunk':
        this.#sent(item.delivery.FragmentNumber, 0);
        this.events.chunk({ ...item.delivery, sequence: this.#sequence++ });
        this.#done(item.position);
        break;
      case 'frame':
        this.#sent(item.FragmentNumber, item.frame.index);
        this.events.frame(item);
        break;
      case 'done':
        this.#done(item.position);
        break;
    }
  }

  #sent(FragmentNumber: string, index: number): void {
    if (this.options.maxInFlight > 0) {
      this.#unacknowledged.sent(FragmentNumber, index, this.clock.monotonic());
      this.#watchAcks();
    }
  }

  #done(position: ChunkPosition): void {
    const checkpoint = this.options.maxInFlight > 0 ? this.#unacknowledged.complete(position) : position;
    this.#checkpoint(checkpoint);
  }

  /** Never moves back: whoever is given a message may let further ones out before this one is done with. */
  #checkpoint(position: ChunkPosition | undefined): void {
    const last = this.#lastCheckpoint?.FragmentNumber;
    if (
      position !== undefined &&
      (last === undefined || compareFragmentNumbers(position.FragmentNumber, last) > 0)
    ) {
      this.#lastCheckpoint = position;
      this.events.checkpoint(position);
    }
  }

  /** One timer, for the message that has waited longest of those not reported yet. */
  #watchAcks(): void {
    const oldest = this.#unacknowledged.oldestUnreported();
    if (this.#cancelAckTimer !== undefined || oldest === undefined) {
      return;
    }
    const { clock } = this;
    const { ackTimeoutMs } = this.options;
    this.#cancelAckTimer = clock.after(Math.max(0, oldest + ackTimeoutMs - clock.monotonic()), () => {
      this.#cancelAckTimer = undefined;
      const now = clock.monotonic();
      for (const message of this.#unacknowledged.late(now - ackTimeoutMs, now)) {
        this.events.late(message);
      }
      this.#watchAcks();
    });
  }
}

/** A frame's bytes are soon overwritten. */
function keepable(item: QueueItem): QueueItem {
  return item.kind === 'frame' ? { ...item, frame: item.frame.detachedCopy() } : item;
}
