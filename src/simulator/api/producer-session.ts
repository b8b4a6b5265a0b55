/** Opens a producer's session, for PutMedia and for pushed media, within the simulator's limits. */
import { PutSession, type CutAt, type IngestError, type TimeSettings } from '../ingest';
import { limitMemory, type SimulatedStream } from '../streams';
import type { Call } from './call';
import { headers } from './responses';
import type { Service } from './service';
import { ServiceError, invalidArgument } from './service-error';

/** Producers at once, over all streams: each may hold a fragment's worth of memory. */
const MOST_PRODUCERS = 64;

export interface SessionSettings {
  readonly cutAt: CutAt;
  readonly time: TimeSettings;
  readonly acknowledgements: boolean;
  /** For a person: errors in words, and before the head as an HTTP error. */
  readonly refuse?: (error: IngestError) => void;
  readonly onHead?: () => void;
  readonly onEnd?: (error: IngestError | undefined) => void;
}

/** @throws {ServiceError} ConnectionLimitExceededException */
export function openSession(
  service: Service,
  call: Call,
  stream: SimulatedStream,
  { cutAt, time, acknowledgements, refuse, onHead, onEnd }: SessionSettings,
): PutSession {
  const { request, response, head } = call;
  const { media } = request;
  if (media === undefined) {
    throw invalidArgument('The payload is missing.');
  }
  if (!stream.connectProducer()) {
    throw new ServiceError(
      'ConnectionLimitExceededException',
      `Limit exceeded on number of concurrent PutMedia connections for stream '${stream.name}'`,
    );
  }
  if (service.producers.size >= MOST_PRODUCERS) {
    stream.disconnectProducer();
    throw new ServiceError('ConnectionLimitExceededException', `${MOST_PRODUCERS} producers are connected.`);
  }
  const { options } = service;
  const session = new PutSession({
    ...{ stream, media, response, cutAt, time, acknowledgements },
    clock: options.clock,
    bytesPerSecond: options.putMediaBytesPerSecond,
    fragmentsPerSecond: options.putMediaFragmentsPerSecond,
    inWords: refuse !== undefined,
    // A person's camera is not to be cut off after 45 minutes.
    maxSessionMs: refuse === undefined ? options.maxSessionMs : Infinity,
    isActive: () => service.streams.get(stream.name) === stream,
    writeHead: () => {
      response.writeHead(200, { ...headers(head), 'Content-Type': 'application/json' });
      response.flushHeaders();
      onHead?.();
    },
    ...(refuse === undefined ? {} : { refuse }),
    hasRoom: () => {
      return limitMemory(service.streams.values(), options.mostBytes, service.heldBytes);
    },
    onEnd: (error) => {
      service.producers.delete(session);
      stream.disconnectProducer();
      onEnd?.(error);
    },
  });
  service.producers.add(session);
  return session;
}

/** The header's seconds as ms; undefined if it is absent. @throws {ServiceError} InvalidArgumentException */
export function readProducerStart(given: Readonly<Record<string, unknown>>): number | undefined {
  const text = given['x-amzn-producer-start-timestamp'];
  if (text === undefined) {
    return undefined;
  }
  const seconds = typeof text === 'string' && /^\d+(\.\d+)?([eE]\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= 0 && seconds < 253_402_300_800)) {
    throw invalidArgument('x-amzn-producer-start-timestamp must be a number of seconds since 1970.');
  }
  return Math.round(seconds * 1000);
}
