/**
 * Every error that the service, the network or this package names, with its class and what a person can do.
 * The class alone decides what the session does (see `retry-policy.ts`). Names: the API pages of GetMedia and
 * GetDataEndpoint, the common errors of AWS APIs, and the in-band ids of GetMedia's response.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/CommonErrors.html
 */
import { tlsAdvice } from './tls-advice';
import { actionsOf, isDataOperation, type DataOperation } from '../kinesis-video';

/**
 * - `throttled`: too many calls or readers; wait, with growing pauses
 * - `transient`: the same call may succeed in a moment
 * - `endpoint`: the data endpoint has moved; ask for it again
 * - `credentials`: they have expired; resolve them again
 * - `clock`: this machine's clock is off; sign with the service's
 * - `position`: the service no longer knows where to continue; fall back
 * - `refused`: right, key or stream missing; may be fixed elsewhere, so ask again, slowly
 * - `configuration`: the settings of this reader are wrong; stop
 */
export const ERROR_CLASSES = [
  'throttled',
  'transient',
  'endpoint',
  'credentials',
  'clock',
  'position',
  'refused',
  'configuration',
] as const;

export type ErrorClass = (typeof ERROR_CLASSES)[number];

export interface ErrorRow {
  readonly class: ErrorClass;
  /** What a person can do, in whole sentences; empty where there is nothing to do. */
  readonly advice: string;
}

function rightsOf(operation: DataOperation): string {
  const actions = actionsOf(operation).join(' and ');
  return `Allow the actions ${actions} on the stream, and kms:Decrypt on its key if it is your own.`;
}

const RIGHTS = rightsOf('GetMedia');
/** Listing is only for choosing a stream; reading one does without. */
const OTHER_RIGHTS: Readonly<Partial<Record<string, string>>> = {
  Credentials:
    'Allow sts:AssumeRole on the role, and let the role’s trust policy name who assumes it, with the external id if it asks for one. For AWS IoT: allow iot:AssumeRoleWithCertificate on the role alias.',
  ListStreams: 'Allow the action kinesisvideo:ListStreams, or type the stream’s name: reading needs no list.',
};
const KEYS = 'Check the access key id, the secret access key and, for temporary keys, the session token.';
const KMS =
  'Check the state of the stream’s KMS key and that these credentials may call kms:Decrypt with it.';
const CLOCK = 'Set the clock of this machine, best by NTP.';
const SETTINGS = 'Check the settings of the stream and of the account.';
const CODECS =
  'AWS does this for H.264 or H.265 video in track 1 and AAC or G.711 audio in track 2; read other media as chunks.';
const CODEC_DATA = 'Let the producer send the codec’s private data, in the form that MP4 has.';
/** What is neither AWS's nor the network's fails again until someone changes something. */
const LOCAL =
  'It comes neither from AWS nor from the network: check the settings of the account and the environment variables that begin with AWS_.';
const WAIT = '';

export const ERROR_TABLE: Readonly<Record<string, ErrorRow>> = {
  ClientLimitExceededException: {
    class: 'throttled',
    advice: 'A stream takes 5 GetMedia calls a second from all its readers together.',
  },
  ConnectionLimitExceededException: {
    class: 'throttled',
    advice: 'Other readers hold the 3 connections that a stream allows. End one of them.',
  },
  LimitExceededException: { class: 'throttled', advice: WAIT },
  RequestLimitExceeded: { class: 'throttled', advice: WAIT },
  Throttling: { class: 'throttled', advice: WAIT },
  ThrottlingException: { class: 'throttled', advice: WAIT },
  ThrottledException: { class: 'throttled', advice: WAIT },
  TooManyRequestsException: { class: 'throttled', advice: WAIT },
  SlowDown: { class: 'throttled', advice: WAIT },

  InternalFailure: { class: 'transient', advice: WAIT },
  InternalFailureException: { class: 'transient', advice: WAIT },
  InternalServerError: { class: 'transient', advice: WAIT },
  InternalServerException: { class: 'transient', advice: WAIT },
  ServiceUnavailable: { class: 'transient', advice: WAIT },
  ServiceUnavailableException: { class: 'transient', advice: WAIT },
  RequestTimeout: { class: 'transient', advice: WAIT },
  InvalidCaBundle: {
    class: 'refused',
    advice:
      'Correct AWS_CA_BUNDLE, or ca_bundle of the profile: it is a file of PEM certificates that this process may read.',
  },
  NetworkError: {
    class: 'transient',
    advice: 'If it stays so, check DNS, firewall and proxy between this machine and the service.',
  },
  StalledStream: {
    class: 'transient',
    advice: 'If it happens often, look at the network between this machine and the service.',
  },
  MalformedMedia: {
    class: 'transient',
    advice: 'If it stays so, look for a proxy that changes or replaces responses.',
  },
  TruncatedChunk: { class: 'transient', advice: 'See whether the producer breaks off in mid-fragment.' },
  ChunkTooLarge: {
    class: 'transient',
    advice: 'Raise the largest chunk in the settings, or let the producer make shorter fragments.',
  },
  TagTooLarge: {
    class: 'transient',
    advice:
      'A tag has at most 256 KiB, the tags of a chunk 1 MiB and a number of 4,096. Let the producer put large values into the media or into a separate store.',
  },
  FragmentGap: {
    class: 'transient',
    advice: 'If media must not be lost, give the stream a longer retention.',
  },
  StreamSilent: {
    class: 'transient',
    advice: 'See whether the camera or whatever else sends to the stream is on and connected.',
  },
  AckTimeout: {
    class: 'transient',
    advice: 'See which branch of the flow does not send its messages back with the action "ack".',
  },

  InvalidEndpointException: { class: 'endpoint', advice: WAIT },

  ExpiredToken: { class: 'credentials', advice: 'Renew the session token in the account’s settings.' },
  ExpiredTokenException: {
    class: 'credentials',
    advice: 'Renew the session token in the account’s settings.',
  },
  TokenRefreshRequired: {
    class: 'credentials',
    advice: 'Renew the session token in the account’s settings.',
  },

  RequestExpired: { class: 'clock', advice: CLOCK },
  RequestInTheFuture: { class: 'clock', advice: CLOCK },
  RequestTimeTooSkewed: { class: 'clock', advice: CLOCK },

  AccessDenied: { class: 'refused', advice: RIGHTS },
  AccessDeniedException: { class: 'refused', advice: RIGHTS },
  NotAuthorized: { class: 'refused', advice: RIGHTS },
  NotAuthorizedException: { class: 'refused', advice: RIGHTS },
  OptInRequired: {
    class: 'refused',
    advice: 'Subscribe the account to Kinesis Video Streams in this region.',
  },
  ResourceNotFoundException: {
    class: 'refused',
    advice: 'Check the stream’s name, the region and the account.',
  },
  UnrecognizedClientException: { class: 'refused', advice: KEYS },
  InvalidClientTokenId: { class: 'refused', advice: KEYS },
  InvalidAccessKeyId: { class: 'refused', advice: KEYS },
  InvalidSignatureException: { class: 'refused', advice: KEYS },
  SignatureDoesNotMatch: { class: 'refused', advice: KEYS },
  MissingCredentials: {
    class: 'refused',
    advice: 'Type keys in the account’s settings, or make the chosen source available to this process.',
  },
  CredentialsUnavailable: {
    class: 'transient',
    advice: 'If it stays so, try the source as the user that runs this process.',
  },
  IDPCommunicationError: { class: 'transient', advice: WAIT },
  MissingAuthenticationToken: { class: 'refused', advice: 'See whether a proxy takes headers away.' },
  MissingAuthenticationTokenException: {
    class: 'refused',
    advice: 'See whether a proxy takes headers away.',
  },
  IncompleteSignature: { class: 'refused', advice: 'See whether a proxy changes headers.' },
  IncompleteSignatureException: { class: 'refused', advice: 'See whether a proxy changes headers.' },
  InvalidEndpoint: { class: 'refused', advice: 'Check the endpoint in the account’s settings.' },

  NoMediaInRange: {
    class: 'configuration',
    advice: 'Check the time range, and whether it is meant by the camera’s clock or by that of AWS.',
  },
  NoDataRetentionException: {
    class: 'configuration',
    advice: 'Give the stream a retention: without one AWS stores nothing.',
  },
  UnsupportedStreamMediaTypeException: { class: 'configuration', advice: CODECS },
  MissingCodecPrivateDataException: { class: 'configuration', advice: CODEC_DATA },
  InvalidCodecPrivateDataException: { class: 'configuration', advice: CODEC_DATA },
  InvalidMediaFrameException: {
    class: 'configuration',
    advice: 'See whether the producer sends frames of the codec that it names.',
  },

  MalformedCredentials: {
    class: 'configuration',
    advice: 'Correct the value where it is kept, then start again.',
  },
  EndpointError: {
    class: 'configuration',
    advice:
      'FIPS and dual-stack endpoints exclude an endpoint of your own: switch them off in the account’s settings, or take AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT out of the environment.',
  },
  InvalidArgumentException: { class: 'configuration', advice: SETTINGS },
  InvalidInput: { class: 'configuration', advice: SETTINGS },
  InvalidParameterCombination: { class: 'configuration', advice: SETTINGS },
  InvalidParameterValue: { class: 'configuration', advice: SETTINGS },
  InvalidQueryParameter: { class: 'configuration', advice: SETTINGS },
  MalformedQueryString: { class: 'configuration', advice: SETTINGS },
  MissingAction: { class: 'configuration', advice: SETTINGS },
  MissingParameter: { class: 'configuration', advice: SETTINGS },
  InvalidAction: { class: 'configuration', advice: SETTINGS },
  UnknownOperationException: {
    class: 'configuration',
    advice: 'Check the endpoint in the account’s settings.',
  },
  ValidationError: { class: 'configuration', advice: SETTINGS },
  ValidationException: { class: 'configuration', advice: SETTINGS },
};

/** What a person can do where a call about stored media failed, rather than GetMedia. */
const ARCHIVE_ADVICE: ReadonlyMap<ErrorRow | undefined, string> = new Map([
  [ERROR_TABLE['InvalidArgumentException'], 'Check that the time range lies within the stream’s retention.'],
  [
    ERROR_TABLE['ClientLimitExceededException'],
    'All clients of a stream share its limits for stored media: 10,000 listed and 500 fetched fragments a second.',
  ],
  [
    ERROR_TABLE['ConnectionLimitExceededException'],
    'Other clients hold the 5 connections for stored media that a stream allows. End one of them.',
  ],
]);

export interface InBandRow extends ErrorRow {
  /** The stable name, since the service's own text is a description. */
  readonly ErrorType: string;
  readonly meaning: string;
}

const NOT_FOUND = {
  class: 'position',
  ErrorType: 'FRAGMENT_NOT_FOUND',
  meaning: 'the service does not know the requested fragment',
  advice: 'If media must not be lost, give the stream a longer retention.',
} as const;

function keyRow(ErrorType: string, meaning: string): InBandRow {
  return { class: 'refused', ErrorType, meaning, advice: KMS };
}

/** AWS_KINESISVIDEO_ERROR_ID of an error inside a response with status 200. */
export const IN_BAND_TABLE: Readonly<Record<number, InBandRow>> = {
  3000: NOT_FOUND,
  3002: {
    class: 'transient',
    ErrorType: 'STREAM_WRITE_ERROR',
    meaning: 'the service failed to write the stream',
    advice: WAIT,
  },
  4000: NOT_FOUND,
  4500: keyRow('KMS_KEY_ACCESS_DENIED', 'access to the stream’s KMS key is denied'),
  4501: keyRow('KMS_KEY_DISABLED', 'the stream’s KMS key is disabled'),
  4502: keyRow('KMS_KEY_VALIDATION_ERROR', 'the stream’s KMS key failed validation'),
  4503: keyRow('KMS_KEY_UNAVAILABLE', 'the stream’s KMS key is unavailable'),
  4504: keyRow('KMS_KEY_INVALID_USAGE', 'the stream’s KMS key cannot be used for this'),
  4505: keyRow('KMS_KEY_INVALID_STATE', 'the stream’s KMS key is in an invalid state'),
  4506: keyRow('KMS_KEY_NOT_FOUND', 'the stream’s KMS key was not found'),
  5000: {
    class: 'transient',
    ErrorType: 'INTERNAL_ERROR',
    meaning: 'the service had an internal error',
    advice: WAIT,
  },
};

/** The service accepts a signature that is up to 5 minutes off, so a smaller skew is not what made it refuse. */
const SKEW_MS = 4 * 60_000;

/** What of an error decides its class. */
export interface ErrorTraits {
  readonly ErrorType: string;
  readonly ErrorId?: number | undefined;
  readonly statusCode: number | null;
  /** The service's clock minus this machine's as used for signing, ms; undefined where unknown. */
  readonly clockSkewMs?: number | undefined;
  /** The call named a position (token, fragment number) that came from the stream, not from the settings. */
  readonly usedPosition?: boolean | undefined;
  /** The call that failed, where its rights are other than those of reading. */
  readonly operation?: string | undefined;
  /** The network's own name of a `NetworkError`, such as ECONNRESET. */
  readonly code?: string | undefined;
}

/** The row of an error. Unknown names are judged by their HTTP status. */
export function errorRow(traits: ErrorTraits): ErrorRow {
  const inBand = traits.ErrorId === undefined ? undefined : IN_BAND_TABLE[traits.ErrorId];
  const row = inBand ?? ownRow(traits.ErrorType) ?? rowOfStatus(traits.statusCode);
  if (row.class === 'configuration' && traits.usedPosition === true && isArgumentError(traits.ErrorType)) {
    return { ...row, class: 'position' };
  }
  if (isSignatureError(traits.ErrorType) && Math.abs(traits.clockSkewMs ?? 0) >= SKEW_MS) {
    return { class: 'clock', advice: CLOCK };
  }
  const tls = traits.ErrorType === 'NetworkError' ? tlsAdvice(traits.code ?? '') : undefined;
  const advice = tls ?? adviceFor(row, traits.operation ?? '');
  return advice === row.advice ? row : { ...row, advice };
}

/** The advice for the call that failed, where the table's own speaks of GetMedia. */
function adviceFor(row: ErrorRow, operation: string): string {
  if (row.advice === RIGHTS) {
    return OTHER_RIGHTS[operation] ?? (isDataOperation(operation) ? rightsOf(operation) : RIGHTS);
  }
  const isArchived = isDataOperation(operation) && operation !== 'GetMedia';
  return isArchived ? (ARCHIVE_ADVICE.get(row) ?? row.advice) : row.advice;
}

function ownRow(ErrorType: string): ErrorRow | undefined {
  return Object.hasOwn(ERROR_TABLE, ErrorType) ? ERROR_TABLE[ErrorType] : undefined;
}

function rowOfStatus(statusCode: number | null): ErrorRow {
  if (statusCode === 429) {
    return { class: 'throttled', advice: WAIT };
  }
  if (statusCode === null) {
    return { class: 'refused', advice: LOCAL };
  }
  if (statusCode >= 500 || statusCode < 400) {
    return { class: 'transient', advice: WAIT };
  }
  return { class: 'refused', advice: statusCode === 401 || statusCode === 403 ? RIGHTS : SETTINGS };
}

function isArgumentError(ErrorType: string): boolean {
  return ErrorType === 'InvalidArgumentException' || ErrorType === 'ValidationException';
}

function isSignatureError(ErrorType: string): boolean {
  return ErrorType === 'InvalidSignatureException' || ErrorType === 'SignatureDoesNotMatch';
}
