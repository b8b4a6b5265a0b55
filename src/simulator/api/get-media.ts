/** GetMedia. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html */
import type { SimulatedStream } from '../streams';
import type { Call } from './call';
import { MediaSender } from './media-sender';
import { headers } from './responses';
import type { Service } from './service';
import { ServiceError, invalidArgument } from './service-error';
import { locate, readSelector } from './start-selector';

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, ClientLimitExceeded, ConnectionLimitExceeded */
export function getMedia(service: Service, call: Call): void {
  const { options, stats, events, openResponses } = service;
  const { response, request } = call;
  const stream = service.streamOf(call);
  const selector = readSelector(call.body['StartSelector']);
  call.selector = sent(call.body['StartSelector'], Object.keys(selector));
  service.countCall('GetMedia', stream.name);
  if (stats.openConnections(stream.name) >= options.connectionsPerStream) {
    throw new ServiceError(
      'ConnectionLimitExceededException',
      `Limit exceeded on number of concurrent GetMedia connections for stream '${stream.name}'`,
    );
  }
  const position = locate(stream, selector, {
    live: isLive(service, stream),
    tokensInclusive: options.tokensInclusive,
  });
  if (position === undefined && options.unknownFragment === 'invalid-argument') {
    throw invalidArgument('The fragment that the start selector names is not found.');
  }
  const connection = (change: 1 | -1) => {
    const count = stats.connection(stream.name, change);
    events.emit('connection', { stream: stream.name, requestId: request.requestId, open: count });
  };
  connection(1);
  const faults = service.faults.takeBody(stream.name);
  const isPage = faults.some((fault) => fault.kind === 'garbage' && fault.whole);
  response.writeHead(200, {
    ...headers(call.head),
    'Content-Type': isPage ? 'text/html' : 'video/webm',
    'Transfer-Encoding': 'chunked',
  });
  response.flushHeaders();
  const media = new MediaSender({
    stream,
    position,
    response,
    clock: options.clock,
    random: options.random,
    faults,
    idleEndMs: options.idleEndMs,
    maxSessionMs: options.maxSessionMs,
    bytesPerSecond: options.getMediaBytesPerSecond,
    onChunkSent: (fragment, tail) => {
      events.emit('chunkSent', {
        stream: stream.name,
        FragmentNumber: fragment.FragmentNumber,
        requestId: request.requestId,
        at: performance.now(),
        bytes: () => Buffer.concat([fragment.front, fragment.body.subarray(0, fragment.available), tail]),
      });
    },
  });
  const end = () => {
    if (openResponses.delete(end)) {
      media.stop();
      connection(-1);
    }
  };
  openResponses.add(end);
  response.once('close', end);
  media.start();
}

/** What the record keeps of a StartSelector: the members that its type has, whose lengths are checked. */
function sent(given: unknown, members: readonly string[]): unknown {
  return Object.fromEntries(members.map((name) => [name, (given as Record<string, unknown>)[name]]));
}

function isLive(service: Service, stream: SimulatedStream): boolean {
  const { clock, idleEndMs } = service.options;
  return stream.producing || clock.monotonic() - stream.lastMediaAt < idleEndMs;
}
