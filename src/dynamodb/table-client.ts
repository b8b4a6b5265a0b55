/** The SDK's client for Amazon DynamoDB, loaded with the first call. */
import type * as Client from '@aws-sdk/client-dynamodb';
import { KinesisVideoError, networkError, withDeadline, type AwsAccount, type TableOperation } from '../aws';
import { lazily } from '../lazily';
import { errorRow, repairCalls } from '../session';

export const dynamoPackage = lazily(() => require('@aws-sdk/client-dynamodb') as typeof Client);

export interface TableClientOptions {
  /** Instead of the region's. */
  readonly endpoint?: string | undefined;
  /** For a whole call, credentials included, ms. */
  readonly withinMs: number;
}

/**
 * Makes calls for one account, each within its time. They reject with a `KinesisVideoError`. A call that was refused for
 * expired credentials or a wrong clock is made once more with what was fixed: nothing has been written then.
 */
export class TableClient {
  #client: Client.DynamoDBClient | undefined;

  constructor(
    private readonly account: AwsAccount,
    private readonly options: TableClientOptions,
  ) {}

  async call<T>(
    operation: TableOperation,
    signal: AbortSignal | undefined,
    work: (client: Client.DynamoDBClient, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { account, options } = this;
    const signals = signal === undefined ? [] : [signal];
    const late = (): Error => networkError('ETIMEDOUT', operation, account.contextOf(undefined));
    const once = (inner: AbortSignal): Promise<T> =>
      account.call(operation, undefined, inner, (abortSignal) => work(this.#sdk(), abortSignal));
    return withDeadline(options.withinMs, late, signals, async (inner) => {
      try {
        return await once(inner);
      } catch (error) {
        if (!this.#isRepaired(error)) {
          throw error;
        }
        return await once(inner);
      }
    });
  }

  close(): void {
    this.#client?.destroy();
  }

  /** Fixes what made a call fail, as for all calls. @returns whether the same call is likely to succeed now */
  #isRepaired(error: unknown): boolean {
    if (!(error instanceof KinesisVideoError)) {
      return false;
    }
    const { account } = this;
    const { ErrorType, statusCode, operation, serverTime } = error;
    const clockSkewMs =
      serverTime === undefined ? undefined : serverTime - (account.clock.now() + account.clockOffsetMs);
    const { class: errorClass } = errorRow({ ErrorType, statusCode, operation, clockSkewMs });
    const service = {
      forgetEndpoint: () => undefined,
      forgetCredentials: () => {
        account.forgetCredentials();
      },
      correctClock: (time: number) => {
        account.correctClock(time);
      },
    };
    repairCalls(service, { StreamName: '' }, errorClass, { ErrorType, serverTime });
    return errorClass === 'credentials' || (errorClass === 'clock' && serverTime !== undefined);
  }

  #sdk(): Client.DynamoDBClient {
    const { DynamoDBClient } = dynamoPackage();
    this.#client ??= new DynamoDBClient({
      ...this.account.sdkClientConfig(this.options.endpoint, {}, 'dynamodb'),
      // An endpoint by account would need the account's number, and one more rule in firewalls.
      accountIdEndpointMode: 'disabled',
    });
    return this.#client;
  }
}
