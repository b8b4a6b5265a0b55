import assert from 'node:assert/strict';
import { actionsOf, CONTROL_OPERATIONS, DATA_OPERATIONS, TABLE_OPERATIONS } from '../../src/aws/operations';

describe('the rights that a call needs', () => {
  it('are GetDataEndpoint and its own for a call to a data endpoint', () => {
    for (const operation of Object.keys(DATA_OPERATIONS)) {
      assert.deepEqual(actionsOf(operation), ['kinesisvideo:GetDataEndpoint', `kinesisvideo:${operation}`]);
    }
  });

  it('is its own alone for a call to the control plane', () => {
    for (const operation of CONTROL_OPERATIONS.filter((name) => name !== 'GetDataEndpoint')) {
      assert.deepEqual(actionsOf(operation), [`kinesisvideo:${operation}`]);
    }
  });

  it('is its own alone for a call to DynamoDB', () => {
    for (const operation of TABLE_OPERATIONS) {
      assert.deepEqual(actionsOf(operation), [`dynamodb:${operation}`]);
    }
  });

  it('are those of reading for GetDataEndpoint, and for what is not a call', () => {
    for (const operation of ['GetDataEndpoint', 'Input', '']) {
      assert.deepEqual(actionsOf(operation), ['kinesisvideo:GetDataEndpoint', 'kinesisvideo:GetMedia']);
    }
  });
});
