/** Pushes a Matroska file into a running simulator, at the pace at which it was recorded. */
import { createReadStream } from 'node:fs';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Clock } from '../../clock';
import { IngestError, MatroskaSplitter, type Acknowledgement } from '../ingest';

export interface PutOptions {
  /** A path, or an open stream of Matroska. */
  readonly source: string | Readable;
  /** The simulator's control plane. */
  readonly endpoint: string;
  readonly stream: string;
  /** Send each frame when it is due; else all as fast as it is taken. */
  readonly realTime: boolean;
  readonly clock: Clock;
  /** A fragment was received completely. `timecodeMs` is its time in the file. */
  readonly onFragment?: (FragmentNumber: string, timecodeMs: number) => void;
}

/** Why media could not be pushed, for a person. */
export class PutError extends Error {
  override readonly name = 'PutError';
}

/** Small enough that the frames of a quiet stream go out about when they are due. */
const PIECE = 4096;
const LARGE_PIECE = 65_536;

/** Pushes it once. @throws {PutError} */
export async function putMatroska(options: PutOptions): Promise<void> {
  const { source, realTime } = options;
  const reader =
    typeof source === 'string'
      ? createReadStream(source, { highWaterMark: realTime ? PIECE : LARGE_PIECE })
      : source;
  const connection = new Connection(options);
  try {
    const pace = new MediaPace(options);
    for await (const bytes of reader as AsyncIterable<Buffer>) {
      await Promise.race([pace.due(bytes), connection.failed]);
      await connection.write(bytes);
    }
    await connection.end();
  } catch (error) {
    throw putError(error, options);
  } finally {
    reader.destroy();
    connection.destroy();
  }
}

/** Knows when bytes of Matroska are due, by the times of the blocks in them. */
class MediaPace {
  readonly #options: PutOptions;
  readonly #splitter: MatroskaSplitter;
  #msPerTick = 1;
  #clusterTicks = 0;
  #firstMs: number | undefined;
  #latestMs = -Infinity;
  #startedAt = 0;

  constructor(options: PutOptions) {
    this.#options = options;
    const nothing = () => undefined;
    this.#splitter = new MatroskaSplitter({
      header: ({ timecodeScale }) => {
        this.#msPerTick = timecodeScale / 1e6;
      },
      timecode: (ticks) => {
        this.#clusterTicks = ticks;
      },
      block: ({ ticks }) => {
        this.#latestMs = Math.max(this.#latestMs, (this.#clusterTicks + ticks) * this.#msPerTick);
      },
      ...{ cluster: nothing, clusterChild: nothing, trailer: nothing, clusterEnd: nothing },
    });
  }

  /** Resolves when these bytes, the next of the file, are to be sent. @throws {IngestError} if they are not Matroska */
  async due(bytes: Buffer): Promise<void> {
    this.#splitter.push(bytes);
    const { clock, realTime } = this.#options;
    if (!realTime || this.#latestMs === -Infinity) {
      return;
    }
    if (this.#firstMs === undefined) {
      this.#firstMs = this.#latestMs;
      this.#startedAt = clock.monotonic();
    }
    const wait = this.#startedAt + this.#latestMs - this.#firstMs - clock.monotonic();
    if (wait > 0) {
      await new Promise<void>((resolve) => {
        clock.after(wait, resolve);
      });
    }
  }
}

/** The request, and what comes back on it. */
class Connection {
  /** Rejects if the push fails; never resolves. */
  readonly failed: Promise<never>;
  readonly #request: ClientRequest;
  readonly #done: Promise<void>;

  constructor({ endpoint, stream, onFragment }: PutOptions) {
    const url = new URL(`/streams/${encodeURIComponent(stream)}`, endpoint);
    this.#request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'PUT',
      agent: false,
      headers: { 'Content-Type': 'video/x-matroska', 'Transfer-Encoding': 'chunked' },
    });
    this.#done = new Promise<void>((resolve, reject) => {
      this.#request.once('error', reject);
      this.#request.once('response', (response) => {
        answer(response, onFragment).then(resolve, reject);
      });
    });
    this.failed = this.#done.then(() => new Promise<never>(() => undefined));
    // Whoever waits gets it; until somebody does, it must be no unhandled rejection.
    this.failed.catch(() => undefined);
  }

  async write(bytes: Buffer): Promise<void> {
    if (!this.#request.write(bytes)) {
      await Promise.race([new Promise((resolve) => this.#request.once('drain', resolve)), this.failed]);
    }
  }

  async end(): Promise<void> {
    this.#request.end();
    await this.#done;
  }

  destroy(): void {
    this.#request.destroy();
  }
}

/** Reads the acknowledgements to their end. @throws {PutError} */
async function answer(response: IncomingMessage, onFragment: PutOptions['onFragment']): Promise<void> {
  // A data plane, or another server: a control plane knows this path.
  if (response.statusCode === 404) {
    throw new PutError(noSimulator(response));
  }
  for await (const line of createInterface({ input: response })) {
    const event = parse(line);
    if (response.statusCode !== 200 || event.EventType === 'ERROR') {
      throw new PutError(event.Message ?? event.ErrorCode ?? noSimulator(response));
    }
    const { EventType, FragmentNumber, FragmentTimecode } = event;
    if (EventType === 'RECEIVED' && FragmentNumber !== undefined) {
      onFragment?.(FragmentNumber, FragmentTimecode ?? 0);
    }
  }
  if (response.statusCode !== 200) {
    throw new PutError(noSimulator(response));
  }
}

function noSimulator({ statusCode = 0 }: IncomingMessage): string {
  return `It answered with status ${statusCode}: is that a simulator's control plane?`;
}

function parse(line: string): Partial<Acknowledgement> {
  try {
    return JSON.parse(line) as Acknowledgement;
  } catch {
    // A page of some other server, say: its status tells.
    return {};
  }
}

function putError(error: unknown, { source, endpoint }: PutOptions): PutError {
  const name = typeof source === 'string' ? source : 'standard input';
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (error instanceof PutError) {
    return new PutError(`The simulator did not take ${name}: ${message}`);
  }
  if (error instanceof IngestError) {
    return new PutError(`Cannot push ${name}: ${message}`, { cause: error });
  }
  if (syscall === 'open' || syscall === 'read') {
    const why = /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
    return new PutError(`Cannot read ${name}: ${why}.`, { cause: error });
  }
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
      return new PutError(
        `No simulator answers at ${endpoint}. Start one (kvs-simulator), or say where it is with --endpoint.`,
        {
          cause: error,
        },
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return new PutError(`The simulator at ${endpoint} closed the connection.`, { cause: error });
    default:
      return new PutError(`Cannot push ${name}: ${message}`, { cause: error });
  }
}
