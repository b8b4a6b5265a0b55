import type { Clock } from '../clock';
import type { MediaResponse, MediaService } from '../kinesis-video';
import type { Chunk, ChunkHead, ChunkTooLargeError, CutChunk, ElementPlace, Frame } from '../matroska';
import type { EmitKind, StartSelector, StreamRef } from '../options';
import type { CallLimiter } from './call-limiter';
import { Connection, type ConnectionEvents } from './connection';
import { errorRow } from './error-table';
import { duration, report, type Action, type ErrorReport } from './explain';
import { failureInBand, failureOfCall, failureOfMedia, type Failure } from './failure';
import { Intake, TRIES } from './intake';
import { Outlet, type ChunkDelivery, type FrameDelivery, type Item, type OutletOptions } from './outlet';
import type { Position } from './place';
import { idleWait } from './reaction';
import { Recovery } from './recovery';
import { release, type NextOf, type State } from './state';
import { watchSilence } from './silence-report';
import type { SilenceWatch } from './silence-watch';
import { TagInheritance } from './tag-inheritance';
import { trackFilter } from './tracks';
import { processTurn, type Turn } from '../turn';

export interface SessionOptions extends OutletOptions {
  readonly stream: StreamRef;
  /** Where to begin without a position. */
  readonly startSelector: StartSelector;
  /** Where an earlier session got to; reading goes on behind it. */
  readonly position?: Position;
  readonly emit: EmitKind;
  /** Frame mode: track numbers, names or types to send; empty: all. */
  readonly tracks: readonly string[];
  /** Go on trying when the service refuses. */
  readonly keepTrying: boolean;
  readonly stallTimeoutMs: number;
  readonly maxChunkBytes: number;
  /** Reports `StreamSilent` after so long without media; 0 or absent: never. */
  readonly silentMs?: number;
  /** Completes the tags of fragments from those before. */
  readonly inheritTags?: boolean;
}

export interface SessionDependencies {
  readonly service: MediaService;
  readonly clock: Clock;
  readonly limiter: CallLimiter;
  /** Names the stream across all sessions of the process, for the limiter. */
  readonly streamKey: string;
  /** The process's own if absent. */
  readonly turn?: Turn;
}

/**
 * Called in the order of the stream, and never after `stop()` has returned; but who stops the session from within
 * `chunk` or `frame` still gets the checkpoint of what he was given, lest it be sent again.
 */
export interface SessionEvents {
  chunk(delivery: ChunkDelivery): void;
  frame(delivery: FrameDelivery): void;
  error(error: ErrorReport): void;
  state(state: State): void;
  /** Everything up to here is done with: sent, or acknowledged where that is asked for. */
  checkpoint(position: Position): void;
}

/** Running totals since the session was started, for rates. */
export interface Counters {
  bytes: number;
  frames: number;
  /** Of the last chunk, ms; undefined where the service has not said. */
  MillisBehindNow: number | undefined;
}

/**
 * The service takes no fragment of more than 50 MB, so what claims to be larger, tags and all, is damaged.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/limits.html
 */
const LARGEST_FRAGMENT_BYTES = 64 * 1024 * 1024;

/**
 * Reads one stream for as long as it is let: connects, reads, comes back when the response ends or breaks, and sends
 * each chunk (or frame) exactly once and in order. The place is kept by what was taken over whole, so whatever ends a
 * response, the next one goes on behind the last whole chunk.
 */
export class Session {
  readonly counters: Counters = { bytes: 0, frames: 0, MillisBehindNow: undefined };

  #state: State = { name: 'idle' };
  readonly #intake: Intake;
  readonly #outlet: Outlet;
  readonly #wanted: (track: Frame['track']) => boolean;
  readonly #recovery: Recovery;
  readonly #tags: TagInheritance | undefined;
  readonly #silence: SilenceWatch;
  /** Responses without new media in a row. */
  #emptyResponses = 0;
  /** Tags that were left out of the last chunk. */
  #tagsLeftOut = '';

  constructor(
    private readonly options: SessionOptions,
    private readonly dependencies: SessionDependencies,
    private readonly events: SessionEvents,
  ) {
    this.#intake = new Intake(options.startSelector, options.position);
    this.#recovery = new Recovery(options, dependencies, this.#intake);
    this.#wanted = trackFilter(options.tracks);
    this.#tags = options.inheritTags === true ? new TagInheritance() : undefined;
    this.#silence = watchSilence(options, dependencies.clock, (error) => {
      events.error(error);
    });
    this.#outlet = new Outlet(options, dependencies.clock, {
      chunk: (delivery) => {
        events.chunk(delivery);
      },
      frame: (delivery) => {
        events.frame(delivery);
      },
      checkpoint: (position) => {
        events.checkpoint(position);
      },
      late: ({ FragmentNumber, waitedMs }) => {
        const what = `Chunk ${FragmentNumber} of ${this.#streamText} has not been acknowledged for ${duration(waitedMs)}; the node goes on holding its place`;
        this.#tell(
          { ...failureOfMedia('AckTimeout', what, null, FragmentNumber), operation: 'Input' },
          { action: 'ignore' },
        );
      },
    });
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
    switch (state.name) {
      case 'resolving':
      case 'connecting':
      case 'waiting':
        this.#enter(state, { name: 'paused' });
        break;
      case 'streaming':
      case 'draining':
        state.connection?.pause();
        this.#enter(state, { name: 'paused', connection: state.connection });
        break;
      case 'idle':
      case 'paused':
      case 'stopped':
        break;
    }
  }

  resume(): void {
    const state = this.#state;
    if (state.name === 'paused') {
      this.#drain(this.#enter(state, { name: 'draining', connection: state.connection }));
    }
  }

  /**
   * Acknowledges a chunk, or one of its frames by its index. Doing so twice is harmless.
   *
   * @returns false for a chunk that has not been sent
   */
  acknowledge(FragmentNumber: string, frameIndex?: number): boolean {
    const known = this.#outlet.acknowledge(FragmentNumber, frameIndex);
    if (this.#state.name === 'draining') {
      this.#drain(this.#state);
    }
    return known || this.#intake.knows(FragmentNumber);
  }

  // --- transitions -------------------------------------------------------------------------------------------------

  #enter<From extends State, To extends NextOf<From>>(from: From, to: To): To {
    this.#state = to;
    release(from, to);
    this.#silence.state(to.name);
    this.events.state(to);
    return to;
  }

  /** Whether the session is still in this very state, or something has happened meanwhile. */
  #isIn(state: State): boolean {
    return this.#state === state;
  }

  #stop(failure?: Failure): void {
    this.#outlet.close();
    const state = this.#state;
    if (state.name !== 'stopped') {
      this.#enter(state, { name: 'stopped', failure });
    }
  }

  /** Asks for media: resolves the endpoint, waits for the stream's turn, sends GetMedia, and reads. */
  #call(from: Exclude<State, { name: 'resolving' | 'connecting' | 'stopped' }>): void {
    const resolving = this.#enter(from, { name: 'resolving', call: new AbortController() });
    void this.#connect(resolving);
  }

  async #connect(resolving: Extract<State, { name: 'resolving' }>): Promise<void> {
    const { service, limiter, clock, streamKey } = this.dependencies;
    const { stream } = this.options;
    let current: State = resolving;
    try {
      await service.resolveEndpoint(stream, resolving.call.signal);
      if (!this.#isIn(resolving)) {
        return;
      }
      const turnInMs = limiter.take(streamKey, clock.monotonic());
      if (turnInMs > 0) {
        this.#wait(resolving, 'turn', turnInMs);
        return;
      }
      // With a controller of its own, since leaving the state `resolving` aborts the one that belongs to it.
      const connecting = this.#enter(resolving, { name: 'connecting', call: new AbortController() });
      current = connecting;
      const selector = this.#intake.place.selector();
      const response = await service.getMedia(stream, selector, connecting.call.signal);
      if (this.#isIn(connecting)) {
        this.#read(connecting, response);
      } else {
        response.close();
      }
    } catch (error) {
      if (this.#isIn(current)) {
        this.#fail(failureOfCall(error, stream.StreamName));
      }
    }
  }

  #read(connecting: Extract<State, { name: 'connecting' }>, response: MediaResponse): void {
    const { options, dependencies } = this;
    const listen = this.#listen(() => connection);
    const { clock, turn = processTurn } = dependencies;
    const connection: Connection = new Connection(response, options, clock, listen, turn);
    this.#intake.join();
    this.#enter(connecting, { name: 'streaming', connection });
    connection.start();
  }

  #wait(
    from: Exclude<State, { name: 'idle' | 'stopped' }>,
    reason: 'media' | 'retry' | 'turn',
    waitMs: number,
    failure?: Failure,
  ): void {
    const cancel = this.dependencies.clock.after(waitMs, () => {
      if (this.#isIn(waiting)) {
        this.#call(waiting);
      }
    });
    const waiting = this.#enter(from, { name: 'waiting', reason, waitMs, failure, cancel });
  }

  // --- what a response brings --------------------------------------------------------------------------------------

  #listen(connection: () => Connection): ConnectionEvents {
    const { StreamName } = this.options.stream;
    return {
      ...(this.options.emit === 'frame' && {
        frame: (frame, head) => {
          this.#onFrame(frame, head, connection());
        },
      }),
      head: (head) => {
        connection().arriving = head;
        this.#intake.head(head);
      },
      chunk: (chunk) => {
        this.#onChunk(chunk, connection());
      },
      cut: (cut) => {
        this.#onCut(cut, connection());
      },
      inBandError: (error) => {
        this.#broke(failureInBand(error, connection().RequestId, StreamName));
      },
      malformed: (error) => {
        const what = `What came from ${this.#streamText} is not a chunk: ${error.message}`;
        this.#onDamage(what, connection(), error);
      },
      tooLarge: (head, error) => {
        this.#onTooLarge(head, error, connection());
      },
      ended: () => {
        this.#onEnded(connection());
      },
      failed: (error) => {
        this.#broke(failureOfCall(error, StreamName));
      },
      stalled: (silentMs) => {
        const what = `${this.#streamText} is connected, but not a byte has come for ${duration(silentMs)}`;
        this.#broke(failureOfMedia('StalledStream', capital(what), connection().RequestId));
      },
      received: (bytes) => {
        this.counters.bytes += bytes;
        // A long fragment takes its time; one that is sent again is no news.
        if (this.#intake.isNews(connection().arriving)) {
          this.#silence.media();
        }
      },
    };
  }

  #onFrame(frame: Frame, head: ChunkHead, { RequestId }: Connection): void {
    const taken = this.#intake.frame(frame, head);
    if (taken !== undefined) {
      const { FragmentNumber, gapAfter } = taken;
      this.#silence.media();
      this.#tellOfGap(FragmentNumber, gapAfter, RequestId);
      if (this.#wanted(frame.track)) {
        const completed = this.#tags?.completeHead(head) ?? head;
        this.#offer({ kind: 'frame', delivery: { frame, head: completed, FragmentNumber, RequestId } });
      }
    }
  }

  #onChunk(received: Chunk, connection: Connection): void {
    connection.arriving = undefined;
    const verdict = this.#intake.chunk(received);
    if (verdict.kind === 'numberless') {
      this.#onDamage(`A chunk of ${this.#streamText} has no fragment number`, connection);
    }
    if (verdict.kind !== 'new') {
      return;
    }
    const { FragmentNumber, position, gapAfter } = verdict;
    const { RequestId } = connection;
    const chunk = this.#tags?.complete(received) ?? received;
    this.#silence.media();
    connection.fruitful = true;
    this.#emptyResponses = 0;
    this.#recovery.succeeded();
    this.counters.frames += chunk.frames;
    this.counters.MillisBehindNow = chunk.MillisBehindNow;
    this.#tellOfGap(FragmentNumber, gapAfter, RequestId);
    this.#tellOfTags(chunk, RequestId);
    this.#offer(
      this.options.emit === 'chunk'
        ? { kind: 'chunk', delivery: { chunk, FragmentNumber, RequestId }, position }
        : { kind: 'done', position },
    );
  }

  /** Once for as long as the same ones are left out: a producer may repeat them in every chunk. */
  #tellOfTags({ tagsLeftOut = [], FragmentNumber }: Chunk, RequestId: string | null): void {
    const names = tagsLeftOut.map(({ name, sizeInBytes }) => `"${name}" (${sizeInBytes} bytes)`).join(', ');
    if (names !== '' && names !== this.#tagsLeftOut) {
      const what = `Tags of ${this.#streamText} are too large and were left out of the message: ${names}`;
      this.#tell(failureOfMedia('TagTooLarge', what, RequestId, FragmentNumber), { action: 'ignore' });
    }
    this.#tagsLeftOut = names;
  }

  /** The chunk is not whole: it is fetched again, and given up only when it keeps coming so. */
  #onCut(cut: CutChunk, connection: Connection): void {
    const state = this.#state;
    if (state.name !== 'streaming') {
      this.#broke();
      return;
    }
    connection.arriving = undefined;
    if (cut.head.offset === connection.passOverAt) {
      this.#giveUp(cut.head);
      return;
    }
    const verdict = this.#intake.cut(cut);
    if (verdict === 'give-up') {
      const { FragmentNumber } = cut.head;
      const what = `Chunk ${FragmentNumber ?? ''} of ${this.#streamText} has come cut ${TRIES} times in a row`;
      this.#tell(failureOfMedia('TruncatedChunk', what, connection.RequestId, FragmentNumber), {
        action: 'skip',
      });
      this.#giveUp(cut.head);
    } else if (verdict === 'again' && !connection.over) {
      // The next chunk has begun in the same response, and must not be sent before this one.
      this.#call(state);
    }
  }

  #onDamage(what: string, connection: Connection, place?: ElementPlace): void {
    if (this.#state.name !== 'streaming') {
      this.#broke();
      return;
    }
    // Rubbish between two chunks is no fault of the one that comes next.
    const { arriving, RequestId } = connection;
    const failure = failureOfMedia('MalformedMedia', what, RequestId, arriving?.FragmentNumber, place);
    if (this.#intake.damaged() === 'again') {
      this.#fail(failure);
    } else {
      connection.passOverAt = arriving?.offset;
      this.#tell(failure, { action: 'skip' });
    }
  }

  #onTooLarge(head: ChunkHead, error: ChunkTooLargeError, connection: Connection): void {
    const { FragmentNumber } = head;
    connection.arriving = undefined;
    if (FragmentNumber !== undefined && this.#intake.place.has(FragmentNumber)) {
      return;
    }
    if (this.#state.name !== 'streaming') {
      this.#broke();
      return;
    }
    const what = `A chunk of ${this.#streamText} is too large: ${error.message}`;
    const failure = failureOfMedia('ChunkTooLarge', what, connection.RequestId, FragmentNumber, error);
    if (error.sizeInBytes > LARGEST_FRAGMENT_BYTES && this.#intake.damaged() === 'again') {
      this.#fail(failure);
      return;
    }
    this.#tell(failure, { action: 'skip' });
    this.#giveUp(head);
  }

  #giveUp(head: ChunkHead): void {
    const position = this.#intake.giveUp(head);
    if (position !== undefined) {
      this.#offer({ kind: 'done', position });
    }
  }

  /** The service ends every response some time. Where media was flowing the next call follows at once. */
  #onEnded(connection: Connection): void {
    const state = this.#state;
    if (state.name !== 'streaming') {
      this.#broke();
      return;
    }
    this.#recovery.succeeded();
    if (connection.fruitful) {
      this.#call(state);
    } else {
      this.#emptyResponses += 1;
      this.#wait(state, 'media', idleWait(this.#emptyResponses));
    }
  }

  /**
   * The response is over. While the flow or the user is being waited for, that is no matter: the rest is asked for
   * when reading goes on, and if something is wrong it shows then.
   */
  #broke(failure?: Failure): void {
    const state = this.#state;
    if (state.name === 'draining' || state.name === 'paused') {
      this.#enter(state, { name: state.name });
    } else if (failure !== undefined) {
      this.#fail(failure);
    }
  }

  // --- failures ----------------------------------------------------------------------------------------------------

  #fail(failure: Failure): void {
    const state = this.#state;
    if (state.name === 'idle' || state.name === 'stopped') {
      return;
    }
    const { reaction, error } = this.#recovery.failed(failure);
    if (reaction.action === 'stop') {
      this.#stop(failure);
    } else {
      this.#wait(state, 'retry', reaction.retryInMs, failure);
    }
    this.events.error(error);
  }

  /** Reports what does not end the response. */
  #tell(failure: Failure, action: Action): void {
    this.events.error(report(failure, errorRow(failure), action, 1));
  }

  #tellOfGap(FragmentNumber: string, before: string | undefined, RequestId: string | null): void {
    if (before !== undefined) {
      const what = `What ${this.#streamText} holds goes on at chunk ${FragmentNumber}, but the last one sent was ${before}; what lay between is no longer to be had`;
      this.#tell(failureOfMedia('FragmentGap', what, RequestId, FragmentNumber), { action: 'ignore' });
    }
  }

  get #streamText(): string {
    return `stream "${this.options.stream.StreamName}"`;
  }

  // --- to the flow -------------------------------------------------------------------------------------------------

  #offer(item: Item): void {
    const state = this.#state;
    if (state.name === 'stopped') {
      return;
    }
    this.#outlet.offer(item, state.name === 'streaming');
    if (state.name === 'streaming' && this.#isIn(state) && !this.#outlet.hasRoom) {
      state.connection.pause();
      this.#enter(state, { name: 'draining', connection: state.connection });
    }
  }

  /** Sends what waits while there is room, then reads on. */
  #drain(state: Extract<State, { name: 'draining' }>): void {
    if (!this.#outlet.flush(() => this.#isIn(state))) {
      return;
    }
    if (state.connection === undefined) {
      this.#call(state);
    } else {
      this.#enter(state, { name: 'streaming', connection: state.connection });
      state.connection.resume();
    }
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
