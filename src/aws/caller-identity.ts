/** Who the credentials are, by STS. */
import { createRequest, readErrorBody, type HttpsTransport } from '../http';
import type { ServiceSigner } from './signing';

/** Who calls, in the API's own names. */
export interface CallerIdentity {
  readonly Account: string;
  readonly Arn: string;
}

/**
 * GetCallerIdentity, which needs no right at all. Undefined if STS does not answer, for any reason.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 *
 * @param signer for the service `sts`
 */
export async function callerIdentity(
  endpoint: string,
  signer: ServiceSigner,
  transport: HttpsTransport,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<CallerIdentity | undefined> {
  const request = createRequest(new URL(endpoint), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  });
  const response = await transport.send(await signer.sign(request), { abortSignal: signal });
  const text = await readErrorBody(response, timeoutMs, signal);
  const Account = /<Account>(\d{12})<\/Account>/.exec(text)?.[1];
  const Arn = /<Arn>(arn:[\w:+=,.@/-]{1,2048})<\/Arn>/.exec(text)?.[1];
  return response.statusCode === 200 && Account !== undefined && Arn !== undefined
    ? { Account, Arn }
    : undefined;
}
