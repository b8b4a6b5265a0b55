import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** What a stream holds, in order: good chunks by their number, and bytes that are none, at their place between them. */
export interface HostileStream {
  readonly parts: readonly (GoodPart | HostilePart)[];
  /** In place of any of it, for the first so many GetMedia calls. */
  readonly instead?: { readonly times: number; readonly headers?: Headers; readonly bytes: Buffer };
}
interface GoodPart {
  readonly number: number;
  readonly bytes: Buffer;
}
interface HostilePart {
  readonly number?: never;
  /** May be endless: taken only as fast as the other side reads. */
  readonly bytes: () => Iterable<Buffer>;
}
type Headers = Readonly<Record<string, string>>;

interface GetMediaBody {
  readonly StreamName: string;
  readonly StartSelector: { readonly AfterFragmentNumber?: string; readonly ContinuationToken?: string };
}

/**
 * A service that serves whatever bytes it is given, on one port for both planes; no signature is checked. Positions are
 * understood, so that what was read is not served again. Responses stay open, as those of a live stream do.
 */
export class HostileService {
  endpoint = '';
  readonly #streams: ReadonlyMap<string, HostileStream>;
  readonly #calls = new Map<string, number>();
  #server: Server | undefined;

  constructor(streams: Readonly<Record<string, HostileStream>>) {
    this.#streams = new Map(Object.entries(streams));
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      // Who has read enough goes away.
      response.on('error', () => undefined);
      void this.#answer(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server !== undefined) {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await jsonOf(request);
    if (request.url !== '/getMedia') {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ DataEndpoint: this.endpoint }));
      return;
    }
    const { StreamName, StartSelector } = body as GetMediaBody;
    const stream = this.#streams.get(StreamName);
    const call = (this.#calls.get(StreamName) ?? 0) + 1;
    this.#calls.set(StreamName, call);
    const { instead, parts = [] } = stream ?? {};
    if (instead !== undefined && call <= instead.times) {
      response.writeHead(200, instead.headers);
      response.end(instead.bytes);
      return;
    }
    const after = Number(StartSelector.AfterFragmentNumber ?? StartSelector.ContinuationToken ?? -1);
    const had = parts.findLastIndex(({ number }) => number !== undefined && number <= after);
    response.writeHead(200, { 'x-amzn-RequestId': `${StreamName}-${call}` });
    try {
      await pipeline(bytesOf(parts.slice(had + 1)), response, { end: false });
    } catch (error) {
      if (!response.destroyed) {
        throw error;
      }
    }
  }
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) {
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString());
}

function* bytesOf(parts: HostileStream['parts']): Iterable<Buffer> {
  for (const { bytes } of parts) {
    yield* typeof bytes === 'function' ? bytes() : [bytes];
  }
}
