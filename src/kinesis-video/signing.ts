import type { HttpRequest, RequestSigner, RequestSigningArguments } from '@smithy/types';
import type { Credentials } from './credential-source';

export interface SigningOptions {
  readonly region: string;
  /** `kinesisvideo` unless it is said. */
  readonly service?: 'kinesisvideo' | 'sts';
  readonly credentials: () => Promise<Credentials>;
  /** The time by the service's clock, ms since the epoch. */
  readonly now: () => number;
}

/**
 * Signature Version 4 by the service's clock, for both planes: the SDK's client has a clock correction of its own,
 * which would know nothing of what GetMedia found out.
 */
export class ServiceSigner implements RequestSigner {
  readonly #options: SigningOptions;
  #signer: Promise<RequestSigner> | undefined;

  constructor(options: SigningOptions) {
    this.#options = options;
  }

  async sign(request: HttpRequest, args: RequestSigningArguments = {}): Promise<HttpRequest> {
    const signer = await (this.#signer ??= this.#create());
    return signer.sign(request, { ...args, signingDate: new Date(this.#options.now()) });
  }

  async #create(): Promise<RequestSigner> {
    const [{ SignatureV4 }, { Hash }] = await Promise.all([
      import('@aws-sdk/signature-v4'),
      import('@smithy/core/serde'),
    ]);
    const { region, service = 'kinesisvideo', credentials } = this.#options;
    return new SignatureV4({
      service,
      region,
      credentials,
      sha256: Hash.bind(null, 'sha256'),
    });
  }
}
