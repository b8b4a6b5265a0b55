/** The same response read by others and thrown away: what reading costs before anything is done with the bytes. */
import { request as httpsRequest } from 'node:https';
import { createRequire } from 'node:module';
import { connect } from 'node:tls';
import { raiseTrimThreshold } from '../../src/matroska/malloc-trim-threshold';

/**
 * `https`: node:https · `undici`: its `dispatch`, the leanest way that it has · `tls`: a TLS socket with one buffer that is
 * overwritten again and again, HTTP not taken off · `tls-copy`: likewise, and each byte copied once, into memory as large
 * as a chunk.
 */
export type BareReader = 'https' | 'undici' | 'tls' | 'tls-copy';

/** What undici has of use here; it is loaded where it is used. */
interface Undici {
  readonly Client: new (origin: string) => {
    dispatch(
      options: { path: string; method: 'POST'; body: string },
      handler: {
        onRequestStart(): void;
        onResponseStart(): void;
        onResponseData(controller: unknown, slice: Buffer): void;
        onResponseEnd(): void;
        onResponseError(): void;
      },
    ): boolean;
    destroy(): Promise<void>;
  };
}

const BUFFER_BYTES = 64 * 1024;
/** Size of a chunk of the benchmark's video, bytes: 2 s at 8 Mbit/s. */
const CHUNK_BYTES = 2_000_000;

/** Reads the stream until the function that it gives is called. Counts bytes. */
export function readBare(
  reader: BareReader,
  endpoint: string,
  stream: string,
  count: (bytes: number) => void,
): () => void {
  const body = JSON.stringify({ StreamName: stream });
  switch (reader) {
    case 'https':
      return readHttps(endpoint, body, count);
    case 'undici':
      return readUndici(endpoint, body, count);
    case 'tls':
      return readTls(endpoint, body, (slice) => {
        count(slice.length);
      });
    case 'tls-copy':
      return readTls(endpoint, body, copying(count));
  }
}

function readHttps(endpoint: string, body: string, count: (bytes: number) => void): () => void {
  const request = httpsRequest(`${endpoint}/getMedia`, { method: 'POST' }, (response) => {
    response.on('data', (slice: Buffer) => {
      count(slice.length);
    });
  });
  request.on('error', ignoreEnd);
  request.end(body);
  return () => {
    request.destroy();
  };
}

function readUndici(endpoint: string, body: string, count: (bytes: number) => void): () => void {
  const { Client } = createRequire(__filename)('undici') as Undici;
  const client = new Client(endpoint);
  client.dispatch(
    { path: '/getMedia', method: 'POST', body },
    {
      onRequestStart: ignoreEnd,
      onResponseStart: ignoreEnd,
      onResponseData: (_controller, slice) => {
        count(slice.length);
      },
      onResponseEnd: ignoreEnd,
      onResponseError: ignoreEnd,
    },
  );
  return () => {
    void client.destroy();
  };
}

function readTls(endpoint: string, body: string, take: (slice: Buffer) => void): () => void {
  const { hostname, port } = new URL(endpoint);
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const options = {
    host: hostname,
    port: Number(port),
    onread: {
      buffer,
      callback: (length: number) => {
        take(buffer.subarray(0, length));
        return true;
      },
    },
  };
  const socket = connect(options);
  socket.on('error', ignoreEnd);
  socket.write(
    `POST /getMedia HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return () => {
    socket.destroy();
  };
}

function copying(count: (bytes: number) => void): (slice: Buffer) => void {
  raiseTrimThreshold();
  let chunk = Buffer.allocUnsafeSlow(0);
  let used = 0;
  return (slice) => {
    if (used + slice.length > chunk.length) {
      chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      used = 0;
    }
    used += slice.copy(chunk, used);
    count(slice.length);
  };
}

/** It ends when the measurement does. */
function ignoreEnd(): void {
  // Nothing is to be done.
}
