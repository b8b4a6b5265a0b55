import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis-video';
import { GetMediaCommand } from '@aws-sdk/client-kinesis-video-media';
import { Simulator } from '../../../src/simulator';
import { skip } from '../../../testing/skip';
import type { Rig } from '../rig';
import { controlClient, failure, withSimulator } from '../rig';

describe('simulator: connections', () => {
  it('answers with the head at once, chunked, as video/webm', async () => {
    await withSimulator({ streams: [{ name: 'a', source: 'none' }] }, async ({ media }) => {
      const client = await media('a');
      let headers: Record<string, string> = {};
      client.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args);
          headers = (result.response as { headers: Record<string, string> }).headers;
          return result;
        },
        { step: 'deserialize', priority: 'low' },
      );
      const response = await client.send(
        new GetMediaCommand({ StreamName: 'a', StartSelector: { StartSelectorType: 'NOW' } }),
      );
      (response.Payload as unknown as { destroy(): void }).destroy();
      assert.equal(response.ContentType, 'video/webm');
      assert.equal(headers['transfer-encoding'], 'chunked');
      assert.match(headers['x-amzn-requestid'] ?? '', /^[0-9a-f-]{36}$/);
      assert.ok(Math.abs(Date.parse(headers['date'] ?? '') - Date.now()) < 60_000);
    });
  });

  it('finds a stream by ARN', async () => {
    await withSimulator({ streams: [{ name: 'a', live: false }] }, async ({ simulator, media }) => {
      simulator.streams.get('a')?.produce();
      const client = await media('a');
      const response = await client.send(
        new GetMediaCommand({
          StreamARN: simulator.streams.get('a')?.arn,
          StartSelector: { StartSelectorType: 'NOW' },
        }),
      );
      (response.Payload as unknown as { destroy(): void }).destroy();
      assert.equal(response.$metadata.httpStatusCode, 200);
    });
  });

  it('refuses the fourth connection, and takes one when another has closed', async () => {
    await withSimulator({ streams: [{ name: 'a' }] }, async ({ simulator, open }) => {
      const bodies = await Promise.all([1, 2, 3].map(() => open('a', { StartSelectorType: 'NOW' })));
      const refused = await failure(open('a', { StartSelectorType: 'NOW' }));
      assert.deepEqual([refused.name, refused.statusCode], ['ConnectionLimitExceededException', 400]);
      const closed = once(simulator, 'connection');
      bodies[0]?.destroy();
      await closed;
      bodies.push(await open('a', { StartSelectorType: 'NOW' }));
      assert.equal(simulator.stats.streams['a']?.openConnections, 3);
      assert.equal(simulator.stats.streams['a'].peakConnections, 3);
      for (const body of bodies) {
        body.destroy();
      }
    });
  });

  it('refuses the sixth call of a second, and keeps a record of all', async () => {
    const options = { streams: [{ name: 'a' }], callsPerSecond: 5, connectionsPerStream: 100 };
    await withSimulator(options, async ({ simulator, media, clock }) => {
      const client = await media('a');
      const call = async () => {
        const response = await client.send(
          new GetMediaCommand({ StreamName: 'a', StartSelector: { StartSelectorType: 'NOW' } }),
        );
        return response.Payload as Readable;
      };
      const bodies: Readable[] = [];
      for (let count = 0; count < 5; count++) {
        bodies.push(await call());
      }
      const refused = await failure(call());
      assert.deepEqual([refused.name, refused.statusCode], ['ClientLimitExceededException', 400]);
      const stats = simulator.stats.streams['a'];
      assert.equal(stats?.calls, 6);
      assert.equal(stats.busiestSecond, 6);
      const last = stats.requests.at(-1);
      assert.deepEqual(
        [last?.operation, last?.statusCode, last?.ErrorType, last?.requestId, last?.selector],
        ['GetMedia', 400, 'ClientLimitExceededException', refused.requestId, { StartSelectorType: 'NOW' }],
      );
      await clock.advance(1000);
      bodies.push(await call());
      for (const body of bodies) {
        body.destroy();
      }
    });
  });

  it('queues little for a client that does not read', async () => {
    await withSimulator(
      { streams: [{ name: 'a', live: false }], maxSessionMs: 1e9 },
      async ({ simulator, open }) => {
        const stream = simulator.streams.get('a');
        stream?.produce(600);
        let sent = 0;
        simulator.on('chunkSent', ({ bytes }) => (sent += bytes().length));
        const body = await open('a', { StartSelectorType: 'EARLIEST' });
        await once(body, 'readable');
        for (let turn = 0; turn < 50; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        const total = stream?.fragments.reduce((sum, fragment) => sum + fragment.body.length, 0) ?? 0;
        assert.ok(sent < total / 2, `${sent} of ${total} bytes went into buffers`);
        body.destroy();
      },
    );
  });

  it('answers Expect: 100-continue', async () => {
    await withSimulator({}, async ({ simulator }) => {
      const call = request(`${simulator.endpoint}/listStreams`, {
        method: 'POST',
        headers: { Expect: '100-continue', 'Content-Length': '2' },
      });
      call.flushHeaders();
      await once(call, 'continue');
      call.end('{}');
      const [response] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }];
      response.resume();
      assert.equal(response.statusCode, 403);
    });
  });

  it('speaks https on both planes where it is given a certificate', async function () {
    if (spawnSync('openssl', ['version']).status !== 0) {
      skip(this, 'no openssl');
    }
    const directory = mkdtempSync(path.join(tmpdir(), 'kvs-simulator-'));
    try {
      const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(directory, name));
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-subj',
          '/CN=localhost',
          '-days',
          '2',
          '-keyout',
          key ?? '',
          '-out',
          cert ?? '',
        ],
        { stdio: 'ignore' },
      );
      const tls = { key: readFileSync(key ?? ''), cert: readFileSync(cert ?? '') };
      const simulator = new Simulator({ tls });
      const { endpoint, dataEndpoint } = await simulator.start();
      assert.match(endpoint, /^https:/);
      assert.match(dataEndpoint, /^https:/);
      const client = controlClient(endpoint);
      assert.match((await failure(client.send(new ListStreamsCommand({})))).message, /self.signed/);
      client.destroy();
      await simulator.stop();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('leaves no timer and no connection behind when it is stopped', async () => {
    let clock: Rig['clock'] | undefined;
    let closed: Promise<unknown> | undefined;
    let stats: Simulator | undefined;
    await withSimulator(
      { streams: [{ name: 'a' }, { name: 'b', profile: 'aws-sdk', prefillMs: 5000 }] },
      async (rig) => {
        clock = rig.clock;
        stats = rig.simulator;
        const bodies = await Promise.all(
          ['a', 'b'].map((name) => rig.open(name, { StartSelectorType: 'EARLIEST' })),
        );
        closed = Promise.all(
          bodies.map((body) => {
            body.on('error', () => undefined);
            body.resume();
            return new Promise((resolve) => body.once('close', resolve));
          }),
        );
        rig.simulator.faults.add({ kind: 'slow-head', delayMs: 60_000 });
        rig.control.send(new ListStreamsCommand({})).catch(() => undefined);
        await rig.clock.advance(100);
      },
    );
    await closed;
    assert.equal(clock?.pending, 0);
    assert.equal(stats?.stats.streams['a']?.openConnections, 0);
    assert.equal(stats.stats.streams['b']?.openConnections, 0);
    const call = get(`${stats.endpoint}/`);
    const [error] = (await once(call, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
  });
});
