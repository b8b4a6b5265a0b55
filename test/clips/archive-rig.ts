/** A simulated stream with a past, what it shows, and clips of it by real HTTP. */
import { ArchiveBudgets } from '../../src/archive';
import {
  BufferStore,
  makeClip,
  makePictures,
  type ClipResult,
  type ClipStore,
  type PictureDependencies,
  type PictureRequest,
  type PicturesResult,
  type StoredPicture,
} from '../../src/clips';
import { systemClock } from '../../src/clock';
import type { LeapingClock } from '../../testing/leaping-clock';
import { KinesisVideoService } from '../../src/kinesis-video';
import { CallLimiter } from '../../src/session';
import { Simulator, type SimulatedStream } from '../../src/simulator';
import { picturesOf, type Shown } from '../convert/clip/clips';

/** However much goes wrong. */
const LONGEST_CLIP_MS = 10 * 60_000;

interface ClipOptions {
  readonly tracks?: readonly string[];
  readonly timestampType?: 'PRODUCER_TIMESTAMP' | 'SERVER_TIMESTAMP';
  readonly waitMs?: number;
}

export class ArchiveRig {
  readonly simulator: Simulator;
  readonly stream: SimulatedStream;
  #films = 0;
  readonly #budgets = new ArchiveBudgets();
  /** Of fragments with the same bytes. */
  readonly #decoded = new Map<string, readonly Shown[]>();

  /**
   * @param prefillMs of media that are there
   * @param clock of a camera that continues to record; without one it has recorded, and time is the system's
   */
  constructor(
    prefillMs: number,
    private readonly clock?: LeapingClock,
  ) {
    this.simulator = new Simulator({
      ...{ idleEndMs: clock === undefined ? 100 : 3_000, callsPerSecond: 1_000, mediaPointsPerSecond: 5_000 },
      ...(clock === undefined ? {} : { clock, seed: 1, retentionMs: 10_000 * 3_600_000 }),
    });
    for (const event of ['chunkSent', 'connection', 'request'] as const) {
      this.simulator.on(event, () => {
        clock?.alive();
      });
    }
    const live = clock !== undefined;
    this.stream = this.simulator.addStream({ name: 'hall', live, profile: 'aws-sdk', prefillMs });
  }

  /** When the past ends, ms. */
  get end(): number {
    const last = this.stream.fragments.at(-1);
    return (last?.ProducerTimestamp ?? 0) + (last?.durationMs ?? 0);
  }

  async start(): Promise<void> {
    await this.simulator.start();
  }

  async stop(): Promise<void> {
    await this.simulator.stop();
  }

  async clip(
    range: { readonly from: number; readonly to: number },
    store: ClipStore,
    signal: AbortSignal = new AbortController().signal,
    { tracks = [], timestampType = 'PRODUCER_TIMESTAMP', waitMs = 0 }: ClipOptions = {},
  ): Promise<ClipResult> {
    const clock = this.clock ?? systemClock;
    const service = new KinesisVideoService({
      region: 'eu-west-1',
      endpoint: this.simulator.endpoint,
      credentials: { kind: 'keys', accessKeyId: 'simulator', secretAccessKey: 'simulator' },
      clock,
    });
    const request = {
      ...{ stream: { StreamName: 'hall' }, timestampType, ...range },
      ...{ waitMs, tracks, maxChunkBytes: 10_000_000 },
    };
    const dependencies = {
      ...{ service, clock, limiter: new CallLimiter(), budgets: this.#budgets },
      streamKey: 'hall',
    };
    try {
      return await makeClip(request, dependencies, store, { error: () => undefined }, signal);
    } finally {
      service.close();
    }
  }

  /** A clip over a leaping clock, which is let run until it is there. @throws what the clip fails with */
  async clipInTime(
    clock: LeapingClock,
    range: { readonly from: number; readonly to: number },
    options?: ClipOptions,
  ): Promise<ClipResult> {
    let outcome: { readonly result: ClipResult } | { readonly error: unknown } | undefined;
    this.clip(range, new BufferStore(1e9), undefined, options).then(
      (result) => {
        outcome = { result };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    await clock.runUntil(() => outcome !== undefined, LONGEST_CLIP_MS);
    if (outcome === undefined || 'error' in outcome) {
      throw outcome?.error;
    }
    return outcome.result;
  }

  /** A stream that has shown a film again and again until now. */
  film(matroska: Buffer): SimulatedStream {
    this.#films += 1;
    const name = `film-${this.#films}`;
    return this.simulator.addStream({
      ...{ name, source: { bytes: matroska }, live: false, prefillMs: 8 * 60_000 },
    });
  }

  async images(
    request: Partial<PictureRequest> & { readonly from: number; readonly to: number },
    StreamName = 'hall',
    signal: AbortSignal = new AbortController().signal,
    onPicture: () => void = () => undefined,
    images?: PictureDependencies['images'],
  ): Promise<{ readonly pictures: readonly StoredPicture[]; readonly result: PicturesResult }> {
    const service = new KinesisVideoService({
      region: 'eu-west-1',
      endpoint: this.simulator.endpoint,
      credentials: { kind: 'keys', accessKeyId: 'simulator', secretAccessKey: 'simulator' },
      clock: systemClock,
    });
    const pictures: StoredPicture[] = [];
    const asked: PictureRequest = {
      ...{ stream: { StreamName }, timestampType: 'PRODUCER_TIMESTAMP' },
      ...{ waitMs: 0, maxChunkBytes: 10_000_000, intervalMs: 0, tracks: [] },
      ...{ form: { as: 'jpeg', width: 0, quality: 80 }, source: 'auto', ...request },
    };
    const dependencies = {
      ...{ service, clock: systemClock, limiter: new CallLimiter() },
      ...{ budgets: this.#budgets, streamKey: StreamName, images: images ?? service },
    };
    const events = {
      picture: (picture: StoredPicture) => {
        pictures.push(picture);
        onPicture();
        return Promise.resolve();
      },
      error: () => undefined,
    };
    try {
      return { result: await makePictures(asked, dependencies, events, signal), pictures };
    } finally {
      service.close();
    }
  }

  /** All pictures of the fragments that show anything of a range, by the producer's clock. */
  pictures({ from, to }: { readonly from: number; readonly to: number }): Shown[] {
    return this.stream.fragments
      .filter(
        ({ ProducerTimestamp = 0, durationMs }) =>
          ProducerTimestamp < to && ProducerTimestamp + durationMs > from - 20_000,
      )
      .flatMap((fragment) => {
        const begin = fragment.ProducerTimestamp ?? 0;
        return this.#decode(fragment.chunk(0)).map(({ timeMs, hash }) => ({ timeMs: begin + timeMs, hash }));
      });
  }

  #decode(chunk: Buffer): readonly Shown[] {
    // What the service adds differs from fragment to fragment, what is shown does not.
    const key =
      String(chunk.length) + chunk.subarray(chunk.length >> 1, (chunk.length >> 1) + 64).toString('hex');
    const shown = this.#decoded.get(key) ?? picturesOf(chunk);
    this.#decoded.set(key, shown);
    return shown;
  }
}
