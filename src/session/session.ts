/** Reads one stream: the states of a session, and every way from one to another. */
import { processTurn } from '../event-loop-turn';
import type { MediaResponse } from '../kinesis-video';
import { ResponseReader } from './response-reader';
import type { ErrorReport } from './error-report';
import type { Failure } from './failure';
import { ChunkJudge } from './chunk-judge';
import type { ResponseOwner } from './response-owner';
import { createParts, type SessionParts } from './session-wiring';
import { release, type NextOf, type State, type States } from './state';
import type { EndReason } from './until-watch';
import type { Counters, SessionDependencies, SessionEvents, SessionOptions } from './types';

/** Also where a bound is about to be reached: the service is not to be asked without a pause. */
const SHORTEST_WAIT_MS = 1_000;

/**
 * Reads one stream until it is stopped: connects, reads, calls again when the response ends or breaks, and sends each
 * chunk (or frame) exactly once and in order. The cursor moves by what was taken whole, so whatever ends a response,
 * the next one continues after the last whole chunk.
 */
export class Session {
  /** Running totals. */
  readonly counters: Counters;
  #state: State = { name: 'idle' };
  readonly #parts: SessionParts;
  /** Set when everything has come that the session was to read: what is left is to send it. */
  #ending: EndReason | undefined;
  /** What responses ask for. */
  readonly #owner: ResponseOwner = {
    reading: () => {
      const state = this.#state;
      const hasReader = 'reader' in state && state.reader !== undefined;
      return state.name === 'streaming' ? 'now' : hasReader ? 'held' : 'over';
    },
    deliver: (item) => {
      const state = this.#state;
      const { queue } = this.#parts;
      if (state.name === 'stopped') {
        return;
      }
      queue.offer(item, state.name === 'streaming');
      if (state.name === 'streaming' && this.#isIn(state) && !queue.hasRoom) {
        state.reader.pause();
        this.#enter(state, { name: 'draining', reader: state.reader });
      }
    },
    refetch: () => {
      if (this.#state.name === 'streaming') {
        this.#call(this.#state);
      }
    },
    release: () => this.#releaseHeld(),
    fail: (failure) => {
      if (!this.#releaseHeld()) {
        this.#fail(failure);
      }
    },
    ended: (hadNewMedia) => {
      const state = this.#state;
      const waitMs = Math.min(this.#parts.retries.ended(hadNewMedia), this.#quietInMs(hadNewMedia));
      if (this.#ending !== undefined) {
        this.#complete(this.#ending);
      } else if (state.name === 'streaming' && hadNewMedia) {
        this.#call(state);
      } else if (state.name === 'streaming') {
        this.#wait(state, 'media', waitMs);
      }
    },
    complete: () => {
      this.#complete('until');
    },
  };

  constructor(
    private readonly options: SessionOptions,
    private readonly dependencies: SessionDependencies,
    private readonly events: SessionEvents,
  ) {
    this.#parts = createParts(options, dependencies, events);
    this.counters = this.#parts.counters;
  }

  get state(): State {
    return this.#state;
  }

  start(): void {
    if (this.#state.name === 'idle') {
      this.#call(this.#state);
    }
  }

  /** Ends the session for good and frees its socket. Idempotent. */
  stop(): void {
    this.#stop();
  }

  /** Stops reading. What has arrived stays where it is, so that nothing is lost. */
  pause(): void {
    const state = this.#state;
    if (state.name === 'streaming' || state.name === 'draining') {
      state.reader?.pause();
      this.#enter(state, { name: 'paused', reader: state.reader });
    } else if (state.name === 'resolving' || state.name === 'connecting' || state.name === 'waiting') {
      this.#enter(state, { name: 'paused' });
    }
  }

  resume(): void {
    const state = this.#state;
    if (state.name === 'paused') {
      this.#drain(this.#enter(state, { name: 'draining', reader: state.reader }));
    }
  }

  /**
   * Acknowledges a chunk, or one of its frames by its index. Doing so twice is harmless.
   *
   * @returns false for a chunk that has not been sent
   */
  acknowledge(FragmentNumber: string, frameIndex?: number): boolean {
    const isKnown = this.#parts.queue.acknowledge(FragmentNumber, frameIndex);
    if (this.#state.name === 'draining') {
      this.#drain(this.#state);
    }
    return isKnown || this.#parts.tracker.knows(FragmentNumber);
  }

  // --- transitions -------------------------------------------------------------------------------------------------

  #enter<From extends State, To extends NextOf<From>>(from: From, to: To): To {
    this.#state = to;
    release(from, to);
    this.#parts.silence.state(to.name);
    this.events.state(to);
    return to;
  }

  /** Whether the session is still in this very state, or something has happened meanwhile. */
  #isIn(state: State): boolean {
    return this.#state === state;
  }

  #stop(error?: ErrorReport): void {
    this.#parts.queue.close();
    const state = this.#state;
    if (state.name !== 'stopped') {
      this.#enter(state, { name: 'stopped', error });
    }
  }

  /** ms until the bounds are reached that silence reaches; notes where one is. Infinity where there is none. */
  #quietInMs(hadNewMedia: boolean): number {
    const { clock, service } = this.dependencies;
    const bound = this.#parts.until?.quiet(clock.monotonic(), clock.now() + service.clockOffsetMs);
    if (bound === undefined || hadNewMedia) {
      return Infinity;
    }
    if (bound.inMs === 0) {
      this.#ending = bound.reason;
    }
    return Math.max(SHORTEST_WAIT_MS, bound.inMs);
  }

  /** Nothing further is read. The session stops when all that has come is sent. */
  #complete(reason: EndReason): void {
    this.#ending = reason;
    const state = this.#state;
    if (this.#parts.queue.isEmpty) {
      this.#finish(reason);
    } else if (state.name === 'streaming' || state.name === 'draining') {
      this.#enter(state, { name: 'draining' });
    } else if (state.name === 'paused') {
      this.#enter(state, { name: 'paused' });
    }
  }

  #finish(reason: EndReason): void {
    const state = this.#state;
    const end = this.#parts.until?.end(reason);
    if (state.name !== 'stopped' && end !== undefined) {
      this.#parts.queue.close();
      this.#enter(state, { name: 'stopped', end });
      this.events.complete?.(end);
    }
  }

  /** Asks for media: resolves the endpoint, waits for the stream's turn, sends GetMedia, and reads. */
  #call(from: Exclude<State, States['resolving' | 'connecting' | 'stopped']>): void {
    const isCaughtUp = from.name === 'waiting' && from.reason === 'media';
    const resolving = this.#enter(from, { name: 'resolving', call: new AbortController() });
    void this.#connect(resolving, isCaughtUp);
  }

  /** @param isCaughtUp the response before had nothing after the last chunk, and ended just now */
  async #connect(resolving: States['resolving'], isCaughtUp: boolean): Promise<void> {
    const { service, limiter, clock, streamKey } = this.dependencies;
    const { stream } = this.options;
    const { tracker, failures } = this.#parts;
    let current: State = resolving;
    try {
      await service.resolveEndpoint(stream, resolving.call.signal);
      if (!this.#isIn(resolving)) {
        return;
      }
      const turnInMs = limiter.take(streamKey, clock.monotonic());
      if (turnInMs > 0) {
        this.#wait(resolving, 'rateLimit', turnInMs);
        return;
      }
      // With a controller of its own, since leaving the state `resolving` aborts the one that belongs to it.
      const connecting = this.#enter(resolving, { name: 'connecting', call: new AbortController() });
      current = connecting;
      const response = await service.getMedia(stream, tracker.cursor.selector(), connecting.call.signal);
      this.#answered(response);
      if (this.#isIn(connecting)) {
        this.#read(connecting, response, isCaughtUp);
      } else {
        response.close();
      }
    } catch (error) {
      if (this.#isIn(current)) {
        this.#fail(failures.call(error));
      }
    }
  }

  /** The first answer gives a session that begins NOW its position, which has to outlive a restart. */
  #answered({ serverTime }: MediaResponse): void {
    const { clock, service } = this.dependencies;
    const began = this.#parts.tracker.answered(serverTime ?? clock.now() + service.clockOffsetMs);
    if (began !== undefined && this.#state.name !== 'stopped') {
      this.events.checkpoint(began);
    }
  }

  #read(connecting: States['connecting'], response: MediaResponse, isCaughtUp: boolean): void {
    const { clock, turn = processTurn } = this.dependencies;
    this.#parts.tracker.responseBegins(isCaughtUp);
    this.#parts.retries.responseBegins();
    const consumer = new ChunkJudge(response, this.#parts, this.#owner);
    const reader = new ResponseReader(response, this.options, clock, consumer, turn);
    this.#enter(connecting, { name: 'streaming', reader });
    reader.start();
  }

  #wait(
    from: Exclude<State, States['idle' | 'stopped']>,
    reason: States['waiting']['reason'],
    waitMs: number,
    error?: ErrorReport,
  ): void {
    const cancel = this.dependencies.clock.after(waitMs, () => {
      if (this.#isIn(waiting)) {
        this.#call(waiting);
      }
    });
    const waiting = this.#enter(from, { name: 'waiting', reason, waitMs, error, cancel });
  }

  #fail(failure: Failure): void {
    const state = this.#state;
    if (state.name === 'idle' || state.name === 'stopped') {
      return;
    }
    const { reaction, error } = this.#parts.retries.failed(failure);
    if (reaction.action === 'stop') {
      this.#stop(error);
    } else {
      this.#wait(state, 'retry', reaction.retryInMs, error);
    }
    this.events.error(error);
  }

  /** Sends what waits while there is room, then continues to read. */
  #drain(state: States['draining']): void {
    if (!this.#parts.queue.flush(() => this.#isIn(state))) {
      return;
    }
    if (this.#ending !== undefined) {
      this.#finish(this.#ending);
    } else if (state.reader === undefined) {
      this.#call(state);
    } else {
      this.#enter(state, { name: 'streaming', reader: state.reader });
      state.reader.resume();
    }
  }

  /** Lets go of a response while the flow or the user is being waited for. False where none of them is. */
  #releaseHeld(): boolean {
    const state = this.#state;
    if (state.name === 'draining' || state.name === 'paused') {
      this.#enter(state, { name: state.name });
      return true;
    }
    return false;
  }
}
