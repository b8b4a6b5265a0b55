import assert from 'node:assert/strict';
import { networkError } from '../../src/aws/call-failure';

describe('a failure of the network', () => {
  it('names the host', () => {
    const { message } = networkError(
      'ENOTFOUND',
      'GetMedia',
      {},
      { host: 'kinesisvideo.eu-west-1.amazonaws.com' },
    );
    assert.match(message, /at kinesisvideo\.eu-west-1\.amazonaws\.com \(ENOTFOUND\)/);
  });

  it('does not name a host that is made of a secret, which an answer may have named', () => {
    const secrets = ['AKIAIOSFODNN7EXAMPLE'];
    const { message } = networkError(
      'ENOTFOUND',
      'GetMedia',
      { secrets },
      { host: 'x.akiaiosfodnn7example.y' },
    );
    assert.equal(message, 'GetMedia failed: the host name is not known (ENOTFOUND).');
  });
});
