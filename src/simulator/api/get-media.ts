/** GetMedia. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html */
import type { SimulatedStream } from '../streams';
import type { Call } from './call';
import { MediaBody } from './media-body';
import { openMediaResponse } from './open-media-response';
import type { Service } from './service';
import { ServiceError, invalidArgument } from './service-error';
import { locate, readSelector } from './start-selector';

/** @throws {ServiceError} InvalidArgument, ResourceNotFound, ClientLimitExceeded, ConnectionLimitExceeded */
export function getMedia(service: Service, call: Call): void {
  const { options, stats } = service;
  const stream = service.streamOf(call);
  const selector = readSelector(call.body['StartSelector']);
  call.selector = sent(call.body['StartSelector'], Object.keys(selector));
  service.countCall('GetMedia', stream.name);
  if (stats.openConnections('GetMedia', stream.name) >= options.connectionsPerStream) {
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
  const { clock } = options;
  openMediaResponse(
    service,
    call,
    'GetMedia',
    stream,
    (parts) => new MediaBody({ ...parts, stream, position, clock }),
  );
}

/** What the record keeps of a StartSelector: the members that its type has, whose lengths are checked. */
function sent(given: unknown, members: readonly string[]): unknown {
  return Object.fromEntries(members.map((name) => [name, (given as Record<string, unknown>)[name]]));
}

function isLive(service: Service, stream: SimulatedStream): boolean {
  const { clock, idleEndMs } = service.options;
  return stream.producing || clock.monotonic() - stream.lastMediaAt < idleEndMs;
}
