import type { Clock } from '../../src/clock';
import type { MediaService } from '../../src/kinesis-video';
import type { StartSelector, StreamRef } from '../../src/options';
import { Session, type CallLimiter, type ErrorReport, type Position, type State } from '../../src/session';
import type { ChunkDelivery, FrameDelivery } from '../../src/session';
import type { Fragment, SimulatedStream } from '../../src/simulator';
import { framesOf } from './tiny-media';

export interface ConsumerOptions {
  readonly name: string;
  readonly stream: SimulatedStream;
  readonly emit: 'chunk' | 'frame';
  readonly maxInFlight: number;
  readonly keepTrying: boolean;
  readonly byArn: boolean;
  readonly startSelector: StartSelector;
}

export interface ConsumerDependencies {
  readonly service: MediaService;
  readonly clock: Clock;
  readonly limiter: CallLimiter;
}

const STALL_TIMEOUT_MS = 20_000;

/**
 * A flow and the person in front of it: takes messages, acknowledges them late, out of order and twice, pauses, stops
 * and starts again from the checkpoint, and compares every message with what the stream holds.
 */
export class Consumer {
  /** What should not have been, in words; empty at the end of a good run. */
  readonly problems: string[] = [];
  readonly errors = new Map<string, number>();
  /** Chunks that the service left out of a response, and may therefore be missing. */
  readonly leftOut = new Set<number>();
  messages = 0;
  chunks = 0;
  missing = 0;
  sessions = 0;
  longestHoldMs = 0;
  readonly ref: StreamRef;

  #session: Session | undefined;
  #position: Position | undefined;
  #checkpointAt = -1;
  #cancel: () => void = () => undefined;
  #quiet = false;
  /** Of the running session: the chunk expected next, and how much of it has come. */
  #expected: number | undefined;
  #frames = 0;
  #sequence = 0;
  #heldSince: number | undefined;
  /** Messages out, by the chunk's place in the stream. */
  readonly #out = new Map<number, Set<number>>();
  readonly #fragments = new Map<string, Fragment>();
  readonly #byPosition: Fragment[] = [];

  constructor(
    readonly options: ConsumerOptions,
    private readonly dependencies: ConsumerDependencies,
  ) {
    const { name, arn } = options.stream;
    this.ref = options.byArn ? { StreamName: name, StreamARN: arn } : { StreamName: name };
  }

  /** Everything the stream holds is done with. */
  get done(): boolean {
    return this.#checkpointAt === this.options.stream.nextPosition - 1;
  }

  get state(): State['name'] {
    return this.#session?.state.name ?? 'stopped';
  }

  get progress(): string {
    return `${this.options.name}: ${this.state}, checkpoint ${this.#checkpointAt} of ${this.options.stream.nextPosition}, out ${this.#outCount}`;
  }

  /** The place in the stream of the first chunk that a selector asks for, where that can be told exactly. */
  firstOf(selector: StartSelector, tokensInclusive: boolean): number | undefined {
    switch (selector.StartSelectorType) {
      case 'FRAGMENT_NUMBER':
        return this.#next(selector.AfterFragmentNumber, 1);
      case 'CONTINUATION_TOKEN':
        return this.#next(selector.ContinuationToken, tokensInclusive ? 0 : 1);
      case 'EARLIEST':
        return 0;
      default:
        return undefined;
    }
  }

  fragmentAt(position: number): Fragment | undefined {
    this.#learn();
    return this.#byPosition[position];
  }

  start(): void {
    this.sessions++;
    this.#expected =
      this.#position?.FragmentNumber === undefined && this.options.startSelector.StartSelectorType === 'NOW'
        ? undefined
        : this.#checkpointAt + 1;
    this.#frames = 0;
    this.#sequence = 0;
    this.#out.clear();
    const session = this.#newSession();
    this.#session = session;
    session.start();
    this.#planAct();
  }

  /** Ends the session as a deploy does; what it says afterwards is a problem. */
  stop(): void {
    this.#cancel();
    this.#endHold();
    const session = this.#session;
    this.#session = undefined;
    session?.stop();
  }

  /** From now on the person leaves the flow alone. */
  leaveAlone(): void {
    this.#quiet = true;
    if (this.#session?.state.name === 'paused') {
      this.#session.resume();
    }
  }

  #newSession(): Session {
    const { clock, service, limiter } = this.dependencies;
    const { emit, maxInFlight, keepTrying, startSelector } = this.options;
    const current = (what: string): boolean => {
      if (this.#session === session) {
        return true;
      }
      this.#problem(`a session that was stopped said: ${what}`);
      return false;
    };
    const session: Session = new Session(
      {
        stream: this.ref,
        startSelector,
        ...(this.#position === undefined ? {} : { position: this.#position }),
        emit,
        tracks: [],
        maxInFlight,
        keepTrying,
        stallTimeoutMs: STALL_TIMEOUT_MS,
        ackTimeoutMs: 10_000,
        maxChunkBytes: 64 * 1024 * 1024,
      },
      { clock, service, limiter, streamKey: this.options.stream.arn },
      {
        chunk: (delivery) => {
          if (current('chunk')) {
            this.#onChunk(delivery);
          }
        },
        frame: (delivery) => {
          if (current('frame')) {
            this.#onFrame(delivery);
          }
        },
        checkpoint: (position) => {
          if (current('checkpoint')) {
            this.#onCheckpoint(position);
          }
        },
        error: (error) => {
          this.#onError(error);
        },
        state: (state) => {
          this.#onState(state);
        },
      },
    );
    return session;
  }

  // --- what comes --------------------------------------------------------------------------------------------------

  #onChunk({ FragmentNumber, chunk, sequence }: ChunkDelivery): void {
    const fragment = this.#find(FragmentNumber);
    if (fragment === undefined) {
      return;
    }
    this.#moveTo(fragment.position);
    this.#expected = fragment.position + 1;
    if (sequence !== this.#sequence++) {
      this.#problem(`chunk ${fragment.position} has sequence ${sequence}`);
    }
    if (!chunk.data.equals(fragment.chunk(chunk.MillisBehindNow))) {
      this.#problem(`chunk ${fragment.position} has other bytes than the stream`);
    }
    this.chunks++;
    this.#sent(fragment, 0);
  }

  #onFrame({ FragmentNumber, frame }: FrameDelivery): void {
    const fragment = this.#find(FragmentNumber);
    if (fragment === undefined) {
      return;
    }
    if (fragment.position !== this.#expected) {
      this.#finishFrames();
      this.#moveTo(fragment.position);
    }
    if (frame.index !== this.#frames) {
      this.#problem(`frame ${frame.index} of chunk ${fragment.position} where ${this.#frames} was due`);
    }
    this.#frames = frame.index + 1;
    if (framesOf(fragment.body)[frame.index]?.equals(frame.data) !== true) {
      this.#problem(`frame ${frame.index} of chunk ${fragment.position} has other bytes than the stream`);
    }
    this.#sent(fragment, frame.index);
  }

  /** The chunk expected next is here at last, or another one: then those between must have been left out. */
  #moveTo(position: number): void {
    const expected = this.#expected ?? position;
    if (position < expected) {
      this.#problem(`chunk ${position} came where ${expected} was due`);
    }
    for (let gone = expected; gone < position; gone++) {
      const empty =
        this.options.emit === 'frame' && framesOf(this.#byPosition[gone]?.body ?? NOTHING).length === 0;
      if (this.leftOut.has(gone)) {
        this.missing++;
      } else if (!empty) {
        this.#problem(`chunk ${gone} is missing; ${position} came instead`);
      }
    }
    this.#expected = position;
    this.#frames = 0;
  }

  /** Frames of another chunk begin, so all of the last one must have come. */
  #finishFrames(): void {
    const last = this.#expected;
    if (last !== undefined && this.#frames > 0) {
      const all = framesOf(this.#byPosition[last]?.body ?? NOTHING).length;
      if (this.#frames !== all && this.leftOut.has(last)) {
        this.missing++;
      } else if (this.#frames !== all) {
        this.#problem(`of chunk ${last} came ${this.#frames} of ${all} frames`);
      }
      this.#expected = last + 1;
      this.chunks++;
    }
  }

  #sent(fragment: Fragment, index: number): void {
    this.messages++;
    const { maxInFlight } = this.options;
    const { clock } = this.dependencies;
    if (maxInFlight > 0) {
      const { position } = fragment;
      const out = this.#out.get(position) ?? new Set();
      this.#out.set(position, out.add(index));
      if (this.#outCount > maxInFlight) {
        this.#problem(`${this.#outCount} messages are out`);
      }
      const chance = clock.random();
      if (chance < 0.15) {
        this.#acknowledge(fragment, index);
      } else {
        // Now and then later than the time-out that reports it.
        const wait = chance > 0.99 ? 15_000 : clock.random() * 1_500;
        clock.after(wait, () => {
          this.#acknowledge(fragment, index);
        });
      }
    }
    this.#disturb();
  }

  /** From within the very call that brings a message. */
  #disturb(): void {
    const chance = this.dependencies.clock.random();
    if (this.#quiet || chance > 0.02) {
      return;
    }
    this.#session?.pause();
    if (chance < 0.01) {
      this.#session?.resume();
    } else {
      this.#later(chance * 200_000, () => {
        this.#session?.resume();
        this.#planAct();
      });
    }
  }

  #acknowledge(fragment: Fragment, index: number): void {
    const session = this.#session;
    if (session === undefined) {
      return;
    }
    const { FragmentNumber = '', position } = fragment;
    const wasOut = this.#out.get(position)?.delete(index) ?? false;
    const known = session.acknowledge(FragmentNumber, this.options.emit === 'frame' ? index : undefined);
    if (wasOut && !known) {
      this.#problem(`the acknowledgement of chunk ${position} is not known`);
    }
    if (this.random() < 0.05) {
      session.acknowledge(FragmentNumber, index);
      if (session.acknowledge('99999999999999999999999999999999999999999999999')) {
        this.#problem('a chunk that was never sent could be acknowledged');
      }
    }
  }

  #onCheckpoint(position: Position): void {
    if (position.FragmentNumber === undefined) {
      if (this.#position !== undefined) {
        this.#problem('a session that had a place began anew');
      }
      this.#position = position;
      return;
    }
    const fragment = this.#find(position.FragmentNumber);
    const at = fragment?.position ?? -1;
    if (at <= this.#checkpointAt) {
      this.#problem(`the checkpoint went from ${this.#checkpointAt} back to ${at}`);
    }
    for (const [chunk, out] of this.#out) {
      if (chunk <= at && out.size > 0) {
        this.#problem(`the checkpoint ${at} passes over chunk ${chunk}, which is not acknowledged`);
      }
      if (chunk <= at) {
        this.#out.delete(chunk);
      }
    }
    if (this.options.emit === 'frame') {
      const all = fragment === undefined ? 0 : framesOf(fragment.body).length;
      if (at === this.#expected && this.#frames < all) {
        this.#problem(`the checkpoint ${at} is set after ${this.#frames} of ${all} frames`);
      }
    }
    this.#checkpointAt = at;
    this.#position = position;
  }

  #onError(error: ErrorReport): void {
    const key = `${error.ErrorType}/${error.action}`;
    this.errors.set(key, (this.errors.get(key) ?? 0) + 1);
    if (error.action === 'skip') {
      this.#problem(`gave up: ${error.message}`);
    }
    if (error.action === 'stop') {
      // What a person does about it.
      this.stop();
      this.#later(1_000 + this.random() * 10_000, () => {
        this.start();
      });
    }
  }

  #onState(state: State): void {
    if (state.name === 'draining') {
      this.#heldSince ??= this.dependencies.clock.now();
    } else {
      this.#endHold();
    }
  }

  #endHold(): void {
    if (this.#heldSince !== undefined) {
      this.longestHoldMs = Math.max(this.longestHoldMs, this.dependencies.clock.now() - this.#heldSince);
      this.#heldSince = undefined;
    }
  }

  // --- what the person does ----------------------------------------------------------------------------------------

  #planAct(): void {
    this.#later(5_000 + this.random() * 120_000, () => {
      this.#act();
    });
  }

  #act(): void {
    if (this.#quiet) {
      return;
    }
    if (this.random() < 0.5) {
      this.#session?.pause();
      this.#later(this.random() * 40_000, () => {
        this.#session?.resume();
        this.#planAct();
      });
    } else {
      this.stop();
      this.#later(this.random() * 5_000, () => {
        this.start();
      });
    }
  }

  /** One thing at a time: what was planned before is dropped. */
  #later(ms: number, act: () => void): void {
    this.#cancel();
    this.#cancel = this.dependencies.clock.after(ms, act);
  }

  readonly random = (): number => this.dependencies.clock.random();

  // --- what the stream holds ---------------------------------------------------------------------------------------

  #find(FragmentNumber: string): Fragment | undefined {
    this.#learn();
    const fragment = this.#fragments.get(FragmentNumber);
    if (fragment === undefined) {
      this.#problem(`chunk ${FragmentNumber} is not of this stream`);
    }
    return fragment;
  }

  #learn(): void {
    const { stream } = this.options;
    if (this.#byPosition.length < stream.nextPosition) {
      for (const fragment of stream.fragments.slice(this.#byPosition.length)) {
        this.#byPosition.push(fragment);
        this.#fragments.set(fragment.FragmentNumber ?? '', fragment);
      }
    }
  }

  #next(FragmentNumber: string, step: 0 | 1): number | undefined {
    this.#learn();
    const fragment = this.#fragments.get(FragmentNumber);
    return fragment === undefined ? undefined : fragment.position + step;
  }

  get #outCount(): number {
    return [...this.#out.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #problem(what: string): void {
    if (this.problems.length < 20) {
      this.problems.push(`${this.options.name}, session ${this.sessions}: ${what}`);
    }
  }
}

const NOTHING = Buffer.alloc(0);
