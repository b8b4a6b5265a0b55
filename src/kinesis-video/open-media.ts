/** Calls whose answer is media: signed, streamed, and read while it comes. */
import {
  errorFromResponse,
  networkCodeOf,
  networkError,
  redact,
  requestIdOf,
  serverTimeOf,
  unfold,
  withoutSecrets,
  type AwsAccount,
  type ServiceOperation,
} from '../aws';
import { createRequest, readErrorBody, type MediaResponse } from '../http';
import type { StreamRef } from '../options';
import { definedOnly } from '../defined-only';

/**
 * @param endpoint the data endpoint of the operation's API; may have a path of its own
 * @param path of the operation, such as `/getMedia`
 */
export function openMedia(
  account: AwsAccount,
  operation: ServiceOperation,
  stream: StreamRef,
  { endpoint, path, body }: { readonly endpoint: string; readonly path: string; readonly body: object },
  signal: AbortSignal,
): Promise<MediaResponse> {
  const url = new URL(endpoint);
  const text = JSON.stringify(body);
  const request = createRequest(url, {
    method: 'POST',
    path: `${url.pathname.replace(/\/+$/, '')}${path}`,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      'user-agent': 'kvs-flow',
    },
    body: text,
  });
  const open = async (inner: AbortSignal): Promise<MediaResponse> => {
    const response = await account.openMedia(request, inner);
    const { statusCode, headers } = response;
    if (statusCode !== 200) {
      const said = await readErrorBody(response, account.timeouts.errorBodyMs, inner);
      throw errorFromResponse(statusCode, headers, said, operation, account.contextOf(stream));
    }
    const RequestId = requestIdOf(headers, account.secrets);
    return response.describe({
      RequestId,
      serverTime: serverTimeOf(headers),
      redact: (words) => redact(words, account.secrets),
      broken: (failure) => {
        const context = account.contextOf(stream);
        const code = networkCodeOf(unfold(failure)) ?? 'ECONNRESET';
        const cause = failure === undefined ? undefined : withoutSecrets(failure, context);
        return networkError(code, operation, context, { RequestId, ...definedOnly({ cause }) });
      },
    });
  };
  return account.call(operation, stream, signal, open, (response) => {
    response.close();
  });
}
