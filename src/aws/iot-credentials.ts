import { errorFromResponse } from './error-response';
import type { Credentials } from './credential-source';
import type { Transport } from '../http/https-transport';
import { readErrorBody } from '../http/https-transport';
import type { ClientCertificate } from '../http/tls-context';

export interface IotCredentialsOptions {
  /** Host, with `:port` where it is not 443. */
  readonly endpoint: string;
  readonly roleAlias: string;
  readonly thingName?: string;
  readonly certificate: ClientCertificate;
  readonly transport: Transport;
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
    const { statusCode, headers, body } = await transport.send(
      {
        method: 'GET',
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port === '' ? {} : { port: Number(url.port) }),
        path: url.pathname,
        query: {},
        headers: {
          host: url.host,
          ...(thingName === undefined ? {} : { 'x-amzn-iot-thingname': thingName }),
        },
      },
      { abortSignal: signal },
      certificate,
    );
    body.on('error', () => undefined);
    const text = await readErrorBody(body, answerTimeoutMs, signal);
    if (statusCode !== 200) {
      throw errorFromResponse(statusCode, headers, text, 'Credentials');
    }
    return credentialsIn(text);
  }
}

function credentialsIn(text: string): Credentials {
  const { credentials } = parsed(text) as { credentials?: Partial<Record<string, unknown>> };
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials ?? {};
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

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
