import type { Clock } from '../clock';
import type { MediaResponse, MediaService } from '../kinesis-video';
import type { Chunk, ChunkHead, CutChunk, Frame, InBandError } from '../matroska';
import type { EmitKind, StartSelector, StreamRef } from '../options';
import type { CallLimiter } from './call-limiter';
import { Connection, type ConnectionEvents } from './connection';
import { errorRow } from './error-table';
import { duration, report, type Action, type ErrorReport } from './explain';
import { failureInBand, failureOfCall, failureOfConnection, failureOfMedia, type Failure } from './failure';
import { readFragmentNumber } from './fragment-number';
import { InFlight } from './in-flight';
import { Place, type Position } from './place';
import { idleWait, reactTo } from './reaction';
import { release, type NextOf, type State } from './state';
import { trackFilter } from './tracks';

export interface SessionOptions {
  readonly stream: StreamRef;
  /** Where to begin without a position. */
  readonly startSelector: StartSelector;
  /** Where an earlier session got to; reading goes on behind it. */
  readonly position?: Position;
  readonly emit: EmitKind;
  /** Frame mode: track numbers, names or types to send; empty: all. */
  readonly tracks: readonly string[];
  /** At most so many messages are out unacknowledged; 0: no limit, and no acknowledgements. */
  readonly maxInFlight: number;
  /** Go on trying when the service refuses. */
  readonly keepTrying: boolean;
  readonly stallTimeoutMs: number;
  readonly ackTimeoutMs: number;
  readonly maxChunkBytes: number;
}

export interface SessionDependencies {
  readonly service: MediaService;
  readonly clock: Clock;
  readonly limiter: CallLimiter;
  /** Names the stream across all sessions of the process, for the limiter. */
  readonly streamKey: string;
}

export interface ChunkDelivery {
  readonly chunk: Chunk;
  readonly FragmentNumber: string;
  /** 0, 1, 2 … since the session was started. */
  readonly sequence: number;
  readonly RequestId: string | null;
}

export interface FrameDelivery {
  readonly frame: Frame;
  readonly head: ChunkHead;
  readonly FragmentNumber: string;
  readonly RequestId: string | null;
}

/** Called in order, never after `stop()` has returned, never from within `start()`. */
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
  chunks: number;
  frames: number;
  /** Of the last chunk, ms; undefined where the service has not said. */
  MillisBehindNow: number | undefined;
}

/** What is ready for the flow, in the order of the stream. */
type Item =
  | {
      readonly kind: 'chunk';
      readonly delivery: Omit<ChunkDelivery, 'sequence'>;
      readonly position: Position;
    }
  | { readonly kind: 'frame'; readonly delivery: FrameDelivery }
  | { readonly kind: 'done'; readonly position: Position };

/** A chunk that keeps arriving cut, and damage that keeps its place, are asked for so often, then passed over. */
const TRIES = 3;

/**
 * Reads one stream for as long as it is let: connects, reads, comes back when the response ends or breaks, and sends
 * each chunk (or frame) exactly once and in order. The place is kept by what was taken over whole, so whatever ends a
 * response, the next one goes on behind the last whole chunk.
 */
export class Session {
  readonly counters: Counters = { bytes: 0, chunks: 0, frames: 0, MillisBehindNow: undefined };

  #state: State = { name: 'idle' };
  readonly #place: Place;
  readonly #inFlight = new InFlight();
  /** What the slice at hand brought beyond the limit of unacknowledged messages. Never more than one slice's worth. */
  readonly #backlog: Item[] = [];
  readonly #wanted: (track: Frame['track']) => boolean;
  /** Frames of the chunk behind the place that have been sent already. */
  #partial = { FragmentNumber: '', frames: 0 };
  /** How often in a row the chunk behind the place came cut. */
  #cuts = { FragmentNumber: '', count: 0 };
  /** How often in a row there was rubbish behind the place. */
  #damage = { behind: '', count: 0 };
  #failures = { inRow: 0, sameClass: 0, errorClass: '' };
  #emptyResponses = 0;
  /** Set while the position could only be named by its time, or not at all: media behind it may be gone. */
  #lostSight: Position | undefined;
  #cancelAckTimer: (() => void) | undefined;

  constructor(
    private readonly options: SessionOptions,
    private readonly dependencies: SessionDependencies,
    private readonly events: SessionEvents,
  ) {
    this.#place = new Place(options.startSelector, options.position);
    this.#wanted = trackFilter(options.tracks);
  }

  get state(): State {
    return this.#state;
  }

  /** Number of messages that are out unacknowledged. */
  get inFlight(): number {
    return this.#inFlight.count;
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
    const { known, watermark } = this.#inFlight.acknowledge(FragmentNumber, frameIndex);
    if (watermark !== undefined) {
      this.events.checkpoint(watermark);
    }
    if (this.#state.name === 'draining') {
      this.#drain(this.#state);
    }
    return known || this.#place.has(FragmentNumber) || this.#partial.FragmentNumber === FragmentNumber;
  }

  // --- transitions -------------------------------------------------------------------------------------------------

  #enter<From extends State, To extends NextOf<From>>(from: From, to: To): To {
    this.#state = to;
    release(from, to);
    this.events.state(to);
    return to;
  }

  /** Whether the session is still in this very state, or something has happened meanwhile. */
  #isIn(state: State): boolean {
    return this.#state === state;
  }

  #stop(failure?: Failure): void {
    this.#cancelAckTimer?.();
    this.#cancelAckTimer = undefined;
    this.#backlog.length = 0;
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
      const turnInMs = limiter.take(streamKey, clock.now());
      if (turnInMs > 0) {
        this.#wait(resolving, 'turn', turnInMs);
        return;
      }
      // A call of its own: leaving the state `resolving` aborts the one that belongs to it.
      const connecting = this.#enter(resolving, { name: 'connecting', call: new AbortController() });
      current = connecting;
      const response = await service.getMedia(stream, this.#place.selector(), connecting.call.signal);
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
    const connection: Connection = new Connection(
      response,
      this.options,
      this.dependencies.clock,
      this.#listen(() => connection),
    );
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
    const id = (): string | null => connection().RequestId;
    const frames: Pick<ConnectionEvents, 'frame'> =
      this.options.emit === 'frame'
        ? {
            frame: (frame, head) => {
              this.#onFrame(frame, head, id());
            },
          }
        : {};
    return {
      ...frames,
      head: (head) => {
        const { FragmentNumber } = head;
        if (FragmentNumber !== undefined) {
          this.#place.seen({ ...head, FragmentNumber });
        }
      },
      chunk: (chunk) => {
        this.#onChunk(chunk, connection());
      },
      cut: (cut) => {
        this.#onCut(cut, connection());
      },
      inBandError: (error) => {
        this.#onInBandError(error, id());
      },
      malformed: (error) => {
        this.#onMalformed(error, connection());
      },
      tooLarge: (head, error) => {
        this.#onTooLarge(head, error, id());
      },
      ended: () => {
        this.#onEnded(connection());
      },
      failed: (error) => {
        this.#broke(failureOfConnection(error, id(), StreamName));
      },
      stalled: (silentMs) => {
        const what = `Stream "${StreamName}" is connected, but not a byte has come for ${duration(silentMs)}`;
        this.#broke(failureOfMedia('StalledStream', what, id()));
      },
      received: (bytes) => {
        this.counters.bytes += bytes;
      },
    };
  }

  #onFrame(frame: Frame, head: ChunkHead, RequestId: string | null): void {
    const { FragmentNumber } = head;
    if (FragmentNumber === undefined || this.#place.has(FragmentNumber)) {
      return;
    }
    if (this.#partial.FragmentNumber !== FragmentNumber) {
      this.#partial = { FragmentNumber, frames: 0 };
    }
    if (frame.index < this.#partial.frames) {
      return;
    }
    this.#partial.frames = frame.index + 1;
    this.#sawGap(FragmentNumber, RequestId);
    if (this.#wanted(frame.track)) {
      this.#offer({ kind: 'frame', delivery: { frame, head, FragmentNumber, RequestId } });
    }
  }

  #onChunk(chunk: Chunk, connection: Connection): void {
    // A chunk without a cluster carries no media; its number is not had, since the media may yet come under it.
    if (!chunk.hasCluster) {
      return;
    }
    const { FragmentNumber } = chunk;
    const { RequestId } = connection;
    if (FragmentNumber === undefined) {
      const what = `A chunk of stream "${this.options.stream.StreamName}" has no fragment number`;
      this.#damaged(failureOfMedia('MalformedMedia', what, RequestId), connection);
      return;
    }
    if (this.#place.has(FragmentNumber)) {
      if (FragmentNumber === this.#place.position?.FragmentNumber) {
        // The very chunk that had been lost sight of: what follows it follows without a gap.
        this.#lostSight = undefined;
      }
      return;
    }
    this.#sawGap(FragmentNumber, RequestId);
    const position = positionOf(FragmentNumber, chunk);
    this.#place.moveTo(position);
    connection.fruitful = true;
    connection.passOver = false;
    this.#emptyResponses = 0;
    this.#failures = { inRow: 0, sameClass: 0, errorClass: '' };
    this.counters.frames += chunk.frames;
    this.counters.MillisBehindNow = chunk.MillisBehindNow;
    this.#offer(
      this.options.emit === 'chunk'
        ? { kind: 'chunk', delivery: { chunk, FragmentNumber, RequestId }, position }
        : { kind: 'done', position },
    );
  }

  /** The chunk is not whole: it is fetched again, and given up only when it keeps coming so. */
  #onCut({ head, hasCluster }: CutChunk, connection: Connection): void {
    const { FragmentNumber } = head;
    const { StreamName } = this.options.stream;
    if (this.#state.name !== 'streaming') {
      this.#broke();
      return;
    }
    if (FragmentNumber === undefined || !hasCluster || this.#place.has(FragmentNumber)) {
      return;
    }
    if (connection.passOver) {
      this.#giveUp(FragmentNumber, head);
      return;
    }
    const count = this.#cuts.FragmentNumber === FragmentNumber ? this.#cuts.count + 1 : 1;
    this.#cuts = { FragmentNumber, count };
    if (count >= TRIES) {
      const what = `Chunk ${FragmentNumber} of stream "${StreamName}" has come cut ${TRIES} times in a row`;
      this.#tell(failureOfMedia('TruncatedChunk', what, connection.RequestId, FragmentNumber), {
        action: 'skip',
      });
      this.#giveUp(FragmentNumber, head);
    } else if (!connection.over && this.#state.name === 'streaming') {
      // The next chunk has begun in the same response; it must not be sent before this one.
      this.#call(this.#state);
    }
  }

  #giveUp(FragmentNumber: string, head: ChunkHead): void {
    const position = positionOf(FragmentNumber, head);
    this.#place.moveTo(position);
    this.#offer({ kind: 'done', position });
  }

  #onInBandError(error: InBandError, RequestId: string | null): void {
    this.#broke(failureInBand(error, RequestId, this.options.stream.StreamName));
  }

  #onMalformed(error: Error, connection: Connection): void {
    const what = `What came from stream "${this.options.stream.StreamName}" is not Matroska: ${error.message}`;
    this.#damaged(failureOfMedia('MalformedMedia', what, connection.RequestId), connection);
  }

  /**
   * Rubbish may hide a chunk, so the media behind the place is fetched again first. Where the rubbish stays, it is what
   * the service has, and reading goes on in the same response at the next good chunk.
   */
  #damaged(failure: Failure, connection: Connection): void {
    if (this.#state.name !== 'streaming') {
      this.#broke();
      return;
    }
    const behind = this.#place.position?.FragmentNumber ?? '';
    this.#damage = { behind, count: this.#damage.behind === behind ? this.#damage.count + 1 : 1 };
    if (this.#damage.count < TRIES) {
      this.#fail(failure);
    } else {
      connection.passOver = true;
      this.#tell(failure, { action: 'skip' });
    }
  }

  #onTooLarge(head: ChunkHead, error: Error, RequestId: string | null): void {
    const { FragmentNumber } = head;
    if (FragmentNumber !== undefined && this.#place.has(FragmentNumber)) {
      return;
    }
    const of = FragmentNumber === undefined ? 'A chunk' : `Chunk ${FragmentNumber}`;
    const what = `${of} of stream "${this.options.stream.StreamName}" is too large: ${error.message}`;
    this.#tell(failureOfMedia('ChunkTooLarge', what, RequestId, FragmentNumber), { action: 'skip' });
    if (FragmentNumber !== undefined) {
      this.#giveUp(FragmentNumber, head);
    }
  }

  /** The service ends every response some time. Where media was flowing the next call follows at once. */
  #onEnded(connection: Connection): void {
    const state = this.#state;
    if (state.name !== 'streaming') {
      this.#broke();
      return;
    }
    this.#failures = { inRow: 0, sameClass: 0, errorClass: '' };
    if (connection.fruitful) {
      this.#call(state);
    } else {
      this.#emptyResponses += 1;
      this.#wait(state, 'media', idleWait(this.#emptyResponses));
    }
  }

  /**
   * The response is over. While the flow is being waited for, that is no matter: the rest is asked for when there is
   * room again, and if something is wrong it shows then.
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
    const { service, clock } = this.dependencies;
    const { stream, keepTrying } = this.options;
    const clockSkewMs = failure.serverTime === undefined ? undefined : failure.serverTime - clock.now();
    const row = errorRow({ ...failure, clockSkewMs, usedPosition: this.#place.learnt });
    const errorClass = row.class === 'position' && !this.#place.learnt ? 'configuration' : row.class;
    const failures = this.#failures;
    this.#failures = {
      inRow: failures.inRow + 1,
      sameClass: failures.errorClass === errorClass ? failures.sameClass + 1 : 1,
      errorClass,
    };

    switch (errorClass) {
      case 'endpoint':
        service.forgetEndpoint(stream);
        break;
      case 'credentials':
        service.forgetCredentials();
        break;
      case 'clock':
        if (failure.serverTime !== undefined) {
          service.correctClock(failure.serverTime);
        }
        break;
      case 'position':
        this.#lostSight = this.#place.fallBack() ? undefined : this.#place.position;
        break;
      case 'refused':
        // It may be mended behind our back, by other credentials or by a stream of the same name made anew.
        service.forgetEndpoint(stream);
        service.forgetCredentials();
        break;
      case 'transient':
        if (failure.ErrorType === 'NetworkError') {
          service.forgetEndpoint(stream);
        }
        break;
      case 'throttled':
      case 'configuration':
        break;
    }

    const { inRow, sameClass } = this.#failures;
    const reaction = reactTo(errorClass, inRow, sameClass, keepTrying, () => clock.random());
    const told = report(failure, { ...row, class: errorClass }, reaction, inRow);
    if (reaction.action === 'stop') {
      this.#stop(failure);
    } else if (reaction.retryInMs === 0) {
      this.#retryAtOnce(state);
    } else {
      this.#wait(state, 'retry', reaction.retryInMs, failure);
    }
    this.events.error(told);
  }

  #retryAtOnce(state: Exclude<State, { name: 'idle' | 'stopped' }>): void {
    if (state.name === 'resolving' || state.name === 'connecting') {
      // By way of the limiter's waiting state, so that a call that fails in step with itself cannot recurse.
      this.#wait(state, 'turn', 0);
    } else {
      this.#call(state);
    }
  }

  /** Reports what does not end the response. */
  #tell(failure: Failure, action: Action): void {
    const row = errorRow(failure);
    this.events.error(report(failure, row, action, 1));
  }

  /** Called for the first new media after the position could not be named exactly. */
  #sawGap(FragmentNumber: string, RequestId: string | null): void {
    const before = this.#lostSight;
    this.#lostSight = undefined;
    if (before === undefined || follows(FragmentNumber, before.FragmentNumber)) {
      return;
    }
    const { StreamName } = this.options.stream;
    const what = `The service no longer knew chunk ${before.FragmentNumber} of stream "${StreamName}", the last one sent; it goes on at ${FragmentNumber}, and what lay between may be lost`;
    this.#tell(failureOfMedia('FragmentGap', what, RequestId, FragmentNumber), { action: 'ignore' });
  }

  // --- to the flow -------------------------------------------------------------------------------------------------

  #offer(item: Item): void {
    if (this.#state.name === 'streaming' && this.#backlog.length === 0) {
      this.#send(item);
    } else if (this.#state.name !== 'stopped') {
      this.#backlog.push(item);
    }
  }

  #send(item: Item): void {
    const { maxInFlight } = this.options;
    switch (item.kind) {
      case 'chunk':
        this.#sent(item.delivery.FragmentNumber, 0);
        this.events.chunk({ ...item.delivery, sequence: this.counters.chunks++ });
        this.#done(item.position);
        break;
      case 'frame':
        this.#sent(item.delivery.FragmentNumber, item.delivery.frame.index);
        this.events.frame(item.delivery);
        break;
      case 'done':
        this.#done(item.position);
        break;
    }
    const state = this.#state;
    if (state.name === 'streaming' && maxInFlight > 0 && this.#inFlight.count >= maxInFlight) {
      state.connection.pause();
      this.#enter(state, { name: 'draining', connection: state.connection });
    }
  }

  #sent(FragmentNumber: string, index: number): void {
    if (this.options.maxInFlight > 0) {
      this.#inFlight.sent(FragmentNumber, index, this.dependencies.clock.now());
      this.#watchAcks();
    }
  }

  #done(position: Position): void {
    const watermark = this.options.maxInFlight > 0 ? this.#inFlight.complete(position) : position;
    if (watermark !== undefined) {
      this.events.checkpoint(watermark);
    }
  }

  /** Sends what waits while there is room, then reads on. */
  #drain(state: Extract<State, { name: 'draining' }>): void {
    const { maxInFlight } = this.options;
    const hasRoom = (): boolean => maxInFlight === 0 || this.#inFlight.count < maxInFlight;
    while (this.#isIn(state) && hasRoom()) {
      const item = this.#backlog.shift();
      if (item === undefined) {
        if (state.connection === undefined) {
          this.#call(state);
        } else {
          this.#enter(state, { name: 'streaming', connection: state.connection });
          state.connection.resume();
        }
        return;
      }
      this.#send(item);
    }
  }

  #watchAcks(): void {
    const oldest = this.#inFlight.oldestUnreported();
    if (this.#cancelAckTimer !== undefined || oldest === undefined) {
      return;
    }
    const { clock } = this.dependencies;
    const { ackTimeoutMs, stream } = this.options;
    this.#cancelAckTimer = clock.after(Math.max(0, oldest + ackTimeoutMs - clock.now()), () => {
      this.#cancelAckTimer = undefined;
      const now = clock.now();
      for (const { FragmentNumber, waitedMs } of this.#inFlight.late(now - ackTimeoutMs, now)) {
        const what = `Chunk ${FragmentNumber} of stream "${stream.StreamName}" has not been acknowledged for ${duration(waitedMs)}; the node goes on holding its place`;
        const failure: Failure = {
          ErrorType: 'AckTimeout',
          RequestId: null,
          statusCode: null,
          operation: 'Input',
          what,
          FragmentNumber,
        };
        this.#tell(failure, { action: 'ignore' });
      }
      this.#watchAcks();
    });
  }
}

function positionOf(
  FragmentNumber: string,
  chunk: { readonly ContinuationToken?: string; readonly ServerTimestamp?: number },
): Position {
  return {
    FragmentNumber,
    ...(chunk.ContinuationToken === undefined ? {} : { ContinuationToken: chunk.ContinuationToken }),
    ...(chunk.ServerTimestamp === undefined ? {} : { ServerTimestamp: chunk.ServerTimestamp }),
  };
}

/** Is this the very next fragment of the same producer session? Only ever used to say less, never to skip. */
function follows(FragmentNumber: string, before: string): boolean {
  const [a, b] = [readFragmentNumber(before), readFragmentNumber(FragmentNumber)];
  return a !== undefined && b !== undefined && b.sequence === a.sequence + 1n;
}
