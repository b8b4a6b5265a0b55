/** How clients of the AWS SDK are set up: our network, our signer, no retries, and errors that we read ourselves. */
import type { HttpHandlerOptions, RequestSigner } from '@smithy/types';
import {
  failure,
  readBody,
  readErrorBody,
  type HttpRequest,
  type HttpsTransport,
  type StreamedResponse,
} from '../http';
import { definedOnly } from '../defined-only';
import type { Credentials } from './credential-types';
import { errorFromResponse, type FailureContext } from './error-response';
import type { KinesisVideoError } from './errors';
import type { ServiceOperation } from './operations';

/** The kind of endpoint that an SDK client takes for its region, or an endpoint instead. */
export interface EndpointOptions {
  readonly endpoint?: string | undefined;
  /** Without effect where there is an `endpoint`. */
  readonly useFips?: boolean | undefined;
  readonly useDualstack?: boolean | undefined;
}

export interface SdkClientNeeds {
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  readonly signer: RequestSigner;
  readonly transport: HttpsTransport;
  readonly errorBodyTimeoutMs: number;
  /** Told the host of each call. */
  readonly onHost?: (hostname: string) => void;
  /** Bytes that an answer has at most. */
  readonly longestAnswer?: number;
}

/** A `requestHandler` for clients and credential providers of the SDK. */
export interface SdkRequestHandler {
  handle(request: HttpRequest, options?: HttpHandlerOptions): Promise<{ readonly response: SdkResponse }>;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  /** The SDK would read a stream without end. */
  readonly body: Buffer;
}

/** A page of 1,000 streams has about 600 kB; other answers, a few. */
const LONGEST_ANSWER = 4 * 1024 * 1024;
/**
 * The same page has some 10,000 values. The SDK takes microseconds for each in one turn of the event loop, and an
 * answer may be nothing but values of two bytes.
 */
const MOST_VALUES = 20_000;
/** Each begins a value or separates two. */
const VALUE_MARKS = Buffer.from(',[{');

/** @param send resolves with the head of the answer */
export function sdkRequestHandler(
  send: (request: HttpRequest, signal: AbortSignal | undefined) => Promise<StreamedResponse>,
  longestAnswer = LONGEST_ANSWER,
): SdkRequestHandler {
  return {
    handle: async (request, { abortSignal } = {}) => {
      const answer = await send(request, abortSignal instanceof AbortSignal ? abortSignal : undefined);
      const body = await readBody(answer, longestAnswer);
      if (hasMoreValues(body, MOST_VALUES)) {
        throw failure('ERR_BUFFER_TOO_LARGE', `The answer has more than ${MOST_VALUES} values.`);
      }
      return { response: { statusCode: answer.statusCode, headers: { ...answer.headers }, body } };
    },
  };
}

/** Looks no further than it has to. */
function hasMoreValues(json: Buffer, most: number): boolean {
  let count = 0;
  for (const mark of VALUE_MARKS) {
    for (let at = json.indexOf(mark); at >= 0; at = json.indexOf(mark, at + 1)) {
      count += 1;
      if (count > most) {
        return true;
      }
    }
  }
  return false;
}

/** The options that an SDK client is made with. `RefusedReply`s come out of its calls; see `errorFromRefusal`. */
export function sdkClientConfig(needs: SdkClientNeeds, { endpoint, ...variant }: EndpointOptions) {
  const { region, credentials, signer, transport, errorBodyTimeoutMs, onHost, longestAnswer } = needs;
  const requestHandler = sdkRequestHandler(async (request, abortSignal) => {
    onHost?.(request.hostname);
    const response = await transport.send(request, { abortSignal });
    const { statusCode } = response;
    if (statusCode < 300) {
      return response;
    }
    const signal = abortSignal ?? new AbortController().signal;
    const body = await readErrorBody(response, errorBodyTimeoutMs, signal);
    throw new RefusedReply(statusCode, response.headers, body);
  }, longestAnswer);
  return {
    region,
    credentials,
    signer,
    // Retries are the session's alone, also where the environment asks for another retry mode.
    maxAttempts: 1,
    retryMode: 'standard',
    requestHandler,
    // The SDK refuses an endpoint together with these, which the environment may have switched on too.
    ...(endpoint === undefined
      ? endpointVariant(variant)
      : { endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
  };
}

/** What is not asked for is left to the environment. */
export function endpointVariant({ useFips, useDualstack }: Omit<EndpointOptions, 'endpoint'>) {
  return definedOnly({
    useFipsEndpoint: useFips === true ? true : undefined,
    useDualstackEndpoint: useDualstack === true ? true : undefined,
  });
}

/** An answer other than 2xx, taken from under the SDK, which turns one that is not JSON into a SyntaxError. */
class RefusedReply extends Error {
  constructor(
    readonly statusCode: number,
    readonly headers: Readonly<Record<string, string>>,
    readonly body: string,
  ) {
    super('The service refused the call.');
  }
}

/** Undefined where the failure is not an answer of the service. */
export function errorFromRefusal(
  failure: unknown,
  operation: ServiceOperation,
  context: FailureContext,
): KinesisVideoError | undefined {
  return failure instanceof RefusedReply
    ? errorFromResponse(failure.statusCode, failure.headers, failure.body, operation, context)
    : undefined;
}
