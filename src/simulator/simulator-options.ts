/** What a simulator and its streams can be told, and the defaults. */
import { systemClock, type Clock } from '../clock';
import type { Limits, ServiceOptions, SimulatorCredentials, TlsOptions } from './api';
import { OPERATIONS, type HeaderStyle, type Operation } from './faults';
import type { MediaSource, Profile } from './media';
import type { RecordedGap } from './streams';

export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Ports of the control plane, the data plane and the data plane of archived media. 0, the default, takes a free port. */
  readonly port?: number;
  readonly dataPort?: number;
  readonly archivePort?: number;
  /** Both `simulator` by default. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** If it is given, requests must carry it. */
  readonly sessionToken?: string;
  /** The only region whose signatures are accepted. By default every region is, and ARNs say us-west-2. */
  readonly region?: string;
  readonly accountId?: string;
  /** The simulator's only source of time. */
  readonly clock?: Clock;
  /** Seeds everything left to chance (fragment numbers' noise, slices, corruption); default: from the clock. */
  readonly seed?: number;
  /** A response ends after this long without media; default 3000. */
  readonly idleEndMs?: number;
  /** A response ends at this age; default 45 minutes. */
  readonly maxSessionMs?: number;
  /** Calls of an operation per stream: GetMedia, GetDataEndpoint, DescribeStream, and those for tags; default 5. */
  readonly callsPerSecond?: number;
  /**
   * Calls of an operation for all streams together. Default, as the service has it: 300 GetDataEndpoint and DescribeStream,
   * 50 ListStreams and those that create, change, delete or tag streams, but never less than `callsPerSecond`.
   */
  readonly accountCallsPerSecond?: Readonly<Partial<Record<Operation, number>>>;
  /** GetMedia connections per stream; default 3. */
  readonly connectionsPerStream?: number;
  /** A fragment is listed at most this long after it is complete, ms; default 1000. How long is left to chance for each. */
  readonly listDelayMs?: number;
  /** The same for its media, which until then are an in-band error 3000; default 1000. */
  readonly mediaDelayMs?: number;
  /** GetMediaForFragmentList connections per stream; default 5. */
  readonly listConnectionsPerStream?: number;
  /** What calls of the archived media may cost per stream; default 10,000 and 500 points a second. */
  readonly metadataPointsPerSecond?: number;
  readonly mediaPointsPerSecond?: number;
  /** A signature may be off by this much; default 15 minutes. */
  readonly maxSkewMs?: number;
  /** Default: `plain`, and for archived media `decorated`, as in real answers. */
  readonly errorHeaderStyle?: HeaderStyle;
  /** CONTINUATION_TOKEN begins with the chunk it names, not after it; default false. */
  readonly tokensInclusive?: boolean;
  /** The most that a response of media is sent; default 25 MB a second, as the service has it. */
  readonly getMediaBytesPerSecond?: number;
  /** Fragments per second that a GetMedia response gets at most. Unlimited by default; the service's limit is 5. */
  readonly getMediaFragmentsPerSecond?: number;
  /** The most that is read of a PutMedia request; default 12.5 MB and five fragments a second, as the service has it. */
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
  /** Default: the built-in sample, 12 s of H.264 and AAC (`amazon-connect`: a call). A recorded GetMedia response is served as it is (but see `replay`). */
  readonly source?: MediaSource;
  /** A recorded GetMedia response is produced anew in real time, in a loop, with times and numbers of now; default false. */
  readonly replay?: boolean;
  /** Default `ffmpeg`. */
  readonly profile?: Profile;
  /** Produce in real time from the simulator's start on; default true. Otherwise see `produce` and `ingest`. */
  readonly live?: boolean;
  /** The producer ends after so long, ms; the stream stays. Default: it never ends. */
  readonly lastsMs?: number;
  /** How far into its first fragment the producer is when it begins, from 0 (the default) to 1, so that the fragments of many streams do not end at once. */
  readonly phase?: number;
  /** Media already retained at the start, ms; default 0. */
  readonly prefillMs?: number;
  /**
   * Media of the past, ms before the start: the same, but each fragment is made when it is asked for, so that a day
   * takes no memory. Unless `retentionMs` is given, the stream keeps so much more. Has no meaning for a recorded response.
   */
  readonly recordedMs?: number;
  /** Times in that past without media. */
  readonly recordedGaps?: readonly RecordedGap[];
  /** Default: the simulator's; 0: five minutes or 200 MB. */
  readonly retentionMs?: number;
  /** Custom tags after each Cluster, each in a Tags element of its own. Default: by profile. */
  readonly tags?: readonly (readonly [name: string, value: string])[];
  /** Tags of the stream as a resource of the account, as TagStream sets them. */
  readonly resourceTags?: Readonly<Record<string, string>>;
}

const MINUTE = 60_000;

/** The options as the API takes them, with defaults for what is not given. */
export function serviceOptions(
  options: SimulatorOptions,
  seed: number,
  random: () => number,
): ServiceOptions {
  return {
    clock: options.clock ?? systemClock,
    random,
    region: options.region,
    accountId: options.accountId ?? '111122223333',
    maxSkewMs: options.maxSkewMs ?? 15 * MINUTE,
    errorHeaderStyle: options.errorHeaderStyle,
    idleEndMs: options.idleEndMs ?? 3000,
    maxSessionMs: options.maxSessionMs ?? 45 * MINUTE,
    callsPerSecond: options.callsPerSecond ?? 5,
    accountCallsPerSecond: accountLimits(options),
    connectionsPerStream: options.connectionsPerStream ?? 3,
    archive: {
      seed,
      listDelayMs: options.listDelayMs ?? 1000,
      mediaDelayMs: options.mediaDelayMs ?? 1000,
      connectionsPerStream: options.listConnectionsPerStream ?? 5,
      metadataPointsPerSecond: options.metadataPointsPerSecond ?? 10_000,
      mediaPointsPerSecond: options.mediaPointsPerSecond ?? 500,
    },
    tokensInclusive: options.tokensInclusive ?? false,
    unknownFragment: options.unknownFragment ?? 'in-band-error',
    getMediaBytesPerSecond: options.getMediaBytesPerSecond ?? 25_000_000,
    getMediaFragmentsPerSecond: options.getMediaFragmentsPerSecond ?? Infinity,
    putMediaBytesPerSecond: options.putMediaBytesPerSecond ?? 12_500_000,
    putMediaFragmentsPerSecond: options.putMediaFragmentsPerSecond ?? 5,
    mostBytes: options.mostBytes ?? 1024 * 1024 * 1024,
    retentionMs: options.retentionMs ?? 60 * MINUTE,
  };
}

/** https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/limits.html */
const ACCOUNT_CALLS_PER_SECOND: Readonly<Partial<Record<Operation, number>>> = {
  GetDataEndpoint: 300,
  DescribeStream: 300,
  ListStreams: 50,
  CreateStream: 50,
  DeleteStream: 50,
  UpdateDataRetention: 50,
  TagStream: 50,
  UntagStream: 50,
  ListTagsForStream: 50,
};

/** An account may do at least what one stream may. */
function accountLimits({
  callsPerSecond = 0,
  accountCallsPerSecond,
}: SimulatorOptions): Readonly<Partial<Record<Operation, number>>> {
  const limits: Partial<Record<Operation, number>> = { ...ACCOUNT_CALLS_PER_SECOND };
  for (const operation of OPERATIONS) {
    const limit = limits[operation];
    if (limit !== undefined) {
      limits[operation] = Math.max(limit, callsPerSecond);
    }
  }
  return { ...limits, ...accountCallsPerSecond };
}

export function limitsOf({ callsPerSecond, accountCallsPerSecond, archive }: ServiceOptions): Limits {
  return {
    ...{ callsPerSecond, accountCallsPerSecond },
    pointsPerSecond: { metadata: archive.metadataPointsPerSecond, media: archive.mediaPointsPerSecond },
  };
}

/** Whose signatures are accepted. */
export function credentialsOf(options: SimulatorOptions): SimulatorCredentials {
  const { accessKeyId = 'simulator', secretAccessKey = 'simulator', sessionToken } = options;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
