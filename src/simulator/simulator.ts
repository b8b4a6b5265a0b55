/** Puts the simulator together: streams, clock, credentials, faults, and the planes. */
import { EventEmitter } from 'node:events';
import { systemClock } from '../clock';
import { STREAM_NAME_PATTERN } from '../options';
import {
  ControlPlane,
  DataPlane,
  ARCHIVED_OPERATIONS,
  MEDIA_OPERATIONS,
  Service,
  Stats,
  addStream,
  controlOperations,
  pathsElsewhere,
  printable,
  type DataPlanes,
  type OperationTable,
  type SimulatorCredentials,
  type SimulatorEvents,
  type StreamMaker,
  type StreamStats,
} from './api';
import { FaultBook } from './faults';
import { CONNECT_TAGS, MediaLibrary, type Playable, type Profile } from './media';
import { seededRandom } from './random';
import {
  credentialsOf,
  limitsOf,
  serviceOptions,
  type SimulatorOptions,
  type StreamOptions,
} from './simulator-options';
import type { SimulatedStream, TagGroup } from './streams';

export interface SimulatorStats {
  /** Calls answered with an error, and requests of other sites' pages, which are refused unread. */
  readonly refused: number;
  readonly requests: ReturnType<Stats['of']>['requests'];
  readonly streams: Readonly<Record<string, StreamStats>>;
}

export class Simulator extends EventEmitter<SimulatorEvents> {
  readonly faults: FaultBook;
  readonly #options: SimulatorOptions;
  readonly #service: Service;
  readonly #control: ControlPlane;
  readonly #data: DataPlanes;
  readonly #library = new MediaLibrary();
  /** Begins the producers that start with the simulator. */
  readonly #waiting: (() => void)[] = [];
  /** Cancel the ends of producers that last for a while. */
  readonly #ends = new Set<() => void>();
  #started = false;

  constructor(options: SimulatorOptions = {}) {
    super();
    const { clock = systemClock, host = '127.0.0.1', tls, log } = options;
    const seed = options.seed ?? Math.floor(clock.random() * 2 ** 32);
    const random = seededRandom(seed);
    const settings = serviceOptions(options, seed, random);
    this.#options = options;
    this.faults = new FaultBook(random);
    const stats = new Stats(limitsOf(settings));
    this.#service = new Service(settings, credentialsOf(options), this.faults, stats, this);
    const plane = (here: OperationTable) =>
      new DataPlane(this.#service, { here, elsewhere: pathsElsewhere(here) }, host, tls);
    this.#data = { media: plane(MEDIA_OPERATIONS), archived: plane(ARCHIVED_OPERATIONS) };
    const control = { here: controlOperations(this.#data), elsewhere: pathsElsewhere() };
    const make: StreamMaker = (wanted) => this.addStream(wanted);
    this.#control = new ControlPlane(this.#service, control, make, host, tls);
    if (log !== undefined) {
      this.on('request', ({ operation, stream, statusCode, ErrorType, requestId }) => {
        log(printable([operation, stream ?? '-', statusCode, ErrorType ?? 'OK', requestId].join(' ')));
      });
    }
  }

  /** The control plane's URL; known once started. */
  get endpoint(): string {
    return this.#control.url;
  }

  /** The data plane's first URL; a stream that has moved has another. */
  get dataEndpoint(): string {
    return this.#data.media.url;
  }

  /** The first URL of the archived media's data plane. */
  get archiveEndpoint(): string {
    return this.#data.archived.url;
  }

  get streams(): ReadonlyMap<string, SimulatedStream> {
    return this.#service.streams;
  }

  get stats(): SimulatorStats {
    const { stats, streams } = this.#service;
    const planes = [this.#control, ...Object.values(this.#data)];
    return {
      refused: planes.reduce((sum, { refused }) => sum + refused, stats.refused),
      requests: stats.requests,
      streams: Object.fromEntries([...streams.keys()].map((name) => [name, stats.of(name)])),
    };
  }

  /** @throws the system's error (`EADDRINUSE`) if a port cannot be opened; nothing is left open then */
  async start(): Promise<{ readonly endpoint: string; readonly dataEndpoint: string }> {
    try {
      await this.#control.listen(this.#options.port ?? 0);
      await this.#data.media.listen(this.#options.dataPort ?? 0);
      await this.#data.archived.listen(this.#options.archivePort ?? 0);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#started = true;
    for (const begin of this.#waiting.splice(0)) {
      begin();
    }
    return { endpoint: this.endpoint, dataEndpoint: this.dataEndpoint };
  }

  /** Ends every producer, connection and timer. A stopped simulator cannot be started again. */
  async stop(): Promise<void> {
    this.#waiting.length = 0;
    for (const cancel of this.#ends) {
      cancel();
    }
    for (const stream of this.streams.values()) {
      stream.pauseProducer();
    }
    this.#service.stop();
    await Promise.all([this.#control, ...Object.values(this.#data)].map((plane) => plane.close()));
  }

  /**
   * Adds a stream, before or after the start.
   *
   * @throws {RangeError} for a name that is taken or malformed; the system's error for a file that cannot be
   *   read; {MediaError} for one that is not Matroska
   */
  addStream(options: StreamOptions): SimulatedStream {
    const { name, source = 'sample', profile = 'ffmpeg', recordedMs = 0 } = options;
    if (!STREAM_NAME_PATTERN.test(name)) {
      throw new RangeError(
        `"${name}" cannot be a stream's name: letters, digits, _ . - and at most 256 of them.`,
      );
    }
    if (this.streams.has(name)) {
      throw new RangeError(`There is a stream "${name}" already.`);
    }
    const media = source === 'none' ? undefined : this.#library.load(source, profile, options.replay);
    const stream = addStream(this.#service, name, {
      profile,
      mediaType: media?.kind === 'playable' ? media.playable.mediaType : undefined,
      ageMs: recordedMs,
      resourceTags: new Map(Object.entries(options.resourceTags ?? {})),
      retentionMs: options.retentionMs ?? this.#service.options.retentionMs + recordedMs,
    });
    if (media?.kind === 'recording') {
      stream.retain(media.chunks, true);
    } else if (media?.kind === 'playable') {
      const tags = options.tags?.map((pair) => [pair] as const) ?? defaultTags(name, profile);
      this.#produce(stream, media.playable, tags, options);
    }
    return stream;
  }

  /** Takes a stream away, as DeleteStream does; open responses continue until they are idle. */
  removeStream(name: string): void {
    this.#service.removeStream(name);
  }

  /** Changes who may call. Former credentials answer ExpiredTokenException from now on. */
  setCredentials(credentials: SimulatorCredentials): void {
    this.#service.expiredCredentials.push(this.#service.credentials);
    this.#service.credentials = credentials;
  }

  #endAfter(stream: SimulatedStream, ms: number | undefined): void {
    if (ms !== undefined) {
      const cancel = this.#service.options.clock.after(ms, () => {
        this.#ends.delete(cancel);
        stream.pauseProducer();
      });
      this.#ends.add(cancel);
    }
  }

  #produce(
    stream: SimulatedStream,
    playable: Playable,
    tags: readonly TagGroup[],
    options: StreamOptions,
  ): void {
    const { live = true, prefillMs = 0, recordedMs = 0, recordedGaps: gaps = [], phase = 0 } = options;
    const producer = stream.attach(playable, tags);
    const begin = () => {
      if (recordedMs > 0) {
        const { seed } = this.#service.options.archive;
        stream.record(playable, tags, { lengthMs: recordedMs, gaps, seed });
      }
      const aheadMs = phase * (playable.pieces[0]?.durationMs ?? 0);
      const historyMs = recordedMs > 0 ? 0 : prefillMs;
      if (live) {
        producer.start(recordedMs > 0 ? 0 : historyMs + aheadMs);
        this.#endAfter(stream, options.lastsMs);
      } else {
        producer.prefill(historyMs);
      }
    };
    if (live && !this.#started) {
      this.#waiting.push(() => {
        if (this.streams.get(stream.name) === stream) {
          begin();
        }
      });
    } else {
      begin();
    }
  }
}

function defaultTags(name: string, profile: Profile): readonly TagGroup[] {
  switch (profile) {
    case 'aws-sdk':
      return [[['stream', name]], [['producer', 'aws-sdk']]];
    case 'amazon-connect':
      return CONNECT_TAGS;
    case 'ffmpeg':
    case 'mkvmerge':
      return [];
  }
}
