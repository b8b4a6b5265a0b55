/** PutMedia as the service has it: signed, one Cluster a fragment. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_PutMedia.html */
import { ServiceError, invalidArgument } from './service-error';
import { headers } from './responses';
import type { Call, Service } from './service';
import type { SimulatedStream } from '../streams/stream';
import { limitMemory } from './create-stream';
import type { CutAt } from '../ingest/key-frame-cut';
import type { IngestError } from '../ingest/ingest-error';
import { ERROR_NAMES } from '../ingest/ingest-error';
import { PutSession } from '../ingest/put-session';
import type { TimeSettings } from '../ingest/producer-time';

/** Producers at once, over all streams: each may hold a fragment's worth of memory. */
const MOST_PRODUCERS = 64;

/**
 * Answers a PutMedia call.
 *
 * @throws {ServiceError} for what is wrong with the call itself; what is wrong with the media is acknowledged
 */
export function putMedia(service: Service, call: Call): void {
  const stream = service.streamOf(call);
  const time = timeSettings(call.request.headers);
  service.countCall('PutMedia', stream.name);
  const session = openSession(service, call, stream, {
    cutAt: 'clusters',
    time,
    acknowledgements: call.request.headers['x-amzn-fragment-acknowledgment-required'] !== '0',
    onEnd: (error) => {
      if (error !== undefined) {
        service.record(call, call.response.statusCode, ERROR_NAMES[error.errorId]);
      }
    },
  });
  session.start({ headAtOnce: true });
}

export interface HowToPut {
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
  { cutAt, time, acknowledgements, refuse, onHead, onEnd }: HowToPut,
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
      const held = [...service.producers].reduce((sum, { heldBytes }) => sum + heldBytes, 0);
      return limitMemory(service.streams.values(), options.mostBytes, held);
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

/** @throws {ServiceError} InvalidArgumentException */
function timeSettings(given: Readonly<Record<string, unknown>>): TimeSettings {
  const timecodeType = given['x-amzn-fragment-timecode-type'];
  if (timecodeType !== 'ABSOLUTE' && timecodeType !== 'RELATIVE') {
    throw invalidArgument('x-amzn-fragment-timecode-type must be ABSOLUTE or RELATIVE.');
  }
  const producerStart = readProducerStart(given);
  if (producerStart === undefined && timecodeType === 'RELATIVE') {
    throw invalidArgument('x-amzn-producer-start-timestamp must be given for RELATIVE timecodes.');
  }
  return { timecodeType, producerStart };
}

/** The header's seconds as ms; undefined where it is absent. @throws {ServiceError} InvalidArgumentException */
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
