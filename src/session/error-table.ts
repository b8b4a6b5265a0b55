/**
 * Every error that the service, the network or this package names, with its class and what a person can do. The class
 * alone decides what the session does (see `retry-policy.ts`); `error-report.ts` shows how the sentence of an error is
 * put together. Names: the API pages of GetMedia and GetDataEndpoint, the common errors of AWS APIs, and the in-band
 * ids of GetMedia's response.
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html
 * https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/CommonErrors.html
 */
import { actionsOf, isDataOperation } from '../kinesis-video';
import type { AdviceKey, MeaningKey } from './session-statements';
import { tlsAdvice } from './tls-advice';

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
  /** What a person can do; absent where there is nothing to do. */
  readonly advice?: AdviceKey;
  /** The IAM actions that the advice `rights` names; reading a stream's where they are absent. */
  readonly actions?: readonly string[];
}

/** Calls whose advice says more than the name of the missing right, which `actionsOf` derives for every call. */
const SPECIAL_RIGHTS_ADVICE: Readonly<Partial<Record<string, AdviceKey>>> = {
  Credentials: 'roleRights',
  ListStreams: 'listRights',
  ListTagsForStream: 'tagRights',
};

export const ERROR_TABLE: Readonly<Record<string, ErrorRow>> = {
  ClientLimitExceededException: { class: 'throttled', advice: 'callLimit' },
  ConnectionLimitExceededException: { class: 'throttled', advice: 'connectionLimit' },
  LimitExceededException: { class: 'throttled' },
  RequestLimitExceeded: { class: 'throttled' },
  Throttling: { class: 'throttled' },
  ThrottlingException: { class: 'throttled' },
  ThrottledException: { class: 'throttled' },
  TooManyRequestsException: { class: 'throttled' },
  SlowDown: { class: 'throttled' },

  InternalFailure: { class: 'transient' },
  InternalFailureException: { class: 'transient' },
  InternalServerError: { class: 'transient' },
  InternalServerException: { class: 'transient' },
  ServiceUnavailable: { class: 'transient' },
  ServiceUnavailableException: { class: 'transient' },
  RequestTimeout: { class: 'transient' },
  InvalidCaBundle: { class: 'refused', advice: 'caBundle' },
  NetworkError: { class: 'transient', advice: 'network' },
  StalledStream: { class: 'transient', advice: 'stalled' },
  MalformedMedia: { class: 'transient', advice: 'malformed' },
  TruncatedChunk: { class: 'transient', advice: 'truncated' },
  ChunkTooLarge: { class: 'transient', advice: 'chunkTooLarge' },
  TagTooLarge: { class: 'transient', advice: 'tagTooLarge' },
  FragmentGap: { class: 'transient', advice: 'retention' },
  StreamSilent: { class: 'transient', advice: 'producer' },
  AckTimeout: { class: 'transient', advice: 'acknowledge' },

  InvalidEndpointException: { class: 'endpoint' },

  ExpiredToken: { class: 'credentials', advice: 'renewToken' },
  ExpiredTokenException: { class: 'credentials', advice: 'renewToken' },
  TokenRefreshRequired: { class: 'credentials', advice: 'renewToken' },

  RequestExpired: { class: 'clock', advice: 'clock' },
  RequestInTheFuture: { class: 'clock', advice: 'clock' },
  RequestTimeTooSkewed: { class: 'clock', advice: 'clock' },

  AccessDenied: { class: 'refused', advice: 'rights' },
  AccessDeniedException: { class: 'refused', advice: 'rights' },
  NotAuthorized: { class: 'refused', advice: 'rights' },
  NotAuthorizedException: { class: 'refused', advice: 'rights' },
  OptInRequired: { class: 'refused', advice: 'subscribe' },
  ResourceNotFoundException: { class: 'refused', advice: 'streamName' },
  UnrecognizedClientException: { class: 'refused', advice: 'keys' },
  InvalidClientTokenId: { class: 'refused', advice: 'keys' },
  InvalidAccessKeyId: { class: 'refused', advice: 'keys' },
  InvalidSignatureException: { class: 'refused', advice: 'keys' },
  SignatureDoesNotMatch: { class: 'refused', advice: 'keys' },
  MissingCredentials: { class: 'refused', advice: 'credentials' },
  CredentialsUnavailable: { class: 'transient', advice: 'credentialsUnavailable' },
  IDPCommunicationError: { class: 'transient' },
  MissingAuthenticationToken: { class: 'refused', advice: 'proxyStripsHeaders' },
  MissingAuthenticationTokenException: { class: 'refused', advice: 'proxyStripsHeaders' },
  IncompleteSignature: { class: 'refused', advice: 'proxyChangesHeaders' },
  IncompleteSignatureException: { class: 'refused', advice: 'proxyChangesHeaders' },
  InvalidEndpoint: { class: 'refused', advice: 'endpoint' },
  AnswerTooLarge: { class: 'refused', advice: 'endpoint' },

  NoMediaInRange: { class: 'configuration', advice: 'timeRange' },
  NoDataRetentionException: { class: 'configuration', advice: 'noRetention' },
  UnsupportedStreamMediaTypeException: { class: 'configuration', advice: 'playableCodecs' },
  MissingCodecPrivateDataException: { class: 'configuration', advice: 'codecPrivateData' },
  InvalidCodecPrivateDataException: { class: 'configuration', advice: 'codecPrivateData' },
  InvalidMediaFrameException: { class: 'configuration', advice: 'frameCodec' },

  MalformedCredentials: { class: 'configuration', advice: 'malformedCredentials' },
  EndpointError: { class: 'configuration', advice: 'endpointError' },
  InvalidArgumentException: { class: 'configuration', advice: 'settings' },
  InvalidInput: { class: 'configuration', advice: 'settings' },
  InvalidParameterCombination: { class: 'configuration', advice: 'settings' },
  InvalidParameterValue: { class: 'configuration', advice: 'settings' },
  InvalidQueryParameter: { class: 'configuration', advice: 'settings' },
  MalformedQueryString: { class: 'configuration', advice: 'settings' },
  MissingAction: { class: 'configuration', advice: 'settings' },
  MissingParameter: { class: 'configuration', advice: 'settings' },
  InvalidAction: { class: 'configuration', advice: 'settings' },
  UnknownOperationException: { class: 'configuration', advice: 'endpoint' },
  ValidationError: { class: 'configuration', advice: 'settings' },
  ValidationException: { class: 'configuration', advice: 'settings' },
};

/** What a person can do where a call about stored media failed, rather than GetMedia. */
const ARCHIVE_ADVICE: ReadonlyMap<ErrorRow | undefined, AdviceKey> = new Map([
  [ERROR_TABLE['InvalidArgumentException'], 'rangeInRetention'],
  [ERROR_TABLE['ClientLimitExceededException'], 'archiveLimits'],
  [ERROR_TABLE['ConnectionLimitExceededException'], 'archiveConnections'],
]);

export interface InBandRow extends ErrorRow {
  /** The stable name, since the service's own text is a description. */
  readonly ErrorType: string;
  /** What the service means by the id. */
  readonly meaning: MeaningKey;
}

const NOT_FOUND = {
  class: 'position',
  ErrorType: 'FRAGMENT_NOT_FOUND',
  meaning: 'fragmentNotFound',
  advice: 'retention',
} as const;

function keyRow(ErrorType: string, meaning: MeaningKey): InBandRow {
  return { class: 'refused', ErrorType, meaning, advice: 'kms' };
}

/** AWS_KINESISVIDEO_ERROR_ID of an error inside a response with status 200. */
export const IN_BAND_TABLE: Readonly<Record<number, InBandRow>> = {
  3000: NOT_FOUND,
  3002: {
    class: 'transient',
    ErrorType: 'STREAM_WRITE_ERROR',
    meaning: 'streamWriteError',
  },
  4000: NOT_FOUND,
  4500: keyRow('KMS_KEY_ACCESS_DENIED', 'kmsAccessDenied'),
  4501: keyRow('KMS_KEY_DISABLED', 'kmsDisabled'),
  4502: keyRow('KMS_KEY_VALIDATION_ERROR', 'kmsValidation'),
  4503: keyRow('KMS_KEY_UNAVAILABLE', 'kmsUnavailable'),
  4504: keyRow('KMS_KEY_INVALID_USAGE', 'kmsInvalidUsage'),
  4505: keyRow('KMS_KEY_INVALID_STATE', 'kmsInvalidState'),
  4506: keyRow('KMS_KEY_NOT_FOUND', 'kmsNotFound'),
  5000: {
    class: 'transient',
    ErrorType: 'INTERNAL_ERROR',
    meaning: 'internalError',
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
  /** The network's name of a `NetworkError`. */
  readonly code?: string | undefined;
}

/** The row of an error. Unknown names are judged by their HTTP status. */
export function errorRow(traits: ErrorTraits): ErrorRow {
  const inBand = traits.ErrorId === undefined ? undefined : IN_BAND_TABLE[traits.ErrorId];
  const row = inBand ?? ownRow(traits.ErrorType) ?? rowOfStatus(traits);
  if (row.class === 'configuration' && traits.usedPosition === true && isArgumentError(traits.ErrorType)) {
    return { ...row, class: 'position' };
  }
  if (isSignatureError(traits.ErrorType) && Math.abs(traits.clockSkewMs ?? 0) >= SKEW_MS) {
    return { class: 'clock', advice: 'clock' };
  }
  const { operation = '' } = traits;
  if (traits.ErrorType === 'NetworkError') {
    return { ...row, ...tlsAdvice(traits.code ?? '') };
  }
  if (row.advice === 'rights') {
    const special = SPECIAL_RIGHTS_ADVICE[operation];
    return special === undefined ? { ...row, actions: actionsOf(operation) } : { ...row, advice: special };
  }
  // The table's own advice is about GetMedia.
  const isArchived = isDataOperation(operation) && operation !== 'GetMedia';
  const advice = isArchived ? ARCHIVE_ADVICE.get(row) : undefined;
  return advice === undefined ? row : { ...row, advice };
}

function ownRow(ErrorType: string): ErrorRow | undefined {
  return Object.hasOwn(ERROR_TABLE, ErrorType) ? ERROR_TABLE[ErrorType] : undefined;
}

function rowOfStatus({ ErrorType, statusCode }: ErrorTraits): ErrorRow {
  if (statusCode === 429) {
    return { class: 'throttled' };
  }
  if (statusCode === null) {
    // Neither AWS nor the network: the same call fails again until someone changes something.
    return { class: 'refused', advice: 'local' };
  }
  if (statusCode >= 500) {
    return { class: 'transient' };
  }
  if (ErrorType === 'UnknownError') {
    // The service names its errors: another server answers at its address.
    return { class: statusCode < 400 ? 'transient' : 'refused', advice: 'endpoint' };
  }
  if (statusCode < 400) {
    return { class: 'transient' };
  }
  return { class: 'refused', advice: statusCode === 401 || statusCode === 403 ? 'rights' : 'settings' };
}

function isArgumentError(ErrorType: string): boolean {
  return ErrorType === 'InvalidArgumentException' || ErrorType === 'ValidationException';
}

function isSignatureError(ErrorType: string): boolean {
  return ErrorType === 'InvalidSignatureException' || ErrorType === 'SignatureDoesNotMatch';
}
