/** Produces the bytes of one GetMedia response: the chunks from a position on, as the response's faults change them. */
import type { Clock } from '../../clock';
import { WEB_PAGE, planChunk, type BodyFault, type ChunkPlan, type Ending } from '../faults';
import { ERROR_CODES, errorChunk } from '../media';
import type { Fragment, SimulatedStream } from '../streams';

export interface MediaBodyOptions {
  readonly stream: SimulatedStream;
  /** Undefined: the position asked for does not exist, so the body is an in-band error 4000. */
  readonly position: number | undefined;
  readonly clock: Clock;
  readonly faults: readonly BodyFault[];
  readonly noise: (length: number) => Buffer;
  /** The last byte of a chunk has been handed to the socket. */
  readonly onChunkSent: (fragment: Fragment, tail: Buffer) => void;
}

export interface Outgoing {
  readonly bytes: Buffer;
  /** A fragment begins here. */
  readonly begins?: true;
  /** Called when the last of these bytes has been handed to the socket. */
  readonly done?: () => void;
}

/** What a response of media sends. */
export interface BodySource {
  /** How the body ends once `next` has no more. */
  readonly ending: Ending | undefined;
  /** The producer went away in the middle of what is being sent, so nothing more can follow. */
  readonly isCutOff: boolean;
  /** The fragment that is being sent. */
  readonly fragment: Fragment | undefined;
  /** The next bytes, or undefined if there are none yet. */
  next(): Outgoing | undefined;
}

export class MediaBody implements BodySource {
  readonly #options: MediaBodyOptions;
  #position: number;
  /** Chunks begun. */
  #chunks = 0;
  #queue: Outgoing[] = [];
  /** The chunk under way, how it is sent, and how much of its body has been. */
  #current: { readonly fragment: Fragment; readonly plan: ChunkPlan; sent: number } | undefined;
  #repeat: Fragment | undefined;
  #ending: Ending | undefined;
  #isCutOff = false;

  constructor(options: MediaBodyOptions) {
    const { stream, position, faults } = options;
    this.#options = options;
    this.#position = position ?? stream.nextPosition;
    if (position === undefined) {
      this.#queue.push({ bytes: errorChunk(4000, ERROR_CODES[4000] ?? '') });
      this.#ending = 'early-end';
    } else if (faults.some((fault) => fault.kind === 'garbage' && fault.whole)) {
      this.#queue.push({ bytes: WEB_PAGE });
      this.#ending = 'early-end';
    }
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  get fragment(): Fragment | undefined {
    return this.#current?.fragment;
  }

  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  next(): Outgoing | undefined {
    while (this.#queue.length === 0 && this.#current === undefined) {
      const fragment = this.#repeat ?? this.#options.stream.from(this.#position);
      if (this.#ending !== undefined || fragment === undefined) {
        return undefined;
      }
      this.#begin(fragment);
    }
    return this.#queue.shift() ?? this.#continue();
  }

  #begin(fragment: Fragment): void {
    const { faults, noise } = this.#options;
    const index = this.#repeat === undefined ? this.#chunks++ : -1;
    this.#position = fragment.position + 1;
    const plan = planChunk(fragment, index, faults, noise);
    this.#repeat = plan.repeats ? fragment : undefined;
    this.#ending = plan.ending;
    this.#queue.push(...plan.first.map((bytes) => ({ bytes })));
    if (plan.sendsChunk) {
      this.#current = { fragment, plan, sent: 0 };
      const { front } = fragment;
      this.#queue.push({ bytes: front, begins: true });
    }
  }

  /** More of the chunk under way. */
  #continue(): Outgoing | undefined {
    const current = this.#current;
    if (current === undefined) {
      return undefined;
    }
    const { fragment, plan, sent } = current;
    const { stop } = plan;
    const end = Math.min(fragment.available, plan.bodyEnd, stop?.at ?? Infinity);
    if (end > sent) {
      current.sent = end;
      return { bytes: fragment.body.subarray(sent, end) };
    }
    if (stop !== undefined && sent >= stop.at) {
      this.#current = undefined;
      this.#ending = stop.ending;
      return stop.last === undefined ? undefined : { bytes: stop.last };
    }
    if (fragment.dropped) {
      // No reader could tell another chunk from the rest of this one.
      this.#isCutOff = true;
      return undefined;
    }
    return fragment.complete ? this.#finish(fragment, plan) : undefined;
  }

  #finish(fragment: Fragment, { withTail }: ChunkPlan): Outgoing {
    const { clock, onChunkSent } = this.#options;
    this.#current = undefined;
    const behind = clock.now() - (fragment.ServerTimestamp ?? 0);
    const tail = withTail ? fragment.tail(behind) : NOTHING;
    return {
      bytes: tail,
      done: () => {
        onChunkSent(fragment, tail);
      },
    };
  }
}

const NOTHING = Buffer.alloc(0);
