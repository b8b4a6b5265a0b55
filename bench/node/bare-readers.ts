/** The same response read in other ways: what reading costs before anything is done with the bytes. */
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { createRequire } from 'node:module';
import { connect } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { ChunkReader } from '../../src/matroska';
import { raiseTrimThreshold } from '../../src/matroska/malloc-trim-threshold';

/**
 * `https`: node:https · `undici`: its `dispatch`, the leanest way that it has · `tls`: a TLS socket with one buffer that is
 * overwritten again and again, HTTP not taken off · `tls-copy`: likewise, and each byte copied once, into memory as large
 * as a chunk · `tls-messages`: likewise, into memory as large as the frames, each of which is sent as a message.
 */
export type BareReader = 'https' | 'undici' | 'tls' | 'tls-copy' | 'tls-messages';

/** What is read: a stream of the endpoint, which sends a file with media of GetMedia again and again. */
export interface BareSource {
  readonly endpoint: string;
  readonly stream: string;
  readonly file: string;
}

/** Where a reader's bytes go. */
export interface BareSink {
  readonly count: (bytes: number) => void;
  /** Sends a message of Node-RED to what counts its bytes. */
  readonly send: (payload: Buffer) => void;
}

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
/** Up to here frames share memory, as those of the product do. */
const SMALL_FRAME_BYTES = 1024;

/** Reads the stream until the function that it gives is called. Counts bytes. */
export function readBare(
  reader: BareReader,
  { endpoint, stream, file }: BareSource,
  { count, send }: BareSink,
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
      return readTls(endpoint, body, copying([CHUNK_BYTES], { count, send: ignore }));
    case 'tls-messages':
      // What the product does while the first frames are sent, or this would cost up to twice as much as it does.
      setFlagsFromString('--no-allocation-site-pretenuring');
      return readTls(endpoint, body, copying(frameSizes(file), { count: ignore, send }));
  }
}

function readHttps(endpoint: string, body: string, count: (bytes: number) => void): () => void {
  const request = httpsRequest(`${endpoint}/getMedia`, { method: 'POST' }, (response) => {
    response.on('data', (slice: Buffer) => {
      count(slice.length);
    });
  });
  request.on('error', ignore);
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
      onRequestStart: ignore,
      onResponseStart: ignore,
      onResponseData: (_controller, slice) => {
        count(slice.length);
      },
      onResponseEnd: ignore,
      onResponseError: ignore,
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
  socket.on('error', ignore);
  socket.write(
    `POST /getMedia HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return () => {
    socket.destroy();
  };
}

/** Gives the memory away when it is full. Its sizes are these, one after the other and again from the first one. */
function copying(sizes: readonly number[], { count, send }: BareSink): (slice: Buffer) => void {
  raiseTrimThreshold();
  let next = 0;
  const take = (): Buffer => {
    const size = sizes[next] ?? 0;
    next = (next + 1) % sizes.length;
    return size > SMALL_FRAME_BYTES ? Buffer.allocUnsafeSlow(size) : Buffer.allocUnsafe(size);
  };
  let memory = take();
  let used = 0;
  return (slice) => {
    for (let from = 0; from < slice.length;) {
      const copied = slice.copy(memory, used, from);
      from += copied;
      used += copied;
      if (used === memory.length) {
        send(memory);
        memory = take();
        used = 0;
      }
    }
    count(slice.length);
  };
}

/** Bytes of each frame in the file, of all tracks. */
function frameSizes(file: string): number[] {
  const sizes: number[] = [];
  const reader = new ChunkReader(
    {
      frame: ({ sizeInBytes }) => sizes.push(sizeInBytes),
      ...{ chunk: ignore, truncated: ignore, malformed: ignore, tooLarge: ignore, inBandError: ignore },
    },
    { slicesStay: true, chunkData: false },
  );
  reader.write(readFileSync(file));
  reader.end();
  if (sizes.length === 0) {
    throw new Error(`There is no frame in ${file}.`);
  }
  return sizes;
}

function ignore(): void {
  // Nothing is to be done.
}
