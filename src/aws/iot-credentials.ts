/** Credentials from AWS IoT's credential provider. */
import { createRequest, readErrorBody, type ClientCertificate, type HttpsTransport } from '../http';
import { isRecord } from '../is-record';
import type { Credentials } from './credential-types';
import { errorFromResponse } from './error-response';

export interface IotCredentialsOptions {
  /** Host, with `:port` where it is not 443. */
  readonly endpoint: string;
  readonly roleAlias: string;
  readonly thingName?: string;
  readonly certificate: ClientCertificate;
  readonly transport: HttpsTransport;
  readonly answerTimeoutMs: number;
}

/**
 * Credentials of a role for a device that shows its X.509 certificate.
 * https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html
 */
export class IotCredentials {
  readonly #options: IotCredentialsOptions;

  constructor(options: IotCredentialsOptions) {
    this.#options = options;
  }

  async get(): Promise<Credentials> {
    const { endpoint, roleAlias, thingName, certificate, transport, answerTimeoutMs } = this.#options;
    const url = new URL(`https://${endpoint}/role-aliases/${encodeURIComponent(roleAlias)}/credentials`);
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const request = createRequest(url, { method: 'GET', headers: { 'x-amzn-iot-thingname': thingName } });
    const response = await transport.send(request, { abortSignal: signal }, certificate);
    const { statusCode, headers } = response;
    const text = await readErrorBody(response, answerTimeoutMs, signal);
    if (statusCode !== 200) {
      throw errorFromResponse(statusCode, headers, text, 'Credentials');
    }
    return credentialsIn(text);
  }
}

function credentialsIn(text: string): Credentials {
  const { credentials } = parsed(text);
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = isRecord(credentials) ? credentials : {};
  const expires = new Date(typeof expiration === 'string' ? expiration : NaN);
  if (
    typeof accessKeyId !== 'string' ||
    typeof secretAccessKey !== 'string' ||
    typeof sessionToken !== 'string' ||
    Number.isNaN(expires.getTime())
  ) {
    throw new Error('unreadable credentials');
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiration: expires };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
