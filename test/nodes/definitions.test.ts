import assert from 'node:assert/strict';
import { NODE_TYPES, loadDefinition } from './definition';

describe('validators', () => {
  it('declare two parameters, without which Node-RED would drop their reasons', () => {
    for (const type of NODE_TYPES) {
      const { defaults, credentials = {} } = loadDefinition(type);
      for (const [property, { validate }] of Object.entries({ ...defaults, ...credentials })) {
        assert.ok(validate === undefined || validate.length === 2, `${type} ${property}`);
      }
    }
  });
});
