/** Puts the simulator together: streams, clock, credentials, faults, and the two planes. */
import { EventEmitter } from 'node:events';
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import { STREAM_NAME_PATTERN } from '../options';
import { admin } from './api/admin';
import { CONNECT_TAGS } from './media/connect-call';
import { controlPlane } from './api/control-plane';
import { DataPlanes } from './api/data-plane';
import type { SimulatorEvents } from './api/events';
import { FaultBook } from './faults/fault-book';
import type { TlsOptions } from './api/http-plane';
import { HttpPlane } from './api/http-plane';
import { isPush, push } from './ingest';
import { isLoopbackHost } from './api/loopback';
import type { MediaSource } from './media/media-library';
import { MediaLibrary } from './media/media-library';
import type { Profile } from './media/playable';
import { printable } from './api/printable';
import type { Producer, TagGroup } from './streams/producer';
import { seededRandom } from './random';
import type { HeaderStyle } from './api/responses';
import { Service } from './api/service';
import type { SimulatorCredentials } from './api/sigv4';
import type { StreamStats } from './api/stats';
import { Stats } from './api/stats';
import type { SimulatedStream } from './streams/stream';
import { createStream } from './api/create-stream';

export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Control plane and data plane; 0 (the default): any free port. */
  readonly port?: number;
  readonly dataPort?: number;
  /** Both `simulator` by default. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Where it is given, requests must carry it. */
  readonly sessionToken?: string;
  /** The only region that signatures may be scoped to; default: any, and ARNs say us-east-1. */
  readonly region?: string;
  readonly accountId?: string;
  /** All the simulator's time goes through it. */
  readonly clock?: Clock;
  /** Seeds everything left to chance (fragment numbers' noise, slices, corruption); default: from the clock. */
  readonly seed?: number;
  /** A response ends after this long without media; default 3000. */
  readonly idleEndMs?: number;
  /** A response ends at this age; default 45 minutes. */
  readonly maxSessionMs?: number;
  /** GetMedia, GetDataEndpoint and DescribeStream calls per stream; default 5. */
  readonly callsPerSecond?: number;
  /** GetMedia connections per stream; default 3. */
  readonly connectionsPerStream?: number;
  /** A signature may be off by this much; default 15 minutes. */
  readonly maxSkewMs?: number;
  readonly errorHeaderStyle?: HeaderStyle;
  /** CONTINUATION_TOKEN begins with the chunk it names, not after it; default false. */
  readonly tokensInclusive?: boolean;
  /** Most that a GetMedia response is sent; default 25 MB a second, as the service has it. */
  readonly getMediaBytesPerSecond?: number;
  /** Most that is read of a PutMedia request; default 12.5 MB and five fragments a second, as the service has it. */
  readonly putMediaBytesPerSecond?: number;
  readonly putMediaFragmentsPerSecond?: number;
  /** Pushed media in memory, of all streams; default 1 GiB. The oldest is forgotten first. */
  readonly mostBytes?: number;
  /** What streams keep, unless they say otherwise, ms; default one hour. 0: five minutes or 200 MB. */
  readonly retentionMs?: number;
  /** What an unknown fragment number or token gets; default: 200 and in-band error 4000. */
  readonly unknownFragment?: 'in-band-error' | 'invalid-argument';
  /** Both planes over https. */
  readonly tls?: TlsOptions;
  /** One line per call, safe to show in a terminal. */
  readonly log?: (line: string) => void;
}

export interface StreamOptions {
  readonly name: string;
  /** Default: the built-in sample, 12 s of H.264 and AAC (`amazon-connect`: a call). A recorded GetMedia response is served as it is. */
  readonly source?: MediaSource;
  /** Default `ffmpeg`. */
  readonly profile?: Profile;
  /** Produce in real time from the simulator's start on; default true. Otherwise see `produce` and `ingest`. */
  readonly live?: boolean;
  /** Media already retained at the start, ms; default 0. */
  readonly prefillMs?: number;
  /** Default: the simulator's; 0: five minutes or 200 MB. */
  readonly retentionMs?: number;
  /** Custom tags after each Cluster, each in a Tags element of its own. Default: by profile. */
  readonly tags?: readonly (readonly [name: string, value: string])[];
}

export interface SimulatorStats {
  /** Calls answered with an error, and requests of other sites' pages, which are refused unread. */
  readonly refused: number;
  readonly requests: ReturnType<Stats['of']>['requests'];
  readonly streams: Readonly<Record<string, StreamStats>>;
}

const MINUTE = 60_000;

export class Simulator extends EventEmitter<SimulatorEvents> {
  readonly faults: FaultBook;
  readonly #options: SimulatorOptions;
  readonly #random: () => number;
  readonly #service: Service;
  readonly #control: HttpPlane;
  readonly #data: DataPlanes;
  readonly #library = new MediaLibrary();
  /** Producers that begin with the simulator, and how much history each has. */
  readonly #waiting: { readonly producer: Producer; readonly prefillMs: number }[] = [];
  #started = false;

  constructor(options: SimulatorOptions = {}) {
    super();
    const { clock = systemClock, host = '127.0.0.1', callsPerSecond = 5 } = options;
    this.#options = options;
    this.#random = seededRandom(options.seed ?? Math.floor(clock.random() * 2 ** 32));
    this.faults = new FaultBook(this.#random);
    this.#service = new Service(
      {
        clock,
        random: this.#random,
        region: options.region,
        accountId: options.accountId ?? '111122223333',
        maxSkewMs: options.maxSkewMs ?? 15 * MINUTE,
        errorHeaderStyle: options.errorHeaderStyle ?? 'plain',
        idleEndMs: options.idleEndMs ?? 3000,
        maxSessionMs: options.maxSessionMs ?? 45 * MINUTE,
        callsPerSecond,
        connectionsPerStream: options.connectionsPerStream ?? 3,
        tokensInclusive: options.tokensInclusive ?? false,
        unknownFragment: options.unknownFragment ?? 'in-band-error',
        getMediaBytesPerSecond: options.getMediaBytesPerSecond ?? 25_000_000,
        putMediaBytesPerSecond: options.putMediaBytesPerSecond ?? 12_500_000,
        putMediaFragmentsPerSecond: options.putMediaFragmentsPerSecond ?? 5,
        mostBytes: options.mostBytes ?? 1024 * 1024 * 1024,
        retentionMs: options.retentionMs ?? 60 * MINUTE,
      },
      credentialsOf(options),
      this.faults,
      new Stats(callsPerSecond),
      this,
    );
    this.#data = new DataPlanes(this.#service, host, options.tls);
    this.#control = new HttpPlane(
      host,
      options.tls,
      controlPlane(
        this.#service,
        this.#data,
        () => this.#control,
        (request, response) =>
          push(
            { service: this.#service, plane: this.#control, enabled: isLoopbackHost(host) },
            request,
            response,
          ) || admin(this.#service, request, response),
      ),
      isPush,
    );
    const { log } = options;
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
    return this.#data.url;
  }

  get streams(): ReadonlyMap<string, SimulatedStream> {
    return this.#service.streams;
  }

  get stats(): SimulatorStats {
    const { stats, streams } = this.#service;
    return {
      refused: stats.refused + this.#control.refused + this.#data.refused,
      requests: stats.requests,
      streams: Object.fromEntries([...streams.keys()].map((name) => [name, stats.of(name)])),
    };
  }

  /** @throws the system's error (`EADDRINUSE`) where a port cannot be had; nothing is left open then */
  async start(): Promise<{ readonly endpoint: string; readonly dataEndpoint: string }> {
    try {
      await this.#control.listen(this.#options.port ?? 0);
      await this.#data.listen(this.#options.dataPort ?? 0);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#started = true;
    for (const { producer, prefillMs } of this.#waiting.splice(0)) {
      producer.start(prefillMs);
    }
    return { endpoint: this.endpoint, dataEndpoint: this.dataEndpoint };
  }

  /** Ends every producer, connection and timer. A stopped simulator cannot be started again. */
  async stop(): Promise<void> {
    this.#waiting.length = 0;
    for (const stream of this.streams.values()) {
      stream.pauseProducer();
    }
    this.#service.stop();
    await Promise.all([this.#control.close(), this.#data.close()]);
  }

  /**
   * Adds a stream, before or after the start.
   *
   * @throws {RangeError} for a name that is taken or malformed; the system's error for a file that cannot be
   *   read; {MediaError} for one that is not Matroska
   */
  addStream(options: StreamOptions): SimulatedStream {
    const { name, source = 'sample', profile = 'ffmpeg', live = true, prefillMs = 0 } = options;
    if (!STREAM_NAME_PATTERN.test(name)) {
      throw new RangeError(
        `"${name}" cannot be a stream's name: letters, digits, _ . - and at most 256 of them.`,
      );
    }
    if (this.streams.has(name)) {
      throw new RangeError(`There is a stream "${name}" already.`);
    }
    const media = source === 'none' ? undefined : this.#library.load(source, profile);
    const stream = createStream(this.#service, name, {
      profile,
      mediaType: media?.kind === 'playable' ? media.playable.mediaType : undefined,
      ...(options.retentionMs === undefined ? {} : { retentionMs: options.retentionMs }),
    });
    if (media?.kind === 'recording') {
      stream.retain(media.chunks, true);
    } else if (media?.kind === 'playable') {
      const producer = stream.attach(
        media.playable,
        options.tags?.map((pair) => [pair]) ?? defaultTags(name, profile),
      );
      this.#begin(producer, live, prefillMs);
    }
    return stream;
  }

  /** Takes a stream away, as DeleteStream does; open responses go on until they are idle. */
  removeStream(name: string): void {
    this.streams.get(name)?.pauseProducer();
    this.#service.streams.delete(name);
  }

  /** Changes who may call. Former credentials answer ExpiredTokenException from now on. */
  setCredentials(credentials: SimulatorCredentials): void {
    this.#service.expiredCredentials.push(this.#service.credentials);
    this.#service.credentials = credentials;
  }

  #begin(producer: Producer, live: boolean, prefillMs: number): void {
    if (!live) {
      producer.prefill(prefillMs);
    } else if (this.#started) {
      producer.start(prefillMs);
    } else {
      this.#waiting.push({ producer, prefillMs });
    }
  }
}

function credentialsOf(options: SimulatorOptions): SimulatorCredentials {
  const { accessKeyId = 'simulator', secretAccessKey = 'simulator', sessionToken } = options;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
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
