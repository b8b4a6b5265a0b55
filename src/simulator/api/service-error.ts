/** Errors as the service answers them, with the status that goes with each type. */

export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly ErrorType: string;
  readonly statusCode: number;

  constructor(ErrorType: string, message: string, statusCode = STATUS_CODES[ErrorType] ?? 400) {
    super(message);
    this.ErrorType = ErrorType;
    this.statusCode = statusCode;
  }
}

/** HTTP status by ErrorType; what is not listed is 400. */
export const STATUS_CODES: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  InternalFailure: 500,
  InvalidClientTokenId: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  NotAuthorizedException: 401,
  OptInRequired: 403,
  ResourceNotFoundException: 404,
  ServiceUnavailable: 503,
  UnknownOperationException: 404,
  UnrecognizedClientException: 403,
};

export function invalidArgument(message: string): ServiceError {
  return new ServiceError('InvalidArgumentException', message);
}

/** JSON's null counts as a member left out. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
