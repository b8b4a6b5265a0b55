import type { MediaResponse } from '../kinesis-video';
import type { Chunk, ChunkHead, ChunkTooLargeError, CutChunk, Frame } from '../matroska';
import { Connection, type ConnectionEvents } from './connection';
import { errorRow } from './error-table';
import { EarlyFrames } from './early-frames';
import { report, type Action } from './error-report';
import { failureInBand, failureOfCall, type Failure } from './failure';
import type { JudgedGap } from './gaps';
import { Intake } from './fragment-tracker';
import { MediaFailures, tagNames } from './problems';
import { Outlet, type Item } from './delivery-queue';
import { idleWait } from './retry-policy';
import { Recovery } from './recovery';
import { release, type NextOf, type State } from './state';
import { watchSilence } from './silence-report';
import type { SilenceWatch } from './silence-watch';
import { TagInheritance } from './tag-inheritance';
import { trackFilter } from '../track-filter';
import { processTurn } from '../turn';
import type { Counters, SessionDependencies, SessionEvents, SessionOptions } from './types';

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
  readonly #early: EarlyFrames;
  readonly #failures: MediaFailures;
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
    this.#early = new EarlyFrames(this.#intake.place);
    this.#failures = new MediaFailures(options.stream.StreamName);
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
        this.#tell(this.#failures.lateAcknowledgement(FragmentNumber, waitedMs), { action: 'ignore' });
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
    const isCaughtUp = from.name === 'waiting' && from.reason === 'media';
    const resolving = this.#enter(from, { name: 'resolving', call: new AbortController() });
    void this.#connect(resolving, isCaughtUp);
  }

  /** @param isCaughtUp the response before had nothing after the last chunk, and ended just now */
  async #connect(resolving: Extract<State, { name: 'resolving' }>, isCaughtUp: boolean): Promise<void> {
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
      this.#answered(response);
      if (this.#isIn(connecting)) {
        this.#intake.join(isCaughtUp);
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

  /** The first answer gives a session that begins NOW its place, which has to outlive a restart. */
  #answered({ serverTime }: MediaResponse): void {
    const { clock, service } = this.dependencies;
    const began =
      this.#state.name === 'stopped'
        ? undefined
        : this.#intake.answered(serverTime ?? clock.now() + service.clockOffsetMs);
    if (began !== undefined) {
      this.events.checkpoint(began);
    }
  }

  #read(connecting: Extract<State, { name: 'connecting' }>, response: MediaResponse): void {
    const { options, dependencies } = this;
    const listen = this.#listen(() => connection);
    const { clock, turn = processTurn } = dependencies;
    const connection: Connection = new Connection(response, options, clock, listen, turn);
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
          for (const due of this.#early.take(frame, head)) {
            this.#onFrame(due, head, connection());
          }
        },
      }),
      head: (head) => {
        connection().arriving = head;
        this.#early.drop();
        this.#intake.head(head);
      },
      chunk: (chunk) => {
        this.#onChunk(chunk, connection());
        this.#afterChunk(connection());
      },
      cut: (cut) => {
        this.#onCut(cut, connection());
      },
      inBandError: (error) => {
        const failure = failureInBand(error, connection().response, StreamName);
        if (error.isInChunk === true) {
          connection().inBand ??= failure;
        } else {
          this.#broke(failure);
        }
      },
      malformed: (error) => {
        const { arriving, RequestId } = connection();
        // Rubbish between two chunks is no fault of the one that comes next.
        const failure = this.#failures.malformed(RequestId, error, arriving?.FragmentNumber);
        this.#onDamage(failure, connection());
      },
      tooLarge: (head, error) => {
        this.#onTooLarge(head, error, connection());
        this.#afterChunk(connection());
      },
      ended: () => {
        this.#onEnded(connection());
      },
      failed: (error) => {
        this.#broke(connection().inBand ?? failureOfCall(error, StreamName));
      },
      stalled: (silentMs) => {
        const { inBand, RequestId } = connection();
        this.#broke(inBand ?? this.#failures.stalled(silentMs, RequestId));
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
      const { FragmentNumber, gap } = taken;
      this.#silence.media();
      this.#tellOfGap(FragmentNumber, gap, RequestId);
      if (this.#wanted(frame.track)) {
        const completed = this.#tags?.completeHead(head) ?? head;
        this.#offer({ kind: 'frame', delivery: { frame, head: completed, FragmentNumber, RequestId } });
      }
    }
  }

  #onChunk(received: Chunk, connection: Connection): void {
    connection.arriving = undefined;
    const early = this.#early.end(received);
    for (const frame of early.frames) {
      this.#onFrame(frame, early.head, connection);
    }
    const verdict = this.#intake.chunk(received);
    if (verdict.kind === 'numberless') {
      this.#onDamage(this.#failures.numberless(connection.RequestId), connection);
    }
    if (verdict.kind === 'had') {
      // What was wrong beside it was reported when it was sent.
      connection.inBand = undefined;
    }
    if (verdict.kind !== 'new') {
      return;
    }
    const [{ FragmentNumber, position, gap }, { RequestId }] = [verdict, connection];
    const chunk = this.#tags?.complete(received) ?? received;
    this.#silence.media();
    connection.fruitful = true;
    this.#emptyResponses = 0;
    this.#recovery.succeeded();
    this.counters.frames += chunk.frames;
    this.counters.MillisBehindNow = chunk.MillisBehindNow;
    this.#tellOfGap(FragmentNumber, gap, RequestId);
    this.#tellOfTags(chunk, RequestId);
    this.#offer(
      this.options.emit === 'chunk'
        ? { kind: 'chunk', delivery: { chunk, FragmentNumber, RequestId }, position }
        : { kind: 'done', position },
    );
  }

  /** Once for as long as the same ones are left out: a producer may repeat them in every chunk. */
  #tellOfTags({ tagsLeftOut = [], FragmentNumber }: Chunk, RequestId: string | null): void {
    const names = tagNames(tagsLeftOut);
    if (names !== '' && names !== this.#tagsLeftOut) {
      this.#tell(this.#failures.tagsLeftOut(names, RequestId, FragmentNumber), { action: 'ignore' });
    }
    this.#tagsLeftOut = names;
  }

  /** Reports what the service reported within a chunk, now that the chunk is delivered. */
  #afterChunk(connection: Connection): void {
    const { inBand } = connection;
    const state = this.#state;
    connection.inBand = undefined;
    if (inBand === undefined || !('connection' in state) || state.connection !== connection) {
      return;
    }
    if (state.name !== 'streaming') {
      this.#tell(inBand, { action: 'retry', retryInMs: 0 });
    }
    this.#broke(inBand);
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
      this.#afterChunk(connection);
      return;
    }
    if (connection.inBand !== undefined && !cut.hasCluster) {
      // The service says why no media come: that is no chunk to be given up.
      this.#afterChunk(connection);
      return;
    }
    const end = connection.endAt(cut);
    const verdict = this.#intake.cut(cut, end === undefined);
    if (verdict === 'give-up') {
      const { FragmentNumber = '' } = cut.head;
      this.#tell(this.#failures.truncated(connection.RequestId, FragmentNumber), { action: 'skip' });
      this.#giveUp(cut.head);
    }
    if (connection.inBand !== undefined) {
      this.#afterChunk(connection);
    } else if (verdict === 'numberless' && end !== 'broken') {
      this.#onDamage(this.#failures.numberless(connection.RequestId), connection);
    } else if (verdict === 'again' && end === undefined) {
      // The next chunk has begun in the same response, and must not be sent before this one.
      this.#call(state);
    }
  }

  /** What is damaged is fetched again first, since it may hide a chunk; where it stays so, it is what the service has. */
  #onDamage(failure: Failure, connection: Connection): void {
    if (this.#state.name !== 'streaming') {
      this.#broke();
      return;
    }
    if (connection.inBand !== undefined) {
      this.#broke(connection.inBand);
    } else if (this.#intake.failures.damaged(failure.FragmentNumber) === 'again') {
      this.#fail(failure);
    } else {
      connection.passOverAt = connection.arriving?.offset;
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
    const failure = this.#failures.tooLarge(connection.RequestId, error, FragmentNumber);
    if (
      (error.sizeInBytes > LARGEST_FRAGMENT_BYTES || FragmentNumber === undefined) &&
      this.#intake.failures.damaged(FragmentNumber) === 'again'
    ) {
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
    if (connection.inBand !== undefined) {
      this.#fail(connection.inBand);
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

  #tellOfGap(FragmentNumber: string, gap: JudgedGap | undefined, RequestId: string | null): void {
    if (gap !== undefined) {
      this.#tell(this.#failures.gap(RequestId, gap, FragmentNumber), { action: 'ignore' });
    }
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
