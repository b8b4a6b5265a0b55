import assert from 'node:assert/strict';
import {
  KinesisVideoError,
  type ByteSink,
  type MediaResponse,
  type MediaService,
} from '../../src/kinesis-video';
import type { StartSelector } from '../../src/options';
import { CallLimiter, Session, type Position } from '../../src/session';
import { composeFragmentNumber } from '../../src/simulator';
import { seededRandom } from '../../src/simulator/random';
import {
  ID,
  VIDEO_TRACK,
  EBML_HEADER,
  UNKNOWN_SEGMENT,
  element,
  simpleBlock,
  tags,
  uint,
} from '../../testing/matroska-writer';
import { VirtualClock } from '../../testing/virtual-clock';

const SEED = Number(process.env['KVS_FAULT_SEED'] ?? 20_261_123);
/** Eight weeks have each thing that happens seven times; `KVS_YEAR_DAYS=365` for all of the year. */
const DAYS = Number(process.env['KVS_YEAR_DAYS'] ?? 56);

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

const BEGIN = Date.UTC(2026, 0, 1);
/** One fragment a minute, whose bytes flow all that time, as from a very slow camera. */
const FRAGMENT_MS = MINUTE;
const IDLE_END_MS = 3 * SECOND;
const MAX_SESSION_MS = 45 * MINUTE;
const CREDENTIALS_LAST_MS = 6 * HOUR;

/** A stream as a year happens to it: what it holds follows from arithmetic, so that a year fits into memory. */
class ModelStream implements MediaService {
  /** Fragments that are whole. */
  produced = 0;
  calls = 0;
  readonly clockOffsetMs = 0;
  readonly failures = new Map<string, number>();
  readonly #open = new Set<ModelResponse>();
  readonly #indices = new Map<string, number>();
  readonly #timers = new Set<() => void>();
  dark = false;
  #offline = false;
  #endpoint = 0;
  #knownEndpoint: number | undefined;
  #credentialsUntil = BEGIN + CREDENTIALS_LAST_MS;

  constructor(
    readonly clock: VirtualClock,
    readonly random: () => number,
  ) {
    this.#every(FRAGMENT_MS, () => {
      if (!this.dark) {
        this.#indices.set(this.number(this.produced), this.produced);
        this.#indices.delete(this.number(this.produced - (2 * DAY) / FRAGMENT_MS));
        this.produced++;
        this.#each((response) => {
          response.feed(this.produced);
        });
      }
    });
    this.#every(WEEK + 11 * HOUR, () => {
      this.#endpoint++;
    });
    this.#every(DAY, () => {
      this.#offline = true;
      this.#each((response) => {
        response.breakOff();
      });
      this.#after(10 * SECOND + this.random() * 2 * HOUR, () => {
        this.#offline = false;
      });
    });
    this.#every(WEEK + 5 * HOUR, () => {
      this.dark = true;
      this.#after(IDLE_END_MS, () => {
        this.#each((response) => {
          response.end();
        });
      });
      this.#after(MINUTE + this.random() * 6 * HOUR, () => {
        this.dark = false;
      });
    });
  }

  /** Connections that nobody has closed. */
  get open(): number {
    return this.#open.size;
  }

  /** Ends what the model itself has under way. */
  close(): void {
    for (const cancel of this.#timers) {
      cancel();
    }
  }

  number(index: number): string {
    return composeFragmentNumber(
      { sequence: index + 1, serverTimestamp: BEGIN + index * FRAGMENT_MS },
      () => (index % 97) / 97,
    );
  }

  chunk(index: number): Buffer {
    const number = this.number(index);
    const seconds = `${String((BEGIN + index * FRAGMENT_MS) / SECOND)}.000`;
    return Buffer.concat([
      CHUNK_START,
      tags(
        ['AWS_KINESISVIDEO_FRAGMENT_NUMBER', number],
        ['AWS_KINESISVIDEO_SERVER_TIMESTAMP', seconds],
        ['AWS_KINESISVIDEO_PRODUCER_TIMESTAMP', seconds],
      ),
      CLUSTER,
      tags(['AWS_KINESISVIDEO_MILLIS_BEHIND_NOW', '274'], ['AWS_KINESISVIDEO_CONTINUATION_TOKEN', number]),
    ]);
  }

  resolveEndpoint(): Promise<string> {
    if (this.#knownEndpoint === undefined) {
      if (this.#offline) {
        return this.#fail('NetworkError', null);
      }
      this.#knownEndpoint = this.#endpoint;
    }
    return Promise.resolve('https://data.example');
  }

  getMedia(_stream: unknown, selector: StartSelector): Promise<MediaResponse> {
    this.calls++;
    if (this.#offline) {
      return this.#fail('NetworkError', null);
    }
    if (this.#knownEndpoint !== this.#endpoint) {
      return this.#fail('InvalidEndpointException', 400);
    }
    if (this.clock.now() >= this.#credentialsUntil) {
      return this.#fail('ExpiredTokenException', 403);
    }
    const next =
      selector.StartSelectorType === 'CONTINUATION_TOKEN'
        ? (this.#indices.get(selector.ContinuationToken) ?? NaN) + 1
        : 0;
    assert.ok(Number.isInteger(next), `${selector.StartSelectorType} names a fragment that is held`);
    const response = new ModelResponse(this, next, () => {
      this.#open.delete(response);
      cancelAge();
    });
    this.#open.add(response);
    const cancelAge = this.#after(this.dark ? IDLE_END_MS : MAX_SESSION_MS, () => {
      response.end();
    });
    return Promise.resolve(response);
  }

  forgetEndpoint(): void {
    this.#knownEndpoint = undefined;
  }

  forgetCredentials(): void {
    this.#credentialsUntil = this.clock.now() + CREDENTIALS_LAST_MS;
  }

  correctClock(): void {
    assert.fail('no clock is off in this year');
  }

  #fail(ErrorType: string, statusCode: number | null): Promise<never> {
    this.failures.set(ErrorType, (this.failures.get(ErrorType) ?? 0) + 1);
    return Promise.reject(
      new KinesisVideoError('GetMedia of stream "year" failed.', {
        ErrorType,
        statusCode,
        operation: 'GetMedia',
      }),
    );
  }

  #each(tell: (response: ModelResponse) => void): void {
    for (const response of [...this.#open]) {
      tell(response);
    }
  }

  #after(ms: number, happen: () => void): () => void {
    const cancel = this.clock.after(ms, () => {
      this.#timers.delete(cancel);
      happen();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }

  #every(ms: number, happen: () => void): void {
    this.#after(ms, () => {
      this.#every(ms, happen);
      happen();
    });
  }
}

const CHUNK_START = Buffer.concat([EBML_HEADER, UNKNOWN_SEGMENT, element(ID.Tracks, VIDEO_TRACK)]);
const CLUSTER = element(ID.Cluster, uint(ID.Timestamp, 0), simpleBlock(1, 0, 0x80, 'media'));

class ModelResponse implements MediaResponse {
  readonly RequestId = 'request';
  #sink: ByteSink | undefined;
  #over = false;

  constructor(
    private readonly stream: ModelStream,
    private next: number,
    private readonly closed: () => void,
  ) {}

  read(sink: ByteSink): void {
    this.#sink = sink;
    this.feed(this.stream.produced);
  }

  feed(produced: number): void {
    for (; this.#sink !== undefined && !this.#over && this.next < produced; this.next++) {
      this.#sink.bytes(this.stream.chunk(this.next));
    }
  }

  /** Cleanly; in the middle of the chunk that is being produced, unless the camera is dark. */
  end(): void {
    this.#finish((sink) => {
      sink.ended();
    });
  }

  breakOff(): void {
    this.#finish((sink) => {
      sink.failed(
        new KinesisVideoError('The connection to stream "year" was lost.', {
          ErrorType: 'NetworkError',
          networkCode: 'ECONNRESET',
          operation: 'GetMedia',
        }),
      );
    });
  }

  pause(): void {
    assert.fail('nothing holds back in this year');
  }

  resume(): void {
    assert.fail('nothing holds back in this year');
  }

  close(): void {
    this.#over = true;
    this.closed();
  }

  #finish(tell: (sink: ByteSink) => void): void {
    const sink = this.#sink;
    if (sink !== undefined && !this.#over) {
      if (!this.stream.dark) {
        const arriving = this.stream.chunk(this.next);
        sink.bytes(arriving.subarray(0, Math.floor(this.stream.random() * arriving.length)));
      }
      this.#over = true;
      tell(sink);
    }
  }
}

describe(`a year's first ${DAYS} days`, function () {
  this.timeout(600_000);

  it(`loses no chunk, doubles none and leaves nothing behind (seed ${SEED})`, async () => {
    const clock = new VirtualClock(BEGIN);
    const random = seededRandom(SEED);
    const model = new ModelStream(clock, random);
    const limiter = new CallLimiter();
    const heapBefore = process.memoryUsage().heapUsed;
    let received = 0;
    let checkpoint: Position | undefined;
    const problems: string[] = [];
    const errors = new Map<string, number>();

    const begin = (): Session => {
      const session = new Session(
        {
          stream: { StreamName: 'year' },
          startSelector: { StartSelectorType: 'EARLIEST' },
          ...(checkpoint === undefined ? {} : { position: checkpoint }),
          emit: 'chunk',
          tracks: [],
          maxInFlight: 0,
          ackTimeoutMs: MINUTE,
          keepTrying: true,
          stallTimeoutMs: 2 * FRAGMENT_MS,
          maxChunkBytes: 1_000_000,
        },
        { service: model, clock, limiter, streamKey: 'year' },
        {
          chunk: ({ FragmentNumber }) => {
            if (FragmentNumber !== model.number(received)) {
              problems.push(
                `at ${new Date(clock.now()).toISOString()}: ${FragmentNumber} in place of chunk ${received}`,
              );
            }
            received++;
          },
          frame: () => assert.fail('no frames were asked for'),
          error: ({ ErrorType, action }) => {
            const name = `${ErrorType}/${action}`;
            errors.set(name, (errors.get(name) ?? 0) + 1);
          },
          state: () => undefined,
          checkpoint: (position) => {
            checkpoint = position;
          },
        },
      );
      session.start();
      return session;
    };

    let session = begin();
    for (let day = 0; day < DAYS && problems.length === 0; day++) {
      await clock.advance(DAY);
      if (day % 7 === 6) {
        session.stop();
        session = begin();
      }
    }
    // The last loss of network and the last dark hours pass; then all that was produced must have come.
    await clock.advance(12 * HOUR);
    session.stop();
    const open = model.open;
    model.close();

    const list = (map: ReadonlyMap<string, number>): string =>
      [...map].map(([name, n]) => `${name} ${n}`).join(', ');
    console.log(
      [
        `${DAYS} days: ${model.produced} chunks produced, ${received} received, ${model.calls} GetMedia calls`,
        `failures: ${list(model.failures)}`,
        `errors: ${list(errors)}`,
        `heap ${Math.round(heapBefore / 1e6)} MB before, ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB after`,
      ].join('\n'),
    );
    assert.deepEqual(problems, []);
    assert.equal(received, model.produced);
    assert.equal(open, 0, 'no connection is left');
    assert.equal(clock.pending, 0, 'no timer is left');
  });
});
