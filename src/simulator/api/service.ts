/** What both planes share: the streams, who may call, what goes wrong, and the record of every call. */
import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../clock';
import { STREAM_ARN_PATTERN, STREAM_NAME_PATTERN, parseStream } from '../../options';
import { ServiceError, invalidArgument, isAbsent } from './service-error';
import type { SimulatorEvents } from './events';
import type { FaultBook, HeadFault, Operation } from '../faults/fault-book';
import type { HttpPlane, PlaneRequest } from './http-plane';
import { printable } from './printable';
import type { Head, HeaderStyle } from './responses';
import { sendError } from './responses';
import type { SimulatorCredentials } from './sigv4';
import { verifySignature } from './sigv4';
import type { Stats } from './stats';
import type { SimulatedStream } from '../streams/stream';

export interface ServiceOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly region: string | undefined;
  readonly accountId: string;
  readonly maxSkewMs: number;
  readonly errorHeaderStyle: HeaderStyle;
  readonly idleEndMs: number;
  readonly maxSessionMs: number;
  readonly callsPerSecond: number;
  readonly connectionsPerStream: number;
  readonly tokensInclusive: boolean;
  readonly unknownFragment: 'in-band-error' | 'invalid-argument';
  /** What one response is sent, and what is taken from one producer, at most. */
  readonly getMediaBytesPerSecond: number;
  readonly putMediaBytesPerSecond: number;
  readonly putMediaFragmentsPerSecond: number;
  /** Pushed media in memory, over all streams and connections. */
  readonly mostBytes: number;
  /** Retention of streams that a push creates, ms. */
  readonly retentionMs: number;
}

/** One call in the making; the handler fills in what it learns, for the record. */
export interface Call {
  readonly operation: Operation;
  readonly request: PlaneRequest;
  readonly response: ServerResponse;
  readonly plane: HttpPlane;
  readonly body: Readonly<Record<string, unknown>>;
  readonly head: Head;
  stream?: string;
  selector?: unknown;
}

/** A producer's connection. */
export interface ConnectedProducer {
  /** Bytes that it holds beside those of its stream's fragments. */
  readonly heldBytes: number;
  stop(): void;
}

/** No name has more characters. */
const LONGEST_NAME = 256;

export class Service {
  readonly options: ServiceOptions;
  readonly streams = new Map<string, SimulatedStream>();
  readonly faults: FaultBook;
  readonly stats: Stats;
  readonly events: EventEmitter<SimulatorEvents>;
  credentials: SimulatorCredentials;
  readonly expiredCredentials: SimulatorCredentials[] = [];
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

  /** The service's own time, ms since the epoch: the true one but for a `clock-skew` fault. */
  get now(): number {
    return this.options.clock.now() + this.faults.clockOffsetMs;
  }

  head(request: PlaneRequest): Head {
    return { requestId: request.requestId, now: this.now, headerStyle: this.options.errorHeaderStyle };
  }

  /**
   * Takes a call from its faults through its signature to `answer`, and turns what is thrown on the way into the
   * response.
   *
   * @param onFault answers in place of `answer` where a fault meets the call
   */
  async run(
    operation: Operation,
    request: PlaneRequest,
    response: ServerResponse,
    plane: HttpPlane,
    answer: (call: Call) => void | Promise<void>,
    onFault: (fault: HeadFault, call: Call) => void | Promise<void>,
  ): Promise<void> {
    const body = request.media === undefined ? parseBody(request.body) : streamHeaders(request);
    const call: Call = {
      operation,
      request,
      response,
      plane,
      body: body ?? {},
      head: this.head(request),
    };
    const named = nameIn(call.body);
    if (named !== undefined) {
      call.stream = named;
    }
    try {
      await this.#delay(this.faults.takeDelay(operation, named));
      if (this.#stopped || response.destroyed) {
        // Nobody is there to be answered any more; a connection counted now would never be given back.
        response.destroy();
        return;
      }
      const fault = this.faults.takeHead(operation, named);
      if (fault !== undefined) {
        await onFault(fault, call);
        const name = fault.kind === 'http-error' ? fault.ErrorType : fault.kind;
        this.record(call, response.headersSent ? response.statusCode : 0, name);
      } else {
        verifySignature(
          { ...request, streamed: request.media !== undefined },
          {
            credentials: this.credentials,
            expired: this.expiredCredentials,
            region: this.options.region,
            now: this.now,
            maxSkewMs: this.options.maxSkewMs,
          },
        );
        if (body === undefined) {
          throw new ServiceError('SerializationException', 'The request body is not a JSON object.');
        }
        await answer(call);
        this.record(call, response.statusCode);
      }
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        throw error;
      }
      sendError(response, call.head, error);
      this.record(call, error.statusCode, error.ErrorType);
    }
  }

  /** Keeps the outcome of a call, but nothing of any length that the caller has chosen. */
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
    const stream = this.streams.get(nameIn(body) ?? '');
    if (stream === undefined || (typeof arn === 'string' && arn !== stream.arn)) {
      throw new ServiceError('ResourceNotFoundException', 'The requested stream is not found or not active.');
    }
    return stream;
  }

  /** @throws {ServiceError} ClientLimitExceededException */
  countCall(operation: Operation, stream: string): void {
    if (!this.stats.rate(operation, stream).take(this.options.clock.monotonic())) {
      throw new ServiceError(
        'ClientLimitExceededException',
        `Limit exceeded on number of requests for ${operation} API for resource '${stream}'`,
      );
    }
  }

  /** Ends all waits and answers nothing from now on. */
  stop(): void {
    this.#stopped = true;
    for (const producer of [...this.producers]) {
      producer.stop();
    }
    for (const end of [...this.#delays]) {
      end();
    }
  }

  async #delay(ms: number): Promise<void> {
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

/** PutMedia names its stream in headers. */
function streamHeaders({ headers }: PlaneRequest): Record<string, unknown> {
  return { StreamName: headers['x-amzn-stream-name'], StreamARN: headers['x-amzn-stream-arn'] };
}

function parseBody(bytes: Buffer): Record<string, unknown> | undefined {
  if (bytes.length === 0) {
    return {};
  }
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The stream's name as the request gives it, directly or in an ARN. */
function nameIn(body: Readonly<Record<string, unknown>>): string | undefined {
  const { StreamName: name, StreamARN: arn } = body as { StreamName?: unknown; StreamARN?: unknown };
  if (typeof name === 'string') {
    return name;
  }
  return typeof arn === 'string' ? parseStream(arn)?.StreamName : undefined;
}
