/** Opens a response of media: counts its connection, takes its faults and writes its head. */
import type { BodyFault, MediaStream } from '../faults';
import type { Fragment, SimulatedStream } from '../streams';
import type { Call } from './call';
import type { BodySource } from './media-body';
import { MediaSender } from './media-sender';
import { headers } from './responses';
import type { OpenResponse, Service } from './service';

/** What a body is made from. */
export interface BodyParts {
  readonly faults: readonly BodyFault[];
  readonly noise: (length: number) => Buffer;
  /** The last byte of a chunk has been handed to the socket. @param bytes what follows the fragment's own */
  readonly onChunkSent: (fragment: Fragment, tail: Buffer) => void;
}

/** The caller has checked that there may be one more connection. */
export function openMediaResponse(
  service: Service,
  call: Call,
  operation: MediaStream,
  stream: SimulatedStream,
  body: (parts: BodyParts) => BodySource,
): void {
  const { options, stats, events, openResponses } = service;
  const { response, request } = call;
  const about = { stream: stream.name, operation, requestId: request.requestId };
  const connection = (change: 1 | -1) => {
    events.emit('connection', { ...about, open: stats.connection(operation, stream.name, change) });
  };
  connection(1);
  const faults = service.faults.takeBody(operation, stream.name);
  const isPage = faults.some((fault) => fault.kind === 'garbage' && fault.whole);
  response.writeHead(200, {
    ...headers(call.head),
    'Content-Type': isPage ? 'text/html' : 'video/webm',
    'Transfer-Encoding': 'chunked',
  });
  response.flushHeaders();
  const onChunkSent = (fragment: Fragment, tail: Buffer) => {
    events.emit('chunkSent', {
      ...about,
      FragmentNumber: fragment.FragmentNumber,
      at: performance.now(),
      bytes: () => Buffer.concat([fragment.front, fragment.body.subarray(0, fragment.available), tail]),
    });
  };
  const media = new MediaSender({
    ...{ stream, response, faults },
    body: (noise) => body({ faults, noise, onChunkSent }),
    clock: options.clock,
    random: options.random,
    idleEndMs: options.idleEndMs,
    maxSessionMs: options.maxSessionMs,
    bytesPerSecond: options.getMediaBytesPerSecond,
    fragmentsPerSecond: operation === 'GetMedia' ? options.getMediaFragmentsPerSecond : Infinity,
  });
  const open: OpenResponse = {
    get heldBytes() {
      return media.heldBytes;
    },
    end: () => {
      if (openResponses.delete(open)) {
        media.stop();
        connection(-1);
      }
    },
  };
  openResponses.add(open);
  response.once('close', () => {
    open.end();
  });
  media.start();
}
