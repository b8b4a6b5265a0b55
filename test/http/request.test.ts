import assert from 'node:assert/strict';
import { createRequest, hostOf, pathOf } from '../../src/http/request';

describe('a request', () => {
  it('has the port, the host header and the headers that are defined', () => {
    const url = new URL('https://media.example:8443/base');
    const headers = { 'x-given': 'a', 'x-absent': undefined };
    assert.deepEqual(createRequest(url, { method: 'GET', headers }), {
      method: 'GET',
      protocol: 'https:',
      hostname: 'media.example',
      port: 8443,
      path: '/base',
      query: {},
      headers: { host: 'media.example:8443', 'x-given': 'a' },
    });
    assert.ok(!('port' in createRequest(new URL('https://media.example'), { method: 'GET', headers })));
  });

  it('names an IPv6 address without brackets to the socket', () => {
    assert.equal(hostOf({ hostname: '[::1]' }), '::1');
    assert.equal(hostOf({ hostname: 'media.example' }), 'media.example');
  });

  it('spells a query as AWS signs it: sorted, escaped by RFC 3986, lists repeated', () => {
    const query = { role_name: "a b/ä!'()*", account_id: '1', list: ['x', 'y'], flag: null };
    assert.equal(
      pathOf({ path: '/federation', query }),
      '/federation?account_id=1&flag&list=x&list=y&role_name=a%20b%2F%C3%A4%21%27%28%29%2A',
    );
    assert.equal(pathOf({ path: '/getMedia', query: {} }), '/getMedia');
  });
});
