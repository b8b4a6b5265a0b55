/** A call in AWS's JSON protocol, for a service of which one operation is needed and no client of the SDK is loaded. */
import { createRequest, readBody, readErrorBody, type HttpsTransport } from '../http';
import { errorFromResponse, type FailureContext } from './error-response';
import type { ServiceOperation } from './operations';
import type { ServiceSigner, SignedService } from './signing';

export interface JsonCall {
  readonly service: SignedService;
  readonly operation: ServiceOperation;
  readonly endpoint: string;
  /** Version prefix and operation: the `x-amz-target` header. */
  readonly target: string;
  readonly input: object;
}

export interface JsonCallNeeds {
  readonly signer: ServiceSigner;
  readonly transport: HttpsTransport;
  readonly signal: AbortSignal;
  readonly errorBodyTimeoutMs: number;
  readonly context: FailureContext;
}

/** A page of 100 resources with 50 tags each has less. */
const LONGEST_ANSWER = 4 * 1024 * 1024;

/** @throws KinesisVideoError for an answer other than 2xx; anything for a failure of the network */
export async function jsonCall(
  { endpoint, target, input, operation }: JsonCall,
  { signer, transport, signal, errorBodyTimeoutMs, context }: JsonCallNeeds,
): Promise<unknown> {
  const request = createRequest(new URL(endpoint), {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(input),
  });
  const response = await transport.send(await signer.sign(request), { abortSignal: signal });
  const { statusCode, headers } = response;
  if (statusCode >= 300) {
    const body = await readErrorBody(response, errorBodyTimeoutMs, signal);
    throw errorFromResponse(statusCode, headers, body, operation, context);
  }
  return JSON.parse((await readBody(response, LONGEST_ANSWER)).toString('utf8')) as unknown;
}
