/** Signature Version 4 for every call, by the service's clock. */
import type { RequestSigner, RequestSigningArguments } from '@smithy/types';
import type { HttpRequest } from '../http';
import type { Credentials } from './credential-types';
import { signaturePackage } from './packages';
import { Sha256 } from './sha256';

/** Services by the names that they sign with. */
export type SignedService = 'kinesisvideo' | 'sts' | 'tagging' | 'dynamodb';

export interface SigningOptions {
  readonly region: string;
  readonly service: SignedService;
  readonly credentials: () => Promise<Credentials>;
  /** The time by the service's clock, ms since the epoch. */
  readonly now: () => number;
}

/**
 * Signs requests by the service's clock. The SDK's clients have a clock correction of their own, which would know
 * none of what other calls have learnt.
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
    const { region, service, credentials } = this.#options;
    return new SignatureV4({ service, region, credentials, sha256: Sha256 });
  }
}
