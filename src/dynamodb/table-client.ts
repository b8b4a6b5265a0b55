/** The SDK's client for Amazon DynamoDB, loaded with the first call. */
import type * as Client from '@aws-sdk/client-dynamodb';
import type { AwsAccount, TableOperation } from '../aws';
import { lazily } from '../lazily';

export const dynamoPackage = lazily(() => require('@aws-sdk/client-dynamodb') as typeof Client);

/** Makes calls for one account, each within the account's time limits. They reject with a `KinesisVideoError`. */
export class TableClient {
  #client: Client.DynamoDBClient | undefined;

  /** @param endpoint instead of the region's */
  constructor(
    private readonly account: AwsAccount,
    private readonly endpoint: string | undefined,
  ) {}

  call<T>(
    operation: TableOperation,
    signal: AbortSignal | undefined,
    work: (client: Client.DynamoDBClient, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.account.call(operation, undefined, signal, (abortSignal) => work(this.#sdk(), abortSignal));
  }

  #sdk(): Client.DynamoDBClient {
    const { DynamoDBClient } = dynamoPackage();
    this.#client ??= new DynamoDBClient({
      ...this.account.sdkClientConfig(this.endpoint, {}, 'dynamodb'),
      // An endpoint by account would need the account's number, and a rule more for firewalls.
      accountIdEndpointMode: 'disabled',
    });
    return this.#client;
  }
}
