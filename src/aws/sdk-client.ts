/** How clients of the AWS SDK are set up: our network, our signer, no retries, and errors that we read ourselves. */
import type { IncomingMessage } from 'node:http';
import type { HttpHandlerOptions, RequestSigner } from '@smithy/types';
import { headersOf, HttpsResponse, readErrorBody, type HttpRequest, type HttpsTransport } from '../http';
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
}

/** A `requestHandler` for clients and credential providers of the SDK. */
export interface SdkRequestHandler {
  handle(request: HttpRequest, options?: HttpHandlerOptions): Promise<{ readonly response: SdkResponse }>;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: IncomingMessage;
}

/** @param send resolves with the head of the answer */
export function sdkRequestHandler(
  send: (request: HttpRequest, signal: AbortSignal | undefined) => Promise<IncomingMessage>,
): SdkRequestHandler {
  return {
    handle: async (request, { abortSignal } = {}) => {
      const body = await send(request, abortSignal instanceof AbortSignal ? abortSignal : undefined);
      // An error that comes while no one listens would end the process.
      body.on('error', () => undefined);
      return { response: { statusCode: body.statusCode ?? 0, headers: headersOf(body), body } };
    },
  };
}

/** The options that an SDK client is made with. `RefusedReply`s come out of its calls; see `errorFromRefusal`. */
export function sdkClientConfig(needs: SdkClientNeeds, { endpoint, ...variant }: EndpointOptions) {
  const { region, credentials, signer, transport, errorBodyTimeoutMs, onHost } = needs;
  const requestHandler = sdkRequestHandler(async (request, abortSignal) => {
    onHost?.(request.hostname);
    const message = await transport.request(request, { abortSignal });
    const statusCode = message.statusCode ?? 0;
    if (statusCode < 300) {
      return message;
    }
    const response = new HttpsResponse(message);
    const signal = abortSignal ?? new AbortController().signal;
    const body = await readErrorBody(response, errorBodyTimeoutMs, signal);
    throw new RefusedReply(statusCode, response.headers, body);
  });
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
