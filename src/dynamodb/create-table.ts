/** Makes the table of fleets, and looks at it. */
import { KinesisVideoError } from '../aws';
import { PARTITION_KEY, SORT_KEY } from './expressions';
import { dynamoPackage, type TableClient } from './table-client';

/** - `missing`: there is no such table - `creating`: it will be there soon - `otherKeys`: it is a table for something else */
export type TableState = 'ready' | 'creating' | 'missing' | 'otherKeys';

export async function tableState(
  client: TableClient,
  TableName: string,
  signal: AbortSignal,
): Promise<TableState> {
  try {
    const { Table } = await client.call('DescribeTable', signal, (sdk, abortSignal) => {
      const { DescribeTableCommand } = dynamoPackage();
      return sdk.send(new DescribeTableCommand({ TableName }), { abortSignal });
    });
    const keys = (Table?.KeySchema ?? []).map(
      ({ AttributeName, KeyType }) => `${KeyType ?? ''} ${AttributeName ?? ''}`,
    );
    if (keys.join() !== `HASH ${PARTITION_KEY},RANGE ${SORT_KEY}`) {
      return 'otherKeys';
    }
    return Table?.TableStatus === 'CREATING' ? 'creating' : 'ready';
  } catch (error) {
    if (error instanceof KinesisVideoError && error.ErrorType === 'ResourceNotFoundException') {
      return 'missing';
    }
    throw error;
  }
}

/** Creates the table, billed by request. It can be used when `tableState` says that it is ready. */
export async function createTable(
  client: TableClient,
  TableName: string,
  signal: AbortSignal,
): Promise<void> {
  await client.call('CreateTable', signal, (sdk, abortSignal) => {
    const { CreateTableCommand } = dynamoPackage();
    const command = new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: PARTITION_KEY, AttributeType: 'S' },
        { AttributeName: SORT_KEY, AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
        { AttributeName: SORT_KEY, KeyType: 'RANGE' },
      ],
    });
    return sdk.send(command, { abortSignal });
  });
}

/**
 * Has DynamoDB remove the items of members that have been dead for a week. Only for tidiness, so a table that stands for
 * DynamoDB may do without.
 */
export async function removeOldMembers(
  client: TableClient,
  TableName: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.call('UpdateTimeToLive', signal, (sdk, abortSignal) => {
      const { UpdateTimeToLiveCommand } = dynamoPackage();
      const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
      return sdk.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }), { abortSignal });
    });
  } catch (error) {
    if (!(error instanceof KinesisVideoError && error.ErrorType === 'UnknownOperationException')) {
      throw error;
    }
  }
}
