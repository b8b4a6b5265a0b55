/** One stream of many, read by a session of its own. */
import type { Clock } from '../clock';
import { definedOnly } from '../defined-only';
import type { StreamRef } from '../options';
import {
  Session,
  type ChunkDelivery,
  type Counters,
  type ErrorReport,
  type FrameDelivery,
  type Position,
  type SessionDependencies,
  type SessionEnd,
  type SessionOptions,
  type State,
} from '../session';
import type { Assignment } from './coordinator';
import { SilentPolling } from './silent-polling';

/** How all streams of a set are read. */
export type ReadingOptions = Omit<SessionOptions, 'stream' | 'position' | 'idleWaitMs' | 'maySend'>;

export interface StreamReaderEvents {
  chunk(reader: StreamReader, delivery: ChunkDelivery): void;
  frame(reader: StreamReader, delivery: FrameDelivery): void;
  error(reader: StreamReader, error: ErrorReport): void;
  /** Something has changed that shows. */
  changed(): void;
  /** The stream has no media now. */
  silent(reader: StreamReader): void;
  /** It has media again. */
  resumed(reader: StreamReader): void;
  /** Its bound is reached: all is sent. */
  complete(reader: StreamReader, end: SessionEnd): void;
  checkpoint(reader: StreamReader, position: Position): void;
}

/** What a stream does, as far as a person who watches hundreds cares. */
export type StreamCondition = 'connecting' | 'streaming' | 'silent' | 'failing' | 'paused' | 'stopped';

/** How long an orderly end waits for the end of the chunk and for acknowledgements. */
const RETIRE_WITHIN_MS = 30_000;

export class StreamReader {
  readonly stream: StreamRef;
  readonly leaseEpoch: number | undefined;
  readonly #session: Session;
  readonly #polling: SilentPolling;
  /** The reader's turn to connect has come. */
  #isDue = false;
  #isStarted = false;
  /** Someone asked it to pause. */
  #isPaused = false;
  /** Nothing may be sent now. */
  #isBarred = false;
  #isSilent = false;
  #failing: string | undefined;
  #reconnects = 0;
  /** FragmentNumber of what was sent last, and of what is done with. */
  #lastSent: string | undefined;
  #reached: string | undefined;
  #retiring: { readonly done: () => void; readonly cancel: () => void } | undefined;

  /** @param maySend asked before each message */
  constructor(
    { stream, startSelector, until, position, leaseEpoch }: Assignment,
    private readonly options: ReadingOptions,
    private readonly dependencies: SessionDependencies,
    private readonly events: StreamReaderEvents,
    maySend: () => boolean,
  ) {
    this.stream = stream;
    this.leaseEpoch = leaseEpoch;
    this.#polling = new SilentPolling(dependencies.clock);
    const bound = until ?? options.until;
    this.#session = new Session(
      {
        ...options,
        stream,
        startSelector: startSelector ?? options.startSelector,
        ...definedOnly({ position, until: bound }),
        maySend,
        idleWaitMs: (usualMs) => this.#polling.waitMs(usualMs),
      },
      dependencies,
      {
        chunk: (delivery) => {
          this.#sends(delivery.FragmentNumber);
          events.chunk(this, delivery);
        },
        frame: (delivery) => {
          this.#sends(delivery.FragmentNumber);
          events.frame(this, delivery);
        },
        error: (error) => {
          if (error.action === 'retry') {
            this.#failing = error.ErrorType;
          }
          events.error(this, error);
        },
        state: (state) => {
          this.#entered(state);
        },
        complete: (end) => {
          events.complete(this, end);
        },
        checkpoint: (position) => {
          this.#reached = position.FragmentNumber;
          events.checkpoint(this, position);
          this.#endIfSettled();
        },
      },
    );
  }

  get counters(): Counters {
    return this.#session.counters;
  }

  /** Failures since the start after which it connected again, or will. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** ErrorType of what fails now; undefined where nothing does. */
  get failing(): string | undefined {
    const { state } = this.#session;
    return state.name === 'stopped' ? state.error?.ErrorType : this.#failing;
  }

  get condition(): StreamCondition {
    const { name } = this.#session.state;
    if (name === 'stopped') {
      return this.failing === undefined ? 'stopped' : 'failing';
    }
    if (this.#failing !== undefined) {
      return 'failing';
    }
    if (this.#isPaused || name === 'paused') {
      return 'paused';
    }
    return this.#isSilent ? 'silent' : this.#lastSent === undefined ? 'connecting' : 'streaming';
  }

  /** Whether a call would be made now that can wait for its turn among others. */
  get hasConnection(): boolean {
    const { state } = this.#session;
    return 'connection' in state && state.connection !== undefined;
  }

  /** Its turn to connect has come. */
  start(): void {
    this.#isDue = true;
    this.#update();
  }

  pause(): void {
    this.#isPaused = true;
    this.#update();
  }

  resume(): void {
    this.#isPaused = false;
    this.#update();
  }

  /** Nothing may be sent until `unbar`. */
  bar(): void {
    this.#isBarred = true;
    this.#update();
  }

  unbar(): void {
    this.#isBarred = false;
    // A message that was held back has the session wait, as for an acknowledgement.
    this.#session.pause();
    this.#update();
  }

  /** Asks now, where the stream is silent. */
  wake(): void {
    const { state } = this.#session;
    if (state.name === 'waiting' && state.reason === 'media') {
      this.#polling.restart();
      this.#session.pause();
      this.#update();
    }
  }

  /** @returns false for a chunk that has not been sent */
  acknowledge(FragmentNumber: string, frameIndex?: number): boolean {
    return this.#session.acknowledge(FragmentNumber, frameIndex);
  }

  /** Ends in order: at the end of a chunk, when all is acknowledged, or after 30 s. Calls back then, maybe at once. */
  retire(done: () => void): void {
    if (this.#retiring === undefined) {
      const cancel = this.dependencies.clock.after(RETIRE_WITHIN_MS, () => {
        this.#end();
      });
      this.#retiring = { done, cancel };
      if (this.options.emit === 'chunk') {
        this.#session.pause();
      }
      this.#endIfSettled();
    }
  }

  /** Ends at once, and frees the socket. */
  stop(): void {
    this.#retiring?.cancel();
    this.#retiring = undefined;
    this.#session.stop();
  }

  #sends(FragmentNumber: string): void {
    this.#lastSent = FragmentNumber;
    this.#failing = undefined;
    this.#polling.restart();
    if (this.#isSilent) {
      this.#isSilent = false;
      this.events.resumed(this);
    }
  }

  #entered(state: State): void {
    if (state.name === 'waiting' && state.reason === 'retry') {
      this.#reconnects += 1;
    }
    if (state.name === 'waiting' && state.reason === 'media') {
      this.#failing = undefined;
      if (!this.#isSilent) {
        this.#isSilent = true;
        this.events.silent(this);
      }
    }
    this.events.changed();
  }

  #update(): void {
    if (!this.#isDue || this.#retiring !== undefined) {
      return;
    }
    if (this.#isPaused || this.#isBarred) {
      this.#session.pause();
    } else if (this.#isStarted) {
      this.#session.resume();
    } else {
      this.#isStarted = true;
      this.#session.start();
    }
  }

  #endIfSettled(): void {
    if (this.#retiring !== undefined && this.#lastSent === this.#reached) {
      this.#end();
    }
  }

  #end(): void {
    const retiring = this.#retiring;
    this.stop();
    retiring?.done();
  }
}

/** A clock and the session's other needs, for all readers of a set. */
export type ReaderDependencies = Omit<SessionDependencies, 'streamKey'> & { readonly clock: Clock };
