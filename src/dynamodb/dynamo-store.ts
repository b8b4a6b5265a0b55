/** A fleet's items in an Amazon DynamoDB table. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { foreignAnswer, KinesisVideoError, type TableOperation } from '../aws';
import { ConditionFailed, type Change, type Condition, type FleetStore, type Item } from '../fleet';
import { attributeOf, conditionOf, expressionsOf, itemOf, PARTITION_KEY, SORT_KEY } from './expressions';
import { dynamoPackage, type TableClient } from './table-client';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const CONDITION_FAILED = 'ConditionalCheckFailedException';

/** What is read of an answer at a time is limited (see `aws/sdk-client.ts`); an item has some 30 values and marks. */
const ITEMS_PER_PAGE = 250;

export class DynamoStore implements FleetStore {
  constructor(
    private readonly client: TableClient,
    private readonly TableName: string,
    private readonly fleet: string,
    private readonly itemsPerPage = ITEMS_PER_PAGE,
  ) {}

  async list(prefix: string): Promise<readonly Item[]> {
    const items: Item[] = [];
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const input = {
        TableName: this.TableName,
        ConsistentRead: true,
        Limit: this.itemsPerPage,
        KeyConditionExpression: '#fleet = :fleet AND begins_with(#item, :prefix)',
        ExpressionAttributeNames: { '#fleet': PARTITION_KEY, '#item': SORT_KEY },
        ExpressionAttributeValues: { ':fleet': attributeOf(this.fleet), ':prefix': attributeOf(prefix) },
        ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
      };
      const { Items, LastEvaluatedKey } = await this.client.call('Query', undefined, (sdk, abortSignal) => {
        const { QueryCommand } = dynamoPackage();
        return sdk.send(new QueryCommand(input), { abortSignal });
      });
      items.push(...present(Items, 'Query').map(itemOf));
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return items;
  }

  async get(key: string): Promise<Item | undefined> {
    const input = { TableName: this.TableName, Key: this.#keyOf(key), ConsistentRead: true };
    const { Item: attributes } = await this.client.call('GetItem', undefined, (sdk, abortSignal) => {
      const { GetItemCommand } = dynamoPackage();
      return sdk.send(new GetItemCommand(input), { abortSignal });
    });
    return attributes && itemOf(attributes);
  }

  async update(key: string, change: Change): Promise<Item> {
    const input = {
      TableName: this.TableName,
      Key: this.#keyOf(key),
      ReturnValues: 'ALL_NEW' as const,
      ...expressionsOf(change),
    };
    const { Attributes } = await conditional(
      this.client.call('UpdateItem', undefined, (sdk, abortSignal) => {
        const { UpdateItemCommand } = dynamoPackage();
        return sdk.send(new UpdateItemCommand(input), { abortSignal });
      }),
    );
    return itemOf(present(Attributes, 'UpdateItem'));
  }

  async delete(key: string, condition: Condition): Promise<void> {
    const input = { TableName: this.TableName, Key: this.#keyOf(key), ...conditionOf(condition) };
    await conditional(
      this.client.call('DeleteItem', undefined, (sdk, abortSignal) => {
        const { DeleteItemCommand } = dynamoPackage();
        return sdk.send(new DeleteItemCommand(input), { abortSignal });
      }),
    );
  }

  #keyOf(key: string): Record<string, AttributeValue> {
    return { [PARTITION_KEY]: attributeOf(this.fleet), [SORT_KEY]: attributeOf(key) };
  }
}

/** What each answer of DynamoDB has. */
function present<T>(part: T | undefined, operation: TableOperation): T {
  if (part === undefined) {
    throw foreignAnswer(operation, undefined, { statusCode: 200 });
  }
  return part;
}

async function conditional<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof KinesisVideoError && error.ErrorType === CONDITION_FAILED) {
      throw new ConditionFailed('The item is not as expected.', { cause: error });
    }
    throw error;
  }
}
