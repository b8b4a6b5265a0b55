/**
 * Sends the body of one response of media: what is retained as fast as the client reads (and the service sends), what
 * is live as it is produced, until the client leaves, the stream becomes idle or the session is too old.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../clock';
import { Slices, firstByteLimit, type BodyFault, type ByteLimit, type Ending } from '../faults';
import { Pace, type SimulatedStream } from '../streams';
import type { BodySource, Outgoing } from './media-body';

export interface MediaSenderOptions {
  readonly stream: SimulatedStream;
  readonly response: ServerResponse;
  /** @param noise makes so many bytes of it */
  readonly body: (noise: (length: number) => Buffer) => BodySource;
  readonly faults: readonly BodyFault[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly idleEndMs: number;
  readonly maxSessionMs: number;
  readonly bytesPerSecond: number;
  readonly fragmentsPerSecond: number;
}

export class MediaSender {
  readonly #options: MediaSenderOptions;
  readonly #body: BodySource;
  readonly #startedAt: number;
  readonly #limit: ByteLimit | undefined;
  readonly #unsubscribe: () => void;
  readonly #cancelAge: () => void;
  readonly #bytes: Pace;
  readonly #fragments: Pace;
  readonly #slices: Slices;
  #cancelIdle: () => void = () => undefined;
  #cancelPace: () => void = () => undefined;
  /** Waits, because more would be faster than the service sends. */
  #held = false;
  /** Waits for the client to read. */
  #blocked = false;
  #closed = false;
  /** What is left of what was being sent. */
  #rest: Outgoing | undefined;
  #sentBytes = 0;
  #lastSentAt: number;

  constructor(options: MediaSenderOptions) {
    this.#options = options;
    const { stream, response, clock, maxSessionMs, faults } = options;
    this.#startedAt = clock.monotonic();
    this.#bytes = new Pace(options.bytesPerSecond);
    this.#fragments = new Pace(options.fragmentsPerSecond);
    const slices = new Slices(options.random, faults);
    this.#slices = slices;
    this.#body = options.body((length) => slices.noise(length));
    this.#limit = firstByteLimit(faults);
    this.#lastSentAt = this.#startedAt;
    response.on('drain', () => {
      this.#blocked = false;
      this.#pump();
    });
    this.#unsubscribe = stream.onChange(() => {
      this.#pump();
    });
    this.#cancelAge = clock.after(maxSessionMs, () => {
      this.#finish('early-end');
    });
  }

  /** Bytes of a fragment that the stream has forgotten while it is sent. */
  get heldBytes(): number {
    const { stream } = this.#options;
    const { fragment } = this.#body;
    const isHeld = fragment?.owned === true && stream.from(fragment.position) !== fragment;
    return isHeld ? fragment.held : 0;
  }

  /** Begins to send; the head must have been written. */
  start(): void {
    this.#pump();
  }

  #pump(): void {
    while (!this.#blocked && !this.#held && !this.#closed) {
      const item = this.#rest ?? this.#body.next();
      this.#rest = undefined;
      if (item !== undefined) {
        this.#sendSlice(item);
      } else if (this.#body.ending !== undefined) {
        this.#finish(this.#body.ending);
      } else {
        this.#awaitMedia();
        return;
      }
    }
  }

  /** Hands one slice to the socket. */
  #sendSlice(item: Outgoing): void {
    const { response, clock } = this.#options;
    const { bytes, done } = item;
    const limit = this.#limit;
    const left = limit === undefined ? Infinity : limit.at - this.#sentBytes;
    const length = Math.min(bytes.length, this.#slices.nextLength(), left);
    const isLast = length === bytes.length;
    if (!isLast) {
      this.#rest = { ...(done === undefined ? {} : { done }), bytes: bytes.subarray(length) };
    }
    if (length > 0) {
      const slice = this.#slices.corrupted(isLast ? bytes : bytes.subarray(0, length), this.#sentBytes);
      this.#sentBytes += length;
      this.#lastSentAt = clock.monotonic();
      this.#blocked = !response.write(slice, (error) => {
        if (isLast && !error) {
          done?.();
        }
      });
    } else if (isLast) {
      done?.();
    }
    this.#hold(length, item.begins === true ? 1 : 0);
    if (limit !== undefined && this.#sentBytes >= limit.at) {
      this.#finish(limit.ending);
    }
  }

  /** Sends no faster than the service does. */
  #hold(bytes: number, fragments: number): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const wait = Math.max(this.#bytes.take(bytes, now), this.#fragments.take(fragments, now));
    if (wait > 0) {
      this.#held = true;
      this.#cancelPace = clock.after(wait, () => {
        this.#held = false;
        this.#pump();
      });
    }
  }

  #awaitMedia(): void {
    const { stream, clock, idleEndMs } = this.#options;
    const { isCutOff } = this.#body;
    this.#cancelIdle();
    if (stream.producing && !isCutOff) {
      return;
    }
    const lastMediaAt = isCutOff ? -Infinity : stream.lastMediaAt;
    const since = Math.max(lastMediaAt, this.#startedAt, this.#lastSentAt);
    const left = since + idleEndMs - clock.monotonic();
    if (left <= 0) {
      this.#finish('early-end');
      return;
    }
    this.#cancelIdle = clock.after(left, () => {
      this.#pump();
    });
  }

  #finish(ending: Ending): void {
    const { response } = this.#options;
    if (this.#closed) {
      return;
    }
    this.stop();
    if (ending === 'early-end') {
      response.end();
    } else if (ending === 'cut') {
      // What was sent before gets through first: Node.js may keep it until the end of the turn.
      response.write('', () => response.socket?.destroySoon());
    }
  }

  /** Sends nothing more and runs no timer; the caller closes the connection itself. */
  stop(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#cancelAge();
    this.#cancelIdle();
    this.#cancelPace();
  }
}
