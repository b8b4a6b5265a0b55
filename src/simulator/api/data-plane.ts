/** GetMedia and PutMedia, on ports of their own. https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html */
import { ServiceError, invalidArgument } from './service-error';
import { answerHeadFault, movedEndpoint } from './head-fault';
import type { PlaneHandler, PlaneRequest, TlsOptions } from './http-plane';
import { HttpPlane } from './http-plane';
import { putMedia } from '../ingest';
import { MediaResponse } from './media-response';
import { isAnyAddress } from './loopback';
import { headers, sendWrongEndpoint } from './responses';
import { locate, readSelector } from './start-selector';
import type { Call, Service } from './service';
import type { SimulatedStream } from '../streams/stream';

const PATHS: Readonly<Record<string, 'GetMedia' | 'PutMedia'>> = {
  '/getMedia': 'GetMedia',
  '/putMedia': 'PutMedia',
};

/** The data plane's ports: one for all streams at first, and a new one for each stream that moves. */
export class DataPlanes {
  readonly #service: Service;
  readonly #host: string;
  readonly #tls: TlsOptions | undefined;
  readonly #first: HttpPlane;
  readonly #moved = new Map<string, HttpPlane>();
  readonly #all: HttpPlane[] = [];
  /** What ends each open response. */
  readonly #open = new Set<() => void>();

  constructor(service: Service, host: string, tls: TlsOptions | undefined) {
    this.#service = service;
    this.#host = host;
    this.#tls = tls;
    this.#first = this.#newPlane();
  }

  get url(): string {
    return this.#first.url;
  }

  /** Requests that were refused unread, on all ports. */
  get refused(): number {
    return this.#all.reduce((sum, plane) => sum + plane.refused, 0);
  }

  /** The endpoint to announce; on a wildcard address, under the name by which the caller reached us. */
  urlFor(stream: string, request: PlaneRequest): string {
    const { url } = this.#moved.get(stream) ?? this.#first;
    const asked = `http://${request.headers.host ?? ''}`;
    if (!isAnyAddress(this.#host) || !URL.canParse(asked)) {
      return url;
    }
    const announced = new URL(url);
    announced.hostname = new URL(asked).hostname;
    return announced.origin;
  }

  /** @throws the system's error where the port cannot be had */
  async listen(port: number): Promise<void> {
    await this.#first.listen(port);
  }

  /** Gives a stream a new data port; the old ones refuse it from now on. */
  async move(stream: string): Promise<void> {
    const plane = this.#newPlane();
    await plane.listen(0);
    this.#moved.set(stream, plane);
  }

  async close(): Promise<void> {
    for (const end of [...this.#open]) {
      end();
    }
    await Promise.all(this.#all.map((plane) => plane.close()));
  }

  #newPlane(): HttpPlane {
    const plane: HttpPlane = new HttpPlane(
      this.#host,
      this.#tls,
      (request, response) => this.#handle(plane, request, response),
      (path) => path === '/putMedia',
    );
    this.#all.push(plane);
    return plane;
  }

  async #handle(plane: HttpPlane, ...[request, response]: Parameters<PlaneHandler>): Promise<void> {
    const service = this.#service;
    const operation = request.method === 'POST' ? PATHS[request.path] : undefined;
    if (operation === undefined) {
      sendWrongEndpoint(response, service.head(request));
      return;
    }
    await service.run(
      operation,
      request,
      response,
      plane,
      (call) => {
        if (call.stream !== undefined && (this.#moved.get(call.stream) ?? this.#first) !== plane) {
          throw movedEndpoint();
        }
        if (operation === 'GetMedia') {
          getMedia(service, call, this.#open);
        } else {
          putMedia(service, call);
        }
      },
      async (fault, call) => {
        if (fault.kind === 'moved-endpoint' && call.stream !== undefined) {
          await this.move(call.stream);
        }
        answerHeadFault(service, fault, call);
      },
    );
  }
}

function getMedia(service: Service, call: Call, open: Set<() => void>): void {
  const { options, stats, events } = service;
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
  const media = new MediaResponse({
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
    if (open.delete(end)) {
      media.stop();
      connection(-1);
    }
  };
  open.add(end);
  response.once('close', end);
  media.start();
}

/** What the record keeps of a StartSelector: the members that its type has, whose lengths have been checked. */
function sent(given: unknown, members: readonly string[]): unknown {
  return Object.fromEntries(members.map((name) => [name, (given as Record<string, unknown>)[name]]));
}

function isLive(service: Service, stream: SimulatedStream): boolean {
  const { clock, idleEndMs } = service.options;
  return stream.producing || clock.monotonic() - stream.lastMediaAt < idleEndMs;
}
