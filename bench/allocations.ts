/**
 * Counts what the garbage collector has to clear away: bytes of objects for each slice, frame and chunk of a response, from
 * the HTTP parser to the message, when V8 has compiled it all. Memory of media is not among them.
 *
 * npx tsx bench/allocations.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { systemClock } from '../src/clock';
import { HttpResponseParser } from '../src/http/http-response-parser';
import type { ByteSink, MediaResponse } from '../src/http';
import { CallLimiter, Session } from '../src/session';
import { MediaOutput } from '../nodes/shared/media-output';
import { collectGarbage } from '../testing/collect-garbage';
import { makeChunk } from '../testing/made-chunks';
import { bundle } from './bundle';
import { BUILD, bundled } from './paths';
import { median } from './statistics';

/** As much as a TLS record has. */
const SLICE_BYTES = 16 * 1024;
/** As much as a server may send at a time. */
const HTTP_CHUNK_BYTES = 64 * 1024;
/** So many that less than 32 MB of media come in a round: beyond that V8 collects garbage. */
const CHUNKS = 40;
const WARM_UP_ROUNDS = 60;
const ROUNDS = 15;
/** So large that a round fits it. */
const NEW_SPACE = ['--min-semi-space-size=256', '--max-semi-space-size=256'];
const AT = 1_700_000_000_000;
const STREAM = { StreamName: 'door' };

type Emit = 'chunk' | 'frame';

/** What each chunk of a round has. */
interface Input {
  readonly frames: number;
  readonly frameBytes: number;
  /** Whether the body comes in chunks of HTTP. */
  readonly isChunked: boolean;
}

const INPUTS = {
  short: { frames: 1, frameBytes: 64 * 1024, isChunked: false },
  long: { frames: 1, frameBytes: 512 * 1024, isChunked: false },
  manyFrames: { frames: 32, frameBytes: 16 * 1024, isChunked: false },
  chunked: { frames: 1, frameBytes: 512 * 1024, isChunked: true },
} as const satisfies Record<string, Input>;

/** A session that reads a response which is written to it. */
class Reading {
  readonly #parser: HttpResponseParser;
  readonly #buffer = Buffer.allocUnsafeSlow(SLICE_BYTES);
  #sequence = 0;
  #isPaused = false;
  #sink: ByteSink | undefined;

  constructor(
    emit: Emit,
    private readonly input: Input,
  ) {
    const response: MediaResponse = {
      RequestId: 'request',
      read: (sink) => {
        this.#sink = sink;
      },
      pause: () => {
        this.#isPaused = true;
      },
      resume: () => {
        this.#isPaused = false;
      },
      close: ignore,
    };
    this.#parser = new HttpResponseParser({
      head: ignore,
      body: (slice) => this.#sink?.bytes(slice),
      over: ignore,
    });
    const coding = input.isChunked ? 'transfer-encoding: chunked\r\n' : '';
    this.#parser.write(Buffer.from(`HTTP/1.1 200 OK\r\n${coding}\r\n`));
    const output = new MediaOutput({ takesMedia: () => true, media: ignore, frame: ignore });
    const session = new Session(
      {
        ...{ stream: STREAM, startSelector: { StartSelectorType: 'EARLIEST' }, emit, tracks: [] },
        ...{ maxInFlight: 0, keepTrying: true, stallTimeoutMs: 600_000, ackTimeoutMs: 60_000 },
        maxChunkBytes: 1e9,
      },
      {
        service: {
          resolveEndpoint: () => Promise.resolve(''),
          getMedia: () => Promise.resolve(response),
          forgetEndpoint: ignore,
          forgetCredentials: ignore,
          correctClock: ignore,
          clockOffsetMs: 0,
        },
        ...{ clock: systemClock, limiter: new CallLimiter(), streamKey: 'door' },
      },
      {
        ...{ state: ignore, checkpoint: ignore },
        chunk: (delivery) => {
          output.chunk(STREAM, delivery);
        },
        frame: (delivery) => {
          output.frame(STREAM, delivery);
        },
        error: ({ ErrorType }) => {
          throw new Error(ErrorType);
        },
      },
    );
    session.start();
  }

  /** Bytes of objects that a chunk has made. */
  async round(): Promise<number> {
    const slices = this.#slices();
    await collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (const slice of slices) {
      // As the socket fills it; `copy` would make a view.
      this.#buffer.set(slice);
      this.#parser.write(this.#buffer, slice.length);
      while (this.#isPaused) {
        await new Promise(setImmediate);
      }
    }
    return (process.memoryUsage().heapUsed - before) / CHUNKS;
  }

  #slices(): Buffer[] {
    const { frames, frameBytes, isChunked } = this.input;
    const times = Array.from({ length: frames }, (_, index) => index);
    const media = Array.from({ length: CHUNKS }, () => {
      const sequence = this.#sequence++;
      return makeChunk({ sequence, at: AT + sequence, frames: times, frameBytes });
    });
    const body = isChunked ? inHttpChunks(Buffer.concat(media)) : Buffer.concat(media);
    return Array.from({ length: Math.ceil(body.length / SLICE_BYTES) }, (_, index) =>
      body.subarray(index * SLICE_BYTES, (index + 1) * SLICE_BYTES),
    );
  }
}

function inHttpChunks(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += HTTP_CHUNK_BYTES) {
    const part = body.subarray(at, at + HTTP_CHUNK_BYTES);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

async function bytesOf(emit: Emit, input: Input): Promise<number> {
  const reading = new Reading(emit, input);
  await new Promise(setImmediate);
  const rounds: number[] = [];
  for (let i = 0; i < WARM_UP_ROUNDS + ROUNDS; i++) {
    rounds.push(await reading.round());
  }
  return median(rounds.slice(WARM_UP_ROUNDS));
}

async function main(): Promise<void> {
  for (const emit of ['chunk', 'frame'] as const) {
    const short = await bytesOf(emit, INPUTS.short);
    const long = await bytesOf(emit, INPUTS.long);
    const manyFrames = await bytesOf(emit, INPUTS.manyFrames);
    const chunked = await bytesOf(emit, INPUTS.chunked);
    const slice = ((long - short) * SLICE_BYTES) / (INPUTS.long.frameBytes - INPUTS.short.frameBytes);
    const frame = (manyFrames - long) / (INPUTS.manyFrames.frames - INPUTS.long.frames);
    const httpChunk = ((chunked - long) * HTTP_CHUNK_BYTES) / INPUTS.long.frameBytes;
    const rest = short - frame - (slice * INPUTS.short.frameBytes) / SLICE_BYTES;
    console.log(
      `${emit} mode: a slice ${slice.toFixed(0)} bytes, a chunk of HTTP ${httpChunk.toFixed(0)}, a frame ${frame.toFixed(0)}, a chunk besides ${rest.toFixed(0)}`,
    );
  }
}

function ignore(): void {
  // Nothing is to be done.
}

if (process.execArgv.includes(NEW_SPACE[0] ?? '')) {
  main().then(
    () => process.exit(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
} else {
  mkdirSync(BUILD, { recursive: true });
  // Run as it is, since what compiles TypeScript at the start makes objects for some time.
  bundle('allocations.ts');
  const { status } = spawnSync(process.execPath, [...NEW_SPACE, bundled('allocations.ts')], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
