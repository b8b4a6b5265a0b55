/**
 * The body of one GetMedia response: the chunks from a position on, retained ones as fast as the client reads,
 * live ones as they are produced, until the client leaves, the stream goes idle or the session is too old.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../clock';
import type { ByteLimit, Ending } from '../faults/body-faults';
import { chunkOf, endsBefore, firstByteLimit, isEnding } from '../faults/body-faults';
import { half, startOfTail, withoutCluster } from '../faults/chunk-surgery';
import type { BodyFault } from '../faults/fault-book';
import type { Fragment } from '../streams/fragment';
import { ERROR_CODES, errorChunk } from '../media/service-tags';
import { Pace } from '../streams/pace';
import { Slices, WEB_PAGE } from '../faults/slices';
import type { SimulatedStream } from '../streams/stream';

export interface MediaResponseOptions {
  readonly stream: SimulatedStream;
  /** Undefined: the position asked for is not there, so the body is an in-band error 4000. */
  readonly position: number | undefined;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly random: () => number;
  readonly faults: readonly BodyFault[];
  readonly idleEndMs: number;
  readonly maxSessionMs: number;
  readonly bytesPerSecond: number;
  /** The last byte of a chunk has been handed to the socket. */
  readonly onChunkSent: (fragment: Fragment, tail: Buffer) => void;
}

interface Outgoing {
  readonly bytes: Buffer;
  /** Called when the last of these bytes has been handed to the socket. */
  readonly done?: () => void;
}

export class MediaResponse {
  readonly #options: MediaResponseOptions;
  readonly #startedAt: number;
  readonly #limit: ByteLimit | undefined;
  readonly #unsubscribe: () => void;
  readonly #cancelAge: () => void;
  readonly #pace: Pace;
  readonly #slices: Slices;
  #cancelIdle: () => void = () => undefined;
  #cancelPace: () => void = () => undefined;
  #held = false;
  /** The producer went away in the middle of what is being sent. */
  #isCutOff = false;
  #position: number;
  #fragment: Fragment | undefined;
  /** Chunks begun in this response. */
  #chunks = 0;
  #bodySent = 0;
  #bodyEnd = Infinity;
  #withTail = true;
  #repeat: Fragment | undefined;
  #pending: Outgoing[] = [];
  /** How the body ends once `#pending` is sent. */
  #ending: Ending | undefined;
  #endAtBody: { readonly at: number; readonly ending: Ending; readonly last?: Buffer } | undefined;
  #sentBytes = 0;
  #lastSentAt: number;
  #blocked = false;
  #closed = false;

  constructor(options: MediaResponseOptions) {
    this.#options = options;
    const { stream, response, clock, position, maxSessionMs } = options;
    this.#startedAt = clock.monotonic();
    this.#pace = new Pace(options.bytesPerSecond);
    this.#slices = new Slices(options.random, options.faults);
    this.#limit = firstByteLimit(options.faults);
    this.#lastSentAt = this.#startedAt;
    this.#position = position ?? stream.nextPosition;
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
    if (position === undefined) {
      this.#pending.push({ bytes: errorChunk(4000, ERROR_CODES[4000] ?? '') });
      this.#ending = 'early-end';
    } else if (options.faults.some((fault) => fault.kind === 'garbage' && fault.whole)) {
      this.#pending.push({ bytes: WEB_PAGE });
      this.#ending = 'early-end';
    }
  }

  /** Begins to send; the head must have been written. */
  start(): void {
    this.#pump();
  }

  #pump(): void {
    while (!this.#blocked && !this.#held && !this.#closed) {
      const item = this.#pending.shift() ?? this.#produce();
      if (item !== undefined) {
        this.#sendSlice(item);
      } else if (this.#ending !== undefined) {
        this.#finish(this.#ending);
      } else {
        this.#awaitMedia();
        return;
      }
    }
  }

  /** The next bytes of the body, or undefined where there are none yet. */
  #produce(): Outgoing | undefined {
    while (this.#fragment === undefined) {
      const next = this.#repeat ?? this.#options.stream.from(this.#position);
      if (this.#ending !== undefined || next === undefined) {
        return undefined;
      }
      this.#begin(next);
      const first = this.#pending.shift();
      if (first !== undefined) {
        return first;
      }
    }
    const fragment = this.#fragment;
    const stop = this.#endAtBody;
    const end = Math.min(fragment.available, this.#bodyEnd, stop?.at ?? Infinity);
    if (end > this.#bodySent) {
      const bytes = fragment.body.subarray(this.#bodySent, end);
      this.#bodySent = end;
      return { bytes };
    }
    if (stop !== undefined && this.#bodySent >= stop.at) {
      this.#fragment = undefined;
      this.#ending = stop.ending;
      return stop.last === undefined ? undefined : { bytes: stop.last };
    }
    if (fragment.dropped) {
      // Cut off for good: nothing that came behind it in this body could be told apart.
      this.#isCutOff = true;
      return undefined;
    }
    if (!fragment.complete) {
      return undefined;
    }
    this.#fragment = undefined;
    const behind = this.#options.clock.now() - (fragment.ServerTimestamp ?? 0);
    const tail = this.#withTail ? fragment.tail(behind) : NOTHING;
    return {
      bytes: tail,
      done: () => {
        this.#options.onChunkSent(fragment, tail);
      },
    };
  }

  /** Makes a fragment the current one, as the faults that befall this chunk will have it. */
  #begin(fragment: Fragment): void {
    const repeated = this.#repeat !== undefined;
    this.#repeat = undefined;
    this.#position = fragment.position + 1;
    const index = repeated ? -1 : this.#chunks++;
    const faults = this.#options.faults.filter((fault) => chunkOf(fault) === index);
    const has = (kind: BodyFault['kind']) => faults.some((fault) => fault.kind === kind);
    this.#bodySent = 0;
    this.#bodyEnd = Infinity;
    this.#withTail = true;
    this.#endAtBody = undefined;
    for (const fault of faults) {
      if (fault.kind === 'garbage') {
        this.#pending.push({ bytes: fault.html ? WEB_PAGE : this.#slices.noise(fault.bytes ?? 1000) });
      } else if (fault.kind === 'in-band-error') {
        const code = fault.ErrorCode ?? ERROR_CODES[fault.ErrorId] ?? 'UNKNOWN';
        if (fault.mid) {
          const last = errorChunk(fault.ErrorId, code, fragment.FragmentNumber);
          this.#endAtBody = { at: half(fragment), ending: 'early-end', last };
        } else {
          this.#pending.push({ bytes: errorChunk(fault.ErrorId, code) });
          this.#ending = 'early-end';
          return;
        }
      } else if (isEnding(fault)) {
        if (endsBefore(fault)) {
          this.#ending = fault.kind;
          return;
        }
        this.#endAtBody = { at: half(fragment), ending: fault.kind };
      }
    }
    if (has('drop-chunk')) {
      return;
    }
    if (has('clusterless-chunk')) {
      this.#pending.push({ bytes: withoutCluster(fragment) });
      return;
    }
    if (has('missing-tail')) {
      this.#withTail = false;
      this.#bodyEnd = fragment.tail(0).length > 0 ? Infinity : startOfTail(fragment.body);
    }
    if (has('duplicate-chunk')) {
      this.#repeat = fragment;
    }
    this.#fragment = fragment;
    const front = fragment.front;
    if (front.length > 0) {
      this.#pending.push({ bytes: front });
    }
  }

  /** Hands one slice to the socket. */
  #sendSlice({ bytes, done }: Outgoing): void {
    const { response, clock } = this.#options;
    const limit = this.#limit;
    const left = limit === undefined ? Infinity : limit.at - this.#sentBytes;
    const length = Math.min(bytes.length, this.#slices.nextLength(), left);
    const whole = length === bytes.length;
    if (!whole) {
      this.#pending.unshift({ bytes: bytes.subarray(length), ...(done === undefined ? {} : { done }) });
    }
    if (length > 0) {
      const slice = this.#slices.corrupted(whole ? bytes : bytes.subarray(0, length), this.#sentBytes);
      this.#sentBytes += length;
      this.#lastSentAt = clock.monotonic();
      this.#blocked = !response.write(slice, (error) => {
        if (whole && !error) {
          done?.();
        }
      });
      this.#hold(length);
    } else if (whole) {
      done?.();
    }
    if (limit !== undefined && this.#sentBytes >= limit.at) {
      this.#pending = [];
      this.#fragment = undefined;
      this.#ending = limit.ending;
      this.#finish(limit.ending);
    }
  }

  /** No faster than the service sends. */
  #hold(length: number): void {
    const { clock } = this.#options;
    const wait = this.#pace.take(length, clock.monotonic());
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
    this.#cancelIdle();
    if (stream.producing && !this.#isCutOff) {
      return;
    }
    const lastMediaAt = this.#isCutOff ? -Infinity : stream.lastMediaAt;
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
      // What was sent before gets through first.
      response.socket?.destroySoon();
    }
  }

  /** Nothing is sent from now on, and no timer runs; the connection itself is the caller's to close. */
  stop(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#cancelAge();
    this.#cancelIdle();
    this.#cancelPace();
  }
}

const NOTHING = Buffer.alloc(0);
