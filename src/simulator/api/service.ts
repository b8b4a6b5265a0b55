/** What the planes share: the streams, who may call, what goes wrong, and the record of every call. */
import type { EventEmitter } from 'node:events';
import type { Clock } from '../../clock';
import { STREAM_ARN_PATTERN, STREAM_NAME_PATTERN } from '../../options';
import type { FaultBook, HeaderStyle, Operation } from '../faults';
import type { SimulatedStream } from '../streams';
import { streamNameIn, type Call } from './call';
import type { SimulatorEvents } from './events';
import type { PlaneRequest } from './http-plane';
import type { PointKind } from './points';
import { printable } from '../../printable';
import type { Head } from './responses';
import { ServiceError, invalidArgument, isAbsent } from './service-error';
import type { SimulatorCredentials } from './sigv4';
import type { Stats } from './stats';
import type { StreamingSession } from './session';

export interface ServiceOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly region: string | undefined;
  readonly accountId: string;
  readonly maxSkewMs: number;
  /** Undefined: as each operation has it. */
  readonly errorHeaderStyle: HeaderStyle | undefined;
  readonly idleEndMs: number;
  readonly maxSessionMs: number;
  /** Of one operation, for one stream. */
  readonly callsPerSecond: number;
  /** Of one operation, for the whole account; Infinity for those that are not in it. */
  readonly accountCallsPerSecond: Readonly<Partial<Record<Operation, number>>>;
  readonly connectionsPerStream: number;
  readonly archive: ArchiveOptions;
  readonly tokensInclusive: boolean;
  readonly unknownFragment: 'in-band-error' | 'invalid-argument';
  /** What one response is sent, and what is taken from one producer, at most. */
  readonly getMediaBytesPerSecond: number;
  readonly getMediaFragmentsPerSecond: number;
  readonly putMediaBytesPerSecond: number;
  readonly putMediaFragmentsPerSecond: number;
  /** Pushed media in memory, over all streams and connections. */
  readonly mostBytes: number;
  /** Retention of streams that a push creates, ms. */
  readonly retentionMs: number;
}

/** How the archive answers. */
export interface ArchiveOptions {
  /** Seeds the delays below. */
  readonly seed: number;
  /** A fragment is listed this long after it is complete at the latest; how long exactly is left to chance. */
  readonly listDelayMs: number;
  /** The same for its media. */
  readonly mediaDelayMs: number;
  readonly connectionsPerStream: number;
  readonly metadataPointsPerSecond: number;
  readonly mediaPointsPerSecond: number;
}

/** A producer's connection. */
export interface ConnectedProducer {
  /** Bytes that it holds beside those of its stream's fragments. */
  readonly heldBytes: number;
  stop(): void;
}

/** A reader's connection. */
export interface OpenResponse {
  /** Bytes that it holds beside those of its stream's fragments. */
  readonly heldBytes: number;
  end(): void;
}

/** No name has more characters. */
const LONGEST_NAME = 256;

export class Service {
  readonly options: ServiceOptions;
  readonly streams = new Map<string, SimulatedStream>();
  readonly faults: FaultBook;
  readonly stats: Stats;
  /** Streaming sessions by their token, oldest first. */
  readonly sessions = new Map<string, StreamingSession>();
  readonly events: EventEmitter<SimulatorEvents>;
  credentials: SimulatorCredentials;
  readonly expiredCredentials: SimulatorCredentials[] = [];
  /** Open responses of media. */
  readonly openResponses = new Set<OpenResponse>();
  /** The connections of producers. */
  readonly producers = new Set<ConnectedProducer>();
  readonly #delays = new Set<() => void>();
  #stopped = false;

  constructor(
    options: ServiceOptions,
    credentials: SimulatorCredentials,
    faults: FaultBook,
    stats: Stats,
    events: EventEmitter<SimulatorEvents>,
  ) {
    this.options = options;
    this.credentials = credentials;
    this.faults = faults;
    this.stats = stats;
    this.events = events;
  }

  /** The service's own time, ms since the epoch: the true one except for a `clock-skew` fault. */
  get now(): number {
    return this.options.clock.now() + this.faults.clockOffsetMs;
  }

  head({ requestId }: PlaneRequest, headerStyle: HeaderStyle = 'plain'): Head {
    return { requestId, now: this.now, headerStyle: this.options.errorHeaderStyle ?? headerStyle };
  }

  /** Keeps the outcome of a call, and nothing whose length the caller has chosen. */
  record(call: Call, statusCode: number, ErrorType?: string): void {
    const record = {
      at: this.options.clock.now(),
      operation: call.operation,
      requestId: call.request.requestId,
      statusCode,
      ...(call.stream === undefined ? {} : { stream: printable(call.stream, LONGEST_NAME) }),
      ...(call.selector === undefined ? {} : { selector: call.selector }),
      ...(ErrorType === undefined ? {} : { ErrorType: printable(ErrorType, LONGEST_NAME) }),
    };
    this.stats.record(record, call.stream !== undefined && this.streams.has(call.stream));
    this.events.emit('request', record);
  }

  /** The stream that a request names. @throws {ServiceError} InvalidArgument, ResourceNotFound */
  streamOf({ body }: Call): SimulatedStream {
    const { StreamName: name, StreamARN: arn } = body as { StreamName?: unknown; StreamARN?: unknown };
    if (isAbsent(name) && isAbsent(arn)) {
      throw invalidArgument('Either StreamName or StreamARN must be specified.');
    }
    if (!isAbsent(name) && !(typeof name === 'string' && STREAM_NAME_PATTERN.test(name))) {
      throw invalidArgument(
        'StreamName must satisfy the pattern [a-zA-Z0-9_.-]+ and have 1 to 256 characters.',
      );
    }
    if (!isAbsent(arn) && !(typeof arn === 'string' && arn.length <= 1024 && STREAM_ARN_PATTERN.test(arn))) {
      throw invalidArgument('StreamARN is malformed.');
    }
    const stream = this.streams.get(streamNameIn(body) ?? '');
    if (stream === undefined || (typeof arn === 'string' && arn !== stream.arn)) {
      throw new ServiceError('ResourceNotFoundException', 'The requested stream is not found or not active.');
    }
    return stream;
  }

  /**
   * Counts a call against the account's limit, and against that of the stream which it names.
   *
   * @throws {ServiceError} ClientLimitExceededException
   */
  countCall(operation: Operation, stream?: string): void {
    const now = this.options.clock.monotonic();
    const isWithin =
      this.stats.accountRate(operation).take(now) &&
      (stream === undefined || this.stats.rate(operation, stream).take(now));
    if (!isWithin) {
      throw new ServiceError(
        'ClientLimitExceededException',
        `Limit exceeded on number of requests for ${operation} API${stream === undefined ? '' : ` for resource '${stream}'`}`,
      );
    }
  }

  /** Removes a stream and what was counted for it; open responses end when they are idle. */
  removeStream(name: string): void {
    this.streams.get(name)?.pauseProducer();
    this.streams.delete(name);
    this.stats.forget(name);
  }

  /** @throws {ServiceError} ClientLimitExceededException */
  takePoints(kind: PointKind, cost: number, stream: string): void {
    if (!this.stats.points(kind, stream).take(cost, this.options.clock.monotonic())) {
      throw new ServiceError(
        'ClientLimitExceededException',
        `Limit exceeded on ${kind} points for stream '${stream}'`,
      );
    }
  }

  /** Bytes of media that connections hold beside what streams retain. */
  get heldBytes(): number {
    return [...this.producers, ...this.openResponses].reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  }

  /** Nothing is answered any more. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Ends all waits, responses and producers; nothing is answered from now on. */
  stop(): void {
    this.#stopped = true;
    for (const producer of [...this.producers]) {
      producer.stop();
    }
    for (const end of [...this.#delays]) {
      end();
    }
    for (const response of [...this.openResponses]) {
      response.end();
    }
  }

  /** Waits, until `stop` at the latest. */
  async delay(ms: number): Promise<void> {
    if (ms === 0 || this.#stopped) {
      return;
    }
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel();
        this.#delays.delete(end);
        resolve();
      };
      const cancel = this.options.clock.after(ms, end);
      this.#delays.add(end);
    });
  }
}
