/** The SDK's client for the control plane, loaded and made when it is first needed. */
import type * as Client from '@aws-sdk/client-kinesis-video';
import type { AwsAccount } from '../aws';
import { lazily } from '../lazily';

export const controlPackage = lazily(() => require('@aws-sdk/client-kinesis-video') as typeof Client);

export class ControlClient {
  readonly #account: AwsAccount;
  readonly #endpoint: string | undefined;
  #client: Client.KinesisVideoClient | undefined;
  /** The same for all calls, and known once one has been made: the environment may name an endpoint too. */
  #askedHost = '';

  /** @param endpoint instead of the region's */
  constructor(account: AwsAccount, endpoint: string | undefined) {
    this.#account = account;
    this.#endpoint = endpoint;
  }

  /** The SDK's client, to send commands with. */
  get sdk(): Client.KinesisVideoClient {
    const { KinesisVideoClient } = controlPackage();
    this.#client ??= new KinesisVideoClient(
      this.#account.sdkClientConfig(this.#endpoint, {
        onHost: (host) => {
          this.#askedHost = host;
        },
      }),
    );
    return this.#client;
  }

  /** The host that the last call went to. */
  get askedHost(): string {
    return this.#askedHost;
  }

  /** The endpoint that the SDK has for the region, whether or not one of the caller's own replaces it. */
  async regionalEndpoint(): Promise<string> {
    const { config } = this.sdk;
    const [Region, UseFIPS, UseDualStack] = await Promise.all([
      config.region(),
      config.useFipsEndpoint(),
      config.useDualstackEndpoint(),
    ]);
    return config.endpointProvider({ Region, UseFIPS, UseDualStack }).url.href;
  }

  close(): void {
    this.#client = undefined;
  }
}
