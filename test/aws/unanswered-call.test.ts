import assert from 'node:assert/strict';
import { networkError } from '../../src/aws/network-failure';

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

  it('names a region that may not exist, where its own host is not known', () => {
    const failed = (code: string, region: string, host: string): string =>
      networkError(code, 'ListStreams', { region }, { host }).message;
    const host = 'kinesisvideo.eu-centrl-1.amazonaws.com';
    assert.equal(
      failed('ENOTFOUND', 'eu-centrl-1', host),
      `ListStreams failed: the region "eu-centrl-1" may not exist, for the host name is not known at ${host} (ENOTFOUND).`,
    );
    assert.match(failed('EAI_AGAIN', 'eu-centrl-1', host), /may not exist/);
    const others = [
      failed('ECONNREFUSED', 'eu-centrl-1', host),
      failed('ENOTFOUND', 'eu-central-1', 'kinesisvideo.eu-central-1.amazonaws.com'),
      failed('ENOTFOUND', 'eu-centrl-1', 'kvs.example'),
    ];
    for (const message of others) {
      assert.doesNotMatch(message, /may not exist/);
    }
  });
});
