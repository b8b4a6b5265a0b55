import type { HttpRequest, RequestSigner, RequestSigningArguments } from '@smithy/types';
import type { Credentials } from './credential-source';
import { serdePackage, signaturePackage } from './sdk';

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
  #signer: RequestSigner | undefined;

  constructor(options: SigningOptions) {
    this.#options = options;
  }

  async sign(request: HttpRequest, args: RequestSigningArguments = {}): Promise<HttpRequest> {
    this.#signer ??= this.#create();
    return this.#signer.sign(request, { ...args, signingDate: new Date(this.#options.now()) });
  }

  #create(): RequestSigner {
    const { SignatureV4 } = signaturePackage();
    const { Hash } = serdePackage();
    const { region, service = 'kinesisvideo', credentials } = this.#options;
    return new SignatureV4({
      service,
      region,
      credentials,
      sha256: Hash.bind(null, 'sha256'),
    });
  }
}
