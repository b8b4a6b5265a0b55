import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { KinesisVideoServiceOptions } from '../../src/kinesis-video';
import { KinesisVideoService } from '../../src/kinesis-video';
import { SharedLookup, type AskForAddresses } from '../../src/http/lookup';
import { deafServer, type DeafServer } from '../../testing/deaf-server';
import { REPOSITORY } from '../../testing/node-red';
import { VirtualClock } from '../../testing/virtual-clock';
import { BareEnvironment } from '../aws/environment';
import { KEYS, STREAM, StubService, failureOf, json, never } from '../kinesis-video/stub-service';
import { skip } from '../../testing/skip';

type Done = Parameters<AskForAddresses>[1];
const NOW = { StartSelectorType: 'NOW' } as const;
const HOME: LookupAddress = { address: '127.0.0.1', family: 4 };

/** A system whose name servers answer when the test says so. */
class SilentSystem {
  readonly asked: string[] = [];
  readonly clock = new VirtualClock();
  readonly #pending: (Done & { readonly host?: string })[] = [];
  readonly shared = new SharedLookup((host, done) => {
    this.asked.push(host);
    this.#pending.push(Object.assign(done, { host }));
  }, this.clock);

  /** Answers for one of the names that are being looked up. */
  answerFor(host: string): void {
    const at = this.#pending.findIndex((done) => done.host === host);
    const [done] = this.#pending.splice(at, 1);
    assert.ok(at >= 0 && done !== undefined, `${host} is being looked up`);
    done(null, [HOME]);
  }

  /** Answers what is being looked up; ENOTFOUND where there is no address. */
  answer(...addresses: LookupAddress[]): void {
    const error = addresses.length > 0 ? null : Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
    for (const done of this.#pending.splice(0)) {
      done(error, addresses);
    }
  }

  find(host: string, options: LookupOptions = { all: true }): Promise<unknown> {
    return new Promise((resolve) => {
      this.shared.lookup(host, options, (error, ...found) => {
        resolve(error?.code ?? found);
      });
    });
  }
}

describe('looking up names', () => {
  let environment: BareEnvironment;
  let system: SilentSystem;
  const services: KinesisVideoService[] = [];

  beforeEach(async () => {
    environment = await BareEnvironment.enter();
    system = new SilentSystem();
  });
  afterEach(async () => {
    for (const service of services.splice(0)) {
      service.close();
    }
    await environment.leave();
  });

  const open = ({ network, ...options }: Partial<KinesisVideoServiceOptions> = {}) => {
    const service = new KinesisVideoService({
      region: 'eu-west-1',
      credentials: KEYS,
      timeouts: { connectMs: 100, answerMs: 200 },
      network: { lookup: system.shared.lookup, ...network },
      ...options,
    });
    services.push(service);
    return service;
  };

  it('asks once for a name while no answer has come, whoever asks and however often', async () => {
    const stub = await new StubService().listen();
    stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint: 'https://silent.test' }));
    const endpoint = 'https://silent.test';
    const role = { roleArn: 'arn:aws:iam::123456789012:role/r', roleSessionName: 'x' };
    process.env['AWS_ENDPOINT_URL_STS'] = endpoint;
    const controls = [open({ endpoint }), open({ endpoint }), open({ endpoint })];
    const calls: (() => Promise<unknown>)[] = [
      ...controls.map((service) => () => service.resolveEndpoint(STREAM, never)),
      () => open({ network: { proxy: { url: 'http://silent.test' } } }).resolveEndpoint(STREAM, never),
      () => open({ credentials: { ...KEYS, role } }).resolveEndpoint(STREAM, never),
    ];
    for (let tries = 0; tries < 3; tries++) {
      for (const error of await Promise.all(calls.map((call) => failureOf(call())))) {
        assert.equal(error.networkCode, 'ETIMEDOUT', error.message);
      }
    }
    assert.deepEqual(system.asked, ['silent.test']);

    const waiting = controls.map((service) => failureOf(service.resolveEndpoint(STREAM, never)));
    await new Promise(setImmediate);
    system.answer();
    for (const error of await Promise.all(waiting)) {
      assert.equal(error.networkCode, 'ENOTFOUND');
    }
    assert.deepEqual(system.asked, ['silent.test'], 'the retries waited for that answer');
    await failureOf(open({ endpoint }).resolveEndpoint(STREAM, never));
    assert.deepEqual(system.asked, ['silent.test', 'silent.test'], 'an answer is not kept');
    await stub.close();
  });

  for (const mediaTransport of ['https', 'socket'] as const) {
    it(`asks through the shared look-up for media, ${mediaTransport}`, async () => {
      const stub = await new StubService().listen();
      stub.answers.set(
        '/getDataEndpoint',
        json(200, { DataEndpoint: `http://media.localhost:${stub.port}` }),
      );
      stub.answers.set('/getMedia', json(404, {}));
      const service = open({ endpoint: `http://control.localhost:${stub.port}`, mediaTransport });
      const error = await failureOf(service.getMedia(STREAM, NOW, never));
      assert.equal(error.statusCode, 404);
      assert.deepEqual(system.asked, [], 'names below localhost are asked of no name server');
      await stub.close();
    });
  }

  it('asks for one name at a time, so that the process keeps threads for others', async () => {
    const found = ['a.test', 'b.test', 'A.test'].map((host) => system.find(host));
    assert.deepEqual(system.asked, ['a.test']);
    system.answer(HOME);
    assert.deepEqual(system.asked, ['a.test', 'b.test']);
    system.answer();
    assert.deepEqual(await Promise.all(found), [[[HOME]], 'ENOTFOUND', [[HOME]]]);
  });

  it('holds up no other name by one whose server is silent, on two threads at most', async () => {
    void system.find('silent.test');
    const others = ['b.test', 'c.test'].map((host) => system.find(host));
    await system.clock.advance(1_999);
    assert.deepEqual(system.asked, ['silent.test'], 'it may still answer');
    await system.clock.advance(1);
    assert.deepEqual(system.asked, ['silent.test', 'b.test'], 'one at a time beside it');
    system.answerFor('b.test');
    system.answerFor('c.test');
    assert.deepEqual(await Promise.all(others), [[[HOME]], [[HOME]]]);
    system.answerFor('silent.test');

    void system.find('silent.test');
    void system.find('b.test');
    assert.deepEqual(system.asked.slice(3), ['silent.test', 'b.test'], 'it is known to be slow');
    await system.clock.advance(2_000);
    void system.find('c.test');
    assert.equal(system.asked.length, 5, 'both threads are held');
    system.answerFor('silent.test');
    assert.equal(system.asked.at(-1), 'c.test');
  });

  it('answers for the family that was asked for, one address or all', async () => {
    const six: LookupAddress = { address: '::1', family: 6 };
    const asked: [LookupOptions, unknown][] = [
      [{ all: true }, [[HOME, six]]],
      [{}, [HOME.address, 4]],
      [{ family: 6 }, ['::1', 6]],
      [{ family: 'IPv6', all: true }, [[six]]],
    ];
    const found = asked.map(([options]) => system.find('both.test', options));
    system.answer(HOME, six);
    assert.deepEqual(
      await Promise.all(found),
      asked.map(([, expected]) => expected),
    );
    const none = system.find('four.test', { family: 6 });
    system.answer(HOME);
    assert.equal(await none, 'ENOTFOUND');
    for (const host of ['localhost', 'LOCALHOST.', 'kvs.localhost']) {
      assert.deepEqual(await system.find(host), [[HOME, six]], host);
    }
  });

  it('leaves threads for the rest of the process where name servers are silent', async function () {
    if (spawnSync('unshare', ['-Urnm', 'ip', 'link', 'set', 'lo', 'up']).status !== 0) {
      skip(this, 'this machine gives no network namespace (unshare -Urnm)');
    }
    const program = `
      const { KinesisVideoService } = require('./src/kinesis-video');
      const { createServer, get } = require('node:http');
      const { createSocket } = require('node:dgram');
      createSocket('udp4').bind(53, '127.0.0.1', () => {
        for (let i = 0; i < 20; i++) {
          const service = new KinesisVideoService({
            region: 'eu-west-1', credentials: ${JSON.stringify(KEYS)}, endpoint: 'https://' + i + '.test',
          });
          const call = () => service.resolveEndpoint({ StreamName: 'x' }, new AbortController().signal).then(call, call);
          call();
        }
        const server = createServer((request, response) => response.end('heard')).listen(0, '127.0.0.1', () => {
          // Once the look-ups have been begun.
          setTimeout(() => get('http://localhost:' + server.address().port, (response) => {
            response.on('data', (text) => { console.log(String(text)); });
          }), 1000);
        });
      });`;
    const silently = `ip link set lo up && echo 'nameserver 127.0.0.1' > "$1/resolv.conf" &&
      mount --bind "$1/resolv.conf" /etc/resolv.conf && exec "$2" --import tsx --eval "$3"`;
    const child = spawn(
      'unshare',
      ['-Urnm', 'sh', '-c', silently, 'sh', environment.folder, process.execPath, program],
      { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    // Left to itself it would not end before the look-up does.
    child.kill('SIGKILL');
    assert.equal(line, 'heard');
  });

  describe('to an address that takes longer than 250 ms to connect', function () {
    let server: DeafServer;
    before(function () {
      if (process.platform !== 'linux') {
        skip(this, 'only Linux is known to drop what asks for a connection');
      }
    });
    beforeEach(async () => {
      server = await deafServer();
    });
    afterEach(() => {
      server.stop();
    });

    /** The slow address, and one that refuses at once. */
    const lookup: KinesisVideoServiceOptions['network'] = {
      lookup: (_host, _options, done) => {
        done(null, [HOME, { address: '127.0.0.2', family: 4 }]);
        // The first address has been tried, and the packet dropped, when this comes.
        setImmediate(() => {
          server.hear();
        });
      },
    };
    const timeouts = { connectMs: 10_000 };

    it('connects the control plane', async () => {
      const endpoint = `http://slow.localhost:${server.port}`;
      assert.deepEqual(await open({ endpoint, network: lookup, timeouts }).listStreams(), []);
    });

    for (const mediaTransport of ['https', 'socket'] as const) {
      it(`connects for media, ${mediaTransport}`, async () => {
        const stub = await new StubService().listen();
        const DataEndpoint = `http://slow.localhost:${server.port}`;
        stub.answers.set('/getDataEndpoint', json(200, { DataEndpoint }));
        const service = open({ endpoint: stub.url, network: lookup, timeouts, mediaTransport });
        const response = await service.getMedia(STREAM, NOW, never);
        response.close();
        await stub.close();
      });
    }

    it('connects to a proxy', async () => {
      const proxy = { url: `http://slow.test:${server.port}` };
      const service = open({ network: { ...lookup, proxy }, timeouts });
      const error = await failureOf(service.resolveEndpoint(STREAM, never));
      assert.match(error.message, /it answered HTTP 403/);
    });
  });
});
